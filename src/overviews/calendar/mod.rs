//! One's calendar, for the programs that people keep theirs in: one's deadlines and the sessions one sits at.
//!
//! Such a program asks without signing in, and hands what it gets to whatever it is connected with. Always: an event is a
//! time and a case's number, nothing else, not even what is due; it is there only while its owner may see the case and the
//! facet it stands in; the address is private by a token, of which there is one a person and only its digest is stored. The
//! token is good for nothing else, and ends with whatever ends all of its owner's sessions.

mod api;
mod file;
mod steps;
mod store;

use schemars::JsonSchema;
use serde::Serialize;

pub use api::routes;

use crate::base::ids::CalendarTokenId;
use crate::base::time::Timestamp;
use crate::door::View;

/// An event: when, and of which case.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Event {
    /// The same for the same thing, and tells nothing of it.
    uid: String,
    from: Timestamp,
    until: Option<Timestamp>,
    case_no: Option<String>,
}

/// One's private address, shown this once.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "CalendarToken")]
pub struct TokenView {
    /// The token's id, as in the audit log.
    pub id: CalendarTokenId,
    /// The token. It is not shown again.
    pub token: String,
    /// The address to give to one's calendar program.
    pub url: String,
    /// Since when.
    pub created_at: Timestamp,
}

impl View for TokenView {
    const STATUS: u16 = 201;
}
