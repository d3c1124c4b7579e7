//! `lianhu audit check-receipt`: the proof that an access is in the log, checked by whoever has it, the log's key and, best, a
//! checkpoint from elsewhere. No network, no database.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use data_encoding::BASE64;
use serde::Deserialize;

use super::{read_text, say, warn};
use crate::audit::log::note::{Checkpoint, Use};
use crate::audit::log::tree::is_included;
use crate::audit::log::{Hash, VerifierKey, leaf_hash};
use crate::audit::{Entry, Who};

/// Longer than any receipt.
const LONGEST: u64 = 1 << 21;
/// More hashes than any proof has: a tree of 2^64 entries needs 64.
const MOST_HASHES: usize = 64;
/// A file cannot be read, or is none of the kind.
const UNREADABLE: u8 = 1;
/// It does not prove what it claims.
const NOT_PROVED: u8 = 3;

/// `lianhu audit check-receipt`
#[derive(Clone, Debug, PartialEq, Eq, Args)]
#[command(after_help = "Exit codes: 0 proved; 1 a file cannot be read; 2 misused; 3 it does not prove it.")]
pub struct CheckReceipt {
    /// The receipt: the JSON that /api/v1/audit/entries/{id}/proof answered
    #[arg(value_name = "FILE")]
    pub receipt: PathBuf,
    /// The log's public key, name+id+key, from elsewhere than the receipt; may be repeated where it has changed
    #[arg(long, value_name = "KEY", required = true, value_parser = log_key)]
    pub log_key: Vec<VerifierKey>,
    /// A checkpoint that somebody kept: the access must be under this one
    #[arg(long, value_name = "FILE")]
    pub checkpoint: Option<PathBuf>,
    /// Public keys of witnesses, one a line: who of them cosigned is checked and told
    #[arg(long, value_name = "FILE")]
    pub witness_keys: Option<PathBuf>,
}

fn key_for(text: &str, of: Use) -> Result<VerifierKey, String> {
    let key: VerifierKey = text.parse().map_err(|error: crate::audit::log::NoteError| error.to_string())?;
    if key.of() == of { Ok(key) } else { Err("a key for another use: the log's sign, witnesses' cosign".to_owned()) }
}

fn log_key(text: &str) -> Result<VerifierKey, String> {
    key_for(text, Use::Log)
}

#[derive(Deserialize)]
struct Receipt {
    entry_id: String,
    index: u64,
    entry: String,
    checkpoint: String,
    proof: Vec<String>,
}

/// Why there is no word of what was proved.
#[derive(Debug, PartialEq, Eq)]
enum Not {
    Readable(String),
    Proved(String),
}

/// Runs it.
pub fn run(command: &CheckReceipt) -> ExitCode {
    match read(command).and_then(|(receipt, kept, witnesses)| check(&receipt, kept.as_deref(), &command.log_key, &witnesses)) {
        Ok(told) => {
            say(told.trim_end());
            ExitCode::SUCCESS
        }
        Err(Not::Readable(why)) => {
            warn(&format!("not readable / 无法读取: {why}"));
            UNREADABLE.into()
        }
        Err(Not::Proved(why)) => {
            warn(&format!("NOT PROVED / 未能证明: {why}"));
            NOT_PROVED.into()
        }
    }
}

type Read = (Receipt, Option<String>, Vec<VerifierKey>);

fn read(command: &CheckReceipt) -> Result<Read, Not> {
    let text = read_text(&command.receipt, LONGEST).map_err(Not::Readable)?;
    let wrong = |error: serde_json::Error| Not::Readable(format!("{}: not a receipt: {error}", command.receipt.display()));
    let receipt = serde_json::from_str(&text).map_err(wrong)?;
    let kept = command.checkpoint.as_ref().map(|file| read_text(file, LONGEST)).transpose().map_err(Not::Readable)?;
    let mut witnesses = Vec::new();
    if let Some(file) = &command.witness_keys {
        let text = read_text(file, LONGEST).map_err(Not::Readable)?;
        for (number, line) in (1..).zip(text.lines()) {
            if line.trim().is_empty() || line.starts_with('#') {
                continue;
            }
            let at = |why: String| Not::Readable(format!("{}:{number}: {why}", file.display()));
            let key = key_for(line, Use::Witness).map_err(at)?;
            if !witnesses.contains(&key) {
                witnesses.push(key);
            }
        }
    }
    Ok((receipt, kept, witnesses))
}

fn hashes(receipt: &Receipt) -> Result<Vec<Hash>, Not> {
    let wrong = || Not::Readable("not a receipt: /proof holds hashes of 32 bytes, base64, at most 64".to_owned());
    let decode = |text: &String| BASE64.decode(text.as_bytes()).ok()?.try_into().ok().map(Hash);
    let found: Vec<Hash> = receipt.proof.iter().map(decode).collect::<Option<_>>().ok_or_else(wrong)?;
    if found.len() <= MOST_HASHES { Ok(found) } else { Err(wrong()) }
}

fn open(note: &str, which: &str, log: &[VerifierKey], witnesses: &[VerifierKey]) -> Result<Checkpoint, Not> {
    let keys: Vec<VerifierKey> = log.iter().chain(witnesses).cloned().collect();
    Checkpoint::open(note, &keys).map_err(|error| Not::Proved(format!("{which}: {error}")))
}

