//! Giving somebody something to do, saying what became of it, and reading it.

use std::collections::HashMap;

use super::store::{self, ActionRow};
use super::{ActionRefused, ActionView, Doer, Ending, NewAction, Step, What, after, is_overdue};
use crate::access::can::{Can, Record, View};
use crate::access::{Actor, Again, Case, Collection, Lister, Permit, deadlines, events, grants, people};
use crate::base::db::{DbError, Tx};
use crate::base::ids::{ActionId, AgencyId, CaseId, UserId};
use crate::base::problem::{FieldCode, FieldErrors, Problem};
use crate::base::text::Text;
use crate::base::time::Day;
use crate::base::words::{Action, ActionKind, ActionState, Basis, Clock, Duty, Facet};
use crate::clocks::{self, When};
use crate::door::{List, Page};
use crate::features::duty::{self, SetOut};
use crate::features::{agencies, users};

const LIST: &str = "actions";
const MINE: &str = "own_actions";

/// What is entered.
pub(super) struct Entry<'a> {
    pub kind: ActionKind,
    pub what: &'a Text,
    pub doer: (AgencyId, Option<UserId>),
    pub due_on: Option<Day>,
    pub source: String,
}

/// Gives somebody something to do.
pub(super) fn add(tx: &mut Tx<'_>, permit: &Permit<'_, Record, Case>, new: &NewAction) -> Result<ActionView, Problem> {
    if !permit.writes().has(Facet::Actions) {
        return Err(Problem::forbidden());
    }
    check_doer(tx, permit, new)?;
    let entry = Entry {
        kind: new.kind,
        what: &new.what,
        doer: (new.agency_id, new.user_id),
        due_on: new.due_on,
        source: format!("case/{}", permit.case()),
    };
    let row = enter(tx, permit, entry)?;
    show(tx, permit, row)
}

/// Enters an action, and begins its clock.
pub(super) fn enter<C: Can>(tx: &mut Tx<'_>, permit: &Permit<'_, C, Case>, entry: Entry<'_>) -> Result<ActionRow, Problem> {
    let id: ActionId = tx.new_id()?;
    let (agency_id, user_id) = entry.doer;
    let row = ActionRow {
        id,
        case_id: permit.case(),
        kind: entry.kind,
        agency_id,
        user_id,
        due_on: entry.due_on,
        state: ActionState::Open,
        // Not by the facet's pen: what was agreed becomes an action though the mediator may not add others (`add` asked).
        what: permit.seal_own(&What(entry.what.clone()), id.as_str())?,
        visitor_id: None,
        back_by: None,
        ending: None,
        source: entry.source,
        added_by: permit.user()?,
        added_at: tx.now(),
        ended_by: None,
        ended_at: None,
        version: 1,
    };
    store::insert(tx, &row)?;
    if let Some(due) = row.due_on {
        deadlines::arm(tx, permit, (Clock::ActionDue, &row.record()), entry.doer, When::At(due.end()))?;
    }
    permit.changed("action", id.as_str(), &["kind", "what", "doer", "due_on"]);
    events::note(tx, permit, "action_added", Some(Facet::Actions), &row.record())?;
    Ok(row)
}

/// An action goes to an agency that may read the case's actions, and there to a live colleague who is not walled off.
fn check_doer(tx: &mut Tx<'_>, permit: &Permit<'_, Record, Case>, new: &NewAction) -> Result<(), Problem> {
    let mut errors = FieldErrors::new();
    let now = tx.now();
    let all = grants::all(tx, permit)?;
    let reads =
        |grant: &&grants::GrantRow| grant.agency_id == new.agency_id && grant.is_live(now) && grant.reads.has(Facet::Actions);
    if !all.iter().any(|grant| reads(&grant)) {
        errors.push("/agency_id", FieldCode::NotAllowedHere);
    }
    if let Some(user) = new.user_id {
        let found = users::facts::find(tx, user)?;
        let is_colleague = found.is_some_and(|user| user.is_live && user.agency == new.agency_id);
        let walled = people::all(tx, permit)?.iter().any(|person| person.user_id == user && person.walled);
        if !is_colleague || walled {
            errors.push("/user_id", FieldCode::NotFound);
        }
    }
    errors.into_result()
}

