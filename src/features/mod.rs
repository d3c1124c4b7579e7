//! Floor 5: the features of casework, a folder each with the same rooms (`docs/architecture.md`).

pub mod agencies;
pub mod casefile;
pub mod contact_attempts;
pub mod handlers;
pub mod links;
pub mod parties;
pub mod transfers;
pub mod users;

use crate::door::Routes;

/// The routes of every feature.
pub fn routes() -> Routes {
    Routes::new().merge(contact_attempts::routes()).merge(handlers::routes()).merge(links::routes()).merge(transfers::routes())
}
