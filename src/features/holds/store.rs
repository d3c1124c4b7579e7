//! Rows of legal holds.

use diesel::prelude::*;

use super::HoldReason;
use crate::access::can::Can;
use crate::access::{Case, Permit, SealedAs};
use crate::base::db::schema::legal_holds;
use crate::base::db::{DbError, Tx};
use crate::base::ids::{CaseId, HoldId, UserId};
use crate::base::time::Timestamp;

/// A hold as stored.
#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = legal_holds)]
pub(super) struct HoldRow {
    pub id: HoldId,
    pub case_id: CaseId,
    pub reason: SealedAs<HoldReason>,
    pub placed_by: UserId,
    pub placed_at: Timestamp,
    pub ended_by: Option<UserId>,
    pub ended_at: Option<Timestamp>,
    pub version: i64,
}

crate::access::in_a_case!(HoldId, "hold", case_of);

fn case_of(tx: &mut Tx<'_>, id: HoldId) -> Result<Option<CaseId>, DbError> {
    Ok(legal_holds::table.filter(legal_holds::id.eq(id)).select(legal_holds::case_id).first(tx.conn()).optional()?)
}

pub(super) fn insert(tx: &mut Tx<'_>, row: &HoldRow) -> Result<(), DbError> {
    diesel::insert_into(legal_holds::table).values(row).execute(tx.conn())?;
    Ok(())
}

/// One hold of the permit's case.
pub(super) fn find<C: Can>(tx: &mut Tx<'_>, permit: &Permit<'_, C, Case>, id: HoldId) -> Result<HoldRow, DbError> {
    Ok(legal_holds::table
        .filter(legal_holds::case_id.eq(permit.case()))
        .filter(legal_holds::id.eq(id))
        .select(HoldRow::as_select())
        .first(tx.conn())?)
}

/// Holds of the permit's case, newest first, before `past`.
pub(super) fn page<C: Can>(
    tx: &mut Tx<'_>,
    permit: &Permit<'_, C, Case>,
    past: Option<HoldId>,
    limit: i64,
) -> Result<Vec<HoldRow>, DbError> {
    let mut query = legal_holds::table
        .filter(legal_holds::case_id.eq(permit.case()))
        .order(legal_holds::id.desc())
        .limit(limit)
        .select(HoldRow::as_select())
        .into_boxed();
    if let Some(past) = past {
        query = query.filter(legal_holds::id.lt(past));
    }
    Ok(query.load(tx.conn())?)
}

pub(super) fn is_held<C: Can>(tx: &mut Tx<'_>, permit: &Permit<'_, C, Case>) -> Result<bool, DbError> {
    let standing: Option<HoldId> = legal_holds::table
        .filter(legal_holds::case_id.eq(permit.case()))
        .filter(legal_holds::ended_at.is_null())
        .select(legal_holds::id)
        .first(tx.conn())
        .optional()?;
    Ok(standing.is_some())
}

/// Keeps the end; whether it was still the version seen.
pub(super) fn save(tx: &mut Tx<'_>, row: &mut HoldRow) -> Result<bool, DbError> {
    let seen = row.version;
    row.version = seen.saturating_add(1);
    let done = diesel::update(legal_holds::table.filter(legal_holds::id.eq(row.id)).filter(legal_holds::version.eq(seen)))
        .set((
            legal_holds::ended_by.eq(row.ended_by),
            legal_holds::ended_at.eq(row.ended_at),
            legal_holds::version.eq(row.version),
        ))
        .execute(tx.conn())?;
    Ok(done == 1)
}
