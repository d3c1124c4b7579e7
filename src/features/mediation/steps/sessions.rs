//! Sessions: scheduled, held, put off, called off. The gate is asked each time somebody is to sit down with her.

use std::collections::BTreeSet;

use super::series::after_end;
use super::{advance, evidence, find, note, papers, pass_gate, tell, who_declared};
use crate::access::can::{Can, Mediate, View};
use crate::access::facets::Mediation;
use crate::access::{Again, Case, Permit, Resource};
use crate::base::db::{DbError, Tx};
use crate::base::ids::{AgencyId, MediationId, MediationSessionId, UserId};
use crate::base::problem::Problem;
use crate::base::text::RoomCode;
use crate::base::words::{Action, MediationState, PaperKind, SessionState};
use crate::door::{Created, List, Page};
use crate::features::mediation::Refused;
use crate::features::mediation::bodies::{Hold, Resume, Schedule};
use crate::features::mediation::gate::missing;
use crate::features::mediation::series::{Step, is_live, next};
use crate::features::mediation::sessions::{SessionStep, next as session_next, takes_time};
use crate::features::mediation::slots::slots;
use crate::features::mediation::store::bookings::{self, Thing};
use crate::features::mediation::store::series::SeriesRow;
use crate::features::mediation::store::sessions::{self as rows, Record, Room, SessionRow};
use crate::features::mediation::store::{self};
use crate::features::mediation::views::SessionView;
use crate::notify::Notice;
use crate::vault::tokens::TokenKind;

const LIST: &str = "mediation_sessions";

fn record(id: MediationSessionId) -> String {
    format!("mediation_session/{id}")
}

/// A session, as the permit shows it.
fn view<C: Can>(permit: &Permit<'_, C, Case>, row: &SessionRow) -> Result<SessionView, Problem> {
    let key = permit.facet::<Mediation>().ok_or_else(Problem::not_found)?;
    let name = row.id.as_str();
    let held = row.record.as_ref().map(|sealed| key.open(sealed, name)).transpose()?;
    Ok(SessionView {
        id: row.id,
        mediation_id: row.mediation_id,
        state: row.state,
        outcome: row.outcome,
        starts_at: row.starts_at,
        ends_at: row.ends_at,
        room: key.open(&row.room, name)?.room.into_string(),
        mediator_user: row.mediator_id,
        worker_user: row.worker_id,
        record: held.map(|content| content.record),
        version: row.version,
    })
}

impl Again for SessionView {
    type Key = MediationSessionId;
    const VIEW: Action = Action::ViewMediationSession;
    fn key(&self) -> MediationSessionId {
        self.id
    }
    fn again(tx: &mut Tx<'_>, permit: &Permit<'_, View, Case>, key: MediationSessionId) -> Result<Self, Problem> {
        super::known(permit)?;
        view(permit, &rows::find(tx, permit.case(), key)?)
    }
}

/// The session under the path of its own series.
pub fn of_series(
    tx: &mut Tx<'_>,
    permit: &Permit<'_, View, Case>,
    series: MediationId,
    id: MediationSessionId,
) -> Result<SessionView, Problem> {
    let shown = SessionView::again(tx, permit, id)?;
    if shown.mediation_id == series { Ok(shown) } else { Err(Problem::not_found()) }
}

/// The series' sessions, newest first.
pub fn page(
    tx: &mut Tx<'_>,
    permit: &Permit<'_, View, Case>,
    id: MediationId,
    page: &Page,
) -> Result<List<SessionView>, Problem> {
    let series = find(tx, permit, id)?;
    let found = rows::page(tx, series.id, page.past(LIST)?, page.with_one_more())?;
    let views = found.iter().map(|row| view(permit, row)).collect::<Result<Vec<_>, _>>()?;
    Ok(page.of(LIST, views, |item| item.id))
}

/// The room as bookings know it: of two offices, each may have a room 2.
pub(super) fn room<C: Can, R: Resource>(permit: &Permit<'_, C, R>, office: AgencyId, room: &RoomCode) -> Thing {
    let token = permit.search_token(TokenKind::Name, &format!("room {office} {}", room.as_str()));
    Thing::Room(data_encoding::HEXLOWER.encode(&token))
}

/// Who sits with the parties.
fn present(row: &SessionRow) -> Vec<UserId> {
    std::iter::once(row.mediator_id).chain(row.worker_id).collect()
}

/// Takes the session's people and room for its time. Errors: one of them is taken.
fn book<C: Can>(tx: &mut Tx<'_>, permit: &Permit<'_, C, Case>, row: &SessionRow) -> Result<(), Refused> {
    let key = permit.facet::<Mediation>().ok_or_else(Problem::not_found)?;
    let label = key.open(&row.room, row.id.as_str())?.room;
    let mut things: BTreeSet<Thing> = present(row).into_iter().map(Thing::Person).collect();
    things.insert(room(permit, row.office_id, &label));
    let times: Vec<_> = slots(row.starts_at, row.ends_at).collect();
    bookings::take(tx, row.id, &things, &times).map_err(|error| match error {
        DbError::Unique => Refused::Taken,
        other => other.into(),
    })
}

