//! Where the keys come from: three files of 32 bytes, or three strings from the environment. None lies in the database.
//!
//! | file | what it is |
//! |---|---|
//! | `master.key` | wraps every case's key |
//! | `search.key` | makes search tokens |
//! | `token-signing.key` | Ed25519 seed that signs access tokens |
//!
//! Always: a file that others than its owner may touch is refused; keys are made only when somebody asks for it in so many
//! words, since a fresh master key in place of a lost one would look like a healthy start on unreadable cases.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, ErrorKind, Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use data_encoding::{BASE64_NOPAD, BASE64URL_NOPAD, HEXLOWER, HEXLOWER_PERMISSIVE};
use zeroize::Zeroizing;

use super::crypto::MasterKey;
use super::tokens::SearchKey;
use crate::base::random::{self, RandomError};

const MASTER: &str = "master.key";
const SEARCH: &str = "search.key";
const SIGNING: &str = "token-signing.key";

/// Longer than any way to write 32 bytes; what lies behind is not read.
const LONGEST: u64 = 256;

type Bytes = Zeroizing<[u8; 32]>;

/// Why the keys could not be had. Names the file, never its content.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// There is no such file.
    #[error("no key file {}: restore it, or, for a new installation only, create the missing keys", .0.display())]
    Missing(PathBuf),
    /// Others than the owner may read or write the file.
    #[error("key file {} has mode {mode:04o}, so that others may touch it: chmod 600 {0}", path.display(), mode = mode)]
    Exposed {
        /// The file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// Not a file.
    #[error("key file {} is not a file", .0.display())]
    NotAFile(PathBuf),
    /// Not 32 bytes in hex or base64.
    #[error("{0} does not hold 32 bytes in hex or base64")]
    Malformed(String),
    /// One key used for two purposes.
    #[error("{0} and {1} hold the same key")]
    Same(String, String),
    /// The file could not be read or written.
    #[error("key file {}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// No key could be made.
    #[error(transparent)]
    Random(#[from] RandomError),
}

/// The keys the vault works with. Today files; the trait leaves room for a module that never gives its key away.
pub trait KeyProvider: Send + Sync {
    /// Wraps the cases' keys.
    fn master(&self) -> &MasterKey;
    /// Makes search tokens.
    fn search(&self) -> &SearchKey;
}

/// The keys as read from files or from the environment.
#[derive(Debug)]
pub struct FileKeys {
    master: MasterKey,
    search: SearchKey,
    signing: Seed,
}

struct Seed(Bytes);

impl std::fmt::Debug for Seed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Seed(..)")
    }
}

impl KeyProvider for FileKeys {
    fn master(&self) -> &MasterKey {
        &self.master
    }

    fn search(&self) -> &SearchKey {
        &self.search
    }
}

impl FileKeys {
    /// Reads the three files in `folder`.
    pub fn load(folder: &Path) -> Result<Self, KeyError> {
        let [master, search, signing] = [MASTER, SEARCH, SIGNING].map(|name| folder.join(name));
        Self::from_bytes(
            (&master.display().to_string(), read(&master)?),
            &(&search.display().to_string(), read(&search)?),
            (&signing.display().to_string(), read(&signing)?),
        )
    }

    /// Takes the three keys as texts, each 32 bytes in hex or base64: for a platform that hands secrets over in the environment.
    pub fn from_secrets(master: &str, search: &str, signing: &str) -> Result<Self, KeyError> {
        Self::from_bytes(
            ("the master key", parse("the master key", master)?),
            &("the search key", parse("the search key", search)?),
            ("the token signing key", parse("the token signing key", signing)?),
        )
    }

    /// The Ed25519 seed for access tokens.
    pub fn signing_seed(&self) -> &[u8; 32] {
        &self.signing.0
    }

    fn from_bytes(master: (&str, Bytes), search: &(&str, Bytes), signing: (&str, Bytes)) -> Result<Self, KeyError> {
        for (one, other) in [(&master, search), (&master, &signing), (search, &signing)] {
            if one.1 == other.1 {
                return Err(KeyError::Same(one.0.to_owned(), other.0.to_owned()));
            }
        }
        Ok(Self { master: MasterKey::new(master.1), search: SearchKey::new(&search.1), signing: Seed(signing.1) })
    }
}

