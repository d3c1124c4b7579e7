//! What is shown.

use schemars::JsonSchema;
use serde::Serialize;

use super::bodies::Clause;
use super::facts::MediationSummary;
use super::gate::GateView;
use super::papers::PaperText;
use super::slots::FreeSlot;
use crate::base::ids::{CaseId, MediationConsentId, MediationId, MediationSessionId, PaperId, PartyId, ScreeningId, UserId};
use crate::base::text::Text;
use crate::base::time::{Day, Timestamp};
use crate::base::words::{ConfirmationOutcome, MediationState, PaperKind, PaperState, Safeguard, SessionOutcome, SessionState};
use crate::door::{ETag, View};

/// A series with its gate.
#[derive(Serialize, JsonSchema)]
pub struct MediationView {
    /// The series.
    pub id: MediationId,
    /// The case.
    pub case_id: CaseId,
    /// Its state.
    pub state: MediationState,
    /// Who is to mediate.
    pub mediator_user: Option<UserId>,
    /// Who proposed it.
    pub proposed_by: UserId,
    /// When.
    pub proposed_at: Timestamp,
    /// When the gate was passed.
    pub cleared_at: Option<Timestamp>,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
    /// What spoke for it.
    pub note: Option<Text>,
    /// Who ended it and why, where it was refused, stopped or cancelled.
    pub ending: Option<EndingView>,
    /// The gate, as it stands now.
    pub gate: GateView,
    /// Under which safeguards an old assessment was waived, if it was.
    pub waiver: Option<WaiverView>,
    /// When the agreement was signed, if there is one.
    pub agreement_signed_on: Option<Day>,
    /// Counts its changes, and those of what belongs to it.
    pub version: i64,
}

/// An old assessment, waived by a supervisor.
#[derive(Serialize, JsonSchema)]
pub struct WaiverView {
    /// Why; not shown where `risk` is withheld.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reasons: Option<Text>,
    /// What keeps her safe meanwhile.
    pub safeguards: Vec<Safeguard>,
    /// By whom.
    pub waived_by: UserId,
    /// When.
    pub waived_at: Timestamp,
}

/// How a series ended without a session that decided it.
#[derive(Serialize, JsonSchema)]
pub struct EndingView {
    /// The party who refused or stopped.
    pub party_id: Option<PartyId>,
    /// The reason, if one was given.
    pub reason: Option<Text>,
}

impl View for MediationView {
    fn etag(&self) -> ETag {
        ETag::Version(self.version)
    }
    fn location(&self) -> Option<String> {
        Some(format!("/api/v1/cases/{}/mediations/{}", self.case_id, self.id))
    }
}

impl View for MediationSummary {}

impl View for GateView {}

/// A party's screening: pass or fail; what was answered, only to its author and who may read what is confidential.
#[derive(Serialize, JsonSchema)]
pub struct ScreeningView {
    /// The sheet.
    pub id: ScreeningId,
    /// Whose.
    pub party_id: PartyId,
    /// When the sitting was.
    pub at: Timestamp,
    /// Whether mediation is fit for them.
    pub fit: bool,
    /// Who screened.
    pub screened_by: UserId,
    /// What was asked and answered.
    pub answers: Option<Text>,
}

impl View for ScreeningView {}

/// A party's consent to mediation.
#[derive(Serialize, JsonSchema)]
pub struct MediationConsentView {
    /// The record.
    pub id: MediationConsentId,
    /// Whose.
    pub party_id: PartyId,
    /// Whether it is of their own will.
    pub voluntary: bool,
    /// The day on which it was given.
    pub given_on: Day,
    /// In their own words.
    pub words: Option<Text>,
    /// Who recorded it.
    pub recorded_by: UserId,
    /// When it was taken back.
    pub withdrawn_at: Option<Timestamp>,
}

impl View for MediationConsentView {}

/// A session.
#[derive(Serialize, JsonSchema)]
pub struct SessionView {
    /// The session.
    pub id: MediationSessionId,
    /// Its series.
    pub mediation_id: MediationId,
    /// Its state.
    pub state: SessionState,
    /// What it came to, if it was held.
    pub outcome: Option<SessionOutcome>,
    /// When it begins; of one that is put off, when it was to begin.
    pub starts_at: Timestamp,
    /// When it ends.
    pub ends_at: Timestamp,
    /// The room.
    pub room: String,
    /// Who mediates.
    pub mediator_user: UserId,
    /// The worker beside.
    pub worker_user: Option<UserId>,
    /// The record, if it was held.
    pub record: Option<Text>,
    /// Counts its changes.
    pub version: i64,
}

impl View for SessionView {
    fn etag(&self) -> ETag {
        ETag::Version(self.version)
    }
    fn location(&self) -> Option<String> {
        Some(format!("/api/v1/mediations/{}/sessions/{}", self.mediation_id, self.id))
    }
}

/// An agreement; without a day and clauses until it is recorded.
#[derive(Serialize, JsonSchema)]
pub struct AgreementView {
    /// The series.
    pub mediation_id: MediationId,
    /// The day on which it was signed.
    pub signed_on: Option<Day>,
    /// The clauses, in order.
    pub clauses: Vec<Clause>,
    /// What became of its judicial confirmation, if something did.
    pub confirmation: Option<ConfirmationView>,
    /// Counts its wordings; 0 until it is recorded.
    pub version: i64,
}

impl View for AgreementView {
    fn etag(&self) -> ETag {
        ETag::Version(self.version)
    }
}

/// What both did about judicial confirmation.
#[derive(Serialize, JsonSchema)]
pub struct ConfirmationView {
    /// Whether they applied.
    pub outcome: ConfirmationOutcome,
    /// On which day.
    pub decided_on: Day,
    /// Who recorded it.
    pub recorded_by: UserId,
    /// When.
    pub recorded_at: Timestamp,
}

/// A paper for the respondent.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "MediationNotice")]
pub struct PaperView {
    /// Its id.
    pub id: PaperId,
    /// Its series.
    pub mediation_id: MediationId,
    /// The session it is about, but for an agreement's.
    pub session_id: Option<MediationSessionId>,
    /// What it says.
    pub kind: PaperKind,
    /// Whether it may be handed out.
    pub state: PaperState,
    /// Its words; of a draft, only to whoever releases it.
    pub words: Option<PaperText>,
    /// When it was drafted.
    pub made_at: Timestamp,
    /// When it was released.
    pub released_at: Option<Timestamp>,
    /// By whom.
    pub released_by: Option<UserId>,
    /// Counts its changes.
    pub version: i64,
}

impl View for PaperView {
    fn etag(&self) -> ETag {
        ETag::Version(self.version)
    }
}

/// The times at which all that was asked for is free.
#[derive(Serialize, JsonSchema)]
pub struct FreeSlots {
    /// Stretches on quarters of an hour, in order.
    pub items: Vec<FreeSlot>,
}

impl View for FreeSlots {}
