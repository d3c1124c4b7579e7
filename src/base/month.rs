//! A calendar month, `2026-11`, as settlements and usage count them; by the calendar in China.

use super::time::{Day, NotADay, Timestamp};

/// A calendar month.
#[derive(
    Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, diesel::expression::AsExpression, diesel::deserialize::FromSqlRow,
)]
#[diesel(sql_type = diesel::sql_types::Text)]
pub struct Month(Day);

impl Month {
    /// The month of a day.
    pub fn of(day: Day) -> Self {
        let text: String = day.as_str().chars().take(7).collect();
        Self(format!("{text}-01").parse().unwrap_or(day))
    }
    /// The month in which a moment lies, in China.
    pub fn at(moment: Timestamp) -> Self {
        Self::of(moment.day())
    }
    /// The ISO 8601 text, `2026-11`.
    pub fn as_str(&self) -> &str {
        self.0.as_str().get(..7).unwrap_or_default()
    }
    /// Its first day.
    pub const fn first_day(self) -> Day {
        self.0
    }
    /// Its last day.
    pub fn last_day(self) -> Day {
        self.next().0.plus_days(-1)
    }
    /// So many months later, or earlier.
    #[must_use]
    pub fn plus(self, months: i32) -> Self {
        Self(self.0.plus_months(months))
    }
    /// The month after.
    #[must_use]
    pub fn next(self) -> Self {
        self.plus(1)
    }
}

impl std::fmt::Display for Month {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

impl std::fmt::Debug for Month {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

impl std::str::FromStr for Month {
    type Err = NotADay;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.len() == 7 { format!("{text}-01").parse().map(Self) } else { Err(NotADay) }
    }
}

impl serde::Serialize for Month {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> serde::Deserialize<'de> for Month {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str> as serde::Deserialize>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

impl schemars::JsonSchema for Month {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Month".into()
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string", "format": "year-month", "pattern": r"^\d{4}-(0[1-9]|1[0-2])$" })
    }
}

super::words::stored_as_text!(Month);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_month_begins_at_midnight_in_china_and_knows_its_days() {
        let month = |text: &str| text.parse::<Month>().unwrap();
        let moment = |text: &str| text.parse::<Timestamp>().unwrap();
        assert_eq!(Month::at(moment("2026-02-28T15:59:59Z")), month("2026-02"));
        assert_eq!(Month::at(moment("2026-02-28T16:00:00Z")), month("2026-03"));
        assert_eq!(month("2028-02").last_day().as_str(), "2028-02-29");
        assert_eq!(month("2026-12").next(), month("2027-01"));
        assert_eq!(month("2026-01").plus(-3), month("2025-10"));
        for wrong in ["2026-13", "2026-1", "2026-011", "", "2026/01"] {
            assert!(wrong.parse::<Month>().is_err(), "{wrong}");
        }
    }
}
