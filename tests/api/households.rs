//! A household takes one place of a contract's quota, however many of its cases are worked.

use serde_json::{Value, json};

use lianhu::cli::demo::client::Answer;

use crate::app::{App, Expect, on_both_databases};

async fn case(app: &App) -> String {
    let staff = app.who("fu_staff");
    let case = staff.post("/cases", json!({ "source": "walk_in", "parties": [{ "kind": "survivor" }] })).await.is(201).id();
    staff.step(&format!("/cases/{case}"), "open", json!({})).await.is(200);
    case
}

async fn contract(app: &App, places: i64) -> String {
    let body = json!({
        "number": format!("BS-2026-{places}"), "provider_id": app.agency("qingzi"), "level": "district", "fund": "区级财政",
        "amount_fen": 1, "first_day": "2026-01-01", "last_day": "2026-12-31",
        "data_protection_terms": true, "terms_signed_on": "2026-01-02",
        "lines": [{ "service": "case_work", "unit": "case", "quantity": places, "price_fen": 1 }],
    });
    let supervisor = app.who("fu_supervisor");
    let id = supervisor.post("/contracts", body).await.is(201).id();
    supervisor.step(&format!("/contracts/{id}"), "activate", json!({})).await.is(200);
    id
}

async fn links(app: &App, one: &str, other: &str) -> String {
    let body = json!({ "other_case_id": other, "kind": "children" });
    app.who("fu_staff").post(&format!("/cases/{one}/links"), body).await.is(201).id()
}

async fn assigns(app: &App, contract: &str, case: &str, worker: &str) -> Answer {
    let body = json!({ "worker": app.user(worker), "contract_id": contract, "part": "lead", "service": "case_work" });
    app.who("fu_staff").post(&format!("/cases/{case}/assignments"), body).await.unwrap()
}

async fn ends(app: &App, case: &str, assignment: &str) {
    app.who("fu_staff").step(&format!("/cases/{case}/assignments/{assignment}"), "end", json!({})).await.is(200);
}

async fn left(app: &App, contract: &str) -> Value {
    app.who("fu_staff").get(&format!("/contracts/{contract}/usage")).await.is(200).body["lines"][0]["left"].clone()
}

on_both_databases! {
    async fn linked_cases_share_a_place_until_the_last_of_them_ends(app: App) {
        let contract = contract(&app, 2).await;
        let (one, two, three, apart) = (case(&app).await, case(&app).await, case(&app).await, case(&app).await);
        // The third is linked with the first by way of the second.
        links(&app, &one, &two).await;
        links(&app, &three, &two).await;
        let first = assigns(&app, &contract, &one, "qz_worker").await;
        assert_eq!((first.status, left(&app, &contract).await), (201, json!(1)), "{}", first.body);
        let third = assigns(&app, &contract, &three, "qz_worker").await;
        assert_eq!((third.status, left(&app, &contract).await), (201, json!(1)), "{}", third.body);
        assert_eq!(third.body["detail"]["is_beyond_quota"], false);
        let other = assigns(&app, &contract, &apart, "qz_cousin").await;
        assert_eq!((other.status, left(&app, &contract).await), (201, json!(0)), "{}", other.body);
        // Nothing is left, and one more of the household needs none.
        let second = assigns(&app, &contract, &two, "qz_cousin").await;
        assert_eq!((second.status, left(&app, &contract).await), (201, json!(0)), "{}", second.body);

        ends(&app, &one, &first.id()).await;
        assert_eq!(left(&app, &contract).await, json!(0), "others of the household are worked");
        ends(&app, &three, &third.id()).await;
        assert_eq!(left(&app, &contract).await, json!(0));
        // The first to come is gone: its place is still the household's.
        assert_eq!(assigns(&app, &contract, &one, "qz_worker").await.status, 201);
        assert_eq!(left(&app, &contract).await, json!(0));
        let again = app.who("fu_staff").get(&format!("/cases/{one}/assignments")).await.is(200).text("/items/0/id");
        ends(&app, &two, &second.id()).await;
        ends(&app, &one, &again).await;
        assert_eq!(left(&app, &contract).await, json!(1), "the last of them gave it back");
        // Which case it shares with stands in the entry, for oversight alone.
        let log = app.who("jd_auditor").get(&format!("/audit/entries?actor={}&limit=100", app.user("fu_staff"))).await.is(200);
        let hidden = |entry: &Value| entry["action"] == "assign" && entry["hidden"] == json!([one]);
        assert!(log.body["items"].as_array().unwrap().iter().any(hidden));
    }

    async fn cases_that_are_not_linked_any_more_take_a_place_each(app: App) {
        let contract = contract(&app, 2).await;
        let (one, two) = (case(&app).await, case(&app).await);
        let link = links(&app, &one, &two).await;
        assert_eq!(assigns(&app, &contract, &one, "qz_worker").await.status, 201);
        let path = format!("/cases/{one}/links/{link}");
        app.who("fu_staff").ask(reqwest::Method::DELETE, &path, None, &[("if-match", "\"v1\"")]).await.is(204);
        assert_eq!(assigns(&app, &contract, &two, "qz_cousin").await.status, 201);
        assert_eq!(left(&app, &contract).await, json!(0));
    }

    async fn of_a_household_whose_cases_are_assigned_at_once_one_place_is_taken(app: App) {
        let contract = contract(&app, 1).await;
        let (one, two) = (case(&app).await, case(&app).await);
        links(&app, &one, &two).await;
        let (x, y) = tokio::join!(assigns(&app, &contract, &one, "qz_worker"), assigns(&app, &contract, &two, "qz_cousin"));
        assert_eq!((x.status, y.status), (201, 201), "{} {}", x.body, y.body);
        assert_eq!(left(&app, &contract).await, json!(0));
        let (a, b) = (x.id(), y.id());
        tokio::join!(ends(&app, &one, &a), ends(&app, &two, &b));
        assert_eq!(left(&app, &contract).await, json!(1), "given back once");
    }
}
