//! A file on its way in: sealed piece by piece into a spool on disk, read back from there by the checks, the scanner and the
//! transaction that keeps it.
//!
//! The spool's name is taken away as soon as it is made: it goes when nobody has it open, by whatever end, a crash too. It holds
//! sealed pieces alone. In memory stands one piece at a time.

use std::fs::{File, OpenOptions};
use std::io::{self, Read};
use std::os::unix::fs::{FileExt as _, OpenOptionsExt as _};
use std::path::PathBuf;
use std::sync::Arc;

use data_encoding::HEXLOWER;
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use crate::access::{Chunk, FileKey};
use crate::base::db::DbError;
use crate::base::random;

/// So much of a file is sealed at a time.
pub const PIECE: usize = 64 * 1024;

/// Makes the spool's file, which has no name any more when it is given out.
fn unnamed(folder: &str) -> io::Result<File> {
    let folder = if folder.is_empty() { std::env::temp_dir() } else { PathBuf::from(folder) };
    let bytes: [u8; 16] = random::bytes().map_err(io::Error::other)?;
    let path = folder.join(format!("lianhu-spool-{}", HEXLOWER.encode(&bytes)));
    let file = OpenOptions::new().read(true).write(true).create_new(true).mode(0o600).open(&path)?;
    std::fs::remove_file(&path)?;
    Ok(file)
}

fn unsealed(_: DbError) -> io::Error {
    io::Error::other("a piece could not be sealed or opened")
}

/// Whether bytes that come in pieces are text in UTF-8.
struct Utf8 {
    holds: bool,
    /// The beginning of a character whose end has not come.
    begun: Vec<u8>,
}

impl Utf8 {
    fn take(&mut self, bytes: &[u8]) {
        if !self.holds {
            return;
        }
        let mut all = std::mem::take(&mut self.begun);
        all.extend_from_slice(bytes);
        match std::str::from_utf8(&all) {
            Ok(text) => self.holds = is_text(text),
            Err(error) => {
                let (whole, rest) = all.split_at(error.valid_up_to());
                self.holds = error.error_len().is_none() && std::str::from_utf8(whole).is_ok_and(is_text);
                self.begun = rest.to_vec();
            }
        }
    }
}

/// No control characters but those that a text is laid out with.
fn is_text(text: &str) -> bool {
    !text.chars().any(|c| c.is_control() && !matches!(c, '\t' | '\n' | '\r' | '\u{c}'))
}

/// A spool that is being filled.
pub struct Filling {
    file: File,
    key: FileKey,
    waiting: Zeroizing<Vec<u8>>,
    ends: Vec<u64>,
    size: u64,
    hash: Sha256,
    text: Utf8,
}

impl Filling {
    /// An empty spool in this folder, or in the system's. Errors: the folder.
    pub fn begin(folder: &str, key: FileKey) -> io::Result<Self> {
        Ok(Self {
            file: unnamed(folder)?,
            key,
            waiting: Zeroizing::new(Vec::with_capacity(PIECE)),
            ends: Vec::new(),
            size: 0,
            hash: Sha256::new(),
            text: Utf8 { holds: true, begun: Vec::new() },
        })
    }

    /// How much came.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Takes what came next. Errors: the disk.
    pub fn push(&mut self, mut bytes: &[u8]) -> io::Result<()> {
        self.hash.update(bytes);
        self.text.take(bytes);
        self.size = self.size.saturating_add(u64::try_from(bytes.len()).unwrap_or(u64::MAX));
        while !bytes.is_empty() {
            // A full piece waits until something follows: the last is sealed as the last.
            if self.waiting.len() == PIECE {
                self.seal(false)?;
            }
            let room = PIECE.saturating_sub(self.waiting.len()).min(bytes.len());
            let (now, later) = bytes.split_at(room);
            self.waiting.extend_from_slice(now);
            bytes = later;
        }
        Ok(())
    }

    fn seal(&mut self, is_last: bool) -> io::Result<()> {
        let n = i64::try_from(self.ends.len()).map_err(io::Error::other)?;
        let sealed = self.key.seal_chunk(Chunk { n, is_last }, &self.waiting).map_err(unsealed)?;
        let at = self.ends.last().copied().unwrap_or_default();
        self.file.write_all_at(&sealed, at)?;
        self.ends.push(at.saturating_add(u64::try_from(sealed.len()).map_err(io::Error::other)?));
        self.waiting.clear();
        Ok(())
    }

    /// All has come. Errors: the disk.
    pub fn finish(mut self) -> io::Result<Spooled> {
        self.seal(true)?;
        Ok(Spooled {
            file: Arc::new(self.file),
            key: Arc::new(self.key),
            ends: self.ends.into(),
            size: self.size,
            sha256: HEXLOWER.encode(&self.hash.finalize()),
            is_text: self.text.holds && self.text.begun.is_empty(),
        })
    }
}

/// A file that has come whole.
#[derive(Clone)]
pub struct Spooled {
    file: Arc<File>,
    key: Arc<FileKey>,
    ends: Arc<[u64]>,
    size: u64,
    sha256: String,
    is_text: bool,
}

impl Spooled {
    /// Its own key.
    pub fn key(&self) -> &FileKey {
        &self.key
    }
    /// Its length, bytes.
    pub fn size(&self) -> u64 {
        self.size
    }
    /// The SHA-256 of its content, in hex.
    pub fn sha256(&self) -> String {
        self.sha256.clone()
    }
    /// Whether it is text in UTF-8.
    pub fn is_text(&self) -> bool {
        self.is_text
    }
    /// How many pieces it has.
    pub fn chunks(&self) -> usize {
        self.ends.len()
    }