/// Checks all; what was proved, in both languages.
fn check(receipt: &Receipt, kept: Option<&str>, log: &[VerifierKey], witnesses: &[VerifierKey]) -> Result<String, Not> {
    let proof = hashes(receipt)?;
    let own = open(&receipt.checkpoint, "the receipt's checkpoint / 回执中的检查点", log, witnesses)?;
    let under = match kept {
        Some(note) => open(note, "the kept checkpoint / 所存检查点", log, witnesses)?,
        None => own.clone(),
    };
    if under.origin != own.origin {
        return Err(Not::Proved("the two checkpoints are of two logs / 两个检查点属于不同日志".to_owned()));
    }
    if under.size == own.size && under.root != own.root {
        let told = "the log signed two different trees of one size: keep both, tell the auditors / 同一长度出现两份不同日志,请保存并报告";
        return Err(Not::Proved(told.to_owned()));
    }
    let leaf = leaf_hash(receipt.entry.as_bytes());
    if !is_included(&proof, (under.size, under.root), receipt.index, leaf) {
        let told = if under.size == own.size {
            "the entry is not at that place under the checkpoint / 该条目不在检查点之下的该位置".to_owned()
        } else {
            let (own, kept) = (own.size, under.size);
            format!(
                "the receipt is for the checkpoint of {own} entries, the kept one is of {kept}; or the entry is not there \
                 / 回执对应 {own} 条的检查点,而所存的为 {kept} 条;或条目不在其中"
            )
        };
        return Err(Not::Proved(told));
    }
    let entry = Entry::read(receipt.entry.as_bytes(), None);
    let entry =
        entry.map_err(|_| Not::Readable("the entry is in the log, but not of a form that this version reads".to_owned()))?;
    if entry.id.to_string() != receipt.entry_id {
        return Err(Not::Proved("the receipt names another entry than it holds / 回执编号与条目不符".to_owned()));
    }
    // Cosignatures of either note count: both are of the same tree.
    let mut cosigned = under.cosignatures.clone();
    if under.size == own.size {
        cosigned.extend(own.cosignatures.iter().filter(|of| !under.cosignatures.contains(of)).cloned());
    }
    let mut told = String::from("PROVED / 已证明\n");
    describe(&mut told, &entry);
    let _ = writeln!(told, "index / 位置: {}", receipt.index);
    let _ = writeln!(
        told,
        "under / 检查点: {}, {} entries / 条, root / 根 {}",
        under.origin,
        under.size,
        BASE64.encode(&under.root.0)
    );
    let signed: Vec<String> = under.signed_by.iter().map(|id| format!("{id:08x}")).collect();
    let _ = writeln!(told, "signed by the log's key / 日志签名密钥: {}", signed.join(", "));
    for one in &cosigned {
        let _ = writeln!(told, "cosigned by / 联署: {} ({:08x}), {}", one.name, one.id, one.at);
    }
    if cosigned.is_empty() {
        let _ = writeln!(told, "cosigned by / 联署: nobody whose key was given / 所给密钥中无人联署");
    }
    if kept.is_none() {
        told.push_str(
            "The checkpoint came with the receipt: compare it with one that somebody else kept (--checkpoint).\n\
             检查点随回执而来:请与他人所存的检查点比对(--checkpoint)。\n",
        );
    }
    Ok(told)
}

/// Who did what, when, to which cases.
fn describe(told: &mut String, entry: &Entry) {
    let who = match &entry.who {
        Who::User { user, agency, session, .. } => format!("user {user}, agency {agency}, session {session}"),
        Who::Token { user, agency, token, .. } => format!("calendar token {token} of user {user}, agency {agency}"),
        Who::Recipient { user, agency, job, .. } => format!("to user {user}, agency {agency}, by the machine {}", word(job)),
        Who::Anonymous { tried: Some(user) } => format!("nobody known, who tried user {user}"),
        Who::Anonymous { tried: None } => "nobody known / 未知".to_owned(),
        Who::System { job } => format!("the machine {}", word(job)),
    };
    let _ = writeln!(told, "entry / 条目: {}", entry.id);
    if let Some(first) = entry.continues {
        let _ = writeln!(told, "goes on with / 续: {first}");
    }
    let _ = writeln!(told, "when / 时间: {}", entry.at);
    let _ = writeln!(told, "who / 何人: {who}");
    let _ = writeln!(told, "did / 操作: {}, {}", entry.action, word(&entry.outcome));
    if let Some(record) = &entry.record {
        let _ = writeln!(told, "of / 对象: {}", clean(record));
    }
    for seen in &entry.cases {
        let facets = match serde_json::to_value(seen.facets) {
            Ok(serde_json::Value::Array(facets)) if !facets.is_empty() => {
                facets.iter().filter_map(serde_json::Value::as_str).collect::<Vec<_>>().join(", ")
            }
            _ => "its head alone / 仅案件概要".to_owned(),
        };
        let _ = writeln!(told, "case / 个案: {}: {facets}", seen.case);
    }
    for change in &entry.changed {
        let _ = writeln!(told, "changed / 变更: {}: {}", clean(&change.record), clean(&change.fields.join(", ")));
    }
}

fn word(word: &impl serde::Serialize) -> String {
    serde_json::to_value(word).ok().and_then(|word| word.as_str().map(str::to_owned)).unwrap_or_default()
}

/// For a terminal: an entry's text may come from a request.
fn clean(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { '?' } else { c }).collect()
}
