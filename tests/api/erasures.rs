//! Erasing a case, or one note: two persons, holds, retention; and that nothing is left of it, in any file.

use std::path::Path;

use lianhu::base::config::DatabaseUrl;
use lianhu::cli::demo::client::{Actor, Answer};
use lianhu::cli::demo::world::TEST_PASSWORD;
use reqwest::Method;
use serde_json::{Value, json};

use crate::app::{self, App, Backend, Expect, on_both_databases};
use crate::rows;

const NAME: &str = "林晓梅";
const SAID: &str = "她说他又喝酒了";

/// A case of the federation's own with a name and a note; both its people have declared. Its path, and its note's id.
async fn opened(app: &App) -> (String, String) {
    let staff = app.who("fu_staff");
    let intake = json!({ "source": "walk_in", "parties": [
        { "kind": "survivor", "name": NAME }, { "kind": "respondent", "name": "周建国" } ] });
    let at = format!("/cases/{}", staff.post("/cases", intake).await.is(201).id());
    for who in ["fu_staff", "fu_supervisor"] {
        app.who(who).post(&format!("{at}/declarations"), json!({ "conflict": false })).await.is(201);
    }
    staff.step(&at, "open", json!({})).await.is(200);
    let note = staff.post(&format!("{at}/notes"), json!({ "kind": "progress", "text": SAID })).await.is(201).id();
    (at, note)
}

async fn closes(app: &App, at: &str) {
    let asked = json!({ "outcome": "moved_away", "summary": "已迁居外地。" });
    app.who("fu_staff").step(at, "request-close", asked).await.is(200);
    app.who("fu_supervisor").step(at, "close", json!({ "high_risk_accepted": "已交接。" })).await.is(200);
}

async fn proposes(app: &App, who: &str, at: &str, why: &str) -> Result<Answer, lianhu::cli::demo::client::Told> {
    app.who(who).post(&format!("{at}/erasures"), json!({ "reason_code": why })).await
}

/// Erases a closed case because she asks for it.
async fn erased(app: &App, at: &str) {
    let id = proposes(app, "fu_staff", at, "survivor_request").await.is(201).id();
    let done = app.who("fu_supervisor").step(&format!("{at}/erasures/{id}"), "approve", json!({})).await.is(200);
    assert_eq!(done.text("/state"), "executed");
}

/// Whether these bytes stand in a file of the folder: data or keys, their logs too.
fn stands_on_disk(folder: &Path, bytes: &[u8]) -> bool {
    assert!(bytes.len() > 8);
    std::fs::read_dir(folder).unwrap().any(|file| {
        let content = std::fs::read(file.unwrap().path()).unwrap_or_default();
        content.windows(bytes.len()).any(|window| window == bytes)
    })
}

