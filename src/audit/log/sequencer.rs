//! The sequencer: gives entries their places in the tree, in batches, and signs its head.
//!
//! One node of several does it at a time: whoever holds the head's row for the length of one transaction; a node that dies lets
//! go of it with its connection, and another goes on where the last commit stands. Its places, the moved head and the signed
//! checkpoint are one transaction, so that a checkpoint exists out in the world only if the database knows it.

use std::fmt;

use zeroize::Zeroizing;

use super::NoHashes;
use super::note::{Checkpoint, NoteError, Signer, Use, VerifierKey};
use super::store::{self, Head};
use super::tile::WIDTH;
use super::tree::{self, root_of_group};
use crate::base::db::{DbError, Tx};

/// At most so many entries in one transaction, so that writes beside it do not wait for long.
pub const BATCH: u32 = 512;

/// A checkpoint is signed at least so often while entries keep coming, microseconds.
const SIGN_EVERY: i64 = 1_000_000;

/// The log's private keys.
pub struct LogKeys {
    /// The one that signs.
    pub current: Zeroizing<[u8; 32]>,
    /// Those before it, to sign the first checkpoint of the current one as well.
    pub older: Vec<Zeroizing<[u8; 32]>>,
    /// The log's name, where it has not begun yet.
    pub origin: String,
}

impl fmt::Debug for LogKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LogKeys").field("origin", &self.origin).field("older", &self.older.len()).finish_non_exhaustive()
    }
}

/// What one round came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Round {
    /// Nothing waited.
    Idle,
    /// Another node is at it.
    Busy,
    /// So many entries got their place; whether more wait.
    Placed {
        /// How many.
        entries: u64,
        /// Whether the round was full.
        more: bool,
    },
}

