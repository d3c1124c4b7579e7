//! One look at the log: what it offers is checked, cosigned, remembered, posted; in that order.

use serde::Deserialize;
use serde_json::json;

use super::client::{Answer, Client, Trouble, printable};
use super::judge::{Refusal, Served, judge};
use super::state::{Kept, State, StateError};
use super::warn;
use crate::audit::log::VerifierKey;
use crate::audit::log::note::{Checkpoint, NoteError, Signer, Use};
use crate::base::time::{Clock as _, SystemClock};
use crate::base::words::ObjectionKind;

/// As long as the log takes a note of an objection.
const LONGEST_NOTE: usize = 20_000;

/// What is needed for a look.
pub struct Round<'w> {
    /// The log's server.
    pub client: &'w Client,
    /// What was cosigned.
    pub state: &'w State,
    /// The witness's key.
    pub signer: &'w Signer,
    /// The log's address.
    pub log: &'w str,
    /// The log's key, where one was given.
    pub log_key: Option<&'w VerifierKey>,
    /// Checkpoints that others kept.
    pub seen: &'w [String],
}

/// What a look came to.
#[derive(Debug, Default)]
pub struct Done {
    /// Which log.
    pub origin: String,
    /// The size of the checkpoint that was cosigned, if there was a new one.
    pub cosigned: Option<u64>,
    /// The size of one that was cosigned before, and only now reached the log.
    pub posted_again: Option<u64>,
}

/// Why nothing was cosigned.
#[derive(Debug)]
pub enum Failure {
    /// The log could not be asked.
    Trouble(Trouble),
    /// The state could not be read or written.
    State(StateError),
    /// The log is not what it was.
    Refused {
        /// Why.
        refusal: Box<Refusal>,
        /// The checkpoint that it offered.
        offered: String,
        /// What was cosigned last.
        kept: Option<Box<Kept>>,
    },
}

impl From<Trouble> for Failure {
    fn from(trouble: Trouble) -> Self {
        Self::Trouble(trouble)
    }
}

impl From<StateError> for Failure {
    fn from(error: StateError) -> Self {
        Self::State(error)
    }
}

/// Why a checkpoint does not come to be judged, or fails there.
enum Not {
    Failed(Failure),
    Refused(Refusal),
}

impl<E: Into<Failure>> From<E> for Not {
    fn from(error: E) -> Self {
        Self::Failed(error.into())
    }
}

impl From<Refusal> for Not {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

#[derive(Deserialize)]
struct LogKeys {
    items: Vec<LogKey>,
}

#[derive(Deserialize)]
struct LogKey {
    verifier_key: String,
    checkpoint: Option<String>,
}

/// A checkpoint whose signature was found right, the log's keys up to the one that signed it, and the checkpoints by which
/// they changed since the last look.
struct Opened {
    checkpoint: Checkpoint,
    keys: Vec<VerifierKey>,
    changes: Vec<Checkpoint>,
}

fn garbage(what: &str) -> Trouble {
    Trouble::Passing(format!("{what}: not the answer of a Lianhu / 并非联护的应答"))
}

fn parsed(keys: &[String]) -> Option<Vec<VerifierKey>> {
    keys.iter().map(|key| key.parse().ok()).collect()
}

/// A note without the signatures of others than the log.
fn bare(checkpoint: &Checkpoint) -> String {
    let ours = format!("— {} ", checkpoint.origin);
    let lines = checkpoint.note().get(checkpoint.text().len()..).unwrap_or_default().lines();
    lines.filter(|line| line.starts_with(&ours)).fold(format!("{}\n", checkpoint.text()), |note, line| note + line + "\n")
}

impl Round<'_> {
    /// Looks once.
    pub fn run(&self) -> Result<Done, Failure> {
        let all = self.state.all()?;
        let answer = self.client.get("/audit/checkpoint")?;
        let offered = if answer.is_nothing() { String::new() } else { text(&answer, "/audit/checkpoint")? };
        let origin = Checkpoint::claimed_origin(&offered);
        let kept = all.iter().find(|kept| Some(kept.origin.as_str()) == origin);
        // The log that was watched here must go on to be the one that is here.
        let before = kept.or_else(|| all.iter().find(|kept| kept.log == self.log));
        match self.look(&offered, origin, kept, before) {
            Ok(done) => Ok(done),
            Err(Not::Failed(failure)) => Err(failure),
            Err(Not::Refused(refusal)) => {
                Err(Failure::Refused { refusal: Box::new(refusal), offered, kept: before.cloned().map(Box::new) })
            }
        }
    }

