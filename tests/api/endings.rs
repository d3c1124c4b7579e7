//! What a closed case still answers, who takes over what a wall left alone, and who hears of an ending.

use diesel::{Connection as _, PgConnection, RunQueryDsl as _, SqliteConnection, sql_query};
use reqwest::Method;
use serde_json::{Value, json};
use zeroize::Zeroizing;

use lianhu::cli::demo::client::Actor;
use lianhu::cli::demo::world::TEST_PASSWORD;
use lianhu::cli::user;

use crate::app::{App, Expect, on_both_databases};

async fn declares(actor: &Actor, case: &str) {
    actor.post(&format!("/cases/{case}/declarations"), json!({ "conflict": false })).await.is(201);
}

async fn own_case(app: &App) -> String {
    let intake = json!({ "source": "walk_in", "parties": [{ "kind": "survivor", "name": "林晓梅" }] });
    let case = app.who("fu_staff").post("/cases", intake).await.is(201).id();
    app.who("fu_staff").step(&format!("/cases/{case}"), "open", json!({})).await.is(200);
    declares(app.who("fu_supervisor"), &case).await;
    case
}

/// The police refer a case in and the federation takes it on: its id, and the referral's path.
async fn referred(app: &App) -> (String, String) {
    let body = json!({ "intake": {
        "to_agency": app.agency("federation"), "urgency": "normal",
        "parties": [{ "kind": "survivor", "name": "林晓梅" }, { "kind": "child", "name": "林小宝" }],
        "incident": { "account": "争吵。" }
    } });
    let at = format!("/referrals/{}", app.who("yy_police").post("/referrals", body).await.is(201).id());
    app.who("yy_police").step(&at, "send", json!({})).await.is(200);
    app.who("fu_staff").step(&at, "acknowledge", json!({})).await.is(200);
    let case = app.who("fu_staff").step(&at, "accept", json!({})).await.is(200).text("/case_id");
    declares(app.who("fu_staff"), &case).await;
    declares(app.who("fu_supervisor"), &case).await;
    (case, at)
}

async fn closes(case: &str, by: &Actor, supervisor: &Actor) {
    let at = format!("/cases/{case}");
    let outcome = json!({ "outcome": "separated_safely", "summary": "已分开居住。" });
    by.step(&at, "request-close", outcome).await.is(200);
    supervisor.step(&at, "close", json!({ "high_risk_accepted": "已作安全安排。" })).await.is(200);
}

/// She lets the station help, and it is asked to: the referral's path.
async fn asks_the_station(app: &App, case: &str) -> String {
    let (to, facets) = (app.agency("youyi_police"), json!(["identity"]));
    let body = json!({
        "recipient_agency": to, "purpose": "living_assistance", "facets": facets, "expires_on": "2026-12-31",
        "given_by": "survivor", "given_on": "2026-03-03",
    });
    app.who("fu_staff").post(&format!("/cases/{case}/consents"), body).await.is(201);
    let body = json!({
        "case_id": case, "kind": "service", "help": "living_assistance", "to_agency": to, "facets": facets,
        "urgency": "normal", "text": "请协助。",
    });
    let at = format!("/referrals/{}", app.who("fu_staff").post("/referrals", body).await.is(201).id());
    app.who("fu_staff").step(&at, "send", json!({})).await.is(200);
    at
}

/// `yy_police` accepts and turns out to be close to a party.
async fn is_left_alone(app: &App, case: &str) -> String {
    let at = asks_the_station(app, case).await;
    let first = app.who("yy_police");
    first.step(&at, "acknowledge", json!({})).await.is(200);
    first.step(&at, "accept", json!({})).await.is(200);
    app.who("yy_police2").get(&at).await.problem(404, "not_found");
    first.post(&format!("/cases/{case}/declarations"), json!({ "conflict": true, "text": "是我表姐。" })).await.is(201);
    at
}

async fn desk(actor: &Actor) -> Vec<Value> {
    actor.get("/desk").await.is(200).body["items"].as_array().unwrap().clone()
}

