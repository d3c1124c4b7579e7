//! A list shows what asking for each would show, and nothing else: whatever was granted, assigned, referred, walled and
//! ended before, in whatever order.

use std::collections::{BTreeMap, BTreeSet};

use lianhu::cli::demo::client::{Actor, Answer};
use reqwest::Method;
use serde_json::{Value, json};

use crate::app::{App, Expect as _, on_both_databases};
use crate::refusals::{assignment, contract};

/// Who acts and looks. Administrators and auditors list no cases at all: `routes` has them.
const PEOPLE: [&str; 13] = [
    "fu_staff",
    "fu_other",
    "fu_supervisor",
    "qz_manager",
    "qz_worker",
    "qz_cousin",
    "yy_police",
    "yy_police2",
    "yp_police",
    "ht_legal",
    "xy_counsellor",
    "gqt_league",
    "jw_committee",
];

/// Receivers: agency, who answers, purpose, facet.
const RECEIVERS: [(&str, &str, &str, &str); 3] = [
    ("haitong", "ht_legal", "legal_advice", "identity"),
    ("xinyu", "xy_counsellor", "counselling", "contact"),
    ("league", "gqt_league", "school_support", "children"),
];

/// How many steps a run takes, and how often everybody's list is compared.
const STEPS: usize = 240;
const COMPARED: usize = 40;

/// A small generator: the same numbers in every run of a seed (xorshift64*).
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        usize::try_from((self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33) % u64::try_from(sides).unwrap()).unwrap()
    }
    fn pick<'t, T>(&mut self, of: &'t [T]) -> &'t T {
        let at = self.roll(of.len());
        &of[at]
    }
}

/// What was made so far. What a step may do is the program's to say: a refused one changes nothing.
struct Run<'a> {
    app: &'a App,
    dice: Dice,
    contract: String,
    cases: Vec<String>,
    /// Referral, case, who answers it.
    referrals: Vec<(String, String, &'static str)>,
    /// How many steps of each kind were done.
    done: BTreeMap<&'static str, usize>,
}

