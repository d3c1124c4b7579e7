//! `/cases[/{id}]`, its steps, and `/cases/search`.

use schemars::JsonSchema;
use serde::Deserialize;

use super::view::{CaseItem, CaseView, EnteredCase};
use super::{ApproveClosing, CaseChange, NewIntake, RequestClose, SearchWords, steps};
use crate::access::can::{Approve, Change, View};
use crate::access::{Case, Collection, Ctx, Disclosed, Permit, Whole};
use crate::base::ids::CaseId;
use crate::base::problem::{Code, Problem};
use crate::base::words::{Action, CaseStatus};
use crate::door::{Body, Created, IfMatch, List, Op, OptionalBody, Page, Path, Query, Routes, cursor};

/// The name of this list in its cursors.
const LIST: &str = "cases";

/// Which cases are listed.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct CaseFilter {
    /// Those in this status.
    #[serde(default)]
    status: Option<CaseStatus>,
}

async fn list_cases(ctx: Ctx, page: Page, filter: Query<CaseFilter>) -> Result<Disclosed<List<CaseItem>>, Problem> {
    let past: Option<CaseId> = page.past(LIST)?;
    ctx.gate()
        .list(&ctx, Whole, Action::ListCases, move |tx, lister| {
            let (items, more) = steps::mine(tx, lister, past, page.size(), filter.status)?;
            let next = items.last().filter(|_| more).map(|last| cursor(LIST, &last.id()));
            Ok::<_, Problem>(List { items, next })
        })
        .await
}

async fn create_case(ctx: Ctx, body: Body<NewIntake>) -> Result<Disclosed<Created<EnteredCase>>, Problem> {
    ctx.gate()
        .post(&ctx, Whole, Action::CreateCase, move |tx, permit: &Permit<'_, Change, Collection>| {
            steps::enter(tx, permit, &body).map(Created)
        })
        .await
}

/// What is shown beside the case itself.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Beside {
    /// So many of its newest notes too, each under its facet.
    #[serde(default)]
    #[schemars(range(min = 0, max = 100))]
    notes: Option<u8>,
}

async fn view_case(ctx: Ctx, id: Path<CaseId>, beside: Query<Beside>) -> Result<Disclosed<CaseView>, Problem> {
    let id = *id;
    ctx.gate()
        .read(&ctx, id, Action::ViewCase, move |tx, permit: &Permit<'_, View, Case>| {
            steps::view(tx, permit, beside.notes.unwrap_or(0))
        })
        .await
}

async fn change_case(ctx: Ctx, id: Path<CaseId>, seen: IfMatch, body: Body<CaseChange>) -> Result<Disclosed<CaseView>, Problem> {
    ctx.gate()
        .write(&ctx, *id, Action::ChangeCase, move |tx, permit: &Permit<'_, Change, Case>| {
            steps::change(tx, permit, &seen, &body)
        })
        .await
}

async fn screen_case(ctx: Ctx, id: Path<CaseId>, seen: IfMatch) -> Result<Disclosed<CaseView>, Problem> {
    ctx.gate()
        .post(&ctx, *id, Action::ScreenCase, move |tx, permit: &Permit<'_, Change, Case>| steps::screen(tx, permit, &seen))
        .await
}

async fn open_case(ctx: Ctx, id: Path<CaseId>, seen: IfMatch) -> Result<Disclosed<CaseView>, Problem> {
    ctx.gate()
        .post(&ctx, *id, Action::OpenCase, move |tx, permit: &Permit<'_, Change, Case>| steps::open(tx, permit, &seen))
        .await
}

async fn request_close(
    ctx: Ctx,
    id: Path<CaseId>,
    seen: IfMatch,
    body: Body<RequestClose>,
) -> Result<Disclosed<CaseView>, Problem> {
    ctx.gate()
        .post(&ctx, *id, Action::RequestClose, move |tx, permit: &Permit<'_, Change, Case>| {
            steps::request_close(tx, permit, &seen, &body)
        })
        .await
}

async fn monitor_case(
    ctx: Ctx,
    id: Path<CaseId>,
    seen: IfMatch,
    body: OptionalBody<ApproveClosing>,
) -> Result<Disclosed<CaseView>, Problem> {
    let body = body.into_inner().unwrap_or_default();
    ctx.gate()
        .post(&ctx, *id, Action::MonitorCase, move |tx, permit: &Permit<'_, Approve, Case>| {
            steps::monitor(tx, permit, &seen, &body)
        })
        .await
}

