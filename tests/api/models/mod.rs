//! Every state machine against a small model of it, told from domain.md: random steps by random people over HTTP. What the
//! model allows happens and is shown; what it does not is refused, changes nothing, and stands in the log.

mod casework;
mod measures;
mod mediation;

use lianhu::cli::demo::client::{Actor, Answer};
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use reqwest::Method;
use serde_json::{Value, json};

use crate::app::{App, Expect};

/// How many walks a machine is taken on, on each database; each of at most so many steps.
const WALKS: usize = 8;
const STEPS: usize = 12;

/// A small model: the arrows, and who may take which.
struct Model {
    /// From, by which step, to. A state may say more than is shown: `open, asked by staff` is shown as `open`.
    arrows: &'static [(&'static str, &'static str, &'static str)],
    /// Who may see it, and the steps that are theirs at all.
    people: &'static [(&'static str, &'static [&'static str])],
    /// Who has nothing to do with it: not there for them.
    strangers: &'static [&'static str],
    /// What of this is otherwise in some states. `None`: as the rest says.
    but: fn(&str, &str, &str) -> Option<Outcome>,
    /// Whoever reads the state.
    reader: &'static str,
    /// What a step is sent with.
    body: fn(&App, &At, &str) -> Value,
}

/// Where a record is: its path, the pointer to its state, and what the steps' answers say it is in.
struct At {
    path: String,
    /// Where its `ETag` and state are read, if elsewhere.
    read: String,
    state: &'static str,
    /// Whoever or whatever a step must name.
    names: String,
    /// Its case, where somebody comes to it later, and declares then.
    case: Option<String>,
    /// Somebody beside the story's people: acts as `guest`.
    guest: Option<Actor>,
}

impl At {
    fn new(path: String) -> Self {
        Self { read: path.clone(), path, state: "/state", names: String::new(), case: None, guest: None }
    }
    fn who<'a>(&'a self, app: &'a App, who: &str) -> &'a Actor {
        self.guest.as_ref().filter(|_| who == "guest").unwrap_or_else(|| app.who(who))
    }
}

/// What a move is expected to come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    Moves(&'static str),
    Illegal,
    NotTheirs,
    Hidden,
}

