//! `lianhu audit verify`: against a database or an exported log, without any key of the program's own.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use clap::{Args, ValueEnum};

use super::progress::Bar;
use crate::audit::log::VerifierKey;
use crate::audit::log::note::Use;
use crate::audit::verify::{self, Kept, Options, Report, Unreadable};
use crate::base::config::Settings;
use crate::base::db::{self, Db};
use crate::base::time::SystemClock;
use crate::cli::{complain, serve};
use crate::server;

/// What could not be read, or does not say what it should: nothing is proved either way.
const UNREADABLE: u8 = 1;

/// `lianhu audit verify`
#[derive(Clone, Debug, PartialEq, Eq, Args)]
#[command(
    after_help = "Exit codes: 0 everything fits; 1 it could not be read; 2 misuse; else the kind of the failure that is named:\n  \
    3 an entry; 4 a hash of the tree; 5 a checkpoint; 6 a cosignature; 7 a row beside the log;\n  \
    8 rollback: the log is shorter than --since; 9 fork: it is another log than that of --since"
)]
pub struct Verify {
    /// An exported log; else the database (--database, or the settings)
    #[arg(long, value_name = "DIR")]
    export: Option<PathBuf>,
    /// A checkpoint that somebody kept, a witness's or a printed one: the log must contain it
    #[arg(long, value_name = "FILE")]
    since: Option<PathBuf>,
    /// Witnesses' public keys as known from outside, one a line
    #[arg(long, value_name = "FILE")]
    witness_keys: Option<PathBuf>,
    /// The log's public keys as known from outside, one a line; else those that the log itself names
    #[arg(long, value_name = "FILE")]
    log_keys: Option<PathBuf>,
    /// For people, or one JSON object
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

/// How the report is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people.
    Text,
    /// For programs.
    Json,
}

/// Why nothing was verified.
#[derive(Debug, thiserror::Error)]
enum NotVerified {
    /// It cannot be read.
    #[error(transparent)]
    Unreadable(#[from] Unreadable),
    /// The database has not this program's schema.
    #[error(transparent)]
    Schema(#[from] db::MigrationError),
    /// It is behind this program.
    #[error("the database is {0} migrations behind this program: run `lianhu migrate`, or the program it was written by")]
    Behind(usize),
}

/// Verifies the database of these settings, which must contain this checkpoint.
pub fn verify_since(settings: &Settings, note: &str) -> ExitCode {
    let asked = Verify { export: None, since: None, witness_keys: None, log_keys: None, format: Format::Text };
    match note.parse::<Kept>() {
        Ok(since) => report(settings, &asked, Options { log_keys: Vec::new(), witness_keys: Vec::new(), since: Some(since) }),
        Err(error) => complain([error]),
    }
}

/// Verifies and prints the report.
pub fn run(settings: &Settings, asked: &Verify) -> ExitCode {
    match options(asked) {
        Ok(options) => report(settings, asked, options),
        Err(told) => complain([told]),
    }
}

fn report(settings: &Settings, asked: &Verify, options: Options) -> ExitCode {
    match verified(settings, asked, options) {
        Ok(report) => {
            let text = match asked.format {
                Format::Text => told(&report),
                Format::Json => serde_json::to_string(&report).unwrap_or_default() + "\n",
            };
            serve::print(&text);
            report.exit_code().into()
        }
        Err(error) => {
            complain([error]);
            UNREADABLE.into()
        }
    }
}

fn verified(settings: &Settings, asked: &Verify, options: Options) -> Result<Report, NotVerified> {
    if let Some(folder) = &asked.export {
        return Ok(verify::folder(folder, &options, &mut Bar::new())?);
    }
    let place = settings.database.place();
    match db::pending(&place)?.len() {
        0 => {}
        behind => return Err(NotVerified::Behind(behind)),
    }
    let db = Db::open(place, settings.database.sizes(), Arc::new(SystemClock)).map_err(Unreadable::from)?;
    let listener: server::Listener = Arc::new(|| Box::new(Bar::new()));
    Ok(actix_web::rt::System::new().block_on(server::verify_log(&db, options, listener))?)
}

/// What the files of the command line hold. Errors: a file that is none, or holds something else.
fn options(asked: &Verify) -> Result<Options, String> {
    let since = asked
        .since
        .as_deref()
        .map(|path| read(path)?.parse::<Kept>().map_err(|error| format!("--since {}: {error}", path.display())));
    Ok(Options {
        log_keys: keys(asked.log_keys.as_deref(), Use::Log, "--log-keys")?,
        witness_keys: keys(asked.witness_keys.as_deref(), Use::Witness, "--witness-keys")?,
        since: since.transpose()?,
    })
}

fn read(path: &Path) -> Result<String, String> {
    fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))
}

/// Public keys, one a line; empty lines and those that begin with `#` are passed over.
fn keys(path: Option<&Path>, of: Use, flag: &str) -> Result<Vec<VerifierKey>, String> {
    let Some(path) = path else { return Ok(Vec::new()) };
    let (text, mut keys) = (read(path)?, Vec::new());
    for (line, number) in text.lines().zip(1_u32..).filter(|(line, _)| !line.trim().is_empty() && !line.starts_with('#')) {
        let key: VerifierKey = line.parse().map_err(|error| format!("{flag} {}, line {number}: {error}", path.display()))?;
        if key.of() != of {
            return Err(format!("{flag} {}, line {number}: a key for another use", path.display()));
        }
        keys.push(key);
    }
    if keys.is_empty() { Err(format!("{flag} {}: no key in it", path.display())) } else { Ok(keys) }
}

/// The report, for people.
fn told(report: &Report) -> String {
    let mut text = String::new();
    let _ = writeln!(
        text,
        "log {}: {} entries under checkpoints up to {}, {} checkpoints, {} + {} cosignatures, {} rows, {} entries wait",
        report.origin.as_deref().unwrap_or("(not begun)"),
        report.size,
        report.signed,
        report.checkpoints,
        report.cosignatures,
        report.cosignatures_by_own_list,
        report.rows,
        report.waiting
    );
    if !report.log_keys_from_outside {
        text.push_str("the log's keys are those that it names itself: nothing from outside vouched for them (--log-keys)\n");
        text.push_str("日志公钥取自日志自身,未经外部核对\n");
    }
    if !report.witness_keys_from_outside {
        text.push_str("the witnesses' keys are those that the log names itself (--witness-keys)\n");
        text.push_str("见证公钥取自日志自身,未经外部核对\n");
    }
    if let Some(since) = report.since.filter(|_| report.is_whole()) {
        let _ = writeln!(text, "it contains the checkpoint of size {since} that was kept / 包含所保存的检查点");
    }
    match &report.first {
        None => text.push_str("everything fits / 全部相符\n"),
        Some(first) => {
            let _ = writeln!(text, "DOES NOT FIT / 不符: {first}");
            for other in report.failures.iter().filter(|other| *other != first).take(20) {
                let _ = writeln!(text, "  and / 另: {other}");
            }
            let _ = writeln!(text, "{} failures in all / 共 {} 处不符", report.failed, report.failed);
        }
    }
    text
}
