//! The desk (桌面): what waits for me, by its deadline, the most overdue first; then what has none, oldest first.
//!
//! Always: an entry bears no content. Its case shows, by its head, only where the policy lets one see the case; what was
//! offered and not yet taken shows its preview alone. An agency's entry about a case shows to those of its people who have
//! to do with the case; what came back to the agency, and has nobody yet, to all its caseworkers. What waits for an answer
//! is cleared by the answer and not by hand, so that nothing is put aside unanswered.

mod api;
mod steps;
mod store;

use std::str::FromStr;

use schemars::JsonSchema;
use serde::Serialize;

pub use api::routes;
pub(super) use steps::{line, lines};
pub(super) use store::find;

use crate::base::ids::{AgencyId, CaseId, DeadlineId, DeskItemId};
use crate::base::problem::Problem;
use crate::base::time::Timestamp;
use crate::base::words::{Clock, Urgency};
use crate::door::View;
use crate::features::casefile::CaseHead;
use crate::notify::Notice;

/// The record an entry is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct RecordRef {
    /// Its kind, `referral`.
    pub kind: String,
    /// Its id.
    pub id: String,
}

impl RecordRef {
    /// Of its kind and id: `referral/0193…`.
    pub(in crate::overviews) fn of(record: &str) -> Self {
        let (kind, id) = record.split_once('/').unwrap_or((record, ""));
        Self { kind: kind.to_owned(), id: id.to_owned() }
    }
}

/// All that a receiver may know of what was offered to it, until it accepts.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Preview {
    /// Who offers it.
    pub sender_id: AgencyId,
    /// The sender's name.
    pub sender: String,
    /// The referral's kind, or `transfer`.
    pub kind: String,
    /// How soon an answer is needed.
    pub urgency: Urgency,
}

/// An entry, as shown.
#[derive(Serialize, JsonSchema)]
pub struct DeskItemView {
    /// Its id.
    pub id: DeskItemId,
    /// What it says.
    pub notice: Notice,
    /// Since when it waits.
    pub at: Timestamp,
    /// Since when it is off the desk; null while it waits.
    pub seen_at: Option<Timestamp>,
    /// Whether an answer is needed within hours.
    pub urgent: bool,
    /// By when it is to be done; null: by no day.
    pub due_at: Option<Timestamp>,
    /// Whether that is over.
    pub overdue: bool,
    /// The clock it tells of, if it tells of one.
    pub clock: Option<Clock>,
    /// Whether it is for me alone, or for my agency.
    pub personal: bool,
    /// Whether it may be cleared by hand; anything else is cleared by answering it.
    pub can_be_cleared: bool,
    /// Whether it calls for somebody to take the matter on: `POST /desk/{id}/acknowledge` says that one does.
    pub can_be_acknowledged: bool,
    /// What it is about.
    pub record: RecordRef,
    /// The case; null where there is none, or none that this reader may see.
    pub case_id: Option<CaseId>,
    /// The case's head; null where this reader may not see it, or sees the preview alone.
    pub case: Option<CaseHead>,
    /// The preview of what was offered.
    pub preview: Option<Preview>,
}

impl View for DeskItemView {}

/// An entry that was cleared.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct SeenView {
    /// The entry.
    pub id: DeskItemId,
    /// Since when it is off the desk.
    pub seen_at: Timestamp,
}

impl View for SeenView {}

/// A call that somebody took on.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct AcknowledgedView {
    /// The entry that called.
    pub id: DeskItemId,
    /// The deadline it called for.
    pub deadline_id: DeadlineId,
    /// Since when it is off the desk.
    pub acknowledged_at: Timestamp,
}

impl View for AcknowledgedView {}

/// Whether a notice waits for an answer: it stays until that is given.
const fn awaits_answer(notice: Notice) -> bool {
    matches!(
        notice,
        Notice::ReferralSent
            | Notice::TransferOffered
            | Notice::ClosingRequested
            | Notice::ErasureProposed
            | Notice::HandOverNeeded
            | Notice::AdmonitionRequested
            | Notice::NoticeWaits
            | Notice::AccountWaits
            | Notice::SecretWaits
            | Notice::BreakGlassAsked
            | Notice::BreakGlassToReview
            | Notice::RosterCall
            | Notice::DeadlineOverdue
    )
}

