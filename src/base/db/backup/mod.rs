//! Backup and restore: a copy of one moment of the data, in a folder of its own, and of the key store, in another.
//!
//! Always: a backup is whole or none. Its files lie under other names until they are durable, and its manifest, which names
//! each of them with length and SHA-256, comes last. Never: keys beside the data that they open, since a backup of the data
//! must not outlive an erasure.

mod client;
mod files;
mod manifest;
mod postgres;
mod sqlite;

use std::path::{Path, PathBuf};

use diesel::sql_types::BigInt;
use diesel::{QueryableByName, RunQueryDsl as _, sql_query};

pub use client::ClientError;
pub use manifest::{Checkpoint, FileMark, Holds, Kind, Manifest};

use super::conn::{Conn, on_backend};
use super::{DbError, MigrationError, Place};
use crate::base::time::Timestamp;
use files::Folder;

/// Why there is no backup, or nothing was restored.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// The database.
    #[error("the database: {0}")]
    Db(#[from] DbError),
    /// The schema.
    #[error(transparent)]
    Migration(#[from] MigrationError),
    /// PostgreSQL's own programs.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// A file or folder.
    #[error("{}: {source}", path.display())]
    Io {
        /// Which.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A folder that something lies in.
    #[error("{} is not empty: a backup needs a folder of its own", .0.display())]
    NotEmpty(PathBuf),
    /// Data and keys in one place.
    #[error(
        "the keys must lie apart from the data, neither folder inside the other: a backup of the data must not outlive an erasure"
    )]
    NotApart,
    /// No manifest.
    #[error("{} holds no whole backup: it has no manifest.json", .0.display())]
    NoManifest(PathBuf),
    /// Not a manifest.
    #[error("{} is not a manifest that this version reads", .0.display())]
    Manifest(PathBuf),
    /// The folder of the other kind.
    #[error("{} holds a backup of the {found}, not of the {wanted}", path.display())]
    Other {
        /// Which folder.
        path: PathBuf,
        /// What it holds.
        found: Holds,
        /// What was asked for.
        wanted: Holds,
    },
    /// Of the other database.
    #[error("the backup is of {found}, the place to restore to is {wanted}")]
    OtherDatabase {
        /// The backup's.
        found: Kind,
        /// The place's.
        wanted: Kind,
    },
    /// A file of the backup is not as it was made.
    #[error("{} is not the file that was backed up: {why}", path.display())]
    Changed {
        /// Which.
        path: PathBuf,
        /// In what it differs.
        why: &'static str,
    },
    /// From a later version.
    #[error("the backup's schema ({0}) is later than this version knows; restore it with the version that made it")]
    TooNew(String),
    /// Keys of another schema.
    #[error("data (schema {data}) and keys (schema {keys}) are of different versions; take a backup of both with one version")]
    OtherSchema {
        /// The data's.
        data: String,
        /// The keys'.
        keys: String,
    },
    /// Something is there already.
    #[error("{0} is not empty: a backup is restored into an empty place only")]
    Occupied(String),
    /// The log that was restored is not the one that the manifest tells of.
    #[error("the restored log does not hold the manifest's checkpoint (size {0}); what was put in place is of no use")]
    OtherLog(i64),
}

fn at(path: &Path) -> impl Fn(std::io::Error) -> BackupError {
    move |source| BackupError::Io { path: path.to_owned(), source }
}

/// Files that are written and durable, and no backup yet: dropped, they go.
#[derive(Debug)]
pub struct Draft {
    folder: Folder,
    manifest: Manifest,
    text: String,
}

impl Draft {
    /// What the backup will say of itself.
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }
    /// SHA-256 of the manifest, hex.
    pub fn digest(&self) -> String {
        files::digest_of(self.text.as_bytes())
    }
    /// Makes a backup of it.
    pub fn finish(self) -> Result<(), BackupError> {
        self.folder.finish(&self.text)
    }

    fn of(folder: Folder, manifest: Manifest) -> Result<Self, BackupError> {
        let text = manifest.text().map_err(|_| BackupError::Manifest(folder.path().to_owned()))?;
        Ok(Self { folder, manifest, text })
    }
}

