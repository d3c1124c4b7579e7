//! Use cases of court proceedings.

use super::{Conclude, Hearing, Open, ProceedingView, while_open};
use crate::access::can::{Can, Record, View};
use crate::access::{Again, Case, Permit};
use crate::base::db::Tx;
use crate::base::ids::MeasureId;
use crate::base::problem::Problem;
use crate::base::words::{Action, AgencyKind, Clock, MatterState, MeasureKind};
use crate::clocks;
use crate::door::{Created, List, Page};
use crate::features::measures::facts::{self, MeasureRow, NewMeasure};
use crate::features::measures::{EntryWords, MeasureWords};
use crate::notify::Notice;

const KIND: MeasureKind = MeasureKind::Proceeding;

/// As entries and the timeline name a hearing's date.
const HEARING: &str = "hearing_set";

fn view<C: Can>(tx: &mut Tx<'_>, permit: &Permit<'_, C, Case>, row: &MeasureRow) -> Result<ProceedingView, Problem> {
    let words = facts::words(permit, row)?;
    Ok(ProceedingView {
        id: row.id,
        case_id: row.case_id,
        state: row.state()?,
        kind: words.proceeding,
        court_id: row.court_id,
        court: words.court,
        number: words.number,
        opened_on: row.begins_on,
        concluded_on: row.ends_on,
        text: words.text,
        outcome: words.outcome,
        entries: facts::entries(tx, permit, row)?,
        version: row.version,
    })
}

impl Again for ProceedingView {
    type Key = MeasureId;
    const VIEW: Action = Action::ViewProceeding;
    fn key(&self) -> MeasureId {
        self.id
    }
    fn again(tx: &mut Tx<'_>, permit: &Permit<'_, View, Case>, key: MeasureId) -> Result<Self, Problem> {
        let row = facts::find(tx, permit, KIND, key)?;
        view(tx, permit, &row)
    }
}

/// The case's proceedings, newest first.
pub(super) fn page(tx: &mut Tx<'_>, permit: &Permit<'_, View, Case>, page: &Page) -> Result<List<ProceedingView>, Problem> {
    facts::page(tx, permit, KIND, page, |tx, row| view(tx, permit, row))
}

/// A proceeding begins. That a court hears of the case by it is the court's own matter: no grant comes of it.
pub(super) fn open(tx: &mut Tx<'_>, permit: &Permit<'_, Record, Case>, body: &Open) -> Result<Created<ProceedingView>, Problem> {
    let court = body.court.map(|court| facts::agency_of_kind(tx, court, &[AgencyKind::Court], "/court")).transpose()?;
    let words = MeasureWords {
        proceeding: Some(body.kind),
        court: body.court_name.clone(),
        number: body.number.clone(),
        text: body.text.clone(),
        ..MeasureWords::default()
    };
    let new = NewMeasure {
        kind: KIND,
        state: MatterState::Open.as_str(),
        station: None,
        court,
        flag: false,
        begins_on: Some(body.opened_on),
        words,
    };
    let row = facts::enter(tx, permit, &new)?;
    facts::note(tx, permit, &row, ("proceeding_opened", body.opened_on.start()), &EntryWords::default())?;
    facts::tell(tx, permit, &row, Notice::MeasureChanged, &[])?;
    Ok(Created(view(tx, permit, &row)?))
}

/// A hearing's date. Another one of it is another entry: which held before is kept.
pub(super) fn hearing(
    tx: &mut Tx<'_>,
    permit: &Permit<'_, Record, Case>,
    seen: (MeasureId, i64),
    body: &Hearing,
) -> Result<ProceedingView, Problem> {
    let mut row = facts::find_seen(tx, permit, KIND, seen, "hearings")?;
    while_open(row.state()?, "hearings")?;
    facts::save(tx, permit, &mut row, &["hearing"])?;
    let entry = EntryWords { place: body.place.clone(), text: body.text.clone(), ..EntryWords::default() };
    let id = facts::note(tx, permit, &row, (HEARING, body.at), &entry)?;
    // One that is over is entered for the record alone.
    if body.at > tx.now() {
        facts::arm(tx, permit, (Clock::HearingDate, &facts::hearing(id)), permit.facts().owner, body.at)?;
    }
    facts::tell(tx, permit, &row, Notice::MeasureChanged, &[])?;
    view(tx, permit, &row)
}

/// `open → concluded`.
pub(super) fn conclude(
    tx: &mut Tx<'_>,
    permit: &Permit<'_, Record, Case>,
    seen: (MeasureId, i64),
    body: &Conclude,
) -> Result<ProceedingView, Problem> {
    let mut row = facts::find_seen(tx, permit, KIND, seen, "conclude")?;
    while_open(row.state()?, "conclude")?;
    let words = MeasureWords { outcome: Some(body.outcome.clone()), ..facts::words(permit, &row)? };
    facts::rewrite(permit, &mut row, &words)?;
    MatterState::Concluded.as_str().clone_into(&mut row.state);
    row.ends_on = Some(body.concluded_on);
    facts::save(tx, permit, &mut row, &["state", "outcome"])?;
    for hearing in facts::entries_of(tx, &row, HEARING)? {
        clocks::stop(tx, Clock::HearingDate, &facts::hearing(hearing))?;
    }
    facts::note(tx, permit, &row, ("proceeding_concluded", body.concluded_on.start()), &EntryWords::default())?;
    facts::tell(tx, permit, &row, Notice::MeasureChanged, &[])?;
    view(tx, permit, &row)
}
