//! What a verification found.

use std::fmt;

use serde::Serialize;

use crate::audit::log::{Hash, TilePath};

/// So many failures are kept with their places; all are counted.
const KEPT: usize = 100;

/// What does not fit. In the order in which failures are named: of several, the first kind, and of one kind the first found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// An entry is not what was logged, has no place, or is dated back.
    Entry,
    /// A hash of the tree.
    Tile,
    /// A checkpoint, its root or its signature.
    Checkpoint,
    /// A cosignature.
    Cosignature,
    /// A row beside the log, or one whose digest the log holds.
    Row,
    /// The log is shorter than a checkpoint that somebody kept.
    Rollback,
    /// The log is another than the one of a checkpoint that somebody kept.
    Fork,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 7] =
        [Self::Entry, Self::Tile, Self::Checkpoint, Self::Cosignature, Self::Row, Self::Rollback, Self::Fork];

    /// What the program exits with when this kind of failure is the one that is named.
    pub const fn exit_code(self) -> u8 {
        match self {
            Self::Entry => 3,
            Self::Tile => 4,
            Self::Checkpoint => 5,
            Self::Cosignature => 6,
            Self::Row => 7,
            Self::Rollback => 8,
            Self::Fork => 9,
        }
    }
}

/// Where.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Place {
    /// An entry.
    Entry {
        /// Its id, where it can be read.
        entry: Option<String>,
        /// Its place in the log, where it has one.
        position: Option<u64>,
    },
    /// A tile, or one hash of it.
    Tile {
        /// Its path.
        tile: String,
        /// Which hash of the level.
        hash: Option<u64>,
    },
    /// A checkpoint.
    Checkpoint {
        /// The size it is of.
        checkpoint: u64,
    },
    /// A cosignature.
    Cosignature {
        /// The size of its checkpoint.
        checkpoint: u64,
        /// The witness's name, or its row's id.
        witness: String,
    },
    /// A row.
    Row {
        /// Its table.
        table: &'static str,
        /// Its key.
        row: String,
    },
}

impl Place {
    /// An entry that has a place.
    pub fn entry(id: &str, position: u64) -> Self {
        Self::Entry { entry: Some(id.to_owned()), position: Some(position) }
    }
    /// A whole tile.
    pub fn tile(path: &TilePath) -> Self {
        Self::Tile { tile: path.to_string(), hash: None }
    }
    /// A row.
    pub fn row(table: &'static str, row: impl Into<String>) -> Self {
        Self::Row { table, row: row.into() }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Entry { entry, position } => {
                write!(f, "entry {}", entry.as_deref().unwrap_or("(without an id)"))?;
                position.map_or(Ok(()), |position| write!(f, " at position {position}"))
            }
            Self::Tile { tile, hash } => {
                write!(f, "{tile}")?;
                hash.map_or(Ok(()), |hash| write!(f, ", hash {hash}"))
            }
            Self::Checkpoint { checkpoint } => write!(f, "checkpoint of size {checkpoint}"),
            Self::Cosignature { checkpoint, witness } => {
                write!(f, "cosignature of {witness} on the checkpoint of size {checkpoint}")
            }
            Self::Row { table, row } => write!(f, "{table}, row {row}"),
        }
    }
}

/// Something that does not fit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Failure {
    /// What.
    pub kind: Kind,
    /// Where.
    pub at: Place,
    /// Why.
    pub why: String,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.at, self.why)
    }
}

/// What was checked, and what did not fit.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Report {
    /// The log's name.
    pub origin: Option<String>,
    /// Entries that have a place.
    pub size: u64,
    /// The root over them, hex.
    pub root: Option<String>,
    /// The size of the last checkpoint: what comes after it, nobody has signed yet.
    pub signed: u64,
    /// Entries that wait for their place: nothing is proved of them yet.
    pub waiting: u64,
    /// Checkpoints that were checked.
    pub checkpoints: u64,
    /// Cosignatures by keys from outside.
    pub cosignatures: u64,
    /// Cosignatures by keys that only the log itself names.
    pub cosignatures_by_own_list: u64,
    /// Rows whose digests the log holds that were compared with it.
    pub rows: u64,
    /// Whether the log's keys came from outside.
    pub log_keys_from_outside: bool,
    /// Whether a witness's key came from outside.
    pub witness_keys_from_outside: bool,
    /// The size of the checkpoint that somebody kept, and that was looked for.
    pub since: Option<u64>,
    /// How many things did not fit.
    pub failed: u64,
    /// The failure that is named.
    pub first: Option<Failure>,
    /// Failures, as many as are kept.
    pub failures: Vec<Failure>,
}

impl Report {
    /// Notes something that does not fit.
    pub fn fail(&mut self, kind: Kind, at: Place, why: impl Into<String>) {
        self.failed = self.failed.saturating_add(1);
        let failure = Failure { kind, at, why: why.into() };
        if self.first.as_ref().is_none_or(|first| kind < first.kind) {
            self.first = Some(failure.clone());
        }
        if self.failures.len() < KEPT {
            self.failures.push(failure);
        }
    }
    /// Whether everything fits.
    pub const fn is_whole(&self) -> bool {
        self.first.is_none()
    }
    /// What the program exits with.
    pub fn exit_code(&self) -> u8 {
        self.first.as_ref().map_or(0, |first| first.kind.exit_code())
    }
    pub(super) fn ends_at(&mut self, size: u64, root: Hash) {
        self.size = size;
        self.root = Some(data_encoding::HEXLOWER.encode(&root.0));
    }
}
