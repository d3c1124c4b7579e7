//! The owner's duty desk answers.

use super::super::store::{self, AccessRow};
use super::super::views::AccessView;
use super::super::{Answer, Decline, MINUTES, Refused, Release, Step};
use super::telling;
use super::{begin, record, shown};
use crate::access::can::{Approve, Can};
use crate::access::grants::{self, NewGrant};
use crate::access::{Case, Permit, deadlines, events, people};
use crate::base::db::Tx;
use crate::base::ids::BreakGlassId;
use crate::base::problem::Problem;
use crate::base::words::{Basis, Clock, Facet, FacetSet};
use crate::clocks::{self, When};
use crate::notify::{self, Notice, To};

/// `asked → active`: what is released may be read for three hours, names first.
pub fn release(
    tx: &mut Tx<'_>,
    permit: &Permit<'_, Approve, Case>,
    at: (BreakGlassId, i64),
    body: &Release,
) -> Result<AccessView, Problem> {
    let (mut row, next) = begin(tx, permit, at, Step::Release)?;
    if !body.facets.within(row.asked) {
        return Err(Refused::NotAsked.into());
    }
    if people::walled(tx, &[permit.case()])?.contains(&(permit.case(), row.user_id)) {
        return Err(Refused::Walled.into());
    }
    if store::is_suspended(tx, row.user_id)? {
        return Err(Refused::AskerSuspended.into());
    }
    row.state = next;
    (row.answered_by, row.answered_at) = (Some(permit.user()?), Some(tx.now()));
    let record = record(row.id);
    clocks::meet(tx, Clock::BreakGlassAnswered, &record)?;
    notify::answered(tx, &record, Notice::BreakGlassAsked)?;
    open_up(tx, permit, &mut row, body.facets)?;
    store::save(tx, &mut row)?;
    permit.changed("break_glass", row.id.as_str(), &["state", "opened", "ends_at"]);
    notify::tell(tx, To::User(row.agency_id, row.user_id), Notice::BreakGlassReleased, Some(permit.case()), &record)?;
    shown(tx, permit, row)
}

/// `asked → declined`. Whoever asked is not told by the program, which would say that there is a case: the desk calls.
pub fn decline(
    tx: &mut Tx<'_>,
    permit: &Permit<'_, Approve, Case>,
    at: (BreakGlassId, i64),
    body: &Decline,
) -> Result<AccessView, Problem> {
    let (mut row, next) = begin(tx, permit, at, Step::Decline)?;
    row.state = next;
    (row.answered_by, row.answered_at) = (Some(permit.user()?), Some(tx.now()));
    let answer = body.reason.clone().map(|reason| permit.seal_own(&Answer(reason), row.id.as_str()));
    row.answer = answer.transpose()?;
    store::save(tx, &mut row)?;
    permit.changed("break_glass", row.id.as_str(), &["state"]);
    let record = record(row.id);
    clocks::meet(tx, Clock::BreakGlassAnswered, &record)?;
    notify::answered(tx, &record, Notice::BreakGlassAsked)?;
    events::note(tx, permit, "break_glass_declined", Some(Facet::Progress), &record)?;
    shown(tx, permit, row)
}

/// Opens facets to the one who asked, begins the review's clock, tells the owner, its supervisors and oversight.
pub(super) fn open_up<C: Can>(
    tx: &mut Tx<'_>,
    permit: &Permit<'_, C, Case>,
    row: &mut AccessRow,
    facets: FacetSet,
) -> Result<(), Problem> {
    let offer = permit.disclosure().of(Basis::BreakGlass, None);
    let reads = facets.and(offer.at_most).without(Facet::Confidential).without(Facet::Location);
    let (now, record) = (tx.now(), record(row.id));
    let ends_at = now.plus_minutes(MINUTES);
    let grant = NewGrant {
        agency: row.agency_id,
        user: Some(row.user_id),
        basis: Basis::BreakGlass,
        reads,
        writes: FacetSet::EMPTY,
        cause: record.clone(),
        consent: None,
        ends_at: Some(ends_at),
    };
    row.grant_id = Some(grants::open(tx, permit, grant)?);
    (row.opened, row.opened_at, row.ends_at) = (Some(reads), Some(now), Some(ends_at));
    let owner = permit.facts().owner;
    deadlines::arm(tx, permit, (Clock::BreakGlassReview, &record), (owner, None), When::Variant("usual"))?;
    events::note(tx, permit, "break_glass_opened", Some(Facet::Progress), &record)?;
    let entries = telling::used(tx, permit, row)?;
    Ok(notify::tell_all(tx, &entries)?)
}
