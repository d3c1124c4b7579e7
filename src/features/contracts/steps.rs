//! Use cases of contracts.

use std::collections::HashMap;

use super::evaluations::{self, Evaluate, EvaluationView};
use super::store::{self, ContractRow, EvaluationRow, LineRow};
use super::usage::{self, Around, UsageView};
use super::{ChangeContract, ContractRefused, ContractView, Life, LineView, NewContract, PartyView, Span};
use crate::access::can::{Administer, Approve, Can, View};
use crate::access::{Again, Collection, Contract, Permit, Resource};
use crate::base::db::{DbError, Tx};
use crate::base::ids::{AgencyId, CaseId, ContractId, EvaluationId, UserId};
use crate::base::problem::{FieldCode, FieldErrors, Problem};
use crate::base::time::Day;
use crate::base::words::{Action, AgencyKind, Clock, ContractState};
use crate::clocks::{self, Arm, When};
use crate::door::{List, Page};
use crate::features::{agencies, users};
use crate::notify::{self, Notice, To};

/// The list's name in its cursors.
const LIST: &str = "contracts";

/// The list of evaluations.
const EVALUATIONS: &str = "evaluations";

fn taken() -> Problem {
    Problem::conflict().because("Another contract of yours has this number", "本单位已有同编号的合同")
}

/// Enters a planned contract of the actor's agency.
pub fn create(tx: &mut Tx<'_>, permit: &Permit<'_, Administer, Collection>, new: &NewContract) -> Result<ContractView, Problem> {
    let buyer = permit.agency()?;
    let provider = agencies::facts::find(tx, new.provider_id)?;
    if provider.is_none_or(|agency| agency.kind != AgencyKind::SocialWorkProvider) {
        return Err(Problem::wrong_field("/provider_id", FieldCode::NotFound));
    }
    if store::number_is_taken(tx, buyer, new.number.as_str(), None)? {
        return Err(taken());
    }
    let row = ContractRow {
        id: tx.new_id()?,
        number: new.number.as_str().to_owned(),
        buyer_id: buyer,
        provider_id: new.provider_id,
        level: new.level,
        fund: new.fund.as_str().to_owned(),
        amount_fen: new.amount_fen,
        first_day: new.first_day,
        last_day: new.last_day,
        has_terms: new.data_protection_terms,
        terms_signed_on: new.terms_signed_on,
        state: ContractState::Planned,
        assigned: 0,
        version: 1,
        created_at: tx.now(),
    };
    store::insert(tx, &row, &new.lines)?;
    begins(tx, permit, &row)?;
    permit.changed("contract", row.id.as_str(), &["number", "provider", "amount_fen", "first_day", "last_day", "terms", "lines"]);
    show(tx, row)
}

/// With signed terms it comes in force by the clock on its first day; while that is still to come.
fn begins<R: crate::access::Resource>(
    tx: &mut Tx<'_>,
    permit: &Permit<'_, Administer, R>,
    row: &ContractRow,
) -> Result<(), DbError> {
    let record = format!("contract/{}", row.id);
    if row.life().begins_by_clock(tx.now().day()) {
        let (clock, when) = (Clock::ContractBegins, When::At(row.first_day.start()));
        let begins = Arm { clock, case: None, record: &record, agency: row.buyer_id, user: None, when };
        clocks::arm(tx, &permit.rules().clocks, begins)?;
    } else {
        clocks::stop_all(tx, &record)?;
    }
    Ok(())
}

/// The contract, still as it was seen.
fn seen<C: Can>(tx: &mut Tx<'_>, _: &Permit<'_, C, Contract>, id: ContractId, version: i64) -> Result<ContractRow, Problem> {
    let row = store::find(tx, id)?.ok_or_else(Problem::not_found)?;
    if row.version == version { Ok(row) } else { Err(Problem::stale()) }
}

/// Saves it and shows it. Whoever was first makes this run again, and find it changed.
fn save(tx: &mut Tx<'_>, mut row: ContractRow, version: i64) -> Result<ContractView, Problem> {
    if !store::save(tx, &row, version)? {
        return Err(DbError::Retry.into());
    }
    row.version = version.saturating_add(1);
    show(tx, row)
}

