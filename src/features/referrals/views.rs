//! What is shown of a referral: one projection for its own page, both boxes and every step's answer.

use std::collections::HashMap;

use schemars::JsonSchema;
use serde::Serialize;

use super::rules::{self, Shown};
use super::store::{self, Intake, ReferralRow};
use super::{Refused, Side};
use crate::access::can::{Can, View as Looks};
use crate::access::{Again, Author, Case, Permit};
use crate::base::db::{DbError, Tx};
use crate::base::ids::{AgencyId, CaseId, ReferralId};
use crate::base::problem::Problem;
use crate::base::text::Text;
use crate::base::time::Timestamp;
use crate::base::words::{Action, FacetSet, HelpKind, ReferralKind, ReferralState, Urgency};
use crate::door::{ETag, View};
use crate::features::agencies;
use crate::features::casefile::IncidentInput;
use crate::features::parties::PartyInput;
use crate::features::risk::AssessmentInput;

/// A referral. Until it accepts, its receiver sees the first six fields alone.
#[derive(Serialize, JsonSchema)]
pub struct ReferralView {
    /// Its id.
    pub id: ReferralId,
    /// What it asks.
    pub kind: ReferralKind,
    /// The help asked for; none for an intake.
    pub help: Option<HelpKind>,
    /// The sender's name.
    pub sender: String,
    /// How soon an answer is needed.
    pub urgency: Urgency,
    /// Where it stands.
    pub state: ReferralState,
    /// The case.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub case_id: Option<CaseId>,
    /// The case's number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub case_no: Option<String>,
    /// What it names; once accepted, what was granted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub facets: Option<FacetSet>,
    /// How it went.
    #[serde(flatten)]
    pub course: Option<Course>,
    /// What both sides wrote.
    #[serde(flatten)]
    pub words: Option<WordsView>,
    #[serde(skip)]
    version: i64,
}

/// Whose a referral is, and when it took which step.
#[derive(Serialize, JsonSchema)]
pub struct Course {
    /// Who made it.
    pub sender_id: AgencyId,
    /// Whom it is made to.
    pub receiver_id: AgencyId,
    /// The receiver's name.
    pub receiver: String,
    /// When it was drafted.
    pub created_at: Timestamp,
    /// When it was sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sent_at: Option<Timestamp>,
    /// When the receiver had seen it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub acknowledged_at: Option<Timestamp>,
    /// When the receiver answered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub answered_at: Option<Timestamp>,
    /// When it was declined, withdrawn or completed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<Timestamp>,
}

/// What sender and receiver wrote to each other.
#[derive(Default, Serialize, JsonSchema)]
pub struct WordsView {
    /// What the sender wrote.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<Text>,
    /// Why it was declined or withdrawn.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<Text>,
    /// What came of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub outcome: Option<Text>,
    /// The intake as it was sent: for its sender; its receiver works the case itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub intake: Option<IntakeView>,
}

/// An intake as it was sent.
#[derive(Serialize, JsonSchema)]
pub struct IntakeView {
    /// Who is in it.
    pub parties: Vec<PartyInput>,
    /// What happened.
    pub incident: IncidentInput,
    /// The triage made on the spot.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub risk: Option<AssessmentInput>,
}

impl From<Intake> for IntakeView {
    fn from(intake: Intake) -> Self {
        let Intake { parties, incident, risk } = intake;
        Self { parties, incident, risk }
    }
}

impl View for ReferralView {
    fn etag(&self) -> ETag {
        ETag::Version(self.version)
    }
    fn location(&self) -> Option<String> {
        Some(format!("/api/v1/referrals/{}", self.id))
    }
}

impl Again for ReferralView {
    type Key = ReferralId;
    const VIEW: Action = Action::ViewReferral;
    fn key(&self) -> ReferralId {
        self.id
    }
    fn again(tx: &mut Tx<'_>, permit: &Permit<'_, Looks, Case>, key: ReferralId) -> Result<Self, Problem> {
        let row = store::find(tx, permit, key)?;
        of(tx, permit, &row)
    }
}

