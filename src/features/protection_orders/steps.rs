//! Use cases of protection orders.

use super::bodies::{Accept, Breach, Change, Draft, File, TOO_LONG, TakeEffect, Why};
use super::{OrderView, Step, latest_end, next};
use crate::access::can::{Can, Record, View};
use crate::access::{Again, Case, Permit, risk};
use crate::base::db::Tx;
use crate::base::ids::{AgencyId, MeasureId};
use crate::base::problem::{FieldCode, Problem};
use crate::base::text::Text;
use crate::base::words::{Action, AgencyKind, Clock, DutyKind, MeasureKind, OrderChange, ProtectionOrderState};
use crate::clocks::{self, When};
use crate::door::{Created, List, Page};
use crate::features::measures::facts::{self, MeasureRow, NewMeasure};
use crate::features::measures::{EntryWords, MeasureWords};
use crate::features::mediation;
use crate::notify::Notice;

const KIND: MeasureKind = MeasureKind::ProtectionOrder;

/// A court that refused an application sees it for so long still: reconsideration may be asked for (local).
const AFTER_REFUSAL_DAYS: i64 = 30;

type Seen = (MeasureId, i64);

fn view<C: Can>(tx: &mut Tx<'_>, permit: &Permit<'_, C, Case>, row: &MeasureRow) -> Result<OrderView, Problem> {
    let (words, state, today) = (facts::words(permit, row)?, row.state()?, tx.now().day());
    let binding = matches!(state, ProtectionOrderState::InForce | ProtectionOrderState::Breached);
    Ok(OrderView {
        id: row.id,
        case_id: row.case_id,
        state,
        binds: binding && row.ends_on.is_some_and(|end| end >= today),
        applicant: words.applicant,
        her_wish: words.her_wish,
        urgent: row.flag,
        court_id: row.court_id,
        court: words.court,
        station_id: row.station_id,
        committee_id: row.committee_id,
        number: words.number,
        prohibitions: words.prohibitions,
        facts: words.facts,
        prohibition: words.prohibition,
        in_force_on: row.begins_on,
        ends_on: row.ends_on,
        drafted_at: row.recorded_at,
        entries: facts::entries(tx, permit, row)?,
        version: row.version,
    })
}

impl Again for OrderView {
    type Key = MeasureId;
    const VIEW: Action = Action::ViewProtectionOrder;
    fn key(&self) -> MeasureId {
        self.id
    }
    fn again(tx: &mut Tx<'_>, permit: &Permit<'_, View, Case>, key: MeasureId) -> Result<Self, Problem> {
        let row = facts::find(tx, permit, KIND, key)?;
        view(tx, permit, &row)
    }
}

/// The case's orders, newest first.
pub(super) fn page(tx: &mut Tx<'_>, permit: &Permit<'_, View, Case>, page: &Page) -> Result<List<OrderView>, Problem> {
    facts::page(tx, permit, KIND, page, |tx, row| view(tx, permit, row))
}

/// The application is written.
pub(super) fn draft(tx: &mut Tx<'_>, permit: &Permit<'_, Record, Case>, body: &Draft) -> Result<Created<OrderView>, Problem> {
    let court = body.court.map(|court| facts::agency_of_kind(tx, court, &[AgencyKind::Court], "/court")).transpose()?;
    let words = MeasureWords {
        applicant: Some(body.applicant),
        her_wish: Some(body.her_wish),
        court: body.court_name.clone(),
        prohibitions: body.prohibitions.clone(),
        facts: Some(body.facts.clone()),
        ..MeasureWords::default()
    };
    let new = NewMeasure {
        kind: KIND,
        state: ProtectionOrderState::Drafted.as_str(),
        station: None,
        court,
        flag: body.urgent,
        begins_on: None,
        words,
    };
    let row = facts::enter(tx, permit, &new)?;
    facts::note(tx, permit, &row, ("protection_order_drafted", tx.now()), &EntryWords::default())?;
    Ok(Created(view(tx, permit, &row)?))
}

/// The order as it was seen, with the state after the step.
fn begin(tx: &mut Tx<'_>, permit: &Permit<'_, Record, Case>, seen: Seen, step: Step) -> Result<MeasureRow, Problem> {
    let mut row = facts::find_seen(tx, permit, KIND, seen, step.as_str())?;
    next(row.state()?, step)?.as_str().clone_into(&mut row.state);
    Ok(row)
}

/// What the court does is recorded by that court, or by the owner.
fn of_court(permit: &Permit<'_, Record, Case>, row: &MeasureRow) -> Result<(), Problem> {
    let own = permit.actor().agency();
    if own == Some(permit.facts().owner) || (row.court_id.is_some() && row.court_id == own) {
        Ok(())
    } else {
        Err(Problem::forbidden())
    }
}

fn said(text: &Text) -> EntryWords {
    EntryWords { text: Some(text.clone()), ..EntryWords::default() }
}

