//! Migrations: each runs up, down and up again, and both databases end with the same tables, columns and indexes.

use diesel::sql_types::{BigInt, Text};
use diesel::{Connection, PgConnection, QueryableByName, RunQueryDsl, SqliteConnection, sql_query};
use lianhu::base::db::{self, Place};

use crate::postgres::TestDatabase;

#[derive(QueryableByName, Debug, PartialEq, Eq, PartialOrd, Ord, Clone)]
struct Column {
    #[diesel(sql_type = Text)]
    relation: String,
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = BigInt)]
    required: i64,
}

#[derive(QueryableByName, Debug, PartialEq, Eq, PartialOrd, Ord, Clone)]
struct Index {
    #[diesel(sql_type = Text)]
    name: String,
}

type Shape = (Vec<Column>, Vec<Index>);

fn of_sqlite(place: &Place) -> Shape {
    let Place::Sqlite { file, keys, .. } = place else { panic!("not SQLite") };
    let shape = |file: &str| -> Shape {
        let mut conn = SqliteConnection::establish(file).expect("the file opens");
        let columns = sql_query(
            "SELECT m.name AS relation, p.name AS name, CAST(p.\"notnull\" AS BIGINT) AS required FROM sqlite_master m, \
             pragma_table_info(m.name) p WHERE m.type = 'table' AND m.name NOT LIKE '\\_\\_%' ESCAPE '\\' AND m.name NOT LIKE 'sqlite%'",
        )
        .load(&mut conn)
        .expect("columns");
        // By case: on PostgreSQL that is a partition's primary key.
        let indexes = sql_query(
            "SELECT name FROM sqlite_master WHERE type = 'index' AND name NOT LIKE 'sqlite%' AND name <> 'audit_cases_by_case'",
        )
        .load(&mut conn);
        (columns, indexes.expect("indexes"))
    };
    let (mut all, more) = (shape(file), shape(keys));
    all.0.extend(more.0);
    all.1.extend(more.1);
    all.0.sort();
    all.1.sort();
    all
}

fn of_postgres(url: &str) -> Shape {
    let mut conn = PgConnection::establish(url).expect("the database opens");
    let mut columns: Vec<Column> = sql_query(
        "SELECT table_name::text AS relation, column_name::text AS name, (is_nullable = 'NO')::int::bigint AS required \
         FROM information_schema.columns WHERE table_schema IN ('public', 'keys') AND table_name NOT LIKE '\\_\\_%' \
         AND NOT (SELECT relispartition FROM pg_class WHERE oid = (quote_ident(table_schema) || '.' || quote_ident(table_name))::regclass)",
    )
    .load(&mut conn)
    .expect("columns");
    let mut indexes: Vec<Index> = sql_query(
        "SELECT indexname::text AS name FROM pg_indexes WHERE schemaname IN ('public', 'keys') AND indexname NOT LIKE '%\\_pkey' \
         AND indexname NOT LIKE '%\\_key' AND tablename NOT LIKE '\\_\\_%' \
         AND NOT (SELECT relispartition FROM pg_class WHERE oid = (quote_ident(schemaname) || '.' || quote_ident(tablename))::regclass)",
    )
    .load(&mut conn)
    .expect("indexes");
    columns.sort();
    indexes.sort();
    (columns, indexes)
}

fn up_down_up(place: &Place, shape: impl Fn() -> Shape) -> Shape {
    let ran = db::migrate(place).expect("up");
    assert!(!ran.is_empty());
    let first = shape();
    db::revert_all(place).expect("down");
    assert_eq!(shape(), (Vec::new(), Vec::new()), "down leaves nothing behind");
    db::migrate(place).expect("up again");
    assert_eq!(shape(), first, "up again gives the same");
    assert!(db::pending(place).expect("asked").is_empty());
    first
}

#[test]
fn each_migration_runs_up_down_and_up_and_both_databases_end_alike() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = |name: &str| folder.path().join(name).to_string_lossy().into_owned();
    let sqlite = Place::Sqlite { file: file("a.sqlite"), keys: file("a.keys.sqlite"), busy_timeout_ms: 1000 };
    let of_sqlite = up_down_up(&sqlite, || of_sqlite(&sqlite));

    let database = TestDatabase::create_empty();
    let postgres = Place::Postgres { url: database.url().to_owned(), statement_timeout_ms: 10_000 };
    let of_postgres = up_down_up(&postgres, || of_postgres(database.url()));
    assert_eq!(of_sqlite, of_postgres);
}

#[test]
fn audit_entries_cannot_be_changed_or_removed() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = |name: &str| folder.path().join(name).to_string_lossy().into_owned();
    let sqlite = Place::Sqlite { file: file("a.sqlite"), keys: file("a.keys.sqlite"), busy_timeout_ms: 1000 };
    db::migrate(&sqlite).expect("up");
    let database = TestDatabase::create_empty();
    let postgres = Place::Postgres { url: database.url().to_owned(), statement_timeout_ms: 10_000 };
    db::migrate(&postgres).expect("up");

    let row =
        |hex: &str| format!("INTO audit_entries (id, at, action, outcome, bytes) VALUES ('e', 1, 'view_case', 'allowed', {hex})");
    let attempts = [
        "UPDATE audit_entries SET at = 2",
        "DELETE FROM audit_entries",
        "UPDATE audit_cases SET case_id = 'x'",
        "DELETE FROM audit_cases",
    ];
    let case = "INSERT INTO audit_cases (case_id, entry_id) VALUES ('c', 'e')";
    match sqlite.connect(true).expect("connects") {
        db::Conn::Sqlite(mut conn) => {
            sql_query(format!("INSERT {}", row("x'00'"))).execute(&mut conn).expect("appends");
            sql_query(case).execute(&mut conn).expect("appends");
            for attempt in attempts.map(str::to_owned).into_iter().chain([format!("REPLACE {}", row("x'01'"))]) {
                let refused = sql_query(&attempt).execute(&mut conn).expect_err(&attempt).to_string();
                assert!(refused.contains("append-only"), "{attempt}: {refused}");
            }
        }
        db::Conn::Postgres(_) => panic!("not SQLite"),
    }
    let mut conn = PgConnection::establish(database.url()).expect("connects");
    sql_query(format!("INSERT {}", row("'\\x00'"))).execute(&mut conn).expect("appends");
    sql_query(case).execute(&mut conn).expect("appends");
    for attempt in attempts.into_iter().chain([
        "TRUNCATE audit_entries",
        "TRUNCATE audit_cases",
        "UPDATE audit_entries_default SET at = 2",
        "DELETE FROM audit_entries_default",
        "TRUNCATE audit_entries_default",
        "DELETE FROM audit_cases_default",
        "TRUNCATE audit_cases_default",
    ]) {
        let refused = sql_query(attempt).execute(&mut conn).expect_err(attempt).to_string();
        assert!(refused.contains("append-only"), "{attempt}: {refused}");
    }
}
