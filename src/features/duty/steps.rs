//! Reading and keeping a roster.

use std::collections::HashMap;

use super::store::{self, TurnRow};
use super::{OnDuty, Turn, TurnRefused, TurnView};
use crate::access::can::{Approve, View};
use crate::access::{Again, Collection, Permit, Roster};
use crate::base::db::{DbError, Tx};
use crate::base::ids::{AgencyId, DutyTurnId, UserId};
use crate::base::problem::{FieldCode, FieldErrors, Problem};
use crate::base::words::Action;
use crate::door::{List, Page};
use crate::features::users;

const LIST: &str = "duty";

/// One page of the roster of the actor's agency: turns not over yet, soonest first.
pub(super) fn list(tx: &mut Tx<'_>, permit: &Permit<'_, View, Collection>, page: &Page) -> Result<List<TurnView>, Problem> {
    let rows = store::page(tx, permit.agency()?, page.past(LIST)?, page.with_one_more())?;
    Ok(page.of(LIST, views(tx, rows)?, |view| view.id))
}

/// Enters a turn.
pub(super) fn add(tx: &mut Tx<'_>, permit: &Permit<'_, Approve, Collection>, turn: &Turn) -> Result<TurnView, Problem> {
    let row = TurnRow {
        id: tx.new_id()?,
        agency_id: permit.agency()?,
        user_id: turn.user_id,
        deputy_id: turn.deputy_id,
        from_at: turn.from,
        until_at: turn.until,
        version: 1,
    };
    if row.until_at <= tx.now() {
        return Err(Problem::wrong_field("/until", FieldCode::InThePast));
    }
    may_stand(tx, row.agency_id, turn)?;
    store::hold(tx, row.agency_id)?;
    if store::overlaps(tx, &row)? {
        return Err(TurnRefused::Overlaps.into());
    }
    store::insert(tx, &row)?;
    permit.changed("duty_turn", row.id.as_str(), &["person", "deputy", "from", "until"]);
    show(tx, row)
}

/// Changes a turn that is not over.
pub(super) fn change(
    tx: &mut Tx<'_>,
    permit: &Permit<'_, Approve, Roster>,
    (id, seen): (DutyTurnId, i64),
    turn: &Turn,
) -> Result<TurnView, Problem> {
    let mut row = store::find(tx, id)?.ok_or_else(Problem::not_found)?;
    if row.version != seen {
        return Err(Problem::stale());
    }
    if row.until_at <= tx.now() {
        return Err(TurnRefused::IsOver.into());
    }
    may_stand(tx, row.agency_id, turn)?;
    (row.user_id, row.deputy_id) = (turn.user_id, turn.deputy_id);
    (row.from_at, row.until_at) = (turn.from, turn.until);
    row.version = seen.saturating_add(1);
    store::hold(tx, row.agency_id)?;
    if store::overlaps(tx, &row)? {
        return Err(TurnRefused::Overlaps.into());
    }
    if !store::save(tx, &row)? {
        return Err(Problem::stale());
    }
    permit.changed("duty_turn", id.as_str(), &["person", "deputy", "from", "until"]);
    show(tx, row)
}

/// Only live caseworkers of the agency answer for it.
fn may_stand(tx: &mut Tx<'_>, agency: AgencyId, turn: &Turn) -> Result<(), Problem> {
    let mut errors = FieldErrors::new();
    for (user, at) in [(Some(turn.user_id), "/user_id"), (turn.deputy_id, "/deputy_id")] {
        let Some(user) = user else { continue };
        let found = users::facts::find(tx, user)?;
        if !found.is_some_and(|user| user.is_live && user.agency == agency && user.roles.are_casework()) {
            errors.push(at, FieldCode::NotFound);
        }
    }
    errors.into_result()
}

fn show(tx: &mut Tx<'_>, row: TurnRow) -> Result<TurnView, Problem> {
    views(tx, vec![row])?.pop().ok_or_else(Problem::internal)
}

fn views(tx: &mut Tx<'_>, rows: Vec<TurnRow>) -> Result<Vec<TurnView>, DbError> {
    let people: Vec<UserId> = rows.iter().flat_map(|row| [Some(row.user_id), row.deputy_id]).flatten().collect();
    let names: HashMap<UserId, String> = users::facts::names(tx, &people)?;
    let on = |user: UserId| OnDuty { user_id: user, name: names.get(&user).cloned().unwrap_or_default() };
    let now = tx.now();
    let view = |row: TurnRow| TurnView {
        id: row.id,
        person: on(row.user_id),
        deputy: row.deputy_id.map(on),
        from: row.from_at,
        until: row.until_at,
        now: row.from_at <= now && now < row.until_at,
        version: row.version,
    };
    Ok(rows.into_iter().map(view).collect())
}

impl Again for TurnView {
    type Key = DutyTurnId;
    const VIEW: Action = Action::ViewDuty;
    fn key(&self) -> DutyTurnId {
        self.id
    }
    fn again(tx: &mut Tx<'_>, _: &Permit<'_, View, Roster>, key: DutyTurnId) -> Result<Self, Problem> {
        let row = store::find(tx, key)?.ok_or_else(Problem::not_found)?;
        show(tx, row)
    }
}
