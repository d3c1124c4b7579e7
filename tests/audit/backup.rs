//! `lianhu backup` and `lianhu restore`, as the operator runs them: whole or none, under load, keys apart, and recorded.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use diesel::connection::SimpleConnection as _;
use diesel::sql_types::{BigInt, Binary, Text};
use diesel::{Connection as _, PgConnection, QueryableByName, RunQueryDsl as _, SqliteConnection, sql_query};
use lianhu::base::config::DatabaseUrl;
use lianhu::cli::demo::client::Actor;
use lianhu::cli::demo::world::TEST_PASSWORD;
use serde_json::{Value, json};

use crate::app::{App, Expect, on_both_databases};
use crate::postgres::TestDatabase;
use crate::serving::{self, Serving};

/// A place to restore to, and what keeps it.
struct Place {
    url: DatabaseUrl,
    _held: Option<TestDatabase>,
}

/// The app's own database.
fn own(app: &App) -> DatabaseUrl {
    app.postgres().map_or_else(
        || DatabaseUrl::Sqlite(app.folder().join("lianhu.sqlite")),
        |url| DatabaseUrl::Postgres(zeroize::Zeroizing::new(url.to_owned())),
    )
}

/// An empty one of the same kind.
fn empty(app: &App, folder: &Path) -> Place {
    if app.postgres().is_none() {
        return Place { url: DatabaseUrl::Sqlite(folder.join("restored").join("lianhu.sqlite")), _held: None };
    }
    let database = TestDatabase::create_empty();
    Place { url: DatabaseUrl::Postgres(zeroize::Zeroizing::new(database.url().to_owned())), _held: Some(database) }
}

/// What the command says, and whether it did it.
fn lianhu(url: &DatabaseUrl, arguments: &[&str]) -> (bool, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_lianhu"));
    serving::settings(&mut command, url);
    let done = command.args(arguments).output().expect("it runs");
    (done.status.success(), String::from_utf8_lossy(&done.stdout).into_owned() + &String::from_utf8_lossy(&done.stderr))
}

fn refused(url: &DatabaseUrl, arguments: &[&str], says: &[&str]) {
    let (done, told) = lianhu(url, arguments);
    assert!(!done && says.iter().all(|part| told.contains(part)), "{arguments:?}: {told}");
}

struct Folders {
    _root: tempfile::TempDir,
    data: PathBuf,
    keys: PathBuf,
}

impl Folders {
    fn new() -> Self {
        let root = tempfile::tempdir().unwrap();
        Self { data: root.path().join("data"), keys: root.path().join("keys"), _root: root }
    }
    fn of<'a>(&'a self, data: &'a str, keys: &'a str) -> [&'a str; 4] {
        [data, self.data.to_str().unwrap(), keys, self.keys.to_str().unwrap()]
    }
    fn take(&self, url: &DatabaseUrl) -> String {
        let (done, told) = lianhu(url, &[&["backup"], self.of("--to", "--keys-to").as_slice()].concat());
        assert!(done, "{told}");
        told
    }
    fn restore(&self) -> Vec<&str> {
        [&["restore"], self.of("--from", "--keys-from").as_slice()].concat()
    }
}

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

#[derive(QueryableByName)]
struct Bytes {
    #[diesel(sql_type = Binary)]
    bytes: Vec<u8>,
}

macro_rules! on {
    ($url:expr, $conn:ident => $body:expr) => {
        match $url {
            DatabaseUrl::Sqlite(file) => {
                let $conn = &mut SqliteConnection::establish(&file.to_string_lossy()).unwrap();
                let keys = file.with_file_name("lianhu.keys.sqlite");
                $conn.batch_execute(&format!("PRAGMA busy_timeout = 5000; ATTACH '{}' AS keys", keys.display())).unwrap();
                $body
            }
            DatabaseUrl::Postgres(url) => {
                let $conn = &mut PgConnection::establish(url).unwrap();
                $body
            }
        }
    };
}

