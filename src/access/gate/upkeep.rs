//! What the background asks of the gate before it acts, so that work with nothing to do leaves no entry, and the upkeep of its
//! keys. Nothing of a case is in any of it.

use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};

use diesel::prelude::*;

use super::{Gate, erase, keyring, work};
use crate::base::db::DbError;
use crate::base::db::schema::documents;
use crate::base::problem::Problem;
use crate::base::time::Timestamp;
use crate::base::words::DocumentState;

impl Gate {
    /// Reads the keys again. From then on access tokens of another signing key than the current one are refused. Errors are
    /// in the log, and the keys stay as they were; whether it was done.
    pub fn reread_keys(&self) -> bool {
        if let Err(error) = self.0.keys.reread() {
            tracing::error!(%error, "the key files could not be read again; the keys read before stay in use");
            return false;
        }
        let seed = self.0.keys.signing_seed();
        let mut signer = self.0.signer.write().unwrap_or_else(PoisonError::into_inner);
        if signer.0 == seed.id() {
            return true;
        }
        match signer.1.renewed(seed.bytes()) {
            Ok(renewed) => {
                *signer = (seed.id().to_owned(), Arc::new(renewed));
                tracing::info!(key = seed.id(), "access tokens are signed by another key now");
                true
            }
            Err(error) => {
                tracing::error!(%error, "the token signing key cannot be used");
                false
            }
        }
    }

    /// Destroys the keys of what is said to be erased, and takes what they left in the key store's files away: after an erasure,
    /// and once at a start, since one may have been broken off between the two. Errors are in the log; the next call makes up
    /// for it. Whether it was done.
    pub async fn scrub_key_store(&self) -> bool {
        let destroyed: Result<(), DbError> = self.0.db.write(erase::destroy_keys).await;
        let done = match destroyed {
            Ok(()) => self.0.db.scrub_key_store().await,
            Err(error) => Err(error),
        };
        if let Err(error) = &done {
            tracing::error!(%error, "erased keys, or what they left in the key store, could not be taken away yet");
        }
        self.0.is_scrubbed.store(done.is_ok(), Ordering::Release);
        done.is_ok()
    }

    /// Whether nothing of what is said to be erased may still stand in the key store's files.
    pub fn is_scrubbed(&self) -> bool {
        self.0.is_scrubbed.load(Ordering::Acquire)
    }

    /// Whether case keys rest on older master keys. The rewrapping asks before it acts, for the
    /// same reason as the clocks.
    pub async fn rewrapping_waits(&self) -> Result<bool, Problem> {
        let (_, older) = self.0.keys.master_ids();
        let asked: Result<_, DbError> = self.0.db.read(move |tx| keyring::any_under(tx, &older)).await;
        asked.map_err(Problem::from)
    }

    /// Whether the database answers.
    pub async fn is_ready(&self) -> bool {
        let asked: Result<(), DbError> =
            self.0.db.read(|tx| crate::audit::page(tx, &crate::audit::Filter::default(), 1).map(drop)).await;
        asked.is_ok()
    }

    /// Whether documents were announced before then and did not come. The machine that takes them away asks before it acts, for
    /// the same reason as the clocks.
    pub async fn unfilled_documents_wait(&self, before: Timestamp) -> Result<bool, Problem> {
        let asked: Result<Option<String>, DbError> = self
            .0
            .db
            .read(move |tx| {
                let unfilled = documents::table.filter(documents::state.eq(DocumentState::Awaiting));
                Ok(unfilled.filter(documents::created_at.lt(before)).select(documents::id).first(tx.conn()).optional()?)
            })
            .await;
        asked.map(|found| found.is_some()).map_err(Problem::from)
    }

    /// When the next deadline has something to tell. The clocks ask it before they act, so that
    /// a sweep with nothing to do leaves no entry.
    pub async fn next_deadline(&self) -> Result<Option<Timestamp>, Problem> {
        let asked: Result<_, DbError> = self.0.db.read(crate::clocks::next_fire).await;
        asked.map_err(Problem::from)
    }

    /// Whether the outbox has anything to do, and whether a mail is to be sent, by now. The
    /// outbox asks before it acts, for the same reason.
    pub async fn mail_waits(&self) -> Result<(bool, bool), Problem> {
        let asked: Result<_, DbError> =
            self.0.db.read(|tx| Ok((crate::notify::outbox::has_work(tx)?, crate::notify::outbox::is_due(tx)?))).await;
        asked.map_err(Problem::from)
    }

    /// Whether long work waits to be done, or to be tidied away by now. Whoever does it asks before they act, for the
    /// same reason.
    pub async fn work_waits(&self, kept_hours: i64) -> Result<bool, Problem> {
        let asked: Result<_, DbError> = self.0.db.read(move |tx| work::waits(tx, kept_hours)).await;
        asked.map_err(Problem::from)
    }

    /// Whether a witness of the log fell silent by now and nobody was told yet. The watch asks
    /// before it acts, for the same reason.
    pub async fn witness_is_silent(&self, minutes: i64) -> Result<bool, Problem> {
        let asked: Result<_, DbError> =
            self.0.db.read(move |tx| Ok(!crate::audit::log::witnesses::silent(tx, minutes)?.is_empty())).await;
        asked.map_err(Problem::from)
    }
}
