//! `/cases/{id}/admonitions`.

use super::{AdmonitionView, Breach, End, Issue, PlanVisit, RecordVisit, Request, Serve, steps};
use crate::access::{Again, Ctx, Disclosed, Within};
use crate::base::ids::{CaseId, MeasureId, MeasureVisitId};
use crate::base::problem::{Code, Problem};
use crate::base::words::Action;
use crate::door::{Body, Created, IfMatch, List, Op, Page, Path, Routes};
use crate::features::duty::SetOut;
use crate::features::measures::VisitView;

/// `GET /cases/{id}/admonitions`. Who may: whoever reads the facet `measures`; a station, its own.
async fn list(ctx: Ctx, case: Path<CaseId>, page: Page) -> Result<Disclosed<List<AdmonitionView>>, Problem> {
    ctx.gate().read(&ctx, *case, Action::ListAdmonitions, move |tx, permit| steps::page(tx, permit, &page)).await
}

/// `POST /cases/{id}/admonitions`. Who may: the owner, its worker, a station with a grant.
async fn request(ctx: Ctx, case: Path<CaseId>, body: Body<Request>) -> Result<Disclosed<Created<AdmonitionView>>, Problem> {
    ctx.gate().post(&ctx, *case, Action::RequestAdmonition, move |tx, permit| steps::request(tx, permit, &body)).await
}

/// `GET /cases/{id}/admonitions/{mid}`. Who may: whoever reads the facet `measures`; a station, its own.
async fn view(ctx: Ctx, ids: Path<(CaseId, MeasureId)>) -> Result<Disclosed<AdmonitionView>, Problem> {
    let (case, id) = *ids;
    let action = Action::ViewAdmonition;
    ctx.gate().read(&ctx, Within(case, id), action, move |tx, permit| AdmonitionView::again(tx, permit, id)).await
}

type Ids = Path<(CaseId, MeasureId)>;
type VisitIds = Path<(CaseId, MeasureId, MeasureVisitId)>;

/// `POST …/{mid}/issue`. Who may: the station.
async fn issue(ctx: Ctx, ids: Ids, seen: IfMatch, body: Body<Issue>) -> Result<Disclosed<AdmonitionView>, Problem> {
    let (at, seen) = (Within(ids.0, ids.1), (ids.1, seen.version()?));
    ctx.gate().post(&ctx, at, Action::IssueAdmonition, move |tx, permit| steps::issue(tx, permit, seen, &body)).await
}

/// `POST …/{mid}/serve`. Who may: the station.
async fn serve(ctx: Ctx, ids: Ids, seen: IfMatch, body: Body<Serve>) -> Result<Disclosed<AdmonitionView>, Problem> {
    let (at, seen) = (Within(ids.0, ids.1), (ids.1, seen.version()?));
    ctx.gate().post(&ctx, at, Action::ServeAdmonition, move |tx, permit| steps::serve(tx, permit, seen, &body)).await
}

/// `POST …/{mid}/end`. Who may: the station.
async fn end(ctx: Ctx, ids: Ids, seen: IfMatch, body: Body<End>) -> Result<Disclosed<AdmonitionView>, Problem> {
    let (at, seen) = (Within(ids.0, ids.1), (ids.1, seen.version()?));
    ctx.gate().post(&ctx, at, Action::EndAdmonition, move |tx, permit| steps::end(tx, permit, seen, &body)).await
}

/// `POST …/{mid}/breach`. Who may: whoever writes the facet `measures`.
async fn breach(ctx: Ctx, ids: Ids, seen: IfMatch, body: Body<Breach>) -> Result<Disclosed<AdmonitionView>, Problem> {
    let (at, seen) = (Within(ids.0, ids.1), (ids.1, seen.version()?));
    ctx.gate().post(&ctx, at, Action::BreachAdmonition, move |tx, permit| steps::breach(tx, permit, seen, &body)).await
}

/// `GET …/{mid}/visits`. Who may: whoever reads the facet `measures`.
async fn visits(ctx: Ctx, ids: Ids, page: Page) -> Result<Disclosed<List<VisitView>>, Problem> {
    let (case, id) = *ids;
    let action = Action::ListMeasureVisits;
    ctx.gate().read(&ctx, Within(case, id), action, move |tx, permit| steps::visits(tx, permit, id, &page)).await
}

/// `GET …/{mid}/visits/{vid}`. Who may: whoever reads the facet `measures`.
async fn visit(ctx: Ctx, ids: VisitIds) -> Result<Disclosed<VisitView>, Problem> {
    let (case, id, visit) = *ids;
    let action = Action::ListMeasureVisits;
    ctx.gate().read(&ctx, Within(case, visit), action, move |tx, permit| steps::visit(tx, permit, (id, visit))).await
}