/// Makes each key file that `folder` lacks (and the folder, open to its owner alone) and names those it made. A file that is there is left alone.
/// A file appears whole, durable and with mode 0600, or not at all, also if the power fails or two processes do this at once.
pub fn create_missing(folder: &Path) -> Result<Vec<PathBuf>, KeyError> {
    DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(at(folder))?;
    let mut made = Vec::new();
    for name in [MASTER, SEARCH, SIGNING] {
        let path = folder.join(name);
        if create(folder, &path)? {
            made.push(path);
        }
    }
    if !made.is_empty() {
        File::open(folder).and_then(|folder| folder.sync_all()).map_err(at(folder))?;
    }
    Ok(made)
}

/// Whether the file was made: `false` if there was one.
fn create(folder: &Path, path: &Path) -> Result<bool, KeyError> {
    if path.try_exists().map_err(at(path))? {
        return Ok(false);
    }
    let mut key = Zeroizing::new([0; 32]);
    random::fill(key.as_mut_slice())?;
    let mut text = Zeroizing::new(HEXLOWER.encode(key.as_slice()));
    text.push('\n');

    let draft = folder.join(format!(".new-{}", HEXLOWER.encode(&random::bytes::<8>()?)));
    let linked = write_draft(&draft, text.as_bytes()).and_then(|()| fs::hard_link(&draft, path));
    // The draft holds a key: it goes in every case.
    let removed = match fs::remove_file(&draft) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        other => other,
    };
    let made = match linked {
        Ok(()) => true,
        // Another process was first; its key stands.
        Err(error) if error.kind() == ErrorKind::AlreadyExists => false,
        Err(error) => return Err(at(path)(error)),
    };
    removed.map_err(at(&draft))?;
    Ok(made)
}

fn write_draft(draft: &Path, text: &[u8]) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(draft)?;
    file.write_all(text)?;
    file.sync_all()
}

fn read(path: &Path) -> Result<Bytes, KeyError> {
    let file = File::open(path).map_err(|error| match error.kind() {
        ErrorKind::NotFound => KeyError::Missing(path.to_owned()),
        _ => at(path)(error),
    })?;
    // Asked of the open file, so that it cannot be another one by the time it is read.
    let metadata = file.metadata().map_err(at(path))?;
    if !metadata.is_file() {
        return Err(KeyError::NotAFile(path.to_owned()));
    }
    let mode = metadata.permissions().mode() & 0o7777;
    if mode & 0o177 != 0 {
        return Err(KeyError::Exposed { path: path.to_owned(), mode });
    }
    let mut text = Zeroizing::new(String::new());
    match file.take(LONGEST).read_to_string(&mut text) {
        Ok(_) => parse(&path.display().to_string(), &text),
        Err(error) if error.kind() == ErrorKind::InvalidData => Err(KeyError::Malformed(path.display().to_string())),
        Err(error) => Err(at(path)(error)),
    }
}

