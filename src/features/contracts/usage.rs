//! What a contract has delivered, line by line, by month and worker, in whole numbers.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use schemars::JsonSchema;
use serde::Serialize;

use super::service::{self, Bought, Delivered, Piece, Spot};
use super::store::LineRow;
use crate::base::ids::{CaseId, ContractId, ContractLineId, UserId};
use crate::base::month::Month;
use crate::base::time::Day;
use crate::base::words::{ContractUnit, HelpKind};
use crate::door::View;

/// What one worker delivered of a line in a month.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct WorkerUsage {
    /// The month.
    pub month: Month,
    /// Who.
    pub worker_id: UserId,
    /// Their name.
    pub worker_name: String,
    /// Minutes of a line of hours, times of a line of sessions, places of a line of cases.
    pub quantity: i64,
    /// In how many cases.
    pub cases: u64,
}

/// What a case was delivered of a line: for a reader who may see the case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct CaseUsage {
    /// The case.
    pub case_id: CaseId,
    /// Its number.
    pub case_no: String,
    /// Of the line's unit; of hours: minutes.
    pub quantity: i64,
}

/// What one line has delivered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct LineUsage {
    /// The line.
    pub line_id: ContractLineId,
    /// The help it buys.
    pub service: HelpKind,
    /// What it counts.
    pub unit: ContractUnit,
    /// How many were bought.
    pub quantity: i64,
    /// Places that cases have taken; of a line that counts cases.
    pub reserved: i64,
    /// How many of its unit are left: below nothing after an override. Of hours: whole ones.
    pub left: i64,
    /// Minutes of the service that were recorded under the contract.
    pub minutes_delivered: i64,
    /// Minutes that are left; of a line that counts hours.
    pub minutes_left: Option<i64>,
    /// How many times the service was recorded under the contract.
    pub sessions_delivered: i64,
    /// How much of the quota was delivered, in thousandths; to compare with the term's.
    pub delivered_permille: i64,
    /// The month in which the quota runs out at the pace of the last three full months, or did; null where it lasts.
    pub runs_out: Option<Month>,
    /// By month and worker, oldest first.
    pub months: Vec<WorkerUsage>,
    /// In how many cases.
    pub case_count: u64,
    /// Those of them that this reader may see; none of a line of cases, whose places households share.
    pub cases: Vec<CaseUsage>,
}

/// What a contract has delivered. Which cases they were is told of those that the reader may see; of the others, how many.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct UsageView {
    /// The contract.
    pub contract_id: ContractId,
    /// How much of its term is over, in thousandths of its days.
    pub elapsed_permille: i64,
    /// Line by line.
    pub lines: Vec<LineUsage>,
}

impl View for UsageView {}

/// Minutes in an hour.
const HOUR: i64 = 60;

/// Thousandths, rounded down.
fn permille(part: i64, whole: i64) -> i64 {
    part.saturating_mul(1000).checked_div_euclid(whole).unwrap_or_default()
}

/// How many days of a term are over, of how many, in thousandths.
pub(super) fn elapsed(first: Day, last: Day, today: Day) -> i64 {
    const DAY: i64 = 86_400;
    let days = |until: Day| until.end().seconds().saturating_sub(first.start().seconds()).div_euclid(DAY);
    permille(days(today.min(last)).max(0), days(last))
}

/// What usage is told with.
pub(super) struct Around<'a> {
    /// The first day and the last.
    pub days: (Day, Day),
    /// Today.
    pub today: Day,
    /// The workers' names.
    pub names: &'a HashMap<UserId, String>,
    /// The numbers of the cases that the reader may see.
    pub seen: &'a HashMap<CaseId, String>,
}

