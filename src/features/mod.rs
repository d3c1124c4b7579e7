//! Floor 5: the features of casework, a folder each with the same rooms (`docs/architecture.md`).

pub mod agencies;
pub mod casefile;
pub mod mediation;
pub mod cases;
pub mod parties;
pub mod users;

use crate::door::Routes;

/// The routes of every feature.
pub fn routes() -> Routes {
    Routes::new().merge(mediation::routes())
    Routes::new().merge(cases::routes()).merge(parties::routes())
}
