//! The provider directory: who keeps it, who is found in it, and what a licence's end does.

use serde_json::{Value, json};

use crate::app::{App, Expect as _, on_both_databases};

pub fn service(name: &str, kind: &str, divisions: &[&str]) -> Value {
    json!({ "name": name, "kind": kind, "audiences": ["survivors", "children"], "divisions": divisions, "languages": ["zh"] })
}

fn licence(number: &str, last_day: &str) -> Value {
    json!({ "name": "登记证书", "number": number, "issuer": "区民政局", "first_day": "2026-01-01", "last_day": last_day })
}

async fn contract(app: &App, places: i64) -> String {
    let body = json!({
        "number": format!("D-{places}"), "provider_id": app.agency("qingzi"), "level": "district", "fund": "专项",
        "amount_fen": 1, "first_day": "2026-01-01", "last_day": "2026-12-31", "data_protection_terms": true,
        "terms_signed_on": "2026-01-01",
        "lines": [{ "service": "case_work", "unit": "case", "quantity": places, "price_fen": 1 }],
    });
    let id = app.who("fu_supervisor").post("/contracts", body).await.is(201).id();
    app.who("fu_supervisor").step(&format!("/contracts/{id}"), "activate", json!({})).await.is(200);
    id
}

/// A case of the federation's own, that its staff works.
async fn case(app: &App) -> String {
    let body = json!({ "source": "walk_in", "parties": [{ "kind": "survivor", "name": "某女" }] });
    let case = app.who("fu_staff").post("/cases", body).await.is(201).id();
    app.who("fu_staff").post(&format!("/cases/{case}/declarations"), json!({ "conflict": false })).await.is(201);
    app.who("fu_staff").step(&format!("/cases/{case}"), "open", json!({})).await.is(200);
    case
}

fn assign(app: &App, contract: &str, who: &str) -> Value {
    json!({ "worker": app.user(who), "contract_id": contract, "part": "lead", "service": "case_work" })
}

fn names(answer: &Value) -> Vec<&str> {
    answer["items"].as_array().unwrap().iter().map(|item| item["name"].as_str().unwrap()).collect()
}

/// The codes of one candidate's exclusions.
fn exclusions(answer: &Value, provider: &str) -> Vec<String> {
    let items = answer["items"].as_array().unwrap();
    let found = items.iter().find(|item| item["provider_id"] == provider).unwrap_or_else(|| panic!("{answer}"));
    assert_eq!(found["fits"], found["exclusions"] == json!([]));
    for said in found["exclusions"].as_array().unwrap().iter().chain(found["reasons"].as_array().unwrap()) {
        assert!(!said["message"].as_str().unwrap().is_empty() && !said["message_zh"].as_str().unwrap().is_empty());
    }
    let codes = found["exclusions"].as_array().unwrap().iter().map(|said| said["code"].as_str().unwrap().to_owned());
    codes.collect()
}

