//! Legal measures: who may take which step, whom the law obliges, and what stands in mediation's way.

use lianhu::cli::demo::client::Answer;
use reqwest::Method;
use serde_json::{Value, json};

use crate::app::{App, Expect, on_both_databases};

/// A case of the federation's own, opened.
async fn opened(app: &App) -> String {
    let staff = app.who("fu_staff");
    let intake = json!({ "source": "walk_in", "parties": [
        { "kind": "survivor", "name": "林晓梅" }, { "kind": "respondent", "name": "周建国" } ],
        "incident": { "account": "酒后殴打。" } });
    let case = staff.post("/cases", intake).await.is(201).id();
    staff.post(&format!("/cases/{case}/declarations"), json!({ "conflict": false })).await.is(201);
    staff.step(&format!("/cases/{case}"), "open", json!({})).await.is(200);
    format!("/cases/{case}")
}

pub async fn declares(app: &App, who: &str, case: &str) {
    app.who(who).post(&format!("{case}/declarations"), json!({ "conflict": false })).await.is(201);
}

fn request(app: &App, wish: &str) -> Value {
    json!({ "station": app.agency("youyi_police"), "her_wish": wish, "text": "请出具告诫书。" })
}

fn issue(app: &App) -> Value {
    json!({
        "number": "告诫1号", "issued_on": "2026-03-03", "facts": "殴打。", "prohibition": "禁止施暴。",
        "committee": app.agency("committee"),
    })
}

pub fn serve(recipient: &str) -> Value {
    json!({ "recipient": recipient, "at": "2026-03-03T04:00:00Z", "how": "in_person", "receipt": "已签收" })
}

/// Asked for by the owner, and issued.
pub async fn issued(app: &App, case: &str) -> String {
    let asked = app.who("fu_staff").post(&format!("{case}/admonitions"), request(app, "wants")).await.is(201);
    declares(app, "yy_police", case).await;
    let at = format!("{case}/admonitions/{}", asked.id());
    app.who("yy_police").step(&at, "issue", issue(app)).await.is(200);
    at
}

/// The facets that somebody sees of the case.
fn facets(seen: &Answer) -> Vec<String> {
    let mut names: Vec<String> = seen.body["facets"].as_object().unwrap().keys().cloned().collect();
    names.sort();
    names
}

pub fn pointers(answer: &Answer) -> Vec<String> {
    let errors = answer.body["errors"].as_array().unwrap();
    errors.iter().map(|error| error["pointer"].as_str().unwrap().to_owned()).collect()
}

async fn has_notice(app: &App, who: &str, notice: &str) -> bool {
    let desk = app.who(who).get("/desk?limit=100").await.is(200);
    desk.body["items"].as_array().unwrap().iter().any(|item| item["notice"] == notice)
}

fn draft(applicant: &str) -> Value {
    json!({
        "applicant": applicant, "her_wish": "wants", "court_name": "宝山区人民法院", "prohibitions": ["violence", "contact"],
        "urgent": true, "facts": "多次殴打。",
    })
}

fn order(ends_on: &str) -> Value {
    json!({ "in_force_on": "2026-03-03", "ends_on": ends_on, "prohibitions": ["violence"], "prohibition": "禁止施暴。" })
}

pub async fn filed(app: &App, case: &str) -> String {
    let staff = app.who("fu_staff");
    let at = format!("{case}/protection-orders");
    let at = format!("{at}/{}", staff.post(&at, draft("survivor")).await.is(201).id());
    staff.step(&at, "file", json!({ "filed_on": "2026-03-03" })).await.is(200);
    at
}

async fn in_force(app: &App, case: &str) -> String {
    let (staff, at) = (app.who("fu_staff"), filed(app, case).await);
    staff.step(&at, "accept", json!({ "at": "2026-03-03T04:00:00Z", "number": "民保令1号" })).await.is(200);
    let mut order = order("2026-09-03");
    order["station"] = json!(app.agency("yuepu_police"));
    order["committee"] = json!(app.agency("committee"));
    staff.step(&at, "take-effect", order).await.is(200);
    at
}

