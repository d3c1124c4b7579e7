//! Long work: done by the machine in the name of whoever asked, and decided as if they did it themselves, batch by batch. What it
//! was given and what it comes to is sealed under a key of its own, which goes when the result was fetched or nobody came for it.

use diesel::prelude::*;

use super::permit::Permit;
use super::resource::{Collection, LongWork, Resource};
use crate::access::Actor;
use crate::access::can::Can;
use crate::base::db::schema::{job_keys, jobs};
use crate::base::db::{DbError, Tx, among};
use crate::base::ids::JobId;
use crate::base::problem::Problem;
use crate::base::words::{JobPart, JobState};
use crate::vault::crypto::{Aad, DataKey, VaultError};

/// So many keys are destroyed at once.
const AT_ONCE: i64 = 500;

/// The key of one job, open.
pub struct JobKey {
    key: DataKey,
    job: JobId,
}

impl JobKey {
    /// Seals a piece of the job.
    pub fn seal(&self, part: JobPart, n: i64, plain: &[u8]) -> Result<Vec<u8>, DbError> {
        let row = self.row(part, n);
        Ok(self.key.seal(&place(&row), plain)?)
    }
    /// Opens a piece of the job.
    pub fn open(&self, part: JobPart, n: i64, sealed: &[u8]) -> Result<Vec<u8>, DbError> {
        let row = self.row(part, n);
        Ok(self.key.open(&place(&row), sealed)?.to_vec())
    }
    fn row(&self, part: JobPart, n: i64) -> String {
        format!("{}/{part}/{n}", self.job)
    }
}

const fn place(row: &str) -> Aad<'_> {
    Aad { case: "", table: "job_parts", column: "sealed", row }
}

/// Under what a job's key is wrapped: no case's id is such a text.
fn wrapped_for(job: JobId) -> String {
    format!("job/{job}")
}

impl<C: Can> Permit<'_, C, Collection> {
    /// Makes the key of a new job, durable before the job can be.
    pub fn make_job_key(&self, tx: &mut Tx<'_>, job: JobId) -> Result<JobKey, DbError> {
        let key = DataKey::generate().map_err(VaultError::from)?;
        let (master_id, wrapped) = self.shared().keys.wrap(&wrapped_for(job), &key)?;
        let now = tx.now();
        tx.with_key_store(|conn| {
            diesel::insert_into(job_keys::table)
                .values((
                    job_keys::job_id.eq(job),
                    job_keys::master_id.eq(master_id),
                    job_keys::wrapped.eq(wrapped),
                    job_keys::created_at.eq(now),
                ))
                .execute(conn)?;
            Ok(())
        })?;
        Ok(JobKey { key, job })
    }

    /// Destroys the keys of jobs whose result nobody can fetch any more; how many. It goes by what is durable: a job's state in
    /// another transaction, not in this.
    pub fn destroy_job_keys(&self, tx: &mut Tx<'_>) -> Result<usize, DbError> {
        let over: Vec<JobId> = ended_with_key().select(job_keys::job_id).limit(AT_ONCE).load(tx.conn())?;
        if over.is_empty() {
            return Ok(0);
        }
        tx.with_key_store(|conn| Ok(diesel::delete(job_keys::table.filter(among(job_keys::job_id, &over))).execute(conn)?))
    }
}

impl<C: Can> Permit<'_, C, LongWork> {
    /// The job's key; nothing where it was destroyed.
    pub fn job_key(&self, tx: &mut Tx<'_>) -> Result<Option<JobKey>, DbError> {
        self.open_job(tx, self.place().0)
    }
}

impl<C: Can, R: Resource> Permit<'_, C, R> {
    /// The key of the job that this permit was minted for. Errors: 500 where nobody's long work is being done.
    pub fn working_key(&self, tx: &mut Tx<'_>) -> Result<JobKey, Problem> {
        let Actor::Worker { work, .. } = self.actor() else {
            tracing::error!(action = self.action().as_str(), "a batch of long work was asked for by somebody else");
            return Err(Problem::internal());
        };
        Ok(self.open_job(tx, *work)?.ok_or(DbError::Corrupt("the job's key is gone"))?)
    }

    fn open_job(&self, tx: &mut Tx<'_>, job: JobId) -> Result<Option<JobKey>, DbError> {
        let wrapped: Option<Vec<u8>> = tx.from_key_store(|conn| {
            Ok(job_keys::table.filter(job_keys::job_id.eq(job)).select(job_keys::wrapped).first(conn).optional()?)
        })?;
        let Some(wrapped) = wrapped else { return Ok(None) };
        Ok(Some(JobKey { key: self.shared().keys.unwrap(&wrapped_for(job), &wrapped)?, job }))
    }
}

#[diesel::dsl::auto_type]
fn ended_with_key() -> _ {
    let over: [JobState; 4] = [JobState::Failed, JobState::Cancelled, JobState::Fetched, JobState::Expired];
    job_keys::table.inner_join(jobs::table.on(jobs::id.eq(job_keys::job_id))).filter(jobs::state.eq_any(over))
}

/// Whether any long work waits to be done, or to be tidied away.
pub(super) fn waits(tx: &mut Tx<'_>, kept_hours: i64) -> Result<bool, DbError> {
    let now = tx.now();
    let waiting: Option<JobId> = jobs::table
        .filter(
            jobs::state
                .eq(JobState::Queued)
                .or(jobs::state.eq(JobState::Running).and(jobs::lease_until.le(now)))
                .or(jobs::state.eq(JobState::Done).and(jobs::finished_at.le(now.plus_minutes(kept_hours.saturating_mul(-60))))),
        )
        .select(jobs::id)
        .first(tx.conn())
        .optional()?;
    if waiting.is_some() {
        return Ok(true);
    }
    let with_key: Option<JobId> = ended_with_key().select(job_keys::job_id).first(tx.conn()).optional()?;
    Ok(with_key.is_some())
}
