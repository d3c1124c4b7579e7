//! The audit log's recorder: one entry for each access, reads and refusals included, durable before the answer's first
//! byte, append-only, kept as canonical bytes that are never touched again.

mod entry;
pub mod export;
pub mod log;
mod recorder;
mod store;
pub mod verify;

pub use entry::{CaseSeen, Change, Entry, LONGEST, Who, Written, digest};
pub use recorder::{NotRecorded, Recorder};
pub use store::{Filter, Found, append, page};
