//! `config/calendars/cn.toml`: public holidays and make-up working days, year by year, as the State Council gives them.
//!
//! China keeps one time, UTC+8, the year round since the last summer of 1991; so a day is a fixed piece of time (`Day`).

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use super::file::{Wrong, line_of};
use crate::base::time::Day;

/// Where it stands in the source tree: errors name it.
pub(super) const FILE: &str = "config/calendars/cn.toml";

/// Which days are worked.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Calendar {
    years: BTreeSet<i16>,
    /// Days that are not as the rule of the week says: whether they are worked.
    days: BTreeMap<Day, bool>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileText {
    year: Vec<Year>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Year {
    #[serde(rename = "year")]
    of: i16,
    source: String,
    holidays: Vec<Holiday>,
    working: Vec<Day>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Holiday {
    name: String,
    from: Day,
    to: Day,
}

impl Calendar {
    /// Reads the text. Errors: file, line and key of what is wrong, among them a day that is both free and worked.
    pub(super) fn parse(text: &str) -> Result<Self, Wrong> {
        let file: FileText = toml::from_str(text).map_err(|error| Wrong::syntax(FILE, text, &error))?;
        let mut calendar = Self::default();
        for year in &file.year {
            let wrong = |key: &str, needle: &str, why: String| Wrong::at(FILE, line_of(text, None, needle), key, why);
            if year.source.trim().is_empty() {
                return Err(wrong("source", &format!("year = {}", year.of), "names no source".into()));
            }
            if !calendar.years.insert(year.of) {
                return Err(wrong("year", &format!("year = {}", year.of), format!("{} stands twice", year.of)));
            }
            for holiday in &year.holidays {
                let (from, to) = (holiday.from, holiday.to);
                if from > to || from.year() != year.of || to.year() != year.of {
                    let why = format!("{} is not a span of days of {}", holiday.name, year.of);
                    return Err(wrong("holidays", from.as_str(), why));
                }
                let mut day = from;
                while day <= to {
                    calendar.days.insert(day, false);
                    day = day.plus_days(1);
                }
            }
            for day in &year.working {
                let quoted = format!("\"{day}\"");
                let needle = format!("working = {quoted}");
                if day.year() != year.of {
                    return Err(wrong("working", &needle, format!("{day} is no day of {}", year.of)));
                }
                if calendar.days.insert(*day, true).is_some() {
                    let line = text.lines().position(|line| line.starts_with("working") && line.contains(&quoted));
                    let line = line.map_or(1, |at| at.saturating_add(1));
                    return Err(Wrong::at(FILE, line, "working", format!("{day} is both a holiday and a working day")));
                }
            }
        }
        Ok(calendar)
    }
    /// Whether the day is worked.
    pub fn is_working(&self, day: Day) -> bool {
        self.days.get(&day).copied().unwrap_or_else(|| !day.is_weekend())
    }
    /// The nth working day after a day, which is not counted itself.
    #[must_use]
    pub fn working_days_after(&self, day: Day, count: u32) -> Day {
        let (mut day, mut left) = (day, count);
        while left > 0 {
            day = day.plus_days(1);
            if self.is_working(day) {
                left = left.saturating_sub(1);
            }
        }
        day
    }
    /// The day, or the next one that is worked.
    #[must_use]
    pub fn or_next_working(&self, day: Day) -> Day {
        let mut day = day;
        while !self.is_working(day) {
            day = day.plus_days(1);
        }
        day
    }
    /// Whether the State Council's notice for the year is in it.
    pub fn knows(&self, year: i16) -> bool {
        self.years.contains(&year)
    }
}
