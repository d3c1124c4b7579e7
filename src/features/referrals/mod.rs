//! Referrals (转介): one agency asks another for help with a case, or refers a new case in.
//!
//! `draft → sent → acknowledged → accepted → completed`; aside: `declined` (by the receiver, with a reason), `withdrawn` (by
//! the sender, with a reason; a service referral also when it was accepted).
//! Always: only the receiver answers, only the sender withdraws; one live referral for a case, receiver and kind; until it
//! accepts, the receiver sees sender, kind of help and urgency alone. Where a wall leaves nobody there who answers for an
//! accepted one, it is back on the receiver's desk as a preview, and a colleague takes it over.
//! No I/O here: rows in `store`, use cases in `steps`, endpoints in `api`.

mod api;
mod asked;
mod boxes;
mod ending;
pub mod facts;
mod rules;
mod steps;
mod store;
mod taking;
mod taking_over;
mod views;

#[cfg(test)]
mod model;

pub use api::routes;

use crate::base::machine::Machine;
use crate::base::problem::{Code, FieldCode, Problem};
use crate::base::words::{ReferralKind, ReferralState};

/// A step of a referral.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Put it on the receiver's desk.
    Send,
    /// The receiver has seen it.
    Acknowledge,
    /// The receiver takes it on.
    Accept,
    /// The receiver refuses it.
    Decline,
    /// The sender takes it back.
    Withdraw,
    /// The help was given.
    Complete,
}

impl Step {
    /// Every step, in the order of the state machine.
    pub const ALL: &'static [Self] =
        &[Self::Send, Self::Acknowledge, Self::Accept, Self::Decline, Self::Withdraw, Self::Complete];

    /// The step as it stands in the path.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Send => "send",
            Self::Acknowledge => "acknowledge",
            Self::Accept => "accept",
            Self::Decline => "decline",
            Self::Withdraw => "withdraw",
            Self::Complete => "complete",
        }
    }

    /// Where the step leads.
    pub const fn to(self) -> ReferralState {
        match self {
            Self::Send => ReferralState::Sent,
            Self::Acknowledge => ReferralState::Acknowledged,
            Self::Accept => ReferralState::Accepted,
            Self::Decline => ReferralState::Declined,
            Self::Withdraw => ReferralState::Withdrawn,
            Self::Complete => ReferralState::Completed,
        }
    }

    /// Whether this side may take the step at all.
    pub const fn is_for(self, side: Side) -> bool {
        match (self, side) {
            (Self::Send | Self::Withdraw, Side::Sender)
            | (Self::Acknowledge | Self::Accept | Self::Decline, Side::Receiver)
            | (Self::Complete, Side::Sender | Side::Receiver) => true,
            (Self::Send | Self::Withdraw, Side::Receiver | Side::Owner)
            | (Self::Acknowledge | Self::Accept | Self::Decline, Side::Sender | Side::Owner)
            | (Self::Complete, Side::Owner) => false,
        }
    }
}

/// How the actor stands toward a referral.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// Of the agency that made it.
    Sender,
    /// Of the agency it was made to.
    Receiver,
    /// Of neither, but of the case's owner, or its lead worker: sees that it is, not what it says.
    Owner,
}

/// The steps that a referral of this kind allows in this state.
pub const fn steps_from(kind: ReferralKind, state: ReferralState) -> &'static [Step] {
    match (state, kind) {
        (ReferralState::Draft, _) => &[Step::Send, Step::Withdraw],
        (ReferralState::Sent, _) => &[Step::Acknowledge, Step::Decline, Step::Withdraw],
        (ReferralState::Acknowledged, _) => &[Step::Accept, Step::Decline, Step::Withdraw],
        (ReferralState::Accepted, ReferralKind::Service) => &[Step::Withdraw, Step::Complete],
        (ReferralState::Accepted, ReferralKind::Intake | ReferralKind::Mediation | ReferralKind::Introduction) => {
            &[Step::Complete]
        }
        (ReferralState::Declined | ReferralState::Withdrawn | ReferralState::Completed, _) => &[],
    }
}

