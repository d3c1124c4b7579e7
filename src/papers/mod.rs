//! Papers: what the office prints, typeset to PDF from templates that are data. Knows no case: it is given texts.
//!
//! A template is two files, `config/templates/KEY.toml` (its words in both languages, the fields it draws, the facet each
//! belongs to) and `KEY.typ` (its page). They are checked whole at the start ([`templates`]). Rendering ([`press`]) runs on
//! threads of its own, reads no file and no network, and gives the same bytes for the same data.
//!
//! Always: what people wrote goes in as data, never as markup; a paper that may reach the respondent draws from
//! [`ALLOWED_TO_RESPONDENT`] alone.

pub mod data;
mod fonts;
pub mod press;
mod render;
mod syntax;
pub mod templates;

pub use data::{Filled, Paper, WrongData};
pub use press::{PaperError, Press};
pub use templates::{Template, Templates, Wrong};

/// The fields that a paper may draw if the respondent can come to hold it: the office, when and where, what both agreed on.
/// No name, no reason, no reach of hers, nobody who reported. A template that draws another stops the start.
pub const ALLOWED_TO_RESPONDENT: &[&str] = &[
    // The office that writes, and where it is reached.
    "office",
    "office_contact",
    // The paper's own number and day; never the case's number.
    "number",
    "made_on",
    // When and where.
    "meeting_at",
    "put_off_at",
    "cancelled_at",
    "room",
    "agreed_on",
    // What both have agreed on: they hear it from each other.
    "clauses",
    // The admonition that is handed over: its number, its day, and by whom and when it was served.
    "admonition_number",
    "issued_on",
    "served_at",
    "handed_over_by",
];
