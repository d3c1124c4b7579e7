//! The ground under the figures: how fast the database alone commits one row, and the cores alone hash.

use std::time::Duration;

use diesel::connection::SimpleConnection as _;
use diesel::{Connection as _, PgConnection, SqliteConnection};
use lianhu::base::config::DatabaseUrl;
use lianhu::cli::demo::world::TEST_PASSWORD;
use lianhu::identity::passwords::{self, Cost};

use crate::measure::{Figures, closed_loop};

const TABLE: &str = "CREATE TABLE IF NOT EXISTS load_rows (client BIGINT NOT NULL, words TEXT NOT NULL)";

fn insert(client: usize) -> String {
    format!("INSERT INTO load_rows VALUES ({client}, '{}')", "x".repeat(400))
}

/// What autovacuum does within a minute or so: PostgreSQL plans by what it knows of the tables.
pub fn settle(url: &DatabaseUrl) {
    if let DatabaseUrl::Postgres(url) = url {
        let mut conn = PgConnection::establish(url).expect("the server answers");
        conn.batch_execute("VACUUM ANALYZE").expect("statistics");
    }
}

/// Each client commits one row after another, as durably as Lianhu does, over a connection of its own.
pub fn rate(url: &DatabaseUrl, clients: usize, length: Duration) -> Figures {
    match url {
        DatabaseUrl::Sqlite(file) => {
            let file = file.with_file_name("commits.sqlite").to_string_lossy().into_owned();
            let open = || {
                let mut conn = SqliteConnection::establish(&file).expect("a file");
                conn.batch_execute("PRAGMA busy_timeout = 10000; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL")
                    .expect("set");
                conn
            };
            open().batch_execute(TABLE).expect("a table");
            closed_loop(clients, length, |client| {
                let (mut conn, row) = (open(), insert(client));
                move || conn.batch_execute(&row).is_ok()
            })
        }
        DatabaseUrl::Postgres(url) => {
            let open = || PgConnection::establish(url).expect("the server answers");
            open().batch_execute(TABLE).expect("a table");
            let figures = closed_loop(clients, length, |client| {
                let (mut conn, row) = (open(), insert(client));
                move || conn.batch_execute(&row).is_ok()
            });
            open().batch_execute("DROP TABLE load_rows").expect("gone");
            figures
        }
    }
}

/// Passwords hashed at the cost in force, and nothing else done.
pub fn hashes(threads: usize, length: Duration) -> Figures {
    closed_loop(threads, length, |_| || passwords::hash(TEST_PASSWORD, &Cost::default()).is_ok())
}
