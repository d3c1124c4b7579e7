//! Endpoints of mediation.

use super::bodies::{
    Agreement, Cancel, Confirmation, Consent, Hold, Leave, Look, Propose, Resume, Schedule, Screen, Typeset, Waive,
};
use super::facts::MediationSummary;
use super::gate::GateView;
use super::series::Step;
use super::sessions::SessionStep;
use super::steps;
use super::views::{AgreementView, FreeSlots, MediationConsentView, MediationView, PaperView, ScreeningView, SessionView};
use crate::access::{Ctx, Disclosed, Whole};
use crate::base::ids::{CaseId, MediationConsentId, MediationId, MediationSessionId, PaperId};
use crate::base::problem::{Code, Problem};
use crate::base::words::Action;
use crate::door::{Attachment, Body, Created, IfMatch, List, Op, OptionalBody, PDF, Page, Path, Query, Routes};

/// `GET /cases/{id}/mediations`. Who may: whoever reads the facet `mediation`.
async fn list(ctx: Ctx, case: Path<CaseId>, page: Page) -> Result<Disclosed<List<MediationSummary>>, Problem> {
    ctx.gate().read(&ctx, *case, Action::ListMediations, move |tx, permit| steps::series::page(tx, permit, &page)).await
}

/// `POST /cases/{id}/mediations`. Who may: the owner, an assigned worker, the mediating office.
async fn propose(ctx: Ctx, case: Path<CaseId>, body: Body<Propose>) -> Result<Disclosed<Created<MediationView>>, Problem> {
    ctx.gate().post(&ctx, *case, Action::ProposeMediation, move |tx, permit| steps::series::propose(tx, permit, &body)).await
}

/// `GET /cases/{id}/mediations/{mid}`. Who may: whoever reads the facet `mediation`.
async fn view(ctx: Ctx, ids: Path<(CaseId, MediationId)>) -> Result<Disclosed<MediationView>, Problem> {
    let (case, id) = *ids;
    ctx.gate().read(&ctx, id, Action::ViewMediation, move |tx, permit| steps::series::of_case(tx, permit, case, id)).await
}

/// `GET /mediations/{id}/gate`. Who may: whoever reads the facet `mediation`.
async fn gate(ctx: Ctx, id: Path<MediationId>) -> Result<Disclosed<GateView>, Problem> {
    let id = *id;
    ctx.gate().read(&ctx, id, Action::ViewMediation, move |tx, permit| steps::series::gate(tx, permit, id)).await
}

/// `GET /mediations/{id}/screenings`. Who may: who may mediate.
async fn screenings(ctx: Ctx, id: Path<MediationId>, page: Page) -> Result<Disclosed<List<ScreeningView>>, Problem> {
    let id = *id;
    ctx.gate().read(&ctx, id, Action::ListScreenings, move |tx, permit| steps::screenings::page(tx, permit, id, &page)).await
}

/// `POST /mediations/{id}/screenings`. Who may: who may mediate, and write in confidence.
async fn screen(ctx: Ctx, id: Path<MediationId>, body: Body<Screen>) -> Result<Disclosed<Created<ScreeningView>>, Problem> {
    let id = *id;
    ctx.gate().post(&ctx, id, Action::ScreenParty, move |tx, permit| steps::screenings::screen(tx, permit, id, &body)).await
}

/// `GET /mediations/{id}/consents`. Who may: who may mediate.
async fn consents(ctx: Ctx, id: Path<MediationId>, page: Page) -> Result<Disclosed<List<MediationConsentView>>, Problem> {
    let id = *id;
    ctx.gate().read(&ctx, id, Action::ListMediationConsents, move |tx, permit| steps::consents::page(tx, permit, id, &page)).await
}

/// `POST /mediations/{id}/consents`. Who may: who may mediate.
async fn consent(
    ctx: Ctx,
    id: Path<MediationId>,
    body: Body<Consent>,
) -> Result<Disclosed<Created<MediationConsentView>>, Problem> {
    let id = *id;
    let action = Action::RecordMediationConsent;
    ctx.gate().post(&ctx, id, action, move |tx, permit| steps::consents::consent(tx, permit, id, &body)).await
}

/// `POST /mediations/{id}/consents/{cid}/withdraw`. Who may: who may mediate.
async fn withdraw(ctx: Ctx, ids: Path<(MediationId, MediationConsentId)>) -> Result<Disclosed<MediationConsentView>, Problem> {
    let (id, consent) = *ids;
    let action = Action::WithdrawMediationConsent;
    ctx.gate().post(&ctx, consent, action, move |tx, permit| steps::consents::withdraw(tx, permit, id, consent)).await
}

