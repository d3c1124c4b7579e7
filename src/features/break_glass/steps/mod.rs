//! Breaking glass, answering at the duty desk, reviewing; and what all of them share.

mod answering;
mod asking;
mod granted;
mod reviewing;
mod telling;

use std::collections::HashMap;

pub(super) use answering::{decline, release};
pub(super) use asking::ask;
pub(super) use granted::open;
pub(super) use reviewing::{restore, review};

use super::store::{self, AccessRow, RequestRow, SuspensionRow};
use super::views::{AccessView, AskerView, BrokenView, RequestView, SuspensionView, WILL_CALL};
use super::{Refused, Step, after, at, wait};
use crate::access::can::{Can, View};
use crate::access::{Author, Case, Collection, Permit, Resource};
use crate::base::db::{DbError, Tx};
use crate::base::ids::{AgencyId, BreakGlassId, BreakGlassRequestId, GrantId, UserId};
use crate::base::problem::Problem;
use crate::base::time::Timestamp;
use crate::base::words::{BreakGlassReason, BreakGlassState, BreakGlassWay, Facet, FacetSet};
use crate::door::{List, Page};
use crate::features::{agencies, safety_plans, users};

const LIST: &str = "break_glass";
const REQUESTS: &str = "break_glass_requests";

fn record(id: BreakGlassId) -> String {
    format!("break_glass/{id}")
}

/// Counts an attempt, if the actor may make one. Errors: 403 where their right is suspended, 429 beyond the limits; neither
/// is counted, and both are the actor's own matter: no case is looked at before.
fn attempt<C: Can, R: Resource>(
    tx: &mut Tx<'_>,
    permit: &Permit<'_, C, R>,
    way: BreakGlassWay,
    (reason_code, facets): (BreakGlassReason, FacetSet),
) -> Result<RequestRow, Problem> {
    let (user, agency) = (permit.user()?, permit.agency()?);
    store::hold(tx, agency)?;
    if store::is_suspended(tx, user)? {
        return Err(Refused::Suspended.into());
    }
    let limits = &permit.rules().settings.break_glass;
    let filled = store::filled(tx, (user, agency), limits)?;
    if let Some(seconds) = wait(limits, filled, tx.now()) {
        return Err(Refused::TooMany { seconds }.into());
    }
    let row = RequestRow { id: tx.new_id()?, user_id: user, agency_id: agency, at: tx.now(), way, reason_code, facets };
    store::insert_request(tx, &row)?;
    permit.changed("break_glass_request", row.id.as_str(), &["reason_code", "facets"]);
    Ok(row)
}

/// When the duty desk's answer comes too late.
fn lapses_at<C: Can, R: Resource>(tx: &Tx<'_>, permit: &Permit<'_, C, R>) -> Result<Timestamp, DbError> {
    let clock = crate::base::words::Clock::BreakGlassAnswered;
    permit.rules().clocks.due(clock, crate::clocks::When::Variant("usual"), tx.now())
}

/// Until when it holds: by the clock, or since its grant was ended (by a wall, by a supervisor).
fn state_of(row: &AccessRow, ended: &HashMap<GrantId, Timestamp>, now: Timestamp) -> BreakGlassState {
    let is_over = match row.state {
        BreakGlassState::Asked => row.lapses_at <= now,
        BreakGlassState::Active => {
            row.ends_at.is_none_or(|end| end <= now) || row.grant_id.is_some_and(|grant| ended.contains_key(&grant))
        }
        BreakGlassState::Declined | BreakGlassState::Lapsed | BreakGlassState::Expired | BreakGlassState::Reviewed => false,
    };
    at(row.state, is_over)
}

