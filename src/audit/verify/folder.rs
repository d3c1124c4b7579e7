//! An exported log: files as `lianhu audit export` writes them, read one by one.

use std::collections::VecDeque;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use super::heads::{Heads, Kept, Stored, StoredCosignature};
use super::report::{Kind, Place, Report};
use super::walk::{Leaf, Walk};
use super::{Options, Progress, Stage, Unreadable};
use crate::audit::log::note::Use;
use crate::audit::log::tile::{Kind as TileKind, WIDTH, count_at, entries, grouped};
use crate::audit::log::{Hash, TilePath, VerifierKey};

/// The file with the last checkpoint.
pub const CHECKPOINT: &str = "checkpoint";
/// The file with the keys.
pub const KEYS: &str = "keys";
/// The folder with all checkpoints.
pub const CHECKPOINTS: &str = "checkpoints";

/// Where an export keeps the checkpoint of this size.
pub fn checkpoint_path(size: u64) -> String {
    format!("{CHECKPOINTS}/{}", grouped(size))
}

/// Verifies an exported log. Errors: it cannot be read at all.
pub fn folder(folder: &Path, options: &Options, progress: &mut dyn Progress) -> Result<Report, Unreadable> {
    let mut report = Report::default();
    let (log, witnesses) = keys(folder, &mut report)?;
    let head = text(folder, CHECKPOINT)?.ok_or_else(|| Unreadable::Not {
        path: folder.join(CHECKPOINT).display().to_string(),
        why: "is missing, or no text: this is no exported log",
    })?;
    let mut heads = Heads::new(options, &log, witnesses, &mut report);
    let size = match head.parse::<Kept>() {
        Ok(kept) => kept.size,
        Err(error) => {
            report.fail(Kind::Checkpoint, Place::Checkpoint { checkpoint: 0 }, format!("the file {CHECKPOINT}: {error}"));
            Sizes::of(folder).map(|found| found.map(|(size, _)| size)).last().transpose()?.unwrap_or(0)
        }
    };
    if text(folder, &checkpoint_path(size))?.as_ref() != Some(&head) {
        let why = format!("the file {CHECKPOINT} is not the one of this size among all checkpoints");
        report.fail(Kind::Checkpoint, Place::Checkpoint { checkpoint: size }, why);
    }
    progress.begins(Stage::Log, Some(size));
    let mut sizes = Sizes::of(folder);
    let mut walk = Walk::default();
    let mut levels = Levels::new(folder, size);
    let mut whole = Vec::new();
    for number in 0..size.div_ceil(WIDTH) {
        let width = size.saturating_sub(number.saturating_mul(WIDTH)).min(WIDTH);
        let bundle = TilePath { kind: TileKind::Entries, number, width };
        let bytes = read(folder, &bundle.to_string())?;
        let hashes = levels.tile(0, number, width, &mut report)?;
        if bytes.is_none() {
            report.fail(Kind::Tile, Place::tile(&bundle), "it is missing");
        }
        let mut leaves = entries(bytes.as_deref().unwrap_or_default());
        for index in 0..width {
            if heads.queue.is_empty() {
                refill(&mut heads, &mut sizes, folder)?;
            }
            let entry = leaves.next();
            let hash = hashes.as_ref().and_then(|tile| hash_at(tile, index));
            if entry.is_none() && hash.is_none() {
                // Without either there is no tree to go on with.
                report.fail(Kind::Tile, Place::tile(&bundle), "it ends before its last entry");
                return Ok(report);
            }
            if matches!(entry, Some(Err(_))) {
                report.fail(Kind::Tile, Place::tile(&bundle), "its entries' lengths do not fit");
            }
            let leaf = Leaf { bytes: entry.and_then(Result::ok), filed: None, hash };
            walk.leaf(&leaf, &mut heads, &mut report, |level, position, hash| whole.push((level, position, hash)));
            for (level, position, hash) in whole.drain(..) {
                levels.check(level, position, hash, &mut report)?;
            }
        }
        if leaves.next().is_some() {
            report.fail(Kind::Tile, Place::tile(&bundle), "it holds more than its entries");
        }
        progress.at(walk.range.size());
    }
    while heads.queue.is_empty() && refill(&mut heads, &mut sizes, folder)? {
        heads.at(size, walk.range.root(), &mut report);
    }
    heads.end(size, &mut report);
    report.ends_at(size, walk.range.root());
    nothing_else(folder, size, &mut report)?;
    Ok(report)
}

