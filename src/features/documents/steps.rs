//! Use cases of documents.

use std::collections::HashMap;

use super::reading::Reading;
use super::receiving::{Begun, Taken};
use super::rules::{self, Refused};
use super::store::{self, DocumentRow};
use super::{AddDocument, Digest, DocumentView, Head, Step, take};
use crate::access::can::{Can, Record, View};
use crate::access::{Again, Case, FileKey, Opened, Permit, RecordKeys, events};
use crate::base::db::{DbError, Tx};
use crate::base::ids::{DocumentId, UserId};
use crate::base::problem::{FieldCode, Problem};
use crate::base::words::{Action, DocumentKind, DocumentState, FacetSet};
use crate::door::{List, Page};
use crate::features::users;

/// The list's name in its cursors.
const LIST: &str = "documents";

/// Announces a document: it waits for its content.
pub fn add(tx: &mut Tx<'_>, permit: &Permit<'_, Record, Case>, new: &AddDocument) -> Result<DocumentView, Problem> {
    rules::may_send(new.facets, permit.reads(), permit.writes())?;
    let most = permit.rules().settings.documents.upload_bytes();
    if new.size > most {
        return Err(Problem::wrong_field("/size", FieldCode::TooLarge { max: most.to_string() }));
    }
    let id: DocumentId = tx.new_id()?;
    let head = Head { title: new.title.clone(), file_name: new.file_name.clone(), facets: new.facets };
    let (sealed, _) = permit.begin_file(tx, &head, id.as_str())?;
    let row = DocumentRow {
        id,
        case_id: permit.case(),
        facets: new.facets,
        author_id: permit.user()?,
        author_agency_id: permit.agency()?,
        kind: DocumentKind::Upload,
        template: None,
        language: None,
        media_type: None,
        size: new.size,
        state: DocumentState::Awaiting,
        created_at: tx.now(),
        stored_at: None,
        erased_at: None,
        head: sealed,
        digest: None,
    };
    store::insert(tx, permit, &row)?;
    show(tx, permit, row)
}

/// One document of the permit's case that is there for its reader.
pub(super) fn found<C: Can>(tx: &mut Tx<'_>, permit: &Permit<'_, C, Case>, id: DocumentId) -> Result<DocumentRow, Problem> {
    let row = store::find(tx, permit, id)?.ok_or(Refused::Withheld)?;
    rules::is_there(row.state, permit.shows_all(row.facets, row.author()), permit.is_own(row.author()))?;
    Ok(row)
}

/// The key of a document that is there for its reader, and what it opens first.
fn opened<C: Can>(tx: &mut Tx<'_>, permit: &Permit<'_, C, Case>, row: &DocumentRow) -> Result<(FileKey, Head), Problem> {
    let keys = permit.record_keys(tx, std::iter::once(row.id.as_str()))?;
    match permit.file_key::<Head>(&keys, (row.facets, row.author()), row.id.as_str())? {
        Opened::Said(key) => {
            let head = head(&key, row)?;
            Ok((key, head))
        }
        Opened::Withheld | Opened::Erased => Err(Refused::Withheld.into()),
    }
}

/// Opens what a document is called. The facets that its row names must be those it was sealed with.
fn head(key: &FileKey, row: &DocumentRow) -> Result<Head, DbError> {
    let head = key.open(&row.head)?;
    if head.facets == row.facets { Ok(head) } else { Err(DbError::Corrupt("a document's facets")) }
}

/// Whoever announced a document begins to send it: decided before its first byte is taken.
pub fn begin(tx: &mut Tx<'_>, permit: &Permit<'_, Record, Case>, id: DocumentId) -> Result<Begun, Problem> {
    let row = ready(tx, permit, id)?;
    let (key, head) = opened(tx, permit, &row)?;
    let media_type = rules::named(head.file_name.as_str()).map_err(|_| DbError::Corrupt("a document's name"))?;
    Ok(Begun { key, size: u64::try_from(row.size).unwrap_or_default(), media_type })
}

/// A document that the actor may fill now.
fn ready(tx: &mut Tx<'_>, permit: &Permit<'_, Record, Case>, id: DocumentId) -> Result<DocumentRow, Problem> {
    let row = found(tx, permit, id)?;
    if !permit.is_own(row.author()) || !row.facets.within(permit.writes()) {
        return Err(Refused::NotTheirs.into());
    }
    take(row.state, Step::Fill)?;
    Ok(row)
}

/// What came becomes the document's content, all of it or nothing. Decided anew: the right may have ended while it came.
/// Errors: what was wrong with it, recorded so.
pub fn fill(
    tx: &mut Tx<'_>,
    permit: &Permit<'_, Record, Case>,
    id: DocumentId,
    came: &Result<Taken, Problem>,
) -> Result<DocumentView, Problem> {
    let mut row = ready(tx, permit, id)?;
    let taken = came.as_ref().map_err(Clone::clone)?;
    let digest = taken.file.key().seal(&Digest { sha256: taken.file.sha256() })?;
    store::fill(tx, permit, &mut row, (taken.media_type, digest))?;
    for n in 0..taken.file.chunks() {
        let (at, sealed) = taken.file.sealed(n).map_err(|_| DbError::Unavailable("the spool cannot be read"))?;
        store::insert_chunk(tx, id, at, &sealed)?;
    }
    noted(tx, permit, &row, "document_added")?;
    show(tx, permit, row)
}

