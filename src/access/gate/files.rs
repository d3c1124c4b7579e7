//! Files: content too large for one transaction. The permit opens the file's own key; with that key, and no permit, it is read
//! or sealed on, piece by piece, since the access was decided and recorded before the first.
//!
//! Always: a piece opens in its own file, at its own place, and as what it was, the last or not; so that a file is neither cut
//! nor put together anew. Whoever holds the key of one file opens nothing else.

use zeroize::Zeroizing;

use super::Gate;
use super::permit::Permit;
use super::records::{Opened, RecordKeys};
use super::resource::Case;
use crate::access::can::Can;
use crate::access::gate::Author;
use crate::access::seal::{Content, SealedAs, aad};
use crate::base::db::schema::record_keys;
use crate::base::db::{DbError, Tx, among};
use crate::base::ids::CaseId;
use crate::base::problem::Problem;
use crate::base::words::{Facet, FacetSet};
use crate::vault::crypto::{Aad, DataKey};

/// The table of pieces, as their seals name it.
const TABLE: &str = "document_chunks";
/// Its column.
const COLUMN: &str = "sealed";

/// Where a piece stands in its file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Chunk {
    /// Counted from 0.
    pub n: i64,
    /// Whether nothing follows.
    pub is_last: bool,
}

/// The key of one file.
pub struct FileKey {
    case: CaseId,
    row: String,
    key: DataKey,
}

impl FileKey {
    fn place(&self, at: Chunk) -> String {
        format!("{}/{}/{}", self.row, at.n, if at.is_last { "last" } else { "more" })
    }
    /// A key of no case, for tests of what is done with one.
    #[cfg(test)]
    pub(crate) fn for_tests() -> Self {
        let case = "01930000-0000-7000-8000-000000000001".parse().unwrap();
        Self { case, row: "one".to_owned(), key: DataKey::generate().unwrap() }
    }
    /// Seals a piece for its place.
    pub fn seal_chunk(&self, at: Chunk, plain: &[u8]) -> Result<Vec<u8>, DbError> {
        let row = self.place(at);
        Ok(self.key.seal(&Aad { case: self.case.as_str(), table: TABLE, column: COLUMN, row: &row }, plain)?)
    }
    /// Opens the piece that was sealed for this place.
    pub fn open_chunk(&self, at: Chunk, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, DbError> {
        let row = self.place(at);
        Ok(self.key.open(&Aad { case: self.case.as_str(), table: TABLE, column: COLUMN, row: &row }, sealed)?)
    }
    /// Seals a column of the file's row.
    pub fn seal<T: Content>(&self, content: &T) -> Result<SealedAs<T>, DbError> {
        Ok(SealedAs::make(&self.key, self.case.as_str(), &self.row, content)?)
    }
    /// Opens a column of the file's row.
    pub fn open<T: Content>(&self, sealed: &SealedAs<T>) -> Result<T, DbError> {
        Ok(sealed.open(&self.key, self.case.as_str(), &self.row)?)
    }
}

/// The facets that somebody must read to read what bears these: all of them, but that authors read back what they wrote in
/// confidence, as of a note.
fn needed(facets: FacetSet, is_own: bool) -> FacetSet {
    if is_own { facets.without(Facet::Confidential) } else { facets }
}

impl<C: Can> Permit<'_, C, Case> {
    /// Whether the reader sees what bears these facets; asking notes them as disclosed if so.
    pub fn shows_all(&self, facets: FacetSet, author: Author) -> bool {
        let needed = needed(facets, self.is_own(author));
        let shows = needed.within(self.reads());
        // Each is asked for, so that each is noted.
        shows && needed.iter().all(|facet| self.shows(facet))
    }

    /// Makes a file's own key, durable before the file can be, and seals its first column under it. Whether it may be written is
    /// the caller's to ask.
    pub fn begin_file<T: Content>(&self, tx: &mut Tx<'_>, content: &T, row: &str) -> Result<(SealedAs<T>, FileKey), DbError> {
        let (key, _) = self.new_record_key::<T>(tx, row)?;
        let key = FileKey { case: self.case(), row: row.to_owned(), key };
        Ok((key.seal(content)?, key))
    }

