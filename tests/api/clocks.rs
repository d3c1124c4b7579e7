//! Deadlines, rosters and actions: begun and ended by the steps of the story, told once, shown where their facet is.

use lianhu::cli::demo::client::{Actor, Answer};
use serde_json::{Value, json};

use crate::app::{App, Expect, on_both_databases};

async fn sweep(app: &App) -> usize {
    app.lianhu.sweep().await.map_err(|problem| problem.code().as_str()).unwrap()
}

async fn declares(actor: &Actor, case: &str) {
    actor.post(&format!("/cases/{case}/declarations"), json!({ "conflict": false })).await.is(201);
}

/// The police refer an urgent case in and send it: its path.
async fn referred_in(app: &App) -> String {
    let body = json!({ "intake": {
        "to_agency": app.agency("federation"), "urgency": "urgent",
        "parties": [{ "kind": "survivor", "name": "林晓梅" }, { "kind": "respondent", "name": "周建国" }],
        "incident": { "account": "酒后殴打妻子。" }, "text": "请尽快联系。"
    } });
    let at = format!("/referrals/{}", app.who("yy_police").post("/referrals", body).await.is(201).id());
    app.who("yy_police").step(&at, "send", json!({})).await.is(200);
    at
}

/// Taken on by the federation and opened: the case's id.
async fn opened(app: &App) -> String {
    let at = referred_in(app).await;
    let staff = app.who("fu_staff");
    staff.step(&at, "acknowledge", json!({})).await.is(200);
    let case = staff.step(&at, "accept", json!({})).await.is(200).text("/case_id");
    declares(staff, &case).await;
    declares(app.who("fu_supervisor"), &case).await;
    staff.step(&format!("/cases/{case}"), "screen", json!({})).await.is(200);
    staff.step(&format!("/cases/{case}"), "open", json!({})).await.is(200);
    case
}

async fn led_by_qingzi(app: &App, case: &str) {
    let contract = json!({
        "number": "BS-2026-07", "provider_id": app.agency("qingzi"), "level": "district", "fund": "专项",
        "amount_fen": 100, "first_day": "2026-01-01", "last_day": "2026-12-31", "data_protection_terms": true,
        "terms_signed_on": "2026-01-01", "lines": [{ "service": "case_work", "unit": "case", "quantity": 5, "price_fen": 1 }],
    });
    let contract = app.who("fu_supervisor").post("/contracts", contract).await.is(201).id();
    app.who("fu_supervisor").step(&format!("/contracts/{contract}"), "activate", json!({})).await.is(200);
    let lead = json!({ "worker": app.user("qz_worker"), "contract_id": contract, "part": "lead", "service": "case_work" });
    app.who("fu_staff").post(&format!("/cases/{case}/assignments"), lead).await.is(201);
    declares(app.who("qz_worker"), case).await;
}

/// What waits on somebody's desk: notice, clock, record's kind, whether overdue.
async fn desk(actor: &Actor) -> Vec<Value> {
    actor.get("/desk?limit=100").await.is(200).body["items"].as_array().unwrap().clone()
}

async fn notices(actor: &Actor, clock: &str) -> Vec<String> {
    let items = desk(actor).await;
    let of = items.iter().filter(|item| item["clock"] == clock);
    of.map(|item| item["notice"].as_str().unwrap().to_owned()).collect()
}

/// The due time of a clock in a list of deadlines, if it is there.
fn due(answer: &Answer, clock: &str) -> Option<String> {
    let items = answer.body["items"].as_array().unwrap();
    let found = items.iter().find(|item| item["clock"] == clock)?;
    Some(found["due_at"].as_str().unwrap().to_owned())
}

async fn on_duty(app: &App, person: &str, deputy: &str) -> String {
    let turn = json!({
        "user_id": app.user(person), "deputy_id": app.user(deputy),
        "from": "2026-03-03T00:00:00Z", "until": "2026-03-10T00:00:00Z",
    });
    app.who("fu_supervisor").post("/duty", turn).await.is(201).id()
}

