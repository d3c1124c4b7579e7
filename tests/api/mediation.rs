//! Mediation: the gate, separate screenings, times that are had once.

use lianhu::cli::demo::client::{Actor, Answer};
use reqwest::Method;
use serde_json::{Value, json};

use crate::app::{App, Expect, on_both_databases};

/// A case of the federation's own with both parties, its handler having declared no conflict.
pub struct Opened {
    pub case: String,
    pub her: String,
    pub him: String,
}

pub async fn opened(app: &App) -> Opened {
    let staff = app.who("fu_staff");
    let intake = json!({ "source": "walk_in", "parties": [
        { "kind": "survivor", "name": "林晓梅" }, { "kind": "respondent", "name": "周建国" }, { "kind": "other", "name": "邻居" }
    ] });
    let case = staff.post("/cases", intake).await.is(201).id();
    staff.post(&format!("/cases/{case}/declarations"), json!({ "conflict": false })).await.is(201);
    let assessed = json!({ "instrument": "scene_triage", "answers": { "again": "yes", "worse": "yes" } });
    staff.post(&format!("/cases/{case}/risk-assessments"), assessed).await.is(201);
    let parties = staff.get(&format!("/cases/{case}/parties")).await.is(200);
    let of_kind = |kind: &str| {
        let items = parties.body["items"].as_array().unwrap();
        items.iter().find(|party| party["kind"] == kind).unwrap()["id"].as_str().unwrap().to_owned()
    };
    Opened { her: of_kind("survivor"), him: of_kind("respondent"), case }
}

async fn proposed(staff: &Actor, opened: &Opened) -> String {
    staff.post(&format!("/cases/{}/mediations", opened.case), json!({ "note": "双方愿意谈。" })).await.is(201).id()
}

pub fn sheet(party: &str, at: &str, fit: bool) -> Value {
    json!({ "party_id": party, "at": at, "held_alone": true, "answers": "单独询问所得。", "fit": fit })
}

pub async fn screens(staff: &Actor, series: &str, opened: &Opened) {
    let at = format!("/mediations/{series}/screenings");
    staff.post(&at, sheet(&opened.her, "2026-03-03T01:00:00Z", true)).await.is(201);
    staff.post(&at, sheet(&opened.him, "2026-03-03T03:00:00Z", true)).await.is(201);
}

pub async fn consents(staff: &Actor, series: &str, party: &str) -> String {
    let body = json!({ "party_id": party, "voluntary": true, "given_on": "2026-03-03", "words": "我自愿。" });
    staff.post(&format!("/mediations/{series}/consents"), body).await.is(201).id()
}

/// A step of a series, as it is now.
pub async fn takes(
    staff: &Actor,
    opened: &Opened,
    series: &str,
    step: &str,
    body: Value,
) -> Result<Answer, lianhu::cli::demo::client::Told> {
    let at = format!("/cases/{}/mediations/{series}", opened.case);
    staff.change(Method::POST, &at, &format!("/mediations/{series}/{step}"), body).await
}

pub async fn cleared(app: &App) -> (Opened, String) {
    let (staff, opened) = (app.who("fu_staff"), opened(app).await);
    let series = proposed(staff, &opened).await;
    screens(staff, &series, &opened).await;
    consents(staff, &series, &opened.her).await;
    consents(staff, &series, &opened.him).await;
    takes(staff, &opened, &series, "clear", json!({})).await.is(200);
    (opened, series)
}

pub fn session(app: &App, room: &str, starts_at: &str, ends_at: &str) -> Value {
    json!({ "starts_at": starts_at, "ends_at": ends_at, "room": room, "mediator_user": app.user("fu_staff") })
}

/// What a refusal names.
pub fn missing(answer: &Answer) -> Vec<String> {
    crate::measures::pointers(answer)
}

