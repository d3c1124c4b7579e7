//! The first look, and declaring.

use super::{DeclarationState, DeclarationView, Declare, FirstLookName, FirstLookView};
use crate::access::can::{Can, Record, View};
use crate::access::{Again, Case, Permit, events, people};
use crate::base::db::Tx;
use crate::base::ids::CaseId;
use crate::base::problem::Problem;
use crate::base::words::{Action, Basis, Facet};
use crate::features::{parties, referrals, walls};

/// The parties' names, to an intake's author those it sent, and what the reader declared.
pub(super) fn first_look(tx: &mut Tx<'_>, permit: &Permit<'_, View, Case>) -> Result<FirstLookView, Problem> {
    let is_author_alone = permit.basis().iter().all(|held| held.basis == Basis::Author);
    let parties = if is_author_alone {
        // The sender of an intake sees what it sent, never the live case.
        let sent = referrals::facts::named_as_sent(tx, permit)?;
        sent.into_iter().map(|(kind, name)| FirstLookName { id: None, kind, name }).collect()
    } else {
        let live = parties::facts::names(tx, permit)?;
        live.into_iter().map(|party| FirstLookName { id: Some(party.id), kind: party.kind, name: party.name }).collect()
    };
    Ok(FirstLookView { parties, own: own(tx, permit)? })
}

fn own<C: Can>(tx: &mut Tx<'_>, permit: &Permit<'_, C, Case>) -> Result<DeclarationView, Problem> {
    let user = permit.user()?;
    let declared_at =
        people::all(tx, permit)?.into_iter().find(|person| person.user_id == user).and_then(|person| person.declared_at);
    let state = if declared_at.is_some() { DeclarationState::NoConflict } else { DeclarationState::None };
    Ok(DeclarationView { case_id: permit.case(), state, declared_at })
}

/// Declares that there is no conflict, and the rest opens; or that there is one, and a wall stands from the next request
/// on.
pub(super) fn declare(tx: &mut Tx<'_>, permit: &Permit<'_, Record, Case>, body: &Declare) -> Result<DeclarationView, Problem> {
    let (user, agency) = (permit.user()?, permit.agency()?);
    if body.conflict {
        walls::facts::build(tx, permit, user, agency, body.text.as_ref())?;
        let (case_id, declared_at) = (permit.case(), Some(tx.now()));
        return Ok(DeclarationView { case_id, state: DeclarationState::Conflict, declared_at });
    }
    let before = own(tx, permit)?;
    // The first word stands: saying it again changes nothing.
    if before.state == DeclarationState::NoConflict {
        return Ok(before);
    }
    people::declare(tx, permit, user, agency)?;
    events::note(tx, permit, "no_conflict_declared", Some(Facet::Progress), &format!("user/{user}"))?;
    own(tx, permit)
}

impl Again for DeclarationView {
    type Key = CaseId;
    const VIEW: Action = Action::ViewNames;
    fn key(&self) -> CaseId {
        self.case_id
    }
    fn again(tx: &mut Tx<'_>, permit: &Permit<'_, View, Case>, _: CaseId) -> Result<Self, Problem> {
        own(tx, permit)
    }
}
