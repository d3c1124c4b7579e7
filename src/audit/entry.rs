//! An entry and its canonical bytes: JSON of these fields in this order, without white space, absent ones left out.

use serde::{Deserialize, Serialize};

use crate::base::ids::{AgencyId, CalendarTokenId, CaseId, EntryId, GrantId, SessionId, UserId};
use crate::base::time::Timestamp;
use crate::base::words::{Action, FacetSet, Job, Outcome, Role};

/// The version of the canonical form, first in the bytes.
const FORM: u8 = 1;

/// Who did it.
#[derive(Debug, Clone, Serialize, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Who {
    /// A signed-in user.
    User {
        /// The account.
        user: UserId,
        /// Its agency.
        agency: AgencyId,
        /// Its roles at that time.
        roles: Vec<Role>,
        /// The session.
        session: SessionId,
    },
    /// Whoever held the private token of a user's calendar.
    Token {
        /// The account.
        user: UserId,
        /// Its agency.
        agency: AgencyId,
        /// Its roles at that time.
        roles: Vec<Role>,
        /// The token.
        token: CalendarTokenId,
    },
    /// A machine that wrote to a user: to whom it was shown.
    Recipient {
        /// The account.
        user: UserId,
        /// Its agency.
        agency: AgencyId,
        /// Its roles at that time.
        roles: Vec<Role>,
        /// Which machine.
        job: Job,
    },
    /// Nobody known; where a name was given that is an account, that account.
    Anonymous {
        /// The account that somebody tried to enter.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        tried: Option<UserId>,
    },
    /// A machine.
    System {
        /// Which.
        job: Job,
    },
}

/// A case that was disclosed, or would have been.
#[derive(Debug, Clone, Serialize, Deserialize, PartialEq, Eq)]
pub struct CaseSeen {
    /// The case.
    pub case: CaseId,
    /// What was shown of it; empty: its head alone.
    pub facets: FacetSet,
    /// The grants it rested on.
    pub grants: Vec<GrantId>,
}

/// A record that was changed: field names, never values.
#[derive(Debug, Clone, Serialize, Deserialize, PartialEq, Eq)]
pub struct Change {
    /// Kind and id: `note/0193…`.
    pub record: String,
    /// The fields' names.
    pub fields: Vec<String>,
    /// For grants, walls, consents, assignments and accounts: SHA-256 of the row, hex, so that a row altered outside shows.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub digest: Option<String>,
}

/// One access. No secret, searched name or body is ever in it.
#[derive(Debug, Clone, Serialize, Deserialize, PartialEq, Eq)]
pub struct Entry {
    /// The canonical form's version.
    pub v: u8,
    /// Its id.
    pub id: EntryId,
    /// When.
    pub at: Timestamp,
    /// Who.
    pub who: Who,
    /// What was asked for.
    pub action: Action,
    /// The record it was asked of: kind and id.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub record: Option<String>,
    /// Each case disclosed, lists too.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub cases: Vec<CaseSeen>,
    /// Cases that a refusal or a look-up touched without showing them: for `oversight` only.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub hidden: Vec<CaseId>,
    /// The policies that decided.
    pub policies: Vec<String>,
    /// SHA-256 of the policy set in force, hex.
    pub policy_set: String,
    /// What became of it.
    pub outcome: Outcome,
    /// The problem's code, where it was refused or failed.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub code: Option<String>,
    /// The request.
    pub request: String,
    /// The client's address.
    pub address: String,
    /// The client's own word for what it is.
    pub user_agent: String,
    /// What changed.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub changed: Vec<Change>,
}

impl Entry {
    /// The version of the canonical form that this program writes.
    pub const FORM: u8 = FORM;

    /// The canonical bytes.
    pub fn bytes(&self) -> Result<Vec<u8>, serde_json::Error> {
        serde_json::to_vec(self)
    }
}
