//! The case's own record (个案): its number, how it came, what happened, its plan, how it was closed; and its head.
//!
//! Always: a case number is random and tells neither place, order nor year; the head (`CaseHead`) is the only thing of a
//! case that every permitted reader sees. The steps of a case stand in `cases`, above this; rows in `store`.

pub mod facts;
mod number;
mod record;
pub mod retention;
mod store;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use number::CaseNo;

use crate::access::Content;
use crate::base::fields::{FieldCode, FieldErrors};
use crate::base::ids::{AgencyId, CaseId, UserId};
use crate::base::text::{Line, Text};
use crate::base::time::{Day, Timestamp};
use crate::base::words::{CaseOutcome, CaseSource, CaseStatus};

/// A case about to be entered.
#[derive(Clone, Copy, Debug)]
pub struct NewCase {
    /// The agency that owns it, or that the intake is made to.
    pub owner: AgencyId,
    /// Its first status.
    pub status: CaseStatus,
    /// How it came.
    pub source: CaseSource,
}

/// What happened: facet `incident`.
#[derive(Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct IncidentInput {
    /// What happened, as told.
    pub account: Text,
    /// On which day.
    #[serde(default)]
    pub happened_on: Option<Day>,
    /// The police report's number.
    #[serde(default)]
    pub police_report_no: Option<Line>,
    /// What can be shown for it.
    #[serde(default)]
    #[schemars(length(max = 100))]
    pub evidence: Vec<Line>,
}

impl IncidentInput {
    /// Pushes what is wrong with it; `at` is its own pointer.
    pub fn check_at(&self, at: &str, now: Timestamp, errors: &mut FieldErrors) {
        if self.happened_on.is_some_and(|day| day > now.day()) {
            errors.push(format!("{at}/happened_on"), FieldCode::InTheFuture);
        }
    }
}

impl Content for IncidentInput {
    const TABLE: &'static str = "cases";
    const COLUMN: &'static str = "incident";
}

/// The plan: facet `progress`.
#[derive(Serialize, Deserialize)]
struct Plan(Text);

impl Content for Plan {
    const TABLE: &'static str = "cases";
    const COLUMN: &'static str = "plan";
}

/// Who reported: facet `confidential`, and their own to whoever wrote it down.
#[derive(Serialize, Deserialize)]
struct ReportedBy(Line);

impl Content for ReportedBy {
    const TABLE: &'static str = "case_reports";
    const COLUMN: &'static str = "reported_by";
}

/// What is said when closing is asked for: facet `progress`.
#[derive(Clone, Serialize, Deserialize, JsonSchema)]
pub struct ClosingWords {
    /// What was done and what came of it.
    pub summary: Text,
    /// How she can come back safely.
    pub safe_way_back: Option<Text>,
    /// Whether the brief safety offer was made.
    pub safety_offer_made: Option<bool>,
}

impl Content for ClosingWords {
    const TABLE: &'static str = "case_closings";
    const COLUMN: &'static str = "words";
}

/// Changes to the case's own record: absent, it stays; nothing inside, it is taken away.
#[derive(Clone, Copy, Default)]
pub struct FileChange<'a> {
    /// The plan.
    pub plan: Option<Option<&'a Text>>,
    /// What happened.
    pub incident: Option<Option<&'a IncidentInput>>,
    /// Who reported, in the actor's own words.
    pub reported_by: Option<Option<&'a Line>>,
}

/// A time that closing was asked for.
#[derive(Clone, Serialize, JsonSchema)]
pub struct Closing {
    /// What the case came to.
    pub outcome: CaseOutcome,
    /// What was said.
    #[serde(flatten)]
    pub words: ClosingWords,
    /// Who asked.
    pub requested_by: UserId,
    /// When.
    pub requested_at: Timestamp,
}

/// The agency that answers for a case.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Owner {
    /// The agency.
    pub agency_id: AgencyId,
    /// Its name.
    pub name: String,
    /// Where it is reached.
    pub contact_point: String,
}

/// A case's head: all that every permitted reader sees.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct CaseHead {
    /// The case.
    pub id: CaseId,
    /// Its number, as people say it.
    pub case_no: String,
    /// Its status.
    pub status: CaseStatus,
    /// Who answers for it.
    pub owner: Owner,
    /// Since when it is erased: nothing but this is left of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub erased_at: Option<Timestamp>,
}

/// What the case's own record shows its reader: a part whose facet is not granted is not there.
pub struct Parts {
    /// `incident`, if it is granted and anything was entered.
    pub incident: Option<IncidentInput>,
    /// `progress`, if it is granted.
    pub progress: Option<Progress>,
    /// Who reported: all of it with `confidential`, else what the reader wrote themself.
    pub reported_by: Vec<Line>,
}

/// How the case stands: facet `progress`.
#[derive(Clone, Serialize, JsonSchema)]
pub struct Progress {
    /// How it came.
    pub source: CaseSource,
    /// The plan.
    pub plan: Option<Text>,
    /// What it came to, once that is approved.
    pub outcome: Option<CaseOutcome>,
    /// The closing that was asked for, and is being decided or done.
    pub closing: Option<Closing>,
    /// Closings asked for before.
    pub earlier_closings: Vec<Closing>,
    /// When it was opened.
    pub opened_at: Option<Timestamp>,
    /// When it was closed.
    pub closed_at: Option<Timestamp>,
}
