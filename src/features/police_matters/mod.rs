//! Police matters (警情): what the police look into, whether it is concluded, and whether a crime is suspected.
//!
//! `open → concluded`. Recorded by the police or the owner. That the respondent was released is a record beside: from then on
//! the risk is due. While one is open, or where a crime is suspected, nobody mediates
//! (domain.md, "The mediation gate"). It is of the facet `measures`, not `incident`: whoever is told what happened need not
//! know what the police make of it (ADR 11).
//! No I/O here: use cases in `steps`, endpoints in `api`; rows are `measures`'.

mod api;
mod steps;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use api::routes;

use crate::base::ids::{AgencyId, CaseId, MeasureId};
use crate::base::machine::IllegalStep;
use crate::base::problem::{FieldCode, FieldErrors};
use crate::base::text::{Line, Text};
use crate::base::time::{Day, Timestamp};
use crate::base::words::MatterState;
use crate::door::{Check, ETag, View};
use crate::features::measures::EntryView;

/// `open → concluded`.
fn conclude(state: MatterState) -> Result<MatterState, IllegalStep> {
    match state {
        MatterState::Open => Ok(MatterState::Concluded),
        MatterState::Concluded => Err(IllegalStep { state: state.as_str(), step: "conclude", allowed: Vec::new() }),
    }
}

/// The police look into something.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct RecordMatter {
    /// Which station, if it has an account here; the police's own may be left out.
    #[serde(default)]
    station: Option<AgencyId>,
    /// The police's number.
    #[serde(default)]
    number: Option<Line>,
    /// Since when.
    opened_on: Day,
    /// Whether a crime is suspected.
    crime_suspected: bool,
    /// What it is about.
    text: Text,
}

impl Check for RecordMatter {
    fn check(&self, now: Timestamp, errors: &mut FieldErrors) {
        if self.opened_on > now.day() {
            errors.push("/opened_on", FieldCode::InTheFuture);
        }
    }
}

/// What it came to.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Conclude {
    /// When.
    concluded_on: Day,
    /// Whether a crime is suspected still.
    crime_suspected: bool,
    /// What it came to.
    outcome: Text,
}

impl Check for Conclude {
    fn check(&self, now: Timestamp, errors: &mut FieldErrors) {
        if self.concluded_on > now.day() {
            errors.push("/concluded_on", FieldCode::InTheFuture);
        }
    }
}

/// The respondent was released: from custody, detention or arrest.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Release {
    /// When.
    at: Timestamp,
    /// What is known of it.
    text: Text,
}

impl Check for Release {
    fn check(&self, now: Timestamp, errors: &mut FieldErrors) {
        if self.at > now {
            errors.push("/at", FieldCode::InTheFuture);
        }
    }
}

/// A police matter, as shown.
#[derive(Clone, Serialize, JsonSchema)]
#[schemars(rename = "PoliceMatter")]
struct MatterView {
    /// Its id.
    id: MeasureId,
    /// The case.
    case_id: CaseId,
    /// Its state.
    state: MatterState,
    /// Whether a crime is suspected.
    crime_suspected: bool,
    /// The police station.
    station_id: Option<AgencyId>,
    /// The police's number.
    number: Option<Line>,
    /// Since when.
    opened_on: Option<Day>,
    /// Until when.
    concluded_on: Option<Day>,
    /// What it is about.
    text: Option<Text>,
    /// What it came to.
    outcome: Option<Text>,
    /// What happened, oldest first.
    entries: Vec<EntryView>,
    #[serde(skip)]
    version: i64,
}

impl View for MatterView {
    fn etag(&self) -> ETag {
        ETag::Version(self.version)
    }
    fn location(&self) -> Option<String> {
        Some(format!("/api/v1/cases/{}/police-matters/{}", self.case_id, self.id))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_matter_is_concluded_once() {
        assert_eq!(conclude(MatterState::Open), Ok(MatterState::Concluded));
        assert_eq!(conclude(MatterState::Concluded).unwrap_err().step, "conclude");
    }

    #[test]
    fn the_routes_are_in_order() {
        assert_eq!(routes().faults(), Vec::<String>::new());
    }
}
