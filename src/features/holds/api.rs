//! `/cases/{id}/holds`.

use super::{HoldView, PlaceHold, steps};
use crate::access::{Ctx, Disclosed, Within};
use crate::base::ids::{CaseId, HoldId};
use crate::base::problem::{Code, Problem};
use crate::base::words::Action;
use crate::door::{Body, Created, IfMatch, List, Op, Page, Path, Routes};

/// `GET /cases/{id}/holds`. Who may: the owner.
async fn list(ctx: Ctx, id: Path<CaseId>, page: Page) -> Result<Disclosed<List<HoldView>>, Problem> {
    ctx.gate().read(&ctx, *id, Action::ListHolds, move |tx, permit| steps::list(tx, permit, &page)).await
}

/// `GET /cases/{id}/holds/{hold_id}`. Who may: the owner.
async fn view(ctx: Ctx, ids: Path<(CaseId, HoldId)>) -> Result<Disclosed<HoldView>, Problem> {
    let (case, id) = ids.into_inner();
    ctx.gate().read(&ctx, Within(case, id), Action::ListHolds, move |tx, permit| steps::view(tx, permit, id)).await
}

/// `POST /cases/{id}/holds`. Who may: a supervisor of the owner.
async fn place(ctx: Ctx, id: Path<CaseId>, body: Body<PlaceHold>) -> Result<Disclosed<Created<HoldView>>, Problem> {
    ctx.gate().post(&ctx, *id, Action::PlaceHold, move |tx, permit| steps::place(tx, permit, &body).map(Created)).await
}

/// `POST /cases/{id}/holds/{hold_id}/end`. Who may: a supervisor of the owner.
async fn end(ctx: Ctx, ids: Path<(CaseId, HoldId)>, seen: IfMatch) -> Result<Disclosed<HoldView>, Problem> {
    let ((case, id), seen) = (ids.into_inner(), seen.version()?);
    ctx.gate().post(&ctx, Within(case, id), Action::EndHold, move |tx, permit| steps::end(tx, permit, (id, seen))).await
}

const fn op(id: &'static str, summary: &'static str, summary_zh: &'static str, who: &'static str) -> Op {
    Op { id, tag: "holds", summary, summary_zh, who, problems: &[Code::DeclarationRequired] }
}

const OWNER: &str = "The owner's handler, deputy and supervisors.";
const SUPERVISOR: &str = "A supervisor of the owner.";

/// The routes.
pub fn routes() -> Routes {
    Routes::new()
        .get("/cases/{id}/holds", list)
        .op(op("list_holds", "Legal holds on the case, newest first", "本案的证据保全", OWNER))
        .get("/cases/{id}/holds/{hold_id}", view)
        .op(op("view_hold", "A legal hold", "一项证据保全", OWNER))
        .post("/cases/{id}/holds", place)
        .op(op(
            "place_hold",
            "Places a legal hold: while it stands nothing of the case is erased",
            "设置证据保全:期间不得删除",
            SUPERVISOR,
        ))
        .post("/cases/{id}/holds/{hold_id}/end", end)
        .op(Op {
            problems: &[Code::DeclarationRequired, Code::IllegalStep],
            ..op("end_hold", "Ends a legal hold", "解除证据保全", SUPERVISOR)
        })
}
