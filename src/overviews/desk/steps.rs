//! Looking at one's desk, and clearing what was only told.

use std::collections::{HashMap, HashSet};

use super::{
    AcknowledgedView, DeskItemView, NoCall, Preview, RecordRef, SeenView, Spot, Waits, awaits_answer, calls, comes_back, shows,
    store,
};
use crate::access::can::{Record, View};
use crate::access::offers::{self, OfferRow};
use crate::access::{Again, Case, Desk, Lister, Permit};
use crate::base::db::{DbError, Tx};
use crate::base::ids::{AgencyId, CaseId, DeadlineId, DeskItemId};
use crate::base::problem::Problem;
use crate::base::time::Timestamp;
use crate::base::words::{Action, Clock};
use crate::clocks;
use crate::door::{List, Page};
use crate::features::casefile::CaseHead;
use crate::features::{agencies, casefile};
use crate::notify::{self, DeskItem, Line, Notice};

/// So many rows are read at once, since not every one shows.
const BATCH: i64 = 200;

/// What one may know of a case on the desk.
#[derive(Clone)]
struct Known {
    /// Nothing of it but the preview.
    head: Option<CaseHead>,
}

/// Cases met so far: each is decided once a look.
#[derive(Default)]
struct Met {
    asked: HashSet<CaseId>,
    known: HashMap<CaseId, Known>,
}

impl Met {
    fn meet(&mut self, tx: &mut Tx<'_>, permit: &Permit<'_, View, Desk>, items: &[DeskItem]) -> Result<(), Problem> {
        let new: Vec<CaseId> = items.iter().filter_map(|item| item.case_id).filter(|case| self.asked.insert(*case)).collect();
        let permits = permit.also_sees_known(tx, &new, Action::ViewDesk)?;
        let (previews, seen): (Vec<_>, Vec<_>) = permits.iter().partition(|permit| permit.is_preview());
        for (permit, head) in seen.iter().zip(heads(tx, &seen)?) {
            self.known.insert(permit.case(), Known { head: Some(head) });
        }
        for permit in previews {
            self.known.insert(permit.case(), Known { head: None });
        }
        Ok(())
    }

    /// Whether the reader may know of the entry's case, if there is one.
    fn is_theirs(&self, item: &DeskItem) -> bool {
        item.case_id.is_none_or(|case| self.known.contains_key(&case))
    }
}

fn heads(tx: &mut Tx<'_>, permits: &[&Permit<'_, View, Case>]) -> Result<Vec<CaseHead>, Problem> {
    casefile::facts::heads(tx, permits)
}

/// Entries of this reader's desk that show: at least so many, unless there are no more. `read` gives the next ones.
fn shown(
    tx: &mut Tx<'_>,
    permit: &Permit<'_, View, Desk>,
    met: &mut Met,
    wanted: usize,
    mut read: impl FnMut(&mut Tx<'_>) -> Result<Vec<DeskItem>, DbError>,
) -> Result<Vec<DeskItem>, Problem> {
    let (_, _, roles) = permit.actor().person().ok_or_else(Problem::unauthenticated)?;
    let mut found = Vec::new();
    while found.len() < wanted {
        let items = read(tx)?;
        if items.is_empty() {
            break;
        }
        met.meet(tx, permit, &items)?;
        found.extend(items.into_iter().filter(|item| {
            let tied = item.case_id.is_some_and(|case| met.known.contains_key(&case));
            shows(item.notice, item.user_id.is_some(), item.case_id.is_some(), tied, roles.are_casework())
        }));
    }
    Ok(found)
}

/// What waits for this reader and shows, behind `past`, in the desk's order.
fn waiting(
    tx: &mut Tx<'_>,
    permit: &Permit<'_, View, Desk>,
    met: &mut Met,
    wanted: usize,
    mut past: Option<Spot>,
) -> Result<Vec<DeskItem>, Problem> {
    let whose = (permit.user()?, permit.agency()?);
    shown(tx, permit, met, wanted, |tx| {
        let items = store::waiting(tx, whose, past, BATCH)?;
        past = items.last().map(store::spot).or(past);
        Ok(items)
    })
}

/// One page of what waits for the actor.
pub fn list<'tx>(tx: &mut Tx<'tx>, lister: &Lister<'tx, '_, Desk>, page: &Page) -> Result<List<DeskItemView>, Problem> {
    let (permit, mut met) = (lister.permit(), Met::default());
    let past = page.past::<Spot>("desk")?;
    let found = waiting(tx, permit, &mut met, page.size().saturating_add(1), past)?;
    let page = page.of("desk", found, store::spot);
    Ok(List { items: views(tx, permit, &met, &page.items)?, next: page.next })
}

