//! Lianhu (联护, "joint protection"): agencies that share nothing but a case work it together, each seeing only what it may.
//!
//! Floors, lowest first (`docs/architecture.md`): `base`; `vault`, `identity`, `audit`, `notify`, `clocks`, `papers`; `access`; `door`; `features`;
//! `overviews`; `server` and `cli`. A room uses rooms below it, never above.

pub mod access;
pub mod audit;
pub mod base;
pub mod cli;
pub mod clocks;
pub mod door;
pub mod features;
pub mod identity;
pub mod notify;
mod overviews;
pub mod papers;
pub mod server;
pub mod vault;
