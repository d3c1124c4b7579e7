//! Documents (文书、附件) of a case: `awaiting → stored → erased`; one that was announced and does not come is taken away.
//!
//! A document bears the facets of what it contains. Always: its reader holds them all, its writer may write them all; authors
//! read back what they wrote in confidence. What it is called, and its file's name, are sealed under its own key, as is what it
//! holds, in pieces that open at their own place alone. It is served as an attachment, never as a page. Whatever is refused on
//! its way in leaves nothing behind but its entry in the log.
//! No I/O here: rows in `store`, the way in in `receiving`, the way out in `reading`.

mod api;
mod check;
pub mod facts;
mod reading;
mod receiving;
mod rules;
mod scan;
mod spool;
mod steps;
mod store;
mod sweeping;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use api::routes;
pub(crate) use sweeping::sweep;

use crate::access::Content;
use crate::base::ids::{AgencyId, CaseId, DocumentId, UserId};
use crate::base::machine::{self, IllegalStep, Machine};
use crate::base::problem::{FieldCode, FieldErrors};
use crate::base::text::Line;
use crate::base::time::Timestamp;
use crate::base::words::{DocumentKind, DocumentState, FacetSet, Language, MediaType, words};
use crate::door::{Check, View};

/// Announces a document. Its content is sent after.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AddDocument {
    /// What it is called.
    pub title: Line,
    /// Its file's name, without a folder; what it ends in says what it must be.
    pub file_name: Line,
    /// The facets of what it contains, one at least.
    pub facets: FacetSet,
    /// Its length, bytes.
    #[schemars(range(min = 1))]
    pub size: i64,
}

impl Check for AddDocument {
    fn check(&self, _: Timestamp, errors: &mut FieldErrors) {
        if self.facets.is_empty() {
            errors.push("/facets", FieldCode::TooFew { min: 1 });
        }
        if let Err(why) = rules::named(self.file_name.as_str()) {
            errors.push("/file_name", why.into());
        }
        if self.size < 1 {
            errors.push("/size", FieldCode::TooSmall { min: "1".to_owned() });
        }
    }
}

/// What a document is called. The facets stand in it too: who changes them beside it gets it opened by nobody.
#[derive(Serialize, Deserialize)]
pub struct Head {
    title: Line,
    file_name: Line,
    facets: FacetSet,
}

impl Content for Head {
    const TABLE: &'static str = "documents";
    const COLUMN: &'static str = "head";
}

/// What its content must come to.
#[derive(Serialize, Deserialize)]
pub struct Digest {
    sha256: String,
}

impl Content for Digest {
    const TABLE: &'static str = "documents";
    const COLUMN: &'static str = "digest";
}

/// A document, as shown; its content is asked for by itself.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(rename = "Document")]
pub struct DocumentView {
    /// Its id.
    pub id: DocumentId,
    /// The case.
    pub case_id: CaseId,
    /// Where it comes from.
    pub kind: DocumentKind,
    /// The template that it was made from.
    pub template: Option<String>,
    /// The language that it was made in.
    pub language: Option<Language>,
    /// The facets of what it contains.
    pub facets: FacetSet,
    /// Who sent or made it.
    pub author: UserId,
    /// Their name.
    pub author_name: String,
    /// Their agency.
    pub author_agency: AgencyId,
    /// What it is called; null where it is erased.
    pub title: Option<Line>,
    /// Its file's name; null where it is erased.
    pub file_name: Option<Line>,
    /// What it is; null until its content is there.
    pub media_type: Option<MediaType>,
    /// Its length, bytes.
    pub size: i64,
    /// Where it stands.
    pub state: DocumentState,
    /// When it was announced or made.
    pub created_at: Timestamp,
    /// Since when its content is there.
    pub stored_at: Option<Timestamp>,
    /// Since when it is erased.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub erased_at: Option<Timestamp>,
}

impl View for DocumentView {
    fn location(&self) -> Option<String> {
        Some(format!("/api/v1/cases/{}/documents/{}", self.case_id, self.id))
    }
}

words! {
    /// What may become of a document.
    pub enum Step {
        /// Its content comes.
        Fill = "fill",
        /// Its key is destroyed.
        Erase = "erase",
    }
}

/// The state after a step, if it allows it.
const fn after(state: DocumentState, step: Step) -> Option<DocumentState> {
    match (state, step) {
        (DocumentState::Awaiting, Step::Fill) => Some(DocumentState::Stored),
        (DocumentState::Stored, Step::Erase) => Some(DocumentState::Erased),
        (DocumentState::Awaiting, Step::Erase)
        | (DocumentState::Stored, Step::Fill)
        | (DocumentState::Erased, Step::Fill | Step::Erase) => None,
    }
}

fn take(state: DocumentState, step: Step) -> Result<DocumentState, IllegalStep> {
    machine::take((state, DocumentState::as_str), (step, Step::as_str), Step::ALL, after)
}

/// The state machine as a picture.
pub fn machine() -> Machine {
    // A paper is stored as it is made.
    Machine::new("Document", &[DocumentState::Awaiting, DocumentState::Stored], DocumentState::as_str).with(
        (DocumentState::ALL, DocumentState::as_str),
        (Step::ALL, Step::as_str),
        after,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_comes_once_and_what_is_erased_stays_so() {
        assert_eq!(take(DocumentState::Awaiting, Step::Fill), Ok(DocumentState::Stored));
        assert_eq!(take(DocumentState::Stored, Step::Erase), Ok(DocumentState::Erased));
        for (state, step) in [
            (DocumentState::Stored, Step::Fill),
            (DocumentState::Awaiting, Step::Erase),
            (DocumentState::Erased, Step::Fill),
            (DocumentState::Erased, Step::Erase),
        ] {
            assert!(take(state, step).is_err(), "{state} {step}");
        }
    }
}
