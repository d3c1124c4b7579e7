//! `/cases/{id}/actions`, `/actions`.

use super::{ActionView, Cancel, Complete, Miss, NewAction, Step, steps};
use crate::access::can::{Record, View};
use crate::access::{Ctx, Disclosed, Whole, Within};
use crate::base::ids::{ActionId, CaseId};
use crate::base::problem::{Code, Problem};
use crate::base::text::Text;
use crate::base::words::Action;
use crate::door::{Body, Created, IfMatch, List, Op, Page, Path, Routes};
use crate::features::duty::SetOut;

type Ids = Path<(CaseId, ActionId)>;

/// `GET /cases/{id}/actions`. Who may: whoever's grant includes `actions`.
async fn list(ctx: Ctx, id: Path<CaseId>, page: Page) -> Result<Disclosed<List<ActionView>>, Problem> {
    let step = Action::ListActions;
    ctx.gate().read::<View, _, _, _, _>(&ctx, *id, step, move |tx, permit| steps::list(tx, permit, &page)).await
}

/// `POST /cases/{id}/actions`. Who may: whoever's grant may write `actions`.
async fn add(ctx: Ctx, id: Path<CaseId>, body: Body<NewAction>) -> Result<Disclosed<Created<ActionView>>, Problem> {
    let step = Action::AddAction;
    ctx.gate().post::<Record, _, _, _, _>(&ctx, *id, step, move |tx, permit| steps::add(tx, permit, &body).map(Created)).await
}

/// `GET /cases/{id}/actions/{action_id}`. Who may: whoever's grant includes `actions`.
async fn view(ctx: Ctx, ids: Ids) -> Result<Disclosed<ActionView>, Problem> {
    let (case, id) = ids.into_inner();
    ctx.gate()
        .read::<View, _, _, _, _>(&ctx, Within(case, id), Action::ViewAction, move |tx, permit| {
            <ActionView as crate::access::Again>::again(tx, permit, id)
        })
        .await
}

/// `POST …/{action_id}/set-out`. Who may: whose it is; the owner and the lead worker.
async fn set_out(ctx: Ctx, ids: Ids, seen: IfMatch, body: Body<SetOut>) -> Result<Disclosed<ActionView>, Problem> {
    let ((case, id), seen) = (ids.into_inner(), seen.version()?);
    let (target, action) = (Within(case, id), Action::SetOutOnFollowUp);
    ctx.gate()
        .post::<Record, _, _, _, _>(&ctx, target, action, move |tx, permit| steps::set_out(tx, permit, (id, seen), &body))
        .await
}

async fn end(
    ctx: Ctx,
    (ids, seen): (Ids, IfMatch),
    (action, step, words): (Action, Step, Text),
) -> Result<Disclosed<ActionView>, Problem> {
    let ((case, id), seen) = (ids.into_inner(), seen.version()?);
    let target = Within(case, id);
    ctx.gate()
        .post::<Record, _, _, _, _>(&ctx, target, action, move |tx, permit| steps::end(tx, permit, (id, seen), (step, &words)))
        .await
}

/// `POST …/{action_id}/complete`. Who may: whose it is; the owner and the lead worker.
async fn complete(ctx: Ctx, ids: Ids, seen: IfMatch, body: Body<Complete>) -> Result<Disclosed<ActionView>, Problem> {
    end(ctx, (ids, seen), (Action::CompleteAction, Step::Complete, body.into_inner().evidence)).await
}

/// `POST …/{action_id}/miss`. Who may: whose it is; the owner and the lead worker.
async fn miss(ctx: Ctx, ids: Ids, seen: IfMatch, body: Body<Miss>) -> Result<Disclosed<ActionView>, Problem> {
    end(ctx, (ids, seen), (Action::MissAction, Step::Miss, body.into_inner().reason)).await
}

/// `POST …/{action_id}/cancel`. Who may: whoever gave it; the owner and the lead worker.
async fn cancel(ctx: Ctx, ids: Ids, seen: IfMatch, body: Body<Cancel>) -> Result<Disclosed<ActionView>, Problem> {
    end(ctx, (ids, seen), (Action::CancelAction, Step::Cancel, body.into_inner().reason)).await
}

/// `GET /actions`. Who may: caseworkers, what is theirs or their agency's to do.
async fn mine(ctx: Ctx, page: Page) -> Result<Disclosed<List<ActionView>>, Problem> {
    ctx.gate().list(&ctx, Whole, Action::ListOwnActions, move |tx, lister| steps::mine(tx, lister, &page)).await
}

/// The routes.
pub fn routes() -> Routes {
    const READ: &[Code] = &[Code::DeclarationRequired];
    const STEP: &[Code] = &[Code::Forbidden, Code::DeclarationRequired, Code::IllegalStep];
    let op = |id, (summary, summary_zh), who, problems| Op { id, tag: "actions", summary, summary_zh, who, problems };
    let readers = "Whoever's grant includes `actions`.";
    let doers = "Whose it is; the owner's handler, deputy and supervisors, and the lead worker.";
    Routes::new()
        .get("/cases/{id}/actions", list)
        .op(op("list_actions", ("Who does what by when, newest first", "本案待办与已办"), readers, READ))
        .post("/cases/{id}/actions", add)
        .op(op(
            "add_action",
            ("Gives somebody something to do by a day", "新增待办"),
            "Whoever's grant may write `actions`.",
            &[Code::Forbidden, Code::DeclarationRequired],
        ))
        .get("/cases/{id}/actions/{action_id}", view)
        .op(op("view_action", ("One action", "一项待办"), readers, READ))
        .post("/cases/{id}/actions/{action_id}/set-out", set_out)
        .op(op(
            "set_out_on_follow_up",
            ("Sets out on a follow-up visit, and says when one will be back", "出发回访并报预计返回时间"),
            doers,
            &[Code::Forbidden, Code::DeclarationRequired, Code::IllegalStep, Code::Conflict],
        ))
        .post("/cases/{id}/actions/{action_id}/complete", complete)
        .op(op("complete_action", ("Says it was done; a visit: kept", "登记办结(回访:已进行)"), doers, STEP))
        .post("/cases/{id}/actions/{action_id}/miss", miss)
        .op(op("miss_action", ("Says a follow-up visit was missed", "登记回访未进行"), doers, STEP))
        .post("/cases/{id}/actions/{action_id}/cancel", cancel)
        .op(op(
            "cancel_action",
            ("Calls it off", "取消待办"),
            "Whoever gave it; the owner's handler, deputy and supervisors, and the lead worker.",
            &[Code::Forbidden, Code::DeclarationRequired, Code::IllegalStep, Code::Conflict],
        ))
        .get("/actions", mine)
        .op(op(
            "list_own_actions",
            ("What is mine, or my agency's, to do", "我的待办"),
            "Caseworkers: of cases whose actions they may read.",
            &[Code::Forbidden],
        ))
}
