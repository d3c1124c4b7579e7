//! What users see: each test acts through the real HTTP API, on SQLite and on PostgreSQL.
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

mod accounts;
#[path = "../support/app.rs"]
mod app;
mod audit_log;
mod bad_input;
mod break_glass;
mod break_glass_silence;
mod calendar;
mod case_notes;
#[path = "../support/clamd.rs"]
mod clamd;
mod clocks;
mod consents;
mod contracts;
mod deadlines;
mod demo;
mod directory_files;
mod documents;
mod endings;
mod erasures;
mod households;
mod introductions;
mod jobs;
mod keys;
mod mail;
mod measures;
mod mediation;
mod mediation_gate;
mod mediation_papers;
mod models;
#[path = "../support/pdf.rs"]
mod pdf;
#[path = "../support/postgres.rs"]
mod postgres;
mod providers;
mod referrals;
mod repeats;
mod risk;
#[path = "../support/rows.rs"]
mod rows;
mod safety_plans;
mod signing_in;
#[path = "../support/smtp.rs"]
mod smtp;
mod story;
mod uploads;
