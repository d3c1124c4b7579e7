//! `lianhu keys`: the program's own keys, listed by their ids, made, rotated, retired. It acts at the console, and each act is
//! recorded like any other: the entry is durable before a file is touched.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use clap::{Subcommand, ValueEnum};
use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;

use crate::access::can::Administer;
use crate::access::{AllKeys, Ctx, Gate};
use crate::base::problem::Problem;
use crate::base::words::{Action, Job};
use crate::overviews::keyring;
use crate::server::Lianhu;
use crate::vault::keys::{Draft, KeyError, KeyProvider as _, Kind, remove_older};

/// `lianhu keys`
#[derive(Clone, Debug, PartialEq, Eq, Subcommand)]
pub enum Keys {
    /// List the keys by their ids, and how many case keys rest on each master key
    List {
        /// As a table, or as JSON
        #[arg(long, value_enum, default_value_t = Format::Text)]
        format: Format,
    },
    /// Make the keys that are missing: for a new installation only
    Make,
    /// Put a new key in the current one's place
    Rotate {
        /// Which
        #[arg(value_enum)]
        kind: Rotated,
    },
    /// Delete an older key for good; refused while a case's key rests on it
    Retire {
        /// Its id, as `list` shows it
        id: String,
    },
}

/// How a list is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people.
    Text,
    /// For programs.
    Json,
}

/// Which key is rotated. The search key is none of them: no token could be made anew without opening every case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Rotated {
    /// Wraps every case's key; case keys are wrapped anew, and a run that was broken off goes on
    Master,
    /// Signs access tokens; those of the old key are refused as soon as a server has read the new one
    TokenSigning,
    /// Signs the audit log's checkpoints
    Log,
}

impl Rotated {
    const fn kind(self) -> Kind {
        match self {
            Self::Master => Kind::Master,
            Self::TokenSigning => Kind::TokenSigning,
            Self::Log => Kind::Log,
        }
    }
}

/// Why a command did nothing, or not all.
#[derive(Debug, thiserror::Error)]
pub enum NotDone {
    /// The files.
    #[error(transparent)]
    Keys(#[from] KeyError),
    /// The keys are not files.
    #[error("the keys come from the environment (LIANHU_KEYS_…): change them there / 密钥来自环境变量,请在该处更换")]
    NoFiles,
    /// No older key has this id.
    #[error("no older key has the id {0} / 没有编号为 {0} 的旧密钥")]
    Unknown(String),
    /// Case keys rest on it.
    #[error(
        "{count} case keys rest on {id} still: `lianhu keys rotate master` wraps them anew / 仍有 {count} 个个案密钥由 {id} 加密"
    )]
    InUse {
        /// The key.
        id: String,
        /// How many.
        count: i64,
    },
    /// Case keys that did not open.
    #[error("{0} case keys did not open under the key they name, and stay as they are / {0} 个个案密钥无法解开,保持原样")]
    Failed(usize),
    /// The program refused.
    #[error("{}", .0.body("console").detail)]
    Refused(#[from] Problem),
}

/// One line of the list.
#[derive(Debug, Serialize)]
struct Line {
    kind: &'static str,
    id: String,
    /// `current`, `old`, or `missing`: case keys rest on it, and no file holds it.
    state: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    case_keys: Option<i64>,
}

fn console(gate: &Gate) -> Ctx {
    Ctx::console(gate, Job::Console, "lianhu keys")
}

/// Runs the command; what to tell whoever gave it.
pub async fn run(lianhu: &Lianhu, command: &Keys) -> Result<String, NotDone> {
    match command {
        Keys::List { format } => list(lianhu, *format).await,
        // What was missing is made before the program opens, which it does not without keys; see `made`.
        Keys::Make => Ok("no key is missing / 没有缺少的密钥\n".to_owned()),
        Keys::Rotate { kind: Rotated::Master } => rotate_master(lianhu).await,
        Keys::Rotate { kind } => rotate(lianhu, kind.kind()).await,
        Keys::Retire { id } => retire(lianhu, id).await,
    }
}

/// Records that these key files were made.
pub async fn made(lianhu: &Lianhu, files: &[PathBuf]) -> Result<String, NotDone> {
    let kinds: Vec<Kind> = Kind::ALL.into_iter().filter(|kind| files.contains(&kind.path(folder(lianhu)))).collect();
    let known = lianhu.keys().known();
    let ids: Vec<(Kind, String)> =
        known.into_iter().filter(|key| key.is_current && kinds.contains(&key.kind)).map(|key| (key.kind, key.id)).collect();
    record(lianhu.gate(), Action::MakeKeys, ids).await?;
    Ok(files.iter().fold(String::new(), |mut told, file| {
        let _ = writeln!(told, "made / 已生成 {}", file.display());
        told
    }))
}

fn folder(lianhu: &Lianhu) -> &Path {
    &lianhu.settings().keys.folder
}

