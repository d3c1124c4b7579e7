//! `/cases/{id}/police-matters`.

use super::{Conclude, MatterView, RecordMatter, Release, steps};
use crate::access::{Again, Ctx, Disclosed, Within};
use crate::base::ids::{CaseId, MeasureId};
use crate::base::problem::{Code, Problem};
use crate::base::words::Action;
use crate::door::{Body, Created, IfMatch, List, Op, Page, Path, Routes};

type Ids = Path<(CaseId, MeasureId)>;

/// `GET /cases/{id}/police-matters`. Who may: whoever reads the facet `measures`; a station, its own.
async fn list(ctx: Ctx, case: Path<CaseId>, page: Page) -> Result<Disclosed<List<MatterView>>, Problem> {
    ctx.gate().read(&ctx, *case, Action::ListPoliceMatters, move |tx, permit| steps::page(tx, permit, &page)).await
}

/// `POST /cases/{id}/police-matters`. Who may: the police, the owner.
async fn record(ctx: Ctx, case: Path<CaseId>, body: Body<RecordMatter>) -> Result<Disclosed<Created<MatterView>>, Problem> {
    ctx.gate().post(&ctx, *case, Action::RecordPoliceMatter, move |tx, permit| steps::record(tx, permit, &body)).await
}

/// `GET /cases/{id}/police-matters/{mid}`. Who may: whoever reads the facet `measures`; a station, its own.
async fn view(ctx: Ctx, ids: Ids) -> Result<Disclosed<MatterView>, Problem> {
    let (case, id) = *ids;
    let action = Action::ViewPoliceMatter;
    ctx.gate().read(&ctx, Within(case, id), action, move |tx, permit| MatterView::again(tx, permit, id)).await
}

/// `POST …/{mid}/conclude`. Who may: the police, the owner.
async fn conclude(ctx: Ctx, ids: Ids, seen: IfMatch, body: Body<Conclude>) -> Result<Disclosed<MatterView>, Problem> {
    let (at, seen) = (Within(ids.0, ids.1), (ids.1, seen.version()?));
    ctx.gate().post(&ctx, at, Action::ConcludePoliceMatter, move |tx, permit| steps::conclude(tx, permit, seen, &body)).await
}

/// `POST …/{mid}/release`. Who may: the police, the owner.
async fn release(ctx: Ctx, ids: Ids, seen: IfMatch, body: Body<Release>) -> Result<Disclosed<MatterView>, Problem> {
    let (at, seen) = (Within(ids.0, ids.1), (ids.1, seen.version()?));
    ctx.gate().post(&ctx, at, Action::RecordRelease, move |tx, permit| steps::release(tx, permit, seen, &body)).await
}

const READS: &str = "Whoever reads the facet `measures` of the case; a police station, what it recorded itself.";
const WRITES: &str = "The owner's handler, deputy and supervisors; a police station with a grant on the case.";

const fn op(id: &'static str, summary: &'static str, summary_zh: &'static str, who: &'static str) -> Op {
    Op { id, tag: "measures", summary, summary_zh, who, problems: &[Code::DeclarationRequired] }
}

/// The routes of police matters.
pub fn routes() -> Routes {
    const STEP: &[Code] = &[Code::DeclarationRequired, Code::IllegalStep];
    Routes::new()
        .get("/cases/{id}/police-matters", list)
        .op(op("list_police_matters", "Lists what the police look into", "列出警情", READS))
        .post("/cases/{id}/police-matters", record)
        .op(Op {
            problems: STEP,
            ..op(
                "record_police_matter",
                "Records what the police look into; nobody mediates meanwhile",
                "登记警情;期间不得调解",
                WRITES,
            )
        })
        .get("/cases/{id}/police-matters/{mid}", view)
        .op(op("view_police_matter", "Shows a police matter", "查看警情", READS))
        .post("/cases/{id}/police-matters/{mid}/conclude", conclude)
        .op(Op {
            problems: STEP, ..op("conclude_police_matter", "Records what it came to", "登记警情的处理结果", WRITES)
        })
        .post("/cases/{id}/police-matters/{mid}/release", release)
        .op(Op {
            problems: STEP,
            ..op(
                "record_release",
                "Records that the respondent was released; the risk is due at once",
                "登记加害人(被申请人)获释;须即时重新评估风险",
                WRITES,
            )
        })
}
