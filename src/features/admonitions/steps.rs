//! Use cases of admonitions.

use super::{AdmonitionView, Breach, End, Issue, PlanVisit, RecordVisit, Request, Serve, Step, VisitOutcome, next};
use crate::access::can::{Can, Record, View};
use crate::access::{Again, Case, Permit, risk};
use crate::base::db::{DbError, Tx};
use crate::base::ids::{MeasureId, MeasureVisitId};
use crate::base::machine::IllegalStep;
use crate::base::problem::{FieldCode, Problem};
use crate::base::time::{Day, Timestamp};
use crate::base::words::{Action, AdmonitionState, AgencyKind, Clock, DutyKind, MeasureKind, ServedOn, VisitState, Wish};
use crate::clocks::{self, Clocks, When};
use crate::door::{Created, List, Page};
use crate::features::duty::{self, SetOut};
use crate::features::measures::facts::{self, MeasureRow, NewMeasure, VisitRow};
use crate::features::measures::{EntryWords, MeasureWords, VisitView};
use crate::features::mediation;
use crate::notify::{self, Notice, To};

const KIND: MeasureKind = MeasureKind::Admonition;

/// So long a station sees whom it was asked to admonish, if it does not (local).
const REQUEST_DAYS: i64 = 30;

/// Visits follow the first monthly, so many (local; how long each takes stands in `config/clocks.toml`).
const MONTHLY_VISITS: u32 = 3;

fn view<C: Can>(tx: &mut Tx<'_>, permit: &Permit<'_, C, Case>, row: &MeasureRow) -> Result<AdmonitionView, Problem> {
    let words = facts::words(permit, row)?;
    Ok(AdmonitionView {
        id: row.id,
        case_id: row.case_id,
        state: row.state()?,
        station_id: row.station_id,
        committee_id: row.committee_id,
        her_wish: words.her_wish,
        text: words.text,
        number: words.number,
        issued_on: row.begins_on,
        facts: words.facts,
        prohibition: words.prohibition,
        requested_at: row.recorded_at,
        entries: facts::entries(tx, permit, row)?,
        version: row.version,
    })
}

impl Again for AdmonitionView {
    type Key = MeasureId;
    const VIEW: Action = Action::ViewAdmonition;
    fn key(&self) -> MeasureId {
        self.id
    }
    fn again(tx: &mut Tx<'_>, permit: &Permit<'_, View, Case>, key: MeasureId) -> Result<Self, Problem> {
        let row = facts::find(tx, permit, KIND, key)?;
        view(tx, permit, &row)
    }
}

/// The case's admonitions, newest first.
pub(super) fn page(tx: &mut Tx<'_>, permit: &Permit<'_, View, Case>, page: &Page) -> Result<List<AdmonitionView>, Problem> {
    facts::page(tx, permit, KIND, page, |tx, row| view(tx, permit, row))
}

/// An admonition is asked for. She wishes it: then the station sees whom, and what for; without her wish it is asked only
/// where the station knows the case already.
pub(super) fn request(
    tx: &mut Tx<'_>,
    permit: &Permit<'_, Record, Case>,
    body: &Request,
) -> Result<Created<AdmonitionView>, Problem> {
    let own = permit.agency()?;
    let station = facts::agency_of_kind(tx, body.station.unwrap_or(own), &[AgencyKind::PoliceStation], "/station")?;
    let words = MeasureWords { her_wish: Some(body.her_wish), text: Some(body.text.clone()), ..MeasureWords::default() };
    let new = NewMeasure {
        kind: KIND,
        state: AdmonitionState::Requested.as_str(),
        station: Some(station),
        court: None,
        flag: false,
        begins_on: None,
        words,
    };
    let row = facts::enter(tx, permit, &new)?;
    if station != own {
        ask(tx, permit, &row, body.her_wish)?;
    }
    facts::note(tx, permit, &row, ("admonition_requested", tx.now()), &EntryWords::default())?;
    facts::tell(tx, permit, &row, Notice::MeasureChanged, &[])?;
    Ok(Created(view(tx, permit, &row)?))
}

