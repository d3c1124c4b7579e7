//! A series' states: `proposed → screening → cleared → agreed | not_agreed`; `refused | stopped | cancelled` from any state
//! before. Pure.

use crate::base::machine::{self, IllegalStep};
use crate::base::words::{MediationState, SessionOutcome};

/// What can be done with a series.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// A party is screened.
    Screen,
    /// A party's consent is recorded.
    Consent,
    /// A party takes its consent back.
    Withdraw,
    /// The gate is passed.
    Clear,
    /// A session gets a time.
    Schedule,
    /// A session was held, and came to this.
    Hold(SessionOutcome),
    /// A party says no.
    Refuse,
    /// A party ends it.
    Stop,
    /// The office calls it off.
    Cancel,
    /// The agreement's words are recorded.
    RecordAgreement,
    /// A supervisor waives an old assessment.
    Waive,
}

impl Step {
    /// Every step, `hold` once for each outcome.
    pub const ALL: &'static [Self] = &[
        Self::Screen,
        Self::Consent,
        Self::Withdraw,
        Self::Clear,
        Self::Schedule,
        Self::Hold(SessionOutcome::Adjourned),
        Self::Hold(SessionOutcome::Agreed),
        Self::Hold(SessionOutcome::NotAgreed),
        Self::Hold(SessionOutcome::Stopped),
        Self::Refuse,
        Self::Stop,
        Self::Cancel,
        Self::RecordAgreement,
        Self::Waive,
    ];

    /// As the picture names it: of a held session, with what it came to.
    pub const fn said(self) -> &'static str {
        match self {
            Self::Hold(SessionOutcome::Adjourned) => "hold (adjourned)",
            Self::Hold(SessionOutcome::Agreed) => "hold (agreed)",
            Self::Hold(SessionOutcome::NotAgreed) => "hold (not agreed)",
            Self::Hold(SessionOutcome::Stopped) => "hold (stopped)",
            Self::Screen
            | Self::Consent
            | Self::Withdraw
            | Self::Clear
            | Self::Schedule
            | Self::Refuse
            | Self::Stop
            | Self::Cancel
            | Self::RecordAgreement
            | Self::Waive => self.as_str(),
        }
    }

    /// Its word, as the path or the refusal names it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Screen => "screen",
            Self::Consent => "consent",
            Self::Withdraw => "withdraw",
            Self::Clear => "clear",
            Self::Schedule => "schedule",
            Self::Hold(_) => "hold",
            Self::Refuse => "refuse",
            Self::Stop => "stop",
            Self::Cancel => "cancel",
            Self::RecordAgreement => "record_agreement",
            Self::Waive => "waive",
        }
    }
}

/// Whether the series goes on: sessions may still come of it.
pub const fn is_live(state: MediationState) -> bool {
    match state {
        MediationState::Proposed | MediationState::Screening | MediationState::Cleared => true,
        MediationState::Agreed
        | MediationState::NotAgreed
        | MediationState::Refused
        | MediationState::Stopped
        | MediationState::Cancelled => false,
    }
}

#[expect(clippy::match_same_arms, reason = "one arm a transition, as domain.md tells them")]
const fn after(state: MediationState, step: Step) -> Option<MediationState> {
    use MediationState as S;
    match (state, step) {
        (S::Proposed | S::Screening, Step::Screen) => Some(S::Screening),
        // Whoever turns out unfit later is screened anew: the gate is asked again at each session.
        (S::Cleared, Step::Screen) => Some(S::Cleared),
        (S::Proposed | S::Screening | S::Cleared, Step::Consent | Step::Withdraw | Step::Waive) => Some(state),
        (S::Screening, Step::Clear) => Some(S::Cleared),
        (S::Cleared, Step::Schedule | Step::Hold(SessionOutcome::Adjourned)) => Some(S::Cleared),
        (S::Cleared, Step::Hold(SessionOutcome::Agreed)) => Some(S::Agreed),
        (S::Cleared, Step::Hold(SessionOutcome::NotAgreed)) => Some(S::NotAgreed),
        (S::Cleared, Step::Hold(SessionOutcome::Stopped)) => Some(S::Stopped),
        (S::Proposed | S::Screening | S::Cleared, Step::Refuse) => Some(S::Refused),
        (S::Proposed | S::Screening | S::Cleared, Step::Stop) => Some(S::Stopped),
        (S::Proposed | S::Screening | S::Cleared, Step::Cancel) => Some(S::Cancelled),
        (S::Agreed, Step::RecordAgreement) => Some(S::Agreed),
        (S::Proposed, Step::Clear | Step::Schedule | Step::Hold(_) | Step::RecordAgreement)
        | (S::Screening, Step::Schedule | Step::Hold(_) | Step::RecordAgreement)
        | (S::Cleared, Step::Clear | Step::RecordAgreement)
        | (
            S::Agreed,
            Step::Screen
            | Step::Consent
            | Step::Withdraw
            | Step::Clear
            | Step::Schedule
            | Step::Hold(_)
            | Step::Refuse
            | Step::Stop
            | Step::Cancel
            | Step::Waive,
        )
        | (
            S::NotAgreed | S::Refused | S::Stopped | S::Cancelled,
            Step::Screen
            | Step::Consent
            | Step::Withdraw
            | Step::Clear
            | Step::Schedule
            | Step::Hold(_)
            | Step::Refuse
            | Step::Stop
            | Step::Cancel
            | Step::RecordAgreement
            | Step::Waive,
        ) => None,
    }
}

