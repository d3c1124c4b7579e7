//! Lists of cases: candidates by an index that begins with the viewer, then the same decision for each as for one.

use super::permit::Permit;
use super::resource::{Case, Resource};
use crate::access::can::View;
use crate::access::people;
use crate::base::db::{DbError, Tx};
use crate::base::ids::CaseId;
use crate::base::words::Action;

/// Makes the permits of a list, one a row.
pub struct Lister<'tx, 'p, R: Resource> {
    permit: &'p Permit<'tx, View, R>,
}

impl<'tx, 'p, R: Resource> Lister<'tx, 'p, R> {
    /// Over a list's own permit.
    pub const fn over(permit: &'p Permit<'tx, View, R>) -> Self {
        Self { permit }
    }
    /// The list's own permit.
    pub const fn permit(&self) -> &'p Permit<'tx, View, R> {
        self.permit
    }
    /// Permits for those of these cases that the policy lets the actor see by this action, in their order. Those that
    /// it does not are noted as hidden.
    pub fn permits(&self, tx: &mut Tx<'tx>, action: Action, cases: &[CaseId]) -> Result<Vec<Permit<'tx, View, Case>>, DbError> {
        self.permit.also_sees_of(tx, cases, action)
    }
    /// A permit of this list was made, but its case is not shown after all: another filter took it out, or it stands on
    /// the next page. The entry names only what was shown.
    pub fn leave_out(&self, permit: &Permit<'tx, View, Case>) {
        self.permit.ledger().forget(permit.case());
    }
    /// The actor's cases before `past`, newest first: permits for `limit` of them, and whether there are more.
    pub fn my_cases(
        &self,
        tx: &mut Tx<'tx>,
        past: Option<CaseId>,
        limit: usize,
        wanted: impl Fn(&Permit<'tx, View, Case>) -> bool,
    ) -> Result<(Vec<Permit<'tx, View, Case>>, bool), DbError> {
        let page = i64::try_from(limit.saturating_add(1)).unwrap_or(i64::MAX);
        let (mut found, mut past, mut more) = (Vec::new(), past, false);
        loop {
            let candidates = people::reach(tx, self.permit.actor(), past, page)?;
            let Some(last) = candidates.last().copied() else { return Ok((found, false)) };
            past = Some(last);
            for permit in self.permits(tx, Action::ListCases, &candidates)? {
                if !wanted(&permit) {
                    self.leave_out(&permit);
                } else if found.len() < limit {
                    found.push(permit);
                } else {
                    more = true;
                    self.leave_out(&permit);
                }
            }
            if more {
                return Ok((found, true));
            }
        }
    }
}
