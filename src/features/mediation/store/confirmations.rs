//! What became of an agreement's judicial confirmation; once a series.

use diesel::prelude::*;

use crate::base::db::schema::mediation_confirmations;
use crate::base::db::{DbError, Tx};
use crate::base::ids::{CaseId, MediationId, UserId};
use crate::base::time::{Day, Timestamp};
use crate::base::words::ConfirmationOutcome;

/// As stored.
#[derive(Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = mediation_confirmations)]
pub struct ConfirmationRow {
    pub mediation_id: MediationId,
    pub case_id: CaseId,
    pub outcome: ConfirmationOutcome,
    pub decided_on: Day,
    pub recorded_by: UserId,
    pub recorded_at: Timestamp,
}

/// Enters it. `Unique` where it is known already.
pub fn insert(tx: &mut Tx<'_>, row: &ConfirmationRow) -> Result<(), DbError> {
    diesel::insert_into(mediation_confirmations::table).values(row).execute(tx.conn())?;
    Ok(())
}

/// A series' confirmation, if something became of it.
pub fn find(tx: &mut Tx<'_>, series: MediationId) -> Result<Option<ConfirmationRow>, DbError> {
    Ok(mediation_confirmations::table
        .filter(mediation_confirmations::mediation_id.eq(series))
        .select(ConfirmationRow::as_select())
        .first(tx.conn())
        .optional()?)
}
