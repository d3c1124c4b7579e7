//! Safety plans (安全计划): her own plan, in her own words, each version as it was saved. Facet `confidential`.
//!
//! Always: a version is never changed, only followed by another; whoever writes without holding `confidential` (who screened
//! her, before she consented to a worker's keeping what she says) reads their own versions alone, and nothing that is shown
//! tells them of others. She may name parts for the duty desk's on-call sheet, in words of their own.
//! No I/O here: rows in `store`, use cases in `steps`, endpoints in `api`.

mod api;
pub mod facts;
mod steps;
mod store;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use api::routes;

use crate::access::Content;
use crate::base::fields::{FieldCode, FieldErrors};
use crate::base::ids::{AgencyId, CaseId, SafetyPlanId, UserId};
use crate::base::text::{Line, Text};
use crate::base::time::Timestamp;
use crate::door::{Check, ETag, View};

/// A part of her plan.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PlanPart {
    /// What it is about: where she goes, what she takes, whom she calls.
    pub title: Line,
    /// What she does.
    pub text: Text,
    /// What the duty desk is to have at hand of it, in her own words, if she wants it to.
    #[serde(default)]
    pub on_call: Option<Text>,
}

/// Her plan, as she says it now: whole.
#[derive(Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SavePlan {
    /// Its parts, in her order.
    #[schemars(length(min = 1, max = 30))]
    pub parts: Vec<PlanPart>,
}

impl Check for SavePlan {
    fn check(&self, _: Timestamp, errors: &mut FieldErrors) {
        for (place, part) in self.parts.iter().enumerate() {
            if self.parts.iter().take(place).any(|earlier| earlier.title.as_str() == part.title.as_str()) {
                errors.push(format!("/parts/{place}/title"), FieldCode::Duplicate);
            }
        }
    }
}

/// What is sealed.
#[derive(Serialize, Deserialize)]
struct Plan {
    parts: Vec<PlanPart>,
}

impl Content for Plan {
    const TABLE: &'static str = "safety_plans";
    const COLUMN: &'static str = "plan";
}

/// A version of her plan.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "SafetyPlanVersion")]
pub struct VersionView {
    /// Its id.
    pub id: SafetyPlanId,
    /// Its parts, in her order.
    pub parts: Vec<PlanPart>,
    /// When it was saved.
    pub saved_at: Timestamp,
    /// Who wrote it down; null where this reader may not know who else works on the case.
    pub saved_by: Option<UserId>,
    /// Of which agency; null likewise.
    pub saved_agency: Option<AgencyId>,
}

impl View for VersionView {}

/// Her plan as it stands, as far as its reader may see it.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "SafetyPlan")]
pub struct PlanView {
    /// The case.
    pub case_id: CaseId,
    /// The version that stands; null where there is none, or none for this reader.
    pub current: Option<VersionView>,
    /// Whether this is only what you wrote yourself, and the rest is withheld.
    pub own_only: bool,
    #[serde(skip)]
    tag: String,
}

impl View for PlanView {
    // Of what is shown: a count of versions would tell whoever reads their own alone that there are others.
    fn etag(&self) -> ETag {
        ETag::Hash(self.tag.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_parts_of_one_title_are_refused() {
        let part = |title: &str| serde_json::json!({ "title": title, "text": "她做什么" });
        let body = serde_json::json!({ "parts": [part("去处"), part("证件"), part("去处")] });
        let plan: SavePlan = serde_json::from_value(body).unwrap();
        let mut errors = FieldErrors::new();
        plan.check(Timestamp::from_micros(0), &mut errors);
        let wrong: Vec<_> = errors.as_slice().iter().map(|e| (e.pointer.as_str(), &*e.code)).collect();
        assert_eq!(wrong, [("/parts/2/title", "duplicate")]);
    }

    #[test]
    fn the_routes_are_in_order() {
        assert_eq!(routes().faults(), Vec::<String>::new());
    }
}
