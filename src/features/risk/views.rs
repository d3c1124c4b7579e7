//! What is shown.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;

use super::instruments::{Instrument, InstrumentError};
use crate::base::ids::{AgencyId, AssessmentId, CaseId, UserId};
use crate::base::problem::Problem;
use crate::base::text::{Line, Text};
use crate::base::time::Timestamp;
use crate::base::words::{RiskAnswer, RiskLevel};
use crate::door::View;

/// An assessment.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "RiskAssessment")]
pub struct AssessmentView {
    /// Its id.
    pub id: AssessmentId,
    /// The case.
    pub case_id: CaseId,
    /// The instrument's key.
    pub instrument: String,
    /// The version that was used: its text stays readable.
    pub version: u32,
    /// Answers by the questions' keys.
    pub answers: BTreeMap<String, RiskAnswer>,
    /// What the answers come to.
    pub score: Score,
    /// The level that holds.
    pub level: RiskLevel,
    /// The level to which the assessor raised it.
    pub raised_to: Option<RiskLevel>,
    /// Why it was raised.
    pub reason: Option<Text>,
    /// What endangers whoever visits, if this assessment says anything of it.
    pub hazards: Option<Vec<Line>>,
    /// When it was made.
    pub assessed_at: Timestamp,
    /// By whom; null where this reader may not know who else works on the case.
    pub assessed_by: Option<Assessor>,
}

/// What answers come to.
#[derive(Serialize, JsonSchema)]
pub struct Score {
    /// Points.
    pub points: u32,
    /// The level by the points, and by critical questions where the instrument says so.
    pub level: RiskLevel,
    /// How many questions have no answer.
    pub unanswered_count: usize,
    /// Which: they are open still, which is not "no".
    pub unanswered: Vec<String>,
    /// Those that were asked and could not be answered.
    pub unknown: Vec<String>,
    /// Critical questions answered with yes.
    pub critical: Vec<String>,
}

/// Who assessed.
#[derive(Serialize, JsonSchema)]
pub struct Assessor {
    /// The person.
    pub user_id: UserId,
    /// Their name.
    pub name: String,
    /// Their agency.
    pub agency_id: AgencyId,
}

impl View for AssessmentView {
    fn location(&self) -> Option<String> {
        Some(format!("/api/v1/cases/{}/risk-assessments/{}", self.case_id, self.id))
    }
}

/// An instrument, with the versions whose text can be read.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Instrument")]
pub struct InstrumentView {
    /// The instrument.
    #[serde(flatten)]
    pub instrument: Instrument,
    /// Its versions, newest first; assessments are made with the newest.
    pub versions: Vec<u32>,
}

impl View for InstrumentView {}

impl From<InstrumentError> for Problem {
    fn from(error: InstrumentError) -> Self {
        // The start asked for them already: this cannot be.
        tracing::error!(%error, "the instruments cannot be read");
        Self::internal()
    }
}
