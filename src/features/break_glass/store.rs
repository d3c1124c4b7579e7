//! Rows of break-glass: attempts, what became of them, rights suspended.

use std::collections::HashMap;

use diesel::prelude::*;

use super::{Answer, Finding, LiftReason, Reason};
use crate::access::can::Can;
use crate::access::{Case, Collection, Permit, Relation, SealedAs, Target, in_a_case};
use crate::base::config;
use crate::base::db::schema::{agencies, break_glass, break_glass_requests, break_glass_suspensions, grants};
use crate::base::db::{DbError, Tx, among, insert_rows};
use crate::base::ids::{AgencyId, BreakGlassId, BreakGlassRequestId, BreakGlassSuspensionId, CaseId, GrantId, UserId};
use crate::base::time::Timestamp;
use crate::base::words::{BreakGlassFinding, BreakGlassReason, BreakGlassState, BreakGlassWay, FacetSet, PartyKind};

/// An attempt as stored, hit or miss.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = break_glass_requests)]
pub(super) struct RequestRow {
    pub id: BreakGlassRequestId,
    pub user_id: UserId,
    pub agency_id: AgencyId,
    pub at: Timestamp,
    pub way: BreakGlassWay,
    pub reason_code: BreakGlassReason,
    pub facets: FacetSet,
}

/// What became of an attempt, as stored; of a miss, without a case.
#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = break_glass, treat_none_as_default_value = false)]
pub(super) struct AccessRow {
    pub id: BreakGlassId,
    pub request_id: BreakGlassRequestId,
    pub case_id: Option<CaseId>,
    pub party_kind: Option<PartyKind>,
    pub way: BreakGlassWay,
    pub user_id: UserId,
    pub agency_id: AgencyId,
    pub reason_code: BreakGlassReason,
    pub reason: SealedAs<Reason>,
    pub asked: FacetSet,
    pub asked_at: Timestamp,
    pub lapses_at: Timestamp,
    pub state: BreakGlassState,
    pub grant_id: Option<GrantId>,
    pub opened: Option<FacetSet>,
    pub opened_at: Option<Timestamp>,
    pub ends_at: Option<Timestamp>,
    pub answered_by: Option<UserId>,
    pub answered_at: Option<Timestamp>,
    pub answer: Option<SealedAs<Answer>>,
    pub finding: Option<BreakGlassFinding>,
    pub review: Option<SealedAs<Finding>>,
    pub reviewed_by: Option<UserId>,
    pub reviewed_at: Option<Timestamp>,
    pub version: i64,
}

/// A right suspended, as stored.
#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = break_glass_suspensions)]
pub(super) struct SuspensionRow {
    pub id: BreakGlassSuspensionId,
    pub break_glass_id: BreakGlassId,
    pub case_id: CaseId,
    pub user_id: UserId,
    pub agency_id: AgencyId,
    pub suspended_by: UserId,
    pub suspended_at: Timestamp,
    pub lift_reason: Option<SealedAs<LiftReason>>,
    pub lifted_by: Option<UserId>,
    pub lifted_at: Option<Timestamp>,
}

in_a_case!(BreakGlassId, "break_glass", case_of);

fn case_of(tx: &mut Tx<'_>, id: BreakGlassId) -> Result<Option<CaseId>, DbError> {
    let found: Option<Option<CaseId>> =
        break_glass::table.filter(break_glass::id.eq(id)).select(break_glass::case_id).first(tx.conn()).optional()?;
    Ok(found.flatten())
}

impl Target for BreakGlassRequestId {
    type R = Collection;
    fn record(&self) -> String {
        format!("break_glass_request/{self}")
    }
    fn locate(&self, tx: &mut Tx<'_>) -> Result<Option<Relation>, DbError> {
        Ok(request(tx, *self)?.map(|row| Relation { user: Some(row.user_id), ..Relation::default() }))
    }
}

pub(super) fn request(tx: &mut Tx<'_>, id: BreakGlassRequestId) -> Result<Option<RequestRow>, DbError> {
    let this = break_glass_requests::table.filter(break_glass_requests::id.eq(id));
    Ok(this.select(RequestRow::as_select()).first(tx.conn()).optional()?)
}

