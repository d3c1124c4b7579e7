//! `lianhu audit`: the log, checked and exported.

mod export;
mod progress;
mod verify;

use std::process::ExitCode;

use clap::Subcommand;

use crate::base::config::Settings;

/// `lianhu audit`
#[derive(Clone, Debug, PartialEq, Eq, Subcommand)]
pub enum Audit {
    /// Check the log: each entry, the tree, each signature, and the rows beside them
    Verify(verify::Verify),
    /// Write the log into a folder, to be checked elsewhere; only what is new, where it was exported before
    Export(export::Export),
}

/// Runs the command.
pub fn run(settings: Settings, command: &Audit) -> ExitCode {
    match command {
        Audit::Verify(asked) => verify::run(&settings, asked),
        Audit::Export(asked) => export::run(settings, asked),
    }
}
