//! The program's own keys: rotated under load, broken off in the middle, retired; on both databases.

use std::path::Path;

use lianhu::base::config::Settings;
use lianhu::cli::keys::{self, Format, Keys, NotDone, Rotated};
use lianhu::server::Lianhu;
use lianhu::vault::keys::{Draft, KeyProvider as _, Kind, create_missing};
use serde_json::{Value, json};

use crate::app::{App, Backend, Expect};

/// A Lianhu whose keys are files, with so many cases.
async fn with_cases(app: &App, count: usize) -> Vec<String> {
    let staff = app.who("fu_staff");
    let mut cases = Vec::new();
    for number in 0..count {
        let intake = json!({ "source": "walk_in", "parties": [{ "kind": "survivor", "name": format!("林{number}") }] });
        let case = staff.post("/cases", intake).await.is(201).id();
        staff.post(&format!("/cases/{case}/declarations"), json!({ "conflict": false })).await.is(201);
        cases.push(format!("/cases/{case}"));
    }
    cases
}

fn in_files(folder: &Path) -> impl FnOnce(&mut Settings) {
    create_missing(folder).unwrap();
    let folder = folder.to_owned();
    move |settings| {
        settings.keys.secrets = lianhu::base::config::KeySecrets::default();
        settings.keys.folder = folder;
    }
}

async fn readable(app: &App, cases: &[String]) {
    for case in cases {
        app.who("fu_staff").get(case).await.is(200);
    }
}

/// What `lianhu keys list` says of the master keys: id, state, case keys.
async fn masters(console: &Lianhu) -> Vec<(String, String, i64)> {
    let told = keys::run(console, &Keys::List { format: Format::Json }).await.unwrap();
    let lines: Value = serde_json::from_str(&told).unwrap();
    let lines = lines.as_array().unwrap().iter().filter(|line| line["kind"] == "master");
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    lines.map(|line| (text(&line["id"]), text(&line["state"]), line["case_keys"].as_i64().unwrap())).collect()
}

fn run<F: Future<Output = ()>>(backend: Backend, test: impl FnOnce(App, tempfile::TempDir) -> F) {
    let folder = tempfile::tempdir().unwrap();
    let app = App::with(backend, in_files(folder.path()));
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(test(app, folder));
}

macro_rules! with_key_files {
    ($( async fn $name:ident($app:ident: App, $folder:ident: TempDir) $body:block )*) => { $(
        mod $name {
            use super::*;
            async fn story($app: App, $folder: tempfile::TempDir) $body
            #[test]
            fn sqlite() {
                run(Backend::Sqlite, story);
            }
            #[test]
            fn postgres() {
                run(Backend::Postgres, story);
            }
        }
    )* };
}

with_key_files! {
    async fn cases_are_read_and_made_while_the_master_key_changes(app: App, folder: TempDir) {
        let console = app.node(in_files(folder.path()));
        let cases = with_cases(&app, 8).await;
        let old = masters(&console).await.pop().unwrap();
        assert_eq!((old.1.as_str(), old.2), ("current", 8));

        let rotation = async { keys::run(&console, &Keys::Rotate { kind: Rotated::Master }).await.unwrap() };
        let work = async {
            for _ in 0..4 {
                readable(&app, &cases).await;
                with_cases(&app, 1).await;
            }
        };
        let (told, ()) = futures_util::future::join(rotation, work).await;
        assert!(told.contains(&old.0), "{told}");
        app.lianhu.tend_keys().await.unwrap();
        let now = masters(&console).await;
        assert_eq!(now.len(), 2);
        assert_eq!((now[0].1.as_str(), now[0].2), ("current", 12), "{now:?}");
        assert_eq!((now[1].0.as_str(), now[1].1.as_str(), now[1].2), (old.0.as_str(), "old", 0), "{now:?}");
        readable(&app, &cases).await;

        // Nothing rests on the old one: it goes, and every case opens still, on a node that starts now too.
        keys::run(&console, &Keys::Retire { id: old.0.clone() }).await.unwrap();
        assert_eq!(masters(&console).await.len(), 1);
        app.lianhu.tend_keys().await.unwrap();
        readable(&app, &cases).await;
        let again = keys::run(&console, &Keys::Retire { id: old.0 }).await.unwrap_err();
        assert!(matches!(again, NotDone::Unknown(_)), "{again}");
        let current = keys::run(&console, &Keys::Retire { id: now[0].0.clone() }).await.unwrap_err();
        assert!(matches!(current, NotDone::Unknown(_)), "{current}");
    }

    async fn a_rotation_broken_off_goes_on(app: App, folder: TempDir) {
        let console = app.node(in_files(folder.path()));
        let cases = with_cases(&app, 3).await;
        let old = masters(&console).await.pop().unwrap().0;
        // The key file changed, and then the power failed; cases entered later rest on the new key.
        Draft::of(folder.path(), Kind::Master).unwrap().install().unwrap();
        let more = with_cases(&app, 2).await;
        readable(&app, &cases).await;
        readable(&app, &more).await;
        let half = masters(&console).await;
        assert_eq!(half.iter().map(|key| key.2).collect::<Vec<_>>(), [2, 3], "{half:?}");

        let refused = keys::run(&console, &Keys::Retire { id: old.clone() }).await.unwrap_err();
        assert!(matches!(refused, NotDone::InUse { count: 3, .. }), "{refused}");
        assert!(folder.path().join(format!("master.{old}.key")).exists());

        // Run again it goes on, and makes no third key.
        let told = keys::run(&console, &Keys::Rotate { kind: Rotated::Master }).await.unwrap();
        assert!(told.contains("no new key") && told.contains("3 case keys"), "{told}");
        let whole = masters(&console).await;
        assert_eq!(whole.iter().map(|key| key.2).collect::<Vec<_>>(), [5, 0], "{whole:?}");
        readable(&app, &cases).await;

        // Each step is in the log, by the console; the machine's rewrapping by itself too.
        Draft::of(folder.path(), Kind::Master).unwrap().install().unwrap();
        let outcome = app.lianhu.tend_keys().await.unwrap();
        assert_eq!((outcome.done, outcome.failed), (5, 0));
        assert_eq!(app.lianhu.tend_keys().await.unwrap().done, 0);
        let entries = app.who("jd_auditor").get("/audit/entries?limit=100").await.is(200);
        let actions: Vec<&str> = entries.body["items"].as_array().unwrap().iter().filter_map(|entry| entry["action"].as_str()).collect();
        for action in ["rewrap_keys", "list_keys"] {
            assert!(actions.contains(&action), "{action}: {actions:?}");
        }
    }

    async fn tokens_of_a_signing_key_that_was_changed_are_refused_at_once(app: App, folder: TempDir) {
        let console = app.node(in_files(folder.path()));
        let staff = app.who("fu_staff");
        staff.get("/me").await.is(200);
        let token = staff.token().unwrap();
        keys::run(&console, &Keys::Rotate { kind: Rotated::TokenSigning }).await.unwrap();
        app.lianhu.tend_keys().await.unwrap();
        let asked = app.http.get(format!("{}/api/v1/me", app.base)).bearer_auth(token).send().await.unwrap();
        assert_eq!(asked.status().as_u16(), 401);

        let before = app.lianhu.keys().log_seed();
        keys::run(&console, &Keys::Rotate { kind: Rotated::Log }).await.unwrap();
        app.lianhu.tend_keys().await.unwrap();
        let keys = app.lianhu.keys();
        assert_ne!(keys.log_seed().public(), before.public());
        assert_eq!(keys.older_log_seeds()[0].public(), before.public());
    }
}