/// Sets out on a visit, and says by when one will be back: the duty desk is told otherwise.
pub(super) fn set_out(
    tx: &mut Tx<'_>,
    permit: &Permit<'_, Record, Case>,
    (id, seen): (ActionId, i64),
    visit: &SetOut,
) -> Result<ActionView, Problem> {
    let mut row = readable(tx, permit, id)?;
    may_end(permit, &row, Step::SetOut)?;
    if row.version != seen {
        return Err(Problem::stale());
    }
    row.state = after(row.kind, row.state, Step::SetOut)?;
    if row.visitor_id.is_some() {
        return Err(ActionRefused::IsOut.into());
    }
    (row.visitor_id, row.back_by) = (Some(permit.user()?), Some(visit.back_by));
    store::save(tx, &mut row)?;
    duty::facts::set_out(tx, permit, &row.record(), visit)?;
    permit.changed("action", id.as_str(), &["visitor", "back_by"]);
    show(tx, permit, row)
}

/// Says what became of an action.
pub(super) fn end(
    tx: &mut Tx<'_>,
    permit: &Permit<'_, Record, Case>,
    (id, seen): (ActionId, i64),
    (step, words): (Step, &Text),
) -> Result<ActionView, Problem> {
    let mut row = readable(tx, permit, id)?;
    may_end(permit, &row, step)?;
    if row.version != seen {
        return Err(Problem::stale());
    }
    row.state = after(row.kind, row.state, step)?;
    if step == Step::Cancel && row.visitor_id.is_some() {
        return Err(ActionRefused::IsOut.into());
    }
    row.ending = Some(permit.seal_own(&Ending(words.clone()), id.as_str())?);
    over(tx, permit, &mut row)?;
    show(tx, permit, row)
}

/// Stores an end, meets or stops the clock, and notes it.
pub(super) fn over<C: Can>(tx: &mut Tx<'_>, permit: &Permit<'_, C, Case>, row: &mut ActionRow) -> Result<(), Problem> {
    (row.ended_by, row.ended_at) = (permit.actor().user(), Some(tx.now()));
    store::save(tx, row)?;
    let event = match row.state {
        ActionState::Done => "action_done",
        ActionState::Missed => "visit_missed",
        ActionState::Cancelled | ActionState::Open => "action_cancelled",
    };
    if row.state == ActionState::Cancelled {
        clocks::stop(tx, Clock::ActionDue, &row.record())?;
    } else {
        clocks::meet(tx, Clock::ActionDue, &row.record())?;
        duty::facts::is_back(tx, &row.record())?;
    }
    permit.changed("action", row.id.as_str(), &["state", "ending"]);
    Ok(events::note(tx, permit, event, Some(Facet::Actions), &row.record())?)
}

/// Whose it is, the owner and the lead worker say what became of it; whoever gave it may call it off.
fn may_end(permit: &Permit<'_, Record, Case>, row: &ActionRow, step: Step) -> Result<(), ActionRefused> {
    let (user, agency) = (permit.actor().user(), permit.actor().agency());
    let does_it = row.user_id.map_or(agency == Some(row.agency_id), |doer| user == Some(doer));
    let answers = permit.rests_on(Basis::Jurisdiction) || permit.duty() == Some(Duty::Lead);
    let gave_it = user == Some(row.added_by);
    let may = match step {
        Step::SetOut | Step::Complete | Step::Miss => does_it || answers,
        Step::Cancel => gave_it || answers,
    };
    if may { Ok(()) } else { Err(ActionRefused::Anothers) }
}

/// One action; without the facet there is none.
fn readable<C: Can>(tx: &mut Tx<'_>, permit: &Permit<'_, C, Case>, id: ActionId) -> Result<ActionRow, Problem> {
    let row = store::find(tx, permit, id)?;
    if permit.reads().has(Facet::Actions) { Ok(row) } else { Err(Problem::not_found()) }
}

/// One page of the case's actions; none to a reader without the facet.
pub(super) fn list(tx: &mut Tx<'_>, permit: &Permit<'_, View, Case>, page: &Page) -> Result<List<ActionView>, Problem> {
    let past = page.past(LIST)?;
    if !permit.reads().has(Facet::Actions) {
        return Ok(List { items: Vec::new(), next: None });
    }
    let rows = store::page(tx, permit, past, page.with_one_more())?;
    let rows = page.of(LIST, rows, |row| row.id);
    let names = Names::of(tx, &rows.items)?;
    let items = rows.items.into_iter().map(|row| view(tx, permit, row, &names)).collect::<Result<_, _>>()?;
    Ok(List { items, next: rows.next })
}

