//! What other features may ask of a case's own record, and do with it.

use std::collections::HashMap;

pub use super::record::{change, close, has_plan, open, reopen, request_closing, requested_by, shown};
use super::store::{self, CaseRow};
use super::{CaseHead, CaseNo, FileChange, IncidentInput, NewCase, Owner};
use crate::access::can::Can;
use crate::access::grants::{NewGrant, Which};
use crate::access::{Case, Collection, NewStanding, Permit, deadlines, events, grants, people, set_status};
use crate::base::db::{DbError, Tx};
use crate::base::ids::{AgencyId, CaseId, UserId};
use crate::base::problem::Problem;
use crate::base::random;
use crate::base::text::Line;
use crate::base::time::Timestamp;
use crate::base::words::{Basis, CaseOutcome, CaseStatus, Clock, Duty};
use crate::clocks::{self, When};
use crate::features::agencies;

/// So often a number that is taken is drawn again; of 27 thousand million, one is taken once in a long while.
const DRAWS: usize = 8;

fn free_number(tx: &mut Tx<'_>) -> Result<CaseNo, DbError> {
    for _ in 0..DRAWS {
        let bytes: [u8; 32] = random::bytes().map_err(|_| DbError::Unavailable("the system gives no randomness"))?;
        if let Some(number) = CaseNo::from_random(&bytes)
            && !store::has_number(tx, number.as_str())?
        {
            return Ok(number);
        }
    }
    Err(DbError::Unavailable("no case number is free"))
}

/// Enters a new case: its number, standing and key, and the permit to fill it. It has no grant yet.
pub fn begin<'tx, C: Can>(
    tx: &mut Tx<'tx>,
    permit: &Permit<'tx, C, Collection>,
    new: NewCase,
) -> Result<Permit<'tx, C, Case>, Problem> {
    let case_no = free_number(tx)?.to_string();
    let standing = NewStanding { case: tx.new_id()?, case_no, status: new.status, owner: new.owner };
    let case = permit.begin_case(tx, &standing).map_err(|error| match error {
        // Another transaction drew the same number at the same moment: run again, with another.
        DbError::Unique => DbError::Retry,
        other => other,
    })?;
    let row = CaseRow {
        case_id: case.case(),
        source: new.source,
        incident: None,
        plan: None,
        closing_id: None,
        outcome: None,
        opened_at: None,
        closed_at: None,
        version: 1,
    };
    store::insert(tx, &row)?;
    events::note(tx, &case, "case_entered", None, &format!("case/{}", case.case()))?;
    Ok(case)
}

/// Fills in what happened and who reported. Errors: 403 where `incident` or `confidential` may not be written.
pub fn fill<C: Can>(
    tx: &mut Tx<'_>,
    permit: &Permit<'_, C, Case>,
    incident: Option<&IncidentInput>,
    reported_by: Option<&Line>,
) -> Result<(), Problem> {
    let change = FileChange { plan: None, incident: incident.map(Some), reported_by: reported_by.map(Some) };
    super::record::change(tx, permit, &change)
}

/// An intake that was withdrawn or finally declined: `referred → closed`; every grant on it ends.
pub fn not_taken_on<C: Can>(tx: &mut Tx<'_>, permit: &Permit<'_, C, Case>) -> Result<(), Problem> {
    match permit.status() {
        CaseStatus::Referred => {}
        state @ (CaseStatus::Screening | CaseStatus::Open | CaseStatus::Monitoring | CaseStatus::Closed) => {
            return Err(Problem::illegal_step(state.as_str(), "close", []));
        }
    }
    let now = tx.now();
    let mut row = store::find(tx, permit)?;
    row.outcome = Some(CaseOutcome::NotTakenOn);
    row.closed_at = Some(now);
    store::save(tx, &row)?;
    move_to(tx, permit, CaseStatus::Closed)?;
    for basis in Basis::ALL {
        grants::end(tx, permit, Which::Basis(*basis), "not_taken_on")?;
    }
    events::note(tx, permit, "case_not_taken_on", None, &format!("case/{}", permit.case()))?;
    Ok(())
}

