//! What assignments and notes ask of contracts.

pub use super::buying::left_of;

use std::collections::HashMap;

use super::store::{self, ContractRow, LineRow};
use super::usage;
use crate::access::can::Can;
use crate::access::{Collection, Permit};
use crate::base::db::{DbError, Tx};
use crate::base::ids::{AgencyId, AssignmentId, CaseId, ContractId, ContractLineId, NoteId};
use crate::base::problem::{Code, FieldCode, Problem};
use crate::base::time::{Day, Timestamp};
use crate::base::words::{ContractState, ContractUnit, HelpKind};

/// A line under which a worker may be assigned, its contract counting them already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReservedLine {
    /// The line.
    pub line: ContractLineId,
    /// Whether it counts cases, so that a case takes a place of it.
    pub counts_cases: bool,
    /// Whether hours or sessions of the service are used up.
    pub is_used_up: bool,
    /// Whose workers it buys.
    pub provider: AgencyId,
    /// The contract's last day.
    pub last_day: Day,
}

/// Why nobody can be assigned under a contract.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotReserved {
    /// There is no such contract of this owner's.
    #[error("no such contract")]
    NoSuch,
    /// It is not in force, or buys no such help.
    #[error("not in force")]
    NotInForce,
    /// Its quota is used up.
    #[error("used up")]
    UsedUp,
    /// The database.
    #[error(transparent)]
    Db(#[from] DbError),
}

impl From<NotReserved> for Problem {
    fn from(error: NotReserved) -> Self {
        match error {
            NotReserved::NoSuch => Self::wrong_field("/contract_id", FieldCode::NotFound),
            NotReserved::NotInForce => Self::new(Code::NoContract),
            NotReserved::UsedUp => Self::new(Code::QuotaUsedUp),
            NotReserved::Db(error) => error.into(),
        }
    }
}

/// Which line an assignment for this help rests on: the one that counts cases, else hours, else sessions.
pub(super) fn line_for(lines: &[LineRow], help: HelpKind) -> Option<&LineRow> {
    [ContractUnit::Case, ContractUnit::Hour, ContractUnit::Session]
        .into_iter()
        .find_map(|unit| lines.iter().find(|line| line.service == help && line.unit == unit))
}

/// Counts one more assignment under a contract of this owner's that is in force, and says on which line it rests. It
/// takes no place yet (`take_place`). The contract cannot be ended until `disengage`.
pub fn engage(
    tx: &mut Tx<'_>,
    contract: ContractId,
    owner: AgencyId,
    help: HelpKind,
    today: Day,
) -> Result<ReservedLine, NotReserved> {
    let found: Option<ContractRow> = store::find(tx, contract)?;
    let row = found.filter(|row| row.buyer_id == owner).ok_or(NotReserved::NoSuch)?;
    if !store::engage(tx, contract, today)? {
        return Err(NotReserved::NotInForce);
    }
    let lines = store::lines(tx, &[contract])?.remove(&contract).unwrap_or_default();
    let line = line_for(&lines, help).ok_or(NotReserved::NotInForce)?;
    let used = usage::of(contract, &lines, &store::served(tx, contract)?);
    let is_used_up = used.lines.iter().any(|line| {
        line.service == help
            && match line.unit {
                ContractUnit::Case => false,
                ContractUnit::Hour => line.minutes_left.is_some_and(|left| left <= 0),
                ContractUnit::Session => line.left <= 0,
            }
    });
    Ok(ReservedLine {
        line: line.id,
        counts_cases: line.unit == ContractUnit::Case,
        is_used_up,
        provider: row.provider_id,
        last_day: row.last_day,
    })
}

/// One assignment less under a contract.
pub fn disengage(tx: &mut Tx<'_>, contract: ContractId) -> Result<(), DbError> {
    store::disengage(tx, contract)
}

/// Takes a place of a line for a case. Of two who race for the last, one gets it; `beyond` is a supervisor's override.
pub fn take_place(tx: &mut Tx<'_>, line: &ReservedLine, beyond: bool) -> Result<(), NotReserved> {
    if line.is_used_up && !beyond {
        return Err(NotReserved::UsedUp);
    }
    if line.counts_cases && !store::take_place(tx, line.line, beyond)? {
        return Err(NotReserved::UsedUp);
    }
    Ok(())
}

/// Gives a case's place back.
pub fn release(tx: &mut Tx<'_>, line: ContractLineId) -> Result<(), DbError> {
    store::give_back(tx, line)
}

/// A piece of service that a worker recorded.
#[derive(Debug, Clone, Copy)]
pub struct Service {
    /// The note that tells it.
    pub note: NoteId,
    /// The contract.
    pub contract: ContractId,
    /// The line under which the worker is assigned.
    pub line: ContractLineId,
    /// The case.
    pub case: CaseId,
    /// The worker's assignment.
    pub assignment: AssignmentId,
    /// How long it took; one at least.
    pub minutes: i64,
    /// When.
    pub at: Timestamp,
}

/// Counts a piece of service on its contract.
pub fn record_service(tx: &mut Tx<'_>, service: &Service) -> Result<(), DbError> {
    let Service { note, contract, line, case, assignment, minutes, at } = *service;
    let row = store::ServiceRow {
        note_id: note,
        contract_id: contract,
        line_id: line,
        case_id: case,
        assignment_id: assignment,
        minutes,
        at,
    };
    store::record_service(tx, &row)
}

/// Whether any service was recorded for a case under a line.
pub fn is_served(tx: &mut Tx<'_>, case: CaseId, line: ContractLineId) -> Result<bool, DbError> {
    store::is_served(tx, case, line)
}

/// How many minutes were recorded under each of these assignments.
pub fn minutes_of(tx: &mut Tx<'_>, assignments: &[AssignmentId]) -> Result<HashMap<AssignmentId, i64>, DbError> {
    store::minutes_of(tx, assignments)
}

/// The contract's last day is over: that is recorded, unless it was ended before.
pub fn expire<C: Can>(tx: &mut Tx<'_>, permit: &Permit<'_, C, Collection>, contract: ContractId) -> Result<(), DbError> {
    let today = tx.now().day();
    let Some(mut row) = store::find(tx, contract)?.filter(|row| row.state == ContractState::InForce) else { return Ok(()) };
    if row.life().on(today) != ContractState::Ended {
        return Ok(());
    }
    let seen = row.version;
    row.state = ContractState::Ended;
    row.version = seen.saturating_add(1);
    permit.changed("contract", contract.as_str(), &["state"]);
    if store::save(tx, &row, seen)? { Ok(()) } else { Err(DbError::Retry) }
}
