//! Links between cases of one household: the same survivor, the same respondent, the same children. Facet `risk`.
//!
//! Always: a link shows only to those who may see both cases, whichever side they look from; it leaves no event on either
//! timeline, since that would tell of the other case.

mod api;
pub mod facts;
mod steps;
mod store;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use api::routes;

use crate::base::ids::{CaseId, LinkId};
use crate::base::problem::{FieldCode, Problem};
use crate::base::time::Timestamp;
use crate::base::words::words;
use crate::door::{Check, ETag, View};
use crate::features::casefile::CaseHead;

words! {
    /// What two cases of a household share.
    pub enum LinkKind {
        /// The same survivor.
        Survivor = "survivor",
        /// The same respondent.
        Respondent = "respondent",
        /// The same children.
        Children = "children",
    }
}

/// Which case is linked, and why.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewLink {
    /// The other case.
    pub other_case_id: CaseId,
    /// What they share.
    pub kind: LinkKind,
}

impl Check for NewLink {}

/// A link, as seen from one of its cases.
#[derive(Serialize, JsonSchema)]
pub struct LinkView {
    /// Its id.
    pub id: LinkId,
    /// What the cases share.
    pub kind: LinkKind,
    /// The other case's head.
    pub case: CaseHead,
    /// Since when.
    pub linked_at: Timestamp,
    /// Counts its changes.
    pub version: i64,
}

impl View for LinkView {
    fn etag(&self) -> ETag {
        ETag::Version(self.version)
    }
}

/// Why two cases were not linked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotLinked {
    /// The other case is not there, or none of the actor's: the same words for both.
    #[error("no such case")]
    Hidden,
    /// A case is not linked with itself.
    #[error("the same case")]
    Itself,
    /// They are linked so already.
    #[error("linked already")]
    Already,
}

impl From<NotLinked> for Problem {
    fn from(why: NotLinked) -> Self {
        match why {
            NotLinked::Hidden => Self::wrong_field("/other_case_id", FieldCode::NotFound),
            NotLinked::Itself => Self::wrong_field("/other_case_id", FieldCode::NotAllowedHere),
            NotLinked::Already => Self::conflict().because("the cases are linked for this reason already", "两案已因该原因关联"),
        }
    }
}

/// The same words from either side, so that the database itself keeps a link from standing twice.
fn pair(one: CaseId, other: CaseId, kind: LinkKind) -> String {
    format!("{}/{}/{kind}", one.min(other), one.max(other))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pair_is_the_same_from_either_side() {
        let one: CaseId = "0193a5b0-7c00-7000-8000-000000000001".parse().unwrap();
        let other: CaseId = "0193a5b0-7c00-7000-8000-000000000002".parse().unwrap();
        assert_eq!(pair(one, other, LinkKind::Survivor), pair(other, one, LinkKind::Survivor));
        assert_ne!(pair(one, other, LinkKind::Survivor), pair(one, other, LinkKind::Children));
    }
}
