//! Rows of links. A link is found from either of its cases.

use diesel::prelude::*;

use super::LinkKind;
use crate::access::can::Can;
use crate::access::{Case, Permit, in_a_case};
use crate::base::db::schema::case_links;
use crate::base::db::{DbError, Tx};
use crate::base::ids::{CaseId, LinkId, UserId};
use crate::base::time::Timestamp;

/// A link as stored.
#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = case_links)]
pub(super) struct LinkRow {
    pub id: LinkId,
    /// The case from which it was linked.
    pub case_id: CaseId,
    pub other_case_id: CaseId,
    pub kind: LinkKind,
    pub pair: String,
    pub linked_by: UserId,
    pub linked_at: Timestamp,
    pub unlinked_at: Option<Timestamp>,
    pub version: i64,
}

impl LinkRow {
    /// The case on the other side.
    pub fn other(&self, case: CaseId) -> CaseId {
        if self.case_id == case { self.other_case_id } else { self.case_id }
    }
}

in_a_case!(LinkId, "link", case_of);

fn case_of(tx: &mut Tx<'_>, id: LinkId) -> Result<Option<CaseId>, DbError> {
    Ok(case_links::table.filter(case_links::id.eq(id)).select(case_links::case_id).first(tx.conn()).optional()?)
}

pub(super) fn insert(tx: &mut Tx<'_>, row: &LinkRow) -> Result<(), DbError> {
    diesel::insert_into(case_links::table).values(row).execute(tx.conn())?;
    Ok(())
}

/// Live links of the permit's case, newest first, before `past`.
pub(super) fn page<C: Can>(
    tx: &mut Tx<'_>,
    permit: &Permit<'_, C, Case>,
    past: Option<LinkId>,
    limit: i64,
) -> Result<Vec<LinkRow>, DbError> {
    let case = permit.case();
    let mut query = case_links::table
        .filter(case_links::case_id.eq(case).or(case_links::other_case_id.eq(case)))
        .filter(case_links::unlinked_at.is_null())
        .order(case_links::id.desc())
        .limit(limit)
        .select(LinkRow::as_select())
        .into_boxed();
    if let Some(past) = past {
        query = query.filter(case_links::id.lt(past));
    }
    Ok(query.load(tx.conn())?)
}

/// Cases that stand in a live link with one of these.
pub(super) fn linked_with(tx: &mut Tx<'_>, cases: &[CaseId]) -> Result<Vec<CaseId>, DbError> {
    let live = || case_links::table.filter(case_links::unlinked_at.is_null());
    let mut found: Vec<CaseId> =
        live().filter(case_links::case_id.eq_any(cases.to_vec())).select(case_links::other_case_id).load(tx.conn())?;
    let from: Vec<CaseId> =
        live().filter(case_links::other_case_id.eq_any(cases.to_vec())).select(case_links::case_id).load(tx.conn())?;
    found.extend(from);
    Ok(found)
}

/// One live link of the permit's case.
pub(super) fn find<C: Can>(tx: &mut Tx<'_>, permit: &Permit<'_, C, Case>, id: LinkId) -> Result<LinkRow, DbError> {
    let case = permit.case();
    Ok(case_links::table
        .filter(case_links::id.eq(id))
        .filter(case_links::case_id.eq(case).or(case_links::other_case_id.eq(case)))
        .filter(case_links::unlinked_at.is_null())
        .select(LinkRow::as_select())
        .first(tx.conn())?)
}

/// Undoes a link; whether it was still the version seen.
pub(super) fn unlink(tx: &mut Tx<'_>, row: &LinkRow) -> Result<bool, DbError> {
    let now = tx.now();
    let done = diesel::update(case_links::table.filter(case_links::id.eq(row.id)).filter(case_links::version.eq(row.version)))
        .set((case_links::unlinked_at.eq(now), case_links::version.eq(row.version.saturating_add(1))))
        .execute(tx.conn())?;
    Ok(done == 1)
}
