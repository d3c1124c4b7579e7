//! Users: people's accounts in their agencies.

pub mod facts;