/// Holds the agency's attempts until this transaction ends: of two at once, the second counts the first.
pub(super) fn hold(tx: &mut Tx<'_>, agency: AgencyId) -> Result<(), DbError> {
    diesel::update(agencies::table.filter(agencies::id.eq(agency)))
        .set(agencies::version.eq(agencies::version))
        .execute(tx.conn())?;
    Ok(())
}

/// The attempts that fill the measures of a person and of an agency, if they are full.
pub(super) fn filled(
    tx: &mut Tx<'_>,
    (user, agency): (UserId, AgencyId),
    limits: &config::BreakGlass,
) -> Result<[Option<Timestamp>; 2], DbError> {
    let since = tx.now().plus_minutes(i64::from(limits.window_minutes).saturating_neg());
    let nth = |limit: u32| i64::from(limit).saturating_sub(1);
    let newest = || {
        break_glass_requests::table
            .filter(break_glass_requests::at.gt(since))
            .order((break_glass_requests::at.desc(), break_glass_requests::id.desc()))
            .select(break_glass_requests::at)
            .limit(1)
    };
    let of_user = newest().filter(break_glass_requests::user_id.eq(user)).offset(nth(limits.tries_per_user));
    let of_user = of_user.first(tx.conn()).optional()?;
    let of_agency = newest().filter(break_glass_requests::agency_id.eq(agency)).offset(nth(limits.tries_per_agency));
    Ok([of_user, of_agency.first(tx.conn()).optional()?])
}

pub(super) fn insert_request(tx: &mut Tx<'_>, row: &RequestRow) -> Result<(), DbError> {
    diesel::insert_into(break_glass_requests::table).values(row).execute(tx.conn())?;
    Ok(())
}

/// What somebody asked of duty desks, newest first, before `past`.
pub(super) fn requests(
    tx: &mut Tx<'_>,
    user: UserId,
    past: Option<BreakGlassRequestId>,
    limit: i64,
) -> Result<Vec<RequestRow>, DbError> {
    let mut query = break_glass_requests::table
        .filter(break_glass_requests::user_id.eq(user))
        .filter(break_glass_requests::way.eq(BreakGlassWay::DutyDesk))
        .order(break_glass_requests::id.desc())
        .limit(limit)
        .select(RequestRow::as_select())
        .into_boxed();
    if let Some(past) = past {
        query = query.filter(break_glass_requests::id.lt(past));
    }
    Ok(query.load(tx.conn())?)
}

/// Enters what an attempt came to, all by one statement.
pub(super) fn insert(tx: &mut Tx<'_>, rows: &[AccessRow]) -> Result<(), DbError> {
    insert_rows!(tx.conn(), break_glass::table, rows)?;
    Ok(())
}

/// One access of the permit's case.
pub(super) fn find<C: Can>(tx: &mut Tx<'_>, permit: &Permit<'_, C, Case>, id: BreakGlassId) -> Result<AccessRow, DbError> {
    Ok(break_glass::table
        .filter(break_glass::id.eq(id))
        .filter(break_glass::case_id.eq(permit.case()))
        .select(AccessRow::as_select())
        .first(tx.conn())?)
}

/// What one attempt came to in the permit's case.
pub(super) fn of_request<C: Can>(
    tx: &mut Tx<'_>,
    permit: &Permit<'_, C, Case>,
    request: BreakGlassRequestId,
) -> Result<Vec<AccessRow>, DbError> {
    Ok(break_glass::table
        .filter(break_glass::request_id.eq(request))
        .filter(break_glass::case_id.eq(permit.case()))
        .order(break_glass::id)
        .select(AccessRow::as_select())
        .load(tx.conn())?)
}

/// The case's accesses, newest first, before `past`.
pub(super) fn page<C: Can>(
    tx: &mut Tx<'_>,
    permit: &Permit<'_, C, Case>,
    past: Option<BreakGlassId>,
    limit: i64,
) -> Result<Vec<AccessRow>, DbError> {
    let mut query = break_glass::table
        .filter(break_glass::case_id.eq(permit.case()))
        .order(break_glass::id.desc())
        .limit(limit)
        .select(AccessRow::as_select())
        .into_boxed();
    if let Some(past) = past {
        query = query.filter(break_glass::id.lt(past));
    }
    Ok(query.load(tx.conn())?)
}

