//! What other features may ask of a case's parties.

use super::store::{self, PartyRow};
use super::{ChildPart, ContactInput, IdentityPart, PartyInput, PartyName, known_under};
use crate::access::can::Can;
use crate::access::facets::{Children, Contact, Identity, Location};
use crate::access::{Case, Permit, events};
use crate::base::db::Tx;
use crate::base::ids::PartyId;
use crate::base::problem::Problem;
use crate::base::words::PartyKind;
use crate::vault::tokens::TokenKind;

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
    let tokens = tokens(permit, input.name.as_ref().map(|n| n.as_str()), input.id_number.as_ref().map(|n| n.as_str()));
    store::add_tokens(tx, permit.case(), id, &tokens)?;
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

/// The tokens by which a person with this name and number is found.
pub(super) fn tokens<C: Can>(permit: &Permit<'_, C, Case>, name: Option<&str>, id_number: Option<&str>) -> Vec<[u8; 32]> {
    let name = name.map(|text| permit.search_token(TokenKind::Name, text));
    let number = id_number.map(|text| permit.search_token(TokenKind::IdNumber, text));
    name.into_iter().chain(number).collect()
}

pub(super) fn phone_tokens<C: Can>(permit: &Permit<'_, C, Case>, contact: Option<&ContactInput>) -> Vec<[u8; 32]> {
    let phone = contact.and_then(|contact| contact.phone.as_ref());
    phone.map(|phone| permit.search_token(TokenKind::Phone, phone.as_str())).into_iter().collect()
}

/// The parties' names, `identity` alone: children are known under another facet and are not among them. Nobody where
/// `identity` is not granted.
pub fn names<C: Can>(tx: &mut Tx<'_>, permit: &Permit<'_, C, Case>) -> Result<Vec<PartyName>, Problem> {
    let Some(key) = permit.facet::<Identity>() else { return Ok(Vec::new()) };
    let rows = store::identities(tx, &[permit.case()])?;
    rows.into_iter()
        .map(|(id, _, kind, identity)| {
            let part = identity.map(|sealed| key.open(&sealed, id.as_str())).transpose()?;
            Ok(PartyName { id, kind, name: part.and_then(|part| part.name).map(|name| name.into_string()) })
        })
        .collect()
}

/// Who a party is in the permit's case. Errors: 404 where it is none of its parties.
pub fn kind_of<C: Can>(tx: &mut Tx<'_>, permit: &Permit<'_, C, Case>, id: PartyId) -> Result<PartyKind, Problem> {
    store::kind_of(tx, permit, id)?.ok_or_else(Problem::not_found)
}