/// Copies one moment of the data into the folder `to`, and after it the key store into `keys_to`, while others work. What is
/// whole only with `finish` is given back: the data's, and the keys'.
pub fn draft(place: &Place, now: Timestamp, to: &Path, keys_to: Option<&Path>) -> Result<(Draft, Option<Draft>), BackupError> {
    let data = Folder::make(to)?;
    let keys = keys_to.map(Folder::make).transpose()?;
    if let Some(keys) = &keys {
        data.lies_apart_from(keys)?;
    }
    match place {
        Place::Sqlite { .. } => sqlite::draft(place, now, data, keys),
        Place::Postgres { url, .. } => postgres::draft(place, url, now, data, keys),
    }
}

/// What was restored.
#[derive(Debug)]
pub struct Restored {
    /// What the data's backup says of itself.
    pub manifest: Manifest,
    /// SHA-256 of the data's manifest, hex: as the log names the backup.
    pub digest: String,
    /// Whether the keys were restored too.
    pub with_keys: bool,
    /// Cases whose key is not there: erased since, or without keys at all.
    pub without_key: i64,
}

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    count: i64,
}

/// Puts a backup into an empty place. Everything that can be known before is checked before: nothing is written where a
/// file was changed, or the place is not empty. The log that came of it holds the checkpoint that the manifest names.
pub fn restore(place: &Place, from: &Path, keys_from: Option<&Path>) -> Result<Restored, BackupError> {
    let wanted = Kind::of(place);
    let (manifest, text) = files::read_manifest(from, Holds::Data, wanted)?;
    let newest = super::migrate::newest()?;
    if manifest.last_migration > newest {
        return Err(BackupError::TooNew(manifest.last_migration));
    }
    let keys = keys_from.map(|folder| files::read_manifest(folder, Holds::Keys, wanted).map(|(keys, _)| keys)).transpose()?;
    if let Some(keys) = keys.as_ref().filter(|keys| keys.last_migration != manifest.last_migration) {
        return Err(BackupError::OtherSchema { data: manifest.last_migration, keys: keys.last_migration.clone() });
    }
    let keys = keys.as_ref().zip(keys_from);
    match place {
        Place::Sqlite { file, keys: key_file, .. } => {
            sqlite::restore(Path::new(file), Path::new(key_file), (&manifest, from), keys)?;
        }
        Place::Postgres { url, .. } => postgres::restore(place, url, (&manifest, from), keys)?,
    }
    let mut conn = place.connect(false)?;
    holds_checkpoint(&mut conn, manifest.checkpoint.as_ref())?;
    let without = "SELECT COUNT(*) AS count FROM case_standing WHERE case_id NOT IN (SELECT case_id FROM keys.case_keys)";
    let count: Count = on_backend!(&mut conn, c => sql_query(without).get_result(c)).map_err(DbError::from)?;
    let digest = files::digest_of(text.as_bytes());
    Ok(Restored { digest, with_keys: keys.is_some(), without_key: count.count, manifest })
}

/// The checkpoint and every leaf under it are there.
fn holds_checkpoint(conn: &mut Conn, checkpoint: Option<&Checkpoint>) -> Result<(), BackupError> {
    let Some(checkpoint) = checkpoint else { return Ok(()) };
    let found = manifest::last_checkpoint(conn)?;
    let same = found
        .as_ref()
        .is_some_and(|found| found.size == checkpoint.size && found.root == checkpoint.root && found.note == checkpoint.note);
    let leaves = "SELECT COUNT(*) AS count FROM log_leaves WHERE position < ";
    let count: Count =
        on_backend!(conn, c => sql_query(format!("{leaves}{}", checkpoint.size)).get_result(c)).map_err(DbError::from)?;
    if same && count.count == checkpoint.size { Ok(()) } else { Err(BackupError::OtherLog(checkpoint.size)) }
}
