//! What other features may ask of a case's parties.

use std::collections::{BTreeSet, HashMap};

use super::store::{self, PartyRow};
use super::{ChildPart, ContactInput, IdentityPart, LocationInput, PartOf, PartyInput, PartyName, known_under};
use crate::access::can::{Can, View};
use crate::access::facets::{Children, Contact, FacetType, Identity, Location};
use crate::access::{Case, Collection, Content, FacetKey, Permit, Sealed, events};
use crate::base::db::{DbError, Tx};
use crate::base::ids::{CaseId, PartyId};
use crate::base::problem::Problem;
use crate::base::text::{IdNumberText, PersonName, Phone};
use crate::base::time::Day;
use crate::base::words::{Facet, FacetSet, PartyKind};
use crate::vault::tokens::TokenKind;

/// The case is erased: nobody is found by its people any more.
pub fn forget<C: Can>(tx: &mut Tx<'_>, permit: &Permit<'_, C, Case>) -> Result<(), DbError> {
    store::forget(tx, permit)
}

/// Enters a party into the permit's case. Errors: 403 where a facet that it has a part of may not be written.
pub fn add<C: Can>(tx: &mut Tx<'_>, permit: &Permit<'_, C, Case>, input: &PartyInput) -> Result<PartyId, Problem> {
    let id: PartyId = tx.new_id()?;
    let row = id.as_str();
    let is_child = input.kind == PartyKind::Child;
    let identity = if is_child { None } else { Some(permit.pen::<Identity>()?.seal(&identity_of(input), row)?) };
    let child = if is_child { Some(permit.pen::<Children>()?.seal(&child_of(input), row)?) } else { None };
    let contact = input.contact.as_ref().map(|part| Ok::<_, Problem>(permit.pen::<Contact>()?.seal(part, row)?)).transpose()?;
    let location =
        input.location.as_ref().map(|part| Ok::<_, Problem>(permit.pen::<Location>()?.seal(part, row)?)).transpose()?;
    let party = PartyRow { id, case_id: permit.case(), kind: input.kind, identity, contact, location, child, version: 1 };
    store::insert(tx, &party)?;
    store::add_tokens(tx, permit.case(), id, &tokens(permit, input.name.as_ref(), input.birth_date, input.id_number.as_ref()))?;
    store::add_tokens(tx, permit.case(), id, &phone_tokens(permit, input.contact.as_ref()))?;
    permit.changed("party", row, &fields(&party));
    events::note(tx, permit, "party_added", Some(known_under(input.kind)), &format!("party/{id}"))?;
    Ok(id)
}

fn fields(party: &PartyRow) -> Vec<&'static str> {
    let parts = [
        ("identity", party.identity.is_some()),
        ("contact", party.contact.is_some()),
        ("location", party.location.is_some()),
        ("child", party.child.is_some()),
    ];
    std::iter::once("kind").chain(parts.into_iter().filter(|(_, is)| *is).map(|(name, _)| name)).collect()
}

fn identity_of(input: &PartyInput) -> IdentityPart {
    IdentityPart {
        name: input.name.clone(),
        id_number: input.id_number.clone(),
        id_number_reason: input.id_number_reason.clone(),
        sex: input.sex,
        birth_date: input.birth_date,
        relationship: input.relationship,
    }
}

fn child_of(input: &PartyInput) -> ChildPart {
    ChildPart {
        name: input.name.clone(),
        id_number: input.id_number.clone(),
        id_number_reason: input.id_number_reason.clone(),
        sex: input.sex,
        birth_date: input.birth_date,
        age: input.child.as_ref().and_then(|child| child.age),
        needs: input.child.as_ref().and_then(|child| child.needs.clone()),
    }
}

/// A token by which a person is found.
pub(super) struct Mark {
    pub token: [u8; 32],
    /// Whether whoever bears it is that person: a name alone is many people's.
    pub identifies: bool,
}

/// The tokens by which a person with this name, birth date and number is found.
pub(super) fn tokens<C: Can>(
    permit: &Permit<'_, C, Case>,
    name: Option<&PersonName>,
    born: Option<Day>,
    id_number: Option<&IdNumberText>,
) -> Vec<Mark> {
    let mark = |kind, text: &str| Mark { token: permit.search_token(kind, text), identifies: kind != TokenKind::Name };
    let with_birth = name.zip(born).map(|(name, born)| format!("{} {born}", name.as_str()));
    let name = name.map(|name| mark(TokenKind::Name, name.as_str()));
    let with_birth = with_birth.map(|text| mark(TokenKind::NameAndBirth, &text));
    let number = id_number.map(|number| mark(TokenKind::IdNumber, number.as_str()));
    name.into_iter().chain(with_birth).chain(number).collect()
}

