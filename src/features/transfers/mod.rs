//! Transfer (移交) of a case to another owner: `offered → accepted | declined`.
//!
//! Always: the old owner works on until the offer is accepted; one offer waits for an answer at most; only a supervisor of
//! the agency it was made to answers. With the acceptance the old owner's jurisdiction ends, and whatever it had opened to
//! others ends with it: grants are chosen anew by the new owner.

mod api;
mod steps;
mod store;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use api::routes;

use crate::access::Content;
use crate::base::ids::{AgencyId, CaseId, TransferId};
use crate::base::machine::Machine;
use crate::base::problem::{FieldCode, Problem};
use crate::base::text::Text;
use crate::base::time::Timestamp;
use crate::base::words::{TransferState, words};
use crate::door::{Check, ETag, View};

/// To whom a case is offered, and why.
#[derive(Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Offer {
    /// The agency: of a kind that may own cases.
    pub to_agency: AgencyId,
    /// Why; the new owner reads it once it has accepted.
    pub reason: Text,
}

impl Check for Offer {}

/// What is sealed of an offer.
#[derive(Serialize, Deserialize)]
struct Reason {
    reason: Text,
}

impl Content for Reason {
    const TABLE: &'static str = "transfers";
    const COLUMN: &'static str = "reason";
}

/// One side of an offer.
#[derive(Clone, Serialize, JsonSchema)]
pub struct Side {
    /// The agency.
    pub agency_id: AgencyId,
    /// Its name.
    pub name: String,
}

/// An offer, as shown.
#[derive(Clone, Serialize, JsonSchema)]
pub struct TransferView {
    /// Its id.
    pub id: TransferId,
    /// The case.
    pub case_id: CaseId,
    /// Who offers it.
    pub from: Side,
    /// To whom.
    pub to: Side,
    /// Where it stands.
    pub state: TransferState,
    /// Why; null to a reader without `progress`.
    pub reason: Option<String>,
    /// Since when.
    pub offered_at: Timestamp,
    /// When it was answered.
    pub answered_at: Option<Timestamp>,
    /// Counts its changes.
    pub version: i64,
}

impl View for TransferView {
    fn etag(&self) -> ETag {
        ETag::Version(self.version)
    }
    fn location(&self) -> Option<String> {
        Some(format!("/api/v1/cases/{}/transfers/{}", self.case_id, self.id))
    }
}

words! {
    /// How an offer is answered.
    pub enum Answer {
        /// The case is taken.
        Accept = "accept",
        /// It is not.
        Decline = "decline",
    }
}

/// Why a step did not happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum StepRefused {
    /// The state does not allow it.
    #[error("an offer that is {from} cannot be answered by {step}")]
    Illegal {
        /// The state.
        from: TransferState,
        /// The step.
        step: Answer,
    },
    /// The agency is not there.
    #[error("no such agency")]
    NoSuchAgency,
    /// The agency may not own cases.
    #[error("the agency may not own cases")]
    MayNotOwn,
    /// It owns the case already.
    #[error("the agency owns the case")]
    OwnsIt,
    /// Another offer waits.
    #[error("another offer waits for an answer")]
    AnotherWaits,
}

impl From<StepRefused> for Problem {
    fn from(why: StepRefused) -> Self {
        let field = |code| Self::wrong_field("/to_agency", code);
        match why {
            StepRefused::Illegal { from, step } => Self::illegal_step(from.as_str(), step.as_str(), allowed(from)),
            StepRefused::NoSuchAgency => field(FieldCode::NotFound),
            StepRefused::MayNotOwn => field(FieldCode::Other {
                code: "may_not_own",
                message: "an agency of this kind does not own cases",
                message_zh: "该类机构不能主办个案",
            }),
            StepRefused::OwnsIt => field(FieldCode::NotAllowedHere),
            StepRefused::AnotherWaits => {
                Self::conflict().because("an offer of this case waits for an answer already", "本案已有待答复的移交")
            }
        }
    }
}

/// The steps a state allows.
fn allowed(state: TransferState) -> Vec<&'static str> {
    Answer::ALL.iter().filter(|step| answered(state, **step).is_ok()).map(|step| step.as_str()).collect()
}

/// `offered → accepted | declined`.
fn answered(state: TransferState, step: Answer) -> Result<TransferState, StepRefused> {
    match (state, step) {
        (TransferState::Offered, Answer::Accept) => Ok(TransferState::Accepted),
        (TransferState::Offered, Answer::Decline) => Ok(TransferState::Declined),
        (TransferState::Accepted | TransferState::Declined, Answer::Accept | Answer::Decline) => {
            Err(StepRefused::Illegal { from: state, step })
        }
    }
}

/// The state machine as a picture.
pub fn machine() -> Machine {
    Machine::new("Transfer", &[TransferState::Offered], TransferState::as_str).with(
        (TransferState::ALL, TransferState::as_str),
        (Answer::ALL, Answer::as_str),
        |state, step| answered(state, step).ok(),
    )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// Of any answers in any order the first counts, and every later one is refused.
        #[test]
        fn an_offer_is_answered_once(steps in proptest::collection::vec(proptest::sample::select(Answer::ALL), 1..8)) {
            let mut state = TransferState::Offered;
            for (n, step) in steps.iter().enumerate() {
                match answered(state, *step) {
                    Ok(after) => {
                        prop_assert_eq!(n, 0);
                        state = after;
                    }
                    Err(refused) => {
                        prop_assert!(n > 0);
                        prop_assert_eq!(refused, StepRefused::Illegal { from: state, step: *step });
                    }
                }
            }
            let first = if steps[0] == Answer::Accept { TransferState::Accepted } else { TransferState::Declined };
            prop_assert_eq!(state, first);
        }
    }

    #[test]
    fn a_refused_step_names_what_is_allowed() {
        assert_eq!(allowed(TransferState::Offered), ["accept", "decline"]);
        assert!(allowed(TransferState::Accepted).is_empty() && allowed(TransferState::Declined).is_empty());
    }
}