/// One page of what the actor has to do, oldest first: of cases whose actions they may read.
pub(super) fn mine<'tx>(
    tx: &mut Tx<'tx>,
    lister: &Lister<'tx, '_, Collection>,
    page: &Page,
) -> Result<List<ActionView>, Problem> {
    let Actor::User { user, agency, .. } = lister.permit().actor() else { return Err(Problem::unauthenticated()) };
    let mut past = page.past::<ActionId>(MINE)?;
    let mut found: Vec<ActionRow> = Vec::new();
    let mut permits: HashMap<CaseId, Permit<'tx, View, Case>> = HashMap::new();
    while found.len() <= page.size() {
        let rows = store::of(tx, (*user, *agency), past, page.with_one_more())?;
        let Some(last) = rows.last() else { break };
        past = Some(last.id);
        let mut cases: Vec<CaseId> = rows.iter().map(|row| row.case_id).filter(|case| !permits.contains_key(case)).collect();
        cases.sort_unstable();
        cases.dedup();
        for permit in lister.permit().also_sees_known(tx, &cases, Action::ViewAction)? {
            permits.insert(permit.case(), permit);
        }
        found.extend(
            rows.into_iter().filter(|row| permits.get(&row.case_id).is_some_and(|permit| permit.reads().has(Facet::Actions))),
        );
    }
    let rows = page.of(MINE, found, |row| row.id);
    for permit in permits.values().filter(|permit| !rows.items.iter().any(|row| row.case_id == permit.case())) {
        lister.leave_out(permit);
    }
    let names = Names::of(tx, &rows.items)?;
    let mut items = Vec::with_capacity(rows.items.len());
    for row in rows.items {
        let permit = permits.get(&row.case_id).ok_or_else(Problem::internal)?;
        items.push(view(tx, permit, row, &names)?);
    }
    Ok(List { items, next: rows.next })
}

/// The names that views show.
struct Names {
    agencies: HashMap<AgencyId, String>,
    users: HashMap<UserId, String>,
}

impl Names {
    fn of(tx: &mut Tx<'_>, rows: &[ActionRow]) -> Result<Self, DbError> {
        let agencies: Vec<AgencyId> = rows.iter().map(|row| row.agency_id).collect();
        let users: Vec<UserId> = rows.iter().filter_map(|row| row.user_id).collect();
        Ok(Self { agencies: agencies::facts::names(tx, &agencies)?, users: users::facts::names(tx, &users)? })
    }
}

fn show<C: Can>(tx: &mut Tx<'_>, permit: &Permit<'_, C, Case>, row: ActionRow) -> Result<ActionView, Problem> {
    let names = Names::of(tx, std::slice::from_ref(&row))?;
    view(tx, permit, row, &names)
}

fn view<C: Can>(tx: &Tx<'_>, permit: &Permit<'_, C, Case>, row: ActionRow, names: &Names) -> Result<ActionView, Problem> {
    let What(what) = permit.open(Facet::Actions, &row.what, row.id.as_str())?.ok_or_else(Problem::not_found)?;
    let ending = match &row.ending {
        Some(ending) => permit.open(Facet::Actions, ending, row.id.as_str())?.map(|Ending(text)| text),
        None => None,
    };
    Ok(ActionView {
        id: row.id,
        case_id: row.case_id,
        kind: row.kind,
        what,
        doer: Doer {
            agency_id: row.agency_id,
            agency: names.agencies.get(&row.agency_id).cloned().unwrap_or_default(),
            user_id: row.user_id,
            name: row.user_id.and_then(|user| names.users.get(&user).cloned()),
        },
        due_on: row.due_on,
        state: row.state,
        visitor_id: row.visitor_id,
        back_by: row.back_by,
        overdue: is_overdue(row.state, row.due_on, tx.now().day()),
        ending,
        source: row.source,
        added_at: row.added_at,
        ended_at: row.ended_at,
        version: row.version,
    })
}

impl Again for ActionView {
    type Key = ActionId;
    const VIEW: Action = Action::ViewAction;
    fn key(&self) -> ActionId {
        self.id
    }
    fn again(tx: &mut Tx<'_>, permit: &Permit<'_, View, Case>, key: ActionId) -> Result<Self, Problem> {
        let row = readable(tx, permit, key)?;
        show(tx, permit, row)
    }
}