/// Changes a planned contract.
pub fn change(
    tx: &mut Tx<'_>,
    permit: &Permit<'_, Administer, Contract>,
    (id, version): (ContractId, i64),
    change: &ChangeContract,
) -> Result<ContractView, Problem> {
    let mut row = seen(tx, permit, id, version)?;
    let today = tx.now().day();
    row.life().change(today)?;
    if let Some(number) = &change.number {
        number.as_str().clone_into(&mut row.number);
    }
    if let Some(fund) = &change.fund {
        fund.as_str().clone_into(&mut row.fund);
    }
    row.level = change.level.unwrap_or(row.level);
    row.amount_fen = change.amount_fen.unwrap_or(row.amount_fen);
    row.first_day = change.first_day.unwrap_or(row.first_day);
    row.last_day = change.last_day.unwrap_or(row.last_day);
    if let Some(has_terms) = change.data_protection_terms {
        row.has_terms = has_terms;
        row.terms_signed_on = row.terms_signed_on.filter(|_| has_terms);
    }
    row.terms_signed_on = change.terms_signed_on.or(row.terms_signed_on);
    let mut errors = FieldErrors::new();
    let span = Span {
        first_day: row.first_day,
        last_day: row.last_day,
        has_terms: row.has_terms,
        signed_on: row.terms_signed_on,
        lines: change.lines.as_deref(),
    };
    span.check(today, &mut errors);
    errors.into_result()?;
    if store::number_is_taken(tx, row.buyer_id, &row.number, Some(id))? {
        return Err(taken());
    }
    if let Some(lines) = &change.lines {
        store::replace_lines(tx, id, lines)?;
    }
    begins(tx, permit, &row)?;
    permit.changed("contract", id.as_str(), &["number", "amount_fen", "first_day", "last_day", "terms", "lines"]);
    save(tx, row, version)
}

/// Its end is told 30 and 7 days before.
pub(super) fn ends(tx: &mut Tx<'_>, all: &clocks::Clocks, row: &ContractRow) -> Result<(), DbError> {
    let record = format!("contract/{}", row.id);
    let (clock, when) = (Clock::ContractEnds, When::At(row.last_day.end()));
    let ends = Arm { clock, case: None, record: &record, agency: row.buyer_id, user: None, when };
    clocks::arm(tx, all, ends)?;
    Ok(())
}

type Rule = fn(&Life, Day) -> Result<ContractState, ContractRefused>;

fn step(
    tx: &mut Tx<'_>,
    permit: &Permit<'_, Approve, Contract>,
    (id, version): (ContractId, i64),
    (rule, notice): (Rule, Notice),
) -> Result<ContractView, Problem> {
    let mut row = seen(tx, permit, id, version)?;
    row.state = rule(&row.life(), tx.now().day())?;
    permit.changed("contract", id.as_str(), &["state"]);
    let record = format!("contract/{id}");
    clocks::stop_all(tx, &record)?;
    if row.state == ContractState::InForce {
        ends(tx, &permit.rules().clocks, &row)?;
    }
    notify::tell(tx, To::Agency(row.provider_id), notice, None, &record)?;
    save(tx, row, version)
}

/// `planned → in_force`: cases may be assigned under it.
pub fn activate(
    tx: &mut Tx<'_>,
    permit: &Permit<'_, Approve, Contract>,
    id: ContractId,
    version: i64,
) -> Result<ContractView, Problem> {
    step(tx, permit, (id, version), (Life::activate, Notice::ContractInForce))
}

/// `planned | in_force → ended`.
pub fn end(
    tx: &mut Tx<'_>,
    permit: &Permit<'_, Approve, Contract>,
    id: ContractId,
    version: i64,
) -> Result<ContractView, Problem> {
    step(tx, permit, (id, version), (Life::end, Notice::ContractEnded))
}

/// The contracts of the actor's agency, on either side.
pub fn list(tx: &mut Tx<'_>, permit: &Permit<'_, View, Collection>, page: &Page) -> Result<List<ContractView>, Problem> {
    let rows = store::page(tx, permit.agency()?, page.past(LIST)?, page.with_one_more())?;
    Ok(page.of(LIST, show_all(tx, rows)?, |view| view.id))
}

/// The numbers of those of these cases that the reader may see: of the others, not even that somebody looked.
pub fn case_numbers<C: Can, R: Resource>(
    tx: &mut Tx<'_>,
    permit: &Permit<'_, C, R>,
    cases: &[CaseId],
) -> Result<HashMap<CaseId, String>, DbError> {
    let permits = permit.also_sees_known(tx, cases, Action::ListCases)?;
    Ok(permits.iter().map(|case| (case.case(), case.facts().case_no.clone())).collect())
}

/// What a contract has delivered. Which cases they were is told of those that the reader may see.
pub fn usage(tx: &mut Tx<'_>, permit: &Permit<'_, View, Contract>, id: ContractId) -> Result<UsageView, Problem> {
    let row = store::find(tx, id)?.ok_or_else(Problem::not_found)?;
    let lines = store::lines(tx, &[id])?.remove(&id).unwrap_or_default();
    let pieces = store::pieces(tx, id)?;
    let (workers, cases) = usage::named(&pieces);
    let names = users::facts::names(tx, &workers)?;
    let seen = case_numbers(tx, permit, &cases)?;
    let around = Around { days: (row.first_day, row.last_day), today: tx.now().day(), names: &names, seen: &seen };
    Ok(usage::of(id, &lines, &pieces, &around))
}

