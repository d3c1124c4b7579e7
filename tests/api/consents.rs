//! Consents, walls, declarations, grants: what she allows, who is kept out, and who may see.

use serde_json::{Value, json};

use lianhu::cli::demo::client::Actor;

use crate::app::{App, Expect, on_both_databases};

async fn declares(actor: &Actor, case: &str) {
    actor.post(&format!("/cases/{case}/declarations"), json!({ "conflict": false })).await.is(201);
}

/// A case of the federation's own, handled by `fu_staff`.
async fn case(app: &App) -> String {
    let intake = json!({ "source": "walk_in", "parties": [
        { "kind": "survivor", "name": "林晓梅" },
        { "kind": "respondent", "name": "周建国", "relationship": "spouse" },
    ] });
    let case = app.who("fu_staff").post("/cases", intake).await.is(201).id();
    declares(app.who("fu_staff"), &case).await;
    case
}

/// Under a contract in force, this worker is assigned: the assignment's path.
pub async fn assigned(app: &App, case: &str, contract: &str, worker: &str, part: &str) -> String {
    let body = json!({ "worker": app.user(worker), "contract_id": contract, "part": part, "service": "case_work" });
    let made = app.who("fu_staff").post(&format!("/cases/{case}/assignments"), body).await.is(201);
    format!("/cases/{case}/assignments/{}", made.id())
}

pub async fn contract(app: &App) -> String {
    let body = json!({
        "number": "BS-2026-07", "provider_id": app.agency("qingzi"), "level": "district", "fund": "区级财政",
        "amount_fen": 48_000_000, "first_day": "2026-01-01", "last_day": "2026-12-31",
        "data_protection_terms": true, "terms_signed_on": "2026-01-02",
        "lines": [{ "service": "case_work", "unit": "case", "quantity": 40, "price_fen": 1_200_000 }],
    });
    let supervisor = app.who("fu_supervisor");
    let id = supervisor.post("/contracts", body).await.is(201).id();
    supervisor.step(&format!("/contracts/{id}"), "activate", json!({})).await.is(200);
    id
}

fn consent(app: &App, to: &str, purpose: &str, facets: &[&str]) -> Value {
    json!({
        "recipient_agency": app.agency(to), "purpose": purpose, "facets": facets,
        "expires_on": "2026-12-30", "given_by": "survivor", "given_on": "2026-03-03", "wish": "不要打家里电话",
    })
}

fn to_worker(app: &App, worker: &str) -> Value {
    let mut body = consent(app, "qingzi", "keeping_confidence", &["confidential"]);
    body["recipient_user"] = json!(app.user(worker));
    body
}

async fn keeps_confidence(app: &App, case: &str) -> bool {
    let shown = app.who("qz_worker").get(&format!("/cases/{case}")).await.is(200);
    !shown.body["withheld"].as_array().unwrap().contains(&json!("confidential"))
}

pub async fn waits(actor: &Actor, notice: &str) -> bool {
    let desk = actor.get("/desk").await.is(200);
    desk.body["items"].as_array().unwrap().iter().any(|item| item["notice"] == notice)
}

