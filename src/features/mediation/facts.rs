//! What other features may ask of mediation.

pub use super::store::sheets::digests;

use schemars::JsonSchema;
use serde::Serialize;

use super::steps;
use super::store;
use crate::access::can::Can;
use crate::access::holdings::{Holding, may_hold};
use crate::access::{Case, Permit};
use crate::base::db::{DbError, Tx};
use crate::base::ids::{CaseId, MediationId, MediationSessionId, UserId};
use crate::base::problem::Problem;
use crate::base::time::{Day, Timestamp};
use crate::base::words::{Facet, MediationState, SessionOutcome, SessionState};

/// A series, as the case's facet `mediation` and the list of series show it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct MediationSummary {
    /// The series.
    pub id: MediationId,
    /// Its state.
    pub state: MediationState,
    /// When it was proposed.
    pub proposed_at: Timestamp,
    /// Whether the gate is passed: while the series lives, now; of an ended one, whether it ever was.
    pub gate_passed: bool,
    /// Its sessions, newest first.
    pub sessions: Vec<SessionSummary>,
    /// When its agreement was signed, if there is one.
    pub agreement_signed_on: Option<Day>,
}

/// A session, as the case's facet `mediation` shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct SessionSummary {
    /// The session.
    pub id: MediationSessionId,
    /// When it begins, or began.
    pub starts_at: Timestamp,
    /// Its state.
    pub state: SessionState,
    /// What it came to, if it was held.
    pub outcome: Option<SessionOutcome>,
}

/// A session somebody is to sit at: when, and of which case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sitting {
    /// The session.
    pub id: MediationSessionId,
    /// Its case.
    pub case: CaseId,
    /// When it begins.
    pub starts_at: Timestamp,
    /// When it ends.
    pub ends_at: Timestamp,
}

/// The permit's case: what its facet `mediation` shows, newest series first; nothing where the facet is not granted.
pub fn summary<C: Can>(tx: &mut Tx<'_>, permit: &Permit<'_, C, Case>) -> Result<Option<Vec<MediationSummary>>, Problem> {
    if !permit.shows(Facet::Mediation) {
        return Ok(None);
    }
    if !may_hold(permit, Holding::Mediations) {
        return Ok(Some(Vec::new()));
    }
    let rows = store::series::page(tx, permit, None, i64::MAX)?;
    steps::series::summaries(tx, permit, &rows).map(Some)
}

/// Sessions that a person is to sit at, from then on, soonest first: candidates, each still to be decided by its case.
pub fn sittings(tx: &mut Tx<'_>, user: UserId, from: Timestamp, limit: i64) -> Result<Vec<Sitting>, DbError> {
    Ok(store::sessions::sittings(tx, user, from, limit)?
        .into_iter()
        .map(|(id, case, starts_at, ends_at)| Sitting { id, case, starts_at, ends_at })
        .collect())
}

/// Her consent to sharing with the mediating office has ended or is suspended: sessions that were to come are put off.
pub fn consent_withdrawn<C: Can>(tx: &mut Tx<'_>, permit: &Permit<'_, C, Case>) -> Result<(), Problem> {
    steps::sessions::suspend_those(tx, permit, |_| true)
}

/// Something outside mediation that the gate rests on has changed: sessions to come are put off unless the gate still holds.
pub fn reconsider<C: Can>(tx: &mut Tx<'_>, permit: &Permit<'_, C, Case>) -> Result<(), Problem> {
    steps::sessions::reconsider(tx, permit)
}

/// Somebody was walled off from the permit's case: sessions to come at which they were to sit are put off.
pub fn walled_off<C: Can>(tx: &mut Tx<'_>, permit: &Permit<'_, C, Case>, user: UserId) -> Result<(), Problem> {
    steps::sessions::suspend_those(tx, permit, |row| row.mediator_id == user || row.worker_id == Some(user))
}

/// The permit's case is closed: a live series is called off with its sessions, and their times are free again.
pub fn ends_with_case<C: Can>(tx: &mut Tx<'_>, permit: &Permit<'_, C, Case>) -> Result<(), Problem> {
    steps::series::end_live(tx, permit)
}
