//! Use cases of assignments.

use super::rules::{self, NotAssigned};
use super::store::{self, AssignmentRow};
use super::{Assign, AssignmentDetail, AssignmentView, EndAssignment, EndReason, EndWhy, OverrideReason};
use crate::access::can::{Can, Change, View};
use crate::access::grants::{self, NewGrant, Which};
use crate::access::{Actor, Again, Case, Permit, events, facets, people};
use crate::base::db::{DbError, Tx};
use crate::base::ids::{AssignmentId, CaseId, ContractLineId};
use crate::base::problem::Problem;
use crate::base::words::{Action, Basis, Facet, FacetSet, Role};
use crate::door::{List, Page};
use crate::features::{contracts, licences, links, users};
use crate::notify::{self, Notice, To};

/// The list's name in its cursors.
const LIST: &str = "assignments";

fn is_supervisor(actor: &Actor) -> bool {
    actor.has(Role::FederationSupervisor)
}

/// Assigns a worker: their grant begins, the case takes a place of the contract unless it has one, and whoever they take
/// over from ends in the same moment.
pub fn assign(tx: &mut Tx<'_>, permit: &Permit<'_, Change, Case>, wish: &Assign) -> Result<AssignmentView, Problem> {
    let today = tx.now().day();
    rules::may_be_assigned(permit.status())?;
    if wish.override_reason.is_some() && !is_supervisor(permit.actor()) {
        return Err(NotAssigned::NotSupervisor.into());
    }
    let live = store::live(tx, permit)?;
    let standings: Vec<_> = live.iter().map(AssignmentRow::standing).collect();
    // Who may be assigned is asked only of who may be: whether a wall stands is told of the provider's workers alone.
    let line = contracts::facts::engage(tx, wish.contract_id, permit.facts().owner, wish.service, today)?;
    if licences::facts::is_stopped(tx, line.provider)? {
        return Err(NotAssigned::LicenceExpired.into());
    }
    let worker = users::facts::find(tx, wish.worker)?;
    let is_walled = people::all(tx, permit)?.iter().any(|person| person.user_id == wish.worker && person.walled);
    rules::may_work(worker.as_ref(), line.provider, is_walled)?;
    let ends = rules::ends(&standings, wish.worker, wish.part, wish.replaces, today)?;

    let mut lines_left = Vec::new();
    for mut row in live {
        if let Some((_, why)) = ends.iter().find(|(id, _)| *id == row.id) {
            stop(tx, permit, &mut row, *why, true)?;
            lines_left.push(row.line_id);
        }
    }
    let is_beyond_quota = take_place(tx, permit, &line, wish.override_reason.is_some())?;
    let pen = permit.pen::<facets::Progress>()?;
    let id: AssignmentId = tx.new_id()?;
    // A reason that was not needed is not kept: nothing was exceeded.
    let reason = wish.override_reason.as_ref().filter(|_| is_beyond_quota);
    let row = AssignmentRow {
        id,
        case_id: permit.case(),
        contract_id: wish.contract_id,
        line_id: line.line,
        provider_id: line.provider,
        user_id: wish.worker,
        part: wish.part,
        last_day: line.last_day,
        replaces: wish.replaces,
        is_beyond_quota,
        override_reason: reason.map(|text| pen.seal(&OverrideReason(text.clone()), id.as_str())).transpose()?,
        started_at: tx.now(),
        started_by: permit.user()?,
        ended_at: None,
        ended_why: None,
        end_reason: None,
        version: 1,
    };
    store::insert(tx, permit, &row)?;
    for line in lines_left {
        settle_place(tx, permit, line)?;
    }
    begin(tx, permit, &row)?;
    show(tx, permit, row)
}

/// The case's place of the line, if it counts cases: its own, or its household's; whether it exceeded the quota. Whoever
/// changes places of a contract has counted on it before (`engage`, `disengage`), and so waits for whoever does at the
/// same moment.
fn take_place<C: Can>(
    tx: &mut Tx<'_>,
    permit: &Permit<'_, C, Case>,
    line: &contracts::facts::ReservedLine,
    may_exceed: bool,
) -> Result<bool, Problem> {
    if store::has_place(tx, permit, line.line)? {
        return Ok(false);
    }
    let household = links::facts::household(tx, permit)?;
    if let Some(place) = store::place_among(tx, line.line, &household)? {
        if line.is_used_up && !may_exceed {
            return Err(contracts::facts::NotReserved::UsedUp.into());
        }
        // Which case it shares with is for oversight alone: the actor may not see that there is one.
        permit.hide(place);
        store::take_place(tx, permit, line.line, place)?;
        return Ok(line.is_used_up);
    }
    let beyond = match contracts::facts::take_place(tx, line, false) {
        Ok(()) => false,
        Err(contracts::facts::NotReserved::UsedUp) if may_exceed => {
            contracts::facts::take_place(tx, line, true)?;
            true
        }
        Err(refused) => return Err(refused.into()),
    };
    store::take_place(tx, permit, line.line, permit.case())?;
    Ok(beyond)
}

