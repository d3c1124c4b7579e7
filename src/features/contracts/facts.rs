//! What assignments and notes ask of contracts.

pub use super::buying::left_of;
pub use super::steps::case_numbers;

use std::collections::HashMap;

use super::evaluations;
use super::service::{Bought, Piece};
use super::store::{self, ContractRow, LineRow};
use super::{steps, usage};
use crate::access::can::Can;
use crate::access::{Collection, Permit};
use crate::base::db::{DbError, Tx};
use crate::base::ids::{AgencyId, AssignmentId, CaseId, ContractId, ContractLineId, NoteId, UserId};
use crate::base::problem::{Code, FieldCode, Problem};
use crate::base::time::{Day, Timestamp};
use crate::base::words::{ContractState, ContractUnit, HelpKind};
use crate::notify::{self, Notice, To};

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
    let bought: Vec<Bought> = lines.iter().map(Bought::from).collect();
    let is_used_up = usage::is_used_up(&bought, &store::pieces(tx, contract)?, help);
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
    /// The worker.
    pub worker: UserId,
    /// The case whose place of the line is used, where the line counts cases.
    pub place: Option<CaseId>,
    /// How long it took; one at least.
    pub minutes: i64,
    /// When.
    pub at: Timestamp,
}

/// Counts a piece of service on its contract.
pub fn record_service(tx: &mut Tx<'_>, service: &Service) -> Result<(), DbError> {
    let Service { note, contract, line, case, assignment, worker, place, minutes, at } = *service;
    let row = store::ServiceRow {
        note_id: note,
        contract_id: contract,
        line_id: line,
        case_id: case,
        assignment_id: assignment,
        worker_id: worker,
        place,
        minutes,
        at,
    };
    store::record_service(tx, &row)
}

/// An amendment says how long a note's service really took: the last one counts. Whether the note's service had counted.
pub fn correct_service(tx: &mut Tx<'_>, note: NoteId, amendment: NoteId, minutes: i64) -> Result<bool, DbError> {
    let Some(record) = store::service_of(tx, note)? else { return Ok(false) };
    let row = store::CorrectionRow { amendment_id: amendment, note_id: note, contract_id: record.contract_id, minutes };
    store::correct(tx, &row)?;
    Ok(true)
}

/// A contract, as far as a settlement tells of it.
#[derive(Debug, Clone)]
pub struct Terms {
    /// Its number.
    pub number: String,
    /// Who buys.
    pub buyer: AgencyId,
    /// Of whom.
    pub provider: AgencyId,
    /// The whole amount, in fen.
    pub amount_fen: i64,
    /// The first day.
    pub first_day: Day,
    /// What it buys, in the order it was given.
    pub lines: Vec<Bought>,
}

/// A contract's terms.
pub fn terms(tx: &mut Tx<'_>, contract: ContractId) -> Result<Option<Terms>, DbError> {
    let Some(row) = store::find(tx, contract)? else { return Ok(None) };
    let lines = store::lines(tx, &[contract])?.remove(&contract).unwrap_or_default();
    Ok(Some(Terms {
        number: row.number,
        buyer: row.buyer_id,
        provider: row.provider_id,
        amount_fen: row.amount_fen,
        first_day: row.first_day,
        lines: lines.iter().map(Bought::from).collect(),
    }))
}

/// The pieces of service recorded under a contract, as their last corrections say.
pub fn pieces(tx: &mut Tx<'_>, contract: ContractId) -> Result<Vec<Piece>, DbError> {
    store::pieces(tx, contract)
}

/// These providers' ratings, from evaluations alone: the mean in hundredths, and of how many. Who has none is not in it.
pub fn ratings(tx: &mut Tx<'_>, providers: &[AgencyId]) -> Result<HashMap<AgencyId, (i64, i64)>, DbError> {
    let mut sums: HashMap<AgencyId, (i64, i64)> = HashMap::new();
    for (provider, score) in store::scores(tx, providers)? {
        let sum = sums.entry(provider).or_default();
        *sum = (sum.0.saturating_add(score), sum.1.saturating_add(1));
    }
    Ok(sums.into_iter().filter_map(|(id, (sum, count))| evaluations::rating(sum, count).map(|mean| (id, mean))).collect())
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
    notify::tell(tx, To::Agency(row.provider_id), Notice::ContractEnded, None, &format!("contract/{contract}"))?;
    if store::save(tx, &row, seen)? { Ok(()) } else { Err(DbError::Retry) }
}

/// The contract's first day has come: it is in force, unless a supervisor was before, or its terms are not signed.
pub fn begin<C: Can>(tx: &mut Tx<'_>, permit: &Permit<'_, C, Collection>, contract: ContractId) -> Result<(), DbError> {
    let today = tx.now().day();
    let Some(mut row) = store::find(tx, contract)? else { return Ok(()) };
    let Ok(state) = row.life().activate(today) else { return Ok(()) };
    let seen = row.version;
    (row.state, row.version) = (state, seen.saturating_add(1));
    permit.changed("contract", contract.as_str(), &["state"]);
    steps::ends(tx, &permit.rules().clocks, &row)?;
    notify::tell(tx, To::Agency(row.provider_id), Notice::ContractInForce, None, &format!("contract/{contract}"))?;
    if store::save(tx, &row, seen)? { Ok(()) } else { Err(DbError::Retry) }
}
