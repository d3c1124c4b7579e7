//! `/cases/{id}/parties[/{party_id}]`.

use super::view::PartyView;
use super::{PartyChange, PartyInput, steps};
use crate::access::can::{Change, View};
use crate::access::{Again, Case, Ctx, Disclosed, Permit};
use crate::base::ids::{CaseId, PartyId};
use crate::base::problem::{Code, Problem};
use crate::base::words::Action;
use crate::door::{Body, Created, IfMatch, List, Op, Page, Path, Routes};

/// The name of this list in its cursors.
const LIST: &str = "parties";

/// Who is in a case.
async fn list_parties(ctx: Ctx, id: Path<CaseId>, page: Page) -> Result<Disclosed<List<PartyView>>, Problem> {
    let past: Option<PartyId> = page.past(LIST)?;
    ctx.gate()
        .read(&ctx, *id, Action::ListParties, move |tx, permit: &Permit<'_, View, Case>| {
            let rows = steps::list(tx, permit)?.into_iter().filter(|party| past.is_none_or(|past| party.id < past));
            Ok::<_, Problem>(page.of(LIST, rows.collect(), |party| party.id))
        })
        .await
}

/// Enters a party.
async fn add_party(ctx: Ctx, id: Path<CaseId>, body: Body<PartyInput>) -> Result<Disclosed<Created<PartyView>>, Problem> {
    ctx.gate()
        .post(&ctx, *id, Action::AddParty, move |tx, permit: &Permit<'_, Change, Case>| {
            steps::add(tx, permit, &body).map(Created)
        })
        .await
}

/// One party.
async fn view_party(ctx: Ctx, ids: Path<(CaseId, PartyId)>) -> Result<Disclosed<PartyView>, Problem> {
    let (case, id) = *ids;
    ctx.gate()
        .read(&ctx, id, Action::ViewParty, move |tx, permit: &Permit<'_, View, Case>| {
            of_case(permit.case(), case)?;
            PartyView::again(tx, permit, id)
        })
        .await
}

/// Changes a party.
async fn change_party(
    ctx: Ctx,
    ids: Path<(CaseId, PartyId)>,
    seen: IfMatch,
    body: Body<PartyChange>,
) -> Result<Disclosed<PartyView>, Problem> {
    let (case, id) = *ids;
    ctx.gate()
        .write(&ctx, id, Action::ChangeParty, move |tx, permit: &Permit<'_, Change, Case>| {
            of_case(permit.case(), case)?;
            steps::change(tx, permit, id, &seen, &body)
        })
        .await
}

/// The path names the party's own case.
fn of_case(case: CaseId, named: CaseId) -> Result<(), Problem> {
    if case == named { Ok(()) } else { Err(Problem::not_found()) }
}

/// The routes of parties.
pub fn routes() -> Routes {
    Routes::new()
        .get("/cases/{id}/parties", list_parties)
        .op(Op {
            id: "list_parties",
            tag: "parties",
            summary: "Who is in a case: of each, the parts whose facets you may read",
            summary_zh: "个案当事人:仅显示您有权查看的部分",
            who: "Whoever holds a grant on the case and has declared no conflict.",
            problems: &[Code::DeclarationRequired],
        })
        .post("/cases/{id}/parties", add_party)
        .op(Op {
            id: "add_party",
            tag: "parties",
            summary: "Enter a party",
            summary_zh: "登记当事人",
            who: "The owner's handler, deputy and supervisors; an assigned worker.",
            problems: &[Code::DeclarationRequired],
        })
        .get("/cases/{id}/parties/{party_id}", view_party)
        .op(Op {
            id: "view_party",
            tag: "parties",
            summary: "One party: the parts whose facets you may read",
            summary_zh: "查看一名当事人",
            who: "Whoever holds a grant on the case with a facet of the party, and has declared no conflict.",
            problems: &[Code::DeclarationRequired],
        })
        .patch("/cases/{id}/parties/{party_id}", change_party)
        .op(Op {
            id: "change_party",
            tag: "parties",
            summary: "Change a party: what is absent stays, what is null is taken away",
            summary_zh: "修改当事人信息",
            who: "The owner's handler, deputy and supervisors; an assigned worker; each facet by its own pen.",
            problems: &[Code::DeclarationRequired],
        })
}
