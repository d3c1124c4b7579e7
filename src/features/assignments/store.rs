//! Rows of assignments and of the places that cases take of a contract's lines.

use diesel::prelude::*;

use super::rules::Standing;
use super::{AssignmentPart, EndReason, EndWhy, OverrideReason};
use crate::access::can::Can;
use crate::access::{Case, Permit, Sealed, User, facets};
use crate::audit::verify::row_digests;
use crate::base::db::schema::{assignments, contract_lines, quota_places};
use crate::base::db::{DbError, Tx, among};
use crate::base::ids::{AgencyId, AssignmentId, CaseId, ContractId, ContractLineId, UserId};
use crate::base::time::{Day, Timestamp};
use crate::base::words::HelpKind;

/// An assignment as stored.
#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = assignments)]
pub struct AssignmentRow {
    pub id: AssignmentId,
    pub case_id: CaseId,
    pub contract_id: ContractId,
    pub line_id: ContractLineId,
    pub provider_id: AgencyId,
    pub user_id: UserId,
    pub part: AssignmentPart,
    pub last_day: Day,
    pub replaces: Option<AssignmentId>,
    pub is_beyond_quota: bool,
    pub override_reason: Option<Sealed<facets::Progress, OverrideReason>>,
    pub started_at: Timestamp,
    pub started_by: UserId,
    pub ended_at: Option<Timestamp>,
    pub ended_why: Option<EndWhy>,
    pub end_reason: Option<Sealed<facets::Progress, EndReason>>,
    pub version: i64,
}

impl AssignmentRow {
    /// What the rules look at.
    pub const fn standing(&self) -> Standing {
        Standing { id: self.id, user: self.user_id, part: self.part, last_day: self.last_day }
    }
    /// What its digest in the audit log is made of: everything but sealed reasons.
    pub fn plain(&self) -> impl serde::Serialize {
        (
            (self.id, self.case_id, self.contract_id, self.line_id, self.provider_id, self.user_id),
            (self.part, self.last_day, self.replaces, self.is_beyond_quota),
            (self.started_at, self.started_by, self.ended_at, self.ended_why, self.version),
        )
    }
    /// Its name in events, grants and on desks.
    pub fn record(&self) -> String {
        record(self.id)
    }
}

/// An assignment's name in events, grants and on desks.
pub fn record(id: AssignmentId) -> String {
    format!("assignment/{id}")
}

/// The case of an assignment: the gate resolves its id by it.
pub fn case_of(tx: &mut Tx<'_>, id: AssignmentId) -> Result<Option<CaseId>, DbError> {
    Ok(assignments::table.filter(assignments::id.eq(id)).select(assignments::case_id).first(tx.conn()).optional()?)
}

crate::access::in_a_case!(AssignmentId, "assignment", case_of);

/// One assignment of the permit's case.
pub fn find<C: Can>(tx: &mut Tx<'_>, permit: &Permit<'_, C, Case>, id: AssignmentId) -> Result<Option<AssignmentRow>, DbError> {
    Ok(assignments::table
        .filter(assignments::id.eq(id))
        .filter(assignments::case_id.eq(permit.case()))
        .select(AssignmentRow::as_select())
        .first(tx.conn())
        .optional()?)
}

/// Assignments of the permit's case that were not ended.
pub fn live<C: Can>(tx: &mut Tx<'_>, permit: &Permit<'_, C, Case>) -> Result<Vec<AssignmentRow>, DbError> {
    Ok(assignments::table
        .filter(assignments::case_id.eq(permit.case()))
        .filter(assignments::ended_at.is_null())
        .order(assignments::id)
        .select(AssignmentRow::as_select())
        .load(tx.conn())?)
}

