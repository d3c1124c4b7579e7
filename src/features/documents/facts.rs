//! What other features ask of documents: to keep a paper that they made, and to erase.

use super::spool::PIECE;
use super::store::{self, DocumentRow};
use super::{Digest, DocumentView, Head, Step, steps, take};
use crate::access::can::{Approve, Can};
use crate::access::{Case, Chunk, Permit};
use crate::base::db::{DbError, Tx};
use crate::base::ids::DocumentId;
use crate::base::problem::Problem;
use crate::base::text::Line;
use crate::base::words::{DocumentKind, DocumentState, FacetSet, Language, MediaType};
use data_encoding::HEXLOWER;
use sha2::{Digest as _, Sha256};

/// A paper that was made.
pub struct NewPaper<'a> {
    /// The template's key.
    pub template: &'a str,
    /// In which language.
    pub language: Language,
    /// The facets of all that it holds.
    pub facets: FacetSet,
    /// What it is called.
    pub title: Line,
    /// Its file's name.
    pub file_name: Line,
    /// What it is.
    pub media_type: MediaType,
    /// Its content.
    pub bytes: &'a [u8],
}

/// Keeps a paper with the case: sealed, stored, and its author's. Errors: 403 where its maker does not read all that it bears;
/// it is empty.
pub fn keep<C: Can>(tx: &mut Tx<'_>, permit: &Permit<'_, C, Case>, new: NewPaper<'_>) -> Result<DocumentView, Problem> {
    steps::may_make(permit, new.facets)?;
    if new.facets.is_empty() || new.bytes.is_empty() {
        return Err(DbError::Corrupt("a paper that bears or holds nothing").into());
    }
    let id: DocumentId = tx.new_id()?;
    let head = Head { title: new.title, file_name: new.file_name, facets: new.facets };
    let (sealed, key) = permit.begin_file(tx, &head, id.as_str())?;
    let digest = Digest { sha256: HEXLOWER.encode(&Sha256::digest(new.bytes)) };
    let row = DocumentRow {
        id,
        case_id: permit.case(),
        facets: new.facets,
        author_id: permit.user()?,
        author_agency_id: permit.agency()?,
        kind: DocumentKind::Paper,
        template: Some(new.template.to_owned()),
        language: Some(new.language),
        media_type: Some(new.media_type),
        size: i64::try_from(new.bytes.len()).map_err(|_| DbError::Corrupt("a paper's size"))?,
        state: DocumentState::Stored,
        created_at: tx.now(),
        stored_at: Some(tx.now()),
        erased_at: None,
        head: sealed,
        digest: Some(key.seal(&digest)?),
    };
    store::insert(tx, permit, &row)?;
    let mut pieces = new.bytes.chunks(PIECE).zip(0..).peekable();
    while let Some((piece, n)) = pieces.next() {
        let at = Chunk { n, is_last: pieces.peek().is_none() };
        store::insert_chunk(tx, id, at, &key.seal_chunk(at, piece)?)?;
    }
    steps::noted(tx, permit, &row, "document_made")?;
    steps::show(tx, permit, row)
}

/// How the actor stands toward a document that somebody would erase.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Toward {
    /// They sent or made it.
    pub is_own: bool,
    /// Where it stands.
    pub state: DocumentState,
}

/// How the actor stands toward a document of the permit's case; nothing where there is none for them.
pub fn toward<C: Can>(tx: &mut Tx<'_>, permit: &Permit<'_, C, Case>, id: DocumentId) -> Result<Option<Toward>, DbError> {
    let Some(row) = store::find(tx, permit, id)? else { return Ok(None) };
    let is_own = permit.is_own(row.author());
    let is_there = super::rules::is_there(row.state, permit.shows_all(row.facets, row.author()), is_own);
    Ok(is_there.is_ok().then_some(Toward { is_own, state: row.state }))
}

/// Errors: 409 where the document's state does not allow that it is erased.
pub fn may_erase(state: DocumentState) -> Result<(), Problem> {
    take(state, Step::Erase)?;
    Ok(())
}

/// Says that a document is erased: its key goes with the commit; its pieces are taken away. That there was one, when and by
/// whom, stays.
pub fn erase(tx: &mut Tx<'_>, permit: &Permit<'_, Approve, Case>, id: DocumentId) -> Result<(), Problem> {
    let row = store::find(tx, permit, id)?.ok_or_else(Problem::not_found)?;
    store::erase(tx, &row)?;
    Ok(permit.erase_record(tx, "document", id.as_str())?)
}

/// The case is erased, and its documents with it: their pieces are taken away.
pub fn forget(tx: &mut Tx<'_>, permit: &Permit<'_, Approve, Case>) -> Result<(), Problem> {
    let all = store::all(tx, permit)?;
    let ids: Vec<&str> = all.iter().map(|row| row.id.as_str()).collect();
    store::forget_answers(tx, &ids)?;
    for row in &all {
        match row.state {
            DocumentState::Awaiting => {
                store::remove_unfilled(tx, &[row.id])?;
            }
            DocumentState::Stored => store::erase(tx, row)?,
            DocumentState::Erased => {}
        }
    }
    Ok(())
}
