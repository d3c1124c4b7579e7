//! Rows of repeats: which case repeats which.

use diesel::prelude::*;

use crate::access::holdings::{self, Holding};
use crate::base::db::schema::case_repeats;
use crate::base::db::{DbError, Tx};
use crate::base::ids::CaseId;

/// The older cases that a case repeats.
pub(super) fn older(tx: &mut Tx<'_>, case: CaseId) -> Result<Vec<CaseId>, DbError> {
    Ok(case_repeats::table
        .filter(case_repeats::case_id.eq(case))
        .order(case_repeats::older_case_id.desc())
        .select(case_repeats::older_case_id)
        .load(tx.conn())?)
}

/// Enters a repeat; whether it was not known yet.
pub(super) fn enter(tx: &mut Tx<'_>, newer: CaseId, older_case: CaseId) -> Result<bool, DbError> {
    if older(tx, newer)?.contains(&older_case) {
        return Ok(false);
    }
    let now = tx.now();
    let done = diesel::insert_into(case_repeats::table)
        .values((case_repeats::case_id.eq(newer), case_repeats::older_case_id.eq(older_case), case_repeats::found_at.eq(now)))
        .execute(tx.conn());
    // Both cases were taken on at the same moment: run again, and find it known.
    done.map_err(DbError::from).map_err(|error| if error == DbError::Unique { DbError::Retry } else { error })?;
    holdings::note(tx, newer, Holding::Repeats)?;
    Ok(true)
}
