//! Rows of rosters.

use diesel::prelude::*;

use crate::access::{Relation, Roster, Target};
use crate::base::db::schema::{agencies, duty_turns};
use crate::base::db::{DbError, Tx, among};
use crate::base::ids::{AgencyId, DutyTurnId, UserId};
use crate::base::time::Timestamp;

/// A turn as stored.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = duty_turns)]
pub(super) struct TurnRow {
    pub id: DutyTurnId,
    pub agency_id: AgencyId,
    pub user_id: UserId,
    pub deputy_id: Option<UserId>,
    pub from_at: Timestamp,
    pub until_at: Timestamp,
    pub version: i64,
}

impl Target for DutyTurnId {
    type R = Roster;
    fn record(&self) -> String {
        format!("duty_turn/{self}")
    }
    fn locate(&self, tx: &mut Tx<'_>) -> Result<Option<Relation>, DbError> {
        Ok(find(tx, *self)?.map(|row| Relation { agency: Some(row.agency_id), ..Relation::default() }))
    }
}

pub(super) fn find(tx: &mut Tx<'_>, id: DutyTurnId) -> Result<Option<TurnRow>, DbError> {
    Ok(duty_turns::table.filter(duty_turns::id.eq(id)).select(TurnRow::as_select()).first(tx.conn()).optional()?)
}

/// The agency's turns that are not over, soonest first, behind the turn `past`.
pub(super) fn page(tx: &mut Tx<'_>, agency: AgencyId, past: Option<DutyTurnId>, limit: i64) -> Result<Vec<TurnRow>, DbError> {
    let now = tx.now();
    let past = match past {
        Some(id) => find(tx, id)?.map(|row| row.until_at),
        None => None,
    };
    // Turns of an agency do not overlap: the end of one is its place in the list.
    Ok(duty_turns::table
        .filter(duty_turns::agency_id.eq(agency))
        .filter(duty_turns::until_at.gt(past.unwrap_or(now).max(now)))
        .order((duty_turns::until_at, duty_turns::id))
        .limit(limit)
        .select(TurnRow::as_select())
        .load(tx.conn())?)
}

/// The agency's turn at a moment.
pub(super) fn at(tx: &mut Tx<'_>, agency: AgencyId, moment: Timestamp) -> Result<Option<TurnRow>, DbError> {
    Ok(duty_turns::table
        .filter(duty_turns::agency_id.eq(agency))
        .filter(duty_turns::until_at.gt(moment))
        .filter(duty_turns::from_at.le(moment))
        .order((duty_turns::until_at, duty_turns::id))
        .select(TurnRow::as_select())
        .first(tx.conn())
        .optional()?)
}

/// The same of several agencies.
pub(super) fn at_these(tx: &mut Tx<'_>, agencies: &[AgencyId], moment: Timestamp) -> Result<Vec<TurnRow>, DbError> {
    Ok(duty_turns::table
        .filter(among(duty_turns::agency_id, agencies))
        .filter(duty_turns::until_at.gt(moment))
        .filter(duty_turns::from_at.le(moment))
        .select(TurnRow::as_select())
        .load(tx.conn())?)
}

/// Holds the agency's roster until this transaction ends: of two turns entered at once, the second finds the first.
pub(super) fn hold(tx: &mut Tx<'_>, agency: AgencyId) -> Result<(), DbError> {
    diesel::update(agencies::table.filter(agencies::id.eq(agency)))
        .set(agencies::version.eq(agencies::version))
        .execute(tx.conn())?;
    Ok(())
}

/// Whether another turn of the agency lies in the time of this.
pub(super) fn overlaps(tx: &mut Tx<'_>, row: &TurnRow) -> Result<bool, DbError> {
    let other: Option<DutyTurnId> = duty_turns::table
        .filter(duty_turns::agency_id.eq(row.agency_id))
        .filter(duty_turns::id.ne(row.id))
        .filter(duty_turns::until_at.gt(row.from_at))
        .filter(duty_turns::from_at.lt(row.until_at))
        .select(duty_turns::id)
        .first(tx.conn())
        .optional()?;
    Ok(other.is_some())
}

pub(super) fn insert(tx: &mut Tx<'_>, row: &TurnRow) -> Result<(), DbError> {
    diesel::insert_into(duty_turns::table).values(row).execute(tx.conn())?;
    Ok(())
}

/// Saves the row over the version before its own; whether that was still there.
pub(super) fn save(tx: &mut Tx<'_>, row: &TurnRow) -> Result<bool, DbError> {
    let done = diesel::update(duty_turns::table)
        .filter(duty_turns::id.eq(row.id))
        .filter(duty_turns::version.eq(row.version.saturating_sub(1)))
        .set((
            duty_turns::user_id.eq(row.user_id),
            duty_turns::deputy_id.eq(row.deputy_id),
            duty_turns::from_at.eq(row.from_at),
            duty_turns::until_at.eq(row.until_at),
            duty_turns::version.eq(row.version),
        ))
        .execute(tx.conn())?;
    Ok(done == 1)
}