/// A session gets its time, when the gate is passed at this moment.
pub fn schedule(
    tx: &mut Tx<'_>,
    permit: &Permit<'_, Mediate, Case>,
    id: MediationId,
    body: &Schedule,
) -> Result<Created<SessionView>, Refused> {
    let mut series = find(tx, permit, id)?;
    let pen = permit.pen::<Mediation>()?;
    advance(tx, permit, &mut series, Step::Schedule)?;
    let mediator = who_declared(tx, permit, body.mediator_user, "/mediator_user")?;
    if let Some(worker) = body.worker_user {
        who_declared(tx, permit, worker, "/worker_user")?;
    }
    let session: MediationSessionId = tx.new_id()?;
    let row = SessionRow {
        id: session,
        mediation_id: id,
        case_id: permit.case(),
        state: SessionState::Scheduled,
        outcome: None,
        starts_at: body.starts_at,
        ends_at: body.ends_at,
        office_id: mediator.agency_id,
        room: pen.seal(&Room { room: body.room.clone() }, session.as_str())?,
        mediator_id: body.mediator_user,
        worker_id: body.worker_user,
        record: None,
        version: 1,
    };
    pass_gate(tx, permit, &series, &present(&row))?;
    rows::insert(tx, &row)?;
    book(tx, permit, &row)?;
    let fields = ["state", "starts_at", "ends_at", "room", "mediator", "worker"];
    permit.changed("mediation_session", session.as_str(), &fields);
    changed(tx, permit, &row, "mediation_session_scheduled")?;
    papers::after(tx, permit, &row, PaperKind::Invitation)?;
    Ok(Created(view(permit, &row)?))
}

fn changed<C: Can>(tx: &mut Tx<'_>, permit: &Permit<'_, C, Case>, row: &SessionRow, kind: &'static str) -> Result<(), Problem> {
    note(tx, permit, kind, &record(row.id))?;
    tell(tx, permit, Notice::MediationSessionChanged, &record(row.id), &[Some(row.mediator_id), row.worker_id])
}

/// A session that was seen in this version, and its series. Errors: 412 where it has moved on.
fn find_both(
    tx: &mut Tx<'_>,
    permit: &Permit<'_, Mediate, Case>,
    (series, id): (MediationId, MediationSessionId),
    seen: i64,
) -> Result<(SeriesRow, SessionRow), Problem> {
    let series = find(tx, permit, series)?;
    let row = rows::find(tx, permit.case(), id)?;
    if row.mediation_id != series.id {
        return Err(Problem::not_found());
    }
    permit.pen::<Mediation>()?;
    if row.version == seen { Ok((series, row)) } else { Err(Problem::stale()) }
}

/// It took place. What it came to moves the series.
pub fn hold(
    tx: &mut Tx<'_>,
    permit: &Permit<'_, Mediate, Case>,
    ids: (MediationId, MediationSessionId),
    seen: i64,
    body: &Hold,
) -> Result<SessionView, Refused> {
    let (mut series, mut row) = find_both(tx, permit, ids, seen)?;
    row.state = session_next(row.state, SessionStep::Hold)?;
    next(series.state, Step::Hold(body.outcome))?;
    if tx.now() < row.starts_at {
        return Err(Refused::NotBegun);
    }
    pass_gate(tx, permit, &series, &present(&row))?;
    row.outcome = Some(body.outcome);
    let content = Record { record: body.record.clone() };
    row.record = Some(permit.pen::<Mediation>()?.seal(&content, row.id.as_str())?);
    rows::save(tx, &mut row)?;
    permit.changed("mediation_session", row.id.as_str(), &["state", "outcome", "record"]);
    if !is_live(next(series.state, Step::Hold(body.outcome))?) {
        series.ended_at = Some(tx.now());
    }
    advance(tx, permit, &mut series, Step::Hold(body.outcome))?;
    changed(tx, permit, &row, "mediation_session_held")?;
    papers::void(tx, permit, row.mediation_id, Some(row.id))?;
    if !is_live(series.state) {
        after_end(tx, permit, &series)?;
    }
    Ok(view(permit, &row)?)
}

/// Puts a session off, or calls it off: its people and its room are free again.
pub fn stand_down(
    tx: &mut Tx<'_>,
    permit: &Permit<'_, Mediate, Case>,
    ids: (MediationId, MediationSessionId),
    seen: i64,
    step: SessionStep,
) -> Result<SessionView, Refused> {
    let (mut series, row) = find_both(tx, permit, ids, seen)?;
    let row = moved(tx, permit, row, step)?;
    touch(tx, permit, &mut series)?;
    Ok(view(permit, &row)?)
}

