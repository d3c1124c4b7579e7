//! `/referrals`: what is referred, in and out, and its steps.

use schemars::JsonSchema;
use serde::Deserialize;

use super::asked::{Accept, ChangeReferral, Complete, Decline, NewReferral, Withdraw};
use super::boxes;
use super::steps::{self, Seen};
use super::store::WhichBox;
use super::views::ReferralView;
use super::{taking, taking_over};
use crate::access::can::Refer;
use crate::access::{Ctx, Disclosed, Whole};
use crate::base::ids::ReferralId;
use crate::base::problem::{Code, Problem};
use crate::base::words::{Action, ReferralState};
use crate::door::{Body, Created, IfMatch, List, Op, OptionalBody, Page, Path, Query, Routes};

/// Which box, and which of it.
#[derive(Clone, Copy, Deserialize, JsonSchema)]
struct Filter {
    /// What was referred to one's agency, or what it refers.
    #[serde(rename = "box", default = "inbox")]
    which: WhichBox,
    /// Only those in this state.
    #[serde(default)]
    state: Option<ReferralState>,
}

const fn inbox() -> WhichBox {
    WhichBox::Inbox
}

/// `GET /referrals`: one box of the actor's agency, as far as they may see each case.
async fn list(ctx: Ctx, filter: Query<Filter>, page: Page) -> Result<Disclosed<List<ReferralView>>, Problem> {
    let (which, state) = (filter.which, filter.state);
    ctx.gate().list(&ctx, Whole, Action::ListReferrals, move |tx, lister| boxes::page(tx, lister, which, state, &page)).await
}

/// `POST /referrals`: a new case referred in, or help asked for a case.
async fn draft(ctx: Ctx, body: Body<NewReferral>) -> Result<Disclosed<Created<ReferralView>>, Problem> {
    let body = body.into_inner();
    if let Some(case) = body.case_id {
        let referring = move |tx: &mut crate::base::db::Tx<'_>,
                              permit: &crate::access::Permit<'_, Refer, crate::access::Case>| {
            steps::draft(tx, permit, &body)
        };
        return ctx.gate().post(&ctx, case, Action::DraftReferral, referring).await;
    }
    let intake = body.intake.ok_or_else(Problem::internal)?;
    ctx.gate()
        .post::<Refer, _, _, _, _>(&ctx, Whole, Action::DraftIntake, move |tx, permit| steps::draft_intake(tx, permit, &intake))
        .await
}

/// `GET /referrals/{id}`: as much of it as its reader's side may see.
async fn view(ctx: Ctx, id: Path<ReferralId>) -> Result<Disclosed<ReferralView>, Problem> {
    ctx.gate().view(&ctx, *id).await
}

/// `PATCH /referrals/{id}`: a draft, by its sender.
async fn change(
    ctx: Ctx,
    id: Path<ReferralId>,
    seen: IfMatch,
    body: Body<ChangeReferral>,
) -> Result<Disclosed<ReferralView>, Problem> {
    let (seen, body) = (Seen { id: *id, version: seen.version()? }, body.into_inner());
    ctx.gate()
        .write::<Refer, _, _, _, _>(&ctx, *id, Action::ChangeReferral, move |tx, permit| steps::change(tx, permit, seen, &body))
        .await
}

/// `POST /referrals/{id}/send`.
async fn send(ctx: Ctx, id: Path<ReferralId>, seen: IfMatch) -> Result<Disclosed<ReferralView>, Problem> {
    let seen = Seen { id: *id, version: seen.version()? };
    ctx.gate().post::<Refer, _, _, _, _>(&ctx, *id, Action::SendReferral, move |tx, permit| steps::send(tx, permit, seen)).await
}

/// `POST /referrals/{id}/acknowledge`.
async fn acknowledge(ctx: Ctx, id: Path<ReferralId>, seen: IfMatch) -> Result<Disclosed<ReferralView>, Problem> {
    let seen = Seen { id: *id, version: seen.version()? };
    ctx.gate()
        .post::<Refer, _, _, _, _>(&ctx, *id, Action::AcknowledgeReferral, move |tx, permit| steps::acknowledge(tx, permit, seen))
        .await
}

/// `POST /referrals/{id}/accept`.
async fn accept(
    ctx: Ctx,
    id: Path<ReferralId>,
    seen: IfMatch,
    body: OptionalBody<Accept>,
) -> Result<Disclosed<ReferralView>, Problem> {
    let (seen, body) = (Seen { id: *id, version: seen.version()? }, body.into_inner().unwrap_or_default());
    ctx.gate()
        .post::<Refer, _, _, _, _>(&ctx, *id, Action::AcceptReferral, move |tx, permit| taking::accept(tx, permit, seen, &body))
        .await
}

/// `POST /referrals/{id}/decline`.
async fn decline(ctx: Ctx, id: Path<ReferralId>, seen: IfMatch, body: Body<Decline>) -> Result<Disclosed<ReferralView>, Problem> {
    let (seen, body) = (Seen { id: *id, version: seen.version()? }, body.into_inner());
    ctx.gate()
        .post::<Refer, _, _, _, _>(&ctx, *id, Action::DeclineReferral, move |tx, permit| steps::decline(tx, permit, seen, &body))
        .await
}