/// `drafted → filed`: the court must see what is asked of it; nobody is sat down at a table with him meanwhile.
pub(super) fn file(tx: &mut Tx<'_>, permit: &Permit<'_, Record, Case>, seen: Seen, body: &File) -> Result<OrderView, Problem> {
    let mut row = begin(tx, permit, seen, Step::File)?;
    facts::save(tx, permit, &mut row, &["state"])?;
    facts::note(tx, permit, &row, ("protection_order_filed", body.filed_on.start()), &EntryWords::default())?;
    if let Some(court) = row.court_id {
        facts::oblige(tx, permit, &row, (DutyKind::OrderApplication, court), None)?;
    }
    facts::tell(tx, permit, &row, Notice::MeasureChanged, &[])?;
    mediation::facts::reconsider(tx, permit)?;
    view(tx, permit, &row)
}

/// `filed → accepted`: from now on the court's time to decide runs.
pub(super) fn accept(
    tx: &mut Tx<'_>,
    permit: &Permit<'_, Record, Case>,
    seen: Seen,
    body: &Accept,
) -> Result<OrderView, Problem> {
    let mut row = begin(tx, permit, seen, Step::Accept)?;
    of_court(permit, &row)?;
    let words = MeasureWords { number: Some(body.number.clone()), ..facts::words(permit, &row)? };
    facts::rewrite(permit, &mut row, &words)?;
    facts::save(tx, permit, &mut row, &["state", "number"])?;
    facts::note(tx, permit, &row, ("protection_order_accepted", body.at), &EntryWords::default())?;
    let variant = When::Variant(if row.flag { "urgent" } else { "usual" });
    let due = permit.rules().clocks.due(Clock::OrderDecided, variant, body.at)?;
    facts::arm(tx, permit, (Clock::OrderDecided, &row.record()), permit.facts().owner, due)?;
    facts::tell(tx, permit, &row, Notice::MeasureChanged, &[])?;
    view(tx, permit, &row)
}

/// `accepted → in_force`: who helps to carry it out must see against whom and what, as long as it binds.
pub(super) fn take_effect(
    tx: &mut Tx<'_>,
    permit: &Permit<'_, Record, Case>,
    seen: Seen,
    body: &TakeEffect,
) -> Result<OrderView, Problem> {
    let mut row = begin(tx, permit, seen, Step::TakeEffect)?;
    of_court(permit, &row)?;
    row.station_id = named(tx, body.station, AgencyKind::PoliceStation, "/station")?;
    row.committee_id = named(tx, body.committee, AgencyKind::ResidentsCommittee, "/committee")?;
    (row.begins_on, row.ends_on) = (Some(body.in_force_on), Some(body.ends_on));
    let words = MeasureWords {
        prohibitions: body.prohibitions.clone(),
        prohibition: Some(body.prohibition.clone()),
        ..facts::words(permit, &row)?
    };
    facts::rewrite(permit, &mut row, &words)?;
    facts::save(tx, permit, &mut row, &["state", "in_force_on", "ends_on", "prohibitions", "station", "committee"])?;
    let entry = EntryWords { ends_on: row.ends_on, ..EntryWords::default() };
    facts::note(tx, permit, &row, ("protection_order_in_force", body.in_force_on.start()), &entry)?;
    let end = body.ends_on.end();
    clocks::meet(tx, Clock::OrderDecided, &row.record())?;
    facts::arm(tx, permit, (Clock::OrderEnds, &row.record()), permit.facts().owner, end)?;
    facts::prolong(tx, permit, &row, end)?;
    for agency in [row.station_id, row.committee_id].into_iter().flatten() {
        facts::oblige(tx, permit, &row, (DutyKind::ProtectionOrder, agency), Some(end))?;
    }
    facts::tell(tx, permit, &row, Notice::MeasureChanged, &[row.court_id])?;
    // He hears of it now: what he does about it, nobody has assessed yet.
    risk::due_at_once(tx, permit)?;
    mediation::facts::reconsider(tx, permit)?;
    view(tx, permit, &row)
}

fn named(tx: &mut Tx<'_>, agency: Option<AgencyId>, kind: AgencyKind, at: &'static str) -> Result<Option<AgencyId>, Problem> {
    agency.map(|agency| facts::agency_of_kind(tx, agency, &[kind], at)).transpose()
}

/// `accepted → rejected`.
pub(super) fn reject(tx: &mut Tx<'_>, permit: &Permit<'_, Record, Case>, seen: Seen, body: &Why) -> Result<OrderView, Problem> {
    let mut row = begin(tx, permit, seen, Step::Reject)?;
    of_court(permit, &row)?;
    facts::save(tx, permit, &mut row, &["state"])?;
    facts::note(tx, permit, &row, ("protection_order_rejected", tx.now()), &said(&body.text))?;
    clocks::meet(tx, Clock::OrderDecided, &row.record())?;
    let until = tx.now().plus_days(AFTER_REFUSAL_DAYS);
    facts::prolong(tx, permit, &row, until)?;
    facts::tell(tx, permit, &row, Notice::MeasureChanged, &[row.court_id])?;
    view(tx, permit, &row)
}

