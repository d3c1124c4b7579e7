//! Papers for the respondent.

use diesel::prelude::*;

use crate::access::facets::Mediation;
use crate::access::{Content, Sealed, in_a_case};
use crate::base::db::schema::mediation_notices;
use crate::base::db::{DbError, Tx};
use crate::base::ids::{CaseId, MediationId, MediationSessionId, PaperId, UserId};
use crate::base::time::Timestamp;
use crate::base::words::{PaperKind, PaperState};
use crate::features::mediation::papers::Paper;

impl Content for Paper {
    const TABLE: &'static str = "mediation_notices";
    const COLUMN: &'static str = "paper";
}

/// A paper as stored.
#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = mediation_notices)]
pub struct PaperRow {
    pub id: PaperId,
    pub mediation_id: MediationId,
    pub session_id: Option<MediationSessionId>,
    pub case_id: CaseId,
    pub kind: PaperKind,
    pub state: PaperState,
    /// The appointment, or the day of the agreement.
    pub about: Timestamp,
    /// What was released, word for word.
    pub paper: Option<Sealed<Mediation, Paper>>,
    pub made_at: Timestamp,
    pub released_at: Option<Timestamp>,
    pub released_by: Option<UserId>,
    pub version: i64,
}

in_a_case!(PaperId, "mediation_notice", case_of);

fn case_of(tx: &mut Tx<'_>, id: PaperId) -> Result<Option<CaseId>, DbError> {
    let row = mediation_notices::table.filter(mediation_notices::id.eq(id)).select(mediation_notices::case_id);
    Ok(row.first(tx.conn()).optional()?)
}

/// Enters a draft.
pub fn insert(tx: &mut Tx<'_>, row: &PaperRow) -> Result<(), DbError> {
    diesel::insert_into(mediation_notices::table).values(row).execute(tx.conn())?;
    Ok(())
}

/// One paper of a case.
pub fn find(tx: &mut Tx<'_>, case: CaseId, id: PaperId) -> Result<PaperRow, DbError> {
    Ok(mediation_notices::table
        .filter(mediation_notices::id.eq(id))
        .filter(mediation_notices::case_id.eq(case))
        .select(PaperRow::as_select())
        .first(tx.conn())?)
}

/// Papers of a series, newest first, before `past`.
pub fn page(tx: &mut Tx<'_>, series: MediationId, past: Option<PaperId>, limit: i64) -> Result<Vec<PaperRow>, DbError> {
    let mut query = mediation_notices::table
        .filter(mediation_notices::mediation_id.eq(series))
        .order(mediation_notices::id.desc())
        .limit(limit)
        .select(PaperRow::as_select())
        .into_boxed();
    if let Some(past) = past {
        query = query.filter(mediation_notices::id.lt(past));
    }
    Ok(query.load(tx.conn())?)
}

/// The drafts of a series; of one session, where it is given.
pub fn drafts(tx: &mut Tx<'_>, series: MediationId, session: Option<MediationSessionId>) -> Result<Vec<PaperRow>, DbError> {
    let mut query = mediation_notices::table
        .filter(mediation_notices::mediation_id.eq(series))
        .filter(mediation_notices::state.eq(PaperState::Draft))
        .order(mediation_notices::id)
        .select(PaperRow::as_select())
        .into_boxed();
    if let Some(session) = session {
        query = query.filter(mediation_notices::session_id.eq(session));
    }
    Ok(query.load(tx.conn())?)
}

/// What he was last told of a session: the kind, and the appointment it spoke of.
pub fn heard(
    tx: &mut Tx<'_>,
    series: MediationId,
    session: MediationSessionId,
) -> Result<Option<(PaperKind, Timestamp)>, DbError> {
    Ok(mediation_notices::table
        .filter(mediation_notices::mediation_id.eq(series))
        .filter(mediation_notices::session_id.eq(session))
        .filter(mediation_notices::state.eq(PaperState::Released))
        .order(mediation_notices::id.desc())
        .select((mediation_notices::kind, mediation_notices::about))
        .first(tx.conn())
        .optional()?)
}

/// Saves a paper over the version that was read, and counts on.
pub fn save(tx: &mut Tx<'_>, row: &mut PaperRow) -> Result<(), DbError> {
    let seen = row.version;
    row.version = seen.saturating_add(1);
    let this = mediation_notices::table.filter(mediation_notices::id.eq(row.id)).filter(mediation_notices::version.eq(seen));
    let done = diesel::update(this)
        .set((
            mediation_notices::state.eq(row.state),
            mediation_notices::paper.eq(&row.paper),
            mediation_notices::released_at.eq(row.released_at),
            mediation_notices::released_by.eq(row.released_by),
            mediation_notices::version.eq(row.version),
        ))
        .execute(tx.conn())?;
    if done == 1 { Ok(()) } else { Err(DbError::Retry) }
}