/// `POST …/{mid}/visits`. Who may: the station, the committee, the owner and its worker.
async fn plan(ctx: Ctx, ids: Ids, body: Body<PlanVisit>) -> Result<Disclosed<Created<VisitView>>, Problem> {
    let (case, id) = *ids;
    let action = Action::PlanMeasureVisit;
    ctx.gate().post(&ctx, Within(case, id), action, move |tx, permit| steps::plan(tx, permit, id, &body)).await
}

/// `POST …/{mid}/visits/{vid}/set-out`. Who may: whoever visits.
async fn set_out(ctx: Ctx, ids: VisitIds, seen: IfMatch, body: Body<SetOut>) -> Result<Disclosed<VisitView>, Problem> {
    let (at, seen) = (Within(ids.0, ids.2), (ids.1, ids.2, seen.version()?));
    ctx.gate().post(&ctx, at, Action::SetOutOnVisit, move |tx, permit| steps::set_out(tx, permit, seen, &body)).await
}

/// `POST …/{mid}/visits/{vid}/record`. Who may: whoever visits.
async fn record(ctx: Ctx, ids: VisitIds, seen: IfMatch, body: Body<RecordVisit>) -> Result<Disclosed<VisitView>, Problem> {
    let (at, seen) = (Within(ids.0, ids.2), (ids.1, ids.2, seen.version()?));
    ctx.gate().post(&ctx, at, Action::RecordMeasureVisit, move |tx, permit| steps::record(tx, permit, seen, &body)).await
}

const READS: &str = "Whoever reads the facet `measures` of the case; a police station, what it recorded or was asked for.";
const ASKS: &str =
    "The owner's handler, deputy and supervisors, an assigned worker, and a police station with a grant on the case.";
const STATION: &str = "The police station that was asked.";
const WRITES: &str =
    "Whoever may write the facet `measures`: the owner, an assigned worker, the station, the residents' committee.";

const fn op(
    id: &'static str,
    summary: &'static str,
    summary_zh: &'static str,
    who: &'static str,
    problems: &'static [Code],
) -> Op {
    Op { id, tag: "measures", summary, summary_zh, who, problems }
}

const NAMED: &[Code] = &[Code::DeclarationRequired];
const STEP: &[Code] = &[Code::DeclarationRequired, Code::IllegalStep];

/// The routes of admonitions.
pub fn routes() -> Routes {
    Routes::new()
        .get("/cases/{id}/admonitions", list)
        .op(op("list_admonitions", "Lists the case's admonitions", "列出本案的告诫书", READS, NAMED))
        .post("/cases/{id}/admonitions", request)
        .op(op("request_admonition", "Asks a police station for an admonition", "申请出具告诫书", ASKS, STEP))
        .get("/cases/{id}/admonitions/{mid}", view)
        .op(op("view_admonition", "Shows an admonition and what happened to it", "查看告诫书及其经过", READS, NAMED))
        .post("/cases/{id}/admonitions/{mid}/issue", issue)
        .op(op(
            "issue_admonition",
            "Issues it; the station and the residents' committee it names see what they must",
            "出具告诫书;派出所及所列居(村)委会获得履职所需的最少内容",
            STATION,
            STEP,
        ))
        .post("/cases/{id}/admonitions/{mid}/serve", serve)
        .op(op("serve_admonition", "Records that a copy was served on one recipient", "登记向一名对象送达", STATION, STEP))
        .post("/cases/{id}/admonitions/{mid}/end", end)
        .op(op("end_admonition", "Ends it, the visits being over", "查访期满,终止", STATION, STEP))
        .post("/cases/{id}/admonitions/{mid}/breach", breach)
        .op(op("breach_admonition", "Records violence after it was served", "登记告诫后再次施暴", WRITES, STEP))
        .get("/cases/{id}/admonitions/{mid}/visits", visits)
        .op(op("list_measure_visits", "Lists the visits", "列出查访", READS, NAMED))
        .post("/cases/{id}/admonitions/{mid}/visits", plan)
        .op(op("plan_measure_visit", "Plans one more visit", "另行安排查访", WRITES, STEP))
        .get("/cases/{id}/admonitions/{mid}/visits/{vid}", visit)
        .op(op("view_measure_visit", "Shows a visit", "查看查访", READS, NAMED))
        .post("/cases/{id}/admonitions/{mid}/visits/{vid}/set-out", set_out)
        .op(op("set_out_on_visit", "Sets out, and says when one will be back", "出发查访并报预计返回时间", WRITES, STEP))
        .post("/cases/{id}/admonitions/{mid}/visits/{vid}/record", record)
        .op(op("record_measure_visit", "Records that a visit was kept, or missed", "登记查访已进行或未进行", WRITES, STEP))
}
