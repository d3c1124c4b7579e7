//! Doing long work: taken up for the length of a lease, batch after batch, until it is done, called off or given up.

use std::sync::Arc;

use super::kinds::{self, Batch};
use super::store::{self, JobRow};
use super::{KEPT_HOURS, Order, Step, after, may_pass};
use crate::access::can::{Can, Record};
use crate::access::{AllJobs, Collection, Ctx, Gate, Permit, RequestFacts, Resource};
use crate::base::db::{DbError, Tx};
use crate::base::ids::JobId;
use crate::base::problem::{Code, Problem};
use crate::base::words::{Action, Job, JobPart, JobState};

/// Whoever works on it and has said nothing for so long has ended.
const LEASE_MINUTES: i64 = 2;
/// Work that was broken off so often is given up.
const ATTEMPTS: i64 = 5;
/// A result may be so large, sealed: it is made in memory when it is fetched.
const MOST_BYTES: i64 = 20 << 20;
/// So many results are tidied away at once.
const AT_ONCE: i64 = 100;

/// Does all long work that waits, `most` batches of it at most, and tidies away what is over; how many batches it was. What is
/// begun and not done then is taken up again after its lease. Errors: the database, or the audit:
/// what was taken up is taken up again after its lease.
pub async fn run(gate: &Gate, most: usize) -> Result<usize, Problem> {
    let machine = Ctx::system(Arc::new(gate.clone()), Job::LongWork, RequestFacts::default());
    let mut batches = 0_usize;
    while batches < most && gate.work_waits(KEPT_HOURS).await? {
        let taken = gate.write::<Record, _, _, Problem, _>(&machine, AllJobs, Action::RunJobs, take_up);
        if let Some(job) = taken.await?.release().0 {
            batches = batches.saturating_add(finish(gate, &machine, job, most.saturating_sub(batches)).await?);
            continue;
        }
        let tidied = gate.write::<Record, _, _, Problem, _>(&machine, AllJobs, Action::RunJobs, tidy);
        // Another node has it.
        if tidied.await?.release().0 == 0 {
            break;
        }
    }
    Ok(batches)
}

/// Destroys the keys of what was over before, and marks what nobody fetched as expired, whose keys go the next time; how many of
/// both. In this order, since a key goes only when it is durable that nobody can use it.
fn tidy(tx: &mut Tx<'_>, permit: &Permit<'_, Record, Collection>) -> Result<usize, Problem> {
    let destroyed = permit.destroy_job_keys(tx)?;
    let unfetched = store::unfetched(tx, AT_ONCE)?;
    let tidied = destroyed.saturating_add(unfetched.len());
    for job in unfetched {
        store::clear(tx, job.id)?;
        step(tx, permit, job, Step::Expire)?;
    }
    Ok(tidied)
}

/// Saves the work after a step.
pub(super) fn step<C: Can, R: Resource>(
    tx: &mut Tx<'_>,
    permit: &Permit<'_, C, R>,
    job: JobRow,
    step: Step,
) -> Result<JobRow, Problem> {
    let (now, state) = (tx.now(), after(job.state, step)?);
    let is_over = !matches!(state, JobState::Queued | JobState::Running);
    let job = JobRow {
        state,
        lease_until: (state == JobState::Running).then(|| now.plus_minutes(LEASE_MINUTES)),
        finished_at: if is_over { job.finished_at.or(Some(now)) } else { None },
        ..job
    };
    permit.changed("job", job.id.as_str(), &["state"]);
    Ok(store::save(tx, job)?)
}

/// The work that waits longest, for the length of a lease.
fn take_up(tx: &mut Tx<'_>, permit: &Permit<'_, Record, Collection>) -> Result<Option<JobRow>, Problem> {
    let now = tx.now();
    let Some(id) = tx.lock_waiting_job(now)? else { return Ok(None) };
    let Some(job) = store::find(tx, id)? else { return Ok(None) };
    let job = JobRow { attempts: job.attempts.saturating_add(1), ..job };
    step(tx, permit, job, Step::Start).map(Some)
}

