//! Agreements: each wording stays.

use diesel::prelude::*;
use serde::{Deserialize, Serialize};

use crate::access::facets::Mediation;
use crate::access::{Content, Sealed};
use crate::base::db::schema::mediation_agreements;
use crate::base::db::{DbError, Tx, among};
use crate::base::ids::{CaseId, MediationId, UserId};
use crate::base::time::{Day, Timestamp};
use crate::features::mediation::bodies::Clause;

/// The clauses.
#[derive(Serialize, Deserialize)]
pub struct Clauses {
    pub clauses: Vec<Clause>,
}

impl Content for Clauses {
    const TABLE: &'static str = "mediation_agreements";
    const COLUMN: &'static str = "clauses";
}

/// A wording of an agreement as stored.
#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = mediation_agreements)]
pub struct AgreementRow {
    pub mediation_id: MediationId,
    pub version: i64,
    pub case_id: CaseId,
    pub signed_on: Day,
    pub clauses: Sealed<Mediation, Clauses>,
    pub recorded_by: UserId,
    pub recorded_at: Timestamp,
}

/// The row that a wording's seal is bound to.
pub fn row_name(series: MediationId, version: i64) -> String {
    format!("{series}/{version}")
}

/// Enters a wording. `Unique` where another came first.
pub fn insert(tx: &mut Tx<'_>, row: &AgreementRow) -> Result<(), DbError> {
    diesel::insert_into(mediation_agreements::table).values(row).execute(tx.conn())?;
    Ok(())
}

/// The wording in force.
pub fn latest(tx: &mut Tx<'_>, series: MediationId) -> Result<Option<AgreementRow>, DbError> {
    Ok(mediation_agreements::table
        .filter(mediation_agreements::mediation_id.eq(series))
        .order(mediation_agreements::version.desc())
        .select(AgreementRow::as_select())
        .first(tx.conn())
        .optional()?)
}

/// When the agreements of these series were signed, as worded last.
pub fn signed(tx: &mut Tx<'_>, series: &[MediationId]) -> Result<std::collections::HashMap<MediationId, Day>, DbError> {
    let rows: Vec<(MediationId, Day)> = mediation_agreements::table
        .filter(among(mediation_agreements::mediation_id, series))
        .order(mediation_agreements::version)
        .select((mediation_agreements::mediation_id, mediation_agreements::signed_on))
        .load(tx.conn())?;
    // The last of a series is the one that stays.
    Ok(rows.into_iter().collect())
}
