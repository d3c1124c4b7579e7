//! Who writes and reads until the program is gone, and what they were told.

use std::cell::RefCell;
use std::collections::BTreeSet;

use lianhu::cli::demo::client::{Actor, Answer, Told};
use reqwest::Method;
use serde_json::{Value, json};

use crate::serving::Serving;

/// Dice that fall alike in every run: `SplitMix64`.
pub struct Dice(u64);

impl Dice {
    pub fn seeded(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15))
    }
    pub fn below(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (z ^ (z >> 31)) % sides
    }
}

/// A `POST` that makes one record.
#[derive(Clone)]
pub struct Write {
    path: String,
    body: Value,
    key: String,
    kind: &'static str,
    /// The case it is about; empty for a new one.
    pub case: String,
    /// A note's text.
    pub text: Option<String>,
    /// What came of it: `note/0193…`; empty while that is not known.
    pub record: String,
}

impl Write {
    fn note(case: &str, key: &str) -> Self {
        let text = format!("记录 {key}:电话核实,情况平稳。");
        let body = json!({ "kind": "progress", "text": text });
        Self::new("note", format!("/cases/{case}/notes"), body, case, key, Some(text))
    }
    fn party(case: &str, key: &str) -> Self {
        let body = json!({ "kind": "other", "name": "邻居", "contact": { "phone": "13800138000" } });
        Self::new("party", format!("/cases/{case}/parties"), body, case, key, None)
    }
    fn action(case: &str, key: &str, agency: &str) -> Self {
        let body = json!({ "kind": "task", "what": "陪同就医。", "due_on": "2099-12-31", "agency_id": agency });
        Self::new("action", format!("/cases/{case}/actions"), body, case, key, None)
    }
    fn measure(case: &str, key: &str) -> Self {
        let body = json!({ "opened_on": "2026-01-05", "crime_suspected": false, "text": "家庭纠纷警情。" });
        Self::new("police_matter", format!("/cases/{case}/police-matters"), body, case, key, None)
    }
    fn assessment(case: &str, key: &str) -> Self {
        let body = json!({ "instrument": "scene_triage", "answers": { "again": "yes", "drunk_or_drugs": "yes" } });
        Self::new("risk_assessment", format!("/cases/{case}/risk-assessments"), body, case, key, None)
    }
    fn case(key: &str) -> Self {
        Self::new("case", "/cases".to_owned(), intake(), "", key, None)
    }
    fn new(kind: &'static str, path: String, body: Value, case: &str, key: &str, text: Option<String>) -> Self {
        Self { path, body, key: key.to_owned(), kind, case: case.to_owned(), text, record: String::new() }
    }
    pub async fn send(&self, actor: &Actor) -> Result<Answer, Told> {
        actor.ask(Method::POST, &self.path, Some(&self.body), &[("idempotency-key", &self.key)]).await
    }
}

fn intake() -> Value {
    json!({ "source": "walk_in", "parties": [{ "kind": "survivor", "name": "林晓梅" }] })
}

/// Every record that must be there.
pub struct Known {
    shared: Vec<String>,
    records: BTreeSet<String>,
}

impl Known {
    /// A few cases to begin with, of one handler.
    pub async fn begin(handler: &Actor) -> Self {
        let mut known = Self { shared: Vec::new(), records: BTreeSet::new() };
        for _ in 0..3 {
            let answer = handler.post("/cases", intake()).await.unwrap();
            assert_eq!(answer.status, 201, "{}", answer.body);
            known.records.insert(format!("case/{}", answer.id()));
            known.shared.push(answer.id());
        }
        known
    }
    pub fn records(&self) -> impl Iterator<Item = &String> {
        self.records.iter()
    }
    pub fn is_shared(&self, case: &str) -> bool {
        self.shared.iter().any(|known| known == case)
    }
    pub fn enter(&mut self, write: &Write, id: &str) {
        self.records.insert(format!("{}/{id}", write.kind));
    }
    pub fn enter_done(&mut self, write: &Write) {
        self.records.insert(write.record.clone());
    }
}

#[derive(Default)]
struct Heard {
    answers: u64,
    reads: usize,
    acknowledged: Vec<Write>,
    receipts: Vec<String>,
    unanswered: Vec<(String, Write)>,
}

