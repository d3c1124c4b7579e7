//! Use cases of legal holds.

use super::store::{self, HoldRow};
use super::{HoldReason, HoldView, PlaceHold};
use crate::access::can::{Approve, Can, View};
use crate::access::{Again, Case, Permit, events};
use crate::base::db::Tx;
use crate::base::ids::HoldId;
use crate::base::problem::Problem;
use crate::base::words::{Action, Facet};
use crate::door::{List, Page};
use crate::features::casefile;

/// The list's name in its cursors.
const LIST: &str = "holds";

/// Places a hold: the case's retention does not end while it stands.
pub(super) fn place(tx: &mut Tx<'_>, permit: &Permit<'_, Approve, Case>, new: &PlaceHold) -> Result<HoldView, Problem> {
    let id: HoldId = tx.new_id()?;
    let row = HoldRow {
        id,
        case_id: permit.case(),
        // Not as a facet's: of a closed case nothing else is written any more, and a hold is placed on such.
        reason: permit.seal_own(&HoldReason(new.reason.clone()), id.as_str())?,
        placed_by: permit.user()?,
        placed_at: tx.now(),
        ended_by: None,
        ended_at: None,
        version: 1,
    };
    store::insert(tx, &row)?;
    permit.changed("hold", id.as_str(), &["reason"]);
    events::note(tx, permit, "hold_placed", Some(Facet::Progress), &format!("hold/{id}"))?;
    casefile::facts::pause_retention(tx, permit)?;
    shown(permit, &row)
}

/// Ends a hold. Errors: 409 where it has ended; 412 where it is not as the actor saw it.
pub(super) fn end(tx: &mut Tx<'_>, permit: &Permit<'_, Approve, Case>, (id, seen): (HoldId, i64)) -> Result<HoldView, Problem> {
    let mut row = store::find(tx, permit, id)?;
    if row.version != seen {
        return Err(Problem::stale());
    }
    if row.ended_at.is_some() {
        return Err(Problem::illegal_step("ended", "end", []));
    }
    (row.ended_by, row.ended_at) = (Some(permit.user()?), Some(tx.now()));
    if !store::save(tx, &mut row)? {
        return Err(Problem::stale());
    }
    permit.changed("hold", id.as_str(), &["ended_at"]);
    events::note(tx, permit, "hold_ended", Some(Facet::Progress), &format!("hold/{id}"))?;
    if !store::is_held(tx, permit)? {
        casefile::facts::retain(tx, permit)?;
    }
    shown(permit, &row)
}

/// One page of the case's holds.
pub(super) fn list(tx: &mut Tx<'_>, permit: &Permit<'_, View, Case>, page: &Page) -> Result<List<HoldView>, Problem> {
    let rows = store::page(tx, permit, page.past(LIST)?, page.with_one_more())?;
    let views = rows.iter().map(|row| shown(permit, row)).collect::<Result<_, _>>()?;
    Ok(page.of(LIST, views, |view: &HoldView| view.id))
}

/// One hold.
pub(super) fn view(tx: &mut Tx<'_>, permit: &Permit<'_, View, Case>, id: HoldId) -> Result<HoldView, Problem> {
    shown(permit, &store::find(tx, permit, id)?)
}

fn shown<C: Can>(permit: &Permit<'_, C, Case>, row: &HoldRow) -> Result<HoldView, Problem> {
    let reason = permit.open(Facet::Progress, &row.reason, row.id.as_str())?;
    Ok(HoldView {
        id: row.id,
        case_id: row.case_id,
        reason: reason.map(|HoldReason(text)| text),
        placed_by: row.placed_by,
        placed_at: row.placed_at,
        ended_by: row.ended_by,
        ended_at: row.ended_at,
        version: row.version,
    })
}

impl Again for HoldView {
    type Key = HoldId;
    const VIEW: Action = Action::ListHolds;
    fn key(&self) -> HoldId {
        self.id
    }
    fn again(tx: &mut Tx<'_>, permit: &Permit<'_, View, Case>, id: HoldId) -> Result<Self, Problem> {
        view(tx, permit, id)
    }
}