    fn look(&self, offered: &str, origin: Option<&str>, kept: Option<&Kept>, before: Option<&Kept>) -> Result<Done, Not> {
        let Some(origin) = origin else {
            return Err(match before {
                Some(_) => Refusal::alone(ObjectionKind::Rollback, "the log is empty / 日志为空".to_owned()).into(),
                None => Trouble::Passing("the log has no checkpoint yet / 日志尚无检查点".to_owned()).into(),
            });
        };
        if let (None, Some(before)) = (kept, before) {
            let (was, is) = (printable(&before.origin), printable(origin));
            let told = format!("here was the log {was}, and now there is {is} / 此处原为日志 {was},现为 {is}");
            return Err(Refusal::alone(ObjectionKind::Signature, told).into());
        }
        let opened = self.open(offered, origin, kept)?;
        let last = kept.map(last_of).transpose()?;
        let mut seen: Vec<Checkpoint> = last.iter().cloned().chain(opened.changes.iter().cloned()).collect();
        for note in self.seen {
            seen.push(others(note, &opened.keys)?);
        }
        let served = Served::of(self.client, opened.checkpoint.size);
        let judged = judge(&served.hashes(), &opened.checkpoint, &seen);
        if let Some(trouble) = served.trouble() {
            return Err(trouble.into());
        }
        judged?;
        let mut done = Done { origin: origin.to_owned(), ..Done::default() };
        if let (Some(kept), Some(last)) = (kept, &last) {
            self.is_still_there(last, &opened.checkpoint)?;
            let is_newest = last.size == opened.checkpoint.size;
            if !kept.is_posted || (is_newest && !offered.lines().any(|line| line == kept.cosignature)) {
                self.post_again(kept, last)?;
                done.posted_again = Some(last.size);
            }
            if is_newest {
                return Ok(done);
            }
        }
        self.cosign(&opened, kept.is_none())?;
        done.cosigned = Some(opened.checkpoint.size);
        Ok(done)
    }

