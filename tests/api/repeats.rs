//! Repeats: recognised over all cases, shown to the owner and its workers alone; whoever refers learns nothing.

use lianhu::cli::demo::client::{Actor, Answer};
use lianhu::cli::user;
use serde_json::{Value, json};
use zeroize::Zeroizing;

use crate::app::{App, Expect, on_both_databases};

/// She and he, as told by name and birth date, number or telephone.
fn people(her: &Value, him: &Value) -> Value {
    json!([her, him])
}
fn by_birth() -> Value {
    people(
        &json!({ "kind": "survivor", "name": "林晓梅", "birth_date": "1990-05-12" }),
        &json!({ "kind": "respondent", "name": "周建国", "birth_date": "1988-02-03" }),
    )
}
fn strangers() -> Value {
    people(
        &json!({ "kind": "survivor", "name": "林晓梅", "birth_date": "1991-05-12" }),
        &json!({ "kind": "respondent", "name": "周建国", "birth_date": "1988-02-03" }),
    )
}

async fn own_case(staff: &Actor, parties: Value) -> String {
    staff.post("/cases", json!({ "source": "walk_in", "parties": parties })).await.is(201).id()
}

async fn repeat_of(who: &Actor, case: &str) -> Value {
    who.get(&format!("/cases/{case}")).await.is(200).body["facets"]["risk"]["repeat"].clone()
}

/// Refers in: what the draft and the sending answered, and where the referral is.
async fn refers(police: &Actor, to: &str, parties: Value) -> (Answer, Answer, String) {
    let intake = json!({ "intake": {
        "to_agency": to, "urgency": "urgent", "parties": parties, "incident": { "account": "再次报警。" } } });
    let drafted = police.post("/referrals", intake).await.is(201);
    let at = format!("/referrals/{}", drafted.id());
    let sent = police.step(&at, "send", json!({})).await.is(200);
    (drafted, sent, at)
}

async fn accepts(who: &Actor, at: &str, body: Value) -> String {
    who.step(at, "acknowledge", json!({})).await.is(200);
    let case = who.step(at, "accept", body).await.is(200).text("/case_id");
    who.post(&format!("/cases/{case}/declarations"), json!({ "conflict": false })).await.is(201);
    case
}

/// The answer with every value that differs by nature made the same: what is left must be alike byte for byte.
fn shape(answer: &Answer) -> (Vec<String>, String, usize) {
    fn blank(value: &mut Value) {
        match value {
            Value::Object(fields) => {
                for (name, field) in fields {
                    let is_of_its_own = name == "id" || name.ends_with("_id") || name.ends_with("_at") || name == "case_no";
                    let of_a_party = ["name", "birth_date"].contains(&name.as_str());
                    if (is_of_its_own || of_a_party) && field.is_string() {
                        *field = json!("-");
                    } else {
                        blank(field);
                    }
                }
            }
            Value::Array(items) => items.iter_mut().for_each(blank),
            _ => {}
        }
    }
    let mut body = answer.body.clone();
    blank(&mut body);
    let headers = answer.headers.iter().map(|(name, _)| name.clone()).collect();
    (headers, body.to_string(), answer.bytes.len())
}

/// A second owner, and its supervisor.
pub async fn another_owner(app: &App) -> (String, Actor) {
    let admin = app.who("admin");
    let agency =
        json!({ "name": "嘉定区妇女联合会", "kind": "federation", "division": "310114", "contact_point": "021-5600-0200" });
    let agency = admin.post("/agencies", agency).await.is(201).id();
    let account =
        json!({ "username": "jd_super", "display_name": "未主管", "agency_id": agency, "roles": ["federation_supervisor"] });
    admin.post("/users", account).await.is(201);
    let (name, secret) = ("jd_super".parse().unwrap(), "One-Time-Lantern-31");
    user::confirm(app.lianhu.gate(), &name).await.unwrap();
    user::reset_password(app.lianhu.gate(), &name, Zeroizing::new(secret.to_owned())).await.unwrap();
    let person = Actor::new(app.http.clone(), &app.base, "jd_super", secret);
    let body = json!({ "current_password": secret, "new_password": "Quiet-Harbour-77" });
    person.ask(reqwest::Method::PUT, "/me/password", Some(&body), &[]).await.is(204);
    person.has_password("Quiet-Harbour-77");
    (agency, person)
}

