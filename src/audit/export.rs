//! The log as files, laid out as C2SP `tlog-tiles` has it, so that other people's tools read it: what is there stays, only
//! what is new is written, each file complete or absent. The last file written is the checkpoint, which alone says how far
//! the rest counts.

use std::fs;
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use super::log::tile::{Kind, WIDTH};
use super::log::tree::root;
use super::log::{NoHashes, TilePath, store, witnesses};
use super::verify::{CHECKPOINT, KEYS, Kept, Progress, Stage, checkpoint_path};
use crate::base::db::{DbError, Tx};

/// Checkpoints at a time.
const PAGE: i64 = 256;

/// Why the log was not exported, or not all of it.
#[derive(Debug, thiserror::Error)]
pub enum NotExported {
    /// The database.
    #[error(transparent)]
    Db(#[from] DbError),
    /// The stored tree.
    #[error(transparent)]
    Tree(#[from] NoHashes),
    /// A file.
    #[error("{path}: {error}")]
    File {
        /// Which.
        path: String,
        /// Why.
        error: std::io::Error,
    },
    /// No checkpoint yet.
    #[error("the log has no checkpoint yet / 日志尚无检查点")]
    Empty,
    /// The export could not be recorded: nothing was written.
    #[error("the export could not be recorded: {0}")]
    NotRecorded(String),
    /// The folder holds what is not the beginning of this log.
    #[error(
        "the folder holds another log, or more of this one than the database: nothing was written / 文件夹中的日志与数据库不符"
    )]
    Another,
}

impl crate::base::db::Failure for NotExported {
    fn may_retry(&self) -> bool {
        matches!(self, Self::Db(DbError::Retry))
    }
}

/// What an export came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Exported {
    /// Entries that the folder holds now.
    pub size: u64,
    /// Files that were written.
    pub written: u64,
}

/// Writes the log up to its last checkpoint into a folder. Errors: no checkpoint, a folder that holds another log, a file.
pub fn export(tx: &mut Tx<'_>, folder: &Path, progress: &mut dyn Progress) -> Result<Exported, NotExported> {
    let head = store::checkpoint(tx, None)?.ok_or(NotExported::Empty)?;
    continues(tx, folder, head.size)?;
    let mut files = Files { folder: folder.to_owned(), written: 0 };
    progress.begins(Stage::Log, Some(head.size));
    let levels = (1..8).map(Kind::Hashes);
    for path in levels.flat_map(|kind| tiles(kind, head.size)) {
        put_tile(tx, &mut files, path)?;
    }
    for path in tiles(Kind::Entries, head.size) {
        put_tile(tx, &mut files, path)?;
        put_tile(tx, &mut files, TilePath { kind: Kind::Hashes(0), ..path })?;
        progress.at(path.first().saturating_add(path.width));
    }
    let note = checkpoints(tx, &mut files)?;
    let mut keys = String::new();
    for row in store::keys(tx)? {
        keys.push_str(&row.key.to_string());
        keys.push('\n');
    }
    for witness in witnesses::all(tx)? {
        keys.push_str(&witness.key()?.to_string());
        keys.push('\n');
    }
    files.write_if_new(KEYS, keys.as_bytes())?;
    files.write_if_new(CHECKPOINT, note.as_bytes())?;
    files.without_old_parts(head.size)?;
    Ok(Exported { size: head.size, written: files.written })
}

/// Whether what the folder holds is the beginning of this log.
fn continues(tx: &mut Tx<'_>, folder: &Path, size: u64) -> Result<(), NotExported> {
    let path = folder.join(CHECKPOINT);
    let text = match fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(wrong(&path, error)),
    };
    let there: Kept = text.parse().map_err(|_| NotExported::Another)?;
    let origin = store::head(tx)?.map(|head| head.origin);
    if there.size > size || origin.as_ref() != Some(&there.origin) {
        return Err(NotExported::Another);
    }
    let ours = root(store::tree(tx, there.size), there.size)?;
    if ours == there.root { Ok(()) } else { Err(NotExported::Another) }
}

