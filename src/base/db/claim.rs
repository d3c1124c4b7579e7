//! Work that must be done once, whoever of several nodes gets to it.

use diesel::prelude::*;

use super::schema::deadlines;
use super::{Conn, DbError, Tx};
use crate::base::ids::DeadlineId;
use crate::base::time::Timestamp;

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
}