/// Does it to its end, or so many batches of it; how many it was.
async fn finish(gate: &Gate, machine: &Ctx, mut job: JobRow, most: usize) -> Result<usize, Problem> {
    let (ctx, id, mut batches) = (Ctx::working(Arc::new(gate.clone()), job.id), job.id, 0_usize);
    let order = if job.attempts > ATTEMPTS { Err(Problem::internal()) } else { order(gate, &ctx, id).await };
    let done = match order {
        Ok(order) => loop {
            match kinds::batch(&ctx, &job, &order).await {
                Ok(next) => {
                    (job, batches) = (next, batches.saturating_add(1));
                    if job.state != JobState::Running || batches == most {
                        break Ok(());
                    }
                }
                Err(why) => break Err(why),
            }
        },
        Err(why) => Err(why),
    };
    match done {
        Ok(()) => {}
        // It was called off, or somebody else has it since the lease lapsed; or it may go when it is tried again then.
        Err(why) if may_pass(&why) => tracing::info!(job = %id, code = why.code().as_str(), "long work was put off"),
        Err(why) => {
            let code = why.code();
            tracing::warn!(job = %id, code = code.as_str(), "long work was given up");
            let fail = move |tx: &mut Tx<'_>, permit: &Permit<'_, Record, Collection>| fail(tx, permit, id, code);
            gate.write::<Record, _, _, Problem, _>(machine, AllJobs, Action::RunJobs, fail).await?;
        }
    }
    Ok(batches)
}

/// What was asked for.
async fn order(gate: &Gate, ctx: &Ctx, id: JobId) -> Result<Order, Problem> {
    let read = gate.read::<crate::access::can::View, _, _, Problem, _>(ctx, id, Action::ViewJob, move |tx, permit| {
        let key = permit.job_key(tx)?.ok_or(DbError::Corrupt("the job's key is gone"))?;
        let sealed = store::part(tx, id, JobPart::Input, 0)?.ok_or(DbError::Corrupt("a job's order"))?;
        let plain = key.open(JobPart::Input, 0, &sealed)?;
        Ok(serde_json::from_slice(&plain).map_err(|_| DbError::Corrupt("a job's order"))?)
    });
    Ok(read.await?.release().0)
}

fn fail(tx: &mut Tx<'_>, permit: &Permit<'_, Record, Collection>, id: JobId, code: Code) -> Result<(), Problem> {
    // One that was called off meanwhile is over already.
    let Some(job) = store::find(tx, id)?.filter(|job| job.state == JobState::Running) else { return Ok(()) };
    store::clear(tx, id)?;
    step(tx, permit, JobRow { problem: Some(code.as_str().to_owned()), ..job }, Step::Fail)?;
    Ok(())
}

/// Saves what a batch came to: in the batch's own transaction, so that it is done once. Errors: 412 where the work was called
/// off or taken up by somebody else since it was read; 413 where its result grows too large.
pub(super) fn keep<C: Can, R: Resource>(
    tx: &mut Tx<'_>,
    permit: &Permit<'_, C, R>,
    seen: &JobRow,
    batch: Batch,
) -> Result<JobRow, Problem> {
    if store::find(tx, seen.id)?.is_none_or(|job| job.version != seen.version) {
        return Err(Problem::stale());
    }
    let mut job = JobRow { done: seen.done.saturating_add(batch.done), cursor: batch.next, ..seen.clone() };
    if let Some(piece) = batch.piece {
        let sealed = permit.working_key(tx)?.seal(JobPart::Result, job.pieces, &piece.bytes()?)?;
        job.bytes = job.bytes.saturating_add(i64::try_from(sealed.len()).unwrap_or(i64::MAX));
        if job.bytes > MOST_BYTES {
            return Err(Problem::new(Code::TooLarge));
        }
        store::put_part(tx, job.id, JobPart::Result, job.pieces, &sealed)?;
        job.pieces = job.pieces.saturating_add(1);
    }
    let is_last = job.cursor.is_none();
    let total = if is_last { Some(job.done) } else { job.total };
    step(tx, permit, JobRow { total, ..job }, if is_last { Step::Finish } else { Step::Start })
}
