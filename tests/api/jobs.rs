//! Long work: done in its asker's name, batch by batch, and fetched once.

use lianhu::cli::demo::client::{Actor, Answer};
use reqwest::Method;
use serde_json::{Value, json};

use crate::app::{App, Expect as _, on_both_databases};

async fn work(app: &App) -> usize {
    some_work(app, usize::MAX).await
}

/// The same by a node that ends after so many batches.
async fn some_work(app: &App, batches: usize) -> usize {
    app.lianhu.do_long_work(batches).await.map_err(|problem| problem.code().as_str()).unwrap()
}

async fn a_case(app: &App, her: &str) -> String {
    let body = json!({ "source": "walk_in", "parties": [{ "kind": "survivor", "name": her }] });
    app.who("fu_staff").post("/cases", body).await.is(201).id()
}

/// Somebody asks for the list of their cases: the job's path.
async fn asks(who: &Actor, format: &str) -> String {
    format!("/jobs/{}", who.post("/jobs", json!({ "kind": "case_list", "format": format })).await.is(201).id())
}

fn state(job: &Value) -> &str {
    job["state"].as_str().unwrap()
}

/// What it came to, if it can be fetched.
async fn result(who: &Actor, at: &str) -> Answer {
    who.ask(Method::POST, &format!("{at}/result"), None, &[]).await.unwrap()
}

/// A step without a body, at the state that is there now.
async fn steps(app: &App, who: &str, at: &str, step: &str) {
    let seen = app.who(who).get(at).await.is(200);
    let headers = [("if-match", seen.header("etag").unwrap())];
    app.who(who).ask(Method::POST, &format!("{at}/{step}"), None, &headers).await.is(200);
}

async fn fetched(who: &Actor, at: &str) -> Value {
    let answer = result(who, at).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    serde_json::from_slice(&answer.bytes).unwrap()
}

async fn entries_of(app: &App, case: &str) -> Vec<Value> {
    let found = app.who("jd_auditor").get(&format!("/audit/entries?case_id={case}")).await.is(200);
    found.body["items"].as_array().unwrap().clone()
}

