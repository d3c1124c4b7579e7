//! Where the keys come from: four files of 32 bytes, or four strings from the environment. None lies in the database.
//!
//! | file | what it is |
//! |---|---|
//! | `master.key` | wraps every case's key |
//! | `master.<id>.key` | an older one, kept while a case's key rests on it |
//! | `search.key` | makes search tokens |
//! | `token-signing.key` | Ed25519 seed that signs access tokens |
//! | `audit-log.key` | Ed25519 seed that signs the audit log's checkpoints |
//! | `audit-log.<id>.key` | an older one, kept so that its public key is known |
//!
//! An id is the first 8 bytes of a SHA-256 in hex: of a seed's public key, else of the key. Files are read again when a
//! master key is met that is not known, when a key is wrapped and `master.key` is another file, and at an interval.
//! Always: a file that others than its owner may touch is refused; keys are made only when somebody asks for it in so many
//! words, since a fresh master key in place of a lost one would look like a healthy start on unreadable cases.

mod files;

use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use ed25519_dalek::SigningKey;
use zeroize::Zeroizing;

pub use files::{Draft, Kind, create_missing, remove_older};
use files::{Stamp, older, parse, read, stamp};

use super::crypto::{DataKey, MasterKey, VaultError};
use super::tokens::SearchKey;
use crate::base::random::RandomError;

/// So many master keys that no file holds are remembered, so that a row that names one is not looked for on each reading.
const UNKNOWN_KEPT: usize = 1024;

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
    /// An older key under another id than its own.
    #[error("key file {} holds another key than the one its name says", .0.display())]
    Misnamed(PathBuf),
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

/// An Ed25519 seed and what may be known of it.
pub struct Seed {
    id: String,
    seed: Bytes,
}

impl std::fmt::Debug for Seed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Seed({})", self.id)
    }
}

impl Seed {
    fn new(seed: Bytes) -> Self {
        Self { id: Kind::Log.id(&seed), seed }
    }
    /// The first 8 bytes of the SHA-256 of its public key, in hex.
    pub fn id(&self) -> &str {
        &self.id
    }
    /// The seed.
    pub fn bytes(&self) -> &[u8; 32] {
        &self.seed
    }
    /// Its public key.
    pub fn public(&self) -> [u8; 32] {
        SigningKey::from_bytes(&self.seed).verifying_key().to_bytes()
    }
}

/// The keys the vault works with. Today files; the trait leaves room for a module that never gives its key away.
pub trait KeyProvider: Send + Sync {
    /// Wraps a case's key under the current master key; that key's id, and the bytes.
    fn wrap(&self, case: &str, key: &DataKey) -> Result<(String, Vec<u8>), VaultError>;
    /// A case's key, whichever master key wrapped it.
    fn unwrap(&self, case: &str, wrapped: &[u8]) -> Result<DataKey, VaultError>;
    /// The current master key's id, and the older ones'.
    fn master_ids(&self) -> (String, Vec<String>);
    /// Makes search tokens.
    fn search(&self) -> &SearchKey;
    /// Signs access tokens.
    fn signing_seed(&self) -> Arc<Seed>;
    /// Signs the audit log's checkpoints.
    fn log_seed(&self) -> Arc<Seed>;
    /// The seeds that did so before, in the order of their ids.
    fn older_log_seeds(&self) -> Vec<Arc<Seed>>;
    /// Reads again what may have changed outside. Errors: what is there now cannot be used; the keys stay as they were.
    fn reread(&self) -> Result<(), KeyError>;
}

/// One key that there is, for listing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    /// What it is for.
    pub kind: Kind,
    /// Its id.
    pub id: String,
    /// Whether it is the one in use.
    pub is_current: bool,
}

/// The keys as read from files or from the environment.
#[derive(Debug)]
pub struct FileKeys {
    folder: Option<PathBuf>,
    search: SearchKey,
    search_id: String,
    ring: RwLock<Arc<Ring>>,
    /// Master keys that were looked for in the folder and not found.
    unknown: Mutex<BTreeSet<String>>,
}

