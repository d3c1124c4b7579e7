//! Settlements (结算): what a contract's month comes to, from what workers recorded anyway.
//!
//! `open → provider_signed → settled`. While it is open its lines follow what is recorded; the provider's signature writes
//! them down, and nothing changes them any more; the buyer's countersignature settles them.
//! Always: months are signed one after the other, each when it is over in China; both sides are different agencies; a
//! signed month is never reopened. What is recorded or corrected late for a signed month is a line of the next open one,
//! marked with the month it belongs to: the difference between what was delivered and what was signed for.
//! Money is whole fen. A line of hours comes to minutes × price / 60, rounded once, to the nearest fen, a half away from
//! nothing, so that a line and its reversal cancel; a sum is the sum of its lines. What does not fit is an error.
//! No I/O here: rows in `store`, endpoints in `api`.

mod api;
mod steps;
mod store;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use api::routes;

use crate::base::ids::{CaseId, ContractId, ContractLineId, UserId};
use crate::base::machine::{IllegalStep, Machine, take};
use crate::base::month::Month;
use crate::base::problem::{FieldCode, Problem};
use crate::base::sheet::{Cell, Table};
use crate::base::time::Timestamp;
use crate::base::words::{ContractUnit, Format, HelpKind, SettlementState};
use crate::door::{Check, ETag, Tabular, View};
use crate::features::contracts::{Bought, Delivered, Spot};

/// Which month, in which form.
#[derive(Debug, Clone, Copy, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Which {
    /// The month; without it the first that is not signed.
    #[serde(default)]
    pub month: Option<Month>,
    /// The form; JSON without it.
    #[serde(default)]
    pub format: Option<Format>,
}

/// A signature.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Sign {
    /// The month.
    pub month: Month,
}

impl Check for Sign {}

/// A step of a settlement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// The provider signs.
    Sign,
    /// The buyer countersigns.
    Countersign,
}

impl Step {
    const ALL: &'static [Self] = &[Self::Sign, Self::Countersign];
    const fn as_str(self) -> &'static str {
        match self {
            Self::Sign => "sign",
            Self::Countersign => "countersign",
        }
    }
}

const fn after(state: SettlementState, step: Step) -> Option<SettlementState> {
    match (state, step) {
        (SettlementState::Open, Step::Sign) => Some(SettlementState::ProviderSigned),
        (SettlementState::ProviderSigned, Step::Countersign) => Some(SettlementState::Settled),
        (SettlementState::Open, Step::Countersign)
        | (SettlementState::ProviderSigned, Step::Sign)
        | (SettlementState::Settled, Step::Sign | Step::Countersign) => None,
    }
}

fn step(state: SettlementState, step: Step) -> Result<SettlementState, IllegalStep> {
    take((state, SettlementState::as_str), (step, Step::as_str), Step::ALL, after)
}

/// The state machine as a picture.
pub fn machine() -> Machine {
    let states: (_, fn(_) -> _) = (SettlementState::ALL, SettlementState::as_str);
    Machine::new("Settlement", &[SettlementState::Open], SettlementState::as_str).with(states, (Step::ALL, Step::as_str), after)
}

/// Why a month was not signed, or cannot be reckoned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotSettled {
    /// It is not over in China.
    #[error("the month is not over")]
    NotOver,
    /// One before it is not signed.
    #[error("an earlier month is not signed")]
    NotInOrder,
    /// Whoever signed is of the same agency.
    #[error("the other side signs")]
    SameSide,
    /// It is before the contract.
    #[error("before the contract")]
    BeforeContract,
    /// The amount does not fit.
    #[error("the amount does not fit")]
    TooMuch,
}

impl From<NotSettled> for Problem {
    fn from(error: NotSettled) -> Self {
        match error {
            NotSettled::NotOver => Self::conflict().because("The month is not over", "该月尚未结束"),
            NotSettled::NotInOrder => Self::conflict().because("An earlier month is not signed", "此前月份尚未签署"),
            NotSettled::SameSide => Self::forbidden(),
            NotSettled::BeforeContract => Self::wrong_field("/month", FieldCode::NotFound),
            NotSettled::TooMuch => Self::conflict().because("The amount is too large to be reckoned", "金额超出可计算范围"),
        }
    }
}

