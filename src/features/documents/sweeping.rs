//! Documents that were announced and did not come within a day are taken away, with their keys: by the machine, through the
//! gate, a batch in one transaction with its entry.

use std::sync::Arc;

use super::store;
use crate::access::can::Record;
use crate::access::{AllDocuments, Collection, Ctx, Gate, Permit, RequestFacts, forget_keys};
use crate::base::db::Tx;
use crate::base::problem::Problem;
use crate::base::time::Timestamp;
use crate::base::words::{Action, Job};

/// So many are taken away at once.
const BATCH: i64 = 100;
/// Announced for so many days, and not there.
const DAYS: i64 = 1;

/// Takes away what did not come by now; how many there were. Errors: the database, or the audit.
pub(crate) async fn sweep(gate: &Gate) -> Result<usize, Problem> {
    let ctx = Ctx::system(Arc::new(gate.clone()), Job::Expiry, RequestFacts::default());
    let before = gate.now().plus_days(-DAYS);
    let mut gone = 0_usize;
    while gate.unfilled_documents_wait(before).await? {
        let sweep = Action::SweepDocuments;
        let done = gate.write::<Record, _, _, Problem, _>(&ctx, AllDocuments, sweep, move |tx, permit| batch(tx, permit, before));
        let done = done.await?.release().0;
        if done == 0 {
            break;
        }
        gone = gone.saturating_add(done);
    }
    Ok(gone)
}

fn batch(tx: &mut Tx<'_>, permit: &Permit<'_, Record, Collection>, before: Timestamp) -> Result<usize, Problem> {
    let ids = store::unfilled(tx, before, BATCH)?;
    let done = store::remove_unfilled(tx, &ids)?;
    let rows: Vec<&str> = ids.iter().map(|id| id.as_str()).collect();
    store::forget_answers(tx, &rows)?;
    for id in &rows {
        permit.changed("document", id, &["state"]);
    }
    forget_keys(tx, &rows)?;
    Ok(done)
}
