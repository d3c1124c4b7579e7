//! `/duty`.

use super::{Turn, TurnView, steps};
use crate::access::can::{Approve, View};
use crate::access::{Ctx, Disclosed, Whole};
use crate::base::ids::DutyTurnId;
use crate::base::problem::{Code, Problem};
use crate::base::words::Action;
use crate::door::{Body, Created, IfMatch, List, Op, Page, Path, Routes};

/// `GET /duty`. Who may: caseworkers, their agency's.
async fn list(ctx: Ctx, page: Page) -> Result<Disclosed<List<TurnView>>, Problem> {
    ctx.gate().read::<View, _, _, _, _>(&ctx, Whole, Action::ViewDuty, move |tx, permit| steps::list(tx, permit, &page)).await
}

/// `GET /duty/{id}`. Who may: caseworkers, their agency's.
async fn view(ctx: Ctx, id: Path<DutyTurnId>) -> Result<Disclosed<TurnView>, Problem> {
    ctx.gate().view::<TurnView>(&ctx, *id).await
}

/// `POST /duty`. Who may: a supervisor, a manager or a liaison, their agency's.
async fn add(ctx: Ctx, body: Body<Turn>) -> Result<Disclosed<Created<TurnView>>, Problem> {
    ctx.gate()
        .post::<Approve, _, _, _, _>(&ctx, Whole, Action::AddDuty, move |tx, permit| steps::add(tx, permit, &body).map(Created))
        .await
}

/// `PUT /duty/{id}`. Who may: a supervisor, a manager or a liaison, their agency's.
async fn change(ctx: Ctx, id: Path<DutyTurnId>, seen: IfMatch, body: Body<Turn>) -> Result<Disclosed<TurnView>, Problem> {
    let at = (*id, seen.version()?);
    ctx.gate()
        .write::<Approve, _, _, _, _>(&ctx, *id, Action::ChangeDuty, move |tx, permit| steps::change(tx, permit, at, &body))
        .await
}

/// The routes.
pub fn routes() -> Routes {
    let op = |id, (summary, summary_zh), who, problems| Op { id, tag: "duty", summary, summary_zh, who, problems };
    let keepers = "A supervisor, a provider's manager or a liaison, their own agency's.";
    Routes::new()
        .get("/duty", list)
        .op(op(
            "view_duty",
            ("Who answers my agency's urgent matters, now and next", "本机构值班表:当前与后续"),
            "Caseworkers, their own agency's.",
            &[Code::Forbidden],
        ))
        .get("/duty/{id}", view)
        .op(op("view_duty_turn", ("One turn on my agency's roster", "本机构一个班次"), "Caseworkers, their own agency's.", &[]))
        .post("/duty", add)
        .op(op("add_duty", ("Enters a turn", "新增班次"), keepers, &[Code::Forbidden, Code::Conflict]))
        .put("/duty/{id}", change)
        .op(op(
            "change_duty",
            ("Changes a turn that is not over", "更改未结束的班次"),
            keepers,
            &[Code::Forbidden, Code::Conflict],
        ))
}
