//! `/break-glass`, `/cases/{id}/break-glass`.

use super::views::{AccessView, BrokenView, RequestView};
use super::{AskDutyDesk, BreakGlass, Decline, Release, Restore, Review, steps};
use crate::access::can::{Approve, Record, View};
use crate::access::{Ctx, Disclosed, Whole};
use crate::base::ids::{BreakGlassId, CaseId};
use crate::base::problem::{Code, Problem};
use crate::base::words::Action;
use crate::door::{Body, Created, IfMatch, List, Op, Page, Path, Routes};

/// `POST /cases/{id}/break-glass`. Who may: whoever holds a live grant, a provider's manager aside.
async fn open(ctx: Ctx, case: Path<CaseId>, body: Body<BreakGlass>) -> Result<Disclosed<Created<BrokenView>>, Problem> {
    let step = Action::BreakGlass;
    ctx.gate().post::<Record, _, _, _, _>(&ctx, *case, step, move |tx, permit| steps::open(tx, permit, &body).map(Created)).await
}

/// `GET /cases/{id}/break-glass`. Who may: the owner, the lead worker.
async fn list(ctx: Ctx, case: Path<CaseId>, page: Page) -> Result<Disclosed<List<AccessView>>, Problem> {
    let step = Action::ListBreakGlass;
    ctx.gate().read::<View, _, _, _, _>(&ctx, *case, step, move |tx, permit| steps::list(tx, permit, &page)).await
}

/// `POST /break-glass`. Who may: caseworkers, a provider's manager aside.
async fn ask(ctx: Ctx, body: Body<AskDutyDesk>) -> Result<Disclosed<Created<RequestView>>, Problem> {
    let step = Action::AskDutyDesk;
    ctx.gate().post::<Record, _, _, _, _>(&ctx, Whole, step, move |tx, permit| steps::ask(tx, permit, &body).map(Created)).await
}

/// `GET /break-glass`. Who may: caseworkers, what they asked themselves.
async fn requests(ctx: Ctx, page: Page) -> Result<Disclosed<List<RequestView>>, Problem> {
    let step = Action::ListBreakGlassRequests;
    ctx.gate().read::<View, _, _, _, _>(&ctx, Whole, step, move |tx, permit| steps::requests(tx, permit, &page)).await
}

/// `GET /break-glass/{id}`. Who may: the owner, its duty desk, the one who asked while the grant lives.
async fn view(ctx: Ctx, id: Path<BreakGlassId>) -> Result<Disclosed<AccessView>, Problem> {
    ctx.gate().view::<AccessView>(&ctx, *id).await
}

/// `POST /break-glass/{id}/release`. Who may: the owner's duty desk.
async fn release(ctx: Ctx, id: Path<BreakGlassId>, seen: IfMatch, body: Body<Release>) -> Result<Disclosed<AccessView>, Problem> {
    let (at, step) = ((*id, seen.version()?), Action::ReleaseBreakGlass);
    ctx.gate().post::<Approve, _, _, _, _>(&ctx, *id, step, move |tx, permit| steps::release(tx, permit, at, &body)).await
}

/// `POST /break-glass/{id}/decline`. Who may: the owner's duty desk.
async fn decline(ctx: Ctx, id: Path<BreakGlassId>, seen: IfMatch, body: Body<Decline>) -> Result<Disclosed<AccessView>, Problem> {
    let (at, step) = ((*id, seen.version()?), Action::DeclineBreakGlass);
    ctx.gate().post::<Approve, _, _, _, _>(&ctx, *id, step, move |tx, permit| steps::decline(tx, permit, at, &body)).await
}

/// `POST /break-glass/{id}/review`. Who may: a supervisor of the owner who did not release it.
async fn review(ctx: Ctx, id: Path<BreakGlassId>, seen: IfMatch, body: Body<Review>) -> Result<Disclosed<AccessView>, Problem> {
    let (at, step) = ((*id, seen.version()?), Action::ReviewBreakGlass);
    ctx.gate().post::<Approve, _, _, _, _>(&ctx, *id, step, move |tx, permit| steps::review(tx, permit, at, &body)).await
}

