//! Time: UTC microseconds behind one `Timestamp`, days as ISO 8601 dates, and the clock that is handed in everywhere.

use std::sync::atomic::{AtomicI64, Ordering};

/// A moment: microseconds since 1970-01-01T00:00:00Z. Sent as RFC 3339 in UTC with six digits.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, diesel::expression::AsExpression, diesel::deserialize::FromSqlRow,
)]
#[diesel(sql_type = diesel::sql_types::BigInt)]
pub struct Timestamp(i64);

impl Timestamp {
    /// From microseconds since the epoch.
    pub const fn from_micros(micros: i64) -> Self {
        Self(micros)
    }
    /// Microseconds since the epoch.
    pub const fn micros(self) -> i64 {
        self.0
    }
    /// Whole seconds since the epoch.
    pub const fn seconds(self) -> i64 {
        self.0.div_euclid(1_000_000)
    }
    /// So many minutes later.
    #[must_use]
    pub const fn plus_minutes(self, minutes: i64) -> Self {
        Self(self.0.saturating_add(minutes.saturating_mul(60_000_000)))
    }
    /// So many days of 24 hours later.
    #[must_use]
    pub const fn plus_days(self, days: i64) -> Self {
        self.plus_minutes(days.saturating_mul(1440))
    }
    /// Date and time in China, to the minute: `2026-04-05 09:30`. For papers and mails, not for data.
    pub fn in_china(self) -> String {
        let shifted = self.plus_minutes(8 * 60);
        let moment = jiff::Timestamp::from_microsecond(shifted.0).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
        jiff::tz::Offset::UTC.to_datetime(moment).strftime("%Y-%m-%d %H:%M").to_string()
    }
    /// The day it is in China (UTC+8 the year round, State Council 1991: no summer time).
    pub fn day(self) -> Day {
        let shifted = self.plus_minutes(8 * 60);
        let moment = jiff::Timestamp::from_microsecond(shifted.0).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
        Day::of(jiff::tz::Offset::UTC.to_datetime(moment).date())
    }
}

impl std::fmt::Display for Timestamp {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let moment = jiff::Timestamp::from_microsecond(self.0).map_err(|_| std::fmt::Error)?;
        write!(f, "{moment:.6}")
    }
}

impl std::str::FromStr for Timestamp {
    type Err = jiff::Error;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse::<jiff::Timestamp>().map(|t| Self(t.as_microsecond()))
    }
}

impl serde::Serialize for Timestamp {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> serde::Deserialize<'de> for Timestamp {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str> as serde::Deserialize>::deserialize(deserializer)?;
        text.parse().map_err(|_| serde::de::Error::custom("not an RFC 3339 time"))
    }
}

impl schemars::JsonSchema for Timestamp {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Timestamp".into()
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "string",
            "format": "date-time",
            "pattern": r"^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])T([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d{1,9})?(Z|[+-]\d{2}:[0-5]\d)$"
        })
    }
}

impl<DB> diesel::serialize::ToSql<diesel::sql_types::BigInt, DB> for Timestamp
where
    DB: diesel::backend::Backend,
    i64: diesel::serialize::ToSql<diesel::sql_types::BigInt, DB>,
{
    fn to_sql<'b>(&'b self, out: &mut diesel::serialize::Output<'b, '_, DB>) -> diesel::serialize::Result {
        self.0.to_sql(out)
    }
}

impl<DB> diesel::deserialize::FromSql<diesel::sql_types::BigInt, DB> for Timestamp
where
    DB: diesel::backend::Backend,
    i64: diesel::deserialize::FromSql<diesel::sql_types::BigInt, DB>,
{
    fn from_sql(bytes: DB::RawValue<'_>) -> diesel::deserialize::Result<Self> {
        <i64 as diesel::deserialize::FromSql<diesel::sql_types::BigInt, DB>>::from_sql(bytes).map(Self)
    }
}

/// A calendar day, `2026-11-24`.
#[derive(
    Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, diesel::expression::AsExpression, diesel::deserialize::FromSqlRow,
)]
#[diesel(sql_type = diesel::sql_types::Text)]
pub struct Day([u8; 10]);

/// A text that is not a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a date")]
pub struct NotADay;

