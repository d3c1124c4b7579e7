//! Agencies as rows.

use diesel::prelude::*;
use serde::Serialize;

use super::AgencyView;
use crate::access::{Agency, Relation, Target};
use crate::audit::verify::row_digests;
use crate::base::db::schema::agencies;
use crate::base::db::{DbError, Tx};
use crate::base::ids::AgencyId;
use crate::base::time::Timestamp;
use crate::base::words::AgencyKind;

/// An agency as stored.
#[derive(Clone, Serialize, Queryable, Selectable, Insertable)]
#[diesel(table_name = agencies)]
pub struct AgencyRow {
    pub id: AgencyId,
    pub name: String,
    pub kind: AgencyKind,
    pub division: String,
    pub parent_id: Option<AgencyId>,
    pub contact_point: String,
    pub version: i64,
    pub created_at: Timestamp,
}

impl AgencyRow {
    pub fn view(self) -> AgencyView {
        let Self { id, name, kind, division, parent_id, contact_point, version, created_at: _ } = self;
        AgencyView { id, name, kind, division, contact_point, parent_id, version }
    }
}

impl Target for AgencyId {
    type R = Agency;
    fn record(&self) -> String {
        format!("agency/{self}")
    }
    fn locate(&self, tx: &mut Tx<'_>) -> Result<Option<Relation>, DbError> {
        Ok(find(tx, *self)?.map(|row| Relation { agency: Some(row.id), ..Relation::default() }))
    }
}

pub fn find(tx: &mut Tx<'_>, id: AgencyId) -> Result<Option<AgencyRow>, DbError> {
    Ok(agencies::table.filter(agencies::id.eq(id)).select(AgencyRow::as_select()).first(tx.conn()).optional()?)
}

/// One page, newest first, before `past`.
pub fn page(tx: &mut Tx<'_>, kind: Option<AgencyKind>, past: Option<AgencyId>, rows: i64) -> Result<Vec<AgencyRow>, DbError> {
    let mut query = agencies::table.order(agencies::id.desc()).limit(rows).select(AgencyRow::as_select()).into_boxed();
    if let Some(kind) = kind {
        query = query.filter(agencies::kind.eq(kind));
    }
    if let Some(past) = past {
        query = query.filter(agencies::id.lt(past));
    }
    Ok(query.load(tx.conn())?)
}

pub fn insert(tx: &mut Tx<'_>, row: &AgencyRow) -> Result<(), DbError> {
    diesel::insert_into(agencies::table).values(row).execute(tx.conn())?;
    Ok(())
}

/// Saves the row over the version before its own; whether that was still there.
pub fn save(tx: &mut Tx<'_>, row: &AgencyRow) -> Result<bool, DbError> {
    let done = diesel::update(agencies::table)
        .filter(agencies::id.eq(row.id))
        .filter(agencies::version.eq(row.version.saturating_sub(1)))
        .set((
            agencies::name.eq(&row.name),
            agencies::division.eq(&row.division),
            agencies::parent_id.eq(row.parent_id),
            agencies::contact_point.eq(&row.contact_point),
            agencies::version.eq(row.version),
        ))
        .execute(tx.conn())?;
    Ok(done == 1)
}

row_digests! {
    /// Digests of all agencies.
    digests: agencies as AgencyRow, |row| (row.id.as_str(), row.version) => row
}