/// Begins a step: what was seen, then what the state allows. Where the step leads.
fn begin<C: Can>(
    tx: &mut Tx<'_>,
    permit: &Permit<'_, C, Case>,
    (id, seen): (BreakGlassId, i64),
    step: Step,
) -> Result<(AccessRow, BreakGlassState), Problem> {
    let row = store::find(tx, permit, id)?;
    if row.version != seen {
        return Err(Problem::stale());
    }
    let ended = store::ended(tx, std::slice::from_ref(&row))?;
    let next = after(state_of(&row, &ended, tx.now()), step)?;
    if permit.user()? == row.user_id {
        return Err(Refused::Own.into());
    }
    Ok((row, next))
}

/// What somebody asked of duty desks, newest first.
pub(super) fn requests(
    tx: &mut Tx<'_>,
    permit: &Permit<'_, View, Collection>,
    page: &Page,
) -> Result<List<RequestView>, Problem> {
    let rows = store::requests(tx, permit.user()?, page.past(REQUESTS)?, page.with_one_more())?;
    Ok(page.of(REQUESTS, rows.iter().map(asked).collect(), |view: &RequestView| view.id))
}

pub(super) fn request(tx: &mut Tx<'_>, id: BreakGlassRequestId) -> Result<RequestView, Problem> {
    store::request(tx, id)?.as_ref().map(asked).ok_or_else(Problem::not_found)
}

fn asked(row: &RequestRow) -> RequestView {
    let (message, message_zh) = WILL_CALL;
    RequestView { id: row.id, asked_at: row.at, reason_code: row.reason_code, facets: row.facets, message, message_zh }
}

/// One page of the case's accesses, newest first.
pub(super) fn list(tx: &mut Tx<'_>, permit: &Permit<'_, View, Case>, page: &Page) -> Result<List<AccessView>, Problem> {
    let rows = store::page(tx, permit, page.past(LIST)?, page.with_one_more())?;
    let page = page.of(LIST, rows, |row| row.id);
    Ok(List { items: views(tx, permit, page.items)?, next: page.next })
}

/// One access: to the owner and the lead worker; to the one who asked, while their grant lives; to the duty desk, what waits
/// for it and what its reader answered there.
pub(super) fn view<C: Can>(tx: &mut Tx<'_>, permit: &Permit<'_, C, Case>, id: BreakGlassId) -> Result<AccessView, Problem> {
    let row = store::find(tx, permit, id)?;
    shown(tx, permit, row)
}

fn shown<C: Can>(tx: &mut Tx<'_>, permit: &Permit<'_, C, Case>, row: AccessRow) -> Result<AccessView, Problem> {
    let user = permit.user()?;
    let is_at_desk = permit.is_on_call() && (row.state == BreakGlassState::Asked || row.answered_by == Some(user));
    if !(permit.shows_others() || permit.is_own(Author::User(row.user_id)) || is_at_desk) {
        return Err(Problem::not_found());
    }
    views(tx, permit, vec![row])?.pop().ok_or_else(Problem::internal)
}

/// What one attempt by a grant came to, for the one who made it.
pub(super) fn of_the_same_attempt<C: Can>(
    tx: &mut Tx<'_>,
    permit: &Permit<'_, C, Case>,
    first: BreakGlassId,
) -> Result<BrokenView, Problem> {
    let row = store::find(tx, permit, first)?;
    if permit.user()? != row.user_id {
        return Err(Problem::not_found());
    }
    let rows = store::of_request(tx, permit, row.request_id)?;
    Ok(BrokenView { items: views(tx, permit, rows)?, first })
}

