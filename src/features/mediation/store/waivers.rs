//! Old assessments that a supervisor waived.

use diesel::prelude::*;
use serde::{Deserialize, Serialize};

use crate::access::facets::Mediation;
use crate::access::{Content, Sealed};
use crate::base::db::schema::mediation_waivers;
use crate::base::db::{DbError, Tx};
use crate::base::ids::{CaseId, MediationId, UserId, WaiverId};
use crate::base::text::Text;
use crate::base::time::Timestamp;
use crate::base::words::Safeguard;

/// Why, and under which safeguards.
#[derive(Serialize, Deserialize)]
pub struct Waiving {
    pub reasons: Text,
    pub safeguards: Vec<Safeguard>,
}

impl Content for Waiving {
    const TABLE: &'static str = "mediation_waivers";
    const COLUMN: &'static str = "words";
}

/// A waiver as stored.
#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = mediation_waivers)]
pub struct WaiverRow {
    pub id: WaiverId,
    pub mediation_id: MediationId,
    pub case_id: CaseId,
    /// Which assessment: the next one is waived by nobody.
    pub assessed_at: Timestamp,
    pub words: Sealed<Mediation, Waiving>,
    pub waived_by: UserId,
    pub waived_at: Timestamp,
}

/// Enters a waiver.
pub fn insert(tx: &mut Tx<'_>, row: &WaiverRow) -> Result<(), DbError> {
    diesel::insert_into(mediation_waivers::table).values(row).execute(tx.conn())?;
    Ok(())
}

/// A series' last waiver.
pub fn latest(tx: &mut Tx<'_>, series: MediationId) -> Result<Option<WaiverRow>, DbError> {
    Ok(mediation_waivers::table
        .filter(mediation_waivers::mediation_id.eq(series))
        .order(mediation_waivers::id.desc())
        .select(WaiverRow::as_select())
        .first(tx.conn())
        .optional()?)
}
