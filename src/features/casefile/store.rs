//! Rows of the case's own record.

use diesel::prelude::*;

use super::{ClosingWords, IncidentInput, Plan, ReportedBy};
use crate::access::can::Can;
use crate::access::facets::{Incident, Progress};
use crate::access::{Case, Permit, Sealed, SealedAs};
use crate::base::db::schema::{case_closings, case_reports, case_standing, cases};
use crate::base::db::{DbError, Tx, among};
use crate::base::ids::{CaseId, ClosingId, UserId};
use crate::base::time::Timestamp;
use crate::base::words::{CaseOutcome, CaseSource};

/// A case's own row.
#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = cases)]
pub(super) struct CaseRow {
    pub case_id: CaseId,
    pub source: CaseSource,
    pub incident: Option<Sealed<Incident, IncidentInput>>,
    pub plan: Option<Sealed<Progress, Plan>>,
    pub closing_id: Option<ClosingId>,
    pub outcome: Option<CaseOutcome>,
    pub opened_at: Option<Timestamp>,
    pub closed_at: Option<Timestamp>,
    pub version: i64,
}

/// A time that closing was asked for.
#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = case_closings)]
pub(super) struct ClosingRow {
    pub id: ClosingId,
    pub case_id: CaseId,
    pub outcome: CaseOutcome,
    pub words: Sealed<Progress, ClosingWords>,
    pub requested_by: UserId,
    pub requested_at: Timestamp,
}

/// Whether a case has this number.
pub(super) fn has_number(tx: &mut Tx<'_>, number: &str) -> Result<bool, DbError> {
    let found: Option<CaseId> = case_standing::table
        .filter(case_standing::case_no.eq(number.to_owned()))
        .select(case_standing::case_id)
        .first(tx.conn())
        .optional()?;
    Ok(found.is_some())
}

pub(super) fn insert(tx: &mut Tx<'_>, row: &CaseRow) -> Result<(), DbError> {
    diesel::insert_into(cases::table).values(row).execute(tx.conn())?;
    Ok(())
}

/// The permit's case.
pub(super) fn find<C: Can>(tx: &mut Tx<'_>, permit: &Permit<'_, C, Case>) -> Result<CaseRow, DbError> {
    Ok(cases::table.filter(cases::case_id.eq(permit.case())).select(CaseRow::as_select()).first(tx.conn())?)
}

/// Saves the case's row over the version that was read.
pub(super) fn save(tx: &mut Tx<'_>, row: &CaseRow) -> Result<(), DbError> {
    let done = diesel::update(cases::table.filter(cases::case_id.eq(row.case_id)).filter(cases::version.eq(row.version)))
        .set((
            cases::incident.eq(&row.incident),
            cases::plan.eq(&row.plan),
            cases::closing_id.eq(row.closing_id),
            cases::outcome.eq(row.outcome),
            cases::opened_at.eq(row.opened_at),
            cases::closed_at.eq(row.closed_at),
            cases::version.eq(row.version.saturating_add(1)),
        ))
        .execute(tx.conn())?;
    if done == 1 { Ok(()) } else { Err(DbError::Retry) }
}

/// Those of these that are not closed, or were closed since then.
pub(super) fn alive_since(tx: &mut Tx<'_>, ids: &[CaseId], since: Timestamp) -> Result<Vec<CaseId>, DbError> {
    Ok(cases::table
        .filter(among(cases::case_id, ids))
        .filter(cases::closed_at.is_null().or(cases::closed_at.ge(since)))
        .order(cases::case_id)
        .select(cases::case_id)
        .load(tx.conn())?)
}

/// Writes who reported, in the writer's own row; nothing takes the row away.
pub(super) fn put_report(
    tx: &mut Tx<'_>,
    case: CaseId,
    author: UserId,
    report: Option<&SealedAs<ReportedBy>>,
) -> Result<(), DbError> {
    let own = case_reports::table.filter(case_reports::case_id.eq(case)).filter(case_reports::author_id.eq(author));
    let Some(report) = report else {
        diesel::delete(own).execute(tx.conn())?;
        return Ok(());
    };
    let done = diesel::update(own).set(case_reports::reported_by.eq(report)).execute(tx.conn())?;
    if done == 0 {
        diesel::insert_into(case_reports::table)
            .values((case_reports::case_id.eq(case), case_reports::author_id.eq(author), case_reports::reported_by.eq(report)))
            .execute(tx.conn())?;
    }
    Ok(())
}

pub(super) fn insert_closing(tx: &mut Tx<'_>, row: &ClosingRow) -> Result<(), DbError> {
    diesel::insert_into(case_closings::table).values(row).execute(tx.conn())?;
    Ok(())
}

/// The case's own record: its row, who reported by who wrote it down, and each time that closing was asked for, newest
/// first.
pub(super) struct Whole {
    pub row: CaseRow,
    pub reports: Vec<(UserId, SealedAs<ReportedBy>)>,
    pub closings: Vec<ClosingRow>,
}

type Report = (UserId, SealedAs<ReportedBy>);

/// All of the permit's case in one read: there are few reports and closings, and mostly none.
pub(super) fn whole<C: Can>(tx: &mut Tx<'_>, permit: &Permit<'_, C, Case>) -> Result<Whole, DbError> {
    let rows: Vec<(CaseRow, Option<Report>, Option<ClosingRow>)> = cases::table
        .left_join(case_reports::table.on(case_reports::case_id.eq(cases::case_id)))
        .left_join(case_closings::table.on(case_closings::case_id.eq(cases::case_id)))
        .filter(cases::case_id.eq(permit.case()))
        .order((case_closings::id.desc(), case_reports::author_id))
        .select((
            CaseRow::as_select(),
            (case_reports::author_id, case_reports::reported_by).nullable(),
            Option::<ClosingRow>::as_select(),
        ))
        .load(tx.conn())?;
    let (mut whole, mut reports, mut closings): (Option<CaseRow>, Vec<Report>, Vec<ClosingRow>) = (None, Vec::new(), Vec::new());
    // Each closing comes once with each report.
    for (row, report, closing) in rows {
        whole.get_or_insert(row);
        if let Some(report) = report
            && reports.iter().all(|(author, _)| *author != report.0)
        {
            reports.push(report);
        }
        if let Some(closing) = closing
            && closings.last().is_none_or(|last| last.id != closing.id)
        {
            closings.push(closing);
        }
    }
    let row = whole.ok_or(DbError::Corrupt("a case without its record"))?;
    Ok(Whole { row, reports, closings })
}

/// Each time that closing was asked for, newest first.
pub(super) fn closings<C: Can>(tx: &mut Tx<'_>, permit: &Permit<'_, C, Case>) -> Result<Vec<ClosingRow>, DbError> {
    Ok(case_closings::table
        .filter(case_closings::case_id.eq(permit.case()))
        .order(case_closings::id.desc())
        .select(ClosingRow::as_select())
        .load(tx.conn())?)
}