async fn record(gate: &Gate, action: Action, keys: Vec<(Kind, String)>) -> Result<(), Problem> {
    let ctx = console(gate);
    let recorded = gate.write::<Administer, _, (), Problem, _>(&ctx, AllKeys, action, move |_, permit| {
        for (kind, id) in &keys {
            permit.changed(&format!("{}_key", kind.as_str().replace('-', "_")), id, &["file"]);
        }
        Ok(())
    });
    recorded.await.map(drop)
}

async fn list(lianhu: &Lianhu, format: Format) -> Result<String, NotDone> {
    lianhu.gate().reread_keys();
    let mut counts = keyring::case_keys_by_master(lianhu.gate(), &console(lianhu.gate())).await?;
    let mut lines: Vec<Line> = Vec::new();
    for key in lianhu.keys().known() {
        let case_keys = (key.kind == Kind::Master).then(|| counts.remove(&key.id).unwrap_or_default());
        lines.push(Line {
            kind: key.kind.as_str(),
            id: key.id,
            state: if key.is_current { "current" } else { "old" },
            case_keys,
        });
    }
    let lost = counts.into_iter().map(|(id, count)| Line { kind: "master", id, state: "missing", case_keys: Some(count) });
    lines.extend(lost);
    Ok(match format {
        Format::Json => serde_json::to_string_pretty(&lines).unwrap_or_default() + "\n",
        Format::Text => {
            let mut table = format!("{:<14} {:<16} {:<8} {}\n", "kind", "id", "state", "case keys");
            for line in &lines {
                let count = line.case_keys.map(|count| count.to_string()).unwrap_or_default();
                let _ = writeln!(table, "{}", format!("{:<14} {:<16} {:<8} {count}", line.kind, line.id, line.state).trim_end());
            }
            table
        }
    })
}

/// A new key in the current one's place; both ids.
async fn renew(lianhu: &Lianhu, kind: Kind) -> Result<(String, String), NotDone> {
    if lianhu.settings().keys.secrets.all().is_some() {
        return Err(NotDone::NoFiles);
    }
    let draft = Draft::of(folder(lianhu), kind)?;
    let new = draft.id();
    record(lianhu.gate(), Action::RotateKey, vec![(kind, new.clone())]).await?;
    let old = draft.install()?;
    lianhu.gate().reread_keys();
    Ok((old, new))
}

async fn rotate(lianhu: &Lianhu, kind: Kind) -> Result<String, NotDone> {
    let (old, new) = renew(lianhu, kind).await?;
    Ok(format!("{} key {old} → {new}\n", kind.as_str()))
}

/// While case keys rest on an older one still, a run that was broken off is brought to its end, and no new key is made.
async fn rotate_master(lianhu: &Lianhu) -> Result<String, NotDone> {
    let gate = lianhu.gate();
    let ctx = console(gate);
    let (current, _) = lianhu.keys().master_ids();
    let mut told = if gate.rewrapping_waits().await? {
        format!("an earlier rotation is brought to its end under {current}; no new key is made / 继续先前未完成的轮换\n")
    } else {
        let (old, new) = renew(lianhu, Kind::Master).await?;
        format!("master key {old} → {new}\n")
    };
    let (current, _) = lianhu.keys().master_ids();
    let counts = keyring::case_keys_by_master(gate, &ctx).await?;
    let waiting: i64 = counts.iter().filter(|(id, _)| **id != current).map(|(_, count)| count).sum();
    let bar = ProgressBar::new(u64::try_from(waiting).unwrap_or_default());
    if let Ok(style) = ProgressStyle::with_template("{wide_bar} {pos}/{len} case keys, {eta} left") {
        bar.set_style(style);
    }
    let outcome = keyring::rewrap(gate, &ctx, |done| bar.inc(u64::try_from(done).unwrap_or_default())).await?;
    bar.finish_and_clear();
    if outcome.failed > 0 {
        return Err(NotDone::Failed(outcome.failed));
    }
    let _ = writeln!(told, "{} case keys wrapped anew / 已重新加密 {} 个个案密钥", outcome.done, outcome.done);
    Ok(told)
}

async fn retire(lianhu: &Lianhu, id: &str) -> Result<String, NotDone> {
    let gate = lianhu.gate();
    if lianhu.settings().keys.secrets.all().is_some() {
        return Err(NotDone::NoFiles);
    }
    gate.reread_keys();
    let known = lianhu.keys().known().into_iter().find(|key| key.id == id && !key.is_current);
    let key = known.ok_or_else(|| NotDone::Unknown(id.to_owned()))?;
    let in_use = async || match keyring::case_keys_by_master(gate, &console(gate)).await?.get(id) {
        Some(count) if key.kind == Kind::Master => Err(NotDone::InUse { id: id.to_owned(), count: *count }),
        Some(_) | None => Ok(()),
    };
    in_use().await?;
    record(gate, Action::RetireKey, vec![(key.kind, key.id.clone())]).await?;
    // Asked once more behind the record: a case that was entered meanwhile rests on the current key, unless its server has
    // not seen the rotation yet.
    in_use().await?;
    remove_older(folder(lianhu), key.kind, id)?;
    gate.reread_keys();
    Ok(format!("{} key {id} is gone / 已删除\n", key.kind.as_str()))
}
