//! The words of erasing: why, and how far it is.

use super::words;

words! {
    /// `proposed → executed | withdrawn`.
    pub enum ErasureState {
        /// It waits for another person.
        Proposed = "proposed",
        /// The key is destroyed.
        Executed = "executed",
        /// It does not happen.
        Withdrawn = "withdrawn",
    }

    /// Why something is erased.
    pub enum ErasureReason {
        /// The time it is kept is over (`config/retention.toml`).
        RetentionEnded = "retention_ended",
        /// She asks for it, and the law lets her (PIPL art. 47).
        SurvivorRequest = "survivor_request",
        /// A note that should never have been written: another person's, another case's.
        EnteredInError = "entered_in_error",
    }
}
