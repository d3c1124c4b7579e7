//! An entry, and the two pieces that are kept of it.
//!
//! Its canonical bytes are the leaf of the log: JSON of [`Form`]'s fields in that order, without white space, absent ones
//! left out. What not everybody may know who may see the entry (cases that were hidden, the policies that hid them, the
//! record of a refusal) stands in a second piece, for `oversight` alone: the bytes hold its SHA-256, and it begins with a
//! random salt, so that nobody who sees the bytes can tell a hidden case from none by trying.

use std::borrow::Cow;

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
    /// A machine that wrote to a user, or did their long work: to whom it was shown.
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
    /// Beside the digest: which version of the row it is of, so that the newest is known whoever wrote first.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub version: Option<i64>,
}

/// SHA-256 of a row as JSON, hex: what an entry holds of a row that it changed.
pub fn digest(row: &impl Serialize) -> Result<String, DbError> {
    let bytes = serde_json::to_vec(row).map_err(|_| DbError::Corrupt("a row"))?;
    Ok(HEXLOWER.encode(&Sha256::digest(&bytes)))
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
struct Form<'e> {
    v: u8,
    id: EntryId,
    at: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    continues: Option<EntryId>,
    who: Cow<'e, Who>,
    action: Action,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    record: Option<Cow<'e, str>>,
    #[serde(skip_serializing_if = "no_items", default)]
    cases: Cow<'e, [CaseSeen]>,
    /// SHA-256 of the second piece, hex.
    withheld: String,
    policy_set: Cow<'e, str>,
    outcome: Outcome,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    code: Option<Cow<'e, str>>,
    request: Cow<'e, str>,
    address: Cow<'e, str>,
    user_agent: Cow<'e, str>,
    #[serde(skip_serializing_if = "no_items", default)]
    changed: Cow<'e, [Change]>,
}

fn no_items<T>(items: &[T]) -> bool {
    items.is_empty()
}

