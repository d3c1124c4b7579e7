//! Rows of long work and its sealed pieces.

use diesel::prelude::*;

use super::{JobView, KEPT_HOURS, problem_of};
use crate::access::{LongWork, Relation, Target};
use crate::base::db::schema::{job_parts, jobs};
use crate::base::db::{DbError, Tx};
use crate::base::ids::{AgencyId, JobId, UserId};
use crate::base::time::Timestamp;
use crate::base::words::{Format, JobKind, JobPart, JobState};

/// Long work as stored.
#[derive(Clone, Debug, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = jobs, treat_none_as_null = true)]
pub(super) struct JobRow {
    pub id: JobId,
    pub user_id: UserId,
    pub agency_id: AgencyId,
    pub kind: JobKind,
    pub format: Format,
    pub state: JobState,
    pub done: i64,
    pub total: Option<i64>,
    pub cursor: Option<String>,
    pub pieces: i64,
    pub bytes: i64,
    pub attempts: i64,
    pub problem: Option<String>,
    pub lease_until: Option<Timestamp>,
    pub created_at: Timestamp,
    pub finished_at: Option<Timestamp>,
    pub version: i64,
}

impl Target for JobId {
    type R = LongWork;
    fn record(&self) -> String {
        format!("job/{self}")
    }
    fn locate(&self, tx: &mut Tx<'_>) -> Result<Option<(JobId, Relation)>, DbError> {
        let user: Option<UserId> = jobs::table.filter(jobs::id.eq(*self)).select(jobs::user_id).first(tx.conn()).optional()?;
        Ok(user.map(|user| (*self, Relation { user: Some(user), ..Relation::default() })))
    }
}

impl JobRow {
    pub(super) fn view(&self) -> JobView {
        let until = self.finished_at.filter(|_| self.state == JobState::Done);
        JobView {
            id: self.id,
            kind: self.kind,
            format: self.format,
            state: self.state,
            done: self.done,
            total: self.total,
            problem: self.problem.as_deref().and_then(problem_of),
            created_at: self.created_at,
            finished_at: self.finished_at,
            result_until: until.map(kept_until),
            version: self.version,
        }
    }
}

/// Until when a result that was done then can be fetched.
pub(super) fn kept_until(done: Timestamp) -> Timestamp {
    done.plus_minutes(KEPT_HOURS.saturating_mul(60))
}

pub(super) fn insert(tx: &mut Tx<'_>, row: &JobRow) -> Result<(), DbError> {
    diesel::insert_into(jobs::table).values(row).execute(tx.conn())?;
    Ok(())
}

pub(super) fn find(tx: &mut Tx<'_>, id: JobId) -> Result<Option<JobRow>, DbError> {
    Ok(jobs::table.filter(jobs::id.eq(id)).select(JobRow::as_select()).first(tx.conn()).optional()?)
}

/// The person's work, newest first, before `past`.
pub(super) fn page(tx: &mut Tx<'_>, user: UserId, past: Option<JobId>, limit: i64) -> Result<Vec<JobRow>, DbError> {
    let mut mine =
        jobs::table.filter(jobs::user_id.eq(user)).order(jobs::id.desc()).limit(limit).select(JobRow::as_select()).into_boxed();
    if let Some(past) = past {
        mine = mine.filter(jobs::id.lt(past));
    }
    Ok(mine.load(tx.conn())?)
}

/// How much of the person's work is not over.
pub(super) fn open_count(tx: &mut Tx<'_>, user: UserId) -> Result<i64, DbError> {
    Ok(jobs::table
        .filter(jobs::user_id.eq(user))
        .filter(jobs::state.eq(JobState::Queued).or(jobs::state.eq(JobState::Running)))
        .count()
        .get_result(tx.conn())?)
}

/// Saves what has become of the work since it was read. Errors: `Retry` where it was changed meanwhile.
pub(super) fn save(tx: &mut Tx<'_>, row: JobRow) -> Result<JobRow, DbError> {
    let seen = row.version;
    let row = JobRow { version: seen.saturating_add(1), ..row };
    let saved =
        diesel::update(jobs::table.filter(jobs::id.eq(row.id)).filter(jobs::version.eq(seen))).set(&row).execute(tx.conn())?;
    if saved == 1 { Ok(row) } else { Err(DbError::Retry) }
}

/// The results that nobody fetched in time.
pub(super) fn unfetched(tx: &mut Tx<'_>, limit: i64) -> Result<Vec<JobRow>, DbError> {
    let before = tx.now().plus_minutes(KEPT_HOURS.saturating_mul(-60));
    Ok(jobs::table
        .filter(jobs::state.eq(JobState::Done))
        .filter(jobs::finished_at.le(before))
        .order(jobs::id)
        .limit(limit)
        .select(JobRow::as_select())
        .load(tx.conn())?)
}

pub(super) fn put_part(tx: &mut Tx<'_>, job: JobId, part: JobPart, n: i64, sealed: &[u8]) -> Result<(), DbError> {
    diesel::insert_into(job_parts::table)
        .values((job_parts::job_id.eq(job), job_parts::part.eq(part), job_parts::n.eq(n), job_parts::sealed.eq(sealed)))
        .execute(tx.conn())?;
    Ok(())
}

pub(super) fn part(tx: &mut Tx<'_>, job: JobId, part: JobPart, n: i64) -> Result<Option<Vec<u8>>, DbError> {
    Ok(job_parts::table
        .filter(job_parts::job_id.eq(job))
        .filter(job_parts::part.eq(part))
        .filter(job_parts::n.eq(n))
        .select(job_parts::sealed)
        .first(tx.conn())
        .optional()?)
}

/// Takes away what the work was given and came to.
pub(super) fn clear(tx: &mut Tx<'_>, job: JobId) -> Result<(), DbError> {
    diesel::delete(job_parts::table.filter(job_parts::job_id.eq(job))).execute(tx.conn())?;
    Ok(())
}
