//! Use cases of police matters.

use super::{Conclude, MatterView, RecordMatter, Release, conclude as next};
use crate::access::can::{Can, Record, View};
use crate::access::{Again, Case, Permit, risk};
use crate::base::db::Tx;
use crate::base::ids::MeasureId;
use crate::base::problem::Problem;
use crate::base::words::{Action, AgencyKind, MatterState, MeasureKind};
use crate::door::{Created, List, Page};
use crate::features::measures::facts::{self, MeasureRow, NewMeasure};
use crate::features::measures::{EntryWords, MeasureWords};
use crate::features::mediation;
use crate::notify::Notice;

const KIND: MeasureKind = MeasureKind::PoliceMatter;

fn view<C: Can>(tx: &mut Tx<'_>, permit: &Permit<'_, C, Case>, row: &MeasureRow) -> Result<MatterView, Problem> {
    let words = facts::words(permit, row)?;
    Ok(MatterView {
        id: row.id,
        case_id: row.case_id,
        state: row.state()?,
        crime_suspected: row.flag,
        station_id: row.station_id,
        number: words.number,
        opened_on: row.begins_on,
        concluded_on: row.ends_on,
        text: words.text,
        outcome: words.outcome,
        entries: facts::entries(tx, permit, row)?,
        version: row.version,
    })
}

impl Again for MatterView {
    type Key = MeasureId;
    const VIEW: Action = Action::ViewPoliceMatter;
    fn key(&self) -> MeasureId {
        self.id
    }
    fn again(tx: &mut Tx<'_>, permit: &Permit<'_, View, Case>, key: MeasureId) -> Result<Self, Problem> {
        let row = facts::find(tx, permit, KIND, key)?;
        view(tx, permit, &row)
    }
}

/// The case's police matters, newest first.
pub(super) fn page(tx: &mut Tx<'_>, permit: &Permit<'_, View, Case>, page: &Page) -> Result<List<MatterView>, Problem> {
    facts::page(tx, permit, KIND, page, |tx, row| view(tx, permit, row))
}

/// The police look into something: nobody mediates meanwhile. A station named by the owner learns nothing by it.
pub(super) fn record(
    tx: &mut Tx<'_>,
    permit: &Permit<'_, Record, Case>,
    body: &RecordMatter,
) -> Result<Created<MatterView>, Problem> {
    let own = permit.agency()?;
    let named = body.station.or_else(|| (own != permit.facts().owner).then_some(own));
    let station = named.map(|it| facts::agency_of_kind(tx, it, &[AgencyKind::PoliceStation], "/station")).transpose()?;
    let words = MeasureWords { number: body.number.clone(), text: Some(body.text.clone()), ..MeasureWords::default() };
    let new = NewMeasure {
        kind: KIND,
        state: MatterState::Open.as_str(),
        station,
        court: None,
        flag: body.crime_suspected,
        begins_on: Some(body.opened_on),
        words,
    };
    let row = facts::enter(tx, permit, &new)?;
    facts::note(tx, permit, &row, ("police_matter_recorded", body.opened_on.start()), &EntryWords::default())?;
    facts::tell(tx, permit, &row, Notice::MeasureChanged, &[])?;
    mediation::facts::reconsider(tx, permit)?;
    Ok(Created(view(tx, permit, &row)?))
}

/// `open → concluded`; whether a crime is suspected is said anew.
pub(super) fn conclude(
    tx: &mut Tx<'_>,
    permit: &Permit<'_, Record, Case>,
    seen: (MeasureId, i64),
    body: &Conclude,
) -> Result<MatterView, Problem> {
    let mut row = facts::find_seen(tx, permit, KIND, seen, "conclude")?;
    next(row.state()?)?.as_str().clone_into(&mut row.state);
    let words = MeasureWords { outcome: Some(body.outcome.clone()), ..facts::words(permit, &row)? };
    facts::rewrite(permit, &mut row, &words)?;
    (row.flag, row.ends_on) = (body.crime_suspected, Some(body.concluded_on));
    facts::save(tx, permit, &mut row, &["state", "crime_suspected", "outcome"])?;
    facts::note(tx, permit, &row, ("police_matter_concluded", body.concluded_on.start()), &EntryWords::default())?;
    facts::tell(tx, permit, &row, Notice::MeasureChanged, &[])?;
    view(tx, permit, &row)
}

/// The respondent is free again: what was assessed before says little any more, and whoever works the case hears of it.
pub(super) fn release(
    tx: &mut Tx<'_>,
    permit: &Permit<'_, Record, Case>,
    seen: (MeasureId, i64),
    body: &Release,
) -> Result<MatterView, Problem> {
    let mut row = facts::find_seen(tx, permit, KIND, seen, "release")?;
    facts::save(tx, permit, &mut row, &["releases"])?;
    let words = EntryWords { text: Some(body.text.clone()), ..EntryWords::default() };
    facts::note(tx, permit, &row, ("respondent_released", body.at), &words)?;
    facts::tell(tx, permit, &row, Notice::RespondentReleased, &[])?;
    risk::due_at_once(tx, permit)?;
    view(tx, permit, &row)
}
