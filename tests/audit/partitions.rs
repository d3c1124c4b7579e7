//! The log by month (PostgreSQL; on SQLite the same without partitions): whatever the month, an entry finds its place and
//! every page finds the entry; no partition can be changed past the log.

use diesel::connection::SimpleConnection as _;
use diesel::sql_types::{BigInt, Text};
use diesel::{Connection as _, PgConnection, QueryableByName, RunQueryDsl as _, SqliteConnection, sql_query};
use lianhu::audit::{CaseSeen, Entry, Filter, append, page};
use lianhu::base::config::DatabaseUrl;
use lianhu::base::db::{Db, DbError};
use lianhu::base::ids::{CaseId, EntryId};
use lianhu::base::time::Timestamp;
use lianhu::base::words::{FacetSet, Outcome};
use serde_json::json;

use crate::app::{self, App, Expect, on_both_databases};

/// Where the moments of this test lie: its own month, the next, and two that nobody made anything for.
const MOMENTS: [&str; 4] = ["2001-05-06T07:08:09Z", "2026-03-31T23:59:59.999Z", "2026-04-01T00:00:00Z", "2099-12-31T23:59:59Z"];

fn database(app: &App) -> Db {
    let url = app.postgres().map_or_else(
        || DatabaseUrl::Sqlite(app.folder().join("lianhu.sqlite")),
        |url| DatabaseUrl::Postgres(zeroize::Zeroizing::new(url.to_owned())),
    );
    let settings = app::settings(url);
    Db::open(settings.database.place(), settings.database.sizes(), app.clock.clone()).unwrap()
}

fn id_at(moment: Timestamp, last: u8) -> EntryId {
    let hex = format!("{:012x}", moment.micros() / 1000);
    format!("{}-{}-7000-8000-0000000000{last:02x}", &hex[..8], &hex[8..]).parse().unwrap()
}

async fn ids(db: &Db, filter: Filter) -> Vec<EntryId> {
    let found = db.read::<_, DbError, _>(move |tx| page(tx, &filter, 1000)).await.unwrap();
    found.into_iter().map(|found| found.entry.id).collect()
}

async fn add(db: &Db, entries: Vec<Entry>) {
    db.write::<_, DbError, _>(move |tx| entries.iter().try_for_each(|entry| append(tx, entry))).await.unwrap();
}

#[derive(QueryableByName)]
struct Partition {
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = BigInt)]
    rows: i64,
}

/// The partitions that hold entries, and how many.
fn partitions(app: &App) -> Vec<(String, i64)> {
    let Some(url) = app.postgres() else { return Vec::new() };
    let mut conn = PgConnection::establish(url).unwrap();
    sql_query("SELECT tableoid::regclass::text AS name, COUNT(*) AS rows FROM audit_entries GROUP BY tableoid ORDER BY 1")
        .load::<Partition>(&mut conn)
        .unwrap()
        .into_iter()
        .map(|found| (found.name, found.rows))
        .collect()
}

/// Each of these, past the program, is refused by the database itself.
fn is_append_only(app: &App, tables: &[&str]) {
    let refuse = |told: String, what: &str| assert!(told.contains("append-only"), "{what}: {told}");
    for table in tables {
        let column = if table.contains("cases") { "case_id" } else { "action" };
        let attempts =
            [format!("UPDATE {table} SET {column} = 'x'"), format!("DELETE FROM {table}"), format!("TRUNCATE {table}")];
        match app.postgres() {
            None => {
                let file = app.folder().join("lianhu.sqlite");
                let mut conn = SqliteConnection::establish(&file.to_string_lossy()).unwrap();
                for attempt in attempts.iter().take(2) {
                    refuse(conn.batch_execute(attempt).unwrap_err().to_string(), attempt);
                }
            }
            Some(url) => {
                let mut conn = PgConnection::establish(url).unwrap();
                for attempt in &attempts {
                    refuse(conn.batch_execute(attempt).unwrap_err().to_string(), attempt);
                }
            }
        }
    }
}

