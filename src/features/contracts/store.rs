//! Rows of contracts. Races are decided by `UPDATE … WHERE`, never by reading first.

use std::collections::HashMap;

use diesel::prelude::*;

use super::evaluations::Period;
use super::service::Piece;
use super::{Life, LineInput};
use crate::access::{Contract, Relation, Target};
use crate::base::db::schema::{contract_evaluations, contract_lines, contracts, service_corrections, service_records};
use crate::base::db::{DbError, Tx, among};
use crate::base::ids::{AgencyId, AssignmentId, CaseId, ContractId, ContractLineId, EvaluationId, NoteId, UserId};
use crate::base::time::{Day, Timestamp};
use crate::base::words::{ContractLevel, ContractState, ContractUnit, HelpKind};

/// A contract as stored.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = contracts)]
pub struct ContractRow {
    pub id: ContractId,
    pub number: String,
    pub buyer_id: AgencyId,
    pub provider_id: AgencyId,
    pub level: ContractLevel,
    pub fund: String,
    pub amount_fen: i64,
    pub first_day: Day,
    pub last_day: Day,
    pub has_terms: bool,
    pub terms_signed_on: Option<Day>,
    pub state: ContractState,
    pub assigned: i64,
    pub version: i64,
    pub created_at: Timestamp,
}

impl ContractRow {
    /// What its rules look at.
    pub const fn life(&self) -> Life {
        Life {
            state: self.state,
            first_day: self.first_day,
            last_day: self.last_day,
            has_terms: self.has_terms,
            assigned: self.assigned,
        }
    }
}

/// A line as stored.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = contract_lines)]
pub struct LineRow {
    pub id: ContractLineId,
    pub contract_id: ContractId,
    pub service: HelpKind,
    pub unit: ContractUnit,
    pub quantity: i64,
    pub price_fen: i64,
    pub reserved: i64,
}

/// A piece of service as recorded.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = service_records)]
pub struct ServiceRow {
    pub note_id: NoteId,
    pub contract_id: ContractId,
    pub line_id: ContractLineId,
    pub case_id: CaseId,
    pub assignment_id: AssignmentId,
    pub worker_id: UserId,
    pub place: Option<CaseId>,
    pub minutes: i64,
    pub at: Timestamp,
}

impl Target for ContractId {
    type R = Contract;
    fn record(&self) -> String {
        format!("contract/{self}")
    }
    fn locate(&self, tx: &mut Tx<'_>) -> Result<Option<Relation>, DbError> {
        let row: Option<(AgencyId, AgencyId)> = contracts::table
            .filter(contracts::id.eq(*self))
            .select((contracts::buyer_id, contracts::provider_id))
            .first(tx.conn())
            .optional()?;
        Ok(row.map(|(buyer, provider)| Relation { agency: Some(buyer), counterpart: Some(provider), ..Relation::default() }))
    }
}

/// One contract.
pub fn find(tx: &mut Tx<'_>, id: ContractId) -> Result<Option<ContractRow>, DbError> {
    Ok(contracts::table.filter(contracts::id.eq(id)).select(ContractRow::as_select()).first(tx.conn()).optional()?)
}

/// Whether the buyer has another contract of that number.
pub fn number_is_taken(tx: &mut Tx<'_>, buyer: AgencyId, number: &str, but: Option<ContractId>) -> Result<bool, DbError> {
    let found: Option<ContractId> = contracts::table
        .filter(contracts::buyer_id.eq(buyer))
        .filter(contracts::number.eq(number.to_owned()))
        .select(contracts::id)
        .first(tx.conn())
        .optional()?;
    Ok(found.is_some_and(|found| Some(found) != but))
}

/// Enters a contract.
pub fn insert(tx: &mut Tx<'_>, row: &ContractRow, lines: &[LineInput]) -> Result<(), DbError> {
    diesel::insert_into(contracts::table).values(row).execute(tx.conn())?;
    put_lines(tx, row.id, lines)
}

