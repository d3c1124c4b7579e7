//! Telling: what happens is told to the other side as an entry on its desk, in the transaction in which it happens.
//!
//! An entry bears no case content: a notice, a record's kind and id. Whoever opens it goes through the gate. It is the
//! mails' outbox as well: until `mailed_at` it waits for them to be made of it (`outbox`).

mod letter;
pub mod outbox;
mod post;
pub mod wishes;

use diesel::prelude::*;
pub use letter::{Letter, Line};
pub use post::{NoPost, NotSent, Post};

use crate::base::db::conn::insert_rows;
use crate::base::db::schema::{desk_items, mails};
use crate::base::db::{DbError, Tx, among};
use crate::base::ids::{AgencyId, CaseId, DeskItemId, UserId};
use crate::base::time::Timestamp;
use crate::base::words::words;

words! {
    /// What is told.
    pub enum Notice {
        /// A referral waits for an answer.
        ReferralSent = "referral_sent",
        /// The receiver has seen a referral.
        ReferralAcknowledged = "referral_acknowledged",
        /// The receiver took a referral on.
        ReferralAccepted = "referral_accepted",
        /// The receiver refused a referral.
        ReferralDeclined = "referral_declined",
        /// The sender took a referral back.
        ReferralWithdrawn = "referral_withdrawn",
        /// The help asked for was given.
        ReferralCompleted = "referral_completed",
        /// A case was assigned to a worker.
        CaseAssigned = "case_assigned",
        /// Somebody was named handler or deputy of a case.
        HandlerNamed = "handler_named",
        /// An assignment ended.
        AssignmentEnded = "assignment_ended",
        /// A contract was put in force.
        ContractInForce = "contract_in_force",
        /// A contract was ended before its last day.
        ContractEnded = "contract_ended",
        /// The other side of a contract signed a month's settlement.
        SettlementSigned = "settlement_signed",
        /// A conflict of interest was declared; somebody else is needed.
        ConflictDeclared = "conflict_declared",
        /// A consent was suspended or revoked: sharing has stopped.
        ConsentEnded = "consent_ended",
        /// Closing was asked for.
        ClosingRequested = "closing_requested",
        /// A supervisor gave the word for a further attempt to reach her.
        ContactApproved = "contact_approved",
        /// A case moved to another status.
        CaseStatusChanged = "case_status_changed",
        /// A case was offered to another owner.
        TransferOffered = "transfer_offered",
        /// The other owner answered.
        TransferAnswered = "transfer_answered",
        /// Mediation was proposed.
        MediationProposed = "mediation_proposed",
        /// A mediation session was scheduled, held, suspended or called off.
        MediationSessionChanged = "mediation_session_changed",
        /// Mediation ended.
        MediationEnded = "mediation_ended",
        /// The law obliges the agency: a measure was taken, or a report made to it.
        DutyBegan = "duty_began",
        /// What the law obliged the agency to is over, and what it opened with it.
        DutyEnded = "duty_ended",
        /// An admonition was asked of the station.
        AdmonitionRequested = "admonition_requested",
        /// A legal measure was taken, served, changed or ended.
        MeasureChanged = "measure_changed",
        /// The respondent was released.
        RespondentReleased = "respondent_released",
        /// An admonition or a protection order was breached.
        MeasureBreached = "measure_breached",
        /// A paper for the respondent waits to be released.
        NoticeWaits = "notice_waits",
        /// The level of risk has changed.
        RiskChanged = "risk_changed",
        /// A case turned out to be a repeat.
        RepeatFound = "repeat_found",
        /// Somebody else saved her safety plan.
        SafetyPlanChanged = "safety_plan_changed",
        /// A leaver's cases need somebody.
        HandOverNeeded = "hand_over_needed",
        /// An account waits for a colleague's confirmation.
        AccountWaits = "account_waits",
        /// A colleague needs a one-time secret collected.
        SecretWaits = "secret_waits",
        /// Somebody asks the duty desk to open a case in an emergency.
        BreakGlassAsked = "break_glass_asked",
        /// Somebody asked for a case in an emergency, whether there is one or not: for oversight.
        BreakGlassTried = "break_glass_tried",
        /// A witness of the audit log has not cosigned for long.
        WitnessSilent = "witness_silent",
        /// A witness of the audit log objects: the log may have been changed.
        WitnessObjects = "witness_objects",
        /// A case was opened to somebody in an emergency.
        BreakGlassUsed = "break_glass_used",
        /// An emergency access waits for its review.
        BreakGlassToReview = "break_glass_to_review",
        /// The duty desk has released what was asked of it.
        BreakGlassReleased = "break_glass_released",
        /// An emergency access was found unjustified: the right to it is suspended.
        BreakGlassSuspended = "break_glass_suspended",
        /// The right to emergency access was given back.
        BreakGlassRestored = "break_glass_restored",
        /// Erasing a case, or one note of it, waits for another person.
        ErasureProposed = "erasure_proposed",
        /// An urgent matter waits, and the roster says that this person answers now.
        RosterCall = "roster_call",
        /// A deadline is near.
        DeadlineNear = "deadline_near",
        /// A deadline is due.
        DeadlineDue = "deadline_due",
        /// A deadline is over and nothing was done.
        DeadlineOverdue = "deadline_overdue",
    }
}

