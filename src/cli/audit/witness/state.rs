//! What the witness remembers: for each log the last checkpoint it cosigned, and the log's keys. Written before a cosignature
//! leaves the machine, so that no crash makes it sign two different trees.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, ErrorKind, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use data_encoding::HEXLOWER;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

/// Longer than any file of the state.
const LONGEST: u64 = 1 << 20;

/// What is remembered of one log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Kept {
    /// Which log.
    pub origin: String,
    /// Where it was asked.
    pub log: String,
    /// Every key it was known by, the last one counts.
    pub keys: Vec<String>,
    /// The last checkpoint that was cosigned, without cosignatures.
    pub note: String,
    /// The cosignature.
    pub cosignature: String,
    /// Whether the log has it.
    pub is_posted: bool,
}

/// Why nothing is remembered.
#[derive(Debug, thiserror::Error)]
pub enum StateError {
    /// A file.
    #[error("{}: {source}", path.display())]
    Io {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Another witness works with this folder.
    #[error("{}: another witness is at work with this state / 另一见证进程正在使用该目录", .0.display())]
    Busy(PathBuf),
    /// Not what a witness writes. It is not begun anew: what was cosigned would be forgotten.
    #[error("{}: not a witness's state ({why}); put it back from a backup / 状态文件无法识别,请从备份恢复", path.display())]
    Malformed {
        /// Which.
        path: PathBuf,
        /// Why.
        why: String,
    },
}

/// The folder, held by this process alone.
#[derive(Debug)]
pub struct State {
    folder: PathBuf,
    _lock: File,
}

fn at(path: &Path) -> impl Fn(io::Error) -> StateError {
    move |source| StateError::Io { path: path.to_owned(), source }
}

/// Makes what happened to a file's name durable.
pub(super) fn sync_folder_of(path: &Path) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(folder)?.sync_all()
}

impl State {
    /// Opens the folder; makes it where there is none.
    pub fn open(folder: &Path) -> Result<Self, StateError> {
        DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(at(folder))?;
        let path = folder.join("lock");
        let lock = OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(&path).map_err(at(&path))?;
        match lock.try_lock() {
            Ok(()) => Ok(Self { folder: folder.to_owned(), _lock: lock }),
            Err(fs::TryLockError::WouldBlock) => Err(StateError::Busy(folder.to_owned())),
            Err(fs::TryLockError::Error(source)) => Err(at(&path)(source)),
        }
    }

    /// Everything that is remembered.
    pub fn all(&self) -> Result<Vec<Kept>, StateError> {
        let mut found = Vec::new();
        for entry in fs::read_dir(&self.folder).map_err(at(&self.folder))? {
            let path = entry.map_err(at(&self.folder))?.path();
            if path.extension().is_some_and(|extension| extension == "json") {
                let wrong = |why: String| StateError::Malformed { path: path.clone(), why };
                let text = super::super::read_text(&path, LONGEST).map_err(wrong)?;
                found.push(serde_json::from_str(&text).map_err(|error| wrong(error.to_string()))?);
            }
        }
        Ok(found)
    }

    /// Remembers, durably: whatever happens, what stands there is the whole of the old or the whole of the new. Beside it, for
    /// others to compare, the checkpoint as a signed note.
    pub fn keep(&self, kept: &Kept) -> Result<(), StateError> {
        let name = name_of(&kept.origin);
        let path = self.folder.join(format!("{name}.json"));
        let text = serde_json::to_string_pretty(kept)
            .map_err(|error| StateError::Malformed { path: path.clone(), why: error.to_string() })?;
        self.write(&path, &text)?;
        self.write(&self.folder.join(format!("{name}.checkpoint")), &format!("{}{}\n", kept.note, kept.cosignature))
    }

    fn write(&self, path: &Path, text: &str) -> Result<(), StateError> {
        let draft = path.with_added_extension("new");
        match fs::remove_file(&draft) {
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(at(&draft)(error)),
            Ok(()) | Err(_) => {}
        }
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&draft).map_err(at(&draft))?;
        file.write_all(text.as_bytes()).and_then(|()| file.sync_all()).map_err(at(&draft))?;
        fs::rename(&draft, path).and_then(|()| File::open(&self.folder)?.sync_all()).map_err(at(path))
    }
}

/// A file's name for an origin: readable, and no two alike.
fn name_of(origin: &str) -> String {
    let readable: String =
        origin.chars().take(80).map(|c| if c.is_ascii_alphanumeric() || "._-".contains(c) { c } else { '_' }).collect();
    let digest = HEXLOWER.encode(&Sha256::digest(origin.as_bytes()));
    format!("{}-{}", readable.trim_start_matches('.'), digest.get(..8).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(origin: &str) -> Kept {
        Kept {
            origin: origin.to_owned(),
            log: "https://example.cn".to_owned(),
            keys: vec!["k".to_owned()],
            note: "n\n".to_owned(),
            cosignature: "— c".to_owned(),
            is_posted: false,
        }
    }

    #[test]
    fn what_was_kept_is_there_and_held_by_one() {
        let folder = tempfile::tempdir().unwrap();
        let state = State::open(folder.path()).unwrap();
        assert!(matches!(State::open(folder.path()), Err(StateError::Busy(_))));
        state.keep(&kept("example.cn/log")).unwrap();
        state.keep(&kept("example.cn_log")).unwrap();
        let again = Kept { is_posted: true, ..kept("example.cn/log") };
        state.keep(&again).unwrap();
        let mut all = state.all().unwrap();
        all.sort_by(|one, other| one.origin.cmp(&other.origin));
        assert_eq!(all, [again, kept("example.cn_log")]);
    }

    #[test]
    fn a_draft_that_a_crash_left_is_passed_over_and_a_broken_state_is_not_begun_anew() {
        let folder = tempfile::tempdir().unwrap();
        let state = State::open(folder.path()).unwrap();
        let path = folder.path().join(format!("{}.json", name_of("a")));
        fs::write(path.with_added_extension("new"), "{").unwrap();
        assert_eq!(state.all().unwrap(), []);
        state.keep(&kept("a")).unwrap();
        fs::write(&path, "{").unwrap();
        assert!(matches!(state.all(), Err(StateError::Malformed { .. })));
    }
}
