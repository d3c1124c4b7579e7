//! What other features ask of notes.

use super::{NoteView, steps, store};
use crate::access::can::{Approve, Can};
use crate::access::{Case, Permit};
use crate::base::db::{DbError, Tx};
use crate::base::ids::NoteId;
use crate::base::problem::Problem;

/// The newest notes that the permit's reader sees, as `GET /cases/{id}/notes` shows them.
pub fn latest<C: Can>(tx: &mut Tx<'_>, permit: &Permit<'_, C, Case>, limit: i64) -> Result<Vec<NoteView>, Problem> {
    steps::latest(tx, permit, limit)
}

/// How the actor stands toward a note that somebody would erase.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Toward {
    /// They see it: by its facet, or as its author.
    pub sees: bool,
    /// They wrote it.
    pub is_own: bool,
    /// It is erased already.
    pub is_erased: bool,
}

/// How the actor stands toward a note of the permit's case; nothing where there is no such note.
pub fn toward<C: Can>(tx: &mut Tx<'_>, permit: &Permit<'_, C, Case>, id: NoteId) -> Result<Option<Toward>, DbError> {
    let Some(note) = store::find(tx, permit, id)? else { return Ok(None) };
    let stance = note.stance(permit);
    let is_erased = !store::erased(tx, &[id])?.is_empty();
    Ok(Some(Toward { sees: stance.sees().is_ok(), is_own: stance.is_own, is_erased }))
}

/// Says that a note is erased: its key goes with the commit, and its text with that; the note stays as what was written when
/// and by whom.
pub fn erase(tx: &mut Tx<'_>, permit: &Permit<'_, Approve, Case>, id: NoteId) -> Result<(), DbError> {
    permit.erase_record(tx, "note", id.as_str())?;
    store::insert_erased(tx, id)
}
