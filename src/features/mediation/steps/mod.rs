//! The use cases of mediation, and what they share: who may know, who is told, what the gate rests on.

pub(super) mod agreement;
pub(super) mod confirmation;
pub(super) mod consents;
pub(super) mod papers;
pub(super) mod printing;
pub(super) mod screenings;
pub(super) mod series;
pub(super) mod sessions;
pub(super) mod slots;
pub(super) mod waiving;

use std::collections::BTreeSet;

use super::gate::{self, Assessed, Consented, Evidence, Screened};
use super::series::{Step, next};
use super::store::series::SeriesRow;
use super::store::{self, sheets, waivers};
use super::{Condition, Refused};
use crate::access::can::Can;
use crate::access::people::{self, Person};
use crate::access::{Case, Permit, events, risk};
use crate::base::db::Tx;
use crate::base::ids::{MediationId, PartyId, UserId};
use crate::base::problem::{Code, FieldCode, Problem};
use crate::base::words::{Duty, Facet, PartyKind};
use crate::features::{measures, parties};
use crate::notify::{self, Notice, To};

/// Every piece of a mediation is of its facet: without it there is nothing here.
fn known<C: Can>(permit: &Permit<'_, C, Case>) -> Result<(), Problem> {
    if permit.shows(Facet::Mediation) { Ok(()) } else { Err(Problem::not_found()) }
}

/// The same for what is listed or entered under the case itself, which the reader knows: 403, whether there is something or
/// not.
fn in_facet<C: Can>(permit: &Permit<'_, C, Case>) -> Result<(), Problem> {
    if permit.shows(Facet::Mediation) { Ok(()) } else { Err(Problem::forbidden()) }
}

/// A series of the permit's case. Errors: 404, also where the facet is withheld.
fn find<C: Can>(tx: &mut Tx<'_>, permit: &Permit<'_, C, Case>, id: MediationId) -> Result<SeriesRow, Problem> {
    known(permit)?;
    Ok(store::series::find(tx, permit, id)?)
}

/// A series that was seen in this version. Errors: 412 where it has moved on.
fn find_seen<C: Can>(tx: &mut Tx<'_>, permit: &Permit<'_, C, Case>, id: MediationId, seen: i64) -> Result<SeriesRow, Problem> {
    let row = find(tx, permit, id)?;
    if row.version == seen { Ok(row) } else { Err(Problem::stale()) }
}

/// Takes a step of the series, or nothing but its version: two steps at once cannot both rest on what the one saw.
fn advance<C: Can>(tx: &mut Tx<'_>, permit: &Permit<'_, C, Case>, row: &mut SeriesRow, step: Step) -> Result<(), Refused> {
    row.state = next(row.state, step)?;
    store::series::save(tx, row)?;
    permit.changed("mediation", row.id.as_str(), &["state"]);
    Ok(())
}

/// A survivor or respondent of the case, named in the body.
fn taking_part<C: Can>(tx: &mut Tx<'_>, permit: &Permit<'_, C, Case>, party: PartyId, at: &str) -> Result<(), Refused> {
    match parties::facts::kind_of(tx, permit, party) {
        Ok(PartyKind::Survivor | PartyKind::Respondent) => Ok(()),
        Ok(PartyKind::Child | PartyKind::Other) => Err(Refused::Field(at.to_owned(), FieldCode::NotAllowedHere)),
        Err(problem) if problem.code() == Code::NotFound => Err(Refused::Field(at.to_owned(), FieldCode::NotFound)),
        Err(problem) => Err(problem.into()),
    }
}

/// Whoever stands toward the case, declared no conflict and is not walled off.
fn impartial(people: &[Person], user: UserId) -> Option<&Person> {
    people.iter().find(|person| person.user_id == user && person.declared_at.is_some() && !person.walled)
}

/// Such a person, named in the body. One who is walled off and one who has nothing to do with the case are told alike.
fn who_declared<C: Can>(tx: &mut Tx<'_>, permit: &Permit<'_, C, Case>, user: UserId, at: &str) -> Result<Person, Refused> {
    let people = people::all(tx, permit)?;
    impartial(&people, user).copied().ok_or_else(|| Refused::Field(at.to_owned(), FieldCode::NotFound))
}

/// What the gate rests on now; `present`: who mediates and accompanies at the session in question, or is to mediate.
fn evidence<C: Can>(
    tx: &mut Tx<'_>,
    permit: &Permit<'_, C, Case>,
    row: &SeriesRow,
    present: &[UserId],
) -> Result<Evidence, Problem> {
    let parties = parties::facts::kinds(tx, permit)?
        .into_iter()
        .filter(|(_, kind)| matches!(kind, PartyKind::Survivor | PartyKind::Respondent))
        .collect();
    let screened = sheets::screened(tx, row.id)?;
    let consented = sheets::consented(tx, row.id)?;
    let people = people::all(tx, permit)?;
    let waived = waivers::latest(tx, row.id)?;
    let now = tx.now();
    let assessed = risk::current(tx, permit.case())?.map(|current| {
        let is_waived = waived.is_some_and(|waived| waived.assessed_at == current.assessed_at);
        Assessed::seen(current.level, current.assessed_at, now, is_waived)
    });
    Ok(Evidence {
        parties,
        screenings: screened.into_iter().map(|(party, at, fit)| Screened { party, at, fit }).collect(),
        consents: consented
            .into_iter()
            .map(|(party, voluntary, withdrawn)| Consented { party, holds: voluntary && withdrawn.is_none() })
            .collect(),
        impartial: present.iter().all(|user| impartial(&people, *user).is_some()),
        assessed,
        bars: measures::facts::bars(tx, permit)?,
    })
}

/// Errors: the gate's missing conditions, each named.
fn pass_gate<C: Can>(tx: &mut Tx<'_>, permit: &Permit<'_, C, Case>, row: &SeriesRow, present: &[UserId]) -> Result<(), Refused> {
    let missing: Vec<Condition> = gate::missing(&evidence(tx, permit, row, present)?);
    if missing.is_empty() { Ok(()) } else { Err(Refused::GateNotMet(missing, permit.reads())) }
}

fn note<C: Can>(tx: &mut Tx<'_>, permit: &Permit<'_, C, Case>, kind: &'static str, record: &str) -> Result<(), Problem> {
    Ok(events::note(tx, permit, kind, Some(Facet::Mediation), record)?)
}

/// Tells the owner, the lead worker, and these people; not whoever does it themself.
fn tell<C: Can>(
    tx: &mut Tx<'_>,
    permit: &Permit<'_, C, Case>,
    notice: Notice,
    record: &str,
    also: &[Option<UserId>],
) -> Result<(), Problem> {
    let (owner, case) = (permit.facts().owner, Some(permit.case()));
    if permit.actor().agency() != Some(owner) {
        notify::tell(tx, To::Agency(owner), notice, case, record)?;
    }
    let people = people::all(tx, permit)?;
    let wanted: BTreeSet<UserId> = people
        .iter()
        .filter(|person| person.duty == Some(Duty::Lead))
        .map(|person| person.user_id)
        .chain(also.iter().copied().flatten())
        .filter(|user| permit.actor().user() != Some(*user))
        .collect();
    // Whoever was walled off hears nothing of the case any more.
    for person in people.iter().filter(|person| wanted.contains(&person.user_id) && !person.walled) {
        notify::tell(tx, To::User(person.agency_id, person.user_id), notice, case, record)?;
    }
    Ok(())
}
