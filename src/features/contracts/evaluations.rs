//! What the buyer's supervisor thinks of a contract's service: one evaluation a period. A provider's rating comes of these
//! alone.

use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::base::ids::{ContractId, EvaluationId, UserId};
use crate::base::month::Month;
use crate::base::problem::{FieldCode, Problem};
use crate::base::text::Text;
use crate::base::time::{Day, Timestamp};
use crate::door::{Check, View};

/// A calendar period: a year `2026`, a half `2026-H1`, a quarter `2026-Q3`, or a month `2026-11`.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, diesel::expression::AsExpression, diesel::deserialize::FromSqlRow,
)]
#[diesel(sql_type = diesel::sql_types::Text)]
pub struct Period {
    text: [u8; 7],
    length: usize,
    first: Month,
    months: i32,
}

/// A text that is no period.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a period")]
pub struct NotAPeriod;

impl Period {
    /// The text.
    pub fn as_str(&self) -> &str {
        self.text.get(..self.length).and_then(|text| std::str::from_utf8(text).ok()).unwrap_or_default()
    }
    /// The first day.
    pub const fn first_day(self) -> Day {
        self.first.first_day()
    }
    /// The last day.
    pub fn last_day(self) -> Day {
        self.first.plus(self.months).first_day().plus_days(-1)
    }
}

impl FromStr for Period {
    type Err = NotAPeriod;
    fn from_str(text: &str) -> Result<Self, NotAPeriod> {
        let (year, part) = text.split_once('-').map_or((text, None), |(year, part)| (year, Some(part)));
        let (month, months) = match part {
            None => ("01", 12),
            Some("H1") => ("01", 6),
            Some("H2") => ("07", 6),
            Some("Q1") => ("01", 3),
            Some("Q2") => ("04", 3),
            Some("Q3") => ("07", 3),
            Some("Q4") => ("10", 3),
            Some(month) => (month, 1),
        };
        let first: Month = format!("{year}-{month}").parse().map_err(|_| NotAPeriod)?;
        let mut bytes = [0; 7];
        for (slot, byte) in bytes.iter_mut().zip(text.bytes()) {
            *slot = byte;
        }
        Ok(Self { text: bytes, length: text.len(), first, months })
    }
}

impl Serialize for Period {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Period {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str> as Deserialize>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

impl JsonSchema for Period {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Period".into()
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "string", "format": "calendar-period", "pattern": r"^\d{4}(-(H[12]|Q[1-4]|0[1-9]|1[0-2]))?$"
        })
    }
}

crate::base::words::stored_as_text!(Period);

/// An evaluation to be given.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Evaluate {
    /// From 1, poor, to 5, excellent.
    #[schemars(range(min = 1, max = 5))]
    pub score: i64,
    /// For which period: over, or ended with the contract; within its term.
    pub period: Period,
    /// Why. It names no case and no person.
    pub text: Text,
}

impl Check for Evaluate {}

/// Whether the period can be evaluated: it touches the contract's term and is over, or the contract is.
pub fn may_be_evaluated(period: Period, (first, last): (Day, Day), has_ended: bool, today: Day) -> Result<(), Problem> {
    if period.last_day() < first || period.first_day() > last {
        return Err(Problem::wrong_field("/period", FieldCode::NotFound));
    }
    if period.first_day() > today || (period.last_day() >= today && !has_ended) {
        return Err(Problem::wrong_field("/period", FieldCode::InTheFuture));
    }
    Ok(())
}

/// An evaluation, as shown.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(rename = "Evaluation")]
pub struct EvaluationView {
    /// Its id.
    pub id: EvaluationId,
    /// The contract.
    pub contract_id: ContractId,
    /// From 1, poor, to 5, excellent.
    pub score: i64,
    /// For which period.
    pub period: Period,
    /// Why.
    pub text: String,
    /// Who gave it.
    pub by: UserId,
    /// Their name.
    pub by_name: String,
    /// When.
    pub at: Timestamp,
}

impl View for EvaluationView {
    fn location(&self) -> Option<String> {
        Some(format!("/api/v1/contracts/{}/evaluations", self.contract_id))
    }
}

/// A provider's rating: the mean of its scores in hundredths, rounded to the nearest, and how many they are.
pub fn rating(sum: i64, count: i64) -> Option<(i64, i64)> {
    let doubled = sum.checked_mul(200)?.checked_add(count)?;
    doubled.checked_div_euclid(count.checked_mul(2)?).map(|mean| (mean, count))
}
