//! Every text of a case is a marker of its own; every route is asked by everybody: nobody sees what was not granted them.

use std::collections::{BTreeMap, BTreeSet};

use lianhu::audit::log::Signer;
use lianhu::audit::log::note::Use;
use lianhu::cli::demo::client::{Actor, Answer};
use reqwest::Method;
use serde_json::json;

use crate::app::{App, Expect, on_both_databases};
use crate::captured;
use crate::marked::{Mark, Marked, PHONE, STEM, Under};
use crate::smtp::{self, Mode, Smtp};

/// What each of the story may see of the case, by grant; nobody else sees any of it.
const GRANTED: &[(&str, &[&str])] = &[
    ("fu_staff", OWNER),
    ("fu_supervisor", OWNER),
    ("fu_other", OWNER),
    ("qz_worker", LEAD),
    ("sf_judicial", &["identity", "incident", "risk", "mediation", "measures", "actions"]),
    ("ht_legal", &["identity", "incident", "measures"]),
    ("xy_counsellor", &["identity", "contact", "risk"]),
    ("gqt_league", &["children"]),
    ("yy_police", OBLIGED_POLICE),
    ("yy_police2", OBLIGED_POLICE),
    ("jw_committee", &["identity", "incident", "risk", "measures", "actions"]),
];
/// By an admonition and a mandatory report.
const OBLIGED_POLICE: &[&str] = &["identity", "incident", "risk", "children", "measures", "actions"];
const OWNER: &[&str] =
    &["identity", "contact", "location", "incident", "risk", "children", "progress", "mediation", "measures", "actions"];
const LEAD: &[&str] = &[
    "identity",
    "contact",
    "location",
    "incident",
    "risk",
    "children",
    "progress",
    "confidential",
    "mediation",
    "measures",
    "actions",
];

/// Who holds a grant on the case that shows content, and so the parties' names before they declare.
const FIRST_LOOK: &[&str] = &[
    "fu_staff",
    "fu_supervisor",
    "fu_other",
    "qz_worker",
    "yy_police",
    "yy_police2",
    "sf_judicial",
    "ht_legal",
    "xy_counsellor",
    "gqt_league",
    "jw_committee",
];

fn may_see(mark: &Mark, who: &str, path: &str) -> bool {
    let is_granted = |facet: &str| GRANTED.iter().any(|(name, facets)| *name == who && facets.contains(&facet));
    mark.authors.contains(&who)
        || match mark.under {
            Under::Facet(facet) => is_granted(facet),
            Under::Name(facet) => is_granted(facet) || (path.ends_with("/declarations") && FIRST_LOOK.contains(&who)),
            Under::Between(these) => these.contains(&who),
            Under::Nobody => false,
        }
}

/// The numbers of the markers in it.
pub fn found(bytes: &[u8]) -> BTreeSet<usize> {
    let text = String::from_utf8_lossy(bytes);
    let numbers =
        [STEM, PHONE].iter().flat_map(|stem| text.split(stem).skip(1).map(|rest| rest.chars().take(4).collect::<String>()));
    numbers.map(|number| number.parse().unwrap()).collect()
}

