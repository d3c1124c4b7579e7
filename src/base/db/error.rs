//! What can go wrong with the database. No text of a row, a value or a statement is in it.

use diesel::result::{DatabaseErrorKind, Error};

use crate::base::problem::{Code, Problem};

/// Why the database did not do it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DbError {
    /// No such row.
    #[error("no such row")]
    NotFound,
    /// A unique index already holds it.
    #[error("there is one already")]
    Unique,
    /// A constraint or trigger forbids it.
    #[error("a constraint of the database forbids it")]
    Constraint,
    /// Another transaction was in the way; the same may work now.
    #[error("another transaction was in the way")]
    Retry,
    /// The database cannot be reached or has failed.
    #[error("the database is not available: {0}")]
    Unavailable(&'static str),
    /// A stored value is not what it must be.
    #[error("a stored value is not valid: {0}")]
    Corrupt(&'static str),
}

impl From<Error> for DbError {
    fn from(error: Error) -> Self {
        match error {
            Error::NotFound => Self::NotFound,
            Error::DatabaseError(kind, info) => match kind {
                DatabaseErrorKind::UniqueViolation => Self::Unique,
                DatabaseErrorKind::ForeignKeyViolation
                | DatabaseErrorKind::NotNullViolation
                | DatabaseErrorKind::CheckViolation
                | DatabaseErrorKind::RestrictViolation
                | DatabaseErrorKind::ExclusionViolation => Self::Constraint,
                DatabaseErrorKind::SerializationFailure => Self::Retry,
                DatabaseErrorKind::ReadOnlyTransaction => Self::Unavailable("it is read-only"),
                DatabaseErrorKind::ClosedConnection => Self::Unavailable("the connection was closed"),
                DatabaseErrorKind::UnableToSendCommand => Self::Unavailable("a command could not be sent"),
                _ => {
                    // The message names objects and reasons ("deadlock detected", "database is locked", a trigger's
                    // text), never values: both databases put those into the detail, which is not read.
                    let message = info.message();
                    if message.contains("deadlock detected") {
                        Self::Retry
                    } else if message.contains("locked") {
                        Self::Unavailable("it is locked")
                    } else if message.contains("append-only") {
                        Self::Constraint
                    } else {
                        tracing::warn!(reason = message, "the database refused a statement");
                        Self::Unavailable("it refused a statement")
                    }
                }
            },
            Error::DeserializationError(_) => Self::Corrupt("a column"),
            Error::SerializationError(_) => Self::Corrupt("a parameter"),
            Error::RollbackErrorOnCommit { .. }
            | Error::RollbackTransaction
            | Error::AlreadyInTransaction
            | Error::NotInTransaction
            | Error::BrokenTransactionManager => Self::Unavailable("the transaction was broken"),
            _ => Self::Unavailable("it failed"),
        }
    }
}

impl From<DbError> for Problem {
    fn from(error: DbError) -> Self {
        match error {
            DbError::NotFound => Self::not_found(),
            DbError::Unique => Self::conflict(),
            // No wait is asked for: the gate runs the work again by itself (`Problem::is_retry`).
            DbError::Retry => Self::storage_unavailable().retry_after(0),
            DbError::Unavailable(_) => Self::storage_unavailable(),
            DbError::Constraint | DbError::Corrupt(_) => {
                tracing::error!(%error, "the program and its data do not agree");
                Self::internal()
            }
        }
    }
}

impl Problem {
    /// Whether another transaction was in the way, so that the same may work at once.
    pub fn is_retry(&self) -> bool {
        self.code() == Code::StorageUnavailable && self.retry_after_seconds() == Some(0)
    }
}
