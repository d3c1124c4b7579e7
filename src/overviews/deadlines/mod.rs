//! Deadlines (时限) as people see them, and the sweep that tells what is near, due and overdue.
//!
//! A deadline shows in its clock's facet: to whoever may read that facet of its case, by the same decision as the case
//! itself. One without a facet (a referral, a contract) shows to those on whose desk it stands, and names its case only to
//! those who may see that. Always: a stage is told once, whoever sweeps, and in its order; after a standstill late, not
//! never. What is told bears no content.

mod api;
mod lists;
mod store;
mod sweep;

use std::str::FromStr;

use schemars::JsonSchema;
use serde::Serialize;

pub use api::routes;
pub(super) use lists::{Known, shown};
pub use sweep::sweep;

use super::desk::RecordRef;
use crate::base::ids::{CaseId, DeadlineId};
use crate::base::time::Timestamp;
use crate::base::words::{Clock, DeadlineState, Facet};
use crate::door::View;

/// A deadline, as shown.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "Deadline")]
pub struct DeadlineView {
    /// Its id.
    pub id: DeadlineId,
    /// What for.
    pub clock: Clock,
    /// The law, or "local".
    pub source: String,
    /// The facet it shows in; null: none.
    pub facet: Option<Facet>,
    /// By when.
    pub due_at: Timestamp,
    /// Whether that is over.
    pub overdue: bool,
    /// Whether it runs or stands still.
    pub state: DeadlineState,
    /// Since when.
    pub armed_at: Timestamp,
    /// Since when somebody has taken its calls on; null: nobody.
    pub acknowledged_at: Option<Timestamp>,
    /// What it is about.
    pub record: RecordRef,
    /// The case; null where there is none, or none that this reader may see.
    pub case_id: Option<CaseId>,
    /// The case's number.
    pub case_no: Option<String>,
}

impl View for DeadlineView {}

/// Where a page ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Spot {
    due: Timestamp,
    id: DeadlineId,
}

impl std::fmt::Display for Spot {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}", self.due.micros(), self.id)
    }
}

impl FromStr for Spot {
    type Err = crate::base::ids::NotAnId;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (due, id) = text.split_once('.').ok_or(crate::base::ids::NotAnId)?;
        let due = due.parse().map_err(|_| crate::base::ids::NotAnId)?;
        Ok(Self { due: Timestamp::from_micros(due), id: id.parse()? })
    }
}