/// Hex has 64 characters, base64 43 or 44 with its padding, so that one is never taken for the other.
fn parse(name: &str, text: &str) -> Result<Bytes, KeyError> {
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

#[cfg(test)]
mod tests {
    use data_encoding::{BASE64, BASE64URL, HEXUPPER};
    use tempfile::TempDir;

    use super::*;
    use crate::vault::crypto::DataKey;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o7777
    }

    fn set_mode(path: &Path, mode: u32) {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    }

    fn filled() -> (TempDir, PathBuf) {
        let temp = TempDir::new().unwrap();
        let folder = temp.path().join("keys");
        create_missing(&folder).unwrap();
        (temp, folder)
    }

    #[test]
    fn loading_makes_nothing() {
        let temp = TempDir::new().unwrap();
        let error = FileKeys::load(temp.path()).unwrap_err();
        assert!(matches!(&error, KeyError::Missing(path) if path.ends_with("master.key")), "{error}");
        assert_eq!(fs::read_dir(temp.path()).unwrap().count(), 0);
    }

    #[test]
    fn missing_keys_are_made_closed_to_others_and_load() {
        let (_temp, folder) = filled();
        assert_eq!(mode(&folder), 0o700);
        let names: Vec<_> = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
        assert_eq!(names.len(), 3, "no draft is left: {names:?}");
        assert!(names.iter().all(|path| mode(path) == 0o600));
        let (one, two) = (FileKeys::load(&folder).unwrap(), FileKeys::load(&folder).unwrap());
        let wrapped = one.master().wrap("case", &DataKey::generate().unwrap()).unwrap();
        assert!(two.master().unwrap("case", &wrapped).is_ok());
        assert_eq!(one.signing_seed(), two.signing_seed());
    }

    #[test]
    fn keys_that_are_there_stay() {
        let (_temp, folder) = filled();
        fs::remove_file(folder.join(SEARCH)).unwrap();
        let before = fs::read(folder.join(MASTER)).unwrap();
        assert_eq!(create_missing(&folder).unwrap(), [folder.join(SEARCH)]);
        assert!(create_missing(&folder).unwrap().is_empty());
        assert_eq!(fs::read(folder.join(MASTER)).unwrap(), before);
    }

    #[test]
    fn two_at_once_agree_on_one_key() {
        let temp = TempDir::new().unwrap();
        let made: usize = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..8).map(|_| scope.spawn(|| create_missing(temp.path()).unwrap().len())).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).sum()
        });
        assert_eq!(made, 3);
        assert_eq!(fs::read_dir(temp.path()).unwrap().count(), 3);
    }

    #[test]
    fn a_file_others_may_touch_is_refused_by_name() {
        let (_temp, folder) = filled();
        let path = folder.join(SEARCH);
        for loose in [0o640, 0o604, 0o620, 0o602, 0o610, 0o601, 0o700, 0o666] {
            set_mode(&path, loose);
            let error = FileKeys::load(&folder).unwrap_err();
            assert!(matches!(&error, KeyError::Exposed { path: named, mode } if *named == path && *mode == loose), "{error}");
            let words = error.to_string();
            assert!(
                words.contains("search.key") && words.contains(&format!("{loose:04o}")) && words.contains("chmod 600"),
                "{words}"
            );
        }
        for tight in [0o600, 0o400] {
            set_mode(&path, tight);
            assert!(FileKeys::load(&folder).is_ok());
        }
    }

    #[test]
    fn hex_and_base64_are_read() {
        let key = [0xfb; 32]; // gives + and / in base64, - and _ in its other alphabet
        for text in
            [HEXLOWER.encode(&key), HEXUPPER.encode(&key), BASE64.encode(&key), BASE64URL.encode(&key), BASE64_NOPAD.encode(&key)]
        {
            assert_eq!(*parse("k", &format!(" {text}\n")).unwrap(), key, "{text}");
        }
    }

    #[test]
    fn anything_else_is_refused() {
        for text in [
            "",
            "  ",
            "secret",
            &"ab".repeat(31),
            &"ab".repeat(33),
            &"zz".repeat(32),
            &BASE64.encode(&[1; 31]),
            &BASE64.encode(&[1; 48]),
        ] {
            assert!(matches!(parse("the key", text), Err(KeyError::Malformed(name)) if name == "the key"), "{text}");
        }
    }

    #[test]
    fn an_unusable_file_is_named() {
        let (_temp, folder) = filled();
        let path = folder.join(SIGNING);
        for content in [&b"hello"[..], &[0xff; 64], &[b'a'; 5000]] {
            fs::write(&path, content).unwrap();
            let error = FileKeys::load(&folder).unwrap_err();
            assert!(matches!(&error, KeyError::Malformed(name) if name.ends_with("token-signing.key")), "{error}");
        }
        fs::remove_file(&path).unwrap();
        fs::create_dir(&path).unwrap();
        assert!(matches!(FileKeys::load(&folder), Err(KeyError::NotAFile(named)) if named == path));
    }

    #[test]
    fn secrets_from_the_environment_do_as_well_but_no_key_twice() {
        let [a, b, c] = [1, 2, 3].map(|byte| HEXLOWER.encode(&[byte; 32]));
        let keys = FileKeys::from_secrets(&a, &b, &c).unwrap();
        assert_eq!(keys.signing_seed(), &[3; 32]);
        assert_eq!(keys.master().id(), MasterKey::new(Zeroizing::new([1; 32])).id());
        for (master, search, signing) in [(&a, &a, &c), (&a, &b, &a), (&a, &b, &b)] {
            assert!(matches!(FileKeys::from_secrets(master, search, signing), Err(KeyError::Same(..))));
        }
        let error = FileKeys::from_secrets(&a, "oops-my-secret", &c).unwrap_err().to_string();
        assert_eq!(error, "the search key does not hold 32 bytes in hex or base64");
    }

    #[test]
    fn keys_do_not_show_themselves() {
        let [a, b, c] = [1, 2, 3].map(|byte| HEXLOWER.encode(&[byte; 32]));
        let shown = format!("{:?}", FileKeys::from_secrets(&a, &b, &c).unwrap());
        assert!(shown.contains("SearchKey(..)") && shown.contains("Seed(..)") && !shown.contains("[1, 1"), "{shown}");
    }
}
