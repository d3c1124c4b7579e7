//! Key files: read with care, made whole or not at all, renewed so that no crash loses one.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use data_encoding::{BASE64_NOPAD, BASE64URL_NOPAD, HEXLOWER, HEXLOWER_PERMISSIVE};
use ed25519_dalek::SigningKey;
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use super::{Bytes, KeyError};
use crate::base::private::{self, NotRead};
use crate::base::random;

/// Longer than any way to write 32 bytes; what lies behind is not read.
const LONGEST: u64 = 256;
/// Bytes of an id.
const ID: usize = 8;

/// What a key is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Wraps every case's key.
    Master,
    /// Makes search tokens.
    Search,
    /// Signs access tokens.
    TokenSigning,
    /// Signs the audit log's checkpoints.
    Log,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 4] = [Self::Master, Self::Search, Self::TokenSigning, Self::Log];

    /// Its file's name without `.key`, which is also the word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Master => "master",
            Self::Search => "search",
            Self::TokenSigning => "token-signing",
            Self::Log => "audit-log",
        }
    }

    /// Whether older ones stay beside the current one.
    pub const fn keeps_older(self) -> bool {
        matches!(self, Self::Master | Self::Log)
    }

    /// Where the current one lies.
    pub fn path(self, folder: &Path) -> PathBuf {
        folder.join(format!("{}.key", self.as_str()))
    }

    /// Where an older one lies.
    fn older(self, folder: &Path, id: &str) -> PathBuf {
        folder.join(format!("{}.{id}.key", self.as_str()))
    }

    /// Names a key without telling it: the first 8 bytes of the SHA-256 of what may be known of it, in hex: of a seed, its
    /// public key; of the others, whose every bit is random, the key itself.
    pub(super) fn id(self, key: &[u8; 32]) -> String {
        let digest = match self {
            Self::Master | Self::Search => Sha256::digest(key),
            Self::TokenSigning | Self::Log => Sha256::digest(SigningKey::from_bytes(key).verifying_key().as_bytes()),
        };
        HEXLOWER.encode(digest.get(..ID).unwrap_or_default())
    }
}

/// Tells whether the file at a place is still the one that was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stamp {
    device: u64,
    inode: u64,
    changed: (i64, i64),
}

pub(super) fn stamp(path: &Path) -> Option<Stamp> {
    let seen = fs::metadata(path).ok()?;
    Some(Stamp { device: seen.dev(), inode: seen.ino(), changed: (seen.mtime(), seen.mtime_nsec()) })
}

/// A new key that lies beside the current one and is not in use yet. Dropped, it is gone.
pub struct Draft {
    folder: PathBuf,
    kind: Kind,
    pub(super) path: PathBuf,
    key: Bytes,
}

impl Draft {
    /// Makes a new key of this kind, durable under a name that nobody reads.
    pub fn of(folder: &Path, kind: Kind) -> Result<Self, KeyError> {
        let mut key = Zeroizing::new([0; 32]);
        random::fill(key.as_mut_slice())?;
        let path = folder.join(format!(".new-{}", HEXLOWER.encode(&random::bytes::<8>()?)));
        let draft = Self { folder: folder.to_owned(), kind, path, key };
        let mut text = Zeroizing::new(HEXLOWER.encode(draft.key.as_slice()));
        text.push('\n');
        write_draft(&draft.path, text.as_bytes()).map_err(at(&draft.path))?;
        Ok(draft)
    }

    /// Its id.
    pub fn id(&self) -> String {
        self.kind.id(&self.key)
    }

    /// The new key itself: the seed that signs, together with the old one, the checkpoint at which a log's key changes.
    pub fn key(&self) -> &[u8; 32] {
        &self.key
    }

    /// Puts it in the current one's place, which keeps its file under its id where older ones are kept; the old one's id.
    /// At every moment, also if the power fails, both keys are on the disk under names that are read: the old one gets its
    /// second name first, then the new one its own, and only then the current name passes from one to the other.
    pub fn install(self) -> Result<String, KeyError> {
        let current = self.kind.path(&self.folder);
        let old = self.kind.id(&*read(&current)?);
        let own = self.kind.older(&self.folder, &self.id());
        if self.kind.keeps_older() {
            link(&current, &self.kind.older(&self.folder, &old))?;
            link(&self.path, &own)?;
            sync(&self.folder)?;
        }
        fs::rename(&self.path, &current).map_err(at(&current))?;
        sync(&self.folder)?;
        if self.kind.keeps_older() {
            // Left over by a crash it does no harm: it holds the current key.
            gone(&own)?;
            sync(&self.folder)?;
        }
        Ok(old)
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        // It holds a key: it goes in every case. Installed, it has another name.
        if gone(&self.path).is_err() {
            tracing::warn!(path = %self.path.display(), "a draft of a key could not be removed");
        }
    }
}

