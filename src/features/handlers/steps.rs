//! Naming who answers for a case, and seeing who does.

use super::{Answering, HandlerView, HandlersView, Name, NotNamed, naming, taking_off};
use crate::access::can::{Approve, Can, View};
use crate::access::people::{self, Person};
use crate::access::{Again, Case, Permit, events};
use crate::base::db::{DbError, Tx};
use crate::base::ids::{AgencyId, CaseId, UserId};
use crate::base::problem::Problem;
use crate::base::words::{Action, Duty};
use crate::door::{Tag, View as _};
use crate::features::{agencies, users};
use crate::notify::{self, Notice, To};

/// Who answers for the case, as far as this reader may know.
pub fn show<C: Can>(tx: &mut Tx<'_>, permit: &Permit<'_, C, Case>) -> Result<HandlersView, Problem> {
    let (owner, own) = (permit.facts().owner, permit.agency()?);
    // Who else is on the case is for those who have made their declaration: until then they read nothing.
    let all = permit.shows_others() && !permit.reads().is_empty();
    let shown: Vec<(Person, Answering)> = people::all(tx, permit)?
        .into_iter()
        .filter(|person| all || person.agency_id == owner || person.agency_id == own)
        .filter_map(|person| person.duty.and_then(Answering::of).map(|duty| (person, duty)))
        .collect();
    let agencies = agencies::facts::names(tx, &shown.iter().map(|(person, _)| person.agency_id).collect::<Vec<AgencyId>>())?;
    let users = users::facts::names(tx, &shown.iter().map(|(person, _)| person.user_id).collect::<Vec<UserId>>())?;
    let items = shown
        .into_iter()
        .map(|(person, duty)| HandlerView {
            user_id: person.user_id,
            name: users.get(&person.user_id).cloned().unwrap_or_default(),
            agency_id: person.agency_id,
            agency: agencies.get(&person.agency_id).cloned().unwrap_or_default(),
            duty,
        })
        .collect();
    Ok(HandlersView { case: permit.case(), items, next: None })
}

impl Again for HandlersView {
    type Key = CaseId;
    const VIEW: Action = Action::ViewHandlers;
    fn key(&self) -> CaseId {
        self.case
    }
    fn again(tx: &mut Tx<'_>, permit: &Permit<'_, View, Case>, _: CaseId) -> Result<Self, Problem> {
        show(tx, permit)
    }
}

/// Names a colleague handler or deputy; whoever was it before gives it up in the same transaction.
pub fn name(tx: &mut Tx<'_>, permit: &Permit<'_, Approve, Case>, body: &Name) -> Result<HandlersView, Problem> {
    let agency = permit.agency()?;
    let colleague = users::facts::find(tx, body.user)?
        .filter(|user| user.agency == agency && user.is_live && user.roles.are_casework())
        .ok_or(NotNamed::NotOurs)?;
    let people = people::all(tx, permit)?;
    let changes = naming(&people, agency, colleague.id, body.duty)?;
    for (user, duty) in &changes {
        // Two who name a handler at once: the index lets one win, the other sees what it did.
        people::set_duty(tx, permit, *user, agency, *duty).map_err(|error| match error {
            DbError::Unique => DbError::Retry,
            other => other,
        })?;
    }
    told(tx, permit, agency, changes.iter().map(|(user, _)| *user))?;
    show(tx, permit)
}

/// Takes a deputy off.
pub fn take_off(tx: &mut Tx<'_>, permit: &Permit<'_, Approve, Case>, user: UserId, seen: &Tag) -> Result<HandlersView, Problem> {
    show(tx, permit)?.etag().matches(seen)?;
    let agency = permit.agency()?;
    taking_off(&people::all(tx, permit)?, agency, user)?;
    people::set_duty(tx, permit, user, agency, None::<Duty>)?;
    told(tx, permit, agency, [user])?;
    show(tx, permit)
}

fn told(
    tx: &mut Tx<'_>,
    permit: &Permit<'_, Approve, Case>,
    agency: AgencyId,
    changed: impl IntoIterator<Item = UserId>,
) -> Result<(), DbError> {
    for user in changed {
        let record = format!("handler/{user}");
        events::note(tx, permit, "handler_changed", None, &record)?;
        notify::tell(tx, To::User(agency, user), Notice::HandlerNamed, Some(permit.case()), &record)?;
    }
    Ok(())
}
