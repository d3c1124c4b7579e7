//! What stands in the database, counted past the program.

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};
use diesel::{PgConnection, SqliteConnection, sql_query};

use crate::app::App;

#[derive(QueryableByName)]
struct Name {
    #[diesel(sql_type = Text)]
    name: String,
}

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    rows: i64,
}

/// How many rows each table has.
pub fn rows(app: &App) -> Vec<(String, i64)> {
    const SQLITE: &str = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%' ORDER BY name";
    const POSTGRES: &str =
        "SELECT table_name::text AS name FROM information_schema.tables WHERE table_schema = 'public' ORDER BY 1";
    macro_rules! count {
        ($conn:expr, $tables:expr) => {{
            let names: Vec<Name> = sql_query($tables).load($conn).expect("tables");
            let count = |name: String| {
                let found: Count = sql_query(format!("SELECT COUNT(*) AS rows FROM {name}")).get_result($conn).expect("a count");
                (name, found.rows)
            };
            names.into_iter().map(|table| table.name).map(count).collect()
        }};
    }
    match app.postgres() {
        None => {
            let file = app.folder().join("lianhu.sqlite");
            count!(&mut SqliteConnection::establish(&file.to_string_lossy()).expect("the file opens"), SQLITE)
        }
        Some(url) => count!(&mut PgConnection::establish(url).expect("the database opens"), POSTGRES),
    }
}
