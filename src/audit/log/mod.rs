//! The verifiable log: every entry gets a place in a Merkle tree (RFC 6962), whose heads are signed as C2SP checkpoints
//! (`tlog-checkpoint`, `signed-note`), whose hashes are served as tiles (`tlog-tiles`), and whose checkpoints others cosign
//! (`tlog-cosignature`). The leaf is an entry's canonical bytes.
//!
//! Always: one place an entry, without gaps; nothing that was signed is ever taken back. What is signed is durable in the same
//! transaction, so that no checkpoint is out of which the database knows nothing.
//!
//! The formats: <https://c2sp.org/tlog-tiles>, <https://c2sp.org/tlog-checkpoint>, <https://c2sp.org/tlog-cosignature>,
//! <https://c2sp.org/signed-note>, RFC 6962 section 2.1.

pub mod note;
pub mod sequencer;
pub mod store;
pub mod tile;
pub mod tree;
pub mod witnesses;

pub use note::{Checkpoint, NoteError, Signer, VerifierKey};
pub use tile::TilePath;
pub use tlog_tiles::Hash;
pub use tree::{Hashes, NoHashes};

/// SHA-256 of `0x00` and the leaf (RFC 6962 section 2.1).
pub fn leaf_hash(leaf: &[u8]) -> Hash {
    tlog_tiles::record_hash(leaf)
}
