//! Attempts to reach her (联系): how, when, what came of it. Facet `progress`.
//!
//! Always: after two attempts in a row that failed, another that failed is kept only with the word of a supervisor of the
//! owner, given for that one attempt: nothing must make a worker ring and ring a phone that he holds. That she was reached
//! safely is kept whenever it happens. Append-only.

mod api;
pub mod facts;
mod steps;
mod store;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use api::routes;

use crate::access::Content;
use crate::base::fields::{FieldCode, FieldErrors};
use crate::base::ids::{AgencyId, ContactApprovalId, ContactAttemptId, UserId};
use crate::base::problem::{Code, Problem};
use crate::base::text::{Line, Text};
use crate::base::time::Timestamp;
use crate::base::words::{ContactOutcome, words};
use crate::door::{Check, View};

words! {
    /// How somebody tried to reach her.
    pub enum ContactWay {
        /// By phone.
        Phone = "phone",
        /// By going there.
        Visit = "visit",
        /// By a message.
        Message = "message",
        /// Another way.
        Other = "other",
    }
}

/// An attempt to reach her.
#[derive(Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Attempt {
    /// What came of it.
    pub outcome: ContactOutcome,
    /// When it was made.
    pub at: Timestamp,
    /// How.
    pub how: ContactWay,
    /// Who answered, if somebody else did.
    #[serde(default)]
    pub who_answered: Option<Line>,
    /// More words.
    #[serde(default)]
    pub text: Option<Text>,
}

impl Check for Attempt {
    fn check(&self, now: Timestamp, errors: &mut FieldErrors) {
        if self.at > now {
            errors.push("/at", FieldCode::InTheFuture);
        }
        if self.who_answered.is_some() && self.outcome != ContactOutcome::SomeoneElse {
            errors.push("/who_answered", FieldCode::Contradicts { other: "/outcome" });
        }
    }
}

/// What is sealed of an attempt.
#[derive(Serialize, Deserialize)]
struct Words {
    who_answered: Option<Line>,
    text: Option<Text>,
}

impl Content for Words {
    const TABLE: &'static str = "contact_attempts";
    const COLUMN: &'static str = "words";
}

/// An attempt, as shown.
#[derive(Clone, Serialize, JsonSchema)]
pub struct AttemptView {
    /// Its id.
    pub id: ContactAttemptId,
    /// What came of it.
    pub outcome: ContactOutcome,
    /// When it was made.
    pub at: Timestamp,
    /// How.
    pub how: ContactWay,
    /// Who answered, if somebody else did.
    pub who_answered: Option<String>,
    /// More words.
    pub text: Option<String>,
    /// When it was recorded.
    pub recorded_at: Timestamp,
    /// By whom; null where this reader may not know who else works on the case.
    pub recorded_by: Option<Recorder>,
}

impl View for AttemptView {}

/// Who recorded an attempt.
#[derive(Clone, Serialize, JsonSchema)]
pub struct Recorder {
    /// The person.
    pub user_id: UserId,
    /// Their name.
    pub name: String,
    /// Their agency.
    pub agency_id: AgencyId,
}

/// A supervisor's word for one further attempt.
#[derive(Clone, Serialize, JsonSchema)]
pub struct ApprovalView {
    /// Its id.
    pub id: ContactApprovalId,
    /// When it was given.
    pub at: Timestamp,
    /// By whom.
    pub approved_by: UserId,
}

impl View for ApprovalView {}

/// So many attempts in a row may fail before a supervisor is asked.
const FREE: usize = 2;

/// Whether a supervisor's word is needed for another attempt that does not reach her: `latest` are the outcomes so far,
/// newest first.
fn needs_word(latest: impl IntoIterator<Item = ContactOutcome>) -> bool {
    latest.into_iter().take_while(|outcome| *outcome != ContactOutcome::ReachedSafely).count() >= FREE
}

/// Why an attempt was not recorded, or no word was given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotRecorded {
    /// A supervisor's word is needed first.
    #[error("a further attempt needs a supervisor's word")]
    WordNeeded,
    /// No word is needed yet.
    #[error("no word is needed for the next attempt")]
    NoWordNeeded,
}

impl From<NotRecorded> for Problem {
    fn from(why: NotRecorded) -> Self {
        match why {
            NotRecorded::WordNeeded => Self::new(Code::SupervisorWordNeeded).because(
                "two attempts in a row did not reach her safely; a supervisor of the owner gives the word for another",
                "已连续两次未能安全联系,再次尝试须经主办单位主管同意",
            ),
            NotRecorded::NoWordNeeded => {
                Self::conflict().because("the next attempt needs no supervisor's word", "下一次联系无须主管同意")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::ContactOutcome::{NoAnswer, ReachedSafely, SomeoneElse, Unsafe};
    use super::*;

    #[test]
    fn a_third_attempt_after_two_that_failed_needs_a_supervisors_word() {
        assert!(!needs_word([]));
        assert!(!needs_word([SomeoneElse]));
        assert!(needs_word([NoAnswer, SomeoneElse]));
        assert!(needs_word([Unsafe, NoAnswer, SomeoneElse, ReachedSafely]));
        // Once she was reached, it begins anew.
        assert!(!needs_word([ReachedSafely, NoAnswer, NoAnswer]));
        assert!(!needs_word([NoAnswer, ReachedSafely, NoAnswer, NoAnswer]));
    }

    #[test]
    fn every_wrong_field_is_named() {
        let now = Timestamp::from_micros(1_795_000_000_000_000);
        let body = serde_json::json!({
            "outcome": "no_answer", "at": now.plus_minutes(1), "how": "phone", "who_answered": "a man"
        });
        let attempt: Attempt = serde_json::from_value(body).unwrap();
        let mut errors = FieldErrors::new();
        attempt.check(now, &mut errors);
        let wrong: Vec<_> = errors.as_slice().iter().map(|e| (e.pointer.as_str(), &*e.code)).collect();
        assert_eq!(wrong, [("/at", "in_the_future"), ("/who_answered", "contradicts")]);
    }
}