fn views<C: Can>(tx: &mut Tx<'_>, permit: &Permit<'_, C, Case>, rows: Vec<AccessRow>) -> Result<Vec<AccessView>, Problem> {
    let names = users::facts::names(tx, &rows.iter().map(|row| row.user_id).collect::<Vec<UserId>>())?;
    let mut askers: HashMap<AgencyId, Option<agencies::facts::AgencyFacts>> = HashMap::new();
    for row in &rows {
        if let std::collections::hash_map::Entry::Vacant(place) = askers.entry(row.agency_id) {
            place.insert(agencies::facts::find(tx, row.agency_id)?);
        }
    }
    let ended = store::ended(tx, &rows)?;
    let mut suspensions = store::suspensions(tx, &rows.iter().map(|row| row.id).collect::<Vec<_>>())?;
    let now = tx.now();
    let waits = rows.iter().any(|row| state_of(row, &ended, now) == BreakGlassState::Asked);
    let wishes = if waits { safety_plans::facts::on_call(tx, permit)? } else { Vec::new() };
    rows.into_iter()
        .map(|row| {
            let agency = askers.get(&row.agency_id).cloned().flatten();
            let asker = AskerView {
                user_id: row.user_id,
                name: names.get(&row.user_id).cloned(),
                agency_id: row.agency_id,
                agency: agency.as_ref().map(|agency| agency.name.clone()),
                contact_point: agency.map(|agency| agency.contact_point),
            };
            let state = state_of(&row, &ended, now);
            let suspension = suspensions.remove(&row.id);
            let on_call = if state == BreakGlassState::Asked { wishes.clone() } else { Vec::new() };
            one(permit, &row, (state, asker, suspension)).map(|view| AccessView { on_call, ..view })
        })
        .collect()
}

fn one<C: Can>(
    permit: &Permit<'_, C, Case>,
    row: &AccessRow,
    (state, asker, suspension): (BreakGlassState, AskerView, Option<SuspensionRow>),
) -> Result<AccessView, Problem> {
    let at = row.id.as_str();
    let is_owners = permit.shows_others();
    let mut reason = if is_owners { permit.open(Facet::Progress, &row.reason, at)? } else { None };
    if reason.is_none() {
        reason = permit.own(Author::User(row.user_id), &row.reason, at)?;
    }
    if reason.is_none() {
        reason = permit.at_duty_desk(Facet::Progress, &row.reason, at)?;
    }
    let answer = row.answer.as_ref().filter(|_| is_owners).map(|sealed| permit.open(Facet::Progress, sealed, at));
    let review = row.review.as_ref().filter(|_| is_owners).map(|sealed| permit.open(Facet::Progress, sealed, at));
    let suspension = suspension.filter(|_| is_owners).map(|lost| lifted(permit, &lost)).transpose()?;
    let owners = |user: Option<UserId>| user.filter(|_| is_owners || permit.is_on_call());
    Ok(AccessView {
        id: row.id,
        case_id: permit.case(),
        case_no: permit.facts().case_no.clone(),
        state,
        way: row.way,
        asker,
        // As whom somebody is in the case is for who answers for it.
        party_kind: row.party_kind.filter(|_| is_owners || permit.is_on_call()),
        reason_code: row.reason_code,
        reason: reason.map(|reason| reason.0.into_string()),
        on_call: Vec::new(),
        asked: row.asked,
        asked_at: row.asked_at,
        lapses_at: row.lapses_at,
        opened: row.opened,
        opened_at: row.opened_at,
        ends_at: row.ends_at,
        answered_by: owners(row.answered_by),
        answered_at: row.answered_at,
        decline_reason: answer.transpose()?.flatten().map(|answer| answer.0.into_string()),
        finding: row.finding,
        review: review.transpose()?.flatten().map(|review| review.0.into_string()),
        reviewed_by: owners(row.reviewed_by),
        reviewed_at: row.reviewed_at,
        suspension,
        version: row.version,
    })
}

fn lifted<C: Can>(permit: &Permit<'_, C, Case>, row: &SuspensionRow) -> Result<SuspensionView, Problem> {
    let why = row.lift_reason.as_ref().map(|sealed| permit.open(Facet::Progress, sealed, row.id.as_str())).transpose()?;
    Ok(SuspensionView {
        suspended_at: row.suspended_at,
        suspended_by: row.suspended_by,
        lifted_at: row.lifted_at,
        lifted_by: row.lifted_by,
        lift_reason: why.flatten().map(|why| why.0.into_string()),
    })
}
