//! Clocks (时限): by when something must be done, on whose desk it stands, who hears when it is near, due or over.
//!
//! `armed → met | stopped`; aside: `paused`. Features arm a clock in the step that begins it and meet or stop it in the step
//! that ends it, in the same transaction. How long each runs is data (`config/clocks.toml`, `config/calendars/cn.toml`); a
//! deadline keeps the stages it was armed with. Law clocks run in China's one time (UTC+8, fixed since 1991) and are stored
//! in UTC. Always: one live deadline for a clock and a record; a stage is told once, in its order, late rather than never.
//! A deadline bears no content: a clock's name, a record's kind and id.

mod calendar;
mod file;
mod plan;
mod span;
mod store;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

pub use calendar::Calendar;
pub use file::Wrong;
pub use plan::Planned;
pub use store::{
    Ack, Deadline, Due, History, acknowledge, acknowledged, by_ids, fire, history, lock_due, meet, move_case, next_fire, of_case,
    of_record, pause, resume, stop, stop_all, stop_case, waiting_for,
};

use crate::base::db::{DbError, Tx};
use crate::base::ids::{AgencyId, CaseId, UserId};
use crate::base::time::Timestamp;
use crate::base::words::{Clock, Facet};

/// How all clocks run: the two files, read and checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Clocks {
    rules: BTreeMap<Clock, file::Rule>,
    calendar: Calendar,
}

/// When a deadline is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// From now, as the file says for this variant: `usual`, `urgent`, `high`.
    Variant(&'static str),
    /// The nth time of this variant after a first moment: the visits of three months, each counted from the first, so that
    /// the 31st comes back after a short month.
    Nth(&'static str, Timestamp, u32),
    /// The record says when.
    At(Timestamp),
}

/// A deadline to arm.
#[derive(Debug, Clone, Copy)]
pub struct Arm<'a> {
    /// What for.
    pub clock: Clock,
    /// In which case.
    pub case: Option<CaseId>,
    /// The record's kind and id: `referral/0193…`.
    pub record: &'a str,
    /// On whose desk it stands.
    pub agency: AgencyId,
    /// The one person there whose it is.
    pub user: Option<UserId>,
    /// When it is due.
    pub when: When,
}

impl Clocks {
    /// The files in the binary. Errors: file, line and key of what is wrong.
    pub fn embedded() -> Result<Self, Wrong> {
        Self::parse(include_str!("../../config/clocks.toml"), include_str!("../../config/calendars/cn.toml"))
    }
    /// From these texts.
    pub fn parse(clocks: &str, calendar: &str) -> Result<Self, Wrong> {
        let (rules, calendar) = file::both(clocks, calendar)?;
        Ok(Self { rules, calendar })
    }
    /// Which days are worked.
    pub const fn calendar(&self) -> &Calendar {
        &self.calendar
    }
    /// The facet that a clock shows in; none: it is no part of a case's content.
    pub fn facet(&self, clock: Clock) -> Option<Facet> {
        self.rules.get(&clock).and_then(|rule| rule.facet)
    }
    /// The law, or "local".
    pub fn source(&self, clock: Clock) -> &str {
        self.rules.get(&clock).map_or("", |rule| &rule.source)
    }
    /// When a clock that begins so is due. Errors: it has no such variant, which the start has checked.
    pub fn due(&self, clock: Clock, when: When, now: Timestamp) -> Result<Timestamp, DbError> {
        let (variant, from, nth) = match when {
            When::At(due) => return Ok(due),
            When::Variant(variant) => (variant, now, 1),
            When::Nth(variant, from, nth) => (variant, from, nth),
        };
        let rule = self.rules.get(&clock).ok_or(DbError::Corrupt("a clock"))?;
        let after = rule.variants.get(variant).and_then(|course| course.after);
        let span = after.ok_or(DbError::Corrupt("a clock's variant"))?;
        Ok(span.after(from, nth, &self.calendar, rule.next_working_day))
    }
    /// Years around a moment for which the State Council's notice is not in the calendar: the rule of the week counts then.
    pub fn missing_years(&self, now: Timestamp) -> Vec<i16> {
        let mut years = vec![now.day().year(), now.plus_days(30).day().year()];
        years.dedup();
        years.retain(|year| !self.calendar.knows(*year));
        years
    }
}

/// Begins a deadline, or begins it anew: one live deadline for a clock and a record. What the file says comes before it
/// (`starts_after`) is met. Gives the time it is due.
pub fn arm(tx: &mut Tx<'_>, clocks: &Clocks, arm: Arm<'_>) -> Result<Timestamp, DbError> {
    let now = tx.now();
    let due = clocks.due(arm.clock, arm.when, now)?;
    let planned = plan::of(clocks, &arm, now, due);
    if let Some(before) = clocks.rules.get(&arm.clock).and_then(|rule| rule.starts_after) {
        store::meet(tx, before, arm.record)?;
    }
    store::put(tx, &arm, due, &planned)?;
    Ok(due)
}

/// Begins deadlines of records that are new, all by two statements. One with `is_needed` false stands still from the
/// beginning, on no desk and in no list: it is there so that who asked cannot tell by the time whether any was needed.
pub fn begin(tx: &mut Tx<'_>, clocks: &Clocks, all: &[(Arm<'_>, bool)]) -> Result<(), DbError> {
    let now = tx.now();
    let mut rows = Vec::with_capacity(all.len());
    for (arm, is_needed) in all {
        let due = clocks.due(arm.clock, arm.when, now)?;
        rows.push((*arm, due, plan::of(clocks, arm, now, due), *is_needed));
    }
    store::put_new(tx, &rows)
}
