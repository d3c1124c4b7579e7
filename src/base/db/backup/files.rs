//! The folder of a backup, and its files: written under another name, durable, then named; closed to others.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{ErrorKind, Read as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use data_encoding::HEXLOWER;
use sha2::{Digest as _, Sha256};

use super::{BackupError, FileMark, Holds, Kind, Manifest, at};

const MANIFEST: &str = "manifest.json";

/// The end of the names under which files lie until the backup is whole.
const UNFINISHED: &str = ".unfinished";

/// Longer than any manifest.
const LONGEST_MANIFEST: u64 = 1 << 20;

/// A folder in which a backup is being made. Dropped before it is finished, it takes away what it made.
#[derive(Debug)]
pub(super) struct Folder {
    path: PathBuf,
    is_new: bool,
    drafts: Vec<String>,
    is_finished: bool,
}

impl Folder {
    /// Makes it, unless an empty one is there. Errors: something lies in it.
    pub fn make(path: &Path) -> Result<Self, BackupError> {
        let is_new = !path.try_exists().map_err(at(path))?;
        DirBuilder::new().recursive(true).mode(0o700).create(path).map_err(at(path))?;
        if fs::read_dir(path).map_err(at(path))?.next().is_some() {
            return Err(BackupError::NotEmpty(path.to_owned()));
        }
        Ok(Self { path: path.to_owned(), is_new, drafts: Vec::new(), is_finished: false })
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Neither is the other, nor inside it.
    pub fn lies_apart_from(&self, other: &Self) -> Result<(), BackupError> {
        let real = |folder: &Self| fs::canonicalize(&folder.path).map_err(at(&folder.path));
        let (one, other) = (real(self)?, real(other)?);
        if one.starts_with(&other) || other.starts_with(&one) { Err(BackupError::NotApart) } else { Ok(()) }
    }

    /// An empty file, closed to others, into which somebody else writes what is to be called `name`.
    pub fn begin(&mut self, name: &str) -> Result<PathBuf, BackupError> {
        let path = self.path.join(format!("{name}{UNFINISHED}"));
        OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path).map_err(at(&path))?;
        self.drafts.push(name.to_owned());
        Ok(path)
    }

    /// Makes what was written durable, and reads its mark.
    pub fn mark(&self, name: &str) -> Result<FileMark, BackupError> {
        let path = self.path.join(format!("{name}{UNFINISHED}"));
        File::open(&path).and_then(|file| file.sync_all()).map_err(at(&path))?;
        let (bytes, sha256) = digest_of_file(&path, &mut std::io::sink())?;
        Ok(FileMark { name: name.to_owned(), bytes, sha256 })
    }

    /// Gives the files their names, and the folder its manifest, last.
    pub fn finish(mut self, manifest: &str) -> Result<(), BackupError> {
        let path = self.begin(MANIFEST)?;
        let write = || {
            let mut file = OpenOptions::new().write(true).open(&path)?;
            file.write_all(manifest.as_bytes())?;
            file.sync_all()
        };
        write().map_err(at(&path))?;
        for name in &self.drafts {
            let to = self.path.join(name);
            fs::rename(self.path.join(format!("{name}{UNFINISHED}")), &to).map_err(at(&to))?;
            // Before the next, so that no failing of the power leaves a manifest without its files.
            File::open(&self.path).and_then(|folder| folder.sync_all()).map_err(at(&self.path))?;
        }
        self.is_finished = true;
        Ok(())
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if self.is_finished {
            return;
        }
        for name in &self.drafts {
            // What cannot be removed is no backup either: it has no manifest.
            drop(fs::remove_file(self.path.join(format!("{name}{UNFINISHED}"))));
        }
        if self.is_new {
            drop(fs::remove_dir(&self.path));
        }
    }
}

pub(super) fn digest_of(bytes: &[u8]) -> String {
    HEXLOWER.encode(&Sha256::digest(bytes))
}

/// Copies a file to `to`, and gives its length and SHA-256.
fn digest_of_file(path: &Path, to: &mut impl std::io::Write) -> Result<(u64, String), BackupError> {
    let mut file = File::open(path).map_err(at(path))?;
    let (mut digest, mut length, mut piece) = (Sha256::new(), 0_u64, vec![0_u8; 1 << 20]);
    loop {
        let read = file.read(&mut piece).map_err(at(path))?;
        let Some(read) = piece.get(..read).filter(|read| !read.is_empty()) else { break };
        digest.update(read);
        to.write_all(read).map_err(at(path))?;
        length = length.saturating_add(u64::try_from(read.len()).unwrap_or(u64::MAX));
    }
    Ok((length, HEXLOWER.encode(&digest.finalize())))
}

