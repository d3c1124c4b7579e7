//! Her safety plan: hers, versioned, in confidence.

use reqwest::Method;
use serde_json::{Value, json};

use crate::app::{Expect, on_both_databases};

fn plan(text: &str) -> Value {
    json!({ "parts": [{ "title": "去处", "text": text }, { "title": "值班", "text": "打值班电话", "on_call": "报暗语即派车" }] })
}

on_both_databases! {
    async fn each_version_stays_and_whoever_does_not_read_it_sees_their_own_alone(app: App) {
        let (staff, worker) = (app.who("fu_staff"), app.who("qz_worker"));
        let intake = json!({ "source": "walk_in", "parties": [{ "kind": "survivor", "name": "林晓梅" }] });
        let case = staff.post("/cases", intake).await.is(201).id();
        let (at, versions) = (format!("/cases/{case}/safety-plan"), format!("/cases/{case}/safety-plan/versions"));
        staff.ask(Method::PUT, &at, Some(&plan("姐姐家")), &[]).await.problem(428, "if_match_required");
        let empty = staff.get(&at).await.is(200);
        assert_eq!((&empty.body["current"], &empty.body["own_only"]), (&Value::Null, &json!(true)));
        staff.change(Method::PUT, &at, &at, plan("姐姐家")).await.is(200);
        let stale = [("if-match", empty.header("etag").unwrap())];
        staff.ask(Method::PUT, &at, Some(&plan("另一处")), &stale).await.problem(412, "stale");
        let seen = staff.get(&at).await.is(200);
        assert_eq!(seen.text("/current/parts/1/on_call"), "报暗语即派车");

        staff.step(&format!("/cases/{case}"), "open", json!({})).await.is(200);
        let contract = json!({
            "number": "Q-1", "provider_id": app.agency("qingzi"), "level": "district", "fund": "专项", "amount_fen": 1,
            "first_day": "2026-01-01", "last_day": "2026-12-31", "data_protection_terms": true, "terms_signed_on": "2026-01-01",
            "lines": [{ "service": "case_work", "unit": "case", "quantity": 3, "price_fen": 1 }],
        });
        let contract = app.who("fu_supervisor").post("/contracts", contract).await.is(201).id();
        app.who("fu_supervisor").step(&format!("/contracts/{contract}"), "activate", json!({})).await.is(200);
        let lead = json!({ "worker": app.user("qz_worker"), "contract_id": contract, "part": "lead", "service": "case_work" });
        staff.post(&format!("/cases/{case}/assignments"), lead).await.is(201);
        worker.post(&format!("/cases/{case}/declarations"), json!({ "conflict": false })).await.is(201);
        let before = worker.get(&at).await.is(200);
        assert_eq!((&before.body["current"], &before.body["own_only"]), (&Value::Null, &json!(true)), "not before she consents");
        let consent = json!({
            "recipient_agency": app.agency("qingzi"), "recipient_user": app.user("qz_worker"), "purpose": "keeping_confidence",
            "facets": ["confidential"], "expires_on": "2026-12-31", "given_by": "survivor", "given_on": "2026-03-03",
        });
        staff.post(&format!("/cases/{case}/consents"), consent).await.is(201);
        assert_eq!(worker.get(&at).await.is(200).text("/current/parts/0/text"), "姐姐家");
        worker.change(Method::PUT, &at, &at, plan("庇护所")).await.is(200);
        assert_eq!(worker.get(&versions).await.is(200).body["items"].as_array().unwrap().len(), 2);

        // Who screened her is shown what they were shown before: nothing tells them that there is more.
        let own = staff.get(&at).await.is(200);
        assert_eq!((own.text("/current/parts/0/text"), own.header("etag")), ("姐姐家".into(), seen.header("etag")));
        assert_eq!(staff.get(&versions).await.is(200).body["items"].as_array().unwrap().len(), 1);
        app.who("fu_supervisor").post(&format!("/cases/{case}/declarations"), json!({ "conflict": false })).await.is(201);
        assert_eq!(app.who("fu_supervisor").get(&at).await.is(200).body["current"], Value::Null);
        app.who("yp_police").get(&at).await.problem(404, "not_found");

        // Another's hand in it does not pass the lead worker unseen.
        staff.change(Method::PUT, &at, &at, plan("娘家")).await.is(200);
        let desk = worker.get("/desk?limit=100").await.is(200);
        assert!(desk.body["items"].as_array().unwrap().iter().any(|item| item["notice"] == "safety_plan_changed"));
        let read = worker.get(&at).await.is(200);
        assert_eq!((read.text("/current/parts/0/text"), &read.body["own_only"]), ("娘家".into(), &json!(false)));
        assert_eq!(worker.get(&versions).await.is(200).body["items"].as_array().unwrap().len(), 3);
    }
}
