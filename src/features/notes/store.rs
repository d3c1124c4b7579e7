//! Rows of notes, and of the facets they were sealed into.

use std::collections::HashMap;

use diesel::prelude::*;

use super::Body;
use super::rules::Stance;
use crate::access::can::Can;
use crate::access::{Author, Case, Permit, SealedAs};
use crate::base::db::schema::{note_erasures, note_facets, notes};
use crate::base::db::{DbError, Tx, among};
use crate::base::ids::{AgencyId, CaseId, NoteId, UserId};
use crate::base::time::Timestamp;
use crate::base::words::{Basis, Facet, NoteKind};

/// A note as stored.
#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = notes)]
pub struct NoteRow {
    pub id: NoteId,
    pub case_id: CaseId,
    pub kind: NoteKind,
    /// The facet it was written under.
    pub facet: Facet,
    pub author_id: UserId,
    pub author_agency_id: AgencyId,
    pub amends: Option<NoteId>,
    pub minutes: Option<i64>,
    pub occurred_at: Timestamp,
    pub written_at: Timestamp,
    pub body: SealedAs<Body>,
}

/// That a note was sealed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = note_facets)]
pub struct SealRow {
    pub note_id: NoteId,
    pub facet: Facet,
    pub since: Timestamp,
    pub by_user: UserId,
}

/// A note and where it belongs now.
pub struct Placed {
    pub row: NoteRow,
    pub seal: Option<SealRow>,
}

impl Placed {
    /// The facet it belongs to now.
    pub fn facet(&self) -> Facet {
        self.seal.map_or(self.row.facet, |seal| seal.facet)
    }
    /// How the permit's actor stands toward it.
    pub fn stance<C: Can>(&self, permit: &Permit<'_, C, Case>) -> Stance {
        let facet = self.facet();
        Stance {
            facet,
            is_own: permit.is_own(Author::User(self.row.author_id)),
            reads: permit.reads().has(facet),
            writes: permit.writes().has(facet),
            is_owner: permit.rests_on(Basis::Jurisdiction),
        }
    }
}

impl From<(NoteRow, Option<SealRow>)> for Placed {
    fn from((row, seal): (NoteRow, Option<SealRow>)) -> Self {
        Self { row, seal }
    }
}

/// The case of a note: the gate resolves its id by it.
pub fn case_of(tx: &mut Tx<'_>, id: NoteId) -> Result<Option<CaseId>, DbError> {
    Ok(notes::table.filter(notes::id.eq(id)).select(notes::case_id).first(tx.conn()).optional()?)
}

crate::access::in_a_case!(NoteId, "note", case_of);

/// One note of the permit's case, withheld or not: whoever asks looks at its stance.
pub fn find<C: Can>(tx: &mut Tx<'_>, permit: &Permit<'_, C, Case>, id: NoteId) -> Result<Option<Placed>, DbError> {
    let row: Option<(NoteRow, Option<SealRow>)> = notes::table
        .left_join(note_facets::table.on(note_facets::note_id.eq(notes::id)))
        .filter(notes::case_id.eq(permit.case()))
        .filter(notes::id.eq(id))
        .select((NoteRow::as_select(), Option::<SealRow>::as_select()))
        .first(tx.conn())
        .optional()?;
    Ok(row.map(Placed::from))
}

/// When what a note of the permit's case tells happened.
pub fn occurred_at<C: Can>(tx: &mut Tx<'_>, permit: &Permit<'_, C, Case>, id: NoteId) -> Result<Timestamp, DbError> {
    Ok(notes::table
        .filter(notes::case_id.eq(permit.case()))
        .filter(notes::id.eq(id))
        .select(notes::occurred_at)
        .first(tx.conn())?)
}

