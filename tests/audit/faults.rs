//! An entry that cannot be written turns every access into 503, with nothing shown and nothing changed; a refused write
//! leaves its entry. The fault is put into the database: there is no switch in the program.

use diesel::connection::SimpleConnection as _;
use diesel::{Connection as _, PgConnection, SqliteConnection};
use reqwest::Method;
use serde_json::json;

use crate::app::{App, Expect, on_both_databases};
use crate::rows::rows;
use crate::sample::{self, ABSENT};

/// Runs statements against the test's database, past the program.
fn outside(app: &App, sqlite: &str, postgres: &str) {
    match app.postgres() {
        None => {
            let file = app.folder().join("lianhu.sqlite");
            let mut conn = SqliteConnection::establish(&file.to_string_lossy()).expect("the file opens");
            conn.batch_execute(&format!("PRAGMA busy_timeout = 5000; {sqlite}")).expect("runs");
        }
        Some(url) => PgConnection::establish(url).expect("the database opens").batch_execute(postgres).expect("runs"),
    }
}

fn break_the_log(app: &App) {
    outside(
        app,
        "CREATE TRIGGER fault BEFORE INSERT ON audit_entries BEGIN SELECT RAISE(ABORT, 'fault'); END",
        "CREATE FUNCTION fault() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'fault'; END $$; \
         CREATE TRIGGER fault BEFORE INSERT ON audit_entries FOR EACH ROW EXECUTE FUNCTION fault()",
    );
}

fn mend_the_log(app: &App) {
    outside(app, "DROP TRIGGER fault", "DROP TRIGGER fault ON audit_entries");
}

on_both_databases! {
    async fn an_entry_that_cannot_be_written_stops_every_access(app: App) {
        let document = app.visitor().get("/api/v1/openapi.json").await.is(200).body;
        let people = ["fu_supervisor", "qz_worker", "yy_police", "jd_auditor", "admin"];
        for person in people {
            app.who(person).sign_in().await.is(201);
        }
        break_the_log(&app);
        let before = rows(&app);
        let mut asked = 0;
        for operation in sample::operations(&document).into_iter().filter(|operation| operation.is_recorded) {
            for person in people {
                // A tile's path is no id: one that is none does not reach the gate.
                let path = sample::at(&operation, |name| if name == "path" { "0/000".to_owned() } else { ABSENT.to_owned() });
                let method: Method = operation.method.parse().expect("a method");
                let mut headers = Vec::new();
                if operation.needs_if_match {
                    headers.push(("if-match", "\"v1\""));
                }
                if operation.takes_file {
                    headers.push(("content-type", "application/octet-stream"));
                }
                let answer = app.who(person).send(method, &path, operation.body.as_ref(), &headers).await.expect("answered");
                // A body that cross-field rules refuse never reaches the gate: 422 says nothing of anybody.
                if answer.status != 422 {
                    asked += 1;
                    assert_eq!((answer.status, answer.code().as_str()), (503, "audit_unavailable"), "{} as {person}", operation.id);
                    assert!(answer.header("retry-after").is_some(), "{}", operation.id);
                }
            }
        }
        assert!(asked > 200, "only {asked} requests reached the gate");
        assert_eq!(rows(&app), before, "something was changed although it could not be recorded");
        mend_the_log(&app);
        app.who("fu_supervisor").get("/me").await.is(200);
    }

    async fn an_erasure_that_cannot_be_recorded_destroys_no_key(app: App) {
        let (staff, supervisor) = (app.who("fu_staff"), app.who("fu_supervisor"));
        let intake = json!({ "source": "walk_in", "parties": [{ "kind": "survivor", "name": "林晓梅" }] });
        let at = format!("/cases/{}", staff.post("/cases", intake).await.is(201).id());
        for person in [staff, supervisor] {
            person.post(&format!("{at}/declarations"), json!({ "conflict": false })).await.is(201);
        }
        staff.step(&at, "open", json!({})).await.is(200);
        let note = staff.post(&format!("{at}/notes"), json!({ "kind": "progress", "text": "进展。" })).await.is(201).id();
        let asked = json!({ "reason_code": "survivor_request" });
        let of_note = staff.post(&format!("/notes/{note}/erasures"), asked.clone()).await.is(201).id();
        staff.step(&at, "request-close", json!({ "outcome": "moved_away", "summary": "已迁居。" })).await.is(200);
        supervisor.step(&at, "close", json!({ "high_risk_accepted": "已交接。" })).await.is(200);
        let of_case = staff.post(&format!("{at}/erasures"), asked).await.is(201).id();
        break_the_log(&app);
        for erasure in [&of_note, &of_case] {
            let approval = format!("{at}/erasures/{erasure}/approve");
            let answer = supervisor.ask(Method::POST, &approval, None, &[("if-match", "\"v1\"")]).await;
            answer.problem(503, "audit_unavailable");
        }
        mend_the_log(&app);
        assert_eq!(staff.get(&format!("{at}/notes/{note}")).await.is(200).text("/text"), "进展。");
        assert_eq!(staff.get(&format!("{at}/erasures/{of_case}")).await.is(200).text("/state"), "proposed");
        let done = supervisor.step(&format!("{at}/erasures/{of_case}"), "approve", json!({})).await.is(200);
        assert_eq!(done.text("/state"), "executed");
        staff.get(&format!("{at}/notes/{note}")).await.problem(404, "not_found");
    }

    async fn a_refused_access_leaves_its_entry(app: App) {
        let stranger = app.who("yp_police");
        stranger.get(&format!("/cases/{ABSENT}")).await.problem(404, "not_found");
        stranger.post("/contracts", json!({ "nonsense": true })).await.is(422);
        let answer = stranger.post("/cases", json!({ "source": "walk_in", "parties": [] })).await.expect("answered");
        assert!(matches!(answer.status, 403 | 422), "{}", answer.status);
        let found = app.who("jd_auditor").get(&format!("/audit/entries?actor={}&outcome=denied", app.user("yp_police"))).await.is(200);
        let actions: Vec<&str> = found.body["items"].as_array().expect("items").iter().filter_map(|e| e["action"].as_str()).collect();
        assert!(actions.contains(&"view_case"), "{actions:?}");
    }
}
