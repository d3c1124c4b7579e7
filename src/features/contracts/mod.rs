//! Service contracts (购买服务合同): what an owner buys of a provider, line by line.
//!
//! `planned → in_force → ended`: with signed terms by the clock on its first day, or by a supervisor; ended by the clock when
//! its last day is over. A case takes a place of a line when its first worker is assigned (`facts`); what workers
//! record is counted against hours and sessions.
//! Always: nothing is in force without signed data-protection terms, nor outside its days; the last place goes to one of
//! two who race for it; a contract that still has workers on cases is not ended before its last day, so that no family
//! loses them unseen.
//! No I/O here: rows in `store`, endpoints in `api`.

mod api;
mod buying;
mod evaluations;
pub mod facts;
mod service;
mod steps;
mod store;
#[cfg(test)]
mod tests;
mod usage;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use api::routes;
pub use evaluations::{Evaluate, EvaluationView, Period};
pub use service::{Bought, Delivered, Piece, Spot, delivered};

use crate::base::ids::{AgencyId, ContractId, ContractLineId};
use crate::base::machine::Machine;
use crate::base::problem::{FieldCode, FieldErrors, Problem};
use crate::base::text::Line;
use crate::base::time::{Day, Timestamp};
use crate::base::words::{ContractLevel, ContractState, ContractUnit, HelpKind};
use crate::door::{Check, ETag, View};

/// One line of a contract.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LineInput {
    /// The help it buys.
    pub service: HelpKind,
    /// What it counts.
    pub unit: ContractUnit,
    /// How many.
    #[schemars(range(min = 1, max = 1_000_000))]
    pub quantity: i64,
    /// The price of one, in fen.
    #[schemars(range(min = 0, max = 9_007_199_254_740_991_u64))]
    pub price_fen: i64,
}

/// A contract to be entered.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewContract {
    /// Its number, unique with the buyer.
    pub number: Line,
    /// Whom it buys of.
    pub provider_id: AgencyId,
    /// Who oversees it.
    pub level: ContractLevel,
    /// The fund that pays.
    pub fund: Line,
    /// The whole amount, in fen.
    #[schemars(range(min = 0, max = 9_007_199_254_740_991_u64))]
    pub amount_fen: i64,
    /// The first day.
    pub first_day: Day,
    /// The last day, included.
    pub last_day: Day,
    /// Whether data-protection terms are signed.
    #[serde(default)]
    pub data_protection_terms: bool,
    /// When they were.
    #[serde(default)]
    pub terms_signed_on: Option<Day>,
    /// What it buys; one line for a service and unit.
    #[schemars(length(min = 1, max = 50))]
    pub lines: Vec<LineInput>,
}

/// What is to change in a planned contract; what is left out stays.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangeContract {
    /// Its number.
    #[serde(default)]
    pub number: Option<Line>,
    /// Who oversees it.
    #[serde(default)]
    pub level: Option<ContractLevel>,
    /// The fund that pays.
    #[serde(default)]
    pub fund: Option<Line>,
    /// The whole amount, in fen.
    #[serde(default)]
    #[schemars(range(min = 0, max = 9_007_199_254_740_991_u64))]
    pub amount_fen: Option<i64>,
    /// The first day.
    #[serde(default)]
    pub first_day: Option<Day>,
    /// The last day, included.
    #[serde(default)]
    pub last_day: Option<Day>,
    /// Whether data-protection terms are signed; `false` takes their day away too.
    #[serde(default)]
    pub data_protection_terms: Option<bool>,
    /// When they were.
    #[serde(default)]
    pub terms_signed_on: Option<Day>,
    /// All lines anew.
    #[serde(default)]
    #[schemars(length(min = 1, max = 50))]
    pub lines: Option<Vec<LineInput>>,
}

/// What rules across fields look at, in a new contract and in a changed one.
struct Span<'a> {
    first_day: Day,
    last_day: Day,
    has_terms: bool,
    signed_on: Option<Day>,
    lines: Option<&'a [LineInput]>,
}

