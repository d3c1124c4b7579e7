//! The log as rows: its head, its keys, leaves, subtree hashes, checkpoints. Added to; never changed, the head aside.

use std::cell::RefCell;
use std::collections::HashMap;

use diesel::prelude::*;

use super::note::VerifierKey;
use super::tile::{Kind, TilePath, bundle};
use super::tree::Tiled;
use super::{Hash, Hashes, NoHashes};
use crate::base::db::schema::{audit_entries, audit_pending, log_checkpoints, log_head, log_keys, log_leaves, log_subtrees};
use crate::base::db::{DbError, Tx, among, insert_rows};
use crate::base::ids::EntryId;
use crate::base::time::Timestamp;

/// How far the log is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// Which log: the name of its keys, for ever the same.
    pub origin: String,
    /// Entries that have a place.
    pub size: u64,
    /// The key that signs from now on.
    pub key_id: String,
    /// The size of the last checkpoint.
    pub signed_size: u64,
    /// When it was signed.
    pub signed_at: Timestamp,
}

/// A checkpoint as it was signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedHead {
    /// Entries under it.
    pub size: u64,
    /// When.
    pub signed_at: Timestamp,
    /// The note, without cosignatures.
    pub note: String,
}

/// A public key of the log's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogKeyRow {
    /// It.
    pub key: VerifierKey,
    /// From which size on it signs.
    pub since_size: u64,
    /// Since when.
    pub made_at: Timestamp,
}

const CORRUPT: DbError = DbError::Corrupt("the log's rows");

/// A checkpoint's columns.
type HeadRow = (i64, Timestamp, String);

fn signed((size, signed_at, note): HeadRow) -> Result<SignedHead, DbError> {
    Ok(SignedHead { size: count(size)?, signed_at, note })
}

pub(super) fn count(number: i64) -> Result<u64, DbError> {
    u64::try_from(number).map_err(|_| CORRUPT)
}

pub(super) fn number(count: u64) -> Result<i64, DbError> {
    i64::try_from(count).map_err(|_| CORRUPT)
}

fn hash(bytes: Vec<u8>) -> Result<Hash, DbError> {
    bytes.try_into().map(Hash).map_err(|_| CORRUPT)
}

/// The head, if the log has begun.
pub fn head(tx: &mut Tx<'_>) -> Result<Option<Head>, DbError> {
    let row: Option<(String, i64, String, i64, Timestamp)> = log_head::table
        .select((log_head::origin, log_head::size, log_head::key_id, log_head::signed_size, log_head::signed_at))
        .first(tx.conn())
        .optional()?;
    row.map(|(origin, size, key_id, signed_size, signed_at)| {
        Ok(Head { origin, size: count(size)?, key_id, signed_size: count(signed_size)?, signed_at })
    })
    .transpose()
}

/// Begins the log under this key.
pub(super) fn begin(tx: &mut Tx<'_>, key: &VerifierKey) -> Result<(), DbError> {
    let now = tx.now();
    add_key(tx, key, 0)?;
    diesel::insert_into(log_head::table)
        .values((
            log_head::one.eq(1_i64),
            log_head::origin.eq(key.name()),
            log_head::size.eq(0_i64),
            log_head::key_id.eq(key.id_hex()),
            log_head::signed_size.eq(0_i64),
            log_head::signed_at.eq(now),
        ))
        .execute(tx.conn())?;
    Ok(())
}

/// Adds a public key of the log's.
pub(super) fn add_key(tx: &mut Tx<'_>, key: &VerifierKey, since_size: u64) -> Result<(), DbError> {
    let now = tx.now();
    diesel::insert_into(log_keys::table)
        .values((
            log_keys::id.eq(key.id_hex()),
            log_keys::verifier_key.eq(key.to_string()),
            log_keys::since_size.eq(number(since_size)?),
            log_keys::made_at.eq(now),
        ))
        .execute(tx.conn())?;
    Ok(())
}

/// Moves the head on. Errors: it is not where it was seen.
pub(super) fn move_head(tx: &mut Tx<'_>, seen: &Head, new: &Head) -> Result<(), DbError> {
    let moved = diesel::update(log_head::table.filter(log_head::size.eq(number(seen.size)?)))
        .set((
            log_head::size.eq(number(new.size)?),
            log_head::key_id.eq(&new.key_id),
            log_head::signed_size.eq(number(new.signed_size)?),
            log_head::signed_at.eq(new.signed_at),
        ))
        .execute(tx.conn())?;
    if moved == 1 { Ok(()) } else { Err(DbError::Retry) }
}

