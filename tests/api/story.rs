//! The story, end to end, through the real HTTP API: what each step comes to, and what each may see after step 10.

use std::collections::{BTreeMap, BTreeSet};

use diesel::connection::SimpleConnection as _;
use diesel::{Connection as _, PgConnection, SqliteConnection};
use lianhu::audit::log::tile::{self, TilePath};
use lianhu::audit::verify::{Kind, Options, Place};
use lianhu::base::words::Facet;
use lianhu::cli::demo::client::Answer;
use lianhu::cli::demo::story::table::{NOBODY, ROWS, shows};
use lianhu::cli::demo::story::{Stage, Told, family, go_on};
use serde_json::{Value, json};

use crate::app::{App, Expect as _, on_both_databases};

/// Plays on up to and including this step.
async fn play(app: &App, told: &mut Told, until: u8) {
    let mut lines = Vec::new();
    let mut tell = |line| lines.push(line);
    let actors: BTreeMap<&str, _> = app.everybody().map(|actor| (actor.username.as_str(), actor)).collect();
    let mut stage = Stage { actors, world: &app.world, clock: &*app.clock, tell: &mut tell };
    let went = go_on(&mut stage, &family::FIRST, told, until).await;
    assert!(went.is_ok(), "{}\nafter {lines:#?}", went.unwrap_err());
}

fn items(answer: &Answer) -> Vec<Value> {
    answer.body["items"].as_array().cloned().unwrap_or_default()
}

fn words(value: &Value) -> BTreeSet<String> {
    value.as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
}

/// What the log holds of the story: an action of each step, how it ended, by whom.
const HELD: [(&str, &str, &str); 24] = [
    ("send_referral", "allowed", "yy_police"),
    ("accept_referral", "allowed", "fu_staff"),
    ("open_case", "allowed", "fu_staff"),
    ("assign", "allowed", "fu_staff"),
    ("declare", "allowed", "qz_cousin"),
    ("record_contact_attempt", "allowed", "qz_worker"),
    ("assess_risk", "allowed", "qz_worker"),
    ("record_consent", "allowed", "qz_worker"),
    ("accept_referral", "allowed", "sf_judicial"),
    ("issue_admonition", "allowed", "yy_police"),
    ("add_note", "allowed", "qz_worker"),
    ("schedule_session", "denied", "sf_judicial"),
    ("hold_session", "allowed", "sf_judicial"),
    ("view_case", "allowed", "qz_worker"),
    ("view_case", "denied", "gqt_league"),
    ("view_case", "denied", "yp_police"),
    ("search_cases", "allowed", "yp_police"),
    ("ask_duty_desk", "allowed", "yp_police"),
    ("release_break_glass", "allowed", "fu_other"),
    ("review_break_glass", "allowed", "fu_supervisor"),
    ("request_close", "allowed", "qz_worker"),
    ("monitor_case", "denied", "fu_staff"),
    ("close_case", "allowed", "fu_supervisor"),
    ("view_access_statement", "allowed", "fu_staff"),
];

/// Step 16: the auditor verifies the log; every step is in it, refusals too; one byte changed anywhere, and the entry is named.
async fn log_holds_the_story(app: &App, told: &Told) {
    app.lianhu.sequence().await.unwrap();
    let report = app.lianhu.verify_log(Options::default()).await.unwrap();
    assert!(report.is_whole(), "{:?}", report.failures);
    assert_eq!((report.waiting, report.signed), (0, report.size));
    let mut entries: Vec<Value> = Vec::new();
    while let Some(path) = TilePath::holding(tile::Kind::Entries, u64::try_from(entries.len()).unwrap(), report.signed) {
        let bytes = app.who("jd_auditor").get(&format!("/audit/{path}")).await.is(200).bytes;
        entries.extend(tile::entries(&bytes).map(|entry| serde_json::from_slice::<Value>(entry.unwrap()).unwrap()));
    }
    assert!(entries.iter().any(|entry| entry["cases"].to_string().contains(&told.case)));
    let missing: Vec<_> = HELD
        .iter()
        .filter(|(action, outcome, who)| {
            let user = app.user(who);
            !entries
                .iter()
                .any(|entry| entry["action"] == *action && entry["outcome"] == *outcome && entry["who"]["user"] == user)
        })
        .collect();
    assert!(missing.is_empty(), "not in the log: {missing:?}");

    let victim = entries.len() / 3;
    let id = entries[victim]["id"].as_str().unwrap().to_owned();
    flip_a_byte(app, &id);
    let report = app.lianhu.verify_log(Options::default()).await.unwrap();
    let first = report.first.expect("a changed byte is found");
    assert_eq!((first.kind, first.at), (Kind::Entry, Place::entry(&id, u64::try_from(victim).unwrap())));
    // The same byte twice: it is as it was.
    flip_a_byte(app, &id);
    assert!(app.lianhu.verify_log(Options::default()).await.unwrap().is_whole());
}