fn ask(tx: &mut Tx<'_>, permit: &Permit<'_, Record, Case>, row: &MeasureRow, wish: Wish) -> Result<(), Problem> {
    let Some(station) = row.station_id else { return Err(Problem::internal()) };
    let now = tx.now();
    notify::tell(tx, To::Agency(station), Notice::AdmonitionRequested, Some(permit.case()), &row.record())?;
    let knows = crate::access::grants::all(tx, permit)?.iter().any(|grant| grant.agency_id == station && grant.is_live(now));
    match wish {
        Wish::Wants => facts::oblige(tx, permit, row, (DutyKind::AdmonitionRequest, station), Some(now.plus_days(REQUEST_DAYS))),
        Wish::DoesNotWant | Wish::CannotSay if knows => Ok(()),
        Wish::DoesNotWant | Wish::CannotSay => Err(Problem::wrong_field(
            "/her_wish",
            FieldCode::Other {
                code: "not_her_wish",
                message: "a station that does not know the case is asked only where she wishes it; a duty to report stands apart",
                message_zh: "派出所尚不知悉本案的,须当事人愿意方可申请;依法应当报告的,另作强制报告",
            },
        )),
    }
}

/// Only the station that was asked issues, serves and ends it.
fn of_own_station(permit: &Permit<'_, Record, Case>, row: &MeasureRow) -> Result<(), Problem> {
    if row.station_id.is_some() && row.station_id == permit.actor().agency() { Ok(()) } else { Err(Problem::forbidden()) }
}

fn begin(tx: &mut Tx<'_>, permit: &Permit<'_, Record, Case>, seen: (MeasureId, i64), step: Step) -> Result<MeasureRow, Problem> {
    let mut row = facts::find_seen(tx, permit, KIND, seen, step.as_str())?;
    next(row.state()?, step)?.as_str().clone_into(&mut row.state);
    Ok(row)
}

/// `requested → issued`: the station and the residents' committee it names must see what they are to do.
pub(super) fn issue(
    tx: &mut Tx<'_>,
    permit: &Permit<'_, Record, Case>,
    seen: (MeasureId, i64),
    body: &Issue,
) -> Result<AdmonitionView, Problem> {
    let mut row = begin(tx, permit, seen, Step::Issue)?;
    of_own_station(permit, &row)?;
    if let Some(committee) = body.committee {
        row.committee_id = Some(facts::agency_of_kind(tx, committee, &[AgencyKind::ResidentsCommittee], "/committee")?);
    }
    let words = MeasureWords {
        number: Some(body.number.clone()),
        facts: Some(body.facts.clone()),
        prohibition: Some(body.prohibition.clone()),
        ..facts::words(permit, &row)?
    };
    row.begins_on = Some(body.issued_on);
    facts::rewrite(permit, &mut row, &words)?;
    facts::save(tx, permit, &mut row, &["state", "words", "issued_on", "committee"])?;
    facts::note(tx, permit, &row, ("admonition_issued", tx.now()), &EntryWords::default())?;
    // What the request opened is part of what the admonition opens.
    facts::replaced(tx, permit, &row)?;
    for agency in [row.station_id, row.committee_id].into_iter().flatten() {
        facts::oblige(tx, permit, &row, (DutyKind::Admonition, agency), None)?;
    }
    notify::answered(tx, &row.record(), Notice::AdmonitionRequested)?;
    facts::tell(tx, permit, &row, Notice::MeasureChanged, &[])?;
    view(tx, permit, &row)
}

/// A copy was served. `issued → served` when it is the respondent's: from then on visits are due.
pub(super) fn serve(
    tx: &mut Tx<'_>,
    permit: &Permit<'_, Record, Case>,
    seen: (MeasureId, i64),
    body: &Serve,
) -> Result<AdmonitionView, Problem> {
    let step = if body.recipient == ServedOn::Respondent { Step::ServeRespondent } else { Step::ServeOther };
    let before: AdmonitionState = facts::find(tx, permit, KIND, seen.0)?.state()?;
    let mut row = begin(tx, permit, seen, step)?;
    of_own_station(permit, &row)?;
    if row.begins_on.is_some_and(|issued| body.at.day() < issued) {
        return Err(Problem::wrong_field("/at", FieldCode::Contradicts { other: "/issued_on" }));
    }
    facts::save(tx, permit, &mut row, &["state"])?;
    let words = EntryWords {
        recipient: Some(body.recipient),
        how: Some(body.how),
        receipt: body.receipt.clone(),
        ..EntryWords::default()
    };
    facts::note(tx, permit, &row, ("admonition_served", body.at), &words)?;
    if before == AdmonitionState::Issued && step == Step::ServeRespondent {
        for due_on in visits_due(&permit.rules().clocks, body.at)? {
            plan_one(tx, permit, &row, due_on)?;
        }
        // He has it in writing now: what he does about it, nobody has assessed yet.
        risk::due_at_once(tx, permit)?;
    }
    facts::tell(tx, permit, &row, Notice::MeasureChanged, &[row.committee_id])?;
    view(tx, permit, &row)
}

