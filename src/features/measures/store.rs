//! Rows of measures, of what happened to them, and of visits. The case comes from the permit.

use diesel::prelude::*;

use super::{EntryWords, MeasureWords, VisitWords};
use crate::access::can::Can;
use crate::access::holdings::{self, Holding};
use crate::access::{Case, Permit, SealedAs, in_a_case};
use crate::base::db::schema::{measure_entries, measure_visits, measures};
use crate::base::db::{DbError, Tx};
use crate::base::ids::{AgencyId, CaseId, MeasureEntryId, MeasureId, MeasureVisitId, UserId};
use crate::base::time::{Day, Timestamp};
use crate::base::words::{MeasureKind, VisitState};

/// A measure as stored.
#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = measures)]
pub struct MeasureRow {
    /// Its id.
    pub id: MeasureId,
    /// The case.
    pub case_id: CaseId,
    /// What it is.
    pub kind: MeasureKind,
    /// Its state, in the words of its kind.
    pub state: String,
    /// The police station.
    pub station_id: Option<AgencyId>,
    /// The court.
    pub court_id: Option<AgencyId>,
    /// The residents' committee.
    pub committee_id: Option<AgencyId>,
    /// Of a protection order: urgent. Of a police matter: a crime is suspected.
    pub flag: bool,
    /// From which day.
    pub begins_on: Option<Day>,
    /// Until and with which day.
    pub ends_on: Option<Day>,
    /// What is written of it.
    pub words: SealedAs<MeasureWords>,
    /// Who recorded it.
    pub recorded_by: UserId,
    /// Of which agency.
    pub recorded_agency: AgencyId,
    /// When.
    pub recorded_at: Timestamp,
    /// Counts its changes.
    pub version: i64,
}

/// Something that happened to a measure, as stored.
#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = measure_entries)]
pub(super) struct EntryRow {
    pub id: MeasureEntryId,
    pub measure_id: MeasureId,
    pub case_id: CaseId,
    pub kind: String,
    pub at: Timestamp,
    pub words: SealedAs<EntryWords>,
    pub recorded_by: UserId,
    pub recorded_agency: AgencyId,
    pub recorded_at: Timestamp,
}

/// A visit as stored.
#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = measure_visits)]
pub struct VisitRow {
    /// Its id.
    pub id: MeasureVisitId,
    /// The admonition.
    pub measure_id: MeasureId,
    /// The case.
    pub case_id: CaseId,
    /// Planned, kept or missed.
    pub state: VisitState,
    /// By when it is to be made.
    pub due_on: Day,
    /// Who set out on it.
    pub visitor_id: Option<UserId>,
    /// When.
    pub set_out_at: Option<Timestamp>,
    /// When they said they would be back.
    pub back_by: Option<Timestamp>,
    /// When it was made, or found missed.
    pub done_at: Option<Timestamp>,
    pub(super) words: Option<SealedAs<VisitWords>>,
    /// Who recorded it.
    pub recorded_by: Option<UserId>,
    /// Of which agency.
    pub recorded_agency: Option<AgencyId>,
    /// Counts its changes.
    pub version: i64,
}

in_a_case!(MeasureId, "measure", case_of);
in_a_case!(MeasureVisitId, "measure_visit", case_of_visit);

fn case_of(tx: &mut Tx<'_>, id: MeasureId) -> Result<Option<CaseId>, DbError> {
    Ok(measures::table.filter(measures::id.eq(id)).select(measures::case_id).first(tx.conn()).optional()?)
}

fn case_of_visit(tx: &mut Tx<'_>, id: MeasureVisitId) -> Result<Option<CaseId>, DbError> {
    let found = measure_visits::table.filter(measure_visits::id.eq(id)).select(measure_visits::case_id);
    Ok(found.first(tx.conn()).optional()?)
}

pub(super) fn insert(tx: &mut Tx<'_>, row: &MeasureRow) -> Result<(), DbError> {
    diesel::insert_into(measures::table).values(row).execute(tx.conn())?;
    holdings::note(tx, row.case_id, Holding::Measures)
}

/// One measure of the permit's case, of this kind.
pub(super) fn find<C: Can>(
    tx: &mut Tx<'_>,
    permit: &Permit<'_, C, Case>,
    kind: MeasureKind,
    id: MeasureId,
) -> Result<MeasureRow, DbError> {
    Ok(measures::table
        .filter(measures::id.eq(id))
        .filter(measures::kind.eq(kind))
        .filter(measures::case_id.eq(permit.case()))
        .select(MeasureRow::as_select())
        .first(tx.conn())?)
}

