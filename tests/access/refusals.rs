//! What a refusal leaves behind, and what it never does.

use lianhu::cli::demo::client::{Actor, Answer};
use lianhu::cli::demo::world::TEST_PASSWORD;
use lianhu::identity::tokens::{AccessClaims, TokenSigner};
use reqwest::Method;
use serde_json::{Value, json};

use crate::app::{App, Expect as _, on_both_databases};

/// A case of the federation's own, opened.
pub async fn opened(app: &App) -> String {
    let staff = app.who("fu_staff");
    let intake = json!({ "source": "walk_in", "parties": [
        { "kind": "survivor", "name": "林晓梅" }, { "kind": "respondent", "name": "周建国" } ] });
    let case = staff.post("/cases", intake).await.is(201).id();
    staff.step(&format!("/cases/{case}"), "open", json!({})).await.is(200);
    case
}

/// A contract in force, with so many places.
pub async fn contract(app: &App, places: i64) -> String {
    let body = json!({
        "number": format!("Q-{places}"), "provider_id": app.agency("qingzi"), "level": "district", "fund": "专项",
        "amount_fen": 1, "first_day": "2026-01-01", "last_day": "2026-12-31", "data_protection_terms": true,
        "terms_signed_on": "2026-01-01",
        "lines": [{ "service": "case_work", "unit": "case", "quantity": places, "price_fen": 1 }],
    });
    let id = app.who("fu_supervisor").post("/contracts", body).await.is(201).id();
    app.who("fu_supervisor").step(&format!("/contracts/{id}"), "activate", json!({})).await.is(200);
    id
}

pub fn assignment(app: &App, contract: &str, worker: &str) -> Value {
    json!({ "worker": app.user(worker), "contract_id": contract, "part": "lead", "service": "case_work" })
}

async fn declares(actor: &Actor, case: &str) {
    actor.post(&format!("/cases/{case}/declarations"), json!({ "conflict": false })).await.is(201);
}

/// Entries of somebody's that ended so, as an auditor sees them, newest first.
async fn entries(app: &App, auditor: &str, of: &str, outcome: &str) -> Vec<Value> {
    let path = format!("/audit/entries?actor={}&outcome={outcome}", app.user(of));
    app.who(auditor).get(&path).await.is(200).body["items"].as_array().unwrap().clone()
}

/// The statuses of two, the smaller first.
fn both(one: &Answer, other: &Answer) -> [u16; 2] {
    let mut statuses = [one.status, other.status];
    statuses.sort_unstable();
    statuses
}

fn part(value: &Value) -> String {
    data_encoding::BASE64URL_NOPAD.encode(value.to_string().as_bytes())
}

/// Asks with a token of one's own making.
async fn with_token(app: &App, token: &str) -> Answer {
    let bearer = format!("Bearer {token}");
    app.visitor().send(Method::GET, "/me", None, &[("authorization", &bearer)]).await.unwrap()
}

