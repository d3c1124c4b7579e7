//! A session's states: `scheduled → held | cancelled`, `scheduled → suspended → scheduled | cancelled`. Pure.

use crate::base::machine::{self, IllegalStep};
use crate::base::words::SessionState;

/// What can be done with a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SessionStep {
    /// It took place.
    Hold,
    /// It is put off.
    Suspend,
    /// It gets another time.
    Resume,
    /// It will not take place.
    Cancel,
}

impl SessionStep {
    /// Every step.
    pub const ALL: &'static [Self] = &[Self::Hold, Self::Suspend, Self::Resume, Self::Cancel];

    /// Its word, as the path names it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Hold => "hold",
            Self::Suspend => "suspend",
            Self::Resume => "resume",
            Self::Cancel => "cancel",
        }
    }
}

/// Whether it takes up its mediator, worker and room.
pub const fn takes_time(state: SessionState) -> bool {
    match state {
        SessionState::Scheduled | SessionState::Held => true,
        SessionState::Suspended | SessionState::Cancelled => false,
    }
}

const fn after(state: SessionState, step: SessionStep) -> Option<SessionState> {
    use SessionState as S;
    match (state, step) {
        (S::Scheduled, SessionStep::Hold) => Some(S::Held),
        (S::Scheduled, SessionStep::Suspend) => Some(S::Suspended),
        (S::Suspended, SessionStep::Resume) => Some(S::Scheduled),
        (S::Scheduled | S::Suspended, SessionStep::Cancel) => Some(S::Cancelled),
        (S::Scheduled, SessionStep::Resume)
        | (S::Suspended, SessionStep::Hold | SessionStep::Suspend)
        | (S::Held | S::Cancelled, SessionStep::Hold | SessionStep::Suspend | SessionStep::Resume | SessionStep::Cancel) => None,
    }
}

/// The state after a step. Errors: the state does not allow it.
pub fn next(state: SessionState, step: SessionStep) -> Result<SessionState, IllegalStep> {
    machine::take((state, SessionState::as_str), (step, SessionStep::as_str), SessionStep::ALL, after)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// The model counts: put off as often as taken up again, or once more; held once at most, and then nothing more.
        #[test]
        fn a_session_is_held_once_and_only_when_it_has_a_time(
            steps in prop::collection::vec(prop::sample::select(SessionStep::ALL), 0..30),
        ) {
            let (mut state, mut off, mut over) = (SessionState::Scheduled, false, false);
            for step in steps {
                let legal = !over && match step {
                    SessionStep::Hold | SessionStep::Suspend => !off,
                    SessionStep::Resume => off,
                    SessionStep::Cancel => true,
                };
                let done = next(state, step);
                prop_assert_eq!(done.is_ok(), legal, "{} {:?}", state, step);
                let Ok(after) = done else { continue };
                match step {
                    SessionStep::Hold => over = true,
                    SessionStep::Cancel => (over, off) = (true, true),
                    SessionStep::Suspend => off = true,
                    SessionStep::Resume => off = false,
                }
                state = after;
                prop_assert_eq!(takes_time(state), !off, "what is put off or called off takes nobody's time");
                prop_assert_eq!(state == SessionState::Held, over && step == SessionStep::Hold);
            }
        }
    }

    #[test]
    fn a_refusal_names_the_state_and_what_it_allows() {
        let refused = next(SessionState::Suspended, SessionStep::Hold).unwrap_err();
        assert_eq!(refused, IllegalStep { state: "suspended", step: "hold", allowed: vec!["resume", "cancel"] });
    }
}
