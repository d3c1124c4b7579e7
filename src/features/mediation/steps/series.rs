//! A series: proposed, cleared, ended.

use std::collections::HashMap;

use super::{
    advance, evidence, find, find_seen, in_facet, note, papers, pass_gate, sessions, taking_part, tell, waiving, who_declared,
};
use crate::access::can::{Can, Mediate, View};
use crate::access::facets::Mediation;
use crate::access::{Again, Case, Permit};
use crate::base::db::{DbError, Tx};
use crate::base::ids::{CaseId, MediationId, PartyId};
use crate::base::problem::Problem;
use crate::base::text::Text;
use crate::base::words::{Action, MediationState};
use crate::door::{Created, List, Page};
use crate::features::mediation::Refused;
use crate::features::mediation::bodies::{Leave, Propose};
use crate::features::mediation::facts::{MediationSummary, SessionSummary};
use crate::features::mediation::gate::{Condition, GateView, missing};
use crate::features::mediation::series::{Step, is_live};
use crate::features::mediation::store;
use crate::features::mediation::store::series::{Ending, Note, SeriesRow};
use crate::features::mediation::views::{EndingView, MediationView};
use crate::notify::{self, Notice};

const LIST: &str = "mediations";

pub(super) fn record(id: MediationId) -> String {
    format!("mediation/{id}")
}

/// A series, as the permit shows it.
pub(super) fn view<C: Can>(tx: &mut Tx<'_>, permit: &Permit<'_, C, Case>, row: &SeriesRow) -> Result<MediationView, Problem> {
    let key = permit.facet::<Mediation>().ok_or_else(Problem::not_found)?;
    let name = row.id.as_str();
    let note = row.note.as_ref().map(|sealed| key.open(sealed, name)).transpose()?;
    let ending = row.ending.as_ref().map(|sealed| key.open(sealed, name)).transpose()?;
    Ok(MediationView {
        id: row.id,
        case_id: row.case_id,
        state: row.state,
        mediator_user: row.mediator_id,
        proposed_by: row.proposed_by,
        proposed_at: row.proposed_at,
        cleared_at: row.cleared_at,
        ended_at: row.ended_at,
        note: note.map(|content| content.note),
        ending: ending.map(|content| EndingView { party_id: content.party, reason: content.reason }),
        gate: gate_view(tx, permit, row)?,
        waiver: waiving::shown(tx, permit, row)?,
        agreement_signed_on: store::agreements::signed(tx, &[row.id])?.remove(&row.id),
        version: row.version,
    })
}

impl Again for MediationView {
    type Key = MediationId;
    const VIEW: Action = Action::ViewMediation;
    fn key(&self) -> MediationId {
        self.id
    }
    fn again(tx: &mut Tx<'_>, permit: &Permit<'_, View, Case>, key: MediationId) -> Result<Self, Problem> {
        let row = find(tx, permit, key)?;
        view(tx, permit, &row)
    }
}

/// The series under the path of its own case.
pub fn of_case(
    tx: &mut Tx<'_>,
    permit: &Permit<'_, View, Case>,
    case: CaseId,
    id: MediationId,
) -> Result<MediationView, Problem> {
    if permit.case() == case { MediationView::again(tx, permit, id) } else { Err(Problem::not_found()) }
}

/// The gate alone.
pub fn gate(tx: &mut Tx<'_>, permit: &Permit<'_, View, Case>, id: MediationId) -> Result<GateView, Problem> {
    let row = find(tx, permit, id)?;
    gate_view(tx, permit, &row)
}

/// What the gate rests on beside mediation is disclosed with it, where the reader may see it.
fn gate_view<C: Can>(tx: &mut Tx<'_>, permit: &Permit<'_, C, Case>, row: &SeriesRow) -> Result<GateView, Problem> {
    let evidence = evidence(tx, permit, row, row.mediator_id.as_slice())?;
    for facet in Condition::ALL.iter().filter_map(|condition| condition.rests_on()) {
        permit.shows(facet);
    }
    Ok(GateView::of(&evidence, permit.reads()))
}

/// The case's series, newest first.
pub fn page(tx: &mut Tx<'_>, permit: &Permit<'_, View, Case>, page: &Page) -> Result<List<MediationSummary>, Problem> {
    in_facet(permit)?;
    let rows = store::series::page(tx, permit, page.past(LIST)?, page.with_one_more())?;
    Ok(page.of(LIST, summaries(tx, permit, &rows)?, |item| item.id))
}

/// These series in short: the list and the case's view are made of the same.
pub(in crate::features::mediation) fn summaries<C: Can>(
    tx: &mut Tx<'_>,
    permit: &Permit<'_, C, Case>,
    rows: &[SeriesRow],
) -> Result<Vec<MediationSummary>, Problem> {
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<MediationId> = rows.iter().map(|row| row.id).collect();
    let mut sessions: HashMap<MediationId, Vec<SessionSummary>> = HashMap::new();
    for (series, id, starts_at, state, outcome) in store::sessions::short(tx, &ids)? {
        sessions.entry(series).or_default().push(SessionSummary { id, starts_at, state, outcome });
    }
    let mut signed = store::agreements::signed(tx, &ids)?;
    rows.iter()
        .map(|row| {
            let gate_passed = match (row.cleared_at, is_live(row.state)) {
                (None, _) => false,
                (Some(_), false) => true,
                (Some(_), true) => missing(&evidence(tx, permit, row, row.mediator_id.as_slice())?).is_empty(),
            };
            Ok(MediationSummary {
                id: row.id,
                state: row.state,
                proposed_at: row.proposed_at,
                gate_passed,
                sessions: sessions.remove(&row.id).unwrap_or_default(),
                agreement_signed_on: signed.remove(&row.id),
            })
        })
        .collect()
}

