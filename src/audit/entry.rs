//! An entry, and the two pieces that are kept of it.
//!
//! Its canonical bytes are the leaf of the log: JSON of [`Form`]'s fields in that order, without white space, absent ones
//! left out. What not everybody may know who may see the entry (cases that were hidden, the policies that hid them, the
//! record of a refusal) stands in a second piece, for `oversight` alone: the bytes hold its SHA-256, and it begins with a
//! random salt, so that nobody who sees the bytes can tell a hidden case from none by trying.

use data_encoding::HEXLOWER;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::base::db::DbError;
use crate::base::ids::{AgencyId, CalendarTokenId, CaseId, EntryId, GrantId, SessionId, UserId};
use crate::base::random;
use crate::base::time::Timestamp;
use crate::base::words::{Action, FacetSet, Job, Outcome, Role};

/// The version of the canonical form, first in the bytes.
const FORM: u8 = 1;

/// The longest leaf: an entry bundle gives its length in 16 bits (C2SP tlog-tiles).
pub const LONGEST: usize = 65_535;

/// Kinds of record that are no part of a case: their ids tell of none.
const BESIDE_CASES: &[&str] =
    &["account", "sessions", "session", "desk", "audit", "collection", "agency", "user", "contract", "witness"];

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

impl Who {
    /// The account and its agency, as the columns beside the bytes hold them.
    pub const fn account(&self) -> (Option<UserId>, Option<AgencyId>) {
        match self {
            Self::User { user, agency, .. } | Self::Token { user, agency, .. } | Self::Recipient { user, agency, .. } => {
                (Some(*user), Some(*agency))
            }
            Self::Anonymous { tried } => (*tried, None),
            Self::System { .. } => (None, None),
        }
    }
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
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its id.
    pub id: EntryId,
    /// The entry that this one goes on, where one would have been too long.
    pub continues: Option<EntryId>,
    /// When.
    pub at: Timestamp,
    /// Who.
    pub who: Who,
    /// What was asked for.
    pub action: Action,
    /// The record it was asked of: kind and id.
    pub record: Option<String>,
    /// Each case disclosed, lists too.
    pub cases: Vec<CaseSeen>,
    /// Cases that a refusal or a look-up touched without showing them: for `oversight` only.
    pub hidden: Vec<CaseId>,
    /// The policies that decided: for `oversight` only.
    pub policies: Vec<String>,
    /// SHA-256 of the policy set in force, hex.
    pub policy_set: String,
    /// What became of it.
    pub outcome: Outcome,
    /// The problem's code, where it was refused or failed.
    pub code: Option<String>,
    /// The request.
    pub request: String,
    /// The client's address.
    pub address: String,
    /// The client's own word for what it is.
    pub user_agent: String,
    /// What changed.
    pub changed: Vec<Change>,
}

/// The canonical form.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Form {
    v: u8,
    id: EntryId,
    at: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    continues: Option<EntryId>,
    who: Who,
    action: Action,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    record: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    cases: Vec<CaseSeen>,
    /// SHA-256 of the second piece, hex.
    withheld: String,
    policy_set: String,
    outcome: Outcome,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    code: Option<String>,
    request: String,
    address: String,
    user_agent: String,
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    changed: Vec<Change>,
}

/// The second piece.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Withheld {
    /// 16 random bytes, hex.
    salt: String,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    record: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    hidden: Vec<CaseId>,
    policies: Vec<String>,
}

/// An entry as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// The canonical bytes: the leaf.
    pub bytes: Vec<u8>,
    /// The second piece.
    pub withheld: Vec<u8>,
}

const CORRUPT: DbError = DbError::Corrupt("an audit entry");

impl Entry {
    /// The version of the canonical form that this program writes.
    pub const FORM: u8 = FORM;

    /// The record as anybody may know it who may see the entry: of what was not allowed, the id in the address may be a
    /// case's or not, and must not be the way to find out; then its kind alone.
    pub fn open_record(&self) -> Option<&str> {
        let record = self.record.as_deref()?;
        let kind = record.split('/').next().unwrap_or_default();
        let is_whole = self.outcome == Outcome::Allowed || BESIDE_CASES.contains(&kind);
        Some(if is_whole { record } else { kind })
    }