/// The manifest of a folder, and its text. Errors: none, another kind's, or a file that is not there or not whole.
pub(super) fn read_manifest(folder: &Path, wanted: Holds, of: Kind) -> Result<(Manifest, String), BackupError> {
    let path = folder.join(MANIFEST);
    let file = File::open(&path).map_err(|error| match error.kind() {
        ErrorKind::NotFound => BackupError::NoManifest(folder.to_owned()),
        _ => at(&path)(error),
    })?;
    let mut text = String::new();
    file.take(LONGEST_MANIFEST).read_to_string(&mut text).map_err(|_| BackupError::Manifest(path.clone()))?;
    let manifest = Manifest::parse(&text).ok_or_else(|| BackupError::Manifest(path.clone()))?;
    if manifest.holds != wanted {
        return Err(BackupError::Other { path: folder.to_owned(), found: manifest.holds, wanted });
    }
    if manifest.database != of {
        return Err(BackupError::OtherDatabase { found: manifest.database, wanted: of });
    }
    let [mark] = manifest.files.as_slice() else { return Err(BackupError::Manifest(path)) };
    // The name is a name, and no way out of the folder.
    if Path::new(&mark.name).file_name() != Some(mark.name.as_ref()) {
        return Err(BackupError::Manifest(path));
    }
    let file = folder.join(&mark.name);
    let length = fs::metadata(&file).map_err(at(&file))?.len();
    if length != mark.bytes {
        return Err(BackupError::Changed { path: file, why: "its length differs" });
    }
    compare(&file, digest_of_file(&file, &mut std::io::sink())?, mark)?;
    Ok((manifest, text))
}

fn compare(path: &Path, (bytes, sha256): (u64, String), mark: &FileMark) -> Result<(), BackupError> {
    let why = match (bytes == mark.bytes, sha256 == mark.sha256) {
        (false, _) => "its length differs",
        (true, false) => "its SHA-256 differs",
        (true, true) => return Ok(()),
    };
    Err(BackupError::Changed { path: path.to_owned(), why })
}

/// The one file of the backup in this folder.
pub(super) fn only_file(folder: &Path, manifest: &Manifest) -> PathBuf {
    folder.join(manifest.files.first().map_or("", |mark| mark.name.as_str()))
}

/// Copies a file of the backup to where there is none, durable, under a name beside it until it is `put_in_place`.
pub(super) fn copy_beside(folder: &Path, manifest: &Manifest, to: &Path) -> Result<PathBuf, BackupError> {
    let from = only_file(folder, manifest);
    let mut draft = to.as_os_str().to_owned();
    draft.push(".restoring");
    let draft = PathBuf::from(draft);
    if let Some(parent) = to.parent().filter(|parent| !parent.as_os_str().is_empty()) {
        DirBuilder::new().recursive(true).mode(0o700).create(parent).map_err(at(parent))?;
    }
    let mut file = empty_file(&draft)?;
    let mark = digest_of_file(&from, &mut file)?;
    file.sync_all().map_err(at(&draft))?;
    let Some(first) = manifest.files.first() else { return Err(BackupError::Manifest(folder.join(MANIFEST))) };
    // Read again, since it may have changed in between.
    compare(&from, mark, first)?;
    Ok(draft)
}

/// An empty file, closed to others, in place of what a restore that was broken off may have left.
pub(super) fn empty_file(path: &Path) -> Result<File, BackupError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(at(path)(error)),
        _ => {}
    }
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(path).map_err(at(path))
}

/// Gives a file its name, unless there is one of that name.
pub(super) fn put_in_place(draft: &Path, to: &Path) -> Result<(), BackupError> {
    fs::hard_link(draft, to).map_err(at(to))?;
    fs::remove_file(draft).map_err(at(draft))?;
    let parent = to.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or_else(|| Path::new("."));
    File::open(parent).and_then(|folder| folder.sync_all()).map_err(at(parent))
}
