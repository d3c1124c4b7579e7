//! Rows of documents, and of the pieces they hold.

use diesel::prelude::*;

use super::{Digest, Head, Step, take};
use crate::access::can::{Can, Record};
use crate::access::{Author, Case, Chunk, Permit, SealedAs};
use crate::base::db::schema::{document_chunks, documents, idempotency};
use crate::base::db::{DbError, Tx, among};
use crate::base::ids::{AgencyId, CaseId, DocumentId, UserId};
use crate::base::problem::Problem;
use crate::base::time::Timestamp;
use crate::base::words::{DocumentKind, DocumentState, Facet, FacetSet, Language, MediaType};

/// A document as stored.
#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = documents)]
pub struct DocumentRow {
    pub id: DocumentId,
    pub case_id: CaseId,
    pub facets: FacetSet,
    pub author_id: UserId,
    pub author_agency_id: AgencyId,
    pub kind: DocumentKind,
    pub template: Option<String>,
    pub language: Option<Language>,
    pub media_type: Option<MediaType>,
    pub size: i64,
    pub state: DocumentState,
    pub created_at: Timestamp,
    pub stored_at: Option<Timestamp>,
    pub erased_at: Option<Timestamp>,
    pub head: SealedAs<Head>,
    pub digest: Option<SealedAs<Digest>>,
}

impl DocumentRow {
    /// Who wrote it.
    pub fn author(&self) -> Author {
        Author::User(self.author_id)
    }
    /// As events and the audit name it.
    pub fn record(&self) -> String {
        format!("document/{}", self.id)
    }
}

/// A piece as stored.
#[derive(Queryable, Selectable)]
#[diesel(table_name = document_chunks)]
pub struct ChunkRow {
    pub n: i64,
    pub is_last: bool,
    pub sealed: Vec<u8>,
}

impl ChunkRow {
    /// Where it stands.
    pub fn at(&self) -> Chunk {
        Chunk { n: self.n, is_last: self.is_last }
    }
}

crate::access::in_a_case!(DocumentId, "document", case_of);

fn case_of(tx: &mut Tx<'_>, id: DocumentId) -> Result<Option<CaseId>, DbError> {
    Ok(documents::table.filter(documents::id.eq(id)).select(documents::case_id).first(tx.conn()).optional()?)
}

/// One document of the permit's case, withheld or not: whoever asks looks at whether it is there for them.
pub fn find<C: Can>(tx: &mut Tx<'_>, permit: &Permit<'_, C, Case>, id: DocumentId) -> Result<Option<DocumentRow>, DbError> {
    Ok(documents::table
        .filter(documents::case_id.eq(permit.case()))
        .filter(documents::id.eq(id))
        .select(DocumentRow::as_select())
        .first(tx.conn())
        .optional()?)
}

/// Documents of the permit's case that its reader sees, newest first, before `past`. The others are not read at all, so that no
/// page is shorter for them.
pub fn page<C: Can>(
    tx: &mut Tx<'_>,
    permit: &Permit<'_, C, Case>,
    past: Option<DocumentId>,
    limit: i64,
) -> Result<Vec<DocumentRow>, DbError> {
    let Some(reader) = permit.actor().user() else { return Ok(Vec::new()) };
    let mut query = documents::table
        .filter(documents::case_id.eq(permit.case()))
        .filter(documents::state.ne(DocumentState::Awaiting).or(documents::author_id.eq(reader)))
        .order(documents::id.desc())
        .limit(limit)
        .select(DocumentRow::as_select())
        .into_boxed();
    for facet in FacetSet::ALL.minus(permit.reads()).iter() {
        let word = format!("%{facet}%");
        query = if facet == Facet::Confidential {
            query.filter(documents::facets.not_like(word).or(documents::author_id.eq(reader)))
        } else {
            query.filter(documents::facets.not_like(word))
        };
    }
    if let Some(past) = past {
        query = query.filter(documents::id.lt(past));
    }
    Ok(query.load(tx.conn())?)
}

/// Enters a document.
pub fn insert<C: Can>(tx: &mut Tx<'_>, permit: &Permit<'_, C, Case>, row: &DocumentRow) -> Result<(), DbError> {
    diesel::insert_into(documents::table).values(row).execute(tx.conn())?;
    permit.changed("document", row.id.as_str(), &["title", "file_name", "facets", "size", "state"]);
    Ok(())
}

