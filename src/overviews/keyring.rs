//! The program's own keys, as the console and the machine keep them: which there are, and case keys wrapped anew.
//!
//! Rewrapping goes in batches, each in one transaction with its entry: broken off anywhere, every case opens under the key
//! that its own row names, and the next run goes on with the rest.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::access::can::{Administer, View};
use crate::access::{AllKeys, Ctx, Gate, RequestFacts};
use crate::base::problem::Problem;
use crate::base::words::{Action, Job};

/// So many case keys are wrapped at once: few enough that nobody waits long behind them.
const BATCH: i64 = 200;

/// What rewrapping came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Outcome {
    /// Case keys that rest on the current master key now and did not before.
    pub done: usize,
    /// Case keys that could not be opened under the key they name.
    pub failed: usize,
}

/// Wraps every case key that rests on an older master key under the current one; `on` hears after each batch how many
/// were looked at. Errors: the database, or the audit; what was done stays.
pub async fn rewrap(gate: &Gate, ctx: &Ctx, mut on: impl FnMut(usize)) -> Result<Outcome, Problem> {
    let (mut outcome, mut past) = (Outcome::default(), None);
    loop {
        let batch = gate.write::<Administer, _, _, Problem, _>(ctx, AllKeys, Action::RewrapKeys, move |tx, permit| {
            Ok(permit.rewrap_case_keys(tx, past, BATCH)?)
        });
        let batch = batch.await?.release().0;
        outcome.done = outcome.done.saturating_add(batch.done);
        outcome.failed = outcome.failed.saturating_add(batch.failed);
        on(batch.done.saturating_add(batch.failed));
        past = batch.last;
        if past.is_none() {
            return Ok(outcome);
        }
    }
}

/// The same as the machine does it, where there is something to do.
pub async fn keep(gate: &Gate) -> Result<Outcome, Problem> {
    if !gate.rewrapping_waits().await? {
        return Ok(Outcome::default());
    }
    let ctx = Ctx::system(Arc::new(gate.clone()), Job::Keys, RequestFacts::default());
    rewrap(gate, &ctx, |_| ()).await
}

/// How many case keys rest on each master key.
pub async fn case_keys_by_master(gate: &Gate, ctx: &Ctx) -> Result<BTreeMap<String, i64>, Problem> {
    let counted =
        gate.read::<View, _, _, Problem, _>(ctx, AllKeys, Action::ListKeys, |tx, permit| Ok(permit.case_keys_by_master(tx)?));
    Ok(counted.await?.release().0)
}
