//! Declarations (利益冲突申报): names first, then content.
//!
//! A user's first look at a case shows the parties' names alone and asks whether there is a conflict of interest. Only who
//! said that there is none sees more; who says that there is one is walled off at once. Always: the look is recorded; a
//! conflict found later can be declared later.

mod api;
mod steps;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use api::routes;

use crate::base::fields::FieldCode;
use crate::base::ids::{CaseId, PartyId};
use crate::base::problem::FieldErrors;
use crate::base::text::Text;
use crate::base::time::Timestamp;
use crate::base::words::{PartyKind, words};
use crate::door::{Check, View};

words! {
    /// What the reader declared.
    pub enum DeclarationState {
        /// Nothing yet: nothing but the names is shown.
        None = "none",
        /// That there is no conflict of interest.
        NoConflict = "no_conflict",
        /// That there is one: the case is not there for them any more.
        Conflict = "conflict",
    }
}

/// A declaration.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Declare {
    /// Whether the reader is a party, or close to one.
    pub conflict: bool,
    /// What the owner should know of it.
    #[serde(default)]
    pub text: Option<Text>,
}

impl Check for Declare {
    fn check(&self, _: Timestamp, errors: &mut FieldErrors) {
        if !self.conflict && self.text.is_some() {
            errors.push("/text", FieldCode::NotAllowedHere);
        }
    }
}

/// What the reader declared about a case.
#[derive(Debug, Serialize, JsonSchema)]
pub struct DeclarationView {
    /// The case.
    pub case_id: CaseId,
    /// What was declared.
    pub state: DeclarationState,
    /// When.
    pub declared_at: Option<Timestamp>,
}

impl View for DeclarationView {
    fn location(&self) -> Option<String> {
        Some(format!("/api/v1/cases/{}/declarations", self.case_id))
    }
}

/// A party, in the first look.
#[derive(Debug, Serialize, JsonSchema)]
pub struct FirstLookName {
    /// The party; not said to whom the case is not open but for the intake that they sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<PartyId>,
    /// Who they are in the case.
    pub kind: PartyKind,
    /// The name, if it is known.
    pub name: Option<String>,
}

/// The first look: the parties by name alone, and what the reader declared.
#[derive(Serialize, JsonSchema)]
pub struct FirstLookView {
    /// The parties; to whom only sent the case in, those they named. Children are not named.
    pub parties: Vec<FirstLookName>,
    /// The reader's own declaration.
    pub own: DeclarationView,
}

impl View for FirstLookView {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_come_with_a_conflict_only() {
        let check = |json: &str| {
            let mut errors = FieldErrors::new();
            serde_json::from_str::<Declare>(json).unwrap().check(Timestamp::from_micros(0), &mut errors);
            errors.as_slice().iter().map(|error| error.pointer.clone()).collect::<Vec<_>>()
        };
        assert!(check(r#"{"conflict": true, "text": "他的表亲"}"#).is_empty());
        assert!(check(r#"{"conflict": true}"#).is_empty());
        assert!(check(r#"{"conflict": false}"#).is_empty());
        assert_eq!(check(r#"{"conflict": false, "text": "无"}"#), ["/text"]);
    }
}
