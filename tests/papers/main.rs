//! Papers as they come out: typeset, then opened by other people's readers (`pdftotext`, `pdffonts`, `pdftoppm`).
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::too_many_lines,
    clippy::missing_panics_doc,
    reason = "a test that cannot go on stops, and says where"
)]

mod bounds;
mod canary;
mod checks;
mod hostile;
mod pages;
#[path = "../support/pdf.rs"]
mod pdf;
mod reader;
mod samples;