impl Model {
    fn steps(&self) -> Vec<&'static str> {
        let mut steps: Vec<_> = self.arrows.iter().map(|(_, step, _)| *step).collect();
        steps.sort_unstable();
        steps.dedup();
        steps
    }
    fn outcome(&self, state: &str, who: &str, step: &str) -> Outcome {
        if let Some(other) = (self.but)(state, who, step) {
            return other;
        }
        let Some((_, theirs)) = self.people.iter().find(|(person, _)| *person == who) else { return Outcome::Hidden };
        if !theirs.contains(&step) {
            return Outcome::NotTheirs;
        }
        match self.arrows.iter().find(|(from, by, _)| *from == state && *by == step) {
            Some((.., to)) => Outcome::Moves(to),
            None => Outcome::Illegal,
        }
    }
    /// Somebody and a step: any, or such as the state allows, so that walks come to their ends too.
    fn choose(&self, state: &str, (any, who, step): (bool, usize, usize)) -> (&'static str, &'static str) {
        let people: Vec<_> = self.people.iter().map(|(who, _)| *who).chain(self.strangers.iter().copied()).collect();
        let legal: Vec<_> = self
            .people
            .iter()
            .flat_map(|(who, steps)| steps.iter().map(move |step| (*who, *step)))
            .filter(|(who, step)| matches!(self.outcome(state, who, step), Outcome::Moves(_)))
            .collect();
        if any || legal.is_empty() {
            let steps = self.steps();
            (people[who % people.len()], steps[step % steps.len()])
        } else {
            legal[(who + step) % legal.len()]
        }
    }

    /// Walks on records that `begin` makes, each in the state `begins`.
    async fn is_walked(&self, app: &App, begins: &'static str, begin: impl AsyncFn(&App) -> At) {
        let walk = prop::collection::vec((prop::bool::weighted(0.4), 0..64_usize, 0..64_usize), 4..=STEPS);
        // The same walks in every run, so that a red one is red again; with this variable, others.
        let mut runner = match std::env::var("LIANHU_TEST_OTHER_WALKS") {
            Ok(_) => TestRunner::new(Config::default()),
            Err(_) => TestRunner::new_with_rng(Config::default(), TestRng::deterministic_rng(RngAlgorithm::ChaCha)),
        };
        for _ in 0..WALKS {
            let walk = walk.new_tree(&mut runner).unwrap().current();
            let (at, mut state, mut told) = (begin(app).await, begins, Vec::new());
            for choice in walk {
                let (who, step) = self.choose(state, choice);
                told.push((who, step));
                let expected = self.outcome(state, who, step);
                let answer = self.tries(app, &at, who, step).await;
                let said = format!("{told:?} in {state}: {} {}", answer.status, answer.body);
                match &expected {
                    Outcome::Moves(to) => {
                        assert_eq!(answer.status, 200, "{said}");
                        state = to;
                    }
                    Outcome::Illegal => assert_eq!((answer.status, answer.code().as_str()), (409, "illegal_step"), "{said}"),
                    Outcome::NotTheirs => assert_eq!((answer.status, answer.code().as_str()), (403, "forbidden"), "{said}"),
                    Outcome::Hidden => assert_eq!((answer.status, answer.code().as_str()), (404, "not_found"), "{said}"),
                }
                if !matches!(expected, Outcome::Moves(_)) {
                    is_recorded(app, at.who(app, who), &answer, &said).await;
                }
                let shown = self.shown(app, &at).await;
                assert_eq!(Some(shown.text(at.state).as_str()), state.split(',').next(), "{said}");
            }
        }
    }

    /// The record as it is; by the guest, where it has become theirs alone.
    async fn shown(&self, app: &App, at: &At) -> Answer {
        let shown = app.who(self.reader).get(&at.read).await.unwrap();
        match &at.guest {
            Some(guest) if shown.status == 404 => guest.get(&at.read).await.is(200),
            _ => Ok(shown).is(200),
        }
    }

    /// Tries a step with the version as it stands; a stranger with the one that the reader sees.
    async fn tries(&self, app: &App, at: &At, who: &str, step: &str) -> Answer {
        let own = at.who(app, who).get(&at.read).await.unwrap();
        let seen = match own.header("etag") {
            Some(_) => own,
            None => self.shown(app, at).await,
        };
        let (path, body) = (format!("{}/{step}", at.path), (self.body)(app, at, step));
        let send = async || {
            let tag = [("if-match", seen.header("etag").unwrap())];
            at.who(app, who).ask(Method::POST, &path, Some(&body), &tag).await.unwrap()
        };
        match (send().await, &at.case) {
            (first_look, Some(case)) if first_look.code() == "declaration_required" => {
                declares(app, who, case).await;
                send().await
            }
            (answer, _) => answer,
        }
    }
}

/// The refusal is the last thing the log holds of them: denied, with this request's id, and nothing changed.
async fn is_recorded(app: &App, who: &Actor, refused: &Answer, said: &str) {
    let user = who.get("/me").await.is(200).text("/id");
    let path = format!("/audit/entries?actor={user}&outcome=denied&limit=1");
    let entry = &app.who("jd_auditor").get(&path).await.is(200).body["items"][0];
    assert_eq!((&entry["request_id"], &entry["changed"]), (&refused.body["request_id"], &json!([])), "{said}");
}

/// A case of the federation's own, opened by its handler; both parties are in it.
async fn opened(app: &App) -> String {
    let staff = app.who("fu_staff");
    let intake = json!({ "source": "walk_in", "parties": [
        { "kind": "survivor", "name": "林晓梅" }, { "kind": "respondent", "name": "周建国" } ],
        "incident": { "account": "酒后殴打。" } });
    let case = format!("/cases/{}", staff.post("/cases", intake).await.is(201).id());
    declares(app, "fu_staff", &case).await;
    staff.step(&case, "open", json!({})).await.is(200);
    case
}

async fn declares(app: &App, who: &str, case: &str) {
    app.who(who).post(&format!("{case}/declarations"), json!({ "conflict": false })).await.is(201);
}