on_both_databases! {
    async fn a_case_is_erased_by_two_when_its_time_is_over_and_nothing_holds_it(app: App) {
        let (at, _) = opened(&app).await;
        let (staff, supervisor) = (app.who("fu_staff"), app.who("fu_supervisor"));
        for who in ["yp_police", "qz_worker", "fu_other", "jd_auditor", "admin"] {
            proposes(&app, who, &at, "survivor_request").await.problem(404, "not_found");
        }
        proposes(&app, "fu_staff", &at, "survivor_request").await.problem(409, "conflict");
        proposes(&app, "fu_staff", &at, "entered_in_error").await.problem(422, "not_valid");
        closes(&app, &at).await;
        proposes(&app, "fu_staff", &at, "retention_ended").await.problem(409, "conflict");

        // Ten years on it is due: the clock told its supervisors, as it tells of any other deadline.
        app.clock.advance_minutes(60 * 24 * 366 * 10);
        app.lianhu.sweep().await.unwrap();
        let desk = supervisor.get("/desk?limit=100").await.is(200);
        let told = desk.body["items"].as_array().unwrap().iter().filter(|item| item["notice"] == "deadline_due").count();
        assert!(told >= 1, "{}", desk.body);

        // A hold stands in the way, and only a supervisor places and ends one.
        let holds = format!("{at}/holds");
        staff.post(&holds, json!({ "reason": "法院调取。" })).await.problem(403, "forbidden");
        let hold = supervisor.post(&holds, json!({ "reason": "法院调取。" })).await.is(201).id();
        assert_eq!(staff.get(&holds).await.is(200).text("/items/0/reason"), "法院调取。");
        proposes(&app, "fu_staff", &at, "retention_ended").await.problem(409, "conflict");
        proposes(&app, "fu_staff", &at, "survivor_request").await.problem(409, "conflict");
        supervisor.step(&format!("{holds}/{hold}"), "end", json!({})).await.is(200);
        supervisor.step(&format!("{holds}/{hold}"), "end", json!({})).await.problem(409, "illegal_step");

        let id = proposes(&app, "fu_staff", &at, "retention_ended").await.is(201).id();
        proposes(&app, "fu_supervisor", &at, "retention_ended").await.problem(409, "conflict");
        let this = format!("{at}/erasures/{id}");
        staff.step(&this, "approve", json!({})).await.problem(403, "forbidden");
        // A hold placed after the proposal counts too.
        let again = supervisor.post(&holds, json!({ "reason": "法院再次调取。" })).await.is(201).id();
        supervisor.step(&this, "approve", json!({})).await.problem(409, "conflict");
        supervisor.step(&format!("{holds}/{again}"), "end", json!({})).await.is(200);
        staff.get(&at).await.is(200);
        let done = supervisor.step(&this, "approve", json!({})).await.is(200);
        assert_eq!((done.text("/state"), done.text("/decided_by")), ("executed".to_owned(), app.user("fu_supervisor")));
        supervisor.step(&this, "withdraw", json!({})).await.problem(409, "illegal_step");

        // The log says who proposed, who approved, and when; it is not touched.
        let case = at.trim_start_matches("/cases/");
        let log = app.who("jd_auditor").get(&format!("/audit/entries?case_id={case}&limit=100")).await.is(200);
        for (action, who) in [("propose_erasure", "fu_staff"), ("approve_erasure", "fu_supervisor")] {
            let entries = log.body["items"].as_array().unwrap();
            let is_theirs = |entry: &&Value| entry["action"] == action && entry["outcome"] == "allowed";
            let entry = entries.iter().find(is_theirs).unwrap_or_else(|| panic!("{action} is not in the log"));
            assert!(entry.to_string().contains(&app.user(who)), "{entry}");
        }
    }

    async fn of_an_erased_case_its_head_is_left_and_every_route_answers_cleanly(app: App) {
        let (at, note) = opened(&app).await;
        let (staff, supervisor) = (app.who("fu_staff"), app.who("fu_supervisor"));
        let parties = staff.get(&format!("{at}/parties")).await.is(200);
        let party = parties.text("/items/0/id");
        closes(&app, &at).await;
        let before = rows::rows(&app);
        erased(&app, &at).await;

        for who in [staff, supervisor] {
            let head = who.get(&at).await.is(200);
            assert_eq!(head.body["facets"], json!({}));
            assert_eq!(head.body["withheld"].as_array().map(Vec::len), Some(11));
            assert!(!head.text("/erased_at").is_empty() && !head.text("/case_no").is_empty());
            let list = who.get("/cases").await.is(200);
            assert!(list.body["items"].as_array().unwrap().iter().any(|item| item["erased_at"].is_string()));
            let found = who.post("/cases/search", json!({ "name": NAME })).await.is(200);
            assert_eq!(found.body["items"], json!([]), "it is found by nobody's name any more");
            assert_eq!(who.get(&format!("{at}/erasures")).await.is(200).text("/items/0/state"), "executed");
        }
        let document = app.visitor().get("/openapi.json").await.is(200).body;
        for (path, operations) in document["paths"].as_object().unwrap() {
            if operations.get("get").is_none() || !path.starts_with("/api/v1/cases/{") {
                continue;
            }
            let mut path = path.replacen("/cases/{id}", &at, 1);
            for (room, id) in [("parties", &party), ("notes", &note)] {
                path = path.split('/').scan(String::new(), |last, part| {
                    let filled = if part.starts_with('{') && last == room { id.clone() } else { part.to_owned() };
                    part.clone_into(last);
                    Some(filled)
                }).collect::<Vec<_>>().join("/");
            }
            let path = path.split('/').map(|part| if part.starts_with('{') { note.clone() } else { part.to_owned() });
            let mut path = path.collect::<Vec<_>>().join("/");
            if path.ends_with("/access-statement/paper") {
                path.push_str("?safe_to_carry=true&language=en");
            }
            for who in [staff, supervisor] {
                let answer = who.get(&path).await.unwrap();
                let is_left = path.ends_with(&at) || path.ends_with("/erasures");
                assert_eq!(answer.status, if is_left { 200 } else { 404 }, "{path}: {}", answer.body);
                let text = String::from_utf8_lossy(&answer.bytes);
                assert!(!text.contains(NAME) && !text.contains(SAID), "{path}: {text}");
            }
        }
        // Nothing can be written, and it is not opened again.
        supervisor.step(&at, "reopen", json!({})).await.problem(409, "illegal_step");
        supervisor.post(&format!("{at}/holds"), json!({ "reason": "法院。" })).await.problem(409, "illegal_step");
        staff.post(&format!("{at}/notes"), json!({ "kind": "progress", "text": "再记。" })).await.problem(409, "illegal_step");
        proposes(&app, "fu_staff", &at, "survivor_request").await.problem(409, "illegal_step");
        // Whoever else had to do with it finds nothing there.
        for who in ["fu_other", "yp_police", "qz_worker"] {
            app.who(who).get(&at).await.problem(404, "not_found");
        }
        // What stood beside the content is gone, the notes' rows stay and open to nobody.
        let count = |rows: &[(String, i64)], table: &str| rows.iter().find(|(name, _)| name == table).unwrap().1;
        let after = rows::rows(&app);
        assert_eq!(count(&after, "search_tokens"), 0);
        assert!(count(&before, "search_tokens") > 0 && count(&after, "notes") == count(&before, "notes"));
    }

    async fn one_note_is_erased_alone(app: App) {
        let (at, note) = opened(&app).await;
        let (staff, supervisor) = (app.who("fu_staff"), app.who("fu_supervisor"));
        let other = staff.post(&format!("{at}/notes"), json!({ "kind": "progress", "text": "另一条记录" })).await.is(201).id();
        let erasures = format!("/notes/{note}/erasures");
        let why = |code: &str| json!({ "reason_code": code });
        staff.post(&erasures, why("retention_ended")).await.problem(422, "not_valid");
        app.who("qz_worker").post(&erasures, why("entered_in_error")).await.problem(404, "not_found");
        let id = staff.post(&erasures, why("entered_in_error")).await.is(201).id();
        staff.post(&erasures, why("entered_in_error")).await.problem(409, "conflict");
        let this = format!("{at}/erasures/{id}");
        staff.step(&this, "approve", json!({})).await.problem(403, "forbidden");
        // Taken back, it is proposed anew.
        supervisor.step(&this, "withdraw", json!({})).await.is(200);
        assert_eq!(staff.get(&format!("{at}/notes/{note}")).await.is(200).text("/text"), SAID);
        let id = staff.post(&erasures, why("survivor_request")).await.is(201).id();
        supervisor.step(&format!("{at}/erasures/{id}"), "approve", json!({})).await.is(200);

        let seen = staff.get(&format!("{at}/notes/{note}")).await.is(200);
        assert_eq!((&seen.body["text"], seen.body["erased_at"].is_string()), (&Value::Null, true));
        assert_eq!(staff.get(&format!("{at}/notes/{other}")).await.is(200).text("/text"), "另一条记录");
        let list = staff.get(&format!("{at}/notes")).await.is(200);
        assert_eq!((list.text("/items/0/text"), &list.body["items"][1]["text"]), ("另一条记录".to_owned(), &Value::Null));
        let case = staff.get(&format!("{at}?notes=10")).await.is(200);
        assert!(!String::from_utf8_lossy(&case.bytes).contains(SAID));
        staff.post(&erasures, why("survivor_request")).await.problem(409, "conflict");
        let key = [("idempotency-key", "again-1")];
        // What stood under the note's own key is gone, though the case's is there: an amendment has its own.
        let amended = staff.ask(Method::POST, &format!("/notes/{note}/amendments"), Some(&json!({ "text": "更正。" })), &key).await.is(201);
        assert_eq!(amended.text("/text"), "更正。");
    }
}

