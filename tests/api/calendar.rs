//! `calendar.ics`: what it shows, to whom, until when; read by a parser of its format.

use icalendar::{Calendar, CalendarDateTime, Component as _, DatePerhapsTime, EventLike as _};
use lianhu::cli::demo::client::{Actor, Answer};
use lianhu::cli::demo::world::TEST_PASSWORD;
use reqwest::Method;
use serde_json::json;

use crate::app::{App, Expect, on_both_databases};

/// Makes somebody's token.
async fn token(actor: &Actor) -> String {
    let made = actor.ask(Method::POST, "/me/calendar-token", None, &[]).await.is(201);
    let token = made.text("/token");
    assert!(made.text("/url").ends_with(&format!("/api/v1/calendar.ics?token={token}")), "{}", made.body);
    token
}

/// The calendar, as a program asks for it that has not signed in.
async fn asked(app: &App, token: &str) -> Answer {
    app.visitor().send(Method::GET, &format!("/calendar.ics?token={token}"), None, &[]).await.unwrap()
}

/// Its events: since when, and of which case.
async fn events(app: &App, token: &str) -> Vec<(i64, String, bool)> {
    let answer = asked(app, token).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert_eq!(answer.header("content-type"), Some("text/calendar; charset=utf-8"));
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    assert!(answer.header("audit-receipt").is_some());
    let text = String::from_utf8(answer.bytes).unwrap();
    bare(&text);
    let calendar: Calendar = text.parse().unwrap();
    let mut found: Vec<(i64, String, bool)> = calendar
        .events()
        .map(|event| {
            let Some(DatePerhapsTime::DateTime(CalendarDateTime::Utc(from))) = event.get_start() else { panic!("{event:?}") };
            assert!(event.get_description().is_none() && event.get_location().is_none());
            (from.timestamp(), event.get_summary().unwrap().to_owned(), event.get_end().is_some())
        })
        .collect();
    found.sort();
    found
}

/// No property but these: a time, a case's number, and what the format asks for.
fn bare(text: &str) {
    const KNOWN: [&str; 14] = [
        "BEGIN", "END", "VERSION", "PRODID", "CALSCALE", "METHOD", "UID", "DTSTAMP", "DTSTART", "DTEND", "SUMMARY", "CLASS",
        "TRANSP", "",
    ];
    for line in text.split("\r\n") {
        let name = line.split([':', ';']).next().unwrap();
        assert!(KNOWN.contains(&name), "{line}");
        if let Some(summary) = line.strip_prefix("SUMMARY:") {
            let is_number =
                summary.len() == 9 && summary.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '-');
            assert!(is_number || summary == "Lianhu 联护", "{line}");
        }
    }
}

/// A case of the federation's own with deadlines: its id and number.
async fn opened(app: &App) -> (String, String) {
    let staff = app.who("fu_staff");
    let intake = json!({ "source": "walk_in", "parties": [
        { "kind": "survivor", "name": "林晓梅" }, { "kind": "respondent", "name": "周建国" } ] });
    let case = staff.post("/cases", intake).await.is(201).id();
    staff.post(&format!("/cases/{case}/declarations"), json!({ "conflict": false })).await.is(201);
    let opened = staff.step(&format!("/cases/{case}"), "open", json!({})).await.is(200);
    (case, opened.text("/case_no"))
}

