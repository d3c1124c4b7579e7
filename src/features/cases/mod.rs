//! Cases (个案): how one is entered, worked to its outcome, found, and shown.
//!
//! `referred → screening → open → monitoring → closed`, `closed → open`; `referred → closed` when nobody takes it on
//! (`casefile::facts::not_taken_on`). Own intake begins at `screening`.
//! Always: closing is asked for by one person and approved by another, who says why where the risk is high; a case in `monitoring` never closes by itself; a
//! reopened case keeps its number and revives no grant. What a case shows is made in `view` alone, for detail, list and
//! search. No I/O here: use cases in `steps`, rows in `casefile`.

mod api;
mod steps;
mod view;

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer};

pub use api::routes;

use crate::base::fields::{FieldCode, FieldErrors};
use crate::base::ids::UserId;
use crate::base::machine::Machine;
use crate::base::problem::Problem;
use crate::base::text::{IdNumberText, Line, PersonName, Phone, Text};
use crate::base::time::Timestamp;
use crate::base::words::{CaseOutcome, CaseSource, CaseStatus};
use crate::door::Check;
use crate::features::casefile::IncidentInput;
use crate::features::parties::PartyInput;

/// A step of a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    Screen,
    Open,
    RequestClose,
    Monitor,
    Close,
    Reopen,
}

impl Step {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Screen => "screen",
            Self::Open => "open",
            Self::RequestClose => "request-close",
            Self::Monitor => "monitor",
            Self::Close => "close",
            Self::Reopen => "reopen",
        }
    }
}

/// Where a case stands: its status, and who asked for its closing, if that stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Standing {
    status: CaseStatus,
    requested_by: Option<UserId>,
}

/// Why a step did not happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
enum StepRefused {
    /// The state does not allow it: 409.
    #[error("not possible in this state")]
    Illegal { from: CaseStatus, step: Step, allowed: &'static [Step] },
    /// Who asked for closing does not approve it: 403.
    #[error("whoever asked for closing does not approve it")]
    SamePerson,
    /// A protection order binds him, and no plan says how that is watched over: 409.
    #[error("a protection order is in force, and there is no plan")]
    OrderWithoutPlan,
    /// A receiver has not answered yet: 409.
    #[error("a referral is not answered")]
    ReferralUnanswered,
}

impl From<StepRefused> for Problem {
    fn from(refused: StepRefused) -> Self {
        match refused {
            StepRefused::Illegal { from, step, allowed } => {
                Self::illegal_step(from.as_str(), step.as_str(), allowed.iter().map(|step| step.as_str()))
            }
            StepRefused::SamePerson => Self::forbidden().because(
                "whoever asked for closing does not approve it: another supervisor does",
                "申请结案者不得自行审批,须由另一位主管审批",
            ),
            StepRefused::ReferralUnanswered => Self::conflict().because(
                "a referral of the case is not answered: wait for the answer, or withdraw it",
                "尚有转介未获答复:请等待答复或撤回该转介",
            ),
            StepRefused::OrderWithoutPlan => Self::conflict().because(
                "a protection order is in force: the case's plan must say how it is watched over before the case is closed",
                "人身安全保护令仍在有效期内:结案前须在计划中写明如何跟踪",
            ),
        }
    }
}

impl Standing {
    /// The steps that somebody may take from here.
    const fn allowed(self) -> &'static [Step] {
        match (self.status, self.requested_by) {
            (CaseStatus::Referred, _) => &[Step::Screen],
            (CaseStatus::Screening, _) => &[Step::Open],
            (CaseStatus::Open | CaseStatus::Monitoring, None) => &[Step::RequestClose],
            (CaseStatus::Open, Some(_)) => &[Step::RequestClose, Step::Monitor, Step::Close],
            (CaseStatus::Monitoring, Some(_)) => &[Step::RequestClose, Step::Close],
            (CaseStatus::Closed, _) => &[Step::Reopen],
        }
    }

    const fn refuse(self, step: Step) -> StepRefused {
        StepRefused::Illegal { from: self.status, step, allowed: self.allowed() }
    }

    /// Whether `by` may approve the closing that was asked for.
    fn approved(self, step: Step, by: UserId) -> Result<(), StepRefused> {
        match self.requested_by {
            None => Err(self.refuse(step)),
            Some(asked) if asked == by => Err(StepRefused::SamePerson),
            Some(_) => Ok(()),
        }
    }

    /// The status after a step of `by`'s.
    fn after(self, step: Step, by: UserId) -> Result<CaseStatus, StepRefused> {
        let to = leads_to(self.status, step).ok_or_else(|| self.refuse(step))?;
        match step {
            Step::Monitor | Step::Close => self.approved(step, by).map(|()| to),
            Step::Screen | Step::Open | Step::RequestClose | Step::Reopen => Ok(to),
        }
    }
}

/// Where a step leads, whoever takes it.
const fn leads_to(status: CaseStatus, step: Step) -> Option<CaseStatus> {
    match (status, step) {
        (CaseStatus::Referred, Step::Screen) => Some(CaseStatus::Screening),
        (CaseStatus::Screening, Step::Open) | (CaseStatus::Closed, Step::Reopen) => Some(CaseStatus::Open),
        (CaseStatus::Open | CaseStatus::Monitoring, Step::RequestClose) => Some(status),
        (CaseStatus::Open, Step::Monitor) => Some(CaseStatus::Monitoring),
        (CaseStatus::Open | CaseStatus::Monitoring, Step::Close) => Some(CaseStatus::Closed),
        (CaseStatus::Referred, Step::Open | Step::RequestClose | Step::Monitor | Step::Close | Step::Reopen)
        | (CaseStatus::Screening, Step::Screen | Step::RequestClose | Step::Monitor | Step::Close | Step::Reopen)
        | (CaseStatus::Open, Step::Screen | Step::Open | Step::Reopen)
        | (CaseStatus::Monitoring, Step::Screen | Step::Open | Step::Monitor | Step::Reopen)
        | (CaseStatus::Closed, Step::Screen | Step::Open | Step::RequestClose | Step::Monitor | Step::Close) => None,
    }
}

