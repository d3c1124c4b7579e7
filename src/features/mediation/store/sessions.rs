//! Sessions.

use diesel::prelude::*;
use serde::{Deserialize, Serialize};

use crate::access::facets::Mediation;
use crate::access::{Content, Sealed, in_a_case};
use crate::base::db::schema::mediation_sessions;
use crate::base::db::{DbError, Tx, among};
use crate::base::ids::{AgencyId, CaseId, MediationId, MediationSessionId, UserId};
use crate::base::text::{RoomCode, Text};
use crate::base::time::Timestamp;
use crate::base::words::{SessionOutcome, SessionState};

/// Where it is held: sealed, since with its time it says where she will be.
#[derive(Serialize, Deserialize)]
pub struct Room {
    pub room: RoomCode,
}

impl Content for Room {
    const TABLE: &'static str = "mediation_sessions";
    const COLUMN: &'static str = "room";
}

/// The record of a held session.
#[derive(Serialize, Deserialize)]
pub struct Record {
    pub record: Text,
}

impl Content for Record {
    const TABLE: &'static str = "mediation_sessions";
    const COLUMN: &'static str = "record";
}

/// A session as stored.
#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = mediation_sessions)]
pub struct SessionRow {
    pub id: MediationSessionId,
    pub mediation_id: MediationId,
    pub case_id: CaseId,
    pub state: SessionState,
    pub outcome: Option<SessionOutcome>,
    pub starts_at: Timestamp,
    pub ends_at: Timestamp,
    pub office_id: AgencyId,
    pub room: Sealed<Mediation, Room>,
    pub mediator_id: UserId,
    pub worker_id: Option<UserId>,
    pub record: Option<Sealed<Mediation, Record>>,
    pub version: i64,
}

in_a_case!(MediationSessionId, "mediation_session", case_of);

fn case_of(tx: &mut Tx<'_>, id: MediationSessionId) -> Result<Option<CaseId>, DbError> {
    let row = mediation_sessions::table.filter(mediation_sessions::id.eq(id)).select(mediation_sessions::case_id);
    Ok(row.first(tx.conn()).optional()?)
}

/// Enters a session.
pub fn insert(tx: &mut Tx<'_>, row: &SessionRow) -> Result<(), DbError> {
    diesel::insert_into(mediation_sessions::table).values(row).execute(tx.conn())?;
    Ok(())
}

/// One session of a case.
pub fn find(tx: &mut Tx<'_>, case: CaseId, id: MediationSessionId) -> Result<SessionRow, DbError> {
    Ok(mediation_sessions::table
        .filter(mediation_sessions::id.eq(id))
        .filter(mediation_sessions::case_id.eq(case))
        .select(SessionRow::as_select())
        .first(tx.conn())?)
}

/// Sessions of a series, newest first, before `past`.
pub fn page(
    tx: &mut Tx<'_>,
    series: MediationId,
    past: Option<MediationSessionId>,
    limit: i64,
) -> Result<Vec<SessionRow>, DbError> {
    let mut query = mediation_sessions::table
        .filter(mediation_sessions::mediation_id.eq(series))
        .order(mediation_sessions::id.desc())
        .limit(limit)
        .select(SessionRow::as_select())
        .into_boxed();
    if let Some(past) = past {
        query = query.filter(mediation_sessions::id.lt(past));
    }
    Ok(query.load(tx.conn())?)
}

/// Sessions of a series in one of these states.
pub fn in_states(tx: &mut Tx<'_>, series: MediationId, states: &[SessionState]) -> Result<Vec<SessionRow>, DbError> {
    Ok(mediation_sessions::table
        .filter(mediation_sessions::mediation_id.eq(series))
        .filter(among(mediation_sessions::state, states))
        .order(mediation_sessions::id)
        .select(SessionRow::as_select())
        .load(tx.conn())?)
}

/// The series' session that is latest by its time; none, where it has none.
pub fn last(tx: &mut Tx<'_>, series: MediationId) -> Result<Option<SessionRow>, DbError> {
    Ok(mediation_sessions::table
        .filter(mediation_sessions::mediation_id.eq(series))
        .order((mediation_sessions::starts_at.desc(), mediation_sessions::id.desc()))
        .select(SessionRow::as_select())
        .first(tx.conn())
        .optional()?)
}

/// A session in short: its series, itself, when it begins, its state, its outcome.
pub type Short = (MediationId, MediationSessionId, Timestamp, SessionState, Option<SessionOutcome>);

/// The sessions of these series in short, newest first.
pub fn short(tx: &mut Tx<'_>, series: &[MediationId]) -> Result<Vec<Short>, DbError> {
    Ok(mediation_sessions::table
        .filter(among(mediation_sessions::mediation_id, series))
        .order(mediation_sessions::id.desc())
        .select((
            mediation_sessions::mediation_id,
            mediation_sessions::id,
            mediation_sessions::starts_at,
            mediation_sessions::state,
            mediation_sessions::outcome,
        ))
        .load(tx.conn())?)
}

/// Scheduled sessions at which a person sits, from then on, soonest first: each with its case, its beginning and end.
pub fn sittings(
    tx: &mut Tx<'_>,
    user: UserId,
    from: Timestamp,
    limit: i64,
) -> Result<Vec<(MediationSessionId, CaseId, Timestamp, Timestamp)>, DbError> {
    let scheduled = || {
        mediation_sessions::table
            .filter(mediation_sessions::state.eq(SessionState::Scheduled))
            .filter(mediation_sessions::starts_at.ge(from))
            .order((mediation_sessions::starts_at, mediation_sessions::id))
            .limit(limit)
            .select((
                mediation_sessions::id,
                mediation_sessions::case_id,
                mediation_sessions::starts_at,
                mediation_sessions::ends_at,
            ))
    };
    // Two reads, each over an index that begins with the person.
    let mut found: Vec<(MediationSessionId, CaseId, Timestamp, Timestamp)> =
        scheduled().filter(mediation_sessions::mediator_id.eq(user)).load(tx.conn())?;
    found.extend(
        scheduled()
            .filter(mediation_sessions::worker_id.eq(user))
            .load::<(MediationSessionId, CaseId, Timestamp, Timestamp)>(tx.conn())?,
    );
    found.sort_by_key(|(id, _, starts_at, _)| (*starts_at, *id));
    found.dedup_by_key(|(id, ..)| *id);
    Ok(found)
}

/// Saves a session over the version that was read, and counts on.
pub fn save(tx: &mut Tx<'_>, row: &mut SessionRow) -> Result<(), DbError> {
    let seen = row.version;
    row.version = seen.saturating_add(1);
    let this = mediation_sessions::table.filter(mediation_sessions::id.eq(row.id)).filter(mediation_sessions::version.eq(seen));
    let done = diesel::update(this)
        .set((
            mediation_sessions::state.eq(row.state),
            mediation_sessions::outcome.eq(row.outcome),
            mediation_sessions::starts_at.eq(row.starts_at),
            mediation_sessions::ends_at.eq(row.ends_at),
            mediation_sessions::record.eq(&row.record),
            mediation_sessions::version.eq(row.version),
        ))
        .execute(tx.conn())?;
    if done == 1 { Ok(()) } else { Err(DbError::Retry) }
}
