//! Written admonitions (告诫书, Anti-Domestic Violence Law art. 16 and 17): a police station forbids the violence in writing.
//!
//! `requested → issued → served → visits → ended | breached`. Requested by the owner, its worker or the station; issued, served
//! and ended by the station alone. Always: a copy is served on nobody before it was issued, on each recipient in a record of
//! its own; served it is when the respondent has it, and from then on visits are due; violence again is a breach from that
//! moment, not only from the first visit. Issuing obliges the station and the residents' committee it names.
//! No I/O here: use cases in `steps`, endpoints in `api`; rows are `measures`'.

mod api;
mod steps;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use api::routes;

use crate::base::ids::{AgencyId, CaseId, MeasureId};
use crate::base::machine::{self, IllegalStep, Machine};
use crate::base::problem::{FieldCode, FieldErrors};
use crate::base::text::{Line, Text};
use crate::base::time::{Day, Timestamp};
use crate::base::words::{AdmonitionState, ServedHow, ServedOn, Wish, words};
use crate::door::{Check, ETag, View};
use crate::features::measures::EntryView;

/// What can be done with an admonition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    /// The station issues it.
    Issue,
    /// A copy is served on the respondent.
    ServeRespondent,
    /// A copy is served on somebody else.
    ServeOther,
    /// A visit is planned, set out on, kept or missed.
    Visit,
    /// The visits are over.
    End,
    /// Violence again.
    Breach,
}

impl Step {
    const ALL: &'static [Self] = &[Self::Issue, Self::ServeRespondent, Self::ServeOther, Self::Visit, Self::End, Self::Breach];

    const fn as_str(self) -> &'static str {
        match self {
            Self::Issue => "issue",
            Self::ServeRespondent | Self::ServeOther => "serve",
            Self::Visit => "visit",
            Self::End => "end",
            Self::Breach => "breach",
        }
    }
}

#[expect(clippy::match_same_arms, reason = "one arm a transition, as domain.md tells them")]
const fn after(state: AdmonitionState, step: Step) -> Option<AdmonitionState> {
    use AdmonitionState as S;
    match (state, step) {
        (S::Requested, Step::Issue) => Some(S::Issued),
        // Nothing is served before it was issued.
        (S::Requested, Step::ServeRespondent | Step::ServeOther | Step::Visit | Step::End | Step::Breach) => None,
        (S::Issued, Step::ServeRespondent) => Some(S::Served),
        (S::Issued, Step::ServeOther) => Some(S::Issued),
        (S::Issued, Step::Issue | Step::Visit | Step::End | Step::Breach) => None,
        (S::Served, Step::ServeRespondent | Step::ServeOther) => Some(S::Served),
        (S::Served, Step::Visit) => Some(S::Visits),
        (S::Served | S::Visits, Step::Breach) => Some(S::Breached),
        (S::Served, Step::Issue | Step::End) => None,
        (S::Visits, Step::ServeRespondent | Step::ServeOther | Step::Visit) => Some(S::Visits),
        (S::Visits, Step::End) => Some(S::Ended),
        (S::Visits, Step::Issue) => None,
        (
            S::Ended | S::Breached,
            Step::Issue | Step::ServeRespondent | Step::ServeOther | Step::Visit | Step::End | Step::Breach,
        ) => None,
    }
}

/// The state machine as a picture.
pub fn machine() -> Machine {
    Machine::new("Admonition", &[AdmonitionState::Requested], AdmonitionState::as_str).with(
        (AdmonitionState::ALL, AdmonitionState::as_str),
        (Step::ALL, Step::as_str),
        after,
    )
}

/// The state after a step.
fn next(state: AdmonitionState, step: Step) -> Result<AdmonitionState, IllegalStep> {
    machine::take((state, AdmonitionState::as_str), (step, Step::as_str), Step::ALL, after)
}

/// An admonition is asked for.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Request {
    /// The police station; one's own may be left out.
    #[serde(default)]
    station: Option<AgencyId>,
    /// What she wishes.
    her_wish: Wish,
    /// Why it is asked for.
    text: Text,
}

impl Check for Request {}

/// The station issues it.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Issue {
    /// Its number.
    number: Line,
    /// The day.
    issued_on: Day,
    /// The facts.
    facts: Text,
    /// What is forbidden.
    prohibition: Text,
    /// The residents' committee that visits too.
    #[serde(default)]
    committee: Option<AgencyId>,
}

impl Check for Issue {
    fn check(&self, now: Timestamp, errors: &mut FieldErrors) {
        if self.issued_on > now.day() {
            errors.push("/issued_on", FieldCode::InTheFuture);
        }
    }
}

/// A copy was served.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Serve {
    /// On whom.
    recipient: ServedOn,
    /// When.
    at: Timestamp,
    /// How.
    how: ServedHow,
    /// The receipt: who signed, or why nobody did.
    #[serde(default)]
    receipt: Option<Line>,
}

impl Check for Serve {
    fn check(&self, now: Timestamp, errors: &mut FieldErrors) {
        if self.at > now {
            errors.push("/at", FieldCode::InTheFuture);
        }
    }
}

/// The visits are over.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct End {
    /// How it went.
    text: Text,
}

