//! Risk: assessed by instruments that are data; what rests on its level.

use lianhu::base::time::Timestamp;
use lianhu::cli::demo::client::{Actor, Answer};
use reqwest::Method;
use serde_json::{Map, Value, json};

use crate::app::{App, Expect, on_both_databases};

/// A case of the federation's own with both parties, not yet opened.
async fn entered(app: &App) -> String {
    let staff = app.who("fu_staff");
    let intake = json!({ "source": "walk_in", "parties": [
        { "kind": "survivor", "name": "林晓梅" }, { "kind": "respondent", "name": "周建国" } ] });
    let case = staff.post("/cases", intake).await.is(201).id();
    app.who("fu_supervisor").post(&format!("/cases/{case}/declarations"), json!({ "conflict": false })).await.is(201);
    case
}

async fn opened(app: &App) -> String {
    let case = entered(app).await;
    app.who("fu_staff").step(&format!("/cases/{case}"), "open", json!({})).await.is(200);
    case
}

fn risks(case: &str) -> String {
    format!("/cases/{case}/risk-assessments")
}

/// So many times yes to the long checklist.
fn dash(yes: usize) -> Value {
    let all = lianhu::features::risk::instruments::embedded().unwrap().find("dash_checklist", None).unwrap();
    let answers: Map<String, Value> = all.questions.iter().take(yes.max(1)).map(|q| (q.key.clone(), json!("yes"))).collect();
    json!({ "instrument": "dash_checklist", "answers": answers })
}

async fn risk_of(who: &Actor, case: &str) -> Value {
    who.get(&format!("/cases/{case}")).await.is(200).body["facets"]["risk"].clone()
}

async fn is_told(who: &Actor, notice: &str) -> bool {
    let desk = who.get("/desk?limit=100").await.is(200);
    desk.body["items"].as_array().unwrap().iter().any(|item| item["notice"] == notice)
}

fn pointers(answer: &Answer) -> Vec<String> {
    let errors = answer.body["errors"].as_array().unwrap();
    errors.iter().map(|error| format!("{} {}", error["pointer"].as_str().unwrap(), error["code"].as_str().unwrap())).collect()
}

fn time(value: &Value) -> Timestamp {
    value.as_str().unwrap().parse().unwrap()
}