/// On the timeline where it belongs to one facet. An event belongs to one alone: under any of several, who may not read the
/// document would learn that it is there.
pub(super) fn noted<C: Can>(
    tx: &mut Tx<'_>,
    permit: &Permit<'_, C, Case>,
    row: &DocumentRow,
    event: &'static str,
) -> Result<(), DbError> {
    let mut facets = row.facets.iter();
    match (facets.next(), facets.next()) {
        (Some(facet), None) => events::note(tx, permit, event, Some(facet), &row.record()),
        _ => Ok(()),
    }
}

/// The case's documents that the reader sees, newest first.
pub fn list(tx: &mut Tx<'_>, permit: &Permit<'_, View, Case>, page: &Page) -> Result<List<DocumentView>, Problem> {
    let rows = store::page(tx, permit, page.past(LIST)?, page.with_one_more())?;
    Ok(page.of(LIST, shown(tx, permit, rows)?, |view| view.id))
}

/// One document.
pub fn view(tx: &mut Tx<'_>, permit: &Permit<'_, View, Case>, id: DocumentId) -> Result<DocumentView, Problem> {
    let row = found(tx, permit, id)?;
    show(tx, permit, row)
}

/// What reads a document's content on, once this is recorded.
pub fn read(tx: &mut Tx<'_>, permit: &Permit<'_, View, Case>, id: DocumentId) -> Result<Reading, Problem> {
    let row = found(tx, permit, id)?;
    let (DocumentState::Stored, Some(media_type), Some(digest)) = (row.state, row.media_type, &row.digest) else {
        return Err(Refused::Withheld.into());
    };
    let (key, head) = opened(tx, permit, &row)?;
    let Digest { sha256 } = key.open(digest)?;
    let size = u64::try_from(row.size).map_err(|_| DbError::Corrupt("a document's size"))?;
    Ok(Reading { id, key, size, sha256, media_type, name: head.file_name.into_string() })
}

pub(super) fn show<C: Can>(tx: &mut Tx<'_>, permit: &Permit<'_, C, Case>, row: DocumentRow) -> Result<DocumentView, Problem> {
    shown(tx, permit, vec![row])?.pop().ok_or_else(|| Refused::Withheld.into())
}

/// Those of these documents that open to the reader.
fn shown<C: Can>(tx: &mut Tx<'_>, permit: &Permit<'_, C, Case>, rows: Vec<DocumentRow>) -> Result<Vec<DocumentView>, DbError> {
    let keys: RecordKeys = permit.record_keys(tx, rows.iter().map(|row| row.id.as_str()))?;
    let authors: Vec<UserId> = rows.iter().map(|row| row.author_id).collect();
    let names = if authors.is_empty() { HashMap::new() } else { users::facts::names(tx, &authors)? };
    let mut views = Vec::with_capacity(rows.len());
    for row in rows {
        let said = match permit.file_key::<Head>(&keys, (row.facets, row.author()), row.id.as_str())? {
            Opened::Withheld => continue,
            // Erased, if only its key is gone so far; one that waits without its key is being taken away.
            Opened::Erased if row.state == DocumentState::Awaiting => continue,
            Opened::Erased => None,
            Opened::Said(_) if row.state == DocumentState::Erased => None,
            Opened::Said(key) => Some(head(&key, &row)?),
        };
        let (title, file_name) = said.map(|head| (head.title, head.file_name)).unzip();
        views.push(DocumentView {
            id: row.id,
            case_id: row.case_id,
            kind: row.kind,
            template: row.template,
            language: row.language,
            facets: row.facets,
            author: row.author_id,
            author_name: names.get(&row.author_id).cloned().unwrap_or_default(),
            author_agency: row.author_agency_id,
            title,
            file_name,
            media_type: row.media_type,
            size: row.size,
            state: row.state,
            created_at: row.created_at,
            stored_at: row.stored_at,
            erased_at: row.erased_at,
        });
    }
    Ok(views)
}

/// Whether a paper that bears these facets may be made by the permit's actor.
pub(super) fn may_make<C: Can>(permit: &Permit<'_, C, Case>, facets: FacetSet) -> Result<(), Problem> {
    Ok(rules::may_make(facets, permit.reads(), permit.writes())?)
}

impl Again for DocumentView {
    type Key = DocumentId;
    const VIEW: Action = Action::ViewDocument;
    fn key(&self) -> DocumentId {
        self.id
    }
    fn again(tx: &mut Tx<'_>, permit: &Permit<'_, View, Case>, id: DocumentId) -> Result<Self, Problem> {
        view(tx, permit, id)
    }
}
