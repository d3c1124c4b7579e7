//! Break-glass, both ways: what opens, for whom, for how long; what nobody learns; who hears, and what it costs.

use lianhu::cli::demo::client::{Actor, Answer};
use lianhu::cli::demo::story::family::id_number;
use serde_json::{Value, json};

use crate::app::{App, Expect, on_both_databases};

pub const HER_NUMBER: &str = "11010519491231002X";
const HIS_NUMBER: &str = "440524188001010014";

/// An open case of the federation's with every facet that break-glass may ask for, handled by `fu_staff`.
async fn case_of(app: &App, her: &str, number: &str) -> String {
    let staff = app.who("fu_staff");
    let body = json!({ "source": "walk_in", "incident": { "account": "酒后殴打。" }, "parties": [
        { "kind": "survivor", "name": her, "id_number": number, "birth_date": "1949-12-31",
          "contact": { "phone": "13900000101" }, "location": { "whereabouts": "虚构庇护所" } },
        { "kind": "respondent", "name": "周建国", "id_number": HIS_NUMBER },
    ] });
    let case = staff.post("/cases", body).await.is(201).id();
    staff.step(&format!("/cases/{case}"), "open", json!({})).await.is(200);
    declares(app.who("fu_supervisor"), &case).await;
    case
}

pub async fn opened(app: &App) -> String {
    case_of(app, "林晓梅", HER_NUMBER).await
}

async fn declares(actor: &Actor, case: &str) {
    actor.post(&format!("/cases/{case}/declarations"), json!({ "conflict": false })).await.is(201);
}

/// `fu_other` answers at the duty desk, with no deputy: another of the owner's staff, who has nothing to do with the case.
pub async fn on_duty(app: &App) {
    let turn = json!({ "user_id": app.user("fu_other"), "from": "2026-03-03T00:00:00Z", "until": "2026-04-02T00:00:00Z" });
    app.who("fu_supervisor").post("/duty", turn).await.is(201);
}

pub fn asking(number: &str) -> Value {
    json!({ "id_number": number, "reason_code": "she_is_here", "reason": "她在值班室,脸上有伤。",
            "facets": ["identity", "contact", "risk"] })
}

async fn desk(actor: &Actor) -> Vec<Value> {
    actor.get("/desk?limit=100").await.is(200).body["items"].as_array().unwrap().clone()
}

pub async fn told(actor: &Actor, notice: &str) -> Vec<Value> {
    desk(actor).await.into_iter().filter(|item| item["notice"] == notice).collect()
}

/// Where what rings at the duty desk is.
async fn rings(app: &App) -> String {
    let ringing = told(app.who("fu_other"), "break_glass_asked").await;
    format!("/break-glass/{}", ringing.last().expect("it rings")["record"]["id"].as_str().unwrap())
}

async fn sweep(app: &App) -> usize {
    app.lianhu.sweep().await.map_err(|problem| problem.code().as_str()).unwrap()
}

fn facets(answer: &Answer) -> Vec<String> {
    let mut facets: Vec<String> = answer.body["facets"].as_object().unwrap().keys().cloned().collect();
    facets.sort_unstable();
    facets
}

/// The log of somebody's refusals, as oversight sees it.
async fn denied(app: &App, who: &str) -> Vec<Value> {
    let at = format!("/audit/entries?actor={}&outcome=denied&limit=100", app.user(who));
    app.who("jd_auditor").get(&at).await.is(200).body["items"].as_array().unwrap().clone()
}

/// Asked, released, names first: `yp_police` reads.
async fn released(app: &App, case: &str) -> String {
    app.who("yp_police").post("/break-glass", asking(HER_NUMBER)).await.is(201);
    let at = rings(app).await;
    app.who("fu_other").step(&at, "release", json!({ "facets": ["identity", "contact", "risk"] })).await.is(200);
    declares(app.who("yp_police"), case).await;
    at
}

