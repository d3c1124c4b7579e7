//! Mediation (调解): held only where it is safe, ended by either party at any time.
//!
//! A series: `proposed → screening → cleared → agreed | not_agreed`; `refused | stopped | cancelled` from any state before.
//! Its sessions: `scheduled → held | cancelled`, `scheduled → suspended → scheduled | cancelled`.
//! Always: one live series a case; each party is screened alone, in a sitting of its own, on a sheet of its own; the gate
//! (`gate`) is asked when a series is cleared and again whenever a session is scheduled, taken up again or held; a consent
//! taken back, a party found unfit, or a risk that has become high puts off what was scheduled; a mediator, worker or room is in one place at a time.
//! Everything is of the facet `mediation`, but for the screening answers, which are `confidential`. Every write moves the
//! series' version, so that two steps at once cannot both rest on the same gate.
//! No I/O here: rows in `store`, use cases in `steps`, endpoints in `api`.

mod api;
mod bodies;
pub mod facts;
mod gate;
mod papers;
mod series;
mod sessions;
mod slots;
mod steps;
mod store;
mod views;

pub use api::routes;
pub use gate::Condition;

use crate::base::db::DbError;
use crate::base::machine::{IllegalStep, Machine};
use crate::base::problem::{FieldCode, Problem};
use crate::base::words::{FacetSet, MediationState, PaperState, SessionState};

/// Why nothing happened. The client reads these words: nothing of the case in them.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
enum Refused {
    #[error(transparent)]
    Illegal(#[from] IllegalStep),
    #[error("conditions of the gate are not met")]
    GateNotMet(Vec<Condition>, FacetSet),
    #[error("no assessment's age alone stands in the way")]
    NothingToWaive,
    #[error("the case has a live series already")]
    LiveAlready,
    #[error("somebody or something is taken then")]
    Taken,
    #[error("a session cannot have been held before it begins")]
    NotBegun,
    #[error("there is no agreement")]
    NoAgreement,
    #[error("its confirmation is recorded already")]
    Confirmed,
    #[error("a field is wrong")]
    Field(String, FieldCode),
    #[error(transparent)]
    Other(#[from] Problem),
}

impl From<DbError> for Refused {
    fn from(error: DbError) -> Self {
        Self::Other(error.into())
    }
}

impl From<Refused> for Problem {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::Illegal(illegal) => illegal.into(),
            Refused::GateNotMet(missing, reads) => Self::gate_not_met(gate::as_errors(&missing, reads)),
            Refused::NothingToWaive => Self::conflict().because(
                "only an assessment that is older than 30 days and not high is waived",
                "仅可豁免已超过30日且非高风险的评估",
            ),
            Refused::LiveAlready => {
                Self::conflict().because("the case has a mediation that has not ended", "本案已有尚未结束的调解")
            }
            // Which of the three, and by what, is not said: the calendar tells nobody what fills it.
            Refused::Taken => Self::conflict()
                .because("the mediator, the worker or the room is not free then", "该时段调解员、社工或场所不空闲"),
            Refused::NotBegun => {
                Self::conflict().because("the session has not begun: it cannot have been held", "调解尚未开始,不能登记为已举行")
            }
            Refused::NoAgreement => Self::conflict().because("there is no agreement to confirm", "尚无可供确认的调解协议"),
            Refused::Confirmed => Self::conflict().because("what became of it is recorded already", "司法确认情况已有登记"),
            Refused::Field(pointer, code) => Self::wrong_field(pointer, code),
            Refused::Other(problem) => problem,
        }
    }
}

/// The state machines as pictures: a series, its sessions, what reaches the respondent.
pub fn machines() -> Vec<Machine> {
    vec![
        Machine::new("Mediation, the series", &[MediationState::Proposed], MediationState::as_str).with(
            (MediationState::ALL, MediationState::as_str),
            (series::Step::ALL, series::Step::said),
            |state, step| series::next(state, step).ok(),
        ),
        Machine::new("Mediation, a session", &[SessionState::Scheduled], SessionState::as_str).with(
            (SessionState::ALL, SessionState::as_str),
            (sessions::SessionStep::ALL, sessions::SessionStep::as_str),
            |state, step| sessions::next(state, step).ok(),
        ),
        Machine::new("Mediation, a paper for the respondent", &[PaperState::Draft], PaperState::as_str).with(
            (PaperState::ALL, PaperState::as_str),
            (papers::PaperStep::ALL, papers::PaperStep::as_str),
            |state, step| papers::next(state, step).ok(),
        ),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::problem::Code;

    #[test]
    fn each_refusal_has_its_code() {
        let gate = Problem::from(Refused::GateNotMet(vec![Condition::SurvivorConsents], FacetSet::ALL));
        assert_eq!((gate.code(), gate.errors().len()), (Code::GateNotMet, 1));
        let illegal = IllegalStep { state: "proposed", step: "clear", allowed: vec!["screen"] };
        assert_eq!(Problem::from(Refused::Illegal(illegal)).code(), Code::IllegalStep);
        assert_eq!(Problem::from(Refused::Taken).code(), Code::Conflict);
        assert!(Problem::from(Refused::from(DbError::Retry)).is_retry(), "the gate runs the work again");
    }

    #[test]
    fn the_routes_are_in_order() {
        assert_eq!(routes().faults(), Vec::<String>::new());
    }
}
