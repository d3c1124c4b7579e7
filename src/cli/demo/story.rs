//! The story of a case, told through the real HTTP API by the people of `world`, with a clock that it moves itself. The demo
//! plays it, and `tests/api/story.rs` proves it on both databases. All people are invented.

mod aftermath;
pub mod family;
pub mod intake;
mod measures;
mod mediation;
pub mod table;
mod work;

use std::collections::BTreeMap;

use reqwest::Method;
use serde_json::{Value, json};

pub use family::Family;

use super::client::{Actor, Answer, Told as NotTold};
use super::world::{PEOPLE, World};
use crate::base::time::Timestamp;

/// What the demo prints: who did what, and what came of it.
#[derive(Debug, Clone)]
pub struct Line {
    /// The story's step; 0 before it begins.
    pub step: u8,
    /// Who.
    pub who: String,
    /// What they did.
    pub did: String,
    /// What came of it.
    pub came: String,
    /// Whether it was refused.
    pub refused: bool,
    /// When, by the story's clock.
    pub at: Timestamp,
}

/// A clock that the story moves.
pub trait Moved {
    /// Now.
    fn now(&self) -> Timestamp;
    /// So many minutes later.
    fn advance(&self, minutes: i64);
}

impl Moved for crate::base::time::ManualClock {
    fn now(&self) -> Timestamp {
        crate::base::time::Clock::now(self)
    }
    fn advance(&self, minutes: i64) {
        self.advance_minutes(minutes);
    }
}

/// What the story made, by id. Empty until its step was played.
#[derive(Debug, Clone, Default)]
pub struct Told {
    /// The last step that was played.
    pub done: u8,
    /// The contract with Qingzi.
    pub contract: String,
    /// The case.
    pub case: String,
    /// The police station's intake.
    pub intake: String,
    /// She.
    pub survivor: String,
    /// He.
    pub respondent: String,
    /// The lead worker's assignment.
    pub assignment: String,
    /// The assignment of the worker who turned out to be his cousin.
    pub cousin_assignment: String,
    /// Notes by a short name: `screening`, `first_contact`, `confidence`, `counselling`, `visit`.
    pub notes: BTreeMap<&'static str, String>,
    /// Consents by recipient: `worker`, `haitong`, `xinyu`, `league`, `judicial`.
    pub consents: BTreeMap<&'static str, String>,
    /// Referrals by receiver.
    pub referrals: BTreeMap<&'static str, String>,
    /// The police station's admonition.
    pub admonition: String,
    /// The mediation.
    pub mediation: String,
    /// Its sessions.
    pub sessions: Vec<String>,
    /// What the duty desk released at night.
    pub break_glass: String,
}

impl Told {
    /// Where the case is.
    pub fn at_case(&self) -> String {
        format!("/cases/{}", self.case)
    }
    /// Where what the duty desk released is.
    pub fn at_break_glass(&self) -> String {
        format!("/break-glass/{}", self.break_glass)
    }
}

/// A request of the story.
enum Ask {
    Get(String),
    Post(String, Value),
    /// A step of the record at this path.
    Step(String, &'static str, Value),
    /// A step of a record that is seen at another path.
    StepOf {
        seen: String,
        path: String,
    },
    /// A change of the record at this path.
    Change(Method, String, Value),
}

impl Ask {
    async fn by(self, actor: &Actor) -> Result<Answer, NotTold> {
        match self {
            Self::Get(path) => actor.get(&path).await,
            Self::Post(path, body) => actor.post(&path, body).await,
            Self::Step(at, step, body) => actor.step(&at, step, body).await,
            Self::StepOf { seen, path } => actor.change(Method::POST, &seen, &path, json!({})).await,
            Self::Change(method, at, body) => actor.change(method, &at, &at, body).await,
        }
    }
}

fn post(path: impl Into<String>, body: Value) -> Ask {
    Ask::Post(path.into(), body)
}
fn get(path: impl Into<String>) -> Ask {
    Ask::Get(path.into())
}
fn step(at: impl Into<String>, step: &'static str) -> Ask {
    Ask::Step(at.into(), step, json!({}))
}

/// Where the story is played: its people, its clock, and who listens.
pub struct Stage<'a> {
    /// Everybody, by user name.
    pub actors: BTreeMap<&'a str, &'a Actor>,
    /// Their agencies' and accounts' ids.
    pub world: &'a World,
    /// The clock.
    pub clock: &'a dyn Moved,
    /// Hears each line.
    pub tell: &'a mut dyn FnMut(Line),
}

