//! Checkpoints in the order of their sizes: who signed them, whether they are of this tree, who cosigned.

use std::collections::{HashSet, VecDeque};
use std::str::FromStr;

use super::report::{Kind, Place, Report};
use crate::audit::log::note::Use;
use crate::audit::log::{Checkpoint, Hash, NoteError, VerifierKey};

/// A checkpoint that somebody kept: the lines that say of which log, of which size, and under which root. Who keeps it
/// answers for it; it need not be signed.
#[derive(Debug, Clone, PartialEq)]
pub struct Kept {
    /// Which log.
    pub origin: String,
    /// How many entries.
    pub size: u64,
    /// The root over them.
    pub root: Hash,
}

/// Not a checkpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a checkpoint: its name, its size and its root in base64 are expected, a line each")]
pub struct KeptUnread;

impl FromStr for Kept {
    type Err = KeptUnread;

    fn from_str(text: &str) -> Result<Self, KeptUnread> {
        let mut lines = text.trim_start().lines().map(str::trim);
        let mut line = || lines.next().filter(|line| !line.is_empty()).ok_or(KeptUnread);
        let (origin, size, root) = (line()?, line()?, line()?);
        let root = data_encoding::BASE64.decode(root.as_bytes()).map_err(|_| KeptUnread)?;
        Ok(Self {
            origin: origin.to_owned(),
            size: size.parse().map_err(|_| KeptUnread)?,
            root: Hash(root.try_into().map_err(|_| KeptUnread)?),
        })
    }
}

/// A checkpoint as it is stored.
pub(super) struct Stored {
    /// The size under which it is filed.
    pub size: u64,
    /// The root beside it, where there is one.
    pub root: Option<Vec<u8>>,
    /// The note as the log signed it.
    pub note: String,
    /// Cosignatures.
    pub cosignatures: Vec<StoredCosignature>,
}

/// A cosignature as it is stored.
pub(super) struct StoredCosignature {
    /// Whose: its row, or its name.
    pub witness: String,
    /// The key it must be by, where the place says so.
    pub by: Option<VerifierKey>,
    /// Its line of the note.
    pub line: String,
    /// The time beside it, microseconds, where there is one.
    pub at: Option<i64>,
}

/// Checks checkpoints one after the other.
pub(super) struct Heads {
    log: Vec<VerifierKey>,
    /// Keys of the log that are taken at their word, by id.
    trusted: HashSet<u32>,
    /// The one that signed the last checkpoint, and those it replaced.
    current: Option<u32>,
    replaced: HashSet<u32>,
    /// The log's keys in the order of its own list.
    order: Vec<u32>,
    outside: Vec<VerifierKey>,
    registered: Vec<VerifierKey>,
    /// What is stored next.
    pub queue: VecDeque<Stored>,
    /// The last one that was checked.
    pub last: Option<u64>,
    /// Of each key that signed, the size of the checkpoint before its first one.
    pub began: Vec<(u32, u64)>,
    since: Option<Kept>,
}

impl Heads {
    /// `log` and `witnesses`: the keys that the log itself names.
    pub fn new(options: &super::Options, log: &[VerifierKey], witnesses: Vec<VerifierKey>, report: &mut Report) -> Self {
        report.log_keys_from_outside = !options.log_keys.is_empty();
        report.witness_keys_from_outside = !options.witness_keys.is_empty();
        report.since = options.since.as_ref().map(|kept| kept.size);
        let trusted = if options.log_keys.is_empty() {
            log.iter().take(1).map(VerifierKey::id).collect()
        } else {
            options.log_keys.iter().map(VerifierKey::id).collect()
        };
        let mut all = options.log_keys.clone();
        all.extend(log.iter().filter(|key| !options.log_keys.contains(key)).cloned());
        Self {
            log: all,
            trusted,
            current: None,
            replaced: HashSet::new(),
            order: log.iter().map(VerifierKey::id).collect(),
            outside: options.witness_keys.clone(),
            registered: witnesses,
            queue: VecDeque::new(),
            last: None,
            began: Vec::new(),
            since: options.since.clone(),
        }
    }

    /// Whether the tree's root is asked for at this size.
    pub fn wants(&self, size: u64) -> bool {
        self.queue.front().is_some_and(|next| next.size <= size) || self.since.as_ref().is_some_and(|kept| kept.size == size)
    }

    /// The tree has this root at this size.
    pub fn at(&mut self, size: u64, root: Hash, report: &mut Report) {
        if let Some(kept) = self.since.take_if(|kept| kept.size == size)
            && (kept.root != root || report.origin.as_ref().is_some_and(|origin| *origin != kept.origin))
        {
            let why = "the log does not contain the checkpoint that was kept: there are two of it";
            report.fail(Kind::Fork, Place::Checkpoint { checkpoint: size }, why);
        }
        while let Some(stored) = self.queue.pop_front_if(|next| next.size <= size) {
            let root = (stored.size == size).then_some(root);
            self.check(&stored, root, report);
        }
    }

    /// The log ends at this size.
    pub fn end(&mut self, size: u64, report: &mut Report) {
        for beyond in self.queue.drain(..) {
            let at = Place::Checkpoint { checkpoint: beyond.size };
            report.fail(Kind::Checkpoint, at, format!("the log has {size} entries only"));
        }
        if let Some(kept) = self.since.take() {
            let why = format!("the log has {size} entries only: it was set back behind the checkpoint that was kept");
            report.fail(Kind::Rollback, Place::Checkpoint { checkpoint: kept.size }, why);
        }
        report.signed = self.last.unwrap_or(0);
    }

