//! `/cases/{id}/consents`.

use super::{ConsentStep, ConsentView, NewConsent, steps};
use crate::access::{Again, Ctx, Disclosed, Within};
use crate::base::ids::{CaseId, ConsentId};
use crate::base::problem::{Code, Problem};
use crate::base::words::Action;
use crate::door::{Body, Created, IfMatch, List, Op, Page, Path, Routes};

type Known = Path<(CaseId, ConsentId)>;

/// `GET /cases/{id}/consents`: her consents, newest first. Who may: the owner, the assigned workers.
async fn list(ctx: Ctx, case: Path<CaseId>, page: Page) -> Result<Disclosed<List<ConsentView>>, Problem> {
    ctx.gate().read(&ctx, *case, Action::ListConsents, move |tx, permit| steps::list(tx, permit, &page)).await
}

/// `POST /cases/{id}/consents`: records one. Who may: the owner, the lead worker.
async fn record(ctx: Ctx, case: Path<CaseId>, body: Body<NewConsent>) -> Result<Disclosed<Created<ConsentView>>, Problem> {
    ctx.gate().post(&ctx, *case, Action::RecordConsent, move |tx, permit| steps::record(tx, permit, &body).map(Created)).await
}

/// `GET /cases/{id}/consents/{id}`: one. Who may: the owner, the assigned workers.
async fn view(ctx: Ctx, known: Known) -> Result<Disclosed<ConsentView>, Problem> {
    let (case, id) = known.into_inner();
    ctx.gate().read(&ctx, Within(case, id), Action::ViewConsent, move |tx, permit| ConsentView::again(tx, permit, id)).await
}

async fn step(
    ctx: Ctx,
    known: Known,
    seen: IfMatch,
    (action, step): (Action, ConsentStep),
) -> Result<Disclosed<ConsentView>, Problem> {
    let ((case, id), seen) = (known.into_inner(), seen.version()?);
    ctx.gate().post(&ctx, Within(case, id), action, move |tx, permit| steps::take(tx, permit, id, step, seen)).await
}

/// `POST /cases/{id}/consents/{id}/suspend`: sharing stops at once. Who may: the owner, the assigned workers.
async fn suspend(ctx: Ctx, known: Known, seen: IfMatch) -> Result<Disclosed<ConsentView>, Problem> {
    step(ctx, known, seen, (Action::SuspendConsent, ConsentStep::Suspend)).await
}

/// `POST /cases/{id}/consents/{id}/confirm`: she was met and wants it kept. Who may: the owner, the lead worker.
async fn confirm(ctx: Ctx, known: Known, seen: IfMatch) -> Result<Disclosed<ConsentView>, Problem> {
    step(ctx, known, seen, (Action::ConfirmConsent, ConsentStep::Confirm)).await
}

/// `POST /cases/{id}/consents/{id}/revoke`: she takes it back. Who may: the owner, the assigned workers.
async fn revoke(ctx: Ctx, known: Known, seen: IfMatch) -> Result<Disclosed<ConsentView>, Problem> {
    step(ctx, known, seen, (Action::RevokeConsent, ConsentStep::Revoke)).await
}

const WORKERS: &str = "the owner's handler, deputy and supervisors; the assigned workers";
const LEAD: &str = "the owner's handler, deputy and supervisors; the lead worker";

const fn op(
    id: &'static str,
    (summary, summary_zh): (&'static str, &'static str),
    who: &'static str,
    problems: &'static [Code],
) -> Op {
    Op { id, tag: "consents", summary, summary_zh, who, problems }
}

/// The feature's routes.
pub fn routes() -> Routes {
    const LOOK: &[Code] = &[Code::DeclarationRequired];
    const STEP: &[Code] = &[Code::DeclarationRequired, Code::IllegalStep];
    Routes::new()
        .get("/cases/{case_id}/consents", list)
        .op(op("list_consents", ("Her consents, newest first", "列出知情同意书"), WORKERS, LOOK))
        .post("/cases/{case_id}/consents", record)
        .op(op(
            "record_consent",
            ("Records a consent to one recipient for one purpose", "登记一份知情同意书"),
            LEAD,
            &[Code::DeclarationRequired, Code::Conflict],
        ))
        .get("/cases/{case_id}/consents/{consent_id}", view)
        .op(op("view_consent", ("One consent", "查看知情同意书"), WORKERS, LOOK))
        .post("/cases/{case_id}/consents/{consent_id}/suspend", suspend)
        .op(op("suspend_consent", ("Stops sharing at once, until she is met", "立即暂停共享,待当面核实"), WORKERS, STEP))
        .post("/cases/{case_id}/consents/{consent_id}/confirm", confirm)
        .op(op("confirm_consent", ("She was met and wants it kept", "当面核实后恢复"), LEAD, STEP))
        .post("/cases/{case_id}/consents/{consent_id}/revoke", revoke)
        .op(op("revoke_consent", ("Takes it back for good; sharing ends at once", "撤回同意,立即终止共享"), WORKERS, STEP))
}
