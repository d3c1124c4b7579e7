//! Consents (知情同意): what she lets one recipient see of her case, for one purpose, until a day.
//!
//! `given | suspended → revoked`; `given → suspended`; `suspended → given` (`confirm`); `given → expired`, by its date or
//! by one that she gives anew to the same recipient for the same purpose, which takes its place without a gap.
//! Always: separate for each recipient and purpose; suspending and revoking act on the next request of whoever sees the
//! case by it; who says that she takes it back is not asked to prove it first. Consent alone opens nothing: it lets a
//! referral be made. One kind does open something: her consent to the assigned worker's keeping what she says in
//! confidence.

mod api;
pub mod facts;
mod steps;
mod store;
#[cfg(test)]
mod tests;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use api::routes;

use crate::base::fields::FieldCode;
use crate::base::ids::{AgencyId, CaseId, ConsentId, UserId};
use crate::base::machine::Machine;
use crate::base::problem::{FieldErrors, Problem};
use crate::base::text::{PersonName, Text};
use crate::base::time::{Day, Timestamp};
use crate::base::words::{ConsentState, Facet, FacetSet, HelpKind, words};
use crate::door::{Check, ETag, View};

words! {
    /// Who gave a consent.
    pub enum GivenBy {
        /// She herself.
        Survivor = "survivor",
        /// A guardian who is not a party.
        Guardian = "guardian",
    }

    /// What can be done with a consent.
    pub enum ConsentStep {
        /// Stops sharing at once, until she is met.
        Suspend = "suspend",
        /// She was met and wants it kept.
        Confirm = "confirm",
        /// Takes it back for good.
        Revoke = "revoke",
    }
}

/// A consent as recorded.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewConsent {
    /// The agency that may see.
    pub recipient_agency: AgencyId,
    /// The one person of it, where it is for a person: always for what is kept in confidence, and for where she is.
    #[serde(default)]
    pub recipient_user: Option<UserId>,
    /// For which help.
    pub purpose: HelpKind,
    /// Which parts of the case.
    #[schemars(length(min = 1))]
    pub facets: FacetSet,
    /// The last day on which it holds.
    pub expires_on: Day,
    /// Who gave it.
    pub given_by: GivenBy,
    /// The guardian, if one gave it.
    #[serde(default)]
    pub guardian_name: Option<PersonName>,
    /// The day on which it was given.
    pub given_on: Day,
    /// What she wishes to be kept to.
    #[serde(default)]
    pub wish: Option<Text>,
    /// What the child itself says, where a guardian gives it.
    #[serde(default)]
    pub child_view: Option<Text>,
}

impl Check for NewConsent {
    fn check(&self, now: Timestamp, errors: &mut FieldErrors) {
        let today = now.day();
        if self.given_on > today {
            errors.push("/given_on", FieldCode::InTheFuture);
        }
        if self.expires_on < today {
            errors.push("/expires_on", FieldCode::InThePast);
        }
        if self.expires_on < self.given_on {
            errors.push("/expires_on", FieldCode::EndsBeforeStart);
        }
        if self.facets.is_empty() {
            errors.push("/facets", FieldCode::TooFew { min: 1 });
        }
        match (self.given_by, &self.guardian_name) {
            (GivenBy::Guardian, None) => errors.push("/guardian_name", FieldCode::Required),
            (GivenBy::Survivor, Some(_)) => errors.push("/guardian_name", FieldCode::NotAllowedHere),
            (GivenBy::Guardian, Some(_)) | (GivenBy::Survivor, None) => {}
        }
        // What is said in confidence, and where she is, are given to named persons only.
        let needs_a_person = self.purpose == HelpKind::KeepingConfidence || self.facets.has(Facet::Location);
        if needs_a_person && self.recipient_user.is_none() {
            errors.push("/recipient_user", FieldCode::Required);
        }
    }
}

/// What the one who records it may let her give: `at_most` for the purpose, what the recorder holds, and whether the
/// recorder leads the case.
#[derive(Debug, Clone, Copy)]
struct Bounds {
    at_most: FacetSet,
    held: FacetSet,
    is_lead: bool,
}

impl NewConsent {
    /// Facets that may stand in it. Nobody gives what they do not hold, her consent to the assigned worker aside; what was
    /// said in confidence is given to that worker, or by the lead worker.
    fn may_name(&self, bounds: Bounds) -> FacetSet {
        if self.purpose == HelpKind::KeepingConfidence {
            return bounds.at_most.and(FacetSet::of(&[Facet::Confidential]));
        }
        let held = if bounds.is_lead { bounds.held } else { bounds.held.without(Facet::Confidential) };
        bounds.at_most.and(held)
    }
}

/// A consent's life: its state as stored, and when its last day is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Life {
    stored: ConsentState,
    ends_at: Timestamp,
}

