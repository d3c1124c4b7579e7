//! What is shown of break-glass.

use schemars::JsonSchema;
use serde::Serialize;

use super::steps;
use crate::access::can::View as Look;
use crate::access::{Again, Case, Collection, Permit};
use crate::base::db::Tx;
use crate::base::ids::{AgencyId, BreakGlassId, BreakGlassRequestId, CaseId, UserId};
use crate::base::problem::Problem;
use crate::base::time::Timestamp;
use crate::base::words::{Action, BreakGlassFinding, BreakGlassReason, BreakGlassState, BreakGlassWay, FacetSet, PartyKind};
use crate::door::{ETag, View};

/// What whoever asks hears, always.
pub(super) const WILL_CALL: (&str, &str) = ("The duty desk will call you.", "值班人员将与您联系。");

/// What somebody asked of duty desks: the same whether there is a case or not.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "BreakGlassRequest")]
pub struct RequestView {
    /// Its id.
    pub id: BreakGlassRequestId,
    /// When.
    pub asked_at: Timestamp,
    /// Why.
    pub reason_code: BreakGlassReason,
    /// What was asked for.
    pub facets: FacetSet,
    /// What happens now.
    pub message: &'static str,
    /// The same in Chinese.
    pub message_zh: &'static str,
}

impl View for RequestView {}

impl Again for RequestView {
    type Key = BreakGlassRequestId;
    const VIEW: Action = Action::ListBreakGlassRequests;
    fn key(&self) -> BreakGlassRequestId {
        self.id
    }
    fn again(tx: &mut Tx<'_>, _: &Permit<'_, Look, Collection>, key: BreakGlassRequestId) -> Result<Self, Problem> {
        steps::request(tx, key)
    }
}

/// Who asked, with where to call back.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "BreakGlassAsker")]
pub struct AskerView {
    /// The person.
    pub user_id: UserId,
    /// Their name.
    pub name: Option<String>,
    /// Their agency.
    pub agency_id: AgencyId,
    /// Its name.
    pub agency: Option<String>,
    /// Where it is reached: the duty desk calls there, not what somebody says their number is.
    pub contact_point: Option<String>,
}

/// A suspension of the right, as an access cost it.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "BreakGlassSuspension")]
pub struct SuspensionView {
    /// Since when.
    pub suspended_at: Timestamp,
    /// By whom.
    pub suspended_by: UserId,
    /// Since when it is given back.
    pub lifted_at: Option<Timestamp>,
    /// By whom.
    pub lifted_by: Option<UserId>,
    /// Why; null to a reader without `progress`.
    pub lift_reason: Option<String>,
}

/// One access, asked for or used.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "BreakGlassAccess")]
pub struct AccessView {
    /// Its id.
    pub id: BreakGlassId,
    /// The case.
    pub case_id: CaseId,
    /// Its number.
    pub case_no: String,
    /// Where it stands.
    pub state: BreakGlassState,
    /// By which way.
    pub way: BreakGlassWay,
    /// Who asked.
    pub asker: AskerView,
    /// As whom the person at the counter is in the case; null: no person was shown.
    pub party_kind: Option<PartyKind>,
    /// Why.
    pub reason_code: BreakGlassReason,
    /// The same in words: to the owner, its duty desk, and whoever wrote them.
    pub reason: Option<String>,
    /// What she wants the duty desk to have at hand, from her safety plan; while it waits, to the duty desk alone.
    pub on_call: Vec<String>,
    /// What was asked for.
    pub asked: FacetSet,
    /// When.
    pub asked_at: Timestamp,
    /// Until when the duty desk may answer.
    pub lapses_at: Timestamp,
    /// What was opened.
    pub opened: Option<FacetSet>,
    /// When.
    pub opened_at: Option<Timestamp>,
    /// Until when it may be read.
    pub ends_at: Option<Timestamp>,
    /// Who answered at the duty desk; to the owner alone.
    pub answered_by: Option<UserId>,
    /// When.
    pub answered_at: Option<Timestamp>,
    /// Why the duty desk declined.
    pub decline_reason: Option<String>,
    /// What the review found.
    pub finding: Option<BreakGlassFinding>,
    /// What it says.
    pub review: Option<String>,
    /// Who reviewed.
    pub reviewed_by: Option<UserId>,
    /// When.
    pub reviewed_at: Option<Timestamp>,
    /// What it cost.
    pub suspension: Option<SuspensionView>,
    /// Counts its changes.
    pub version: i64,
}

impl View for AccessView {
    fn etag(&self) -> ETag {
        ETag::Version(self.version)
    }
    fn location(&self) -> Option<String> {
        Some(format!("/api/v1/break-glass/{}", self.id))
    }
}

impl Again for AccessView {
    type Key = BreakGlassId;
    const VIEW: Action = Action::ViewBreakGlass;
    fn key(&self) -> BreakGlassId {
        self.id
    }
    fn again(tx: &mut Tx<'_>, permit: &Permit<'_, Look, Case>, key: BreakGlassId) -> Result<Self, Problem> {
        steps::view(tx, permit, key)
    }
}

/// What came of breaking glass by a grant: what is open now, and what the duty desk was asked for.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "BrokenGlass")]
pub struct BrokenView {
    /// One for what is open; one for `contact`, which waits for the duty desk.
    pub items: Vec<AccessView>,
    #[serde(skip)]
    pub(super) first: BreakGlassId,
}

impl View for BrokenView {
    fn location(&self) -> Option<String> {
        Some(format!("/api/v1/break-glass/{}", self.first))
    }
}

impl Again for BrokenView {
    type Key = BreakGlassId;
    const VIEW: Action = Action::ViewBreakGlass;
    fn key(&self) -> BreakGlassId {
        self.first
    }
    fn again(tx: &mut Tx<'_>, permit: &Permit<'_, Look, Case>, key: BreakGlassId) -> Result<Self, Problem> {
        steps::of_the_same_attempt(tx, permit, key)
    }
}