    /// The root is that of the tree at the checkpoint's size, where the tree has that size at all.
    fn check(&mut self, stored: &Stored, root: Option<Hash>, report: &mut Report) {
        let at = || Place::Checkpoint { checkpoint: stored.size };
        if self.last == Some(stored.size) || root.is_none() {
            return report.fail(Kind::Checkpoint, at(), "there is another of this size, or it has no place");
        }
        let before = self.last.replace(stored.size).unwrap_or(0);
        report.checkpoints = report.checkpoints.saturating_add(1);
        let opened = match Checkpoint::open(&stored.note, &self.log) {
            Ok(opened) => opened,
            Err(error) => return report.fail(Kind::Checkpoint, at(), error.to_string()),
        };
        if opened.size != stored.size {
            report.fail(Kind::Checkpoint, at(), format!("the note is of size {}", opened.size));
        }
        if root.is_some_and(|root| root != opened.root) {
            let why =
                "its root is not that of the entries before it: one of them was changed, added or taken away after it was signed";
            report.fail(Kind::Checkpoint, at(), why);
        }
        if stored.root.as_ref().is_some_and(|beside| beside.as_slice() != opened.root.0.as_slice()) {
            report.fail(Kind::Checkpoint, at(), "the root beside the note is another");
        }
        match &report.origin {
            Some(origin) if *origin != opened.origin => report.fail(Kind::Checkpoint, at(), "it is of another log"),
            Some(_) => {}
            None => report.origin = Some(opened.origin.clone()),
        }
        for id in &opened.signed_by {
            if self.began.iter().all(|(known, _)| known != id) {
                self.began.push((*id, before));
            }
        }
        if let Err(why) = self.signed_by(&opened.signed_by) {
            report.fail(Kind::Checkpoint, at(), why);
        }
        let mut seen = HashSet::new();
        for cosignature in &stored.cosignatures {
            let cosigned = self.cosigned(&opened, cosignature);
            let once = cosigned.and_then(
                |(id, from_outside)| {
                    if seen.insert(id) { Ok(from_outside) } else { Err("it is there twice".to_owned()) }
                },
            );
            match once {
                Ok(true) => report.cosignatures = report.cosignatures.saturating_add(1),
                Ok(false) => report.cosignatures_by_own_list = report.cosignatures_by_own_list.saturating_add(1),
                Err(why) => {
                    let place = Place::Cosignature { checkpoint: stored.size, witness: cosignature.witness.clone() };
                    report.fail(Kind::Cosignature, place, why);
                }
            }
        }
    }

    /// Whether whoever signed may: the key that signed before, or one that it hands over to.
    fn signed_by(&mut self, ids: &[u32]) -> Result<(), &'static str> {
        let before = self.current;
        let holds = |id: &u32| before == Some(*id) || (self.trusted.contains(id) && !self.replaced.contains(id));
        if !ids.iter().any(holds) {
            let replaced = ids.iter().any(|id| self.replaced.contains(id));
            return Err(if replaced {
                "signed by a key that had been replaced"
            } else {
                "signed by a key that no key before it vouches for"
            });
        }
        // Where keys changed several times before anything was signed, all of them sign: the log's list says which is the last.
        let rank = |id: &&u32| self.order.iter().position(|known| known == *id);
        let last = ids.iter().filter(|id| before != Some(**id) && !self.replaced.contains(*id)).max_by_key(rank).copied();
        match (before, last) {
            // Of a first checkpoint signed by several, none has been replaced yet.
            (None, _) => self.current = ids.iter().find(|id| holds(id)).copied(),
            (Some(old), Some(new)) => {
                self.replaced.insert(old);
                self.replaced.extend(ids.iter().copied().filter(|id| *id != new));
                self.current = Some(new);
            }
            (Some(_), None) => {}
        }
        Ok(())
    }

    /// Whose cosignature it is, and whether the key came from outside.
    fn cosigned(&self, checkpoint: &Checkpoint, stored: &StoredCosignature) -> Result<(u32, bool), String> {
        let named = stored.line.strip_prefix("\u{2014} ").and_then(|rest| rest.split(' ').next()).unwrap_or_default();
        let of_outside: Vec<&VerifierKey> = self.outside.iter().filter(|key| key.name() == named).collect();
        let candidates = match (&stored.by, of_outside.is_empty()) {
            (_, false) => of_outside,
            (Some(by), true) => vec![by],
            (None, true) => self.registered.iter().filter(|key| key.name() == named).collect(),
        };
        let mut why = "no key that is known made it".to_owned();
        for key in candidates.into_iter().filter(|key| key.of() == Use::Witness) {
            if stored.by.as_ref().is_some_and(|by| by != key) {
                "it is filed under another key than the one known from outside".clone_into(&mut why);
                continue;
            }
            let mut keys = self.log.clone();
            keys.push(key.clone());
            match Checkpoint::open(&checkpoint.note_with([stored.line.as_str()]), &keys) {
                Ok(opened) => {
                    let Some(made) = opened.cosignatures.iter().find(|made| made.id == key.id()) else { continue };
                    if stored.at.is_some_and(|at| at != made.at.micros()) {
                        return Err("the time beside it is another".to_owned());
                    }
                    return Ok((key.id(), self.outside.contains(key)));
                }
                Err(NoteError::Signature { .. }) => "the signature is wrong".clone_into(&mut why),
                Err(error) => why = error.to_string(),
            }
        }
        Err(why)
    }
}
