//! What happened to a case, in order, without content: each step notes its event, under the facet it belongs to.

use diesel::prelude::*;

use super::Actor;
use super::can::{Can, View};
use super::gate::{Case, Permit};
use crate::base::db::schema::case_events;
use crate::base::db::{DbError, Tx};
use crate::base::ids::{AgencyId, CaseId, EventId, UserId};
use crate::base::time::Timestamp;
use crate::base::words::Facet;

/// An event as stored.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = case_events)]
pub struct EventRow {
    /// Its id.
    pub id: EventId,
    /// The case.
    pub case_id: CaseId,
    /// When.
    pub at: Timestamp,
    /// What: a word of the program's own, `note_added`.
    pub kind: String,
    /// The facet it belongs to; none: the head.
    pub facet: Option<Facet>,
    /// Who.
    pub actor_user: Option<UserId>,
    /// Of which agency.
    pub actor_agency: Option<AgencyId>,
    /// The record: kind and id.
    pub record: String,
}

/// Notes an event of the permit's case. `facet`: which one must be readable to see it; none: the head's own.
pub fn note<C: Can>(
    tx: &mut Tx<'_>,
    permit: &Permit<'_, C, Case>,
    kind: &'static str,
    facet: Option<Facet>,
    record: &str,
) -> Result<(), DbError> {
    note_of(tx, permit.actor(), permit.case(), (kind, facet), record)
}

/// The same for a case that whoever acts may not see: what a leaver leaves to a colleague.
pub(super) fn note_of(
    tx: &mut Tx<'_>,
    actor: &Actor,
    case_id: CaseId,
    (kind, facet): (&'static str, Option<Facet>),
    record: &str,
) -> Result<(), DbError> {
    let row = EventRow {
        id: tx.new_id()?,
        case_id,
        at: tx.now(),
        kind: kind.to_owned(),
        facet,
        actor_user: actor.user(),
        actor_agency: actor.agency(),
        record: record.to_owned(),
    };
    diesel::insert_into(case_events::table).values(&row).execute(tx.conn())?;
    Ok(())
}

/// Events of the permit's case that its reader may see, newest first, before `past`.
///
/// An event without a facet is everybody's only where it is the case's own (`case/…`). Any other tells that some agency
/// was asked, answered, consented to or walled off: who else is there is for the owner and the lead worker alone, and
/// anybody else sees their own agency's steps.
pub fn page(
    tx: &mut Tx<'_>,
    permit: &Permit<'_, View, Case>,
    past: Option<EventId>,
    limit: i64,
) -> Result<Vec<EventRow>, DbError> {
    let readable: Vec<Facet> = permit.reads().iter().collect();
    let mut query = case_events::table
        .filter(case_events::case_id.eq(permit.case()))
        .order(case_events::id.desc())
        .limit(limit)
        .select(EventRow::as_select())
        .into_boxed();
    query = if permit.shows_others() {
        query.filter(case_events::facet.is_null().or(case_events::facet.eq_any(readable)))
    } else {
        let own = permit.actor().agency();
        let heads = case_events::record.like("case/%").nullable().or(case_events::actor_agency.eq(own));
        query.filter(case_events::facet.eq_any(readable).or(case_events::facet.is_null().nullable().and(heads)))
    };
    if let Some(past) = past {
        query = query.filter(case_events::id.lt(past));
    }
    let rows: Vec<EventRow> = query.load(tx.conn())?;
    for row in &rows {
        if let Some(facet) = row.facet {
            permit.shows(facet);
        }
    }
    Ok(rows)
}

/// A record of the permit's case now belongs to another facet: its events belong there too, or a reader of the former one
/// would see that something was taken from them.
pub fn moved<C: Can>(tx: &mut Tx<'_>, permit: &Permit<'_, C, Case>, record: &str, facet: Facet) -> Result<(), DbError> {
    diesel::update(case_events::table)
        .filter(case_events::case_id.eq(permit.case()))
        .filter(case_events::record.eq(record.to_owned()))
        .set(case_events::facet.eq(facet))
        .execute(tx.conn())?;
    Ok(())
}