on_both_databases! {
    async fn a_step_on_a_closed_case_hears_where_it_stands_if_its_asker_still_sees_the_case(app: App) {
        let (case, intake) = referred(&app).await;
        let at = format!("/cases/{case}");
        let (staff, supervisor, police) = (app.who("fu_staff"), app.who("fu_supervisor"), app.who("yy_police"));
        staff.step(&at, "screen", json!({})).await.is(200);
        staff.step(&at, "open", json!({})).await.is(200);
        let referral = asks_the_station(&app, &case).await;
        let sent = staff.get(&referral).await.is(200).header("etag").unwrap().to_owned();
        let open = staff.get(&at).await.is(200).header("etag").unwrap().to_owned();
        // Somebody may still come to help her: the case does not end before they said, or were told not to.
        let outcome = json!({ "outcome": "separated_safely", "summary": "已分开居住。" });
        staff.step(&at, "request-close", outcome).await.is(200);
        let accepted = json!({ "high_risk_accepted": "已作安全安排。" });
        let waits = supervisor.step(&at, "close", accepted).await.problem(409, "conflict");
        assert!(waits.text("/detail").contains("not answered"), "{}", waits.body);
        staff.step(&referral, "withdraw", json!({ "reason": "不再需要" })).await.is(200);
        closes(&case, staff, supervisor).await;

        // The state that was seen is told to be old before it is told to be the wrong one.
        let step = |who: &'static str, path: String, tag: &str| {
            let (actor, tag) = (app.who(who), tag.to_owned());
            async move { actor.ask(Method::POST, &path, Some(&json!({ "reason": "不再需要" })), &[("if-match", &tag)]).await }
        };
        staff.ask(Method::POST, &format!("{at}/open"), None, &[("if-match", &open)]).await.problem(412, "stale");
        step("fu_staff", format!("{referral}/withdraw"), &sent).await.problem(412, "stale");
        let refused = staff.step(&referral, "withdraw", json!({ "reason": "不再需要" })).await.problem(409, "illegal_step");
        assert_eq!((refused.text("/state").as_str(), &refused.body["allowed"]), ("withdrawn", &json!([])));
        for (who, name) in [("fu_staff", "screen"), ("fu_staff", "open"), ("fu_supervisor", "monitor"), ("fu_supervisor", "close")] {
            let refused = app.who(who).step(&at, name, json!({})).await.problem(409, "illegal_step");
            assert_eq!((refused.text("/state").as_str(), &refused.body["allowed"]), ("closed", &json!(["reopen"])), "{name}");
        }
        // Whatever else would be added to it hears the same.
        for (path, body) in [
            (format!("{at}/notes"), json!({ "kind": "progress", "text": "补记" })),
            (format!("{at}/contact-attempts"), json!({ "outcome": "no_answer", "at": "2026-03-03T04:30:00Z", "how": "phone" })),
            (format!("{at}/parties"), json!({ "kind": "other" })),
        ] {
            let refused = staff.post(&path, body).await.problem(409, "illegal_step");
            assert_eq!((refused.text("/state").as_str(), &refused.body["allowed"]), ("closed", &json!(["reopen"])), "{path}");
        }
        // What a role may not do is refused as such; who may not see the case any more hears nothing of it.
        staff.step(&at, "close", json!({})).await.problem(403, "forbidden");
        for who in ["yy_police", "yp_police", "fu_other"] {
            let note = json!({ "kind": "progress", "text": "补记" });
            app.who(who).post(&format!("{at}/notes"), note).await.problem(404, "not_found");
            for path in [&intake, &referral] {
                step(who, format!("{path}/withdraw"), "\"v1\"").await.problem(404, "not_found");
                step(who, format!("{path}/decline"), "\"v1\"").await.problem(404, "not_found");
            }
        }
        police.get(&at).await.problem(404, "not_found");
    }

    async fn who_was_never_let_in_does_not_hear_that_a_case_was_closed(app: App) {
        let case = own_case(&app).await;
        let referral = asks_the_station(&app, &case).await;
        let (staff, police) = (app.who("fu_staff"), app.who("yy_police"));
        police.step(&referral, "decline", json!({ "reason": "无人手" })).await.is(200);
        // Whatever they ask, they hear the same before and after: of their own answer, which they know.
        let mut heard = Vec::new();
        for is_closed in [false, true] {
            if is_closed {
                closes(&case, staff, app.who("fu_supervisor")).await;
            }
            let note = json!({ "kind": "progress", "text": "x" });
            let mut told = vec![police.post(&format!("/cases/{case}/notes"), note).await.problem(403, "forbidden")];
            for step in ["acknowledge", "accept", "take-over"] {
                told.push(police.step(&referral, step, json!({})).await.problem(409, "illegal_step"));
            }
            told.push(police.step(&referral, "withdraw", json!({ "reason": "x" })).await.problem(403, "forbidden"));
            let bare = |answer: lianhu::cli::demo::client::Answer| {
                let mut body = answer.body;
                body["request_id"] = json!(null);
                body
            };
            heard.push(told.into_iter().map(bare).collect::<Vec<_>>());
        }
        assert_eq!(heard[0], heard[1]);
    }

    async fn what_a_wall_left_alone_is_taken_over_by_one_colleague(app: App) {
        let case = own_case(&app).await;
        let at = is_left_alone(&app, &case).await;
        let second = app.who("yy_police2");
        // As before it was accepted: sender, kind, urgency; not the case.
        let seen = second.get(&at).await.is(200);
        assert!(seen.body.get("case_id").is_none() && seen.body.get("text").is_none(), "{}", seen.body);
        let waiting = desk(second).await;
        let item = waiting.iter().find(|item| item["record"]["id"] == seen.id()).expect("it is on the desk");
        assert_eq!((&item["notice"], &item["case_id"], &item["case"]), (&json!("referral_sent"), &Value::Null, &Value::Null));
        assert!(waiting.iter().all(|item| item["notice"] != "conflict_declared"), "{waiting:?}");
        second.get(&format!("/cases/{case}/declarations")).await.problem(403, "forbidden");
        // Strangers, the walled one, and who sent it: no.
        let step = format!("{at}/take-over");
        let tag = seen.header("etag").unwrap().to_owned();
        let tries = async |who: &str| app.who(who).ask(Method::POST, &step, None, &[("if-match", &tag)]).await;
        for who in ["yp_police", "yy_police", "ht_legal", "fu_other", "admin", "jd_auditor"] {
            tries(who).await.problem(404, "not_found");
        }
        tries("fu_staff").await.problem(403, "forbidden");
        let taken = tries("yy_police2").await.is(200);
        assert_eq!((taken.text("/state"), taken.text("/case_id")), ("accepted".into(), case.clone()));
        // Names first.
        second.get(&format!("/cases/{case}")).await.problem(409, "declaration_required");
        declares(second, &case).await;
        let shown = second.get(&format!("/cases/{case}")).await.is(200);
        assert_eq!(shown.text("/facets/identity/parties/0/name"), "林晓梅");
        assert!(desk(second).await.iter().all(|item| item["notice"] != "referral_sent"));
        let again = second.get(&at).await.is(200).header("etag").unwrap().to_owned();
        second.ask(Method::POST, &step, None, &[("if-match", &again)]).await.problem(403, "forbidden");
        // And once more, if they turn out to be close to a party too: then nobody is left, and it waits.
        second.post(&format!("/cases/{case}/declarations"), json!({ "conflict": true })).await.is(201);
        second.get(&at).await.problem(404, "not_found");
        app.who("fu_staff").step(&at, "complete", json!({})).await.is(200);
    }

    async fn of_two_who_take_over_at_once_one_does(app: App) {
        let body = json!({ "username": "yy_police3", "display_name": "第三人", "agency_id": app.agency("youyi_police"),
            "roles": ["police_liaison"] });
        let id = app.who("admin").post("/users", body).await.is(201).id();
        let (at, colleague) = (format!("/users/{id}"), app.who("yy_police2"));
        let secret = colleague.step(&at, "collect-secret", json!({})).await.is(200).text("/secret");
        colleague.step(&at, "confirm", json!({})).await.is(200);
        let third = Actor::new(app.http.clone(), &app.base, "yy_police3", &secret);
        let body = json!({ "current_password": secret, "new_password": TEST_PASSWORD });
        third.ask(Method::PUT, "/me/password", Some(&body), &[]).await.is(204);
        third.has_password(TEST_PASSWORD);

        let case = own_case(&app).await;
        let at = is_left_alone(&app, &case).await;
        let tag = third.get(&at).await.is(200).header("etag").unwrap().to_owned();
        let (step, headers) = (format!("{at}/take-over"), [("if-match", tag.as_str())]);
        let (one, other) = tokio::join!(
            colleague.ask(Method::POST, &step, None, &headers),
            third.ask(Method::POST, &step, None, &headers),
        );
        let (one, other) = (one.unwrap(), other.unwrap());
        let (winner, loser, refused) = if one.is_ok() { (colleague, &third, other) } else { (&third, colleague, one) };
        // By when it looks: nothing is offered any more, the referral has moved on, or somebody answers for it already.
        let told = (refused.status, refused.code());
        let may = [(404, "not_found"), (409, "conflict"), (412, "stale")];
        assert!(may.iter().any(|(status, code)| (*status, *code) == (told.0, told.1.as_str())), "{told:?} {}", refused.body);
        winner.get(&format!("/cases/{case}/declarations")).await.is(200);
        loser.get(&format!("/cases/{case}/declarations")).await.problem(404, "not_found");
    }

    async fn what_is_taken_over_after_she_took_her_consent_back_opens_nothing(app: App) {
        let case = own_case(&app).await;
        let at = is_left_alone(&app, &case).await;
        let consents = format!("/cases/{case}/consents");
        let consent = app.who("fu_staff").get(&consents).await.is(200).text("/items/0/id");
        app.who("fu_staff").step(&format!("{consents}/{consent}"), "revoke", json!({})).await.is(200);
        app.who("yy_police2").step(&at, "take-over", json!({})).await.problem(409, "consent_missing");
        app.who("yy_police2").get(&format!("/cases/{case}/declarations")).await.problem(403, "forbidden");
    }

    async fn a_deputy_stands_in_and_nothing_comes_back_on_the_desk(app: App) {
        let case = own_case(&app).await;
        let at = asks_the_station(&app, &case).await;
        let (first, deputy) = (app.who("yy_police"), app.who("yy_police2"));
        first.step(&at, "acknowledge", json!({})).await.is(200);
        first.step(&at, "accept", json!({ "deputy": app.user("yy_police2") })).await.is(200);
        first.post(&format!("/cases/{case}/declarations"), json!({ "conflict": true })).await.is(201);
        assert!(desk(deputy).await.iter().all(|item| item["notice"] != "referral_sent"));
        declares(deputy, &case).await;
        let refused = deputy.step(&at, "take-over", json!({})).await.unwrap();
        assert_eq!(refused.status, 403, "{}", refused.body);
    }

    async fn a_first_look_shows_the_author_what_it_sent(app: App) {
        let (case, _) = referred(&app).await;
        let (staff, second) = (app.who("fu_staff"), app.who("yy_police2"));
        let parties = format!("/cases/{case}/parties");
        let her = staff.get(&parties).await.is(200);
        let her = her.body["items"].as_array().unwrap().iter().find(|item| item["kind"] == "survivor").unwrap()["id"].clone();
        let at = format!("{parties}/{}", her.as_str().unwrap());
        staff.change(Method::PATCH, &at, &at, json!({ "name": "林梅" })).await.is(200);
        staff.post(&parties, json!({ "kind": "respondent", "name": "周建国" })).await.is(201);

        let look = second.get(&format!("/cases/{case}/declarations")).await.is(200);
        assert_eq!(look.body["parties"], json!([{ "kind": "survivor", "name": "林晓梅" }]), "as sent, no child, no id");
        // Whoever holds more sees who is in the case now.
        let look = staff.get(&format!("/cases/{case}/declarations")).await.is(200);
        let names: Vec<&str> = look.body["parties"].as_array().unwrap().iter().filter_map(|party| party["name"].as_str()).collect();
        assert!(names.contains(&"林梅") && names.contains(&"周建国") && !names.contains(&"林晓梅"), "{names:?}");
        // The entry says that no facet of the case was shown.
        let log = app.who("jd_auditor").get(&format!("/audit/entries?actor={}", app.user("yy_police2"))).await.is(200);
        let entry = log.body["items"].as_array().unwrap().iter().find(|entry| entry["action"] == "view_names").unwrap();
        assert_eq!(entry["cases"][0]["facets"], json!([]));
    }

    async fn an_owner_that_gave_the_case_away_does_not_hear_that_it_was_closed(app: App) {
        let (case, intake) = referred(&app).await;
        let at = format!("/cases/{case}");
        let (staff, supervisor) = (app.who("fu_staff"), app.who("fu_supervisor"));
        staff.step(&at, "screen", json!({})).await.is(200);
        staff.step(&at, "open", json!({})).await.is(200);
        let (agency, people) = second_federation(&app).await;
        let [across, handler] = &people;
        let offer = json!({ "to_agency": agency, "reason": "她搬到那边去了。" });
        let transfer = supervisor.post(&format!("{at}/transfers"), offer).await.is(201).id();
        handler.step(&format!("{at}/transfers/{transfer}"), "accept", json!({})).await.is(200);
        declares(handler, &case).await;
        declares(across, &case).await;
        closes(&case, handler, across).await;
        let referral = intake.rsplit('/').next().unwrap();
        // Not on a desk that shows it now, nor as an entry that would show once they have to do with the case again.
        assert_eq!(told(&app, "referral_completed", referral), 0);
    }
}