/// Turns a bit of an entry's bytes, past what keeps the table from it.
fn flip_a_byte(app: &App, id: &str) {
    match app.postgres() {
        None => {
            let mut conn = SqliteConnection::establish(&app.folder().join("lianhu.sqlite").to_string_lossy()).unwrap();
            let bytes = "CAST(substr(bytes, 1, 199) || char(unicode(substr(bytes, 200, 1)) + \
                         CASE unicode(substr(bytes, 200, 1)) % 2 WHEN 0 THEN 1 ELSE -1 END) || substr(bytes, 201) AS BLOB)";
            conn.batch_execute(&format!(
                "PRAGMA busy_timeout = 5000; DROP TRIGGER IF EXISTS audit_entries_no_update; UPDATE audit_entries SET bytes = {bytes} WHERE id = '{id}'"
            ))
            .unwrap();
        }
        Some(url) => PgConnection::establish(url)
            .unwrap()
            .batch_execute(&format!(
                "ALTER TABLE audit_entries DISABLE TRIGGER ALL; \
                 UPDATE audit_entries SET bytes = set_byte(bytes, 199, get_byte(bytes, 199) # 1) WHERE id = '{id}'; \
                 ALTER TABLE audit_entries ENABLE TRIGGER ALL"
            ))
            .unwrap(),
    }
}

/// All pages of a list.
async fn all(app: &App, who: &str, path: &str) -> Vec<Value> {
    let (mut found, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = app.who(who).get(&format!("{path}limit=100{cursor}")).await.is(200);
        found.extend(items(&page));
        match page.body["next"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return found,
        }
    }
}

/// Whether somebody's desk holds this notice.
async fn is_told(app: &App, who: &str, notice: &str) -> bool {
    all(app, who, "/desk?").await.iter().any(|item| item["notice"] == notice)
}

async fn sweep(app: &App) {
    app.lianhu.sweep().await.map_err(|problem| problem.code().as_str()).unwrap();
}

async fn line_of(app: &App, told: &Told, unit: &str) -> Value {
    let usage = app.who("fu_supervisor").get(&format!("/contracts/{}/usage", told.contract)).await.is(200);
    let lines = usage.body["lines"].as_array().cloned().unwrap_or_default();
    lines.into_iter().find(|line| line["service"] == "case_work" && line["unit"] == unit).unwrap_or_default()
}

/// One row: each cell by `facets` and `withheld`.
async fn row(app: &App, told: &Told, who: &str, cells: &str) {
    let case = app.who(who).get(&told.at_case()).await.is(200);
    let withheld = words(&case.body["withheld"]);
    for (column, cell) in Facet::ALL.iter().map(|facet| facet.as_str()).zip(cells.chars()) {
        assert_eq!(withheld.contains(column), cell != '●', "{who} {column}");
        assert_eq!(shows(&case, column), cell == '●', "{who} {column}: {}", case.body["facets"][column]);
    }
}

