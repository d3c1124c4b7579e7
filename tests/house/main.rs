//! The house itself: its rules, which no compiler knows, and the ground its tests stand on.
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

mod ground;
mod migrations;
#[path = "../support/postgres.rs"]
mod postgres;
mod rules;