on_both_databases! {
    async fn a_list_is_written_fetched_once_and_named_in_the_log(app: App) {
        let (one, other) = (a_case(&app, "某甲").await, a_case(&app, "某乙").await);
        let staff = app.who("fu_staff");
        let at = asks(staff, "json").await;
        let waiting = staff.get(&at).await.is(200);
        assert_eq!((state(&waiting.body), &waiting.body["total"]), ("queued", &Value::Null));
        assert_eq!(result(staff, &at).await.code(), "illegal_step");

        assert_eq!(work(&app).await, 1);
        let done = staff.get(&at).await.is(200).body;
        assert_eq!((state(&done), &done["done"], &done["total"]), ("done", &json!(2), &json!(2)));
        assert_eq!(done["result_until"], "2026-03-04T05:00:00.000000Z", "{done}");
        for case in [&one, &other] {
            let exported = entries_of(&app, case).await.iter().filter(|entry| entry["action"] == "export_cases").count();
            assert_eq!(exported, 1, "what was read for it is in the log, case by case");
        }

        // Nobody else's, and nobody is told that it is there.
        for who in ["fu_supervisor", "yy_police", "admin"] {
            app.who(who).get(&at).await.problem(404, "not_found");
            assert_eq!(result(app.who(who), &at).await.status, 404);
        }
        let rows = fetched(staff, &at).await;
        let numbers: Vec<&str> = rows.as_array().unwrap().iter().map(|row| row["case_no"].as_str().unwrap()).collect();
        let number = staff.get(&format!("/cases/{one}")).await.is(200).text("/case_no");
        assert!(numbers.len() == 2 && numbers.contains(&number.as_str()), "{rows}");
        assert!(!rows.to_string().contains("某甲"), "heads alone");
        let told = entries_of(&app, &one).await.iter().filter(|entry| entry["action"] == "fetch_job_result").count();
        assert_eq!(told, 1, "and so is that it was fetched");
        assert_eq!(result(staff, &at).await.code(), "illegal_step");
        assert_eq!(state(&staff.get(&at).await.is(200).body), "fetched");
        // The key goes, and then nothing waits.
        assert_eq!(work(&app).await, 0);
        assert!(!app.lianhu.gate().work_waits(24).await.map_err(|problem| problem.code().as_str()).unwrap());
    }

    async fn a_long_list_goes_in_batches_and_is_taken_up_again_after_a_crash(app: App) {
        let staff = app.who("fu_staff");
        for _ in 0..201 {
            a_case(&app, "某人").await;
        }
        let at = asks(staff, "json").await;
        // The node ends when its first batch is done: what it has laid down stays, and nobody else has it until its lease is over.
        assert_eq!(some_work(&app, 1).await, 1);
        let left = staff.get(&at).await.is(200).body;
        assert_eq!((state(&left), &left["done"], &left["total"]), ("running", &json!(200), &Value::Null));
        assert_eq!(work(&app).await, 0);
        app.clock.advance_minutes(3);
        assert_eq!(work(&app).await, 1, "the first batch is not done again");
        let done = staff.get(&at).await.is(200).body;
        assert_eq!((state(&done), &done["done"]), ("done", &json!(201)));
        let rows = fetched(staff, &at).await;
        let mut numbers: Vec<&str> = rows.as_array().unwrap().iter().map(|row| row["case_no"].as_str().unwrap()).collect();
        numbers.sort_unstable();
        numbers.dedup();
        assert_eq!(numbers.len(), 201, "each once");
    }

    async fn what_is_hidden_by_then_is_left_out(app: App) {
        let (kept, walled) = (a_case(&app, "某甲").await, a_case(&app, "某乙").await);
        let staff = app.who("fu_staff");
        let at = asks(staff, "json").await;
        work(&app).await;
        app.who("fu_supervisor").post(&format!("/cases/{walled}/declarations"), json!({ "conflict": false })).await.is(201);
        let wall = json!({ "user": app.user("fu_staff"), "reason": "亲属" });
        app.who("fu_supervisor").post(&format!("/cases/{walled}/walls"), wall).await.is(201);
        let rows = fetched(staff, &at).await;
        assert_eq!(rows.as_array().unwrap().len(), 1, "{rows}");
        let number = staff.get(&format!("/cases/{kept}")).await.is(200).text("/case_no");
        assert_eq!(rows[0]["case_no"], number.as_str());
    }

    async fn it_is_called_off_expires_and_is_given_up_with_its_asker(app: App) {
        a_case(&app, "某甲").await;
        let staff = app.who("fu_staff");
        let at = asks(staff, "csv").await;
        steps(&app, "fu_staff", &at, "cancel").await;
        assert_eq!(work(&app).await, 0, "nothing is done for it");
        assert_eq!(state(&staff.get(&at).await.is(200).body), "cancelled");
        assert_eq!(result(staff, &at).await.code(), "illegal_step");

        let at = asks(staff, "csv").await;
        assert_eq!(work(&app).await, 1);
        app.clock.advance_minutes(24 * 60 - 1);
        work(&app).await;
        assert_eq!(state(&staff.get(&at).await.is(200).body), "done");
        app.clock.advance_minutes(1);
        work(&app).await;
        assert_eq!(state(&staff.get(&at).await.is(200).body), "expired");
        assert_eq!(result(staff, &at).await.code(), "illegal_step");

        let at = asks(staff, "xlsx").await;
        steps(&app, "admin", &format!("/users/{}", app.user("fu_staff")), "disable").await;
        assert_eq!(work(&app).await, 0);
        app.visitor().get(&at).await.problem(401, "unauthenticated");
        assert!(!app.lianhu.gate().work_waits(24).await.map_err(|problem| problem.code().as_str()).unwrap(), "it was given up");
    }

    async fn a_spreadsheet_is_saved_and_not_shown(app: App) {
        a_case(&app, "某甲").await;
        let staff = app.who("fu_staff");
        for (format, kind, begin) in [
            ("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", &b"PK\x03\x04"[..]),
            ("csv", "text/csv; charset=utf-8", "\u{FEFF}case_no,status,owner\r\n".as_bytes()),
        ] {
            let at = asks(staff, format).await;
            work(&app).await;
            let answer = result(staff, &at).await;
            assert_eq!((answer.status, answer.header("content-type")), (200, Some(kind)));
            let name = format!("case_list-2026-03-03.{format}");
            let wanted = format!("attachment; filename=\"{name}\"; filename*=UTF-8''{name}");
            assert_eq!(answer.header("content-disposition"), Some(wanted.as_str()));
            assert_eq!(answer.header("cache-control"), Some("no-store"));
            assert!(answer.bytes.starts_with(begin) && answer.header("audit-receipt").is_some());
        }
    }

    async fn so_much_and_no_more_is_under_way_at_once(app: App) {
        let staff = app.who("fu_staff");
        for _ in 0..5 {
            asks(staff, "json").await;
        }
        staff.post("/jobs", json!({ "kind": "case_list" })).await.problem(429, "too_many_requests");
        assert_eq!(work(&app).await, 5);
        asks(staff, "json").await;
        staff.post("/jobs", json!({ "kind": "case_list", "format": "pdf" })).await.problem(422, "not_valid");
        app.who("admin").post("/jobs", json!({ "kind": "case_list" })).await.problem(403, "forbidden");
        let mine = staff.get("/jobs?limit=4").await.is(200);
        assert_eq!(mine.body["items"].as_array().unwrap().len(), 4);
        assert!(mine.body["next"].is_string());
    }
}