/// Whether a notice is a clock's call, which somebody takes on by their word; what is to be done still is.
const fn calls(notice: Notice) -> bool {
    matches!(notice, Notice::RosterCall | Notice::DeadlineDue | Notice::DeadlineOverdue)
}

/// Whether an agency must hear of it though nobody there has to do with the case (any more): its own request came back.
const fn comes_back(notice: Notice) -> bool {
    matches!(notice, Notice::ReferralDeclined | Notice::ReferralWithdrawn | Notice::TransferAnswered | Notice::HandOverNeeded)
}

/// Whether an entry shows to a caseworker of its agency. `tied`: the policy lets them see its case.
const fn shows(notice: Notice, personal: bool, has_case: bool, tied: bool, is_caseworker: bool) -> bool {
    personal || (!has_case && (is_caseworker || awaits_answer(notice))) || (is_caseworker && (tied || comes_back(notice)))
}

/// Where a page of the desk ended: among what has a deadline, or behind that.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Spot {
    due: Option<Timestamp>,
    id: DeskItemId,
}

impl std::fmt::Display for Spot {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.due {
            Some(due) => write!(f, "{}.{}", due.micros(), self.id),
            None => write!(f, ".{}", self.id),
        }
    }
}

impl FromStr for Spot {
    type Err = crate::base::ids::NotAnId;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (due, id) = text.split_once('.').ok_or(crate::base::ids::NotAnId)?;
        let due = match due {
            "" => None,
            micros => Some(Timestamp::from_micros(micros.parse().map_err(|_| crate::base::ids::NotAnId)?)),
        };
        Ok(Self { due, id: id.parse()? })
    }
}

/// Why an entry stays on the desk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("it waits for an answer")]
pub struct Waits;

/// Why an entry is not acknowledged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("it is no clock's call")]
pub struct NoCall;

impl From<NoCall> for Problem {
    fn from(_: NoCall) -> Self {
        Self::conflict().because("this is no call that somebody takes on", "此事项并非需要确认的呼叫")
    }
}

impl From<Waits> for Problem {
    fn from(_: Waits) -> Self {
        Self::conflict().because("this waits for an answer and is cleared by giving it", "此事项须答复后方可清除")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_agencys_entry_shows_to_those_who_have_to_do_with_the_case() {
        assert!(shows(Notice::ConsentEnded, false, true, true, true));
        assert!(!shows(Notice::ConsentEnded, false, true, false, true));
        assert!(shows(Notice::ConsentEnded, true, true, false, true));
        // An auditor has no desk of cases.
        assert!(!shows(Notice::ReferralDeclined, false, true, false, false));
        assert!(shows(Notice::AccountWaits, false, false, false, false));
    }

    #[test]
    fn what_came_back_shows_to_every_caseworker() {
        assert!(shows(Notice::ReferralDeclined, false, true, false, true));
        assert!(shows(Notice::HandOverNeeded, false, true, false, true));
    }

    #[test]
    fn a_spot_is_read_back() {
        let id: DeskItemId = "0193a5b0-7c00-7000-8000-000000000001".parse().unwrap();
        for due in [Some(Timestamp::from_micros(-7)), Some(Timestamp::from_micros(7)), None] {
            let spot = Spot { due, id };
            assert_eq!(spot.to_string().parse(), Ok(spot));
        }
        assert!(id.to_string().parse::<Spot>().is_err());
        assert!("".parse::<Spot>().is_err());
    }

    #[test]
    fn a_record_is_kind_and_id() {
        assert_eq!(RecordRef::of("referral/x"), RecordRef { kind: "referral".into(), id: "x".into() });
        assert_eq!(RecordRef::of("odd"), RecordRef { kind: "odd".into(), id: String::new() });
    }
}
