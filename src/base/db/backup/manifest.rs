//! What a backup says of itself.

use data_encoding::HEXLOWER;
use diesel::sql_types::{BigInt, Binary, Text};
use diesel::{OptionalExtension as _, QueryableByName, RunQueryDsl as _, sql_query};
use serde::{Deserialize, Serialize};

use crate::base::db::conn::{Conn, on_backend};
use crate::base::db::{DbError, Place};
use crate::base::time::Timestamp;

/// The form of the manifest that this version writes and reads.
const FORM: u32 = 1;

/// Which half a folder holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Holds {
    /// Everything but keys.
    Data,
    /// The wrapped keys of the cases.
    Keys,
}

impl std::fmt::Display for Holds {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Data => "data",
            Self::Keys => "keys",
        })
    }
}

/// Which database it is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// SQLite.
    Sqlite,
    /// PostgreSQL.
    Postgres,
}

impl Kind {
    pub(super) const fn of(place: &Place) -> Self {
        match place {
            Place::Sqlite { .. } => Self::Sqlite,
            Place::Postgres { .. } => Self::Postgres,
        }
    }
}

impl std::fmt::Display for Kind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Sqlite => "SQLite",
            Self::Postgres => "PostgreSQL",
        })
    }
}

/// A file of the backup.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileMark {
    /// Its name in the folder.
    pub name: String,
    /// Its length.
    pub bytes: u64,
    /// Its SHA-256, hex.
    pub sha256: String,
}

/// The audit log's last checkpoint.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Checkpoint {
    /// Over how many entries.
    pub size: i64,
    /// The tree's root, hex.
    pub root: String,
    /// The signed note.
    pub note: String,
}

/// `manifest.json`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    form: u32,
    /// Which half this is.
    pub holds: Holds,
    /// Of which database.
    pub database: Kind,
    /// When it was taken.
    pub taken_at: Timestamp,
    /// The version that took it.
    pub program: String,
    /// The schema's last migration.
    pub last_migration: String,
    /// With the data: the log's last checkpoint, if the log has begun.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub checkpoint: Option<Checkpoint>,
    /// With the data of SQLite: the statements that make an empty key store, for whoever restores without keys.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub key_store: Vec<String>,
    /// The files.
    pub files: Vec<FileMark>,
}

impl Manifest {
    pub(super) fn new(holds: Holds, database: Kind, taken_at: Timestamp, facts: &Facts, file: FileMark) -> Self {
        Self {
            form: FORM,
            holds,
            database,
            taken_at,
            program: env!("CARGO_PKG_VERSION").to_owned(),
            last_migration: facts.last_migration.clone(),
            checkpoint: facts.checkpoint.clone().filter(|_| holds == Holds::Data),
            key_store: if holds == Holds::Data { facts.key_store.clone() } else { Vec::new() },
            files: vec![file],
        }
    }

    pub(super) fn text(&self) -> Result<String, serde_json::Error> {
        serde_json::to_string_pretty(self).map(|text| text + "\n")
    }

    pub(super) fn parse(text: &str) -> Option<Self> {
        serde_json::from_str::<Self>(text).ok().filter(|manifest| manifest.form == FORM)
    }
}

/// What is read of the moment that was copied.
pub(super) struct Facts {
    pub last_migration: String,
    pub checkpoint: Option<Checkpoint>,
    pub key_store: Vec<String>,
}

#[derive(QueryableByName)]
struct Named {
    #[diesel(sql_type = Text)]
    name: String,
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = BigInt)]
    size: i64,
    #[diesel(sql_type = Binary)]
    root: Vec<u8>,
    #[diesel(sql_type = Text)]
    note: String,
}

pub(super) fn last_migration(conn: &mut Conn) -> Result<String, DbError> {
    let asked = "SELECT version AS name FROM __diesel_schema_migrations ORDER BY version DESC LIMIT 1";
    Ok(on_backend!(conn, c => sql_query(asked).get_result::<Named>(c))?.name)
}

pub(super) fn last_checkpoint(conn: &mut Conn) -> Result<Option<Checkpoint>, DbError> {
    let asked = "SELECT size, root, note FROM log_checkpoints ORDER BY size DESC LIMIT 1";
    let row: Option<Row> = on_backend!(conn, c => sql_query(asked).get_result(c).optional())?;
    Ok(row.map(|row| Checkpoint { size: row.size, root: HEXLOWER.encode(&row.root), note: row.note }))
}

/// The statements that made SQLite's key store.
pub(super) fn key_store(conn: &mut Conn) -> Result<Vec<String>, DbError> {
    let asked = "SELECT sql AS name FROM keys.sqlite_master WHERE sql IS NOT NULL ORDER BY rowid";
    let rows: Vec<Named> = on_backend!(conn, c => sql_query(asked).load(c))?;
    Ok(rows.into_iter().map(|row| row.name).collect())
}
