//! The stages of a deadline, fixed when it is armed.

use serde::{Deserialize, Serialize};

use super::file::{Call, Course};
use super::{Arm, Clocks, When};
use crate::base::time::Timestamp;
use crate::base::words::{Stage, Told};

/// A stage: when, what, who hears.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Planned {
    /// When.
    pub at: Timestamp,
    /// What.
    pub stage: Stage,
    /// Who hears.
    pub to: Vec<Told>,
}

/// The stages of a deadline that begins now, in their order. A warning whose time lies before the beginning is left out: it
/// would tell at once what was just done.
pub(super) fn of(clocks: &Clocks, arm: &Arm<'_>, now: Timestamp, due: Timestamp) -> Vec<Planned> {
    let Some(rule) = clocks.rules.get(&arm.clock) else { return Vec::new() };
    let course: &Course = match arm.when {
        When::Variant(variant) | When::Nth(variant, ..) => rule.variants.get(variant).unwrap_or(&rule.own),
        When::At(_) => &rule.own,
    };
    let tell = |at: Timestamp, stage: Stage| Planned { at, stage, to: rule.tell.clone() };
    let later =
        |from: Timestamp, call: &Call, stage: Stage| Planned { at: from.plus_minutes(call.minutes), stage, to: call.to.clone() };
    let warn = course.warn.iter().map(|minutes| due.plus_minutes(minutes.saturating_neg())).filter(|at| *at > now);
    let mut planned: Vec<Planned> = warn.map(|at| tell(at, Stage::Near)).collect();
    planned.extend(course.call.iter().map(|call| later(now, call, Stage::Call)).filter(|stage| stage.at < due));
    planned.push(tell(due, Stage::Due));
    planned.extend(course.escalate.iter().map(|call| later(due, call, Stage::Overdue)));
    // Stable, so that what falls together keeps the order above: it is due before it is overdue.
    planned.sort_by_key(|stage| stage.at);
    planned
}
