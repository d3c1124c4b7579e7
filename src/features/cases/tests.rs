//! The state machine against a model of what domain.md says, and the bodies' rules.

use proptest::prelude::*;

use super::*;
use crate::base::words::CaseStatus::{Closed, Monitoring, Open, Referred, Screening};

const STEPS: [Step; 6] = [Step::Screen, Step::Open, Step::RequestClose, Step::Monitor, Step::Close, Step::Reopen];

fn user(n: usize) -> UserId {
    format!("0193a5b0-7c00-7000-8000-00000000000{n}").parse().unwrap()
}

/// What the step does to the standing, as `steps` writes it down.
fn step(before: Standing, step: Step, by: UserId) -> Result<Standing, StepRefused> {
    let status = before.after(step, by)?;
    let requested_by = match step {
        Step::RequestClose => Some(by),
        Step::Reopen => None,
        Step::Screen | Step::Open | Step::Monitor | Step::Close => before.requested_by,
    };
    Ok(Standing { status, requested_by })
}

/// The arrows of domain.md, drawn once more: from, by which step, to; and whether another person's request is needed.
const ARROWS: [(CaseStatus, Step, CaseStatus, bool); 8] = [
    (Referred, Step::Screen, Screening, false),
    (Screening, Step::Open, Open, false),
    (Open, Step::RequestClose, Open, false),
    (Monitoring, Step::RequestClose, Monitoring, false),
    (Open, Step::Monitor, Monitoring, true),
    (Open, Step::Close, Closed, true),
    (Monitoring, Step::Close, Closed, true),
    (Closed, Step::Reopen, Open, false),
];

proptest! {
    #[test]
    fn a_case_goes_along_the_arrows_only(own: bool, walk in prop::collection::vec((0_usize..6, 0_usize..3), 0..60)) {
        let mut now = Standing { status: if own { Screening } else { Referred }, requested_by: None };
        // Who asked last since the case was last opened.
        let mut asked: Option<usize> = None;
        for (which, who) in walk {
            let what = STEPS[which];
            let arrow = ARROWS.iter().find(|(from, by, ..)| *from == now.status && *by == what);
            let expected = arrow.filter(|(.., approves)| !approves || asked.is_some_and(|asked| asked != who)).map(|arrow| arrow.2);
            let done = step(now, what, user(who));
            prop_assert_eq!(done.ok().map(|after| after.status), expected);
            // What the refusal says is allowed is what somebody else could do.
            for other in STEPS {
                prop_assert_eq!(now.allowed().contains(&other), step(now, other, user(9)).is_ok());
            }
            if let Ok(after) = done {
                now = after;
                match what {
                    Step::RequestClose => asked = Some(who),
                    Step::Reopen => asked = None,
                    Step::Screen | Step::Open | Step::Monitor | Step::Close => {}
                }
                prop_assert!(!matches!(now.status, Monitoring | Closed) || asked.is_some());
            }
        }
    }
}

#[test]
fn whoever_asked_for_closing_does_not_approve_it() {
    let open = Standing { status: Open, requested_by: Some(user(1)) };
    for what in [Step::Monitor, Step::Close] {
        assert_eq!(open.after(what, user(1)), Err(StepRefused::SamePerson));
        assert!(open.after(what, user(2)).is_ok());
    }
    assert_eq!(Problem::from(StepRefused::SamePerson).code().status(), 403);
}

#[test]
fn a_refused_step_names_the_state_and_what_is_allowed() {
    let refused = Standing { status: Open, requested_by: None }.after(Step::Close, user(1)).unwrap_err();
    let body = serde_json::to_value(Problem::from(refused).body("r")).unwrap();
    assert_eq!(body["status"], 409);
    assert_eq!(body["state"], "open");
    assert_eq!(body["allowed"], serde_json::json!(["request-close"]));
}

fn wrong<T: Check + serde::de::DeserializeOwned>(json: serde_json::Value) -> Vec<String> {
    let body: T = serde_json::from_value(json).unwrap();
    let mut errors = FieldErrors::new();
    body.check("2026-11-24T08:00:00Z".parse().unwrap(), &mut errors);
    errors.as_slice().iter().map(|error| format!("{} {}", error.pointer, error.code)).collect()
}

#[test]
fn she_who_declined_help_was_offered_safety_and_has_a_way_back() {
    let asked = |offer: Option<bool>, back: Option<&str>| {
        wrong::<RequestClose>(serde_json::json!({
            "outcome": "help_declined", "summary": "s", "safe_way_back": back, "safety_offer_made": offer
        }))
    };
    assert_eq!(asked(None, None), ["/safe_way_back required", "/safety_offer_made offer_first"]);
    assert_eq!(asked(Some(false), Some("b")), ["/safety_offer_made offer_first"]);
    assert!(asked(Some(true), Some("b")).is_empty());
    assert_eq!(
        wrong::<RequestClose>(serde_json::json!({ "outcome": "not_taken_on", "summary": "s" })),
        ["/outcome not_allowed_here"]
    );
    assert!(wrong::<RequestClose>(serde_json::json!({ "outcome": "other", "summary": "s" })).is_empty());
}

#[test]
fn an_own_intake_names_every_wrong_field() {
    let intake = serde_json::json!({
        "source": "referral",
        "parties": [{ "kind": "survivor" }, { "kind": "child", "birth_date": "2027-01-01" }],
        "incident": { "account": "a", "happened_on": "2026-11-25" }
    });
    assert_eq!(
        wrong::<NewIntake>(intake),
        ["/source not_allowed_here", "/parties/1/birth_date in_the_future", "/incident/happened_on in_the_future"]
    );
    assert!(wrong::<NewIntake>(serde_json::json!({ "source": "neighbour" })).is_empty(), "parties may be unknown at first");
}

#[test]
fn a_search_needs_a_word() {
    assert_eq!(wrong::<SearchWords>(serde_json::json!({})), [" one_needed"]);
    assert!(wrong::<SearchWords>(serde_json::json!({ "name": "王芳" })).is_empty());
}