/// Every list's and record's path, with every id that fits there.
fn paths(document: &serde_json::Value, ids: &[(&'static str, String)]) -> Vec<String> {
    let mut all = Vec::new();
    for (path, operations) in document["paths"].as_object().unwrap() {
        if operations.get("get").is_none() {
            continue;
        }
        let mut made = vec![String::new()];
        let mut word = "";
        for segment in path.split('/').skip(1) {
            if segment.starts_with('{') {
                let fitting: Vec<_> = ids.iter().filter(|(of, _)| *of == word).map(|(_, id)| id).collect();
                assert!(!fitting.is_empty(), "no id for {segment} of {path}");
                made = made.iter().flat_map(|before| fitting.iter().map(move |id| format!("{before}/{id}"))).collect();
            } else {
                for before in &mut made {
                    before.extend(["/", segment]);
                }
            }
            word = segment;
        }
        all.extend(made);
    }
    all
}

fn with_query(path: String) -> Vec<String> {
    match path.as_str() {
        "/api/v1/mediations/slots" => vec![format!("{path}?room=A1&from=2026-04-04T00:00:00Z&until=2026-04-06T00:00:00Z")],
        "/api/v1/referrals" => vec![format!("{path}?box=inbox&limit=100"), format!("{path}?box=outbox&limit=100")],
        "/api/v1/audit/cosignatures" => vec![format!("{path}?size=1")],
        _ if path.ends_with("/access-statement/print") => vec![format!("{path}?safe_to_carry=true")],
        _ if path.ends_with("/access-statement/paper") => vec![format!("{path}?safe_to_carry=true&language=en")],
        _ if path.ends_with("/paper") => {
            ["survivor", "respondent"].map(|reader| format!("{path}?reader={reader}&language=en")).to_vec()
        }
        "/api/v1/audit/entries" => vec![format!("{path}?limit=100")],
        _ => vec![path],
    }
}

/// Ids of what there is in the log: every access of hers that the worker made, tiles, a witness.
pub async fn know_the_log(app: &App, marked: &mut Marked<'_>) {
    let key = Signer::new("fu.example.cn", Use::Witness, &[7; 32]).unwrap().public().to_string();
    let witness = app.who("fu_auditor").post("/audit/witnesses", json!({ "verifier_key": key })).await.is(201).id();
    marked.ids.push(("witnesses", witness));
    let seen = app.who("fu_staff").get(&format!("/cases/{}", marked.case)).await.is(200);
    marked.ids.push(("entries", seen.header("audit-receipt").unwrap().to_owned()));
    app.lianhu.sequence().await.unwrap();
    for tile in ["0/000", "1/000.p/1", "entries/000", "entries/001"] {
        marked.ids.push(("tile", tile.to_owned()));
    }
}

/// Ids of long work that was asked for and done.
pub async fn know_the_work(app: &App, marked: &mut Marked<'_>) {
    let job = app.who("fu_staff").post("/jobs", json!({ "kind": "case_list", "format": "json" })).await.is(201).id();
    app.lianhu.do_long_work(usize::MAX).await.map_err(|problem| problem.code().as_str()).unwrap();
    marked.ids.push(("jobs", job));
}

/// Who sees that there is the other case: who may see both, and whoever reads of its assignment that they had.
const OTHER: &[&str] = &["fu_staff", "fu_supervisor"];

/// Who saw which marker.
pub type Sightings = BTreeMap<usize, BTreeSet<String>>;

pub fn look(marked: &Marked<'_>, who: &str, path: &str, answer: &Answer, seen: &mut Sightings) {
    let mut bytes = answer.bytes.clone();
    for (name, value) in &answer.headers {
        bytes.extend(format!("\n{name}: {value}").bytes());
    }
    let tells_of_the_other = !OTHER.contains(&who) && String::from_utf8_lossy(&bytes).contains(&marked.other_no);
    assert!(!tells_of_the_other, "{who} sees the other case's number at {path}");
    for number in found(&bytes) {
        let mark = &marked.marks[number];
        assert!(may_see(mark, who, path), "{who} sees {mark:?} at {path} ({})", answer.status);
        seen.entry(number).or_default().insert(who.to_owned());
    }
}

/// Everybody who can hears by mail and keeps a calendar: what either says is decided as for a page, and holds no word of a
/// case.
async fn mails_and_calendars(app: &App, marked: &Marked<'_>, seen: &mut Sightings) {
    let smtp = Smtp::start(Mode::Accepts);
    let node = app.node(|settings| settings.mail = smtp::settings(&smtp));
    let mut calendars = 0;
    for who in app.everybody().chain(marked.newcomer.as_ref()) {
        let wishes = json!({
            "email": format!("{}@example.cn", who.username), "language": "en", "digest_hour": 20, "immediate": true
        });
        who.change(Method::PUT, "/me/notifications", "/me/notifications", wishes).await.is(200);
        let made = who.ask(Method::POST, "/me/calendar-token", None, &[]).await.unwrap();
        if made.status == 201 {
            let path = format!("/calendar.ics?token={}", made.text("/token"));
            let calendar = app.visitor().send(Method::GET, &path, None, &[]).await.is(200);
            look(marked, &who.username, "/calendar.ics", &calendar, seen);
            assert!(found(&calendar.bytes).is_empty(), "a calendar holds times and numbers alone");
            calendars += 1;
        }
    }
    // What was told in the last day, and then everybody's digest.
    let now = node.send_mail().await.map_err(|problem| problem.code().as_str()).unwrap();
    app.clock.advance_minutes(24 * 60);
    let digests = node.send_mail().await.map_err(|problem| problem.code().as_str()).unwrap();
    assert!(calendars > 10 && now > 10 && digests > 5, "{calendars} {now} {digests}");
    let number = app.who("fu_staff").get(&format!("/cases/{}", marked.case)).await.is(200).text("/case_no");
    assert!(smtp.mails().iter().any(|mail| mail.text().contains(&number)), "a number that stands in no mail proves nothing");
    for mail in smtp.mails() {
        let all = mail.everything();
        assert!(found(&all).is_empty(), "a mail to {:?} holds what is in a case", mail.to);
        let text = String::from_utf8_lossy(&all).into_owned();
        let who = mail.to[0].split_once('@').unwrap().0.to_owned();
        // A provider's manager sees the head of what it has assigned.
        let may = who == "qz_manager" || GRANTED.iter().any(|(name, _)| *name == who);
        assert!(may || !text.contains(&number), "{who} is told the case's number");
        assert!(OTHER.contains(&who.as_str()) || !text.contains(&marked.other_no), "{who} is told the other case's number");
    }
}

async fn ask_all(app: &App, marked: &Marked<'_>, who: &Actor, all: &[String], seen: &mut Sightings) {
    for path in all {
        let answer = who.get(path).await.unwrap();
        assert!(answer.status < 500, "{} {path}: {}", who.username, answer.status);
        look(marked, &who.username, path, &answer, seen);
    }
    let survivor = app.who("fu_staff").get(&format!("/cases/{}/parties?limit=100", marked.case)).await.is(200);
    for party in survivor.body["items"].as_array().unwrap() {
        let words = [
            json!({ "name": party["identity"]["name"] }),
            json!({ "id_number": party["identity"]["id_number"] }),
            json!({ "phone": party["contact"]["phone"] }),
            json!({ "name": party["child"]["name"] }),
        ];
        for word in words.into_iter().filter(|word| word.as_object().unwrap().values().all(|value| !value.is_null())) {
            let answer = who.post("/cases/search", word).await.unwrap();
            look(marked, &who.username, "/cases/search", &answer, seen);
        }
    }
}

on_both_databases! {
    async fn nobody_is_shown_what_was_not_granted_them(app: App) {
        captured::log();
        let mut marked = Marked::make(&app).await;
        for word in ["grants", "walls"] {
            let at = format!("/cases/{}/{word}?limit=100", marked.case);
            let list = app.who("fu_staff").get(&at).await.is(200);
            for item in list.body["items"].as_array().unwrap() {
                marked.ids.push((word, item["id"].as_str().unwrap().to_owned()));
            }
        }
        marked.ids.push(("agencies", app.agency("federation")));
        for account in &app.world.accounts {
            marked.ids.push(("users", account.id.clone()));
        }
        know_the_log(&app, &mut marked).await;
        know_the_work(&app, &mut marked).await;
        let document = app.visitor().get("/openapi.json").await.is(200).body;
        let all: Vec<String> = paths(&document, &marked.ids).into_iter().flat_map(with_query).collect();
        let (mut seen, visitor) = (Sightings::new(), app.visitor());
        for who in app.everybody().chain(marked.newcomer.as_ref()).chain([&visitor]) {
            ask_all(&app, &marked, who, &all, &mut seen).await;
        }
        mails_and_calendars(&app, &marked, &mut seen).await;
        // A marker that nobody saw proves nothing: each that stands in the case was seen by somebody.
        for (number, mark) in marked.marks.iter().enumerate() {
            let is_live = !matches!(mark.under, Under::Nobody);
            assert!(!is_live || seen.contains_key(&number), "nobody saw {}: {mark:?}", mark.what);
        }
        let logged = captured::log();
        assert!(!logged.is_empty());
        assert!(found(&logged).is_empty(), "logged: {:?}", found(&logged));
    }
}
