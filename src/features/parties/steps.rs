//! Use cases of parties: adding one, changing one.

use super::store::{self, PartyRow};
use super::view::{PartyView, show};
use super::{PartyChange, PartyInput, facts, known_under};
use crate::access::can::{Can, Change};
use crate::access::facets::{Children, Contact, Identity, Location};
use crate::access::{Case, Permit, events};
use crate::base::db::Tx;
use crate::base::ids::PartyId;
use crate::base::problem::{FieldErrors, Problem};
use crate::base::words::{CaseStatus, Facet, PartyKind};
use crate::door::Tag;
use crate::features::repeats;

/// The party as its reader sees it. Errors: 404 where there is none, or none for them.
fn seen<C: Can>(tx: &mut Tx<'_>, permit: &Permit<'_, C, Case>, id: PartyId) -> Result<(PartyRow, PartyView), Problem> {
    let row = store::find(tx, permit, id)?.ok_or_else(Problem::not_found)?;
    let view = show(permit, &row)?.ok_or_else(Problem::not_found)?;
    Ok((row, view))
}

/// Enters a party.
pub(super) fn add(tx: &mut Tx<'_>, permit: &Permit<'_, Change, Case>, input: &PartyInput) -> Result<PartyView, Problem> {
    let id = facts::add(tx, permit, input)?;
    recognise(tx, permit)?;
    Ok(seen(tx, permit, id)?.1)
}

/// Changes a party that the actor has seen as it is. Errors: 412 where it is another; 403 where a part that is given may
/// not be read and written.
pub(super) fn change(
    tx: &mut Tx<'_>,
    permit: &Permit<'_, Change, Case>,
    id: PartyId,
    tag: &Tag,
    change: &PartyChange,
) -> Result<PartyView, Problem> {
    let (mut row, view) = seen(tx, permit, id)?;
    if view.tag() != tag.as_str() {
        return Err(Problem::stale());
    }
    let mut errors = FieldErrors::new();
    change.check_kind(row.kind, &mut errors);
    let mut touched = Vec::new();
    let identifies = change.names_person() || change.contact.is_some();
    if change.names_person() || change.child.is_some() {
        who(tx, permit, &mut row, &view, change, &mut errors)?;
        touched.push(known_under(row.kind));
    }
    if let Some(contact) = &change.contact {
        let before = view.contact.as_ref().ok_or_else(Problem::forbidden)?;
        let pen = permit.pen::<Contact>()?;
        row.contact = contact.as_ref().map(|part| pen.seal(part, id.as_str())).transpose()?;
        store::drop_tokens(tx, id, &facts::phone_tokens(permit, Some(before)))?;
        store::add_tokens(tx, permit.case(), id, &facts::phone_tokens(permit, contact.as_ref()))?;
        touched.push(Facet::Contact);
    }
    if let Some(location) = &change.location {
        view.location.as_ref().ok_or_else(Problem::forbidden)?;
        let pen = permit.pen::<Location>()?;
        row.location = location.as_ref().map(|part| pen.seal(part, id.as_str())).transpose()?;
        touched.push(Facet::Location);
    }
    errors.into_result()?;
    store::save(tx, &row)?;
    if identifies {
        recognise(tx, permit)?;
    }
    for facet in &touched {
        permit.changed("party", id.as_str(), &[facet.as_str()]);
        events::note(tx, permit, "party_changed", Some(*facet), &format!("party/{id}"))?;
    }
    Ok(seen(tx, permit, id)?.1)
}

/// Who is in a case that is worked has become known: whether it repeats another.
fn recognise(tx: &mut Tx<'_>, permit: &Permit<'_, Change, Case>) -> Result<(), Problem> {
    match permit.status() {
        CaseStatus::Screening | CaseStatus::Open | CaseStatus::Monitoring => {
            let same = facts::same_people(tx, permit)?;
            repeats::facts::recognise(tx, permit, &same)
        }
        CaseStatus::Referred | CaseStatus::Closed => Ok(()),
    }
}

/// Changes who somebody is, with the tokens by which they are found.
fn who(
    tx: &mut Tx<'_>,
    permit: &Permit<'_, Change, Case>,
    row: &mut PartyRow,
    view: &PartyView,
    change: &PartyChange,
    errors: &mut FieldErrors,
) -> Result<(), Problem> {
    let id = row.id;
    let (before, after) = match row.kind {
        PartyKind::Child => {
            let mut part = view.child.clone().ok_or_else(Problem::forbidden)?;
            let before = facts::tokens(permit, part.name.as_ref(), part.birth_date, part.id_number.as_ref());
            change.apply_to_child(&mut part, errors);
            row.child = Some(permit.pen::<Children>()?.seal(&part, id.as_str())?);
            (before, facts::tokens(permit, part.name.as_ref(), part.birth_date, part.id_number.as_ref()))
        }
        PartyKind::Survivor | PartyKind::Respondent | PartyKind::Other => {
            let mut part = view.identity.clone().ok_or_else(Problem::forbidden)?;
            let before = facts::tokens(permit, part.name.as_ref(), part.birth_date, part.id_number.as_ref());
            change.apply_to_identity(&mut part, errors);
            row.identity = Some(permit.pen::<Identity>()?.seal(&part, id.as_str())?);
            (before, facts::tokens(permit, part.name.as_ref(), part.birth_date, part.id_number.as_ref()))
        }
    };
    store::drop_tokens(tx, id, &before)?;
    store::add_tokens(tx, permit.case(), id, &after)?;
    Ok(())
}

/// Every party of which the reader may see a part, the last entered first.
pub(super) fn list<C: Can>(tx: &mut Tx<'_>, permit: &Permit<'_, C, Case>) -> Result<Vec<PartyView>, Problem> {
    let rows = store::all(tx, permit)?;
    rows.iter().rev().filter_map(|row| show(permit, row).transpose()).collect()
}