on_both_databases! {
    async fn a_refused_write_leaves_its_entry_and_only_oversight_sees_which_case(app: App) {
        let case = opened(&app).await;
        let at = format!("/cases/{case}");
        let plan = json!({ "plan": "改写" });
        let other = app.who("fu_other");
        other.ask(Method::PATCH, &at, Some(&plan), &[("if-match", "\"v1\"")]).await.problem(404, "not_found");

        let seen = entries(&app, "jd_auditor", "fu_other", "denied").await;
        let entry = seen.iter().find(|entry| entry["action"] == "change_case").expect("the refusal is recorded");
        assert_eq!((&entry["hidden"], &entry["code"]), (&json!([case]), &json!("not_found")));
        assert_eq!(entry["changed"], json!([]));

        let seen = entries(&app, "fu_auditor", "fu_other", "denied").await;
        let entry = seen.iter().find(|entry| entry["action"] == "change_case").expect("their own auditor sees it too");
        assert_eq!(entry["hidden"], Value::Null);
        assert!(!entry.to_string().contains(&case), "{entry}");
        let by_case = app.who("fu_auditor").get(&format!("/audit/entries?case_id={case}&outcome=denied")).await.is(200);
        assert_eq!(by_case.body["items"], json!([]));

        // A state's refusal is one like the policy's; what is out of date or not valid has failed. Nothing is changed by either.
        let staff = app.who("fu_staff");
        staff.step(&at, "open", json!({})).await.problem(409, "illegal_step");
        staff.ask(Method::POST, &format!("{at}/open"), None, &[("if-match", "\"gone\"")]).await.problem(412, "stale");
        for (outcome, code) in [("denied", "illegal_step"), ("failed", "stale")] {
            let seen = entries(&app, "jd_auditor", "fu_staff", outcome).await;
            let entry = seen.iter().find(|entry| entry["action"] == "open_case").expect("it is recorded");
            assert_eq!((&entry["code"], &entry["changed"]), (&json!(code), &json!([])));
            assert_eq!((&entry["hidden"], &entry["cases"]), (&json!([case]), &json!([])), "nothing was shown");
        }
    }

    async fn absent_and_not_yours_are_the_same_bytes(app: App) {
        let case = opened(&app).await;
        let absent = "0193a5b0-7c00-7000-8000-000000000001";
        for who in ["yp_police", "fu_other", "qz_worker", "jd_auditor", "admin"] {
            let id = [("x-request-id", "0193a5b0-7c00-7000-8000-00000000abcd")];
            let actor = app.who(who);
            let one = actor.ask(Method::GET, &format!("/cases/{case}"), None, &id).await.problem(404, "not_found");
            let other = actor.ask(Method::GET, &format!("/cases/{absent}"), None, &id).await.problem(404, "not_found");
            let bare = |answer: &Answer| {
                let request = answer.text("/request_id");
                String::from_utf8(answer.bytes.clone()).unwrap().replace(&request, "")
            };
            assert_eq!(bare(&one), bare(&other), "{who}");
            let names = |answer: &Answer| answer.headers.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>();
            assert_eq!(names(&one), names(&other), "{who}");
        }
    }

    async fn a_change_names_what_it_saw(app: App) {
        let case = opened(&app).await;
        let (staff, at) = (app.who("fu_staff"), format!("/cases/{case}"));
        let seen = staff.get(&at).await.is(200);
        let first = json!({ "plan": "第一版" });
        let headers = [("if-match", seen.header("etag").unwrap())];
        staff.ask(Method::PATCH, &at, Some(&first), &[]).await.problem(428, "if_match_required");
        staff.ask(Method::PATCH, &at, Some(&first), &headers).await.is(200);
        let now = staff.get(&at).await.is(200);
        let second = json!({ "plan": "第二版" });
        staff.ask(Method::PATCH, &at, Some(&second), &headers).await.problem(412, "stale");
        let after = staff.get(&at).await.is(200);
        assert_eq!((&now.body["facets"], now.header("etag")), (&after.body["facets"], after.header("etag")));
        assert_eq!(after.text("/facets/progress/plan"), "第一版");
        // A stale view is told before an illegal step.
        staff.ask(Method::POST, &format!("{at}/open"), None, &[("if-match", "\"gone\"")]).await.problem(412, "stale");
    }

    async fn a_repeated_key_answers_alike_until_the_right_ends(app: App) {
        let case = opened(&app).await;
        let contract = contract(&app, 3).await;
        let (staff, worker) = (app.who("fu_staff"), app.who("qz_worker"));
        let given = staff.post(&format!("/cases/{case}/assignments"), assignment(&app, &contract, "qz_worker")).await.is(201).id();
        declares(worker, &case).await;
        let notes = format!("/cases/{case}/notes");
        let key = [("idempotency-key", "f3b9-one")];
        let note = json!({ "kind": "progress", "text": "今天通了电话。" });
        let post = async |body: &Value| worker.ask(Method::POST, &notes, Some(body), &key).await;
        let first = post(&note).await.is(201);
        assert_eq!(post(&note).await.is(201).id(), first.id());
        assert_eq!(worker.get(&notes).await.is(200).body["items"].as_array().unwrap().len(), 1);
        post(&json!({ "kind": "progress", "text": "别的。" })).await.problem(422, "idempotency_mismatch");
        // Somebody else's same key is another key.
        let theirs = staff.ask(Method::POST, &notes, Some(&note), &key).await.is(201);
        assert_ne!(theirs.id(), first.id());
        staff.step(&format!("/cases/{case}/assignments/{given}"), "end", json!({})).await.is(200);
        post(&note).await.problem(404, "not_found");
    }

    async fn two_answers_to_one_referral_have_one_winner(app: App) {
        let police = app.who("yy_police");
        for _ in 0..3 {
            let body = json!({ "intake": {
                "to_agency": app.agency("federation"), "urgency": "normal",
                "parties": [{ "kind": "survivor", "name": "某女" }], "incident": { "account": "争吵。" }
            } });
            let at = format!("/referrals/{}", police.post("/referrals", body).await.is(201).id());
            police.step(&at, "send", json!({})).await.is(200);
            let seen = app.who("fu_staff").step(&at, "acknowledge", json!({})).await.is(200);
            app.who("fu_other").get("/me").await.is(200);
            let headers = [("if-match", seen.header("etag").unwrap())];
            let (accept, decline) = (format!("{at}/accept"), format!("{at}/decline"));
            let reason = json!({ "reason": "不属于本区" });
            let (one, other) = tokio::join!(
                app.who("fu_staff").ask(Method::POST, &accept, None, &headers),
                app.who("fu_other").ask(Method::POST, &decline, Some(&reason), &headers),
            );
            let (one, other) = (one.unwrap(), other.unwrap());
            let statuses = both(&one, &other);
            assert!(statuses[0] == 200 && [403, 404, 409, 412].contains(&statuses[1]), "{statuses:?}");
            let state = police.get(&at).await.is(200).text("/state");
            assert_eq!(state, if one.status == 200 { "accepted" } else { "declined" });
        }
    }

    async fn the_last_place_of_a_contract_is_given_once(app: App) {
        let contract = contract(&app, 1).await;
        let (one, other) = (opened(&app).await, opened(&app).await);
        let staff = app.who("fu_staff");
        let (a, b) = (format!("/cases/{one}/assignments"), format!("/cases/{other}/assignments"));
        let (x, y) = tokio::join!(
            staff.post(&a, assignment(&app, &contract, "qz_worker")),
            staff.post(&b, assignment(&app, &contract, "qz_cousin")),
        );
        let (x, y) = (x.unwrap(), y.unwrap());
        assert_eq!(both(&x, &y), [201, 409], "{} {}", x.body, y.body);
        let (loser, worker) = if x.status == 201 { (&b, "qz_cousin") } else { (&a, "qz_worker") };
        assert_eq!(staff.get(loser).await.is(200).body["items"], json!([]));
        // Still taken, and the refused worker sees nothing.
        staff.post(loser, assignment(&app, &contract, worker)).await.problem(409, "quota_used_up");
        let case = loser.trim_end_matches("/assignments");
        app.who(worker).get(case).await.problem(404, "not_found");
    }

    async fn a_token_not_ours_or_out_of_time_is_refused_and_recorded(app: App) {
        let staff = app.who("fu_staff");
        staff.sign_in().await.is(201);
        let good = staff.token().unwrap();
        assert_eq!(with_token(&app, &good).await.status, 200);
        let claims: Value = {
            let middle = good.split('.').nth(1).unwrap();
            serde_json::from_slice(&data_encoding::BASE64URL_NOPAD.decode(middle.as_bytes()).unwrap()).unwrap()
        };
        let text = |name: &str| claims[name].as_str().unwrap().to_owned();
        let told = AccessClaims {
            user: text("sub"), session: text("sid"), token: text("jti"), issued_at: claims["iat"].as_i64().unwrap(),
        };
        let foreign = TokenSigner::new(&[7; 32], &text("iss"), &text("aud")).unwrap().issue(told).unwrap();
        let unsigned = format!("{}.{}.", part(&json!({ "alg": "none", "typ": "JWT" })), part(&claims));
        let (head, rest) = good.split_once('.').unwrap();
        let mut altered = claims.clone();
        altered["exp"] = json!(altered["exp"].as_i64().unwrap() + 60);
        let altered = format!("{head}.{}.{}", part(&altered), rest.split_once('.').unwrap().1);
        for token in [foreign, unsigned, altered, "nonsense".to_owned()] {
            let answer = with_token(&app, &token).await;
            assert_eq!((answer.status, answer.code().as_str()), (401, "unauthenticated"));
            assert_recorded(&app, &answer).await;
        }
        app.clock.advance_minutes(11);
        let late = with_token(&app, &good).await;
        assert_eq!((late.status, late.code().as_str()), (401, "unauthenticated"));
        assert_recorded(&app, &late).await;
    }

    async fn a_cursor_belongs_to_its_list(app: App) {
        let first = app.who("fu_staff").get("/agencies?limit=1").await.is(200).text("/next");
        app.who("fu_staff").get(&format!("/agencies?limit=1&cursor={first}")).await.is(200);
        for list in ["/users", "/cases", "/contracts", "/desk", "/sessions", "/referrals"] {
            let wrong = app.who("fu_staff").get(&format!("{list}?cursor={first}")).await.problem(422, "not_valid");
            assert_eq!(wrong.text("/errors/0/pointer"), "/query/cursor", "{list}");
        }
        app.who("jd_auditor").get(&format!("/audit/entries?cursor={first}")).await.problem(422, "not_valid");
    }

    async fn an_ended_session_is_over_at_the_next_request(app: App) {
        let one = Actor::new(app.http.clone(), &app.base, "fu_staff", TEST_PASSWORD);
        let other = Actor::new(app.http.clone(), &app.base, "fu_staff", TEST_PASSWORD);
        one.sign_in().await.is(201);
        other.sign_in().await.is(201);
        let sessions = one.get("/sessions").await.is(200);
        let items = sessions.body["items"].as_array().unwrap();
        let theirs = items.iter().find(|item| item["is_current"] == false).unwrap()["id"].as_str().unwrap();
        other.send(Method::GET, "/cases", None, &[]).await.is(200);
        app.who("admin").ask(Method::DELETE, &format!("/sessions/{theirs}"), None, &[]).await.is(204);
        other.send(Method::GET, "/cases", None, &[]).await.problem(401, "unauthenticated");
        one.send(Method::GET, "/cases", None, &[]).await.is(200);
    }
}

/// The refusal stands in the log, under the request that the answer names.
async fn assert_recorded(app: &App, answer: &Answer) {
    let log = app.who("jd_auditor").get("/audit/entries?outcome=denied&limit=50").await.is(200);
    let request = answer.text("/request_id");
    let found = log.body["items"].as_array().unwrap().iter().find(|entry| entry["request_id"] == request.as_str());
    let entry = found.unwrap_or_else(|| panic!("{request} is not in the log"));
    assert_eq!((&entry["actor"]["kind"], &entry["code"]), (&json!("anonymous"), &json!("unauthenticated")));
}
