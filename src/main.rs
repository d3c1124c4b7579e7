//! The program `lianhu`.

use std::process::ExitCode;

fn main() -> ExitCode {
    lianhu::cli::run()
}