/// `POST /mediations/{id}/clear`. Who may: who may mediate.
async fn clear(ctx: Ctx, id: Path<MediationId>, seen: IfMatch) -> Result<Disclosed<MediationView>, Problem> {
    let (id, seen) = (*id, seen.version()?);
    ctx.gate().post(&ctx, id, Action::ClearMediation, move |tx, permit| steps::series::clear(tx, permit, id, seen)).await
}

/// `POST /mediations/{id}/waive`. Who may: a supervisor of the owner.
async fn waive(ctx: Ctx, id: Path<MediationId>, seen: IfMatch, body: Body<Waive>) -> Result<Disclosed<MediationView>, Problem> {
    let (id, seen) = (*id, seen.version()?);
    ctx.gate().post(&ctx, id, Action::WaiveAssessment, move |tx, permit| steps::waiving::waive(tx, permit, id, seen, &body)).await
}

/// `POST /mediations/{id}/refuse`. Who may: who may mediate.
async fn refuse(ctx: Ctx, id: Path<MediationId>, seen: IfMatch, body: Body<Leave>) -> Result<Disclosed<MediationView>, Problem> {
    leave(ctx, *id, seen, body, (Action::RefuseMediation, Step::Refuse)).await
}

/// `POST /mediations/{id}/stop`. Who may: who may mediate.
async fn stop(ctx: Ctx, id: Path<MediationId>, seen: IfMatch, body: Body<Leave>) -> Result<Disclosed<MediationView>, Problem> {
    leave(ctx, *id, seen, body, (Action::StopMediation, Step::Stop)).await
}

async fn leave(
    ctx: Ctx,
    id: MediationId,
    seen: IfMatch,
    body: Body<Leave>,
    (action, step): (Action, Step),
) -> Result<Disclosed<MediationView>, Problem> {
    let seen = seen.version()?;
    ctx.gate().post(&ctx, id, action, move |tx, permit| steps::series::leave(tx, permit, id, seen, (step, &body))).await
}

/// `POST /mediations/{id}/cancel`. Who may: who may mediate.
async fn cancel(
    ctx: Ctx,
    id: Path<MediationId>,
    seen: IfMatch,
    body: OptionalBody<Cancel>,
) -> Result<Disclosed<MediationView>, Problem> {
    let (id, seen) = (*id, seen.version()?);
    let reason = body.into_inner().and_then(|body| body.reason);
    let action = Action::CancelMediation;
    ctx.gate().post(&ctx, id, action, move |tx, permit| steps::series::cancel(tx, permit, id, seen, reason.as_ref())).await
}

/// `GET /mediations/{id}/sessions`. Who may: whoever reads the facet `mediation`.
async fn sessions(ctx: Ctx, id: Path<MediationId>, page: Page) -> Result<Disclosed<List<SessionView>>, Problem> {
    let id = *id;
    ctx.gate().read(&ctx, id, Action::ListMediationSessions, move |tx, permit| steps::sessions::page(tx, permit, id, &page)).await
}

/// `POST /mediations/{id}/sessions`. Who may: who may mediate.
async fn schedule(ctx: Ctx, id: Path<MediationId>, body: Body<Schedule>) -> Result<Disclosed<Created<SessionView>>, Problem> {
    let id = *id;
    ctx.gate().post(&ctx, id, Action::ScheduleSession, move |tx, permit| steps::sessions::schedule(tx, permit, id, &body)).await
}

/// `GET /mediations/{id}/sessions/{sid}`. Who may: whoever reads the facet `mediation`.
async fn session(ctx: Ctx, ids: Path<(MediationId, MediationSessionId)>) -> Result<Disclosed<SessionView>, Problem> {
    let (series, id) = *ids;
    let action = Action::ViewMediationSession;
    ctx.gate().read(&ctx, id, action, move |tx, permit| steps::sessions::of_series(tx, permit, series, id)).await
}

/// `POST /mediations/{id}/sessions/{sid}/hold`. Who may: who may mediate.
async fn hold(
    ctx: Ctx,
    ids: Path<(MediationId, MediationSessionId)>,
    seen: IfMatch,
    body: Body<Hold>,
) -> Result<Disclosed<SessionView>, Problem> {
    let (ids, seen) = (*ids, seen.version()?);
    ctx.gate().post(&ctx, ids.1, Action::HoldSession, move |tx, permit| steps::sessions::hold(tx, permit, ids, seen, &body)).await
}

