//! `/cases/{id}/access-statement`.

use std::collections::BTreeMap;

use super::{Known, LineView, line};
use crate::access::can::View;
use crate::access::{Case, Ctx, Disclosed, Permit, grants};
use crate::audit::{self, Filter, Who};
use crate::base::db::Tx;
use crate::base::ids::{AgencyId, CaseId};
use crate::base::problem::{Code, Problem};
use crate::base::words::{Action, Outcome};
use crate::door::{List, Op, Page, Path, Routes};
use crate::features::agencies;

/// One page of the statement, oldest first.
fn lines(tx: &mut Tx<'_>, permit: &Permit<'_, View, Case>, page: &Page) -> Result<List<LineView>, Problem> {
    let case = permit.case();
    let bases: BTreeMap<_, _> = grants::all(tx, permit)?.into_iter().map(|grant| (grant.id, grant.basis)).collect();
    let mut filter = Filter {
        case: Some(case),
        outcome: Some(Outcome::Allowed),
        past: page.past("access_statement")?,
        oldest_first: true,
        ..Filter::default()
    };
    let mut shown = Vec::new();
    // The log also finds entries that touched the case without showing it: they leave no gap.
    while shown.len() <= page.size() {
        let found = audit::page(tx, &filter, page.with_one_more())?;
        let Some(last) = found.last() else { break };
        filter.past = Some(last.entry.id);
        let of_users = found.iter().filter_map(|found| match &found.entry.who {
            Who::User { agency, .. } | Who::Token { agency, .. } | Who::Recipient { agency, .. } => Some(*agency),
            Who::Anonymous { .. } | Who::System { .. } => None,
        });
        let agencies = agencies::facts::names(tx, &of_users.collect::<Vec<AgencyId>>())?.into_iter().collect();
        let known = Known { agencies: &agencies, bases: &bases };
        shown.extend(found.iter().filter_map(|found| line(case, &found.entry, &known)));
    }
    Ok(page.of("access_statement", shown, |line: &LineView| line.entry_id))
}

/// `GET /cases/{id}/access-statement`. Who may: the owner, and the lead worker.
async fn statement(ctx: Ctx, id: Path<CaseId>, page: Page) -> Result<Disclosed<List<LineView>>, Problem> {
    ctx.gate().read::<View, _, _, _, _>(&ctx, *id, Action::ViewAccessStatement, move |tx, permit| lines(tx, permit, &page)).await
}

/// The routes.
pub fn routes() -> Routes {
    Routes::new().get("/cases/{id}/access-statement", statement).op(Op {
        id: "view_access_statement",
        tag: "disclosure",
        summary: "Her access statement: who saw which part of the case, when, for which agency, on what basis",
        summary_zh: "查阅说明:谁、何时、代表哪个单位、依据什么,看过本案的哪些内容",
        who: "The owner's handler, deputy and supervisors, and the lead worker.",
        problems: &[Code::DeclarationRequired],
    })
}
