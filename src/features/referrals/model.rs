//! The state machine against a model of it, written down as the histories that domain.md allows.

use proptest::prelude::*;

use super::{Refused, Side, Step, after, is_live, is_offered, steps_from};
use crate::base::problem::Problem;
use crate::base::words::{ReferralKind, ReferralState};

/// The paths of domain.md: a referral's states, in order, are the beginning of one of them.
fn histories(kind: ReferralKind) -> Vec<Vec<ReferralState>> {
    use ReferralState::{Accepted, Acknowledged, Completed, Declined, Draft, Sent, Withdrawn};
    let mut paths = vec![
        vec![Draft, Sent, Acknowledged, Accepted, Completed],
        vec![Draft, Sent, Declined],
        vec![Draft, Sent, Acknowledged, Declined],
        vec![Draft, Withdrawn],
        vec![Draft, Sent, Withdrawn],
        vec![Draft, Sent, Acknowledged, Withdrawn],
    ];
    if kind == ReferralKind::Service {
        paths.push(vec![Draft, Sent, Acknowledged, Accepted, Withdrawn]);
    }
    paths
}

/// Who does what (domain.md: "only the receiver answers").
fn doer(step: Step) -> Vec<Side> {
    match step {
        Step::Send | Step::Withdraw => vec![Side::Sender],
        Step::Acknowledge | Step::Accept | Step::Decline => vec![Side::Receiver],
        Step::Complete => vec![Side::Sender, Side::Receiver],
    }
}

/// A referral as the rows keep it: a state and a version.
struct Referral {
    kind: ReferralKind,
    state: ReferralState,
    version: i64,
    history: Vec<ReferralState>,
}

impl Referral {
    /// As `steps::begin` asks: side, then version, then state.
    fn take(&mut self, side: Side, seen: i64, step: Step) -> Result<(), Refused> {
        if !step.is_for(side) {
            return Err(Refused::OtherSide);
        }
        if seen != self.version {
            return Err(Refused::Stale);
        }
        self.state = after(self.kind, self.state, step)?;
        self.version += 1;
        self.history.push(self.state);
        Ok(())
    }
}

fn sides() -> impl Strategy<Value = Side> {
    prop::sample::select(vec![Side::Sender, Side::Receiver, Side::Owner])
}

fn steps() -> impl Strategy<Value = Step> {
    prop::sample::select(Step::ALL)
}

fn kinds() -> impl Strategy<Value = ReferralKind> {
    prop::sample::select(ReferralKind::ALL)
}

proptest! {
    #[test]
    fn every_run_is_a_history_of_the_domain(
        kind in kinds(),
        tried in prop::collection::vec((sides(), steps(), 0..2_i64), 0..40),
    ) {
        let allowed = histories(kind);
        let begins = |history: &[ReferralState]| allowed.iter().any(|path| path.starts_with(history));
        let mut it = Referral { kind, state: ReferralState::Draft, version: 1, history: vec![ReferralState::Draft] };
        for (side, step, behind) in tried {
            let (state, version) = (it.state, it.version);
            let mut next = it.history.clone();
            next.push(step.to());
            let done = it.take(side, version - behind, step);
            // Exactly what the model allows is done: by whom, on what was seen, to where.
            prop_assert_eq!(done.is_ok(), doer(step).contains(&side) && behind == 0 && begins(&next));
            match done {
                Ok(()) => prop_assert_eq!(it.version, version + 1),
                Err(refused) => {
                    prop_assert_eq!((it.state, it.version), (state, version));
                    if let Refused::Illegal { allowed, .. } = refused {
                        prop_assert!(allowed.iter().all(|step| after(kind, state, *step).is_ok()));
                        prop_assert_eq!(Problem::from(refused).code().as_str(), "illegal_step");
                    }
                }
            }
            prop_assert!(begins(&it.history));
        }
        // Live, or at the end of a path: nothing leads out of an ended one.
        prop_assert_eq!(is_live(it.state), !steps_from(kind, it.state).is_empty());
    }

    #[test]
    fn of_a_withdrawal_and_an_answer_that_race_exactly_one_wins(
        kind in kinds(),
        answer in prop::sample::select(vec![Step::Accept, Step::Decline]),
        withdrawal_first in any::<bool>(),
    ) {
        let mut it = Referral {
            kind, state: ReferralState::Acknowledged, version: 3, history: vec![ReferralState::Acknowledged],
        };
        let seen = it.version;
        let mut race = [(Side::Sender, Step::Withdraw), (Side::Receiver, answer)];
        if !withdrawal_first {
            race.reverse();
        }
        let [first, second] = race.map(|(side, step)| it.take(side, seen, step));
        prop_assert_eq!(first, Ok(()));
        prop_assert_eq!(second, Err(Refused::Stale));
    }
}

#[test]
fn the_steps_allowed_are_those_that_lead_on() {
    for kind in ReferralKind::ALL {
        for state in ReferralState::ALL {
            for step in Step::ALL {
                let leads = histories(*kind).iter().any(|path| path.windows(2).any(|pair| pair == [*state, step.to()]));
                assert_eq!(after(*kind, *state, *step).is_ok(), leads, "{kind} {state} {step:?}");
            }
        }
    }
}

#[test]
fn a_receiver_never_knows_of_a_draft_nor_of_what_was_taken_back() {
    let hidden: Vec<_> = ReferralState::ALL.iter().copied().filter(|state| !is_offered(*state)).collect();
    assert_eq!(hidden, [ReferralState::Draft, ReferralState::Withdrawn]);
}
