//! `/cases/{id}/contact-attempts`.

use super::{ApprovalView, Attempt, AttemptView, steps};
use crate::access::can::{Approve, Record, View};
use crate::access::{Ctx, Disclosed};
use crate::base::ids::CaseId;
use crate::base::problem::{Code, Problem};
use crate::base::words::Action;
use crate::door::{Body, Created, List, Op, Page, Path, Routes};

/// `GET /cases/{id}/contact-attempts`. Who may: whoever reads `progress`.
async fn list(ctx: Ctx, id: Path<CaseId>, page: Page) -> Result<Disclosed<List<AttemptView>>, Problem> {
    let step = Action::ListContactAttempts;
    ctx.gate().read::<View, _, _, _, _>(&ctx, *id, step, move |tx, permit| steps::list(tx, permit, &page)).await
}

/// `POST /cases/{id}/contact-attempts`. Who may: the owner and its workers.
async fn record(ctx: Ctx, id: Path<CaseId>, body: Body<Attempt>) -> Result<Disclosed<Created<AttemptView>>, Problem> {
    let body = body.into_inner();
    ctx.gate()
        .post::<Record, _, _, _, _>(&ctx, *id, Action::RecordContactAttempt, move |tx, permit| {
            steps::record(tx, permit, &body).map(Created)
        })
        .await
}

/// `POST /cases/{id}/contact-attempts/approval`. Who may: a supervisor of the owner.
async fn approve(ctx: Ctx, id: Path<CaseId>) -> Result<Disclosed<Created<ApprovalView>>, Problem> {
    ctx.gate()
        .post::<Approve, _, _, _, _>(&ctx, *id, Action::ApproveContactAttempt, move |tx, permit| {
            steps::approve(tx, permit).map(Created)
        })
        .await
}

/// The routes.
pub fn routes() -> Routes {
    Routes::new()
        .get("/cases/{id}/contact-attempts", list)
        .op(Op {
            id: "list_contact_attempts",
            tag: "contact attempts",
            summary: "Attempts to reach her, newest first",
            summary_zh: "联系记录,由近及远",
            who: "Whoever may see the case; the list is empty to those without `progress`.",
            problems: &[Code::DeclarationRequired],
        })
        .post("/cases/{id}/contact-attempts", record)
        .op(Op {
            id: "record_contact_attempt",
            tag: "contact attempts",
            summary: "Records an attempt to reach her",
            summary_zh: "记录一次联系",
            who: "The owner's handler, deputy and supervisors, and assigned workers. After two in a row that failed, another that failed needs a supervisor's word.",
            problems: &[Code::SupervisorWordNeeded, Code::DeclarationRequired],
        })
        .post("/cases/{id}/contact-attempts/approval", approve)
        .op(Op {
            id: "approve_contact_attempt",
            tag: "contact attempts",
            summary: "Gives the word for one further attempt",
            summary_zh: "同意再次尝试联系",
            who: "A supervisor of the owner.",
            problems: &[Code::Conflict, Code::DeclarationRequired],
        })
}