/// The second piece.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Withheld<'e> {
    /// 16 random bytes, hex.
    salt: String,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    record: Option<Cow<'e, str>>,
    #[serde(skip_serializing_if = "no_items", default)]
    hidden: Cow<'e, [CaseId]>,
    policies: Cow<'e, [String]>,
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
            record: self.record.as_deref().filter(|record| Some(*record) != open).map(Cow::Borrowed),
            hidden: Cow::Borrowed(&self.hidden),
            policies: Cow::Borrowed(&self.policies),
        };
        let withheld = serde_json::to_vec(&withheld).map_err(|_| CORRUPT)?;
        let form = Form {
            v: FORM,
            id: self.id,
            at: self.at,
            continues: self.continues,
            who: Cow::Borrowed(&self.who),
            action: self.action,
            record: open.map(Cow::Borrowed),
            cases: Cow::Borrowed(&self.cases),
            withheld: HEXLOWER.encode(&Sha256::digest(&withheld)),
            policy_set: Cow::Borrowed(&self.policy_set),
            outcome: self.outcome,
            code: self.code.as_deref().map(Cow::Borrowed),
            request: Cow::Borrowed(&self.request),
            address: Cow::Borrowed(&self.address),
            user_agent: Cow::Borrowed(&self.user_agent),
            changed: Cow::Borrowed(&self.changed),
        };
        Ok(Written { bytes: serde_json::to_vec(&form).map_err(|_| CORRUPT)?, withheld })
    }

    /// Reads an entry from its canonical bytes and, where it is at hand, its second piece. Errors: not such bytes, or a second
    /// piece that is not theirs.
    pub fn read(bytes: &[u8], withheld: Option<&[u8]>) -> Result<Self, DbError> {
        let form: Form<'_> = serde_json::from_slice(bytes).map_err(|_| CORRUPT)?;
        if form.v != FORM {
            return Err(CORRUPT);
        }
        let mut entry = Self {
            id: form.id,
            continues: form.continues,
            at: form.at,
            who: form.who.into_owned(),
            action: form.action,
            record: form.record.map(Cow::into_owned),
            cases: form.cases.into_owned(),
            hidden: Vec::new(),
            policies: Vec::new(),
            policy_set: form.policy_set.into_owned(),
            outcome: form.outcome,
            code: form.code.map(Cow::into_owned),
            request: form.request.into_owned(),
            address: form.address.into_owned(),
            user_agent: form.user_agent.into_owned(),
            changed: form.changed.into_owned(),
        };
        if let Some(piece) = withheld {
            if HEXLOWER.encode(&Sha256::digest(piece)) != form.withheld {
                return Err(DbError::Corrupt("what an audit entry withholds"));
            }
            let piece: Withheld<'_> = serde_json::from_slice(piece).map_err(|_| CORRUPT)?;
            entry.hidden = piece.hidden.into_owned();
            entry.policies = piece.policies.into_owned();
            entry.record = piece.record.map(Cow::into_owned).or(entry.record);
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

#[cfg(test)]
mod tests {
    use super::*;

    fn id<I: std::str::FromStr>(n: u16) -> I
    where
        I::Err: std::fmt::Debug,
    {
        format!("0193a5b0-7c00-7000-8000-00000000{n:04}").parse().unwrap()
    }

    fn entry(outcome: Outcome, record: &str) -> Entry {
        Entry {
            id: id(1),
            continues: None,
            at: Timestamp::from_micros(1_795_000_000_000_000),
            who: Who::User { user: id(20), agency: id(10), roles: vec![Role::PoliceLiaison], session: id(30) },
            action: Action::ViewCase,
            record: Some(record.into()),
            cases: vec![CaseSeen { case: id(40), facets: FacetSet::EMPTY, grants: vec![id(50)] }],
            hidden: vec![id(41)],
            policies: vec!["wall".into()],
            policy_set: "p".into(),
            outcome,
            code: None,
            request: "r".into(),
            address: "10.0.0.1".into(),
            user_agent: "a".into(),
            changed: vec![Change { record: "note/x".into(), fields: vec!["text".into()], version: None, digest: None }],
        }
    }

    /// The canonical form is for ever: whoever changes it makes a new version.
    #[test]
    fn the_canonical_bytes_are_these() {
        let written = entry(Outcome::Denied, "case/0193a5b0-7c00-7000-8000-000000000041").write().unwrap();
        let digest = HEXLOWER.encode(&Sha256::digest(&written.withheld));
        let expected = format!(
            r#"{{"v":1,"id":"0193a5b0-7c00-7000-8000-000000000001","at":"2026-11-18T11:06:40.000000Z","who":{{"kind":"user","user":"0193a5b0-7c00-7000-8000-000000000020","agency":"0193a5b0-7c00-7000-8000-000000000010","roles":["police_liaison"],"session":"0193a5b0-7c00-7000-8000-000000000030"}},"action":"view_case","record":"case","cases":[{{"case":"0193a5b0-7c00-7000-8000-000000000040","facets":[],"grants":["0193a5b0-7c00-7000-8000-000000000050"]}}],"withheld":"{digest}","policy_set":"p","outcome":"denied","request":"r","address":"10.0.0.1","user_agent":"a","changed":[{{"record":"note/x","fields":["text"]}}]}}"#
        );
        assert_eq!(String::from_utf8(written.bytes).unwrap(), expected);
    }

    #[test]
    fn both_pieces_read_back_and_the_first_alone_tells_nothing_that_is_hidden() {
        let whole = entry(Outcome::Denied, "case/0193a5b0-7c00-7000-8000-000000000041");
        let written = whole.write().unwrap();
        assert_eq!(Entry::read(&written.bytes, Some(&written.withheld)).unwrap(), whole);
        let open = Entry::read(&written.bytes, None).unwrap();
        assert_eq!((open.record.as_deref(), open.hidden.len(), open.policies.len()), (Some("case"), 0, 0));
        // The same access that met no hidden case gives bytes of the same length: only a salted digest differs, as it always does.
        let absent = Entry { hidden: Vec::new(), policies: Vec::new(), ..whole.clone() }.write().unwrap();
        assert_eq!(absent.bytes.len(), written.bytes.len());
        assert_ne!(whole.write().unwrap().bytes, written.bytes);
        let allowed = entry(Outcome::Allowed, "case/0193a5b0-7c00-7000-8000-000000000040").write().unwrap();
        assert!(Entry::read(&allowed.bytes, Some(&written.withheld)).is_err(), "another's second piece is taken");
    }

    #[test]
    fn what_is_too_long_for_a_leaf_goes_on_in_further_entries() {
        let mut long = entry(Outcome::Allowed, "desk");
        long.cases = (0..999).map(|n| CaseSeen { case: id(n), facets: FacetSet::ALL, grants: vec![id(n), id(n)] }).collect();
        long.changed = (0..700)
            .map(|n| Change { record: format!("deadline/{n}"), fields: vec!["stage".into()], version: None, digest: None })
            .collect();
        assert!(long.write().unwrap().bytes.len() > LONGEST);
        let mut next = 100;
        let parts = long.clone().parts(&mut || {
            next += 1;
            Ok(id(next))
        });
        let parts = parts.unwrap();
        assert!(parts.len() > 2 && parts.iter().all(|(_, written)| written.bytes.len() <= LONGEST));
        assert!(parts.iter().skip(1).all(|(part, _)| part.continues == Some(long.id)) && parts[0].0.id == long.id);
        let cases: Vec<CaseSeen> = parts.iter().flat_map(|(part, _)| part.cases.clone()).collect();
        let changed: Vec<Change> = parts.iter().flat_map(|(part, _)| part.changed.clone()).collect();
        assert_eq!((cases, changed), (long.cases, long.changed));
        assert_eq!(parts.iter().map(|(part, _)| part.hidden.len()).sum::<usize>(), 1);
    }

    #[test]
    fn what_cannot_be_cut_is_refused() {
        let mut long = entry(Outcome::Allowed, "desk");
        long.user_agent = "x".repeat(LONGEST);
        assert!(long.parts(&mut || Ok(id(2))).is_err());
    }
}
