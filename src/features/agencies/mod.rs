//! Agencies (机构): who works together, of which kind, in which division (GB/T 2260), under which parent.
//!
//! Entered and changed by the administrator; everybody who is signed in sees them. Always: a kind never changes, since
//! roles, grants and contracts rest on it; no agency stands above itself; a name stands once.

mod api;
pub mod facts;
mod steps;
mod store;

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize};

pub use api::routes;
pub use steps::create;

use crate::base::ids::AgencyId;
use crate::base::problem::{FieldCode, Problem};
use crate::base::text::{Division, Line};
use crate::base::words::AgencyKind;
use crate::door::{Check, ETag, View};

/// A new agency.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewAgency {
    /// Its name.
    pub name: Line,
    /// What it is; never changed later.
    pub kind: AgencyKind,
    /// Its division by GB/T 2260.
    pub division: Division,
    /// Where it is reached: a phone, a counter, a person on duty.
    pub contact_point: Line,
    /// The agency above it.
    #[serde(default)]
    pub parent_id: Option<AgencyId>,
}

impl Check for NewAgency {}

/// What changes of an agency; what is left out stays.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangedAgency {
    /// Its name.
    #[serde(default)]
    pub name: Option<Line>,
    /// Its division by GB/T 2260.
    #[serde(default)]
    pub division: Option<Division>,
    /// Where it is reached.
    #[serde(default)]
    pub contact_point: Option<Line>,
    /// The agency above it; null: none.
    #[serde(default, deserialize_with = "given")]
    #[schemars(with = "Option<AgencyId>")]
    pub parent_id: Option<Option<AgencyId>>,
}

impl Check for ChangedAgency {}

#[expect(clippy::option_option, reason = "left out, null and an id are three things to say")]
fn given<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Option<AgencyId>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

/// Which agencies.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AgencyFilter {
    /// Of this kind only.
    #[serde(default)]
    pub kind: Option<AgencyKind>,
}

/// An agency, as everybody sees it.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Agency")]
pub struct AgencyView {
    /// Its id.
    pub id: AgencyId,
    /// Its name.
    pub name: String,
    /// What it is.
    pub kind: AgencyKind,
    /// Its division by GB/T 2260.
    pub division: String,
    /// Where it is reached.
    pub contact_point: String,
    /// The agency above it.
    pub parent_id: Option<AgencyId>,
    #[serde(skip)]
    version: i64,
}

impl View for AgencyView {
    fn etag(&self) -> ETag {
        ETag::Version(self.version)
    }
    fn location(&self) -> Option<String> {
        Some(format!("/api/v1/agencies/{}", self.id))
    }
}

/// Why an agency was not entered or changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AgencyRefused {
    /// Another agency has the name.
    #[error("another agency has this name")]
    NameTaken,
    /// The agency above is not there.
    #[error("the agency above is not there")]
    NoParent,
    /// It would stand above itself.
    #[error("an agency does not stand above itself")]
    AboveItself,
}

impl From<AgencyRefused> for Problem {
    fn from(why: AgencyRefused) -> Self {
        match why {
            AgencyRefused::NameTaken => {
                let code = FieldCode::Other {
                    code: "taken",
                    message: "another agency has this name",
                    message_zh: "该名称已被其他机构使用",
                };
                Self::wrong_field("/name", code)
            }
            AgencyRefused::NoParent => Self::wrong_field("/parent_id", FieldCode::NotFound),
            AgencyRefused::AboveItself => {
                let code = FieldCode::Other {
                    code: "above_itself",
                    message: "an agency does not stand above itself",
                    message_zh: "机构不能成为自己的上级",
                };
                Self::wrong_field("/parent_id", code)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_division_has_the_form_of_the_standard() {
        for good in ["310113", "110000", "659001", "820000"] {
            assert!(good.parse::<Division>().is_ok(), "{good}");
        }
        for wrong in ["31011", "3101130", "010113", "910000", "31011a", "３１０１１３"] {
            assert!(wrong.parse::<Division>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_parent_left_out_stays_and_null_takes_it_away() {
        let read = |text: &str| serde_json::from_str::<ChangedAgency>(text).unwrap().parent_id;
        assert_eq!(read("{}"), None);
        assert_eq!(read(r#"{"parent_id":null}"#), Some(None));
        let id = "0193a5b0-7c00-7000-8000-000000000001";
        assert_eq!(read(&format!(r#"{{"parent_id":"{id}"}}"#)), Some(Some(id.parse().unwrap())));
        assert!(serde_json::from_str::<ChangedAgency>(r#"{"kind":"court"}"#).is_err(), "a kind never changes");
    }
}