fn put_lines(tx: &mut Tx<'_>, contract: ContractId, lines: &[LineInput]) -> Result<(), DbError> {
    for line in lines {
        let row = LineRow {
            id: tx.new_id()?,
            contract_id: contract,
            service: line.service,
            unit: line.unit,
            quantity: line.quantity,
            price_fen: line.price_fen,
            reserved: 0,
        };
        diesel::insert_into(contract_lines::table).values(&row).execute(tx.conn())?;
    }
    Ok(())
}

/// All lines anew: of a planned contract, under which nothing can be reserved yet.
pub fn replace_lines(tx: &mut Tx<'_>, contract: ContractId, lines: &[LineInput]) -> Result<(), DbError> {
    diesel::delete(contract_lines::table.filter(contract_lines::contract_id.eq(contract))).execute(tx.conn())?;
    put_lines(tx, contract, lines)
}

/// Saves what may change, if the version is still the one seen; whether it was.
pub fn save(tx: &mut Tx<'_>, row: &ContractRow, seen: i64) -> Result<bool, DbError> {
    let this = contracts::table.filter(contracts::id.eq(row.id)).filter(contracts::version.eq(seen));
    // The count of the assigned is no part of the version: who is assigned meanwhile must not be overlooked either.
    let done = diesel::update(this.filter(contracts::assigned.eq(row.assigned)))
        .set((
            contracts::number.eq(row.number.clone()),
            contracts::level.eq(row.level),
            contracts::fund.eq(row.fund.clone()),
            contracts::amount_fen.eq(row.amount_fen),
            contracts::first_day.eq(row.first_day),
            contracts::last_day.eq(row.last_day),
            contracts::has_terms.eq(row.has_terms),
            contracts::terms_signed_on.eq(row.terms_signed_on),
            contracts::state.eq(row.state),
            contracts::version.eq(seen.saturating_add(1)),
        ))
        .execute(tx.conn())?;
    Ok(done == 1)
}

/// Contracts the agency buys or provides under, newest first, before `past`.
pub fn page(tx: &mut Tx<'_>, agency: AgencyId, past: Option<ContractId>, limit: i64) -> Result<Vec<ContractRow>, DbError> {
    let mut query = contracts::table
        .filter(contracts::buyer_id.eq(agency).or(contracts::provider_id.eq(agency)))
        .order(contracts::id.desc())
        .limit(limit)
        .select(ContractRow::as_select())
        .into_boxed();
    if let Some(past) = past {
        query = query.filter(contracts::id.lt(past));
    }
    Ok(query.load(tx.conn())?)
}

/// The buyer's contracts that are in force on a day.
pub fn in_force(tx: &mut Tx<'_>, buyer: AgencyId, today: Day) -> Result<Vec<ContractRow>, DbError> {
    Ok(contracts::table
        .filter(contracts::buyer_id.eq(buyer))
        .filter(contracts::state.eq(ContractState::InForce))
        .filter(contracts::first_day.le(today))
        .filter(contracts::last_day.ge(today))
        .order(contracts::id)
        .select(ContractRow::as_select())
        .load(tx.conn())?)
}

/// The lines of these contracts, in the order they were given.
pub fn lines(tx: &mut Tx<'_>, of: &[ContractId]) -> Result<HashMap<ContractId, Vec<LineRow>>, DbError> {
    let rows: Vec<LineRow> = contract_lines::table
        .filter(among(contract_lines::contract_id, of))
        .order(contract_lines::id)
        .select(LineRow::as_select())
        .load(tx.conn())?;
    let mut lines: HashMap<ContractId, Vec<LineRow>> = HashMap::new();
    for row in rows {
        lines.entry(row.contract_id).or_default().push(row);
    }
    Ok(lines)
}

/// Counts one more assignment under a contract that is in force on that day; whether it is. The row stays locked until the
/// transaction ends, so that nobody ends the contract meanwhile.
pub fn engage(tx: &mut Tx<'_>, id: ContractId, today: Day) -> Result<bool, DbError> {
    let this = contracts::table
        .filter(contracts::id.eq(id))
        .filter(contracts::state.eq(ContractState::InForce))
        .filter(contracts::first_day.le(today))
        .filter(contracts::last_day.ge(today));
    Ok(diesel::update(this).set(contracts::assigned.eq(contracts::assigned + 1)).execute(tx.conn())? == 1)
}