fn gone(path: &Path) -> Result<(), KeyError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(at(path)(error)),
        Ok(()) | Err(_) => Ok(()),
    }
}

/// A second name for a file; one that is there already, left by a rotation that was broken off, must be this very file's.
fn link(from: &Path, to: &Path) -> Result<(), KeyError> {
    match fs::hard_link(from, to) {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            if *read(from)? == *read(to)? {
                Ok(())
            } else {
                Err(KeyError::Misnamed(to.to_owned()))
            }
        }
        other => other.map_err(at(to)),
    }
}

fn sync(folder: &Path) -> Result<(), KeyError> {
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(at(folder))
}

/// Makes each key file that `folder` lacks (and the folder, open to its owner alone) and names those it made. A file that is there is left alone.
/// A file appears whole, durable and with mode 0600, or not at all, also if the power fails or two processes do this at once.
pub fn create_missing(folder: &Path) -> Result<Vec<PathBuf>, KeyError> {
    DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(at(folder))?;
    let mut made = Vec::new();
    for kind in Kind::ALL {
        let path = kind.path(folder);
        if create(folder, kind, &path)? {
            made.push(path);
        }
    }
    if !made.is_empty() {
        sync(folder)?;
    }
    Ok(made)
}

/// Whether the file was made: `false` if there was one.
fn create(folder: &Path, kind: Kind, path: &Path) -> Result<bool, KeyError> {
    if path.try_exists().map_err(at(path))? {
        return Ok(false);
    }
    let draft = Draft::of(folder, kind)?;
    match fs::hard_link(&draft.path, path) {
        Ok(()) => Ok(true),
        // Another process was first; its key stands.
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(false),
        Err(error) => Err(at(path)(error)),
    }
}

/// Deletes an older key for good. Whoever calls has made sure that nothing rests on it.
pub fn remove_older(folder: &Path, kind: Kind, id: &str) -> Result<(), KeyError> {
    let path = kind.older(folder, id);
    fs::remove_file(&path).map_err(|error| missing_or(&path, error))?;
    sync(folder)
}

/// The older keys of a kind, with their files, in the order of their ids. The current one under its own id is passed over.
pub(super) fn older(folder: &Path, kind: Kind, current: &str) -> Result<Vec<(PathBuf, String, Bytes)>, KeyError> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).map_err(at(folder))? {
        let path = entry.map_err(at(folder))?.path();
        let name = path.file_name().and_then(|name| name.to_str());
        let middle = name.and_then(|name| name.strip_prefix(kind.as_str())?.strip_prefix('.')?.strip_suffix(".key"));
        let Some(id) = middle.map(str::to_owned) else { continue };
        let key = match read(&path) {
            // Retired between the listing and the reading.
            Err(KeyError::Missing(_)) => continue,
            other => other?,
        };
        if kind.id(&key) != id {
            return Err(KeyError::Misnamed(path));
        }
        if id != current {
            found.push((path, id, key));
        }
    }
    found.sort_by(|one, other| one.1.cmp(&other.1));
    Ok(found)
}

fn write_draft(draft: &Path, text: &[u8]) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(draft)?;
    file.write_all(text)?;
    file.sync_all()
}

fn missing_or(path: &Path, error: io::Error) -> KeyError {
    match error.kind() {
        ErrorKind::NotFound => KeyError::Missing(path.to_owned()),
        _ => at(path)(error),
    }
}

pub(super) fn read(path: &Path) -> Result<Bytes, KeyError> {
    let text = private::read(path, LONGEST).map_err(|why| match why {
        NotRead::Io(error) => missing_or(path, error),
        NotRead::NotAFile => KeyError::NotAFile(path.to_owned()),
        NotRead::Exposed(mode) => KeyError::Exposed { path: path.to_owned(), mode },
        NotRead::NotText => KeyError::Malformed(path.display().to_string()),
    })?;
    parse(&path.display().to_string(), &text)
}

/// Hex has 64 characters, base64 43 or 44 with its padding, so that one is never taken for the other.
pub(super) fn parse(name: &str, text: &str) -> Result<Bytes, KeyError> {
    let text = text.trim().trim_end_matches('=').as_bytes();
    let decoded = [HEXLOWER_PERMISSIVE, BASE64_NOPAD, BASE64URL_NOPAD]
        .iter()
        .filter_map(|encoding| encoding.decode(text).ok().map(Zeroizing::new))
        .find(|bytes| bytes.len() == 32)
        .ok_or_else(|| KeyError::Malformed(name.to_owned()))?;
    let mut key = Zeroizing::new([0; 32]);
    key.copy_from_slice(&decoded);
    Ok(key)
}

fn at(path: &Path) -> impl Fn(io::Error) -> KeyError {
    move |source| KeyError::Io { path: path.to_owned(), source }
}
