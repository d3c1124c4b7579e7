//! `/cases/{id}/transfers`.

use super::{Answer, Offer, TransferView, steps};
use crate::access::can::{Approve, View};
use crate::access::{Ctx, Disclosed};
use crate::base::ids::{CaseId, TransferId};
use crate::base::problem::{Code, Problem};
use crate::base::words::Action;
use crate::door::{Body, Created, IfMatch, List, Op, Page, Path, Routes};

type Ids = Path<(CaseId, TransferId)>;

/// `GET /cases/{id}/transfers`. Who may: the owner.
async fn list(ctx: Ctx, id: Path<CaseId>, page: Page) -> Result<Disclosed<List<TransferView>>, Problem> {
    let step = Action::ListTransfers;
    ctx.gate().read::<View, _, _, _, _>(&ctx, *id, step, move |tx, permit| steps::list(tx, permit, &page)).await
}

/// `GET /cases/{id}/transfers/{transfer_id}`. Who may: the owner, and a supervisor of the agency it was offered to.
async fn view(ctx: Ctx, ids: Ids) -> Result<Disclosed<TransferView>, Problem> {
    let (case, id) = ids.into_inner();
    let step = Action::ViewTransfer;
    ctx.gate().read::<View, _, _, _, _>(&ctx, id, step, move |tx, permit| steps::show(tx, permit, case, id)).await
}

/// `POST /cases/{id}/transfers`. Who may: a supervisor of the owner.
async fn offer(ctx: Ctx, id: Path<CaseId>, body: Body<Offer>) -> Result<Disclosed<Created<TransferView>>, Problem> {
    let body = body.into_inner();
    ctx.gate()
        .post::<Approve, _, _, _, _>(&ctx, *id, Action::OfferTransfer, move |tx, permit| {
            steps::offer(tx, permit, &body).map(Created)
        })
        .await
}

/// `POST …/{transfer_id}/accept`. Who may: a supervisor of the agency it was offered to.
async fn accept(ctx: Ctx, ids: Ids, seen: IfMatch) -> Result<Disclosed<TransferView>, Problem> {
    let (ids, seen) = (ids.into_inner(), seen.version()?);
    ctx.gate()
        .post::<Approve, _, _, _, _>(&ctx, ids.1, Action::AcceptTransfer, move |tx, permit| {
            steps::answer(tx, permit, ids, seen, Answer::Accept)
        })
        .await
}

/// `POST …/{transfer_id}/decline`. Who may: a supervisor of the agency it was offered to.
async fn decline(ctx: Ctx, ids: Ids, seen: IfMatch) -> Result<Disclosed<TransferView>, Problem> {
    let (ids, seen) = (ids.into_inner(), seen.version()?);
    ctx.gate()
        .post::<Approve, _, _, _, _>(&ctx, ids.1, Action::DeclineTransfer, move |tx, permit| {
            steps::answer(tx, permit, ids, seen, Answer::Decline)
        })
        .await
}

/// The routes.
pub fn routes() -> Routes {
    Routes::new()
        .get("/cases/{id}/transfers", list)
        .op(Op {
            id: "list_transfers",
            tag: "transfers",
            summary: "Offers of the case to other owners",
            summary_zh: "本案的移交",
            who: "The owner's handler, deputy and supervisors.",
            problems: &[Code::DeclarationRequired],
        })
        .get("/cases/{id}/transfers/{transfer_id}", view)
        .op(Op {
            id: "view_transfer",
            tag: "transfers",
            summary: "One offer",
            summary_zh: "一次移交",
            who: "The owner's handler, deputy and supervisors; a supervisor of the agency it was offered to, without the reason, until it is answered.",
            problems: &[],
        })
        .post("/cases/{id}/transfers", offer)
        .op(Op {
            id: "offer_transfer",
            tag: "transfers",
            summary: "Offers the case to another owner",
            summary_zh: "提出移交",
            who: "A supervisor of the owner.",
            problems: &[Code::Conflict, Code::DeclarationRequired],
        })
        .post("/cases/{id}/transfers/{transfer_id}/accept", accept)
        .op(Op {
            id: "accept_transfer",
            tag: "transfers",
            summary: "Takes an offered case: the old owner's grants, and those it opened, end",
            summary_zh: "接受移交:原主办单位及其所开授权随即终止",
            who: "A supervisor of the agency it was offered to.",
            problems: &[Code::IllegalStep],
        })
        .post("/cases/{id}/transfers/{transfer_id}/decline", decline)
        .op(Op {
            id: "decline_transfer",
            tag: "transfers",
            summary: "Refuses an offered case",
            summary_zh: "拒绝移交",
            who: "A supervisor of the agency it was offered to.",
            problems: &[Code::IllegalStep],
        })
}