/// The keys that the export names, of the log and of witnesses.
fn keys(folder: &Path, report: &mut Report) -> Result<(Vec<VerifierKey>, Vec<VerifierKey>), Unreadable> {
    let Some(list) = text(folder, KEYS)? else {
        report.fail(Kind::Row, Place::row(KEYS, "all"), "the file is missing, or no text");
        return Ok((Vec::new(), Vec::new()));
    };
    let mut keys = Vec::new();
    for (line, number) in list.split_terminator('\n').zip(1_u64..) {
        match line.parse::<VerifierKey>() {
            Ok(key) if key.to_string() == line => keys.push(key),
            _ => report.fail(Kind::Row, Place::row(KEYS, number.to_string()), "it is not a verifier key"),
        }
    }
    if !list.ends_with('\n') {
        report.fail(Kind::Row, Place::row(KEYS, "last"), "the line does not end");
    }
    Ok(keys.into_iter().partition(|key| key.of() == Use::Log))
}

fn read(folder: &Path, path: &str) -> Result<Option<Vec<u8>>, Unreadable> {
    let path = folder.join(path);
    match fs::read(&path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => Ok(None),
        Err(error) => Err(Unreadable::File { path: path.display().to_string(), error }),
    }
}

fn text(folder: &Path, path: &str) -> Result<Option<String>, Unreadable> {
    Ok(read(folder, path)?.and_then(|bytes| String::from_utf8(bytes).ok()))
}

fn hash_at(tile: &[u8], index: u64) -> Option<Hash> {
    let from = usize::try_from(index).ok()?.checked_mul(32)?;
    tile.get(from..from.checked_add(32)?)?.try_into().ok().map(Hash)
}

/// Tiles of hashes; of each level the one in hand.
struct Levels<'f> {
    folder: &'f Path,
    size: u64,
    in_hand: [Option<(u64, Option<Vec<u8>>)>; 8],
}

impl<'f> Levels<'f> {
    const fn new(folder: &'f Path, size: u64) -> Self {
        Self { folder, size, in_hand: [const { None }; 8] }
    }
    /// A tile, whole; nothing where it is missing or not of its length, which is told.
    fn tile(&self, level: u8, number: u64, width: u64, report: &mut Report) -> Result<Option<Vec<u8>>, Unreadable> {
        let path = TilePath { kind: TileKind::Hashes(level), number, width };
        let found = read(self.folder, &path.to_string())?;
        let why = match &found {
            None => "it is missing",
            Some(bytes) if u64::try_from(bytes.len()).ok() != width.checked_mul(32) => "it is not of its length",
            Some(_) => return Ok(found),
        };
        report.fail(Kind::Tile, Place::tile(&path), why);
        Ok(None)
    }
    fn check(&mut self, level: u8, position: u64, hash: Hash, report: &mut Report) -> Result<(), Unreadable> {
        let Some(path) = TilePath::holding(TileKind::Hashes(level), position, count_at(level, self.size)) else { return Ok(()) };
        let known =
            self.in_hand.get(usize::from(level)).and_then(Option::as_ref).is_some_and(|(number, _)| *number == path.number);
        if !known {
            let tile = self.tile(level, path.number, path.width, report)?;
            if let Some(slot) = self.in_hand.get_mut(usize::from(level)) {
                *slot = Some((path.number, tile));
            }
        }
        let tile = self.in_hand.get(usize::from(level)).and_then(Option::as_ref).and_then(|(_, tile)| tile.as_ref());
        let index = position % WIDTH;
        if tile.is_some_and(|tile| hash_at(tile, index) != Some(hash)) {
            let at = Place::Tile { tile: path.to_string(), hash: Some(index) };
            report.fail(Kind::Tile, at, "the hash is not that of the hashes below it");
        }
        Ok(())
    }
}

/// The stored checkpoints, in the order of their sizes: those of few digits lie nearer to the root.
struct Sizes {
    root: PathBuf,
    depth: usize,
    /// Of each folder on the way down, what is left in it, the last first.
    open: Vec<Vec<(u64, PathBuf)>>,
}

/// Groups of three digits in the largest size.
const DEEPEST: usize = 7;