/// `in_force → revoked`.
pub(super) fn revoke(tx: &mut Tx<'_>, permit: &Permit<'_, Record, Case>, seen: Seen, body: &Why) -> Result<OrderView, Problem> {
    let mut row = begin(tx, permit, seen, Step::Revoke)?;
    of_court(permit, &row)?;
    facts::save(tx, permit, &mut row, &["state"])?;
    facts::note(tx, permit, &row, ("protection_order_revoked", tx.now()), &said(&body.text))?;
    over(tx, permit, &row)?;
    view(tx, permit, &row)
}

/// `in_force → expired`, when its last day is over.
pub(super) fn expire(tx: &mut Tx<'_>, permit: &Permit<'_, Record, Case>, seen: Seen) -> Result<OrderView, Problem> {
    let mut row = begin(tx, permit, seen, Step::Expire)?;
    of_court(permit, &row)?;
    if row.ends_on.is_none_or(|end| end >= tx.now().day()) {
        return Err(Problem::conflict().because("the order is in force still: its last day is not over", "保护令仍在有效期内"));
    }
    facts::save(tx, permit, &mut row, &["state"])?;
    facts::note(tx, permit, &row, ("protection_order_expired", tx.now()), &EntryWords::default())?;
    over(tx, permit, &row)?;
    view(tx, permit, &row)
}

/// All who helped to carry it out hear that it is over, and see no more.
fn over(tx: &mut Tx<'_>, permit: &Permit<'_, Record, Case>, row: &MeasureRow) -> Result<(), Problem> {
    facts::tell(tx, permit, row, Notice::MeasureChanged, &[row.court_id, row.station_id, row.committee_id])?;
    clocks::meet(tx, Clock::OrderEnds, &row.record())?;
    facts::relieve(tx, permit, row)
}

/// `in_force → breached`: police, worker and owner hear at once.
pub(super) fn breach(
    tx: &mut Tx<'_>,
    permit: &Permit<'_, Record, Case>,
    seen: Seen,
    body: &Breach,
) -> Result<OrderView, Problem> {
    let mut row = begin(tx, permit, seen, Step::Breach)?;
    let day = body.at.day();
    if row.begins_on.is_some_and(|begin| day < begin) || row.ends_on.is_some_and(|end| day > end) {
        return Err(Problem::wrong_field("/at", NOT_IN_FORCE_THEN));
    }
    facts::save(tx, permit, &mut row, &["state"])?;
    facts::note(tx, permit, &row, ("protection_order_breached", body.at), &said(&body.text))?;
    facts::tell(tx, permit, &row, Notice::MeasureBreached, &[row.court_id, row.station_id, row.committee_id])?;
    risk::due_at_once(tx, permit)?;
    mediation::facts::reconsider(tx, permit)?;
    view(tx, permit, &row)
}

const NOT_IN_FORCE_THEN: FieldCode = FieldCode::Other {
    code: "not_in_force_then",
    message: "the order was not in force then",
    message_zh: "当时保护令不在有效期内",
};

/// A reconsideration, an extension or a variation; what was before is kept in its entry.
pub(super) fn change(
    tx: &mut Tx<'_>,
    permit: &Permit<'_, Record, Case>,
    seen: Seen,
    body: &Change,
) -> Result<OrderView, Problem> {
    let mut row = begin(tx, permit, seen, Step::Change(body.what))?;
    of_court(permit, &row)?;
    let mut words = facts::words(permit, &row)?;
    let mut entry = EntryWords { change: Some(body.what), ..said(&body.text) };
    match body.what {
        OrderChange::Reconsideration => {}
        OrderChange::Extension => {
            let (Some(before), Some(ends_on)) = (row.ends_on, body.ends_on) else { return Err(Problem::internal()) };
            extended(body, before)?;
            (entry.ended_on_before, entry.ends_on) = (Some(before), Some(ends_on));
            row.ends_on = Some(ends_on);
            facts::arm(tx, permit, (Clock::OrderEnds, &row.record()), permit.facts().owner, ends_on.end())?;
            facts::prolong(tx, permit, &row, ends_on.end())?;
        }
        OrderChange::Variation => {
            let wanted = body.prohibitions.clone().unwrap_or_default();
            entry.prohibitions_before = std::mem::replace(&mut words.prohibitions, wanted);
            facts::rewrite(permit, &mut row, &words)?;
        }
    }
    facts::save(tx, permit, &mut row, &["ends_on", "prohibitions"])?;
    facts::note(tx, permit, &row, ("protection_order_changed", body.applied_on.start()), &entry)?;
    facts::tell(tx, permit, &row, Notice::MeasureChanged, &[row.court_id, row.station_id, row.committee_id])?;
    view(tx, permit, &row)
}

/// An extension is applied for before the order ends, and lasts six months more at most.
fn extended(body: &Change, before: crate::base::time::Day) -> Result<(), Problem> {
    let wrong = |at: &'static str, code| Err(Problem::wrong_field(at, code));
    match body.ends_on {
        _ if body.applied_on > before => wrong("/applied_on", NOT_IN_FORCE_THEN),
        Some(end) if end <= before => wrong("/ends_on", FieldCode::EndsBeforeStart),
        Some(end) if end > latest_end(before) => wrong("/ends_on", TOO_LONG),
        Some(_) | None => Ok(()),
    }
}