/// One assignment less.
pub fn disengage(tx: &mut Tx<'_>, id: ContractId) -> Result<(), DbError> {
    let this = contracts::table.filter(contracts::id.eq(id)).filter(contracts::assigned.gt(0));
    diesel::update(this).set(contracts::assigned.eq(contracts::assigned - 1)).execute(tx.conn())?;
    Ok(())
}

/// Takes a place of a line that counts cases, if one is left; whether it was. `beyond`: a supervisor's override.
pub fn take_place(tx: &mut Tx<'_>, line: ContractLineId, beyond: bool) -> Result<bool, DbError> {
    let one_more = contract_lines::reserved.eq(contract_lines::reserved + 1);
    let this = contract_lines::table.filter(contract_lines::id.eq(line));
    let done = if beyond {
        diesel::update(this).set(one_more).execute(tx.conn())?
    } else {
        diesel::update(this.filter(contract_lines::reserved.lt(contract_lines::quantity))).set(one_more).execute(tx.conn())?
    };
    Ok(done == 1)
}

/// Gives a place back.
pub fn give_back(tx: &mut Tx<'_>, line: ContractLineId) -> Result<(), DbError> {
    let this = contract_lines::table.filter(contract_lines::id.eq(line)).filter(contract_lines::reserved.gt(0));
    diesel::update(this).set(contract_lines::reserved.eq(contract_lines::reserved - 1)).execute(tx.conn())?;
    Ok(())
}

/// Enters a piece of service.
pub fn record_service(tx: &mut Tx<'_>, row: &ServiceRow) -> Result<(), DbError> {
    diesel::insert_into(service_records::table).values(row).execute(tx.conn())?;
    Ok(())
}

/// Whether any service was recorded for the case under the line.
pub fn is_served(tx: &mut Tx<'_>, case: CaseId, line: ContractLineId) -> Result<bool, DbError> {
    let found: Option<NoteId> = service_records::table
        .filter(service_records::case_id.eq(case))
        .filter(service_records::line_id.eq(line))
        .select(service_records::note_id)
        .first(tx.conn())
        .optional()?;
    Ok(found.is_some())
}

/// What an amendment said a note's service took.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = service_corrections)]
pub struct CorrectionRow {
    pub amendment_id: NoteId,
    pub note_id: NoteId,
    pub contract_id: ContractId,
    pub minutes: i64,
}

/// The record of a note's service, if it counted.
pub fn service_of(tx: &mut Tx<'_>, note: NoteId) -> Result<Option<ServiceRow>, DbError> {
    let this = service_records::table.filter(service_records::note_id.eq(note));
    Ok(this.select(ServiceRow::as_select()).first(tx.conn()).optional()?)
}

/// Enters a correction.
pub fn correct(tx: &mut Tx<'_>, row: &CorrectionRow) -> Result<(), DbError> {
    diesel::insert_into(service_corrections::table).values(row).execute(tx.conn())?;
    Ok(())
}

/// The pieces of service of a contract, as their last corrections say.
pub fn pieces(tx: &mut Tx<'_>, contract: ContractId) -> Result<Vec<Piece>, DbError> {
    let rows: Vec<ServiceRow> = service_records::table
        .filter(service_records::contract_id.eq(contract))
        .order(service_records::note_id)
        .select(ServiceRow::as_select())
        .load(tx.conn())?;
    let corrections: Vec<(NoteId, i64)> = service_corrections::table
        .filter(service_corrections::contract_id.eq(contract))
        .order(service_corrections::amendment_id)
        .select((service_corrections::note_id, service_corrections::minutes))
        .load(tx.conn())?;
    let last: HashMap<NoteId, i64> = corrections.into_iter().collect();
    let piece = |row: ServiceRow| Piece {
        note: row.note_id,
        line: row.line_id,
        case: row.case_id,
        place: row.place,
        worker: row.worker_id,
        minutes: last.get(&row.note_id).copied().unwrap_or(row.minutes),
        at: row.at,
    };
    Ok(rows.into_iter().map(piece).collect())
}