impl Run<'_> {
    fn did(&mut self, what: &'static str, answer: &Answer) -> bool {
        assert!(answer.status < 500, "{what}: {} {}", answer.status, answer.body);
        if answer.is_ok() {
            *self.done.entry(what).or_default() += 1;
        }
        answer.is_ok()
    }
    fn case(&mut self) -> String {
        self.dice.pick(&self.cases).clone()
    }
    /// Who works the case for its owner, as far as this test goes.
    fn owner(&mut self) -> &'static str {
        self.dice.pick::<&str>(&["fu_staff", "fu_other", "fu_supervisor"])
    }
    async fn post(&mut self, what: &'static str, who: &str, path: &str, body: Value) -> Option<Answer> {
        let answer = self.app.who(who).post(path, body).await.unwrap();
        self.did(what, &answer).then_some(answer)
    }
    async fn step(&mut self, what: &'static str, who: &str, at: &str, step: &str, body: Value) {
        let answer = self.app.who(who).step(at, step, body).await.unwrap();
        self.did(what, &answer);
    }
    /// One of the items that `who` lists there.
    async fn one_of(&mut self, who: &str, list: &str) -> Option<String> {
        let answer = self.app.who(who).get(list).await.unwrap();
        let items = answer.body["items"].as_array().filter(|items| !items.is_empty())?.clone();
        self.dice.pick(&items)["id"].as_str().map(str::to_owned)
    }

    async fn begin(&mut self) {
        if self.dice.roll(2) == 0 {
            let who = *self.dice.pick(&["fu_staff", "fu_other"]);
            let body = json!({ "source": "walk_in", "parties": [{ "kind": "survivor", "name": "某女" }] });
            let made = self.post("enter", who, "/cases", body).await.unwrap();
            self.app.who(who).step(&format!("/cases/{}", made.id()), "open", json!({})).await.is(200);
            let declare = format!("/cases/{}/declarations", made.id());
            self.post("declare", "fu_supervisor", &declare, json!({ "conflict": false })).await;
            self.cases.push(made.id());
            return;
        }
        let body = json!({ "intake": {
            "to_agency": self.app.agency("federation"), "urgency": "normal",
            "parties": [{ "kind": "survivor", "name": "某女" }], "incident": { "account": "争吵。" }
        } });
        let made = self.post("refer in", "yy_police", "/referrals", body).await.unwrap();
        self.step("send", "yy_police", &format!("/referrals/{}", made.id()), "send", json!({})).await;
        self.cases.push(made.text("/case_id"));
        self.referrals.push((made.id(), made.text("/case_id"), "fu_staff"));
    }
    async fn refer(&mut self) {
        let ((agency, receiver, purpose, facet), case, who) = (*self.dice.pick(&RECEIVERS), self.case(), self.owner());
        let body = json!({
            "recipient_agency": self.app.agency(agency), "purpose": purpose, "facets": [facet], "expires_on": "2026-12-31",
            "given_by": "survivor", "given_on": "2026-03-03",
        });
        self.post("consent", who, &format!("/cases/{case}/consents"), body).await;
        let body = json!({
            "case_id": case, "kind": "service", "help": purpose, "to_agency": self.app.agency(agency), "facets": [facet],
            "urgency": "normal", "text": "请协助。",
        });
        if let Some(made) = self.post("refer", who, "/referrals", body).await {
            self.step("send", who, &format!("/referrals/{}", made.id()), "send", json!({})).await;
            self.referrals.push((made.id(), case, receiver));
        }
    }
    async fn answer(&mut self) {
        let Some((referral, case, receiver)) = (!self.referrals.is_empty()).then(|| self.dice.pick(&self.referrals).clone())
        else {
            return;
        };
        let at = format!("/referrals/{referral}");
        let reason = json!({ "reason": "情况有变" });
        match self.dice.roll(8) {
            0 => self.step("decline", receiver, &at, "decline", reason).await,
            1 => self.step("complete", receiver, &at, "complete", json!({})).await,
            2 => {
                let who = self.owner();
                self.step("withdraw", who, &at, "withdraw", reason).await;
            }
            _ => {
                self.step("acknowledge", receiver, &at, "acknowledge", json!({})).await;
                self.step("accept", receiver, &at, "accept", json!({})).await;
                if self.dice.roll(3) > 0 {
                    self.post("declare", receiver, &format!("/cases/{case}/declarations"), json!({ "conflict": false })).await;
                }
            }
        }
    }
    async fn assign(&mut self) {
        let (case, who, worker) = (self.case(), self.owner(), *self.dice.pick(&["qz_worker", "qz_cousin"]));
        let mut body = assignment(self.app, &self.contract, worker);
        body["part"] = json!(*self.dice.pick(&["lead", "assist"]));
        self.post("assign", who, &format!("/cases/{case}/assignments"), body).await;
    }
    async fn end(&mut self) {
        let (case, list) = (self.case(), *self.dice.pick(&["assignments", "grants", "consents"]));
        let all = format!("/cases/{case}/{list}");
        if let Some(id) = self.one_of("fu_supervisor", &all).await {
            let step = if list == "consents" { "revoke" } else { "end" };
            self.step(step, "fu_supervisor", &format!("{all}/{id}"), step, json!({})).await;
        }
    }
    async fn wall(&mut self) {
        let all = format!("/cases/{}/walls", self.case());
        if self.dice.roll(3) == 0 {
            if let Some(id) = self.one_of("fu_supervisor", &all).await {
                self.step("lift", "fu_supervisor", &format!("{all}/{id}"), "lift", json!({ "reason": "并非亲属" })).await;
            }
            return;
        }
        let (who, whom) = (self.owner(), *self.dice.pick(&["qz_worker", "qz_cousin", "fu_other", "ht_legal", "yy_police2"]));
        self.post("wall", who, &all, json!({ "user": self.app.user(whom), "reason": "亲属" })).await;
    }
    async fn declare(&mut self) {
        let (who, case) = (*self.dice.pick(&PEOPLE), self.case());
        let conflict = self.dice.roll(12) == 0;
        self.post("declare", who, &format!("/cases/{case}/declarations"), json!({ "conflict": conflict })).await;
    }
    async fn deputy(&mut self) {
        let (all, user) = (format!("/cases/{}/handlers", self.case()), self.app.user("fu_other"));
        if self.dice.roll(3) > 0 {
            self.post("deputy", "fu_supervisor", &all, json!({ "user": user, "duty": "deputy" })).await;
        } else {
            let answer = self.app.who("fu_supervisor").change(Method::DELETE, &all, &format!("{all}/{user}"), Value::Null).await;
            self.did("take off", &answer.unwrap());
        }
    }
    async fn one_step(&mut self) {
        match self.dice.roll(16) {
            0 if self.cases.len() < 12 => self.begin().await,
            0..=2 => self.refer().await,
            3..=6 => self.answer().await,
            7..=8 => self.assign().await,
            9..=10 => self.end().await,
            11 => self.wall().await,
            12..=13 => self.declare().await,
            _ => self.deputy().await,
        }
    }

    /// Everybody's list, page by page, against what each case answers them.
    async fn compare(&self) -> usize {
        let mut shown = 0;
        for name in PEOPLE {
            let who = self.app.who(name);
            let (mut open, mut undeclared) = (BTreeSet::new(), BTreeSet::new());
            for case in &self.cases {
                let answer = who.get(&format!("/cases/{case}")).await.unwrap();
                match (answer.status, answer.code().as_str()) {
                    // What was only offered is no case of theirs yet: it is in the inbox.
                    (200, _) if answer.body.get("preview").is_some() => {}
                    (200, _) => _ = open.insert(case.clone()),
                    (409, "declaration_required") => _ = undeclared.insert(case.clone()),
                    (404, "not_found") => {}
                    other => panic!("{name} asks for {case}: {other:?}"),
                }
            }
            let items = pages(who, 2).await;
            let ids: Vec<&str> = items.iter().map(|item| item["id"].as_str().unwrap()).collect();
            let expected: BTreeSet<&str> = open.union(&undeclared).map(String::as_str).collect();
            assert_eq!(ids.iter().copied().collect::<BTreeSet<_>>(), expected, "{name} after {:?}", self.done);
            assert!(ids.windows(2).all(|two| two[0] > two[1]), "{name}: not newest first, or twice: {ids:?}");
            for item in &items {
                let is_bare = undeclared.contains(item["id"].as_str().unwrap());
                assert_eq!(item["declaration_required"], is_bare, "{name}: {item}");
                assert!(!is_bare || item["facets"] == json!({}), "{name} has not declared: {item}");
            }
            shown += items.len();
        }
        shown
    }
}

