//! A second case beside the first, or the desk of somebody who is written to: decided in the same transaction, by the same
//! policy, named in the same entry.

use super::decide::{decide_case, decide_own};
use super::permit::Permit;
use super::resource::{Case, Collection, Desk, Resource};
use crate::access::Actor;
use crate::access::actor::live_person;
use crate::access::can::{Can, Record, View};
use crate::access::standing::{self, Stance};
use crate::base::db::{DbError, Tx};
use crate::base::ids::{CaseId, UserId};
use crate::base::words::{Action, Capability, Job};

impl<'tx, C: Can, R: Resource> Permit<'tx, C, R> {
    /// The permit to look at another case, if the policy lets the actor see it by this action; nothing where it is hidden
    /// or not there, which look the same. A hidden one is noted as such.
    pub fn also_sees(&self, tx: &mut Tx<'_>, other: CaseId, action: Action) -> Result<Option<Permit<'tx, View, Case>>, DbError> {
        Ok(self.also_sees_of(tx, &[other], action)?.pop())
    }

    /// The same for several cases, in their order, without those that the policy hides.
    pub fn also_sees_of(
        &self,
        tx: &mut Tx<'_>,
        others: &[CaseId],
        action: Action,
    ) -> Result<Vec<Permit<'tx, View, Case>>, DbError> {
        self.decide_each(tx, others, action, |_| true)
    }

    /// The same for cases that came along unasked, as on an agency's desk: one to which the actor has no tie at all is left
    /// out without a note, since looking at one's desk is no attempt on it.
    pub fn also_sees_known(
        &self,
        tx: &mut Tx<'_>,
        others: &[CaseId],
        action: Action,
    ) -> Result<Vec<Permit<'tx, View, Case>>, DbError> {
        self.decide_each(tx, others, action, |stance| !stance.grants.is_empty() || stance.offered || stance.transfer_offered)
    }

    fn decide_each(
        &self,
        tx: &mut Tx<'_>,
        others: &[CaseId],
        action: Action,
        is_asked: impl Fn(&Stance) -> bool,
    ) -> Result<Vec<Permit<'tx, View, Case>>, DbError> {
        if action.capability() != Capability::View {
            // A permit to look is all that is given beside another: nobody gets to change a case in passing.
            tracing::error!(action = action.as_str(), "a second case was asked for by an action that does not look");
            return Ok(Vec::new());
        }
        let mut stances = standing::load(tx, self.actor(), others)?;
        let mut permits = Vec::with_capacity(others.len());
        for case in others {
            let Some(stance) = stances.remove(case).filter(&is_asked) else { continue };
            if let Ok(permit) = decide_case::<View>(self.shared(), self.actor(), action, stance, self.ledger())? {
                permits.push(permit);
            }
        }
        Ok(permits)
    }
}

impl<'tx> Permit<'tx, Record, Collection> {
    /// For the outbox, which writes to a person: that person's permit to look at their own desk, decided as if they looked
    /// themselves. Whoever is then shown something of it is named in the entry (`became`). Nothing where their account does not work.
    pub fn for_recipient(&self, tx: &mut Tx<'tx>, user: UserId) -> Result<Option<Permit<'tx, View, Desk>>, DbError> {
        let Actor::System(job @ Job::Outbox) = self.actor() else {
            tracing::error!(action = self.action().as_str(), "somebody else than the outbox would read in another's name");
            return Ok(None);
        };
        let Some(person) = live_person(tx, user)? else { return Ok(None) };
        let actor = Actor::Recipient { person, job: *job };
        Ok(decide_own::<View, Desk>(self.shared(), actor, Action::ViewDesk, self.ledger()))
    }
}
