//! Rows of parties and the tokens by which they are found.

use diesel::prelude::*;

use super::facts::Mark;
use super::{ChildPart, ContactInput, IdentityPart, LocationInput};
use crate::access::can::Can;
use crate::access::facets::{Children, Contact, Identity, Location};
use crate::access::{Case, Permit, Sealed, in_a_case};
use crate::base::db::schema::{parties, search_tokens};
use crate::base::db::{DbError, Tx, among};
use crate::base::ids::{CaseId, PartyId};
use crate::base::words::PartyKind;

/// A party as stored.
#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = parties)]
pub(super) struct PartyRow {
    pub id: PartyId,
    pub case_id: CaseId,
    pub kind: PartyKind,
    pub identity: Option<Sealed<Identity, IdentityPart>>,
    pub contact: Option<Sealed<Contact, ContactInput>>,
    pub location: Option<Sealed<Location, LocationInput>>,
    pub child: Option<Sealed<Children, ChildPart>>,
    pub version: i64,
}

in_a_case!(PartyId, "party", case_of);

fn case_of(tx: &mut Tx<'_>, id: PartyId) -> Result<Option<CaseId>, DbError> {
    Ok(parties::table.filter(parties::id.eq(id)).select(parties::case_id).first(tx.conn()).optional()?)
}

pub(super) fn insert(tx: &mut Tx<'_>, row: &PartyRow) -> Result<(), DbError> {
    diesel::insert_into(parties::table).values(row).execute(tx.conn())?;
    Ok(())
}

/// Every party of the permit's case, in the order they were entered.
pub(super) fn all<C: Can>(tx: &mut Tx<'_>, permit: &Permit<'_, C, Case>) -> Result<Vec<PartyRow>, DbError> {
    Ok(parties::table
        .filter(parties::case_id.eq(permit.case()))
        .order(parties::id)
        .select(PartyRow::as_select())
        .load(tx.conn())?)
}

pub(super) type NameRow = (PartyId, CaseId, PartyKind, Option<Sealed<Identity, IdentityPart>>);

/// Who is in these cases, children left out.
pub(super) fn identities(tx: &mut Tx<'_>, cases: &[CaseId]) -> Result<Vec<NameRow>, DbError> {
    let mut query = parties::table
        .filter(parties::kind.ne(PartyKind::Child))
        .order(parties::id)
        .select((parties::id, parties::case_id, parties::kind, parties::identity))
        .into_boxed();
    query =
        if let [one] = cases { query.filter(parties::case_id.eq(*one)) } else { query.filter(among(parties::case_id, cases)) };
    Ok(query.load(tx.conn())?)
}

/// One party of the permit's case.
pub(super) fn find<C: Can>(tx: &mut Tx<'_>, permit: &Permit<'_, C, Case>, id: PartyId) -> Result<Option<PartyRow>, DbError> {
    Ok(parties::table
        .filter(parties::case_id.eq(permit.case()))
        .filter(parties::id.eq(id))
        .select(PartyRow::as_select())
        .first(tx.conn())
        .optional()?)
}

pub(super) fn kind_of<C: Can>(tx: &mut Tx<'_>, permit: &Permit<'_, C, Case>, id: PartyId) -> Result<Option<PartyKind>, DbError> {
    Ok(parties::table
        .filter(parties::case_id.eq(permit.case()))
        .filter(parties::id.eq(id))
        .select(parties::kind)
        .first(tx.conn())
        .optional()?)
}

/// Who is who in the permit's case, in the order in which they were entered.
pub(super) fn kinds_in_case<C: Can>(tx: &mut Tx<'_>, permit: &Permit<'_, C, Case>) -> Result<Vec<(PartyId, PartyKind)>, DbError> {
    Ok(parties::table
        .filter(parties::case_id.eq(permit.case()))
        .order(parties::id)
        .select((parties::id, parties::kind))
        .load(tx.conn())?)
}