/// `POST /break-glass/{id}/restore`. Who may: a supervisor of the owner.
async fn restore(ctx: Ctx, id: Path<BreakGlassId>, seen: IfMatch, body: Body<Restore>) -> Result<Disclosed<AccessView>, Problem> {
    let (at, step) = ((*id, seen.version()?), Action::RestoreBreakGlass);
    ctx.gate().post::<Approve, _, _, _, _>(&ctx, *id, step, move |tx, permit| steps::restore(tx, permit, at, &body)).await
}

const DESK: &str =
    "The person on the owner's duty roster, their deputy, and the owner's supervisors; never for what they asked themselves.";
const SUPERVISOR: &str = "A supervisor of the owner, neither the one who asked nor the one who released.";

const fn op(
    id: &'static str,
    summary: &'static str,
    summary_zh: &'static str,
    who: &'static str,
    problems: &'static [Code],
) -> Op {
    Op { id, tag: "break-glass", summary, summary_zh, who, problems }
}

/// The routes.
pub fn routes() -> Routes {
    const STEP: &[Code] = &[Code::IllegalStep, Code::DeclarationRequired, Code::Forbidden];
    Routes::new()
        .post("/cases/{id}/break-glass", open)
        .op(op(
            "break_glass",
            "Opens further facets for three hours, to read; never `confidential` or `location`, `contact` by the duty desk",
            "紧急调阅:三小时内只读更多内容;保密内容和行踪除外,联系方式须由值班人员放行",
            "Whoever holds a live grant on the case, a provider's manager aside.",
            &[Code::Forbidden, Code::DeclarationRequired, Code::Conflict, Code::TooManyRequests],
        ))
        .get("/cases/{id}/break-glass", list)
        .op(op(
            "list_break_glass",
            "The case's break-glass accesses, newest first",
            "本案的紧急调阅记录,由近及远",
            "The owner's handler, deputy and supervisors, and the lead worker.",
            &[Code::DeclarationRequired],
        ))
        .post("/break-glass", ask)
        .op(op(
            "ask_duty_desk",
            "Asks the owner's duty desk, with what the person at the counter shows; the answer is always the same words",
            "紧急调阅请求:提供面前之人的身份信息;答复用语始终相同",
            "Caseworkers, a provider's manager aside.",
            &[Code::Forbidden, Code::TooManyRequests],
        ))
        .get("/break-glass", requests)
        .op(op(
            "list_break_glass_requests",
            "What I asked of duty desks, newest first",
            "我的紧急调阅请求,由近及远",
            "Caseworkers, a provider's manager aside; their own.",
            &[Code::Forbidden],
        ))
        .get("/break-glass/{id}", view)
        .op(op(
            "view_break_glass",
            "One break-glass access",
            "查看一次紧急调阅",
            "The owner's handler, deputy and supervisors, and the lead worker; the owner's duty desk, what waits for it; the one who asked, while the grant lives.",
            &[Code::DeclarationRequired],
        ))
        .post("/break-glass/{id}/release", release)
        .op(op(
            "release_break_glass",
            "Opens what was asked, or part of it, for three hours",
            "放行所请求的内容(全部或部分),三小时",
            DESK,
            &[Code::IllegalStep, Code::DeclarationRequired, Code::Forbidden, Code::Conflict, Code::ConflictOfInterest],
        ))
        .post("/break-glass/{id}/decline", decline)
        .op(op(
            "decline_break_glass",
            "Does not open the case; the one who asked is told by the desk's call alone",
            "不予放行;仅由值班人员电话告知请求人",
            DESK,
            STEP,
        ))
        .post("/break-glass/{id}/review", review)
        .op(op(
            "review_break_glass",
            "Says whether it was justified; unjustified suspends the right",
            "审查紧急调阅是否正当;不正当者暂停其权限",
            SUPERVISOR,
            STEP,
        ))
        .post("/break-glass/{id}/restore", restore)
        .op(op(
            "restore_break_glass",
            "Gives a suspended right back",
            "恢复被暂停的紧急调阅权限",
            "A supervisor of the owner, but for the one whose right it is.",
            STEP,
        ))
}
