//! A standing: all that a decision may rest on. No id, no name, no content.

use crate::base::words::{AgencyKind, Basis, CaseStatus, Duty, FacetSet, Job, Roles};

/// Who asks, without saying which one.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub(in crate::access) struct Subject {
    pub roles: Roles,
    pub agency_kind: Option<AgencyKind>,
    pub may_own: bool,
    pub job: Option<Job>,
    pub must_change_password: bool,
    /// The private token of their calendar stands for them.
    pub by_token: bool,
}

/// Toward a case.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(in crate::access) struct CaseStanding {
    pub subject: Subject,
    pub status: CaseStatus,
    pub duty: Option<Duty>,
    /// Basis, what its grants let one read, and write; in the order of the list.
    pub bases: Vec<(Basis, FacetSet, FacetSet)>,
    pub offered: bool,
    pub transfer_offered: bool,
    /// Answers at the owner's duty desk; known only where an action is the desk's.
    pub on_call: bool,
    pub declared: bool,
    /// It has no key any more.
    pub erased: bool,
    pub walled: bool,
}

/// Toward anything without a key.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(in crate::access) struct RecordStanding {
    pub subject: Subject,
    pub own: bool,
    pub same_agency: bool,
    pub counterpart: bool,
    /// An account in an agency in which nobody else is confirmed.
    pub alone: bool,
    /// An account in an agency that may own cases.
    pub of_owner: bool,
}

/// Either.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(in crate::access) enum Standing {
    Case(CaseStanding),
    Record(RecordStanding),
}

impl Standing {
    pub fn subject(&self) -> &Subject {
        match self {
            Self::Case(case) => &case.subject,
            Self::Record(record) => &record.subject,
        }
    }
}
