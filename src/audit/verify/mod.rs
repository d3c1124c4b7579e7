//! Checks a log, live or exported, against itself, its signatures, and the rows beside it: each entry's hash, each hash of the
//! tree, each checkpoint and cosignature, and, in a database, that what stands beside the entries is what they say.
//!
//! Streaming: a tile of entries at a time, a compact range of the tree, checkpoints in the order of their sizes; the memory it
//! takes does not grow with the log.
//!
//! What it can prove is told in `docs/audit.md`. What nothing in the log vouches for, it does not check: when a row of the log
//! was written (`signed_at`, `made_at`, `received_at`), and what was taken away together with all that came after it, unless
//! somebody kept a checkpoint ([`Options::since`]).

mod beside;
mod database;
mod folder;
mod heads;
mod range;
mod records;
mod report;
mod walk;

pub use database::database;
pub use folder::{CHECKPOINT, CHECKPOINTS, KEYS, checkpoint_path, folder};
pub use heads::{Kept, KeptUnread};
pub use range::Range;
pub(crate) use records::row_digests;
pub use records::{RowDigest, Rows, rows};
pub use report::{Failure, Kind, Place, Report};

use super::log::VerifierKey;
use crate::base::db::DbError;

/// How far an entry's time may lie before that of an entry that has its place before it, microseconds. Nodes' clocks differ
/// by seconds, and an entry gets its place when its transaction ends, a while after the time it bears; an entry dated back
/// further was not written when it says.
pub const BACKDATED: i64 = 5 * 60 * 1_000_000;

/// What a verification goes by, beside the log itself.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// The log's keys as known from outside; none: those that the log itself names.
    pub log_keys: Vec<VerifierKey>,
    /// Witnesses' keys as known from outside; beside them, those that the log itself names.
    pub witness_keys: Vec<VerifierKey>,
    /// A checkpoint that somebody kept: the log must contain it.
    pub since: Option<Kept>,
}

/// Why nothing can be said.
#[derive(Debug, thiserror::Error)]
pub enum Unreadable {
    /// The database.
    #[error(transparent)]
    Db(#[from] DbError),
    /// A file.
    #[error("{path}: {error}")]
    File {
        /// Which.
        path: String,
        /// Why.
        error: std::io::Error,
    },
    /// A file without which nothing else can be read.
    #[error("{path}: {why}")]
    Not {
        /// Which.
        path: String,
        /// What it is not.
        why: &'static str,
    },
}

impl crate::base::db::Failure for Unreadable {
    fn may_retry(&self) -> bool {
        matches!(self, Self::Db(DbError::Retry))
    }
}

/// What a verification is at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Entries, the tree, checkpoints, cosignatures.
    Log,
    /// Rows beside the entries.
    Rows,
    /// Rows whose digests the entries hold.
    Records,
}

/// Hears how far it is.
pub trait Progress {
    /// A stage begins; how much there is of it, if that is known.
    fn begins(&mut self, stage: Stage, of: Option<u64>);
    /// So much of it is done.
    fn at(&mut self, done: u64);
}

/// Nobody listens.
pub struct Silent;

impl Progress for Silent {
    fn begins(&mut self, _: Stage, _: Option<u64>) {}
    fn at(&mut self, _: u64) {}
}