impl Span<'_> {
    fn check(&self, today: Day, errors: &mut FieldErrors) {
        if self.last_day < self.first_day {
            errors.push("/last_day", FieldCode::EndsBeforeStart);
        }
        match (self.has_terms, self.signed_on) {
            (true, None) => errors.push("/terms_signed_on", FieldCode::Required),
            (false, Some(_)) => {
                errors.push("/terms_signed_on", FieldCode::Contradicts { other: "/data_protection_terms" });
            }
            (true, Some(day)) if day > today => errors.push("/terms_signed_on", FieldCode::InTheFuture),
            (true, Some(_)) | (false, None) => {}
        }
        let lines = self.lines.unwrap_or_default();
        for (at, line) in lines.iter().enumerate() {
            if lines.iter().take(at).any(|before| (before.service, before.unit) == (line.service, line.unit)) {
                errors.push(format!("/lines/{at}"), FieldCode::Duplicate);
            }
        }
    }
}

impl Check for NewContract {
    fn check(&self, now: Timestamp, errors: &mut FieldErrors) {
        let span = Span {
            first_day: self.first_day,
            last_day: self.last_day,
            has_terms: self.data_protection_terms,
            signed_on: self.terms_signed_on,
            lines: Some(&self.lines),
        };
        span.check(now.day(), errors);
    }
}

// What a change leaves out is known in the transaction only: checked there, by the same rule.
impl Check for ChangeContract {}

/// A contract, as far as its rules go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Life {
    /// The state it was put in.
    pub state: ContractState,
    /// The first day.
    pub first_day: Day,
    /// The last day.
    pub last_day: Day,
    /// Whether data-protection terms are signed.
    pub has_terms: bool,
    /// How many assignments under it were not ended.
    pub assigned: i64,
}

/// A step of a contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Changed before it begins.
    Change,
    /// Put in force.
    Activate,
    /// Ended before its last day.
    End,
}

impl Step {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Change => "change",
            Self::Activate => "activate",
            Self::End => "end",
        }
    }
    const fn allowed_in(state: ContractState) -> &'static [Self] {
        match state {
            ContractState::Planned => &[Self::Change, Self::Activate, Self::End],
            ContractState::InForce => &[Self::End],
            ContractState::Ended => &[],
        }
    }
}

/// Why a step did not happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ContractRefused {
    /// The state does not allow it.
    #[error("a contract that is {} cannot {}", state.as_str(), step.as_str())]
    Illegal {
        /// The state.
        state: ContractState,
        /// The step.
        step: Step,
    },
    /// No data-protection terms.
    #[error("its data-protection terms are not signed")]
    NoTerms,
    /// Its first day has not come.
    #[error("its first day has not come")]
    TooEarly,
    /// Workers are on cases under it.
    #[error("workers are assigned under it")]
    StillAssigned,
}

impl From<ContractRefused> for Problem {
    fn from(refused: ContractRefused) -> Self {
        match refused {
            ContractRefused::Illegal { state, step } => {
                Self::illegal_step(state.as_str(), step.as_str(), Step::allowed_in(state).iter().map(|step| step.as_str()))
            }
            ContractRefused::NoTerms => {
                Self::conflict().because("Its data-protection terms are not signed", "数据保护条款尚未签署")
            }
            ContractRefused::TooEarly => Self::conflict().because("Its first day has not come", "合同起始日未到"),
            ContractRefused::StillAssigned => Self::conflict().because(
                "Workers are assigned to cases under it; hand those over or end them first",
                "仍有社工依本合同在办个案,请先移交或结束派案",
            ),
        }
    }
}