/// The case's measures of one kind, newest first, before `past`; `of`: of this agency alone.
pub(super) fn page<C: Can>(
    tx: &mut Tx<'_>,
    permit: &Permit<'_, C, Case>,
    kind: MeasureKind,
    of: Option<AgencyId>,
    past: Option<MeasureId>,
    limit: i64,
) -> Result<Vec<MeasureRow>, DbError> {
    let mut query = measures::table
        .filter(measures::case_id.eq(permit.case()))
        .filter(measures::kind.eq(kind))
        .order(measures::id.desc())
        .limit(limit)
        .select(MeasureRow::as_select())
        .into_boxed();
    if let Some(agency) = of {
        query = query.filter(measures::recorded_agency.eq(agency).or(measures::station_id.eq(agency).assume_not_null()));
    }
    if let Some(past) = past {
        query = query.filter(measures::id.lt(past));
    }
    Ok(query.load(tx.conn())?)
}

/// Everything the case has, newest first.
pub(super) fn all<C: Can>(tx: &mut Tx<'_>, permit: &Permit<'_, C, Case>) -> Result<Vec<MeasureRow>, DbError> {
    Ok(measures::table
        .filter(measures::case_id.eq(permit.case()))
        .order(measures::id.desc())
        .select(MeasureRow::as_select())
        .load(tx.conn())?)
}

/// Saves a measure over the version that was read, and counts on.
pub(super) fn save(tx: &mut Tx<'_>, row: &mut MeasureRow) -> Result<(), DbError> {
    let seen = row.version;
    row.version = seen.saturating_add(1);
    let done = diesel::update(measures::table.filter(measures::id.eq(row.id)).filter(measures::version.eq(seen)))
        .set((
            measures::state.eq(&row.state),
            measures::station_id.eq(row.station_id),
            measures::court_id.eq(row.court_id),
            measures::committee_id.eq(row.committee_id),
            measures::flag.eq(row.flag),
            measures::begins_on.eq(row.begins_on),
            measures::ends_on.eq(row.ends_on),
            measures::words.eq(&row.words),
            measures::version.eq(row.version),
        ))
        .execute(tx.conn())?;
    if done == 1 { Ok(()) } else { Err(DbError::Retry) }
}

pub(super) fn insert_entry(tx: &mut Tx<'_>, row: &EntryRow) -> Result<(), DbError> {
    diesel::insert_into(measure_entries::table).values(row).execute(tx.conn())?;
    Ok(())
}

/// What happened to a measure, oldest first.
pub(super) fn entries(tx: &mut Tx<'_>, id: MeasureId) -> Result<Vec<EntryRow>, DbError> {
    Ok(measure_entries::table
        .filter(measure_entries::measure_id.eq(id))
        .order(measure_entries::id)
        .select(EntryRow::as_select())
        .load(tx.conn())?)
}

pub(super) fn insert_visit(tx: &mut Tx<'_>, row: &VisitRow) -> Result<(), DbError> {
    diesel::insert_into(measure_visits::table).values(row).execute(tx.conn())?;
    Ok(())
}

/// A visit of the permit's case.
pub(super) fn visit<C: Can>(tx: &mut Tx<'_>, permit: &Permit<'_, C, Case>, id: MeasureVisitId) -> Result<VisitRow, DbError> {
    Ok(measure_visits::table
        .filter(measure_visits::id.eq(id))
        .filter(measure_visits::case_id.eq(permit.case()))
        .select(VisitRow::as_select())
        .first(tx.conn())?)
}

/// A measure's visits, newest first, before `past`.
pub(super) fn visits(tx: &mut Tx<'_>, id: MeasureId, past: Option<MeasureVisitId>, limit: i64) -> Result<Vec<VisitRow>, DbError> {
    let mut query = measure_visits::table
        .filter(measure_visits::measure_id.eq(id))
        .order(measure_visits::id.desc())
        .limit(limit)
        .select(VisitRow::as_select())
        .into_boxed();
    if let Some(past) = past {
        query = query.filter(measure_visits::id.lt(past));
    }
    Ok(query.load(tx.conn())?)
}

/// Saves a visit over the version that was read, and counts on.
pub(super) fn save_visit(tx: &mut Tx<'_>, row: &mut VisitRow) -> Result<(), DbError> {
    let seen = row.version;
    row.version = seen.saturating_add(1);
    let this = measure_visits::table.filter(measure_visits::id.eq(row.id)).filter(measure_visits::version.eq(seen));
    let done = diesel::update(this)
        .set((
            measure_visits::state.eq(row.state),
            measure_visits::visitor_id.eq(row.visitor_id),
            measure_visits::set_out_at.eq(row.set_out_at),
            measure_visits::back_by.eq(row.back_by),
            measure_visits::done_at.eq(row.done_at),
            measure_visits::words.eq(&row.words),
            measure_visits::recorded_by.eq(row.recorded_by),
            measure_visits::recorded_agency.eq(row.recorded_agency),
            measure_visits::version.eq(row.version),
        ))
        .execute(tx.conn())?;
    if done == 1 { Ok(()) } else { Err(DbError::Retry) }
}