/// One page of what the actor was told, newest first; what was cleared too.
pub fn notifications<'tx>(tx: &mut Tx<'tx>, lister: &Lister<'tx, '_, Desk>, page: &Page) -> Result<List<DeskItemView>, Problem> {
    let (permit, mut met) = (lister.permit(), Met::default());
    let whose = (permit.user()?, permit.agency()?);
    let mut past = page.past::<DeskItemId>("notifications")?;
    let found = shown(tx, permit, &mut met, page.size().saturating_add(1), |tx| {
        let items = store::told(tx, whose, past, BATCH)?;
        past = items.last().map(|item| item.id).or(past);
        Ok(items)
    })?;
    let page = page.of("notifications", found, |item| item.id);
    Ok(List { items: views(tx, permit, &met, &page.items)?, next: page.next })
}

/// What a mail says of all that waits for its receiver: at most so many things, and whether there are more.
pub(in crate::overviews) fn lines(
    tx: &mut Tx<'_>,
    permit: &Permit<'_, View, Desk>,
    limit: usize,
) -> Result<(Vec<Line>, bool), Problem> {
    let mut met = Met::default();
    let mut found = waiting(tx, permit, &mut met, limit.saturating_add(1), None)?;
    found.retain(|item| met.is_theirs(item));
    let more = found.len() > limit;
    found.truncate(limit);
    Ok((told(tx, permit, &met, &found)?, more))
}

/// What a mail says of one entry; nothing where it is none of its receiver's, or is about a case that is none any more.
pub(in crate::overviews) fn line(
    tx: &mut Tx<'_>,
    permit: &Permit<'_, View, Desk>,
    item: &DeskItem,
) -> Result<Option<Line>, Problem> {
    let (mut met, mut next) = (Met::default(), vec![item.clone()]);
    let found = shown(tx, permit, &mut met, 1, |_| Ok(std::mem::take(&mut next)))?;
    let theirs: Vec<DeskItem> = found.into_iter().filter(|item| met.is_theirs(item)).collect();
    Ok(told(tx, permit, &met, &theirs)?.pop())
}

fn told(tx: &mut Tx<'_>, permit: &Permit<'_, View, Desk>, met: &Met, items: &[DeskItem]) -> Result<Vec<Line>, Problem> {
    let views = views(tx, permit, met, items)?;
    let line = |view: DeskItemView| Line {
        case_no: view.case.map(|head| head.case_no),
        notice: view.notice,
        clock: view.clock,
        due_at: view.due_at,
    };
    Ok(views.into_iter().map(line).collect())
}

fn views(tx: &mut Tx<'_>, permit: &Permit<'_, View, Desk>, met: &Met, items: &[DeskItem]) -> Result<Vec<DeskItemView>, Problem> {
    let agency = permit.agency()?;
    let urgent: HashSet<String> = offers::urgent(tx, agency)?
        .into_iter()
        .map(|(id, is_transfer)| format!("{}/{id}", if is_transfer { "transfer" } else { "referral" }))
        .collect();
    let about = About::of(tx, items)?;
    let previews = previews(tx, permit, agency, &items.iter().map(|item| about.record(item).id).collect::<Vec<_>>())?;
    let now = tx.now();
    Ok(items.iter().map(|item| view(item, now, &urgent, met, &about, &previews)).collect())
}

/// What entries tell of: an entry about a clock tells of the clock's record.
struct About(HashMap<String, (Clock, String)>);

impl About {
    fn of(tx: &mut Tx<'_>, items: &[DeskItem]) -> Result<Self, DbError> {
        let ids: Vec<DeadlineId> = items.iter().filter_map(|item| item.record.strip_prefix("deadline/")?.parse().ok()).collect();
        let rows = if ids.is_empty() { Vec::new() } else { clocks::by_ids(tx, &ids)? };
        Ok(Self(rows.into_iter().map(|row| (row.on_desks(), (row.clock, row.record))).collect()))
    }
    fn clock(&self, item: &DeskItem) -> Option<Clock> {
        self.0.get(&item.record).map(|(clock, _)| *clock)
    }
    fn record(&self, item: &DeskItem) -> RecordRef {
        RecordRef::of(self.0.get(&item.record).map_or(&item.record, |(_, record)| record))
    }
}

/// The previews of what was offered to the agency, by the record's id. An entry about an offer does not name its case: the
/// case is decided all the same, so that whoever is walled off sees no preview either.
fn previews(
    tx: &mut Tx<'_>,
    permit: &Permit<'_, View, Desk>,
    agency: AgencyId,
    ids: &[String],
) -> Result<HashMap<String, Preview>, DbError> {
    let mut offered: Vec<OfferRow> = offers::to_agency(tx, agency, ids)?;
    let cases: Vec<CaseId> = offered.iter().map(|offer| offer.case_id).collect::<HashSet<_>>().into_iter().collect();
    let seen: HashSet<CaseId> = permit.also_sees_known(tx, &cases, Action::ViewDesk)?.iter().map(Permit::case).collect();
    offered.retain(|offer| seen.contains(&offer.case_id));
    let names = agencies::facts::names(tx, &offered.iter().map(|offer| offer.sender_id).collect::<Vec<_>>())?;
    let preview = |offer: OfferRow| {
        let sender = names.get(&offer.sender_id).cloned().unwrap_or_default();
        (offer.id, Preview { sender_id: offer.sender_id, sender, kind: offer.kind, urgency: offer.urgency })
    };
    Ok(offered.into_iter().map(preview).collect())
}