on_both_databases! {
    async fn the_same_two_within_a_year_are_a_repeat(app: App) {
        let staff = app.who("fu_staff");
        let first = own_case(staff, by_birth()).await;
        assert_eq!(repeat_of(staff, &first).await, json!({ "is_repeat": false, "cases": [], "elsewhere": false }));
        let by_name = own_case(staff, strangers()).await;
        assert_eq!(repeat_of(staff, &by_name).await["is_repeat"], false, "a name alone is many people's");
        let her = json!({ "kind": "survivor", "name": "林晓梅", "birth_date": "1990-05-12" });
        let other_man = json!({ "kind": "respondent", "name": "王某", "birth_date": "1980-01-01" });
        let with_another = own_case(staff, people(&her, &other_man)).await;
        assert_eq!(repeat_of(staff, &with_another).await["is_repeat"], false, "the same survivor and the same respondent");
        let swapped = people(
            &json!({ "kind": "respondent", "name": "林晓梅", "birth_date": "1990-05-12" }),
            &json!({ "kind": "survivor", "name": "周建国", "birth_date": "1988-02-03" }),
        );
        assert_eq!(repeat_of(staff, &own_case(staff, swapped).await).await["is_repeat"], false);

        let second = own_case(staff, by_birth()).await;
        let repeat = repeat_of(staff, &second).await;
        assert_eq!((&repeat["is_repeat"], &repeat["cases"][0]["id"]), (&json!(true), &json!(first)));
        let desk = staff.get("/desk?limit=100").await.is(200);
        let told = desk.body["items"].as_array().unwrap().iter().filter(|item| item["notice"] == "repeat_found").count();
        assert_eq!(told, 1);
        // Whom nobody knew at first is recognised when they become known, before the case is opened and after.
        for opens_first in [false, true] {
            let later = own_case(staff, json!([])).await;
            if opens_first {
                staff.step(&format!("/cases/{later}"), "open", json!({})).await.is(200);
            }
            let list = format!("/cases/{later}/parties");
            for party in [json!({ "kind": "survivor", "name": "林晓梅" }), json!({ "kind": "respondent", "name": "周建国" })] {
                staff.post(&list, party).await.is(201);
            }
            assert_eq!(repeat_of(staff, &later).await["is_repeat"], false);
            let known = staff.get(&list).await.is(200);
            for (kind, born) in [("survivor", "1990-05-12"), ("respondent", "1988-02-03")] {
                let party = known.body["items"].as_array().unwrap().iter().find(|party| party["kind"] == kind).unwrap();
                let at = format!("{list}/{}", party["id"].as_str().unwrap());
                let born = json!({ "birth_date": born });
                staff.change(reqwest::Method::PATCH, &at, &at, born).await.is(200);
            }
            assert_eq!(repeat_of(staff, &later).await["is_repeat"], true, "{opens_first}");
        }
    }

    async fn a_case_that_ended_more_than_a_year_ago_is_none(app: App) {
        let (staff, supervisor) = (app.who("fu_staff"), app.who("fu_supervisor"));
        let first = own_case(staff, by_birth()).await;
        let at = format!("/cases/{first}");
        staff.step(&at, "open", json!({})).await.is(200);
        let closing = json!({ "outcome": "moved_away", "summary": "已迁出。" });
        staff.step(&at, "request-close", closing).await.is(200);
        supervisor.post(&format!("{at}/declarations"), json!({ "conflict": false })).await.is(201);
        supervisor.step(&at, "close", json!({ "high_risk_accepted": "已迁出本市。" })).await.is(200);
        app.clock.advance_minutes(360 * 24 * 60);
        let within = own_case(staff, by_birth()).await;
        assert_eq!(repeat_of(staff, &within).await["cases"].as_array().unwrap().len(), 1);
        app.clock.advance_minutes(10 * 24 * 60);
        let beyond = own_case(staff, by_birth()).await;
        let repeat = repeat_of(staff, &beyond).await;
        assert_eq!(repeat["cases"].as_array().unwrap().len(), 1, "the one still open alone: {repeat}");
    }

    async fn whoever_refers_learns_nothing(app: App) {
        let (staff, police) = (app.who("fu_staff"), app.who("yp_police"));
        let open = own_case(staff, by_birth()).await;
        let federation = app.agency("federation");
        let hit = refers(police, &federation, by_birth()).await;
        let miss = refers(police, &federation, strangers()).await;
        assert_eq!(shape(&hit.0), shape(&miss.0), "drafting");
        assert_eq!(shape(&hit.1), shape(&miss.1), "sending");
        // The receiver, before it accepts, sees the preview alone.
        let (one, other) = (staff.get(&hit.2).await.is(200), staff.get(&miss.2).await.is(200));
        assert_eq!(shape(&one), shape(&other), "the preview");
        let (taken, not) = (accepts(staff, &hit.2, json!({ "link_to": open })).await, accepts(staff, &miss.2, json!({})).await);
        let repeat = repeat_of(staff, &taken).await;
        assert_eq!((&repeat["cases"][0]["id"], &repeat["cases"][0]["status"]), (&json!(open), &json!("screening")));
        assert_eq!(repeat_of(staff, &not).await["is_repeat"], false);
        let links = staff.get(&format!("/cases/{taken}/links")).await.is(200);
        assert_eq!(links.body["items"][0]["case"]["id"], open);

        // Afterwards too: its own intake, alike but for what it wrote itself.
        assert_eq!(shape(&police.get(&hit.2).await.is(200)), shape(&police.get(&miss.2).await.is(200)), "the referral");
        let (one, other) = (police.get(&format!("/cases/{taken}")).await.is(200), police.get(&format!("/cases/{not}")).await.is(200));
        assert_eq!(shape(&one), shape(&other), "the case");
        police.get(&format!("/cases/{open}")).await.problem(404, "not_found");
        let desk = police.get("/desk?limit=100").await.is(200);
        let notices = |case: &str| {
            let of_it = desk.body["items"].as_array().unwrap().iter().filter(|item| item["case_id"] == case || item["case"]["id"] == case);
            of_it.map(|item| item["notice"].clone()).collect::<Vec<_>>()
        };
        assert_eq!(notices(&taken), notices(&not));
    }

    async fn of_another_owners_case_the_fact_alone_is_told(app: App) {
        let (agency, other) = another_owner(&app).await;
        let theirs = own_case(&other, by_birth()).await;
        let (_, _, at) = refers(app.who("yy_police"), &app.agency("federation"), by_birth()).await;
        let staff = app.who("fu_staff");
        staff.step(&at, "acknowledge", json!({})).await.is(200);
        // One that is hidden is told like one that is not there.
        let hidden = staff.step(&at, "accept", json!({ "link_to": theirs })).await.problem(422, "not_valid");
        assert_eq!(hidden.text("/errors/0/pointer"), "/link_to");
        let case = staff.step(&at, "accept", json!({})).await.is(200).text("/case_id");
        staff.post(&format!("/cases/{case}/declarations"), json!({ "conflict": false })).await.is(201);
        let seen = staff.get(&format!("/cases/{case}")).await.is(200);
        assert_eq!(seen.body["facets"]["risk"]["repeat"], json!({ "is_repeat": true, "cases": [], "elsewhere": true }));
        assert!(!seen.body.to_string().contains(&theirs) && !seen.body.to_string().contains(&agency));
        // The hidden hit stands in the entry, for oversight alone.
        let entries = app.who("jd_auditor").get(&format!("/audit/entries?actor={}&limit=100", app.user("fu_staff"))).await.is(200);
        let accepted = entries.body["items"].as_array().unwrap().iter().find(|entry| {
            entry["action"] == "accept_referral" && entry["outcome"] == "allowed"
        });
        assert!(accepted.unwrap()["hidden"].as_array().unwrap().contains(&json!(theirs)));
        // Who reads `risk` by a referral is not told of it.
        let consent = json!({
            "recipient_agency": app.agency("xinyu"), "purpose": "counselling", "facets": ["identity", "risk"],
            "expires_on": "2026-12-31", "given_by": "survivor", "given_on": "2026-03-03",
        });
        staff.post(&format!("/cases/{case}/consents"), consent).await.is(201);
        let body = json!({
            "case_id": case, "kind": "service", "help": "counselling", "to_agency": app.agency("xinyu"),
            "facets": ["identity", "risk"], "urgency": "normal", "text": "她需要帮助。",
        });
        let at = format!("/referrals/{}", staff.post("/referrals", body).await.is(201).id());
        staff.step(&at, "send", json!({})).await.is(200);
        accepts(app.who("xy_counsellor"), &at, json!({})).await;
        let risk = app.who("xy_counsellor").get(&format!("/cases/{case}")).await.is(200).body["facets"]["risk"].clone();
        assert_eq!((&risk["counts_as"], &risk["repeat"]), (&json!("high"), &Value::Null));
    }
}
