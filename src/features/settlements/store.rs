//! Rows of settlements: lines are written with the provider's signature, before it, and never again.

use std::str::FromStr;

use diesel::prelude::*;

use super::Reckoned;
use crate::access::{Contract, Relation, Target};
use crate::base::db::schema::{settlement_cases, settlement_lines, settlements};
use crate::base::db::{DbError, Tx, among};
use crate::base::ids::{AgencyId, CaseId, ContractId, ContractLineId, NotAnId, SettlementLineId, UserId};
use crate::base::month::Month;
use crate::base::time::Timestamp;
use crate::base::words::SettlementState;

/// A month of a contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MonthOf(pub ContractId, pub Month);

impl std::fmt::Display for MonthOf {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}", self.0, self.1)
    }
}

impl FromStr for MonthOf {
    type Err = NotAnId;
    fn from_str(text: &str) -> Result<Self, NotAnId> {
        let (contract, month) = text.split_once('.').ok_or(NotAnId)?;
        Ok(Self(contract.parse()?, month.parse().map_err(|_| NotAnId)?))
    }
}

impl Target for MonthOf {
    type R = Contract;
    fn record(&self) -> String {
        format!("settlement/{self}")
    }
    fn locate(&self, tx: &mut Tx<'_>) -> Result<Option<Relation>, DbError> {
        self.0.locate(tx)
    }
}

/// A signed month as stored.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = settlements)]
pub struct SettlementRow {
    pub contract_id: ContractId,
    pub month: Month,
    pub state: SettlementState,
    pub total_fen: i64,
    pub signed_by: UserId,
    pub signed_agency: AgencyId,
    pub signed_at: Timestamp,
    pub countersigned_by: Option<UserId>,
    pub countersigned_at: Option<Timestamp>,
}

/// A signed line as stored.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = settlement_lines)]
pub struct LineRow {
    pub id: SettlementLineId,
    pub contract_id: ContractId,
    pub month: Month,
    pub belongs_to: Month,
    pub line_id: ContractLineId,
    pub worker_id: UserId,
    pub quantity: i64,
    pub price_fen: i64,
    pub amount_fen: i64,
}

/// A contract's signed months, in their order.
pub fn signed(tx: &mut Tx<'_>, contract: ContractId) -> Result<Vec<SettlementRow>, DbError> {
    Ok(settlements::table
        .filter(settlements::contract_id.eq(contract))
        .order(settlements::month)
        .select(SettlementRow::as_select())
        .load(tx.conn())?)
}

/// A line that was signed for, with how much of it each case had.
pub type SignedLine = (LineRow, Vec<(CaseId, i64)>);

/// All lines that were signed for, with their cases.
pub fn lines(tx: &mut Tx<'_>, contract: ContractId) -> Result<Vec<SignedLine>, DbError> {
    let rows: Vec<LineRow> = settlement_lines::table
        .filter(settlement_lines::contract_id.eq(contract))
        .order((settlement_lines::month, settlement_lines::belongs_to, settlement_lines::line_id, settlement_lines::worker_id))
        .select(LineRow::as_select())
        .load(tx.conn())?;
    let mut cases: std::collections::HashMap<SettlementLineId, Vec<(CaseId, i64)>> = std::collections::HashMap::new();
    let ids: Vec<SettlementLineId> = rows.iter().map(|row| row.id).collect();
    let of_lines: Vec<(SettlementLineId, CaseId, i64)> = settlement_cases::table
        .filter(among(settlement_cases::settlement_line_id, &ids))
        .order((settlement_cases::settlement_line_id, settlement_cases::case_id))
        .select((settlement_cases::settlement_line_id, settlement_cases::case_id, settlement_cases::quantity))
        .load(tx.conn())?;
    for (line, case, quantity) in of_lines {
        cases.entry(line).or_default().push((case, quantity));
    }
    Ok(rows.into_iter().map(|row| (cases.remove(&row.id).unwrap_or_default(), row)).map(|(cases, row)| (row, cases)).collect())
}

/// Writes a month down: its lines, then the signature, after which nothing can be added. `Retry` where another signed it at
/// the same moment.
pub fn sign(tx: &mut Tx<'_>, row: &SettlementRow, lines: &[Reckoned]) -> Result<(), DbError> {
    let unless_signed = |done: Result<usize, diesel::result::Error>| match done.map_err(DbError::from) {
        Ok(_) => Ok(()),
        Err(DbError::Unique) => Err(DbError::Retry),
        Err(error) => Err(error),
    };
    for line in lines {
        let new = LineRow {
            id: tx.new_id()?,
            contract_id: row.contract_id,
            month: row.month,
            belongs_to: line.spot.month,
            line_id: line.spot.line,
            worker_id: line.spot.worker,
            quantity: line.quantity,
            price_fen: line.price_fen,
            amount_fen: line.amount_fen,
        };
        unless_signed(diesel::insert_into(settlement_lines::table).values(&new).execute(tx.conn()))?;
        for (case, quantity) in &line.cases {
            let of_case = (
                settlement_cases::settlement_line_id.eq(new.id),
                settlement_cases::case_id.eq(*case),
                settlement_cases::quantity.eq(*quantity),
            );
            diesel::insert_into(settlement_cases::table).values(of_case).execute(tx.conn())?;
        }
    }
    unless_signed(diesel::insert_into(settlements::table).values(row).execute(tx.conn()))
}

/// Countersigns a month that the provider signed; whether it still was to be.
pub fn countersign(tx: &mut Tx<'_>, MonthOf(contract, month): MonthOf, by: UserId) -> Result<bool, DbError> {
    let now = tx.now();
    let this = settlements::table
        .filter(settlements::contract_id.eq(contract))
        .filter(settlements::month.eq(month))
        .filter(settlements::state.eq(SettlementState::ProviderSigned));
    let done = diesel::update(this)
        .set((
            settlements::state.eq(SettlementState::Settled),
            settlements::countersigned_by.eq(Some(by)),
            settlements::countersigned_at.eq(Some(now)),
        ))
        .execute(tx.conn())?;
    Ok(done == 1)
}
