//! Rows of erasures.

use diesel::prelude::*;

use super::ErasureView;
use crate::access::can::Can;
use crate::access::{Case, Permit};
use crate::base::db::schema::erasures;
use crate::base::db::{DbError, Tx};
use crate::base::ids::{CaseId, DocumentId, ErasureId, NoteId, UserId};
use crate::base::time::Timestamp;
use crate::base::words::{ErasureReason, ErasureState};

/// An erasure as stored.
#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = erasures)]
pub(super) struct ErasureRow {
    pub id: ErasureId,
    pub case_id: CaseId,
    pub note_id: Option<NoteId>,
    pub document_id: Option<DocumentId>,
    pub reason: ErasureReason,
    pub state: ErasureState,
    pub proposed_by: UserId,
    /// Whether the proposer was a supervisor of the owner.
    pub by_supervisor: bool,
    pub proposed_at: Timestamp,
    pub decided_by: Option<UserId>,
    pub decided_at: Option<Timestamp>,
    pub version: i64,
}

impl ErasureRow {
    /// As events and desks name it.
    pub fn record(&self) -> String {
        format!("erasure/{}", self.id)
    }
}

impl From<ErasureRow> for ErasureView {
    fn from(row: ErasureRow) -> Self {
        Self {
            id: row.id,
            case_id: row.case_id,
            note_id: row.note_id,
            document_id: row.document_id,
            reason_code: row.reason,
            state: row.state,
            proposed_by: row.proposed_by,
            proposed_at: row.proposed_at,
            decided_by: row.decided_by,
            decided_at: row.decided_at,
            version: row.version,
        }
    }
}

crate::access::in_a_case!(ErasureId, "erasure", case_of);

fn case_of(tx: &mut Tx<'_>, id: ErasureId) -> Result<Option<CaseId>, DbError> {
    Ok(erasures::table.filter(erasures::id.eq(id)).select(erasures::case_id).first(tx.conn()).optional()?)
}

pub(super) fn insert(tx: &mut Tx<'_>, row: &ErasureRow) -> Result<(), DbError> {
    diesel::insert_into(erasures::table).values(row).execute(tx.conn())?;
    Ok(())
}

/// One erasure of the permit's case.
pub(super) fn find<C: Can>(tx: &mut Tx<'_>, permit: &Permit<'_, C, Case>, id: ErasureId) -> Result<ErasureRow, DbError> {
    Ok(erasures::table
        .filter(erasures::case_id.eq(permit.case()))
        .filter(erasures::id.eq(id))
        .select(ErasureRow::as_select())
        .first(tx.conn())?)
}

/// Erasures of the permit's case, newest first, before `past`; with `by`, those that this person proposed.
pub(super) fn page<C: Can>(
    tx: &mut Tx<'_>,
    permit: &Permit<'_, C, Case>,
    by: Option<UserId>,
    past: Option<ErasureId>,
    limit: i64,
) -> Result<Vec<ErasureRow>, DbError> {
    let mut query = erasures::table
        .filter(erasures::case_id.eq(permit.case()))
        .order(erasures::id.desc())
        .limit(limit)
        .select(ErasureRow::as_select())
        .into_boxed();
    if let Some(by) = by {
        query = query.filter(erasures::proposed_by.eq(by));
    }
    if let Some(past) = past {
        query = query.filter(erasures::id.lt(past));
    }
    Ok(query.load(tx.conn())?)
}

/// Keeps a decision; whether it was still the version seen.
pub(super) fn save(tx: &mut Tx<'_>, row: &mut ErasureRow) -> Result<bool, DbError> {
    let seen = row.version;
    row.version = seen.saturating_add(1);
    let done = diesel::update(erasures::table.filter(erasures::id.eq(row.id)).filter(erasures::version.eq(seen)))
        .set((
            erasures::state.eq(row.state),
            erasures::decided_by.eq(row.decided_by),
            erasures::decided_at.eq(row.decided_at),
            erasures::version.eq(row.version),
        ))
        .execute(tx.conn())?;
    Ok(done == 1)
}
