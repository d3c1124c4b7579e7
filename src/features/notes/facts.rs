//! What other features ask of notes.

use super::{NoteView, steps};
use crate::access::can::Can;
use crate::access::{Case, Permit};
use crate::base::db::Tx;
use crate::base::problem::Problem;

/// The newest notes that the permit's reader sees, as `GET /cases/{id}/notes` shows them.
pub fn latest<C: Can>(tx: &mut Tx<'_>, permit: &Permit<'_, C, Case>, limit: i64) -> Result<Vec<NoteView>, Problem> {
    steps::latest(tx, permit, limit)
}