/// The state machine as a picture. Closing is asked for by one and approved by another.
pub fn machine() -> Machine {
    const STEPS: &[Step] = &[Step::Screen, Step::Open, Step::RequestClose, Step::Monitor, Step::Close, Step::Reopen];
    let states: (_, fn(_) -> _) = (CaseStatus::ALL, CaseStatus::as_str);
    let begins = [CaseStatus::Referred, CaseStatus::Screening];
    Machine::new("Case", &begins, CaseStatus::as_str).with(states, (STEPS, Step::as_str), leads_to).with(
        states,
        (&[()], |()| "its intake is declined or withdrawn"),
        |status, ()| (status == CaseStatus::Referred).then_some(CaseStatus::Closed),
    )
}

/// An own intake: how a case is entered by its owner.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct NewIntake {
    /// How it came.
    source: CaseSource,
    /// Who is in it; may be unknown at first.
    #[serde(default)]
    #[schemars(length(max = 50))]
    parties: Vec<PartyInput>,
    /// What happened.
    #[serde(default)]
    incident: Option<IncidentInput>,
    /// Who reported: kept in confidence.
    #[serde(default)]
    reported_by: Option<Line>,
}

impl Check for NewIntake {
    fn check(&self, now: Timestamp, errors: &mut FieldErrors) {
        if self.source == CaseSource::Referral {
            errors.push("/source", FieldCode::NotAllowedHere);
        }
        for (place, party) in self.parties.iter().enumerate() {
            party.check_at(&format!("/parties/{place}"), now, errors);
        }
        if let Some(incident) = &self.incident {
            incident.check_at("/incident", now, errors);
        }
    }
}

/// Reads a field that is there, so that null (taken away) and absent (it stays) differ.
fn given<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Option<Option<T>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

/// Changes to what a case holds: what is absent stays, what is null is taken away.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct CaseChange {
    /// The plan.
    #[serde(default, deserialize_with = "given")]
    plan: Option<Option<Text>>,
    /// What happened; replaced whole.
    #[serde(default, deserialize_with = "given")]
    incident: Option<Option<IncidentInput>>,
    /// Who reported, as the actor knows it; what others wrote stays theirs.
    #[serde(default, deserialize_with = "given")]
    reported_by: Option<Option<Line>>,
}

impl Check for CaseChange {
    fn check(&self, now: Timestamp, errors: &mut FieldErrors) {
        if let Some(Some(incident)) = &self.incident {
            incident.check_at("/incident", now, errors);
        }
    }
}

/// Asking for closing.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct RequestClose {
    /// What the case came to.
    outcome: CaseOutcome,
    /// What was done and what came of it.
    summary: Text,
    /// How she can come back safely; asked for where she declined help.
    #[serde(default)]
    safe_way_back: Option<Text>,
    /// Whether the brief safety offer was made; it must have been where she declined help.
    #[serde(default)]
    safety_offer_made: Option<bool>,
}

impl Check for RequestClose {
    fn check(&self, _: Timestamp, errors: &mut FieldErrors) {
        match self.outcome {
            CaseOutcome::HelpDeclined => {
                if self.safe_way_back.is_none() {
                    errors.push("/safe_way_back", FieldCode::Required);
                }
                if self.safety_offer_made != Some(true) {
                    errors.push("/safety_offer_made", OFFER_FIRST);
                }
            }
            // Said of an intake that nobody took on, never of a case that was worked.
            CaseOutcome::NotTakenOn => errors.push("/outcome", FieldCode::NotAllowedHere),
            CaseOutcome::RelationshipRepairedMonitored
            | CaseOutcome::SeparatedSafely
            | CaseOutcome::ProtectedByOrder
            | CaseOutcome::WithCourt
            | CaseOutcome::MovedAway
            | CaseOutcome::Other => {}
        }
    }
}

/// Approving a closing that was asked for.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ApproveClosing {
    /// Why the case may end though the risk is high or was never assessed: needed then, and only then.
    #[serde(default)]
    high_risk_accepted: Option<Text>,
}

impl Check for ApproveClosing {}

const OFFER_FIRST: FieldCode = FieldCode::Other {
    code: "offer_first",
    message: "the brief safety offer must have been made",
    message_zh: "须先作简要安全提示并告知求助途径",
};

/// Who is looked for. The words travel in the body, never in a URL.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct SearchWords {
    /// The whole number of an identity document.
    #[serde(default)]
    id_number: Option<IdNumberText>,
    /// A whole telephone number.
    #[serde(default)]
    phone: Option<Phone>,
    /// A whole name.
    #[serde(default)]
    name: Option<PersonName>,
}

impl Check for SearchWords {
    fn check(&self, _: Timestamp, errors: &mut FieldErrors) {
        if self.id_number.is_none() && self.phone.is_none() && self.name.is_none() {
            errors.push("", ONE_NEEDED);
        }
    }
}

const ONE_NEEDED: FieldCode = FieldCode::Other {
    code: "one_needed",
    message: "one of id_number, phone and name must be given",
    message_zh: "证件号码、电话、姓名至少填写一项",
};

#[cfg(test)]
mod tests;