/// `POST /mediations/{id}/sessions/{sid}/suspend`. Who may: who may mediate.
async fn suspend(
    ctx: Ctx,
    ids: Path<(MediationId, MediationSessionId)>,
    seen: IfMatch,
) -> Result<Disclosed<SessionView>, Problem> {
    stand_down(ctx, *ids, seen, (Action::SuspendSession, SessionStep::Suspend)).await
}

/// `POST /mediations/{id}/sessions/{sid}/cancel`. Who may: who may mediate.
async fn cancel_session(
    ctx: Ctx,
    ids: Path<(MediationId, MediationSessionId)>,
    seen: IfMatch,
) -> Result<Disclosed<SessionView>, Problem> {
    stand_down(ctx, *ids, seen, (Action::CancelSession, SessionStep::Cancel)).await
}

async fn stand_down(
    ctx: Ctx,
    ids: (MediationId, MediationSessionId),
    seen: IfMatch,
    (action, step): (Action, SessionStep),
) -> Result<Disclosed<SessionView>, Problem> {
    let seen = seen.version()?;
    ctx.gate().post(&ctx, ids.1, action, move |tx, permit| steps::sessions::stand_down(tx, permit, ids, seen, step)).await
}

/// `POST /mediations/{id}/sessions/{sid}/resume`. Who may: who may mediate.
async fn resume(
    ctx: Ctx,
    ids: Path<(MediationId, MediationSessionId)>,
    seen: IfMatch,
    body: Body<Resume>,
) -> Result<Disclosed<SessionView>, Problem> {
    let (ids, seen) = (*ids, seen.version()?);
    let action = Action::ResumeSession;
    ctx.gate().post(&ctx, ids.1, action, move |tx, permit| steps::sessions::resume(tx, permit, ids, seen, &body)).await
}

/// `GET /mediations/{id}/agreement`. Who may: whoever reads the facet `mediation`.
async fn agreement(ctx: Ctx, id: Path<MediationId>) -> Result<Disclosed<AgreementView>, Problem> {
    let id = *id;
    ctx.gate().read(&ctx, id, Action::ViewAgreement, move |tx, permit| steps::agreement::read(tx, permit, id)).await
}

/// `PUT /mediations/{id}/agreement`. Who may: who may mediate.
async fn put_agreement(
    ctx: Ctx,
    id: Path<MediationId>,
    seen: IfMatch,
    body: Body<Agreement>,
) -> Result<Disclosed<AgreementView>, Problem> {
    let (id, seen) = (*id, seen.version()?);
    let action = Action::RecordAgreement;
    ctx.gate().write(&ctx, id, action, move |tx, permit| steps::agreement::put(tx, permit, id, seen, &body)).await
}

/// `POST /mediations/{id}/agreement/confirm`. Who may: who may mediate.
async fn confirm(
    ctx: Ctx,
    id: Path<MediationId>,
    seen: IfMatch,
    body: Body<Confirmation>,
) -> Result<Disclosed<AgreementView>, Problem> {
    let (id, seen) = (*id, seen.version()?);
    let action = Action::RecordConfirmation;
    ctx.gate().post(&ctx, id, action, move |tx, permit| steps::confirmation::put(tx, permit, id, seen, &body)).await
}

/// `GET /mediations/{id}/notices`. Who may: whoever reads the facet `mediation`.
async fn notices(ctx: Ctx, id: Path<MediationId>, page: Page) -> Result<Disclosed<List<PaperView>>, Problem> {
    let id = *id;
    ctx.gate().read(&ctx, id, Action::ListNotices, move |tx, permit| steps::papers::page(tx, permit, id, &page)).await
}

/// `GET /mediations/{id}/notices/{nid}`. Who may: whoever reads the facet `mediation`.
async fn notice(ctx: Ctx, ids: Path<(MediationId, PaperId)>) -> Result<Disclosed<PaperView>, Problem> {
    let (series, id) = *ids;
    ctx.gate().read(&ctx, id, Action::ViewNotice, move |tx, permit| steps::papers::of_series(tx, permit, series, id)).await
}

/// `POST /mediations/{id}/notices/{nid}/release`. Who may: the lead worker; the owner where nobody leads.
async fn release(ctx: Ctx, ids: Path<(MediationId, PaperId)>, seen: IfMatch) -> Result<Disclosed<PaperView>, Problem> {
    let (ids, seen) = (*ids, seen.version()?);
    ctx.gate().post(&ctx, ids.1, Action::ReleaseNotice, move |tx, permit| steps::papers::release(tx, permit, ids, seen)).await
}