/// One round: the program, and what it said until it was killed.
pub struct Load {
    kill_at: u64,
    base: String,
    server: RefCell<Option<Serving>>,
    heard: RefCell<Heard>,
}

impl Load {
    pub fn until(kill_at: u64, server: Serving) -> Self {
        let base = server.base.clone();
        Self { kill_at, base, server: RefCell::new(Some(server)), heard: RefCell::default() }
    }
    pub fn base(&self) -> &str {
        &self.base
    }
    pub fn acknowledged(&self) -> Vec<Write> {
        self.heard.borrow().acknowledged.clone()
    }
    pub fn receipts(&self) -> Vec<String> {
        self.heard.borrow().receipts.clone()
    }
    pub fn unanswered(&self) -> Vec<(String, Write)> {
        self.heard.borrow().unanswered.clone()
    }
    pub fn reads(&self) -> usize {
        self.heard.borrow().reads
    }

    /// Takes an answer down; whoever hears the last kills the program.
    fn hears(&self, answer: &Answer, write: Option<Write>) {
        assert!(answer.is_ok(), "answered {}: {}", answer.status, answer.body);
        let receipt = answer.header("audit-receipt").expect("what shows a case carries its receipt").to_owned();
        let mut heard = self.heard.borrow_mut();
        heard.answers += 1;
        heard.receipts.push(receipt);
        match write {
            Some(write) => heard.acknowledged.push(Write { record: format!("{}/{}", write.kind, answer.id()), ..write }),
            None => heard.reads += 1,
        }
        if heard.answers == self.kill_at {
            drop(heard);
            self.server.borrow_mut().take().expect("killed once").kill();
        }
    }
}

/// Somebody who works until nobody answers any more.
pub struct Client {
    actor: Actor,
    name: String,
    dice: Dice,
    cases: Vec<String>,
    /// Whose actions are to be done.
    agency: String,
    asked: u32,
}

impl Client {
    pub fn new(actor: Actor, name: String, dice: Dice, (known, agency): (&Known, &str)) -> Self {
        // Only the handler has declared that there is no conflict; the others work on what they enter themselves.
        let cases = if actor.username == "fu_staff" { known.shared.clone() } else { Vec::new() };
        Self { actor, name, dice, cases, agency: agency.to_owned(), asked: 0 }
    }

    pub async fn work(mut self, load: &Load) {
        // The program may be killed before somebody is signed in.
        while self.one(load).await.is_ok() {}
    }

    async fn one(&mut self, load: &Load) -> Result<(), Told> {
        self.asked += 1;
        let key = format!("crash-{}-{}", self.name, self.asked);
        let sides = u64::try_from(self.cases.len().max(1)).unwrap();
        let case = self.cases.get(usize::try_from(self.dice.below(sides)).unwrap()).cloned();
        let write = match (self.dice.below(13), case) {
            (0, _) | (_, None) => Write::case(&key),
            (1..=3, Some(case)) => Write::note(&case, &key),
            (4..=5, Some(case)) => Write::party(&case, &key),
            (8, Some(case)) => Write::action(&case, &key, &self.agency),
            (9, Some(case)) => Write::assessment(&case, &key),
            (10, Some(case)) => Write::measure(&case, &key),
            (6, Some(_)) => return self.reads(load, "/cases").await,
            (7, Some(case)) => return self.reads(load, &format!("/cases/{case}/notes?limit=10")).await,
            (_, Some(case)) => return self.reads(load, &format!("/cases/{case}")).await,
        };
        if self.actor.token().is_none() {
            self.actor.sign_in().await?;
        }
        match write.send(&self.actor).await {
            Ok(answer) => {
                if write.kind == "case" {
                    self.cases.push(answer.id());
                }
                load.hears(&answer, Some(write));
                Ok(())
            }
            Err(gone) => {
                load.heard.borrow_mut().unanswered.push((self.actor.username.clone(), write));
                Err(gone)
            }
        }
    }

    async fn reads(&self, load: &Load, path: &str) -> Result<(), Told> {
        let answer = self.actor.get(path).await?;
        load.hears(&answer, None);
        Ok(())
    }
}