/// A referral as the permit's reader is shown it. Errors: 404 where it is none of theirs.
pub(super) fn of<C: Can>(tx: &mut Tx<'_>, permit: &Permit<'_, C, Case>, row: &ReferralRow) -> Result<ReferralView, Problem> {
    let names = names(tx, std::slice::from_ref(row))?;
    render(permit, row, &names)?.ok_or_else(|| Refused::NotFound.into())
}

/// The same just after it was drafted, when the permit does not open yet what its own writer wrote.
pub(super) fn just_drafted<C: Can>(
    tx: &mut Tx<'_>,
    permit: &Permit<'_, C, Case>,
    row: &ReferralRow,
    words: WordsView,
) -> Result<ReferralView, Problem> {
    let mut view = of(tx, permit, row)?;
    view.words = Some(words);
    Ok(view)
}

/// The names of these referrals' agencies.
pub(super) fn names(tx: &mut Tx<'_>, rows: &[ReferralRow]) -> Result<HashMap<AgencyId, String>, DbError> {
    let mut ids: Vec<AgencyId> = rows.iter().flat_map(|row| [row.sender_id, row.receiver_id]).collect();
    ids.sort_unstable();
    ids.dedup();
    agencies::facts::names(tx, &ids)
}

/// A referral as the permit's reader is shown it; nothing where it is none of theirs.
pub(super) fn render<C: Can>(
    permit: &Permit<'_, C, Case>,
    row: &ReferralRow,
    names: &HashMap<AgencyId, String>,
) -> Result<Option<ReferralView>, DbError> {
    let Some(shown) = rules::shown(permit, row) else { return Ok(None) };
    let name = |agency: AgencyId| names.get(&agency).cloned().unwrap_or_default();
    let course = || Course {
        sender_id: row.sender_id,
        receiver_id: row.receiver_id,
        receiver: name(row.receiver_id),
        created_at: row.created_at,
        sent_at: row.sent_at,
        acknowledged_at: row.acknowledged_at,
        answered_at: row.answered_at,
        ended_at: row.ended_at,
    };
    let has_head = shown >= Shown::Head;
    Ok(Some(ReferralView {
        id: row.id,
        kind: row.kind,
        help: row.help,
        sender: name(row.sender_id),
        urgency: row.urgency,
        state: row.state,
        case_id: has_head.then(|| permit.case()),
        case_no: has_head.then(|| permit.facts().case_no.clone()),
        facets: has_head.then_some(row.facets),
        course: (shown >= Shown::Course).then(course),
        words: if shown >= Shown::Words { words(permit, row)? } else { None },
        version: row.version,
    }))
}

/// What the reader's side may open of the texts.
fn words<C: Can>(permit: &Permit<'_, C, Case>, row: &ReferralRow) -> Result<Option<WordsView>, DbError> {
    let agency = match rules::side(permit, row) {
        Some(Side::Sender) => row.sender_id,
        Some(Side::Receiver) => row.receiver_id,
        Some(Side::Owner) | None => return Ok(None),
    };
    let (author, id) = (Author::Agency(agency), row.id);
    let mut view = WordsView::default();
    if let Some(text) = &row.text {
        view.text = permit.own(author, text, id.as_str())?.map(|text| text.0);
    }
    if let Some(reason) = &row.reason {
        view.reason = permit.own(author, reason, id.as_str())?.map(|reason| reason.0);
    }
    if let Some(outcome) = &row.outcome {
        view.outcome = permit.own(author, outcome, id.as_str())?.map(|outcome| outcome.0);
    }
    if let (Some(intake), true) = (&row.intake, agency == row.sender_id) {
        let intake = permit.own(author, intake, id.as_str())?;
        view.intake = intake.map(IntakeView::from);
    }
    Ok(Some(view))
}