    /// A file's key, for who reads all that it bears. `T` is the column that it was begun with.
    pub fn file_key<T: Content>(
        &self,
        keys: &RecordKeys,
        (facets, author): (FacetSet, Author),
        row: &str,
    ) -> Result<Opened<FileKey>, DbError> {
        if !self.shows_all(facets, author) {
            return Ok(Opened::Withheld);
        }
        let Some(wrapped) = keys.0.get(row) else { return Ok(Opened::Erased) };
        let key = self.case_key()?.unwrap_record(&aad::<T>(self.case().as_str(), row), wrapped)?;
        Ok(Opened::Said(FileKey { case: self.case(), row: row.to_owned(), key }))
    }
}

/// Destroys the keys of files that never came to be: nothing was sealed under them but their names.
pub(crate) fn forget_keys(tx: &mut Tx<'_>, rows: &[&str]) -> Result<(), DbError> {
    use diesel::prelude::*;
    tx.with_key_store(|conn| {
        diesel::delete(record_keys::table.filter(among(record_keys::record_id, rows))).execute(conn)?;
        Ok(())
    })
}

impl Gate {
    /// Reads on in a file whose disclosure is on record: its key is the proof. What is read is sealed still, and only that key
    /// opens it.
    pub(crate) async fn read_on<T, F>(&self, _of: &FileKey, f: F) -> Result<T, Problem>
    where
        T: Send + 'static,
        F: for<'tx> Fn(&mut Tx<'tx>) -> Result<T, DbError> + Send + 'static,
    {
        self.0.db.read::<T, DbError, _>(f).await.map_err(Problem::from)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CASE: &str = "01930000-0000-7000-8000-000000000001";

    fn file(row: &str, key: DataKey) -> FileKey {
        FileKey { case: CASE.parse().unwrap(), row: row.to_owned(), key }
    }

    fn twice() -> (FileKey, FileKey) {
        let (case, key) = (DataKey::generate().unwrap(), DataKey::generate().unwrap());
        let at = Aad { case: CASE, table: "documents", column: "head", row: "one" };
        let again = case.unwrap_record(&at, &case.wrap_record(&at, &key).unwrap()).unwrap();
        (file("one", key), file("another", again))
    }

    #[test]
    fn a_piece_opens_where_it_was_sealed() {
        let (file, _) = twice();
        for at in [Chunk { n: 0, is_last: false }, Chunk { n: 319, is_last: true }] {
            for plain in [&b""[..], b"x", &[7; 65_536]] {
                let sealed = file.seal_chunk(at, plain).unwrap();
                assert_eq!(file.open_chunk(at, &sealed).unwrap().as_slice(), plain);
            }
        }
    }

    #[test]
    fn pieces_are_neither_cut_nor_swapped_nor_moved() {
        // The same key in another file, so that only the place can tell.
        let (file, other) = twice();
        let at = Chunk { n: 1, is_last: false };
        let sealed = file.seal_chunk(at, b"second of three").unwrap();
        assert!(file.open_chunk(at, &sealed).is_ok());
        assert!(file.open_chunk(Chunk { n: 2, ..at }, &sealed).is_err(), "swapped with the third");
        assert!(file.open_chunk(Chunk { is_last: true, ..at }, &sealed).is_err(), "the file cut behind it");
        assert!(other.open_chunk(at, &sealed).is_err(), "moved to another file");
        let last = file.seal_chunk(Chunk { n: 2, is_last: true }, b"third").unwrap();
        assert!(file.open_chunk(Chunk { n: 2, is_last: false }, &last).is_err(), "something put behind the last");
        let mut changed = sealed.clone();
        *changed.last_mut().unwrap() ^= 1;
        assert!(file.open_chunk(at, &changed).is_err(), "a bit changed");
        assert!(file.open_chunk(at, &sealed[..sealed.len() - 1]).is_err(), "cut short");
    }

    #[test]
    fn a_reader_needs_all_that_it_bears_and_authors_all_but_what_was_said_to_them() {
        let both = FacetSet::of(&[Facet::Identity, Facet::Confidential]);
        assert_eq!(needed(both, false), both);
        assert_eq!(needed(both, true), FacetSet::of(&[Facet::Identity]));
        assert_eq!(needed(FacetSet::of(&[Facet::Confidential]), true), FacetSet::EMPTY);
    }

    static_assertions::assert_not_impl_any!(FileKey: Clone, Copy, serde::Serialize, std::fmt::Debug);
}