/// Gives the case's place back, when nobody works it under the line any more and no service was recorded; to the contract
/// when no other case of the household has it.
fn settle_place<C: Can>(tx: &mut Tx<'_>, permit: &Permit<'_, C, Case>, line: ContractLineId) -> Result<(), DbError> {
    let is_worked = store::live(tx, permit)?.iter().any(|row| row.line_id == line);
    if is_worked || contracts::facts::is_served(tx, permit.case(), line)? {
        return Ok(());
    }
    if store::give_back(tx, permit, line)? {
        contracts::facts::release(tx, line)?;
    }
    Ok(())
}

/// What begins with an assignment: the worker's duty and grant, the managers' grant, the word to both.
fn begin<C: Can>(tx: &mut Tx<'_>, permit: &Permit<'_, C, Case>, row: &AssignmentRow) -> Result<(), Problem> {
    people::set_duty(tx, permit, row.user_id, row.provider_id, Some(row.part.duty()))?;
    let offer = permit.disclosure().of(Basis::Assignment, None);
    let grant = |user, reads, writes| NewGrant {
        agency: row.provider_id,
        user,
        basis: Basis::Assignment,
        reads,
        writes,
        cause: row.record(),
        consent: None,
        ends_at: Some(row.last_day.end()),
    };
    // What she says in confidence is read and written from her consent to this worker on, which adds it to the grant.
    let (reads, writes) = (offer.offers.without(Facet::Confidential), offer.writes.without(Facet::Confidential));
    grants::open(tx, permit, grant(Some(row.user_id), reads, writes))?;
    grants::open(tx, permit, grant(None, FacetSet::EMPTY, FacetSet::EMPTY))?;
    let record = row.record();
    events::note(tx, permit, "worker_assigned", Some(Facet::Progress), &record)?;
    notify::tell(tx, To::User(row.provider_id, row.user_id), Notice::CaseAssigned, Some(permit.case()), &record)?;
    notify::tell(tx, To::Agency(row.provider_id), Notice::CaseAssigned, Some(permit.case()), &record)?;
    Ok(())
}

/// Ends an assignment and what began with it, but for the case's place (`settle_place`). `tell_worker`: not where they
/// said themselves that they cannot go on.
pub(super) fn stop<C: Can>(
    tx: &mut Tx<'_>,
    permit: &Permit<'_, C, Case>,
    row: &mut AssignmentRow,
    why: EndWhy,
    tell_worker: bool,
) -> Result<(), Problem> {
    store::end(tx, permit, row, why)?;
    contracts::facts::disengage(tx, row.contract_id)?;
    people::set_duty(tx, permit, row.user_id, row.provider_id, None)?;
    let record = row.record();
    match why {
        // They read on for a while: `facts::after_closing` says how long.
        EndWhy::CaseClosed => {}
        EndWhy::Unassigned | EndWhy::Replaced | EndWhy::ContractEnded | EndWhy::Withdrawn => {
            grants::end(tx, permit, Which::Cause(&record), why.as_str())?;
        }
    }
    events::note(tx, permit, "assignment_ended", Some(Facet::Progress), &record)?;
    notify::answered(tx, &record, Notice::CaseAssigned)?;
    if tell_worker {
        notify::tell(tx, To::User(row.provider_id, row.user_id), Notice::AssignmentEnded, Some(permit.case()), &record)?;
    }
    notify::tell(tx, To::Agency(row.provider_id), Notice::AssignmentEnded, Some(permit.case()), &record)?;
    Ok(())
}

/// The same, and the case's place with it.
pub(super) fn stop_and_settle<C: Can>(
    tx: &mut Tx<'_>,
    permit: &Permit<'_, C, Case>,
    mut row: AssignmentRow,
    why: EndWhy,
    tell_worker: bool,
) -> Result<AssignmentRow, Problem> {
    stop(tx, permit, &mut row, why, tell_worker)?;
    settle_place(tx, permit, row.line_id)?;
    Ok(row)
}

