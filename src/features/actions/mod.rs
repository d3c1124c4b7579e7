//! Actions (行动): who does what by when in a case. Facet `actions`.
//!
//! `open → done | cancelled`; a follow-up visit (回访) is kept (`done`) or `missed`. An action with a day has a clock, which
//! tells whose it is the day before and on the day, and their supervisor and the owner the day after. The clauses of an
//! agreement become actions in the step that records it. Always: an action is given to an agency that may read the case's
//! actions; what it is, and how it ended, is sealed.
//! No I/O here: rows in `store`, endpoints in `api`.

mod api;
pub mod facts;
mod steps;
mod store;
#[cfg(test)]
mod tests;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use api::routes;

use crate::access::Content;
use crate::base::fields::{FieldCode, FieldErrors};
use crate::base::ids::{ActionId, AgencyId, CaseId, UserId};
use crate::base::machine::Machine;
use crate::base::problem::Problem;
use crate::base::text::Text;
use crate::base::time::{Day, Timestamp};
use crate::base::words::{ActionKind, ActionState, words};
use crate::door::{Check, ETag, View};

words! {
    /// What can be done with an action.
    pub enum Step {
        /// Somebody sets out on a visit.
        SetOut = "set-out",
        /// Done; a visit: kept.
        Complete = "complete",
        /// A visit that was not kept.
        Miss = "miss",
        /// No longer needed.
        Cancel = "cancel",
    }
}

/// Something to be done.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewAction {
    /// A task, or a follow-up visit.
    pub kind: ActionKind,
    /// What.
    pub what: Text,
    /// Which agency does it.
    pub agency_id: AgencyId,
    /// Who there.
    #[serde(default)]
    pub user_id: Option<UserId>,
    /// By the end of which day.
    #[serde(default)]
    pub due_on: Option<Day>,
}

impl Check for NewAction {
    fn check(&self, now: Timestamp, errors: &mut FieldErrors) {
        if self.due_on.is_some_and(|due| due < now.day()) {
            errors.push("/due_on", FieldCode::TooSmall { min: now.day().to_string() });
        }
        if self.kind == ActionKind::FollowUp && self.due_on.is_none() {
            errors.push("/due_on", FieldCode::Required);
        }
    }
}

/// That it was done.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Complete {
    /// By what one sees it.
    pub evidence: Text,
}

impl Check for Complete {}

/// That a visit was missed.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Miss {
    /// Why.
    pub reason: Text,
}

impl Check for Miss {}

/// That it is no longer needed.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Cancel {
    /// Why.
    pub reason: Text,
}

impl Check for Cancel {}

/// What is sealed of an action from the start.
#[derive(Serialize, Deserialize)]
struct What(Text);

impl Content for What {
    const TABLE: &'static str = "actions";
    const COLUMN: &'static str = "what";
}

/// How it ended: evidence or reason.
#[derive(Serialize, Deserialize)]
struct Ending(Text);

impl Content for Ending {
    const TABLE: &'static str = "actions";
    const COLUMN: &'static str = "ending";
}

/// Whose an action is.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Doer {
    /// The agency.
    pub agency_id: AgencyId,
    /// Its name.
    pub agency: String,
    /// The person, if it is one person's.
    pub user_id: Option<UserId>,
    /// Their name.
    pub name: Option<String>,
}

/// An action, as shown.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(rename = "CaseAction")]
pub struct ActionView {
    /// Its id.
    pub id: ActionId,
    /// The case.
    pub case_id: CaseId,
    /// A task, or a follow-up visit.
    pub kind: ActionKind,
    /// What.
    pub what: Text,
    /// Whose it is.
    pub doer: Doer,
    /// By the end of which day.
    pub due_on: Option<Day>,
    /// Its state.
    pub state: ActionState,
    /// Who set out on the visit.
    pub visitor_id: Option<UserId>,
    /// By when they said they would be back.
    pub back_by: Option<Timestamp>,
    /// Whether the day is over and it is open.
    pub overdue: bool,
    /// The evidence that it was done, or why it was not.
    pub ending: Option<Text>,
    /// What it comes from: `mediation/…`, or the case itself.
    pub source: String,
    /// Since when.
    pub added_at: Timestamp,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
    /// Counts its changes.
    pub version: i64,
}

impl View for ActionView {
    fn etag(&self) -> ETag {
        ETag::Version(self.version)
    }
    fn location(&self) -> Option<String> {
        Some(format!("/api/v1/cases/{}/actions/{}", self.case_id, self.id))
    }
}

/// The steps a state allows.
const fn allowed(kind: ActionKind, state: ActionState) -> &'static [Step] {
    match (state, kind) {
        (ActionState::Open, ActionKind::Task) => &[Step::Complete, Step::Cancel],
        (ActionState::Open, ActionKind::FollowUp) => &[Step::SetOut, Step::Complete, Step::Miss, Step::Cancel],
        (ActionState::Done | ActionState::Missed | ActionState::Cancelled, _) => &[],
    }
}

/// The state after a step.
fn after(kind: ActionKind, state: ActionState, step: Step) -> Result<ActionState, ActionRefused> {
    if !allowed(kind, state).contains(&step) {
        return Err(ActionRefused::Illegal { kind, state, step });
    }
    Ok(match step {
        Step::SetOut => state,
        Step::Complete => ActionState::Done,
        Step::Miss => ActionState::Missed,
        Step::Cancel => ActionState::Cancelled,
    })
}

/// The state machine as a picture: a follow-up visit's, which alone can be missed.
pub fn machine() -> Machine {
    Machine::new("Action (follow-up; a task is never missed)", &[ActionState::Open], ActionState::as_str).with(
        (ActionState::ALL, ActionState::as_str),
        (Step::ALL, Step::as_str),
        |state, step| after(ActionKind::FollowUp, state, step).ok(),
    )
}

/// Whether the day is over and nothing was done.
fn is_overdue(state: ActionState, due_on: Option<Day>, today: Day) -> bool {
    state == ActionState::Open && due_on.is_some_and(|due| due < today)
}

/// Why a step did not happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ActionRefused {
    /// The state refuses it.
    #[error("a {state} {kind} does not {step}")]
    Illegal {
        /// What it is.
        kind: ActionKind,
        /// In which state.
        state: ActionState,
        /// What was asked.
        step: Step,
    },
    /// Somebody is out on this visit.
    #[error("somebody is out on this visit")]
    IsOut,
    /// It is somebody else's to do.
    #[error("it is another's to do")]
    Anothers,
}

impl From<ActionRefused> for Problem {
    fn from(why: ActionRefused) -> Self {
        match why {
            ActionRefused::Illegal { kind, state, step } => {
                Self::illegal_step(state.as_str(), step.as_str(), allowed(kind, state).iter().map(|step| step.as_str()))
            }
            ActionRefused::IsOut => Self::conflict().because(
                "somebody is out on this visit: they are back when it is written down what came of it",
                "有人正在回访途中:登记回访结果即视为返回",
            ),
            ActionRefused::Anothers => Self::forbidden().because(
                "whose it is, the owner and the lead worker say what became of it",
                "由承办人、主办单位或主办社工登记结果",
            ),
        }
    }
}
