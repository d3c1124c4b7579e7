//! Introductions by a broker (介绍): an agency, typically a service centre, proposes a provider for a need that it cannot meet
//! itself, to an agency that owns cases or to that provider.
//!
//! The states and steps are those of a referral of kind `introduction`: `draft → sent → acknowledged → accepted → completed`;
//! aside `declined`, `withdrawn`. Always: it is of no case and bears no facet, not even a text in which somebody could be
//! named; the need and every reason are words of lists. An owner that accepts refers its case itself. A receiver knows nothing
//! of a draft, nor of what was taken back.
//! No I/O here: rows in `store`, endpoints in `api`; deadlines are a referral's, in `config/clocks.toml`.

mod api;
mod steps;
mod store;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use api::routes;

use crate::base::fields::{FieldCode, FieldErrors};
use crate::base::ids::{AgencyId, IntroductionId, ProviderId};
use crate::base::text::{Division, LanguageTag};
use crate::base::time::Timestamp;
use crate::base::words::{Audience, HelpKind, IntroductionReason, ReferralState, Urgency};
use crate::door::{Check, ETag, View};

/// An introduction to be drafted.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewIntroduction {
    /// To whom: an agency that owns cases, or the provider itself.
    pub to_agency: AgencyId,
    /// Who is proposed: a provider whose entry in the directory gives this help.
    pub provider_id: ProviderId,
    /// Which help is needed.
    pub help: HelpKind,
    /// Where, by GB/T 2260.
    pub division: Division,
    /// How soon.
    pub urgency: Urgency,
    /// For whom.
    #[serde(default)]
    pub audience: Option<Audience>,
    /// In which language.
    #[serde(default)]
    pub language: Option<LanguageTag>,
}

impl Check for NewIntroduction {
    fn check(&self, _: Timestamp, errors: &mut FieldErrors) {
        if self.help == HelpKind::KeepingConfidence {
            errors.push("/help", FieldCode::NotAllowedHere);
        }
    }
}

/// Why it is declined or taken back.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Because {
    /// A word; what else there is to say is said by telephone.
    pub reason: IntroductionReason,
}

impl Check for Because {}

/// Which box of an agency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Tray {
    /// What was introduced to it.
    Inbox,
    /// What it introduced.
    Outbox,
}

/// Which introductions.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct IntroductionFilter {
    /// Those to one's agency, or by it.
    #[serde(rename = "box", default = "inbox")]
    pub which: Tray,
    /// Only those in this state.
    #[serde(default)]
    pub state: Option<ReferralState>,
}

const fn inbox() -> Tray {
    Tray::Inbox
}

/// An agency that is named in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct NamedAgency {
    /// The agency.
    pub agency_id: AgencyId,
    /// Its name.
    pub name: String,
}

/// An introduction, as both sides see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(rename = "Introduction")]
pub struct IntroductionView {
    /// Its id.
    pub id: IntroductionId,
    /// Who introduces.
    pub sender: NamedAgency,
    /// To whom.
    pub receiver: NamedAgency,
    /// Who is proposed.
    pub provider: NamedAgency,
    /// Which help is needed.
    pub help: HelpKind,
    /// Where.
    pub division: String,
    /// How soon.
    pub urgency: Urgency,
    /// For whom.
    pub audience: Option<Audience>,
    /// In which language.
    pub language: Option<String>,
    /// How far it is.
    pub state: ReferralState,
    /// Why it was declined or taken back.
    pub reason: Option<IntroductionReason>,
    /// When it was written.
    pub created_at: Timestamp,
    /// When it was sent.
    pub sent_at: Option<Timestamp>,
    /// When the receiver had seen it.
    pub acknowledged_at: Option<Timestamp>,
    /// When it was accepted or declined.
    pub answered_at: Option<Timestamp>,
    /// When it was over.
    pub ended_at: Option<Timestamp>,
    /// Counts its changes.
    pub version: i64,
}

impl View for IntroductionView {
    fn etag(&self) -> ETag {
        ETag::Version(self.version)
    }
    fn location(&self) -> Option<String> {
        Some(format!("/api/v1/introductions/{}", self.id))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Nothing that could name a person or a case can be said in an introduction: every field is an id of an agency, a word of
    /// a list, a division, a language, a time or a number.
    #[test]
    fn there_is_no_field_for_a_text_or_a_case() {
        let body = |field: &str| {
            let mut body = serde_json::json!({
                "to_agency": "0193a5b0-7c00-7000-8000-000000000001", "provider_id": "0193a5b0-7c00-7000-8000-000000000002",
                "help": "counselling", "division": "310113", "urgency": "normal"
            });
            body[field] = "x".into();
            serde_json::from_value::<NewIntroduction>(body)
        };
        for field in ["text", "case_id", "facets", "intake", "name", "note"] {
            assert!(body(field).unwrap_err().to_string().contains("unknown field"), "{field}");
        }
        assert!(serde_json::from_value::<Because>(serde_json::json!({ "reason": "她叫林晓梅" })).is_err());
    }
}