/// The months of a contract that were signed, and what is asked of one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Calendar {
    /// The contract's first month.
    pub first: Month,
    /// The last month that was signed.
    pub signed: Option<Month>,
    /// The month that runs.
    pub this: Month,
}

impl Calendar {
    /// The first month that is not signed.
    pub fn open(&self) -> Month {
        self.signed.map_or(self.first, Month::next)
    }
    /// Whether the month can be asked for: none before the contract.
    pub fn knows(&self, month: Month) -> Result<(), NotSettled> {
        if month < self.first { Err(NotSettled::BeforeContract) } else { Ok(()) }
    }
    /// Whether it may be signed: over, and all before it signed.
    pub fn may_sign(&self, month: Month) -> Result<(), NotSettled> {
        self.knows(month)?;
        if month >= self.this {
            return Err(NotSettled::NotOver);
        }
        if month == self.open() { Ok(()) } else { Err(NotSettled::NotInOrder) }
    }
}

/// Minutes in an hour.
const HOUR: i128 = 60;

/// What a quantity comes to, in fen: minutes × price / 60 on a line of hours, to the nearest fen, a half away from nothing;
/// quantity × price on the others.
pub fn amount(unit: ContractUnit, quantity: i64, price_fen: i64) -> Result<i64, NotSettled> {
    // Two of 64 bits multiplied fit into 128.
    let product = i128::from(quantity).checked_mul(i128::from(price_fen)).ok_or(NotSettled::TooMuch)?;
    let fen = match unit {
        ContractUnit::Hour => {
            let half = if product < 0 { -HOUR / 2 } else { HOUR / 2 };
            product.checked_add(half).map(|sum| sum / HOUR).ok_or(NotSettled::TooMuch)?
        }
        ContractUnit::Case | ContractUnit::Session => product,
    };
    i64::try_from(fen).map_err(|_| NotSettled::TooMuch)
}

/// A line of a settlement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reckoned {
    /// Where it belongs.
    pub spot: Spot,
    /// Minutes, times or places; less than nothing where something was corrected downwards.
    pub quantity: i64,
    /// The price of one, in fen.
    pub price_fen: i64,
    /// What it comes to, in fen.
    pub amount_fen: i64,
    /// By case.
    pub cases: BTreeMap<CaseId, i64>,
}

/// The lines of an open month: what was delivered in it, and, where it is the first open one, what was recorded late for the
/// months before it or corrected in them. `settled` is all that was signed for.
pub fn reckon(
    bought: &[Bought],
    delivered: &Delivered,
    settled: &Delivered,
    (month, open): (Month, Month),
) -> Result<Vec<Reckoned>, NotSettled> {
    let belongs = |spot: &Spot| spot.month == month || (month == open && spot.month < month);
    let keys: BTreeSet<&(Spot, CaseId)> = delivered.keys().chain(settled.keys()).filter(|(spot, _)| belongs(spot)).collect();
    let mut by_spot: BTreeMap<Spot, BTreeMap<CaseId, i64>> = BTreeMap::new();
    for key in keys {
        let of = |all: &Delivered| all.get(key).copied().unwrap_or_default();
        let more = of(delivered).checked_sub(of(settled)).ok_or(NotSettled::TooMuch)?;
        if more != 0 {
            by_spot.entry(key.0).or_default().insert(key.1, more);
        }
    }
    let mut lines = Vec::with_capacity(by_spot.len());
    for (spot, cases) in by_spot {
        let Some(line) = bought.iter().find(|line| line.id == spot.line) else { continue };
        let quantity = sum(cases.values().copied())?;
        let amount_fen = amount(line.unit, quantity, line.price_fen)?;
        lines.push(Reckoned { spot, quantity, price_fen: line.price_fen, amount_fen, cases });
    }
    Ok(lines)
}

/// A sum that fits, or an error.
pub fn sum(all: impl IntoIterator<Item = i64>) -> Result<i64, NotSettled> {
    all.into_iter().try_fold(0_i64, |sum, one| sum.checked_add(one).ok_or(NotSettled::TooMuch))
}

