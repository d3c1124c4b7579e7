//! Licences (资质): what a provider of the directory may do by whose word, from its first to its last day.
//!
//! Always: a licence is warned of 30 and 7 days before its last day; of each name that a provider stands in the directory
//! with, one must be in force, or nobody of it is assigned to a case any more. What was entered in error, or was renewed under
//! another number, is retired: it stays as a row and counts no more.
//! No I/O here: rows in `store`, endpoints in `api`.

mod api;
pub mod facts;
mod steps;
mod store;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use api::routes;

use crate::base::fields::{FieldCode, FieldErrors};
use crate::base::ids::{LicenceId, ProviderId};
use crate::base::problem::Problem;
use crate::base::text::Line;
use crate::base::time::{Day, Timestamp};
use crate::door::{Check, ETag, View};

/// A licence to be entered.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewLicence {
    /// What it is for.
    pub name: Line,
    /// Its number.
    pub number: Line,
    /// Who gave it.
    pub issuer: Line,
    /// Its first day.
    pub first_day: Day,
    /// Its last day, included.
    pub last_day: Day,
}

impl Check for NewLicence {
    fn check(&self, _: Timestamp, errors: &mut FieldErrors) {
        if self.last_day < self.first_day {
            errors.push("/last_day", FieldCode::EndsBeforeStart);
        }
    }
}

/// What changes of a licence; what is left out stays.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangeLicence {
    /// Who gave it.
    #[serde(default)]
    pub issuer: Option<Line>,
    /// Its first day.
    #[serde(default)]
    pub first_day: Option<Day>,
    /// Its last day, included: it was extended.
    #[serde(default)]
    pub last_day: Option<Day>,
}

impl Check for ChangeLicence {}

/// A licence, as shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(rename = "Licence")]
pub struct LicenceView {
    /// Its id.
    pub id: LicenceId,
    /// Whose it is.
    pub provider_id: ProviderId,
    /// What it is for.
    pub name: String,
    /// Its number.
    pub number: String,
    /// Who gave it.
    pub issuer: String,
    /// Its first day.
    pub first_day: Day,
    /// Its last day, included.
    pub last_day: Day,
    /// Whether it is in force today.
    pub in_force: bool,
    /// Taken out of the directory.
    pub retired_at: Option<Timestamp>,
    /// Counts its changes.
    pub version: i64,
}

impl View for LicenceView {
    fn etag(&self) -> ETag {
        ETag::Version(self.version)
    }
    fn location(&self) -> Option<String> {
        Some(format!("/api/v1/providers/{}/licences/{}", self.provider_id, self.id))
    }
}

/// A licence, as far as its rule looks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Term {
    /// What it is for.
    pub name: String,
    /// Its first day.
    pub first_day: Day,
    /// Its last day.
    pub last_day: Day,
}

impl Term {
    /// Whether it is in force on a day.
    pub fn is_in_force(&self, on: Day) -> bool {
        self.first_day <= on && on <= self.last_day
    }
}

/// Whether a provider with these licences, none of them retired, may be given cases on a day: of each name one is in force. A
/// provider that stands in the directory with none needs none.
pub fn may_take_cases(licences: &[Term], on: Day) -> bool {
    licences.iter().all(|licence| licences.iter().any(|other| other.name == licence.name && other.is_in_force(on)))
}

/// Why a licence was not entered or changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LicenceRefused {
    /// The provider has one of this name and number.
    #[error("the provider has this licence")]
    Known,
    /// It was taken out.
    #[error("the licence is retired")]
    Retired,
}

impl From<LicenceRefused> for Problem {
    fn from(why: LicenceRefused) -> Self {
        match why {
            LicenceRefused::Known => {
                Self::conflict().because("the provider has a licence of this name and number", "该机构已登记同名同号的资质")
            }
            LicenceRefused::Retired => {
                Self::conflict().because("this licence was taken out and stays as it was", "该资质已撤下,不得更改")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn day(n: u32) -> Day {
        format!("2026-03-{n:02}").parse().unwrap()
    }
    fn term(name: &str, first: u32, last: u32) -> Term {
        Term { name: name.to_owned(), first_day: day(first), last_day: day(last) }
    }

    #[test]
    fn of_each_name_one_must_be_in_force() {
        assert!(may_take_cases(&[], day(5)));
        assert!(may_take_cases(&[term("a", 1, 5)], day(5)), "the last day counts");
        assert!(!may_take_cases(&[term("a", 1, 5)], day(6)));
        assert!(!may_take_cases(&[term("a", 6, 9)], day(5)), "not begun");
        assert!(may_take_cases(&[term("a", 1, 5), term("a", 6, 9)], day(6)), "renewed under another number");
        assert!(!may_take_cases(&[term("a", 1, 5), term("b", 1, 9)], day(6)), "another licence does not stand in");
    }

    proptest! {
        #[test]
        fn one_more_licence_in_force_never_stops_a_provider(
            all in prop::collection::vec(("[ab]", 1_u32..20, 0_u32..8), 0..6),
            on in 1_u32..28,
        ) {
            let terms: Vec<Term> = all.iter().map(|(name, first, more)| term(name, *first, first + more)).collect();
            let mut with = terms.clone();
            with.push(term("a", on, on));
            prop_assert!(!may_take_cases(&terms, day(on)) || may_take_cases(&with, day(on)));
        }
    }

    #[test]
    fn a_licence_does_not_end_before_it_begins() {
        let body = serde_json::json!({
            "name": "a", "number": "1", "issuer": "b", "first_day": "2026-03-02", "last_day": "2026-03-01"
        });
        let mut errors = FieldErrors::new();
        serde_json::from_value::<NewLicence>(body).unwrap().check(day(1).start(), &mut errors);
        assert_eq!(errors.as_slice()[0].pointer, "/last_day");
    }
}
