//! The audit log, as auditors read it: an agency's auditor the accesses of its own people, `oversight` all.
//!
//! Always: cases that were refused, or that a look-up touched without showing them, show to `oversight` alone. To an
//! agency's auditor a hidden case and an absent one look the same, in an entry and in a filter.

mod api;
mod steps;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use api::routes;

use crate::audit::{CaseSeen, Entry, Who};
use crate::base::ids::{AgencyId, CaseId, EntryId, GrantId, SessionId, UserId};
use crate::base::time::Timestamp;
use crate::base::words::{Action, FacetSet, Job, Outcome, Role};
use crate::door::View;

/// Which entries are asked for.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
pub struct Wanted {
    /// Only those in which this case was shown.
    #[serde(default)]
    pub case_id: Option<CaseId>,
    /// Only this user's.
    #[serde(default)]
    pub actor: Option<UserId>,
    /// Only from then on.
    #[serde(default)]
    pub from: Option<Timestamp>,
    /// Only before then.
    #[serde(default)]
    pub until: Option<Timestamp>,
    /// Only with this outcome.
    #[serde(default)]
    pub outcome: Option<Outcome>,
}

/// Who reads the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reader {
    /// An agency's auditor.
    Of(AgencyId),
    /// `oversight`.
    Oversight,
}

/// Who acted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ActorView {
    /// `user`, `anonymous` or `system`.
    pub kind: ActorKind,
    /// The account; of a visitor, the one whose name they gave.
    pub user_id: Option<UserId>,
    /// The account's name.
    pub name: Option<String>,
    /// Its agency.
    pub agency_id: Option<AgencyId>,
    /// The agency's name.
    pub agency: Option<String>,
    /// Roles held at that time.
    pub roles: Vec<Role>,
    /// The session.
    pub session_id: Option<SessionId>,
    /// Which machine.
    pub job: Option<Job>,
}

/// What kind of actor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ActorKind {
    /// A signed-in user.
    User,
    /// Whoever held the private token of the user's calendar.
    Token,
    /// A machine that wrote to the user.
    Recipient,
    /// Nobody known.
    Anonymous,
    /// A machine.
    System,
}

/// A case that was shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct CaseSeenView {
    /// The case.
    pub case_id: CaseId,
    /// What of it; none: its head alone.
    pub facets: FacetSet,
    /// The grants it rested on.
    pub grants: Vec<GrantId>,
}

/// A record that was changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ChangeView {
    /// Kind and id.
    pub record: String,
    /// The fields' names.
    pub fields: Vec<String>,
    /// SHA-256 of the row, hex, of records that show an alteration from outside.
    pub digest: Option<String>,
}

/// An entry, as shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct EntryView {
    /// Its id: the `Audit-Receipt` of the answer.
    pub id: EntryId,
    /// When.
    pub at: Timestamp,
    /// Who.
    pub actor: ActorView,
    /// What was asked for.
    pub action: Action,
    /// The record it was asked of; of a refusal, to an agency's auditor, its kind alone.
    pub record: Option<String>,
    /// Each case that was shown.
    pub cases: Vec<CaseSeenView>,
    /// Cases that were refused or touched without showing them: to `oversight` only, null to anybody else.
    pub hidden: Option<Vec<CaseId>>,
    /// The policies that decided: to `oversight` only, since they tell of a case that is hidden.
    pub policies: Option<Vec<String>>,
    /// SHA-256 of the policy set in force, hex.
    pub policy_set: String,
    /// What became of it.
    pub outcome: Outcome,
    /// The problem's code.
    pub code: Option<String>,
    /// The request.
    pub request_id: String,
    /// The client's address.
    pub address: String,
    /// The client's own word for what it is.
    pub user_agent: String,
    /// What changed.
    pub changed: Vec<ChangeView>,
}

impl View for EntryView {}

/// The record as this reader may know it.
fn record(entry: &Entry, reader: Reader) -> Option<String> {
    match reader {
        Reader::Oversight => entry.record.clone(),
        Reader::Of(_) => entry.open_record().map(str::to_owned),
    }
}

/// Whether an entry is among those that a filter by case finds for this reader.
fn shows_case(entry: &Entry, case: CaseId, reader: Reader) -> bool {
    let shown = entry.cases.iter().any(|seen| seen.case == case);
    match reader {
        Reader::Oversight => shown || entry.hidden.contains(&case),
        Reader::Of(_) => shown,
    }
}

/// An entry as this reader may know it; names are filled in from outside.
fn view(entry: &Entry, reader: Reader, names: &dyn Names) -> EntryView {
    let is_oversight = reader == Reader::Oversight;
    let seen = |seen: &CaseSeen| CaseSeenView { case_id: seen.case, facets: seen.facets, grants: seen.grants.clone() };
    EntryView {
        id: entry.id,
        at: entry.at,
        actor: actor(&entry.who, names),
        action: entry.action,
        record: record(entry, reader),
        cases: entry.cases.iter().map(seen).collect(),
        hidden: is_oversight.then(|| entry.hidden.clone()),
        policies: is_oversight.then(|| entry.policies.clone()),
        policy_set: entry.policy_set.clone(),
        outcome: entry.outcome,
        code: entry.code.clone(),
        request_id: entry.request.clone(),
        address: entry.address.clone(),
        user_agent: entry.user_agent.clone(),
        changed: entry
            .changed
            .iter()
            .map(|change| ChangeView {
                record: change.record.clone(),
                fields: change.fields.clone(),
                digest: change.digest.clone(),
            })
            .collect(),
    }
}

