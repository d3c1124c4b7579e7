//! Use cases of notes.

use std::collections::HashMap;

use super::rules::NoteRefused;
use super::store::{self, NoteRow, Placed, SealRow};
use super::{AddNote, Amend, Body, NoteFilter, NoteView, SealedNote};
use crate::access::can::{Can, Record, View};
use crate::access::{Again, Author, Case, Opened, Permit, RecordKeys, events, risk};
use crate::base::db::{DbError, Tx};
use crate::base::ids::{CaseId, NoteId, UserId};
use crate::base::problem::Problem;
use crate::base::words::{Action, Facet, NoteKind};
use crate::door::{List, Page};
use crate::features::{assignments, users};

/// The list's name in its cursors.
const LIST: &str = "notes";

fn record(id: NoteId) -> String {
    format!("note/{id}")
}

/// Adds a note under its kind's facet.
pub fn add(tx: &mut Tx<'_>, permit: &Permit<'_, Record, Case>, new: &AddNote) -> Result<NoteView, Problem> {
    let id: NoteId = tx.new_id()?;
    let facet = new.kind.facet();
    let (body, keys) = permit.seal_record(tx, facet, &Body(new.text.clone()), id.as_str())?;
    let row = NoteRow {
        id,
        case_id: permit.case(),
        kind: new.kind,
        facet,
        author_id: permit.user()?,
        author_agency_id: permit.agency()?,
        amends: None,
        minutes: new.minutes,
        occurred_at: new.occurred_at.unwrap_or(tx.now()),
        written_at: tx.now(),
        body,
    };
    store::insert(tx, permit, &row)?;
    if let Some(minutes) = row.minutes {
        assignments::facts::record_service(tx, permit, id, minutes, row.occurred_at)?;
    }
    events::note(tx, permit, "note_added", Some(facet), &record(id))?;
    if row.kind == NoteKind::Incident {
        risk::due_at_once(tx, permit)?;
    }
    show(tx, permit, row.into(), &keys)
}

/// Adds to a note, or puts it right, by another that points at it and stands where it stands.
pub fn amend(tx: &mut Tx<'_>, permit: &Permit<'_, Record, Case>, id: NoteId, new: &Amend) -> Result<NoteView, Problem> {
    let before = store::find(tx, permit, id)?.ok_or(NoteRefused::Withheld)?;
    before.stance(permit).amends()?;
    let (facet, kind) = (before.facet(), before.row.kind);
    let amendment: NoteId = tx.new_id()?;
    let original = before.row.amends.unwrap_or(id);
    // Authors put right what they wrote, though their grant may not name its facet any more: `amends` asked.
    let (body, keys) = permit.seal_own_record(tx, &Body(new.text.clone()), amendment.as_str())?;
    let row = NoteRow {
        id: amendment,
        case_id: permit.case(),
        kind,
        facet,
        author_id: permit.user()?,
        author_agency_id: permit.agency()?,
        // An amendment's amendment amends the original.
        amends: Some(original),
        minutes: new.minutes,
        occurred_at: tx.now(),
        written_at: tx.now(),
        body,
    };
    store::insert(tx, permit, &row)?;
    if let Some(minutes) = row.minutes {
        // In the month of the service itself, whenever it is put right.
        let at = if original == id { before.row.occurred_at } else { store::occurred_at(tx, permit, original)? };
        assignments::facts::correct_service(tx, permit, (original, amendment), minutes, at)?;
    }
    events::note(tx, permit, "note_amended", Some(facet), &record(amendment))?;
    show(tx, permit, row.into(), &keys)
}

/// Seals a note, and its amendments, into `confidential`. Their events on the timeline move along, so that nothing there
/// tells those who read it until now that it is still somewhere.
pub fn seal(tx: &mut Tx<'_>, permit: &Permit<'_, Record, Case>, id: NoteId) -> Result<SealedNote, Problem> {
    let before = store::find(tx, permit, id)?.ok_or(NoteRefused::Withheld)?;
    before.stance(permit).seals()?;
    let (facet, since, by_user) = (Facet::Confidential, tx.now(), permit.user()?);
    let amendments = store::amendments_outside(tx, id, facet)?;
    for note_id in std::iter::once(id).chain(amendments) {
        store::seal(tx, permit, &SealRow { note_id, facet, since, by_user })?;
        events::moved(tx, permit, &record(note_id), facet)?;
    }
    events::note(tx, permit, "note_sealed", Some(facet), &record(id))?;
    Ok(SealedNote { id, facet, sealed_at: since })
}

