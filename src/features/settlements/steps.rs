//! Use cases of settlements.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::store::{self, MonthOf, SettlementRow};
use super::{Calendar, LineView, NotSettled, Reckoned, SettlementCase, SettlementSide, SettlementView, Step, reckon, step, sum};
use crate::access::can::{Approve, Can, View};
use crate::access::{Again, Contract, Permit};
use crate::base::db::{DbError, Tx};
use crate::base::ids::{CaseId, ContractId, UserId};
use crate::base::month::Month;
use crate::base::problem::Problem;
use crate::base::words::{Action, ContractUnit, SettlementState};
use crate::door::{ETag, Tag, View as _};
use crate::features::contracts::facts::Terms;
use crate::features::contracts::{self, Delivered, Spot};
use crate::features::{agencies, users};
use crate::notify::{self, Notice, To};

/// All that is known of a contract's months.
struct Book {
    terms: Terms,
    signed: Vec<SettlementRow>,
    /// What was signed for, by the month it was signed in.
    written: Vec<(Month, Reckoned)>,
    calendar: Calendar,
}

impl Book {
    fn open(tx: &mut Tx<'_>, contract: ContractId) -> Result<Self, Problem> {
        let terms = contracts::facts::terms(tx, contract)?.ok_or_else(Problem::not_found)?;
        let signed = store::signed(tx, contract)?;
        let written = store::lines(tx, contract)?.into_iter().map(|(row, cases)| {
            let reckoned = Reckoned {
                spot: Spot { month: row.belongs_to, line: row.line_id, worker: row.worker_id },
                quantity: row.quantity,
                price_fen: row.price_fen,
                amount_fen: row.amount_fen,
                cases: cases.into_iter().collect(),
            };
            (row.month, reckoned)
        });
        let calendar =
            Calendar { first: Month::of(terms.first_day), signed: signed.last().map(|row| row.month), this: Month::at(tx.now()) };
        Ok(Self { terms, written: written.collect(), signed, calendar })
    }

    fn row(&self, month: Month) -> Option<&SettlementRow> {
        self.signed.iter().find(|row| row.month == month)
    }

    fn state(&self, month: Month) -> SettlementState {
        self.row(month).map_or(SettlementState::Open, |row| row.state)
    }

    /// The month's lines: as they were signed, or as they would be now.
    fn lines(&self, tx: &mut Tx<'_>, MonthOf(contract, month): MonthOf) -> Result<Vec<Reckoned>, Problem> {
        self.calendar.knows(month)?;
        if self.row(month).is_some() {
            return Ok(self.written.iter().filter(|(of, _)| *of == month).map(|(_, line)| line.clone()).collect());
        }
        let mut settled = Delivered::new();
        for (_, line) in &self.written {
            for (case, quantity) in &line.cases {
                let so_far: &mut i64 = settled.entry((line.spot, *case)).or_default();
                *so_far = sum([*so_far, *quantity])?;
            }
        }
        let pieces = contracts::facts::pieces(tx, contract)?;
        let delivered = contracts::delivered(&self.terms.lines, &pieces);
        Ok(reckon(&self.terms.lines, &delivered, &settled, (month, self.calendar.open()))?)
    }
}

/// A month's settlement; without one, the first that is not signed.
pub fn view(
    tx: &mut Tx<'_>,
    permit: &Permit<'_, View, Contract>,
    contract: ContractId,
    month: Option<Month>,
) -> Result<SettlementView, Problem> {
    let book = Book::open(tx, contract)?;
    let month = month.unwrap_or_else(|| book.calendar.open());
    show(tx, permit, &book, MonthOf(contract, month))
}

/// `open → provider_signed`: writes the lines down, as the manager saw them.
pub fn sign(
    tx: &mut Tx<'_>,
    permit: &Permit<'_, Approve, Contract>,
    this: MonthOf,
    seen: &Tag,
) -> Result<SettlementView, Problem> {
    let MonthOf(contract, month) = this;
    let book = Book::open(tx, contract)?;
    let shown = show(tx, permit, &book, this)?;
    shown.etag().matches(seen)?;
    let state = step(book.state(month), Step::Sign)?;
    book.calendar.may_sign(month)?;
    let lines = book.lines(tx, this)?;
    let row = SettlementRow {
        contract_id: contract,
        month,
        state,
        total_fen: shown.total_fen,
        signed_by: permit.user()?,
        signed_agency: permit.agency()?,
        signed_at: tx.now(),
        countersigned_by: None,
        countersigned_at: None,
    };
    store::sign(tx, &row, &lines)?;
    signed(tx, permit, this, book.terms.buyer)
}

/// `provider_signed → settled`, by the other side.
pub fn countersign(
    tx: &mut Tx<'_>,
    permit: &Permit<'_, Approve, Contract>,
    this: MonthOf,
    seen: &Tag,
) -> Result<SettlementView, Problem> {
    let MonthOf(contract, month) = this;
    let book = Book::open(tx, contract)?;
    show(tx, permit, &book, this)?.etag().matches(seen)?;
    step(book.state(month), Step::Countersign)?;
    let by = permit.agency()?;
    if book.row(month).is_some_and(|row| row.signed_agency == by) {
        return Err(NotSettled::SameSide.into());
    }
    if !store::countersign(tx, this, permit.user()?)? {
        return Err(DbError::Retry.into());
    }
    signed(tx, permit, this, book.terms.provider)
}

