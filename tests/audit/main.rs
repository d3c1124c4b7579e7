//! The audit log: no record, no answer.
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
mod attacks;
mod backup;
mod commands;
mod eye;
mod faults;
mod partitions;
#[path = "../support/postgres.rs"]
mod postgres;
mod receipts;
#[path = "../support/rows.rs"]
mod rows;
#[path = "../support/sample.rs"]
mod sample;
#[path = "../support/serving.rs"]
mod serving;
mod witness;
mod witness_attacks;
mod witness_tls;