    /// A piece, sealed, with its place. Errors: the disk.
    pub fn sealed(&self, n: usize) -> io::Result<(Chunk, Vec<u8>)> {
        let begin = match n.checked_sub(1) {
            Some(before) => *self.ends.get(before).ok_or(io::ErrorKind::UnexpectedEof)?,
            None => 0,
        };
        let end = *self.ends.get(n).ok_or(io::ErrorKind::UnexpectedEof)?;
        let mut sealed = vec![0; usize::try_from(end.saturating_sub(begin)).map_err(io::Error::other)?];
        self.file.read_exact_at(&mut sealed, begin)?;
        let is_last = n.saturating_add(1) == self.ends.len();
        Ok((Chunk { n: i64::try_from(n).map_err(io::Error::other)?, is_last }, sealed))
    }

    /// A piece, opened. Errors: the disk.
    pub fn plain(&self, n: usize) -> io::Result<Zeroizing<Vec<u8>>> {
        let (at, sealed) = self.sealed(n)?;
        self.key.open_chunk(at, &sealed).map_err(unsealed)
    }

    /// Reads from this byte up to that one.
    pub fn range(&self, from: u64, to: u64) -> Range<'_> {
        Range { file: self, at: from, end: to.min(self.size), open: None }
    }

    /// All bytes of a short range. Errors: the disk; it reaches beyond the end.
    pub fn bytes(&self, from: u64, length: usize) -> io::Result<Vec<u8>> {
        let mut bytes = vec![0; length];
        self.range(from, u64::MAX).read_exact(&mut bytes)?;
        Ok(bytes)
    }
}

/// Reads a part of a file that has come, one piece in memory.
pub struct Range<'s> {
    file: &'s Spooled,
    at: u64,
    end: u64,
    open: Option<(usize, Zeroizing<Vec<u8>>)>,
}

impl Read for Range<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let left = usize::try_from(self.end.saturating_sub(self.at)).unwrap_or(usize::MAX);
        if left == 0 || into.is_empty() {
            return Ok(0);
        }
        let place = usize::try_from(self.at).map_err(io::Error::other)?;
        let (n, within) = (place / PIECE, place % PIECE);
        if self.open.as_ref().is_none_or(|(open, _)| *open != n) {
            self.open = Some((n, self.file.plain(n)?));
        }
        let piece = self.open.as_ref().and_then(|(_, piece)| piece.get(within..)).unwrap_or_default();
        let count = piece.len().min(left).min(into.len());
        let (from, to) = (piece.get(..count).unwrap_or_default(), into.get_mut(..count).unwrap_or_default());
        to.copy_from_slice(from);
        self.at = self.at.saturating_add(u64::try_from(count).map_err(io::Error::other)?);
        Ok(count)
    }
}

#[cfg(test)]
pub mod tests {
    use super::*;

    /// These bytes, as they come in pieces of this length.
    pub fn spooled(bytes: &[u8], piece: usize) -> Spooled {
        let mut filling = Filling::begin("", FileKey::for_tests()).unwrap();
        bytes.chunks(piece).for_each(|part| filling.push(part).unwrap());
        filling.finish().unwrap()
    }

    fn counted(length: usize) -> Vec<u8> {
        (0..length).map(|n| u8::try_from(n % 251).unwrap()).collect()
    }

    #[test]
    fn what_came_in_any_pieces_is_read_back() {
        for length in [1, PIECE - 1, PIECE, PIECE + 1, 2 * PIECE, 3 * PIECE + 17] {
            let bytes = counted(length);
            for piece in [1000, PIECE, PIECE + 3] {
                let file = spooled(&bytes, piece);
                assert_eq!((file.size(), file.chunks()), (u64::try_from(length).unwrap(), length.div_ceil(PIECE)));
                let mut all = Vec::new();
                file.range(0, u64::MAX).read_to_end(&mut all).unwrap();
                assert!(all == bytes, "{length} in pieces of {piece}");
                let (last, _) = file.sealed(file.chunks() - 1).unwrap();
                assert!(last.is_last && (file.chunks() == 1 || !file.sealed(0).unwrap().0.is_last));
            }
        }
        let file = spooled(&counted(2 * PIECE), 999);
        assert_eq!(file.bytes(65_530, 12).unwrap(), counted(2 * PIECE)[65_530..65_542]);
        assert!(file.bytes(131_070, 3).is_err(), "beyond the end");
    }

    #[test]
    fn the_spool_holds_nothing_open_and_has_no_name() {
        let folder = tempfile::tempdir().unwrap();
        let mut filling = Filling::begin(folder.path().to_str().unwrap(), FileKey::for_tests()).unwrap();
        filling.push(&b"she said ".repeat(20_000)).unwrap();
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
        let file = filling.finish().unwrap();
        for n in 0..file.chunks() {
            let (_, sealed) = file.sealed(n).unwrap();
            assert!(!sealed.windows(9).any(|window| window == b"she said "));
        }
    }

    #[test]
    fn text_is_known_however_its_characters_are_cut() {
        let text = "她说:回家。\r\n\tend".as_bytes();
        for piece in 1..8 {
            assert!(spooled(text, piece).is_text(), "{piece}");
        }
        for wrong in [&b"a\0b"[..], b"\xff\xfe", "长".as_bytes().get(..2).unwrap(), b"a\x1b[31m", b"ab\xe9"] {
            for piece in 1..4 {
                assert!(!spooled(wrong, piece).is_text(), "{wrong:?} {piece}");
            }
        }
    }
}