on_both_databases! {
    async fn providers_are_found_by_help_division_audience_and_language(app: App) {
        let (qingzi, haitong) = (app.agency("qingzi"), app.agency("haitong"));
        let own = format!("/providers/{qingzi}/services");
        app.who("qz_manager").post(&own, service("个案", "case_work", &["310100"])).await.is(201);
        let mut law = service("法律援助", "legal_advice", &["310113"]);
        law["languages"] = json!(["zh", "ug"]);
        app.who("ht_legal").post(&format!("/providers/{haitong}/services"), law).await.is(201);
        let police = app.who("yy_police");
        for (query, expected) in [
            ("", vec!["海桐法律援助工作站", "青梓社会工作服务中心"]),
            ("?kind=legal_advice", vec!["海桐法律援助工作站"]),
            ("?division=310113", vec!["海桐法律援助工作站", "青梓社会工作服务中心"]),
            ("?division=310114", vec!["青梓社会工作服务中心"]),
            ("?division=310100", vec!["青梓社会工作服务中心"]),
            ("?division=320100", vec![]),
            ("?language=ug", vec!["海桐法律援助工作站"]),
            ("?audience=respondents", vec![]),
        ] {
            let mut found = police.get(&format!("/providers{query}")).await.is(200).body;
            found["items"].as_array_mut().unwrap().sort_by_key(|item| item["name"].to_string());
            let mut expected = expected;
            expected.sort_unstable();
            assert_eq!(names(&found), expected, "{query}");
        }
        let first = police.get("/providers?limit=1").await.is(200).body;
        let next = first["next"].as_str().unwrap();
        let second = police.get(&format!("/providers?limit=1&cursor={next}")).await.is(200).body;
        assert_eq!((second["items"].as_array().unwrap().len(), &second["next"]), (1, &Value::Null));
        assert_ne!(first["items"], second["items"]);
    }

    async fn a_service_is_kept_by_its_provider_and_owners_and_is_retired_for_good(app: App) {
        let qingzi = app.agency("qingzi");
        let all = format!("/providers/{qingzi}/services");
        let manager = app.who("qz_manager");
        let id = manager.post(&all, service("个案", "case_work", &["310113"])).await.is(201).id();
        manager.post(&all, service("个案", "counselling", &["310113"])).await.problem(409, "conflict");
        app.who("ht_legal").post(&all, service("别家", "case_work", &["310113"])).await.problem(403, "forbidden");
        let mut with_address = service("庇护", "shelter", &["310113"]);
        with_address["address"] = json!("某路 1 号");
        let refused = manager.post(&all, with_address).await.problem(422, "not_valid");
        assert_eq!(refused.body["errors"][0]["pointer"], "/address");
        let at = format!("{all}/{id}");
        let change = json!({ "capacity": 3, "hours": "全天", "description_en": "Case work" });
        app.who("fu_supervisor").change(reqwest::Method::PATCH, &at, &at, change).await.is(200);
        let seen = manager.get(&at).await.is(200).body;
        assert_eq!((&seen["capacity"], &seen["hours"], &seen["live_cases"], &seen["version"]), (&json!(3), &json!("全天"), &json!(0), &json!(2)));
        let cleared = manager.change(reqwest::Method::PATCH, &at, &at, json!({ "capacity": null })).await.is(200).body;
        assert_eq!((&cleared["capacity"], &cleared["hours"]), (&Value::Null, &json!("全天")), "what is left out stays");
        // Under another provider's path it is not there.
        manager.get(&format!("/providers/{}/services/{id}", app.agency("haitong"))).await.problem(404, "not_found");
        manager.step(&at, "retire", json!({})).await.is(200);
        manager.step(&at, "retire", json!({})).await.problem(409, "conflict");
        assert_eq!(names(&manager.get("/providers").await.is(200).body), Vec::<&str>::new());
        manager.post(&all, service("个案", "case_work", &["310113"])).await.is(201);
        manager.get(&format!("/providers/{}", app.agency("oversight"))).await.problem(404, "not_found");
    }

    async fn an_expired_licence_is_warned_of_and_stops_new_assignments_until_renewed(app: App) {
        let (qingzi, contract) = (app.agency("qingzi"), contract(&app, 9).await);
        let (first, second) = (case(&app).await, case(&app).await);
        let all = format!("/providers/{qingzi}/licences");
        let manager = app.who("qz_manager");
        manager.post(&all, licence("1", "2025-12-31")).await.problem(422, "not_valid");
        let id = manager.post(&all, licence("1", "2026-04-10")).await.is(201).id();
        manager.post(&all, licence("1", "2026-05-10")).await.problem(409, "conflict");
        app.who("fu_staff").post(&format!("/cases/{first}/assignments"), assign(&app, &contract, "qz_worker")).await.is(201);
        let told = |desk: Value| {
            desk["items"].as_array().unwrap().iter().filter(|item| item["record"]["kind"] == "licence").count()
        };
        // 2026-03-12 in China: thirty days before the end.
        app.clock.advance_minutes(9 * 24 * 60);
        app.lianhu.sweep().await.map_err(|problem| problem.code().as_str()).unwrap();
        assert_eq!(told(manager.get("/desk").await.is(200).body), 1, "the provider's manager is told");
        app.clock.advance_minutes(31 * 24 * 60);
        app.lianhu.sweep().await.map_err(|problem| problem.code().as_str()).unwrap();
        assert_eq!(names(&manager.get("/providers").await.is(200).body), Vec::<&str>::new(), "no service, no entry");
        manager.post(&format!("/providers/{qingzi}/services"), service("个案", "case_work", &["310113"])).await.is(201);
        let shown = manager.get(&format!("/providers/{qingzi}")).await.is(200).body;
        assert_eq!((&shown["is_stopped"], &shown["licences"][0]["in_force"]), (&json!(true), &json!(false)));
        let path = format!("/cases/{second}/assignments");
        let refused = app.who("fu_staff").post(&path, assign(&app, &contract, "qz_worker")).await.problem(409, "conflict");
        assert!(refused.body["detail_zh"].as_str().unwrap().contains("资质"), "{}", refused.body);
        let at = format!("{all}/{id}");
        manager.change(reqwest::Method::PATCH, &at, &at, json!({ "last_day": "2027-04-10" })).await.is(200);
        app.who("fu_staff").post(&path, assign(&app, &contract, "qz_worker")).await.is(201);
        let shown = manager.get(&format!("/providers/{qingzi}")).await.is(200).body;
        assert_eq!((&shown["is_stopped"], &shown["services"][0]["live_cases"]), (&json!(false), &json!(2)), "counted");
    }

    async fn matches_say_why_and_why_not(app: App) {
        let (qingzi, haitong) = (app.agency("qingzi"), app.agency("haitong"));
        let mut own = service("个案", "case_work", &["310113"]);
        own["capacity"] = json!(1);
        app.who("qz_manager").post(&format!("/providers/{qingzi}/services"), own).await.is(201);
        app.who("ht_legal").post(&format!("/providers/{haitong}/services"), service("陪同", "case_work", &["310000"])).await.is(201);
        let need = json!({ "kind": "case_work", "division": "310113", "urgency": "normal" });
        let staff = app.who("fu_staff");
        let ask = async |body: Value| staff.post("/providers/matches", body).await.is(200).body;
        let answer = ask(need.clone()).await;
        assert_eq!(exclusions(&answer, &qingzi), ["no_contract"]);
        assert_eq!(exclusions(&answer, &haitong), Vec::<String>::new(), "asked by a referral");
        assert_eq!((&answer["items"][0]["provider_id"], &answer["items"][0]["rank"]), (&json!(haitong), &json!(1)));
        let contract = contract(&app, 1).await;
        let answer = ask(need.clone()).await;
        assert_eq!(exclusions(&answer, &qingzi), Vec::<String>::new());
        assert_eq!(answer["items"][0]["provider_id"], json!(qingzi), "it names the division asked for");
        // One place, one case: both the contract's and the provider's own are gone.
        let case = case(&app).await;
        let assigned = format!("/cases/{case}/assignments");
        staff.post(&assigned, assign(&app, &contract, "qz_worker")).await.is(201);
        assert_eq!(exclusions(&ask(need.clone()).await, &qingzi), ["quota_used_up", "capacity_full"]);
        let mut elsewhere = need.clone();
        elsewhere["division"] = json!("320100");
        elsewhere["language"] = json!("bo");
        elsewhere["audience"] = json!("respondents");
        assert_eq!(exclusions(&ask(elsewhere).await, &haitong), ["division_not_covered", "audience_not_served", "language_not_spoken"]);
        staff.post("/providers/matches", json!({ "kind": "keeping_confidence", "division": "310113", "urgency": "normal" })).await.problem(422, "not_valid");
    }

    async fn of_a_case_a_conflict_is_told_as_one_word_of_the_whole_provider(app: App) {
        let (haitong, case) = (app.agency("haitong"), case(&app).await);
        app.who("ht_legal").post(&format!("/providers/{haitong}/services"), service("法律", "legal_advice", &["310113"])).await.is(201);
        let need = json!({ "kind": "legal_advice", "division": "310113", "urgency": "urgent", "case_id": case });
        let staff = app.who("fu_staff");
        let answer = staff.post("/providers/matches", need.clone()).await.is(200);
        assert!(answer.header("audit-receipt").is_some());
        assert_eq!(exclusions(&answer.body, &haitong), Vec::<String>::new());
        let wall = json!({ "user": app.user("ht_legal"), "reason": "亲属" });
        staff.post(&format!("/cases/{case}/walls"), wall).await.is(201);
        let answer = staff.post("/providers/matches", need.clone()).await.is(200);
        assert_eq!(exclusions(&answer.body, &haitong), ["no_free_staff"]);
        let text = String::from_utf8_lossy(&answer.bytes).into_owned();
        assert!(!text.contains(&app.user("ht_legal")) && !text.contains("寅律师") && !text.contains("某女"), "{text}");
        // Without the case, and to whom it is none of theirs, nothing is said of it.
        let mut bare = need.clone();
        bare.as_object_mut().unwrap().remove("case_id");
        assert_eq!(exclusions(&staff.post("/providers/matches", bare).await.is(200).body, &haitong), Vec::<String>::new());
        for who in ["yy_police", "qz_worker", "qz_manager", "ht_legal", "fu_other"] {
            app.who(who).post("/providers/matches", need.clone()).await.problem(404, "not_found");
        }
        app.who("fu_supervisor").post("/providers/matches", need).await.problem(409, "declaration_required");
        let log = app.who("jd_auditor").get("/audit/entries?limit=50").await.is(200).body;
        let looks = log["items"].as_array().unwrap().iter().filter(|entry| entry["action"] == "match_for_case").count();
        assert!(looks >= 2, "{log}");
    }
}
