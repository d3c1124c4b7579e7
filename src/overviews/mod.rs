//! Floor 6: what looks across features: the desk, the timeline, who can see what, the audit log.

use crate::door::Routes;

/// The routes of every overview.
pub fn routes() -> Routes {
    Routes::new()
}
