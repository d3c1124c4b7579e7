//! Assignments (派案): a provider's worker works a case under a contract in force.
//!
//! Live from the moment of assigning until they are ended, replaced, walled off, the case is closed or the contract's last
//! day is over. The worker's grant begins and ends with it; the provider's managers see head and hours, no facet.
//! Always: one lead a case; one live assignment a worker and case; a case takes one place of a line, however many work it,
//! and gives it back when the last of them ends before any service was recorded; a lead is replaced without a gap.
//! No I/O here: rows in `store`, endpoints in `api`.

mod api;
pub mod facts;
mod rules;
mod steps;
mod store;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use api::routes;

use crate::access::Content;
use crate::base::ids::{AgencyId, AssignmentId, CaseId, ContractId, UserId};
use crate::base::text::Text;
use crate::base::time::Timestamp;
use crate::base::words::{Duty, HelpKind, words};
use crate::door::{Check, ETag, View};

words! {
    /// What an assigned worker does.
    pub enum AssignmentPart {
        /// Leads; one a case.
        Lead = "lead",
        /// Helps the lead.
        Assist = "assist",
    }

    /// Why an assignment ended.
    pub enum EndWhy {
        /// The owner ended it.
        Unassigned = "unassigned",
        /// Another worker took over, or the same in another part.
        Replaced = "replaced",
        /// The contract's last day is over.
        ContractEnded = "contract_ended",
        /// The case was closed.
        CaseClosed = "case_closed",
        /// The worker cannot go on: a conflict of interest, or they left.
        Withdrawn = "withdrawn",
    }
}

impl AssignmentPart {
    /// The duty toward the case that goes with it.
    pub const fn duty(self) -> Duty {
        match self {
            Self::Lead => Duty::Lead,
            Self::Assist => Duty::Assist,
        }
    }
}

const fn case_work() -> HelpKind {
    HelpKind::CaseWork
}

/// Assigns a worker.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Assign {
    /// The worker: a confirmed social worker of the contract's provider.
    pub worker: UserId,
    /// A contract in force between the owner and the provider.
    pub contract_id: ContractId,
    /// What they will do.
    pub part: AssignmentPart,
    /// The help they give, which says on which line of the contract it counts.
    #[serde(default = "case_work")]
    pub service: HelpKind,
    /// The live assignment they take over, in the same part.
    #[serde(default)]
    pub replaces: Option<AssignmentId>,
    /// Why the quota may be exceeded: a supervisor's word.
    #[serde(default)]
    pub override_reason: Option<Text>,
}

impl Check for Assign {}

/// Ends an assignment.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EndAssignment {
    /// Why.
    #[serde(default)]
    pub reason: Option<Text>,
}

impl Check for EndAssignment {}

/// Why the quota was exceeded.
#[derive(Serialize, Deserialize)]
pub struct OverrideReason(Text);

impl Content for OverrideReason {
    const TABLE: &'static str = "assignments";
    const COLUMN: &'static str = "override_reason";
}

/// Why it was ended, in the owner's words.
#[derive(Serialize, Deserialize)]
pub struct EndReason(Text);

impl Content for EndReason {
    const TABLE: &'static str = "assignments";
    const COLUMN: &'static str = "end_reason";
}

/// Who is assigned and how: for those who may see the case's progress.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct AssignmentDetail {
    /// The worker.
    pub worker: UserId,
    /// Their name.
    pub worker_name: String,
    /// What they do.
    pub part: AssignmentPart,
    /// The assignment they took over.
    pub replaces: Option<AssignmentId>,
    /// Whether it exceeded the quota.
    pub is_beyond_quota: bool,
    /// Why it may.
    pub override_reason: Option<Text>,
    /// Why it ended.
    pub ended_why: Option<EndWhy>,
    /// In the owner's words.
    pub end_reason: Option<Text>,
}

/// An assignment, as shown. A provider's manager sees head and hours.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(rename = "Assignment")]
pub struct AssignmentView {
    /// Its id.
    pub id: AssignmentId,
    /// The case.
    pub case_id: CaseId,
    /// The case's number.
    pub case_no: String,
    /// The contract.
    pub contract_id: ContractId,
    /// The provider.
    pub provider_id: AgencyId,
    /// Minutes of service recorded under it.
    pub minutes: i64,
    /// Since when.
    pub started_at: Timestamp,
    /// Until when.
    pub ended_at: Option<Timestamp>,
    /// Who does what; withheld where the case's progress is.
    pub detail: Option<AssignmentDetail>,
    #[serde(skip)]
    version: i64,
}

impl View for AssignmentView {
    fn etag(&self) -> ETag {
        // Hours alone change without a version: who is shown no more gets no tag.
        if self.detail.is_some() { ETag::Version(self.version) } else { ETag::None }
    }
    fn location(&self) -> Option<String> {
        Some(format!("/api/v1/cases/{}/assignments/{}", self.case_id, self.id))
    }
}
