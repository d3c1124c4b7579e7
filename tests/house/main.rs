//! The house itself: its rules, which no compiler knows, and the ground its tests stand on.
#![expect(clippy::unwrap_used, reason = "a test says why it failed by failing")]

mod ground;
mod migrations;
#[path = "../support/postgres.rs"]
mod postgres;
mod rules;
