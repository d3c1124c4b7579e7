//! Times that can be had: quarters of an hour, on the quarter. Pure.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::Serialize;

use crate::base::problem::{FieldCode, FieldErrors};
use crate::base::time::Timestamp;

/// A slot, minutes.
pub const SLOT_MINUTES: i64 = 15;
/// The longest session, minutes.
pub const LONGEST_MINUTES: i64 = 8 * 60;
/// The longest stretch that is looked at for free times, days.
pub const LOOK_DAYS: i64 = 31;

const SLOT: i64 = SLOT_MINUTES * 60_000_000;

/// A stretch of time that is free.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
pub struct FreeSlot {
    /// From when.
    pub starts_at: Timestamp,
    /// Until when.
    pub ends_at: Timestamp,
}

/// The slots that this time takes up, also in part.
pub fn slots(starts_at: Timestamp, ends_at: Timestamp) -> impl Iterator<Item = Timestamp> {
    let first = starts_at.micros().div_euclid(SLOT).saturating_mul(SLOT);
    std::iter::successors(Some(first), |slot| slot.checked_add(SLOT))
        .take_while(move |slot| *slot < ends_at.micros())
        .map(Timestamp::from_micros)
}

/// What is wrong with a session's time.
pub fn check(starts_at: Timestamp, ends_at: Timestamp, now: Timestamp, errors: &mut FieldErrors) {
    for (pointer, time) in [("/starts_at", starts_at), ("/ends_at", ends_at)] {
        if time.micros().rem_euclid(SLOT) != 0 {
            errors.push(
                pointer,
                FieldCode::Other {
                    code: "not_on_the_quarter",
                    message: "must lie on a quarter of an hour",
                    message_zh: "须为整刻钟(0、15、30、45 分)",
                },
            );
        }
    }
    if starts_at <= now {
        errors.push("/starts_at", FieldCode::InThePast);
    }
    if ends_at <= starts_at {
        errors.push("/ends_at", FieldCode::EndsBeforeStart);
    } else if ends_at > starts_at.plus_minutes(LONGEST_MINUTES) {
        errors.push(
            "/ends_at",
            FieldCode::Other {
                code: "session_too_long",
                message: "a session lasts eight hours at most",
                message_zh: "一次调解最长八小时",
            },
        );
    }
}

/// What is wrong with a question for free times.
pub fn check_look(from: Timestamp, until: Timestamp) -> FieldErrors {
    let mut errors = FieldErrors::new();
    if until <= from {
        errors.push("/query/until", FieldCode::EndsBeforeStart);
    } else if until > from.plus_days(LOOK_DAYS) {
        errors.push(
            "/query/until",
            FieldCode::Other {
                code: "too_far",
                message: "at most 31 days are looked at in one request",
                message_zh: "一次最多查询 31 天",
            },
        );
    }
    errors
}

/// The free stretches within a time, as long as they go; a slot that is not wholly within it is left out.
pub fn free(from: Timestamp, until: Timestamp, taken: &BTreeSet<Timestamp>) -> Vec<FreeSlot> {
    let mut found: Vec<FreeSlot> = Vec::new();
    for slot in slots(from, until) {
        let ends_at = slot.plus_minutes(SLOT_MINUTES);
        if slot < from || ends_at > until || taken.contains(&slot) {
            continue;
        }
        match found.last_mut() {
            Some(last) if last.ends_at == slot => last.ends_at = ends_at,
            Some(_) | None => found.push(FreeSlot { starts_at: slot, ends_at }),
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }
    fn wrong(starts_at: &str, ends_at: &str) -> Vec<(String, String)> {
        let mut errors = FieldErrors::new();
        check(at(starts_at), at(ends_at), at("2026-11-24T08:00:00Z"), &mut errors);
        errors.as_slice().iter().map(|e| (e.pointer.clone(), e.code.to_string())).collect()
    }
    fn is(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect()
    }

    #[test]
    fn a_session_lies_on_quarters_ahead_and_lasts_a_quarter_to_eight_hours() {
        assert_eq!(wrong("2026-11-24T08:15:00Z", "2026-11-24T08:30:00Z"), is(&[]));
        assert_eq!(wrong("2026-11-24T09:00:00Z", "2026-11-24T17:00:00Z"), is(&[]));
        assert_eq!(wrong("2026-11-24T09:00:00Z", "2026-11-24T17:15:00Z"), is(&[("/ends_at", "session_too_long")]));
        assert_eq!(wrong("2026-11-24T08:00:00Z", "2026-11-24T08:30:00Z"), is(&[("/starts_at", "in_the_past")]));
        assert_eq!(wrong("2026-11-24T09:00:00Z", "2026-11-24T09:00:00Z"), is(&[("/ends_at", "ends_before_start")]));
        assert_eq!(
            wrong("2026-11-24T09:05:00Z", "2026-11-24T10:00:00.000001Z"),
            is(&[("/starts_at", "not_on_the_quarter"), ("/ends_at", "not_on_the_quarter")])
        );
    }

    #[test]
    fn free_times_are_told_in_stretches() {
        let taken = slots(at("2026-11-24T09:00:00Z"), at("2026-11-24T09:30:00Z")).collect();
        let free = free(at("2026-11-24T08:20:00Z"), at("2026-11-24T10:10:00Z"), &taken);
        let told: Vec<_> = free.iter().map(|f| (f.starts_at, f.ends_at)).collect();
        assert_eq!(
            told,
            [(at("2026-11-24T08:30:00Z"), at("2026-11-24T09:00:00Z")), (at("2026-11-24T09:30:00Z"), at("2026-11-24T10:00:00Z"))]
        );
    }

    proptest! {
        #[test]
        fn a_slot_is_free_or_taken_never_both(from in 0_i64..50, length in 1_i64..60, taken in prop::collection::btree_set(0_i64..110, 0..40)) {
            let slot = |n: i64| Timestamp::from_micros(n * SLOT);
            let taken: BTreeSet<_> = taken.into_iter().map(slot).collect();
            let told = free(slot(from), slot(from + length), &taken);
            let offered: BTreeSet<_> = told.iter().flat_map(|f| slots(f.starts_at, f.ends_at)).collect();
            for n in from..from + length {
                prop_assert_ne!(offered.contains(&slot(n)), taken.contains(&slot(n)));
            }
            prop_assert!(told.windows(2).all(|pair| pair[0].ends_at < pair[1].starts_at), "stretches that meet are one");
        }
    }
}
