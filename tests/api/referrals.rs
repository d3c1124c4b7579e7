//! Referrals, from the intake that begins a case to the help that ends.

use serde_json::{Value, json};

use lianhu::cli::demo::client::{Actor, Answer};

use crate::app::{App, Expect, on_both_databases};

fn intake(app: &App, urgency: &str) -> Value {
    json!({ "intake": {
        "to_agency": app.agency("federation"),
        "urgency": urgency,
        "parties": [
            { "kind": "survivor", "name": "林晓梅", "contact": { "phone": "13800000001" } },
            { "kind": "respondent", "name": "周建国", "relationship": "spouse" }
        ],
        "incident": { "account": "酒后殴打妻子,其报警。" },
        "text": "请尽快联系。"
    } })
}

async fn declares(actor: &Actor, case: &str) {
    actor.post(&format!("/cases/{case}/declarations"), json!({ "conflict": false })).await.is(201);
}

/// The police refer a case in and send it: its path.
async fn referred_in(app: &App) -> String {
    let drafted = app.who("yy_police").post("/referrals", intake(app, "urgent")).await.is(201);
    let at = format!("/referrals/{}", drafted.id());
    app.who("yy_police").step(&at, "send", json!({})).await.is(200);
    at
}

/// The federation takes it on and its handler declares: the case's id.
async fn taken_on(app: &App) -> String {
    let at = referred_in(app).await;
    app.who("fu_staff").step(&at, "acknowledge", json!({})).await.is(200);
    let case = app.who("fu_staff").step(&at, "accept", json!({})).await.is(200).text("/case_id");
    declares(app.who("fu_staff"), &case).await;
    case
}

pub async fn consents(app: &App, case: &str, to: &str, purpose: &str, facets: &[&str]) -> String {
    let body = json!({
        "recipient_agency": app.agency(to), "purpose": purpose, "facets": facets,
        "expires_on": "2026-12-31", "given_by": "survivor", "given_on": "2026-03-03",
    });
    app.who("fu_staff").post(&format!("/cases/{case}/consents"), body).await.is(201).id()
}

pub fn service(app: &App, case: &str, to: &str, help: &str, facets: &[&str]) -> Value {
    json!({
        "case_id": case, "kind": "service", "help": help, "to_agency": app.agency(to), "facets": facets,
        "urgency": "normal", "text": "她需要帮助。",
    })
}

/// The names of what an answer holds.
fn fields(answer: &Answer) -> Vec<String> {
    let mut names: Vec<String> = answer.body.as_object().unwrap().keys().cloned().collect();
    names.sort();
    names
}

const PREVIEW: [&str; 6] = ["help", "id", "kind", "sender", "state", "urgency"];