/// When visits are due after the respondent was served at this moment.
fn visits_due(clocks: &Clocks, served_at: Timestamp) -> Result<Vec<Day>, DbError> {
    // A clock runs to the end of its last day.
    let last_day = |due: Timestamp| due.plus_minutes(-1).day();
    let first = last_day(clocks.due(Clock::AdmonitionVisit, When::Variant("first"), served_at)?);
    let mut due = vec![first];
    for nth in 1..=MONTHLY_VISITS {
        due.push(last_day(clocks.due(Clock::AdmonitionVisit, When::Nth("monthly", first.start(), nth), served_at)?));
    }
    Ok(due)
}

/// A visit that is waited for, on the station's desk.
fn plan_one(tx: &mut Tx<'_>, permit: &Permit<'_, Record, Case>, row: &MeasureRow, due_on: Day) -> Result<VisitRow, Problem> {
    let visit = facts::plan_visit(tx, permit, row, due_on)?;
    let desk = row.station_id.unwrap_or(permit.facts().owner);
    facts::arm(tx, permit, (Clock::AdmonitionVisit, &visit.record()), desk, due_on.end())?;
    Ok(visit)
}

/// `visits → ended`: what it opened to the station and the committee ends.
pub(super) fn end(
    tx: &mut Tx<'_>,
    permit: &Permit<'_, Record, Case>,
    seen: (MeasureId, i64),
    body: &End,
) -> Result<AdmonitionView, Problem> {
    let mut row = begin(tx, permit, seen, Step::End)?;
    of_own_station(permit, &row)?;
    facts::save(tx, permit, &mut row, &["state"])?;
    let words = EntryWords { text: Some(body.text.clone()), ..EntryWords::default() };
    facts::note(tx, permit, &row, ("admonition_ended", tx.now()), &words)?;
    facts::tell(tx, permit, &row, Notice::MeasureChanged, &[row.committee_id])?;
    facts::relieve(tx, permit, &row)?;
    facts::visits_end(tx, &row)?;
    view(tx, permit, &row)
}

/// `served | visits → breached`: all who work on it hear at once, and nobody is sat down at a table with him.
pub(super) fn breach(
    tx: &mut Tx<'_>,
    permit: &Permit<'_, Record, Case>,
    seen: (MeasureId, i64),
    body: &Breach,
) -> Result<AdmonitionView, Problem> {
    let mut row = begin(tx, permit, seen, Step::Breach)?;
    facts::save(tx, permit, &mut row, &["state"])?;
    let words = EntryWords { text: Some(body.text.clone()), ..EntryWords::default() };
    facts::note(tx, permit, &row, ("admonition_breached", body.at), &words)?;
    facts::tell(tx, permit, &row, Notice::MeasureBreached, &[row.station_id, row.committee_id])?;
    facts::visits_end(tx, &row)?;
    risk::due_at_once(tx, permit)?;
    mediation::facts::reconsider(tx, permit)?;
    view(tx, permit, &row)
}

/// An admonition under the path of which a visit stands; the visit, seen in this version.
fn seen_visit(
    tx: &mut Tx<'_>,
    permit: &Permit<'_, Record, Case>,
    (id, visit, seen): (MeasureId, MeasureVisitId, i64),
) -> Result<(MeasureRow, VisitRow), Problem> {
    let (row, visit) = facts::visit(tx, permit, KIND, visit)?;
    if row.id != id {
        return Err(Problem::not_found());
    }
    if visit.version != seen {
        return Err(Problem::stale());
    }
    facts::in_live_case(permit, Step::Visit.as_str())?;
    Ok((row, visit))
}

impl Again for VisitView {
    type Key = MeasureVisitId;
    const VIEW: Action = Action::ListMeasureVisits;
    fn key(&self) -> MeasureVisitId {
        self.id
    }
    fn again(tx: &mut Tx<'_>, permit: &Permit<'_, View, Case>, key: MeasureVisitId) -> Result<Self, Problem> {
        let (_, visit) = facts::visit(tx, permit, KIND, key)?;
        facts::visit_view(permit, &visit)
    }
}