async fn close_case(
    ctx: Ctx,
    id: Path<CaseId>,
    seen: IfMatch,
    body: OptionalBody<ApproveClosing>,
) -> Result<Disclosed<CaseView>, Problem> {
    let body = body.into_inner().unwrap_or_default();
    ctx.gate()
        .post(&ctx, *id, Action::CloseCase, move |tx, permit: &Permit<'_, Approve, Case>| steps::close(tx, permit, &seen, &body))
        .await
}

async fn reopen_case(ctx: Ctx, id: Path<CaseId>, seen: IfMatch) -> Result<Disclosed<CaseView>, Problem> {
    ctx.gate()
        .post(&ctx, *id, Action::ReopenCase, move |tx, permit: &Permit<'_, Approve, Case>| steps::reopen(tx, permit, &seen))
        .await
}

async fn search_cases(ctx: Ctx, body: Body<SearchWords>) -> Result<Disclosed<List<CaseItem>>, Problem> {
    ctx.gate()
        .list(&ctx, Whole, Action::SearchCases, move |tx, lister| {
            Ok::<_, Problem>(List { items: steps::search(tx, lister, &body)?, next: None })
        })
        .await
}

/// The words of a step.
const fn step(id: &'static str, summary: &'static str, summary_zh: &'static str, who: &'static str) -> Op {
    Op { id, tag: "cases", summary, summary_zh, who, problems: &[Code::IllegalStep, Code::DeclarationRequired] }
}

const SUPERVISOR: &str = "A supervisor of the owner who has declared no conflict.";
const OTHER_SUPERVISOR: &str = "A supervisor of the owner, another person than the one who asked for closing. Where the risk is high or was never \
                               assessed, `high_risk_accepted` says why the case may end.";
const OWNER: &str = "The owner's handler, deputy and supervisors.";

/// The routes of cases.
pub fn routes() -> Routes {
    Routes::new()
        .get("/cases", list_cases)
        .op(Op {
            id: "list_cases",
            tag: "cases",
            summary: "My cases, newest first",
            summary_zh: "我的个案",
            who: "Caseworkers: the cases on which they hold a grant.",
            problems: &[],
        })
        .post("/cases", create_case)
        .op(Op {
            id: "create_case",
            tag: "cases",
            summary: "Enter an own intake; whoever enters it handles it",
            summary_zh: "自行受理个案,登记人为经办人",
            who: "Staff and supervisors of an agency that may own cases.",
            problems: &[],
        })
        .post("/cases/search", search_cases)
        .op(Op {
            id: "search_cases",
            tag: "cases",
            summary: "Find my cases by a person's whole ID number, telephone number or name",
            summary_zh: "按证件号码、电话或姓名检索本人有权查看的个案",
            who: "Caseworkers: among the cases on which they hold a grant.",
            problems: &[],
        })
        .get("/cases/{id}", view_case)
        .op(Op {
            id: "view_case",
            tag: "cases",
            summary: "A case: its head, and the facets you may see; to whom it was offered only, the preview",
            summary_zh: "查看个案:标识及有权查看的部分;仅收到转介者只见预览",
            who: "Whoever holds a grant on the case and has declared no conflict; whoever it was offered to.",
            problems: &[Code::DeclarationRequired],
        })
        .patch("/cases/{id}", change_case)
        .op(Op {
            id: "change_case",
            tag: "cases",
            summary: "Change the plan, what happened, or who reported",
            summary_zh: "修改计划、事件经过或报告人",
            who: "The owner's handler, deputy and supervisors; an assigned worker; each facet by its own pen.",
            problems: &[Code::DeclarationRequired],
        })
        .post("/cases/{id}/screen", screen_case)
        .op(step("screen_case", "Begin screening: the survivor is heard alone", "开始接谈评估", OWNER))
        .post("/cases/{id}/open", open_case)
        .op(step("open_case", "Open the case", "立案", OWNER))
        .post("/cases/{id}/request-close", request_close)
        .op(step(
            "request_close",
            "Ask for closing, with outcome and summary",
            "申请结案",
            "The owner's handler, deputy and supervisors; the lead worker.",
        ))
        .post("/cases/{id}/monitor", monitor_case)
        .op(step("monitor_case", "Approve the outcome and follow the family up", "批准并转入跟踪回访", OTHER_SUPERVISOR))
        .post("/cases/{id}/close", close_case)
        .op(step("close_case", "Close the case: referrals and their grants end", "结案", OTHER_SUPERVISOR))
        .post("/cases/{id}/reopen", reopen_case)
        .op(step("reopen_case", "Open a closed case again, under the same number", "重新开案", SUPERVISOR))
}
