//! Migrations: the same steps for both databases, inside the binary.

use diesel::migration::MigrationSource;
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use super::conn::Conn;
use super::{DbError, Place};

const SQLITE: EmbeddedMigrations = embed_migrations!("migrations/sqlite");
const POSTGRES: EmbeddedMigrations = embed_migrations!("migrations/postgres");

/// Why the schema could not be brought up to date.
#[derive(Debug, thiserror::Error)]
pub enum MigrationError {
    /// The database cannot be reached.
    #[error(transparent)]
    Db(#[from] DbError),
    /// A step failed; what came before it stays.
    #[error("a migration failed: {0}")]
    Step(String),
}

/// Brings the schema up to date; the names of the steps that were run.
pub fn migrate(place: &Place) -> Result<Vec<String>, MigrationError> {
    let names = |r: Result<Vec<_>, Box<dyn std::error::Error + Send + Sync>>| {
        r.map(|ran: Vec<diesel::migration::MigrationVersion<'_>>| ran.iter().map(ToString::to_string).collect())
            .map_err(|e| MigrationError::Step(e.to_string()))
    };
    match place.connect(true)? {
        Conn::Sqlite(mut c) => names(c.run_pending_migrations(SQLITE)),
        Conn::Postgres(mut c) => names(c.run_pending_migrations(POSTGRES)),
    }
}

/// The steps that are not in the database yet.
pub fn pending(place: &Place) -> Result<Vec<String>, MigrationError> {
    fn names<DB: diesel::backend::Backend>(
        conn: &mut impl MigrationHarness<DB>,
        source: impl MigrationSource<DB>,
    ) -> Result<Vec<String>, MigrationError> {
        let steps = conn.pending_migrations(source).map_err(|e| MigrationError::Step(e.to_string()))?;
        Ok(steps.iter().map(|m| m.name().to_string()).collect())
    }
    match place.connect(true)? {
        Conn::Sqlite(mut c) => names(&mut c, SQLITE),
        Conn::Postgres(mut c) => names(&mut c, POSTGRES),
    }
}

/// The version of the last step that this program knows: the same on both databases.
pub(super) fn newest() -> Result<String, MigrationError> {
    let steps =
        MigrationSource::<diesel::sqlite::Sqlite>::migrations(&SQLITE).map_err(|e| MigrationError::Step(e.to_string()))?;
    Ok(steps.iter().map(|step| step.name().version().to_string()).max().unwrap_or_default())
}

/// Undoes every step: for the test that each can be run, undone and run again.
pub fn revert_all(place: &Place) -> Result<(), MigrationError> {
    let done = match place.connect(true)? {
        Conn::Sqlite(mut c) => c.revert_all_migrations(SQLITE).map(drop),
        Conn::Postgres(mut c) => c.revert_all_migrations(POSTGRES).map(drop),
    };
    done.map_err(|e| MigrationError::Step(e.to_string()))
}
