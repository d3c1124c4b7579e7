//! The words of long work.

use super::words;

words! {
    /// What long work there is.
    pub enum JobKind {
        /// A list of the cases one may see, as a table.
        CaseList = "case_list",
    }

    /// How far long work is: `queued → running → done | failed | cancelled`, `done → fetched | expired`.
    pub enum JobState {
        /// It waits its turn.
        Queued = "queued",
        /// It is being done.
        Running = "running",
        /// Its result can be fetched, once, for a day.
        Done = "done",
        /// It was given up.
        Failed = "failed",
        /// Whoever asked for it called it off.
        Cancelled = "cancelled",
        /// Its result was fetched.
        Fetched = "fetched",
        /// Nobody fetched its result in time.
        Expired = "expired",
    }

    /// Which side of long work a piece belongs to.
    pub enum JobPart {
        /// What it was given.
        Input = "input",
        /// What it came to.
        Result = "result",
    }
}
