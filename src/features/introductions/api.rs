//! `/introductions`.

use super::{Because, IntroductionFilter, IntroductionView, NewIntroduction, steps};
use crate::access::can::{Refer, View};
use crate::access::{Ctx, Disclosed, Whole};
use crate::base::ids::IntroductionId;
use crate::base::problem::{Code, Problem};
use crate::base::words::{Action, IntroductionReason};
use crate::door::{Body, Created, IfMatch, List, Op, Page, Path, Query, Routes};
use crate::features::referrals::Step;

/// What a step answers.
type Stepped = Result<Disclosed<IntroductionView>, Problem>;

/// `GET /introductions`. Who may: caseworkers, their agency's.
async fn list(ctx: Ctx, filter: Query<IntroductionFilter>, page: Page) -> Result<Disclosed<List<IntroductionView>>, Problem> {
    let filter = filter.into_inner();
    ctx.gate()
        .read::<View, _, _, _, _>(&ctx, Whole, Action::ListIntroductions, move |tx, permit| {
            steps::list(tx, permit, filter, &page)
        })
        .await
}

/// `POST /introductions`. Who may: caseworkers.
async fn draft(ctx: Ctx, body: Body<NewIntroduction>) -> Result<Disclosed<Created<IntroductionView>>, Problem> {
    ctx.gate()
        .post::<Refer, _, _, _, _>(&ctx, Whole, Action::DraftIntroduction, move |tx, permit| {
            steps::draft(tx, permit, &body).map(Created)
        })
        .await
}

/// `GET /introductions/{id}`. Who may: caseworkers of its two sides.
async fn view(ctx: Ctx, id: Path<IntroductionId>) -> Stepped {
    ctx.gate().view::<IntroductionView>(&ctx, *id).await
}

/// One step, by whom the policy lets take it.
async fn step(
    ctx: Ctx,
    (id, seen): (Path<IntroductionId>, IfMatch),
    (action, step): (Action, Step),
    because: Option<IntroductionReason>,
) -> Stepped {
    let at = (*id, seen.version()?);
    ctx.gate().post::<Refer, _, _, _, _>(&ctx, *id, action, move |tx, permit| steps::take(tx, permit, at, step, because)).await
}

/// `POST /introductions/{id}/send`. Who may: its sender.
async fn send(ctx: Ctx, id: Path<IntroductionId>, seen: IfMatch) -> Stepped {
    step(ctx, (id, seen), (Action::SendIntroduction, Step::Send), None).await
}

/// `POST /introductions/{id}/acknowledge`. Who may: its receiver.
async fn acknowledge(ctx: Ctx, id: Path<IntroductionId>, seen: IfMatch) -> Stepped {
    step(ctx, (id, seen), (Action::AcknowledgeIntroduction, Step::Acknowledge), None).await
}

/// `POST /introductions/{id}/accept`. Who may: its receiver.
async fn accept(ctx: Ctx, id: Path<IntroductionId>, seen: IfMatch) -> Stepped {
    step(ctx, (id, seen), (Action::AcceptIntroduction, Step::Accept), None).await
}

/// `POST /introductions/{id}/decline`. Who may: its receiver.
async fn decline(ctx: Ctx, id: Path<IntroductionId>, seen: IfMatch, body: Body<Because>) -> Stepped {
    step(ctx, (id, seen), (Action::DeclineIntroduction, Step::Decline), Some(body.reason)).await
}

/// `POST /introductions/{id}/withdraw`. Who may: its sender.
async fn withdraw(ctx: Ctx, id: Path<IntroductionId>, seen: IfMatch, body: Body<Because>) -> Stepped {
    step(ctx, (id, seen), (Action::WithdrawIntroduction, Step::Withdraw), Some(body.reason)).await
}

/// `POST /introductions/{id}/complete`. Who may: both sides.
async fn complete(ctx: Ctx, id: Path<IntroductionId>, seen: IfMatch) -> Stepped {
    step(ctx, (id, seen), (Action::CompleteIntroduction, Step::Complete), None).await
}

/// The routes.
pub fn routes() -> Routes {
    let op = |id, (summary, summary_zh), who, problems| Op { id, tag: "introductions", summary, summary_zh, who, problems };
    let (sender, receiver) = ("Caseworkers of its sender.", "Caseworkers of its receiver.");
    let steps: &[Code] = &[Code::Forbidden, Code::IllegalStep];
    Routes::new()
        .get("/introductions", list)
        .op(op(
            "list_introductions",
            ("Lists what was introduced to one's agency, or by it", "列出收到或发出的介绍"),
            "Caseworkers, their own agency's.",
            &[Code::Forbidden],
        ))
        .post("/introductions", draft)
        .op(op(
            "draft_introduction",
            ("Drafts the introduction of a provider for a need; it is of no case", "起草介绍(不含个案内容)"),
            "Caseworkers.",
            &[Code::Forbidden],
        ))
        .get("/introductions/{id}", view)
        .op(op(
            "view_introduction",
            ("Shows an introduction", "查看介绍"),
            "Caseworkers of its sender; of its receiver once it was sent and was not taken back.",
            &[Code::Forbidden],
        ))
        .post("/introductions/{id}/send", send)
        .op(op("send_introduction", ("Sends an introduction", "发送介绍"), sender, steps))
        .post("/introductions/{id}/acknowledge", acknowledge)
        .op(op("acknowledge_introduction", ("Says that it was seen", "签收介绍"), receiver, steps))
        .post("/introductions/{id}/accept", accept)
        .op(op("accept_introduction", ("Takes it on; an owner then refers its case itself", "接受介绍"), receiver, steps))
        .post("/introductions/{id}/decline", decline)
        .op(op("decline_introduction", ("Declines it", "拒绝介绍"), receiver, steps))
        .post("/introductions/{id}/withdraw", withdraw)
        .op(op("withdraw_introduction", ("Takes it back, before it is accepted", "撤回介绍"), sender, steps))
        .post("/introductions/{id}/complete", complete)
        .op(op("complete_introduction", ("Says that it is done", "办结介绍"), "Caseworkers of its two sides.", steps))
}
