//! Legal holds (证据保全): while one stands, nothing of the case is erased, and its retention does not end.
//!
//! Always: placed and ended by a supervisor of the owner; an ended one stays on record. Also on a closed case.

mod api;
pub mod facts;
mod steps;
mod store;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use api::routes;

use crate::access::Content;
use crate::base::ids::{CaseId, HoldId, UserId};
use crate::base::text::Text;
use crate::base::time::Timestamp;
use crate::door::{Check, ETag, View};

/// Places a hold.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct PlaceHold {
    /// Why: which proceedings need the case.
    reason: Text,
}

impl Check for PlaceHold {}

/// Why a hold stands: facet `progress`.
#[derive(Serialize, Deserialize)]
struct HoldReason(Text);

impl Content for HoldReason {
    const TABLE: &'static str = "legal_holds";
    const COLUMN: &'static str = "reason";
}

/// A legal hold.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Hold")]
struct HoldView {
    /// Its id.
    id: HoldId,
    /// The case.
    case_id: CaseId,
    /// Why; null where `progress` is withheld.
    reason: Option<Text>,
    /// Who placed it.
    placed_by: UserId,
    /// When.
    placed_at: Timestamp,
    /// Who ended it.
    ended_by: Option<UserId>,
    /// When.
    ended_at: Option<Timestamp>,
    /// Counts its changes.
    version: i64,
}

impl View for HoldView {
    fn etag(&self) -> ETag {
        ETag::Version(self.version)
    }
}
