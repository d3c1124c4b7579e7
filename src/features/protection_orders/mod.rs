//! Protection orders (人身安全保护令, Anti-Domestic Violence Law art. 23 to 32): a court forbids the respondent to come near.
//!
//! `drafted → filed → accepted → in_force | rejected`; `in_force → expired | revoked | breached`. Aside: reconsideration,
//! extension and variation, records that keep what was before. Always: she applies, or who may for her, with her wish
//! recorded; in force for six months at most from the day it takes effect, each extension for six more; a breached order
//! binds until its end. What it obliges the station and the committee to opens for as long as the order binds.
//! No I/O here: use cases in `steps`, endpoints in `api`; rows are `measures`'.

mod api;
mod bodies;
mod steps;

use schemars::JsonSchema;
use serde::Serialize;

pub use api::routes;

use crate::base::ids::{AgencyId, CaseId, MeasureId};
use crate::base::machine::{self, IllegalStep, Machine};
use crate::base::text::{Line, Text};
use crate::base::time::{Day, Timestamp};
use crate::base::words::{Applicant, OrderChange, Prohibition, ProtectionOrderState, Wish};
use crate::door::{ETag, View};
use crate::features::measures::EntryView;

/// An order is in force so many months at most (Anti-Domestic Violence Law art. 30).
const MONTHS: i32 = 6;

/// Reconsideration is applied for within so many days of receiving the ruling (Anti-Domestic Violence Law art. 31).
const RECONSIDERATION_DAYS: i64 = 5;

/// What can be done with an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    /// The application goes to the court.
    File,
    /// The court takes it on.
    Accept,
    /// The order takes effect.
    TakeEffect,
    /// The court refuses it.
    Reject,
    /// Its time is over.
    Expire,
    /// The court takes it back.
    Revoke,
    /// The respondent did what it forbids.
    Breach,
    /// It is reconsidered, extended or varied.
    Change(OrderChange),
}

impl Step {
    const ALL: &'static [Self] = &[
        Self::File,
        Self::Accept,
        Self::TakeEffect,
        Self::Reject,
        Self::Expire,
        Self::Revoke,
        Self::Breach,
        Self::Change(OrderChange::Reconsideration),
        Self::Change(OrderChange::Extension),
        Self::Change(OrderChange::Variation),
    ];

    const fn as_str(self) -> &'static str {
        match self {
            Self::File => "file",
            Self::Accept => "accept",
            Self::TakeEffect => "take-effect",
            Self::Reject => "reject",
            Self::Expire => "expire",
            Self::Revoke => "revoke",
            Self::Breach => "breach",
            Self::Change(_) => "changes",
        }
    }
}

#[expect(clippy::match_same_arms, reason = "one arm a transition, as domain.md tells them")]
const fn after(state: ProtectionOrderState, step: Step) -> Option<ProtectionOrderState> {
    use OrderChange as C;
    use ProtectionOrderState as S;
    match (state, step) {
        (S::Drafted, Step::File) => Some(S::Filed),
        (S::Filed, Step::Accept) => Some(S::Accepted),
        (S::Accepted, Step::TakeEffect) => Some(S::InForce),
        (S::Accepted, Step::Reject) => Some(S::Rejected),
        (S::InForce, Step::Expire) => Some(S::Expired),
        (S::InForce, Step::Revoke) => Some(S::Revoked),
        (S::InForce, Step::Breach) => Some(S::Breached),
        // A change is a record beside; what binds him after a breach can still be reconsidered, extended, varied.
        (S::InForce | S::Breached, Step::Change(C::Reconsideration | C::Extension | C::Variation)) => Some(state),
        // Who applied in vain may ask for reconsideration; there is nothing to extend or vary.
        (S::Rejected, Step::Change(C::Reconsideration)) => Some(S::Rejected),
        (S::Rejected, Step::Change(C::Extension | C::Variation)) => None,
        (
            S::Drafted,
            Step::Accept | Step::TakeEffect | Step::Reject | Step::Expire | Step::Revoke | Step::Breach | Step::Change(_),
        ) => None,
        (
            S::Filed,
            Step::File | Step::TakeEffect | Step::Reject | Step::Expire | Step::Revoke | Step::Breach | Step::Change(_),
        ) => None,
        (S::Accepted, Step::File | Step::Accept | Step::Expire | Step::Revoke | Step::Breach | Step::Change(_)) => None,
        (S::InForce, Step::File | Step::Accept | Step::TakeEffect | Step::Reject) => None,
        (
            S::Rejected | S::Breached,
            Step::File | Step::Accept | Step::TakeEffect | Step::Reject | Step::Expire | Step::Revoke | Step::Breach,
        ) => None,
        (
            S::Expired | S::Revoked,
            Step::File
            | Step::Accept
            | Step::TakeEffect
            | Step::Reject
            | Step::Expire
            | Step::Revoke
            | Step::Breach
            | Step::Change(_),
        ) => None,
    }
}

/// The state machine as a picture.
pub fn machine() -> Machine {
    Machine::new("Protection order", &[ProtectionOrderState::Drafted], ProtectionOrderState::as_str).with(
        (ProtectionOrderState::ALL, ProtectionOrderState::as_str),
        (Step::ALL, Step::as_str),
        after,
    )
}

