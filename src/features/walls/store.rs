//! Rows and queries of walls.

use diesel::prelude::*;
use serde::{Deserialize, Serialize};

use crate::access::can::Can;
use crate::access::{Case, Content, Permit, SealedAs, in_a_case};
use crate::audit::verify::row_digests;
use crate::base::db::schema::walls;
use crate::base::db::{DbError, Tx};
use crate::base::ids::{AgencyId, CaseId, UserId, WallId};
use crate::base::text::Text;
use crate::base::time::Timestamp;

in_a_case!(WallId, "wall", case_of);

/// Why it was built. Whoever declares a conflict has no pen for `progress`, so its facet is not in its type.
#[derive(Serialize, Deserialize)]
pub(super) struct Reason {
    pub text: Text,
}

impl Content for Reason {
    const TABLE: &'static str = "walls";
    const COLUMN: &'static str = "reason";
}

/// Why it was lifted.
#[derive(Serialize, Deserialize)]
pub(super) struct LiftReason {
    pub text: Text,
}

impl Content for LiftReason {
    const TABLE: &'static str = "walls";
    const COLUMN: &'static str = "lift_reason";
}

/// A wall as stored. Serialised for its digest alone, without the reasons.
#[derive(Queryable, Selectable, Insertable, Serialize)]
#[diesel(table_name = walls)]
pub(super) struct WallRow {
    pub id: WallId,
    pub case_id: CaseId,
    pub user_id: UserId,
    pub agency_id: AgencyId,
    #[serde(skip)]
    pub reason: Option<SealedAs<Reason>>,
    pub built_by: UserId,
    pub built_at: Timestamp,
    #[serde(skip)]
    pub lift_reason: Option<SealedAs<LiftReason>>,
    pub lifted_by: Option<UserId>,
    pub lifted_at: Option<Timestamp>,
    pub version: i64,
}

/// The case a wall is around.
pub(super) fn case_of(tx: &mut Tx<'_>, id: WallId) -> Result<Option<CaseId>, DbError> {
    Ok(walls::table.filter(walls::id.eq(id)).select(walls::case_id).first(tx.conn()).optional()?)
}

pub(super) fn find<C: Can>(tx: &mut Tx<'_>, permit: &Permit<'_, C, Case>, id: WallId) -> Result<WallRow, DbError> {
    Ok(walls::table
        .filter(walls::case_id.eq(permit.case()))
        .filter(walls::id.eq(id))
        .select(WallRow::as_select())
        .first(tx.conn())?)
}

/// One page, newest first.
pub(super) fn page<C: Can>(
    tx: &mut Tx<'_>,
    permit: &Permit<'_, C, Case>,
    past: Option<WallId>,
    limit: i64,
) -> Result<Vec<WallRow>, DbError> {
    let mut rows = walls::table.filter(walls::case_id.eq(permit.case())).into_boxed();
    if let Some(past) = past {
        rows = rows.filter(walls::id.lt(past));
    }
    Ok(rows.order(walls::id.desc()).limit(limit).select(WallRow::as_select()).load(tx.conn())?)
}

/// Whether one stands before this person.
pub(super) fn stands<C: Can>(tx: &mut Tx<'_>, permit: &Permit<'_, C, Case>, user: UserId) -> Result<bool, DbError> {
    let found: Option<WallId> = walls::table
        .filter(walls::case_id.eq(permit.case()))
        .filter(walls::user_id.eq(user))
        .filter(walls::lifted_at.is_null())
        .select(walls::id)
        .first(tx.conn())
        .optional()?;
    Ok(found.is_some())
}

pub(super) fn insert<C: Can>(tx: &mut Tx<'_>, permit: &Permit<'_, C, Case>, row: &WallRow) -> Result<(), DbError> {
    diesel::insert_into(walls::table).values(row).execute(tx.conn())?;
    permit.changed_row("wall", (row.id.as_str(), row.version), &["user", "reason"], row)
}

/// Saves that it was lifted; whether it was still the version seen.
pub(super) fn save<C: Can>(tx: &mut Tx<'_>, permit: &Permit<'_, C, Case>, row: &mut WallRow) -> Result<bool, DbError> {
    let seen = row.version;
    row.version = seen.saturating_add(1);
    let done = diesel::update(walls::table)
        .filter(walls::case_id.eq(permit.case()))
        .filter(walls::id.eq(row.id))
        .filter(walls::version.eq(seen))
        .set((
            walls::lift_reason.eq(row.lift_reason.as_ref()),
            walls::lifted_by.eq(row.lifted_by),
            walls::lifted_at.eq(row.lifted_at),
            walls::version.eq(row.version),
        ))
        .execute(tx.conn())?;
    permit.changed_row("wall", (row.id.as_str(), row.version), &["lifted_at", "lift_reason"], row)?;
    Ok(done == 1)
}

row_digests! {
    /// Digests of all walls.
    digests: walls as WallRow, |row| (row.id.as_str(), row.version) => row
}
