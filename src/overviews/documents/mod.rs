//! The papers that can be made: their templates, as anybody may know them.

mod api;

pub use api::routes;
