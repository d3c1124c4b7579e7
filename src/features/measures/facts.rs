//! What the features of measures share, and what mediation, cases and others may ask.

use std::collections::BTreeSet;
use std::str::FromStr;

use super::store::{self, EntryRow};
use super::{Bars, EntryView, EntryWords, Known, MeasureWords, VisitView, VisitWords, binds};
use crate::access::can::Can;
use crate::access::grants::{self, NewGrant, Which};
use crate::access::{Author, Case, Permit, events, people};
use crate::base::db::{DbError, Tx};
use crate::base::ids::{AgencyId, MeasureEntryId, MeasureId, MeasureVisitId};
use crate::base::problem::{FieldCode, Problem};
use crate::base::text::Text;
use crate::base::time::{Day, Timestamp};
use crate::base::words::{AgencyKind, Basis, CaseStatus, Clock, Duty, DutyKind, Facet, MeasureKind, VisitState};
use crate::clocks::{self, Arm, When};
use crate::door::{List, Page};
use crate::features::agencies;
use crate::notify::{self, Notice, To};

pub use super::store::{MeasureRow, VisitRow};
pub use super::summary::{MeasuresSummary, summary};

impl MeasureRow {
    /// Kind and id, as desks, events, clocks and grants name it.
    pub fn record(&self) -> String {
        format!("{}/{}", self.kind, self.id)
    }
    /// Its state, in the words of its kind.
    pub fn state<S: FromStr>(&self) -> Result<S, DbError> {
        self.state.parse().map_err(|_| DbError::Corrupt("a measure's state"))
    }
    fn known(&self) -> Known {
        Known { kind: self.kind, state: self.state.clone(), flag: self.flag, ends_on: self.ends_on }
    }
    /// The agencies that read it without the facet: whoever recorded it, and the station that was asked for it.
    fn is_theirs<C: Can>(&self, permit: &Permit<'_, C, Case>) -> bool {
        permit.is_own(Author::Agency(self.recorded_agency)) || self.station_id.is_some_and(|it| permit.is_own(Author::Agency(it)))
    }
}

/// A measure is recorded in a case that somebody has taken on and that is not closed. Errors: 409.
pub fn in_live_case<C: Can>(permit: &Permit<'_, C, Case>, step: &'static str) -> Result<(), Problem> {
    match permit.status() {
        CaseStatus::Screening | CaseStatus::Open | CaseStatus::Monitoring => Ok(()),
        state @ (CaseStatus::Referred | CaseStatus::Closed) => Err(Problem::illegal_step(state.as_str(), step, [])),
    }
}

/// A measure of the permit's case. Errors: 404, also where it is not the reader's to see.
pub fn find<C: Can>(
    tx: &mut Tx<'_>,
    permit: &Permit<'_, C, Case>,
    kind: MeasureKind,
    id: MeasureId,
) -> Result<MeasureRow, Problem> {
    let row = store::find(tx, permit, kind, id)?;
    if permit.shows(Facet::Measures) || row.is_theirs(permit) { Ok(row) } else { Err(Problem::not_found()) }
}

/// The same, seen in this version, before a step. Errors: 412 where it has moved on; 409 where the case is not worked.
pub fn find_seen<C: Can>(
    tx: &mut Tx<'_>,
    permit: &Permit<'_, C, Case>,
    kind: MeasureKind,
    (id, seen): (MeasureId, i64),
    step: &'static str,
) -> Result<MeasureRow, Problem> {
    let row = find(tx, permit, kind, id)?;
    if row.version != seen {
        return Err(Problem::stale());
    }
    in_live_case(permit, step)?;
    Ok(row)
}

