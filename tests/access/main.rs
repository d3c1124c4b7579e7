//! Access, as an outsider can check it.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on stops")]

/// The whole policy as a page; `cargo run -- policy > docs/policy.md` makes it anew.
#[test]
fn the_policy_in_force_is_the_one_in_docs() {
    let page = lianhu::server::policy_page().unwrap();
    let kept = std::fs::read_to_string("docs/policy.md").unwrap();
    assert!(
        page == kept,
        "docs/policy.md is not the policy in force: cargo run -- policy > docs/policy.md, and read the difference"
    );
}