/// What may change while the program runs.
#[derive(Debug)]
struct Ring {
    stamp: Option<Stamp>,
    master: MasterKey,
    older: Vec<MasterKey>,
    signing: Arc<Seed>,
    log: Arc<Seed>,
    older_logs: Vec<Arc<Seed>>,
}

/// The current keys, each with its name for whoever is told what is wrong with it.
struct Read {
    keys: [(String, Bytes); 4],
    older: Vec<(String, Kind, Bytes)>,
    stamp: Option<Stamp>,
}

impl Read {
    fn folder(folder: &Path) -> Result<Self, KeyError> {
        // Before the file itself: one that changes in between is read again.
        let seen = stamp(&Kind::Master.path(folder));
        let named = |kind: Kind| {
            let path = kind.path(folder);
            Ok::<_, KeyError>((path.display().to_string(), read(&path)?))
        };
        let [master, search, signing, log] = Kind::ALL;
        let keys = [named(master)?, named(search)?, named(signing)?, named(log)?];
        let mut old = Vec::new();
        for (kind, (_, current)) in Kind::ALL.iter().zip(&keys).filter(|(kind, _)| kind.keeps_older()) {
            let found = older(folder, *kind, &kind.id(current))?;
            old.extend(found.into_iter().map(|(path, _, key)| (path.display().to_string(), *kind, key)));
        }
        Ok(Self { keys, older: old, stamp: seen })
    }

    /// No key may serve two purposes: what one gives away must not open another.
    fn check(&self) -> Result<(), KeyError> {
        let mut all = self.keys.iter().map(|(name, key)| (name, key)).chain(self.older.iter().map(|(name, _, key)| (name, key)));
        while let Some((name, key)) = all.next() {
            if let Some((other, _)) = all.clone().find(|(_, other)| *other == key) {
                return Err(KeyError::Same(name.clone(), other.clone()));
            }
        }
        Ok(())
    }

    fn ring(self) -> (Ring, Bytes) {
        let [(_, master), (_, search), (_, signing), (_, log)] = self.keys;
        let (mut masters, mut logs) = (Vec::new(), Vec::new());
        for (_, kind, key) in self.older {
            match kind {
                Kind::Master => masters.push(MasterKey::new(key)),
                Kind::Log => logs.push(Arc::new(Seed::new(key))),
                Kind::Search | Kind::TokenSigning => {}
            }
        }
        let ring = Ring {
            stamp: self.stamp,
            master: MasterKey::new(master),
            older: masters,
            signing: Arc::new(Seed::new(signing)),
            log: Arc::new(Seed::new(log)),
            older_logs: logs,
        };
        (ring, search)
    }
}

impl KeyProvider for FileKeys {
    fn wrap(&self, case: &str, key: &DataKey) -> Result<(String, Vec<u8>), VaultError> {
        let mut ring = self.ring();
        // A new case must not rest on a key that is about to be retired.
        let moved = self.folder.as_ref().is_some_and(|folder| stamp(&Kind::Master.path(folder)) != ring.stamp);
        if moved {
            self.reread_or_warn();
            ring = self.ring();
        }
        Ok((ring.master.id(), ring.master.wrap(case, key)?))
    }

    fn unwrap(&self, case: &str, wrapped: &[u8]) -> Result<DataKey, VaultError> {
        let id = MasterKey::wrapped_by(wrapped)?;
        if let Some(opened) = self.ring().unwrap(&id, case, wrapped) {
            return opened;
        }
        let unknown = || VaultError::UnknownMasterKey { wrapped_by: id.clone() };
        // Looked for once: a row that names a key nobody has must not have the folder read with each look at it.
        if self.folder.is_none() || self.lock_unknown().contains(&id) {
            return Err(unknown());
        }
        self.reread_or_warn();
        self.ring().unwrap(&id, case, wrapped).unwrap_or_else(|| {
            let mut known = self.lock_unknown();
            if known.len() >= UNKNOWN_KEPT {
                known.clear();
            }
            known.insert(id.clone());
            Err(unknown())
        })
    }

