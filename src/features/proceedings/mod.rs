//! Court proceedings (诉讼): civil, divorce or criminal, with their hearings and what they came to.
//!
//! `open → concluded`. Hearings are entered while it is open. The number and all words are sealed.
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
use crate::base::words::{MatterState, ProceedingKind};
use crate::door::{Check, ETag, View};
use crate::features::measures::EntryView;

/// A step of a proceeding or a hearing's date: while it is open. Errors: it is concluded.
fn while_open(state: MatterState, step: &'static str) -> Result<(), IllegalStep> {
    match state {
        MatterState::Open => Ok(()),
        MatterState::Concluded => Err(IllegalStep { state: state.as_str(), step, allowed: Vec::new() }),
    }
}

/// A proceeding begins.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Open {
    /// Which kind.
    kind: ProceedingKind,
    /// The court, where it has an account here.
    #[serde(default)]
    court: Option<AgencyId>,
    /// The court's name, where it has none.
    #[serde(default)]
    court_name: Option<Line>,
    /// The court's number, if there is one yet.
    #[serde(default)]
    number: Option<Line>,
    /// Since when.
    opened_on: Day,
    /// What it is about.
    #[serde(default)]
    text: Option<Text>,
}

impl Check for Open {
    fn check(&self, now: Timestamp, errors: &mut FieldErrors) {
        match (self.court.is_some(), self.court_name.is_some()) {
            (false, false) => errors.push("/court", FieldCode::Required),
            (true, true) => errors.push("/court_name", FieldCode::Contradicts { other: "/court" }),
            (true, false) | (false, true) => {}
        }
        if self.opened_on > now.day() {
            errors.push("/opened_on", FieldCode::InTheFuture);
        }
    }
}

/// A hearing's date.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Hearing {
    /// When.
    at: Timestamp,
    /// Where.
    #[serde(default)]
    place: Option<Line>,
    /// What to mind: who comes with her, apart from whom she waits.
    #[serde(default)]
    text: Option<Text>,
}

impl Check for Hearing {}

/// What it came to.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Conclude {
    /// When.
    concluded_on: Day,
    /// The outcome.
    outcome: Text,
}

impl Check for Conclude {
    fn check(&self, now: Timestamp, errors: &mut FieldErrors) {
        if self.concluded_on > now.day() {
            errors.push("/concluded_on", FieldCode::InTheFuture);
        }
    }
}

/// A proceeding, as shown.
#[derive(Clone, Serialize, JsonSchema)]
#[schemars(rename = "Proceeding")]
struct ProceedingView {
    /// Its id.
    id: MeasureId,
    /// The case.
    case_id: CaseId,
    /// Its state.
    state: MatterState,
    /// Which kind.
    kind: Option<ProceedingKind>,
    /// The court, where it has an account here.
    court_id: Option<AgencyId>,
    /// The court's name, where it has none.
    court: Option<Line>,
    /// Its number.
    number: Option<Line>,
    /// Since when.
    opened_on: Option<Day>,
    /// Until when.
    concluded_on: Option<Day>,
    /// What it is about.
    text: Option<Text>,
    /// What it came to.
    outcome: Option<Text>,
    /// Hearings and what else happened, oldest first.
    entries: Vec<EntryView>,
    #[serde(skip)]
    version: i64,
}

impl View for ProceedingView {
    fn etag(&self) -> ETag {
        ETag::Version(self.version)
    }
    fn location(&self) -> Option<String> {
        Some(format!("/api/v1/cases/{}/proceedings/{}", self.case_id, self.id))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_comes_after_the_conclusion() {
        assert_eq!(while_open(MatterState::Open, "conclude"), Ok(()));
        assert_eq!(while_open(MatterState::Concluded, "hearings").unwrap_err().state, "concluded");
    }

    #[test]
    fn the_routes_are_in_order() {
        assert_eq!(routes().faults(), Vec::<String>::new());
    }
}
