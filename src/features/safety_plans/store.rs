//! Rows of safety plans: a version each.

use diesel::prelude::*;

use super::Plan;
use crate::access::can::Can;
use crate::access::{Case, Permit, SealedAs};
use crate::base::db::schema::safety_plans;
use crate::base::db::{DbError, Tx};
use crate::base::ids::{AgencyId, CaseId, SafetyPlanId, UserId};
use crate::base::time::Timestamp;

/// A version as stored.
#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = safety_plans)]
pub(super) struct PlanRow {
    pub id: SafetyPlanId,
    pub case_id: CaseId,
    /// Counts the case's versions, so that of two saved at once one comes after the other.
    pub seq: i64,
    /// Of `confidential`; as of a facet that is data, since its writer reads their own without holding it.
    pub plan: SealedAs<Plan>,
    pub saved_by: UserId,
    pub saved_agency: AgencyId,
    pub saved_at: Timestamp,
}

/// The number of the last version; 0: none.
pub(super) fn last<C: Can>(tx: &mut Tx<'_>, permit: &Permit<'_, C, Case>) -> Result<i64, DbError> {
    let last: Option<i64> = safety_plans::table
        .filter(safety_plans::case_id.eq(permit.case()))
        .order(safety_plans::seq.desc())
        .select(safety_plans::seq)
        .first(tx.conn())
        .optional()?;
    Ok(last.unwrap_or_default())
}

pub(super) fn insert(tx: &mut Tx<'_>, row: &PlanRow) -> Result<(), DbError> {
    let done = diesel::insert_into(safety_plans::table).values(row).execute(tx.conn());
    // Another version was saved at the same moment: run again, and see whether it was seen.
    done.map(drop).map_err(DbError::from).map_err(|error| if error == DbError::Unique { DbError::Retry } else { error })
}

/// Versions, newest first, before `past`; with `by`, those that this person saved.
pub(super) fn page<C: Can>(
    tx: &mut Tx<'_>,
    permit: &Permit<'_, C, Case>,
    by: Option<UserId>,
    past: Option<SafetyPlanId>,
    limit: i64,
) -> Result<Vec<PlanRow>, DbError> {
    let mut query = safety_plans::table
        .filter(safety_plans::case_id.eq(permit.case()))
        .order(safety_plans::id.desc())
        .limit(limit)
        .select(PlanRow::as_select())
        .into_boxed();
    if let Some(by) = by {
        query = query.filter(safety_plans::saved_by.eq(by));
    }
    if let Some(past) = past {
        query = query.filter(safety_plans::id.lt(past));
    }
    Ok(query.load(tx.conn())?)
}