/// `GET /mediations/{id}/notices/{nid}/paper`. Who may: whoever reads the facet `mediation`; only what was released.
async fn typeset(ctx: Ctx, ids: Path<(MediationId, PaperId)>, asked: Query<Typeset>) -> Result<Disclosed<Attachment>, Problem> {
    let (ids, Typeset { reader, language }, gate) = (*ids, *asked, ctx.gate().clone());
    // Read and recorded first, typeset after: no transaction waits for a page.
    let filled = ctx
        .gate()
        .read(&ctx, ids.1, Action::ViewNotice, move |tx, permit| {
            steps::printing::fill(tx, permit, ids, (gate.press(), reader, language))
        })
        .await?;
    let pdf = filled.then(async |paper| ctx.gate().press().print(paper).await).await?;
    Ok(pdf.map(|bytes| Attachment { name: "notice.pdf".to_owned(), content_type: PDF, bytes }))
}

/// `GET /mediations/slots`. Who may: who schedules.
async fn slots(ctx: Ctx, look: Query<Look>) -> Result<Disclosed<FreeSlots>, Problem> {
    ctx.gate().read(&ctx, Whole, Action::ViewSlots, move |tx, permit| steps::slots::look(tx, permit, &look)).await
}

const READS: &str = "Whoever reads the facet `mediation` of the case.";
const MEDIATES: &str = "The owner's handler, deputy and supervisors, an assigned worker, and a judicial liaison whose office accepted \
                        the mediation; each as far as their grant writes the facet `mediation`.";

const fn op(
    id: &'static str,
    summary: &'static str,
    summary_zh: &'static str,
    who: &'static str,
    problems: &'static [Code],
) -> Op {
    Op { id, tag: "mediation", summary, summary_zh, who, problems }
}

const NAMED: &[Code] = &[Code::DeclarationRequired];
const STEP: &[Code] = &[Code::DeclarationRequired, Code::IllegalStep];
const TYPESET: &[Code] = &[Code::DeclarationRequired, Code::IllegalStep, Code::PapersUnavailable, Code::Overloaded];
const GATED: &[Code] = &[Code::DeclarationRequired, Code::IllegalStep, Code::GateNotMet];
const BOOKED: &[Code] = &[Code::DeclarationRequired, Code::IllegalStep, Code::GateNotMet, Code::Conflict];