fn view(
    item: &DeskItem,
    now: Timestamp,
    urgent: &HashSet<String>,
    met: &Met,
    about: &About,
    previews: &HashMap<String, Preview>,
) -> DeskItemView {
    let known = item.case_id.and_then(|case| met.known.get(&case).cloned());
    let record = about.record(item);
    let preview = previews.get(&record.id).cloned();
    DeskItemView {
        id: item.id,
        notice: item.notice,
        at: item.at,
        seen_at: item.seen_at,
        urgent: urgent.contains(&format!("{}/{}", record.kind, record.id)),
        due_at: item.due_at,
        overdue: item.due_at.is_some_and(|due| due < now),
        clock: about.clock(item),
        personal: item.user_id.is_some(),
        can_be_cleared: !awaits_answer(item.notice),
        can_be_acknowledged: calls(item.notice) && item.record.starts_with("deadline/"),
        record,
        case_id: known.as_ref().and(item.case_id),
        case: known.and_then(|known| known.head),
        preview,
    }
}

/// An entry of the actor's desk. Errors: 404 where it is an agency's, and its case none of the actor's.
fn on_desk(tx: &mut Tx<'_>, permit: &Permit<'_, Record, Desk>, id: DeskItemId) -> Result<DeskItem, Problem> {
    let item = store::find(tx, id)?.ok_or_else(Problem::not_found)?;
    if let (Some(case), None) = (item.case_id, item.user_id) {
        // A colleague without the case must not put aside what another waits for.
        let is_tied = permit.also_sees(tx, case, Action::ViewDesk)?.is_some();
        if !is_tied && !comes_back(item.notice) {
            return Err(Problem::not_found());
        }
    }
    Ok(item)
}

/// Takes a call on: recorded, and the roster is called no more for it. Its calls go from every desk; of what is due or
/// overdue, from the actor's own alone, since a supervisor hears of that whoever has said they take it on.
pub fn acknowledge(tx: &mut Tx<'_>, permit: &Permit<'_, Record, Desk>, id: DeskItemId) -> Result<AcknowledgedView, Problem> {
    let item = on_desk(tx, permit, id)?;
    let deadline: Option<DeadlineId> = item.record.strip_prefix("deadline/").and_then(|id| id.parse().ok());
    let (Some(deadline_id), true) = (deadline, calls(item.notice)) else { return Err(NoCall.into()) };
    // Said twice, or answered meanwhile: it stands as it did.
    if let Some(acknowledged_at) = item.seen_at {
        return Ok(AcknowledgedView { id, deadline_id, acknowledged_at });
    }
    let (user, agency) = (permit.user()?, permit.agency()?);
    let ack = clocks::acknowledge(tx, deadline_id, user, agency)?;
    notify::answered(tx, &item.record, Notice::RosterCall)?;
    store::clear_own(tx, &item, (user, agency), ack.at)?;
    permit.changed("deadline", deadline_id.as_str(), &["acknowledged"]);
    permit.changed("desk_item", id.as_str(), &["seen_at"]);
    Ok(AcknowledgedView { id, deadline_id, acknowledged_at: ack.at })
}

impl Again for AcknowledgedView {
    type Key = DeskItemId;
    const VIEW: Action = Action::ViewDesk;
    fn key(&self) -> DeskItemId {
        self.id
    }
    fn again(tx: &mut Tx<'_>, _: &Permit<'_, View, Desk>, key: DeskItemId) -> Result<Self, Problem> {
        let item = store::find(tx, key)?.ok_or_else(Problem::not_found)?;
        let deadline_id = item.record.strip_prefix("deadline/").and_then(|id| id.parse().ok()).ok_or_else(Problem::not_found)?;
        Ok(Self { id: key, deadline_id, acknowledged_at: item.seen_at.ok_or_else(Problem::not_found)? })
    }
}

/// Clears an entry that was only told. Errors: 409 where it waits for an answer; 404 where its case is none of the actor's.
pub fn seen(tx: &mut Tx<'_>, permit: &Permit<'_, Record, Desk>, id: DeskItemId) -> Result<SeenView, Problem> {
    let item = on_desk(tx, permit, id)?;
    if awaits_answer(item.notice) {
        return Err(Waits.into());
    }
    let now = tx.now();
    store::clear(tx, id, now)?;
    permit.changed("desk_item", id.as_str(), &["seen_at"]);
    Ok(SeenView { id, seen_at: item.seen_at.unwrap_or(now) })
}

impl Again for SeenView {
    type Key = DeskItemId;
    const VIEW: Action = Action::ViewDesk;
    fn key(&self) -> DeskItemId {
        self.id
    }
    fn again(tx: &mut Tx<'_>, _: &Permit<'_, View, Desk>, key: DeskItemId) -> Result<Self, Problem> {
        let item = store::find(tx, key)?.ok_or_else(Problem::not_found)?;
        Ok(Self { id: key, seen_at: item.seen_at.ok_or_else(Problem::not_found)? })
    }
}
