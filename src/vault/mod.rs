//! The vault: what a case says is stored sealed, under a key of the case's own.
//!
//! `crypto`: data keys, sealing, wrapping. `keys`: where the keys above them come from. `tokens`: keyed hashes by which a
//! person is found without her name in the database.
//! Always: a sealed value opens only in the case, table, column and row it was sealed for; a key shows itself to no log.

pub mod crypto;
pub mod keys;
pub mod tokens;
