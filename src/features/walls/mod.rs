//! Walls (回避): who is kept out of a case, being a party or close to one.
//!
//! A wall stands until a supervisor lifts it. Always: it beats every grant, and acts on the next request; what was granted
//! to the person behind it ends and does not revive when it is lifted.

pub mod facts;
mod store;

use crate::base::problem::Problem;

/// Why a wall was not built or lifted. The client reads these words: nothing of the case in them.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
enum WallRefused {
    /// One stands before this person already.
    #[error("one stands already")]
    Stands,
}

impl From<WallRefused> for Problem {
    fn from(why: WallRefused) -> Self {
        match why {
            WallRefused::Stands => Self::conflict().because("A wall stands before this person already", "此人已被设为回避"),
        }
    }
}