    fn master_ids(&self) -> (String, Vec<String>) {
        let ring = self.ring();
        (ring.master.id(), ring.older.iter().map(MasterKey::id).collect())
    }

    fn search(&self) -> &SearchKey {
        &self.search
    }

    fn signing_seed(&self) -> Arc<Seed> {
        self.ring().signing.clone()
    }

    fn log_seed(&self) -> Arc<Seed> {
        self.ring().log.clone()
    }

    fn older_log_seeds(&self) -> Vec<Arc<Seed>> {
        self.ring().older_logs.clone()
    }

    fn reread(&self) -> Result<(), KeyError> {
        let Some(folder) = &self.folder else { return Ok(()) };
        let read = Read::folder(folder)?;
        read.check()?;
        let (ring, search) = read.ring();
        if Kind::Search.id(&search) != self.search_id {
            tracing::warn!(
                "search.key is another file now; the one read at the start stays in use, since no token fits the new one"
            );
        }
        *self.ring.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(ring);
        self.lock_unknown().clear();
        Ok(())
    }
}

impl Ring {
    /// Nothing where no key at hand has this id.
    fn unwrap(&self, id: &str, case: &str, wrapped: &[u8]) -> Option<Result<DataKey, VaultError>> {
        let key = std::iter::once(&self.master).chain(&self.older).find(|key| key.id() == id)?;
        Some(key.unwrap(case, wrapped))
    }
}

impl FileKeys {
    /// Reads the files in `folder`.
    pub fn load(folder: &Path) -> Result<Self, KeyError> {
        Self::of(Read::folder(folder)?, Some(folder))
    }

    /// Takes the four keys as texts, each 32 bytes in hex or base64: for a platform that hands secrets over in the environment.
    pub fn from_secrets([master, search, signing, log]: [&str; 4]) -> Result<Self, KeyError> {
        let named = |name: &str, text| Ok::<_, KeyError>((name.to_owned(), parse(name, text)?));
        let keys = [
            named("the master key", master)?,
            named("the search key", search)?,
            named("the token signing key", signing)?,
            named("the audit log key", log)?,
        ];
        Self::of(Read { keys, older: Vec::new(), stamp: None }, None)
    }

    /// Every key there is.
    pub fn known(&self) -> Vec<Known> {
        let ring = self.ring();
        let known = |kind, id: &str, is_current| Known { kind, id: id.to_owned(), is_current };
        let mut all = vec![known(Kind::Master, &ring.master.id(), true)];
        all.extend(ring.older.iter().map(|key| known(Kind::Master, &key.id(), false)));
        all.push(known(Kind::Search, &self.search_id, true));
        all.push(known(Kind::TokenSigning, ring.signing.id(), true));
        all.push(known(Kind::Log, ring.log.id(), true));
        all.extend(ring.older_logs.iter().map(|seed| known(Kind::Log, seed.id(), false)));
        all
    }

    fn of(read: Read, folder: Option<&Path>) -> Result<Self, KeyError> {
        read.check()?;
        let (ring, search) = read.ring();
        Ok(Self {
            folder: folder.map(Path::to_owned),
            search: SearchKey::new(&search),
            search_id: Kind::Search.id(&search),
            ring: RwLock::new(Arc::new(ring)),
            unknown: Mutex::default(),
        })
    }

    fn ring(&self) -> Arc<Ring> {
        // Whoever panicked with the lock held left a whole ring: it is replaced at one stroke.
        self.ring.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn lock_unknown(&self) -> std::sync::MutexGuard<'_, BTreeSet<String>> {
        self.unknown.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn reread_or_warn(&self) {
        if let Err(error) = self.reread() {
            tracing::error!(%error, "the key files could not be read again; the keys read before stay in use");
        }
    }
}

#[cfg(test)]
mod tests;
