//! What other features may ask of risk.

use schemars::JsonSchema;
use serde::Serialize;

use super::store::{self, AcceptanceRow};
use super::{AssessmentInput, Reason, counts_as, steps};
use crate::access::can::{Approve, Can, Refer};
use crate::access::facets::Risk;
use crate::access::holdings::{Holding, may_hold};
use crate::access::{Case, Permit, Resource, risk};
use crate::base::db::{DbError, Tx};
use crate::base::ids::{CaseId, RiskAcceptanceId, UserId};
use crate::base::problem::{FieldCode, Problem};
use crate::base::text::{Line, Text};
use crate::base::time::Timestamp;
use crate::base::words::RiskLevel;

pub use crate::access::risk::CurrentRisk as Current;

/// The case's latest assessment, level and time alone; nothing where it was never assessed, which counts as high.
pub fn current(tx: &mut Tx<'_>, case: CaseId) -> Result<Option<Current>, DbError> {
    risk::current(tx, case)
}

/// How the risk stands, as the case's facet `risk` shows it.
#[derive(Serialize, JsonSchema)]
pub struct RiskPart {
    /// The level by the latest assessment; null: not assessed.
    pub level: Option<RiskLevel>,
    /// What it counts as: not assessed counts as high.
    pub counts_as: RiskLevel,
    /// When it was assessed.
    pub assessed_at: Option<Timestamp>,
    /// By when it is to be assessed again; null where it never was: now.
    pub due: Option<Timestamp>,
    /// Whether that time is over.
    pub is_overdue: bool,
    /// What endangers whoever visits, as was said last.
    pub hazards: Vec<Line>,
    /// Supervisors' words that the case may end at high risk, newest first.
    pub high_risk_accepted: Vec<Acceptance>,
}

/// A supervisor's word that the case may end at high risk.
#[derive(Serialize, JsonSchema)]
pub struct Acceptance {
    /// Why.
    pub reason: Text,
    /// By whom.
    pub accepted_by: UserId,
    /// When.
    pub accepted_at: Timestamp,
}

/// The permit's case: how its risk stands; nothing where the facet is not granted.
pub fn shown<C: Can>(tx: &mut Tx<'_>, permit: &Permit<'_, C, Case>) -> Result<Option<RiskPart>, Problem> {
    let Some(key) = permit.facet::<Risk>() else { return Ok(None) };
    let (current, due) = (risk::seen(tx, permit)?, risk::due(tx, permit)?);
    // Hazards are an assessment's.
    let found = if current.is_some() { store::hazards(tx, permit)? } else { None };
    let hazards = match found {
        Some((id, Some(sealed))) => key.open(&sealed, id.as_str())?.0,
        Some((_, None)) | None => Vec::new(),
    };
    let accepted = if may_hold(permit, Holding::Acceptances) { store::accepted(tx, permit)? } else { Vec::new() };
    let accepted = accepted.into_iter().map(|row| {
        let Reason(reason) = key.open(&row.reason, row.id.as_str())?;
        Ok(Acceptance { reason, accepted_by: row.accepted_by, accepted_at: row.accepted_at })
    });
    let accepted = accepted.collect::<Result<Vec<_>, DbError>>()?;
    let level = current.map(|current| current.level);
    Ok(Some(RiskPart {
        level,
        counts_as: counts_as(level),
        assessed_at: current.map(|current| current.assessed_at),
        due,
        is_overdue: due.is_some_and(|due| due < tx.now()),
        hazards,
        high_risk_accepted: accepted,
    }))
}

/// An intake that brings a triage: the drafter's role is one that uses the instrument. `at`: the triage's own pointer.
pub fn check_drafted<R: Resource>(permit: &Permit<'_, Refer, R>, input: &AssessmentInput, at: &str) -> Result<(), Problem> {
    steps::check_role(permit, input, at)
}

/// The triage that an intake brings becomes the case's first assessment when the intake is sent.
pub fn enter<C: Can>(tx: &mut Tx<'_>, permit: &Permit<'_, C, Case>, input: &AssessmentInput) -> Result<(), Problem> {
    steps::enter(tx, permit, input).map(drop)
}

/// The permit's case was taken on: from now on somebody watches when it is to be assessed again.
pub fn taken_on<C: Can>(tx: &mut Tx<'_>, permit: &Permit<'_, C, Case>) -> Result<(), DbError> {
    risk::due_again(tx, permit)
}

/// The permit's case is open again: whatever brought it back, she is assessed anew at once.
pub fn reopened<C: Can>(tx: &mut Tx<'_>, permit: &Permit<'_, C, Case>) -> Result<(), DbError> {
    risk::due_now(tx, permit)
}

const NOT_HIGH: FieldCode = FieldCode::Other {
    code: "not_high",
    message: "the risk is not high: there is nothing to accept",
    message_zh: "风险等级非高,无须说明",
};

const NEEDED: FieldCode = FieldCode::Other {
    code: "high_risk",
    message: "the risk is high, or was never assessed: say why the case may end all the same",
    message_zh: "风险等级为高或从未评估:须说明为何仍可结束",
};

/// No case ends at open high risk without a supervisor's word. Errors: 422 where the reason is missing, or not needed.
pub fn accept_ending(tx: &mut Tx<'_>, permit: &Permit<'_, Approve, Case>, reason: Option<&Text>) -> Result<(), Problem> {
    const AT: &str = "/high_risk_accepted";
    let level = counts_as(risk::current(tx, permit.case())?.map(|current| current.level));
    match (level, reason) {
        (RiskLevel::High, None) => Err(Problem::wrong_field(AT, NEEDED)),
        (RiskLevel::Standard | RiskLevel::Medium, Some(_)) => Err(Problem::wrong_field(AT, NOT_HIGH)),
        (RiskLevel::Standard | RiskLevel::Medium, None) => Ok(()),
        (RiskLevel::High, Some(reason)) => {
            let id: RiskAcceptanceId = tx.new_id()?;
            let row = AcceptanceRow {
                id,
                case_id: permit.case(),
                reason: permit.pen::<Risk>()?.seal(&Reason(reason.clone()), id.as_str())?,
                accepted_by: permit.user()?,
                accepted_at: tx.now(),
            };
            store::accept(tx, &row)?;
            permit.changed("risk_acceptance", id.as_str(), &["reason"]);
            Ok(())
        }
    }
}
