//! How long a clock runs, as the file says it: `24 hours`, `7 days`, `1 month`, `3 working days`.

use std::str::FromStr;

use super::calendar::Calendar;
use crate::base::time::Timestamp;

/// A length of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Span {
    /// By the hour, night and holiday (Civil Code art. 201 para. 2).
    Minutes(u32),
    /// The first day is not counted; it ends with the last (art. 201 para. 1, 203).
    Days(u32),
    /// To the same day of a later month, or that month's last (art. 202).
    Months(u32),
    /// As days, of which only working days count.
    WorkingDays(u32),
}

impl FromStr for Span {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let not = || format!("\"{text}\" is not a length: \"24 hours\", \"7 days\", \"1 month\", \"3 working days\"");
        let (count, unit) = text.split_once(' ').ok_or_else(not)?;
        let count: u32 = count.parse().ok().filter(|count| *count <= 10_000).ok_or_else(not)?;
        match unit {
            "minute" | "minutes" => Ok(Self::Minutes(count)),
            "hour" | "hours" => Ok(Self::Minutes(count.saturating_mul(60))),
            "day" | "days" => Ok(Self::Days(count)),
            "month" | "months" => Ok(Self::Months(count)),
            "working day" | "working days" => Ok(Self::WorkingDays(count)),
            _ => Err(not()),
        }
    }
}

impl Span {
    /// When the nth such span after a moment is over: counted from the first moment each time, so that the 31st comes back
    /// after a short month. `rolls`: a last day that is free moves to the next working day.
    pub(super) fn after(self, from: Timestamp, nth: u32, calendar: &Calendar, rolls: bool) -> Timestamp {
        let day = match self {
            Self::Minutes(count) => return from.plus_minutes(i64::from(count).saturating_mul(i64::from(nth))),
            Self::Days(count) => from.day().plus_days(i64::from(count).saturating_mul(i64::from(nth))),
            Self::Months(count) => from.day().plus_months(i32::try_from(count.saturating_mul(nth)).unwrap_or(i32::MAX)),
            Self::WorkingDays(count) => calendar.working_days_after(from.day(), count.saturating_mul(nth)),
        };
        if rolls { calendar.or_next_working(day).end() } else { day.end() }
    }
    /// As a plain distance, for what comes so long before or after; nothing where its length depends on when.
    pub(super) fn minutes(self) -> Option<i64> {
        match self {
            Self::Minutes(count) => Some(i64::from(count)),
            Self::Days(count) => Some(i64::from(count).saturating_mul(1440)),
            Self::Months(_) | Self::WorkingDays(_) => None,
        }
    }
    /// Whether it is no time at all.
    pub(super) const fn is_nothing(self) -> bool {
        matches!(self, Self::Minutes(0) | Self::Days(0) | Self::Months(0) | Self::WorkingDays(0))
    }
}
