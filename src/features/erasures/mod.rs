//! Erasing (删除) a case, or one note or document of it: `proposed → executed | withdrawn`.
//!
//! Always: two persons, one of them a supervisor of the owner; whoever proposed does not approve. A case is erased when it is
//! closed, no legal hold stands, and its retention has ended or she asks for it. It is done with the approval: the key is
//! destroyed, and what stands beside the content goes with it. Of the case the head is left, and in the log who did what when.

mod api;
mod steps;
mod store;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use api::routes;

use crate::base::ids::{CaseId, DocumentId, ErasureId, NoteId, UserId};
use crate::base::machine::{self, IllegalStep, Machine};
use crate::base::problem::{FieldCode, Problem};
use crate::base::time::Timestamp;
use crate::base::words::{ErasureReason, ErasureState, words};
use crate::door::{Check, ETag, View};

/// Proposes an erasure.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ProposeErasure {
    /// Why.
    reason_code: ErasureReason,
}

impl Check for ProposeErasure {}

/// An erasure.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Erasure")]
struct ErasureView {
    /// Its id.
    id: ErasureId,
    /// The case.
    case_id: CaseId,
    /// The one note, if it is not the whole case.
    note_id: Option<NoteId>,
    /// The one document, if it is not the whole case.
    document_id: Option<DocumentId>,
    /// Why.
    reason_code: ErasureReason,
    /// Where it stands.
    state: ErasureState,
    /// Who proposed it.
    proposed_by: UserId,
    /// When.
    proposed_at: Timestamp,
    /// Who approved it, or took it back.
    decided_by: Option<UserId>,
    /// When.
    decided_at: Option<Timestamp>,
    /// Counts its changes.
    version: i64,
}

impl View for ErasureView {
    fn etag(&self) -> ETag {
        ETag::Version(self.version)
    }
    fn location(&self) -> Option<String> {
        Some(format!("/api/v1/cases/{}/erasures/{}", self.case_id, self.id))
    }
}

words! {
    /// What may be done with a proposal.
    pub enum Step {
        /// It is done.
        Approve = "approve",
        /// It is not.
        Withdraw = "withdraw",
    }
}

/// The state after a step, if it allows it.
const fn after(state: ErasureState, step: Step) -> Option<ErasureState> {
    match (state, step) {
        (ErasureState::Proposed, Step::Approve) => Some(ErasureState::Executed),
        (ErasureState::Proposed, Step::Withdraw) => Some(ErasureState::Withdrawn),
        (ErasureState::Executed | ErasureState::Withdrawn, Step::Approve | Step::Withdraw) => None,
    }
}

fn take(state: ErasureState, step: Step) -> Result<ErasureState, IllegalStep> {
    machine::take((state, ErasureState::as_str), (step, Step::as_str), Step::ALL, after)
}

/// The state machine as a picture.
pub fn machine() -> Machine {
    Machine::new("Erasure", &[ErasureState::Proposed], ErasureState::as_str).with(
        (ErasureState::ALL, ErasureState::as_str),
        (Step::ALL, Step::as_str),
        after,
    )
}

/// Why nothing is erased.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
enum Refused {
    /// The reason is not one for this.
    #[error("not a reason for this")]
    Reason,
    /// The case is not closed.
    #[error("the case is not closed")]
    NotClosed,
    /// A legal hold stands.
    #[error("a legal hold stands")]
    Held,
    /// Its time is not over.
    #[error("its retention has not ended")]
    TooEarly,
    /// It waits for another person already.
    #[error("it is proposed already")]
    Waits,
    /// The note or document is erased already.
    #[error("it is erased already")]
    Gone,
    /// Whoever proposed approves.
    #[error("the proposer does not approve")]
    OwnProposal,
    /// Neither of the two is a supervisor.
    #[error("one of the two must be a supervisor")]
    NoSupervisor,
    /// Neither its author nor a supervisor.
    #[error("not theirs to erase")]
    NotTheirs,
}

impl From<Refused> for Problem {
    fn from(why: Refused) -> Self {
        let because = |en: &'static str, zh: &'static str| Self::conflict().because(en, zh);
        match why {
            Refused::Reason => Self::wrong_field("/reason_code", FieldCode::NotAllowedHere),
            Refused::NotClosed => because("a case is erased once it is closed", "结案后方可删除"),
            Refused::Held => because("a legal hold stands on the case", "本案处于证据保全中"),
            Refused::TooEarly => because("the case is to be kept still", "本案仍在保存期限内"),
            Refused::Waits => because("it waits for another person already", "已有待复核的删除申请"),
            Refused::Gone => because("it is erased already", "已删除"),
            Refused::OwnProposal | Refused::NoSupervisor | Refused::NotTheirs => Self::forbidden(),
        }
    }
}

