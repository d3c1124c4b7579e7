//! Break-glass (紧急调阅): reading more of a case in an emergency, and answering for it afterwards.
//!
//! Two ways. With a live grant on the case: `active` at once. Without one: the owner's duty desk is asked with what the person
//! at the counter shows, `asked → active | declined | lapsed`. Then `active → expired → reviewed (justified | unjustified)`.
//! Always: reading alone, three hours, one person; never `confidential` nor `location`; `contact` by the duty desk alone; a
//! wall beats it. Whoever asks hears the same words in the same time whether there is a case or not. Owner, supervisors and
//! oversight hear at once; what was unjustified suspends the right. Counted and limited by rows, so that every node counts
//! alike. No I/O here: rows in `store`, use cases in `steps`, endpoints in `api`.

mod api;
pub mod facts;
#[cfg(test)]
mod model;
mod steps;
mod store;
mod views;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use api::routes;

use crate::access::Content;
use crate::base::config;
use crate::base::fields::{FieldCode, FieldErrors};
use crate::base::machine::Machine;
use crate::base::problem::{Code, Problem};
use crate::base::text::{IdNumberText, PersonName, Text};
use crate::base::time::{Day, Timestamp};
use crate::base::words::{BreakGlassFinding, BreakGlassReason, BreakGlassState, Facet, FacetSet, words};
use crate::door::Check;

/// So many minutes what was opened may be read.
const MINUTES: i64 = 3 * 60;

/// Opens further facets, by a live grant.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BreakGlass {
    /// Why it is needed now.
    pub reason_code: BreakGlassReason,
    /// The same in words.
    pub reason: Text,
    /// What is needed; `contact` is opened by the owner's duty desk alone, `confidential` and `location` by nobody.
    #[schemars(length(min = 1))]
    pub facets: FacetSet,
}

/// Asks the duty desk of whoever owns a case of the person at the counter, without saying whether there is one.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AskDutyDesk {
    /// The identity document's number that the person shows; or name and birth date.
    #[serde(default)]
    pub id_number: Option<IdNumberText>,
    /// The whole name.
    #[serde(default)]
    pub name: Option<PersonName>,
    /// The birth date.
    #[serde(default)]
    pub birth_date: Option<Day>,
    /// Why it is needed now.
    pub reason_code: BreakGlassReason,
    /// The same in words: for the owner's duty desk alone.
    pub reason: Text,
    /// What is needed, never `confidential` nor `location`.
    #[schemars(length(min = 1))]
    pub facets: FacetSet,
}

/// What the duty desk opens of what was asked.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Release {
    /// Facets, of those asked for.
    #[schemars(length(min = 1))]
    pub facets: FacetSet,
}

/// The duty desk does not open the case.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Decline {
    /// Why, for the owner's own record: whoever asked is not told.
    #[serde(default)]
    pub reason: Option<Text>,
}

/// What a supervisor found.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Review {
    /// Whether it was needed.
    pub finding: BreakGlassFinding,
    /// Why.
    pub text: Text,
}

/// The right is given back.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Restore {
    /// Why.
    pub reason: Text,
}

fn check_facets(facets: FacetSet, errors: &mut FieldErrors) {
    if facets.is_empty() {
        errors.push("/facets", FieldCode::TooFew { min: 1 });
    }
    if facets.has(Facet::Confidential) || facets.has(Facet::Location) {
        errors.push("/facets", FieldCode::NotAllowedHere);
    }
}

impl Check for BreakGlass {
    fn check(&self, _: Timestamp, errors: &mut FieldErrors) {
        check_facets(self.facets, errors);
    }
}

impl Check for AskDutyDesk {
    fn check(&self, now: Timestamp, errors: &mut FieldErrors) {
        check_facets(self.facets, errors);
        match (&self.id_number, &self.name, self.birth_date) {
            (Some(_), None, None) | (None, Some(_), Some(_)) => {}
            (None, None, _) => errors.push("/name", FieldCode::Required),
            (None, Some(_), None) => errors.push("/birth_date", FieldCode::Required),
            // One or the other: who gives both would be told by a miss which of them is wrong.
            (Some(_), _, _) => errors.push("/id_number", FieldCode::NotAllowedHere),
        }
        if self.birth_date.is_some_and(|born| born > now.day()) {
            errors.push("/birth_date", FieldCode::InTheFuture);
        }
    }
}

impl Check for Release {
    fn check(&self, _: Timestamp, errors: &mut FieldErrors) {
        check_facets(self.facets, errors);
    }
}

impl Check for Decline {
    fn check(&self, _: Timestamp, _: &mut FieldErrors) {}
}

impl Check for Review {
    fn check(&self, _: Timestamp, _: &mut FieldErrors) {}
}

impl Check for Restore {
    fn check(&self, _: Timestamp, _: &mut FieldErrors) {}
}

