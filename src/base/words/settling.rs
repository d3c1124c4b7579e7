//! The words of settlements.

use super::words;

words! {
    /// How far a month's settlement is: `open → provider_signed → settled`.
    pub enum SettlementState {
        /// Nobody has signed: its lines still follow what is recorded.
        Open = "open",
        /// The provider has signed: its lines are fixed.
        ProviderSigned = "provider_signed",
        /// The buyer has countersigned.
        Settled = "settled",
    }
}
