//! Mandatory reports (强制报告, Anti-Domestic Violence Law art. 14): who works with somebody without full civil capacity and
//! finds that they suffer violence reports it to the police, at once.
//!
//! Made at once, with its receipt; nobody's consent is asked, and there is no other state. It obliges the station it was
//! made to, which sees the least that its duty needs.
//! No I/O here: use cases in `steps`, endpoints in `api`; rows are `measures`'.

mod api;
mod steps;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use api::routes;

use crate::base::ids::{AgencyId, CaseId, MeasureId};
use crate::base::problem::{FieldCode, FieldErrors};
use crate::base::text::{Line, Text};
use crate::base::time::Timestamp;
use crate::base::words::ReportState;
use crate::door::{Check, ETag, View};
use crate::features::measures::EntryView;

/// A report that was made.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Make {
    /// To which police station.
    station: AgencyId,
    /// When.
    made_at: Timestamp,
    /// By whom.
    made_by: Line,
    /// The station's receipt.
    receipt: Line,
    /// What was reported.
    text: Text,
}

impl Check for Make {
    fn check(&self, now: Timestamp, errors: &mut FieldErrors) {
        if self.made_at > now {
            errors.push("/made_at", FieldCode::InTheFuture);
        }
    }
}

/// A report, as shown.
#[derive(Clone, Serialize, JsonSchema)]
#[schemars(rename = "MandatoryReport")]
struct ReportView {
    /// Its id.
    id: MeasureId,
    /// The case.
    case_id: CaseId,
    /// It is made.
    state: ReportState,
    /// The police station.
    station_id: Option<AgencyId>,
    /// By whom it was made.
    made_by: Option<Line>,
    /// The station's receipt.
    receipt: Option<Line>,
    /// What was reported.
    text: Option<Text>,
    /// When it was recorded.
    recorded_at: Timestamp,
    /// What happened, oldest first: when it was made.
    entries: Vec<EntryView>,
    #[serde(skip)]
    version: i64,
}

impl View for ReportView {
    fn etag(&self) -> ETag {
        ETag::Version(self.version)
    }
    fn location(&self) -> Option<String> {
        Some(format!("/api/v1/cases/{}/mandatory-reports/{}", self.case_id, self.id))
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_routes_are_in_order() {
        assert_eq!(super::routes().faults(), Vec::<String>::new());
    }
}