on_both_databases! {
    async fn an_entry_of_any_month_has_its_place_and_is_found(app: App) {
        app.who("fu_staff").get("/api/v1/me").await.is(200);
        let db = database(&app);
        let model = db.read::<_, DbError, _>(|tx| page(tx, &Filter::default(), 1)).await.unwrap().remove(0).entry;
        let case: CaseId = "01900000-0000-7000-8000-000000000001".parse().unwrap();
        let about = |moment: &str, last: u8| {
            let at: Timestamp = moment.parse().unwrap();
            let seen = CaseSeen { case, facets: FacetSet::default(), grants: Vec::new() };
            Entry { id: id_at(at, last), at, cases: vec![seen], outcome: Outcome::Denied, ..model.clone() }
        };
        // Before any month was made: all of them lie in the default partition.
        add(&db, MOMENTS.iter().map(|moment| about(moment, 1)).collect()).await;
        let before = ids(&db, Filter::default()).await;
        if app.postgres().is_some() {
            assert_eq!(partitions(&app), [("audit_entries_default".to_owned(), i64::try_from(before.len()).unwrap())]);
        }

        // This month's move when it is made, with three more; made again, nothing happens.
        let made = db.make_partitions().await.unwrap();
        assert_eq!(made, if app.postgres().is_some() { 4 } else { 0 });
        assert_eq!(db.make_partitions().await.unwrap(), 0);
        assert_eq!(ids(&db, Filter::default()).await, before, "none is lost, and their order stays");
        add(&db, MOMENTS.iter().map(|moment| about(moment, 2)).collect()).await;
        if app.postgres().is_some() {
            let names: Vec<(String, i64)> = partitions(&app);
            let of = |name: &str| names.iter().find(|(found, _)| found == name).map(|(_, rows)| *rows);
            assert_eq!(of("audit_entries_default"), Some(4), "2001 and 2099: {names:?}");
            assert_eq!(of("audit_entries_2026_04"), Some(2), "{names:?}");
            assert_eq!(of("audit_entries_2026_03"), Some(i64::try_from(before.len()).unwrap() - 3 + 1), "{names:?}");
        }

        // Every filter, both ways, in pages.
        let mut expected: Vec<EntryId> = MOMENTS.iter().flat_map(|moment| [1, 2].map(|last| id_at(moment.parse().unwrap(), last))).collect();
        let of_case = || Filter { case: Some(case), ..Filter::default() };
        assert_eq!(ids(&db, Filter { oldest_first: true, ..of_case() }).await, expected);
        assert_eq!(ids(&db, Filter { oldest_first: true, past: Some(expected[2]), ..of_case() }).await, expected[3..]);
        let since = Filter { oldest_first: true, from: Some(MOMENTS[1].parse().unwrap()), until: Some(MOMENTS[3].parse().unwrap()), ..of_case() };
        assert_eq!(ids(&db, since).await, expected[2..6]);
        expected.reverse();
        assert_eq!(ids(&db, of_case()).await, expected);
        assert_eq!(ids(&db, Filter { past: Some(expected[2]), ..of_case() }).await, expected[3..]);
        let (actor, agency) = match &model.who {
            lianhu::audit::Who::User { user, agency, .. } => (*user, *agency),
            _ => panic!("a user asked"),
        };
        assert_eq!(ids(&db, Filter { actor: Some(actor), outcome: Some(Outcome::Denied), ..Filter::default() }).await, expected);
        assert_eq!(ids(&db, Filter { agency: Some(agency), outcome: Some(Outcome::Denied), ..Filter::default() }).await, expected);

        is_append_only(&app, &["audit_entries", "audit_cases"]);
        if app.postgres().is_some() {
            is_append_only(&app, &["audit_entries_default", "audit_cases_default", "audit_entries_2026_03", "audit_cases_2026_03"]);
        }
        assert_eq!(ids(&db, of_case()).await, expected);
    }

    async fn what_would_take_too_long_to_move_stays(app: App) {
        let Some(url) = app.postgres() else { return };
        app.who("fu_staff").get("/api/v1/me").await.is(200);
        let db = database(&app);
        let mut conn = PgConnection::establish(url).unwrap();
        // The program asks for 100,000; here one entry is too many. The months after it are made.
        conn.batch_execute(&format!("SELECT make_audit_partitions({}, 1, 1)", app.now().micros() / 1000)).unwrap();
        let names = |found: Vec<(String, i64)>| found.into_iter().map(|(name, _)| name).collect::<Vec<_>>();
        assert_eq!(names(partitions(&app)), ["audit_entries_default"]);
        app.who("fu_staff").get("/api/v1/me").await.is(200);
        app.who("fu_supervisor").post("/api/v1/cases", json!({})).await.is(422);
        assert_eq!(names(partitions(&app)), ["audit_entries_default"]);
        // Somebody who holds the tables is not waited for long, and nothing is lost.
        let mut other = PgConnection::establish(url).unwrap();
        other.batch_execute("BEGIN; LOCK TABLE audit_entries IN ACCESS SHARE MODE").unwrap();
        assert!(db.make_partitions().await.is_err());
        app.who("fu_staff").get("/api/v1/me").await.is(200);
        other.batch_execute("COMMIT").unwrap();
        assert!(db.make_partitions().await.unwrap() > 0);
        app.who("fu_staff").get("/api/v1/me").await.is(200);
        assert!(names(partitions(&app)).contains(&"audit_entries_2026_03".to_owned()));
    }
}
