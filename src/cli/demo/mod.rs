//! `lianhu demo`: plays the story through the real HTTP API, with a clock it moves itself, then serves what came of it.

pub mod client;
pub mod story;
pub mod world;
