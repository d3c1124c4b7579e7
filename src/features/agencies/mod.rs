//! Agencies: who works together, of which kind, where.

pub mod facts;