on_both_databases! {
    async fn an_admonition_goes_its_way_and_obliges_until_it_ends(app: App) {
        let case = opened(&app).await;
        let (staff, police, committee) = (app.who("fu_staff"), app.who("yy_police"), app.who("jw_committee"));
        let at = format!("{case}/admonitions");
        // A station that knows nothing of the case is not told of it against her wish.
        let against = staff.post(&at, request(&app, "does_not_want")).await.problem(422, "not_valid");
        assert_eq!((pointers(&against), against.text("/errors/0/code")), (vec!["/her_wish".to_owned()], "not_her_wish".to_owned()));
        police.get(&case).await.problem(404, "not_found");

        let asked = staff.post(&at, request(&app, "wants")).await.is(201);
        let at = format!("{at}/{}", asked.id());
        assert!(has_notice(&app, "yy_police", "admonition_requested").await);
        police.get(&case).await.problem(409, "declaration_required");
        declares(&app, "yy_police", &case).await;
        assert_eq!(facets(&police.get(&case).await.is(200)), ["identity", "incident"]);
        assert_eq!(police.get(&at).await.is(200).text("/text"), "请出具告诫书。");
        committee.get(&at).await.problem(404, "not_found");

        let early = police.step(&at, "serve", serve("survivor")).await.problem(409, "illegal_step");
        assert_eq!((early.text("/state"), &early.body["allowed"]), ("requested".to_owned(), &json!(["issue"])));
        staff.step(&at, "issue", issue(&app)).await.problem(403, "forbidden");
        app.who("yp_police").post(&format!("{at}/issue"), issue(&app)).await.problem(428, "if_match_required");
        police.ask(Method::POST, &format!("{at}/issue"), Some(&issue(&app)), &[("if-match", "\"v9\"")]).await.problem(412, "stale");
        police.step(&at, "issue", issue(&app)).await.is(200);

        declares(&app, "jw_committee", &case).await;
        for who in [police, committee] {
            assert_eq!(facets(&who.get(&case).await.is(200)), ["actions", "identity", "incident", "measures", "risk"]);
            who.get(&format!("{case}/notes")).await.is(200);
        }
        police.step(&at, "serve", serve("federation")).await.is(200);
        assert_eq!(police.get(&at).await.is(200).text("/state"), "issued");
        let visits = format!("{at}/visits");
        police.post(&visits, json!({ "due_on": "2026-03-05" })).await.problem(409, "illegal_step");
        police.step(&at, "serve", serve("respondent")).await.is(200);
        assert_eq!(police.get(&at).await.is(200).text("/state"), "served");

        let due = committee.get(&visits).await.is(200);
        let due: Vec<&Value> = due.body["items"].as_array().unwrap().iter().map(|visit| &visit["due_on"]).collect();
        assert_eq!(due, ["2026-06-10", "2026-05-10", "2026-04-10", "2026-03-10"], "a week, then three months");
        let list = committee.get(&visits).await.is(200);
        let ids: Vec<String> =
            list.body["items"].as_array().unwrap().iter().map(|visit| visit["id"].as_str().unwrap().to_owned()).collect();
        let first = format!("{visits}/{}", ids[3]);
        let late = json!({ "back_by": "2026-03-03T17:01:00Z" });
        committee.step(&first, "set-out", late).await.problem(422, "not_valid");
        committee.step(&first, "set-out", json!({ "back_by": "2026-03-03T06:00:00Z" })).await.is(200);
        let kept = json!({ "outcome": "kept", "at": "2026-03-03T04:00:00Z", "text": "未饮酒。" });
        committee.step(&first, "record", kept.clone()).await.is(200);
        committee.step(&first, "record", kept).await.problem(409, "illegal_step");
        assert_eq!(police.get(&at).await.is(200).text("/state"), "visits");
        let missed = json!({ "outcome": "missed", "at": "2026-03-03T04:00:00Z", "text": "家中无人。" });
        police.step(&format!("{visits}/{}", ids[2]), "record", missed).await.is(200);

        let supervisor = app.who("fu_supervisor");
        declares(&app, "fu_supervisor", &case).await;
        let grants = supervisor.get(&format!("{case}/grants?limit=100")).await.is(200);
        let duty = grants.body["items"].as_array().unwrap().iter().find(|it| it["basis"] == "statutory_duty" && it["state"] == "live");
        let duty = duty.unwrap();
        assert_eq!(duty["cause"], format!("admonition/{}", asked.id()));
        supervisor.step(&format!("{case}/grants/{}", duty["id"].as_str().unwrap()), "end", json!({})).await.problem(409, "conflict");

        staff.step(&at, "end", json!({ "text": "期满。" })).await.problem(403, "forbidden");
        police.step(&at, "end", json!({ "text": "期满,未再施暴。" })).await.is(200);
        for who in [police, committee] {
            who.get(&case).await.problem(404, "not_found");
        }
        assert!(has_notice(&app, "jw_committee", "duty_ended").await, "who may look no more hears why");
        assert_eq!(staff.get(&at).await.is(200).text("/state"), "ended");
    }

    async fn a_breach_is_told_and_makes_the_risk_due(app: App) {
        let case = opened(&app).await;
        let at = issued(&app, &case).await;
        let (staff, police) = (app.who("fu_staff"), app.who("yy_police"));
        let again = json!({ "at": "2026-03-03T04:00:00Z", "text": "再次殴打。" });
        police.step(&at, "breach", again.clone()).await.problem(409, "illegal_step");
        police.step(&at, "serve", serve("respondent")).await.is(200);
        staff.step(&at, "breach", again).await.is(200);
        assert!(has_notice(&app, "yy_police", "measure_breached").await);
        let due = staff.get(&case).await.is(200);
        assert_eq!(due.body["facets"]["risk"]["due"], "2026-03-03T05:00:00.000000Z");
        staff.step(&at, "breach", json!({ "at": "2026-03-03T04:00:00Z", "text": "x" })).await.problem(409, "illegal_step");
    }

    async fn an_order_lasts_six_months_and_obliges_as_long_as_it_binds(app: App) {
        let case = opened(&app).await;
        let (staff, yuepu, committee) = (app.who("fu_staff"), app.who("yp_police"), app.who("jw_committee"));
        let at = filed(&app, &case).await;
        staff.step(&at, "take-effect", order("2026-09-03")).await.problem(409, "illegal_step");
        staff.step(&at, "accept", json!({ "at": "2026-03-03T04:00:00Z", "number": "民保令1号" })).await.is(200);
        let long = staff.step(&at, "take-effect", order("2026-09-04")).await.problem(422, "not_valid");
        assert_eq!((pointers(&long), long.text("/errors/0/code")), (vec!["/ends_on".to_owned()], "too_long".to_owned()));
        staff.step(&at, "reject", json!({ "text": "证据不足。" })).await.is(200);
        staff.step(&at, "expire", json!({})).await.problem(409, "illegal_step");

        let at = in_force(&app, &case).await;
        declares(&app, "yp_police", &case).await;
        declares(&app, "jw_committee", &case).await;
        for who in [yuepu, committee] {
            assert_eq!(facets(&who.get(&case).await.is(200)), ["actions", "identity", "measures", "risk"]);
        }
        assert_eq!(yuepu.get(&at).await.is(200).body["binds"], true);
        yuepu.step(&at, "revoke", json!({ "text": "x" })).await.problem(403, "forbidden");
        staff.step(&at, "expire", json!({})).await.problem(409, "conflict");
        let extension = |ends_on: &str| json!({ "change": "extension", "applied_on": "2026-03-03", "ends_on": ends_on, "text": "仍有危险。" });
        let long = staff.step(&at, "changes", extension("2027-03-04")).await.problem(422, "not_valid");
        assert_eq!(pointers(&long), ["/ends_on"]);
        let longer = staff.step(&at, "changes", extension("2027-03-03")).await.is(200);
        let entry = longer.body["entries"].as_array().unwrap().last().unwrap().clone();
        assert_eq!((&entry["ended_on_before"], &entry["ends_on"]), (&json!("2026-09-03"), &json!("2027-03-03")));

        // What it opened goes on with it, and ends with its last day, whoever records what.
        app.clock.advance_minutes(300 * 24 * 60);
        yuepu.get(&case).await.is(200);
        app.clock.advance_minutes(66 * 24 * 60);
        for who in [yuepu, committee] {
            who.get(&case).await.problem(404, "not_found");
        }
        let over = staff.get(&at).await.is(200);
        assert_eq!((over.text("/state"), &over.body["binds"]), ("in_force".to_owned(), &json!(false)));
        staff.step(&at, "expire", json!({})).await.is(200);
    }

    async fn the_court_that_was_applied_to_records_what_it_does(app: App) {
        let case = opened(&app).await;
        let court = json!({ "name": "宝山区人民法院", "kind": "court", "division": "310113", "contact_point": "021-5600-0170" });
        let court = app.who("admin").post("/agencies", court).await.is(201).id();
        let judge = json!({ "username": "fy_judge", "display_name": "酉法官", "agency_id": court, "roles": ["judicial_liaison"] });
        app.who("admin").post("/users", judge).await.is(201);
        let (name, secret) = ("fy_judge".parse().unwrap(), "One-Time-Lantern-31");
        lianhu::cli::user::confirm(app.lianhu.gate(), &name).await.unwrap();
        lianhu::cli::user::reset_password(app.lianhu.gate(), &name, zeroize::Zeroizing::new(secret.to_owned())).await.unwrap();
        let judge = lianhu::cli::demo::client::Actor::new(app.http.clone(), &app.base, "fy_judge", secret);
        let changed = json!({ "current_password": secret, "new_password": "Stairwell-Lantern-77" });
        judge.ask(Method::PUT, "/me/password", Some(&changed), &[]).await.is(204);
        judge.has_password("Stairwell-Lantern-77");

        let staff = app.who("fu_staff");
        let mut body = draft("federation");
        body.as_object_mut().unwrap().remove("court_name");
        body["court"] = json!(court);
        let at = format!("{case}/protection-orders/{}", staff.post(&format!("{case}/protection-orders"), body).await.is(201).id());
        judge.get(&case).await.problem(404, "not_found");
        staff.step(&at, "file", json!({ "filed_on": "2026-03-03" })).await.is(200);
        judge.post(&format!("{case}/declarations"), json!({ "conflict": false })).await.is(201);
        assert_eq!(facets(&judge.get(&case).await.is(200)), ["identity", "incident", "measures"]);
        judge.step(&at, "accept", json!({ "at": "2026-03-03T04:00:00Z", "number": "民保令2号" })).await.is(200);
        judge.step(&at, "take-effect", order("2026-06-03")).await.is(200);
        let breach = json!({ "at": "2026-03-03T04:00:00Z", "text": "跟踪。" });
        staff.step(&at, "breach", breach).await.is(200);
        judge.step(&at, "revoke", json!({ "text": "x" })).await.problem(409, "illegal_step");
        judge.get(&case).await.is(200);
        app.clock.advance_minutes(95 * 24 * 60);
        judge.get(&case).await.problem(404, "not_found");
    }

    async fn a_mandatory_report_asks_nobody_and_obliges_the_station(app: App) {
        let case = opened(&app).await;
        let (staff, police) = (app.who("fu_staff"), app.who("yy_police"));
        let at = format!("{case}/mandatory-reports");
        let mut report = json!({
            "station": app.agency("committee"), "made_at": "2026-03-03T04:00:00Z", "made_by": "班主任", "receipt": "已签收", "text": "孩子身上有伤。",
        });
        let wrong = staff.post(&at, report.clone()).await.problem(422, "not_valid");
        assert_eq!(pointers(&wrong), ["/station"]);
        report["station"] = json!(app.agency("youyi_police"));
        let made = staff.post(&at, report).await.is(201);
        assert_eq!(made.text("/state"), "made");
        declares(&app, "yy_police", &case).await;
        assert_eq!(facets(&police.get(&case).await.is(200)), ["children", "identity", "incident", "measures"]);
        // From there the station admonishes by itself.
        let own = json!({ "her_wish": "cannot_say", "text": "拟告诫。" });
        police.post(&format!("{case}/admonitions"), own).await.is(201);
    }

    async fn when_he_is_released_the_risk_is_due_at_once(app: App) {
        let case = opened(&app).await;
        let (staff, police) = (app.who("fu_staff"), app.who("yp_police"));
        staff.post(&format!("{case}/risk-assessments"), json!({ "instrument": "scene_triage", "answers": { "again": "no" } })).await.is(201);
        let matter = json!({ "opened_on": "2026-03-03", "crime_suspected": true, "text": "拘留。" });
        let at = format!("{case}/police-matters/{}", staff.post(&format!("{case}/police-matters"), matter).await.is(201).id());
        declares(&app, "fu_supervisor", &case).await;
        let release = |at: &str| json!({ "at": at, "text": "拘留期满。" });
        let early = staff.step(&at, "release", release("2026-03-04T04:00:00Z")).await.problem(422, "not_valid");
        assert_eq!(pointers(&early), ["/at"]);
        police.post(&format!("{at}/release"), release("2026-03-03T04:00:00Z")).await.problem(428, "if_match_required");
        police.ask(Method::POST, &format!("{at}/release"), Some(&release("2026-03-03T04:00:00Z")), &[("if-match", "\"v1\"")])
            .await.problem(404, "not_found");
        let freed = app.who("fu_supervisor").step(&at, "release", release("2026-03-03T04:00:00Z")).await.is(200);
        assert_eq!((freed.text("/state"), freed.text("/entries/1/text")), ("open".to_owned(), "拘留期满。".to_owned()));
        assert!(has_notice(&app, "fu_staff", "respondent_released").await);
        let risk = staff.get(&case).await.is(200).body["facets"]["risk"].clone();
        assert_eq!(risk["due"], json!(app.now()));
    }

    async fn what_bars_mediation_is_named_to_who_may_know(app: App) {
        let case = opened(&app).await;
        let staff = app.who("fu_staff");
        let series = staff.post(&format!("{case}/mediations"), json!({})).await.is(201).id();
        let gate = format!("/mediations/{series}/gate");
        let failing = || async {
            let gate = staff.get(&gate).await.is(200);
            let all = gate.body["conditions"].as_array().unwrap().clone();
            let wanted = ["police_matter_concluded", "no_protection_order", "no_admonition_breached", "no_crime_suspected"];
            let failed = all.iter().filter(|it| it["met"] == false).filter_map(|it| it["condition"].as_str().map(str::to_owned));
            failed.filter(|it| wanted.contains(&it.as_str())).collect::<Vec<_>>()
        };
        assert_eq!(failing().await, Vec::<String>::new());
        let matter = json!({ "opened_on": "2026-03-03", "crime_suspected": true, "text": "伤情鉴定中。" });
        let matter = staff.post(&format!("{case}/police-matters"), matter).await.is(201).id();
        assert_eq!(failing().await, ["police_matter_concluded", "no_crime_suspected"]);
        let at = format!("{case}/police-matters/{matter}");
        let over = json!({ "concluded_on": "2026-03-03", "crime_suspected": false, "outcome": "轻微,已告诫。" });
        staff.step(&at, "conclude", over.clone()).await.is(200);
        staff.step(&at, "conclude", over).await.problem(409, "illegal_step");
        assert_eq!(failing().await, Vec::<String>::new());
        let at = filed(&app, &case).await;
        assert_eq!(failing().await, ["no_protection_order"]);
        staff.step(&at, "accept", json!({ "at": "2026-03-03T04:00:00Z", "number": "民保令1号" })).await.is(200);
        staff.step(&at, "reject", json!({ "text": "证据不足。" })).await.is(200);
        assert_eq!(failing().await, Vec::<String>::new());
        let admonition = issued(&app, &case).await;
        app.who("yy_police").step(&admonition, "serve", serve("respondent")).await.is(200);
        assert_eq!(failing().await, Vec::<String>::new());
        app.who("yy_police").step(&admonition, "breach", json!({ "at": "2026-03-03T04:00:00Z", "text": "再次殴打。" })).await.is(200);
        assert_eq!(failing().await, ["no_admonition_breached"]);
    }

    async fn a_case_is_not_closed_under_an_order_without_a_plan_and_nothing_is_recorded_after(app: App) {
        let case = opened(&app).await;
        let (staff, supervisor) = (app.who("fu_staff"), app.who("fu_supervisor"));
        let at = in_force(&app, &case).await;
        declares(&app, "fu_supervisor", &case).await;
        declares(&app, "jw_committee", &case).await;
        let closing = json!({ "outcome": "protected_by_order", "summary": "有保护令。" });
        staff.step(&case, "request-close", closing).await.is(200);
        let high = json!({ "high_risk_accepted": "已作安全安排。" });
        let refused = supervisor.step(&case, "close", high.clone()).await.problem(409, "conflict");
        assert!(refused.text("/detail").contains("protection order"), "{}", refused.body);
        staff.change(Method::PATCH, &case, &case, json!({ "plan": "每周核实保护令遵守情况。" })).await.is(200);
        supervisor.step(&case, "close", high).await.is(200);
        app.who("jw_committee").get(&case).await.problem(404, "not_found");
        staff.step(&at, "revoke", json!({ "text": "x" })).await.problem(409, "illegal_step");
        let late = json!({ "opened_on": "2026-03-03", "crime_suspected": false, "text": "x" });
        staff.post(&format!("{case}/police-matters"), late).await.problem(409, "illegal_step");
        staff.get(&at).await.is(200);
    }

    async fn a_hearing_is_told_before_it_comes(app: App) {
        let case = opened(&app).await;
        let staff = app.who("fu_staff");
        let open = json!({ "kind": "divorce", "court_name": "宝山区人民法院", "opened_on": "2026-03-03", "number": "民初1号" });
        let at = format!("{case}/proceedings");
        let at = format!("{at}/{}", staff.post(&at, open).await.is(201).id());
        let hearing = json!({ "at": "2026-04-03T01:00:00Z", "place": "第二法庭", "text": "由社工陪同。" });
        let seen = staff.step(&at, "hearings", hearing.clone()).await.is(200);
        assert_eq!(seen.body["entries"].as_array().unwrap().last().unwrap()["place"], "第二法庭");
        staff.step(&at, "conclude", json!({ "concluded_on": "2026-03-03", "outcome": "撤诉。" })).await.is(200);
        staff.step(&at, "hearings", hearing).await.problem(409, "illegal_step");
    }
}
