//! What other features ask of assignments.

pub use super::store::digests;

use std::collections::{HashMap, HashSet};

use super::store::{self, AssignmentRow};
use super::{AssignmentPart, EndWhy, steps};
use crate::access::can::Can;
use crate::access::grants::{self, Which};
use crate::access::{Case, Permit, User};
use crate::base::db::{DbError, Tx};
use crate::base::ids::{AgencyId, CaseId, ContractLineId, NoteId, UserId};
use crate::base::problem::Problem;
use crate::base::time::Timestamp;
use crate::base::words::{Basis, FacetSet, HelpKind};
use crate::features::contracts;

/// The worker's assignment to the permit's case that lives today.
fn live_of<C: Can>(tx: &mut Tx<'_>, permit: &Permit<'_, C, Case>, user: UserId) -> Result<Option<AssignmentRow>, DbError> {
    let today = tx.now().day();
    Ok(store::live(tx, permit)?.into_iter().find(|row| row.user_id == user && row.last_day >= today))
}

/// Ends a worker's assignment to the case at once, if they have one: a wall, or a leaver. `why` is noted on their grants.
pub fn end_of_worker<C: Can>(
    tx: &mut Tx<'_>,
    permit: &Permit<'_, C, Case>,
    user: UserId,
    why: &'static str,
) -> Result<(), Problem> {
    let Some(row) = store::live(tx, permit)?.into_iter().find(|row| row.user_id == user) else { return Ok(()) };
    grants::end(tx, permit, Which::Cause(&row.record()), why)?;
    steps::stop_and_settle(tx, permit, row, EndWhy::Withdrawn, false)?;
    Ok(())
}

/// The case goes to another owner: assignments stand under the old one's contract, and end at once.
pub fn ends_with_owner<C: Can>(tx: &mut Tx<'_>, permit: &Permit<'_, C, Case>) -> Result<(), Problem> {
    for row in store::live(tx, permit)? {
        steps::stop_and_settle(tx, permit, row, EndWhy::Unassigned, true)?;
    }
    Ok(())
}

/// The contract line on which a worker's service for the case counts.
pub fn line_of<C: Can>(tx: &mut Tx<'_>, permit: &Permit<'_, C, Case>, user: UserId) -> Result<Option<ContractLineId>, Problem> {
    Ok(live_of(tx, permit, user)?.map(|row| row.line_id))
}

/// Counts minutes that the acting worker recorded on their contract; nothing where they are not assigned.
pub fn record_service<C: Can>(
    tx: &mut Tx<'_>,
    permit: &Permit<'_, C, Case>,
    note: NoteId,
    minutes: i64,
    at: Timestamp,
) -> Result<(), Problem> {
    let Some(row) = live_of(tx, permit, permit.user()?)? else { return Ok(()) };
    if minutes > 0 {
        let place = store::place_of(tx, permit, row.line_id)?;
        let service = contracts::facts::Service {
            note,
            contract: row.contract_id,
            line: row.line_id,
            case: row.case_id,
            assignment: row.id,
            worker: row.user_id,
            place,
            minutes,
            at,
        };
        contracts::facts::record_service(tx, &service)?;
    }
    Ok(())
}

/// An amendment says how long a note's service really took. Of a note that had not counted it counts from now on, where its
/// author is assigned today, in the month in which it happened.
pub fn correct_service<C: Can>(
    tx: &mut Tx<'_>,
    permit: &Permit<'_, C, Case>,
    (note, amendment): (NoteId, NoteId),
    minutes: i64,
    at: Timestamp,
) -> Result<(), Problem> {
    if contracts::facts::correct_service(tx, note, amendment, minutes)? {
        return Ok(());
    }
    record_service(tx, permit, note, minutes, at)
}

/// The case was closed: its assignments end, and their grants read on for the days the setting says, until the contract's
/// last day at most; they write nothing.
pub fn after_closing<C: Can>(tx: &mut Tx<'_>, permit: &Permit<'_, C, Case>) -> Result<(), Problem> {
    for row in store::live(tx, permit)? {
        steps::stop_and_settle(tx, permit, row, EndWhy::CaseClosed, true)?;
    }
    let days = permit.rules().settings.cases.reading_days_after_closing;
    let until = tx.now().plus_days(i64::from(days));
    grants::change(tx, permit, Which::Basis(Basis::Assignment), |grant| {
        grant.writes = FacetSet::EMPTY;
        grant.ends_at = Some(grant.ends_at.map_or(until, |end| end.min(until)));
    })?;
    Ok(())
}

/// A leaver's assignments to these cases pass to a colleague of the same provider, without a gap and without another
/// place of the quota. Where the colleague is assigned already, the leaver's ends and theirs takes the greater part.
pub fn pass_on<C: Can>(
    tx: &mut Tx<'_>,
    permit: &Permit<'_, C, User>,
    from: UserId,
    to: UserId,
    cases: &[CaseId],
) -> Result<(), Problem> {
    for row in store::live_of_worker(tx, from)?.into_iter().filter(|row| cases.contains(&row.case_id)) {
        let part = row.part;
        let theirs = store::live_of_worker(tx, to)?.into_iter().find(|their| their.case_id == row.case_id);
        match theirs {
            Some(mut theirs) => {
                contracts::facts::disengage(tx, row.contract_id)?;
                store::pass(tx, permit, row, None)?;
                if part == AssignmentPart::Lead {
                    theirs.part = part;
                    store::pass(tx, permit, theirs, Some(to))?;
                }
            }
            None => store::pass(tx, permit, row, Some(to))?,
        }
    }
    Ok(())
}

/// How many cases a worker is assigned to.
pub fn live_cases_of(tx: &mut Tx<'_>, user: UserId) -> Result<i64, DbError> {
    let today = tx.now().day();
    store::count_live(tx, user, today)
}

/// How many cases each of these providers works, by the help under whose contract line its workers are assigned.
pub fn live_cases(tx: &mut Tx<'_>, providers: &[AgencyId]) -> Result<HashMap<(AgencyId, HelpKind), i64>, DbError> {
    let mut cases: HashMap<(AgencyId, HelpKind), HashSet<CaseId>> = HashMap::new();
    for (provider, help, case) in store::live_of_providers(tx, providers)? {
        cases.entry((provider, help)).or_default().insert(case);
    }
    Ok(cases.into_iter().map(|(key, cases)| (key, i64::try_from(cases.len()).unwrap_or(i64::MAX))).collect())
}
