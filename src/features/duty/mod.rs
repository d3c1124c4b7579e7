//! The duty roster (值班): who answers an agency's urgent matters now, and who stands in.
//!
//! Always: two turns of an agency do not overlap, so that there is one answer to "who"; whoever stands on it is a live
//! caseworker of the agency. A turn that has ended is not changed any more: it says who was called.
//! No I/O here: rows in `store`, endpoints in `api`.

mod api;
pub mod facts;
mod steps;
mod store;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use api::routes;

use crate::base::fields::{FieldCode, FieldErrors};
use crate::base::ids::{DutyTurnId, UserId};
use crate::base::problem::Problem;
use crate::base::time::Timestamp;
use crate::door::{Check, ETag, View};

/// So many days a turn lasts at most: whoever answers day and night longer than that answers nothing.
const LONGEST_DAYS: i64 = 31;

/// A turn on the roster.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Turn {
    /// Who answers.
    pub user_id: UserId,
    /// Who stands in.
    #[serde(default)]
    pub deputy_id: Option<UserId>,
    /// From when.
    pub from: Timestamp,
    /// Until when; the next turn may begin then.
    pub until: Timestamp,
}

impl Check for Turn {
    fn check(&self, _: Timestamp, errors: &mut FieldErrors) {
        if self.until <= self.from {
            errors.push("/until", FieldCode::Contradicts { other: "/from" });
        } else if self.until > self.from.plus_days(LONGEST_DAYS) {
            errors.push("/until", FieldCode::TooLarge { max: self.from.plus_days(LONGEST_DAYS).to_string() });
        }
        if self.deputy_id == Some(self.user_id) {
            errors.push("/deputy_id", FieldCode::Contradicts { other: "/user_id" });
        }
    }
}

/// Somebody sets out on a visit.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SetOut {
    /// When they will be back.
    pub back_by: Timestamp,
}

/// Nobody is out on a visit longer than this; whoever gives a later hour would not be missed.
const LONGEST_VISIT_HOURS: i64 = 12;

impl Check for SetOut {
    fn check(&self, now: Timestamp, errors: &mut FieldErrors) {
        if self.back_by <= now {
            errors.push("/back_by", FieldCode::InThePast);
        } else if self.back_by > now.plus_minutes(LONGEST_VISIT_HOURS * 60) {
            errors.push(
                "/back_by",
                FieldCode::Other {
                    code: "too_long",
                    message: "a visit lasts 12 hours at most",
                    message_zh: "单次查访不超过 12 小时",
                },
            );
        }
    }
}

/// Somebody on the roster.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct OnDuty {
    /// The person.
    pub user_id: UserId,
    /// Their name.
    pub name: String,
}

/// A turn, as shown.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(rename = "DutyTurn")]
pub struct TurnView {
    /// Its id.
    pub id: DutyTurnId,
    /// Who answers.
    pub person: OnDuty,
    /// Who stands in.
    pub deputy: Option<OnDuty>,
    /// From when.
    pub from: Timestamp,
    /// Until when.
    pub until: Timestamp,
    /// Whether it is now.
    pub now: bool,
    /// Counts its changes.
    pub version: i64,
}

impl View for TurnView {
    fn etag(&self) -> ETag {
        ETag::Version(self.version)
    }
    fn location(&self) -> Option<String> {
        Some(format!("/api/v1/duty/{}", self.id))
    }
}

/// Why a turn was not entered or changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TurnRefused {
    /// Another turn of the agency lies in that time.
    #[error("another turn lies in that time")]
    Overlaps,
    /// It is over.
    #[error("the turn is over")]
    IsOver,
}

impl From<TurnRefused> for Problem {
    fn from(why: TurnRefused) -> Self {
        match why {
            TurnRefused::Overlaps => Self::conflict().because("another turn lies in that time", "该时段已有其他值班安排"),
            TurnRefused::IsOver => Self::conflict().because("this turn is over and stays as it was", "该班次已结束,不得更改"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_out_longer_than_a_day_or_since_yesterday() {
        let now: Timestamp = "2026-11-24T08:00:00Z".parse().unwrap();
        for (minutes, wrong) in [(0, true), (-1, true), (1, false), (12 * 60, false), (12 * 60 + 1, true)] {
            let mut errors = FieldErrors::new();
            SetOut { back_by: now.plus_minutes(minutes) }.check(now, &mut errors);
            assert_eq!(!errors.as_slice().is_empty(), wrong, "{minutes}");
        }
    }

    #[test]
    fn a_turn_ends_after_it_begins_and_within_a_month() {
        let wrong = |until: &str, deputy: &str| {
            let body = serde_json::json!({
                "user_id": "0193a5b0-7c00-7000-8000-000000000001", "deputy_id": format!("0193a5b0-7c00-7000-8000-00000000000{deputy}"),
                "from": "2026-11-24T00:00:00Z", "until": until
            });
            let mut errors = FieldErrors::new();
            let turn: Turn = serde_json::from_value(body).unwrap();
            turn.check("2026-11-24T00:00:00Z".parse().unwrap(), &mut errors);
            errors.into_result().err().map(|problem| problem.errors().iter().map(|e| e.pointer.clone()).collect::<Vec<_>>())
        };
        assert_eq!(wrong("2026-11-25T00:00:00Z", "2"), None);
        assert_eq!(wrong("2026-11-24T00:00:00Z", "2"), Some(vec!["/until".to_owned()]));
        assert_eq!(wrong("2026-12-26T00:00:00Z", "1"), Some(vec!["/until".to_owned(), "/deputy_id".to_owned()]));
    }
}
