//! Building a wall as the owner, lifting it, showing it.

use super::store::{self, LiftReason, WallRow};
use super::{Lift, NewWall, WallState, WallView, facts};
use crate::access::can::{Approve, Can, Change, View};
use crate::access::{Again, Case, Permit, events, people};
use crate::base::db::{DbError, Tx};
use crate::base::fields::FieldCode;
use crate::base::ids::{UserId, WallId};
use crate::base::problem::Problem;
use crate::base::words::{Action, Facet};
use crate::door::{List, Page};
use crate::features::users;
use crate::notify::{self, Notice};

const LIST: &str = "walls";

/// The owner keeps somebody out.
pub(super) fn build(tx: &mut Tx<'_>, permit: &Permit<'_, Change, Case>, new: &NewWall) -> Result<WallView, Problem> {
    let Some(user) = users::facts::find(tx, new.user)? else {
        return Err(Problem::wrong_field("/user", FieldCode::NotFound));
    };
    let id = facts::build(tx, permit, user.id, user.agency, Some(&new.reason))?;
    let row = store::find(tx, permit, id)?;
    shown(tx, permit, row)
}

/// The wall is not needed any more: the person may be given something again, and then declares anew.
pub(super) fn lift(
    tx: &mut Tx<'_>,
    permit: &Permit<'_, Approve, Case>,
    id: WallId,
    (body, seen): (&Lift, i64),
) -> Result<WallView, Problem> {
    let mut row = store::find(tx, permit, id)?;
    if row.version != seen {
        return Err(Problem::stale());
    }
    WallState::of(row.lifted_at).lift()?;
    let reason = LiftReason { text: body.reason.clone() };
    row.lift_reason = Some(permit.seal_as(Facet::Progress, &reason, id.as_str())?);
    row.lifted_by = Some(permit.user()?);
    row.lifted_at = Some(tx.now());
    if !store::save(tx, permit, &mut row)? {
        return Err(DbError::Retry.into());
    }
    people::set_wall(tx, permit, row.user_id, row.agency_id, false)?;
    let record = format!("wall/{id}");
    notify::answered(tx, &record, Notice::ConflictDeclared)?;
    events::note(tx, permit, "wall_lifted", Some(Facet::Progress), &record)?;
    shown(tx, permit, row)
}

/// One page of the case's walls, newest first.
pub(super) fn list(tx: &mut Tx<'_>, permit: &Permit<'_, View, Case>, page: &Page) -> Result<List<WallView>, Problem> {
    let rows = store::page(tx, permit, page.past(LIST)?, page.with_one_more())?;
    let page = page.of(LIST, rows, |row| row.id);
    Ok(List { items: views(tx, permit, page.items)?, next: page.next })
}

fn shown<C: Can>(tx: &mut Tx<'_>, permit: &Permit<'_, C, Case>, row: WallRow) -> Result<WallView, Problem> {
    views(tx, permit, vec![row])?.pop().ok_or_else(Problem::internal)
}

fn views<C: Can>(tx: &mut Tx<'_>, permit: &Permit<'_, C, Case>, rows: Vec<WallRow>) -> Result<Vec<WallView>, Problem> {
    let people: Vec<UserId> = rows.iter().map(|row| row.user_id).collect();
    let names = users::facts::names(tx, &people)?;
    let view = |row: WallRow| {
        let at = row.id.as_str();
        // Why belongs to `progress`.
        let reason = row.reason.as_ref().map(|sealed| permit.open(Facet::Progress, sealed, at)).transpose()?.flatten();
        let lifted = row.lift_reason.as_ref().map(|sealed| permit.open(Facet::Progress, sealed, at)).transpose()?.flatten();
        Ok(WallView {
            state: WallState::of(row.lifted_at),
            user_name: names.get(&row.user_id).cloned(),
            reason: reason.map(|reason| reason.text),
            lift_reason: lifted.map(|reason| reason.text),
            id: row.id,
            case_id: row.case_id,
            user_id: row.user_id,
            agency_id: row.agency_id,
            built_by: row.built_by,
            built_at: row.built_at,
            lifted_by: row.lifted_by,
            lifted_at: row.lifted_at,
            version: row.version,
        })
    };
    rows.into_iter().map(view).collect()
}

impl Again for WallView {
    type Key = WallId;
    const VIEW: Action = Action::ViewWall;
    fn key(&self) -> WallId {
        self.id
    }
    fn again(tx: &mut Tx<'_>, permit: &Permit<'_, View, Case>, key: WallId) -> Result<Self, Problem> {
        let row = store::find(tx, permit, key)?;
        shown(tx, permit, row)
    }
}
