//! `lianhu directory`: the provider directory from a file and into one. It acts through the gate, as the console, and each
//! batch is recorded like any other access.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use clap::{Subcommand, ValueEnum};

use super::failed;
use crate::access::can::{Administer, View};
use crate::access::{Ctx, Gate, Whole};
use crate::base::config::Settings;
use crate::base::problem::Problem;
use crate::base::sheet::SheetError;
use crate::base::time::SystemClock;
use crate::base::words::{Action, Job};
use crate::features::exchange::{self, BATCH, Counts, NotTaken, RowErrors};
use crate::features::providers::ProviderView;
use crate::server::{Lianhu, StartError};

/// `lianhu directory`
#[derive(Clone, Debug, PartialEq, Eq, Subcommand)]
pub enum Directory {
    /// Enter providers, services and licences from an XLSX or HSDS 3 JSON file; all of it is checked before any is written
    Import {
        /// The file
        file: PathBuf,
    },
    /// Write the directory into a file
    Export {
        /// The file
        file: PathBuf,
        /// Its form
        #[arg(long, value_enum, default_value_t = Form::Xlsx)]
        format: Form,
    },
}

/// The form of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Form {
    /// A spreadsheet.
    Xlsx,
    /// Open Referral HSDS 3 JSON.
    Hsds,
}

/// Why a command did nothing, or not all.
#[derive(Debug, thiserror::Error)]
pub enum NotDone {
    /// The file.
    #[error("{0}")]
    Io(#[from] std::io::Error),
    /// It did not start.
    #[error(transparent)]
    Start(#[from] StartError),
    /// The file was not taken.
    #[error("{}", not_taken(.0))]
    NotTaken(#[from] NotTaken),
    /// The program refused.
    #[error("{}", .0.body("console").detail)]
    Refused(#[from] Problem),
    /// The spreadsheet could not be written.
    #[error(transparent)]
    Sheet(#[from] SheetError),
    /// The JSON could not be written.
    #[error(transparent)]
    Json(#[from] serde_json::Error),
}

/// Each wrong cell in both languages.
fn not_taken(why: &NotTaken) -> String {
    let NotTaken::Rows(RowErrors { errors, more }) = why else {
        let body = Problem::from(why.clone()).body("console");
        return format!("{} / {}", body.detail, body.detail_zh);
    };
    let mut told = String::from("nothing was written / 未写入任何内容");
    for error in errors {
        let _ = write!(told, "\n  {} {} {}: {} / {}", error.sheet, error.row, error.column, error.message, error.message_zh);
    }
    if *more > 0 {
        let _ = write!(told, "\n  and {more} more / 另有 {more} 处");
    }
    told
}

/// What an import did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Imported {
    /// Row by row.
    pub counts: Counts,
    /// What the file holds beyond what the directory knows.
    pub ignored: BTreeMap<String, u64>,
}

fn console(gate: &Gate) -> Ctx {
    Ctx::console(gate, Job::Console, "lianhu directory")
}

/// Checks a file whole, then writes it batch by batch. One that is broken off is imported again: what was written is the same.
pub async fn import(gate: &Gate, bytes: &[u8]) -> Result<Imported, NotDone> {
    let file = exchange::validate(bytes)?;
    let (ctx, entries) = (console(gate), Arc::new(file.entries));
    let all = entries.clone();
    let checked = gate.read::<Administer, _, _, Problem, _>(&ctx, Whole, Action::ImportProviders, move |tx, permit| {
        Ok(exchange::check(tx, permit, &all)?)
    });
    let errors = checked.await?.release().0;
    if !errors.is_empty() {
        return Err(NotTaken::Rows(errors).into());
    }
    let mut counts = Counts::default();
    for from in (0..entries.len()).step_by(BATCH) {
        let some = entries.clone();
        let written = gate.write::<Administer, _, _, Problem, _>(&ctx, Whole, Action::ImportProviders, move |tx, permit| {
            let batch = some.get(from..some.len().min(from.saturating_add(BATCH))).unwrap_or_default();
            exchange::write_batch(tx, permit, batch)
        });
        counts = counts.and(written.await?.release().0);
    }
    Ok(Imported { counts, ignored: file.ignored })
}

/// The whole directory in this form.
pub async fn export(gate: &Gate, form: Form) -> Result<Vec<u8>, NotDone> {
    const AT_ONCE: i64 = 100;
    let ctx = console(gate);
    let mut all: Vec<ProviderView> = Vec::new();
    loop {
        let past = all.last().map(|view| view.id);
        let page = gate.read::<View, _, _, Problem, _>(&ctx, Whole, Action::ExportProviders, move |tx, permit| {
            Ok(exchange::export_page(tx, permit, past, AT_ONCE)?)
        });
        let page = page.await?.release().0;
        if page.is_empty() {
            break;
        }
        all.extend(page);
    }
    Ok(match form {
        Form::Xlsx => exchange::workbook(&all)?,
        Form::Hsds => exchange::hsds(&all)?,
    })
}

/// Runs the command.
pub(super) fn run(settings: Settings, command: &Directory) -> ExitCode {
    match done(settings, command) {
        Ok(told) => super::serve::print(&told),
        Err(error) => failed(&error),
    }
}

fn done(settings: Settings, command: &Directory) -> Result<String, NotDone> {
    let lianhu = Lianhu::open(settings, Arc::new(SystemClock))?;
    actix_web::rt::System::new().block_on(async {
        match command {
            Directory::Import { file } => {
                // What is too large is not read at all.
                if std::fs::metadata(file)?.len() > exchange::MOST_BYTES {
                    return Err(NotTaken::TooLarge.into());
                }
                let Imported { counts: Counts { added, changed, same }, ignored } =
                    import(lianhu.gate(), &std::fs::read(file)?).await?;
                let mut told =
                    format!("{added} added, {changed} changed, {same} as they were / 新增 {added},变更 {changed},不变 {same}\n");
                for (field, times) in ignored {
                    let _ = writeln!(told, "left out {field}, {times} times / 未导入 {field},{times} 处");
                }
                Ok(told)
            }
            Directory::Export { file, format } => {
                std::fs::write(file, export(lianhu.gate(), *format).await?)?;
                Ok(format!("{}\n", file.display()))
            }
        }
    })
}