pub(super) fn phone_tokens<C: Can>(permit: &Permit<'_, C, Case>, contact: Option<&ContactInput>) -> Vec<Mark> {
    let phone = contact.and_then(|contact| contact.phone.as_ref());
    let mark = |phone: &Phone| Mark { token: permit.search_token(TokenKind::Phone, phone.as_str()), identifies: true };
    phone.map(mark).into_iter().collect()
}

/// So many who bear a token are looked at, of the newest cases first.
const MOST: i64 = 1000;

/// Other cases, whoever's they are, with a survivor and a respondent of the permit's case: by number, by telephone, or by
/// name with birth date. What is found is nobody's to see before the policy was asked.
pub fn same_people<C: Can>(tx: &mut Tx<'_>, permit: &Permit<'_, C, Case>) -> Result<BTreeSet<CaseId>, DbError> {
    let own = store::kinds_in_case(tx, permit)?;
    let mut found = Vec::new();
    // Both are always looked for, so that time does not tell which of them was found.
    for kind in [PartyKind::Survivor, PartyKind::Respondent] {
        let mut cases = BTreeSet::new();
        for (party, _) in own.iter().filter(|(_, own)| *own == kind) {
            for token in store::identifying(tx, *party)? {
                let bearers = store::identified(tx, &token, MOST)?;
                let at = store::where_they_are(tx, &bearers)?;
                cases.extend(at.into_iter().filter(|(case, as_kind)| *as_kind == kind && *case != permit.case()).map(|at| at.0));
            }
        }
        found.push(cases);
    }
    Ok(found.into_iter().reduce(|one, other| one.intersection(&other).copied().collect()).unwrap_or_default())
}

/// The parties' names, `identity` alone: children are known under another facet and are not among them. Nobody where
/// `identity` is not granted.
pub fn names<C: Can>(tx: &mut Tx<'_>, permit: &Permit<'_, C, Case>) -> Result<Vec<PartyName>, Problem> {
    Ok(names_of(tx, &[permit])?.remove(&permit.case()).unwrap_or_default())
}

/// The same for a page of cases, in one query; a case without `identity` has no entry.
pub fn names_of<C: Can>(tx: &mut Tx<'_>, permits: &[&Permit<'_, C, Case>]) -> Result<HashMap<CaseId, Vec<PartyName>>, Problem> {
    let keys: HashMap<CaseId, FacetKey<'_, Identity>> =
        permits.iter().filter_map(|permit| Some((permit.case(), permit.facet::<Identity>()?))).collect();
    let mut names: HashMap<CaseId, Vec<PartyName>> = keys.keys().map(|case| (*case, Vec::new())).collect();
    let cases: Vec<CaseId> = keys.keys().copied().collect();
    for (id, case, kind, identity) in store::identities(tx, &cases)? {
        let (Some(key), Some(names)) = (keys.get(&case), names.get_mut(&case)) else { continue };
        let part = identity.map(|sealed| key.open(&sealed, id.as_str())).transpose()?;
        names.push(PartyName { id, kind, name: part.and_then(|part| part.name).map(PersonName::into_string) });
    }
    Ok(names)
}

/// The parts of the case's parties that its reader may see, by facet.
#[derive(Default)]
pub struct PartyParts {
    /// `identity`.
    pub identity: Option<Vec<PartOf<IdentityPart>>>,
    /// `contact`, of those who have any.
    pub contact: Option<Vec<PartOf<ContactInput>>>,
    /// `location`, of those who have any.
    pub location: Option<Vec<PartOf<LocationInput>>>,
    /// `children`.
    pub children: Option<Vec<PartOf<ChildPart>>>,
}

/// What the permit's reader may see of the case's parties.
pub fn shown<C: Can>(tx: &mut Tx<'_>, permit: &Permit<'_, C, Case>) -> Result<PartyParts, Problem> {
    let rows = store::all(tx, permit)?;
    Ok(PartyParts {
        identity: parts(permit, &rows, |row| row.identity.as_ref())?,
        contact: parts(permit, &rows, |row| row.contact.as_ref())?,
        location: parts(permit, &rows, |row| row.location.as_ref())?,
        children: parts(permit, &rows, |row| row.child.as_ref())?,
    })
}

