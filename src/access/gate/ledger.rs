//! What one access did, for its entry.

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::rc::Rc;

use crate::access::grants::LiveGrant;
use crate::access::policy::Decision;
use crate::audit::{CaseSeen, Change, Who};
use crate::base::ids::{CaseId, UserId};
use crate::base::words::{FacetSet, Outcome};

/// Filled by the permits of one access while it lasts.
#[derive(Default)]
pub(super) struct Ledger {
    seen: RefCell<Vec<Seen>>,
    changed: RefCell<Vec<Change>>,
    hidden: RefCell<Vec<CaseId>>,
    policies: RefCell<BTreeSet<String>>,
    outcome: Cell<Option<Outcome>>,
    tried: Cell<Option<UserId>>,
    became: RefCell<Option<Who>>,
}

struct Seen {
    case: CaseId,
    facets: Rc<Cell<FacetSet>>,
    grants: Vec<LiveGrant>,
}

impl Ledger {
    /// A case's permit was made; the cell takes the facets that it opens.
    pub fn sees(&self, case: CaseId, grants: &[LiveGrant]) -> Rc<Cell<FacetSet>> {
        let facets = Rc::new(Cell::new(FacetSet::EMPTY));
        self.seen.borrow_mut().push(Seen { case, facets: facets.clone(), grants: grants.to_vec() });
        facets
    }
    /// A case's permit was made, but nothing of the case is shown after all.
    pub fn forget(&self, case: CaseId) {
        self.seen.borrow_mut().retain(|seen| seen.case != case);
    }
    pub fn change(&self, change: Change) {
        self.changed.borrow_mut().push(change);
    }
    pub fn hide(&self, case: CaseId) {
        self.hidden.borrow_mut().push(case);
    }
    pub fn decided_by(&self, decision: &Decision) {
        self.policies.borrow_mut().extend(decision.policies.iter().cloned());
    }
    pub fn refuse(&self, tried: Option<UserId>) {
        self.outcome.set(Some(Outcome::Denied));
        self.tried.set(tried);
    }
    pub fn become_known(&self, who: Who) {
        *self.became.borrow_mut() = Some(who);
    }
    pub fn became(&self) -> Option<Who> {
        self.became.borrow().clone()
    }
    pub fn cases(&self) -> Vec<CaseSeen> {
        let seen = self.seen.borrow();
        let grants = |seen: &Seen| seen.grants.iter().map(|grant| grant.id).collect();
        seen.iter().map(|seen| CaseSeen { case: seen.case, facets: seen.facets.get(), grants: grants(seen) }).collect()
    }
    pub fn changed(&self) -> Vec<Change> {
        self.changed.borrow().clone()
    }
    pub fn hidden(&self) -> Vec<CaseId> {
        self.hidden.borrow().clone()
    }
    pub fn policies(&self) -> Vec<String> {
        self.policies.borrow().iter().cloned().collect()
    }
    pub fn outcome(&self) -> Option<Outcome> {
        self.outcome.get()
    }
    pub fn tried(&self) -> Option<UserId> {
        self.tried.get()
    }
}
