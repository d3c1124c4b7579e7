//! `lianhu audit`: the log as somebody outside checks it. Nothing here asks the database.

pub mod check_receipt;
pub mod witness;

use std::fs::File;
use std::io::{self, Read as _, Write as _};
use std::path::Path;
use std::process::ExitCode;

use clap::Subcommand;

/// `lianhu audit`
#[derive(Clone, Debug, PartialEq, Eq, Subcommand)]
pub enum Audit {
    /// Check a log's checkpoints from outside, cosign what fits, object to what does not
    Witness(Box<witness::Witness>),
    /// Check the proof that an access is in the log; needs no server
    CheckReceipt(check_receipt::CheckReceipt),
}

/// What each command does.
pub fn run(command: &Audit) -> ExitCode {
    match command {
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
