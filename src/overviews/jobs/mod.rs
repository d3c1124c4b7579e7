//! Long work (长任务): asked for by a person, done by the machine `long_work` in their name, batch after batch.
//!
//! `queued → running → done → fetched`; `cancelled` by whoever asked, `failed` where it cannot go on, `expired` a day after it was done.
//! Always: each batch is an access of its own, decided as its asker's, named in the log with every case in it; where the next one
//! begins is saved in the batch's own transaction, so that a crash costs at most the batch under way and does none twice; what it
//! was given and what it came to is sealed under a key that goes with the result. A result is fetched by its asker, once, and what
//! they may no longer see by then is left out of it.

mod api;
mod kinds;
mod result;
mod run;
mod store;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use api::routes;
pub use run::run;

use crate::base::ids::JobId;
use crate::base::machine::{IllegalStep, Machine, take};
use crate::base::problem::{Code, Problem};
use crate::base::time::Timestamp;
use crate::base::words::{CaseStatus, Format, JobKind, JobState};
use crate::door::{Check, ETag, View};

/// So long a result waits for whoever asked.
pub const KEPT_HOURS: i64 = 24;

/// A step of long work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    Start,
    Finish,
    Fail,
    Cancel,
    Fetch,
    Expire,
}

impl Step {
    const ALL: &[Self] = &[Self::Start, Self::Finish, Self::Fail, Self::Cancel, Self::Fetch, Self::Expire];

    const fn as_str(self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::Finish => "finish",
            Self::Fail => "fail",
            Self::Cancel => "cancel",
            Self::Fetch => "fetch",
            Self::Expire => "expire",
        }
    }
}

fn leads(state: JobState, step: Step) -> Option<JobState> {
    match (state, step) {
        // Work whose node died is taken up again.
        (JobState::Queued | JobState::Running, Step::Start) => Some(JobState::Running),
        (JobState::Running, Step::Finish) => Some(JobState::Done),
        (JobState::Running, Step::Fail) => Some(JobState::Failed),
        (JobState::Queued | JobState::Running, Step::Cancel) => Some(JobState::Cancelled),
        (JobState::Done, Step::Fetch) => Some(JobState::Fetched),
        (JobState::Done, Step::Expire) => Some(JobState::Expired),
        _ => None,
    }
}

/// The state after a step. Errors: the state does not allow it.
fn after(state: JobState, step: Step) -> Result<JobState, IllegalStep> {
    take((state, JobState::as_str), (step, Step::as_str), Step::ALL, leads)
}

/// The state machine, as the page of pictures shows it.
pub fn machine() -> Machine {
    Machine::new("Long work", &[JobState::Queued], JobState::as_str).with(
        (JobState::ALL, JobState::as_str),
        (Step::ALL, Step::as_str),
        leads,
    )
}

/// What long work is asked for.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "NewJob")]
struct Order {
    /// What work.
    kind: JobKind,
    /// The result's form.
    #[serde(default = "xlsx")]
    format: Format,
    /// Of cases: those in this status.
    #[serde(default)]
    status: Option<CaseStatus>,
}

const fn xlsx() -> Format {
    Format::Xlsx
}

impl Check for Order {}

/// Long work as whoever asked for it sees it.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "Job")]
pub struct JobView {
    /// The job.
    pub id: JobId,
    /// What work.
    pub kind: JobKind,
    /// The result's form.
    pub format: Format,
    /// How far it is.
    pub state: JobState,
    /// How much is done: cases, rows.
    pub done: i64,
    /// Of how much; null while that is not known.
    pub total: Option<i64>,
    /// Why it failed.
    pub problem: Option<JobProblem>,
    /// When it was asked for.
    pub created_at: Timestamp,
    /// When it ended; null while it goes on.
    pub finished_at: Option<Timestamp>,
    /// Until when its result can be fetched.
    pub result_until: Option<Timestamp>,
    #[serde(skip)]
    version: i64,
}

/// Why long work failed.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct JobProblem {
    /// The problem's code.
    pub code: Code,
    /// In English.
    pub title: &'static str,
    /// In Chinese.
    pub title_zh: &'static str,
}

impl View for JobView {
    fn etag(&self) -> ETag {
        ETag::Version(self.version)
    }
    fn location(&self) -> Option<String> {
        Some(format!("/api/v1/jobs/{}", self.id))
    }
}

/// The problem by its word, as it is stored.
fn problem_of(code: &str) -> Option<JobProblem> {
    let code = Code::ALL.iter().find(|known| known.as_str() == code)?;
    Some(JobProblem { code: *code, title: code.title(), title_zh: code.title_zh() })
}

/// Whether what stopped a batch may be gone when it is tried again, or is somebody else's doing by now.
fn may_pass(problem: &Problem) -> bool {
    problem.is_retry() || matches!(problem.code().status(), 412 | 503)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_over_stays_over() {
        for state in [JobState::Failed, JobState::Cancelled, JobState::Fetched, JobState::Expired] {
            for step in Step::ALL {
                assert!(after(state, *step).is_err(), "{state} allows {}", step.as_str());
            }
        }
        assert_eq!(after(JobState::Done, Step::Fetch), Ok(JobState::Fetched));
        assert!(after(JobState::Fetched, Step::Fetch).is_err(), "once");
        assert!(after(JobState::Done, Step::Cancel).is_err(), "what is done is fetched, or expires");
    }
}
