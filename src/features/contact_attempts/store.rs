//! Rows of attempts and of supervisors' words.

use diesel::prelude::*;

use super::{ContactWay, Words};
use crate::access::can::Can;
use crate::access::facets::Progress;
use crate::access::{Case, Permit, Sealed, in_a_case};
use crate::base::db::schema::{contact_approvals, contact_attempts};
use crate::base::db::{DbError, Tx};
use crate::base::ids::{AgencyId, CaseId, ContactApprovalId, ContactAttemptId, UserId};
use crate::base::time::Timestamp;
use crate::base::words::ContactOutcome;

/// An attempt as stored.
#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = contact_attempts)]
pub(super) struct AttemptRow {
    pub id: ContactAttemptId,
    pub case_id: CaseId,
    /// Counts the case's attempts, so that of two recorded at once each knows of the other.
    pub seq: i64,
    pub outcome: ContactOutcome,
    pub how: ContactWay,
    pub at: Timestamp,
    pub words: Sealed<Progress, Words>,
    pub recorded_by: UserId,
    pub recorded_agency: AgencyId,
    pub recorded_at: Timestamp,
}

/// A supervisor's word as stored: for the attempt after the `after_seq`th.
#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = contact_approvals)]
pub(super) struct ApprovalRow {
    pub id: ContactApprovalId,
    pub case_id: CaseId,
    pub after_seq: i64,
    pub approved_by: UserId,
    pub at: Timestamp,
}

in_a_case!(ContactAttemptId, "contact_attempt", case_of);
in_a_case!(ContactApprovalId, "contact_approval", case_of_approval);

fn case_of(tx: &mut Tx<'_>, id: ContactAttemptId) -> Result<Option<CaseId>, DbError> {
    let found = contact_attempts::table.filter(contact_attempts::id.eq(id)).select(contact_attempts::case_id);
    Ok(found.first(tx.conn()).optional()?)
}

fn case_of_approval(tx: &mut Tx<'_>, id: ContactApprovalId) -> Result<Option<CaseId>, DbError> {
    let found = contact_approvals::table.filter(contact_approvals::id.eq(id)).select(contact_approvals::case_id);
    Ok(found.first(tx.conn()).optional()?)
}

/// The latest attempts' numbers and outcomes, newest first.
pub(super) fn latest<C: Can>(
    tx: &mut Tx<'_>,
    permit: &Permit<'_, C, Case>,
    limit: i64,
) -> Result<Vec<(i64, ContactOutcome)>, DbError> {
    Ok(contact_attempts::table
        .filter(contact_attempts::case_id.eq(permit.case()))
        .order(contact_attempts::seq.desc())
        .limit(limit)
        .select((contact_attempts::seq, contact_attempts::outcome))
        .load(tx.conn())?)
}

pub(super) fn insert(tx: &mut Tx<'_>, row: &AttemptRow) -> Result<(), DbError> {
    let done = diesel::insert_into(contact_attempts::table).values(row).execute(tx.conn());
    // Another attempt was recorded at the same moment: run again, and count it.
    done.map(drop).map_err(DbError::from).map_err(|error| if error == DbError::Unique { DbError::Retry } else { error })
}

/// One attempt of the permit's case.
pub(super) fn find<C: Can>(tx: &mut Tx<'_>, permit: &Permit<'_, C, Case>, id: ContactAttemptId) -> Result<AttemptRow, DbError> {
    Ok(contact_attempts::table
        .filter(contact_attempts::case_id.eq(permit.case()))
        .filter(contact_attempts::id.eq(id))
        .select(AttemptRow::as_select())
        .first(tx.conn())?)
}

/// Attempts, newest first, before `past`.
pub(super) fn page<C: Can>(
    tx: &mut Tx<'_>,
    permit: &Permit<'_, C, Case>,
    past: Option<ContactAttemptId>,
    limit: i64,
) -> Result<Vec<AttemptRow>, DbError> {
    let mut query = contact_attempts::table
        .filter(contact_attempts::case_id.eq(permit.case()))
        .order(contact_attempts::id.desc())
        .limit(limit)
        .select(AttemptRow::as_select())
        .into_boxed();
    if let Some(past) = past {
        query = query.filter(contact_attempts::id.lt(past));
    }
    Ok(query.load(tx.conn())?)
}

pub(super) fn approve(tx: &mut Tx<'_>, row: &ApprovalRow) -> Result<(), DbError> {
    let done = diesel::insert_into(contact_approvals::table).values(row).execute(tx.conn());
    done.map(drop).map_err(DbError::from).map_err(|error| if error == DbError::Unique { DbError::Retry } else { error })
}

/// The word for the attempt after the `after`th, if it was given.
pub(super) fn approval<C: Can>(
    tx: &mut Tx<'_>,
    permit: &Permit<'_, C, Case>,
    after: i64,
) -> Result<Option<ApprovalRow>, DbError> {
    Ok(contact_approvals::table
        .filter(contact_approvals::case_id.eq(permit.case()))
        .filter(contact_approvals::after_seq.eq(after))
        .select(ApprovalRow::as_select())
        .first(tx.conn())
        .optional()?)
}

pub(super) fn find_approval<C: Can>(
    tx: &mut Tx<'_>,
    permit: &Permit<'_, C, Case>,
    id: ContactApprovalId,
) -> Result<ApprovalRow, DbError> {
    Ok(contact_approvals::table
        .filter(contact_approvals::case_id.eq(permit.case()))
        .filter(contact_approvals::id.eq(id))
        .select(ApprovalRow::as_select())
        .first(tx.conn())?)
}