/// The state after a step.
fn next(state: ProtectionOrderState, step: Step) -> Result<ProtectionOrderState, IllegalStep> {
    machine::take((state, ProtectionOrderState::as_str), (step, Step::as_str), Step::ALL, after)
}

/// The last day on which an order that takes effect, or goes on, from this day may still bind. The day itself does not
/// count, and the month's day of the same number is the last (Civil Code art. 201 and 202).
fn latest_end(from: Day) -> Day {
    from.plus_months(MONTHS)
}

/// A protection order, as shown.
#[derive(Clone, Serialize, JsonSchema)]
#[schemars(rename = "ProtectionOrder")]
struct OrderView {
    /// Its id.
    id: MeasureId,
    /// The case.
    case_id: CaseId,
    /// Its state.
    state: ProtectionOrderState,
    /// Whether it binds the respondent today.
    binds: bool,
    /// Who applies.
    applicant: Option<Applicant>,
    /// What she wishes.
    her_wish: Option<Wish>,
    /// Whether it is urgent.
    urgent: bool,
    /// The court, where it has an account here.
    court_id: Option<AgencyId>,
    /// The court's name, where it has none.
    court: Option<Line>,
    /// The police station that helps to carry it out.
    station_id: Option<AgencyId>,
    /// The residents' committee that does.
    committee_id: Option<AgencyId>,
    /// Its number.
    number: Option<Line>,
    /// What is asked for; once decided, what is ordered.
    prohibitions: Vec<Prohibition>,
    /// The facts it rests on.
    facts: Option<Text>,
    /// What is ordered, in the court's words.
    prohibition: Option<Text>,
    /// From which day it is in force.
    in_force_on: Option<Day>,
    /// Until and with which day.
    ends_on: Option<Day>,
    /// When it was drafted.
    drafted_at: Timestamp,
    /// What happened to it, oldest first.
    entries: Vec<EntryView>,
    #[serde(skip)]
    version: i64,
}

impl View for OrderView {
    fn etag(&self) -> ETag {
        ETag::Version(self.version)
    }
    fn location(&self) -> Option<String> {
        Some(format!("/api/v1/cases/{}/protection-orders/{}", self.case_id, self.id))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::base::words::ProtectionOrderState as S;

    /// domain.md's machine told another way: what has been reached, in order, and how it ended.
    #[derive(Debug, Default)]
    struct Model {
        /// Filed, accepted, decided for her.
        reached: usize,
        over: Option<S>,
    }

    impl Model {
        fn state(&self) -> S {
            self.over.unwrap_or([S::Drafted, S::Filed, S::Accepted, S::InForce][self.reached])
        }
        /// Takes the step, or says that it may not be taken.
        fn take(&mut self, step: Step) -> bool {
            let binding = self.reached == 3 && self.over.is_none();
            let on = |reached| self.over.is_none() && self.reached == reached;
            let may = match step {
                Step::File => on(0),
                Step::Accept => on(1),
                Step::TakeEffect | Step::Reject => on(2),
                Step::Expire | Step::Revoke | Step::Breach => binding,
                Step::Change(change) => {
                    binding
                        || self.over == Some(S::Breached)
                        || (self.over == Some(S::Rejected) && change == OrderChange::Reconsideration)
                }
            };
            if may {
                match step {
                    Step::File | Step::Accept | Step::TakeEffect => self.reached += 1,
                    Step::Reject => self.over = Some(S::Rejected),
                    Step::Expire => self.over = Some(S::Expired),
                    Step::Revoke => self.over = Some(S::Revoked),
                    Step::Breach => self.over = Some(S::Breached),
                    Step::Change(_) => {}
                }
            }
            may
        }
    }

    proptest! {
        #[test]
        fn the_machine_is_the_models(steps in proptest::collection::vec(0..Step::ALL.len(), 0..40)) {
            let (mut state, mut model) = (S::Drafted, Model::default());
            for step in steps.into_iter().map(|at| Step::ALL[at]) {
                let taken = model.take(step);
                let after = next(state, step);
                prop_assert_eq!(after.is_ok(), taken, "{:?} of {:?}", step, model);
                state = after.unwrap_or(state);
                prop_assert_eq!(state, model.state());
            }
        }
    }

    #[test]
    fn a_refusal_names_the_steps_allowed() {
        let refused = next(S::Filed, Step::Breach).unwrap_err();
        assert_eq!((refused.state, refused.step, refused.allowed), ("filed", "breach", vec!["accept"]));
        assert_eq!(next(S::InForce, Step::File).unwrap_err().allowed, ["expire", "revoke", "breach", "changes"]);
        assert_eq!(next(S::Rejected, Step::File).unwrap_err().allowed, ["changes"]);
    }

    #[test]
    fn six_months_end_on_the_day_of_the_same_number() {
        for (from, last) in [("2026-03-03", "2026-09-03"), ("2026-08-31", "2027-02-28")] {
            assert_eq!(latest_end(from.parse().unwrap()).as_str(), last);
        }
    }

    #[test]
    fn the_routes_are_in_order() {
        assert_eq!(routes().faults(), Vec::<String>::new());
    }
}