/// The routes of mediation.
pub fn routes() -> Routes {
    Routes::new()
        .get("/cases/{id}/mediations", list)
        .op(op("list_mediations", "Lists the case's mediations", "列出本案的调解", READS, NAMED))
        .post("/cases/{id}/mediations", propose)
        .op(op(
            "propose_mediation",
            "Proposes mediation; one live series a case",
            "提议调解;每案同时只能有一项",
            MEDIATES,
            &[Code::DeclarationRequired, Code::Conflict],
        ))
        .get("/cases/{id}/mediations/{mid}", view)
        .op(op("view_mediation", "Shows a series and its gate", "查看调解及其前提条件", READS, NAMED))
        .get("/mediations/{id}/gate", gate)
        .op(op("view_mediation_gate", "Shows the gate as a checklist", "逐项查看调解的前提条件", READS, NAMED))
        .get("/mediations/{id}/screenings", screenings)
        .op(op(
            "list_screenings",
            "Lists the parties' screenings; answers to their author and who reads what is confidential",
            "列出双方评估;评估内容仅评估人及有保密权限者可见",
            MEDIATES,
            NAMED,
        ))
        .post("/mediations/{id}/screenings", screen)
        .op(op("screen_party", "Screens one party, alone", "单独评估一方当事人", MEDIATES, STEP))
        .get("/mediations/{id}/consents", consents)
        .op(op("list_mediation_consents", "Lists the parties' consents to mediation", "列出双方的调解同意", MEDIATES, NAMED))
        .post("/mediations/{id}/consents", consent)
        .op(op("record_mediation_consent", "Records one party's consent to mediation", "记录一方的调解同意", MEDIATES, STEP))
        .post("/mediations/{id}/consents/{cid}/withdraw", withdraw)
        .op(op(
            "withdraw_mediation_consent",
            "A party takes its consent back; what was scheduled is put off",
            "一方撤回同意;已排定的调解即行中止",
            MEDIATES,
            STEP,
        ))
        .post("/mediations/{id}/clear", clear)
        .op(op("clear_mediation", "Passes the gate, when every condition is met", "前提条件齐备时,准予调解", MEDIATES, GATED))
        .post("/mediations/{id}/waive", waive)
        .op(op(
            "waive_assessment",
            "Waives an assessment older than 30 days, with reasons and safeguards; a high risk is never waived",
            "豁免已超过30日的风险评估,须写明理由并落实安全措施;高风险不得豁免",
            "A supervisor of the owner.",
            &[Code::DeclarationRequired, Code::IllegalStep, Code::Conflict],
        ))
        .post("/mediations/{id}/refuse", refuse)
        .op(op("refuse_mediation", "A party refuses mediation", "一方拒绝调解", MEDIATES, STEP))
        .post("/mediations/{id}/stop", stop)
        .op(op("stop_mediation", "A party stops mediation", "一方终止调解", MEDIATES, STEP))
        .post("/mediations/{id}/cancel", cancel)
        .op(op("cancel_mediation", "Calls mediation off", "撤销调解", MEDIATES, STEP))
        .get("/mediations/{id}/sessions", sessions)
        .op(op("list_mediation_sessions", "Lists a series' sessions", "列出各次调解", READS, NAMED))
        .post("/mediations/{id}/sessions", schedule)
        .op(op("schedule_session", "Schedules a session, when the gate is passed", "前提条件齐备时,排定调解", MEDIATES, BOOKED))
        .get("/mediations/{id}/sessions/{sid}", session)
        .op(op("view_mediation_session", "Shows a session", "查看一次调解", READS, NAMED))
        .post("/mediations/{id}/sessions/{sid}/hold", hold)
        .op(op("hold_session", "Records a held session and what it came to", "登记已举行的调解及其结果", MEDIATES, BOOKED))
        .post("/mediations/{id}/sessions/{sid}/suspend", suspend)
        .op(op("suspend_session", "Puts a session off", "中止一次调解", MEDIATES, STEP))
        .post("/mediations/{id}/sessions/{sid}/resume", resume)
        .op(op("resume_session", "Gives a suspended session another time", "为中止的调解另定时间", MEDIATES, BOOKED))
        .post("/mediations/{id}/sessions/{sid}/cancel", cancel_session)
        .op(op("cancel_session", "Calls a session off", "取消一次调解", MEDIATES, STEP))
        .get("/mediations/{id}/agreement", agreement)
        .op(op("view_agreement", "Shows the agreement", "查看调解协议", READS, NAMED))
        .put("/mediations/{id}/agreement", put_agreement)
        .op(op("record_agreement", "Records the agreement's clauses", "记录调解协议条款", MEDIATES, STEP))
        .post("/mediations/{id}/agreement/confirm", confirm)
        .op(op(
            "confirm_agreement",
            "Records what both did about judicial confirmation (People's Mediation Law art. 33)",
            "登记司法确认情况(《人民调解法》第三十三条)",
            MEDIATES,
            &[Code::DeclarationRequired, Code::Conflict],
        ))
        .get("/mediations/{id}/notices", notices)
        .op(op("list_mediation_notices", "Lists the papers for the respondent", "列出给加害人(被申请人)的文书", READS, NAMED))
        .get("/mediations/{id}/notices/{nid}", notice)
        .op(op("view_mediation_notice", "Shows a paper for the respondent", "查看给加害人(被申请人)的文书", READS, NAMED))
        .post("/mediations/{id}/notices/{nid}/release", release)
        .op(op(
            "release_mediation_notice",
            "Releases a paper to the respondent; before that it is handed to nobody",
            "放行给加害人(被申请人)的文书;放行前不得交付",
            "The lead worker; the owner where nobody leads.",
            STEP,
        ))
        .get("/mediations/{id}/notices/{nid}/paper", typeset)
        .op(op(
            "typeset_mediation_notice",
            "A released paper as PDF, for him or, saying the same, for her",
            "已放行文书的 PDF(加害人或受害人各一式,内容相同)",
            READS,
            TYPESET,
        ))
        .merge(of_no_case())
}

/// The routes of no case.
fn of_no_case() -> Routes {
    Routes::new().get("/mediations/slots", slots).op(op(
        "view_slots",
        "Shows when a mediator, worker and room are free; never what fills the other times",
        "查看调解员、社工、场所的空闲时段,不显示占用原因",
        "Judicial liaisons, social workers, and staff of an owner.",
        &[],
    ))
}