/// On whose desk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum To {
    /// The agency's: whoever answers there.
    Agency(AgencyId),
    /// One person's.
    User(AgencyId, UserId),
}

/// A desk entry as stored.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = desk_items, treat_none_as_default_value = false)]
pub struct DeskItem {
    /// Its id.
    pub id: DeskItemId,
    /// The agency.
    pub agency_id: AgencyId,
    /// The one person it is for, if it is.
    pub user_id: Option<UserId>,
    /// What it says.
    pub notice: Notice,
    /// The case it is about.
    pub case_id: Option<CaseId>,
    /// The record it is about: kind and id.
    pub record: String,
    /// Since when.
    pub at: Timestamp,
    /// When it was cleared.
    pub seen_at: Option<Timestamp>,
    /// By when it is to be done, while a clock runs for it there.
    pub due_at: Option<Timestamp>,
    /// Since when its mails are made; none: they are still to be.
    pub mailed_at: Option<Timestamp>,
}

/// Puts an entry on a desk.
pub fn tell(tx: &mut Tx<'_>, to: To, notice: Notice, case: Option<CaseId>, record: &str) -> Result<(), DbError> {
    let item = entry(tx, to, notice, case, (record, None))?;
    diesel::insert_into(desk_items::table).values(&item).execute(tx.conn())?;
    Ok(())
}

/// Puts these entries on their desks.
pub fn tell_all(tx: &mut Tx<'_>, items: &[DeskItem]) -> Result<(), DbError> {
    // A statement holds only so many values.
    for some in items.chunks(500) {
        insert_rows!(tx.conn(), desk_items::table, some)?;
    }
    Ok(())
}

/// An entry that is on no desk yet.
pub fn entry(
    tx: &Tx<'_>,
    to: To,
    notice: Notice,
    case: Option<CaseId>,
    (record, due_at): (&str, Option<Timestamp>),
) -> Result<DeskItem, DbError> {
    let (agency_id, user_id) = match to {
        To::Agency(agency) => (agency, None),
        To::User(agency, user) => (agency, Some(user)),
    };
    Ok(DeskItem {
        id: tx.new_id()?,
        agency_id,
        user_id,
        notice,
        case_id: case,
        record: record.to_owned(),
        at: tx.now(),
        seen_at: None,
        due_at,
        mailed_at: None,
    })
}

/// Clears what waits about a record with this notice: it was answered.
pub fn answered(tx: &mut Tx<'_>, record: &str, notice: Notice) -> Result<(), DbError> {
    let now = tx.now();
    diesel::update(desk_items::table)
        .filter(desk_items::record.eq(record.to_owned()))
        .filter(desk_items::notice.eq(notice))
        .filter(desk_items::seen_at.is_null())
        .set(desk_items::seen_at.eq(now))
        .execute(tx.conn())?;
    Ok(())
}

/// What waits on an agency's desks about a record is to be done by then; none: by no day.
pub fn due(tx: &mut Tx<'_>, agency: AgencyId, record: &str, due_at: Option<Timestamp>) -> Result<(), DbError> {
    diesel::update(desk_items::table)
        .filter(desk_items::record.eq(record.to_owned()))
        .filter(desk_items::agency_id.eq(agency))
        .filter(desk_items::seen_at.is_null())
        .set(desk_items::due_at.eq(due_at))
        .execute(tx.conn())?;
    Ok(())
}

/// Takes everything that desks and mails hold about a case away: it is erased.
pub fn forget_case(tx: &mut Tx<'_>, case: CaseId) -> Result<(), DbError> {
    let items: Vec<DeskItemId> = desk_items::table.filter(desk_items::case_id.eq(case)).select(desk_items::id).load(tx.conn())?;
    for some in items.chunks(500) {
        diesel::delete(mails::table.filter(mails::desk_item_id.assume_not_null().eq_any(some.to_vec()))).execute(tx.conn())?;
        diesel::delete(desk_items::table.filter(among(desk_items::id, some))).execute(tx.conn())?;
    }
    Ok(())
}

/// Clears whatever waits about a record.
pub fn all_answered(tx: &mut Tx<'_>, record: &str) -> Result<(), DbError> {
    let now = tx.now();
    diesel::update(desk_items::table)
        .filter(desk_items::record.eq(record.to_owned()))
        .filter(desk_items::seen_at.is_null())
        .set(desk_items::seen_at.eq(now))
        .execute(tx.conn())?;
    Ok(())
}