    /// The checkpoint, if a key signed it that is known or that a known one handed over to.
    fn open(&self, offered: &str, origin: &str, kept: Option<&Kept>) -> Result<Opened, Not> {
        let mut keys = match kept {
            Some(kept) => parsed(&kept.keys).ok_or_else(|| garbage("the state"))?,
            None => Vec::new(),
        };
        if let Some(given) = self.log_key.filter(|given| !keys.contains(given)) {
            if kept.is_some() {
                warn("the log's key is from now on the one that was given / 此后以所给的日志公钥为准");
            }
            keys.push(given.clone());
        }
        let listed = |what: &Self| what.client.get("/audit/keys")?.json::<LogKeys>("/audit/keys");
        let unsigned = || {
            let told = format!("no known key of the log {} signed it / 未由已知的日志密钥签名", printable(origin));
            Refusal::alone(ObjectionKind::Signature, told)
        };
        let Some(current) = keys.last() else {
            for key in listed(self)?.items {
                let Ok(key) = key.verifier_key.parse::<VerifierKey>() else { continue };
                if let Ok(checkpoint) = Checkpoint::open(offered, std::slice::from_ref(&key)) {
                    warn(&format!(
                        "the log's key is believed because it is the first one seen; compare it: {key} / 首次见到的日志公钥,请核对"
                    ));
                    return Ok(Opened { checkpoint, keys: vec![key], changes: Vec::new() });
                }
            }
            return Err(unsigned().into());
        };
        match Checkpoint::open(offered, std::slice::from_ref(current)) {
            Ok(checkpoint) => return Ok(Opened { checkpoint, keys, changes: Vec::new() }),
            Err(NoteError::Unsigned) => {}
            Err(NoteError::Malformed) => return Err(garbage("/audit/checkpoint").into()),
            Err(error) => return Err(Refusal::alone(ObjectionKind::Signature, format!("{error} / 签名有误")).into()),
        }
        let mut changes = Vec::new();
        for listed in listed(self)?.items {
            let (Ok(key), Some(note)) = (listed.verifier_key.parse::<VerifierKey>(), listed.checkpoint) else { continue };
            let Some(current) = keys.last().filter(|current| **current != key) else { continue };
            let by_known = Checkpoint::open(&note, std::slice::from_ref(current)).is_ok();
            let Some(change) = Checkpoint::open(&note, std::slice::from_ref(&key)).ok().filter(|_| by_known) else { continue };
            changes.push(change);
            keys.push(key.clone());
            if let Ok(checkpoint) = Checkpoint::open(offered, std::slice::from_ref(&key)) {
                warn(&format!(
                    "the log's key has changed, as the one before it signed: {key} / 日志密钥已更换,并由前一密钥签名确认"
                ));
                return Ok(Opened { checkpoint, keys, changes });
            }
        }
        Err(unsigned().into())
    }

    /// A log that does not know any more what it signed was set back, even where it has grown again since.
    fn is_still_there(&self, last: &Checkpoint, offered: &Checkpoint) -> Result<(), Not> {
        if last.size == offered.size {
            return Ok(());
        }
        let path = format!("/audit/cosignatures?size={}", last.size);
        let answer = self.client.get(&path)?;
        if answer.is_nothing() {
            let size = last.size;
            let told = format!("the checkpoint of {size} entries is gone from the log / 日志中 {size} 条的检查点已不存在");
            return Err(Refusal { kind: ObjectionKind::Rollback, told, seen: Some(Box::new(last.clone())) }.into());
        }
        if answer.is_ok() { Ok(()) } else { Err(answer.trouble(&path).into()) }
    }

    /// What was signed and did not arrive; by today's key, if the key is another one now.
    fn post_again(&self, kept: &Kept, last: &Checkpoint) -> Result<(), Not> {
        let mut kept = kept.clone();
        let mut keys = parsed(&kept.keys).ok_or_else(|| garbage("the state"))?;
        keys.push(self.signer.public().clone());
        let opened = Checkpoint::open(&last.note_with([kept.cosignature.as_str()]), &keys);
        if !opened.is_ok_and(|opened| opened.cosignatures.len() == 1) {
            kept.cosignature = self.line(last)?;
            kept.is_posted = false;
            self.state.keep(&kept)?;
        }
        self.post(last.size, &kept.cosignature)?;
        kept.is_posted = true;
        Ok(self.state.keep(&kept)?)
    }

    fn line(&self, checkpoint: &Checkpoint) -> Result<String, Not> {
        Ok(self.signer.cosign(checkpoint, SystemClock.now()).map_err(|_| garbage("/audit/checkpoint"))?)
    }

    fn cosign(&self, opened: &Opened, is_first: bool) -> Result<(), Not> {
        let mut kept = Kept {
            origin: opened.checkpoint.origin.clone(),
            log: self.log.to_owned(),
            keys: opened.keys.iter().map(ToString::to_string).collect(),
            note: bare(&opened.checkpoint),
            cosignature: self.line(&opened.checkpoint)?,
            is_posted: false,
        };
        self.state.keep(&kept)?;
        if is_first {
            let (origin, size) = (printable(&kept.origin), opened.checkpoint.size);
            warn(&format!("nothing was known of {origin} before: it is watched from {size} entries on / 自 {size} 条起开始见证"));
        }
        self.post(opened.checkpoint.size, &kept.cosignature)?;
        kept.is_posted = true;
        Ok(self.state.keep(&kept)?)
    }

