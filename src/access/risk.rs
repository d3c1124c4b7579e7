//! A case's current risk, as it stands with the case: level and time alone, since clocks and the mediation gate need them
//! without its key. Who may read them is asked where they are shown.

use diesel::prelude::*;

use super::can::Can;
use super::deadlines;
use super::gate::{Case, Permit};
use crate::base::db::schema::case_standing;
use crate::base::db::{DbError, Tx};
use crate::base::ids::CaseId;
use crate::base::time::Timestamp;
use crate::base::words::{Capability, CaseStatus, Clock, RiskLevel};
use crate::clocks::{self, When};

/// The latest assessment of a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CurrentRisk {
    /// Its level.
    pub level: RiskLevel,
    /// When it was made.
    pub assessed_at: Timestamp,
}

/// The latest assessment as it stands with the case.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = case_standing)]
pub struct RiskStanding {
    risk_level: Option<RiskLevel>,
    risk_assessed_at: Option<Timestamp>,
}

impl RiskStanding {
    fn current(self) -> Option<CurrentRisk> {
        self.risk_level.zip(self.risk_assessed_at).map(|(level, assessed_at)| CurrentRisk { level, assessed_at })
    }
}

/// The case's latest assessment; nothing where it was never assessed, which counts as high.
pub fn current(tx: &mut Tx<'_>, case: CaseId) -> Result<Option<CurrentRisk>, DbError> {
    let of_case = case_standing::table.filter(case_standing::case_id.eq(case));
    Ok(of_case.select(RiskStanding::as_select()).first(tx.conn())?.current())
}

/// The permit's case was assessed now. The case counts on, so that nobody closes it by the level it had a moment ago.
pub fn set<C: Can>(tx: &mut Tx<'_>, permit: &Permit<'_, C, Case>, level: RiskLevel) -> Result<(), DbError> {
    let now = tx.now();
    let done = diesel::update(case_standing::table.filter(case_standing::case_id.eq(permit.case())))
        .set((
            case_standing::risk_level.eq(level),
            case_standing::risk_assessed_at.eq(now),
            case_standing::version.eq(case_standing::version + 1),
        ))
        .execute(tx.conn())?;
    if done == 1 { Ok(()) } else { Err(DbError::Retry) }
}

fn record<C: Can>(permit: &Permit<'_, C, Case>) -> String {
    format!("case/{}", permit.case())
}

fn arm<C: Can>(tx: &mut Tx<'_>, permit: &Permit<'_, C, Case>, when: When) -> Result<(), DbError> {
    let clock = (Clock::Reassessment, &*record(permit));
    deadlines::arm(tx, permit, clock, (permit.facts().owner, None), when)
}

/// The permit's case has been assessed and is being worked: by its level it is due again, counted from the assessment.
pub fn due_again<C: Can>(tx: &mut Tx<'_>, permit: &Permit<'_, C, Case>) -> Result<(), DbError> {
    let Some(current) = current(tx, permit.case())? else { return Ok(()) };
    let when = When::Variant(current.level.as_str());
    let due = permit.rules().clocks.due(Clock::Reassessment, when, current.assessed_at)?;
    arm(tx, permit, if current.assessed_at == tx.now() { when } else { When::At(due) })
}

/// Something has happened in the permit's case (an incident, a breach, a release, a served measure): what was assessed
/// before it says little any more.
pub fn due_at_once<C: Can>(tx: &mut Tx<'_>, permit: &Permit<'_, C, Case>) -> Result<(), DbError> {
    match permit.status() {
        CaseStatus::Screening | CaseStatus::Open | CaseStatus::Monitoring => due_now(tx, permit),
        CaseStatus::Referred | CaseStatus::Closed => Ok(()),
    }
}

/// The same whatever status the permit knows the case in: it has just been opened again.
pub fn due_now<C: Can>(tx: &mut Tx<'_>, permit: &Permit<'_, C, Case>) -> Result<(), DbError> {
    let now = tx.now();
    arm(tx, permit, When::At(now))
}

/// The same of the permit's case, by what was read with its standing where the permit looks and changes nothing.
pub fn seen<C: Can>(tx: &mut Tx<'_>, permit: &Permit<'_, C, Case>) -> Result<Option<CurrentRisk>, DbError> {
    if C::CAPABILITY == Capability::View { Ok(permit.facts().risk.current()) } else { current(tx, permit.case()) }
}

/// By when the permit's case is due to be assessed again, if it is.
pub fn due<C: Can>(tx: &mut Tx<'_>, permit: &Permit<'_, C, Case>) -> Result<Option<Timestamp>, DbError> {
    let live = clocks::of_record(tx, &record(permit))?;
    Ok(live.into_iter().find(|deadline| deadline.clock == Clock::Reassessment).map(|deadline| deadline.due_at))
}