impl Check for End {}

/// Violence again.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Breach {
    /// When.
    at: Timestamp,
    /// What happened.
    text: Text,
}

impl Check for Breach {
    fn check(&self, now: Timestamp, errors: &mut FieldErrors) {
        if self.at > now {
            errors.push("/at", FieldCode::InTheFuture);
        }
    }
}

/// A visit is planned beside those that are due anyway.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct PlanVisit {
    /// By when it is to be made.
    due_on: Day,
}

impl Check for PlanVisit {
    fn check(&self, now: Timestamp, errors: &mut FieldErrors) {
        if self.due_on < now.day() {
            errors.push("/due_on", FieldCode::InThePast);
        }
    }
}

words! {
    /// What came of a visit.
    pub enum VisitOutcome {
        /// It was made.
        Kept = "kept",
        /// It was not.
        Missed = "missed",
    }
}

/// A visit was made, or not.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct RecordVisit {
    /// Whether it was made.
    outcome: VisitOutcome,
    /// When it was made, or found missed.
    at: Timestamp,
    /// What came of it.
    text: Text,
}

impl Check for RecordVisit {
    fn check(&self, now: Timestamp, errors: &mut FieldErrors) {
        if self.at > now {
            errors.push("/at", FieldCode::InTheFuture);
        }
    }
}

/// An admonition, as shown.
#[derive(Clone, Serialize, JsonSchema)]
#[schemars(rename = "Admonition")]
struct AdmonitionView {
    /// Its id.
    id: MeasureId,
    /// The case.
    case_id: CaseId,
    /// Its state.
    state: AdmonitionState,
    /// The police station.
    station_id: Option<AgencyId>,
    /// The residents' committee that visits too.
    committee_id: Option<AgencyId>,
    /// What she wishes.
    her_wish: Option<Wish>,
    /// Why it was asked for.
    text: Option<Text>,
    /// Its number.
    number: Option<Line>,
    /// The day on which it was issued.
    issued_on: Option<Day>,
    /// The facts.
    facts: Option<Text>,
    /// What is forbidden.
    prohibition: Option<Text>,
    /// When it was asked for.
    requested_at: Timestamp,
    /// What happened to it, oldest first.
    entries: Vec<EntryView>,
    #[serde(skip)]
    version: i64,
}

impl View for AdmonitionView {
    fn etag(&self) -> ETag {
        ETag::Version(self.version)
    }
    fn location(&self) -> Option<String> {
        Some(format!("/api/v1/cases/{}/admonitions/{}", self.case_id, self.id))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// domain.md's machine told another way: how far an admonition has come, and what it needs to go on.
    #[derive(Debug, Default)]
    struct Model {
        issued: bool,
        respondent_has_it: bool,
        visited: bool,
        over: Option<AdmonitionState>,
    }

    impl Model {
        fn state(&self) -> AdmonitionState {
            use AdmonitionState as S;
            self.over.unwrap_or(match (self.issued, self.respondent_has_it, self.visited) {
                (false, ..) => S::Requested,
                (true, false, _) => S::Issued,
                (true, true, false) => S::Served,
                (true, true, true) => S::Visits,
            })
        }
        /// Takes the step, or says that it may not be taken.
        fn take(&mut self, step: Step) -> bool {
            if self.over.is_some() {
                return false;
            }
            let may = match step {
                Step::Issue => !self.issued,
                Step::ServeRespondent | Step::ServeOther => self.issued,
                Step::Visit | Step::Breach => self.respondent_has_it,
                Step::End => self.visited,
            };
            if may {
                match step {
                    Step::Issue => self.issued = true,
                    Step::ServeRespondent => self.respondent_has_it = true,
                    Step::ServeOther => {}
                    Step::Visit => self.visited = true,
                    Step::End => self.over = Some(AdmonitionState::Ended),
                    Step::Breach => self.over = Some(AdmonitionState::Breached),
                }
            }
            may
        }
    }

    proptest! {
        #[test]
        fn the_machine_is_the_models(steps in proptest::collection::vec(0..Step::ALL.len(), 0..24)) {
            let (mut state, mut model) = (AdmonitionState::Requested, Model::default());
            for step in steps.into_iter().map(|at| Step::ALL[at]) {
                let taken = model.take(step);
                let after = next(state, step);
                prop_assert_eq!(after.is_ok(), taken, "{:?} of {:?}", step, model);
                state = after.unwrap_or(state);
                prop_assert_eq!(state, model.state(), "{:?} after {:?}", model, step);
            }
        }
    }

    #[test]
    fn a_refusal_names_the_steps_allowed() {
        let refused = next(AdmonitionState::Requested, Step::ServeRespondent).unwrap_err();
        assert_eq!((refused.state, refused.step, refused.allowed), ("requested", "serve", vec!["issue"]));
        assert_eq!(next(AdmonitionState::Issued, Step::End).unwrap_err().allowed, ["serve"]);
        assert_eq!(next(AdmonitionState::Ended, Step::Breach).unwrap_err().allowed, Vec::<&str>::new());
    }

    #[test]
    fn the_routes_are_in_order() {
        assert_eq!(routes().faults(), Vec::<String>::new());
    }
}