/// A mediation session at which `fu_staff` sits, on the next day from nine to ten in the morning.
async fn session(app: &App, case: &str) {
    let staff = app.who("fu_staff");
    let assessed = json!({ "instrument": "scene_triage", "answers": { "again": "yes", "worse": "yes" } });
    staff.post(&format!("/cases/{case}/risk-assessments"), assessed).await.is(201);
    let parties = staff.get(&format!("/cases/{case}/parties")).await.is(200);
    let series = staff.post(&format!("/cases/{case}/mediations"), json!({ "note": "双方愿意谈。" })).await.is(201).id();
    for (party, at) in parties.body["items"].as_array().unwrap().iter().zip(["2026-03-03T01:00:00Z", "2026-03-03T03:00:00Z"]) {
        let id = &party["id"];
        let sheet = json!({ "party_id": id, "at": at, "held_alone": true, "answers": "单独询问所得。", "fit": true });
        staff.post(&format!("/mediations/{series}/screenings"), sheet).await.is(201);
        let consent = json!({ "party_id": id, "voluntary": true, "given_on": "2026-03-03", "words": "我自愿。" });
        staff.post(&format!("/mediations/{series}/consents"), consent).await.is(201);
    }
    let at = format!("/cases/{case}/mediations/{series}");
    staff.change(Method::POST, &at, &format!("/mediations/{series}/clear"), json!({})).await.is(200);
    let body = json!({
        "starts_at": "2026-03-04T01:00:00Z", "ends_at": "2026-03-04T02:00:00Z", "room": "调解室-2", "mediator_user": app.user("fu_staff"),
    });
    staff.post(&format!("/mediations/{series}/sessions"), body).await.is(201);
}