on_both_databases! {
    async fn instruments_are_everybodys_to_read(app: App) {
        let all = app.visitor().send(Method::GET, "/instruments", None, &[]).await.is(200);
        let keys: Vec<&str> = all.body["items"].as_array().unwrap().iter().map(|one| one["key"].as_str().unwrap()).collect();
        assert_eq!(keys, ["child_checklist", "dash_checklist", "elder_checklist", "scene_triage"]);
        let dash = app.visitor().send(Method::GET, "/instruments/dash_checklist?version=1", None, &[]).await.is(200);
        assert_eq!((dash.body["questions"].as_array().unwrap().len(), &dash.body["versions"]), (24, &json!([1])));
        for wrong in ["/instruments/horoscope", "/instruments/dash_checklist?version=9", "/instruments/No%20Key"] {
            app.visitor().send(Method::GET, wrong, None, &[]).await.problem(404, "not_found");
        }
    }

    async fn score_and_level_are_computed_and_never_lowered(app: App) {
        let (staff, case) = (app.who("fu_staff"), opened(&app).await);
        let before = risk_of(staff, &case).await;
        assert_eq!((&before["level"], &before["counts_as"]), (&Value::Null, &json!("high")), "not assessed counts as high");
        let mut body = dash(11);
        body["answers"]["sexual_violence"] = json!("unknown");
        body["hazards"] = json!(["院内有犬"]);
        let made = staff.post(&risks(&case), body).await.is(201);
        assert_eq!((&made.body["level"], &made.body["score"]["points"]), (&json!("medium"), &json!(11)));
        assert_eq!(made.body["score"]["unanswered_count"], 12, "unanswered is not no");
        assert_eq!(made.body["score"]["unknown"], json!(["sexual_violence"]));
        assert!(!made.body["score"]["unanswered"].as_array().unwrap().contains(&json!("sexual_violence")));

        let mut wrong = dash(2);
        wrong["answers"]["he_is_a_good_man"] = json!("yes");
        wrong["raised_to"] = json!("standard");
        wrong["reason"] = json!("他道歉了。");
        let refused = staff.post(&risks(&case), wrong).await.problem(422, "not_valid");
        assert_eq!(pointers(&refused), ["/answers/he_is_a_good_man unknown_question", "/raised_to never_lowered"]);
        let mut lower = dash(14);
        lower["raised_to"] = json!("medium");
        lower["reason"] = json!("他道歉了。");
        let refused = staff.post(&risks(&case), lower).await.problem(422, "not_valid");
        assert_eq!(pointers(&refused), ["/raised_to never_lowered"]);
        let mut unsaid = dash(1);
        unsaid["raised_to"] = json!("high");
        let refused = staff.post(&risks(&case), unsaid.clone()).await.problem(422, "not_valid");
        assert_eq!(pointers(&refused), ["/reason required"]);
        unsaid["reason"] = json!("她说他买了刀。");
        let raised = staff.post(&risks(&case), unsaid).await.is(201);
        assert_eq!((raised.text("/level"), raised.text("/score/level")), ("high".into(), "standard".into()));

        let now = risk_of(staff, &case).await;
        assert_eq!((&now["level"], &now["hazards"]), (&json!("high"), &json!(["院内有犬"])), "what was not said anew stands");
        let listed = staff.get(&risks(&case)).await.is(200);
        let levels: Vec<&Value> = listed.body["items"].as_array().unwrap().iter().map(|item| &item["level"]).collect();
        assert_eq!(levels, [&json!("high"), &json!("medium")], "the one before stays as it was");
        let one = staff.get(&format!("{}/{}", risks(&case), made.id())).await.is(200);
        assert_eq!(one.body["answers"]["sexual_violence"], "unknown");
        let other = opened(&app).await;
        staff.get(&format!("{}/{}", risks(&other), made.id())).await.problem(404, "not_found");
        // Never in the head.
        let item = staff.get("/cases").await.is(200);
        assert!(!item.body.to_string().contains("risk_level") && !item.body.to_string().contains("\"level\""));
    }

    async fn a_key_repeated_makes_one_assessment(app: App) {
        let (staff, case) = (app.who("fu_staff"), opened(&app).await);
        let key = [("idempotency-key", "assess-once")];
        let first = staff.ask(Method::POST, &risks(&case), Some(&dash(3)), &key).await.is(201);
        let again = staff.ask(Method::POST, &risks(&case), Some(&dash(3)), &key).await.is(201);
        assert_eq!(first.id(), again.id());
        assert_eq!(staff.get(&risks(&case)).await.is(200).body["items"].as_array().unwrap().len(), 1);
    }

    async fn who_writes_risk_and_with_which_instrument(app: App) {
        let police = app.who("yy_police");
        let drafted = police.post("/referrals", intake(&app, Some(triage("yes")))).await.is(201);
        let at = format!("/referrals/{}", drafted.id());
        police.step(&at, "send", json!({})).await.is(200);
        app.who("fu_staff").step(&at, "acknowledge", json!({})).await.is(200);
        let case = app.who("fu_staff").step(&at, "accept", json!({})).await.is(200).text("/case_id");
        // Names first; then the station's triage stands, and the station itself assesses no further.
        app.who("fu_staff").get(&risks(&case)).await.problem(409, "declaration_required");
        app.who("fu_staff").post(&format!("/cases/{case}/declarations"), json!({ "conflict": false })).await.is(201);
        police.post(&risks(&case), triage("yes")).await.problem(403, "forbidden");
        police.get(&risks(&case)).await.problem(403, "forbidden");
        app.who("yp_police").get(&risks(&case)).await.problem(404, "not_found");
        let risk = risk_of(app.who("fu_staff"), &case).await;
        assert_eq!(risk["level"], "high", "one yes to a critical question");
        assert!(time(&risk["due"]) > app.now());
        let list = app.who("fu_staff").get(&risks(&case)).await.is(200);
        assert_eq!(list.body["items"][0]["assessed_by"]["agency_id"], app.agency("youyi_police"));
        // It keeps its own intake as it was sent, and sees nothing of what follows.
        let own = police.get(&at).await.is(200);
        assert_eq!(own.text("/intake/risk/answers/strangled"), "yes");
        let seen = police.get(&format!("/cases/{case}")).await.is(200);
        assert!(seen.body["facets"]["risk"].is_null(), "{}", seen.body);

        let mut wrong = triage("yes");
        wrong["instrument"] = json!("dash_checklist");
        let refused = police.post("/referrals", intake(&app, Some(wrong))).await.problem(422, "not_valid");
        assert!(pointers(&refused).iter().all(|at| at.starts_with("/intake/risk/answers/")), "{:?}", pointers(&refused));
        let mut not_theirs = dash(1);
        not_theirs["answers"] = json!({ "injured_now": "yes" });
        let refused = police.post("/referrals", intake(&app, Some(not_theirs))).await.problem(422, "not_valid");
        assert_eq!(pointers(&refused), ["/intake/risk/instrument not_allowed_here"]);
    }

    async fn it_is_due_again_by_level_and_at_once_after_an_incident(app: App) {
        let (staff, case) = (app.who("fu_staff"), opened(&app).await);
        for (yes, level, days) in [(14, "high", 7), (10, "medium", 30), (1, "standard", 60)] {
            staff.post(&risks(&case), dash(yes)).await.is(201);
            let risk = risk_of(staff, &case).await;
            assert_eq!(risk["level"], level);
            let until = (time(&risk["due"]).micros() - app.now().micros()) / 3_600_000_000;
            assert!((days * 24..=(days + 1) * 24).contains(&until), "{level}: {until} hours");
        }
        let note = json!({ "kind": "incident", "text": "昨晚他又动手。" });
        staff.post(&format!("/cases/{case}/notes"), note).await.is(201);
        app.clock.advance_minutes(1);
        assert_eq!(risk_of(staff, &case).await["is_overdue"], true);
        staff.post(&risks(&case), dash(14)).await.is(201);
        assert_eq!(risk_of(staff, &case).await["is_overdue"], false);
    }

    async fn a_level_that_changes_is_told_to_those_who_answer(app: App) {
        let case = opened(&app).await;
        app.who("fu_supervisor").post(&risks(&case), dash(1)).await.is(201);
        assert!(is_told(app.who("fu_staff"), "risk_changed").await);
        assert!(!is_told(app.who("fu_supervisor"), "risk_changed").await, "not whoever assessed");
        assert!(!is_told(app.who("fu_other"), "risk_changed").await);
    }

    async fn a_high_risk_puts_mediation_off_and_an_old_assessment_is_waived(app: App) {
        let (staff, supervisor, case) = (app.who("fu_staff"), app.who("fu_supervisor"), opened(&app).await);
        let parties = staff.get(&format!("/cases/{case}/parties")).await.is(200);
        let of = |kind: &str| {
            let found = parties.body["items"].as_array().unwrap().iter().find(|party| party["kind"] == kind).unwrap();
            found["id"].as_str().unwrap().to_owned()
        };
        let series = staff.post(&format!("/cases/{case}/mediations"), json!({})).await.is(201).id();
        let (seen, at) = (format!("/cases/{case}/mediations/{series}"), format!("/mediations/{series}"));
        for (kind, hour) in [("survivor", "2026-03-03T01:00:00Z"), ("respondent", "2026-03-03T03:00:00Z")] {
            let sheet = json!({ "party_id": of(kind), "at": hour, "held_alone": true, "answers": "单独询问。", "fit": true });
            staff.post(&format!("{at}/screenings"), sheet).await.is(201);
            let word = json!({ "party_id": of(kind), "voluntary": true, "given_on": "2026-03-03" });
            staff.post(&format!("{at}/consents"), word).await.is(201);
        }
        let clear = async || staff.change(Method::POST, &seen, &format!("{at}/clear"), json!({})).await;
        let refused = clear().await.problem(409, "gate_not_met");
        let all = ["/gate/risk_assessed not_met", "/gate/risk_not_high not_met", "/gate/assessment_recent not_met"];
        assert_eq!(pointers(&refused), all);
        staff.post(&risks(&case), dash(14)).await.is(201);
        assert_eq!(pointers(&clear().await.problem(409, "gate_not_met")), ["/gate/risk_not_high not_met"]);
        staff.post(&risks(&case), dash(10)).await.is(201);
        let waive = async |who: &Actor, body: Value| who.change(Method::POST, &seen, &format!("{at}/waive"), body).await;
        let safe = json!({ "reasons": "近期已随访。", "safeguards": ["separate_rooms", "escort"] });
        waive(supervisor, safe.clone()).await.problem(409, "conflict");

        app.clock.advance_minutes(31 * 24 * 60);
        assert_eq!(pointers(&clear().await.problem(409, "gate_not_met")), ["/gate/assessment_recent not_met"]);
        waive(staff, safe.clone()).await.problem(403, "forbidden");
        let bare = json!({ "reasons": "近期已随访。", "safeguards": [] });
        let refused = waive(supervisor, bare).await.problem(422, "not_valid");
        assert_eq!(pointers(&refused), ["/safeguards too_few"]);
        let waived = waive(supervisor, safe).await.is(200);
        assert_eq!(waived.body["waiver"]["safeguards"], json!(["separate_rooms", "escort"]));
        clear().await.is(200);

        let day = app.now().plus_days(2).day().to_string();
        let session = json!({
            "starts_at": format!("{day}T01:00:00Z"), "ends_at": format!("{day}T02:00:00Z"), "room": "A1",
            "mediator_user": app.user("fu_staff"),
        });
        let session = staff.post(&format!("{at}/sessions"), session).await.is(201).id();
        let state = async || staff.get(&format!("{at}/sessions/{session}")).await.is(200).text("/state");
        staff.post(&risks(&case), dash(10)).await.is(201);
        assert_eq!(state().await, "scheduled", "assessed anew, and not high");
        staff.post(&risks(&case), dash(14)).await.is(201);
        assert_eq!(state().await, "suspended");
        let gate = staff.get(&format!("{at}/gate")).await.is(200);
        let named = gate.body["conditions"].as_array().unwrap().iter().filter(|c| c["met"] == false).count();
        assert_eq!((&gate.body["met"], named), (&json!(false), 1));
    }

    async fn no_case_ends_at_high_risk_without_a_supervisors_word(app: App) {
        let (staff, supervisor, case) = (app.who("fu_staff"), app.who("fu_supervisor"), opened(&app).await);
        let at = format!("/cases/{case}");
        let closing = json!({ "outcome": "separated_safely", "summary": "已分开居住。" });
        staff.step(&at, "request-close", closing.clone()).await.is(200);
        let refused = supervisor.step(&at, "monitor", json!({})).await.problem(422, "not_valid");
        assert_eq!(pointers(&refused), ["/high_risk_accepted high_risk"], "never assessed counts as high");
        staff.post(&risks(&case), dash(10)).await.is(201);
        let reason = json!({ "high_risk_accepted": "她已离开本市。" });
        let refused = supervisor.step(&at, "monitor", reason.clone()).await.problem(422, "not_valid");
        assert_eq!(pointers(&refused), ["/high_risk_accepted not_high"]);
        supervisor.step(&at, "monitor", json!({})).await.is(200);
        staff.post(&risks(&case), dash(14)).await.is(201);
        staff.step(&at, "request-close", closing).await.is(200);
        supervisor.step(&at, "close", json!({})).await.problem(422, "not_valid");
        let closed = supervisor.step(&at, "close", reason).await.is(200);
        assert_eq!(closed.body["facets"]["risk"]["high_risk_accepted"][0]["reason"], "她已离开本市。");
        staff.post(&risks(&case), dash(1)).await.problem(409, "illegal_step");
    }
}

fn triage(strangled: &str) -> Value {
    json!({ "instrument": "scene_triage", "answers": { "strangled": strangled, "again": "no" } })
}

fn intake(app: &App, risk: Option<Value>) -> Value {
    let mut intake = json!({
        "to_agency": app.agency("federation"), "urgency": "urgent",
        "parties": [{ "kind": "survivor", "name": "林晓梅" }, { "kind": "respondent", "name": "周建国" }],
        "incident": { "account": "酒后殴打妻子,其报警。" },
    });
    if let Some(risk) = risk {
        intake["risk"] = risk;
    }
    json!({ "intake": intake })
}