fn by_worker(of_line: &[(Spot, CaseId, i64)], names: &HashMap<UserId, String>) -> Vec<WorkerUsage> {
    let mut sums: BTreeMap<(Month, UserId), (i64, u64)> = BTreeMap::new();
    for (spot, _, quantity) in of_line {
        let sum = sums.entry((spot.month, spot.worker)).or_default();
        *sum = (sum.0.saturating_add(*quantity), sum.1.saturating_add(1));
    }
    let named = |id: UserId| names.get(&id).cloned().unwrap_or_default();
    let told = |((month, worker_id), (quantity, cases))| WorkerUsage {
        month,
        worker_id,
        worker_name: named(worker_id),
        quantity,
        cases,
    };
    sums.into_iter().map(told).collect()
}

/// The usage of these lines.
pub(super) fn of(contract_id: ContractId, rows: &[LineRow], pieces: &[Piece], around: &Around<'_>) -> UsageView {
    let lines: Vec<Bought> = rows.iter().map(Bought::from).collect();
    let delivered: Delivered = service::delivered(&lines, pieces);
    let (first, last) = around.days;
    let told = rows.iter().map(|row| {
        let of_line: Vec<(Spot, CaseId, i64)> = delivered
            .iter()
            .filter(|((spot, _), _)| spot.line == row.id)
            .map(|((spot, case), quantity)| (*spot, *case, *quantity))
            .collect();
        let mut by_month: BTreeMap<Month, i64> = BTreeMap::new();
        let mut by_case: BTreeMap<CaseId, i64> = BTreeMap::new();
        for (spot, case, quantity) in &of_line {
            for sum in [by_month.entry(spot.month).or_default(), by_case.entry(*case).or_default()] {
                *sum = sum.saturating_add(*quantity);
            }
        }
        let (minutes, sessions) = service::totals(&lines, pieces, row.service);
        let quota = if row.unit == ContractUnit::Hour { row.quantity.saturating_mul(HOUR) } else { row.quantity };
        let minutes_left = quota.saturating_sub(minutes);
        LineUsage {
            line_id: row.id,
            service: row.service,
            unit: row.unit,
            quantity: row.quantity,
            reserved: row.reserved,
            left: match row.unit {
                ContractUnit::Case => quota.saturating_sub(row.reserved),
                ContractUnit::Hour => minutes_left.div_euclid(HOUR),
                ContractUnit::Session => quota.saturating_sub(sessions),
            },
            minutes_delivered: minutes,
            minutes_left: (row.unit == ContractUnit::Hour).then_some(minutes_left),
            sessions_delivered: sessions,
            delivered_permille: permille(by_month.values().sum(), quota),
            runs_out: service::runs_out(quota, &by_month, Month::of(around.today), Month::of(first), Month::of(last)),
            months: by_worker(&of_line, around.names),
            case_count: u64::try_from(by_case.len()).unwrap_or(u64::MAX),
            cases: by_case
                .into_iter()
                // Whose place a household uses would tell, by who is missing, of a link that the reader may not see.
                .filter(|_| row.unit != ContractUnit::Case)
                .filter_map(|(case_id, quantity)| {
                    around.seen.get(&case_id).map(|case_no| CaseUsage { case_id, case_no: case_no.clone(), quantity })
                })
                .collect(),
        }
    });
    UsageView { contract_id, elapsed_permille: elapsed(first, last, around.today), lines: told.collect() }
}

/// Whether a line of hours or sessions of the service is used up.
pub(super) fn is_used_up(lines: &[Bought], pieces: &[Piece], service: HelpKind) -> bool {
    let (minutes, sessions) = service::totals(lines, pieces, service);
    lines.iter().filter(|line| line.service == service).any(|line| match line.unit {
        ContractUnit::Case => false,
        ContractUnit::Hour => minutes >= line.quantity.saturating_mul(HOUR),
        ContractUnit::Session => sessions >= line.quantity,
    })
}

/// Those whose names usage tells, and the cases it is about.
pub(super) fn named(pieces: &[Piece]) -> (Vec<UserId>, Vec<CaseId>) {
    let workers: BTreeSet<UserId> = pieces.iter().map(|piece| piece.worker).collect();
    let cases: BTreeSet<CaseId> = pieces.iter().map(|piece| piece.case).collect();
    (workers.into_iter().collect(), cases.into_iter().collect())
}