/// Minutes of these assignments.
pub fn minutes_of(tx: &mut Tx<'_>, assignments: &[AssignmentId]) -> Result<HashMap<AssignmentId, i64>, DbError> {
    let rows: Vec<(NoteId, AssignmentId, i64)> = service_records::table
        .filter(among(service_records::assignment_id, assignments))
        .select((service_records::note_id, service_records::assignment_id, service_records::minutes))
        .load(tx.conn())?;
    let corrections: Vec<(NoteId, i64)> = service_corrections::table
        .inner_join(service_records::table.on(service_records::note_id.eq(service_corrections::note_id)))
        .filter(among(service_records::assignment_id, assignments))
        .order(service_corrections::amendment_id)
        .select((service_corrections::note_id, service_corrections::minutes))
        .load(tx.conn())?;
    let last: HashMap<NoteId, i64> = corrections.into_iter().collect();
    let mut minutes = HashMap::new();
    for (note, assignment, more) in rows {
        let sum: &mut i64 = minutes.entry(assignment).or_default();
        *sum = sum.saturating_add(last.get(&note).copied().unwrap_or(more));
    }
    Ok(minutes)
}

/// An evaluation as stored.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = contract_evaluations)]
pub struct EvaluationRow {
    pub id: EvaluationId,
    pub contract_id: ContractId,
    pub period: Period,
    pub score: i64,
    pub text: String,
    pub by_user: UserId,
    pub at: Timestamp,
}

impl Target for EvaluationId {
    type R = Contract;
    fn record(&self) -> String {
        format!("evaluation/{self}")
    }
    fn locate(&self, tx: &mut Tx<'_>) -> Result<Option<Relation>, DbError> {
        match evaluation(tx, *self)? {
            Some(row) => row.contract_id.locate(tx),
            None => Ok(None),
        }
    }
}

/// One evaluation.
pub fn evaluation(tx: &mut Tx<'_>, id: EvaluationId) -> Result<Option<EvaluationRow>, DbError> {
    let this = contract_evaluations::table.filter(contract_evaluations::id.eq(id));
    Ok(this.select(EvaluationRow::as_select()).first(tx.conn()).optional()?)
}

/// Enters an evaluation; whether it is the first of its period.
pub fn evaluate(tx: &mut Tx<'_>, row: &EvaluationRow) -> Result<bool, DbError> {
    let known: Option<EvaluationId> = contract_evaluations::table
        .filter(contract_evaluations::contract_id.eq(row.contract_id))
        .filter(contract_evaluations::period.eq(row.period))
        .select(contract_evaluations::id)
        .first(tx.conn())
        .optional()?;
    if known.is_some() {
        return Ok(false);
    }
    match diesel::insert_into(contract_evaluations::table).values(row).execute(tx.conn()).map_err(DbError::from) {
        Ok(_) => Ok(true),
        // Another gave one at the same moment: run again, it will be seen.
        Err(DbError::Unique) => Err(DbError::Retry),
        Err(error) => Err(error),
    }
}

/// A contract's evaluations, newest first, before `past`.
pub fn evaluations(
    tx: &mut Tx<'_>,
    contract: ContractId,
    past: Option<EvaluationId>,
    limit: i64,
) -> Result<Vec<EvaluationRow>, DbError> {
    let mut query = contract_evaluations::table
        .filter(contract_evaluations::contract_id.eq(contract))
        .order(contract_evaluations::id.desc())
        .limit(limit)
        .select(EvaluationRow::as_select())
        .into_boxed();
    if let Some(past) = past {
        query = query.filter(contract_evaluations::id.lt(past));
    }
    Ok(query.load(tx.conn())?)
}

/// The scores of these providers' contracts.
pub fn scores(tx: &mut Tx<'_>, providers: &[AgencyId]) -> Result<Vec<(AgencyId, i64)>, DbError> {
    Ok(contract_evaluations::table
        .inner_join(contracts::table.on(contracts::id.eq(contract_evaluations::contract_id)))
        .filter(among(contracts::provider_id, providers))
        .select((contracts::provider_id, contract_evaluations::score))
        .load(tx.conn())?)
}
