//! The words of the verifiable log.

use super::words;

words! {
    /// Why a witness would not cosign a checkpoint.
    pub enum ObjectionKind {
        /// Two trees of one log: the one offered does not go on from the one that was cosigned.
        Fork = "fork",
        /// The log offered is shorter than the one that was cosigned.
        Rollback = "rollback",
        /// No known key of the log signed it.
        Signature = "signature",
        /// The hashes served do not make the root that was signed.
        Consistency = "consistency",
    }
}