on_both_databases! {
    async fn a_consent_is_recorded_suspended_confirmed_and_revoked(app: App) {
        let case = case(&app).await;
        let (staff, at) = (app.who("fu_staff"), format!("/cases/{case}/consents"));
        let made = staff.post(&at, consent(&app, "haitong", "legal_advice", &["identity", "incident"])).await.is(201);
        assert_eq!((made.text("/state"), made.text("/wish")), ("given".into(), "不要打家里电话".into()));
        let one = format!("{at}/{}", made.id());
        // Consent alone opens nothing, and its recipient does not hear that it was taken back.
        app.who("ht_legal").get(&one).await.problem(404, "not_found");
        assert_eq!(staff.step(&one, "suspend", json!({})).await.is(200).text("/state"), "suspended");
        staff.step(&one, "suspend", json!({})).await.problem(409, "illegal_step");
        staff.post(&at, consent(&app, "haitong", "legal_advice", &["identity"])).await.problem(409, "conflict");
        assert!(waits(staff, "consent_ended").await && !waits(app.who("ht_legal"), "consent_ended").await);
        assert_eq!(staff.step(&one, "confirm", json!({})).await.is(200).text("/state"), "given");
        assert!(!waits(staff, "consent_ended").await);
        let stale = [("if-match", "\"v1\"")];
        staff.ask(reqwest::Method::POST, &format!("{one}/revoke"), None, &stale).await.problem(412, "stale");
        assert_eq!(staff.step(&one, "revoke", json!({})).await.is(200).text("/state"), "revoked");
        staff.step(&one, "confirm", json!({})).await.problem(409, "illegal_step");
        // Now another may be given; and by its date it expires.
        let next = staff.post(&at, consent(&app, "haitong", "legal_advice", &["identity"])).await.is(201).id();
        app.clock.advance_minutes(303 * 1440);
        assert_eq!(staff.get(&format!("{at}/{next}")).await.is(200).text("/state"), "expired");
        let mut renewed = consent(&app, "haitong", "legal_advice", &["identity"]);
        renewed["given_on"] = json!("2026-12-31");
        renewed["expires_on"] = json!("2027-06-30");
        staff.post(&at, renewed).await.is(201);
        assert_eq!(staff.get(&at).await.is(200).body["items"].as_array().unwrap().len(), 3);
        let first = staff.get(&format!("{at}?limit=2")).await.is(200);
        let rest = staff.get(&format!("{at}?limit=2&cursor={}", first.text("/next"))).await.is(200);
        assert_eq!(rest.body["items"].as_array().unwrap().len(), 1);
        staff.get(&format!("/cases/{case}/walls?cursor={}", first.text("/next"))).await.problem(422, "not_valid");
    }

    async fn a_consent_given_anew_takes_the_old_ones_place_without_a_gap(app: App) {
        let case = case(&app).await;
        let (staff, legal, at) = (app.who("fu_staff"), app.who("ht_legal"), format!("/cases/{case}/consents"));
        let first = staff.post(&at, consent(&app, "haitong", "legal_advice", &["identity", "incident"])).await.is(201).id();
        let body = json!({
            "case_id": case, "kind": "service", "help": "legal_advice", "to_agency": app.agency("haitong"),
            "facets": ["identity", "incident"], "urgency": "normal", "text": "请协助。",
        });
        let referral = format!("/referrals/{}", staff.post("/referrals", body).await.is(201).id());
        staff.step(&referral, "send", json!({})).await.is(200);
        legal.step(&referral, "acknowledge", json!({})).await.is(200);
        legal.step(&referral, "accept", json!({})).await.is(200);
        declares(legal, &case).await;
        let shown = |answer: &lianhu::cli::demo::client::Answer| answer.body["facets"].as_object().unwrap().keys().cloned().collect::<Vec<_>>();
        let seen = legal.get(&format!("/cases/{case}")).await.is(200);
        assert_eq!(shown(&seen), ["identity", "incident"]);

        // Shorter, without the incident, with the measures: the incident is closed at once, nothing opens that was not named.
        let mut anew = consent(&app, "haitong", "legal_advice", &["identity", "measures"]);
        anew["expires_on"] = json!("2026-06-30");
        let second = staff.post(&at, anew).await.is(201).id();
        let old = staff.get(&format!("{at}/{first}")).await.is(200);
        assert_eq!((old.text("/state"), old.text("/superseded_by"), &old.body["revoked_at"]), ("expired".into(), second.clone(), &Value::Null));
        let seen = legal.get(&format!("/cases/{case}")).await.is(200);
        assert_eq!(shown(&seen), ["identity"]);
        assert_eq!(seen.body["basis"][0]["expires_at"], "2026-06-30T16:00:00.000000Z");
        assert!(waits(legal, "consent_ended").await, "whoever sees less is told");
        // The old one is no way to the grant any more, the new one is.
        staff.step(&format!("{at}/{first}"), "revoke", json!({})).await.problem(409, "illegal_step");
        staff.step(&format!("{at}/{second}"), "suspend", json!({})).await.is(200);
        legal.get(&format!("/cases/{case}")).await.problem(404, "not_found");
        // While it is suspended she is asked first.
        let third = consent(&app, "haitong", "legal_advice", &["identity"]);
        staff.post(&at, third.clone()).await.problem(409, "conflict");
        staff.step(&format!("{at}/{second}"), "confirm", json!({})).await.is(200);
        // Given to nothing that was shared: all of it ends.
        let body = consent(&app, "haitong", "legal_advice", &["measures"]);
        let last = staff.post(&at, body).await.is(201).id();
        legal.get(&format!("/cases/{case}")).await.problem(404, "not_found");
        staff.post(&at, third).await.is(201);
        legal.get(&format!("/cases/{case}")).await.problem(404, "not_found");
        assert_eq!(staff.get(&format!("{at}/{last}")).await.is(200).text("/state"), "expired");
        let timeline = staff.get(&format!("/cases/{case}/timeline?limit=100")).await.is(200);
        let kinds = timeline.body["items"].as_array().unwrap().iter().filter(|event| event["kind"] == "consent_superseded");
        assert_eq!(kinds.count(), 3);
    }

    async fn of_two_given_at_once_one_stands_and_what_is_shared_rests_on_it(app: App) {
        let case = case(&app).await;
        let (staff, at) = (app.who("fu_staff"), format!("/cases/{case}/consents"));
        staff.post(&at, consent(&app, "haitong", "legal_advice", &["identity"])).await.is(201);
        let body = |facet: &str| consent(&app, "haitong", "legal_advice", &[facet]);
        let (one, other) = tokio::join!(staff.post(&at, body("incident")), staff.post(&at, body("identity")));
        assert_eq!((one.unwrap().status, other.unwrap().status), (201, 201));
        let all = staff.get(&at).await.is(200);
        let given = all.body["items"].as_array().unwrap().iter().filter(|item| item["state"] == "given").count();
        assert_eq!((given, all.body["items"].as_array().unwrap().len()), (1, 3));
    }

    async fn her_confidence_is_kept_on_by_a_consent_given_anew(app: App) {
        let case = case(&app).await;
        let contract = contract(&app).await;
        assigned(&app, &case, &contract, "qz_worker", "lead").await;
        declares(app.who("qz_worker"), &case).await;
        let (staff, at) = (app.who("fu_staff"), format!("/cases/{case}/consents"));
        let mut body = to_worker(&app, "qz_worker");
        body["expires_on"] = json!("2026-03-10");
        staff.post(&at, body).await.is(201);
        let second = staff.post(&at, to_worker(&app, "qz_worker")).await.is(201).id();
        app.clock.advance_minutes(30 * 24 * 60);
        assert!(keeps_confidence(&app, &case).await);
        staff.step(&format!("{at}/{second}"), "revoke", json!({})).await.is(200);
        assert!(!keeps_confidence(&app, &case).await, "no grant was left on the earlier one");
    }

    async fn a_consent_that_cannot_be_given_names_every_fault(app: App) {
        let case = case(&app).await;
        let (staff, at) = (app.who("fu_staff"), format!("/cases/{case}/consents"));
        let faults = |answer: lianhu::cli::demo::client::Answer| {
            let errors = answer.body["errors"].as_array().unwrap().clone();
            errors.iter().map(|e| format!("{} {}", e["pointer"].as_str().unwrap(), e["code"].as_str().unwrap())).collect::<Vec<_>>()
        };
        let mut wrong = consent(&app, "federation", "legal_advice", &["identity", "children"]);
        wrong["expires_on"] = json!("2027-03-04");
        wrong["given_by"] = json!("guardian");
        wrong["guardian_name"] = json!("周 建国");
        let told = faults(staff.post(&at, wrong).await.problem(422, "not_valid"));
        let all =
            ["/expires_on too_large", "/recipient_agency not_allowed_here", "/facets not_one_of", "/guardian_name guardian_is_party"];
        assert_eq!(told, all);
        let told = faults(staff.post(&at, to_worker(&app, "qz_worker")).await.problem(422, "not_valid"));
        assert_eq!(told, ["/recipient_user not_assigned"]);
        let counselling = consent(&app, "xinyu", "counselling", &["confidential"]);
        assert_eq!(faults(staff.post(&at, counselling).await.problem(422, "not_valid")), ["/facets not_one_of"]);
    }

    async fn a_worker_keeps_her_confidence_from_her_consent_until_she_takes_it_back(app: App) {
        let case = case(&app).await;
        let contract = contract(&app).await;
        let assignment = assigned(&app, &case, &contract, "qz_worker", "lead").await;
        let (worker, at) = (app.who("qz_worker"), format!("/cases/{case}/consents"));
        declares(worker, &case).await;
        assert!(!keeps_confidence(&app, &case).await);
        let one = format!("{at}/{}", worker.post(&at, to_worker(&app, "qz_worker")).await.is(201).id());
        assert!(keeps_confidence(&app, &case).await);
        worker.step(&one, "suspend", json!({})).await.is(200);
        assert!(!keeps_confidence(&app, &case).await);
        worker.step(&one, "confirm", json!({})).await.is(200);
        assert!(keeps_confidence(&app, &case).await);
        worker.step(&one, "revoke", json!({})).await.is(200);
        assert!(!keeps_confidence(&app, &case).await);
        // Ending the assignment ends what rests on her consent beside it.
        worker.post(&at, to_worker(&app, "qz_worker")).await.is(201);
        app.who("fu_staff").step(&assignment, "end", json!({})).await.is(200);
        worker.get(&format!("/cases/{case}")).await.problem(404, "not_found");
        let grants = app.who("fu_staff").get(&format!("/cases/{case}/grants?limit=100")).await.is(200);
        let of_worker = |grant: &&Value| grant["user_id"] == json!(app.user("qz_worker"));
        assert!(grants.body["items"].as_array().unwrap().iter().filter(of_worker).all(|grant| grant["state"] == "ended"));
    }

    async fn an_assisting_worker_suspends_but_does_not_record(app: App) {
        let case = case(&app).await;
        let contract = contract(&app).await;
        assigned(&app, &case, &contract, "qz_worker", "lead").await;
        assigned(&app, &case, &contract, "qz_cousin", "assist").await;
        let (lead, assist, at) = (app.who("qz_worker"), app.who("qz_cousin"), format!("/cases/{case}/consents"));
        declares(lead, &case).await;
        declares(assist, &case).await;
        let body = consent(&app, "haitong", "legal_advice", &["identity"]);
        assist.post(&at, body.clone()).await.problem(403, "forbidden");
        let one = format!("{at}/{}", lead.post(&at, body).await.is(201).id());
        assist.step(&one, "suspend", json!({})).await.is(200);
        assist.step(&one, "confirm", json!({})).await.problem(403, "forbidden");
        lead.step(&one, "confirm", json!({})).await.is(200);
        lead.get(&format!("/cases/{case}/walls")).await.problem(403, "forbidden");
        lead.get(&format!("/cases/{case}/grants")).await.is(200);
        assist.get(&format!("/cases/{case}/grants")).await.problem(403, "forbidden");
    }

    async fn names_first_then_content_and_a_conflict_makes_a_wall(app: App) {
        let case = case(&app).await;
        let contract = contract(&app).await;
        let (cousin, at) = (app.who("qz_cousin"), format!("/cases/{case}/declarations"));
        cousin.get(&at).await.problem(404, "not_found");
        assigned(&app, &case, &contract, "qz_cousin", "assist").await;
        cousin.get(&format!("/cases/{case}")).await.problem(409, "declaration_required");
        let look = cousin.get(&at).await.is(200);
        assert_eq!((look.text("/parties/0/name"), look.text("/own/state")), ("林晓梅".into(), "none".into()));
        assert!(look.body["parties"][0].get("relationship").is_none());
        cousin.post(&at, json!({ "conflict": false, "text": "无" })).await.problem(422, "not_valid");
        let conflict = json!({ "conflict": true, "text": "他是我的表弟" });
        assert_eq!(cousin.post(&at, conflict).await.is(201).text("/state"), "conflict");
        for path in [format!("/cases/{case}"), at.clone(), format!("/cases/{case}/consents")] {
            cousin.get(&path).await.problem(404, "not_found");
        }
        let (staff, supervisor) = (app.who("fu_staff"), app.who("fu_supervisor"));
        assert!(waits(staff, "conflict_declared").await);
        let walls = staff.get(&format!("/cases/{case}/walls")).await.is(200);
        assert_eq!(walls.text("/items/0/reason"), "他是我的表弟");
        let wall = format!("/cases/{case}/walls/{}", walls.text("/items/0/id"));
        let again = json!({ "user": app.user("qz_cousin"), "reason": "表弟" });
        staff.post(&format!("/cases/{case}/walls"), again).await.problem(409, "conflict");
        staff.step(&wall, "lift", json!({ "reason": "误会" })).await.problem(403, "forbidden");
        declares(supervisor, &case).await;
        let lifted = supervisor.step(&wall, "lift", json!({ "reason": "误会" })).await.is(200);
        assert_eq!((lifted.text("/state"), lifted.text("/lift_reason")), ("lifted".into(), "误会".into()));
        supervisor.step(&wall, "lift", json!({ "reason": "误会" })).await.problem(409, "illegal_step");
        // Nothing revives with it.
        cousin.get(&format!("/cases/{case}")).await.problem(404, "not_found");
    }

    async fn the_owner_walls_off_its_own_handler_and_the_supervisor_hears_of_it(app: App) {
        let case = case(&app).await;
        let (staff, supervisor) = (app.who("fu_staff"), app.who("fu_supervisor"));
        declares(supervisor, &case).await;
        let body = json!({ "user": app.user("fu_staff"), "reason": "与加害人同乡且往来密切" });
        let wall = supervisor.post(&format!("/cases/{case}/walls"), body).await.is(201);
        staff.get(&format!("/cases/{case}")).await.problem(404, "not_found");
        assert!(waits(supervisor, "conflict_declared").await);
        // A wall of another case's path is not there.
        let other = app.who("fu_staff").post("/cases", json!({ "source": "hotline" })).await.is(201).id();
        declares(supervisor, &other).await;
        supervisor.get(&format!("/cases/{other}/walls/{}", wall.id())).await.problem(404, "not_found");
    }

    async fn a_supervisor_ends_a_grant_but_not_the_owners_own(app: App) {
        let case = case(&app).await;
        let contract = contract(&app).await;
        let assignment = assigned(&app, &case, &contract, "qz_worker", "lead").await;
        let (staff, supervisor, worker) = (app.who("fu_staff"), app.who("fu_supervisor"), app.who("qz_worker"));
        declares(supervisor, &case).await;
        declares(worker, &case).await;
        let at = format!("/cases/{case}/grants");
        let grants = staff.get(&at).await.is(200);
        let find = |basis: &str, personal: bool| {
            let mut items = grants.body["items"].as_array().unwrap().iter();
            let found = items.find(|grant| grant["basis"] == basis && grant["user_id"].is_string() == personal).unwrap();
            format!("{at}/{}", found["id"].as_str().unwrap())
        };
        let own = find("jurisdiction", false);
        supervisor.step(&own, "end", json!({})).await.problem(409, "conflict");
        let workers = find("assignment", true);
        staff.step(&workers, "end", json!({})).await.problem(403, "forbidden");
        assert_eq!(supervisor.step(&workers, "end", json!({})).await.is(200).text("/state"), "ended");
        worker.get(&format!("/cases/{case}")).await.problem(404, "not_found");
        assert!(staff.get(&assignment).await.is(200).body["ended_at"].is_string());
        supervisor.step(&workers, "end", json!({})).await.problem(409, "illegal_step");
    }
}
