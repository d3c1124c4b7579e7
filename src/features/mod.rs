//! Floor 5: the features of casework, a folder each with the same rooms (`docs/architecture.md`).

pub mod agencies;
pub mod casefile;
pub mod consents;
pub mod cases;
pub mod parties;
pub mod referrals;
pub mod users;
pub mod walls;

use crate::door::Routes;

/// The routes of every feature.
pub fn routes() -> Routes {
    Routes::new().merge(referrals::routes())
    Routes::new().merge(cases::routes()).merge(parties::routes())
}