/// How the case stands, as its erasure needs it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Standing {
    /// Until when it is kept; nothing while it is not closed.
    kept_until: Option<Timestamp>,
    /// A legal hold stands.
    is_held: bool,
}

/// Whether the whole case may be erased now for this reason: asked at the proposal, and again at the approval.
fn may_erase_case(reason: ErasureReason, standing: Standing, now: Timestamp) -> Result<(), Refused> {
    let is_asked = match reason {
        ErasureReason::SurvivorRequest => true,
        ErasureReason::RetentionEnded => false,
        ErasureReason::EnteredInError => return Err(Refused::Reason),
    };
    let kept_until = standing.kept_until.ok_or(Refused::NotClosed)?;
    if standing.is_held {
        return Err(Refused::Held);
    }
    if is_asked || kept_until <= now { Ok(()) } else { Err(Refused::TooEarly) }
}

/// Whether one note or document may be erased now for this reason.
fn may_erase_record(reason: ErasureReason, is_held: bool) -> Result<(), Refused> {
    match reason {
        ErasureReason::RetentionEnded => Err(Refused::Reason),
        ErasureReason::SurvivorRequest | ErasureReason::EnteredInError if is_held => Err(Refused::Held),
        ErasureReason::SurvivorRequest | ErasureReason::EnteredInError => Ok(()),
    }
}

/// Whether these two make an erasure: another person, and one of them a supervisor of the owner.
fn are_two((proposer, was_supervisor): (UserId, bool), (approver, is_supervisor): (UserId, bool)) -> Result<(), Refused> {
    if proposer == approver {
        return Err(Refused::OwnProposal);
    }
    if was_supervisor || is_supervisor { Ok(()) } else { Err(Refused::NoSupervisor) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(day: &str) -> Timestamp {
        format!("{day}T00:00:00Z").parse().unwrap()
    }

    #[test]
    fn a_case_is_erased_when_it_is_due_or_she_asks_and_nothing_holds_it() {
        let now = at("2026-03-03");
        let (past, future) = (Some(at("2026-03-03")), Some(at("2026-03-04")));
        let asked = ErasureReason::SurvivorRequest;
        let due = ErasureReason::RetentionEnded;
        for (reason, kept_until, is_held, told) in [
            (due, past, false, Ok(())),
            (due, future, false, Err(Refused::TooEarly)),
            (due, past, true, Err(Refused::Held)),
            (due, None, false, Err(Refused::NotClosed)),
            (asked, past, false, Ok(())),
            (asked, future, false, Ok(())),
            (asked, future, true, Err(Refused::Held)),
            (asked, None, false, Err(Refused::NotClosed)),
            (ErasureReason::EnteredInError, past, false, Err(Refused::Reason)),
        ] {
            assert_eq!(may_erase_case(reason, Standing { kept_until, is_held }, now), told, "{reason} {kept_until:?} {is_held}");
        }
        assert_eq!(may_erase_record(due, false), Err(Refused::Reason));
        assert_eq!(may_erase_record(asked, true), Err(Refused::Held));
        assert_eq!(may_erase_record(ErasureReason::EnteredInError, false), Ok(()));
    }

    #[test]
    fn it_takes_two_and_one_of_them_supervises() {
        let [one, other] = ["01930000-0000-7000-8000-000000000001", "01930000-0000-7000-8000-000000000002"]
            .map(|id| id.parse::<UserId>().unwrap());
        for (was, is, told) in
            [(true, true, Ok(())), (true, false, Ok(())), (false, true, Ok(())), (false, false, Err(Refused::NoSupervisor))]
        {
            assert_eq!(are_two((one, was), (other, is)), told);
            assert_eq!(are_two((one, was), (one, is)), Err(Refused::OwnProposal));
        }
    }

    #[test]
    fn what_is_decided_stays() {
        for state in [ErasureState::Executed, ErasureState::Withdrawn] {
            for step in Step::ALL {
                assert_eq!(take(state, *step).unwrap_err().allowed, Vec::<&str>::new());
            }
        }
        assert_eq!(take(ErasureState::Proposed, Step::Approve), Ok(ErasureState::Executed));
    }
}