/// Why the log does not go on.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LogError {
    /// The database.
    #[error(transparent)]
    Db(#[from] DbError),
    /// The key at hand is not the one that signs this log, nor is that one kept beside it.
    #[error("the log is signed by key {expected}; the key at hand is {at_hand}")]
    OtherKey {
        /// The key of the log.
        expected: String,
        /// The key at hand.
        at_hand: String,
    },
    /// The stored tree.
    #[error(transparent)]
    Tree(#[from] NoHashes),
    /// A name, or a note.
    #[error(transparent)]
    Note(#[from] NoteError),
}

impl crate::base::db::Failure for LogError {
    fn may_retry(&self) -> bool {
        matches!(self, Self::Db(DbError::Retry))
    }
}

/// One round: places at most [`BATCH`] entries, and signs the head when none is left, or a second after the last signature.
pub fn round(tx: &mut Tx<'_>, keys: &LogKeys) -> Result<Round, LogError> {
    let Some(seen) = held_head(tx, keys)? else { return Ok(Round::Busy) };
    let signer = Signer::new(&seen.origin, Use::Log, &keys.current)?;
    let waiting = store::waiting(tx, i64::from(BATCH))?;
    if waiting.is_empty() && seen.size == seen.signed_size {
        return Ok(Round::Idle);
    }
    let mut head = seen.clone();
    if signer.public().id_hex() != seen.key_id {
        take_over(tx, &mut head, &signer, keys)?;
    }
    if !waiting.is_empty() {
        store::add_leaves(tx, seen.size, &waiting)?;
        head.size = seen.size.saturating_add(u64::try_from(waiting.len()).unwrap_or(0));
        grow(tx, seen.size, head.size)?;
    }
    let more = u32::try_from(waiting.len()) == Ok(BATCH);
    let since = tx.now().micros().saturating_sub(seen.signed_at.micros());
    if !more || !(0..SIGN_EVERY).contains(&since) {
        sign(tx, &mut head, &signer, keys)?;
    }
    store::move_head(tx, &seen, &head)?;
    Ok(Round::Placed { entries: head.size.saturating_sub(seen.size), more })
}

/// The head, held until this transaction ends; nothing where another node holds it. Where there is none yet, the log begins.
fn held_head(tx: &mut Tx<'_>, keys: &LogKeys) -> Result<Option<Head>, LogError> {
    let is_held = tx.holds_log_head()?;
    if let Some(head) = store::head(tx)? {
        return Ok(is_held.then_some(head));
    }
    store::begin(tx, Signer::new(&keys.origin, Use::Log, &keys.current)?.public())?;
    Ok(store::head(tx)?)
}

/// A key that was put in the place of the log's goes on with the log, if the one before is at hand: so that a rotation is one
/// change, of the key files, and no crash comes in between.
fn take_over(tx: &mut Tx<'_>, head: &mut Head, signer: &Signer, keys: &LogKeys) -> Result<(), LogError> {
    let at_hand = signer.public().id_hex();
    let mut older = keys.older.iter().map(|seed| Signer::new(&head.origin, Use::Log, seed));
    if !older.any(|older| older.is_ok_and(|older| older.public().id_hex() == head.key_id)) {
        return Err(LogError::OtherKey { expected: head.key_id.clone(), at_hand });
    }
    store::add_key(tx, signer.public(), head.signed_size)?;
    head.key_id = at_hand;
    Ok(())
}

/// Adds the hash of each group of 256 that became whole, level by level.
fn grow(tx: &mut Tx<'_>, old: u64, new: u64) -> Result<(), LogError> {
    let (mut old, mut new) = (old, new);
    for level in 0..7_u8 {
        (old, new) = (old / WIDTH, new / WIDTH);
        for group in old..new {
            let hashes = store::hashes(tx, level, group.saturating_mul(WIDTH), WIDTH)?;
            if u64::try_from(hashes.len()) != Ok(WIDTH) {
                return Err(NoHashes::Wrong(format!("level {level} lacks hashes of group {group}")).into());
            }
            store::add_subtree(tx, level.saturating_add(1), group, root_of_group(&hashes))?;
        }
        if old == new {
            break;
        }
    }
    Ok(())
}

fn sign(tx: &mut Tx<'_>, head: &mut Head, signer: &Signer, keys: &LogKeys) -> Result<(), LogError> {
    let root = tree::root(store::tree(tx, head.size), head.size)?;
    let previous = handing_over(tx, head, signer, keys)?;
    let signers: Vec<&Signer> = previous.iter().chain([signer]).collect();
    let checkpoint = Checkpoint::sign(&head.origin, head.size, root, &signers)?;
    store::add_checkpoint(tx, head.size, root, checkpoint.note())?;
    head.signed_size = head.size;
    head.signed_at = tx.now();
    Ok(())
}

/// The keys before this one, if this is the first checkpoint after a change of keys: they sign it too, so that whoever knows
/// an old key learns of the new one by it. More than one where keys changed again before anything was signed.
fn handing_over(tx: &mut Tx<'_>, head: &Head, signer: &Signer, keys: &LogKeys) -> Result<Vec<Signer>, LogError> {
    let mut known = store::keys(tx)?;
    let Some(current) = known.pop().filter(|current| current.key == *signer.public()) else { return Ok(Vec::new()) };
    if head.signed_size > current.since_size {
        return Ok(Vec::new());
    }
    let mut signing = Vec::new();
    while let Some(before) = known.pop() {
        if let Some(signer) = older(head, &before.key, keys)? {
            signing.push(signer);
        } else {
            let id = before.key.id_hex();
            tracing::warn!(
                id,
                "a key of the log before this one is not at hand: whoever knows that one alone cannot check the change"
            );
        }
        if before.since_size < current.since_size {
            break;
        }
    }
    Ok(signing)
}

fn older(head: &Head, public: &VerifierKey, keys: &LogKeys) -> Result<Option<Signer>, LogError> {
    for seed in &keys.older {
        let older = Signer::new(&head.origin, Use::Log, seed)?;
        if older.public() == public {
            return Ok(Some(older));
        }
    }
    Ok(None)
}
