//! `lianhu backup`, `lianhu restore`: a copy of the data in one folder, of the wrapped keys in another, and back. Each is
//! recorded in the audit log.

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use clap::Args;

use super::{audit, failed, serve};
use crate::access::can::Administer;
use crate::access::{AllData, Ctx, Gate};
use crate::base::config::Settings;
use crate::base::db::backup::{self, BackupError, Draft, Restored};
use crate::base::db::{self, MigrationError};
use crate::base::problem::Problem;
use crate::base::time::{Clock as _, SystemClock};
use crate::base::words::{Action, Job};
use crate::features::users;
use crate::server::{self, Lianhu, StartError};

/// `lianhu backup`
#[derive(Clone, Debug, PartialEq, Eq, Args)]
pub struct Backup {
    /// Empty or new folder for the data
    #[arg(long, value_name = "DIR")]
    pub to: PathBuf,
    /// Empty or new folder for the wrapped case keys, apart from the data's; without it they are not copied
    #[arg(long, value_name = "DIR")]
    pub keys_to: Option<PathBuf>,
}

/// `lianhu restore`
#[derive(Clone, Debug, PartialEq, Eq, Args)]
pub struct Restore {
    /// The data's folder
    #[arg(long, value_name = "DIR")]
    pub from: PathBuf,
    /// The keys' folder; without it nothing that is sealed can be read
    #[arg(long, value_name = "DIR")]
    pub keys_from: Option<PathBuf>,
}

/// Why there is no backup, or nothing was restored.
#[derive(Debug, thiserror::Error)]
enum NotDone {
    #[error(transparent)]
    Backup(#[from] BackupError),
    #[error(transparent)]
    Start(#[from] StartError),
    #[error("the backup was put in place, but its schema could not be brought up to date: {0}")]
    Migration(#[from] MigrationError),
    #[error("it could not be recorded in the audit log ({0}), and so it is none")]
    NotRecorded(String),
    #[error(
        "the backup was put in place, but that could not be recorded in the audit log ({0}): empty the place and restore again"
    )]
    RestoreNotRecorded(String),
    #[error("{0}")]
    Io(#[from] std::io::Error),
}

/// Takes a backup.
pub fn backup(settings: Settings, asked: &Backup) -> ExitCode {
    told(take(settings, asked))
}

/// Puts one back.
pub fn restore(settings: Settings, asked: &Restore) -> ExitCode {
    let asked_of = settings.clone();
    match put_back(settings, asked) {
        Ok((told, checkpoint)) => {
            serve::print(&told);
            // What was restored is the log that the manifest tells of, whole.
            checkpoint.map_or(ExitCode::SUCCESS, |note| audit::verify_since(&asked_of, &note))
        }
        Err(error) => failed(&error),
    }
}

fn told(done: Result<String, NotDone>) -> ExitCode {
    match done {
        Ok(told) => serve::print(&told),
        Err(error) => failed(&error),
    }
}

fn said(problem: &Problem) -> String {
    problem.code().as_str().to_owned()
}

/// Copies, records, and only then makes a backup of the copies: what is not recorded is none.
fn take(settings: Settings, asked: &Backup) -> Result<String, NotDone> {
    let place = settings.database.place();
    let lianhu = Lianhu::open(settings, Arc::new(SystemClock))?;
    let (data, keys) = backup::draft(&place, SystemClock.now(), &asked.to, asked.keys_to.as_deref())?;
    record_taken(lianhu.gate(), &data, keys.as_ref())?;
    let digest = data.digest();
    // The keys first: data without their keys would look whole.
    keys.map(Draft::finish).transpose()?;
    data.finish()?;
    let keys = match &asked.keys_to {
        Some(folder) => format!("keys in {}", folder.display()),
        None => "no keys (--keys-to): without them nothing that is sealed in it can be read".to_owned(),
    };
    Ok(format!(
        "backup in {}, {keys}\nits manifest's SHA-256, as recorded: {digest}\n已备份到 {}\n",
        asked.to.display(),
        asked.to.display()
    ))
}

fn record_taken(gate: &Gate, data: &Draft, keys: Option<&Draft>) -> Result<(), NotDone> {
    let copies: Vec<(&'static str, String)> =
        std::iter::once(("data", data.digest())).chain(keys.map(|keys| ("keys", keys.digest()))).collect();
    let ctx = Ctx::console(gate, Job::Backup, "lianhu backup");
    let recorded = gate.write::<Administer, _, (), Problem, _>(&ctx, AllData, Action::TakeBackup, move |_, permit| {
        for (holds, digest) in &copies {
            permit.changed("backup", digest, &[holds]);
        }
        Ok(())
    });
    actix_web::rt::System::new().block_on(recorded).map_err(|problem| NotDone::NotRecorded(said(&problem)))?;
    Ok(())
}

/// Restores, brings the schema up to date, and makes the first entry after it; sessions of the past end.
fn put_back(settings: Settings, asked: &Restore) -> Result<(String, Option<String>), NotDone> {
    // Without the keys nothing could be recorded: asked before anything is written.
    server::check_keys(&settings)?;
    let (place, database) = (settings.database.place(), settings.database.url.to_string());
    let restored = backup::restore(&place, &asked.from, asked.keys_from.as_deref())?;
    db::migrate(&place)?;
    let lianhu = Lianhu::open(settings, Arc::new(SystemClock))?;
    record_restored(lianhu.gate(), &restored)?;
    let log = restored.manifest.checkpoint.as_ref().map_or_else(
        || "the audit log had not begun".to_owned(),
        |checkpoint| format!("the audit log holds the {} entries of the backup's checkpoint", checkpoint.size),
    );
    let told = format!(
        "restored to {database}: the state of {}\n{log}\nall sessions are ended; {} case(s) have no key and stay sealed\n\
         已恢复至 {} 的状态;所有会话已结束\n\
         compare it with what a witness keeps: lianhu audit verify --database {database} --since FILE\n",
        restored.manifest.taken_at, restored.without_key, restored.manifest.taken_at
    );
    Ok((told, restored.manifest.checkpoint.map(|checkpoint| checkpoint.note)))
}

fn record_restored(gate: &Gate, restored: &Restored) -> Result<(), NotDone> {
    let (digest, with_keys) = (restored.digest.clone(), restored.with_keys);
    let ctx = Ctx::console(gate, Job::Backup, "lianhu restore");
    let recorded = gate.write::<Administer, _, (), Problem, _>(&ctx, AllData, Action::RestoreBackup, move |tx, permit| {
        permit.changed("backup", &digest, if with_keys { &["data", "keys"] } else { &["data"] });
        users::end_every_session(tx, permit, "restored")?;
        Ok(())
    });
    actix_web::rt::System::new().block_on(recorded).map_err(|problem| NotDone::RestoreNotRecorded(said(&problem)))?;
    Ok(())
}