/// The case's notes that the reader sees, newest first.
pub fn list(
    tx: &mut Tx<'_>,
    permit: &Permit<'_, View, Case>,
    filter: &NoteFilter,
    page: &Page,
) -> Result<List<NoteView>, Problem> {
    let rows = store::page(tx, permit, &filter.kind, page.past(LIST)?, page.with_one_more())?;
    Ok(page.of(LIST, show_all(tx, permit, rows)?, |view| view.id))
}

/// The newest notes that the reader sees.
pub fn latest<C: Can>(tx: &mut Tx<'_>, permit: &Permit<'_, C, Case>, limit: i64) -> Result<Vec<NoteView>, Problem> {
    let rows = store::page(tx, permit, &[], None, limit)?;
    Ok(show_all(tx, permit, rows)?)
}

/// One note of the case in the path.
pub fn view(tx: &mut Tx<'_>, permit: &Permit<'_, View, Case>, (case, id): (CaseId, NoteId)) -> Result<NoteView, Problem> {
    if permit.case() != case {
        return Err(Problem::not_found());
    }
    let note = store::find(tx, permit, id)?.ok_or(NoteRefused::Withheld)?;
    note.stance(permit).sees()?;
    let keys = permit.record_keys(tx, std::iter::once(note.row.id.as_str()))?;
    show(tx, permit, note, &keys)
}

impl From<NoteRow> for Placed {
    fn from(row: NoteRow) -> Self {
        Self { row, seal: None }
    }
}

fn show<C: Can>(tx: &mut Tx<'_>, permit: &Permit<'_, C, Case>, note: Placed, keys: &RecordKeys) -> Result<NoteView, Problem> {
    opened(tx, permit, vec![note], keys)?.pop().ok_or_else(Problem::not_found)
}

/// Those of these notes that open to the reader.
fn show_all<C: Can>(tx: &mut Tx<'_>, permit: &Permit<'_, C, Case>, rows: Vec<Placed>) -> Result<Vec<NoteView>, DbError> {
    let keys = permit.record_keys(tx, rows.iter().map(|note| note.row.id.as_str()))?;
    opened(tx, permit, rows, &keys)
}

fn opened<C: Can>(
    tx: &mut Tx<'_>,
    permit: &Permit<'_, C, Case>,
    rows: Vec<Placed>,
    keys: &RecordKeys,
) -> Result<Vec<NoteView>, DbError> {
    let authors: Vec<UserId> = rows.iter().map(|note| note.row.author_id).collect();
    let names = if authors.is_empty() { HashMap::new() } else { users::facts::names(tx, &authors)? };
    let mut views = Vec::with_capacity(rows.len());
    for note in rows {
        let (facet, row) = (note.facet(), &note.row);
        let text = match permit.open_record(keys, (facet, Author::User(row.author_id)), &row.body, row.id.as_str())? {
            Opened::Withheld => continue,
            Opened::Erased => None,
            Opened::Said(Body(text)) => Some(text),
        };
        views.push(NoteView {
            id: row.id,
            case_id: row.case_id,
            kind: row.kind,
            facet,
            author: row.author_id,
            author_name: names.get(&row.author_id).cloned().unwrap_or_default(),
            author_agency: row.author_agency_id,
            amends: row.amends,
            minutes: row.minutes,
            occurred_at: row.occurred_at,
            written_at: row.written_at,
            sealed_at: note.seal.map(|seal| seal.since),
            text,
            erased_at: None,
        });
    }
    let gone: Vec<NoteId> = views.iter().filter(|view| view.text.is_none()).map(|view| view.id).collect();
    if !gone.is_empty() {
        let since = store::erased(tx, &gone)?;
        for view in &mut views {
            view.erased_at = since.get(&view.id).copied();
        }
    }
    Ok(views)
}

impl Again for NoteView {
    type Key = NoteId;
    const VIEW: Action = Action::ViewNote;
    fn key(&self) -> NoteId {
        self.id
    }
    fn again(tx: &mut Tx<'_>, permit: &Permit<'_, View, Case>, id: NoteId) -> Result<Self, Problem> {
        view(tx, permit, (permit.case(), id))
    }
}

impl Again for SealedNote {
    type Key = NoteId;
    const VIEW: Action = Action::ViewNote;
    fn key(&self) -> NoteId {
        self.id
    }
    fn again(tx: &mut Tx<'_>, permit: &Permit<'_, View, Case>, id: NoteId) -> Result<Self, Problem> {
        let note = store::find(tx, permit, id)?.ok_or(NoteRefused::Withheld)?;
        // Whoever sealed it hears that they did, though they may not read it any more.
        let seal = note.seal.filter(|seal| Some(seal.by_user) == permit.actor().user() || note.stance(permit).sees().is_ok());
        seal.map(|seal| Self { id, facet: seal.facet, sealed_at: seal.since }).ok_or_else(Problem::not_found)
    }
}