/// What follows a signature: the entry says so, the other side hears of it, and it is shown.
fn signed(
    tx: &mut Tx<'_>,
    permit: &Permit<'_, Approve, Contract>,
    this: MonthOf,
    other: crate::base::ids::AgencyId,
) -> Result<SettlementView, Problem> {
    permit.changed("settlement", &this.to_string(), &["state"]);
    notify::tell(tx, To::Agency(other), Notice::SettlementSigned, None, &format!("contract/{}", this.0))?;
    let book = Book::open(tx, this.0)?;
    show(tx, permit, &book, this)
}

fn show<C: Can>(
    tx: &mut Tx<'_>,
    permit: &Permit<'_, C, Contract>,
    book: &Book,
    this: MonthOf,
) -> Result<SettlementView, Problem> {
    let MonthOf(contract_id, month) = this;
    let lines = book.lines(tx, this)?;
    let cases: BTreeSet<CaseId> = lines.iter().flat_map(|line| line.cases.keys().copied()).collect();
    let numbers = contracts::facts::case_numbers(tx, permit, &cases.into_iter().collect::<Vec<_>>())?;
    let row = book.row(month);
    let signers = row.map(|row| (row.signed_by, row.countersigned_by));
    let people: BTreeSet<UserId> = lines
        .iter()
        .map(|line| line.spot.worker)
        .chain(signers.iter().flat_map(|(one, other)| std::iter::once(*one).chain(*other)))
        .collect();
    let names = users::facts::names(tx, &people.into_iter().collect::<Vec<_>>())?;
    let named = |id: UserId| names.get(&id).cloned().unwrap_or_default();
    let agencies = agencies::facts::names(tx, &[book.terms.provider, book.terms.buyer])?;
    let agency = |id| agencies.get(&id).cloned().unwrap_or_default();
    let total_fen = sum(lines.iter().map(|line| line.amount_fen))?;
    let mut told = Vec::with_capacity(lines.len());
    for Reckoned { spot, quantity, price_fen, amount_fen, cases } in lines {
        let Some(line) = book.terms.lines.iter().find(|line| line.id == spot.line) else { continue };
        told.push(LineView {
            belongs_to: spot.month,
            line_id: spot.line,
            service: line.service,
            unit: line.unit,
            worker_id: spot.worker,
            worker_name: named(spot.worker),
            quantity,
            price_fen,
            amount_fen,
            case_count: u64::try_from(cases.len()).unwrap_or(u64::MAX),
            // Whose place a household uses would tell, by who is missing, of a link that the reader may not see.
            cases: if line.unit == ContractUnit::Case { Vec::new() } else { told_of(&cases, &numbers) },
        });
    }
    let mut view = SettlementView {
        contract_id,
        contract_number: book.terms.number.clone(),
        month,
        state: book.state(month),
        provider: SettlementSide {
            agency_name: agency(book.terms.provider),
            signed_by: row.map(|row| named(row.signed_by)),
            signed_at: row.map(|row| row.signed_at),
        },
        buyer: SettlementSide {
            agency_name: agency(book.terms.buyer),
            signed_by: row.and_then(|row| row.countersigned_by).map(named),
            signed_at: row.and_then(|row| row.countersigned_at),
        },
        lines: told,
        total_fen,
        signed_before_fen: sum(book.signed.iter().filter(|row| row.month < month).map(|row| row.total_fen))?,
        contract_amount_fen: book.terms.amount_fen,
        tag: ETag::None,
    };
    view.tag = tag(&view);
    Ok(view)
}

fn told_of(cases: &BTreeMap<CaseId, i64>, numbers: &HashMap<CaseId, String>) -> Vec<SettlementCase> {
    let told = cases.iter().filter_map(|(case, quantity)| {
        let case_no = numbers.get(case)?.clone();
        Some(SettlementCase { case_id: *case, case_no, quantity: *quantity })
    });
    told.collect()
}

/// A hash of what both sides sign: the same for every reader, whatever cases they may see.
fn tag(view: &SettlementView) -> ETag {
    let lines: Vec<_> = view
        .lines
        .iter()
        .map(|line| (line.belongs_to, line.line_id, line.worker_id, line.quantity, line.price_fen, line.amount_fen))
        .collect();
    ETag::of_shown(&(view.contract_id, view.month, view.state, lines, view.total_fen))
}

impl Again for SettlementView {
    type Key = MonthOf;
    const VIEW: Action = Action::ViewSettlement;
    fn key(&self) -> MonthOf {
        MonthOf(self.contract_id, self.month)
    }
    fn again(tx: &mut Tx<'_>, permit: &Permit<'_, View, Contract>, key: MonthOf) -> Result<Self, Problem> {
        view(tx, permit, key.0, Some(key.1))
    }
}
