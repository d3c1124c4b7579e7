//! `/cases/{id}/access-statement`.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use super::{Known, LineView, line, paper, print};
use crate::access::can::View;
use crate::access::{Case, Ctx, Disclosed, Permit, grants};
use crate::audit::{self, Filter};
use crate::base::db::{DbError, Tx};
use crate::base::ids::{AgencyId, CaseId, EntryId, GrantId};
use crate::base::problem::{Code, FieldCode, Problem};
use crate::base::words::{Action, Basis, Language, Outcome};
use crate::door::{Attachment, Html, Op, PDF, Page, Path, Query, Routes, Stylesheet};
use crate::features::agencies;
use crate::overviews::log::rests::{self, FromLog};

/// So many entries are read from the log at once.
const BATCH: i64 = 500;

/// Her lines after `past`, at least `wanted` of them if there are so many, oldest first.
fn lines(
    tx: &mut Tx<'_>,
    permit: &Permit<'_, View, Case>,
    past: Option<EntryId>,
    (wanted, batch): (usize, i64),
) -> Result<Vec<LineView>, DbError> {
    let case = permit.case();
    let bases: BTreeMap<GrantId, Basis> = grants::all(tx, permit)?.into_iter().map(|grant| (grant.id, grant.basis)).collect();
    let mut filter = Filter { case: Some(case), outcome: Some(Outcome::Allowed), past, oldest_first: true, ..Filter::default() };
    let mut shown: Vec<LineView> = Vec::new();
    // The log also finds entries that touched the case without showing it: they leave no gap.
    while shown.len() < wanted {
        let found = audit::page(tx, &filter, batch)?;
        let Some(last) = found.last() else { break };
        filter.past = Some(last.entry.id);
        let of_users = found.iter().filter_map(|found| found.entry.who.account().1);
        let agencies = agencies::facts::names(tx, &of_users.collect::<Vec<AgencyId>>())?.into_iter().collect();
        let known = Known { agencies: &agencies, bases: &bases };
        shown.extend(found.iter().filter_map(|found| line(case, &found.entry, &known)));
    }
    let places = rests::places(tx, &shown.iter().map(|line| line.entry_id).collect::<Vec<_>>())?;
    for line in &mut shown {
        line.index = places.get(&line.entry_id).copied();
    }
    Ok(shown)
}

/// `GET /cases/{id}/access-statement`. Who may: the owner, and the lead worker.
async fn statement(ctx: Ctx, id: Path<CaseId>, page: Page) -> Result<Disclosed<FromLog<LineView>>, Problem> {
    ctx.gate()
        .read::<View, _, _, Problem, _>(&ctx, *id, Action::ViewAccessStatement, move |tx, permit| {
            let past = page.past("access_statement")?;
            let shown = lines(tx, permit, past, (page.size().saturating_add(1), page.with_one_more()))?;
            Ok(rests::resting(tx, page.of("access_statement", shown, |line: &LineView| line.entry_id))?)
        })
        .await
}

/// What must be said before it is printed.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Print {
    /// She says that it is safe for her to carry such a paper.
    safe_to_carry: bool,
}

/// No paper is made that she does not say is safe for her to carry.
fn must_be_safe(to_carry: bool) -> Result<(), Problem> {
    if to_carry { Ok(()) } else { Err(Problem::wrong_field("/query/safe_to_carry", FieldCode::NotAllowedHere)) }
}

/// `GET /cases/{id}/access-statement/print`. Who may: the owner, and the lead worker.
async fn printed(ctx: Ctx, id: Path<CaseId>, asked: Query<Print>) -> Result<Disclosed<Html>, Problem> {
    let is_safe = asked.safe_to_carry;
    let shown = ctx
        .gate()
        .read::<View, _, _, Problem, _>(&ctx, *id, Action::ViewAccessStatement, move |tx, permit| {
            must_be_safe(is_safe)?;
            let lines = lines(tx, permit, None, (usize::MAX, BATCH))?;
            Ok(print::page(&lines, rests::checkpoint(tx)?.as_ref(), tx.now()))
        })
        .await?;
    Ok(shown.map(Html))
}

/// What must be said before it is typeset.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Typeset {
    /// She says that it is safe for her to carry such a paper.
    safe_to_carry: bool,
    /// The language she reads.
    language: Language,
}

/// `GET /cases/{id}/access-statement/paper`. Who may: the owner, and the lead worker.
async fn typeset(ctx: Ctx, id: Path<CaseId>, asked: Query<Typeset>) -> Result<Disclosed<Attachment>, Problem> {
    let Typeset { safe_to_carry, language } = *asked;
    let gate = ctx.gate().clone();
    // Read and recorded first, typeset after: no transaction waits for a page.
    let filled = ctx
        .gate()
        .read::<View, _, _, Problem, _>(&ctx, *id, Action::ViewAccessStatement, move |tx, permit| {
            must_be_safe(safe_to_carry)?;
            let lines = lines(tx, permit, None, (usize::MAX, BATCH))?;
            paper::fill(gate.press(), language, &lines, rests::checkpoint(tx)?, tx.now())
        })
        .await?;
    let pdf = filled.then(async |paper| ctx.gate().press().print(paper).await).await?;
    Ok(pdf.map(|bytes| Attachment { name: paper::file_name(language), content_type: PDF, bytes }))
}

/// The routes.
pub fn routes() -> Routes {
    let who = "The owner's handler, deputy and supervisors, and the lead worker.";
    Routes::new()
        .get("/cases/{id}/access-statement", statement)
        .op(Op {
            id: "view_access_statement",
            tag: "disclosure",
            summary: "Her access statement: who saw which part of the case, when, for which agency, on what basis",
            summary_zh: "查阅说明:谁、何时、代表哪个单位、依据什么,看过本案的哪些内容",
            who,
            problems: &[Code::DeclarationRequired],
        })
        .get("/cases/{id}/access-statement/print", printed)
        .op(Op {
            id: "print_access_statement",
            tag: "disclosure",
            summary: "The same whole, to be printed: only where she says that it is safe for her to carry",
            summary_zh: "查阅说明全文打印件:仅在当事人表示携带安全时打印",
            who,
            problems: &[Code::DeclarationRequired],
        })
        .get("/cases/{id}/access-statement/paper", typeset)
        .op(Op {
            id: "typeset_access_statement",
            tag: "disclosure",
            summary: "The same whole as PDF, in the language she reads: only where she says that it is safe for her to carry",
            summary_zh: "查阅说明 PDF(按其阅读语言):仅在当事人表示携带安全时制作",
            who,
            problems: &[Code::DeclarationRequired, Code::TooLarge, Code::PapersUnavailable, Code::Overloaded],
        })
        .merge(Routes::at_root().get("/api/print.css", async || crate::door::Public(Stylesheet(print::STYLE))).op(Op {
            id: "print_style",
            tag: "documentation",
            summary: "The stylesheet of printed pages",
            summary_zh: "打印页样式",
            who: "Anybody.",
            problems: &[],
        }))
}
