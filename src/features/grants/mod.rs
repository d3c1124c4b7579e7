//! Grants (授权), as the owner and the lead worker see them: who else may see the case, and why.
//!
//! `live ⇄ suspended`, with her consent; either ends by its date or by a word. Always: a grant that ended does not revive;
//! a supervisor ends one at once, but neither a statutory duty's nor an owner's.

mod api;
mod steps;

use schemars::JsonSchema;
use serde::Serialize;

pub use api::routes;

use crate::access::grants::GrantRow;
use crate::base::ids::{AgencyId, CaseId, ConsentId, GrantId, UserId};
use crate::base::problem::Problem;
use crate::base::time::Timestamp;
use crate::base::words::{Basis, FacetSet, words};
use crate::door::{ETag, View};

words! {
    /// Whether a grant opens anything.
    pub enum GrantState {
        /// It does.
        Live = "live",
        /// Her consent is suspended, and the grant with it.
        Suspended = "suspended",
        /// Its time is over.
        Over = "over",
        /// It was ended before its time.
        Ended = "ended",
    }
}

impl GrantState {
    /// A grant's state at that moment.
    fn of(row: &GrantRow, now: Timestamp) -> Self {
        if row.ended_at.is_some() {
            Self::Ended
        } else if row.ends_at.is_some_and(|end| end <= now) {
            Self::Over
        } else if row.suspended_at.is_some() {
            Self::Suspended
        } else {
            Self::Live
        }
    }
    /// Whether a supervisor may end it: by its basis, then by its state.
    const fn end(self, basis: Basis) -> Result<(), GrantRefused> {
        match basis {
            Basis::StatutoryDuty => return Err(GrantRefused::Statutory),
            Basis::Jurisdiction => return Err(GrantRefused::Jurisdiction),
            Basis::Author | Basis::Assignment | Basis::Referral | Basis::Conference | Basis::BreakGlass => {}
        }
        match self {
            Self::Live | Self::Suspended => Ok(()),
            Self::Over | Self::Ended => Err(GrantRefused::Illegal { from: self }),
        }
    }
}

/// Why a grant was not ended. The client reads these words: nothing of the case in them.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
enum GrantRefused {
    /// It is over already.
    #[error("a grant that is {from} cannot be ended")]
    Illegal { from: GrantState },
    /// A statutory duty ends by itself.
    #[error("a statutory duty is not ended by the owner")]
    Statutory,
    /// The owner answers for the case until it is transferred.
    #[error("jurisdiction ends by transfer")]
    Jurisdiction,
}

impl From<GrantRefused> for Problem {
    fn from(why: GrantRefused) -> Self {
        match why {
            GrantRefused::Illegal { from } => Self::illegal_step(from.as_str(), "end", []),
            GrantRefused::Statutory => Self::conflict().because(
                "A statutory duty ends with the duty; the owner does not end it",
                "法定职责随职责终止而终止,主办单位不得终止",
            ),
            GrantRefused::Jurisdiction => {
                Self::conflict().because("Jurisdiction ends by transferring the case", "主办权仅随个案移交终止")
            }
        }
    }
}

/// A grant, as disclosed to the owner and the lead worker.
#[derive(Serialize, JsonSchema)]
pub struct GrantView {
    /// Its id.
    pub id: GrantId,
    /// The case.
    pub case_id: CaseId,
    /// Whether it opens anything now.
    pub state: GrantState,
    /// Why it was given.
    pub basis: Basis,
    /// The agency it was given to.
    pub agency_id: AgencyId,
    /// Its name.
    pub agency_name: Option<String>,
    /// The one person it was given to, where it is not for the agency.
    pub user_id: Option<UserId>,
    /// Their name.
    pub user_name: Option<String>,
    /// What may be read by it.
    pub reads: FacetSet,
    /// What may be written by it.
    pub writes: FacetSet,
    /// What it came from: kind and id.
    pub cause: String,
    /// Her consent it rests on, if it does.
    pub consent_id: Option<ConsentId>,
    /// From when.
    pub starts_at: Timestamp,
    /// Until when at the latest.
    pub ends_at: Option<Timestamp>,
    /// Since when it is suspended.
    pub suspended_at: Option<Timestamp>,
    /// When it was ended.
    pub ended_at: Option<Timestamp>,
    /// Why it was ended.
    pub ended_why: Option<String>,
    #[serde(skip)]
    version: i64,
}

impl View for GrantView {
    fn etag(&self) -> ETag {
        ETag::Version(self.version)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(basis: Basis) -> GrantRow {
        GrantRow {
            id: "0193a5b0-7c00-7000-8000-000000000001".parse().unwrap(),
            case_id: "0193a5b0-7c00-7000-8000-000000000002".parse().unwrap(),
            agency_id: "0193a5b0-7c00-7000-8000-000000000003".parse().unwrap(),
            user_id: None,
            basis,
            reads: FacetSet::EMPTY,
            writes: FacetSet::EMPTY,
            cause: "referral/1".to_owned(),
            consent_id: None,
            starts_at: Timestamp::from_micros(10),
            ends_at: Some(Timestamp::from_micros(20)),
            suspended_at: None,
            ended_at: None,
            ended_why: None,
            version: 1,
        }
    }

    #[test]
    fn a_grant_is_shown_live_exactly_when_it_opens_something() {
        for ended_at in [None, Some(Timestamp::from_micros(12))] {
            for suspended_at in [None, Some(Timestamp::from_micros(11))] {
                for now in [15, 19, 20, 21] {
                    let row = GrantRow { suspended_at, ended_at, ..row(Basis::Referral) };
                    let now = Timestamp::from_micros(now);
                    assert_eq!(GrantState::of(&row, now) == GrantState::Live, row.is_live(now), "{row:?} at {now}");
                }
            }
        }
    }

    #[test]
    fn neither_a_statutory_duty_nor_jurisdiction_is_ended() {
        assert_eq!(GrantState::Live.end(Basis::StatutoryDuty), Err(GrantRefused::Statutory));
        assert_eq!(GrantState::Live.end(Basis::Jurisdiction), Err(GrantRefused::Jurisdiction));
        assert_eq!(GrantState::Suspended.end(Basis::Referral), Ok(()));
        for over in [GrantState::Over, GrantState::Ended] {
            assert_eq!(over.end(Basis::Referral), Err(GrantRefused::Illegal { from: over }));
        }
    }
}