#[derive(diesel::QueryableByName)]
struct Count {
    #[diesel(sql_type = diesel::sql_types::BigInt)]
    rows: i64,
}

/// How many entries of this kind about the referral are kept, on whose desk ever.
fn told(app: &App, notice: &str, referral: &str) -> i64 {
    let text = format!("SELECT COUNT(*) AS rows FROM desk_items WHERE notice = '{notice}' AND record = 'referral/{referral}'");
    let count: Count = if let Some(url) = app.postgres() {
        sql_query(text).get_result(&mut PgConnection::establish(url).unwrap()).unwrap()
    } else {
        let file = app.folder().join("lianhu.sqlite");
        sql_query(text).get_result(&mut SqliteConnection::establish(&file.to_string_lossy()).unwrap()).unwrap()
    };
    count.rows
}

/// Another owner with two supervisors: its id, and the two.
async fn second_federation(app: &App) -> (String, [Actor; 2]) {
    let admin = app.who("admin");
    let body = json!({ "name": "虹口区妇女联合会", "kind": "federation", "division": "310109", "contact_point": "1" });
    let agency = admin.post("/agencies", body).await.is(201).id();
    let mut people: Vec<Actor> = Vec::new();
    for name in ["hk_one", "hk_two"] {
        let body = json!({ "username": name, "display_name": "虹主管", "agency_id": agency, "roles": ["federation_supervisor"] });
        let id = admin.post("/users", body).await.is(201).id();
        let secret = if let Some(colleague) = people.first() {
            let at = format!("/users/{id}");
            let secret = colleague.step(&at, "collect-secret", json!({})).await.is(200).text("/secret");
            colleague.step(&at, "confirm", json!({})).await.is(200);
            secret
        } else {
            let (gate, name, secret) = (app.lianhu.gate(), name.parse().unwrap(), "One-Time-Lantern-31");
            user::confirm(gate, &name).await.unwrap();
            user::reset_password(gate, &name, Zeroizing::new(secret.to_owned())).await.unwrap();
            secret.to_owned()
        };
        let person = Actor::new(app.http.clone(), &app.base, name, &secret);
        let body = json!({ "current_password": secret, "new_password": TEST_PASSWORD });
        person.ask(Method::PUT, "/me/password", Some(&body), &[]).await.is(204);
        person.has_password(TEST_PASSWORD);
        people.push(person);
    }
    (agency, people.try_into().unwrap_or_else(|_| panic!("two")))
}