/// When the grants of these accesses were ended before their time, if they were.
pub(super) fn ended(tx: &mut Tx<'_>, rows: &[AccessRow]) -> Result<HashMap<GrantId, Timestamp>, DbError> {
    let ids: Vec<GrantId> = rows.iter().filter_map(|row| row.grant_id).collect();
    let found: Vec<(GrantId, Timestamp)> = grants::table
        .filter(among(grants::id, &ids))
        .filter(grants::ended_at.is_not_null())
        .select((grants::id, grants::ended_at.assume_not_null()))
        .load(tx.conn())?;
    Ok(found.into_iter().collect())
}

/// Saves an access over the version that was read. Errors: `Retry` where somebody else was first.
pub(super) fn save(tx: &mut Tx<'_>, row: &mut AccessRow) -> Result<(), DbError> {
    let seen = row.version;
    row.version = seen.saturating_add(1);
    let done = diesel::update(break_glass::table.filter(break_glass::id.eq(row.id)).filter(break_glass::version.eq(seen)))
        .set((
            break_glass::state.eq(row.state),
            break_glass::grant_id.eq(row.grant_id),
            break_glass::opened.eq(row.opened),
            break_glass::opened_at.eq(row.opened_at),
            break_glass::ends_at.eq(row.ends_at),
            break_glass::answered_by.eq(row.answered_by),
            break_glass::answered_at.eq(row.answered_at),
            break_glass::answer.eq(&row.answer),
            break_glass::finding.eq(row.finding),
            break_glass::review.eq(&row.review),
            break_glass::reviewed_by.eq(row.reviewed_by),
            break_glass::reviewed_at.eq(row.reviewed_at),
            break_glass::version.eq(row.version),
        ))
        .execute(tx.conn())?;
    if done == 1 { Ok(()) } else { Err(DbError::Retry) }
}

/// Nobody answered in time; whether it still waited.
pub(super) fn lapse(tx: &mut Tx<'_>, id: BreakGlassId) -> Result<bool, DbError> {
    let this = break_glass::table.filter(break_glass::id.eq(id)).filter(break_glass::state.eq(BreakGlassState::Asked));
    let done = diesel::update(this)
        .set((break_glass::state.eq(BreakGlassState::Lapsed), break_glass::version.eq(break_glass::version + 1)))
        .execute(tx.conn())?;
    Ok(done == 1)
}

/// Whether somebody's right is suspended.
pub(super) fn is_suspended(tx: &mut Tx<'_>, user: UserId) -> Result<bool, DbError> {
    let found: Option<BreakGlassSuspensionId> = break_glass_suspensions::table
        .filter(break_glass_suspensions::user_id.eq(user))
        .filter(break_glass_suspensions::lifted_at.is_null())
        .select(break_glass_suspensions::id)
        .first(tx.conn())
        .optional()?;
    Ok(found.is_some())
}

pub(super) fn suspend(tx: &mut Tx<'_>, row: &SuspensionRow) -> Result<(), DbError> {
    diesel::insert_into(break_glass_suspensions::table).values(row).execute(tx.conn())?;
    Ok(())
}

/// The suspensions that these accesses cost.
pub(super) fn suspensions(tx: &mut Tx<'_>, ids: &[BreakGlassId]) -> Result<HashMap<BreakGlassId, SuspensionRow>, DbError> {
    let rows: Vec<SuspensionRow> = break_glass_suspensions::table
        .filter(among(break_glass_suspensions::break_glass_id, ids))
        .select(SuspensionRow::as_select())
        .load(tx.conn())?;
    Ok(rows.into_iter().map(|row| (row.break_glass_id, row)).collect())
}

/// Gives a right back. Errors: `Retry` where somebody else has.
pub(super) fn lift(tx: &mut Tx<'_>, id: BreakGlassSuspensionId, by: UserId, why: &SealedAs<LiftReason>) -> Result<(), DbError> {
    let now = tx.now();
    let this = break_glass_suspensions::table
        .filter(break_glass_suspensions::id.eq(id))
        .filter(break_glass_suspensions::lifted_at.is_null());
    let done = diesel::update(this)
        .set((
            break_glass_suspensions::lifted_at.eq(now),
            break_glass_suspensions::lifted_by.eq(by),
            break_glass_suspensions::lift_reason.eq(Some(why)),
        ))
        .execute(tx.conn())?;
    if done == 1 { Ok(()) } else { Err(DbError::Retry) }
}
