//! `[database]`: where the data lie. A URL may hold a password, so it is never printed whole.

use std::fmt::{Debug, Display};
use std::path::PathBuf;

use serde::Deserialize;
use zeroize::Zeroizing;

use super::Bounds;
use crate::base::db::{Place, Sizes};

/// `[database]`: where the data lie, and how long a connection waits.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Database {
    /// `sqlite:PATH` or `postgres://…`; by default `sqlite:data/lianhu.sqlite`.
    pub url: DatabaseUrl,
    /// SQLite: the second file, of wrapped case keys; by default empty: beside the database, see [`Database::key_store`].
    pub key_store: PathBuf,
    /// Connections that read, 1 to 128; by default 4.
    pub read_connections: u32,
    /// PostgreSQL: connections that write, 1 to 128 (SQLite has one writer); by default 8.
    pub write_connections: u32,
    /// SQLite: how long to wait for another process's lock, milliseconds, 100 to 60000; by default 5000.
    pub busy_timeout_ms: u32,
    /// PostgreSQL: longest statement, and longest wait for a lock, milliseconds, 100 to 300000; by default 10000.
    pub statement_timeout_ms: u32,
}

impl Default for Database {
    fn default() -> Self {
        Self {
            url: DatabaseUrl::Sqlite(PathBuf::from("data/lianhu.sqlite")),
            key_store: PathBuf::new(),
            read_connections: 4,
            write_connections: 8,
            busy_timeout_ms: 5000,
            statement_timeout_ms: 10_000,
        }
    }
}

impl Database {
    /// The SQLite file of wrapped case keys: `key_store`, else `lianhu.keys.sqlite` beside `lianhu.sqlite`. None on
    /// PostgreSQL, where they have a schema of their own.
    pub fn key_store(&self) -> Option<PathBuf> {
        match &self.url {
            DatabaseUrl::Sqlite(_) if !self.key_store.as_os_str().is_empty() => Some(self.key_store.clone()),
            DatabaseUrl::Sqlite(file) => {
                let mut name = file.file_stem().unwrap_or_default().to_owned();
                name.push(".keys.sqlite");
                Some(file.with_file_name(name))
            }
            DatabaseUrl::Postgres(_) => None,
        }
    }

    /// The same as `base::db` takes it.
    pub fn place(&self) -> Place {
        match &self.url {
            DatabaseUrl::Sqlite(file) => Place::Sqlite {
                // Nothing is lost: settings are text.
                file: file.to_string_lossy().into_owned(),
                keys: self.key_store().unwrap_or_default().to_string_lossy().into_owned(),
                busy_timeout_ms: self.busy_timeout_ms,
            },
            DatabaseUrl::Postgres(url) => {
                Place::Postgres { url: url.to_string(), statement_timeout_ms: self.statement_timeout_ms }
            }
        }
    }

    /// How many connections, as `base::db` takes it.
    pub fn sizes(&self) -> Sizes {
        Sizes { read: self.read_connections, write: self.write_connections }
    }

    pub(super) fn check(&self, bounds: &mut Bounds) {
        bounds.within("database.read_connections", self.read_connections, 1..=128);
        bounds.within("database.write_connections", self.write_connections, 1..=128);
        bounds.within("database.busy_timeout_ms", self.busy_timeout_ms, 100..=60_000);
        bounds.within("database.statement_timeout_ms", self.statement_timeout_ms, 100..=300_000);
        let apart = match &self.url {
            DatabaseUrl::Sqlite(file) => self.key_store().as_ref() != Some(file),
            DatabaseUrl::Postgres(_) => self.key_store.as_os_str().is_empty(),
        };
        bounds.holds("database.key_store", apart, "must be empty on PostgreSQL, and on SQLite not the database itself");
    }
}

/// Which database, and where. Printed without user, password and parameters.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub enum DatabaseUrl {
    /// A file.
    Sqlite(PathBuf),
    /// A server, as `postgres://…`.
    Postgres(Zeroizing<String>),
}

/// Not a database's address. Does not repeat it: it may hold a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be sqlite:PATH or postgres://…")]
pub struct NotADatabase;

impl TryFrom<String> for DatabaseUrl {
    type Error = NotADatabase;

    fn try_from(text: String) -> Result<Self, NotADatabase> {
        if let Some(path) = text.strip_prefix("sqlite:") {
            // In memory each connection would see a database of its own; `//` and `file:` would be read as a path.
            let refused = path.starts_with(':') || path.starts_with("//") || path.starts_with("file:") || path.ends_with('/');
            return if path.is_empty() || refused { Err(NotADatabase) } else { Ok(Self::Sqlite(PathBuf::from(path))) };
        }
        let address = ["postgres://", "postgresql://"].iter().find_map(|scheme| text.strip_prefix(scheme));
        if address.is_some_and(|rest| !rest.is_empty()) { Ok(Self::Postgres(Zeroizing::new(text))) } else { Err(NotADatabase) }
    }
}

impl std::str::FromStr for DatabaseUrl {
    type Err = NotADatabase;

    fn from_str(text: &str) -> Result<Self, NotADatabase> {
        Self::try_from(text.to_owned())
    }
}

impl Display for DatabaseUrl {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Sqlite(path) => write!(f, "sqlite:{}", path.display()),
            Self::Postgres(url) => {
                let rest = url.split_once("://").map_or("", |(_, rest)| rest);
                let (head, parameters) = rest.split_once('?').unwrap_or((rest, ""));
                // An `@` behind the `?` may end a password or be one's part: then nothing is sure to be a host.
                let place = head.rsplit_once('@').map_or(head, |(_, place)| place);
                write!(f, "postgres://{}", if parameters.contains('@') { "…" } else { place })
            }
        }
    }
}

impl Debug for DatabaseUrl {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        Display::fmt(self, f)
    }
}