/// Every tile of a kind in a log of this size.
fn tiles(kind: Kind, size: u64) -> impl Iterator<Item = TilePath> {
    let count = kind.count(size);
    (0..count.div_ceil(WIDTH)).filter_map(move |number| TilePath::holding(kind, number.saturating_mul(WIDTH), count))
}

fn put_tile(tx: &mut Tx<'_>, files: &mut Files, path: TilePath) -> Result<(), NotExported> {
    let name = path.to_string();
    if files.has(&name) { Ok(()) } else { files.write(&name, &store::tile(tx, path)?) }
}

/// Writes every checkpoint with its cosignatures, those too that came since; the last note.
fn checkpoints(tx: &mut Tx<'_>, files: &mut Files) -> Result<String, NotExported> {
    let (mut past, mut last) = (0, String::new());
    loop {
        let page = store::checkpoints(tx, past, PAGE)?;
        let Some(newest) = page.last() else { return Ok(last) };
        past = newest.size;
        for signed in page {
            let note = witnesses::whole_note(tx, &signed)?;
            files.write_if_new(&checkpoint_path(signed.size), note.as_bytes())?;
            last = note;
        }
    }
}

fn wrong(path: &Path, error: std::io::Error) -> NotExported {
    NotExported::File { path: path.display().to_string(), error }
}

/// The folder.
struct Files {
    folder: PathBuf,
    written: u64,
}

impl Files {
    fn has(&self, path: &str) -> bool {
        self.folder.join(path).is_file()
    }
    fn write_if_new(&mut self, path: &str, bytes: &[u8]) -> Result<(), NotExported> {
        match fs::read(self.folder.join(path)) {
            Ok(there) if there == bytes => Ok(()),
            Ok(_) | Err(_) => self.write(path, bytes),
        }
    }
    /// Writes a file under a name of its own, then puts it in its place: it is there whole or not at all.
    fn write(&mut self, path: &str, bytes: &[u8]) -> Result<(), NotExported> {
        let place = self.folder.join(path);
        let name = place.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let beside = place.with_file_name(format!(".{name}.new"));
        let put = || {
            if let Some(parent) = place.parent() {
                fs::create_dir_all(parent)?;
            }
            let mut file = fs::File::create(&beside)?;
            file.write_all(bytes)?;
            file.sync_data()?;
            fs::rename(&beside, &place)
        };
        put().map_err(|error| wrong(&place, error))?;
        self.written = self.written.saturating_add(1);
        Ok(())
    }
    /// Takes away the partial tiles of smaller sizes, and what a run that was broken off left.
    fn without_old_parts(&self, size: u64) -> Result<(), NotExported> {
        let mut open = vec![self.folder.join("tile")];
        while let Some(folder) = open.pop() {
            let list = match fs::read_dir(&folder) {
                Ok(list) => list,
                Err(error) if error.kind() == ErrorKind::NotFound => continue,
                Err(error) => return Err(wrong(&folder, error)),
            };
            let mut is_empty = true;
            for entry in list {
                let path = entry.map_err(|error| wrong(&folder, error))?.path();
                if path.is_dir() {
                    open.push(path);
                    is_empty = false;
                } else if is_old(path.strip_prefix(&self.folder).unwrap_or(&path), size) {
                    fs::remove_file(&path).map_err(|error| wrong(&path, error))?;
                } else {
                    is_empty = false;
                }
            }
            if is_empty {
                fs::remove_dir(&folder).map_err(|error| wrong(&folder, error))?;
            }
        }
        Ok(())
    }
}

fn is_old(path: &Path, size: u64) -> bool {
    let name = path.to_string_lossy();
    if path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.')) {
        return true;
    }
    name.parse::<TilePath>().is_ok_and(|tile| tile.width < WIDTH && !tile.is_of(size))
}