/// The answer without what differs by nature; what is left must be alike byte for byte.
fn shape(answer: &Answer) -> (u16, Vec<String>, String, usize) {
    let mut body = answer.body.clone();
    for field in ["id", "asked_at"] {
        assert!(body[field].is_string());
        body[field] = json!("-");
    }
    let headers = answer.headers.iter().map(|(name, _)| name.clone()).collect();
    (answer.status, headers, body.to_string(), answer.bytes.len())
}

on_both_databases! {
    async fn the_duty_desk_has_at_hand_what_she_named_for_it_and_no_more(app: App) {
        let case = opened(&app).await;
        on_duty(&app).await;
        let at = format!("/cases/{case}/safety-plan");
        let plan = json!({ "parts": [
            { "title": "去处", "text": "先到姐姐家。" },
            { "title": "电话", "text": "不要打家里。", "on_call": "只打她单位的电话,说是图书馆。" },
        ] });
        app.who("fu_staff").change(reqwest::Method::PUT, &at, &at, plan).await.is(200);
        app.who("yp_police").post("/break-glass", asking(HER_NUMBER)).await.is(201);
        let (ringing, desk) = (rings(&app).await, app.who("fu_other"));
        let seen = desk.get(&ringing).await.is(200);
        assert_eq!(seen.body["on_call"], json!(["只打她单位的电话,说是图书馆。"]));
        assert!(!String::from_utf8_lossy(&seen.bytes).contains("姐姐"));
        // A look at the desk is a look at what she keeps in confidence: the log says so.
        let path = format!("/audit/entries?actor={}&outcome=allowed&limit=10", app.user("fu_other"));
        let entries = app.who("jd_auditor").get(&path).await.is(200);
        let entry = entries.body["items"].as_array().unwrap().iter().find(|entry| entry["action"] == "view_break_glass").unwrap();
        assert_eq!(entry["cases"][0]["facets"], json!(["progress", "confidential"]));
        // Whoever asked, and the owner beside the desk, do not see it here; nor the desk once it has answered.
        assert_eq!(app.who("fu_staff").get(&ringing).await.is(200).body["on_call"], json!([]));
        let released = desk.step(&ringing, "release", json!({ "facets": ["identity"] })).await.is(200);
        assert_eq!(released.body["on_call"], json!([]));
    }

    async fn a_stranger_reads_what_the_duty_desk_releases_for_three_hours(app: App) {
        let case = opened(&app).await;
        on_duty(&app).await;
        let (officer, at_case) = (app.who("yp_police"), format!("/cases/{case}"));
        let asked = officer.post("/break-glass", asking(HER_NUMBER)).await.is(201);
        assert_eq!((asked.text("/message"), asked.text("/message_zh")), ("The duty desk will call you.".into(), "值班人员将与您联系。".into()));
        officer.get(&at_case).await.problem(404, "not_found");
        assert_eq!(told(app.who("jd_auditor"), "break_glass_tried").await[0]["case_id"], Value::Null);

        // The duty person has nothing to do with the case: they see what was asked, and of the case its number.
        let (desk, at) = (app.who("fu_other"), rings(&app).await);
        let seen = desk.get(&at).await.is(200);
        assert_eq!(seen.text("/reason"), "她在值班室,脸上有伤。");
        assert_eq!((seen.text("/asker/name"), seen.text("/asker/contact_point"), seen.text("/party_kind")), ("癸警官".into(), "021-5600-0111".into(), "survivor".into()));
        desk.get(&at_case).await.problem(404, "not_found");
        // A colleague who is not on duty and not the handler sees none of it; nor does the officer.
        for who in ["qz_worker", "yp_police", "admin", "fu_auditor", "jd_auditor"] {
            app.who(who).get(&at).await.problem(404, "not_found");
        }
        desk.step(&at, "release", json!({ "facets": ["identity", "incident"] })).await.problem(422, "not_valid");
        desk.step(&at, "release", json!({ "facets": ["confidential"] })).await.problem(422, "not_valid");
        let open = desk.step(&at, "release", json!({ "facets": ["identity", "contact", "risk"] })).await.is(200);
        assert_eq!((open.text("/state"), open.text("/ends_at")), ("active".into(), app.now().plus_minutes(180).to_string()));
        assert!(told(desk, "break_glass_asked").await.is_empty());
        desk.step(&at, "decline", json!({})).await.problem(409, "illegal_step");

        // Owner, supervisor and oversight hear at once.
        assert_eq!(told(app.who("fu_staff"), "break_glass_used").await.len(), 1);
        let review = told(app.who("fu_supervisor"), "break_glass_to_review").await;
        assert_eq!((review.len(), &review[0]["can_be_cleared"]), (1, &json!(false)));
        assert_eq!(told(app.who("jd_auditor"), "break_glass_used").await[0]["case_id"], Value::Null);
        assert_eq!(told(officer, "break_glass_released").await[0]["case"]["id"], case.as_str());

        // Names first; then exactly what was released, for reading alone.
        officer.get(&at_case).await.problem(409, "declaration_required");
        declares(officer, &case).await;
        let shown = officer.get(&at_case).await.is(200);
        assert_eq!(facets(&shown), ["contact", "identity", "risk"]);
        assert!(!shown.body.to_string().contains("虚构庇护所"));
        assert_eq!((shown.text("/basis/0/basis"), shown.text("/basis/0/expires_at")), ("break_glass".into(), app.now().plus_minutes(180).to_string()));
        officer.post(&format!("{at_case}/notes"), json!({ "kind": "incident", "text": "记录。" })).await.problem(403, "forbidden");
        // By break-glass alone nobody opens more.
        let more = json!({ "reason_code": "other", "reason": "再看。", "facets": ["incident"] });
        officer.post(&format!("{at_case}/break-glass"), more).await.problem(403, "forbidden");

        app.clock.advance_minutes(179);
        officer.get(&at_case).await.is(200);
        app.clock.advance_minutes(1);
        officer.get(&at_case).await.problem(404, "not_found");
        officer.get(&at).await.problem(404, "not_found");
        assert_eq!(app.who("fu_staff").get(&at).await.is(200).text("/state"), "expired");

        // Reviewed by a supervisor who did not release it.
        let finding = json!({ "finding": "justified", "text": "确系紧急。" });
        app.who("fu_staff").step(&at, "review", finding.clone()).await.problem(403, "forbidden");
        let done = app.who("fu_supervisor").step(&at, "review", finding.clone()).await.is(200);
        assert_eq!((done.text("/state"), done.text("/finding")), ("reviewed".into(), "justified".into()));
        assert!(told(app.who("fu_supervisor"), "break_glass_to_review").await.is_empty());
        app.who("fu_supervisor").step(&at, "review", finding).await.problem(409, "illegal_step");
        app.who("fu_supervisor").step(&at, "restore", json!({ "reason": "无。" })).await.problem(409, "illegal_step");
        let list = app.who("fu_staff").get(&format!("{at_case}/break-glass")).await.is(200);
        assert_eq!((&list.body["items"][0]["review"], list.body["items"].as_array().unwrap().len()), (&json!("确系紧急。"), 1));

        // It is on her statement.
        let statement = app.who("fu_staff").get(&format!("{at_case}/access-statement?limit=100")).await.is(200);
        let lines: Vec<&Value> = statement.body["items"].as_array().unwrap().iter()
            .filter(|line| line["agency"] == "月浦派出所" && line["basis"][0]["basis"] == "break_glass").collect();
        assert!(lines.iter().any(|line| line["parts"].as_array().unwrap().len() == 3), "{lines:?}");
        assert!(statement.body.to_string().contains("released parts of the case in an emergency"));
    }

    async fn hit_wall_and_miss_are_one_answer(app: App) {
        let case = opened(&app).await;
        on_duty(&app).await;
        let officer = app.who("yp_police");
        let hit = officer.post("/break-glass", asking(HER_NUMBER)).await.is(201);
        let miss = officer.post("/break-glass", asking("11010119900307123X")).await.is(201);
        assert_eq!(shape(&hit), shape(&miss));
        assert_eq!(told(app.who("fu_other"), "break_glass_asked").await.len(), 1);
        // Behind a wall: the same, and it rings nowhere.
        let wall = json!({ "user": app.user("yp_police"), "reason": "被申请人的亲属。" });
        app.who("fu_staff").post(&format!("/cases/{case}/walls"), wall).await.is(201);
        let walled = officer.post("/break-glass", asking(HER_NUMBER)).await.is(201);
        assert_eq!(shape(&hit), shape(&walled));
        assert_eq!(told(app.who("fu_other"), "break_glass_asked").await.len(), 1);
        // A wall that came after the asking beats the release too.
        let at = rings(&app).await;
        app.who("fu_other").step(&at, "release", json!({ "facets": ["identity"] })).await.problem(409, "conflict_of_interest");
        app.who("fu_other").step(&at, "decline", json!({ "reason": "已回避。" })).await.is(200);
        // What one asked reads alike afterwards, whatever came of it; and so does the same key's repetition.
        let mine = officer.get("/break-glass").await.is(200);
        let items = mine.body["items"].as_array().unwrap();
        assert_eq!(items.len(), 3);
        for item in items {
            assert_eq!((&item["message"], &item["facets"]), (&json!("The duty desk will call you."), &json!(["identity", "contact", "risk"])));
            assert_eq!(item.as_object().unwrap().len(), 6);
        }
        let key = [("idempotency-key", "e5-one")];
        let first = officer.ask(reqwest::Method::POST, "/break-glass", Some(&asking(HER_NUMBER)), &key).await.is(201);
        let again = officer.ask(reqwest::Method::POST, "/break-glass", Some(&asking(HER_NUMBER)), &key).await.is(201);
        assert_eq!(first.body, again.body);
        assert_eq!(officer.get("/break-glass").await.is(200).body["items"].as_array().unwrap().len(), 4);

        // Each is one entry; which case was hit is for oversight alone.
        let at = format!("/audit/entries?actor={}&outcome=allowed&limit=100", app.user("yp_police"));
        let entries = app.who("jd_auditor").get(&at).await.is(200);
        let asked: Vec<&Value> = entries.body["items"].as_array().unwrap().iter().filter(|entry| entry["action"] == "ask_duty_desk").collect();
        let hidden: Vec<usize> = asked.iter().map(|entry| entry["hidden"].as_array().map_or(0, Vec::len)).collect();
        assert_eq!(hidden, [1, 1, 0, 1], "newest first; a repetition is another action's");
        assert!(asked.iter().all(|entry| entry["cases"] == json!([]) && entry["changed"].as_array().unwrap().len() == 1));
    }

    async fn by_name_and_birth_date_every_owner_is_asked(app: App) {
        let (one, other) = (opened(&app).await, case_of(&app, "林晓梅", &id_number("1949-12-31", 124)).await);
        on_duty(&app).await;
        let mut body = asking(HER_NUMBER);
        body.as_object_mut().unwrap().remove("id_number");
        (body["name"], body["birth_date"]) = (json!("林 晓梅"), json!("1949-12-31"));
        app.who("ht_legal").post("/break-glass", body.clone()).await.is(201);
        let cases: std::collections::BTreeSet<String> = {
            let mut found = std::collections::BTreeSet::new();
            for item in told(app.who("fu_other"), "break_glass_asked").await {
                let at = format!("/break-glass/{}", item["record"]["id"].as_str().unwrap());
                found.insert(app.who("fu_other").get(&at).await.is(200).text("/case_id"));
            }
            found
        };
        assert_eq!(cases, [one, other].into());
        body["birth_date"] = json!("1949-12-30");
        app.who("ht_legal").post("/break-glass", body.clone()).await.is(201);
        assert_eq!(told(app.who("fu_other"), "break_glass_asked").await.len(), 2, "a name alone is many people's");
        // Not valid: both ways at once, neither, never confidences.
        for (field, value) in [("id_number", json!(HER_NUMBER)), ("birth_date", Value::Null), ("facets", json!(["location"])), ("facets", json!([]))] {
            let mut wrong = body.clone();
            wrong[field] = value;
            app.who("ht_legal").post("/break-glass", wrong).await.problem(422, "not_valid");
        }
        for who in ["qz_manager", "admin", "jd_auditor", "fu_auditor"] {
            app.who(who).post("/break-glass", body.clone()).await.problem(403, "forbidden");
        }
    }

    async fn a_grant_opens_more_at_once_but_contact_by_the_desk_alone(app: App) {
        let case = opened(&app).await;
        on_duty(&app).await;
        let staff = app.who("fu_staff");
        let consent = json!({
            "recipient_agency": app.agency("xinyu"), "purpose": "counselling", "facets": ["identity"],
            "expires_on": "2026-12-31", "given_by": "survivor", "given_on": "2026-03-03",
        });
        staff.post(&format!("/cases/{case}/consents"), consent).await.is(201);
        let body = json!({
            "case_id": case, "kind": "service", "help": "counselling", "to_agency": app.agency("xinyu"),
            "facets": ["identity"], "urgency": "normal", "text": "她需要帮助。",
        });
        let at = format!("/referrals/{}", staff.post("/referrals", body).await.is(201).id());
        staff.step(&at, "send", json!({})).await.is(200);
        let counsellor = app.who("xy_counsellor");
        counsellor.step(&at, "acknowledge", json!({})).await.is(200);
        counsellor.step(&at, "accept", json!({})).await.is(200);
        let at = format!("/cases/{case}/break-glass");
        let need = json!({ "reason_code": "danger_now", "reason": "她说要结束生命。", "facets": ["identity", "contact", "risk", "incident"] });
        counsellor.post(&at, need.clone()).await.problem(409, "declaration_required");
        declares(counsellor, &case).await;
        assert_eq!(facets(&counsellor.get(&format!("/cases/{case}")).await.is(200)), ["identity"]);
        for never in ["confidential", "location"] {
            let mut wrong = need.clone();
            wrong["facets"] = json!(["risk", never]);
            counsellor.post(&at, wrong).await.problem(422, "not_valid");
        }
        let broken = counsellor.post(&at, need.clone()).await.is(201);
        let items = broken.body["items"].as_array().unwrap();
        assert_eq!((&items[0]["state"], &items[0]["opened"]), (&json!("active"), &json!(["incident", "risk"])));
        assert_eq!((&items[1]["state"], &items[1]["asked"]), (&json!("asked"), &json!(["contact"])));
        assert_eq!(facets(&counsellor.get(&format!("/cases/{case}")).await.is(200)), ["identity", "incident", "risk"]);
        app.who("fu_other").step(&rings(&app).await, "release", json!({ "facets": ["contact"] })).await.is(200);
        assert_eq!(facets(&counsellor.get(&format!("/cases/{case}")).await.is(200)), ["contact", "identity", "incident", "risk"]);
        counsellor.post(&at, need).await.problem(409, "conflict");
        // Both are over by themselves; what the referral opens stays.
        app.clock.advance_minutes(180);
        assert_eq!(facets(&counsellor.get(&format!("/cases/{case}")).await.is(200)), ["identity"]);
        assert_eq!(told(app.who("fu_supervisor"), "break_glass_to_review").await.len(), 2);
        // Nobody answers for themselves, and the list is the owner's and the lead worker's.
        counsellor.get(&at).await.problem(403, "forbidden");
        app.who("yp_police").post(&at, json!({ "reason_code": "other", "reason": "看。", "facets": ["risk"] })).await.problem(404, "not_found");
    }

    async fn a_declared_conflict_ends_what_was_released(app: App) {
        let case = opened(&app).await;
        on_duty(&app).await;
        app.who("yp_police").post("/break-glass", asking(HER_NUMBER)).await.is(201);
        let at = rings(&app).await;
        app.who("fu_other").step(&at, "release", json!({ "facets": ["identity"] })).await.is(200);
        app.who("yp_police").post(&format!("/cases/{case}/declarations"), json!({ "conflict": true })).await.is(201);
        app.who("yp_police").get(&format!("/cases/{case}")).await.problem(404, "not_found");
        assert_eq!(app.who("fu_staff").get(&at).await.is(200).text("/state"), "expired", "it waits for its review at once");
    }

    async fn what_was_unjustified_costs_the_right_until_it_is_given_back(app: App) {
        let case = opened(&app).await;
        on_duty(&app).await;
        let at = released(&app, &case).await;
        app.clock.advance_minutes(181);
        let finding = json!({ "finding": "unjustified", "text": "系受人之托查询。" });
        let lost = app.who("fu_supervisor").step(&at, "review", finding).await.is(200);
        assert_eq!(lost.body["suspension"]["lifted_at"], Value::Null);
        for who in ["yp_police", "jd_auditor"] {
            assert_eq!(told(app.who(who), "break_glass_suspended").await.len(), 1, "{who}");
        }
        let officer = app.who("yp_police");
        // About themselves, whoever they ask for; recorded; not counted.
        for number in [HER_NUMBER, "11010119900307123X"] {
            let refused = officer.post("/break-glass", asking(number)).await.problem(403, "forbidden");
            assert!(refused.text("/detail").contains("suspended"));
        }
        let kept: Vec<Value> = denied(&app, "yp_police").await.into_iter().filter(|entry| entry["action"] == "ask_duty_desk").collect();
        assert_eq!(kept.len(), 2);
        assert!(kept.iter().all(|entry| entry["hidden"].as_array().is_none_or(Vec::is_empty)), "{kept:?}");
        app.who("fu_staff").step(&at, "restore", json!({ "reason": "已谈话。" })).await.problem(403, "forbidden");
        let back = app.who("fu_supervisor").step(&at, "restore", json!({ "reason": "已谈话,重新培训。" })).await.is(200);
        assert_eq!(back.text("/suspension/lift_reason"), "已谈话,重新培训。");
        app.who("fu_supervisor").step(&at, "restore", json!({ "reason": "再次。" })).await.problem(409, "illegal_step");
        assert_eq!(told(officer, "break_glass_restored").await.len(), 1);
        officer.post("/break-glass", asking(HER_NUMBER)).await.is(201);
    }

    async fn whoever_released_it_does_not_review_it_and_nobody_answers_themselves(app: App) {
        let case = opened(&app).await;
        on_duty(&app).await;
        app.who("yp_police").post("/break-glass", asking(HER_NUMBER)).await.is(201);
        let at = rings(&app).await;
        // A supervisor answers at the desk too, and then leaves the review to another.
        app.who("fu_supervisor").step(&at, "release", json!({ "facets": ["identity"] })).await.is(200);
        app.clock.advance_minutes(180);
        let finding = json!({ "finding": "justified", "text": "确系紧急。" });
        let refused = app.who("fu_supervisor").step(&at, "review", finding).await.problem(403, "forbidden");
        assert!(refused.text("/detail").contains("released"));
        // Who is on duty asks for somebody themselves: it rings at the supervisor's, and is not theirs to release.
        app.who("fu_other").post("/break-glass", asking(HER_NUMBER)).await.is(201);
        assert!(told(app.who("fu_other"), "break_glass_asked").await.is_empty());
        let ringing = told(app.who("fu_supervisor"), "break_glass_asked").await;
        let at = format!("/break-glass/{}", ringing[0]["record"]["id"].as_str().unwrap());
        app.who("fu_other").step(&at, "release", json!({ "facets": ["identity"] })).await.problem(403, "forbidden");
        app.who("fu_other").get(&format!("/cases/{case}")).await.problem(404, "not_found");
    }

    async fn attempts_are_limited_hit_or_miss(app: App) {
        opened(&app).await;
        on_duty(&app).await;
        let officer = app.who("yp_police");
        for n in 0..5 {
            let number = if n % 2 == 0 { HER_NUMBER } else { "11010119900307123X" };
            officer.post("/break-glass", asking(number)).await.is(201);
        }
        for number in [HER_NUMBER, "11010119900307123X"] {
            let told = officer.post("/break-glass", asking(number)).await.problem(429, "too_many_requests");
            assert_eq!(told.header("retry-after"), Some("86400"));
        }
        assert_eq!(denied(&app, "yp_police").await.iter().filter(|entry| entry["action"] == "ask_duty_desk").count(), 2);
        app.who("yy_police").post("/break-glass", asking(HER_NUMBER)).await.is(201);
        app.clock.advance_minutes(24 * 60);
        officer.post("/break-glass", asking(HER_NUMBER)).await.is(201);
    }

    async fn nobody_answering_it_lapses_and_the_supervisor_was_called(app: App) {
        let case = opened(&app).await;
        on_duty(&app).await;
        app.who("yp_police").post("/break-glass", asking(HER_NUMBER)).await.is(201);
        let at = rings(&app).await;
        app.clock.advance_minutes(31);
        sweep(&app).await;
        assert_eq!(told(app.who("fu_other"), "roster_call").await.len(), 1);
        let called = told(app.who("fu_supervisor"), "roster_call").await;
        assert!(!called.is_empty() && called.iter().all(|item| item["record"]["kind"] == "break_glass"), "{called:?}");
        app.clock.advance_minutes(150);
        // Before any machine comes by.
        app.who("fu_other").step(&at, "release", json!({ "facets": ["identity"] })).await.problem(409, "illegal_step");
        sweep(&app).await;
        for who in ["fu_other", "fu_supervisor"] {
            assert!(told(app.who(who), "roster_call").await.is_empty() && told(app.who(who), "break_glass_asked").await.is_empty(), "{who}");
        }
        assert_eq!(told(app.who("fu_supervisor"), "deadline_due").await.len(), 1, "the supervisor hears that nobody answered");
        assert_eq!(app.who("fu_staff").get(&at).await.is(200).text("/state"), "lapsed");
        assert!(told(app.who("yp_police"), "break_glass_released").await.is_empty());
        app.who("yp_police").get(&format!("/cases/{case}")).await.problem(404, "not_found");
    }

    async fn what_is_not_reviewed_is_overdue_after_two_working_days_closed_or_not(app: App) {
        let case = opened(&app).await;
        on_duty(&app).await;
        let at = released(&app, &case).await;
        let closing = json!({ "outcome": "moved_away", "summary": "已迁出。" });
        app.who("fu_staff").step(&format!("/cases/{case}"), "request-close", closing).await.is(200);
        app.who("fu_supervisor").step(&format!("/cases/{case}"), "close", json!({ "high_risk_accepted": "已迁出。" })).await.is(200);
        app.clock.advance_minutes(4 * 24 * 60);
        sweep(&app).await;
        let overdue = desk(app.who("fu_supervisor")).await.into_iter().filter(|item| item["clock"] == "break_glass_review").count();
        assert!(overdue > 0, "a case that was closed does not take its review along");
        let finding = json!({ "finding": "justified", "text": "确系紧急。" });
        app.who("fu_supervisor").step(&at, "review", finding).await.is(200);
        assert!(desk(app.who("fu_supervisor")).await.iter().all(|item| item["clock"] != "break_glass_review"));
    }

    async fn random_steps_by_random_people_do_what_the_model_says(app: App) {
        #[derive(Clone, Copy, Debug, PartialEq)]
        enum S { Asked, Declined, Lapsed, Active, Expired, Reviewed }
        const WHO: [&str; 5] = ["yp_police", "fu_other", "fu_staff", "fu_supervisor", "qz_worker"];
        const STEPS: [&str; 4] = ["release", "decline", "review", "time"];
        opened(&app).await;
        on_duty(&app).await;
        let mut seed = 0x2026_0303_u64;
        let mut roll = |sides: usize| {
            seed ^= seed >> 12;
            seed ^= seed << 25;
            seed ^= seed >> 27;
            usize::try_from((seed.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33) % u64::try_from(sides).unwrap()).unwrap()
        };
        let (mut done, mut refused) = (0, 0);
        for _ in 0..6 {
            app.who("yp_police").post("/break-glass", asking(HER_NUMBER)).await.is(201);
            let (at, mut state, mut releaser) = (rings(&app).await, S::Asked, "");
            for _ in 0..12 {
                // Any step by anybody, or one that leads on, so that walks come to their ends too.
                let leads_on = match state {
                    S::Asked => [("fu_other", "release"), ("fu_supervisor", "release"), ("fu_other", "decline")][roll(3)],
                    S::Expired => ("fu_supervisor", "review"),
                    S::Active | S::Declined | S::Lapsed | S::Reviewed => ("fu_other", "time"),
                };
                let (who, step) = if roll(2) == 0 { (WHO[roll(WHO.len())], STEPS[roll(STEPS.len())]) } else { leads_on };
                if step == "time" {
                    app.clock.advance_minutes(181);
                    state = match state { S::Asked => S::Lapsed, S::Active => S::Expired, other => other };
                } else {
                    let is_at_desk = ["fu_other", "fu_supervisor"].contains(&who);
                    let (may, next) = match step {
                        "release" => (is_at_desk, (state == S::Asked).then_some(S::Active)),
                        "decline" => (is_at_desk, (state == S::Asked).then_some(S::Declined)),
                        _ => (who == "fu_supervisor", (state == S::Expired).then_some(S::Reviewed)),
                    };
                    let next = next.filter(|next| *next != S::Reviewed || releaser != who);
                    let body = match step {
                        "release" => json!({ "facets": ["identity"] }),
                        "decline" => json!({}),
                        _ => json!({ "finding": "justified", "text": "确系紧急。" }),
                    };
                    let tag = app.who("fu_staff").get(&at).await.is(200).header("etag").unwrap().to_owned();
                    let before = denied(&app, who).await.first().map(|entry| entry["id"].clone());
                    let path = format!("{at}/{step}");
                    let answer = app.who(who).ask(reqwest::Method::POST, &path, Some(&body), &[("if-match", &tag)]).await.unwrap();
                    assert_eq!(answer.is_ok(), may && next.is_some(), "{who} {step} in {state:?}: {}", answer.body);
                    if let (true, Some(next)) = (may, next) {
                        if next == S::Active { releaser = who; }
                        state = next;
                        done += 1;
                    } else {
                        refused += 1;
                        let is_own_release = step == "review" && state == S::Expired && releaser == who;
                        assert!(!may || is_own_release || answer.code() == "illegal_step", "{who} {step} in {state:?}: {}", answer.body);
                        let after = denied(&app, who).await.first().map(|entry| entry["id"].clone());
                        assert_ne!(before, after, "{who} {step} in {state:?} was refused and not recorded");
                    }
                }
                let shown = app.who("fu_staff").get(&at).await.is(200).text("/state");
                assert_eq!(shown, format!("{state:?}").to_lowercase());
            }
            app.clock.advance_minutes(25 * 60);
            sweep(&app).await;
        }
        assert!(done > 6 && refused > 15, "{done} done, {refused} refused");
    }
}
