//! A case in which every text is a marker of its own, made through the API with several agencies at work on it.

mod filed;
mod glass;
mod measures;
mod mediated;
mod shared;

use lianhu::cli::demo::client::{Actor, Answer};
use lianhu::cli::user;
use reqwest::Method;
use serde_json::{Value, json};
use zeroize::Zeroizing;

use crate::app::{App, Expect};

/// What every marker of letters begins with; four digits follow. Long enough that no chance and no encoding hides it.
pub const STEM: &str = "QXMKZJVWPBHT";
/// What every marker that must be a telephone number begins with; four digits follow.
pub const PHONE: &str = "19007374682";

/// Under what a marker stands: who may see it follows from this, and from who wrote it.
#[derive(Clone, Copy, Debug)]
pub enum Under {
    /// A facet of the case of the story.
    Facet(&'static str),
    /// A party's name: under its facet, and in a first look to whoever holds a grant.
    Name(&'static str),
    /// What these say to each other: a referral's own text, or what stands in another case.
    Between(&'static [&'static str]),
    /// Nobody but who wrote it: replaced since, or never kept.
    Nobody,
}

/// One marker. Its number is its place in the list.
#[derive(Debug)]
pub struct Mark {
    pub what: &'static str,
    pub under: Under,
    pub authors: &'static [&'static str],
}

/// The case, all its markers, and what was sent to make it.
pub struct Marked<'a> {
    app: &'a App,
    pub marks: Vec<Mark>,
    /// Method, path and body of every request that made it.
    pub sent: Vec<(Method, String, Value)>,
    pub case: String,
    /// Another case of the owner's, linked with it.
    pub other: String,
    /// That case's number.
    pub other_no: String,
    /// Ids by the path's word before them.
    pub ids: Vec<(&'static str, String)>,
    /// Who came to be after the world was made: a supervisor of another owner, to whom the case is offered.
    pub newcomer: Option<Actor>,
}

const POLICE: &[&str] = &["yy_police", "yy_police2"];
const STAFF: &[&str] = &["fu_staff"];
const SUPERVISOR: &[&str] = &["fu_supervisor"];
const WORKER: &[&str] = &["qz_worker"];
const JUDICIAL: &[&str] = &["sf_judicial"];
const OWNERS: &[&str] = &["fu_staff", "fu_supervisor"];
const NOBODY: &[&str] = &[];
const FACETS: [(&str, &str, &str, &[&str]); 4] = [
    ("haitong", "ht_legal", "legal_advice", &["identity", "incident", "measures"]),
    ("xinyu", "xy_counsellor", "counselling", &["identity", "contact", "risk"]),
    ("league", "gqt_league", "school_support", &["children"]),
    ("judicial", "sf_judicial", "mediation", &["identity", "incident", "risk", "mediation", "measures", "actions"]),
];