/// All pages of somebody's cases.
async fn pages(who: &Actor, limit: usize) -> Vec<Value> {
    let mut items = Vec::new();
    let mut next = Some(String::new());
    while let Some(cursor) = next {
        let after = if cursor.is_empty() { cursor } else { format!("&cursor={cursor}") };
        let page = who.get(&format!("/cases?limit={limit}{after}")).await.is(200);
        let on_it = page.body["items"].as_array().unwrap();
        assert!(on_it.len() <= limit && (on_it.len() == limit || page.body["next"].is_null()), "{}", page.body);
        items.extend(on_it.clone());
        next = page.body["next"].as_str().map(str::to_owned);
    }
    items
}

on_both_databases! {
    async fn everybody_lists_exactly_what_they_may_see(app: App) {
        let contract = contract(&app, 50).await;
        let (cases, referrals, done) = (Vec::new(), Vec::new(), BTreeMap::new());
        let mut run = Run { app: &app, dice: Dice(0x1234_5678_9ABC), contract, cases, referrals, done };
        for _ in 0..5 {
            run.begin().await;
        }
        let mut shown = 0;
        for step in 1..=STEPS {
            run.one_step().await;
            if step % COMPARED == 0 {
                shown += run.compare().await;
            }
        }
        assert!(shown > 100, "seldom anything to see: {shown}");
        for what in ["accept", "assign", "complete", "declare", "deputy", "end", "refer", "revoke", "wall"] {
            assert!(run.done.contains_key(what), "never {what}: {:?}", run.done);
        }
    }

    async fn a_page_is_not_moved_by_what_is_written_meanwhile(app: App) {
        let staff = app.who("fu_staff");
        let body = json!({ "source": "walk_in", "parties": [{ "kind": "survivor", "name": "某女" }] });
        let mut before = Vec::new();
        for _ in 0..5 {
            before.push(staff.post("/cases", body.clone()).await.is(201).id());
        }
        before.reverse();
        let mut seen = Vec::new();
        let mut next = Some(String::new());
        while let Some(after) = next {
            let page = staff.get(&format!("/cases?limit=2{after}")).await.is(200);
            seen.extend(page.body["items"].as_array().unwrap().iter().map(|item| item["id"].as_str().unwrap().to_owned()));
            next = page.body["next"].as_str().map(|cursor| format!("&cursor={cursor}"));
            staff.post("/cases", body.clone()).await.is(201);
        }
        assert_eq!(seen, before);
        assert_eq!(pages(staff, 3).await.len(), 8);
    }
}
