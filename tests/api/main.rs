//! What users see: each test acts through the real HTTP API, on SQLite and on PostgreSQL.

mod accounts;
#[path = "../support/app.rs"]
mod app;
mod consents;
mod mediation;
#[path = "../support/postgres.rs"]
mod postgres;
mod referrals;
mod signing_in;
