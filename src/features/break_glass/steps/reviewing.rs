//! A supervisor of the owner judges an access, and gives back what an unjustified one cost.

use super::super::store::{self, SuspensionRow};
use super::super::views::AccessView;
use super::super::{Finding, LiftReason, Refused, Restore, Review, Step};
use super::telling;
use super::{begin, record, shown};
use crate::access::can::Approve;
use crate::access::{Case, Permit, events};
use crate::base::db::Tx;
use crate::base::ids::BreakGlassId;
use crate::base::problem::Problem;
use crate::base::words::{BreakGlassFinding, BreakGlassState, Clock, Facet};
use crate::clocks;
use crate::notify::{self, Notice, To};

/// `expired → reviewed`: by neither the one who asked nor the one who released. What was unjustified suspends the right.
pub fn review(
    tx: &mut Tx<'_>,
    permit: &Permit<'_, Approve, Case>,
    at: (BreakGlassId, i64),
    body: &Review,
) -> Result<AccessView, Problem> {
    let (mut row, next) = begin(tx, permit, at, Step::Review)?;
    let by = permit.user()?;
    if row.answered_by == Some(by) {
        return Err(Refused::ReleasedIt.into());
    }
    let review = Finding(body.text.clone());
    // Of a closed case nothing is written any more but this: it is the owner's word on what was done to it.
    row.review = Some(permit.seal_own(&review, row.id.as_str())?);
    (row.state, row.finding) = (next, Some(body.finding));
    (row.reviewed_by, row.reviewed_at) = (Some(by), Some(tx.now()));
    store::save(tx, &mut row)?;
    permit.changed("break_glass", row.id.as_str(), &["state", "finding"]);
    let record = record(row.id);
    clocks::meet(tx, Clock::BreakGlassReview, &record)?;
    // What was only told stays until it is read: oversight hears of it though it was reviewed quickly.
    notify::answered(tx, &record, Notice::BreakGlassToReview)?;
    events::note(tx, permit, "break_glass_reviewed", Some(Facet::Progress), &record)?;
    if body.finding == BreakGlassFinding::Unjustified {
        let lost = SuspensionRow {
            id: tx.new_id()?,
            break_glass_id: row.id,
            case_id: permit.case(),
            user_id: row.user_id,
            agency_id: row.agency_id,
            suspended_by: by,
            suspended_at: tx.now(),
            lift_reason: None,
            lifted_by: None,
            lifted_at: None,
        };
        store::suspend(tx, &lost)?;
        permit.changed("break_glass_suspension", lost.id.as_str(), &["user", "suspended_at"]);
        let entries = telling::suspended(tx, &row)?;
        notify::tell_all(tx, &entries)?;
    }
    shown(tx, permit, row)
}

/// Gives the right back. Errors: 409 where this access cost none, or it was given back already.
pub fn restore(
    tx: &mut Tx<'_>,
    permit: &Permit<'_, Approve, Case>,
    at: (BreakGlassId, i64),
    body: &Restore,
) -> Result<AccessView, Problem> {
    let (mut row, _) = begin(tx, permit, at, Step::Restore)?;
    let lost = store::suspensions(tx, &[row.id])?.remove(&row.id).filter(|lost| lost.lifted_at.is_none());
    let Some(lost) = lost else {
        return Err(Refused::Illegal { from: BreakGlassState::Reviewed, step: Step::Restore }.into());
    };
    let why = permit.seal_own(&LiftReason(body.reason.clone()), lost.id.as_str())?;
    store::lift(tx, lost.id, permit.user()?, &why)?;
    // The access is shown with its suspension: whoever saw it before saw another state.
    store::save(tx, &mut row)?;
    permit.changed("break_glass_suspension", lost.id.as_str(), &["lifted_at"]);
    events::note(tx, permit, "break_glass_restored", Some(Facet::Progress), &record(row.id))?;
    notify::tell(tx, To::User(row.agency_id, row.user_id), Notice::BreakGlassRestored, None, &record(row.id))?;
    shown(tx, permit, row)
}
