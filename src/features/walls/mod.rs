//! Walls (回避): who is kept out of a case, being a party or close to one.
//!
//! `standing → lifted`, by a supervisor. Always: a wall beats every grant, and acts on the next request; what was granted
//! to the person behind it ends and does not revive when it is lifted, and they declare anew; one stands at most before
//! one person.

mod api;
pub mod facts;
mod steps;
mod store;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use api::routes;

use crate::base::ids::{AgencyId, CaseId, UserId, WallId};
use crate::base::problem::Problem;
use crate::base::text::Text;
use crate::base::time::Timestamp;
use crate::base::words::words;
use crate::door::{Check, ETag, View};

words! {
    /// `standing → lifted`.
    pub enum WallState {
        /// Nothing of the case is there for the person.
        Standing = "standing",
        /// Over.
        Lifted = "lifted",
    }
}

/// A wall as asked for.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewWall {
    /// Whom it keeps out.
    pub user: UserId,
    /// Why.
    pub reason: Text,
}

impl Check for NewWall {}

/// Lifting one.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Lift {
    /// Why it is not needed any more.
    pub reason: Text,
}

impl Check for Lift {}

impl WallState {
    /// A wall whose lifting is, or is not, on record.
    const fn of(lifted_at: Option<Timestamp>) -> Self {
        if lifted_at.is_some() { Self::Lifted } else { Self::Standing }
    }
    /// `standing → lifted`.
    const fn lift(self) -> Result<Self, WallRefused> {
        match self {
            Self::Standing => Ok(Self::Lifted),
            Self::Lifted => Err(WallRefused::Illegal { from: self }),
        }
    }
}

/// Why a wall was not built or lifted. The client reads these words: nothing of the case in them.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
enum WallRefused {
    /// One stands before this person already.
    #[error("one stands already")]
    Stands,
    /// It is lifted already.
    #[error("a {from} wall cannot be lifted")]
    Illegal { from: WallState },
}

impl From<WallRefused> for Problem {
    fn from(why: WallRefused) -> Self {
        match why {
            WallRefused::Stands => Self::conflict().because("A wall stands before this person already", "此人已被设为回避"),
            WallRefused::Illegal { from } => Self::illegal_step(from.as_str(), "lift", []),
        }
    }
}

/// A wall, as disclosed to the owner.
#[derive(Serialize, JsonSchema)]
pub struct WallView {
    /// Its id.
    pub id: WallId,
    /// The case.
    pub case_id: CaseId,
    /// Its state.
    pub state: WallState,
    /// Whom it keeps out.
    pub user_id: UserId,
    /// Their name.
    pub user_name: Option<String>,
    /// Their agency.
    pub agency_id: AgencyId,
    /// Why, if that was said and may be read.
    pub reason: Option<Text>,
    /// Who built it: the person themselves, if they declared a conflict.
    pub built_by: UserId,
    /// When.
    pub built_at: Timestamp,
    /// Why it was lifted.
    pub lift_reason: Option<Text>,
    /// Who lifted it.
    pub lifted_by: Option<UserId>,
    /// When.
    pub lifted_at: Option<Timestamp>,
    #[serde(skip)]
    version: i64,
}

impl View for WallView {
    fn etag(&self) -> ETag {
        ETag::Version(self.version)
    }
    fn location(&self) -> Option<String> {
        Some(format!("/api/v1/cases/{}/walls/{}", self.case_id, self.id))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wall_is_lifted_once() {
        assert_eq!(WallState::Standing.lift(), Ok(WallState::Lifted));
        assert_eq!(WallState::Lifted.lift(), Err(WallRefused::Illegal { from: WallState::Lifted }));
        assert_eq!(WallState::of(Some(Timestamp::from_micros(1))), WallState::Lifted);
        assert_eq!(WallState::of(None), WallState::Standing);
    }
}