impl<'a> Marked<'a> {
    fn mark(&mut self, what: &'static str, under: Under, authors: &'static [&'static str]) -> String {
        self.marks.push(Mark { what, under, authors });
        format!("{STEM}{:04}", self.marks.len() - 1)
    }
    fn words(&mut self, what: &'static str, under: Under, authors: &'static [&'static str]) -> String {
        format!("暗记{}。", self.mark(what, under, authors))
    }
    fn phone(&mut self, under: Under, authors: &'static [&'static str]) -> String {
        self.marks.push(Mark { what: "phone", under, authors });
        format!("{PHONE}{:04}", self.marks.len() - 1)
    }
    /// A party of which every text is a marker. `apart`: not in the case of the story.
    fn party(&mut self, kind: &'static str, apart: Option<Under>, authors: &'static [&'static str]) -> Value {
        let of = |facet| apart.unwrap_or(Under::Facet(facet));
        let who = if kind == "child" { "children" } else { "identity" };
        let mut party = json!({
            "kind": kind,
            "name": self.mark("name", apart.unwrap_or(Under::Name(who)), authors),
            "id_number": self.mark("id number", of(who), authors),
            "id_number_reason": self.words("id number's reason", of(who), authors),
            "contact": {
                "safe_times": self.words("safe times", of("contact"), authors),
                "code_word": self.words("code word", of("contact"), authors),
                "cover_name": self.words("cover name", of("contact"), authors),
                "phone": self.phone(of("contact"), authors),
                "postal_address": self.words("postal address", of("contact"), authors),
            },
            "location": {
                "whereabouts": self.words("whereabouts", of("location"), authors),
                "shelter": self.words("shelter", of("location"), authors),
                "school": self.words("school", of("location"), authors),
                "routine": self.words("routine", of("location"), authors),
                "fetches_children": self.words("fetches children", of("location"), authors),
            },
        });
        if kind == "child" {
            party["child"] = json!({ "needs": self.words("child's needs", of("children"), authors) });
        }
        party
    }
    fn parties(&mut self, apart: Option<Under>, authors: &'static [&'static str]) -> Value {
        json!([
            self.party("survivor", apart, authors),
            self.party("respondent", apart, authors),
            self.party("child", apart, authors)
        ])
    }
    fn incident(&mut self, under: Under, authors: &'static [&'static str]) -> Value {
        json!({
            "account": self.words("account", under, authors),
            "police_report_no": self.words("police report", under, authors),
            "evidence": [self.words("evidence", under, authors)],
        })
    }