impl<'a> Stage<'a> {
    fn actor(&self, who: &str) -> Result<&'a Actor, NotTold> {
        self.actors.get(who).copied().ok_or_else(|| NotTold::Unexpected {
            who: who.to_owned(),
            what: "is not among the people of the story".to_owned(),
            status: 0,
            body: String::new(),
        })
    }
    fn later(&self, minutes: i64) {
        self.clock.advance(minutes);
    }
    fn now(&self) -> Timestamp {
        self.clock.now()
    }
    /// Today's date in China.
    fn today(&self) -> String {
        self.now().day().to_string()
    }
    fn line(&mut self, at_step: u8, who: &str, did: &str, came: String, refused: bool) {
        let name = PEOPLE.iter().find(|(username, ..)| *username == who).map_or(who, |(_, name, ..)| name);
        let line = Line { step: at_step, who: format!("{name} {who}"), did: did.to_owned(), came, refused, at: self.now() };
        (self.tell)(line);
    }
    /// Somebody does something, and it succeeds.
    async fn does(&mut self, at_step: u8, who: &str, did: &str, came: &str, ask: Ask) -> Result<Answer, NotTold> {
        let actor = self.actor(who)?;
        let answer = ask.by(actor).await?;
        if !answer.is_ok() {
            return answer.must(actor, did, 200);
        }
        self.line(at_step, who, did, came.to_owned(), false);
        Ok(answer)
    }
    /// Somebody tries something, and it is refused with this status.
    async fn is_refused(
        &mut self,
        at_step: u8,
        who: &str,
        did: &str,
        why: &str,
        ask: Ask,
        status: u16,
    ) -> Result<Answer, NotTold> {
        let actor = self.actor(who)?;
        let answer = ask.by(actor).await?.must(actor, did, status)?;
        self.line(at_step, who, did, format!("{why}({status} {})", answer.code()), true);
        Ok(answer)
    }
    /// Names first: somebody looks, is shown the names alone, and declares no conflict.
    async fn declares(&mut self, at_step: u8, who: &str, case: &str) -> Result<(), NotTold> {
        let at = format!("{case}/declarations");
        let actor = self.actor(who)?;
        actor.get(case).await?.must(actor, "looks at the case first", 409)?;
        actor.get(&at).await?.must(actor, "is shown the names", 200)?;
        self.does(at_step, who, "先看当事人姓名,声明无利益冲突", "声明之后方可查看内容", post(at, json!({ "conflict": false })))
            .await?;
        Ok(())
    }
}

/// The steps of the story, in order.
pub const STEPS: std::ops::RangeInclusive<u8> = 1..=15;

/// Goes on with the story up to this step and including it.
pub async fn go_on(stage: &mut Stage<'_>, family: &Family, told: &mut Told, until: u8) -> Result<(), NotTold> {
    for next in STEPS {
        if next <= told.done || next > until {
            continue;
        }
        match next {
            1 => intake::refer_in(stage, family, told).await?,
            2 => intake::take_in(stage, family, told).await?,
            3 => intake::assign(stage, family, told).await?,
            4 => work::reach_her(stage, told).await?,
            5 => work::consents(stage, told).await?,
            6 => work::refer_onward(stage, told).await?,
            7 => measures::admonish(stage, told).await?,
            8 => work::in_confidence(stage, told).await?,
            9 => mediation::mediate(stage, told).await?,
            10 => work::follow_up(stage, told).await?,
            11 => aftermath::revoke(stage, told).await?,
            12 => aftermath::guess(stage, family, told).await?,
            13 => aftermath::break_glass(stage, family, told).await?,
            14 => aftermath::close(stage, told).await?,
            _ => aftermath::account(stage, told).await?,
        }
        told.done = next;
    }
    Ok(())
}