/// A side of the contract.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct SettlementSide {
    /// Its name.
    pub agency_name: String,
    /// Who signed for it.
    pub signed_by: Option<String>,
    /// When.
    pub signed_at: Option<Timestamp>,
}

/// A case of a line: for a reader who may see the case.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct SettlementCase {
    /// The case.
    pub case_id: CaseId,
    /// Its number.
    pub case_no: String,
    /// Of the line's unit; of hours: minutes.
    pub quantity: i64,
}

/// A line, as shown.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(rename = "SettlementLine")]
pub struct LineView {
    /// The month in which the service was given; before the settlement's own where it was recorded or corrected late.
    pub belongs_to: Month,
    /// The contract's line.
    pub line_id: ContractLineId,
    /// The help.
    pub service: HelpKind,
    /// What it counts.
    pub unit: ContractUnit,
    /// Who gave it.
    pub worker_id: UserId,
    /// Their name.
    pub worker_name: String,
    /// Of hours: minutes; times; places. Less than nothing where something was corrected downwards.
    pub quantity: i64,
    /// The price of one, in fen.
    pub price_fen: i64,
    /// What it comes to, in fen.
    pub amount_fen: i64,
    /// In how many cases.
    pub case_count: u64,
    /// Those of them that this reader may see; none of a line of cases, whose places households share.
    pub cases: Vec<SettlementCase>,
}

/// A month's settlement, as shown; it holds all that a paper of it needs.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(rename = "Settlement")]
pub struct SettlementView {
    /// The contract.
    pub contract_id: ContractId,
    /// Its number.
    pub contract_number: String,
    /// The month.
    pub month: Month,
    /// How far it is.
    pub state: SettlementState,
    /// Who provides, and whether they signed.
    pub provider: SettlementSide,
    /// Who buys, and whether they countersigned.
    pub buyer: SettlementSide,
    /// The lines, by month, line and worker.
    pub lines: Vec<LineView>,
    /// The sum of the lines, in fen.
    pub total_fen: i64,
    /// What was signed for before, in fen.
    pub signed_before_fen: i64,
    /// The contract's whole amount, in fen.
    pub contract_amount_fen: i64,
    /// Of what is signed, for whoever reads it: not of which cases they may see.
    #[serde(skip)]
    tag: ETag,
}

impl View for SettlementView {
    fn etag(&self) -> ETag {
        self.tag.clone()
    }
    fn location(&self) -> Option<String> {
        Some(format!("/api/v1/contracts/{}/settlement?month={}", self.contract_id, self.month))
    }
}

impl Tabular for SettlementView {
    fn table(&self) -> Table {
        let columns =
            ["所属月份", "服务", "计量单位", "社工", "数量(小时类为分钟)", "单价(元)", "金额(元)", "个案数", "个案编号"];
        let mut rows: Vec<Vec<Cell>> = self
            .lines
            .iter()
            .map(|line| {
                let cases: Vec<&str> = line.cases.iter().map(|case| case.case_no.as_str()).collect();
                vec![
                    Cell::text(line.belongs_to.as_str()),
                    Cell::text(line.service.as_str()),
                    Cell::text(line.unit.as_str()),
                    Cell::text(&line.worker_name),
                    Cell::Whole(line.quantity),
                    Cell::Fen(line.price_fen),
                    Cell::Fen(line.amount_fen),
                    Cell::Whole(i64::try_from(line.case_count).unwrap_or(i64::MAX)),
                    Cell::text(cases.join(" ")),
                ]
            })
            .collect();
        let mut total = vec![Cell::text("合计")];
        total.extend([Cell::Empty, Cell::Empty, Cell::Empty, Cell::Empty, Cell::Empty]);
        total.extend([Cell::Fen(self.total_fen), Cell::Empty, Cell::Empty]);
        rows.push(total);
        Table { name: format!("{} {}", self.month, self.state), columns: columns.map(str::to_owned).to_vec(), rows }
    }
    fn file_stem(&self) -> String {
        format!("settlement {} {}", self.contract_number, self.month)
    }
}
