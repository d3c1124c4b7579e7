//! What users see: each test acts through the real HTTP API, on SQLite and on PostgreSQL.

#[path = "../support/app.rs"]
mod app;
#[path = "../support/postgres.rs"]
mod postgres;

mod consents;
mod signing_in;
