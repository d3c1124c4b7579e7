//! Repeats: the same survivor and the same respondent within 12 months, whoever owns the cases. Facet `risk`.
//!
//! Always: looked for over all cases when a case is taken on, never when it is referred in, so that whoever refers learns
//! nothing from the answer, its time or its size (a false intake must not be a way to ask whether she has a case); shown to
//! the owner and its workers alone, and of another case only to whoever may see that case: else that there is one.
//! No routes of its own: a case's facet `risk` shows it.

pub mod facts;
mod store;

use crate::base::ids::CaseId;
use crate::base::time::Timestamp;

/// So many months back a case still counts.
const MONTHS: i32 = 12;

/// Cases that ended before this are no part of a repeat.
fn since(now: Timestamp) -> Timestamp {
    now.day().plus_months(-MONTHS).start()
}

/// Of two cases of the same people, the newer repeats the older: ids grow.
fn in_order(one: CaseId, other: CaseId) -> (CaseId, CaseId) {
    (one.max(other), one.min(other))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn twelve_months_are_counted_by_the_calendar_of_china() {
        let now: Timestamp = "2026-11-24T18:00:00Z".parse().unwrap();
        assert_eq!(since(now).to_string(), "2025-11-24T16:00:00.000000Z");
        let leap: Timestamp = "2028-02-29T04:00:00Z".parse().unwrap();
        assert_eq!(since(leap).to_string(), "2027-02-27T16:00:00.000000Z");
    }

    #[test]
    fn the_newer_repeats_the_older_from_either_side() {
        let older: CaseId = "0193a5b0-7c00-7000-8000-000000000001".parse().unwrap();
        let newer: CaseId = "0193a5b0-7c00-7000-8000-000000000002".parse().unwrap();
        assert_eq!(in_order(older, newer), (newer, older));
        assert_eq!(in_order(newer, older), (newer, older));
    }
}
