//! Accounts: signing in and its failures, sessions, confirmation, one-time secrets, leaving.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Waker};

use reqwest::Method;
use serde_json::json;

use crate::app::{App, Expect, on_both_databases};
use lianhu::cli::demo::client::Actor;
use lianhu::cli::demo::world::TEST_PASSWORD;
use zeroize::Zeroizing;

fn as_(app: &App, username: &str, password: &str) -> Actor {
    Actor::new(app.http.clone(), &app.base, username, password)
}

/// The administrator makes an account in an agency; its id.
async fn new_account(app: &App, username: &str, agency: &str, role: &str) -> String {
    let body = json!({ "username": username, "display_name": "新同事", "agency_id": app.agency(agency), "roles": [role] });
    app.who("admin").post("/users", body).await.is(201).id()
}

/// Sign-ins that could not be taken up, newest first.
async fn failed_sign_ins(app: &App) -> Vec<serde_json::Value> {
    let failed = app.who("jd_auditor").get("/audit/entries?outcome=failed").await.is(200);
    let items = failed.body["items"].as_array().unwrap().iter();
    items.filter(|entry| entry["action"] == "record_failed_sign_in").cloned().collect()
}

on_both_databases! {
    async fn failures_answer_alike_and_end_in_a_wait_for_that_account_alone(app: App) {
        let unknown = as_(&app, "nobody-at-all", "wrong password 1").sign_in().await.problem(401, "wrong_credentials");
        let wrong = as_(&app, "yp_police", "wrong password 1").sign_in().await.problem(401, "wrong_credentials");
        let same = |body: &serde_json::Value| {
            let mut body = body.clone();
            body["request_id"] = json!(null);
            body
        };
        assert_eq!(same(&unknown.body), same(&wrong.body));
        for _ in 0..9 {
            as_(&app, "yp_police", "wrong password 1").sign_in().await.problem(401, "wrong_credentials");
        }
        let wait = as_(&app, "yp_police", TEST_PASSWORD).sign_in().await.problem(429, "too_many_requests");
        assert_eq!(wait.header("retry-after"), Some("900"));
        as_(&app, "fu_staff", TEST_PASSWORD).sign_in().await.is(201);
        app.clock.advance_minutes(15);
        as_(&app, "yp_police", TEST_PASSWORD).sign_in().await.is(201);
    }

    async fn a_code_that_no_account_has_is_refused_alike_for_every_name(app: App) {
        let sign_in = |name: &str| json!({ "username": name, "password": TEST_PASSWORD, "otp": "123456" });
        let mut heard = Vec::new();
        for name in ["yp_police", "nobody-at-all"] {
            let mut answer = app.visitor().post("/sessions", sign_in(name)).await.problem(422, "not_valid");
            assert_eq!(answer.text("/errors/0/pointer"), "/otp");
            answer.body["request_id"] = json!(null);
            heard.push(answer.body);
        }
        assert_eq!(heard[0], heard[1]);
        let failed = failed_sign_ins(&app).await;
        assert_eq!(failed.len(), 2, "{failed:?}");
        assert!(failed.iter().all(|entry| entry["code"] == "not_valid" && entry["changed"] == json!([])), "{failed:?}");
    }

    async fn a_sign_in_that_finds_the_queue_full_is_recorded(app: App) {
        app.who("jd_auditor").sign_in().await.is(201);
        let (gate, stop) = (app.lianhu.gate().clone(), Arc::new(AtomicBool::new(false)));
        let is_over = stop.clone();
        // Keeps the queue full for as long as it takes: whenever a hash is done, another waits.
        let crowd = std::thread::spawn(move || {
            let mut waiting = Vec::new();
            while !is_over.load(Ordering::Relaxed) {
                let mut one = Box::pin(gate.pool().hash(Zeroizing::new("one of a crowd".to_owned())));
                if one.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending() {
                    waiting.push(one);
                }
                std::thread::yield_now();
            }
        });
        let crowded = async {
            loop {
                let answer = as_(&app, "yp_police", TEST_PASSWORD).sign_in().await.unwrap();
                if answer.status != 201 {
                    return answer;
                }
            }
        };
        let answer = crowded.await;
        stop.store(true, Ordering::Relaxed);
        crowd.join().unwrap();
        assert_eq!((answer.status, answer.code().as_str(), answer.header("retry-after")), (503, "overloaded", Some("1")));
        assert_eq!(failed_sign_ins(&app).await[0]["code"], "overloaded");
    }

    async fn a_refresh_token_works_once_and_its_reuse_ends_the_session(app: App) {
        let one = as_(&app, "fu_staff", TEST_PASSWORD);
        let first = one.sign_in().await.is(201);
        assert_eq!((first.text("/token_type").as_str(), first.body["expires_in"].as_i64()), ("Bearer", Some(600)));
        let visitor = app.visitor();
        let trade = |token: String| {
            let visitor = &visitor;
            async move { visitor.post("/sessions/refresh", json!({ "refresh_token": token })).await }
        };
        let second = trade(first.text("/refresh_token")).await.is(201);
        let third = trade(second.text("/refresh_token")).await.is(201);
        one.send(Method::GET, "/me", None, &[]).await.is(200);
        trade(first.text("/refresh_token")).await.problem(401, "unauthenticated");
        trade(third.text("/refresh_token")).await.problem(401, "unauthenticated");
        one.send(Method::GET, "/me", None, &[]).await.problem(401, "unauthenticated");
    }

    async fn a_session_is_listed_and_ended_by_its_user_only(app: App) {
        let (one, other) = (as_(&app, "fu_staff", TEST_PASSWORD), as_(&app, "fu_staff", TEST_PASSWORD));
        one.sign_in().await.is(201);
        other.sign_in().await.is(201);
        let sessions = one.get("/sessions").await.is(200);
        let items = sessions.body["items"].as_array().unwrap().clone();
        let others = items.iter().find(|item| item["is_current"] == false).unwrap()["id"].as_str().unwrap().to_owned();
        let at = format!("/sessions/{others}");
        app.who("fu_other").ask(Method::DELETE, &at, None, &[]).await.problem(404, "not_found");
        one.ask(Method::DELETE, &at, None, &[]).await.is(204);
        one.ask(Method::DELETE, "/sessions/current", None, &[]).await.is(204);
        one.send(Method::GET, "/me", None, &[]).await.problem(401, "unauthenticated");
    }

    async fn an_account_works_once_a_colleague_confirmed_it_and_its_own_password_was_chosen(app: App) {
        let id = new_account(&app, "qz_new", "qingzi", "social_worker").await;
        let at = format!("/users/{id}");
        app.who("admin").step(&at, "confirm", json!({})).await.problem(403, "forbidden");
        app.who("admin").step(&at, "collect-secret", json!({})).await.problem(403, "forbidden");
        app.who("fu_supervisor").step(&at, "confirm", json!({})).await.problem(403, "forbidden");
        let manager = app.who("qz_manager");
        let secret = manager.step(&at, "collect-secret", json!({})).await.is(200).text("/secret");
        manager.step(&at, "collect-secret", json!({})).await.problem(409, "illegal_step");
        let new = as_(&app, "qz_new", &secret);
        new.sign_in().await.problem(401, "wrong_credentials");
        manager.step(&at, "confirm", json!({})).await.is(200);
        assert_eq!(new.sign_in().await.is(201).body["user"]["must_change_password"], true);
        new.get("/cases").await.problem(403, "password_change_required");
        new.get("/agencies").await.problem(403, "password_change_required");
        assert_eq!(new.get("/me").await.is(200).body["may"], json!(["end_session", "view_me", "change_password"]));
        let change = |current: &str, chosen: &str| json!({ "current_password": current, "new_password": chosen });
        let put = async |body: serde_json::Value| new.ask(Method::PUT, "/me/password", Some(&body), &[]).await;
        put(change("not the secret", "纸灯笼 over the river")).await.problem(422, "not_valid");
        put(change(&secret, "qz_new")).await.problem(422, "not_valid");
        put(change(&secret, "纸灯笼 over the river")).await.is(204);
        new.get("/cases").await.is(200);
        as_(&app, "qz_new", &secret).sign_in().await.problem(401, "wrong_credentials");
    }

    async fn a_one_time_secret_is_good_for_a_day(app: App) {
        let id = new_account(&app, "qz_late", "qingzi", "social_worker").await;
        let at = format!("/users/{id}");
        let manager = app.who("qz_manager");
        manager.step(&at, "confirm", json!({})).await.is(200);
        let secret = manager.step(&at, "collect-secret", json!({})).await.is(200).text("/secret");
        app.clock.advance_minutes(24 * 60);
        as_(&app, "qz_late", &secret).sign_in().await.problem(401, "wrong_credentials");
    }

    async fn a_partners_first_account_is_confirmed_by_an_owners_supervisor_an_owners_by_the_console(app: App) {
        for (kind, role, status) in [("school", "partner_liaison", 200), ("federation", "federation_supervisor", 403)] {
            let body = json!({ "name": format!("新{kind}"), "kind": kind, "division": "310113", "contact_point": "1" });
            let agency = app.who("admin").post("/agencies", body).await.is(201).id();
            let body = json!({ "username": format!("first_{role}"), "display_name": "首位", "agency_id": agency, "roles": [role] });
            let at = format!("/users/{}", app.who("admin").post("/users", body).await.is(201).id());
            app.who("qz_manager").get(&at).await.problem(404, "not_found");
            app.who("fu_staff").step(&at, "confirm", json!({})).await.problem(403, "forbidden");
            app.who("fu_supervisor").step(&at, "confirm", json!({})).await.is(status);
            app.who("fu_supervisor").step(&at, "collect-secret", json!({})).await.is(status);
        }
    }

    async fn wrong_accounts_hear_every_fault(app: App) {
        let admin = app.who("admin");
        let of = |roles: serde_json::Value, username: &str| {
            json!({ "username": username, "display_name": "某", "agency_id": app.agency("qingzi"), "roles": roles })
        };
        admin.post("/users", of(json!(["social_worker", "auditor"]), "x_one")).await.problem(422, "not_valid");
        admin.post("/users", of(json!(["police_liaison"]), "x_two")).await.problem(422, "not_valid");
        let taken = admin.post("/users", of(json!(["social_worker"]), "qz_worker")).await.problem(422, "not_valid");
        assert_eq!(taken.text("/errors/0/pointer"), "/username");
        app.who("fu_supervisor").post("/users", of(json!(["social_worker"]), "x_three")).await.problem(403, "forbidden");
        let same = json!({ "name": "青梓社会工作服务中心", "kind": "school", "division": "999999", "contact_point": "1" });
        let wrong = admin.post("/agencies", same).await.problem(422, "not_valid");
        assert_eq!(wrong.text("/errors/0/pointer"), "/division");
    }

    async fn another_role_waits_for_a_colleague_again(app: App) {
        let at = format!("/users/{}", app.user("fu_other"));
        let supervisor = json!({ "roles": ["federation_staff", "federation_supervisor"] });
        app.who("fu_other").get("/me").await.is(200);
        assert_eq!(app.who("admin").change(Method::PATCH, &at, &at, supervisor).await.is(200).text("/state"), "waiting");
        app.who("fu_other").send(Method::GET, "/me", None, &[]).await.problem(401, "unauthenticated");
        app.who("fu_staff").step(&at, "confirm", json!({})).await.is(200);
        app.who("fu_other").get("/me").await.is(200);
    }

    async fn a_reset_ends_the_password_and_who_orders_it_sees_no_secret(app: App) {
        let at = format!("/users/{}", app.user("fu_staff"));
        app.who("fu_staff").get("/me").await.is(200);
        let ordered = app.who("admin").step(&at, "reset-password", json!({})).await.is(200);
        assert_eq!(ordered.text("/secret"), "waits");
        app.who("fu_staff").send(Method::GET, "/me", None, &[]).await.problem(401, "unauthenticated");
        as_(&app, "fu_staff", TEST_PASSWORD).sign_in().await.problem(401, "wrong_credentials");
        app.who("qz_manager").step(&at, "collect-secret", json!({})).await.problem(404, "not_found");
        let secret = app.who("fu_other").step(&at, "collect-secret", json!({})).await.is(200).text("/secret");
        as_(&app, "fu_staff", &secret).sign_in().await.is(201);
    }

    async fn a_leavers_case_tells_who_has_it_now(app: App) {
        let (staff, manager, worker) = (app.who("fu_staff"), app.who("qz_manager"), app.who("qz_worker"));
        let case = staff.post("/cases", json!({ "source": "walk_in", "parties": [{ "kind": "survivor" }] })).await.is(201).id();
        let supervisor = app.who("fu_supervisor");
        let contract = supervisor.post("/contracts", json!({
            "number": "BS-1", "provider_id": app.agency("qingzi"), "level": "district", "fund": "区级财政", "amount_fen": 1,
            "first_day": "2026-01-01", "last_day": "2026-12-31", "data_protection_terms": true, "terms_signed_on": "2026-01-02",
            "lines": [{ "service": "case_work", "unit": "case", "quantity": 2, "price_fen": 1 }],
        })).await.is(201).id();
        supervisor.step(&format!("/contracts/{contract}"), "activate", json!({})).await.is(200);
        let assigns = |who: &str, part: &str| {
            let body = json!({ "worker": app.user(who), "contract_id": contract, "part": part, "service": "case_work" });
            let at = format!("/cases/{case}/assignments");
            async move { staff.post(&at, body).await.is(201) }
        };
        assigns("qz_cousin", "lead").await;
        assigns("qz_worker", "assist").await;
        let at = format!("/users/{}", app.user("qz_cousin"));
        let to = app.user("qz_worker");
        manager.step(&at, "hand-over", json!({ "to_user": to })).await.is(200);
        for who in [staff, worker] {
            who.post(&format!("/cases/{case}/declarations"), json!({ "conflict": false })).await.is(201);
            let events = who.get(&format!("/cases/{case}/timeline?limit=100")).await.is(200);
            let events = events.body["items"].as_array().unwrap().clone();
            let event = events.iter().find(|event| event["kind"] == "handed_over").unwrap_or_else(|| panic!("{events:?}"));
            assert_eq!((&event["record"], &event["by"]["name"]), (&json!(format!("user/{to}")), &json!("戊负责人")));
        }
        // What ended with the leaver is not counted on the contract any more.
        let assignment = staff.get(&format!("/cases/{case}/assignments")).await.is(200).text("/items/0/id");
        staff.step(&format!("/cases/{case}/assignments/{assignment}"), "end", json!({})).await.is(200);
        supervisor.step(&format!("/contracts/{contract}"), "end", json!({})).await.is(200);
    }

    async fn a_disabled_account_ends_at_once(app: App) {
        let at = format!("/users/{}", app.user("qz_cousin"));
        app.who("qz_cousin").get("/me").await.is(200);
        app.who("qz_cousin").step(&at, "disable", json!({})).await.problem(403, "forbidden");
        app.who("qz_manager").step(&at, "disable", json!({})).await.is(200);
        app.who("qz_cousin").send(Method::GET, "/me", None, &[]).await.problem(401, "unauthenticated");
        app.who("qz_manager").step(&at, "disable", json!({})).await.problem(409, "illegal_step");
        let body = json!({ "to_user": app.user("qz_worker") });
        app.who("qz_manager").step(&at, "hand-over", body).await.is(200);
        let body = json!({ "to_user": app.user("fu_staff") });
        app.who("qz_manager").step(&at, "hand-over", body).await.problem(422, "not_valid");
    }
}