/// How many rows each table has, the key store's too.
fn rows(url: &DatabaseUrl) -> BTreeMap<String, i64> {
    let names = match url {
        DatabaseUrl::Sqlite(_) => {
            "SELECT name FROM main.sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%' \
             UNION ALL SELECT 'keys.' || name FROM keys.sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'"
        }
        DatabaseUrl::Postgres(_) => {
            "SELECT table_schema::text || '.' || table_name::text AS name FROM information_schema.tables \
             WHERE table_schema IN ('public', 'keys')"
        }
    };
    on!(url, conn => {
        let names: Vec<Name> = sql_query(names).load(conn).unwrap();
        let count = |name: String| {
            let found: Count = sql_query(format!("SELECT COUNT(*) AS rows FROM {name}")).get_result(conn).unwrap();
            (name, found.rows)
        };
        names.into_iter().map(|table| table.name).map(count).collect()
    })
}

fn number(url: &DatabaseUrl, sql: &str) -> i64 {
    on!(url, conn => sql_query(format!("SELECT COUNT(*) AS rows FROM {sql}")).get_result::<Count>(conn).unwrap().rows)
}

/// The newest entry of this action.
fn newest_entry(url: &DatabaseUrl) -> Value {
    let newest = "SELECT bytes FROM audit_entries ORDER BY id DESC LIMIT 1";
    let bytes = on!(url, conn => sql_query(newest).get_result::<Bytes>(conn).unwrap().bytes);
    serde_json::from_slice(&bytes).unwrap()
}

/// A case with a note in each of two facets.
async fn case(staff: &Actor) -> String {
    let intake = json!({
        "source": "walk_in", "incident": { "account": "丈夫酒后殴打" }, "parties": [{ "kind": "survivor", "name": "林晓梅" }]
    });
    let case = staff.post("/cases", intake).await.is(201).id();
    staff.post(&format!("/cases/{case}/declarations"), json!({ "conflict": false })).await.is(201);
    note(staff, &case).await;
    case
}

async fn note(staff: &Actor, case: &str) {
    staff.post(&format!("/cases/{case}/notes"), json!({ "kind": "progress", "text": "已联系法律援助" })).await.is(201);
}

