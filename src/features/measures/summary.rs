//! What the facet `measures` of a case shows: each measure in short. Numbers, facts and words stand under their own paths.

use schemars::JsonSchema;
use serde::Serialize;

use super::store;
use crate::access::can::Can;
use crate::access::holdings::{Holding, may_hold};
use crate::access::{Case, Permit};
use crate::base::db::Tx;
use crate::base::ids::MeasureId;
use crate::base::problem::Problem;
use crate::base::time::{Day, Timestamp};
use crate::base::words::{Facet, MeasureKind};

/// A case's measures in short.
#[derive(Clone, Serialize, JsonSchema)]
pub struct MeasuresSummary {
    /// Each, newest first.
    pub measures: Vec<MeasureSummary>,
    /// Whether a crime is suspected.
    pub crime_suspected: bool,
}

/// A measure in short.
#[derive(Clone, Serialize, JsonSchema)]
pub struct MeasureSummary {
    /// Its id.
    pub id: MeasureId,
    /// What it is.
    pub kind: MeasureKind,
    /// Its state, in the words of its kind.
    pub state: String,
    /// When it was recorded.
    pub recorded_at: Timestamp,
    /// From which day it counts.
    pub begins_on: Option<Day>,
    /// Until and with which day.
    pub ends_on: Option<Day>,
}

/// The permit's case: its measures in short; nothing where the facet is not granted.
pub fn summary<C: Can>(tx: &mut Tx<'_>, permit: &Permit<'_, C, Case>) -> Result<Option<MeasuresSummary>, Problem> {
    if !permit.shows(Facet::Measures) {
        return Ok(None);
    }
    let rows = if may_hold(permit, Holding::Measures) { store::all(tx, permit)? } else { Vec::new() };
    Ok(Some(MeasuresSummary {
        crime_suspected: rows.iter().any(|row| row.kind == MeasureKind::PoliceMatter && row.flag),
        measures: rows
            .into_iter()
            .map(|row| MeasureSummary {
                id: row.id,
                kind: row.kind,
                state: row.state,
                recorded_at: row.recorded_at,
                begins_on: row.begins_on,
                ends_on: row.ends_on,
            })
            .collect(),
    }))
}