/// Assignments of the permit's case, newest first, before `past`; of one provider, where it is said.
pub fn page<C: Can>(
    tx: &mut Tx<'_>,
    permit: &Permit<'_, C, Case>,
    provider: Option<AgencyId>,
    past: Option<AssignmentId>,
    limit: i64,
) -> Result<Vec<AssignmentRow>, DbError> {
    let mut query = assignments::table
        .filter(assignments::case_id.eq(permit.case()))
        .order(assignments::id.desc())
        .limit(limit)
        .select(AssignmentRow::as_select())
        .into_boxed();
    if let Some(provider) = provider {
        query = query.filter(assignments::provider_id.eq(provider));
    }
    if let Some(past) = past {
        query = query.filter(assignments::id.lt(past));
    }
    Ok(query.load(tx.conn())?)
}

/// Enters an assignment.
pub fn insert<C: Can>(tx: &mut Tx<'_>, permit: &Permit<'_, C, Case>, row: &AssignmentRow) -> Result<(), DbError> {
    diesel::insert_into(assignments::table).values(row).execute(tx.conn())?;
    permit.changed_row("assignment", (row.id.as_str(), row.version), &["worker", "contract", "part"], &row.plain())
}

/// Ends an assignment, if it still was as it was seen.
pub fn end<C: Can>(tx: &mut Tx<'_>, permit: &Permit<'_, C, Case>, row: &mut AssignmentRow, why: EndWhy) -> Result<(), DbError> {
    let (now, seen) = (tx.now(), row.version);
    row.ended_at = Some(now);
    row.ended_why = Some(why);
    row.version = seen.saturating_add(1);
    let this = assignments::table.filter(assignments::id.eq(row.id)).filter(assignments::version.eq(seen));
    let done = diesel::update(this)
        .set((
            assignments::ended_at.eq(row.ended_at),
            assignments::ended_why.eq(row.ended_why),
            assignments::end_reason.eq(row.end_reason.as_ref()),
            assignments::version.eq(row.version),
        ))
        .execute(tx.conn())?;
    if done != 1 {
        return Err(DbError::Retry);
    }
    permit.changed_row("assignment", (row.id.as_str(), row.version), &["ended_at"], &row.plain())
}

/// A worker's assignments that were not ended, over all cases.
pub fn live_of_worker(tx: &mut Tx<'_>, user: UserId) -> Result<Vec<AssignmentRow>, DbError> {
    Ok(assignments::table
        .filter(assignments::user_id.eq(user))
        .filter(assignments::ended_at.is_null())
        .order(assignments::id)
        .select(AssignmentRow::as_select())
        .load(tx.conn())?)
}

/// Gives an assignment to this worker, with the part it now has; or to nobody: then it ends. It goes by no case's permit,
/// since whoever hands a leaver's cases over may see none of them.
pub fn pass<C: Can>(
    tx: &mut Tx<'_>,
    permit: &Permit<'_, C, User>,
    mut row: AssignmentRow,
    to: Option<UserId>,
) -> Result<(), DbError> {
    let seen = row.version;
    row.version = seen.saturating_add(1);
    if let Some(to) = to {
        row.user_id = to;
    } else {
        (row.ended_at, row.ended_why) = (Some(tx.now()), Some(EndWhy::Withdrawn));
    }
    let done = diesel::update(assignments::table.filter(assignments::id.eq(row.id)).filter(assignments::version.eq(seen)))
        .set((
            assignments::user_id.eq(row.user_id),
            assignments::part.eq(row.part),
            assignments::ended_at.eq(row.ended_at),
            assignments::ended_why.eq(row.ended_why),
            assignments::version.eq(row.version),
        ))
        .execute(tx.conn())?;
    if done != 1 {
        return Err(DbError::Retry);
    }
    permit.changed_row("assignment", (row.id.as_str(), row.version), &["worker", "part", "ended_at"], &row.plain())
}

