//! A database of one's own, quickly: what every test on PostgreSQL relies on.

use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;

use diesel::sql_types::BigInt;
use diesel::{Connection, PgConnection, QueryableByName, RunQueryDsl, sql_query};

use crate::postgres::{TestDatabase, admin_url, template};

#[test]
fn two_databases_of_one_template_are_made_at_once_and_know_nothing_of_each_other() {
    let migrated = AtomicU32::new(0);
    let inserted = || {
        let template = template("ground", "twice", |url| {
            migrated.fetch_add(1, Ordering::Relaxed);
            run(url, "CREATE TABLE stones (id BIGINT PRIMARY KEY)");
        });
        let database = TestDatabase::from_template(&template);
        run(database.url(), "INSERT INTO stones VALUES (1)");
        (count(database.url(), "SELECT count(*) AS count FROM stones"), database.url().to_owned())
    };

    let (one, other) = thread::scope(|scope| {
        let (one, other) = (scope.spawn(inserted), scope.spawn(inserted));
        (one.join().unwrap(), other.join().unwrap())
    });

    assert_eq!((one.0, other.0), (1, 1));
    assert_ne!(one.1, other.1);
    assert!(migrated.into_inner() <= 1, "none, where an earlier run left the template");
    for (_, url) in [one, other] {
        assert!(PgConnection::establish(&url).is_err(), "dropped with its owner: {url}");
    }
}

#[test]
fn a_template_is_made_anew_when_what_it_is_made_of_changes() {
    let one = template("changing", "one", |url| run(url, "CREATE TABLE one (id BIGINT)"));
    let two = template("changing", "two", |url| run(url, "CREATE TABLE two (id BIGINT)"));
    assert_ne!(one, two);
    run(TestDatabase::from_template(&two).url(), "SELECT * FROM two");
}

#[test]
fn a_template_left_half_made_is_made_again() {
    let half = std::panic::catch_unwind(|| template("half", "made", |_| panic!("a migration fails")));
    assert!(half.is_err());
    let whole = template("half", "made", |url| run(url, "CREATE TABLE whole (id BIGINT)"));
    run(TestDatabase::from_template(&whole).url(), "SELECT * FROM whole");
}

#[test]
fn an_empty_database_is_empty_and_dropped_while_somebody_is_connected() {
    let database = TestDatabase::create_empty();
    let url = database.url().to_owned();
    assert_eq!(count(&url, "SELECT count(*) AS count FROM pg_tables WHERE schemaname = 'public'"), 0);
    let _connected = PgConnection::establish(&url).unwrap();
    drop(database);
    assert!(PgConnection::establish(&url).is_err());
}

#[test]
fn the_server_is_new_enough() {
    assert!(count(&admin_url(), "SELECT current_setting('server_version_num')::bigint AS count") >= 150_000);
}

fn run(url: &str, statement: &str) {
    sql_query(statement).execute(&mut PgConnection::establish(url).unwrap()).unwrap();
}

fn count(url: &str, query: &str) -> i64 {
    #[derive(QueryableByName)]
    struct Count {
        #[diesel(sql_type = BigInt)]
        count: i64,
    }
    sql_query(query).get_result::<Count>(&mut PgConnection::establish(url).unwrap()).unwrap().count
}