/// Evaluates the contract's service in a period; once.
pub fn evaluate(
    tx: &mut Tx<'_>,
    permit: &Permit<'_, Approve, Contract>,
    id: ContractId,
    wish: &Evaluate,
) -> Result<EvaluationView, Problem> {
    let contract = store::find(tx, id)?.ok_or_else(Problem::not_found)?;
    let today = tx.now().day();
    let has_ended = contract.life().on(today) == ContractState::Ended;
    evaluations::may_be_evaluated(wish.period, (contract.first_day, contract.last_day), has_ended, today)?;
    let row = EvaluationRow {
        id: tx.new_id()?,
        contract_id: id,
        period: wish.period,
        score: wish.score,
        text: wish.text.as_str().to_owned(),
        by_user: permit.user()?,
        at: tx.now(),
    };
    if !store::evaluate(tx, &row)? {
        return Err(Problem::conflict().because("This period has been evaluated", "该期间已评价"));
    }
    permit.changed("evaluation", row.id.as_str(), &["period", "score", "text"]);
    show_evaluations(tx, vec![row])?.pop().ok_or_else(Problem::internal)
}

/// The contract's evaluations, newest first.
pub fn list_evaluations(
    tx: &mut Tx<'_>,
    _: &Permit<'_, View, Contract>,
    id: ContractId,
    page: &Page,
) -> Result<List<EvaluationView>, Problem> {
    let rows = store::evaluations(tx, id, page.past(EVALUATIONS)?, page.with_one_more())?;
    Ok(page.of(EVALUATIONS, show_evaluations(tx, rows)?, |view| view.id))
}

fn show_evaluations(tx: &mut Tx<'_>, rows: Vec<EvaluationRow>) -> Result<Vec<EvaluationView>, DbError> {
    let by: Vec<UserId> = rows.iter().map(|row| row.by_user).collect();
    let names = users::facts::names(tx, &by)?;
    let view = |row: EvaluationRow| EvaluationView {
        id: row.id,
        contract_id: row.contract_id,
        score: row.score,
        period: row.period,
        text: row.text,
        by: row.by_user,
        by_name: names.get(&row.by_user).cloned().unwrap_or_default(),
        at: row.at,
    };
    Ok(rows.into_iter().map(view).collect())
}

impl Again for EvaluationView {
    type Key = EvaluationId;
    const VIEW: Action = Action::ListEvaluations;
    fn key(&self) -> EvaluationId {
        self.id
    }
    fn again(tx: &mut Tx<'_>, _: &Permit<'_, View, Contract>, id: EvaluationId) -> Result<Self, Problem> {
        let row = store::evaluation(tx, id)?.ok_or_else(Problem::not_found)?;
        show_evaluations(tx, vec![row])?.pop().ok_or_else(Problem::not_found)
    }
}

fn show(tx: &mut Tx<'_>, row: ContractRow) -> Result<ContractView, Problem> {
    show_all(tx, vec![row])?.pop().ok_or_else(Problem::internal)
}

fn show_all(tx: &mut Tx<'_>, rows: Vec<ContractRow>) -> Result<Vec<ContractView>, DbError> {
    let ids: Vec<ContractId> = rows.iter().map(|row| row.id).collect();
    let sides: Vec<AgencyId> = rows.iter().flat_map(|row| [row.buyer_id, row.provider_id]).collect();
    let mut lines = store::lines(tx, &ids)?;
    let names = agencies::facts::names(tx, &sides)?;
    let today = tx.now().day();
    Ok(rows.into_iter().map(|row| view(&row, &lines.remove(&row.id).unwrap_or_default(), &names, today)).collect())
}

fn view(row: &ContractRow, lines: &[LineRow], names: &HashMap<AgencyId, String>, today: Day) -> ContractView {
    let named = |id: AgencyId| PartyView { agency_id: id, name: names.get(&id).cloned().unwrap_or_default() };
    ContractView {
        id: row.id,
        number: row.number.clone(),
        buyer: named(row.buyer_id),
        provider: named(row.provider_id),
        level: row.level,
        fund: row.fund.clone(),
        amount_fen: row.amount_fen,
        first_day: row.first_day,
        last_day: row.last_day,
        data_protection_terms: row.has_terms,
        terms_signed_on: row.terms_signed_on,
        lines: lines
            .iter()
            .map(|line| LineView {
                id: line.id,
                service: line.service,
                unit: line.unit,
                quantity: line.quantity,
                price_fen: line.price_fen,
            })
            .collect(),
        state: row.life().on(today),
        version: row.version,
    }
}

impl Again for ContractView {
    type Key = ContractId;
    const VIEW: Action = Action::ViewContract;
    fn key(&self) -> ContractId {
        self.id
    }
    fn again(tx: &mut Tx<'_>, _: &Permit<'_, View, Contract>, id: ContractId) -> Result<Self, Problem> {
        let row = store::find(tx, id)?.ok_or_else(Problem::not_found)?;
        show(tx, row)
    }
}
