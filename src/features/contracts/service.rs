//! What was delivered under a contract, from the pieces of service that workers recorded: pure, in whole numbers.

use std::collections::BTreeMap;

use super::store::LineRow;
use crate::base::ids::{CaseId, ContractLineId, NoteId, UserId};
use crate::base::month::Month;
use crate::base::time::Timestamp;
use crate::base::words::{ContractUnit, HelpKind};

/// A piece of service: one note of an assigned worker, with the minutes that its last correction says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Piece {
    /// The note.
    pub note: NoteId,
    /// The line under which the worker was assigned.
    pub line: ContractLineId,
    /// The case.
    pub case: CaseId,
    /// The case whose place of the line it used: the household's first; none where the line counts no cases.
    pub place: Option<CaseId>,
    /// Who gave the service.
    pub worker: UserId,
    /// How long it took; nothing where it was recorded in error.
    pub minutes: i64,
    /// When.
    pub at: Timestamp,
}

/// A line of a contract, as far as counting goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bought {
    /// The line.
    pub id: ContractLineId,
    /// The help it buys.
    pub service: HelpKind,
    /// What it counts.
    pub unit: ContractUnit,
    /// How many.
    pub quantity: i64,
    /// The price of one, in fen.
    pub price_fen: i64,
}

impl From<&LineRow> for Bought {
    fn from(row: &LineRow) -> Self {
        Self { id: row.id, service: row.service, unit: row.unit, quantity: row.quantity, price_fen: row.price_fen }
    }
}

/// Where a quantity belongs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Spot {
    /// The month in which the service was given.
    pub month: Month,
    /// The line it counts on.
    pub line: ContractLineId,
    /// Who gave it.
    pub worker: UserId,
}

/// Quantities by spot and case: minutes of a line of hours, times of a line of sessions, places of a line of cases.
pub type Delivered = BTreeMap<(Spot, CaseId), i64>;

/// What each line delivered. Service counts on every line of its kind: its minutes on one of hours, once on one of
/// sessions; and the first piece of a place consumes it on the line of cases that the worker was assigned under. A piece of
/// no minutes counts nowhere.
pub fn delivered(lines: &[Bought], pieces: &[Piece]) -> Delivered {
    let service_of = |line: ContractLineId| lines.iter().find(|bought| bought.id == line).map(|bought| bought.service);
    let mut real: Vec<(HelpKind, &Piece)> = pieces
        .iter()
        .filter(|piece| piece.minutes > 0)
        .filter_map(|piece| service_of(piece.line).map(|service| (service, piece)))
        .collect();
    real.sort_by_key(|(_, piece)| (piece.at, piece.note));
    let mut places = std::collections::BTreeSet::new();
    let mut all = Delivered::new();
    for (service, piece) in real {
        for line in lines.iter().filter(|line| line.service == service) {
            let quantity = match line.unit {
                ContractUnit::Hour => piece.minutes,
                ContractUnit::Session => 1,
                ContractUnit::Case => {
                    let is_first = line.id == piece.line && places.insert((line.id, piece.place.unwrap_or(piece.case)));
                    i64::from(is_first)
                }
            };
            if quantity != 0 {
                let spot = Spot { month: Month::at(piece.at), line: line.id, worker: piece.worker };
                let sum: &mut i64 = all.entry((spot, piece.case)).or_default();
                *sum = sum.saturating_add(quantity);
            }
        }
    }
    all
}

/// Minutes and times of a service, over all months.
pub fn totals(lines: &[Bought], pieces: &[Piece], service: HelpKind) -> (i64, i64) {
    let under: Vec<ContractLineId> = lines.iter().filter(|line| line.service == service).map(|line| line.id).collect();
    let real = pieces.iter().filter(|piece| piece.minutes > 0 && under.contains(&piece.line));
    real.fold((0_i64, 0_i64), |(minutes, times), piece| (minutes.saturating_add(piece.minutes), times.saturating_add(1)))
}

/// How many full months the pace is taken from.
const PACE_MONTHS: i32 = 3;

/// The month in which a quota runs out. Where it has already: the month in which that happened. Else at the pace of the last
/// three full months, of those since the contract's first month (`first`); this month counts with what it has or with the
/// pace, whichever is more. Nothing where no month is full yet, nothing was delivered in them, or it lasts to the end
/// (`last`).
pub fn runs_out(quota: i64, by_month: &BTreeMap<Month, i64>, this: Month, first: Month, last: Month) -> Option<Month> {
    let mut sum = 0_i64;
    for (month, more) in by_month {
        sum = sum.saturating_add(*more);
        if sum >= quota {
            return Some(*month);
        }
    }
    let of = |month: Month| i128::from(by_month.get(&month).copied().unwrap_or_default());
    let full: Vec<Month> = (1..=PACE_MONTHS).map(|back| this.plus(-back)).filter(|month| *month >= first).collect();
    let months = i128::try_from(full.len()).ok().filter(|months| *months > 0)?;
    let pace: i128 = full.iter().map(|month| of(*month)).sum();
    if pace <= 0 {
        return None;
    }
    // All times `months`, so that nothing is rounded.
    let before_this = i128::from(sum).checked_sub(of(this))?;
    let mut left = (i128::from(quota).checked_sub(before_this)?).checked_mul(months)?;
    let mut month = this;
    while month <= last {
        let more = if month == this { pace.max(of(this).checked_mul(months)?) } else { pace };
        left = left.checked_sub(more)?;
        if left <= 0 {
            return Some(month);
        }
        month = month.next();
    }
    None
}
