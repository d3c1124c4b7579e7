//! Rows of referrals. The case comes from the permit; lists are by agency, each row's case still to be decided.

use diesel::prelude::*;
use serde::{Deserialize, Serialize};

use super::{Refused, Step};
use crate::access::can::Can;
use crate::access::{Case, Content, Permit, SealedAs, in_a_case};
use crate::base::db::schema::referrals;
use crate::base::db::{DbError, Tx};
use crate::base::ids::{AgencyId, CaseId, ReferralId, UserId};
use crate::base::problem::Problem;
use crate::base::text::Text;
use crate::base::time::Timestamp;
use crate::base::words::{FacetSet, HelpKind, ReferralKind, ReferralState, Urgency};
use crate::features::casefile::IncidentInput;
use crate::features::parties::PartyInput;
use crate::features::risk::AssessmentInput;

/// What the sender writes to the receiver.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Words(pub Text);
impl Content for Words {
    const TABLE: &'static str = "referrals";
    const COLUMN: &'static str = "text";
}

/// An intake as it was sent.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Intake {
    pub parties: Vec<PartyInput>,
    pub incident: IncidentInput,
    #[serde(default)]
    pub risk: Option<AssessmentInput>,
}
impl Content for Intake {
    const TABLE: &'static str = "referrals";
    const COLUMN: &'static str = "intake";
}

/// Why it was declined or withdrawn.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Reason(pub Text);
impl Content for Reason {
    const TABLE: &'static str = "referrals";
    const COLUMN: &'static str = "reason";
}

/// What came of it.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Outcome(pub Text);
impl Content for Outcome {
    const TABLE: &'static str = "referrals";
    const COLUMN: &'static str = "outcome";
}

/// A referral as stored.
#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = referrals)]
pub(super) struct ReferralRow {
    pub id: ReferralId,
    pub case_id: CaseId,
    pub kind: ReferralKind,
    /// None for an intake.
    pub help: Option<HelpKind>,
    pub sender_id: AgencyId,
    pub receiver_id: AgencyId,
    /// What it names; once accepted, what was granted.
    pub facets: FacetSet,
    pub urgency: Urgency,
    pub state: ReferralState,
    pub text: Option<SealedAs<Words>>,
    pub intake: Option<SealedAs<Intake>>,
    pub reason: Option<SealedAs<Reason>>,
    pub outcome: Option<SealedAs<Outcome>>,
    pub created_by: UserId,
    pub created_at: Timestamp,
    pub sent_at: Option<Timestamp>,
    pub acknowledged_at: Option<Timestamp>,
    pub answered_at: Option<Timestamp>,
    pub answered_by: Option<UserId>,
    pub ended_at: Option<Timestamp>,
    pub version: i64,
}

impl ReferralRow {
    /// As events, desks and grants name it.
    pub fn record(&self) -> String {
        record(self.id)
    }
}

/// As events, desks and grants name it.
pub(super) fn record(id: ReferralId) -> String {
    format!("referral/{id}")
}

/// The case a referral is of: the gate resolves its id by it.
pub(super) fn case_of(tx: &mut Tx<'_>, id: ReferralId) -> Result<Option<CaseId>, DbError> {
    Ok(referrals::table.filter(referrals::id.eq(id)).select(referrals::case_id).first(tx.conn()).optional()?)
}
in_a_case!(ReferralId, "referral", case_of);

/// One referral of the permit's case.
pub(super) fn find<C: Can>(tx: &mut Tx<'_>, permit: &Permit<'_, C, Case>, id: ReferralId) -> Result<ReferralRow, Problem> {
    let row = referrals::table
        .filter(referrals::id.eq(id))
        .filter(referrals::case_id.eq(permit.case()))
        .select(ReferralRow::as_select())
        .first(tx.conn())
        .optional()
        .map_err(DbError::from)?;
    row.ok_or_else(Problem::not_found)
}

/// Enters a new one. Errors: one to this receiver of this kind is under way.
pub(super) fn add(tx: &mut Tx<'_>, row: &ReferralRow) -> Result<(), Problem> {
    match diesel::insert_into(referrals::table).values(row).execute(tx.conn()).map_err(DbError::from) {
        Ok(_) => Ok(()),
        Err(DbError::Unique) => Err(Refused::OneLive.into()),
        Err(error) => Err(error.into()),
    }
}

/// Writes what a step or a change made of it, where it still is the version that was read: of two that race, one wins.
pub(super) fn save(tx: &mut Tx<'_>, row: &mut ReferralRow) -> Result<(), Problem> {
    let seen = row.version;
    row.version = seen.saturating_add(1);
    let done = diesel::update(referrals::table.filter(referrals::id.eq(row.id)).filter(referrals::version.eq(seen)))
        .set((
            referrals::facets.eq(row.facets),
            referrals::urgency.eq(row.urgency),
            referrals::state.eq(row.state),
            referrals::sent_at.eq(row.sent_at),
            referrals::acknowledged_at.eq(row.acknowledged_at),
            referrals::answered_at.eq(row.answered_at),
            referrals::answered_by.eq(row.answered_by),
            referrals::ended_at.eq(row.ended_at),
            referrals::version.eq(row.version),
        ))
        .execute(tx.conn())
        .map_err(DbError::from)?;
    if done == 1 { Ok(()) } else { Err(Refused::Stale.into()) }
}

