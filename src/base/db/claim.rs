//! Work that must be done once, whoever of several nodes gets to it.

use diesel::prelude::*;

use super::schema::{deadlines, desk_items, jobs, log_head, mail_wishes, mails};
use super::{Conn, DbError, Tx};
use crate::base::ids::{DeadlineId, DeskItemId, JobId, MailId, UserId};
use crate::base::time::Timestamp;
use crate::base::words::JobState;

impl Tx<'_> {
    /// Deadlines with something to tell by now, those that wait longest first, held until this transaction ends. On
    /// PostgreSQL what another node holds is passed over; on SQLite there is one writer.
    pub fn lock_due_deadlines(&mut self, now: Timestamp, limit: i64) -> Result<Vec<DeadlineId>, DbError> {
        let due = deadlines::table
            .filter(deadlines::next_fire_at.le(now))
            .order((deadlines::next_fire_at, deadlines::id))
            .limit(limit)
            .select(deadlines::id);
        Ok(match self.conn() {
            Conn::Sqlite(conn) => due.load(conn)?,
            Conn::Postgres(conn) => due.for_update().skip_locked().load(conn)?,
        })
    }

    /// Desk entries of which no mail was made yet, oldest first; held and passed over in the same way.
    pub fn lock_unmailed(&mut self, limit: i64) -> Result<Vec<DeskItemId>, DbError> {
        let new =
            desk_items::table.filter(desk_items::mailed_at.is_null()).order(desk_items::id).limit(limit).select(desk_items::id);
        Ok(match self.conn() {
            Conn::Sqlite(conn) => new.load(conn)?,
            Conn::Postgres(conn) => new.for_update().skip_locked().load(conn)?,
        })
    }

    /// People whose digest is due; held and passed over in the same way.
    pub fn lock_due_digests(&mut self, now: Timestamp, limit: i64) -> Result<Vec<UserId>, DbError> {
        let due = mail_wishes::table
            .filter(mail_wishes::next_digest_at.le(now))
            .order((mail_wishes::next_digest_at, mail_wishes::user_id))
            .limit(limit)
            .select(mail_wishes::user_id);
        Ok(match self.conn() {
            Conn::Sqlite(conn) => due.load(conn)?,
            Conn::Postgres(conn) => due.for_update().skip_locked().load(conn)?,
        })
    }

    /// The mail that is to be sent first; held and passed over in the same way.
    pub fn lock_due_mail(&mut self, now: Timestamp) -> Result<Option<MailId>, DbError> {
        let due = mails::table.filter(mails::next_at.le(now)).order((mails::next_at, mails::id)).limit(1).select(mails::id);
        Ok(match self.conn() {
            Conn::Sqlite(conn) => due.first(conn).optional()?,
            Conn::Postgres(conn) => due.for_update().skip_locked().first(conn).optional()?,
        })
    }

    /// The long work that waits longest, or whose lease has lapsed; held and passed over in the same way.
    pub fn lock_waiting_job(&mut self, now: Timestamp) -> Result<Option<JobId>, DbError> {
        let waiting = jobs::table
            .filter(jobs::state.eq(JobState::Queued).or(jobs::state.eq(JobState::Running).and(jobs::lease_until.le(now))))
            .order(jobs::id)
            .limit(1)
            .select(jobs::id);
        Ok(match self.conn() {
            Conn::Sqlite(conn) => waiting.first(conn).optional()?,
            Conn::Postgres(conn) => waiting.for_update().skip_locked().first(conn).optional()?,
        })
    }

    /// Whether the log's head was there to be held until this transaction ends; not where another node holds it.
    pub fn holds_log_head(&mut self) -> Result<bool, DbError> {
        let head = log_head::table.select(log_head::one).limit(1);
        let held: Option<i64> = match self.conn() {
            Conn::Sqlite(conn) => head.first(conn).optional()?,
            Conn::Postgres(conn) => head.for_update().skip_locked().first(conn).optional()?,
        };
        Ok(held.is_some())
    }
}