/// Until when the permit's case is kept; nothing while it is not closed.
pub fn kept_until<C: Can>(tx: &mut Tx<'_>, permit: &Permit<'_, C, Case>) -> Result<Option<Timestamp>, DbError> {
    let row = store::find(tx, permit)?;
    let retention = super::retention::in_force()?;
    Ok(row.closed_at.map(|closed| retention.ends(closed, row.outcome)))
}

/// The clock of the case's retention runs, if it is closed: at its end the case is due on its owner's desk.
pub fn retain<C: Can>(tx: &mut Tx<'_>, permit: &Permit<'_, C, Case>) -> Result<(), DbError> {
    let Some(ends) = kept_until(tx, permit)? else { return Ok(()) };
    let (record, desk) = (format!("case/{}", permit.case()), (permit.facts().owner, None));
    deadlines::arm(tx, permit, (Clock::RetentionEnds, &record), desk, When::At(ends))
}

/// The clock of the case's retention stops: the case is open again, or held.
pub fn pause_retention<C: Can>(tx: &mut Tx<'_>, permit: &Permit<'_, C, Case>) -> Result<(), DbError> {
    clocks::stop(tx, Clock::RetentionEnds, &format!("case/{}", permit.case()))
}

/// Those of these cases, whoever's they are, that are not closed, or were closed since then.
pub fn alive_since(tx: &mut Tx<'_>, cases: &[CaseId], since: Timestamp) -> Result<Vec<CaseId>, DbError> {
    store::alive_since(tx, cases, since)
}

/// Moves the case to another status. Errors: `Retry` where somebody else moved it meanwhile.
pub fn move_to<C: Can>(tx: &mut Tx<'_>, permit: &Permit<'_, C, Case>, status: CaseStatus) -> Result<(), DbError> {
    if !set_status(tx, permit.facts(), status)? {
        return Err(DbError::Retry);
    }
    permit.changed("case", permit.case().as_str(), &["status"]);
    Ok(())
}

/// The owner takes the case on: its grant by jurisdiction, and who handles it there.
pub fn own_it<C: Can>(tx: &mut Tx<'_>, permit: &Permit<'_, C, Case>, owner: AgencyId, handler: UserId) -> Result<(), Problem> {
    let offer = permit.disclosure().of(Basis::Jurisdiction, None);
    let grant = NewGrant {
        agency: owner,
        user: None,
        basis: Basis::Jurisdiction,
        reads: offer.offers,
        writes: offer.writes,
        cause: format!("case/{}", permit.case()),
        consent: None,
        ends_at: None,
    };
    grants::open(tx, permit, grant)?;
    people::set_duty(tx, permit, handler, owner, Some(Duty::Handler))?;
    Ok(())
}

/// The heads of these cases, in their order. Errors: 403 where one is known by an offer alone, which shows no head.
pub fn heads<C: Can>(tx: &mut Tx<'_>, permits: &[&Permit<'_, C, Case>]) -> Result<Vec<CaseHead>, Problem> {
    let mut owners: HashMap<AgencyId, Owner> = HashMap::new();
    for permit in permits {
        if permit.is_preview() {
            return Err(Problem::forbidden());
        }
        let id = permit.facts().owner;
        if let std::collections::hash_map::Entry::Vacant(place) = owners.entry(id) {
            let agency = agencies::facts::find(tx, id)?.ok_or(DbError::Corrupt("a case's owner"))?;
            place.insert(Owner { agency_id: id, name: agency.name, contact_point: agency.contact_point });
        }
    }
    permits
        .iter()
        .map(|permit| {
            let facts = permit.facts();
            let owner = owners.get(&facts.owner).cloned().ok_or(DbError::Corrupt("a case's owner"))?;
            Ok(CaseHead {
                id: facts.case,
                case_no: facts.case_no.clone(),
                status: facts.status,
                owner,
                erased_at: facts.erased_at,
            })
        })
        .collect()
}
