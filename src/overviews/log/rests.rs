//! What is made from the log says on which checkpoint it rests, and each line its place: so it can be checked.

use std::collections::HashMap;

use schemars::JsonSchema;
use serde::Serialize;

use crate::audit::log::{store, witnesses};
use crate::base::db::{DbError, Tx};
use crate::base::ids::EntryId;
use crate::base::time::Timestamp;
use crate::door::{List, View};

/// The checkpoint that a page made from the log rests on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(rename = "Checkpoint")]
pub struct CheckpointView {
    /// Entries under it. Whatever has no index yet, or one beyond it, is newer.
    pub size: u64,
    /// When it was signed.
    pub signed_at: Timestamp,
    /// The signed note, with its cosignatures.
    pub note: String,
}

/// One page of a list that is made from the log.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "{V}LogList")]
pub struct FromLog<V> {
    /// The items.
    pub items: Vec<V>,
    /// The cursor of the next page; null at the end.
    pub next: Option<String>,
    /// The checkpoint it rests on; null before the first.
    pub checkpoint: Option<CheckpointView>,
}

impl<V: View> View for FromLog<V> {}

/// The newest checkpoint; nothing before the first.
pub(in crate::overviews) fn checkpoint(tx: &mut Tx<'_>) -> Result<Option<CheckpointView>, DbError> {
    let Some(signed) = store::checkpoint(tx, None)? else { return Ok(None) };
    let note = witnesses::whole_note(tx, &signed)?;
    Ok(Some(CheckpointView { size: signed.size, signed_at: signed.signed_at, note }))
}

/// A page that rests on the newest checkpoint.
pub(in crate::overviews) fn resting<V>(tx: &mut Tx<'_>, list: List<V>) -> Result<FromLog<V>, DbError> {
    Ok(FromLog { items: list.items, next: list.next, checkpoint: checkpoint(tx)? })
}

/// The places of these entries; those that have none yet are left out.
pub(in crate::overviews) fn places(tx: &mut Tx<'_>, entries: &[EntryId]) -> Result<HashMap<EntryId, u64>, DbError> {
    if entries.is_empty() { Ok(HashMap::new()) } else { store::places_of(tx, entries) }
}
