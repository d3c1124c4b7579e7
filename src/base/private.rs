//! Files that hold a secret: read only if nobody but their owner may touch them.

use std::fs::File;
use std::io::{self, ErrorKind, Read as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use zeroize::Zeroizing;

/// Why a secret was not read. Nothing of it is said.
#[derive(Debug)]
pub enum NotRead {
    /// The system.
    Io(io::Error),
    /// Not a file.
    NotAFile,
    /// Others than the owner may read or write it; its permission bits.
    Exposed(u32),
    /// Not text.
    NotText,
}

/// Reads a file of text, at most `longest` bytes of it.
pub fn read(path: &Path, longest: u64) -> Result<Zeroizing<String>, NotRead> {
    let file = File::open(path).map_err(NotRead::Io)?;
    // Asked of the open file, so that it cannot be another one by the time it is read.
    let metadata = file.metadata().map_err(NotRead::Io)?;
    if !metadata.is_file() {
        return Err(NotRead::NotAFile);
    }
    let mode = metadata.permissions().mode() & 0o7777;
    if mode & 0o177 != 0 {
        return Err(NotRead::Exposed(mode));
    }
    let mut text = Zeroizing::new(String::new());
    match file.take(longest).read_to_string(&mut text) {
        Ok(_) => Ok(text),
        Err(error) if error.kind() == ErrorKind::InvalidData => Err(NotRead::NotText),
        Err(error) => Err(NotRead::Io(error)),
    }
}