    /// A triage of which every text is a marker.
    fn triage(&mut self, under: Under, authors: &'static [&'static str]) -> Value {
        json!({
            "instrument": "scene_triage", "answers": { "again": "yes" }, "raised_to": "medium",
            "reason": self.words("raise's reason", under, authors), "hazards": [self.words("hazard", under, authors)],
        })
    }

    async fn post(&mut self, who: &str, path: &str, body: Value) -> Answer {
        self.post_by(self.app.who(who), path, body).await
    }
    fn noted(&mut self, method: Method, path: &str, body: &Value) {
        self.sent.push((method, path.to_owned(), body.clone()));
    }
    async fn post_by(&mut self, who: &Actor, path: &str, body: Value) -> Answer {
        self.noted(Method::POST, path, &body);
        let answer = who.post(path, body).await.unwrap();
        assert!(answer.is_ok(), "{} {path}: {}", who.username, String::from_utf8_lossy(&answer.bytes));
        answer
    }
    async fn change(&mut self, method: Method, who: &str, at: &str, path: &str, body: Value) -> Answer {
        self.noted(method.clone(), path, &body);
        let answer = self.app.who(who).change(method, at, path, body).await.unwrap();
        assert!(answer.is_ok(), "{who} {path}: {}", String::from_utf8_lossy(&answer.bytes));
        answer
    }
    async fn step(&mut self, who: &str, at: &str, step: &str, body: Value) -> Answer {
        self.change(Method::POST, who, at, &format!("{at}/{step}"), body).await
    }
    fn knows(&mut self, word: &'static str, id: &str) {
        self.ids.push((word, id.to_owned()));
    }
    async fn declares(&mut self, who: &str) {
        let path = format!("/cases/{}/declarations", self.case);
        self.post(who, &path, json!({ "conflict": false })).await;
    }
    async fn note(&mut self, who: &str, kind: &'static str, facet: &'static str, authors: &'static [&'static str]) -> String {
        let text = self.words(kind, Under::Facet(facet), authors);
        let path = format!("/cases/{}/notes", self.case);
        let id = self.post(who, &path, json!({ "kind": kind, "text": text })).await.id();
        self.knows("notes", &id);
        id
    }

    /// The whole of it.
    pub async fn make(app: &'a App) -> Self {
        let (marks, sent, ids) = (Vec::new(), Vec::new(), Vec::new());
        let mut it =
            Self { app, marks, sent, case: String::new(), other: String::new(), other_no: String::new(), ids, newcomer: None };
        it.comes_in().await;
        it.is_assessed_long_ago().await;
        it.is_answered_otherwise().await;
        it.is_opened_in_an_emergency().await;
        it.is_assigned().await;
        it.has_company().await;
        it.is_worked().await;
        it.is_filed().await;
        it.is_referred().await;
        it.is_mediated().await;
        it.is_measured().await;
        it.meets_an_outsider().await;
        it.is_to_be_closed().await;
        it
    }

    async fn comes_in(&mut self) {
        let (gone, text) = (Under::Nobody, Under::Between(&["yy_police", "yy_police2", "fu_staff", "fu_supervisor", "fu_other"]));
        let intake = json!({
            "to_agency": self.app.agency("federation"), "urgency": "urgent",
            "parties": self.parties(Some(gone), POLICE), "incident": self.incident(gone, POLICE),
            "risk": self.triage(gone, POLICE), "text": self.words("draft's text", gone, POLICE),
        });
        let at = format!("/referrals/{}", self.post("yy_police", "/referrals", json!({ "intake": intake })).await.id());
        self.knows("referrals", at.trim_start_matches("/referrals/"));
        let changed = json!({
            "text": self.words("intake's text", text, POLICE),
            "intake": {
                "parties": self.parties(None, POLICE), "incident": self.incident(Under::Facet("incident"), POLICE),
                "risk": self.triage(Under::Facet("risk"), POLICE),
            },
        });
        self.change(Method::PATCH, "yy_police", &at, &at, changed).await;
        self.step("yy_police", &at, "send", json!({})).await;
        self.step("fu_staff", &at, "acknowledge", json!({})).await;
        self.case = self.step("fu_staff", &at, "accept", json!({})).await.text("/case_id");
        let case = self.case.clone();
        self.knows("cases", &case);
        for who in ["fu_staff", "fu_supervisor", "yy_police", "yy_police2"] {
            self.declares(who).await;
        }
        let at = format!("/cases/{case}");
        self.step("fu_staff", &at, "screen", json!({})).await;
        self.step("fu_staff", &at, "open", json!({})).await;
        let change = json!({
            "plan": self.words("plan", Under::Facet("progress"), STAFF),
            "incident": self.incident(Under::Facet("incident"), STAFF),
            "reported_by": self.words("reported by", Under::Facet("confidential"), STAFF),
        });
        self.change(Method::PATCH, "fu_staff", &at, &at, change).await;
        let party = self.party("other", Some(Under::Nobody), STAFF);
        let added = self.post("fu_staff", &format!("{at}/parties"), party).await.id();
        let mut party = self.party("other", None, STAFF);
        party.as_object_mut().unwrap().remove("kind");
        let path = format!("{at}/parties/{added}");
        self.change(Method::PATCH, "fu_staff", &path, &path, party).await;
        let child = self.app.who("fu_staff").get(&format!("{at}/parties")).await.is(200);
        for party in child.body["items"].as_array().unwrap() {
            let id = party["id"].as_str().unwrap();
            self.knows("parties", id);
            if party["kind"] == "child" {
                let needs = json!({ "child": { "needs": self.words("child's needs", Under::Facet("children"), STAFF) } });
                let path = format!("{at}/parties/{id}");
                self.change(Method::PATCH, "fu_staff", &path, &path, needs).await;
            }
        }
        let another = self.party("child", None, STAFF);
        let another = self.post("fu_staff", &format!("{at}/parties"), another).await.id();
        self.knows("parties", &another);
    }

    /// A month later the station's triage is too old for mediation, and a supervisor waives that.
    async fn is_assessed_long_ago(&mut self) {
        let (mediation, proposals) = (Under::Facet("mediation"), format!("/cases/{}/mediations", self.case));
        let id = self.post("fu_staff", &proposals, json!({})).await.id();
        self.knows("mediations", &id);
        self.app.clock.advance_minutes(31 * 24 * 60);
        let waived = json!({
            "reasons": self.words("waiver's reasons", mediation, SUPERVISOR), "safeguards": ["separate_rooms"],
        });
        let seen = format!("{proposals}/{id}");
        self.change(Method::POST, "fu_supervisor", &seen, &format!("/mediations/{id}/waive"), waived).await;
        self.change(Method::POST, "fu_staff", &seen, &format!("/mediations/{id}/cancel"), json!({})).await;
    }

    /// An intake that is declined, one that is withdrawn, and a case of the owner's own.
    async fn is_answered_otherwise(&mut self) {
        for step in ["decline", "withdraw"] {
            let both: &'static [&'static str] = &["yy_police", "yy_police2"];
            let intake = json!({
                "to_agency": self.app.agency("federation"), "urgency": "normal", "parties": [{ "kind": "survivor" }],
                "incident": { "account": self.words("another's account", Under::Between(both), POLICE) },
            });
            let at = format!("/referrals/{}", self.post("yy_police", "/referrals", json!({ "intake": intake })).await.id());
            self.knows("referrals", at.trim_start_matches("/referrals/"));
            self.step("yy_police", &at, "send", json!({})).await;
            let reason = json!({ "reason": self.words("reason", Under::Between(both), NOBODY) });
            self.step(if step == "decline" { "fu_staff" } else { "yy_police" }, &at, step, reason).await;
        }
        let own = json!({
            "source": "walk_in", "parties": self.parties(Some(Under::Between(OWNERS)), STAFF),
            "incident": self.incident(Under::Between(OWNERS), STAFF), "reported_by": self.words("reported by", Under::Nobody, STAFF),
        });
        self.other = self.post("fu_staff", "/cases", own).await.id();
        let other = self.other.clone();
        self.knows("cases", &other);
        for who in OWNERS {
            self.post(who, &format!("/cases/{other}/declarations"), json!({ "conflict": false })).await;
        }
        self.step("fu_staff", &format!("/cases/{other}"), "open", json!({})).await;
    }

    /// A contract with one place, which the other case takes first.
    async fn is_assigned(&mut self) {
        let contract = json!({
            "number": "BS-2026-07", "provider_id": self.app.agency("qingzi"), "level": "district", "fund": "district fund",
            "amount_fen": 48_000_000, "first_day": "2026-01-01", "last_day": "2026-12-31", "data_protection_terms": true,
            "terms_signed_on": "2026-01-01",
            "lines": [{ "service": "case_work", "unit": "case", "quantity": 1, "price_fen": 100 }],
        });
        let contract = self.post("fu_supervisor", "/contracts", contract).await.id();
        self.knows("contracts", &contract);
        self.step("fu_supervisor", &format!("/contracts/{contract}"), "activate", json!({})).await;
        let (other, case) = (format!("/cases/{}/assignments", self.other), format!("/cases/{}/assignments", self.case));
        let assign = |who: &str, part: &str| json!({ "worker": self.app.user(who), "contract_id": contract, "part": part });
        let (lead, assist) = (assign("qz_worker", "lead"), assign("qz_cousin", "assist"));
        let first = self.post("fu_staff", &other, lead.clone()).await.id();
        let mut lead = lead;
        lead["override_reason"] = json!(self.words("override reason", Under::Facet("progress"), SUPERVISOR));
        let lead = self.post("fu_supervisor", &case, lead).await.id();
        self.knows("assignments", &lead);
        let reason = json!({ "reason": self.words("end reason", Under::Between(OWNERS), STAFF) });
        self.step("fu_staff", &format!("{other}/{first}"), "end", reason).await;
        self.knows("assignments", &first);
        let assist = self.post("fu_supervisor", &case, assist).await.id();
        self.knows("assignments", &assist);
        let walled =
            json!({ "conflict": true, "text": self.words("declared conflict", Under::Facet("progress"), &["qz_cousin"]) });
        let path = format!("/cases/{}/declarations", self.case);
        self.post("qz_cousin", &path, walled).await;
        self.declares("qz_worker").await;
        let path = format!("/cases/{}/walls", self.case);
        let reason =
            json!({ "user": self.app.user("yp_police"), "reason": self.words("wall's reason", Under::Facet("progress"), STAFF) });
        let wall = self.post("fu_staff", &path, reason).await.id();
        self.knows("walls", &wall);
        let reason = json!({ "reason": self.words("lifting's reason", Under::Facet("progress"), SUPERVISOR) });
        self.step("fu_supervisor", &format!("{path}/{wall}"), "lift", reason).await;
    }

    /// A link with the owner's other case, and a deputy, to whom that other case is none of theirs.
    async fn has_company(&mut self) {
        let case = format!("/cases/{}", self.case);
        let link = json!({ "other_case_id": self.other, "kind": "children" });
        let link = self.post("fu_staff", &format!("{case}/links"), link).await.id();
        self.knows("links", &link);
        let deputy = json!({ "user": self.app.user("fu_other"), "duty": "deputy" });
        self.post("fu_supervisor", &format!("{case}/handlers"), deputy).await;
        let deputy = self.app.user("fu_other");
        self.knows("handlers", &deputy);
        self.declares("fu_other").await;
        self.other_no = self.app.who("fu_staff").get(&format!("/cases/{}", self.other)).await.is(200).text("/case_no");
    }

    async fn is_worked(&mut self) {
        let case = format!("/cases/{}", self.case);
        let attempt = json!({
            "outcome": "someone_else", "at": "2026-03-03T04:30:00Z", "how": "phone",
            "who_answered": self.words("who answered", Under::Facet("progress"), WORKER),
            "text": self.words("attempt", Under::Facet("progress"), WORKER),
        });
        self.post("qz_worker", &format!("{case}/contact-attempts"), attempt).await;
        let worker = self.app.user("qz_worker");
        self.consents("qingzi", "keeping_confidence", &["confidential"], Some(worker)).await;
        for (kind, facet) in [
            ("progress", "progress"),
            ("contact", "progress"),
            ("visit", "progress"),
            ("incident", "incident"),
            ("mediation", "mediation"),
            ("measure", "measures"),
            ("confidential", "confidential"),
            ("counselling", "confidential"),
        ] {
            let note = self.note("qz_worker", kind, facet, WORKER).await;
            let text = json!({ "text": self.words("amendment", Under::Facet(facet), WORKER) });
            let amended = self.post("qz_worker", &format!("/notes/{note}/amendments"), text).await.id();
            self.knows("notes", &amended);
        }
        let action = |it: &mut Self| {
            json!({
                "kind": "follow_up", "what": it.words("action", Under::Facet("actions"), STAFF), "due_on": "2027-03-10",
                "agency_id": it.app.agency("qingzi"), "user_id": it.app.user("qz_worker"),
            })
        };
        for (step, key) in [("complete", "evidence"), ("miss", "reason"), ("cancel", "reason"), ("", "")] {
            let body = action(self);
            let id = self.post("fu_staff", &format!("{case}/actions"), body).await.id();
            self.knows("actions", &id);
            if !step.is_empty() {
                let ending = json!({ key: self.words("action's ending", Under::Facet("actions"), STAFF) });
                self.step("fu_staff", &format!("{case}/actions/{id}"), step, ending).await;
            }
        }
        let turn = json!({
            "user_id": self.app.user("fu_staff"), "from": "2026-05-20T00:00:00Z", "until": "2026-05-21T00:00:00Z"
        });
        let turn = self.post("fu_supervisor", "/duty", turn).await.id();
        self.knows("duty", &turn);
        let triage = self.triage(Under::Facet("risk"), WORKER);
        let assessed = self.post("qz_worker", &format!("{case}/risk-assessments"), triage).await.id();
        self.knows("risk-assessments", &assessed);
        self.knows("instruments", "scene_triage");
        let confidential = Under::Facet("confidential");
        let plan = json!({ "parts": [{
            "title": self.words("plan's title", confidential, WORKER), "text": self.words("plan's text", confidential, WORKER),
            "on_call": self.words("on-call sheet", confidential, WORKER),
        }] });
        let path = format!("{case}/safety-plan");
        self.change(Method::PUT, "qz_worker", &path, &path, plan).await;
        let wrong = self.note("fu_staff", "progress", "confidential", STAFF).await;
        self.post("fu_staff", &format!("/notes/{wrong}/seal"), json!({})).await;
        self.note("fu_staff", "confidential", "confidential", STAFF).await;
    }

    /// Somebody looks for her who may not know; the case is offered to another owner, whose supervisor is new.
    async fn meets_an_outsider(&mut self) {
        let words = json!({
            "name": self.mark("searched name", Under::Nobody, NOBODY), "id_number": self.mark("searched number", Under::Nobody, NOBODY),
            "phone": self.phone(Under::Nobody, NOBODY),
        });
        self.post("yp_police", "/cases/search", words).await;
        let agency =
            json!({ "name": "嘉定区妇女联合会", "kind": "federation", "division": "310114", "contact_point": "021-5600-0200" });
        let agency = self.post("admin", "/agencies", agency).await.id();
        let account = json!({ "username": "jd_supervisor", "display_name": "未主管", "agency_id": agency, "roles": ["federation_supervisor"] });
        let user_id = self.post("admin", "/users", account).await.id();
        self.knows("agencies", &agency);
        self.knows("users", &user_id);
        let (name, secret) = ("jd_supervisor".parse().unwrap(), "One-Time-Lantern-31");
        user::confirm(self.app.lianhu.gate(), &name).await.unwrap();
        user::reset_password(self.app.lianhu.gate(), &name, Zeroizing::new(secret.to_owned())).await.unwrap();
        let newcomer = Actor::new(self.app.http.clone(), &self.app.base, "jd_supervisor", secret);
        for _ in 0..2 {
            let password = self.mark("password", Under::Nobody, NOBODY);
            let body = json!({ "current_password": newcomer.password(), "new_password": password });
            self.noted(Method::PUT, "/me/password", &body);
            newcomer.ask(Method::PUT, "/me/password", Some(&body), &[]).await.is(204);
            newcomer.has_password(&password);
        }
        let signs_in = json!({ "username": "jd_supervisor", "password": newcomer.password() });
        self.post_by(&newcomer, "/sessions", signs_in).await;
        self.newcomer = Some(newcomer);
        let offer =
            json!({ "to_agency": agency, "reason": self.words("transfer's reason", Under::Facet("progress"), SUPERVISOR) });
        let path = format!("/cases/{}/transfers", self.case);
        let id = self.post("fu_supervisor", &path, offer).await.id();
        self.knows("transfers", &id);
    }

    /// A note that is to be erased, and a hold that now keeps it.
    async fn is_held(&mut self) {
        let note = json!({ "kind": "progress", "text": self.words("note in error", Under::Facet("progress"), WORKER) });
        let path = format!("/cases/{}/notes", self.case);
        let note = self.post("qz_worker", &path, note).await.id();
        let why = json!({ "reason_code": "entered_in_error" });
        let erasure = self.post("qz_worker", &format!("/notes/{note}/erasures"), why).await.id();
        self.knows("erasures", &erasure);
        let hold = json!({ "reason": self.words("hold's reason", Under::Facet("progress"), SUPERVISOR) });
        let path = format!("/cases/{}/holds", self.case);
        let hold = self.post("fu_supervisor", &path, hold).await.id();
        self.knows("holds", &hold);
    }

    async fn is_to_be_closed(&mut self) {
        self.is_held().await;
        let closing = json!({
            "outcome": "help_declined", "safety_offer_made": true,
            "summary": self.words("closing summary", Under::Facet("progress"), WORKER),
            "safe_way_back": self.words("safe way back", Under::Facet("progress"), WORKER),
        });
        self.step("qz_worker", &format!("/cases/{}", self.case), "request-close", closing).await;
        // The other case was never assessed, which counts as high: it ends with a supervisor's word.
        let other = format!("/cases/{}", self.other);
        let closing = json!({ "outcome": "moved_away", "summary": self.words("closing summary", Under::Between(OWNERS), STAFF) });
        for step in ["monitor", "close"] {
            self.step("fu_staff", &other, "request-close", closing.clone()).await;
            let accepted = json!({ "high_risk_accepted": self.words("accepted", Under::Between(OWNERS), SUPERVISOR) });
            self.step("fu_supervisor", &other, step, accepted).await;
        }
    }
}