/// The place of the line that the permit's case has: the case of its household that took it first.
pub fn place_of<C: Can>(tx: &mut Tx<'_>, permit: &Permit<'_, C, Case>, line: ContractLineId) -> Result<Option<CaseId>, DbError> {
    Ok(quota_places::table
        .filter(quota_places::case_id.eq(permit.case()))
        .filter(quota_places::line_id.eq(line))
        .select(quota_places::household)
        .first(tx.conn())
        .optional()?)
}

/// Whether the permit's case has a place of the line.
pub fn has_place<C: Can>(tx: &mut Tx<'_>, permit: &Permit<'_, C, Case>, line: ContractLineId) -> Result<bool, DbError> {
    Ok(place_of(tx, permit, line)?.is_some())
}

/// The place of the line that one of these cases has already, by the case that took it first.
pub fn place_among(tx: &mut Tx<'_>, line: ContractLineId, cases: &[CaseId]) -> Result<Option<CaseId>, DbError> {
    Ok(quota_places::table
        .filter(quota_places::line_id.eq(line))
        .filter(among(quota_places::case_id, cases))
        .order(quota_places::household)
        .select(quota_places::household)
        .first(tx.conn())
        .optional()?)
}

/// Notes that the permit's case took a place, or shares that of `household`. `Retry` where it did so a moment ago: run
/// again, it will have one.
pub fn take_place<C: Can>(
    tx: &mut Tx<'_>,
    permit: &Permit<'_, C, Case>,
    line: ContractLineId,
    household: CaseId,
) -> Result<(), DbError> {
    let place = (
        quota_places::case_id.eq(permit.case()),
        quota_places::line_id.eq(line),
        quota_places::taken_at.eq(tx.now()),
        quota_places::household.eq(household),
    );
    match diesel::insert_into(quota_places::table).values(place).execute(tx.conn()).map_err(DbError::from) {
        Ok(_) => Ok(()),
        Err(DbError::Unique) => Err(DbError::Retry),
        Err(error) => Err(error),
    }
}

/// Notes that the permit's case gave its place back; whether it had one that no other case of its household has still.
pub fn give_back<C: Can>(tx: &mut Tx<'_>, permit: &Permit<'_, C, Case>, line: ContractLineId) -> Result<bool, DbError> {
    let of_line = || quota_places::table.filter(quota_places::line_id.eq(line));
    let own = || of_line().filter(quota_places::case_id.eq(permit.case()));
    let household: Option<CaseId> = own().select(quota_places::household).first(tx.conn()).optional()?;
    let Some(household) = household else { return Ok(false) };
    diesel::delete(own()).execute(tx.conn())?;
    let shared: Option<CaseId> =
        of_line().filter(quota_places::household.eq(household)).select(quota_places::case_id).first(tx.conn()).optional()?;
    Ok(shared.is_none())
}

/// Assignments of a worker that were not ended and whose contract's last day is not over.
pub fn count_live(tx: &mut Tx<'_>, user: UserId, today: Day) -> Result<i64, DbError> {
    Ok(assignments::table
        .filter(assignments::user_id.eq(user))
        .filter(assignments::ended_at.is_null())
        .filter(assignments::last_day.ge(today))
        .count()
        .get_result(tx.conn())?)
}

row_digests! {
    /// Digests of all assignments.
    digests: assignments as AssignmentRow, |row| (row.id.as_str(), row.version) => &row.plain()
}

/// Which cases these providers' workers are assigned to today, and for which help.
pub fn live_of_providers(tx: &mut Tx<'_>, providers: &[AgencyId]) -> Result<Vec<(AgencyId, HelpKind, CaseId)>, DbError> {
    let today = tx.now().day();
    Ok(assignments::table
        .inner_join(contract_lines::table.on(contract_lines::id.eq(assignments::line_id)))
        .filter(among(assignments::provider_id, providers))
        .filter(assignments::ended_at.is_null())
        .filter(assignments::last_day.ge(today))
        .select((assignments::provider_id, contract_lines::service, assignments::case_id))
        .load(tx.conn())?)
}