/// Whether it is not ended: there is one live referral for a case, receiver and kind.
pub const fn is_live(state: ReferralState) -> bool {
    match state {
        ReferralState::Draft | ReferralState::Sent | ReferralState::Acknowledged | ReferralState::Accepted => true,
        ReferralState::Declined | ReferralState::Withdrawn | ReferralState::Completed => false,
    }
}

/// Whether its receiver may know of it: it was sent, and not taken back.
pub const fn is_offered(state: ReferralState) -> bool {
    match state {
        ReferralState::Draft | ReferralState::Withdrawn => false,
        ReferralState::Sent
        | ReferralState::Acknowledged
        | ReferralState::Accepted
        | ReferralState::Declined
        | ReferralState::Completed => true,
    }
}

/// The state that a step leads to. Errors: the state does not allow it.
pub fn after(kind: ReferralKind, state: ReferralState, step: Step) -> Result<ReferralState, Refused> {
    let allowed = steps_from(kind, state);
    if allowed.contains(&step) { Ok(step.to()) } else { Err(Refused::Illegal { state, step, allowed }) }
}

/// The state machines as pictures: a service referral, and the others, which are not withdrawn once accepted.
pub fn machines() -> Vec<Machine> {
    let of = |name, kind| {
        Machine::new(name, &[ReferralState::Draft], ReferralState::as_str).with(
            (ReferralState::ALL, ReferralState::as_str),
            (Step::ALL, Step::as_str),
            |state, step| after(kind, state, step).ok(),
        )
    };
    vec![of("Referral (service)", ReferralKind::Service), of("Referral (intake, mediation, introduction)", ReferralKind::Intake)]
}

/// Why something did not happen to a referral. The client reads these words: nothing of the case in them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// The state does not allow the step.
    #[error("the state does not allow the step")]
    Illegal {
        /// The state it is in.
        state: ReferralState,
        /// The step asked for.
        step: Step,
        /// The steps allowed.
        allowed: &'static [Step],
    },
    /// It is no draft any more.
    #[error("only a draft is changed")]
    NotADraft {
        /// The state it is in.
        state: ReferralState,
    },
    /// There is none, or it is none of theirs.
    #[error("no such referral")]
    NotFound,
    /// They see it, but it is for the other side to do.
    #[error("the other side does this")]
    OtherSide,
    /// Another one is on its way.
    #[error("there is a live referral of this kind to this agency")]
    OneLive,
    /// She has not consented, or not to this any more.
    #[error("her consent does not cover it")]
    ConsentMissing,
    /// Somebody of the receiver answers for it.
    #[error("somebody answers for it")]
    Attended,
    /// They work the case under a contract.
    #[error("they are assigned to the case")]
    Assigned,
    /// It changed in between.
    #[error("it has changed")]
    Stale,
}

impl From<Refused> for Problem {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::Illegal { state, step, allowed } => {
                Self::illegal_step(state.as_str(), step.as_str(), allowed.iter().map(|step| step.as_str()))
            }
            Refused::NotADraft { state } => {
                let allowed = steps_from(ReferralKind::Service, state);
                Self::illegal_step(state.as_str(), "change", allowed.iter().map(|step| step.as_str()))
            }
            Refused::NotFound => Self::not_found(),
            Refused::OtherSide => Self::forbidden().because(
                "only the receiver answers a referral, only its sender withdraws it",
                "转介只能由接收方答复、由发出方撤回",
            ),
            Refused::OneLive => Self::conflict().because(
                "a referral of this kind to this agency is under way for the case",
                "本案已有一件向该机构发出的同类转介尚未结束",
            ),
            Refused::ConsentMissing => Self::new(Code::ConsentMissing).because(
                "her consent in force does not cover what the referral names",
                "当事人现行有效的同意不包含本次转介列明的内容",
            ),
            Refused::Attended => Self::conflict().because("a colleague of yours answers for it", "本机构已有同事经办此件转介"),
            Refused::Assigned => Self::conflict().because("you work this case under a contract already", "您已受派办理本案"),
            Refused::Stale => Self::stale(),
        }
    }
}

/// What the consent must cover, told at the field that goes beyond it.
const BEYOND_CONSENT: FieldCode = FieldCode::Other {
    code: "beyond_consent",
    message: "names more than her consent allows this agency for this help",
    message_zh: "超出当事人就该机构和该项帮助所同意的范围",
};
