//! One's own deadlines, and a case's.

use std::collections::HashMap;

use super::{DeadlineView, Spot};
use crate::access::can::{Can, View};
use crate::access::{Actor, Case, Collection, Lister, Permit, Resource};
use crate::base::db::Tx;
use crate::base::ids::CaseId;
use crate::base::problem::Problem;
use crate::base::time::Timestamp;
use crate::base::words::Action;
use crate::clocks::{self, Clocks, Deadline};
use crate::door::{List, Page};
use crate::overviews::desk::RecordRef;

const LIST: &str = "deadlines";

/// What this reader may know of a deadline's case.
pub(in crate::overviews) enum Known {
    /// Nothing.
    Hidden,
    /// Its number.
    Shown(CaseId, String),
}

/// Deadlines that show to the actor, soonest first, behind `from`: at least so many, unless there are no more. Each with what
/// may be known of its case.
pub(in crate::overviews) fn shown<R: Resource>(
    tx: &mut Tx<'_>,
    permit: &Permit<'_, View, R>,
    action: Action,
    from: Option<(Timestamp, crate::base::ids::DeadlineId)>,
    wanted: usize,
) -> Result<Vec<(Deadline, Known)>, Problem> {
    let (user, agency) = (permit.user()?, permit.agency()?);
    let batch = i64::try_from(wanted).unwrap_or(i64::MAX).saturating_add(1);
    let clocks = &permit.rules().clocks;
    let mut past = from;
    let mut met: HashMap<CaseId, Option<(String, crate::base::words::FacetSet)>> = HashMap::new();
    let mut found = Vec::new();
    while found.len() < wanted {
        let rows = clocks::waiting_for(tx, (user, agency), past, batch)?;
        let Some(last) = rows.last() else { break };
        past = Some((last.due_at, last.id));
        let mut new: Vec<CaseId> = rows.iter().filter_map(|row| row.case_id).filter(|case| !met.contains_key(case)).collect();
        new.sort_unstable();
        new.dedup();
        for case in &new {
            met.insert(*case, None);
        }
        for seen in permit.also_sees_known(tx, &new, action)?.iter().filter(|permit| !permit.is_preview()) {
            met.insert(seen.case(), Some((seen.facts().case_no.clone(), seen.reads())));
        }
        found.extend(rows.into_iter().filter_map(|row| {
            let facet = clocks.facet(row.clock);
            let seen = row.case_id.and_then(|case| met.get(&case)?.clone().map(|(number, reads)| (case, number, reads)));
            match (facet, seen) {
                (Some(facet), Some((case, number, reads))) if reads.has(facet) => Some((row, Known::Shown(case, number))),
                // Without a facet it is the desk's it stands on, and no more than that of a case one may not see.
                (None, seen) if row.agency_id == agency && row.user_id.is_none_or(|one| one == user) => {
                    let known = seen.map_or(Known::Hidden, |(case, number, _)| Known::Shown(case, number));
                    Some((row, known))
                }
                (Some(_) | None, _) => None,
            }
        }));
    }
    Ok(found)
}

/// One page of the actor's deadlines, the most overdue first.
pub(super) fn mine(tx: &mut Tx<'_>, lister: &Lister<'_, '_, Collection>, page: &Page) -> Result<List<DeadlineView>, Problem> {
    let permit = lister.permit();
    if !matches!(permit.actor(), Actor::User { .. }) {
        return Err(Problem::unauthenticated());
    }
    let from = page.past::<Spot>(LIST)?.map(|spot| (spot.due, spot.id));
    let found = shown(tx, permit, Action::ListDeadlines, from, page.size().saturating_add(1))?;
    let page = page.of(LIST, found, |(row, _)| Spot { due: row.due_at, id: row.id });
    let now = tx.now();
    let taken = clocks::acknowledged(tx, &page.items.iter().map(|(row, _)| row).collect::<Vec<_>>())?;
    let one = |(row, known): (Deadline, Known)| view(&permit.rules().clocks, &row, known, (now, taken.get(&row.id).copied()));
    let items = page.items.into_iter().map(one).collect();
    Ok(List { items, next: page.next })
}

/// The case's live deadlines whose facet the reader may see, soonest first.
pub(super) fn of_case<C: Can>(tx: &mut Tx<'_>, permit: &Permit<'_, C, Case>) -> Result<List<DeadlineView>, Problem> {
    let (now, clocks) = (tx.now(), &permit.rules().clocks);
    let number = &permit.facts().case_no;
    let mut items = Vec::new();
    let rows = clocks::of_case(tx, permit.case())?;
    let taken = clocks::acknowledged(tx, &rows.iter().collect::<Vec<_>>())?;
    for row in rows {
        // One without a facet tells that some agency was asked: who else is there is for the owner and the lead worker.
        let shows = match clocks.facet(row.clock) {
            Some(facet) => permit.shows(facet),
            None => permit.shows_others() || permit.actor().agency() == Some(row.agency_id),
        };
        if shows {
            let shown = Known::Shown(permit.case(), number.clone());
            items.push(view(clocks, &row, shown, (now, taken.get(&row.id).copied())));
        }
    }
    Ok(List { items, next: None })
}

fn view(clocks: &Clocks, row: &Deadline, known: Known, (now, acknowledged_at): (Timestamp, Option<Timestamp>)) -> DeadlineView {
    let (case_id, case_no) = match known {
        Known::Hidden => (None, None),
        Known::Shown(case, number) => (Some(case), Some(number)),
    };
    DeadlineView {
        source: clocks.source(row.clock).to_owned(),
        facet: clocks.facet(row.clock),
        overdue: row.is_overdue(now),
        record: RecordRef::of(&row.record),
        id: row.id,
        clock: row.clock,
        due_at: row.due_at,
        state: row.state,
        armed_at: row.armed_at,
        acknowledged_at,
        case_id,
        case_no,
    }
}
