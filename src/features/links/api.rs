//! `/cases/{id}/links`.

use super::{LinkView, NewLink, steps};
use crate::access::can::{Change, View};
use crate::access::{Ctx, Disclosed};
use crate::base::ids::{CaseId, LinkId};
use crate::base::problem::{Code, Problem};
use crate::base::words::Action;
use crate::door::{Body, Created, IfMatch, List, NoContent, Op, Page, Path, Routes};

/// `GET /cases/{id}/links`. Who may: the owner and its workers, where they may see both cases.
async fn list(ctx: Ctx, id: Path<CaseId>, page: Page) -> Result<Disclosed<List<LinkView>>, Problem> {
    let step = Action::ListLinks;
    ctx.gate().read::<View, _, _, _, _>(&ctx, *id, step, move |tx, permit| steps::list(tx, permit, &page)).await
}

/// `POST /cases/{id}/links`. Who may: the owner, where it may see both cases.
async fn link(ctx: Ctx, id: Path<CaseId>, body: Body<NewLink>) -> Result<Disclosed<Created<LinkView>>, Problem> {
    let body = body.into_inner();
    ctx.gate()
        .post::<Change, _, _, _, _>(&ctx, *id, Action::LinkCases, move |tx, permit| steps::link(tx, permit, body).map(Created))
        .await
}

/// `DELETE /cases/{id}/links/{link_id}`. Who may: the owner, where it may see both cases.
async fn unlink(ctx: Ctx, ids: Path<(CaseId, LinkId)>, seen: IfMatch) -> Result<Disclosed<NoContent>, Problem> {
    let ((case, link), seen) = (ids.into_inner(), seen.version()?);
    let step = Action::UnlinkCases;
    ctx.gate().write::<Change, _, _, _, _>(&ctx, case, step, move |tx, permit| steps::unlink(tx, permit, link, seen)).await
}

/// The routes.
pub fn routes() -> Routes {
    Routes::new()
        .get("/cases/{id}/links", list)
        .op(Op {
            id: "list_links",
            tag: "cases",
            summary: "Cases of the same household",
            summary_zh: "同一家庭的关联个案",
            who: "The owner's handler, deputy and supervisors, and assigned workers; only links whose both cases they may see.",
            problems: &[Code::DeclarationRequired],
        })
        .post("/cases/{id}/links", link)
        .op(Op {
            id: "link_cases",
            tag: "cases",
            summary: "Links a case of the same household",
            summary_zh: "关联同一家庭的个案",
            who: "The owner's handler, deputy and supervisors, where they may see both cases.",
            problems: &[Code::Conflict, Code::DeclarationRequired],
        })
        .delete("/cases/{id}/links/{link_id}", unlink)
        .op(Op {
            id: "unlink_cases",
            tag: "cases",
            summary: "Undoes a link",
            summary_zh: "解除关联",
            who: "The owner's handler, deputy and supervisors, where they may see both cases.",
            problems: &[Code::DeclarationRequired],
        })
}