on_both_databases! {
    async fn the_gate_names_what_is_missing_and_opens_when_nothing_is(app: App) {
        let (staff, opened) = (app.who("fu_staff"), opened(&app).await);
        let series = proposed(staff, &opened).await;
        let again = json!({});
        staff.post(&format!("/cases/{}/mediations", opened.case), again).await.problem(409, "conflict");
        takes(staff, &opened, &series, "clear", json!({})).await.problem(409, "illegal_step");

        let sheets = format!("/mediations/{series}/screenings");
        let mut together = sheet(&opened.her, "2026-03-03T01:00:00Z", true);
        together["held_alone"] = json!(false);
        staff.post(&sheets, together).await.problem(422, "not_valid");
        staff.post(&sheets, sheet(&opened.her, "2026-03-03T01:00:00Z", true)).await.is(201);
        let same = staff.post(&sheets, sheet(&opened.him, "2026-03-03T01:05:00Z", true)).await.problem(422, "not_valid");
        assert_eq!(same.text("/errors/0/code"), "same_sitting");

        let refused = takes(staff, &opened, &series, "clear", json!({})).await.problem(409, "gate_not_met");
        assert_eq!(missing(&refused), ["/gate/respondent_screened", "/gate/survivor_consents", "/gate/respondent_consents"]);
        staff.post(&sheets, sheet(&opened.him, "2026-03-03T03:00:00Z", false)).await.is(201);
        consents(staff, &series, &opened.her).await;
        consents(staff, &series, &opened.him).await;
        let refused = takes(staff, &opened, &series, "clear", json!({})).await.problem(409, "gate_not_met");
        assert_eq!(missing(&refused), ["/gate/respondent_screened"]);
        staff.post(&sheets, sheet(&opened.him, "2026-03-03T04:00:00Z", true)).await.is(201);

        let gate = staff.get(&format!("/mediations/{series}/gate")).await.is(200);
        assert_eq!(gate.body["met"], true);
        let shown = takes(staff, &opened, &series, "clear", json!({})).await.is(200);
        assert_eq!((shown.text("/state"), shown.text("/note")), ("cleared".into(), "双方愿意谈。".into()));

        // Whoever screened reads their own sheets; a supervisor of the owner, pass or fail alone.
        assert_eq!(staff.get(&sheets).await.is(200).text("/items/0/answers"), "单独询问所得。");
        let supervisor = app.who("fu_supervisor");
        supervisor.post(&format!("/cases/{}/declarations", opened.case), json!({ "conflict": false })).await.is(201);
        let seen = supervisor.get(&sheets).await.is(200);
        assert_eq!((&seen.body["items"][0]["fit"], &seen.body["items"][0]["answers"]), (&json!(true), &Value::Null));
        for stranger in ["yp_police", "sf_judicial", "fu_other", "fu_auditor"] {
            app.who(stranger).get(&format!("/mediations/{series}/gate")).await.problem(404, "not_found");
        }
    }

    async fn a_consent_taken_back_puts_off_what_was_scheduled_and_frees_the_time(app: App) {
        let (opened, series) = cleared(&app).await;
        let staff = app.who("fu_staff");
        let at = format!("/mediations/{series}/sessions");
        let first = staff.post(&at, session(&app, "调解室-2", "2026-03-04T01:00:00Z", "2026-03-04T02:00:00Z")).await.is(201);
        let this = format!("{at}/{}", first.id());
        let look = format!("/mediations/slots?mediator={}&from=2026-03-04T00:30:00Z&until=2026-03-04T02:30:00Z", app.user("fu_staff"));
        let free = staff.get(&look).await.is(200);
        assert_eq!(free.body["items"].as_array().unwrap().len(), 2);

        let hers = staff.get(&format!("/mediations/{series}/consents")).await.is(200);
        let items = hers.body["items"].as_array().unwrap();
        let hers = items.iter().find(|item| item["party_id"] == opened.her.as_str()).unwrap()["id"].as_str().unwrap();
        let withdraw = format!("/mediations/{series}/consents/{hers}/withdraw");
        staff.post(&withdraw, json!({})).await.is(200);
        staff.post(&withdraw, json!({})).await.problem(409, "illegal_step");

        assert_eq!(staff.get(&this).await.is(200).text("/state"), "suspended");
        assert_eq!(staff.get(&look).await.is(200).body["items"].as_array().unwrap().len(), 1);
        let again = json!({ "starts_at": "2026-03-05T01:00:00Z", "ends_at": "2026-03-05T02:00:00Z" });
        let refused = staff.step(&this, "resume", again.clone()).await.problem(409, "gate_not_met");
        assert_eq!(missing(&refused), ["/gate/survivor_consents"]);
        consents(staff, &series, &opened.her).await;
        staff.step(&this, "resume", again).await.is(200);

        let held = json!({ "outcome": "adjourned", "record": "首次调解,另行约期。" });
        staff.step(&this, "hold", held.clone()).await.problem(409, "conflict");
        app.clock.advance_minutes(2 * 24 * 60);
        staff.ask(Method::POST, &format!("{this}/hold"), Some(&held), &[("if-match", "\"v1\"")]).await.problem(412, "stale");
        staff.step(&this, "hold", held).await.is(200);
        let next = staff.post(&at, session(&app, "调解室-2", "2026-03-06T01:00:00Z", "2026-03-06T02:00:00Z")).await.is(201);
        let later = staff.post(&at, session(&app, "调解室-2", "2026-03-09T01:00:00Z", "2026-03-09T02:00:00Z")).await.is(201);
        app.clock.advance_minutes(24 * 60);
        let agreed = json!({ "outcome": "agreed", "record": "男方承认过错。" });
        staff.step(&format!("{at}/{}", next.id()), "hold", agreed).await.is(200);
        assert_eq!(staff.get(&format!("{at}/{}", later.id())).await.is(200).text("/state"), "cancelled");

        let agreement = format!("/mediations/{series}/agreement");
        let clauses = json!({ "signed_on": "2026-03-06", "clauses": [
            { "text": "不再饮酒。", "by_party": opened.him }, { "text": "每周咨询。", "due_on": "2026-06-06" }
        ] });
        let stranger = json!({ "signed_on": "2026-03-06", "clauses": [{ "text": "x", "by_party": opened.case }] });
        staff.change(Method::PUT, &agreement, &agreement, stranger).await.problem(422, "not_valid");
        staff.change(Method::PUT, &agreement, &agreement, clauses).await.is(200);
        let kept = staff.get(&agreement).await.is(200);
        assert_eq!((kept.text("/clauses/0/text"), kept.header("etag")), ("不再饮酒。".into(), Some("\"v1\"")));
        let list = staff.get(&format!("/cases/{}/mediations", opened.case)).await.is(200);
        let summary = &list.body["items"][0];
        assert_eq!((&summary["state"], &summary["gate_passed"]), (&json!("agreed"), &json!(true)));
        assert_eq!((&summary["agreement_signed_on"], summary["sessions"].as_array().unwrap().len()), (&json!("2026-03-06"), 3));
    }

    async fn a_room_is_had_once_however_many_ask_at_once(app: App) {
        let (_, one) = cleared(&app).await;
        let (_, other) = cleared(&app).await;
        let staff = app.who("fu_staff");
        let (one, other) = (format!("/mediations/{one}/sessions"), format!("/mediations/{other}/sessions"));
        staff.get("/me").await.is(200);
        let body = session(&app, "A1", "2026-03-04T01:00:00Z", "2026-03-04T02:00:00Z");
        let (a, b) = tokio::join!(staff.post(&one, body.clone()), staff.post(&other, body));
        let mut got = [a.unwrap().status, b.unwrap().status];
        got.sort_unstable();
        assert_eq!(got, [201, 409]);
        // The end of one is the beginning of the next.
        staff.post(&other, session(&app, "A1", "2026-03-04T02:00:00Z", "2026-03-04T02:15:00Z")).await.is(201);
        staff.post(&other, session(&app, "B1", "2026-03-04T01:45:00Z", "2026-03-04T02:00:00Z")).await.problem(409, "conflict");
        let mut unknown = session(&app, "C1", "2026-03-05T01:00:00Z", "2026-03-05T02:00:00Z");
        unknown["worker_user"] = json!(app.user("qz_worker"));
        staff.post(&other, unknown).await.problem(422, "not_valid");
    }

    async fn either_party_stops_at_any_time_and_nothing_comes_after(app: App) {
        let (opened, series) = cleared(&app).await;
        let staff = app.who("fu_staff");
        let at = format!("/mediations/{series}/sessions");
        let to_come = staff.post(&at, session(&app, "A1", "2026-03-04T01:00:00Z", "2026-03-04T02:00:00Z")).await.is(201);
        let stopped = takes(staff, &opened, &series, "stop", json!({ "party_id": opened.her, "reason": "不想谈了。" })).await.is(200);
        assert_eq!((stopped.text("/state"), stopped.text("/ending/reason")), ("stopped".into(), "不想谈了。".into()));
        assert_eq!(staff.get(&format!("{at}/{}", to_come.id())).await.is(200).text("/state"), "cancelled");
        staff.post(&at, session(&app, "A1", "2026-03-04T01:00:00Z", "2026-03-04T02:00:00Z")).await.problem(409, "illegal_step");
        takes(staff, &opened, &series, "cancel", json!({})).await.problem(409, "illegal_step");
        proposed(staff, &opened).await;
    }
}