/// The wrapped keys as they stand in the key file.
fn wrapped_keys(folder: &Path) -> Vec<Vec<u8>> {
    use diesel::prelude::*;
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = diesel::sql_types::Binary)]
        wrapped: Vec<u8>,
    }
    let file = folder.join("lianhu.keys.sqlite");
    let mut conn = diesel::SqliteConnection::establish(&file.to_string_lossy()).unwrap();
    let all = "SELECT wrapped FROM case_keys UNION ALL SELECT wrapped FROM record_keys";
    diesel::sql_query(all).load::<Row>(&mut conn).unwrap().into_iter().map(|row| row.wrapped).collect()
}

#[test]
fn no_file_holds_a_destroyed_key_and_a_copy_without_it_opens_nothing() {
    app::run(Backend::Sqlite, |app| async move {
        let (kept, _) = opened(&app).await;
        let [of_case, of_note]: [Vec<u8>; 2] = wrapped_keys(app.folder()).try_into().unwrap();
        let (at, _) = opened(&app).await;
        let before = wrapped_keys(app.folder());
        closes(&app, &at).await;
        for key in &before {
            assert!(stands_on_disk(app.folder(), key));
        }
        // A copy of the data, without the keys, as it was before.
        let copy = tempfile::tempdir().unwrap();
        for name in ["lianhu.sqlite", "lianhu.sqlite-wal"] {
            std::fs::copy(app.folder().join(name), copy.path().join(name)).unwrap();
        }
        erased(&app, &at).await;
        let after = wrapped_keys(app.folder());
        assert_eq!(after.len(), 2);
        for key in before.iter().filter(|key| !after.contains(key)) {
            assert!(!stands_on_disk(app.folder(), key), "a destroyed key stands in a file still");
        }
        assert!(after.contains(&of_case) && after.contains(&of_note) && stands_on_disk(app.folder(), &of_case));
        for word in [NAME, SAID] {
            assert!(!stands_on_disk(app.folder(), word.as_bytes()) && !stands_on_disk(copy.path(), word.as_bytes()));
        }
        app.who("fu_staff").get(&kept).await.is(200);

        // The copy, put up again beside today's keys: the case is there, and opens to nobody.
        let (from, to) = (app.folder().join("lianhu.keys.sqlite"), copy.path().join("lianhu.keys.sqlite"));
        std::fs::copy(from, to).unwrap();
        let url = DatabaseUrl::Sqlite(copy.path().join("lianhu.sqlite"));
        let old = app.node(|settings| settings.database.url = url);
        let (base, stop, thread) = app::start(&old);
        let staff = Actor::new(app.http.clone(), &base, "fu_staff", TEST_PASSWORD);
        let seen = staff.get(&at).await.is(200);
        assert_eq!(seen.body["facets"], json!({}));
        staff.get(&format!("{at}/notes")).await.problem(404, "not_found");
        staff.get(&kept).await.is(200);
        drop(stop.stop(false));
        thread.join().unwrap();
    });
}