fn parts<C: Can, F: FacetType, T: Content>(
    permit: &Permit<'_, C, Case>,
    rows: &[PartyRow],
    part: impl Fn(&PartyRow) -> Option<&Sealed<F, T>>,
) -> Result<Option<Vec<PartOf<T>>>, Problem> {
    let Some(key) = permit.facet::<F>() else { return Ok(None) };
    let open = |row: &PartyRow| {
        part(row).map(|sealed| Ok(PartOf { id: row.id, kind: row.kind, part: key.open(sealed, row.id.as_str())? }))
    };
    rows.iter().filter_map(open).collect::<Result<_, _>>().map(Some)
}

/// Who is looked for: everything given must be the same person's.
pub struct Wanted<'a> {
    /// Identity document's number.
    pub id_number: Option<&'a IdNumberText>,
    /// Telephone.
    pub phone: Option<&'a Phone>,
    /// Whole name.
    pub name: Option<&'a PersonName>,
}

/// A case in which the person is, whoever may see it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hit {
    /// The case.
    pub case: CaseId,
    /// The facets that hold what was looked for: whoever may not read them all must not learn that it was found.
    pub needs: FacetSet,
}

/// Looks over all cases, whoever's they are: the newest at most. What was found is filtered by the policy afterwards,
/// always.
pub fn find(tx: &mut Tx<'_>, permit: &Permit<'_, View, Collection>, wanted: &Wanted<'_>, most: i64) -> Result<Vec<Hit>, DbError> {
    // The rarest first: each further word looks only among those found so far.
    let tokens = [
        wanted.id_number.map(|text| permit.search_token(TokenKind::IdNumber, text.as_str())),
        wanted.phone.map(|text| permit.search_token(TokenKind::Phone, text.as_str())),
        wanted.name.map(|text| permit.search_token(TokenKind::Name, text.as_str())),
    ];
    let mut found: Option<Vec<PartyId>> = None;
    for token in tokens.into_iter().flatten() {
        found = Some(store::bearers(tx, &token, found.as_deref(), most)?);
    }
    let by_phone = wanted.phone.is_some();
    let by_person = wanted.id_number.is_some() || wanted.name.is_some();
    let rows = store::where_they_are(tx, &found.unwrap_or_default())?;
    Ok(rows.into_iter().map(|(case, kind)| Hit { case, needs: needs(kind, by_person, by_phone) }).collect())
}

/// Who somebody shows to be.
pub enum Shown<'a> {
    /// By the number of an identity document.
    Number(&'a IdNumberText),
    /// By name and birth date.
    NameAndBirth(&'a PersonName, Day),
}

/// Looks over all cases for a person who shows who they are, and as whom they are in each; two look-ups, whoever is found.
/// What is found is nobody's to see before the policy was asked.
pub fn who_is<C: Can>(
    tx: &mut Tx<'_>,
    permit: &Permit<'_, C, Collection>,
    shown: &Shown<'_>,
    most: i64,
) -> Result<Vec<(CaseId, PartyKind)>, DbError> {
    let token = match shown {
        Shown::Number(number) => permit.search_token(TokenKind::IdNumber, number.as_str()),
        Shown::NameAndBirth(name, born) => permit.search_token(TokenKind::NameAndBirth, &format!("{} {born}", name.as_str())),
    };
    let mut found = store::identified(tx, &token, most)?;
    // Looked for where nobody is found too.
    found.push(tx.new_id()?);
    store::where_they_are(tx, &found)
}

fn needs(kind: PartyKind, by_person: bool, by_phone: bool) -> FacetSet {
    let person = if by_person { FacetSet::EMPTY.with(known_under(kind)) } else { FacetSet::EMPTY };
    if by_phone { person.with(Facet::Contact) } else { person }
}

/// Who a party is in the permit's case. Errors: 404 where it is none of its parties.
pub fn kind_of<C: Can>(tx: &mut Tx<'_>, permit: &Permit<'_, C, Case>, id: PartyId) -> Result<PartyKind, Problem> {
    store::kind_of(tx, permit, id)?.ok_or_else(Problem::not_found)
}

/// Who is who in the permit's case, without a name: what rules over the parties rest on.
pub fn kinds<C: Can>(tx: &mut Tx<'_>, permit: &Permit<'_, C, Case>) -> Result<Vec<(PartyId, PartyKind)>, Problem> {
    Ok(store::kinds_in_case(tx, permit)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hit_needs_the_facets_of_what_was_looked_for() {
        assert_eq!(needs(PartyKind::Survivor, true, false), FacetSet::of(&[Facet::Identity]));
        assert_eq!(needs(PartyKind::Child, true, false), FacetSet::of(&[Facet::Children]));
        assert_eq!(needs(PartyKind::Survivor, false, true), FacetSet::of(&[Facet::Contact]));
        assert_eq!(needs(PartyKind::Respondent, true, true), FacetSet::of(&[Facet::Identity, Facet::Contact]));
    }
}
