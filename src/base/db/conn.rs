//! One connection type over both databases, and the one place where code asks which it is on.
#![expect(missing_docs, reason = "the derive of `MultiConnection` makes public items without any")]

use diesel::RunQueryDsl as _;
use diesel::connection::SimpleConnection;
use diesel::{Connection, PgConnection, SqliteConnection};

use super::DbError;

/// A connection to SQLite or PostgreSQL.
#[derive(diesel::MultiConnection)]
pub enum Conn {
    /// The embedded default.
    Sqlite(SqliteConnection),
    /// When a district outgrows one machine.
    Postgres(PgConnection),
}

/// Expands one expression for both native connections: for upserts, multi-row inserts and the few other things that do
/// not work through `MultiConnection`. Only `base::db` may use it.
macro_rules! on_backend {
    ($conn:expr, $c:ident => $body:expr) => {
        match $conn {
            $crate::base::db::conn::Conn::Sqlite($c) => $body,
            $crate::base::db::conn::Conn::Postgres($c) => $body,
        }
    };
}

/// Inserts a list of rows by one statement, which `MultiConnection` cannot. The rows derive `Insertable` with
/// `treat_none_as_default_value = false`: else diesel begins a transaction of its own on SQLite, inside ours.
macro_rules! insert_rows {
    ($conn:expr, $table:expr, $rows:expr) => {
        $crate::base::db::conn::on_backend!($conn, c => diesel::RunQueryDsl::execute(
            diesel::insert_into($table).values($rows), c
        ))
    };
}
pub(crate) use {insert_rows, on_backend};

/// Where the data lies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// A file, and the key store's own file beside it.
    Sqlite {
        /// The data file.
        file: String,
        /// The key store's file.
        keys: String,
        /// How long to wait for a lock, milliseconds.
        busy_timeout_ms: u32,
    },
    /// A `postgres://` URL; the key store is the schema `keys`.
    Postgres {
        /// The URL.
        url: String,
        /// How long one statement may run, milliseconds.
        statement_timeout_ms: u32,
    },
}

impl Place {
    /// Opens a connection for reading (`query_only` on SQLite) or for both.
    pub fn connect(&self, writable: bool) -> Result<Conn, DbError> {
        match self {
            Self::Sqlite { file, keys, busy_timeout_ms } => {
                let mut conn =
                    SqliteConnection::establish(file).map_err(|_| DbError::Unavailable("the data file cannot be opened"))?;
                // Order matters: the timeout first, so that the switch to WAL waits for others. `recursive_triggers`, or
                // REPLACE deletes past the append-only triggers. `temp_store` in memory: no case data in temporary files.
                let quoted = keys.replace('\'', "''");
                conn.batch_execute(&format!(
                    "PRAGMA busy_timeout = {busy_timeout_ms}; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; \
                     PRAGMA foreign_keys = ON; PRAGMA recursive_triggers = ON; PRAGMA temp_store = MEMORY; \
                     PRAGMA secure_delete = ON; PRAGMA cache_size = -16000; PRAGMA mmap_size = 0; \
                     ATTACH DATABASE '{quoted}' AS keys; PRAGMA keys.journal_mode = WAL; PRAGMA keys.synchronous = FULL;"
                ))?;
                if !writable {
                    conn.batch_execute("PRAGMA query_only = ON;")?;
                }
                Ok(Conn::Sqlite(conn))
            }
            Self::Postgres { url, statement_timeout_ms } => {
                let mut conn =
                    PgConnection::establish(url).map_err(|_| DbError::Unavailable("the database server does not answer"))?;
                conn.batch_execute(&format!(
                    "SET statement_timeout = {statement_timeout_ms}; SET TIME ZONE 'UTC'; SET client_min_messages = warning;"
                ))?;
                Ok(Conn::Postgres(conn))
            }
        }
    }
}

impl Place {
    /// A connection to the key store alone: on SQLite the key file by itself, under the name it has everywhere, so that its
    /// commit stands alone.
    pub(super) fn key_store(&self) -> Result<Conn, DbError> {
        match self {
            Self::Sqlite { keys, busy_timeout_ms, .. } => {
                Self::Sqlite { file: ":memory:".into(), keys: keys.clone(), busy_timeout_ms: *busy_timeout_ms }.connect(true)
            }
            Self::Postgres { .. } => self.connect(true),
        }
    }
}

#[derive(diesel::QueryableByName)]
struct Checkpoint {
    #[diesel(sql_type = diesel::sql_types::Integer)]
    busy: i32,
}

impl Conn {
    /// Takes what deleted rows left in the key store's files away; not within a transaction.
    pub(super) fn scrub_keys(&mut self) -> Result<(), DbError> {
        match self {
            Self::Sqlite(c) => {
                c.batch_execute("VACUUM keys")?;
                let done: Checkpoint = diesel::sql_query("PRAGMA keys.wal_checkpoint(TRUNCATE)").get_result(c)?;
                if done.busy != 0 {
                    return Err(DbError::Unavailable("the key file's log is being read"));
                }
            }
            Self::Postgres(c) => {
                // One at a time: several in one go would be one transaction, in which nothing is vacuumed.
                c.batch_execute("VACUUM keys.record_keys")?;
                c.batch_execute("VACUUM keys.case_keys")?;
            }
        }
        Ok(())
    }
    /// Begins a transaction that only reads and sees one moment of the data.
    pub(super) fn begin_read(&mut self) -> Result<(), DbError> {
        match self {
            Self::Sqlite(c) => c.batch_execute("BEGIN")?,
            Self::Postgres(c) => c.batch_execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")?,
        }
        Ok(())
    }
    /// Begins a transaction that writes.
    pub(super) fn begin_write(&mut self) -> Result<(), DbError> {
        match self {
            // As `BEGIN IMMEDIATE` does, but for the data file alone: that would lock the key file too, which `with_key_store`
            // writes through a connection of its own while this transaction lasts. A statement that may write takes the
            // lock at once, whether or not it finds a row.
            Self::Sqlite(c) => c.batch_execute("BEGIN; DELETE FROM main.__diesel_schema_migrations WHERE FALSE")?,
            Self::Postgres(c) => c.batch_execute("BEGIN")?,
        }
        Ok(())
    }
    /// Runs statements without parameters.
    pub(super) fn batch(&mut self, sql: &str) -> Result<(), DbError> {
        on_backend!(self, c => c.batch_execute(sql))?;
        Ok(())
    }
}

/// Makes pooled connections.
pub(super) struct Manager {
    pub place: Place,
    pub writable: bool,
}

impl diesel::r2d2::ManageConnection for Manager {
    type Connection = Conn;
    type Error = DbError;

    fn connect(&self) -> Result<Conn, DbError> {
        self.place.connect(self.writable)
    }
    fn is_valid(&self, conn: &mut Conn) -> Result<(), DbError> {
        conn.batch("SELECT 1")
    }
    fn has_broken(&self, conn: &mut Conn) -> bool {
        diesel::r2d2::R2D2Connection::is_broken(conn)
    }
}