/// What is confidential, by content: its author and the case's workers read each, nobody else.
async fn confidences(app: &App, told: &Told) {
    let readers = [
        ("screening", &["fu_staff", "qz_worker"][..]),
        ("confidence", &["qz_worker"][..]),
        ("counselling", &["xy_counsellor", "qz_worker"][..]),
    ];
    for (who, _) in ROWS {
        for (note, may) in readers {
            let at = format!("{}/notes/{}", told.at_case(), told.notes[note]);
            let got = app.who(who).get(&at).await.unwrap().status;
            let may = may.contains(&who);
            assert!(if may { got == 200 } else { got == 404 || got == 403 }, "{who} {note}: {got}");
        }
    }
    let sheets = |who: &'static str| {
        let at = format!("/mediations/{}/screenings", told.mediation);
        async move { items(&app.who(who).get(&at).await.is(200)) }
    };
    for (who, reads) in [("sf_judicial", true), ("qz_worker", true), ("fu_staff", false), ("fu_supervisor", false)] {
        let sheets = sheets(who).await;
        assert_eq!(sheets.len(), 2, "{who}");
        assert!(sheets.iter().all(|sheet| sheet["answers"].is_string() == reads), "{who}: {sheets:?}");
    }
}

on_both_databases! {
    async fn what_each_step_comes_to(app: App) {
        let mut told = Told::default();
        play(&app, &mut told, 1).await;
        let desk = all(&app, "fu_staff", "/desk?").await;
        let sent = desk.iter().find(|item| item["notice"] == "referral_sent").unwrap();
        assert_eq!((&sent["preview"]["urgency"], &sent["preview"]["kind"]), (&json!("urgent"), &json!("intake")));
        assert_eq!(sent["preview"]["sender"], "友谊路派出所");
        sweep(&app).await;
        assert!(is_told(&app, "fu_staff", "roster_call").await, "the duty roster is called");

        play(&app, &mut told, 2).await;
        assert!(is_told(&app, "yy_police", "referral_accepted").await, "the police are told");
        assert_eq!(app.who("fu_staff").get(&told.at_case()).await.is(200).text("/status"), "open");

        play(&app, &mut told, 3).await;
        assert_eq!(line_of(&app, &told, "case").await["left"], 39);
        assert!(is_told(&app, "qz_worker", "case_assigned").await);
        let walled = app.who("fu_staff").get(&format!("{}/assignments/{}", told.at_case(), told.cousin_assignment)).await.is(200);
        assert!(!walled.body["ended_at"].is_null(), "the cousin's assignment has ended");
        app.who("qz_cousin").get(&told.at_case()).await.problem(404, "not_found");

        play(&app, &mut told, 4).await;
        assert_eq!(line_of(&app, &told, "hour").await["minutes_left"], 1_200 * 60 - 50);
        let attempts = items(&app.who("qz_worker").get(&format!("{}/contact-attempts", told.at_case())).await.is(200));
        let outcomes: Vec<&Value> = attempts.iter().map(|attempt| &attempt["outcome"]).collect();
        assert_eq!(outcomes.len(), 2);
        assert!(outcomes.contains(&&json!("someone_else")) && outcomes.contains(&&json!("reached_safely")));

        let risk = app.who("fu_staff").get(&told.at_case()).await.is(200).body["facets"]["risk"].clone();
        assert_eq!((&risk["level"], &risk["counts_as"], &risk["is_overdue"]), (&json!("medium"), &json!("medium"), &json!(false)));
        let due: lianhu::base::time::Timestamp = risk["due"].as_str().unwrap().parse().unwrap();
        let days = (due.micros() - app.now().micros()) / 86_400_000_000;
        assert!((29..=31).contains(&days), "{days}");
        let made = items(&app.who("qz_worker").get(&format!("{}/risk-assessments", told.at_case())).await.is(200));
        assert_eq!(made[0]["score"]["points"], 12);
        assert_eq!(made[0]["score"]["unanswered"], json!(["sexual_violence"]), "unanswered is not no");
        assert!(is_told(&app, "fu_staff", "risk_changed").await, "the level changed");

        play(&app, &mut told, 7).await;
        let admonition = app.who("fu_staff").get(&format!("{}/admonitions/{}", told.at_case(), told.admonition)).await.is(200);
        assert_eq!(admonition.text("/state"), "visits");
        let served: BTreeSet<&str> =
            admonition.body["entries"].as_array().unwrap().iter().filter_map(|entry| entry["recipient"].as_str()).collect();
        assert_eq!(served, BTreeSet::from(["respondent", "survivor", "residents_committee", "federation"]));
        assert!(is_told(&app, "qz_worker", "measure_changed").await && is_told(&app, "jw_committee", "duty_began").await);
        let shown = app.who("qz_worker").get(&told.at_case()).await.is(200);
        assert_eq!(shown.body["facets"]["measures"]["measures"].as_array().map(Vec::len), Some(2));
        let grants = items(&app.who("fu_staff").get(&format!("{}/grants?limit=100", told.at_case())).await.is(200));
        let obliged: BTreeSet<&str> =
            grants.iter().filter(|grant| grant["basis"] == "statutory_duty").filter_map(|grant| grant["agency_id"].as_str()).collect();
        assert_eq!(obliged, BTreeSet::from([app.agency("youyi_police").as_str(), app.agency("committee").as_str()]));

        play(&app, &mut told, 9).await;
        for receiver in ["xinyu", "league", "judicial", "haitong"] {
            let referral = app.who("fu_staff").get(&format!("/referrals/{}", told.referrals[receiver])).await.is(200);
            assert_eq!(referral.text("/state"), "accepted", "{receiver}");
        }
        assert!(is_told(&app, "fu_staff", "referral_accepted").await);
        let denied = all(&app, "jd_auditor", &format!("/audit/entries?actor={}&outcome=denied&", app.user("sf_judicial"))).await;
        assert!(denied.iter().any(|entry| entry["action"] == "schedule_session"), "scheduling before her consent is refused and recorded: {denied:?}");
        let agreement = app.who("fu_staff").get(&format!("/mediations/{}/agreement", told.mediation)).await.is(200);
        assert_eq!(agreement.body["clauses"].as_array().map(Vec::len), Some(4));
        let papers = items(&app.who("sf_judicial").get(&format!("/mediations/{}/notices", told.mediation)).await.is(200));
        let released: Vec<&Value> = papers.iter().filter(|paper| paper["state"] == "released").collect();
        assert_eq!(released.len(), 3, "each time he was invited: {papers:?}");
        for paper in released {
            let words = paper["words"]["text_zh"].as_str().unwrap();
            assert!(words.contains("友谊路司法所") && !words.contains(family::FIRST.her), "{words}");
        }
        let actions = items(&app.who("qz_worker").get(&format!("{}/actions", told.at_case())).await.is(200));
        assert_eq!(actions.len(), 4, "clauses became actions");

        play(&app, &mut told, 10).await;
        assert!(!is_told(&app, "fu_supervisor", "deadline_overdue").await);
        sweep(&app).await;
        assert!(is_told(&app, "fu_supervisor", "deadline_overdue").await, "what is late escalates");
    }

    async fn what_each_may_see_after_step_10(app: App) {
        let mut told = Told::default();
        play(&app, &mut told, 10).await;
        for (who, cells) in ROWS {
            row(&app, &told, who, cells).await;
        }
        for who in NOBODY {
            app.who(who).get(&told.at_case()).await.problem(404, "not_found");
        }
        confidences(&app, &told).await;
        // The police station: its own intake as it was sent; of the live case what its admonition obliges it to see.
        let own = app.who("yy_police").get(&format!("/referrals/{}", told.intake)).await.is(200);
        assert_eq!(own.text("/intake/incident/account"), family::FIRST.account);
        // The manager: head and hours.
        let hours = items(&app.who("qz_manager").get(&format!("{}/assignments", told.at_case())).await.is(200));
        assert!(hours.iter().any(|item| item["minutes"] == 50 + 40 + 60), "{hours:?}");
        assert!(hours.iter().all(|item| item["detail"].is_null()), "{hours:?}");
        // A deputy, once named, stands as the handler does.
        let named = json!({ "user": app.user("fu_other"), "duty": "deputy" });
        app.who("fu_supervisor").post(&format!("{}/handlers", told.at_case()), named).await.is(200);
        let declared = format!("{}/declarations", told.at_case());
        app.who("fu_other").get(&declared).await.is(200);
        app.who("fu_other").post(&declared, json!({ "conflict": false })).await.is(201);
        row(&app, &told, "fu_other", "●●●●●●●o●●●").await;
    }

    async fn from_her_revocation_to_her_statement(app: App) {
        let mut told = Told::default();
        play(&app, &mut told, 11).await;
        app.who("gqt_league").get(&told.at_case()).await.problem(404, "not_found");
        let ledger = items(&app.who("fu_staff").get(&format!("{}/disclosures", told.at_case())).await.is(200));
        let league = ledger.iter().find(|line| line["agency_id"] == app.agency("league")).unwrap();
        assert!(league["is_live"] == false && !league["ended_at"].is_null() && !league["last_look"].is_null(), "{league}");

        play(&app, &mut told, 12).await;
        for body in [json!({ "name": family::FIRST.her }), json!({ "id_number": family::FIRST.her_id() }), json!({ "name": "无此人" })] {
            let hits = app.who("yp_police").post("/cases/search", body).await.is(200);
            assert_eq!(hits.body, json!({ "items": [], "next": null }));
        }
        let denied = all(&app, "jd_auditor", &format!("/audit/entries?actor={}&outcome=denied&", app.user("yp_police"))).await;
        assert!(denied.iter().any(|entry| entry["action"] == "view_case"), "{denied:?}");

        play(&app, &mut told, 13).await;
        let released = app.who("fu_staff").get(&told.at_break_glass()).await.is(200);
        assert_eq!((released.text("/state"), released.text("/finding")), ("reviewed".to_owned(), "justified".to_owned()));
        assert_eq!(released.body["opened"], json!(["identity", "contact", "risk"]));
        assert!(is_told(&app, "jd_auditor", "break_glass_tried").await && is_told(&app, "jd_auditor", "break_glass_used").await);
        assert!(is_told(&app, "yp_police", "break_glass_released").await);
        app.who("yp_police").get(&told.at_case()).await.problem(404, "not_found");

        play(&app, &mut told, 15).await;
        for who in ["sf_judicial", "ht_legal", "xy_counsellor", "gqt_league", "yy_police", "jw_committee"] {
            app.who(who).get(&told.at_case()).await.problem(404, "not_found");
        }
        let statement = all(&app, "fu_staff", &format!("{}/access-statement?", told.at_case())).await;
        let log = all(&app, "jd_auditor", &format!("/audit/entries?case_id={}&outcome=allowed&", told.case)).await;
        // Oversight is also shown the entries in which a look-up passed the case by without showing it: nothing was seen then.
        let log: Vec<Value> = log
            .into_iter()
            .filter(|entry| entry["cases"].as_array().is_some_and(|seen| seen.iter().any(|seen| seen["case_id"] == told.case)))
            .collect();
        let lines: BTreeSet<&str> = statement.iter().filter_map(|line| line["entry_id"].as_str()).collect();
        let entries: BTreeSet<&str> = log.iter().filter_map(|entry| entry["id"].as_str()).collect();
        assert!(lines.len() > 50, "{}", lines.len());
        // The pages of the statement are themselves entries, made after what they tell of.
        let missing: Vec<_> = lines.difference(&entries).collect();
        assert!(missing.is_empty(), "{missing:?}");
        let beyond: Vec<&Value> = log.iter().filter(|entry| !lines.contains(entry["id"].as_str().unwrap_or_default())).collect();
        assert!(beyond.iter().all(|entry| entry["action"] == "view_access_statement"), "{beyond:?}");

        log_holds_the_story(&app, &told).await;

        app.clock.advance_minutes(29 * 24 * 60);
        app.who("qz_worker").get(&told.at_case()).await.is(200);
        app.clock.advance_minutes(2 * 24 * 60);
        app.who("qz_worker").get(&told.at_case()).await.problem(404, "not_found");
    }
}