impl Life {
    /// Its state at that moment: one that was given expires by its date.
    fn state(self, now: Timestamp) -> ConsentState {
        match self.stored {
            ConsentState::Given if self.is_over(now) => ConsentState::Expired,
            ConsentState::Given | ConsentState::Suspended | ConsentState::Revoked | ConsentState::Expired => self.stored,
        }
    }
    fn is_over(self, now: Timestamp) -> bool {
        self.ends_at <= now
    }
    /// The steps that it allows then.
    fn allowed(self, now: Timestamp) -> &'static [ConsentStep] {
        match self.state(now) {
            ConsentState::Given => &[ConsentStep::Suspend, ConsentStep::Revoke],
            // What is over is not confirmed: she gives a new one.
            ConsentState::Suspended if self.is_over(now) => &[ConsentStep::Revoke],
            ConsentState::Suspended => &[ConsentStep::Confirm, ConsentStep::Revoke],
            ConsentState::Revoked | ConsentState::Expired => &[],
        }
    }
    /// Takes a step.
    fn take(self, step: ConsentStep, now: Timestamp) -> Result<Self, ConsentRefused> {
        let allowed = self.allowed(now);
        if !allowed.contains(&step) {
            return Err(ConsentRefused::Illegal { from: self.state(now), step, allowed });
        }
        let stored = match step {
            ConsentStep::Suspend => ConsentState::Suspended,
            ConsentStep::Confirm => ConsentState::Given,
            ConsentStep::Revoke => ConsentState::Revoked,
        };
        Ok(Self { stored, ..self })
    }
}

/// Why a consent was not recorded or changed. The client reads these words: nothing of the case in them.
/// The state machine as a picture.
pub fn machine() -> Machine {
    let states: (_, fn(_) -> _) = (ConsentState::ALL, ConsentState::as_str);
    let (now, ends_at) = (Timestamp::from_micros(0), Timestamp::from_micros(1));
    Machine::new("Consent", &[ConsentState::Given], ConsentState::as_str)
        .with(states, (ConsentStep::ALL, ConsentStep::as_str), move |stored, step| {
            Life { stored, ends_at }.take(step, now).ok().map(|life| life.stored)
        })
        .by_itself(states, "its last day is over", move |stored| Life { stored, ends_at }.state(ends_at))
}

#[derive(Debug, PartialEq, Eq, thiserror::Error)]
enum ConsentRefused {
    /// The state does not allow the step.
    #[error("a {from} consent cannot be changed by {step}")]
    Illegal { from: ConsentState, step: ConsentStep, allowed: &'static [ConsentStep] },
    /// One for this recipient and purpose is suspended.
    #[error("there is a suspended one")]
    OneIsSuspended,
}

impl From<ConsentRefused> for Problem {
    fn from(why: ConsentRefused) -> Self {
        match why {
            ConsentRefused::Illegal { from, step, allowed } => {
                Self::illegal_step(from.as_str(), step.as_str(), allowed.iter().map(|step| step.as_str()))
            }
            ConsentRefused::OneIsSuspended => Self::conflict().because(
                "A consent to this recipient for this purpose is suspended; confirm or revoke it before another is recorded",
                "对该接收方、该用途的同意书暂停中,请先当面核实恢复或撤回,再登记新的同意书",
            ),
        }
    }
}

/// Whom a consent is for.
#[derive(Debug, Serialize, JsonSchema)]
pub struct RecipientView {
    /// The agency.
    pub agency_id: AgencyId,
    /// Its name.
    pub name: String,
    /// The one person, where it is for a person.
    pub user_id: Option<UserId>,
    /// Their name.
    pub user_name: Option<String>,
}

/// A consent, as disclosed.
#[derive(Serialize, JsonSchema)]
pub struct ConsentView {
    /// Its id.
    pub id: ConsentId,
    /// The case.
    pub case_id: CaseId,
    /// Its state now.
    pub state: ConsentState,
    /// Whom it is for.
    pub recipient: RecipientView,
    /// For which help.
    pub purpose: HelpKind,
    /// Which parts of the case.
    pub facets: FacetSet,
    /// The last day on which it holds.
    pub expires_on: Day,
    /// Who gave it.
    pub given_by: GivenBy,
    /// The guardian, if one gave it.
    pub guardian_name: Option<PersonName>,
    /// The day on which it was given.
    pub given_on: Day,
    /// What she wishes to be kept to.
    pub wish: Option<Text>,
    /// What the child itself says.
    pub child_view: Option<Text>,
    /// Who recorded it.
    pub recorded_by: UserId,
    /// When.
    pub recorded_at: Timestamp,
    /// Since when it is suspended.
    pub suspended_at: Option<Timestamp>,
    /// When it was taken back.
    pub revoked_at: Option<Timestamp>,
    /// The consent that she gave anew in its place, which ended it before its date.
    pub superseded_by: Option<ConsentId>,
    #[serde(skip)]
    version: i64,
}

impl View for ConsentView {
    fn etag(&self) -> ETag {
        ETag::Version(self.version)
    }
    fn location(&self) -> Option<String> {
        Some(format!("/api/v1/cases/{}/consents/{}", self.case_id, self.id))
    }
}
