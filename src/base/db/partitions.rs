//! The audit tables' partitions, a month each: made ahead of time, so that no append waits for one.

use diesel::sql_types::{BigInt, Integer};
use diesel::{QueryableByName, RunQueryDsl as _, sql_query};

use super::{Conn, Db, DbError};

/// So many months beyond the one that is. A server that was away for longer finds this month's rows in the default partition,
/// and moves them when it is back.
const AHEAD: i32 = 3;

#[derive(QueryableByName)]
struct Made {
    #[diesel(sql_type = Integer)]
    made: i32,
}

impl Db {
    /// Makes the partitions of this month and some after it, where they are not there; for how many months it did. On SQLite
    /// there are none. Errors: the database, or somebody who held the tables for too long; nothing is lost, since entries
    /// without a month of their own go to the default partition.
    pub async fn make_partitions(&self) -> Result<i32, DbError> {
        self.write(|tx| {
            let now = tx.now().micros() / 1000;
            match tx.conn() {
                Conn::Sqlite(_) => Ok(0),
                Conn::Postgres(conn) => {
                    let asked = sql_query("SELECT make_audit_partitions($1, $2) AS made");
                    let row: Made = asked.bind::<BigInt, _>(now).bind::<Integer, _>(AHEAD).get_result(conn)?;
                    Ok(row.made)
                }
            }
        })
        .await
    }
}