/// Writes the sealed texts, in the transaction that saved the row.
pub(super) fn save_words(tx: &mut Tx<'_>, row: &ReferralRow) -> Result<(), DbError> {
    diesel::update(referrals::table.filter(referrals::id.eq(row.id)))
        .set((
            referrals::text.eq(row.text.as_ref()),
            referrals::intake.eq(row.intake.as_ref()),
            referrals::reason.eq(row.reason.as_ref()),
            referrals::outcome.eq(row.outcome.as_ref()),
        ))
        .execute(tx.conn())?;
    Ok(())
}

/// The case's referrals that are not ended.
pub(super) fn live<C: Can>(tx: &mut Tx<'_>, permit: &Permit<'_, C, Case>) -> Result<Vec<ReferralRow>, DbError> {
    Ok(referrals::table
        .filter(referrals::case_id.eq(permit.case()))
        .filter(referrals::state.eq_any(states(super::is_live)))
        .order(referrals::id)
        .select(ReferralRow::as_select())
        .load(tx.conn())?)
}

/// The intakes by which an agency sent the case in: one.
pub(super) fn intakes_of<C: Can>(
    tx: &mut Tx<'_>,
    permit: &Permit<'_, C, Case>,
    sender: AgencyId,
) -> Result<Vec<ReferralRow>, DbError> {
    Ok(referrals::table
        .filter(referrals::case_id.eq(permit.case()))
        .filter(referrals::sender_id.eq(sender))
        .filter(referrals::kind.eq(ReferralKind::Intake))
        .order(referrals::id)
        .select(ReferralRow::as_select())
        .load(tx.conn())?)
}

/// Whether one of this kind is under way.
pub(super) fn has_live<C: Can>(tx: &mut Tx<'_>, permit: &Permit<'_, C, Case>, kind: ReferralKind) -> Result<bool, DbError> {
    let under_way = states(|state| super::is_live(state) && super::is_offered(state));
    let found: Option<ReferralId> = referrals::table
        .filter(referrals::case_id.eq(permit.case()))
        .filter(referrals::kind.eq(kind))
        .filter(referrals::state.eq_any(under_way))
        .select(referrals::id)
        .first(tx.conn())
        .optional()?;
    Ok(found.is_some())
}

/// Whether one was sent and has no answer yet.
pub(super) fn is_one_unanswered<C: Can>(tx: &mut Tx<'_>, permit: &Permit<'_, C, Case>) -> Result<bool, DbError> {
    let found: Option<ReferralId> = referrals::table
        .filter(referrals::case_id.eq(permit.case()))
        .filter(referrals::state.eq(ReferralState::Sent).or(referrals::state.eq(ReferralState::Acknowledged)))
        .select(referrals::id)
        .first(tx.conn())
        .optional()?;
    Ok(found.is_some())
}

/// Whether the agency has taken on another referral of the case that is not ended.
pub(super) fn has_another<C: Can>(tx: &mut Tx<'_>, permit: &Permit<'_, C, Case>, row: &ReferralRow) -> Result<bool, DbError> {
    let found: Option<ReferralId> = referrals::table
        .filter(referrals::case_id.eq(permit.case()))
        .filter(referrals::receiver_id.eq(row.receiver_id))
        .filter(referrals::state.eq(ReferralState::Accepted))
        .filter(referrals::kind.ne(ReferralKind::Introduction))
        .filter(referrals::id.ne(row.id))
        .select(referrals::id)
        .first(tx.conn())
        .optional()?;
    Ok(found.is_some())
}

fn states(wanted: impl Fn(ReferralState) -> bool) -> Vec<ReferralState> {
    ReferralState::ALL.iter().copied().filter(|state| wanted(*state)).collect()
}

/// Which box of an agency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum WhichBox {
    /// What was referred to it.
    Inbox,
    /// What it refers.
    Outbox,
}

/// An agency's referrals before `past`, newest first: candidates, each case still to be decided.
pub(super) fn page(
    tx: &mut Tx<'_>,
    agency: AgencyId,
    which: WhichBox,
    state: Option<ReferralState>,
    past: Option<ReferralId>,
    limit: i64,
) -> Result<Vec<ReferralRow>, DbError> {
    let mut query = referrals::table.order(referrals::id.desc()).limit(limit).select(ReferralRow::as_select()).into_boxed();
    query = match which {
        WhichBox::Inbox => {
            query.filter(referrals::receiver_id.eq(agency)).filter(referrals::state.eq_any(states(super::is_offered)))
        }
        WhichBox::Outbox => query.filter(referrals::sender_id.eq(agency)),
    };
    if let Some(state) = state {
        query = query.filter(referrals::state.eq(state));
    }
    if let Some(past) = past {
        query = query.filter(referrals::id.lt(past));
    }
    Ok(query.load(tx.conn())?)
}

/// What a step writes beside the state: who, when.
pub(super) fn stamp(row: &mut ReferralRow, step: Step, user: Option<UserId>, now: Timestamp) {
    row.state = step.to();
    match step {
        Step::Send => row.sent_at = Some(now),
        Step::Acknowledge => row.acknowledged_at = Some(now),
        Step::Accept => (row.answered_at, row.answered_by) = (Some(now), user),
        Step::Decline => (row.answered_at, row.answered_by, row.ended_at) = (Some(now), user, Some(now)),
        Step::Withdraw | Step::Complete => row.ended_at = Some(now),
    }
}
