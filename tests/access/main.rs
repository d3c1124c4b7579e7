//! Access, as an outsider can check it.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::too_many_lines,
    clippy::missing_panics_doc,
    reason = "a test that cannot go on stops, and says where"
)]

#[path = "../support/app.rs"]
mod app;
mod canary;
mod canary_writes;
mod captured;
mod lists;
mod marked;
#[path = "../support/postgres.rs"]
mod postgres;
mod raw_bytes;
mod refusals;
mod routes;
#[path = "../support/sample.rs"]
mod sample;
mod scene;
#[path = "../support/smtp.rs"]
mod smtp;

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

/// The state machines as pictures; `cargo run -- states > docs/states.md` makes them anew.
#[test]
fn the_state_machines_are_the_ones_in_docs() {
    let kept = std::fs::read_to_string("docs/states.md").unwrap();
    assert!(
        lianhu::server::states_page() == kept,
        "docs/states.md does not show the state machines: cargo run -- states > docs/states.md, and read the difference"
    );
}
