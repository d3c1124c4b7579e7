//! The rules against a model of them, written down as the histories that domain.md allows.

use proptest::prelude::*;

use super::*;
use BreakGlassState::{Active, Asked, Declined, Expired, Lapsed, Reviewed};

/// What can happen to an access: a step, or time.
#[derive(Debug, Clone, Copy)]
enum Happens {
    Step(Step),
    TimeIsOver,
}

/// The paths of domain.md, by both ways; a right given back leaves the access reviewed.
fn histories() -> Vec<Vec<BreakGlassState>> {
    vec![vec![Active, Expired, Reviewed], vec![Asked, Active, Expired, Reviewed], vec![Asked, Declined], vec![Asked, Lapsed]]
}

fn happens() -> impl Strategy<Value = Happens> {
    prop_oneof![
        3 => prop::sample::select(Step::ALL).prop_map(Happens::Step),
        1 => Just(Happens::TimeIsOver),
    ]
}

proptest! {
    #[test]
    fn every_run_is_a_history_of_the_domain(
        begins in prop::sample::select(vec![Asked, Active]),
        tried in prop::collection::vec(happens(), 0..40),
    ) {
        // As rows keep it: the state, and until when it holds.
        let (mut stored, mut is_over) = (begins, false);
        let mut history = vec![begins];
        for what in tried {
            let seen = at(stored, is_over);
            match what {
                Happens::TimeIsOver => is_over = true,
                Happens::Step(step) => match after(seen, step) {
                    Ok(next) => (stored, is_over) = (next, false),
                    Err(refused) => {
                        prop_assert_eq!(refused, Refused::Illegal { from: seen, step });
                        prop_assert!(!allowed(seen).contains(&step.as_str()));
                    }
                },
            }
            let now = at(stored, is_over);
            if history.last() != Some(&now) {
                history.push(now);
            }
            prop_assert!(histories().iter().any(|path| path.starts_with(&history)), "{history:?}");
        }
    }

    #[test]
    fn the_wait_ends_with_the_window_and_is_never_longer(user in 0_i64..100, agency in 0_i64..100, now in 100_i64..200) {
        let limits = config::BreakGlass { tries_per_user: 3, tries_per_agency: 5, window_minutes: 1 };
        let second = |n: i64| Timestamp::from_micros(n * 1_000_000);
        let told = wait(&limits, [Some(second(user)), Some(second(agency))], second(now));
        let left = user.max(agency) + 60 - now;
        prop_assert_eq!(told, (left > 0).then(|| u32::try_from(left).unwrap()));
        prop_assert!(told.is_none_or(|seconds| seconds <= 60));
        prop_assert_eq!(wait(&limits, [None, None], second(now)), None);
    }
}

#[test]
fn nothing_is_reviewed_before_its_time_is_over_and_nothing_opens_twice() {
    assert_eq!(allowed(Asked), ["release", "decline"]);
    assert_eq!(allowed(Expired), ["review"]);
    assert_eq!(allowed(Reviewed), ["restore"]);
    for ended in [Active, Declined, Lapsed] {
        assert!(allowed(ended).is_empty(), "{ended}");
    }
}

#[test]
fn who_asks_shows_one_person_and_never_asks_for_confidences_or_whereabouts() {
    let check = |body: serde_json::Value| {
        let mut whole = serde_json::json!({ "reason_code": "she_is_here", "reason": "她在窗口。", "facets": ["identity"] });
        for (key, value) in body.as_object().unwrap() {
            whole[key] = value.clone();
        }
        let mut errors = FieldErrors::new();
        serde_json::from_value::<AskDutyDesk>(whole).unwrap().check("2026-03-03T04:00:00Z".parse().unwrap(), &mut errors);
        errors.as_slice().iter().map(|error| error.pointer.clone()).collect::<Vec<_>>()
    };
    let number = "11010519491231002X";
    assert!(check(serde_json::json!({ "id_number": number })).is_empty());
    assert!(check(serde_json::json!({ "name": "林晓梅", "birth_date": "1990-05-12" })).is_empty());
    assert_eq!(check(serde_json::json!({})), ["/name"]);
    assert_eq!(check(serde_json::json!({ "birth_date": "1990-05-12" })), ["/name"]);
    assert_eq!(check(serde_json::json!({ "name": "林晓梅" })), ["/birth_date"]);
    assert_eq!(check(serde_json::json!({ "name": "林晓梅", "birth_date": "2026-03-04" })), ["/birth_date"]);
    assert_eq!(check(serde_json::json!({ "id_number": number, "name": "林晓梅" })), ["/id_number"]);
    for never in ["confidential", "location"] {
        assert_eq!(check(serde_json::json!({ "id_number": number, "facets": ["identity", never] })), ["/facets"]);
    }
    assert_eq!(check(serde_json::json!({ "id_number": number, "facets": [] })), ["/facets"]);
}
