//! The forms in which a table is given out.

use super::words;

words! {
    /// The form of an answer that is a table.
    pub enum Format {
        /// JSON, as every other answer.
        Json = "json",
        /// A text with a line a row (RFC 4180), in UTF-8.
        Csv = "csv",
        /// An office spreadsheet.
        Xlsx = "xlsx",
    }
}