/// The state after a step. Errors: the state does not allow it.
pub fn next(state: MediationState, step: Step) -> Result<MediationState, IllegalStep> {
    machine::take((state, MediationState::as_str), (step, Step::as_str), Step::ALL, after)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// domain.md's sentence, read another way: what has happened, rather than a state.
    #[derive(Debug, Default, Clone)]
    struct Told {
        screened: bool,
        cleared: bool,
        end: Option<MediationState>,
    }

    impl Told {
        fn state(&self) -> MediationState {
            match (self.end, self.cleared, self.screened) {
                (Some(end), ..) => end,
                (None, true, _) => MediationState::Cleared,
                (None, false, true) => MediationState::Screening,
                (None, false, false) => MediationState::Proposed,
            }
        }
        fn hears(&mut self, step: Step) -> bool {
            if self.end.is_some() {
                return step == Step::RecordAgreement && self.end == Some(MediationState::Agreed);
            }
            let may = match step {
                Step::Screen | Step::Consent | Step::Withdraw | Step::Refuse | Step::Stop | Step::Cancel | Step::Waive => true,
                Step::Clear => self.screened && !self.cleared,
                Step::Schedule | Step::Hold(_) => self.cleared,
                Step::RecordAgreement => false,
            };
            if !may {
                return false;
            }
            match step {
                Step::Screen => self.screened = true,
                Step::Clear => self.cleared = true,
                Step::Refuse => self.end = Some(MediationState::Refused),
                Step::Stop | Step::Hold(SessionOutcome::Stopped) => self.end = Some(MediationState::Stopped),
                Step::Cancel => self.end = Some(MediationState::Cancelled),
                Step::Hold(SessionOutcome::Agreed) => self.end = Some(MediationState::Agreed),
                Step::Hold(SessionOutcome::NotAgreed) => self.end = Some(MediationState::NotAgreed),
                Step::Consent
                | Step::Withdraw
                | Step::Schedule
                | Step::Hold(SessionOutcome::Adjourned)
                | Step::RecordAgreement
                | Step::Waive => {}
            }
            true
        }
    }

    fn steps() -> impl Strategy<Value = Vec<Step>> {
        prop::collection::vec(prop::sample::select(Step::ALL), 0..30)
    }

    proptest! {
        #[test]
        fn a_series_does_what_was_told_of_it(steps in steps()) {
            let (mut state, mut told) = (MediationState::Proposed, Told::default());
            for step in steps {
                let legal = told.hears(step);
                match next(state, step) {
                    Ok(after) => {
                        prop_assert!(legal, "{state} took {step:?}");
                        state = after;
                    }
                    Err(refused) => {
                        prop_assert!(!legal, "{state} refused {step:?}");
                        prop_assert_eq!(refused.state, state.as_str());
                        prop_assert!(!refused.allowed.contains(&step.as_str()));
                    }
                }
                prop_assert_eq!(state, told.state());
                prop_assert_eq!(is_live(state), told.end.is_none());
            }
        }
    }

    #[test]
    fn nothing_is_scheduled_before_the_gate_was_passed() {
        let refused = next(MediationState::Screening, Step::Schedule).unwrap_err();
        assert_eq!((refused.state, refused.step), ("screening", "schedule"));
        assert_eq!(refused.allowed, ["screen", "consent", "withdraw", "clear", "refuse", "stop", "cancel", "waive"]);
        assert!(next(MediationState::Stopped, Step::Cancel).unwrap_err().allowed.is_empty());
    }
}
