//! Floor 5: the features of casework, a folder each with the same rooms (`docs/architecture.md`).

pub mod agencies;
pub mod casefile;
pub mod consents;
pub mod declarations;
pub mod grants;
pub mod parties;
pub mod assignments;
pub mod contracts;
pub mod notes;
pub mod users;
pub mod walls;

use crate::door::Routes;

/// The routes of every feature.
pub fn routes() -> Routes {
    Routes::new()
        .merge(consents::routes())
        .merge(declarations::routes())
        .merge(grants::routes())
        .merge(walls::routes())
    Routes::new().merge(contracts::routes()).merge(assignments::routes()).merge(notes::routes())
}