impl Life {
    /// The state on that day: past its last day a contract is ended, whatever it was put in.
    pub fn on(&self, today: Day) -> ContractState {
        match self.state {
            ContractState::Planned | ContractState::InForce if today > self.last_day => ContractState::Ended,
            ContractState::Planned | ContractState::InForce | ContractState::Ended => self.state,
        }
    }
    fn allows(&self, step: Step, today: Day) -> Result<(), ContractRefused> {
        let state = self.on(today);
        if Step::allowed_in(state).contains(&step) { Ok(()) } else { Err(ContractRefused::Illegal { state, step }) }
    }
    /// Whether it may be changed: planned only.
    pub fn change(&self, today: Day) -> Result<(), ContractRefused> {
        self.allows(Step::Change, today)
    }
    /// Whether the clock is to put it in force: planned, with terms signed, and its first day is still to come.
    pub fn begins_by_clock(&self, today: Day) -> bool {
        match self.state {
            ContractState::Planned => self.has_terms && self.first_day > today,
            ContractState::InForce | ContractState::Ended => false,
        }
    }
    /// `planned → in_force`, with terms signed and within its days.
    pub fn activate(&self, today: Day) -> Result<ContractState, ContractRefused> {
        self.allows(Step::Activate, today)?;
        if !self.has_terms {
            return Err(ContractRefused::NoTerms);
        }
        if today < self.first_day {
            return Err(ContractRefused::TooEarly);
        }
        Ok(ContractState::InForce)
    }
    /// `planned | in_force → ended`, when nobody is assigned under it any more.
    pub fn end(&self, today: Day) -> Result<ContractState, ContractRefused> {
        self.allows(Step::End, today)?;
        if self.assigned > 0 { Err(ContractRefused::StillAssigned) } else { Ok(ContractState::Ended) }
    }
}

/// The state machine as a picture.
pub fn machine() -> Machine {
    const STEPS: &[Step] = &[Step::Change, Step::Activate, Step::End];
    let states: (_, fn(_) -> _) = (ContractState::ALL, ContractState::as_str);
    let first = Timestamp::from_micros(0).day();
    let life = move |state| Life { state, first_day: first, last_day: first, has_terms: true, assigned: 0 };
    Machine::new("Contract", &[ContractState::Planned], ContractState::as_str)
        .with(states, (STEPS, Step::as_str), move |state, step| match step {
            Step::Change => life(state).change(first).ok().map(|()| state),
            Step::Activate => life(state).activate(first).ok(),
            Step::End => life(state).end(first).ok(),
        })
        .by_itself(states, "its last day is over", move |state| life(state).on(first.plus_days(1)))
}

/// An agency, named.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(rename = "ContractParty")]
pub struct PartyView {
    /// The agency.
    pub agency_id: AgencyId,
    /// Its name.
    pub name: String,
}

/// A line, as shown.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(rename = "ContractLine")]
pub struct LineView {
    /// Its id.
    pub id: ContractLineId,
    /// The help it buys.
    pub service: HelpKind,
    /// What it counts.
    pub unit: ContractUnit,
    /// How many.
    pub quantity: i64,
    /// The price of one, in fen.
    pub price_fen: i64,
}

/// A contract, as shown.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(rename = "Contract")]
pub struct ContractView {
    /// Its id.
    pub id: ContractId,
    /// Its number.
    pub number: String,
    /// Who buys.
    pub buyer: PartyView,
    /// Of whom.
    pub provider: PartyView,
    /// Who oversees it.
    pub level: ContractLevel,
    /// The fund that pays.
    pub fund: String,
    /// The whole amount, in fen.
    pub amount_fen: i64,
    /// The first day.
    pub first_day: Day,
    /// The last day, included.
    pub last_day: Day,
    /// Whether data-protection terms are signed.
    pub data_protection_terms: bool,
    /// When they were.
    pub terms_signed_on: Option<Day>,
    /// What it buys.
    pub lines: Vec<LineView>,
    /// Its state today.
    pub state: ContractState,
    #[serde(skip)]
    version: i64,
}

impl View for ContractView {
    fn etag(&self) -> ETag {
        ETag::Version(self.version)
    }
    fn location(&self) -> Option<String> {
        Some(format!("/api/v1/contracts/{}", self.id))
    }
}
