//! Rows and queries of mediation. The case comes from the permit.

pub(super) mod agreements;
pub(super) mod bookings;
pub(super) mod confirmations;
pub(super) mod papers;
pub(super) mod series;
pub(super) mod sessions;
pub(super) mod sheets;
pub mod waivers;
