//! The audit log: no record, no answer.

#[path = "../support/app.rs"]
mod app;
mod faults;
#[path = "../support/postgres.rs"]
mod postgres;
#[path = "../support/sample.rs"]
mod sample;