    fn post(&self, size: u64, line: &str) -> Result<(), Trouble> {
        let answer = self.client.post("/audit/cosignatures", &json!({ "size": size, "cosignature": line }))?;
        match answer.status {
            _ if answer.is_ok() => Ok(()),
            422 => {
                let told =
                    "the log does not take the cosignature: is this witness named there for the account's agency (--register)?";
                Err(Trouble::Passing(format!("{told} / 日志不接受该联署:请先以 --register 登记")))
            }
            _ => Err(answer.trouble("/audit/cosignatures")),
        }
    }

    /// Tells the log's auditors.
    pub fn object(&self, refusal: &Refusal, offered: &str, kept: Option<&Kept>) -> Result<(), Trouble> {
        let kept_head = kept.and_then(|kept| last_of(kept).ok());
        let seen = refusal.seen.as_deref().cloned().or(kept_head);
        let body = json!({
            "witness": self.signer.public().name(),
            "kind": refusal.kind,
            "seen_size": seen.as_ref().map_or(0, |seen| seen.size),
            "seen_note": seen.as_ref().map_or_else(String::new, |seen| fitting(&bare(seen))),
            "offered_note": fitting(offered),
        });
        let answer = self.client.post("/audit/objections", &body)?;
        if answer.is_ok() { Ok(()) } else { Err(answer.trouble("/audit/objections")) }
    }
}

/// A note with as many of its signatures as an objection takes; of a note that is too long without them, nothing.
fn fitting(note: &str) -> String {
    let signatures = note.rfind("\n\n").map_or(0, |end| end.saturating_add(2));
    let (text, lines) = note.split_at_checked(signatures).unwrap_or((note, ""));
    let mut room = LONGEST_NOTE;
    let mut fits = |line: &&str| {
        let rest = room.checked_sub(line.chars().count());
        room = rest.unwrap_or(0);
        rest.is_some()
    };
    if fits(&text) {
        lines.split_inclusive('\n').take_while(fits).fold(text.to_owned(), |note, line| note + line)
    } else {
        String::new()
    }
}

fn text(answer: &Answer, what: &str) -> Result<String, Trouble> {
    if !answer.is_ok() {
        return Err(answer.trouble(what));
    }
    String::from_utf8(answer.bytes.clone()).map_err(|_| garbage(what))
}

/// What was cosigned last, by the keys of its time.
fn last_of(kept: &Kept) -> Result<Checkpoint, Failure> {
    let keys = parsed(&kept.keys).ok_or_else(|| garbage("the state"))?;
    Checkpoint::open(&kept.note, &keys).map_err(|_| garbage("the state").into())
}

/// A checkpoint that somebody else kept. Errors: it is of another log.
fn others(note: &str, keys: &[VerifierKey]) -> Result<Checkpoint, Failure> {
    debug_assert!(keys.iter().all(|key| key.of() == Use::Log));
    let told = |error: NoteError| Trouble::Lasting(format!("--seen: {error} / 该检查点并非此日志所签"));
    Ok(Checkpoint::open(note, keys).map_err(told)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_objection_takes_what_fits_of_a_note() {
        let note = "log\n1\nroot\n\n— log AAAA\n— other BBBB\n";
        assert_eq!(fitting(note), note);
        let long = note.to_owned() + &"— witness CCCC\n".repeat(2000);
        let cut = fitting(&long);
        assert!(cut.starts_with(note) && cut.ends_with("CCCC\n") && cut.chars().count() <= LONGEST_NOTE);
        assert_eq!(fitting(&"x".repeat(LONGEST_NOTE + 1)), "");
        assert_eq!(fitting(""), "");
    }
}