/// `POST /referrals/{id}/take-over`.
async fn take_over(ctx: Ctx, id: Path<ReferralId>, seen: IfMatch) -> Result<Disclosed<ReferralView>, Problem> {
    let seen = Seen { id: *id, version: seen.version()? };
    ctx.gate()
        .post::<Refer, _, _, _, _>(&ctx, *id, Action::TakeOverReferral, move |tx, permit| {
            taking_over::take_over(tx, permit, seen)
        })
        .await
}

/// `POST /referrals/{id}/withdraw`.
async fn withdraw(
    ctx: Ctx,
    id: Path<ReferralId>,
    seen: IfMatch,
    body: Body<Withdraw>,
) -> Result<Disclosed<ReferralView>, Problem> {
    let (seen, body) = (Seen { id: *id, version: seen.version()? }, body.into_inner());
    ctx.gate()
        .post::<Refer, _, _, _, _>(&ctx, *id, Action::WithdrawReferral, move |tx, permit| {
            steps::withdraw(tx, permit, seen, &body)
        })
        .await
}

/// `POST /referrals/{id}/complete`.
async fn complete(
    ctx: Ctx,
    id: Path<ReferralId>,
    seen: IfMatch,
    body: OptionalBody<Complete>,
) -> Result<Disclosed<ReferralView>, Problem> {
    let (seen, body) = (Seen { id: *id, version: seen.version()? }, body.into_inner().unwrap_or_default());
    ctx.gate()
        .post::<Refer, _, _, _, _>(&ctx, *id, Action::CompleteReferral, move |tx, permit| {
            taking::complete(tx, permit, seen, &body)
        })
        .await
}

/// An operation of this section.
const fn op(
    id: &'static str,
    (summary, summary_zh): (&'static str, &'static str),
    who: &'static str,
    problems: &'static [Code],
) -> Op {
    Op { id, tag: "referrals", summary, summary_zh, who, problems }
}

const STEP: &[Code] = &[Code::Forbidden, Code::DeclarationRequired, Code::IllegalStep];

/// The routes.
pub fn routes() -> Routes {
    Routes::new()
        .get("/referrals", list)
        .op(op(
            "list_referrals",
            ("Lists what was referred to one's agency, or what it refers", "列出本机构收到或发出的转介"),
            "caseworkers, each case as far as they may see it; a receiver that has not accepted: the preview",
            &[Code::Forbidden],
        ))
        .post("/referrals", draft)
        .op(op(
            "draft_referral",
            ("Drafts a referral: an intake for a new case, or help for a case", "起草转介:转介新个案,或为个案请求帮助"),
            "an intake: liaisons and social workers; of a case: its owner's handler, deputy, supervisors, its lead worker; \
             an introduction: also who accepted a referral",
            &[
                Code::Forbidden,
                Code::NotFound,
                Code::DeclarationRequired,
                Code::IllegalStep,
                Code::Conflict,
                Code::ConsentMissing,
            ],
        ))
        .get("/referrals/{id}", view)
        .op(op(
            "view_referral",
            ("Shows a referral as far as one's side may see it", "查看转介"),
            "its sender, its receiver (until it accepts: the preview), the case's owner and lead worker",
            &[Code::Forbidden, Code::DeclarationRequired],
        ))
        .patch("/referrals/{id}", change)
        .op(op(
            "change_referral",
            ("Changes a draft", "修改转介草稿"),
            "its sender",
            &[Code::Forbidden, Code::DeclarationRequired, Code::IllegalStep, Code::ConsentMissing],
        ))
        .post("/referrals/{id}/send", send)
        .op(op(
            "send_referral",
            ("Sends a draft", "发送转介"),
            "its sender",
            &[Code::Forbidden, Code::DeclarationRequired, Code::IllegalStep, Code::ConsentMissing],
        ))
        .post("/referrals/{id}/acknowledge", acknowledge)
        .op(op("acknowledge_referral", ("Says that it was seen", "签收转介"), "its receiver", STEP))
        .post("/referrals/{id}/accept", accept)
        .op(op(
            "accept_referral",
            ("Takes it on; whoever accepts answers for the case in the agency", "接受转介"),
            "its receiver; of a provider, a worker",
            &[Code::Forbidden, Code::DeclarationRequired, Code::IllegalStep, Code::ConsentMissing, Code::Conflict],
        ))
        .post("/referrals/{id}/decline", decline)
        .op(op("decline_referral", ("Refuses it, with a reason", "拒绝转介并说明原因"), "its receiver", STEP))
        .post("/referrals/{id}/take-over", take_over)
        .op(op(
            "take_over_referral",
            (
                "Answers for an accepted referral that nobody of the agency answers for any more",
                "接手本机构已接受而无人经办的转介",
            ),
            "a colleague in the receiving agency, where a conflict of interest left nobody; of a provider, a worker",
            &[Code::Forbidden, Code::IllegalStep, Code::ConsentMissing, Code::Conflict],
        ))
        .post("/referrals/{id}/withdraw", withdraw)
        .op(op(
            "withdraw_referral",
            ("Takes it back, with a reason; a service also when it was accepted", "撤回转介并说明原因"),
            "its sender",
            STEP,
        ))
        .post("/referrals/{id}/complete", complete)
        .op(op(
            "complete_referral",
            ("Says that the help was given; what it opened ends at once", "办结转介"),
            "its sender, or whoever answers for it at the receiver",
            STEP,
        ))
}