on_both_databases! {
    async fn a_calendar_shows_times_and_case_numbers_and_is_recorded(app: App) {
        let (case, number) = opened(&app).await;
        session(&app, &case).await;
        let token = token(app.who("fu_staff")).await;
        let shown = events(&app, &token).await;
        let nine = "2026-03-04T01:00:00Z".parse::<lianhu::base::time::Timestamp>().unwrap().seconds();
        assert!(shown.contains(&(nine, number.clone(), true)), "the session: {shown:?}");
        let deadlines = app.who("fu_staff").get("/deadlines?limit=100").await.is(200);
        let deadlines = deadlines.body["items"].as_array().unwrap();
        assert_eq!(shown.len(), deadlines.len() + 1);
        assert!(shown.iter().all(|(_, summary, _)| *summary == number), "{shown:?}");
        assert!(!deadlines.is_empty());
        assert!(asked(&app, &token).await.headers.iter().all(|(name, _)| name != "set-cookie"));

        let log = app.who("jd_auditor").get(&format!("/audit/entries?case_id={case}&limit=100")).await.is(200);
        let items = log.body["items"].as_array().unwrap();
        let entry = items.iter().find(|entry| entry["action"] == "view_calendar").unwrap();
        assert_eq!((&entry["actor"]["kind"], &entry["actor"]["user_id"]), (&json!("token"), &json!(app.user("fu_staff"))));
        assert!(!log.body.to_string().contains(&token));
        // Somebody else's shows nothing of it.
        let other = self::token(app.who("fu_other")).await;
        assert_eq!(events(&app, &other).await, []);
    }

    async fn whoever_loses_the_case_loses_it_in_the_calendar(app: App) {
        let (case, number) = opened(&app).await;
        let contract = app.who("fu_supervisor").post("/contracts", json!({
            "number": "BS-1", "provider_id": app.agency("qingzi"), "level": "district", "fund": "专项", "amount_fen": 1,
            "first_day": "2026-01-01", "last_day": "2026-12-31", "data_protection_terms": true, "terms_signed_on": "2026-01-02",
            "lines": [{ "service": "case_work", "unit": "case", "quantity": 5, "price_fen": 1 }],
        })).await.is(201).id();
        app.who("fu_supervisor").step(&format!("/contracts/{contract}"), "activate", json!({})).await.is(200);
        let lead = json!({ "worker": app.user("qz_worker"), "contract_id": contract, "part": "lead", "service": "case_work" });
        let lead = app.who("fu_staff").post(&format!("/cases/{case}/assignments"), lead).await.is(201).id();
        let token = token(app.who("qz_worker")).await;
        let of_the_case = async || events(&app, &token).await.into_iter().filter(|(_, summary, _)| *summary == number).count();
        assert_eq!(of_the_case().await, 0, "names first");
        app.who("qz_worker").post(&format!("/cases/{case}/declarations"), json!({ "conflict": false })).await.is(201);
        assert!(of_the_case().await > 0);
        app.who("fu_staff").step(&format!("/cases/{case}/assignments/{lead}"), "end", json!({})).await.is(200);
        assert_eq!(of_the_case().await, 0);
    }

    async fn a_token_is_one_a_person_and_good_for_nothing_else(app: App) {
        let staff = app.who("fu_staff");
        let first = token(staff).await;
        events(&app, &first).await;
        let second = token(staff).await;
        assert_eq!(asked(&app, &first).await.status, 401, "the one before has ended");
        events(&app, &second).await;
        let bearer = format!("Bearer {second}");
        for path in ["/me", "/cases", "/desk", "/deadlines"] {
            app.visitor().send(Method::GET, path, None, &[("authorization", &bearer)]).await.problem(401, "unauthenticated");
        }
        // Nor does a session open a calendar.
        staff.get("/calendar.ics").await.problem(401, "unauthenticated");
        staff.ask(Method::DELETE, "/me/calendar-token", None, &[]).await.is(204);
        assert_eq!(asked(&app, &second).await.status, 401);
        staff.ask(Method::DELETE, "/me/calendar-token", None, &[]).await.problem(404, "not_found");
        for who in ["admin", "jd_auditor"] {
            app.who(who).ask(Method::POST, "/me/calendar-token", None, &[]).await.problem(403, "forbidden");
        }
    }

    async fn it_ends_with_the_account_and_with_the_password(app: App) {
        let worker = token(app.who("qz_cousin")).await;
        let staff = token(app.who("fu_other")).await;
        app.who("qz_manager").step(&format!("/users/{}", app.user("qz_cousin")), "disable", json!({})).await.is(200);
        assert_eq!(asked(&app, &worker).await.status, 401);
        events(&app, &staff).await;
        app.who("admin").step(&format!("/users/{}", app.user("fu_other")), "reset-password", json!({})).await.is(200);
        assert_eq!(asked(&app, &staff).await.status, 401);
        // A password of one's own choosing does not end it.
        let other = token(app.who("fu_staff")).await;
        let body = json!({ "current_password": TEST_PASSWORD, "new_password": "Another-Stairwell-77" });
        app.who("fu_staff").ask(Method::PUT, "/me/password", Some(&body), &[]).await.is(204);
        events(&app, &other).await;
    }

    async fn wrong_tokens_are_alike_counted_and_do_not_lock_out_a_good_one(app: App) {
        let good = token(app.who("fu_staff")).await;
        let told = |answer: &Answer| {
            let request = answer.text("/request_id");
            (answer.status, String::from_utf8_lossy(&answer.bytes).replace(&request, ""))
        };
        let ended = token(app.who("fu_other")).await;
        app.who("fu_other").ask(Method::DELETE, "/me/calendar-token", None, &[]).await.is(204);
        let (one, other) = (asked(&app, &ended).await, asked(&app, "nonsense").await);
        assert_eq!(told(&one), told(&other));
        assert_eq!((one.status, one.code().as_str()), (401, "unauthenticated"));
        for _ in 0..8 {
            assert_eq!(asked(&app, "nonsense").await.status, 401);
        }
        let waits = asked(&app, "nonsense").await;
        assert_eq!((waits.status, waits.code().as_str()), (429, "too_many_requests"));
        assert!(waits.header("retry-after").is_some());
        events(&app, &good).await;
        app.clock.advance_minutes(15);
        assert_eq!(asked(&app, "nonsense").await.status, 401, "a wait has an end");
        let log = app.who("jd_auditor").get("/audit/entries?outcome=denied&limit=50").await.is(200);
        let counted = log.body["items"].as_array().unwrap().iter().filter(|entry| entry["action"] == "record_failed_sign_in");
        assert_eq!(counted.count(), 12, "each leaves one entry");
    }
}