/// A visit under the path of its admonition.
pub(super) fn visit(
    tx: &mut Tx<'_>,
    permit: &Permit<'_, View, Case>,
    (id, visit): (MeasureId, MeasureVisitId),
) -> Result<VisitView, Problem> {
    let shown = VisitView::again(tx, permit, visit)?;
    if shown.measure_id == id { Ok(shown) } else { Err(Problem::not_found()) }
}

/// The admonition's visits, newest first.
pub(super) fn visits(
    tx: &mut Tx<'_>,
    permit: &Permit<'_, View, Case>,
    id: MeasureId,
    page: &Page,
) -> Result<List<VisitView>, Problem> {
    let row = facts::find(tx, permit, KIND, id)?;
    facts::visits(tx, permit, &row, page)
}

/// Visits follow when the respondent was served, until it ends.
fn visited(row: &MeasureRow) -> Result<AdmonitionState, Problem> {
    Ok(next(row.state()?, Step::Visit)?)
}

/// One more visit than those that are due anyway.
pub(super) fn plan(
    tx: &mut Tx<'_>,
    permit: &Permit<'_, Record, Case>,
    id: MeasureId,
    body: &PlanVisit,
) -> Result<Created<VisitView>, Problem> {
    let row = facts::find(tx, permit, KIND, id)?;
    facts::in_live_case(permit, Step::Visit.as_str())?;
    visited(&row)?;
    let visit = plan_one(tx, permit, &row, body.due_on)?;
    Ok(Created(facts::visit_view(permit, &visit)?))
}

/// A visit is planned before it is set out on, kept or missed; that is one end.
fn planned(visit: &VisitRow, step: &'static str) -> Result<(), Problem> {
    match visit.state {
        VisitState::Planned => Ok(()),
        VisitState::Kept | VisitState::Missed => {
            Err(IllegalStep { state: visit.state.as_str(), step, allowed: Vec::new() }.into())
        }
    }
}

/// Somebody sets out, and says when they will be back.
pub(super) fn set_out(
    tx: &mut Tx<'_>,
    permit: &Permit<'_, Record, Case>,
    seen: (MeasureId, MeasureVisitId, i64),
    body: &SetOut,
) -> Result<VisitView, Problem> {
    let (row, mut visit) = seen_visit(tx, permit, seen)?;
    planned(&visit, "set-out")?;
    visited(&row)?;
    (visit.visitor_id, visit.set_out_at, visit.back_by) = (Some(permit.user()?), Some(tx.now()), Some(body.back_by));
    facts::save_visit(tx, permit, &mut visit, None)?;
    duty::facts::set_out(tx, permit, &visit.record(), body)?;
    facts::visit_view(permit, &visit)
}

/// A visit was made, or not: `served → visits` with the first.
pub(super) fn record(
    tx: &mut Tx<'_>,
    permit: &Permit<'_, Record, Case>,
    seen: (MeasureId, MeasureVisitId, i64),
    body: &RecordVisit,
) -> Result<VisitView, Problem> {
    let (mut row, mut visit) = seen_visit(tx, permit, seen)?;
    planned(&visit, "record")?;
    let after = visited(&row)?;
    visit.state = match body.outcome {
        VisitOutcome::Kept => VisitState::Kept,
        VisitOutcome::Missed => VisitState::Missed,
    };
    visit.done_at = Some(body.at);
    facts::save_visit(tx, permit, &mut visit, Some(&body.text))?;
    duty::facts::is_back(tx, &visit.record())?;
    clocks::meet(tx, Clock::AdmonitionVisit, &visit.record())?;
    after.as_str().clone_into(&mut row.state);
    facts::save(tx, permit, &mut row, &["state"])?;
    let kind = match body.outcome {
        VisitOutcome::Kept => "measure_visit_kept",
        VisitOutcome::Missed => "measure_visit_missed",
    };
    facts::note(tx, permit, &row, (kind, body.at), &EntryWords::default())?;
    facts::tell(tx, permit, &row, Notice::MeasureChanged, &[row.station_id])?;
    facts::visit_view(permit, &visit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_visit_is_due_after_a_week_then_three_monthly() {
        let due = visits_due(&Clocks::embedded().unwrap(), "2026-11-24T08:00:00Z".parse().unwrap()).unwrap();
        let days: Vec<_> = due.iter().map(Day::as_str).collect();
        assert_eq!(days, ["2026-12-01", "2027-01-01", "2027-02-01", "2027-03-01"]);
    }
}
