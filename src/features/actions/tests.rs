//! The state machine against a model, and the rules.

use proptest::prelude::*;

use super::*;

/// What the design page says, written another way.
fn model(kind: ActionKind, state: ActionState, step: Step) -> Option<ActionState> {
    match (state, step, kind) {
        (ActionState::Open, Step::Complete, _) => Some(ActionState::Done),
        (ActionState::Open, Step::Cancel, _) => Some(ActionState::Cancelled),
        (ActionState::Open, Step::SetOut, ActionKind::FollowUp) => Some(ActionState::Open),
        (ActionState::Open, Step::Miss, ActionKind::FollowUp) => Some(ActionState::Missed),
        _ => None,
    }
}

proptest! {
    #[test]
    fn steps_go_as_the_model_says(
        kind in proptest::sample::select(ActionKind::ALL),
        steps in proptest::collection::vec(proptest::sample::select(Step::ALL), 0..6),
    ) {
        let mut state = ActionState::Open;
        for step in steps {
            let expected = model(kind, state, step);
            let found = after(kind, state, step);
            prop_assert_eq!(found.ok(), expected);
            prop_assert_eq!(allowed(kind, state).contains(&step), expected.is_some());
            state = expected.unwrap_or(state);
        }
    }
}

#[test]
fn an_open_action_is_overdue_the_day_after() {
    let day = |text: &str| text.parse::<Day>().unwrap();
    for (state, due, today, overdue) in [
        (ActionState::Open, Some("2026-11-24"), "2026-11-24", false),
        (ActionState::Open, Some("2026-11-24"), "2026-11-25", true),
        (ActionState::Open, None, "2026-11-25", false),
        (ActionState::Done, Some("2026-11-24"), "2026-11-25", false),
        (ActionState::Missed, Some("2026-11-24"), "2026-11-25", false),
    ] {
        assert_eq!(is_overdue(state, due.map(day), day(today)), overdue, "{state} {due:?} {today}");
    }
}

#[test]
fn a_visit_has_a_day_and_no_day_lies_behind() {
    let wrong = |kind: &str, due: Option<&str>| {
        let body = serde_json::json!({
            "kind": kind, "what": "x", "agency_id": "0193a5b0-7c00-7000-8000-000000000001", "due_on": due
        });
        let mut errors = FieldErrors::new();
        serde_json::from_value::<NewAction>(body).unwrap().check("2026-11-24T00:00:00Z".parse().unwrap(), &mut errors);
        errors.into_result().is_err()
    };
    assert!(!wrong("task", None));
    assert!(wrong("follow_up", None));
    assert!(!wrong("follow_up", Some("2026-11-24")));
    assert!(wrong("task", Some("2026-11-23")));
}
