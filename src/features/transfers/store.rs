//! Rows of offers to other owners.

use diesel::prelude::*;

use super::Reason;
use crate::access::can::Can;
use crate::access::facets::Progress;
use crate::access::{Case, Permit, Sealed, in_a_case};
use crate::base::db::schema::transfers;
use crate::base::db::{DbError, Tx};
use crate::base::ids::{AgencyId, CaseId, TransferId, UserId};
use crate::base::time::Timestamp;
use crate::base::words::TransferState;

/// An offer as stored.
#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = transfers)]
pub(super) struct TransferRow {
    pub id: TransferId,
    pub case_id: CaseId,
    pub from_agency: AgencyId,
    pub to_agency: AgencyId,
    pub state: TransferState,
    pub reason: Sealed<Progress, Reason>,
    pub offered_by: UserId,
    pub offered_at: Timestamp,
    pub answered_by: Option<UserId>,
    pub answered_at: Option<Timestamp>,
    pub version: i64,
}

impl TransferRow {
    /// As events, offers and desks name it.
    pub fn record(&self) -> String {
        format!("transfer/{}", self.id)
    }
}

in_a_case!(TransferId, "transfer", case_of);

fn case_of(tx: &mut Tx<'_>, id: TransferId) -> Result<Option<CaseId>, DbError> {
    Ok(transfers::table.filter(transfers::id.eq(id)).select(transfers::case_id).first(tx.conn()).optional()?)
}

pub(super) fn insert(tx: &mut Tx<'_>, row: &TransferRow) -> Result<(), DbError> {
    diesel::insert_into(transfers::table).values(row).execute(tx.conn())?;
    Ok(())
}

/// One offer of the permit's case.
pub(super) fn find<C: Can>(tx: &mut Tx<'_>, permit: &Permit<'_, C, Case>, id: TransferId) -> Result<TransferRow, DbError> {
    Ok(transfers::table
        .filter(transfers::case_id.eq(permit.case()))
        .filter(transfers::id.eq(id))
        .select(TransferRow::as_select())
        .first(tx.conn())?)
}

/// Offers of the permit's case, newest first, before `past`.
pub(super) fn page<C: Can>(
    tx: &mut Tx<'_>,
    permit: &Permit<'_, C, Case>,
    past: Option<TransferId>,
    limit: i64,
) -> Result<Vec<TransferRow>, DbError> {
    let mut query = transfers::table
        .filter(transfers::case_id.eq(permit.case()))
        .order(transfers::id.desc())
        .limit(limit)
        .select(TransferRow::as_select())
        .into_boxed();
    if let Some(past) = past {
        query = query.filter(transfers::id.lt(past));
    }
    Ok(query.load(tx.conn())?)
}

/// Keeps an answer; whether the offer was still the version seen.
pub(super) fn save(tx: &mut Tx<'_>, row: &mut TransferRow) -> Result<bool, DbError> {
    let seen = row.version;
    row.version = seen.saturating_add(1);
    let done = diesel::update(transfers::table.filter(transfers::id.eq(row.id)).filter(transfers::version.eq(seen)))
        .set((
            transfers::state.eq(row.state),
            transfers::answered_by.eq(row.answered_by),
            transfers::answered_at.eq(row.answered_at),
            transfers::version.eq(row.version),
        ))
        .execute(tx.conn())?;
    Ok(done == 1)
}
