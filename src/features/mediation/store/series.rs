//! Series.

use diesel::prelude::*;
use serde::{Deserialize, Serialize};

use crate::access::can::Can;
use crate::access::facets::Mediation;
use crate::access::holdings::{self, Holding};
use crate::access::{Case, Content, Permit, Sealed, in_a_case};
use crate::base::db::schema::mediations;
use crate::base::db::{DbError, Tx};
use crate::base::ids::{CaseId, MediationId, PartyId, UserId};
use crate::base::text::Text;
use crate::base::time::Timestamp;
use crate::base::words::MediationState;

/// What speaks for mediation.
#[derive(Serialize, Deserialize)]
pub struct Note {
    pub note: Text,
}

impl Content for Note {
    const TABLE: &'static str = "mediations";
    const COLUMN: &'static str = "note";
}

/// How it ended.
#[derive(Serialize, Deserialize)]
pub struct Ending {
    pub party: Option<PartyId>,
    pub reason: Option<Text>,
}

impl Content for Ending {
    const TABLE: &'static str = "mediations";
    const COLUMN: &'static str = "ending";
}

/// A series as stored.
#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = mediations)]
pub struct SeriesRow {
    pub id: MediationId,
    pub case_id: CaseId,
    pub state: MediationState,
    pub mediator_id: Option<UserId>,
    pub proposed_by: UserId,
    pub proposed_at: Timestamp,
    pub cleared_at: Option<Timestamp>,
    pub ended_at: Option<Timestamp>,
    pub note: Option<Sealed<Mediation, Note>>,
    pub ending: Option<Sealed<Mediation, Ending>>,
    pub version: i64,
}

in_a_case!(MediationId, "mediation", case_of);

fn case_of(tx: &mut Tx<'_>, id: MediationId) -> Result<Option<CaseId>, DbError> {
    Ok(mediations::table.filter(mediations::id.eq(id)).select(mediations::case_id).first(tx.conn()).optional()?)
}

/// Enters a series. `Unique` where the case has a live one.
pub fn insert(tx: &mut Tx<'_>, row: &SeriesRow) -> Result<(), DbError> {
    diesel::insert_into(mediations::table).values(row).execute(tx.conn())?;
    holdings::note(tx, row.case_id, Holding::Mediations)
}

/// One series of the permit's case.
pub fn find<C: Can>(tx: &mut Tx<'_>, permit: &Permit<'_, C, Case>, id: MediationId) -> Result<SeriesRow, DbError> {
    Ok(mediations::table
        .filter(mediations::id.eq(id))
        .filter(mediations::case_id.eq(permit.case()))
        .select(SeriesRow::as_select())
        .first(tx.conn())?)
}

/// The case's live series.
pub fn live<C: Can>(tx: &mut Tx<'_>, permit: &Permit<'_, C, Case>) -> Result<Option<SeriesRow>, DbError> {
    Ok(mediations::table
        .filter(mediations::case_id.eq(permit.case()))
        .filter(mediations::state.eq_any([MediationState::Proposed, MediationState::Screening, MediationState::Cleared]))
        .select(SeriesRow::as_select())
        .first(tx.conn())
        .optional()?)
}

/// The case's series, newest first, before `past`.
pub fn page<C: Can>(
    tx: &mut Tx<'_>,
    permit: &Permit<'_, C, Case>,
    past: Option<MediationId>,
    limit: i64,
) -> Result<Vec<SeriesRow>, DbError> {
    let mut query = mediations::table
        .filter(mediations::case_id.eq(permit.case()))
        .order(mediations::id.desc())
        .limit(limit)
        .select(SeriesRow::as_select())
        .into_boxed();
    if let Some(past) = past {
        query = query.filter(mediations::id.lt(past));
    }
    Ok(query.load(tx.conn())?)
}

/// Saves a series over the version that was read, and counts on.
pub fn save(tx: &mut Tx<'_>, row: &mut SeriesRow) -> Result<(), DbError> {
    let seen = row.version;
    row.version = seen.saturating_add(1);
    let done = diesel::update(mediations::table.filter(mediations::id.eq(row.id)).filter(mediations::version.eq(seen)))
        .set((
            mediations::state.eq(row.state),
            mediations::cleared_at.eq(row.cleared_at),
            mediations::ended_at.eq(row.ended_at),
            mediations::ending.eq(&row.ending),
            mediations::version.eq(row.version),
        ))
        .execute(tx.conn())?;
    if done == 1 { Ok(()) } else { Err(DbError::Retry) }
}
