//! A broker's introductions: of no case, by the states of a referral, on both desks, under a referral's clocks.

use serde_json::{Value, json};

use crate::app::{App, Expect as _, on_both_databases};
use crate::providers::service;

async fn in_the_directory(app: &App) {
    let path = format!("/providers/{}/services", app.agency("xinyu"));
    app.who("xy_counsellor").post(&path, service("心理咨询", "counselling", &["310113"])).await.is(201);
}

fn need(app: &App, to: &str) -> Value {
    json!({
        "to_agency": app.agency(to), "provider_id": app.agency("xinyu"), "help": "counselling", "division": "310113",
        "urgency": "urgent", "audience": "survivors"
    })
}

async fn sent(app: &App, to: &str) -> String {
    let broker = app.who("jw_committee");
    let at = format!("/introductions/{}", broker.post("/introductions", need(app, to)).await.is(201).id());
    broker.step(&at, "send", json!({})).await.is(200);
    at
}

/// How many entries of an introduction stand on somebody's desk.
async fn on_desk(app: &App, who: &str, notice: &str) -> usize {
    let desk = app.who(who).get("/desk").await.is(200).body;
    let items = desk["items"].as_array().unwrap();
    items.iter().filter(|item| item["record"]["kind"] == "introduction" && item["notice"] == notice).count()
}

on_both_databases! {
    async fn an_introduction_goes_its_way_and_both_sides_are_told(app: App) {
        in_the_directory(&app).await;
        let (broker, staff) = (app.who("jw_committee"), app.who("fu_staff"));
        let draft = format!("/introductions/{}", broker.post("/introductions", need(&app, "federation")).await.is(201).id());
        staff.get(&draft).await.problem(404, "not_found");
        broker.step(&draft, "send", json!({})).await.is(200);
        assert_eq!(on_desk(&app, "fu_staff", "referral_sent").await, 1);
        let seen = staff.get(&draft).await.is(200).body;
        assert_eq!((&seen["sender"]["name"], &seen["state"]), (&json!("友谊路街道杨柳居民委员会"), &json!("sent")));
        staff.step(&draft, "accept", json!({})).await.problem(409, "illegal_step");
        broker.step(&draft, "acknowledge", json!({})).await.problem(403, "forbidden");
        staff.step(&draft, "acknowledge", json!({})).await.is(200);
        staff.step(&draft, "accept", json!({})).await.is(200);
        assert_eq!(on_desk(&app, "jw_committee", "referral_accepted").await, 1);
        let late = json!({ "reason": "no_longer_needed" });
        broker.step(&draft, "withdraw", late).await.problem(409, "illegal_step");
        staff.step(&draft, "complete", json!({})).await.is(200);
        let inbox = staff.get("/introductions?box=inbox").await.is(200).body;
        let outbox = broker.get("/introductions?box=outbox&state=completed").await.is(200).body;
        assert_eq!(inbox["items"], outbox["items"]);
        assert_eq!(inbox["items"].as_array().unwrap().len(), 1);
    }

    async fn what_is_declined_or_taken_back_says_a_word(app: App) {
        in_the_directory(&app).await;
        let at = sent(&app, "xinyu").await;
        let receiver = app.who("xy_counsellor");
        receiver.step(&at, "decline", json!({ "reason": "她叫某某" })).await.problem(422, "not_valid");
        receiver.step(&at, "decline", json!({ "reason": "full" })).await.is(200);
        assert_eq!(app.who("jw_committee").get(&at).await.is(200).body["reason"], "full");
        let at = sent(&app, "xinyu").await;
        app.who("jw_committee").step(&at, "withdraw", json!({ "reason": "no_longer_needed" })).await.is(200);
        receiver.get(&at).await.problem(404, "not_found");
        assert_eq!(on_desk(&app, "xy_counsellor", "referral_withdrawn").await, 1);
    }

    async fn only_a_provider_of_the_directory_is_introduced_to_an_owner_or_to_itself(app: App) {
        let broker = app.who("jw_committee");
        let wrong = async |body: Value| {
            broker.post("/introductions", body).await.problem(422, "not_valid").body["errors"][0]["pointer"].clone()
        };
        assert_eq!(wrong(need(&app, "federation")).await, "/provider_id", "it does not stand in the directory");
        in_the_directory(&app).await;
        assert_eq!(wrong(need(&app, "haitong")).await, "/to_agency", "neither an owner nor the provider");
        let mut other_help = need(&app, "federation");
        other_help["help"] = json!("legal_advice");
        assert_eq!(wrong(other_help).await, "/provider_id", "it gives another help");
        for field in ["text", "case_id", "facets"] {
            let mut body = need(&app, "federation");
            body[field] = json!("x");
            assert_eq!(wrong(body).await, format!("/{field}"));
        }
    }

    async fn an_unanswered_introduction_is_overdue_like_a_referral(app: App) {
        in_the_directory(&app).await;
        let at = sent(&app, "federation").await;
        app.clock.advance_minutes(121);
        app.lianhu.sweep().await.map_err(|problem| problem.code().as_str()).unwrap();
        assert!(on_desk(&app, "fu_supervisor", "deadline_overdue").await >= 1);
        app.who("fu_staff").step(&at, "acknowledge", json!({})).await.is(200);
        app.who("fu_staff").step(&at, "accept", json!({})).await.is(200);
        app.clock.advance_minutes(3 * 24 * 60);
        let before = on_desk(&app, "fu_supervisor", "deadline_overdue").await;
        app.lianhu.sweep().await.map_err(|problem| problem.code().as_str()).unwrap();
        assert_eq!(on_desk(&app, "fu_supervisor", "deadline_overdue").await, before, "answered: no clock runs");
    }
}
