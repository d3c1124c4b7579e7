//! Floor 1: what every room stands on: words, ids, time, randomness, configuration, the database.

pub mod config;
pub mod db;
pub mod fields;
pub mod ids;
pub mod logging;
pub mod machine;
pub mod month;
pub mod private;
pub mod problem;
pub mod prompt;
pub mod random;
pub mod sheet;
pub mod text;
pub mod time;
pub mod words;
pub mod workers;