/// One page of the case's measures of a kind, as far as they are the reader's to see. Errors: 403 where none can be.
pub fn page<C: Can, V>(
    tx: &mut Tx<'_>,
    permit: &Permit<'_, C, Case>,
    kind: MeasureKind,
    page: &Page,
    view: impl Fn(&mut Tx<'_>, &MeasureRow) -> Result<V, Problem>,
) -> Result<List<V>, Problem> {
    let of = if permit.shows(Facet::Measures) { None } else { Some(permit.agency()?) };
    let mut rows = store::page(tx, permit, kind, of, page.past(kind.as_str())?, page.with_one_more())?;
    rows.retain(|row| of.is_none() || row.is_theirs(permit));
    let rows = page.of(kind.as_str(), rows, |row: &MeasureRow| row.id);
    let items = rows.items.iter().map(|row| view(tx, row)).collect::<Result<_, _>>()?;
    Ok(List { items, next: rows.next })
}

/// What is written of a measure.
pub fn words<C: Can>(permit: &Permit<'_, C, Case>, row: &MeasureRow) -> Result<MeasureWords, Problem> {
    if let Some(words) = permit.open(Facet::Measures, &row.words, row.id.as_str())? {
        return Ok(words);
    }
    for agency in [Some(row.recorded_agency), row.station_id].into_iter().flatten() {
        if let Some(words) = permit.own(Author::Agency(agency), &row.words, row.id.as_str())? {
            return Ok(words);
        }
    }
    Err(Problem::not_found())
}

/// Writes over what is written of a measure. Errors: 403 where the facet may not be written.
pub fn rewrite<C: Can>(permit: &Permit<'_, C, Case>, row: &mut MeasureRow, words: &MeasureWords) -> Result<(), Problem> {
    row.words = permit.seal_as(Facet::Measures, words, row.id.as_str())?;
    Ok(())
}

/// A measure that begins.
pub struct NewMeasure {
    /// What it is.
    pub kind: MeasureKind,
    /// Its first state.
    pub state: &'static str,
    /// The police station.
    pub station: Option<AgencyId>,
    /// The court.
    pub court: Option<AgencyId>,
    /// Urgent, or a crime suspected.
    pub flag: bool,
    /// From which day.
    pub begins_on: Option<Day>,
    /// What is written of it.
    pub words: MeasureWords,
}

/// Enters a measure. Errors: 403 where the facet may not be written; 409 where the case is not worked.
pub fn enter<C: Can>(tx: &mut Tx<'_>, permit: &Permit<'_, C, Case>, new: &NewMeasure) -> Result<MeasureRow, Problem> {
    in_live_case(permit, permit.action().as_str())?;
    let id: MeasureId = tx.new_id()?;
    let row = MeasureRow {
        id,
        case_id: permit.case(),
        kind: new.kind,
        state: new.state.to_owned(),
        station_id: new.station,
        court_id: new.court,
        committee_id: None,
        flag: new.flag,
        begins_on: new.begins_on,
        ends_on: None,
        words: permit.seal_as(Facet::Measures, &new.words, id.as_str())?,
        recorded_by: permit.user()?,
        recorded_agency: permit.agency()?,
        recorded_at: tx.now(),
        version: 1,
    };
    store::insert(tx, &row)?;
    permit.changed(row.kind.as_str(), id.as_str(), &["state", "words"]);
    Ok(row)
}

/// Saves a measure after a step.
pub fn save<C: Can>(tx: &mut Tx<'_>, permit: &Permit<'_, C, Case>, row: &mut MeasureRow, fields: &[&str]) -> Result<(), Problem> {
    store::save(tx, row)?;
    permit.changed(row.kind.as_str(), row.id.as_str(), fields);
    Ok(())
}

/// Notes what happened to a measure, in its entries and on the timeline.
pub fn note<C: Can>(
    tx: &mut Tx<'_>,
    permit: &Permit<'_, C, Case>,
    row: &MeasureRow,
    (kind, at): (&'static str, Timestamp),
    words: &EntryWords,
) -> Result<MeasureEntryId, Problem> {
    let id: MeasureEntryId = tx.new_id()?;
    let entry = EntryRow {
        id,
        measure_id: row.id,
        case_id: permit.case(),
        kind: kind.to_owned(),
        at,
        words: permit.seal_as(Facet::Measures, words, id.as_str())?,
        recorded_by: permit.user()?,
        recorded_agency: permit.agency()?,
        recorded_at: tx.now(),
    };
    store::insert_entry(tx, &entry)?;
    events::note(tx, permit, kind, Some(Facet::Measures), &row.record())?;
    Ok(id)
}

/// The entries of one kind, oldest first.
pub fn entries_of(tx: &mut Tx<'_>, row: &MeasureRow, kind: &str) -> Result<Vec<MeasureEntryId>, DbError> {
    let all = store::entries(tx, row.id)?;
    Ok(all.into_iter().filter(|entry| entry.kind == kind).map(|entry| entry.id).collect())
}

/// Begins a clock of a measure on this agency's desk.
pub fn arm<C: Can>(
    tx: &mut Tx<'_>,
    permit: &Permit<'_, C, Case>,
    (clock, record): (Clock, &str),
    agency: AgencyId,
    due: Timestamp,
) -> Result<(), DbError> {
    let arm = Arm { clock, case: Some(permit.case()), record, agency, user: None, when: When::At(due) };
    clocks::arm(tx, &permit.rules().clocks, arm).map(drop)
}

/// What happened to a measure, oldest first. Without the facet, what the reader's own agency recorded.
pub fn entries<C: Can>(tx: &mut Tx<'_>, permit: &Permit<'_, C, Case>, row: &MeasureRow) -> Result<Vec<EntryView>, Problem> {
    let mut shown = Vec::new();
    for entry in store::entries(tx, row.id)? {
        let author = Author::Agency(entry.recorded_agency);
        let words = match permit.open(Facet::Measures, &entry.words, entry.id.as_str())? {
            None => permit.own(author, &entry.words, entry.id.as_str())?,
            opened => opened,
        };
        let Some(words) = words else { continue };
        let knows = permit.shows_others() || permit.is_own(author);
        shown.push(EntryView {
            id: entry.id,
            kind: entry.kind,
            at: entry.at,
            words,
            recorded_at: entry.recorded_at,
            recorded_by: knows.then_some(entry.recorded_by),
        });
    }
    Ok(shown)
}

/// An agency named in a body, of one of these kinds. Errors: 422 naming the field.
pub fn agency_of_kind(tx: &mut Tx<'_>, agency: AgencyId, kinds: &[AgencyKind], at: &'static str) -> Result<AgencyId, Problem> {
    let found = agencies::facts::find(tx, agency)?.ok_or_else(|| Problem::wrong_field(at, FieldCode::NotFound))?;
    if kinds.contains(&found.kind) { Ok(agency) } else { Err(Problem::wrong_field(at, FieldCode::NotAllowedHere)) }
}

/// The law obliges an agency from now on: it sees the least that its duty needs, and is told.
pub fn oblige<C: Can>(
    tx: &mut Tx<'_>,
    permit: &Permit<'_, C, Case>,
    row: &MeasureRow,
    (duty, agency): (DutyKind, AgencyId),
    ends_at: Option<Timestamp>,
) -> Result<(), Problem> {
    // The owner sees the case by its jurisdiction, and more of it.
    if agency == permit.facts().owner {
        return Ok(());
    }
    let offer = permit.disclosure().duty(duty).ok_or_else(Problem::internal)?.offer();
    let grant = NewGrant {
        agency,
        user: None,
        basis: Basis::StatutoryDuty,
        reads: offer.offers,
        writes: offer.writes,
        cause: row.record(),
        consent: None,
        ends_at,
    };
    grants::open(tx, permit, grant)?;
    notify::tell(tx, To::Agency(agency), Notice::DutyBegan, Some(permit.case()), &row.record())?;
    Ok(())
}

/// What a measure obliged anybody to is over: what it opened ends at once, and they hear of it.
pub fn relieve<C: Can>(tx: &mut Tx<'_>, permit: &Permit<'_, C, Case>, row: &MeasureRow) -> Result<(), Problem> {
    let record = row.record();
    tell_relieved(tx, permit, |grant| grant.cause == record)?;
    replaced(tx, permit, row)
}

/// What a measure opened ends, since it opens something else in the same step.
pub fn replaced<C: Can>(tx: &mut Tx<'_>, permit: &Permit<'_, C, Case>, row: &MeasureRow) -> Result<(), Problem> {
    grants::end(tx, permit, Which::Cause(&row.record()), "duty_ended")?;
    Ok(())
}

/// Agencies whose duty ends hear so without a case: who may see it no more would find nothing behind the entry.
fn tell_relieved<C: Can>(
    tx: &mut Tx<'_>,
    permit: &Permit<'_, C, Case>,
    which: impl Fn(&grants::GrantRow) -> bool,
) -> Result<(), DbError> {
    let now = tx.now();
    let all = grants::all(tx, permit)?;
    let ending = all.iter().filter(|it| it.basis == Basis::StatutoryDuty && it.is_live(now) && which(it));
    let whom: BTreeSet<(AgencyId, &str)> = ending.map(|grant| (grant.agency_id, grant.cause.as_str())).collect();
    for (agency, cause) in whom {
        if permit.actor().agency() != Some(agency) {
            notify::tell(tx, To::Agency(agency), Notice::DutyEnded, None, cause)?;
        }
    }
    Ok(())
}

/// What a measure opened goes on until this moment.
pub fn prolong<C: Can>(tx: &mut Tx<'_>, permit: &Permit<'_, C, Case>, row: &MeasureRow, until: Timestamp) -> Result<(), Problem> {
    grants::change(tx, permit, Which::Cause(&row.record()), |grant| grant.ends_at = Some(until))?;
    Ok(())
}

/// Tells the owner, the lead worker and these agencies; of the agency of whoever does it, its handler and deputy.
pub fn tell<C: Can>(
    tx: &mut Tx<'_>,
    permit: &Permit<'_, C, Case>,
    row: &MeasureRow,
    notice: Notice,
    also: &[Option<AgencyId>],
) -> Result<(), Problem> {
    let (own, case, record) = (permit.actor().agency(), Some(permit.case()), row.record());
    let agencies: BTreeSet<AgencyId> =
        std::iter::once(permit.facts().owner).chain(also.iter().copied().flatten()).filter(|it| Some(*it) != own).collect();
    for agency in agencies {
        notify::tell(tx, To::Agency(agency), notice, case, &record)?;
    }
    for person in people::all(tx, permit)? {
        let answers = match person.duty {
            Some(Duty::Lead) => true,
            Some(Duty::Handler | Duty::Deputy) => Some(person.agency_id) == own,
            Some(Duty::Assist) | None => false,
        };
        if answers && !person.walled && permit.actor().user() != Some(person.user_id) {
            notify::tell(tx, To::User(person.agency_id, person.user_id), notice, case, &record)?;
        }
    }
    Ok(())
}

fn known<C: Can>(tx: &mut Tx<'_>, permit: &Permit<'_, C, Case>) -> Result<Vec<Known>, DbError> {
    let rows = store::all(tx, permit)?;
    Ok(rows.into_iter().map(|row| Known { kind: row.kind, state: row.state, flag: row.flag, ends_on: row.ends_on }).collect())
}

/// What of the permit's case stands in the way of mediation.
pub fn bars<C: Can>(tx: &mut Tx<'_>, permit: &Permit<'_, C, Case>) -> Result<Bars, DbError> {
    let today = tx.now().day();
    Ok(super::bars(&known(tx, permit)?, today))
}

/// Whether a protection order binds the respondent now: a case with one is not closed without a plan for it.
pub fn has_running_order<C: Can>(tx: &mut Tx<'_>, permit: &Permit<'_, C, Case>) -> Result<bool, DbError> {
    let today = tx.now().day();
    Ok(known(tx, permit)?.iter().any(|it| it.kind == MeasureKind::ProtectionOrder && binds(it, today)))
}

/// The case is closed: what the law let others see of it ends.
pub fn ends_with_case<C: Can>(tx: &mut Tx<'_>, permit: &Permit<'_, C, Case>) -> Result<(), DbError> {
    tell_relieved(tx, permit, |_| true)?;
    grants::end(tx, permit, Which::Basis(Basis::StatutoryDuty), "case_closed").map(drop)
}

/// The case is open again: its clocks stopped when it was closed, but an order binds on, and when it ends is told in time.
pub fn reopened<C: Can>(tx: &mut Tx<'_>, permit: &Permit<'_, C, Case>) -> Result<(), DbError> {
    let today = tx.now().day();
    for row in store::all(tx, permit)? {
        if let (true, Some(end)) = (row.kind == MeasureKind::ProtectionOrder && binds(&row.known(), today), row.ends_on) {
            arm(tx, permit, (Clock::OrderEnds, &row.record()), permit.facts().owner, end.end())?;
        }
    }
    Ok(())
}

/// A hearing, as clocks name it.
pub fn hearing(entry: MeasureEntryId) -> String {
    format!("hearing/{entry}")
}

/// Plans a visit.
pub fn plan_visit<C: Can>(
    tx: &mut Tx<'_>,
    permit: &Permit<'_, C, Case>,
    row: &MeasureRow,
    due_on: Day,
) -> Result<VisitRow, Problem> {
    if !permit.writes().has(Facet::Measures) {
        return Err(Problem::forbidden());
    }
    let visit = VisitRow {
        id: tx.new_id()?,
        measure_id: row.id,
        case_id: permit.case(),
        state: VisitState::Planned,
        due_on,
        visitor_id: None,
        set_out_at: None,
        back_by: None,
        done_at: None,
        words: None,
        recorded_by: None,
        recorded_agency: None,
        version: 1,
    };
    store::insert_visit(tx, &visit)?;
    permit.changed("measure_visit", visit.id.as_str(), &["state", "due_on"]);
    Ok(visit)
}

impl VisitRow {
    /// Kind and id, as clocks name it.
    pub fn record(&self) -> String {
        format!("measure_visit/{}", self.id)
    }
}

/// The measure is over: visits that were planned are waited for no more.
pub fn visits_end(tx: &mut Tx<'_>, row: &MeasureRow) -> Result<(), DbError> {
    for visit in store::visits(tx, row.id, None, i64::MAX)? {
        clocks::stop_all(tx, &visit.record())?;
    }
    Ok(())
}

/// A visit of the permit's case, with the measure it is of. Errors: 404.
pub fn visit<C: Can>(
    tx: &mut Tx<'_>,
    permit: &Permit<'_, C, Case>,
    kind: MeasureKind,
    id: MeasureVisitId,
) -> Result<(MeasureRow, VisitRow), Problem> {
    let visit = store::visit(tx, permit, id)?;
    Ok((find(tx, permit, kind, visit.measure_id)?, visit))
}

/// A measure's visits, newest first.
pub fn visits<C: Can>(
    tx: &mut Tx<'_>,
    permit: &Permit<'_, C, Case>,
    row: &MeasureRow,
    page: &Page,
) -> Result<List<VisitView>, Problem> {
    const LIST: &str = "measure_visits";
    let rows = store::visits(tx, row.id, page.past(LIST)?, page.with_one_more())?;
    let views = rows.iter().map(|visit| visit_view(permit, visit)).collect::<Result<Vec<_>, _>>()?;
    Ok(page.of(LIST, views, |view| view.id))
}

/// A visit as its reader sees it.
pub fn visit_view<C: Can>(permit: &Permit<'_, C, Case>, row: &VisitRow) -> Result<VisitView, Problem> {
    let author = row.recorded_agency.map(Author::Agency);
    let text = match &row.words {
        None => None,
        Some(sealed) => match (permit.open(Facet::Measures, sealed, row.id.as_str())?, author) {
            (None, Some(author)) => permit.own(author, sealed, row.id.as_str())?,
            (opened, _) => opened,
        },
    };
    let knows = permit.shows_others() || author.is_some_and(|author| permit.is_own(author));
    Ok(VisitView {
        id: row.id,
        measure_id: row.measure_id,
        state: row.state,
        due_on: row.due_on,
        set_out_at: row.set_out_at,
        back_by: row.back_by,
        done_at: row.done_at,
        text: text.map(|VisitWords { text }| text),
        recorded_by: row.recorded_by.filter(|_| knows),
        recorded_agency: row.recorded_agency.filter(|_| knows),
        version: row.version,
    })
}

/// Saves a visit after a step; `text`: what came of it.
pub fn save_visit<C: Can>(
    tx: &mut Tx<'_>,
    permit: &Permit<'_, C, Case>,
    row: &mut VisitRow,
    text: Option<&Text>,
) -> Result<(), Problem> {
    if let Some(text) = text {
        row.words = Some(permit.seal_as(Facet::Measures, &VisitWords { text: text.clone() }, row.id.as_str())?);
        row.recorded_by = Some(permit.user()?);
        row.recorded_agency = Some(permit.agency()?);
    } else if !permit.writes().has(Facet::Measures) {
        return Err(Problem::forbidden());
    }
    store::save_visit(tx, row)?;
    permit.changed("measure_visit", row.id.as_str(), &["state", "words"]);
    Ok(())
}
