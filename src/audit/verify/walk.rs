//! Leaf after leaf: what the walk over a database and over a folder have in common.

use super::BACKDATED;
use super::heads::Heads;
use super::range::Range;
use super::report::{Kind, Place, Report};
use crate::audit::log::{Hash, leaf_hash};
use crate::base::time::Timestamp;

/// An entry's id and time, read off the beginning of its bytes without reading them all: the form begins with them, at places
/// that are the same in every entry.
pub(super) struct Beginning<'b> {
    /// The id.
    pub id: &'b str,
    at: &'b str,
}

impl<'b> Beginning<'b> {
    /// None where the bytes do not begin as an entry's do.
    pub fn of(bytes: &'b [u8]) -> Option<Self> {
        let rest = std::str::from_utf8(bytes.get(..bytes.len().min(120))?).ok()?.strip_prefix(r#"{"v":1,"id":""#)?;
        let (id, rest) = rest.split_once(r#"","at":""#)?;
        let (at, _) = rest.split_once('"')?;
        Some(Self { id, at })
    }
    /// The time, microseconds.
    pub fn at(&self) -> Option<i64> {
        self.at.parse::<Timestamp>().ok().map(Timestamp::micros)
    }
}

/// The walk so far.
#[derive(Default)]
pub(super) struct Walk {
    /// The tree so far.
    pub range: Range,
    /// The latest time of an entry so far.
    latest: Option<i64>,
}

/// One leaf as it is stored.
pub(super) struct Leaf<'l> {
    /// The entry's bytes, if they are there.
    pub bytes: Option<&'l [u8]>,
    /// Under which id they are filed, where they are filed under one.
    pub filed: Option<&'l str>,
    /// The hash that stands for it in the tree, if it is there.
    pub hash: Option<Hash>,
}

impl Walk {
    /// Takes the next leaf. `whole` hears of the hashes that are whole now: level, position, hash.
    pub fn leaf(&mut self, leaf: &Leaf<'_>, heads: &mut Heads, report: &mut Report, whole: impl FnMut(u8, u64, Hash)) {
        let position = self.range.size();
        let computed = leaf.bytes.map(leaf_hash);
        let beginning = leaf.bytes.and_then(Beginning::of);
        let id = leaf.filed.or(beginning.as_ref().map(|beginning| beginning.id));
        let place = || Place::Entry { entry: id.map(str::to_owned), position: Some(position) };
        match (computed, leaf.hash) {
            (None, _) => report.fail(Kind::Entry, place(), "the log has a place for it, but it is not there"),
            (Some(computed), Some(stored)) if computed != stored => {
                report.fail(Kind::Entry, place(), "its bytes are not those that were logged here");
            }
            (Some(_), _) => self.dated(beginning.as_ref(), leaf.filed, place, report),
        }
        // The tree is made of the hashes that stand in it, so that one changed entry is one failure; whoever changes the hash
        // too is found by the hashes above it.
        let Some(hash) = leaf.hash.or(computed) else { return };
        self.range.push(hash, whole);
        if heads.wants(self.range.size()) {
            heads.at(self.range.size(), self.range.root(), report);
        }
    }

    fn dated(&mut self, entry: Option<&Beginning<'_>>, filed: Option<&str>, place: impl Fn() -> Place, report: &mut Report) {
        let Some((beginning, at)) = entry.and_then(|entry| Some((entry, entry.at()?))) else {
            return report.fail(Kind::Entry, place(), "its bytes are not those of an entry");
        };
        if filed.is_some_and(|filed| filed != beginning.id) {
            report.fail(Kind::Entry, place(), "it is filed under another id than its own");
        }
        match self.latest {
            Some(latest) if at.saturating_add(BACKDATED) < latest => {
                report.fail(Kind::Entry, place(), "it is dated back: entries of a later time have their place before it");
            }
            latest => self.latest = Some(latest.unwrap_or(at).max(at)),
        }
    }
}
