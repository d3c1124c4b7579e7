//! Floor 5: the features of casework, a folder each with the same rooms (`docs/architecture.md`).

pub mod agencies;
pub mod casefile;
pub mod cases;
pub mod parties;
pub mod assignments;
pub mod contracts;
pub mod notes;
pub mod users;

use crate::door::Routes;

/// The routes of every feature.
pub fn routes() -> Routes {
    Routes::new().merge(cases::routes()).merge(parties::routes())
    Routes::new().merge(contracts::routes()).merge(assignments::routes()).merge(notes::routes())
}