on_both_databases! {
    async fn an_intake_is_seen_by_its_author_as_sent_and_by_its_receiver_as_a_preview(app: App) {
        let (police, staff) = (app.who("yy_police"), app.who("fu_staff"));
        let drafted = police.post("/referrals", intake(&app, "urgent")).await.is(201);
        assert_eq!(drafted.text("/intake/parties/0/name"), "林晓梅");
        let at = format!("/referrals/{}", drafted.id());
        staff.get(&at).await.problem(404, "not_found");
        let sent = police.step(&at, "send", json!({})).await.is(200);
        assert_eq!((sent.text("/state"), sent.text("/text")), ("sent".into(), "请尽快联系。".into()));

        assert_eq!(fields(&staff.get(&at).await.is(200)), PREVIEW);
        let inbox = staff.get("/referrals?box=inbox").await.is(200);
        assert_eq!(inbox.text("/items/0/state"), "sent");
        assert!(inbox.body["items"][0].get("case_id").is_none());
        for stranger in ["yp_police", "ht_legal", "fu_auditor", "admin", "jd_auditor"] {
            app.who(stranger).get(&at).await.problem(404, "not_found");
        }
        // A colleague of the author sees which case it is, and the words only once they declared.
        let colleague = app.who("yy_police2").get(&at).await.is(200);
        assert!(colleague.body.get("text").is_none() && colleague.body.get("intake").is_none());
        assert!(!colleague.text("/case_no").is_empty());
    }

    async fn whoever_accepts_an_intake_handles_the_case_after_declaring(app: App) {
        let at = referred_in(&app).await;
        let (police, staff) = (app.who("yy_police"), app.who("fu_staff"));
        staff.step(&at, "accept", json!({})).await.problem(409, "illegal_step");
        assert_eq!(fields(&staff.step(&at, "acknowledge", json!({})).await.is(200)), PREVIEW);
        let accepted = staff.step(&at, "accept", json!({})).await.is(200);
        assert!(accepted.body.get("text").is_none());
        let case = accepted.text("/case_id");
        staff.get(&format!("/cases/{case}")).await.problem(409, "declaration_required");
        declares(staff, &case).await;
        assert_eq!(staff.get(&at).await.is(200).text("/text"), "请尽快联系。");
        let shown = staff.get(&format!("/cases/{case}")).await.is(200);
        assert_eq!(shown.text("/facets/incident/account"), "酒后殴打妻子,其报警。");
        // Another of the staff, who saw the preview, sees nothing any more.
        app.who("fu_other").get(&at).await.problem(404, "not_found");
        app.who("fu_other").get(&format!("/cases/{case}")).await.problem(404, "not_found");
        // The author keeps its own intake, and cannot take it back any more.
        let kept = police.get(&at).await.is(200);
        assert_eq!((kept.text("/state"), kept.text("/intake/parties/1/name")), ("accepted".into(), "周建国".into()));
        police.step(&at, "withdraw", json!({ "reason": "误报" })).await.problem(409, "illegal_step");
    }

    async fn a_declined_intake_is_back_with_its_reason_and_the_case_is_closed(app: App) {
        let at = referred_in(&app).await;
        let (police, staff) = (app.who("yy_police"), app.who("fu_staff"));
        staff.step(&at, "decline", json!({ "reason": "不属于本区" })).await.is(200);
        assert_eq!(fields(&staff.get(&at).await.is(200)), PREVIEW);
        let back = police.get(&at).await.is(200);
        assert_eq!((back.text("/state"), back.text("/reason")), ("declined".into(), "不属于本区".into()));
        let case = police.get(&format!("/cases/{}", back.text("/case_id"))).await.is(200);
        assert_eq!(case.text("/status"), "closed");
    }

    async fn a_withdrawn_intake_is_gone_for_its_receiver(app: App) {
        let at = referred_in(&app).await;
        let (police, staff) = (app.who("yy_police"), app.who("fu_staff"));
        let seen = police.get(&at).await.is(200);
        let withdrawn = police.step(&at, "withdraw", json!({ "reason": "误报" })).await.is(200);
        assert_eq!(withdrawn.text("/state"), "withdrawn");
        staff.get(&at).await.problem(404, "not_found");
        let (path, reason) = (format!("{at}/withdraw"), json!({ "reason": "误报" }));
        let headers = [("if-match", seen.header("etag").unwrap())];
        police.ask(reqwest::Method::POST, &path, Some(&reason), &headers).await.problem(412, "stale");
        let refused = police.step(&at, "withdraw", reason).await.problem(409, "illegal_step");
        assert_eq!((refused.text("/state").as_str(), &refused.body["allowed"]), ("withdrawn", &json!([])));
    }

    async fn a_service_shares_what_she_consents_to_and_ends_at_once(app: App) {
        let case = taken_on(&app).await;
        let (staff, legal) = (app.who("fu_staff"), app.who("ht_legal"));
        let asked = service(&app, &case, "haitong", "legal_advice", &["identity", "incident"]);
        staff.post("/referrals", asked.clone()).await.problem(409, "consent_missing");
        consents(&app, &case, "haitong", "legal_advice", &["identity"]).await;
        let beyond = staff.post("/referrals", asked).await.problem(422, "not_valid");
        assert_eq!(beyond.text("/errors/0/code"), "beyond_consent");
        let asked = service(&app, &case, "haitong", "legal_advice", &["identity"]);
        let at = format!("/referrals/{}", staff.post("/referrals", asked.clone()).await.is(201).id());
        staff.post("/referrals", asked).await.problem(409, "conflict");
        staff.step(&at, "send", json!({})).await.is(200);
        // Only the receiver answers.
        staff.step(&at, "acknowledge", json!({})).await.problem(403, "forbidden");
        app.who("xy_counsellor").step(&at, "acknowledge", json!({})).await.problem(404, "not_found");
        legal.step(&at, "acknowledge", json!({})).await.is(200);
        legal.step(&at, "accept", json!({})).await.is(200);
        declares(legal, &case).await;
        assert_eq!(legal.get(&at).await.is(200).text("/text"), "她需要帮助。");
        let shown = legal.get(&format!("/cases/{case}")).await.is(200);
        assert_eq!(shown.body["facets"].as_object().unwrap().keys().collect::<Vec<_>>(), ["identity"]);
        // What one receiver was told is not another's, and who else is in it is not for the police.
        app.who("yy_police").get(&at).await.problem(404, "not_found");
        let ended = legal.step(&at, "complete", json!({ "text": "已出具法律意见" })).await.is(200);
        assert_eq!(ended.text("/state"), "completed");
        legal.get(&format!("/cases/{case}")).await.problem(404, "not_found");
        assert_eq!(staff.get(&at).await.is(200).text("/outcome"), "已出具法律意见");
    }

    async fn an_accepted_service_is_withdrawn_and_a_consent_that_ended_grants_nothing(app: App) {
        let case = taken_on(&app).await;
        let (staff, counsellor) = (app.who("fu_staff"), app.who("xy_counsellor"));
        let consent = consents(&app, &case, "xinyu", "counselling", &["identity", "risk"]).await;
        let asked = service(&app, &case, "xinyu", "counselling", &["identity", "risk"]);
        let at = format!("/referrals/{}", staff.post("/referrals", asked).await.is(201).id());
        staff.step(&at, "send", json!({})).await.is(200);
        counsellor.step(&at, "acknowledge", json!({})).await.is(200);
        let consent_at = format!("/cases/{case}/consents/{consent}");
        staff.step(&consent_at, "suspend", json!({})).await.is(200);
        counsellor.step(&at, "accept", json!({})).await.problem(409, "consent_missing");
        staff.step(&consent_at, "confirm", json!({})).await.is(200);
        counsellor.step(&at, "accept", json!({})).await.is(200);
        declares(counsellor, &case).await;
        counsellor.get(&format!("/cases/{case}")).await.is(200);
        staff.step(&at, "withdraw", json!({ "reason": "她不再需要" })).await.is(200);
        counsellor.get(&at).await.problem(404, "not_found");
        counsellor.get(&format!("/cases/{case}")).await.problem(404, "not_found");
    }

    async fn a_withdrawal_racing_an_acceptance_has_one_winner(app: App) {
        let case = taken_on(&app).await;
        let (staff, legal) = (app.who("fu_staff"), app.who("ht_legal"));
        consents(&app, &case, "haitong", "legal_advice", &["identity"]).await;
        let asked = service(&app, &case, "haitong", "legal_advice", &["identity"]);
        let at = format!("/referrals/{}", staff.post("/referrals", asked).await.is(201).id());
        staff.step(&at, "send", json!({})).await.is(200);
        let seen = legal.step(&at, "acknowledge", json!({})).await.is(200);
        let headers = [("if-match", seen.header("etag").unwrap())];
        let reason = json!({ "reason": "情况有变" });
        let (withdraw, accept) = (format!("{at}/withdraw"), format!("{at}/accept"));
        let (one, other) = tokio::join!(
            staff.ask(reqwest::Method::POST, &withdraw, Some(&reason), &headers),
            legal.ask(reqwest::Method::POST, &accept, None, &headers),
        );
        let mut statuses = [one.unwrap().status, other.unwrap().status];
        statuses.sort_unstable();
        // The loser sees that it has changed, or nothing any more.
        assert_eq!(statuses[0], 200, "{statuses:?}");
        assert!([404, 412].contains(&statuses[1]), "{statuses:?}");
    }

    async fn every_wrong_field_of_a_draft_is_named(app: App) {
        let police = app.who("yy_police");
        let mut body = intake(&app, "urgent");
        body["intake"]["to_agency"] = json!(app.agency("haitong"));
        let wrong = police.post("/referrals", body.clone()).await.problem(422, "not_valid");
        assert_eq!(wrong.text("/errors/0/pointer"), "/intake/to_agency");
        body["kind"] = json!("service");
        body["intake"]["incident"]["happened_on"] = json!("2027-01-01");
        let wrong = police.post("/referrals", body).await.problem(422, "not_valid");
        let pointers: Vec<_> = wrong.body["errors"].as_array().unwrap().iter().map(|e| e["pointer"].as_str().unwrap()).collect();
        assert_eq!(pointers, ["/kind", "/intake/incident/happened_on"]);
        police.post("/referrals", json!({})).await.problem(422, "not_valid");
        app.who("fu_staff").post("/referrals", intake(&app, "urgent")).await.problem(403, "forbidden");
    }
}