/// Declares what stands sealed in a column.
macro_rules! sealed_words {
    ($( $(#[$doc:meta])* $name:ident in $table:literal . $column:literal; )*) => { $(
        $(#[$doc])*
        #[derive(Serialize, Deserialize)]
        pub(crate) struct $name(pub(crate) Text);
        impl Content for $name {
            const TABLE: &'static str = $table;
            const COLUMN: &'static str = $column;
        }
    )* };
}

sealed_words! {
    /// Why it was asked for: to the owner (`progress`), its duty desk and its author.
    Reason in "break_glass"."reason";
    /// Why the duty desk declined (`progress`).
    Answer in "break_glass"."answer";
    /// What the review says (`progress`).
    Finding in "break_glass"."review";
    /// Why the right was given back (`progress`).
    LiftReason in "break_glass_suspensions"."lift_reason";
}

words! {
    /// What is done with an access.
    pub enum Step {
        /// The duty desk opens it.
        Release = "release",
        /// The duty desk does not.
        Decline = "decline",
        /// A supervisor of the owner judges it.
        Review = "review",
        /// A supervisor of the owner gives the right back that an unjustified one cost.
        Restore = "restore",
    }
}

/// Why a step did not happen. The client reads these words: nothing of the case in them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
enum Refused {
    #[error("an access that is {from} does not allow {step}")]
    Illegal { from: BreakGlassState, step: Step },
    #[error("what was asked for oneself is answered by others")]
    Own,
    #[error("whoever released it does not review it")]
    ReleasedIt,
    #[error("more than was asked")]
    NotAsked,
    #[error("nothing further is opened")]
    NothingFurther,
    #[error("a wall stands before the person")]
    Walled,
    #[error("the right is suspended")]
    Suspended,
    #[error("the asker's right is suspended")]
    AskerSuspended,
    #[error("too many attempts")]
    TooMany { seconds: u32 },
}

impl From<Refused> for Problem {
    fn from(why: Refused) -> Self {
        match why {
            Refused::Illegal { from, step } => Self::illegal_step(from.as_str(), step.as_str(), allowed(from)),
            Refused::Own => Self::forbidden().because("Others answer for what you asked yourself", "本人请求的事项须由他人处理"),
            Refused::ReleasedIt => Self::forbidden().because("Whoever released it does not review it", "放行人不得审查"),
            Refused::NotAsked => Self::wrong_field("/facets", FieldCode::NotAllowedHere),
            Refused::NothingFurther => Self::conflict().because("You may read all of this already", "所请求的内容您已可查看"),
            Refused::Walled => Self::new(Code::ConflictOfInterest),
            Refused::Suspended => Self::forbidden().because(
                "Your right to open cases in an emergency is suspended; the federation that suspended it can give it back",
                "您的紧急调阅权限已被暂停;可由作出决定的主办单位恢复",
            ),
            Refused::AskerSuspended => {
                Self::conflict().because("This person's right is suspended", "该人员的紧急调阅权限已被暂停")
            }
            Refused::TooMany { seconds } => Self::too_many_requests(seconds),
        }
    }
}

/// What is stored, seen at a moment: `asked` that nobody answered has lapsed, `active` whose time is over has expired,
/// whether or not any machine has come by.
const fn at(stored: BreakGlassState, is_over: bool) -> BreakGlassState {
    match (stored, is_over) {
        (BreakGlassState::Asked, true) => BreakGlassState::Lapsed,
        (BreakGlassState::Active, true) => BreakGlassState::Expired,
        (state, _) => state,
    }
}

/// Where a step leads: every state named, so that a new one does not compile until each step answers for it.
const fn after(from: BreakGlassState, step: Step) -> Result<BreakGlassState, Refused> {
    use BreakGlassState as S;
    match (from, step) {
        (S::Asked, Step::Release) => Ok(S::Active),
        (S::Asked, Step::Decline) => Ok(S::Declined),
        (S::Expired, Step::Review) | (S::Reviewed, Step::Restore) => Ok(S::Reviewed),
        (S::Asked, Step::Review | Step::Restore)
        | (S::Expired, Step::Release | Step::Decline | Step::Restore)
        | (S::Reviewed, Step::Release | Step::Decline | Step::Review)
        | (S::Active | S::Declined | S::Lapsed, Step::Release | Step::Decline | Step::Review | Step::Restore) => {
            Err(Refused::Illegal { from, step })
        }
    }
}

/// The state machine as a picture.
pub fn machine() -> Machine {
    use BreakGlassState as S;
    Machine::new("Break-glass", &[S::Asked, S::Active], S::as_str)
        .with((S::ALL, S::as_str), (Step::ALL, Step::as_str), |state, step| after(state, step).ok())
        .by_itself((S::ALL, S::as_str), "its time is over", |state| at(state, true))
}

/// The steps a state allows.
fn allowed(from: BreakGlassState) -> Vec<&'static str> {
    Step::ALL.iter().filter(|step| after(from, **step).is_ok()).map(|step| step.as_str()).collect()
}

/// How long to wait, by the attempts that fill the two measures; nothing: go on. Attempts refused for it are not counted, so
/// that the wait is never longer than the window.
fn wait(limits: &config::BreakGlass, filled: [Option<Timestamp>; 2], now: Timestamp) -> Option<u32> {
    let free = filled.into_iter().flatten().max()?.plus_minutes(i64::from(limits.window_minutes));
    let micros = free.micros().saturating_sub(now.micros());
    (micros > 0).then(|| u32::try_from(micros.saturating_add(999_999) / 1_000_000).unwrap_or(u32::MAX))
}
