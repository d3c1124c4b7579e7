//! Floor 5: the features of casework, a folder each with the same rooms (`docs/architecture.md`).

pub mod agencies;
pub mod casefile;
pub mod cases;
pub mod consents;
pub mod declarations;
pub mod grants;
pub mod parties;
pub mod referrals;
pub mod users;
pub mod walls;

use crate::door::Routes;

/// The routes of every feature.
pub fn routes() -> Routes {
    Routes::new()
        .merge(cases::routes())
        .merge(consents::routes())
        .merge(declarations::routes())
        .merge(grants::routes())
        .merge(parties::routes())
        .merge(referrals::routes())
        .merge(walls::routes())
}
