//! The log's background work: entries get their place, checkpoints are signed, silent witnesses are told of.
//!
//! The sequencer goes around the gate (ADR 14): it opens nothing, shows nothing, and would else have to record that it
//! recorded. What it did is the checkpoint.

use std::sync::Arc;
use std::time::Duration;

use zeroize::Zeroizing;

use super::{Lianhu, ticks};
use crate::audit::log::sequencer::{self, LogError, LogKeys, Round};
use crate::audit::log::store;
use crate::base::problem::Problem;
use crate::vault::keys::KeyProvider;

impl Lianhu {
    /// The log's private keys, as they are now.
    pub fn log_keys(&self) -> LogKeys {
        let seed = |seed: Arc<crate::vault::keys::Seed>| Zeroizing::new(*seed.bytes());
        let current = self.keys.log_seed();
        let configured = &self.settings.audit.origin;
        let origin = if configured.is_empty() { format!("lianhu/{}", current.id()) } else { configured.clone() };
        LogKeys { current: seed(current), older: self.keys.older_log_seeds().into_iter().map(seed).collect(), origin }
    }

    /// Gives every entry that waits its place, and signs; how many there were. Nothing where another node is at it.
    pub async fn sequence(&self) -> Result<u64, LogError> {
        let mut placed = 0_u64;
        if !self.db.read(store::anything_to_do).await? {
            return Ok(placed);
        }
        let keys = Arc::new(self.log_keys());
        loop {
            let keys = keys.clone();
            match self.db.write(move |tx| sequencer::round(tx, &keys)).await? {
                Round::Placed { entries, more } => {
                    placed = placed.saturating_add(entries);
                    if !more {
                        return Ok(placed);
                    }
                }
                Round::Idle | Round::Busy => return Ok(placed),
            }
        }
    }

    /// The same for ever, at the interval that is set. What fails is made up for by the next round: an entry waits until it has
    /// its place.
    pub async fn keep_log(self) {
        let mut ticks = ticks(Duration::from_millis(self.settings.audit.sequence_ms.into()));
        loop {
            ticks.tick().await;
            if let Err(error) = self.sequence().await {
                tracing::error!(%error, "the audit log does not go on; it is tried again");
                if matches!(error, LogError::OtherKey { .. }) {
                    self.gate.reread_keys();
                }
            }
        }
    }

    /// Tells auditors of witnesses that fell silent, once; how many.
    pub async fn watch_witnesses(&self) -> Result<usize, Problem> {
        crate::overviews::watch_witnesses(&self.gate).await
    }

    /// The same for ever, each minute.
    pub async fn keep_watch(self) {
        let mut ticks = ticks(Duration::from_mins(1));
        loop {
            ticks.tick().await;
            if let Err(problem) = self.watch_witnesses().await {
                tracing::error!(
                    code = problem.code().as_str(),
                    "the log's witnesses could not be looked after; it is tried again"
                );
            }
        }
    }
}