/// A suspended session gets another time, when the gate is passed at this moment.
pub fn resume(
    tx: &mut Tx<'_>,
    permit: &Permit<'_, Mediate, Case>,
    ids: (MediationId, MediationSessionId),
    seen: i64,
    body: &Resume,
) -> Result<SessionView, Refused> {
    let (mut series, mut row) = find_both(tx, permit, ids, seen)?;
    row.state = session_next(row.state, SessionStep::Resume)?;
    advance(tx, permit, &mut series, Step::Schedule)?;
    pass_gate(tx, permit, &series, &present(&row))?;
    (row.starts_at, row.ends_at) = (body.starts_at, body.ends_at);
    rows::save(tx, &mut row)?;
    book(tx, permit, &row)?;
    permit.changed("mediation_session", row.id.as_str(), &["state", "starts_at", "ends_at"]);
    changed(tx, permit, &row, "mediation_session_resumed")?;
    papers::after(tx, permit, &row, PaperKind::Invitation)?;
    Ok(view(permit, &row)?)
}

/// Counts the series on, so that nothing rests on the calendar it had.
fn touch<C: Can>(tx: &mut Tx<'_>, permit: &Permit<'_, C, Case>, series: &mut SeriesRow) -> Result<(), Problem> {
    permit.changed("mediation", series.id.as_str(), &["sessions"]);
    Ok(store::series::save(tx, series)?)
}

/// One session takes a step that frees its time.
fn moved<C: Can>(
    tx: &mut Tx<'_>,
    permit: &Permit<'_, C, Case>,
    mut row: SessionRow,
    step: SessionStep,
) -> Result<SessionRow, Refused> {
    row.state = session_next(row.state, step)?;
    rows::save(tx, &mut row)?;
    if !takes_time(row.state) {
        bookings::give_back(tx, row.id)?;
    }
    permit.changed("mediation_session", row.id.as_str(), &["state"]);
    let (kind, paper) = if row.state == SessionState::Cancelled {
        ("mediation_session_cancelled", PaperKind::Cancelled)
    } else {
        ("mediation_session_suspended", PaperKind::Postponed)
    };
    changed(tx, permit, &row, kind)?;
    papers::after(tx, permit, &row, paper)?;
    Ok(row)
}

/// All of a series' sessions in these states take such a step.
fn all_moved<C: Can>(
    tx: &mut Tx<'_>,
    permit: &Permit<'_, C, Case>,
    series: MediationId,
    states: &[SessionState],
    step: SessionStep,
) -> Result<(), Problem> {
    for row in rows::in_states(tx, series, states)? {
        moved(tx, permit, row, step)?;
    }
    Ok(())
}

/// The series is over: what was to come is called off.
pub(super) fn call_off<C: Can>(tx: &mut Tx<'_>, permit: &Permit<'_, C, Case>, series: MediationId) -> Result<(), Problem> {
    all_moved(tx, permit, series, &[SessionState::Scheduled, SessionState::Suspended], SessionStep::Cancel)
}

/// Somebody's word or fitness has changed: what was scheduled is put off unless the gate holds all the same. The series'
/// version was counted on by the step itself.
pub(super) fn put_off_unless_gate_holds<C: Can>(
    tx: &mut Tx<'_>,
    permit: &Permit<'_, C, Case>,
    series: &SeriesRow,
) -> Result<(), Problem> {
    if series.state != MediationState::Cleared || missing(&evidence(tx, permit, series, &[])?).is_empty() {
        return Ok(());
    }
    all_moved(tx, permit, series.id, &[SessionState::Scheduled], SessionStep::Suspend)
}

/// What the gate rests on has changed outside the series: what is scheduled is put off unless the gate holds all the same.
pub(in crate::features::mediation) fn reconsider<C: Can>(tx: &mut Tx<'_>, permit: &Permit<'_, C, Case>) -> Result<(), Problem> {
    let Some(series) = store::series::live(tx, permit)? else { return Ok(()) };
    if missing(&evidence(tx, permit, &series, &[])?).is_empty() {
        return Ok(());
    }
    suspend_those(tx, permit, |_| true)
}

/// Puts off such of the sessions that the case's live series has scheduled.
pub(in crate::features::mediation) fn suspend_those<C: Can>(
    tx: &mut Tx<'_>,
    permit: &Permit<'_, C, Case>,
    which: impl Fn(&SessionRow) -> bool,
) -> Result<(), Problem> {
    let Some(mut series) = store::series::live(tx, permit)? else { return Ok(()) };
    let mut found = rows::in_states(tx, series.id, &[SessionState::Scheduled])?;
    found.retain(which);
    if found.is_empty() {
        return Ok(());
    }
    for row in found {
        moved(tx, permit, row, SessionStep::Suspend)?;
    }
    touch(tx, permit, &mut series)
}
