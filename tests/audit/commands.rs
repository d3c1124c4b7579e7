//! `lianhu audit verify`, as an auditor runs it; and the log under a key that was changed.

use std::process::{Command, Output};
use std::sync::Arc;

use diesel::connection::SimpleConnection as _;
use diesel::{Connection as _, PgConnection, SqliteConnection};
use lianhu::audit::log::note::{Signer, Use};
use lianhu::audit::log::sequencer::{self, LogError, LogKeys, Round};
use lianhu::audit::verify::{self, Kind, Options, Silent};
use lianhu::base::db::Db;
use serde_json::Value;
use zeroize::Zeroizing;

use crate::app::{App, Expect as _, on_both_databases};
use crate::attacks::{logged, read_independently};

fn verified(app: &App, arguments: &[&str]) -> Output {
    let url = app.postgres().map_or_else(|| format!("sqlite:{}", app.folder().join("lianhu.sqlite").display()), str::to_owned);
    let mut command = Command::new(env!("CARGO_BIN_EXE_lianhu"));
    // Without any of the program's keys.
    command.env_clear().env("LIANHU_DATABASE_URL", url).args(["audit", "verify"]).args(arguments);
    command.output().expect("it runs")
}

fn code(output: &Output) -> i32 {
    output.status.code().unwrap_or(-1)
}

/// Runs a statement past the program, and past what refuses it.
fn outside(app: &App, sql: &str) {
    match app.postgres() {
        None => SqliteConnection::establish(&app.folder().join("lianhu.sqlite").to_string_lossy())
            .unwrap()
            .batch_execute(&format!("PRAGMA busy_timeout = 5000; DROP TRIGGER IF EXISTS audit_entries_no_update; {sql}"))
            .unwrap(),
        Some(url) => PgConnection::establish(url)
            .unwrap()
            .batch_execute(&format!("ALTER TABLE audit_entries DISABLE TRIGGER ALL; {sql}"))
            .unwrap(),
    }
}

/// The log's key after `changes` of it.
fn keys(app: &App, changes: u8) -> LogKeys {
    let first = app.lianhu.log_keys();
    let mut older: Vec<Zeroizing<[u8; 32]>> = (1..changes).map(|n| Zeroizing::new([n; 32])).collect();
    if changes == 0 {
        return first;
    }
    older.push(first.current);
    LogKeys { current: Zeroizing::new([changes; 32]), older, origin: "another".to_owned() }
}

async fn round(db: &Db, keys: LogKeys) -> Result<Round, LogError> {
    let keys = Arc::new(keys);
    db.write(move |tx| sequencer::round(tx, &keys)).await
}

on_both_databases! {
    async fn the_command_tells_by_its_exit_code_and_names_the_entry(app: App) {
        logged(&app).await;
        let whole = verified(&app, &[]);
        assert_eq!(code(&whole), 0, "{}", String::from_utf8_lossy(&whole.stdout));
        assert!(String::from_utf8_lossy(&whole.stdout).contains("everything fits"));
        let id = app.who("jd_auditor").get("/audit/entries?limit=100").await.is(200).body["items"][60]["id"].as_str().unwrap().to_owned();
        outside(&app, &format!("UPDATE audit_entries SET outcome = 'failed' WHERE id = '{id}'"));
        let row = verified(&app, &["--format", "json"]);
        assert_eq!(code(&row), i32::from(Kind::Row.exit_code()));
        let told: Value = serde_json::from_slice(&row.stdout).unwrap();
        assert!(told["first"]["at"].to_string().contains(&id), "{told}");
        outside(&app, &format!("UPDATE audit_entries SET outcome = 'allowed', bytes = withheld WHERE id = '{id}'"));
        let entry = verified(&app, &["--format", "json"]);
        assert_eq!(code(&entry), i32::from(Kind::Entry.exit_code()));
        let told: Value = serde_json::from_slice(&entry.stdout).unwrap();
        assert_eq!(told["first"]["at"]["entry"], Value::String(id), "{told}");
        for wrong in [&["--since", "/nowhere"][..], &["--format", "xml"], &["--log-keys", "Cargo.toml"]] {
            assert_eq!(code(&verified(&app, wrong)), 2, "{wrong:?}");
        }
        assert_eq!(code(&verified(&app, &["--export", "/nowhere"])), 1);
    }

    async fn a_changed_key_goes_on_with_the_log_and_whoever_knows_the_first_can_check_it(app: App) {
        logged(&app).await;
        app.lianhu.sequence().await.unwrap();
        let settings = app.lianhu.settings();
        let db = Db::open(settings.database.place(), settings.database.sizes(), app.clock.clone()).unwrap();
        let first = app.lianhu.log_keys();
        let origin = String::from_utf8(app.who("jd_auditor").get("/audit/checkpoint").await.is(200).bytes).unwrap().lines().next().unwrap().to_owned();
        let known = Signer::new(&origin, Use::Log, &first.current).unwrap().public().clone();
        for changes in 1..=3 {
            app.who("fu_staff").get("/me").await.is(200);
            assert!(matches!(round(&db, keys(&app, changes)).await, Ok(Round::Placed { .. })));
        }
        let options = Options { log_keys: vec![known.clone()], ..Options::default() };
        let report = app.lianhu.verify_log(options.clone()).await.unwrap();
        assert!(report.is_whole() && report.log_keys_from_outside, "{:?}", report.failures);
        // A key of nobody's, or one that was put aside, signs nothing.
        app.who("fu_staff").get("/me").await.is(200);
        let stranger = LogKeys { current: Zeroizing::new([99; 32]), older: Vec::new(), origin: origin.clone() };
        for wrong in [stranger, keys(&app, 0), LogKeys { older: Vec::new(), ..keys(&app, 2) }] {
            assert!(matches!(round(&db, wrong).await, Err(LogError::OtherKey { .. })));
        }
        // On paper elsewhere, to a reader that knows the first key alone.
        round(&db, keys(&app, 3)).await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        app.lianhu.export_log(folder.path().to_owned(), Arc::new(|| Box::new(Silent))).await.unwrap();
        assert!(verify::folder(folder.path(), &options, &mut Silent).unwrap().is_whole());
        read_independently(folder.path(), &known.to_string(), true);
        let other = Signer::new(&origin, Use::Log, &[98; 32]).unwrap().public().clone();
        let report = app.lianhu.verify_log(Options { log_keys: vec![other], ..Options::default() }).await.unwrap();
        assert_eq!(report.exit_code(), Kind::Checkpoint.exit_code());
    }
}
