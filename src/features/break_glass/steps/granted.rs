//! Breaking glass by a live grant: at once, but for `contact`.

use super::super::store;
use super::super::views::BrokenView;
use super::super::{BreakGlass, Reason, Refused};
use super::telling::{self, Ringing};
use super::{attempt, lapses_at, of_the_same_attempt, record};
use crate::access::can::Record;
use crate::access::{Case, Permit, deadlines, events};
use crate::base::db::Tx;
use crate::base::ids::BreakGlassId;
use crate::base::problem::Problem;
use crate::base::words::{BreakGlassState, BreakGlassWay, Clock, Facet, FacetSet};
use crate::clocks::When;
use crate::notify;

/// Opens what is not open yet; `contact` is asked of the owner's duty desk, for a word at the wrong phone can kill.
pub fn open(tx: &mut Tx<'_>, permit: &Permit<'_, Record, Case>, body: &BreakGlass) -> Result<BrokenView, Problem> {
    let further = body.facets.minus(permit.reads());
    let request = attempt(tx, permit, BreakGlassWay::Granted, (body.reason_code, body.facets))?;
    if further.is_empty() {
        return Err(Refused::NothingFurther.into());
    }
    let until = lapses_at(tx, permit)?;
    let (at_once, by_desk) = (further.without(Facet::Contact), further.and(FacetSet::EMPTY.with(Facet::Contact)));
    let mut first: Option<BreakGlassId> = None;
    for (facets, is_at_once) in [(at_once, true), (by_desk, false)] {
        if facets.is_empty() {
            continue;
        }
        let id: BreakGlassId = tx.new_id()?;
        first = first.or(Some(id));
        let reason = permit.seal_own(&Reason(body.reason.clone()), id.as_str())?;
        let mut row = super::asking::waiting(&request, id, None, (reason, until));
        (row.case_id, row.asked) = (Some(permit.case()), facets);
        if is_at_once {
            row.state = BreakGlassState::Active;
            super::answering::open_up(tx, permit, &mut row, facets)?;
            store::insert(tx, &[row])?;
            permit.changed("break_glass", id.as_str(), &["opened", "ends_at"]);
        } else {
            store::insert(tx, &[row])?;
            permit.changed("break_glass", id.as_str(), &["asked"]);
            let ringing = [Ringing { id, case: permit.case(), owner: permit.facts().owner, until }];
            let mut entries = telling::at_desks(tx, &ringing, (request.user_id, request.agency_id))?;
            entries.extend(telling::tried(tx, &request)?);
            notify::tell_all(tx, &entries)?;
            let desk = (permit.facts().owner, None);
            deadlines::arm(tx, permit, (Clock::BreakGlassAnswered, &record(id)), desk, When::Variant("usual"))?;
            events::note(tx, permit, "break_glass_asked", Some(Facet::Progress), &record(id))?;
        }
    }
    of_the_same_attempt(tx, permit, first.ok_or_else(Problem::internal)?)
}
