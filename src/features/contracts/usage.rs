//! What a contract has delivered, line by line, in whole numbers.

use schemars::JsonSchema;
use serde::Serialize;

use super::store::LineRow;
use crate::base::ids::{ContractId, ContractLineId};
use crate::base::words::{ContractUnit, HelpKind};
use crate::door::View;

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
}

/// What a contract has delivered. Counts only: which cases they were is for those to know who may see the cases.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct UsageView {
    /// The contract.
    pub contract_id: ContractId,
    /// Line by line.
    pub lines: Vec<LineUsage>,
}

impl View for UsageView {}

/// Minutes in an hour.
const HOUR: i64 = 60;

/// The usage of these lines. `served`: line under which a worker was assigned, and minutes, for each piece of service; it
/// counts on every line of the same service.
pub(super) fn of(contract_id: ContractId, lines: &[LineRow], served: &[(ContractLineId, i64)]) -> UsageView {
    let service_of = |line: ContractLineId| lines.iter().find(|row| row.id == line).map(|row| row.service);
    let lines = lines.iter().map(|line| {
        let (mut minutes, mut sessions) = (0_i64, 0_i64);
        for (under, more) in served {
            if service_of(*under) == Some(line.service) {
                minutes = minutes.saturating_add(*more);
                sessions = sessions.saturating_add(1);
            }
        }
        let minutes_left = line.quantity.saturating_mul(HOUR).saturating_sub(minutes);
        LineUsage {
            line_id: line.id,
            service: line.service,
            unit: line.unit,
            quantity: line.quantity,
            reserved: line.reserved,
            left: match line.unit {
                ContractUnit::Case => line.quantity.saturating_sub(line.reserved),
                ContractUnit::Hour => minutes_left.div_euclid(HOUR),
                ContractUnit::Session => line.quantity.saturating_sub(sessions),
            },
            minutes_delivered: minutes,
            minutes_left: (line.unit == ContractUnit::Hour).then_some(minutes_left),
            sessions_delivered: sessions,
        }
    });
    UsageView { contract_id, lines: lines.collect() }
}
