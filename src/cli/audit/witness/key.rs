//! The witness's key file: one line as Go's `sumdb/note` writes private keys, `PRIVATE+KEY+name+id+base64`, readable by its
//! owner alone.

use std::fs::OpenOptions;
use std::io::{self, ErrorKind, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use data_encoding::BASE64;
use zeroize::Zeroizing;

use crate::audit::log::note::{NoteError, Signer, Use};
use crate::base::private::{self, NotRead};
use crate::base::random;

const BEGINS: &str = "PRIVATE+KEY+";
/// First byte of a key that cosigns (C2SP signed-note).
const COSIGNS: u8 = 4;
/// Longer than any key file; what lies behind is not read.
const LONGEST: u64 = 1024;

/// Why there is no key.
#[derive(Debug, thiserror::Error)]
pub enum NoKey {
    /// The file.
    #[error("{}: {source}", path.display())]
    Io {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A new key was to be made where one is.
    #[error("{}: there is a key already, and none is overwritten / 密钥文件已存在,不会覆盖", .0.display())]
    Exists(PathBuf),
    /// Others may read or write it.
    #[error("{}: its mode is {mode:03o}: chmod 600, it signs in your agency's name / 权限过宽,请设为 600", path.display())]
    Exposed {
        /// Which.
        path: PathBuf,
        /// Its mode.
        mode: u32,
    },
    /// Not a key of a witness.
    #[error("{}: not a witness's key: made by --new-key / 不是见证密钥", .0.display())]
    Malformed(PathBuf),
    /// Not a name.
    #[error("--new-key: {0} / 密钥名称不得含空格或 +")]
    Name(#[from] NoteError),
    /// No randomness.
    #[error("the system gives no randomness")]
    NoRandomness,
}

fn at(path: &Path) -> impl Fn(io::Error) -> NoKey {
    move |source| NoKey::Io { path: path.to_owned(), source }
}

/// Makes a key, durable, in a file that is not there yet.
pub fn make(path: &Path, name: &str) -> Result<Signer, NoKey> {
    let seed = Zeroizing::new(random::bytes::<32>().map_err(|_| NoKey::NoRandomness)?);
    let signer = Signer::new(name, Use::Witness, &seed)?;
    let mut bytes = Zeroizing::new(vec![COSIGNS]);
    bytes.extend_from_slice(seed.as_slice());
    let line = Zeroizing::new(format!("{BEGINS}{name}+{}+{}\n", signer.public().id_hex(), BASE64.encode(&bytes)));
    let made = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
    let mut file = made.map_err(|error| match error.kind() {
        ErrorKind::AlreadyExists => NoKey::Exists(path.to_owned()),
        _ => at(path)(error),
    })?;
    file.write_all(line.as_bytes()).and_then(|()| file.sync_all()).map_err(at(path))?;
    super::state::sync_folder_of(path).map_err(at(path))?;
    Ok(signer)
}

/// Reads a key. Errors: others may touch the file.
pub fn read(path: &Path) -> Result<Signer, NoKey> {
    let text = private::read(path, LONGEST).map_err(|why| match why {
        NotRead::Io(error) => at(path)(error),
        NotRead::Exposed(mode) => NoKey::Exposed { path: path.to_owned(), mode },
        NotRead::NotAFile | NotRead::NotText => NoKey::Malformed(path.to_owned()),
    })?;
    parse(&text).ok_or_else(|| NoKey::Malformed(path.to_owned()))
}

fn parse(text: &str) -> Option<Signer> {
    let (name, rest) = text.trim().strip_prefix(BEGINS)?.split_once('+')?;
    let (id, key) = rest.split_once('+')?;
    let bytes = Zeroizing::new(BASE64.decode(key.as_bytes()).ok()?);
    let (kind, seed) = bytes.split_first()?;
    let mut fixed = Zeroizing::new([0_u8; 32]);
    if *kind != COSIGNS || seed.len() != fixed.len() {
        return None;
    }
    fixed.copy_from_slice(seed);
    let signer = Signer::new(name, Use::Witness, &fixed).ok()?;
    (signer.public().id_hex() == id).then_some(signer)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn a_key_is_made_once_and_read_only_where_it_is_its_owners() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("witness.key");
        let made = make(&path, "court.example.cn").unwrap();
        assert_eq!(read(&path).unwrap().public(), made.public());
        assert!(matches!(make(&path, "court.example.cn"), Err(NoKey::Exists(_))));
        assert!(matches!(make(&folder.path().join("other"), "two words"), Err(NoKey::Name(_))));
        for mode in [0o640, 0o604, 0o620, 0o601] {
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
            assert!(matches!(read(&path), Err(NoKey::Exposed { .. })), "{mode:o}");
        }
    }

    #[test]
    fn what_is_not_such_a_key_is_none() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("witness.key");
        make(&path, "court.example.cn").unwrap();
        let line = std::fs::read_to_string(&path).unwrap();
        for wrong in
            [line.replace("court", "other"), line.replacen("PRIVATE", "", 1), String::new(), line.replacen("+B", "+A", 1)]
        {
            assert!(parse(&wrong).is_none(), "{wrong}");
        }
    }
}