    /// Writes both pieces, with a new salt. Errors: no randomness.
    pub fn write(&self) -> Result<Written, DbError> {
        let salt = random::bytes::<16>().map_err(|_| DbError::Unavailable("the system gives no randomness"))?;
        let open = self.open_record();
        let withheld = Withheld {
            salt: HEXLOWER.encode(&salt),
            record: self.record.clone().filter(|record| Some(record.as_str()) != open),
            hidden: self.hidden.clone(),
            policies: self.policies.clone(),
        };
        let withheld = serde_json::to_vec(&withheld).map_err(|_| CORRUPT)?;
        let form = Form {
            v: FORM,
            id: self.id,
            at: self.at,
            continues: self.continues,
            who: self.who.clone(),
            action: self.action,
            record: open.map(str::to_owned),
            cases: self.cases.clone(),
            withheld: HEXLOWER.encode(&Sha256::digest(&withheld)),
            policy_set: self.policy_set.clone(),
            outcome: self.outcome,
            code: self.code.clone(),
            request: self.request.clone(),
            address: self.address.clone(),
            user_agent: self.user_agent.clone(),
            changed: self.changed.clone(),
        };
        Ok(Written { bytes: serde_json::to_vec(&form).map_err(|_| CORRUPT)?, withheld })
    }

    /// Reads an entry from its canonical bytes and, where it is at hand, its second piece. Errors: not such bytes, or a second
    /// piece that is not theirs.
    pub fn read(bytes: &[u8], withheld: Option<&[u8]>) -> Result<Self, DbError> {
        let form: Form = serde_json::from_slice(bytes).map_err(|_| CORRUPT)?;
        if form.v != FORM {
            return Err(CORRUPT);
        }
        let mut entry = Self {
            id: form.id,
            continues: form.continues,
            at: form.at,
            who: form.who,
            action: form.action,
            record: form.record,
            cases: form.cases,
            hidden: Vec::new(),
            policies: Vec::new(),
            policy_set: form.policy_set,
            outcome: form.outcome,
            code: form.code,
            request: form.request,
            address: form.address,
            user_agent: form.user_agent,
            changed: form.changed,
        };
        if let Some(piece) = withheld {
            if HEXLOWER.encode(&Sha256::digest(piece)) != form.withheld {
                return Err(DbError::Corrupt("what an audit entry withholds"));
            }
            let piece: Withheld = serde_json::from_slice(piece).map_err(|_| CORRUPT)?;
            entry.hidden = piece.hidden;
            entry.policies = piece.policies;
            entry.record = piece.record.or(entry.record);
        }
        Ok(entry)
    }

    /// Cuts what is too long for a leaf off into further entries that go on with it. `new_id` gives their ids.
    pub fn parts(self, new_id: &mut dyn FnMut() -> Result<EntryId, DbError>) -> Result<Vec<(Self, Written)>, DbError> {
        let (mut done, mut waiting) = (Vec::new(), vec![self]);
        while let Some(mut entry) = waiting.pop() {
            let written = entry.write()?;
            if written.bytes.len() <= LONGEST {
                done.push((entry, written));
                continue;
            }
            let (cases, changed) = (entry.cases.len() / 2, entry.changed.len() / 2);
            if cases == 0 && changed == 0 {
                return Err(DbError::Corrupt("an audit entry that is too long"));
            }
            let mut rest = entry.clone();
            rest.id = new_id()?;
            rest.continues = Some(entry.continues.unwrap_or(entry.id));
            rest.cases = entry.cases.split_off(cases);
            rest.changed = entry.changed.split_off(changed);
            rest.hidden = Vec::new();
            waiting.push(rest);
            waiting.push(entry);
        }
        Ok(done)
    }

    /// The cases it is about, shown or not.
    pub fn about(&self) -> std::collections::BTreeSet<CaseId> {
        self.cases.iter().map(|seen| seen.case).chain(self.hidden.iter().copied()).collect()
    }
}