impl Day {
    fn of(date: jiff::civil::Date) -> Self {
        let mut text = *b"0000-00-00";
        for (slot, byte) in text.iter_mut().zip(date.to_string().bytes()) {
            *slot = byte;
        }
        Self(text)
    }
    /// The ISO 8601 text.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
    fn date(self) -> jiff::civil::Date {
        self.as_str().parse().unwrap_or(jiff::civil::Date::ZERO)
    }
    /// The first moment after the day in China: what is valid up to and with the day ends then.
    pub fn end(self) -> Timestamp {
        self.start().plus_days(1)
    }
    /// The day's first moment in China.
    pub fn start(self) -> Timestamp {
        let moment = jiff::tz::Offset::UTC.to_timestamp(self.date().to_datetime(jiff::civil::Time::midnight()));
        Timestamp(moment.map_or(0, jiff::Timestamp::as_microsecond)).plus_minutes(-8 * 60)
    }
    /// So many calendar months later (the last day of the month where the day does not exist).
    #[must_use]
    pub fn plus_months(self, months: i32) -> Self {
        use jiff::ToSpan as _;
        self.date().checked_add(i64::from(months).months()).map_or(self, Self::of)
    }
    /// So many days later, or earlier.
    #[must_use]
    pub fn plus_days(self, days: i64) -> Self {
        let span = jiff::Span::new().try_days(days);
        span.and_then(|span| self.date().checked_add(span)).map_or(self, Self::of)
    }
    /// Whether it is a Saturday or a Sunday.
    pub fn is_weekend(self) -> bool {
        matches!(self.date().weekday(), jiff::civil::Weekday::Saturday | jiff::civil::Weekday::Sunday)
    }
    /// The year.
    pub fn year(self) -> i16 {
        self.date().year()
    }
}

impl std::fmt::Display for Day {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

impl std::fmt::Debug for Day {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

impl std::str::FromStr for Day {
    type Err = NotADay;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let day = Self::of(text.parse().map_err(|_| NotADay)?);
        if day.as_str() == text { Ok(day) } else { Err(NotADay) }
    }
}

impl serde::Serialize for Day {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> serde::Deserialize<'de> for Day {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str> as serde::Deserialize>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

impl schemars::JsonSchema for Day {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Day".into()
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "string",
            "format": "date",
            "pattern": r"^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$"
        })
    }
}

super::words::stored_as_text!(Day);

/// What tells the time. Handed in everywhere, so that a test or the demo can move it.
pub trait Clock: Send + Sync {
    /// Now.
    fn now(&self) -> Timestamp;
}

/// The machine's clock.
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the machine's clock")]
    fn now(&self) -> Timestamp {
        Timestamp(jiff::Timestamp::now().as_microsecond())
    }
}

/// A clock that stands until it is moved: for tests and the demo.
pub struct ManualClock(AtomicI64);

impl ManualClock {
    /// Stands at this moment.
    pub const fn at(moment: Timestamp) -> Self {
        Self(AtomicI64::new(moment.0))
    }
    /// Moves on by so many minutes.
    pub fn advance_minutes(&self, minutes: i64) {
        self.0.fetch_add(minutes.saturating_mul(60_000_000), Ordering::SeqCst);
    }
    /// Moves to this moment.
    pub fn set(&self, moment: Timestamp) {
        self.0.store(moment.0, Ordering::SeqCst);
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        Timestamp(self.0.load(Ordering::SeqCst))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_sent_with_six_digits_and_read_back() {
        let t: Timestamp = "2026-11-24T08:00:00.123456Z".parse().unwrap();
        assert_eq!(t.to_string(), "2026-11-24T08:00:00.123456Z");
        assert_eq!(Timestamp::from_micros(0).to_string(), "1970-01-01T00:00:00.000000Z");
    }

    #[test]
    fn the_day_is_the_one_in_china() {
        let late: Timestamp = "2026-11-24T16:30:00Z".parse().unwrap();
        assert_eq!(late.day().as_str(), "2026-11-25");
        let day: Day = "2026-11-25".parse().unwrap();
        assert_eq!(day.start().to_string(), "2026-11-24T16:00:00.000000Z");
        assert_eq!(day.end().day().as_str(), "2026-11-26");
        assert_eq!("2026-08-31".parse::<Day>().unwrap().plus_months(6).as_str(), "2027-02-28");
        assert!("2026-02-30".parse::<Day>().is_err());
    }
}