/// Every key that the log has ever signed by, the first one first.
pub fn keys(tx: &mut Tx<'_>) -> Result<Vec<LogKeyRow>, DbError> {
    let rows: Vec<(String, i64, Timestamp)> = log_keys::table
        .order((log_keys::since_size, log_keys::made_at))
        .select((log_keys::verifier_key, log_keys::since_size, log_keys::made_at))
        .load(tx.conn())?;
    rows.into_iter()
        .map(|(key, since, made_at)| Ok(LogKeyRow { key: key.parse().map_err(|_| CORRUPT)?, since_size: count(since)?, made_at }))
        .collect()
}

/// Entries that wait for their place, the oldest first, with the hash of each.
pub(super) fn waiting(tx: &mut Tx<'_>, limit: i64) -> Result<Vec<(EntryId, Hash)>, DbError> {
    let rows: Vec<(EntryId, Vec<u8>)> = audit_pending::table
        .inner_join(audit_entries::table.on(audit_entries::id.eq(audit_pending::entry_id)))
        .order(audit_pending::entry_id)
        .limit(limit)
        .select((audit_pending::entry_id, audit_entries::bytes))
        .load(tx.conn())?;
    Ok(rows.into_iter().map(|(id, bytes)| (id, super::leaf_hash(&bytes))).collect())
}

/// Whether an entry waits for its place, or a place for a signature.
pub fn anything_to_do(tx: &mut Tx<'_>) -> Result<bool, DbError> {
    let first: Option<EntryId> = audit_pending::table.select(audit_pending::entry_id).first(tx.conn()).optional()?;
    Ok(first.is_some() || head(tx)?.is_some_and(|head| head.size != head.signed_size))
}

#[derive(Insertable)]
#[diesel(table_name = log_leaves, treat_none_as_default_value = false)]
struct NewLeaf {
    position: i64,
    entry_id: EntryId,
    hash: Vec<u8>,
}

#[derive(Insertable)]
#[diesel(table_name = log_subtrees, treat_none_as_default_value = false)]
struct NewSubtree {
    level: i64,
    position: i64,
    hash: Vec<u8>,
}

/// Gives entries their places, from `first` on.
pub(super) fn add_leaves(tx: &mut Tx<'_>, first: u64, leaves: &[(EntryId, Hash)]) -> Result<(), DbError> {
    let mut rows = Vec::with_capacity(leaves.len());
    for (position, (entry_id, hash)) in (number(first)?..).zip(leaves) {
        rows.push(NewLeaf { position, entry_id: *entry_id, hash: hash.0.to_vec() });
    }
    insert_rows!(tx.conn(), log_leaves::table, &rows)?;
    let placed: Vec<EntryId> = leaves.iter().map(|(id, _)| *id).collect();
    diesel::delete(audit_pending::table.filter(among(audit_pending::entry_id, &placed))).execute(tx.conn())?;
    Ok(())
}

/// Adds the hash over 256^level leaves.
pub(super) fn add_subtree(tx: &mut Tx<'_>, level: u8, position: u64, hash: Hash) -> Result<(), DbError> {
    let row = NewSubtree { level: i64::from(level), position: number(position)?, hash: hash.0.to_vec() };
    diesel::insert_into(log_subtrees::table).values(row).execute(tx.conn())?;
    Ok(())
}

/// Keeps a checkpoint.
pub(super) fn add_checkpoint(tx: &mut Tx<'_>, size: u64, root: Hash, note: &str) -> Result<(), DbError> {
    let now = tx.now();
    diesel::insert_into(log_checkpoints::table)
        .values((
            log_checkpoints::size.eq(number(size)?),
            log_checkpoints::root.eq(root.0.to_vec()),
            log_checkpoints::signed_at.eq(now),
            log_checkpoints::note.eq(note),
        ))
        .execute(tx.conn())?;
    Ok(())
}

/// The last checkpoint; or the last one of at most `size` entries.
pub fn checkpoint(tx: &mut Tx<'_>, at_most: Option<u64>) -> Result<Option<SignedHead>, DbError> {
    let mut query = log_checkpoints::table
        .order(log_checkpoints::size.desc())
        .select((log_checkpoints::size, log_checkpoints::signed_at, log_checkpoints::note))
        .into_boxed();
    if let Some(size) = at_most {
        // No log is longer than the largest number there is.
        query = query.filter(log_checkpoints::size.le(i64::try_from(size).unwrap_or(i64::MAX)));
    }
    let row: Option<HeadRow> = query.first(tx.conn()).optional()?;
    row.map(signed).transpose()
}

