//! The demo's folder: made anew each time where it is the demo's own, and left alone where it is anybody else's.

use std::io;
use std::path::Path;

/// Says that a folder is the demo's, and what may be lost with it.
const MARKER: &str = ".lianhu-demo";
const MARKED: &str = "A demo's data. `lianhu demo` deletes it and makes it anew at each start.\n";

/// Why the folder is not used.
#[derive(Debug, thiserror::Error)]
pub enum NotOurs {
    /// It holds something that no demo made.
    #[error("{folder} holds {found}, which is not a demo's; choose an empty folder with --data")]
    Foreign {
        /// The folder.
        folder: String,
        /// What was found.
        found: String,
    },
    /// It cannot be read or written.
    #[error("{0}: {1}")]
    Io(String, io::Error),
}

fn is_ours(name: &str) -> bool {
    name == MARKER || name == "keys" || name.starts_with("lianhu.")
}

/// Empties the folder and marks it. Errors: it holds anything that a demo did not make; then nothing was touched.
pub fn fresh(folder: &str) -> Result<(), NotOurs> {
    let path = Path::new(folder);
    let failed = |error| NotOurs::Io(folder.to_owned(), error);
    std::fs::create_dir_all(path).map_err(failed)?;
    let mut found = Vec::new();
    for entry in std::fs::read_dir(path).map_err(failed)? {
        found.push(entry.map_err(failed)?);
    }
    let is_marked = found.iter().any(|entry| entry.file_name() == MARKER);
    for entry in &found {
        let name = entry.file_name().to_string_lossy().into_owned();
        if !is_marked || !is_ours(&name) {
            return Err(NotOurs::Foreign { folder: folder.to_owned(), found: name });
        }
    }
    for entry in found.iter().filter(|entry| entry.file_name() != MARKER) {
        let is_folder = entry.file_type().map_err(failed)?.is_dir();
        if is_folder { std::fs::remove_dir_all(entry.path()) } else { std::fs::remove_file(entry.path()) }.map_err(failed)?;
    }
    std::fs::write(path.join(MARKER), MARKED).map_err(failed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn its_own_folder_is_made_anew_and_a_foreign_one_is_left_alone() {
        let root = tempfile::tempdir().unwrap();
        let folder = root.path().join("demo");
        let name = folder.to_str().unwrap();
        fresh(name).unwrap();
        std::fs::write(folder.join("lianhu.sqlite"), "old").unwrap();
        std::fs::create_dir(folder.join("keys")).unwrap();
        fresh(name).unwrap();
        assert!(!folder.join("lianhu.sqlite").exists() && !folder.join("keys").exists());
        std::fs::write(folder.join("lianhu.sqlite"), "old").unwrap();
        std::fs::write(folder.join("thesis.txt"), "mine").unwrap();
        let told = fresh(name).unwrap_err().to_string();
        assert!(told.contains("holds thesis.txt"), "{told}");
        // Nothing was touched, the demo's own files included.
        assert!(folder.join("thesis.txt").exists() && folder.join("lianhu.sqlite").exists());
    }

    #[test]
    fn real_data_in_an_unmarked_folder_is_foreign() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("lianhu.sqlite"), "real").unwrap();
        assert!(fresh(folder.path().to_str().unwrap()).is_err());
        assert!(folder.path().join("lianhu.sqlite").exists());
    }
}
