//! Case notes (个案记录): what those who work a case wrote down, each under the facet of its kind.
//!
//! Append-only: an amendment is another note that points at the original. A note under the wrong facet is sealed into
//! `confidential` at once, with its amendments: the text is not touched, only where it belongs, which a row beside it says.
//! Always: whoever may write the facet may add; whoever's grant includes it reads; authors read their own while a grant
//! lives. No list, count or gap tells of a note that is withheld, its events on the timeline included.
//! Minutes of an assigned worker count on the contract (`assignments::facts`).
//! No I/O here: rows in `store`, endpoints in `api`.

mod api;
pub mod facts;
mod rules;
mod steps;
mod store;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use api::routes;

use crate::access::Content;
use crate::base::ids::{AgencyId, CaseId, NoteId, UserId};
use crate::base::problem::{FieldCode, FieldErrors};
use crate::base::text::Text;
use crate::base::time::Timestamp;
use crate::base::words::{Facet, NoteKind};
use crate::door::{Check, View};

/// Adds a note.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AddNote {
    /// What it is; each kind has one facet.
    pub kind: NoteKind,
    /// What it says.
    pub text: Text,
    /// Minutes of service; an assigned worker's count on the contract.
    #[serde(default)]
    #[schemars(range(min = 0, max = 1440))]
    pub minutes: Option<i64>,
    /// When it happened, if not now.
    #[serde(default)]
    pub occurred_at: Option<Timestamp>,
}

impl Check for AddNote {
    fn check(&self, now: Timestamp, errors: &mut FieldErrors) {
        if self.occurred_at.is_some_and(|at| at > now) {
            errors.push("/occurred_at", FieldCode::InTheFuture);
        }
    }
}

/// Amends a note.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Amend {
    /// What is to be added or put right.
    pub text: Text,
    /// How many minutes the note's service really took, if that was wrong: what counts on the contract from now on.
    #[serde(default)]
    #[schemars(range(min = 0, max = 1440))]
    pub minutes: Option<i64>,
}

impl Check for Amend {}

/// Which notes.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NoteFilter {
    /// Of these kinds only.
    #[serde(default)]
    pub kind: Vec<NoteKind>,
}

/// What a note says. Its seal binds it to its row, not to its facet, so that it stays readable under another.
#[derive(Serialize, Deserialize)]
pub struct Body(Text);

impl Content for Body {
    const TABLE: &'static str = "notes";
    const COLUMN: &'static str = "body";
}

/// A note, as shown.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(rename = "Note")]
pub struct NoteView {
    /// Its id.
    pub id: NoteId,
    /// The case.
    pub case_id: CaseId,
    /// What it is.
    pub kind: NoteKind,
    /// The facet it belongs to now.
    pub facet: Facet,
    /// Who wrote it.
    pub author: UserId,
    /// Their name.
    pub author_name: String,
    /// Their agency.
    pub author_agency: AgencyId,
    /// The note it amends.
    pub amends: Option<NoteId>,
    /// Minutes of service.
    pub minutes: Option<i64>,
    /// When it happened.
    pub occurred_at: Timestamp,
    /// When it was written.
    pub written_at: Timestamp,
    /// Since when it is sealed into `confidential`.
    pub sealed_at: Option<Timestamp>,
    /// What it says; null where it was erased.
    pub text: Option<Text>,
    /// Since when it is erased.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub erased_at: Option<Timestamp>,
}

impl View for NoteView {
    fn location(&self) -> Option<String> {
        Some(format!("/api/v1/cases/{}/notes/{}", self.case_id, self.id))
    }
}

/// That a note was sealed: all that whoever sealed it is shown, who may not read it any more.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct SealedNote {
    /// The note.
    pub id: NoteId,
    /// The facet it belongs to now.
    pub facet: Facet,
    /// Since when.
    pub sealed_at: Timestamp,
}

impl View for SealedNote {}