/// Notes of the permit's case that its reader sees, newest first, before `past`: those of the facets it opens, and the
/// reader's own. The others are not read at all, so that no page is shorter for them.
pub fn page<C: Can>(
    tx: &mut Tx<'_>,
    permit: &Permit<'_, C, Case>,
    kinds: &[NoteKind],
    past: Option<NoteId>,
    limit: i64,
) -> Result<Vec<Placed>, DbError> {
    let readable: Vec<Facet> = permit.reads().and(Facet::of_notes()).iter().collect();
    let Some(reader) = permit.actor().user() else { return Ok(Vec::new()) };
    let as_written = note_facets::facet.is_null().and(among(notes::facet, &readable));
    let as_sealed = note_facets::facet.is_not_null().and(among(note_facets::facet, &readable));
    let mut query = notes::table
        .left_join(note_facets::table.on(note_facets::note_id.eq(notes::id)))
        .filter(notes::case_id.eq(permit.case()))
        .filter(notes::author_id.eq(reader).or(as_written.assume_not_null()).or(as_sealed.assume_not_null()))
        .order(notes::id.desc())
        .limit(limit)
        .select((NoteRow::as_select(), Option::<SealRow>::as_select()))
        .into_boxed();
    if !kinds.is_empty() {
        query = query.filter(among(notes::kind, kinds));
    }
    if let Some(past) = past {
        query = query.filter(notes::id.lt(past));
    }
    let rows: Vec<(NoteRow, Option<SealRow>)> = query.load(tx.conn())?;
    Ok(rows.into_iter().map(Placed::from).collect())
}

/// Enters a note.
pub fn insert<C: Can>(tx: &mut Tx<'_>, permit: &Permit<'_, C, Case>, row: &NoteRow) -> Result<(), DbError> {
    diesel::insert_into(notes::table).values(row).execute(tx.conn())?;
    permit.changed("note", row.id.as_str(), &["kind", "text", "minutes"]);
    Ok(())
}

/// Those of these notes that are erased, and since when.
pub fn erased(tx: &mut Tx<'_>, ids: &[NoteId]) -> Result<HashMap<NoteId, Timestamp>, DbError> {
    let rows: Vec<(NoteId, Timestamp)> = note_erasures::table
        .filter(among(note_erasures::note_id, ids))
        .select((note_erasures::note_id, note_erasures::at))
        .load(tx.conn())?;
    Ok(rows.into_iter().collect())
}

/// A note is erased now.
pub fn insert_erased(tx: &mut Tx<'_>, id: NoteId) -> Result<(), DbError> {
    let at = tx.now();
    diesel::insert_into(note_erasures::table)
        .values((note_erasures::note_id.eq(id), note_erasures::at.eq(at)))
        .execute(tx.conn())?;
    Ok(())
}

/// A note's amendments that stand under another facet than this.
pub fn amendments_outside(tx: &mut Tx<'_>, original: NoteId, facet: Facet) -> Result<Vec<NoteId>, DbError> {
    let rows: Vec<(NoteId, Facet, Option<Facet>)> = notes::table
        .left_join(note_facets::table.on(note_facets::note_id.eq(notes::id)))
        .filter(notes::amends.eq(original))
        .order(notes::id)
        .select((notes::id, notes::facet, note_facets::facet.nullable()))
        .load(tx.conn())?;
    Ok(rows.into_iter().filter(|(_, written, sealed)| sealed.unwrap_or(*written) != facet).map(|(id, ..)| id).collect())
}

/// Moves a note to another facet. `Retry` where somebody just did: run again, it is found moved.
pub fn seal<C: Can>(tx: &mut Tx<'_>, permit: &Permit<'_, C, Case>, row: &SealRow) -> Result<(), DbError> {
    match diesel::insert_into(note_facets::table).values(row).execute(tx.conn()).map_err(DbError::from) {
        Ok(_) => {
            permit.changed("note", row.note_id.as_str(), &["facet"]);
            Ok(())
        }
        Err(DbError::Unique) => Err(DbError::Retry),
        Err(error) => Err(error),
    }
}