/// Proposes mediation. One live series a case.
pub fn propose(tx: &mut Tx<'_>, permit: &Permit<'_, Mediate, Case>, body: &Propose) -> Result<Created<MediationView>, Refused> {
    in_facet(permit)?;
    let pen = permit.pen::<Mediation>()?;
    if let Some(mediator) = body.mediator_user {
        who_declared(tx, permit, mediator, "/mediator_user")?;
    }
    let id: MediationId = tx.new_id()?;
    let note_of = |text: &Text| pen.seal(&Note { note: text.clone() }, id.as_str());
    let row = SeriesRow {
        id,
        case_id: permit.case(),
        state: MediationState::Proposed,
        mediator_id: body.mediator_user,
        proposed_by: permit.user()?,
        proposed_at: tx.now(),
        cleared_at: None,
        ended_at: None,
        note: body.note.as_ref().map(note_of).transpose()?,
        ending: None,
        version: 1,
    };
    store::series::insert(tx, &row).map_err(|error| match error {
        DbError::Unique => Refused::LiveAlready,
        other => other.into(),
    })?;
    permit.changed("mediation", id.as_str(), &["state", "mediator", "note"]);
    note(tx, permit, "mediation_proposed", &record(id))?;
    tell(tx, permit, Notice::MediationProposed, &record(id), &[row.mediator_id])?;
    Ok(Created(view(tx, permit, &row)?))
}

/// `screening → cleared`, when every condition of the gate is met.
pub fn clear(tx: &mut Tx<'_>, permit: &Permit<'_, Mediate, Case>, id: MediationId, seen: i64) -> Result<MediationView, Refused> {
    let mut row = find_seen(tx, permit, id, seen)?;
    permit.pen::<Mediation>()?;
    crate::features::mediation::series::next(row.state, Step::Clear)?;
    pass_gate(tx, permit, &row, row.mediator_id.as_slice())?;
    row.cleared_at = Some(tx.now());
    advance(tx, permit, &mut row, Step::Clear)?;
    note(tx, permit, "mediation_cleared", &record(id))?;
    notify::answered(tx, &record(id), Notice::MediationProposed)?;
    Ok(view(tx, permit, &row)?)
}

/// A party refuses or stops: any time before the end.
pub fn leave(
    tx: &mut Tx<'_>,
    permit: &Permit<'_, Mediate, Case>,
    id: MediationId,
    seen: i64,
    (step, body): (Step, &Leave),
) -> Result<MediationView, Refused> {
    let row = find_seen(tx, permit, id, seen)?;
    crate::features::mediation::series::next(row.state, step)?;
    taking_part(tx, permit, body.party_id, "/party_id")?;
    end(tx, permit, row, step, (Some(body.party_id), body.reason.as_ref()))
}

/// The office calls it off.
pub fn cancel(
    tx: &mut Tx<'_>,
    permit: &Permit<'_, Mediate, Case>,
    id: MediationId,
    seen: i64,
    reason: Option<&Text>,
) -> Result<MediationView, Refused> {
    let row = find_seen(tx, permit, id, seen)?;
    end(tx, permit, row, Step::Cancel, (None, reason))
}

fn end(
    tx: &mut Tx<'_>,
    permit: &Permit<'_, Mediate, Case>,
    mut row: SeriesRow,
    step: Step,
    (party, reason): (Option<PartyId>, Option<&Text>),
) -> Result<MediationView, Refused> {
    let ending = Ending { party, reason: reason.cloned() };
    row.ending = Some(permit.pen::<Mediation>()?.seal(&ending, row.id.as_str())?);
    row.ended_at = Some(tx.now());
    advance(tx, permit, &mut row, step)?;
    after_end(tx, permit, &row)?;
    Ok(view(tx, permit, &row)?)
}

/// A series is over: what was to come of it is called off, and all who wait hear of it.
pub(super) fn after_end<C: Can>(tx: &mut Tx<'_>, permit: &Permit<'_, C, Case>, row: &SeriesRow) -> Result<(), Problem> {
    let (record, kind) = (record(row.id), ended_as(row.state));
    sessions::call_off(tx, permit, row.id)?;
    note(tx, permit, kind, &record)?;
    notify::answered(tx, &record, Notice::MediationProposed)?;
    tell(tx, permit, Notice::MediationEnded, &record, &[row.mediator_id])
}

const fn ended_as(state: MediationState) -> &'static str {
    match state {
        MediationState::Agreed => "mediation_agreed",
        MediationState::NotAgreed => "mediation_not_agreed",
        MediationState::Refused => "mediation_refused",
        MediationState::Stopped => "mediation_stopped",
        MediationState::Cancelled => "mediation_cancelled",
        MediationState::Proposed | MediationState::Screening | MediationState::Cleared => "mediation_changed",
    }
}

/// The case is closed: its live series is called off.
pub(in crate::features::mediation) fn end_live<C: Can>(tx: &mut Tx<'_>, permit: &Permit<'_, C, Case>) -> Result<(), Problem> {
    let Some(mut row) = store::series::live(tx, permit)? else { return Ok(()) };
    row.ended_at = Some(tx.now());
    advance(tx, permit, &mut row, Step::Cancel)?;
    after_end(tx, permit, &row)?;
    // In a closed case nobody releases a paper any more.
    Ok(papers::void(tx, permit, row.id, None)?)
}
