//! Floor 5: the features of casework, a folder each with the same rooms (`docs/architecture.md`).

pub mod agencies;
pub mod sessions;
pub mod casefile;
pub mod cases;
pub mod parties;
pub mod users;

use crate::door::Routes;

/// The routes of every feature.
pub fn routes() -> Routes {
    Routes::new().merge(agencies::routes()).merge(users::routes()).merge(sessions::routes())
    Routes::new().merge(cases::routes()).merge(parties::routes())
}
