//! `/cases/{id}/assignments`.

use super::{Assign, AssignmentView, EndAssignment, steps};
use crate::access::{Ctx, Disclosed};
use crate::base::ids::{AssignmentId, CaseId};
use crate::base::problem::{Code, Problem};
use crate::base::words::Action;
use crate::door::{Body, Created, IfMatch, List, Op, OptionalBody, Page, Path, Routes};

/// `GET /cases/{id}/assignments`. Who may: the owner, its workers; a provider's managers, head and hours only.
async fn list(ctx: Ctx, id: Path<CaseId>, page: Page) -> Result<Disclosed<List<AssignmentView>>, Problem> {
    ctx.gate().read(&ctx, *id, Action::ListAssignments, move |tx, permit| steps::list(tx, permit, &page)).await
}

/// `POST /cases/{id}/assignments`. Who may: the owner; beyond the quota, its supervisors.
async fn assign(ctx: Ctx, id: Path<CaseId>, body: Body<Assign>) -> Result<Disclosed<Created<AssignmentView>>, Problem> {
    ctx.gate().post(&ctx, *id, Action::Assign, move |tx, permit| steps::assign(tx, permit, &body).map(Created)).await
}

/// `GET /cases/{id}/assignments/{assignment_id}`. Who may: the owner, its workers.
async fn view(ctx: Ctx, ids: Path<(CaseId, AssignmentId)>) -> Result<Disclosed<AssignmentView>, Problem> {
    let ids = ids.into_inner();
    ctx.gate().read(&ctx, ids.1, Action::ViewAssignment, move |tx, permit| steps::view(tx, permit, ids)).await
}

/// `POST /cases/{id}/assignments/{assignment_id}/end`. Who may: the owner.
async fn end(
    ctx: Ctx,
    ids: Path<(CaseId, AssignmentId)>,
    seen: IfMatch,
    body: OptionalBody<EndAssignment>,
) -> Result<Disclosed<AssignmentView>, Problem> {
    let (ids, seen, body) = (ids.into_inner(), seen.version()?, body.into_inner());
    ctx.gate().post(&ctx, ids.1, Action::EndAssignment, move |tx, permit| steps::end(tx, permit, ids, seen, body.as_ref())).await
}

const OWNER: &str = "The owner's handler, deputy and supervisors; beyond the quota supervisors only.";
const READERS: &str =
    "The owner's handler, deputy and supervisors; assigned workers; managers of the provider, head and hours only.";

const fn op(id: &'static str, summary: &'static str, summary_zh: &'static str, who: &'static str) -> Op {
    Op { id, tag: "assignments", summary, summary_zh, who, problems: &[Code::DeclarationRequired] }
}

/// The routes of assignments.
pub fn routes() -> Routes {
    Routes::new()
        .get("/cases/{id}/assignments", list)
        .op(op("list_assignments", "Lists who is and was assigned, newest first", "列出派案", READERS))
        .post("/cases/{id}/assignments", assign)
        .op(Op {
            problems: &[
                Code::DeclarationRequired,
                Code::IllegalStep,
                Code::Conflict,
                Code::ConflictOfInterest,
                Code::NoContract,
                Code::QuotaUsedUp,
            ],
            ..op("assign", "Assigns a worker under a contract in force, or hands a part over", "派案给社工,或移交", OWNER)
        })
        .get("/cases/{id}/assignments/{assignment_id}", view)
        .op(op(
            "view_assignment",
            "Shows an assignment",
            "查看派案",
            "The owner's handler, deputy and supervisors; assigned workers.",
        ))
        .post("/cases/{id}/assignments/{assignment_id}/end", end)
        .op(Op {
            problems: &[Code::DeclarationRequired, Code::IllegalStep],
            ..op("end_assignment", "Ends an assignment, and the worker's access with it", "结束派案", OWNER)
        })
}
