//! `lianhu audit`: the log, checked and exported by whoever keeps the database; watched, and what it proves checked, by whoever
//! does not.

pub mod check_receipt;
mod export;
mod progress;
mod verify;
pub mod witness;

use std::fs::File;
use std::io::{self, Read as _, Write as _};
use std::path::Path;
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
    /// Check a log's checkpoints from outside, cosign what fits, object to what does not
    Witness(Box<witness::Witness>),
    /// Check the proof that an access is in the log; needs no server
    CheckReceipt(check_receipt::CheckReceipt),
}

pub use verify::verify_since;

/// What each command does.
pub fn run(settings: Settings, command: &Audit) -> ExitCode {
    match command {
        Audit::Verify(asked) => verify::run(&settings, asked),
        Audit::Export(asked) => export::run(settings, asked),
        Audit::Witness(witness) => witness::run(witness),
        Audit::CheckReceipt(receipt) => check_receipt::run(receipt),
    }
}

/// A line to whoever gave the command. A closed output is no reason to fail.
fn say(line: &str) {
    let _ = writeln!(io::stdout().lock(), "{line}");
}

/// A line beside the output.
fn warn(line: &str) {
    let _ = writeln!(io::stderr().lock(), "lianhu: {line}");
}

/// A text file of at most `most` bytes.
fn read_text(path: &Path, most: u64) -> Result<String, String> {
    let told = |error: io::Error| format!("{}: {error}", path.display());
    let mut text = String::new();
    let file = File::open(path).map_err(told)?;
    let read = file.take(most.saturating_add(1)).read_to_string(&mut text).map_err(told)?;
    match u64::try_from(read) {
        Ok(read) if read <= most => Ok(text),
        _ => Err(format!("{}: longer than {most} bytes", path.display())),
    }
}
