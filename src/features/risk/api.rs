//! `/instruments[/{key}]`, `/cases/{id}/risk-assessments[/{id}]`.

use schemars::JsonSchema;
use serde::Deserialize;

use super::instruments::InstrumentKey;
use super::views::{AssessmentView, InstrumentView};
use super::{AssessmentInput, steps};
use crate::access::{Ctx, Disclosed};
use crate::base::ids::{AssessmentId, CaseId};
use crate::base::problem::{Code, Problem};
use crate::base::words::Action;
use crate::door::{Body, Created, List, Op, Page, Path, Public, Query, Routes};

/// Which version of an instrument.
#[derive(Clone, Copy, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct WhichVersion {
    /// The version; without it, the newest.
    #[serde(default)]
    version: Option<u32>,
}

/// `GET /instruments`. Who may: anybody, they are about no case.
async fn list_instruments() -> Result<Public<List<InstrumentView>>, Problem> {
    steps::instruments_in_use().map(Public)
}

/// `GET /instruments/{key}`. Who may: anybody.
async fn view_instrument(key: Path<InstrumentKey>, which: Query<WhichVersion>) -> Result<Public<InstrumentView>, Problem> {
    steps::instrument(key.as_str(), which.version).map(Public)
}

/// `GET /cases/{id}/risk-assessments`. Who may: whoever reads the facet `risk`.
async fn list(ctx: Ctx, case: Path<CaseId>, page: Page) -> Result<Disclosed<List<AssessmentView>>, Problem> {
    ctx.gate().read(&ctx, *case, Action::ListRiskAssessments, move |tx, permit| steps::page(tx, permit, &page)).await
}

/// `POST /cases/{id}/risk-assessments`. Who may: whoever writes the facet `risk`.
async fn assess(
    ctx: Ctx,
    case: Path<CaseId>,
    body: Body<AssessmentInput>,
) -> Result<Disclosed<Created<AssessmentView>>, Problem> {
    ctx.gate().post(&ctx, *case, Action::AssessRisk, move |tx, permit| steps::assess(tx, permit, &body)).await
}

/// `GET /cases/{id}/risk-assessments/{aid}`. Who may: whoever reads the facet `risk`.
async fn view(ctx: Ctx, ids: Path<(CaseId, AssessmentId)>) -> Result<Disclosed<AssessmentView>, Problem> {
    let (case, id) = *ids;
    ctx.gate().read(&ctx, id, Action::ViewRiskAssessment, move |tx, permit| steps::of_case(tx, permit, case, id)).await
}

const fn op(
    id: &'static str,
    summary: &'static str,
    summary_zh: &'static str,
    who: &'static str,
    problems: &'static [Code],
) -> Op {
    Op { id, tag: "risk", summary, summary_zh, who, problems }
}

const READS: &str = "Whoever reads the facet `risk` of the case.";
const NAMED: &[Code] = &[Code::DeclarationRequired];

/// The routes of risk.
pub fn routes() -> Routes {
    Routes::new()
        .get("/instruments", list_instruments)
        .op(op("list_instruments", "Lists the instruments in use", "列出在用的评估表", "Anybody.", &[]))
        .get("/instruments/{key}", view_instrument)
        .op(op(
            "view_instrument",
            "Shows an instrument; old versions stay readable",
            "查看评估表;旧版本仍可查阅",
            "Anybody.",
            &[Code::NotFound],
        ))
        .get("/cases/{id}/risk-assessments", list)
        .op(op("list_risk_assessments", "Lists the case's assessments, newest first", "列出风险评估,由近及远", READS, NAMED))
        .post("/cases/{id}/risk-assessments", assess)
        .op(op(
            "assess_risk",
            "Assesses the risk; score and level are computed, the level may be raised, never lowered",
            "作风险评估;得分与等级由系统计算,可上调,不得下调",
            "The owner's handler, deputy and supervisors, and assigned workers, with an instrument that their role uses.",
            NAMED,
        ))
        .get("/cases/{id}/risk-assessments/{aid}", view)
        .op(op("view_risk_assessment", "Shows an assessment", "查看一次风险评估", READS, NAMED))
}