impl Sizes {
    fn of(folder: &Path) -> Self {
        Self { root: folder.join(CHECKPOINTS), depth: 0, open: Vec::new() }
    }
    /// What lies in a folder: on the way down folders named `x…`, at the end files.
    fn listed(&self, folder: &Path, above: u64, is_last: bool) -> Result<Vec<(u64, PathBuf)>, Unreadable> {
        let wrong = |error| Unreadable::File { path: folder.display().to_string(), error };
        let list = match fs::read_dir(folder) {
            Ok(list) => list,
            Err(error) if error.kind() == ErrorKind::NotFound && folder == self.root => return Ok(Vec::new()),
            Err(error) => return Err(wrong(error)),
        };
        let mut found = Vec::new();
        for entry in list {
            let path = entry.map_err(wrong)?.path();
            let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            let digits = if is_last { Some(name) } else { name.strip_prefix('x') };
            let group = digits.filter(|digits| digits.len() == 3).and_then(|digits| digits.parse::<u64>().ok());
            let number = group.and_then(|group| above.checked_mul(1000)?.checked_add(group));
            found.extend(number.map(|number| (number, path)));
        }
        found.sort_unstable_by(|a, b| b.cmp(a));
        Ok(found)
    }
}

impl Iterator for Sizes {
    type Item = Result<(u64, PathBuf), Unreadable>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let Some(folder) = self.open.last_mut() else {
                if self.depth == DEEPEST {
                    return None;
                }
                self.depth = self.depth.saturating_add(1);
                match self.listed(&self.root, 0, self.depth == 1) {
                    Ok(list) => self.open.push(list),
                    Err(error) => return Some(Err(error)),
                }
                continue;
            };
            let Some((number, path)) = folder.pop() else {
                self.open.pop();
                continue;
            };
            if self.open.len() == self.depth {
                return Some(Ok((number, path)));
            }
            match self.listed(&path, number, self.open.len().saturating_add(1) == self.depth) {
                Ok(list) => self.open.push(list),
                Err(error) => return Some(Err(error)),
            }
        }
    }
}

/// Takes further checkpoints up; whether there were any.
fn refill(heads: &mut Heads, sizes: &mut Sizes, folder: &Path) -> Result<bool, Unreadable> {
    for found in sizes.take(64) {
        let (size, path) = found?;
        let relative = path.strip_prefix(folder).unwrap_or(&path).display().to_string();
        // What is no text is no note, and is told as one.
        heads.queue.push_back(stored(size, &text(folder, &relative)?.unwrap_or_default()));
    }
    Ok(!heads.queue.is_empty())
}

/// A note, and apart from it the signatures that are not the log's.
fn stored(size: u64, whole: &str) -> Stored {
    let origin = whole.lines().next().unwrap_or_default();
    let (text, lines) = whole.rfind("\n\n").and_then(|end| whole.split_at_checked(end.saturating_add(2))).unwrap_or((whole, ""));
    let (mut note, mut cosignatures) = (text.to_owned(), VecDeque::new());
    for line in lines.split_inclusive('\n') {
        let name = line.strip_prefix("\u{2014} ").and_then(|rest| rest.split(' ').next());
        match name.filter(|name| *name != origin && line.ends_with('\n')) {
            Some(name) => {
                let line = line.trim_end_matches('\n').to_owned();
                cosignatures.push_back(StoredCosignature { witness: name.to_owned(), by: None, line, at: None });
            }
            None => note.push_str(line),
        }
    }
    Stored { size, root: None, note, cosignatures: cosignatures.into() }
}

/// No tiles but those of this size.
fn nothing_else(folder: &Path, size: u64, report: &mut Report) -> Result<(), Unreadable> {
    let mut open = vec![folder.join("tile")];
    while let Some(next) = open.pop() {
        let wrong = |error| Unreadable::File { path: next.display().to_string(), error };
        let list = match fs::read_dir(&next) {
            Ok(list) => list,
            Err(error) if error.kind() == ErrorKind::NotFound => continue,
            Err(error) => return Err(wrong(error)),
        };
        for entry in list {
            let entry = entry.map_err(wrong)?;
            if entry.file_type().map_err(wrong)?.is_dir() {
                open.push(entry.path());
                continue;
            }
            let path = entry.path();
            let relative = path.strip_prefix(folder).unwrap_or(&path).to_string_lossy().into_owned();
            if !relative.parse::<TilePath>().is_ok_and(|tile| tile.is_of(size)) {
                let at = Place::Tile { tile: relative, hash: None };
                report.fail(Kind::Tile, at, "a log of this size has no such tile");
            }
        }
    }
    Ok(())
}