/// Saves a party over the version that was read.
pub(super) fn save(tx: &mut Tx<'_>, row: &PartyRow) -> Result<(), DbError> {
    let done = diesel::update(parties::table.filter(parties::id.eq(row.id)).filter(parties::version.eq(row.version)))
        .set((
            parties::identity.eq(&row.identity),
            parties::contact.eq(&row.contact),
            parties::location.eq(&row.location),
            parties::child.eq(&row.child),
            parties::version.eq(row.version.saturating_add(1)),
        ))
        .execute(tx.conn())?;
    if done == 1 { Ok(()) } else { Err(DbError::Retry) }
}

/// Adds tokens by which a party is found.
pub(super) fn add_tokens(tx: &mut Tx<'_>, case: CaseId, party: PartyId, tokens: &[Mark]) -> Result<(), DbError> {
    for mark in tokens {
        diesel::insert_into(search_tokens::table)
            .values((
                search_tokens::token.eq(mark.token.as_slice()),
                search_tokens::case_id.eq(case),
                search_tokens::party_id.eq(party),
                search_tokens::identifies.eq(mark.identifies),
            ))
            .execute(tx.conn())?;
    }
    Ok(())
}

/// Takes tokens away: what they stood for has changed.
pub(super) fn drop_tokens(tx: &mut Tx<'_>, party: PartyId, tokens: &[Mark]) -> Result<(), DbError> {
    let tokens: Vec<Vec<u8>> = tokens.iter().map(|mark| mark.token.to_vec()).collect();
    diesel::delete(search_tokens::table)
        .filter(search_tokens::party_id.eq(party))
        .filter(among(search_tokens::token, &tokens))
        .execute(tx.conn())?;
    Ok(())
}

/// Takes every token of the permit's case away: nobody is found by it any more.
pub(super) fn forget<C: Can>(tx: &mut Tx<'_>, permit: &Permit<'_, C, Case>) -> Result<(), DbError> {
    let all: Vec<PartyId> = parties::table.filter(parties::case_id.eq(permit.case())).select(parties::id).load(tx.conn())?;
    diesel::delete(search_tokens::table.filter(among(search_tokens::party_id, &all))).execute(tx.conn())?;
    Ok(())
}

/// Who bears a token, of the newest cases first; with `only`, of these.
pub(super) fn bearers(tx: &mut Tx<'_>, token: &[u8; 32], only: Option<&[PartyId]>, most: i64) -> Result<Vec<PartyId>, DbError> {
    let mut query = search_tokens::table
        .filter(search_tokens::token.eq(token.to_vec()))
        .order((search_tokens::case_id.desc(), search_tokens::party_id.desc()))
        .limit(most)
        .select(search_tokens::party_id)
        .into_boxed();
    if let Some(only) = only {
        query = query.filter(among(search_tokens::party_id, only));
    }
    Ok(query.load(tx.conn())?)
}

/// The tokens that say who a party is.
pub(super) fn identifying(tx: &mut Tx<'_>, party: PartyId) -> Result<Vec<Vec<u8>>, DbError> {
    Ok(search_tokens::table
        .filter(search_tokens::party_id.eq(party))
        .filter(search_tokens::identifies.eq(true))
        .order(search_tokens::token)
        .select(search_tokens::token)
        .load(tx.conn())?)
}

/// Who bears a token that says who they are, of the newest cases first.
pub(super) fn identified(tx: &mut Tx<'_>, token: &[u8], most: i64) -> Result<Vec<PartyId>, DbError> {
    Ok(search_tokens::table
        .filter(search_tokens::token.eq(token.to_vec()))
        .filter(search_tokens::identifies.eq(true))
        .order((search_tokens::case_id.desc(), search_tokens::party_id.desc()))
        .limit(most)
        .select(search_tokens::party_id)
        .load(tx.conn())?)
}

/// In which case these are, and who they are there, newest case first.
pub(super) fn where_they_are(tx: &mut Tx<'_>, ids: &[PartyId]) -> Result<Vec<(CaseId, PartyKind)>, DbError> {
    Ok(parties::table
        .filter(among(parties::id, ids))
        .order((parties::case_id.desc(), parties::id.desc()))
        .select((parties::case_id, parties::kind))
        .load(tx.conn())?)
}
