//! `/cases/{id}/walls`.

use super::{Lift, NewWall, WallView, steps};
use crate::access::{Again, Ctx, Disclosed, Within};
use crate::base::ids::{CaseId, WallId};
use crate::base::problem::{Code, Problem};
use crate::base::words::Action;
use crate::door::{Body, Created, IfMatch, List, Op, Page, Path, Routes};

type Known = Path<(CaseId, WallId)>;

/// `GET /cases/{id}/walls`: who is kept out. Who may: the owner.
async fn list(ctx: Ctx, case: Path<CaseId>, page: Page) -> Result<Disclosed<List<WallView>>, Problem> {
    ctx.gate().read(&ctx, *case, Action::ListWalls, move |tx, permit| steps::list(tx, permit, &page)).await
}

/// `POST /cases/{id}/walls`: keeps somebody out. Who may: the owner.
async fn build(ctx: Ctx, case: Path<CaseId>, body: Body<NewWall>) -> Result<Disclosed<Created<WallView>>, Problem> {
    ctx.gate().post(&ctx, *case, Action::BuildWall, move |tx, permit| steps::build(tx, permit, &body).map(Created)).await
}

/// `GET /cases/{id}/walls/{id}`: one. Who may: the owner.
async fn view(ctx: Ctx, known: Known) -> Result<Disclosed<WallView>, Problem> {
    let (case, id) = known.into_inner();
    ctx.gate().read(&ctx, Within(case, id), Action::ViewWall, move |tx, permit| WallView::again(tx, permit, id)).await
}

/// `POST /cases/{id}/walls/{id}/lift`: it is not needed any more. Who may: a supervisor of the owner.
async fn lift(ctx: Ctx, known: Known, seen: IfMatch, body: Body<Lift>) -> Result<Disclosed<WallView>, Problem> {
    let ((case, id), seen) = (known.into_inner(), seen.version()?);
    ctx.gate().post(&ctx, Within(case, id), Action::LiftWall, move |tx, permit| steps::lift(tx, permit, id, (&body, seen))).await
}

const OWNER: &str = "the owner's handler, deputy and supervisors";

const fn op(
    id: &'static str,
    (summary, summary_zh): (&'static str, &'static str),
    who: &'static str,
    problems: &'static [Code],
) -> Op {
    Op { id, tag: "walls", summary, summary_zh, who, problems }
}

/// The feature's routes.
pub fn routes() -> Routes {
    Routes::new()
        .get("/cases/{case_id}/walls", list)
        .op(op("list_walls", ("Who is kept out of the case", "列出回避人员"), OWNER, &[Code::DeclarationRequired]))
        .post("/cases/{case_id}/walls", build)
        .op(op(
            "build_wall",
            ("Keeps somebody out of the case at once", "设定回避,立即生效"),
            OWNER,
            &[Code::DeclarationRequired, Code::Conflict],
        ))
        .get("/cases/{case_id}/walls/{wall_id}", view)
        .op(op("view_wall", ("One wall", "查看回避"), OWNER, &[Code::DeclarationRequired]))
        .post("/cases/{case_id}/walls/{wall_id}/lift", lift)
        .op(op(
            "lift_wall",
            ("Lifts a wall that is not needed any more", "解除回避"),
            "a supervisor of the owner",
            &[Code::DeclarationRequired, Code::IllegalStep],
        ))
}