/// Names of accounts and agencies.
trait Names {
    fn user(&self, user: UserId) -> Option<String>;
    fn agency(&self, agency: AgencyId) -> Option<String>;
}

fn actor(who: &Who, names: &dyn Names) -> ActorView {
    let nobody = ActorView {
        kind: ActorKind::Anonymous,
        user_id: None,
        name: None,
        agency_id: None,
        agency: None,
        roles: Vec::new(),
        session_id: None,
        job: None,
    };
    match who {
        Who::User { user, agency, roles, session } => ActorView {
            kind: ActorKind::User,
            user_id: Some(*user),
            name: names.user(*user),
            agency_id: Some(*agency),
            agency: names.agency(*agency),
            roles: roles.clone(),
            session_id: Some(*session),
            ..nobody
        },
        Who::Token { user, agency, roles, token: _ } => ActorView {
            kind: ActorKind::Token,
            user_id: Some(*user),
            name: names.user(*user),
            agency_id: Some(*agency),
            agency: names.agency(*agency),
            roles: roles.clone(),
            ..nobody
        },
        Who::Recipient { user, agency, roles, job } => ActorView {
            kind: ActorKind::Recipient,
            user_id: Some(*user),
            name: names.user(*user),
            agency_id: Some(*agency),
            agency: names.agency(*agency),
            roles: roles.clone(),
            job: Some(*job),
            ..nobody
        },
        Who::Anonymous { tried } => ActorView { user_id: *tried, name: tried.and_then(|user| names.user(user)), ..nobody },
        Who::System { job } => ActorView { kind: ActorKind::System, job: Some(*job), ..nobody },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::overviews::statement::tests::{entry, id};

    struct Nameless;
    impl Names for Nameless {
        fn user(&self, _: UserId) -> Option<String> {
            None
        }
        fn agency(&self, _: AgencyId) -> Option<String> {
            None
        }
    }

    fn refused(hidden: &[CaseId], record: &str, policies: &[&str]) -> Entry {
        let mut entry = entry(1, Outcome::Denied, &[]);
        entry.hidden = hidden.to_vec();
        entry.record = Some(record.to_owned());
        entry.policies = policies.iter().map(|policy| (*policy).to_owned()).collect();
        entry.code = Some("not_found".into());
        entry
    }

    #[test]
    fn to_an_agencys_auditor_a_hidden_case_and_an_absent_one_look_the_same() {
        let hidden = refused(&[id(1)], "case/0193a5b0-7c00-7000-8000-000000000001", &["wall", "closed-is-closed"]);
        let absent = refused(&[], "case/0193a5b0-7c00-7000-8000-000000000002", &[]);
        let reader = Reader::Of(id(10));
        assert_eq!(view(&hidden, reader, &Nameless), view(&absent, reader, &Nameless));
        assert_eq!(view(&hidden, reader, &Nameless).record.as_deref(), Some("case"));
        for case in [id(1), id(2)] {
            assert!(!shows_case(&hidden, case, reader) && !shows_case(&absent, case, reader));
        }
        // A list that met a hidden case, and one that met none.
        let mut listed = entry(2, Outcome::Allowed, &[(id(3), &[51])]);
        let alone = listed.clone();
        listed.hidden = vec![id(1)];
        listed.policies.push("wall".into());
        assert_eq!(view(&listed, reader, &Nameless), view(&alone, reader, &Nameless));
        assert!(!shows_case(&listed, id(1), reader) && shows_case(&listed, id(3), reader));
    }

    #[test]
    fn oversight_sees_all_of_it() {
        let hidden = refused(&[id(1)], "case/0193a5b0-7c00-7000-8000-000000000001", &["wall"]);
        let shown = view(&hidden, Reader::Oversight, &Nameless);
        assert_eq!(shown.hidden, Some(vec![id(1)]));
        assert_eq!(shown.record, hidden.record);
        assert_eq!(shown.policies, Some(vec!["wall".to_owned()]));
        assert!(shows_case(&hidden, id(1), Reader::Oversight));
    }

    #[test]
    fn a_refusal_beside_cases_keeps_its_record() {
        let user = "user/0193a5b0-7c00-7000-8000-000000000009";
        assert_eq!(record(&refused(&[], user, &[]), Reader::Of(id(10))).as_deref(), Some(user));
        let note = "note/0193a5b0-7c00-7000-8000-000000000009";
        assert_eq!(record(&refused(&[], note, &[]), Reader::Of(id(10))).as_deref(), Some("note"));
    }
}
