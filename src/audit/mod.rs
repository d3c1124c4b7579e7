//! The audit log's recorder: one entry for each access, reads and refusals included, durable before the answer's first
//! byte, append-only, kept as canonical bytes that are never touched again.

mod entry;
mod recorder;
mod store;

pub use entry::{CaseSeen, Change, Entry, Who};
pub use recorder::{NotRecorded, Recorder};
pub use store::{Filter, Found, append, page};