on_both_databases! {
    async fn what_was_backed_up_is_there_again_and_reads_the_same(app: App) {
        let (url, folders) = (own(&app), Folders::new());
        let staff = app.who("fu_staff");
        let id = case(staff).await;
        let seen = staff.get(&format!("/cases/{id}?notes=10")).await.is(200).body;
        app.lianhu.sequence().await.unwrap();
        let before = rows(&url);
        let told = folders.take(&url);
        let mut expected = rows(&url);
        // The copy is made before the entry that tells of it.
        let taken = newest_entry(&url);
        assert_eq!(taken["action"], "take_backup");
        let digest = told.lines().find_map(|line| line.rsplit_once("recorded: ")).unwrap().1.to_owned();
        assert_eq!(taken["changed"][0]["record"], format!("backup/{digest}"));
        for (name, rows) in &before {
            assert!(expected[name] == *rows || name.contains("audit"), "a backup changes nothing but the log: {name}");
        }
        expected.retain(|name, _| !name.contains("audit"));

        let root = tempfile::tempdir().unwrap();
        let place = empty(&app, root.path());
        let (done, told) = lianhu(&place.url, &folders.restore());
        assert!(done && told.contains("lianhu audit verify") && told.contains("0 case(s) have no key"), "{told}");
        assert!(told.contains("entries of the backup's checkpoint"), "{told}");
        let mut found = rows(&place.url);
        let entries = |rows: &BTreeMap<String, i64>| rows.iter().filter(|(name, _)| name.ends_with("audit_entries")).map(|(_, rows)| *rows).sum::<i64>();
        assert_eq!(entries(&found), entries(&before) + 1, "the copy's entries, and that it was restored");
        found.retain(|name, _| !name.contains("audit"));
        for table in ["spent_refresh_tokens", "calendar_tokens"] {
            for rows in [&mut found, &mut expected] {
                rows.retain(|name, _| !name.ends_with(table));
            }
        }
        assert_eq!(found, expected);
        let restored = newest_entry(&place.url);
        assert_eq!(restored["action"], "restore_backup");
        assert_eq!(restored["changed"][0]["record"], format!("backup/{digest}"));
        // Who was signed in is not any more: that session may have been ended since.
        assert_eq!(number(&place.url, "sessions WHERE ended_at IS NULL"), 0);
        assert!(number(&place.url, "sessions") > 0);

        let serving = Serving::start(&place.url, &[]);
        let again = Actor::new(app.http.clone(), &serving.base, "fu_staff", TEST_PASSWORD);
        again.sign_in().await.is(201);
        assert_eq!(again.get(&format!("/cases/{id}?notes=10")).await.is(200).body, seen);
        note(&again, &id).await;
    }

    async fn a_backup_while_others_write_is_of_one_moment(app: App) {
        let (url, folders) = (own(&app), Folders::new());
        let staff = app.who("fu_staff");
        let first = case(staff).await;
        let before = rows(&url);
        let is_over = Arc::new(AtomicBool::new(false));
        let backup = {
            let (url, is_over) = (url.clone(), is_over.clone());
            tokio::task::spawn_blocking(move || {
                folders.take(&url);
                is_over.store(true, Ordering::Relaxed);
                folders
            })
        };
        let mut entered = 0;
        while !is_over.load(Ordering::Relaxed) {
            let id = case(staff).await;
            note(staff, &id).await;
            note(staff, &first).await;
            entered += 1;
        }
        let folders = backup.await.unwrap();
        assert!(entered > 1, "there was load");
        let after = rows(&url);
        let root = tempfile::tempdir().unwrap();
        let place = empty(&app, root.path());
        let (done, told) = lianhu(&place.url, &folders.restore());
        assert!(done && told.contains("0 case(s) have no key"), "{told}");
        let found = rows(&place.url);
        for (name, rows) in found.iter().filter(|(name, _)| !name.contains("tokens")) {
            let extra = i64::from(name.contains("audit"));
            assert!(before[name] <= *rows && *rows <= after[name] + extra, "{name}: {} {rows} {}", before[name], after[name]);
        }
        // Of one moment: nothing without what it belongs to, no record without its entry.
        for orphans in [
            "notes WHERE case_id NOT IN (SELECT case_id FROM case_standing)",
            "parties WHERE case_id NOT IN (SELECT case_id FROM case_standing)",
            "case_standing WHERE case_id NOT IN (SELECT case_id FROM audit_cases)",
            "case_standing WHERE case_id NOT IN (SELECT case_id FROM keys.case_keys)",
            "audit_cases WHERE entry_id NOT IN (SELECT id FROM audit_entries)",
        ] {
            assert_eq!(number(&place.url, orphans), 0, "{orphans}");
        }
    }

    async fn data_without_keys_open_nothing(app: App) {
        let (url, folders) = (own(&app), Folders::new());
        let staff = app.who("fu_staff");
        let id = case(staff).await;
        let data = folders.data.to_str().unwrap();
        let (done, told) = lianhu(&url, &["backup", "--to", data]);
        assert!(done && told.contains("no keys"), "{told}");
        assert!(!folders.keys.exists());

        let root = tempfile::tempdir().unwrap();
        let place = empty(&app, root.path());
        let (done, told) = lianhu(&place.url, &["restore", "--from", data]);
        assert!(done && told.contains("1 case(s) have no key"), "{told}");
        assert_eq!(number(&place.url, "keys.case_keys"), 0);
        assert_eq!(number(&place.url, "case_standing"), 1);
        let serving = Serving::start(&place.url, &[]);
        let again = Actor::new(app.http.clone(), &serving.base, "fu_staff", TEST_PASSWORD);
        again.sign_in().await.is(201);
        // As of a case that was erased: its head, and nothing that was sealed.
        let answer = again.get(&format!("/cases/{id}?notes=10")).await.unwrap();
        let shown = String::from_utf8_lossy(&answer.bytes);
        assert!(["林", "殴打", "法律援助"].iter().all(|sealed| !shown.contains(sealed)), "{shown}");
    }

    async fn what_is_not_whole_or_not_empty_is_refused(app: App) {
        let (url, folders) = (own(&app), Folders::new());
        case(app.who("fu_staff")).await;
        let (data, keys) = (folders.data.to_str().unwrap(), folders.keys.to_str().unwrap());
        let inside = folders.data.join("keys");
        refused(&url, &["backup", "--to", data, "--keys-to", inside.to_str().unwrap()], &["apart"]);
        assert!(!folders.data.exists(), "what is refused leaves nothing behind");
        folders.take(&url);
        for folder in [&folders.data, &folders.keys] {
            for file in std::fs::read_dir(folder).unwrap().map(|file| file.unwrap()) {
                let mode = std::os::unix::fs::PermissionsExt::mode(&file.metadata().unwrap().permissions()) & 0o777;
                assert_eq!(mode, 0o600, "{}", file.path().display());
            }
        }
        refused(&url, &["backup", "--to", data], &[data, "not empty"]);

        let root = tempfile::tempdir().unwrap();
        let place = empty(&app, root.path());
        let restore = folders.restore();
        refused(&url, &restore, &["not empty"]);
        refused(&place.url, &["restore", "--from", keys], &["of the keys, not of the data"]);
        refused(&place.url, &["restore", "--from", data, "--keys-from", data], &["of the data, not of the keys"]);
        refused(&place.url, &["restore", "--from", root.path().to_str().unwrap()], &["no manifest.json"]);
        let extension = if app.postgres().is_some() { "dump" } else { "sqlite" };
        for (folder, name) in [(&folders.data, "data"), (&folders.keys, "keys")] {
            let file = folder.join(format!("{name}.{extension}"));
            let whole = std::fs::read(&file).unwrap();
            let path = file.to_str().unwrap();
            let mut changed = whole.clone();
            let middle = changed.len() / 2;
            changed[middle] ^= 1;
            std::fs::write(&file, &changed).unwrap();
            refused(&place.url, &restore, &[path, "SHA-256"]);
            std::fs::write(&file, &whole[..whole.len() - 1]).unwrap();
            refused(&place.url, &restore, &[path, "length"]);
            std::fs::remove_file(&file).unwrap();
            refused(&place.url, &restore, &[path]);
            std::fs::write(&file, &whole).unwrap();
            let manifest = folder.join("manifest.json");
            let text = std::fs::read_to_string(&manifest).unwrap();
            std::fs::write(&manifest, text.replace("\"form\": 1", "\"form\": 2")).unwrap();
            refused(&place.url, &restore, &["not a manifest"]);
            std::fs::write(&manifest, text.replace("\"last_migration\": \"0", "\"last_migration\": \"9")).unwrap();
            refused(&place.url, &restore, &[if name == "data" { "later than this version" } else { "different versions" }]);
            std::fs::write(&manifest, &text).unwrap();
        }
        if app.postgres().is_none() {
            assert!(!root.path().join("restored").exists(), "what is refused writes nothing");
        }
        // None of it did harm: the whole one is restored, once.
        let (done, told) = lianhu(&place.url, &restore);
        assert!(done, "{told}");
        refused(&place.url, &restore, &["not empty"]);
    }

    async fn what_is_not_recorded_is_no_backup(app: App) {
        let (url, folders) = (own(&app), Folders::new());
        match &url {
            DatabaseUrl::Sqlite(_) => on!(&url, conn => conn.batch_execute(
                "CREATE TRIGGER fault BEFORE INSERT ON audit_entries BEGIN SELECT RAISE(ABORT, 'fault'); END").unwrap()),
            DatabaseUrl::Postgres(_) => on!(&url, conn => conn.batch_execute(
                "ALTER TABLE audit_entries ADD CONSTRAINT fault CHECK (action <> 'take_backup') NOT VALID").unwrap()),
        }
        refused(&url, &[&["backup"], folders.of("--to", "--keys-to").as_slice()].concat(), &["recorded"]);
        assert!(!folders.data.exists() && !folders.keys.exists());
    }
}