/// One assignment of the case in the path.
pub(super) fn of_case<C: Can>(
    tx: &mut Tx<'_>,
    permit: &Permit<'_, C, Case>,
    (case, id): (CaseId, AssignmentId),
) -> Result<AssignmentRow, Problem> {
    if permit.case() != case {
        return Err(Problem::not_found());
    }
    store::find(tx, permit, id)?.ok_or_else(Problem::not_found)
}

/// The owner ends an assignment.
pub fn end(
    tx: &mut Tx<'_>,
    permit: &Permit<'_, Change, Case>,
    ids: (CaseId, AssignmentId),
    seen: i64,
    wish: Option<&EndAssignment>,
) -> Result<AssignmentView, Problem> {
    let mut row = of_case(tx, permit, ids)?;
    if row.version != seen {
        return Err(Problem::stale());
    }
    if row.ended_at.is_some() {
        return Err(NotAssigned::Ended.into());
    }
    if let Some(reason) = wish.and_then(|wish| wish.reason.clone()) {
        row.end_reason = Some(permit.pen::<facets::Progress>()?.seal(&EndReason(reason), row.id.as_str())?);
    }
    let row = stop_and_settle(tx, permit, row, EndWhy::Unassigned, true)?;
    show(tx, permit, row)
}

/// The case's assignments, newest first; whoever sees head and hours only, a manager, those of their own agency.
pub fn list(tx: &mut Tx<'_>, permit: &Permit<'_, View, Case>, page: &Page) -> Result<List<AssignmentView>, Problem> {
    let sees_hours_only = !permit.reads().has(Facet::Progress);
    let provider = if sees_hours_only { Some(permit.agency()?) } else { None };
    let rows = store::page(tx, permit, provider, page.past(LIST)?, page.with_one_more())?;
    Ok(page.of(LIST, show_all(tx, permit, rows)?, |view| view.id))
}

/// One of them.
pub fn view(tx: &mut Tx<'_>, permit: &Permit<'_, View, Case>, ids: (CaseId, AssignmentId)) -> Result<AssignmentView, Problem> {
    let row = of_case(tx, permit, ids)?;
    show(tx, permit, row)
}

fn show<C: Can>(tx: &mut Tx<'_>, permit: &Permit<'_, C, Case>, row: AssignmentRow) -> Result<AssignmentView, Problem> {
    show_all(tx, permit, vec![row])?.pop().ok_or_else(Problem::internal)
}

fn show_all<C: Can>(
    tx: &mut Tx<'_>,
    permit: &Permit<'_, C, Case>,
    rows: Vec<AssignmentRow>,
) -> Result<Vec<AssignmentView>, Problem> {
    let ids: Vec<AssignmentId> = rows.iter().map(|row| row.id).collect();
    let minutes = contracts::facts::minutes_of(tx, &ids)?;
    let key = permit.facet::<facets::Progress>();
    let workers: Vec<_> = rows.iter().map(|row| row.user_id).collect();
    let names = if key.is_some() { users::facts::names(tx, &workers)? } else { std::collections::HashMap::new() };
    rows.into_iter()
        .map(|row| {
            let detail = match &key {
                None => None,
                Some(key) => {
                    let over = row.override_reason.as_ref().map(|sealed| key.open(sealed, row.id.as_str())).transpose()?;
                    let end = row.end_reason.as_ref().map(|sealed| key.open(sealed, row.id.as_str())).transpose()?;
                    Some(AssignmentDetail {
                        worker: row.user_id,
                        worker_name: names.get(&row.user_id).cloned().unwrap_or_default(),
                        part: row.part,
                        replaces: row.replaces,
                        is_beyond_quota: row.is_beyond_quota,
                        override_reason: over.map(|OverrideReason(text)| text),
                        ended_why: row.ended_why,
                        end_reason: end.map(|EndReason(text)| text),
                    })
                }
            };
            Ok(AssignmentView {
                id: row.id,
                case_id: row.case_id,
                case_no: permit.facts().case_no.clone(),
                contract_id: row.contract_id,
                provider_id: row.provider_id,
                minutes: minutes.get(&row.id).copied().unwrap_or_default(),
                started_at: row.started_at,
                ended_at: row.ended_at,
                detail,
                version: row.version,
            })
        })
        .collect()
}

impl Again for AssignmentView {
    type Key = AssignmentId;
    const VIEW: Action = Action::ViewAssignment;
    fn key(&self) -> AssignmentId {
        self.id
    }
    fn again(tx: &mut Tx<'_>, permit: &Permit<'_, View, Case>, id: AssignmentId) -> Result<Self, Problem> {
        view(tx, permit, (permit.case(), id))
    }
}