on_both_databases! {
    async fn an_urgent_referral_calls_the_roster_until_somebody_acknowledges(app: App) {
        on_duty(&app, "fu_staff", "fu_other").await;
        let at = referred_in(&app).await;
        sweep(&app).await;
        let call = "referral_acknowledged";
        assert_eq!(notices(app.who("fu_staff"), call).await, ["roster_call"]);
        assert!(notices(app.who("fu_other"), call).await.is_empty());
        // The call tells the preview, and not which case it is.
        let item = desk(app.who("fu_staff")).await.into_iter().find(|item| item["notice"] == "roster_call").unwrap();
        assert_eq!(item["preview"]["urgency"], "urgent");
        assert_eq!(item["case_id"], Value::Null);
        assert_eq!(item["record"]["kind"], "referral");
        app.who("fu_staff").post(&format!("/desk/{}/seen", item["id"].as_str().unwrap()), json!({})).await.problem(409, "conflict");

        app.clock.advance_minutes(31);
        sweep(&app).await;
        assert_eq!(notices(app.who("fu_staff"), call).await, ["roster_call", "roster_call"]);
        assert_eq!(notices(app.who("fu_other"), call).await, ["roster_call"]);
        assert!(notices(app.who("fu_supervisor"), call).await.is_empty());
        app.clock.advance_minutes(30);
        sweep(&app).await;
        assert_eq!(notices(app.who("fu_supervisor"), call).await, ["roster_call"]);

        app.who("fu_staff").step(&at, "acknowledge", json!({})).await.is(200);
        for who in ["fu_staff", "fu_other", "fu_supervisor"] {
            assert!(notices(app.who(who), call).await.is_empty(), "{who} is called though it was acknowledged");
        }
        assert_eq!(due(&app.who("fu_staff").get("/deadlines").await.is(200), call), None);
        // Answered within a day from now, and no stage of the clock before comes any more.
        let answer = due(&app.who("fu_staff").get("/deadlines").await.is(200), "referral_answered").unwrap();
        assert_eq!(answer, app.now().plus_minutes(24 * 60).to_string());
        app.clock.advance_minutes(120);
        assert_eq!(sweep(&app).await, 0);
    }

    async fn whoever_takes_a_call_on_stops_the_calls_and_not_the_clock(app: App) {
        on_duty(&app, "fu_staff", "fu_other").await;
        let at = referred_in(&app).await;
        app.clock.advance_minutes(31);
        sweep(&app).await;
        let (call, staff) = ("referral_acknowledged", app.who("fu_staff"));
        // Of one's own; the agency's stands on everybody's desk there.
        let calls = |items: Vec<Value>, notice: &'static str| {
            let of = |item: &Value| item["clock"] == call && item["notice"] == notice && item["personal"] == true;
            items.into_iter().filter(of).collect::<Vec<_>>()
        };
        let ringing = calls(desk(app.who("fu_other")).await, "roster_call");
        assert_eq!((&ringing[0]["can_be_acknowledged"], &ringing[0]["can_be_cleared"]), (&json!(true), &json!(false)));
        let path = format!("/desk/{}/acknowledge", ringing[0]["id"].as_str().unwrap());
        // Another's entry is nobody else's, and what is no call is not taken on.
        for who in ["fu_staff", "yp_police", "admin"] {
            app.who(who).post(&path, json!({})).await.problem(404, "not_found");
        }
        let sent = desk(staff).await.into_iter().find(|item| item["notice"] == "referral_sent").unwrap();
        staff.post(&format!("/desk/{}/acknowledge", sent["id"].as_str().unwrap()), json!({})).await.problem(409, "conflict");

        let taken = app.who("fu_other").post(&path, json!({})).await.is(200);
        let mine = staff.get("/deadlines").await.is(200);
        let shown = mine.body["items"].as_array().unwrap().iter().find(|item| item["clock"] == call).unwrap();
        assert_eq!(shown["acknowledged_at"], taken.body["acknowledged_at"]);
        let again = app.who("fu_other").post(&path, json!({})).await.is(200);
        assert_eq!(taken.text("/acknowledged_at"), again.text("/acknowledged_at"));
        for who in ["fu_staff", "fu_other"] {
            assert!(notices(app.who(who), call).await.is_empty(), "{who} is still called");
        }
        app.clock.advance_minutes(60);
        sweep(&app).await;
        for who in ["fu_staff", "fu_other", "fu_supervisor"] {
            assert!(calls(desk(app.who(who)).await, "roster_call").is_empty(), "{who} is called though somebody took it on");
        }
        let entries = app.who("jd_auditor").get(&format!("/audit/entries?actor={}&limit=100", app.user("fu_other"))).await.is(200);
        let kept = entries.body["items"].as_array().unwrap().iter().filter(|entry| entry["action"] == "acknowledge_call");
        let changed: Vec<bool> = kept.map(|entry| entry["outcome"] == "allowed" && entry["changed"] != json!([])).collect();
        assert_eq!(changed.len(), 2, "newest first: {changed:?}");

        // A word is no deed: when it is overdue, supervisors hear, the roster does not.
        app.clock.advance_minutes(60);
        sweep(&app).await;
        assert!(!calls(desk(app.who("fu_supervisor")).await, "deadline_overdue").is_empty());
        assert!(calls(desk(app.who("fu_other")).await, "deadline_overdue").is_empty());
        // What is overdue goes from one's own desk by one's own word, and from no other.
        let due = notices(staff, call).await;
        assert!(!due.is_empty());
        let overdue = calls(desk(app.who("fu_supervisor")).await, "deadline_overdue");
        let path = format!("/desk/{}/acknowledge", overdue[0]["id"].as_str().unwrap());
        app.who("fu_supervisor").post(&path, json!({})).await.is(200);
        assert!(calls(desk(app.who("fu_supervisor")).await, "deadline_overdue").is_empty());
        assert_eq!(notices(staff, call).await, due);
        // Doing it ends all of it.
        staff.step(&at, "acknowledge", json!({})).await.is(200);
        assert!(notices(staff, call).await.is_empty());
    }

    async fn a_referral_that_nobody_answers_is_flagged_and_escalated_to_the_owner(app: App) {
        let case = opened(&app).await;
        let consent = json!({
            "recipient_agency": app.agency("haitong"), "purpose": "legal_advice", "facets": ["identity"],
            "expires_on": "2026-12-31", "given_by": "survivor", "given_on": "2026-03-03",
        });
        app.who("fu_staff").post(&format!("/cases/{case}/consents"), consent).await.is(201);
        let body = json!({
            "case_id": case, "kind": "service", "help": "legal_advice", "to_agency": app.agency("haitong"),
            "facets": ["identity"], "urgency": "normal", "text": "她需要帮助。",
        });
        let at = format!("/referrals/{}", app.who("fu_staff").post("/referrals", body).await.is(201).id());
        app.who("fu_staff").step(&at, "send", json!({})).await.is(200);
        let clock = "referral_acknowledged";
        app.clock.advance_minutes(24 * 60 - 1);
        sweep(&app).await;
        assert!(notices(app.who("fu_supervisor"), clock).await.is_empty());
        app.clock.advance_minutes(2);
        sweep(&app).await;
        for who in ["fu_supervisor", "fu_staff", "ht_legal"] {
            assert!(notices(app.who(who), clock).await.contains(&"deadline_overdue".to_owned()), "{who} did not hear of it");
        }
        let seen = app.who("ht_legal").get("/deadlines").await.is(200);
        assert_eq!((seen.body["items"][0]["overdue"].clone(), seen.body["items"][0]["case_id"].clone()), (json!(true), Value::Null));
        // On the desk it stands before what is due later and what has no day.
        assert_eq!(desk(app.who("ht_legal")).await[0]["overdue"], true);
        app.who("ht_legal").step(&at, "acknowledge", json!({})).await.is(200);
        app.who("ht_legal").step(&at, "accept", json!({})).await.is(200);
        for who in ["fu_supervisor", "fu_staff", "ht_legal"] {
            assert!(notices(app.who(who), clock).await.is_empty(), "{who} still hears of it");
        }
        assert!(due(&app.who("ht_legal").get("/deadlines").await.is(200), "referral_answered").is_none());
    }

    async fn only_reaching_her_safely_meets_the_contact_clock(app: App) {
        let case = opened(&app).await;
        led_by_qingzi(&app, &case).await;
        let (worker, at) = (app.who("qz_worker"), format!("/cases/{case}/deadlines"));
        let clock = "first_safe_contact";
        let first = due(&worker.get(&at).await.is(200), clock).unwrap();
        assert_eq!(first, app.now().plus_minutes(24 * 60).to_string());
        app.clock.advance_minutes(60);
        let attempt = |outcome: &str| json!({ "outcome": outcome, "at": app.now(), "how": "phone" });
        worker.post(&format!("/cases/{case}/contact-attempts"), attempt("someone_else")).await.is(201);
        assert_eq!(due(&worker.get(&at).await.is(200), clock).unwrap(), app.now().plus_minutes(24 * 60).to_string());
        app.clock.advance_minutes(21 * 60);
        sweep(&app).await;
        assert_eq!(notices(worker, clock).await, ["deadline_near"]);
        worker.post(&format!("/cases/{case}/contact-attempts"), attempt("reached_safely")).await.is(201);
        assert_eq!(due(&worker.get(&at).await.is(200), clock), None);
        assert!(notices(worker, clock).await.is_empty());
        // A later attempt that fails begins nothing.
        worker.post(&format!("/cases/{case}/contact-attempts"), attempt("no_answer")).await.is(201);
        assert_eq!(due(&worker.get(&at).await.is(200), clock), None);
    }

    async fn a_deadline_shows_where_its_facet_is_granted(app: App) {
        let case = opened(&app).await;
        led_by_qingzi(&app, &case).await;
        let body = json!({ "kind": "task", "what": "陪同就医。", "agency_id": app.agency("qingzi"), "due_on": "2026-03-10" });
        app.who("fu_staff").post(&format!("/cases/{case}/actions"), body).await.is(201);
        for who in ["fu_staff", "fu_supervisor", "qz_worker"] {
            let seen = app.who(who).get("/deadlines").await.is(200);
            assert!(due(&seen, "first_safe_contact").is_some(), "{who}");
        }
        // The manager sees heads and hours only; a stranger nothing; another of the owner's staff nothing of this case.
        for who in ["qz_manager", "yp_police", "yy_police", "fu_other"] {
            let seen = app.who(who).get("/deadlines").await.is(200);
            assert_eq!((due(&seen, "first_safe_contact"), due(&seen, "action_due")), (None, None), "{who}");
        }
        app.who("yp_police").get(&format!("/cases/{case}/deadlines")).await.problem(404, "not_found");
        // Pages follow one another without gap or repetition.
        let staff = app.who("fu_staff");
        let all = staff.get("/deadlines?limit=100").await.is(200).body["items"].as_array().unwrap().clone();
        let (mut paged, mut next) = (Vec::new(), String::new());
        loop {
            let page = staff.get(&format!("/deadlines?limit=1{next}")).await.is(200);
            paged.extend(page.body["items"].as_array().unwrap().clone());
            match page.body["next"].as_str() {
                Some(cursor) => next = format!("&cursor={cursor}"),
                None => break,
            }
        }
        assert_eq!(paged, all);
        assert!(all.len() > 1);
        assert!(all.is_sorted_by(|a, b| a["due_at"].as_str() <= b["due_at"].as_str()));
    }

    async fn what_was_agreed_is_to_be_done_and_what_is_late_escalates(app: App) {
        let case = opened(&app).await;
        led_by_qingzi(&app, &case).await;
        let (staff, worker, at) = (app.who("fu_staff"), app.who("qz_worker"), format!("/cases/{case}/actions"));
        let new = json!({
            "kind": "follow_up", "what": "每月回访。", "agency_id": app.agency("qingzi"), "user_id": app.user("qz_worker"),
            "due_on": "2026-03-05",
        });
        let id = staff.post(&at, new.clone()).await.is(201).id();
        assert_eq!(staff.get(&format!("/cases/{case}")).await.is(200).text("/facets/actions/open/0/due_on"), "2026-03-05");
        assert_eq!(worker.get("/actions").await.is(200).text("/items/0/what"), "每月回访。");
        // Nothing is given to an agency that may not read the case's actions, nor to somebody elsewhere.
        let mut elsewhere = new.clone();
        elsewhere["agency_id"] = json!(app.agency("haitong"));
        let refused = staff.post(&at, elsewhere).await.is(422);
        assert_eq!(refused.body["errors"].as_array().unwrap().len(), 2);

        app.clock.advance_minutes(2 * 24 * 60 + 12 * 60);
        sweep(&app).await;
        assert_eq!(notices(worker, "action_due").await, ["deadline_near", "deadline_due"]);
        assert!(notices(app.who("fu_supervisor"), "action_due").await.is_empty());
        app.clock.advance_minutes(24 * 60);
        sweep(&app).await;
        assert_eq!(notices(app.who("fu_supervisor"), "action_due").await, ["deadline_overdue"]);
        assert_eq!(notices(app.who("qz_manager"), "action_due").await, ["deadline_overdue"]);
        let seen = worker.get(&format!("{at}/{id}")).await.is(200);
        assert_eq!(seen.body["overdue"], true);
        // Another's action is not closed by a colleague without the case, nor by the state twice.
        worker.step(&format!("{at}/{id}"), "complete", json!({ "evidence": "已访。" })).await.is(200);
        assert!(notices(app.who("fu_supervisor"), "action_due").await.is_empty());
        worker.step(&format!("{at}/{id}"), "miss", json!({ "reason": "x" })).await.problem(409, "illegal_step");
        assert!(worker.get("/actions").await.is(200).body["items"].as_array().unwrap().is_empty());
    }

    async fn whoever_is_out_on_a_follow_up_is_missed_by_the_duty_desk(app: App) {
        let case = opened(&app).await;
        led_by_qingzi(&app, &case).await;
        let (staff, worker, at) = (app.who("fu_staff"), app.who("qz_worker"), format!("/cases/{case}/actions"));
        let new = |kind: &str| json!({
            "kind": kind, "what": "回访。", "agency_id": app.agency("qingzi"), "user_id": app.user("qz_worker"), "due_on": "2026-03-20",
        });
        let back_by = |minutes: i64| json!({ "back_by": app.now().plus_minutes(minutes).to_string() });
        let task = format!("{at}/{}", staff.post(&at, new("task")).await.is(201).id());
        worker.step(&task, "set-out", back_by(60)).await.problem(409, "illegal_step");
        let visit = format!("{at}/{}", staff.post(&at, new("follow_up")).await.is(201).id());
        for wrong in [0, 12 * 60 + 1] {
            worker.step(&visit, "set-out", back_by(wrong)).await.problem(422, "not_valid");
        }
        let out = worker.step(&visit, "set-out", back_by(60)).await.is(200);
        assert_eq!((out.text("/state"), out.text("/visitor_id")), ("open".to_owned(), app.user("qz_worker")));
        worker.step(&visit, "set-out", back_by(60)).await.problem(409, "conflict");
        staff.step(&visit, "cancel", json!({ "reason": "改期。" })).await.problem(409, "conflict");
        app.clock.advance_minutes(61);
        sweep(&app).await;
        // Qingzi has no roster now: a gap must not swallow the call.
        assert_eq!(notices(app.who("qz_manager"), "visit_return").await, ["deadline_due"]);
        worker.step(&visit, "complete", json!({ "evidence": "已访,平安。" })).await.is(200);
        assert!(notices(app.who("qz_manager"), "visit_return").await.is_empty(), "whoever writes it down is back");
    }

    async fn closing_a_case_leaves_no_clock_and_an_end_is_recorded(app: App) {
        let case = opened(&app).await;
        led_by_qingzi(&app, &case).await;
        let staff = app.who("fu_staff");
        let consent = |purpose: &str, to: &str, ends: &str| json!({
            "recipient_agency": app.agency(to), "purpose": purpose, "facets": ["identity"],
            "expires_on": ends, "given_by": "survivor", "given_on": "2026-03-03",
        });
        let short = staff.post(&format!("/cases/{case}/consents"), consent("legal_advice", "haitong", "2026-03-20")).await.is(201).id();
        app.clock.advance_minutes(11 * 24 * 60);
        sweep(&app).await;
        assert_eq!(notices(staff, "consent_ends").await, ["deadline_near"]);
        app.clock.advance_minutes(7 * 24 * 60);
        sweep(&app).await;
        assert_eq!(notices(staff, "consent_ends").await, ["deadline_near", "deadline_due"]);
        let over = staff.get(&format!("/cases/{case}/consents/{short}")).await.is(200);
        assert_eq!((over.text("/state").as_str(), over.header("etag")), ("expired", Some("\"v2\"")));
        assert_eq!(due(&staff.get("/deadlines?limit=100").await.is(200), "consent_ends"), None);

        staff.post(&format!("/cases/{case}/consents"), consent("counselling", "xinyu", "2026-12-31")).await.is(201);
        assert!(due(&staff.get("/deadlines?limit=100").await.is(200), "consent_ends").is_some());
        let asked = json!({ "outcome": "separated_safely", "summary": "已安全分居。" });
        staff.step(&format!("/cases/{case}"), "request-close", asked).await.is(200);
        let word = json!({ "high_risk_accepted": "已作安全安排。" });
        app.who("fu_supervisor").step(&format!("/cases/{case}"), "close", word).await.is(200);
        let left = app.who("fu_supervisor").get(&format!("/cases/{case}/deadlines")).await.is(200);
        // Only that of how long it is kept, which begins with the closing.
        let clocks: Vec<&Value> = left.body["items"].as_array().unwrap().iter().map(|item| &item["clock"]).collect();
        assert_eq!(clocks, [&json!("retention_ends")]);
    }

    async fn two_turns_of_a_roster_do_not_overlap(app: App) {
        let id = on_duty(&app, "fu_staff", "fu_other").await;
        let turn = |person: &str, from: &str, until: &str| json!({ "user_id": app.user(person), "from": from, "until": until });
        let supervisor = app.who("fu_supervisor");
        let inside = turn("fu_staff", "2026-03-09T00:00:00Z", "2026-03-11T00:00:00Z");
        supervisor.post("/duty", inside).await.problem(409, "conflict");
        supervisor.post("/duty", turn("qz_worker", "2026-03-10T00:00:00Z", "2026-03-11T00:00:00Z")).await.is(422);
        supervisor.post("/duty", turn("fu_other", "2026-03-10T00:00:00Z", "2026-03-11T00:00:00Z")).await.is(201);
        let roster = app.who("fu_staff").get("/duty").await.is(200);
        assert_eq!(roster.body["items"].as_array().unwrap().len(), 2);
        assert_eq!((roster.text("/items/0/id"), roster.body["items"][0]["now"].clone()), (id, json!(true)));
        // A liaison keeps their own agency's roster, and nobody else's.
        let own = turn("yy_police", "2026-03-10T00:00:00Z", "2026-03-11T00:00:00Z");
        app.who("yy_police").post("/duty", own).await.is(201);
        app.who("fu_staff").post("/duty", turn("fu_staff", "2026-03-12T00:00:00Z", "2026-03-13T00:00:00Z")).await.problem(403, "forbidden");
    }
}