/// Checkpoints in the order of their sizes, those after `past`.
pub fn checkpoints(tx: &mut Tx<'_>, past: u64, limit: i64) -> Result<Vec<SignedHead>, DbError> {
    let rows: Vec<HeadRow> = log_checkpoints::table
        .filter(log_checkpoints::size.gt(number(past)?))
        .order(log_checkpoints::size)
        .limit(limit)
        .select((log_checkpoints::size, log_checkpoints::signed_at, log_checkpoints::note))
        .load(tx.conn())?;
    rows.into_iter().map(signed).collect()
}

/// Where an entry stands in the log, once it does, and its leaf's hash.
pub fn place_of(tx: &mut Tx<'_>, entry: EntryId) -> Result<Option<(u64, Hash)>, DbError> {
    let row: Option<(i64, Vec<u8>)> = log_leaves::table
        .filter(log_leaves::entry_id.eq(entry))
        .select((log_leaves::position, log_leaves::hash))
        .first(tx.conn())
        .optional()?;
    row.map(|(position, bytes)| Ok((count(position)?, hash(bytes)?))).transpose()
}

/// The places of several entries.
pub fn places_of(tx: &mut Tx<'_>, entries: &[EntryId]) -> Result<HashMap<EntryId, u64>, DbError> {
    let rows: Vec<(EntryId, i64)> = log_leaves::table
        .filter(among(log_leaves::entry_id, entries))
        .select((log_leaves::entry_id, log_leaves::position))
        .load(tx.conn())?;
    rows.into_iter().map(|(id, position)| Ok((id, count(position)?))).collect()
}

/// An entry's leaf: its canonical bytes.
pub fn leaf(tx: &mut Tx<'_>, entry: EntryId) -> Result<Option<Vec<u8>>, DbError> {
    Ok(audit_entries::table.filter(audit_entries::id.eq(entry)).select(audit_entries::bytes).first(tx.conn()).optional()?)
}

/// The leaves from `first` on, at most `most` of them, in their order.
pub fn leaves(tx: &mut Tx<'_>, first: u64, most: u64) -> Result<Vec<Vec<u8>>, DbError> {
    let (first, end) = (number(first)?, number(first.saturating_add(most))?);
    Ok(log_leaves::table
        .inner_join(audit_entries::table.on(audit_entries::id.eq(log_leaves::entry_id)))
        .filter(log_leaves::position.ge(first).and(log_leaves::position.lt(end)))
        .order(log_leaves::position)
        .select(audit_entries::bytes)
        .load(tx.conn())?)
}

/// Hashes of one level, from `first` on.
pub fn hashes(tx: &mut Tx<'_>, level: u8, first: u64, most: u64) -> Result<Vec<Hash>, DbError> {
    let (from, end) = (number(first)?, number(first.saturating_add(most))?);
    let rows: Vec<Vec<u8>> = if level == 0 {
        log_leaves::table
            .filter(log_leaves::position.ge(from).and(log_leaves::position.lt(end)))
            .order(log_leaves::position)
            .select(log_leaves::hash)
            .load(tx.conn())?
    } else {
        log_subtrees::table
            .filter(log_subtrees::level.eq(i64::from(level)))
            .filter(log_subtrees::position.ge(from).and(log_subtrees::position.lt(end)))
            .order(log_subtrees::position)
            .select(log_subtrees::hash)
            .load(tx.conn())?
    };
    rows.into_iter().map(hash).collect()
}

/// What a tile holds, as it is served and exported. Errors: the log has not all of it.
pub fn tile(tx: &mut Tx<'_>, path: TilePath) -> Result<Vec<u8>, DbError> {
    let (count, bytes) = match path.kind {
        Kind::Hashes(level) => {
            let hashes = hashes(tx, level, path.first(), path.width)?;
            (hashes.len(), hashes.iter().flat_map(|hash| hash.0).collect())
        }
        Kind::Entries => {
            let leaves = leaves(tx, path.first(), path.width)?;
            let bytes = bundle(leaves.iter().map(Vec::as_slice)).map_err(|_| DbError::Corrupt("an audit entry"))?;
            (leaves.len(), bytes)
        }
    };
    if u64::try_from(count) == Ok(path.width) { Ok(bytes) } else { Err(CORRUPT) }
}

/// The tree of the first `size` entries in the database, as a source of hashes.
pub fn tree<'t>(tx: &'t mut Tx<'_>, size: u64) -> impl Hashes + 't {
    let tx = RefCell::new(tx);
    Tiled::of(size, move |path| match path.kind {
        Kind::Hashes(level) => {
            let read = hashes(&mut tx.borrow_mut(), level, path.first(), path.width);
            read.map_err(|error| NoHashes::Source(error.to_string()))
        }
        Kind::Entries => Err(NoHashes::Wrong("entries are no hashes".to_owned())),
    })
}