/// Enters a piece.
pub fn insert_chunk(tx: &mut Tx<'_>, id: DocumentId, at: Chunk, sealed: &[u8]) -> Result<(), DbError> {
    diesel::insert_into(document_chunks::table)
        .values((
            document_chunks::document_id.eq(id),
            document_chunks::n.eq(at.n),
            document_chunks::is_last.eq(at.is_last),
            document_chunks::sealed.eq(sealed),
        ))
        .execute(tx.conn())?;
    Ok(())
}

/// A document's next pieces, from this one on.
pub fn chunks(tx: &mut Tx<'_>, id: DocumentId, from: i64, limit: i64) -> Result<Vec<ChunkRow>, DbError> {
    Ok(document_chunks::table
        .filter(document_chunks::document_id.eq(id))
        .filter(document_chunks::n.ge(from))
        .order(document_chunks::n)
        .limit(limit)
        .select(ChunkRow::as_select())
        .load(tx.conn())?)
}

/// A document has its content now. Errors: its state, by another who was quicker too.
pub fn fill(
    tx: &mut Tx<'_>,
    permit: &Permit<'_, Record, Case>,
    row: &mut DocumentRow,
    (media_type, digest): (MediaType, SealedAs<Digest>),
) -> Result<(), Problem> {
    let seen = row.state;
    (row.state, row.media_type) = (take(seen, Step::Fill)?, Some(media_type));
    (row.stored_at, row.digest) = (Some(tx.now()), Some(digest));
    let done = diesel::update(documents::table.filter(documents::id.eq(row.id)).filter(documents::state.eq(seen)))
        .set((
            documents::state.eq(row.state),
            documents::media_type.eq(row.media_type),
            documents::stored_at.eq(row.stored_at),
            documents::digest.eq(&row.digest),
        ))
        .execute(tx.conn())
        .map_err(DbError::from)?;
    if done != 1 {
        return Err(DbError::Retry.into());
    }
    permit.changed("document", row.id.as_str(), &["content", "media_type", "state"]);
    Ok(())
}

/// Says that a document is erased, and takes its pieces away.
pub fn erase(tx: &mut Tx<'_>, row: &DocumentRow) -> Result<(), Problem> {
    let (next, now) = (take(row.state, Step::Erase)?, tx.now());
    let done = diesel::update(documents::table.filter(documents::id.eq(row.id)).filter(documents::state.eq(row.state)))
        .set((documents::state.eq(next), documents::erased_at.eq(now)))
        .execute(tx.conn())
        .map_err(DbError::from)?;
    if done != 1 {
        return Err(DbError::Retry.into());
    }
    let pieces = document_chunks::table.filter(document_chunks::document_id.eq(row.id));
    diesel::delete(pieces).execute(tx.conn()).map_err(DbError::from)?;
    Ok(())
}

/// All of a case's documents, for who erases the case.
pub fn all<C: Can>(tx: &mut Tx<'_>, permit: &Permit<'_, C, Case>) -> Result<Vec<DocumentRow>, DbError> {
    Ok(documents::table.filter(documents::case_id.eq(permit.case())).select(DocumentRow::as_select()).load(tx.conn())?)
}

/// Answers kept for repeated requests for these.
pub fn forget_answers(tx: &mut Tx<'_>, ids: &[&str]) -> Result<(), DbError> {
    if !ids.is_empty() {
        diesel::delete(idempotency::table.filter(among(idempotency::record, ids))).execute(tx.conn())?;
    }
    Ok(())
}

/// The documents that were announced before then and did not come, oldest first.
pub fn unfilled(tx: &mut Tx<'_>, before: Timestamp, limit: i64) -> Result<Vec<DocumentId>, DbError> {
    Ok(documents::table
        .filter(documents::state.eq(DocumentState::Awaiting))
        .filter(documents::created_at.lt(before))
        .order(documents::created_at)
        .limit(limit)
        .select(documents::id)
        .load(tx.conn())?)
}

/// Takes documents away that never had content; how many there were still.
pub fn remove_unfilled(tx: &mut Tx<'_>, ids: &[DocumentId]) -> Result<usize, DbError> {
    if ids.is_empty() {
        return Ok(0);
    }
    let rows = documents::table.filter(among(documents::id, ids)).filter(documents::state.eq(DocumentState::Awaiting));
    Ok(diesel::delete(rows).execute(tx.conn())?)
}
