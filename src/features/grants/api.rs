//! `/cases/{id}/grants`.

use super::{GrantView, steps};
use crate::access::{Again, Ctx, Disclosed, Within};
use crate::base::ids::{CaseId, GrantId};
use crate::base::problem::{Code, Problem};
use crate::base::words::Action;
use crate::door::{IfMatch, List, Op, Page, Path, Routes};

type Known = Path<(CaseId, GrantId)>;

/// `GET /cases/{id}/grants`: who may see the case. Who may: the owner, the lead worker.
async fn list(ctx: Ctx, case: Path<CaseId>, page: Page) -> Result<Disclosed<List<GrantView>>, Problem> {
    ctx.gate().read(&ctx, *case, Action::ListGrants, move |tx, permit| steps::list(tx, permit, &page)).await
}

/// `GET /cases/{id}/grants/{id}`: one. Who may: the owner, the lead worker.
async fn view(ctx: Ctx, known: Known) -> Result<Disclosed<GrantView>, Problem> {
    let (case, id) = known.into_inner();
    ctx.gate().read(&ctx, Within(case, id), Action::ViewGrant, move |tx, permit| GrantView::again(tx, permit, id)).await
}

/// `POST /cases/{id}/grants/{id}/end`: ends it at once. Who may: a supervisor of the owner.
async fn end(ctx: Ctx, known: Known, seen: IfMatch) -> Result<Disclosed<GrantView>, Problem> {
    let ((case, id), seen) = (known.into_inner(), seen.version()?);
    ctx.gate().post(&ctx, Within(case, id), Action::EndGrant, move |tx, permit| steps::end(tx, permit, id, seen)).await
}

const SEES_OTHERS: &str = "the owner's handler, deputy and supervisors; the lead worker";

/// The feature's routes.
pub fn routes() -> Routes {
    const LOOK: &[Code] = &[Code::DeclarationRequired];
    Routes::new()
        .get("/cases/{case_id}/grants", list)
        .op(Op {
            id: "list_grants",
            tag: "grants",
            summary: "Who may or could see the case, on which basis",
            summary_zh: "列出本案的全部授权",
            who: SEES_OTHERS,
            problems: LOOK,
        })
        .get("/cases/{case_id}/grants/{grant_id}", view)
        .op(Op {
            id: "view_grant",
            tag: "grants",
            summary: "One grant",
            summary_zh: "查看授权",
            who: SEES_OTHERS,
            problems: LOOK,
        })
        .post("/cases/{case_id}/grants/{grant_id}/end", end)
        .op(Op {
            id: "end_grant",
            tag: "grants",
            summary: "Ends a grant at once; not a statutory duty's, nor an owner's",
            summary_zh: "立即终止授权(法定职责与主办权除外)",
            who: "a supervisor of the owner",
            problems: &[Code::DeclarationRequired, Code::Conflict, Code::IllegalStep],
        })
}
