//! Reading the log.

use std::collections::HashMap;

use super::{EntryView, Names, Reader, Wanted, shows_case, view};
use crate::access::can::Audit;
use crate::access::{Actor, AuditLog, Permit};
use crate::audit::{self, Filter, Found};
use crate::base::db::{DbError, Tx};
use crate::base::ids::{AgencyId, UserId};
use crate::base::problem::{FieldCode, Problem};
use crate::base::words::AgencyKind;
use crate::door::{List, Page};
use crate::features::{agencies, users};

struct Known {
    users: HashMap<UserId, String>,
    agencies: HashMap<AgencyId, String>,
}

impl Names for Known {
    fn user(&self, user: UserId) -> Option<String> {
        self.users.get(&user).cloned()
    }
    fn agency(&self, agency: AgencyId) -> Option<String> {
        self.agencies.get(&agency).cloned()
    }
}

fn reader(actor: &Actor) -> Result<Reader, Problem> {
    match actor {
        Actor::User { agency_kind: AgencyKind::Oversight, .. } => Ok(Reader::Oversight),
        Actor::User { agency, .. } => Ok(Reader::Of(*agency)),
        Actor::Token { .. } | Actor::Recipient { .. } | Actor::Worker { .. } | Actor::Anonymous | Actor::System(_) => {
            Err(Problem::forbidden())
        }
    }
}

/// One page of entries, newest first.
pub fn list(
    tx: &mut Tx<'_>,
    permit: &Permit<'_, Audit, AuditLog>,
    wanted: &Wanted,
    page: &Page,
) -> Result<List<EntryView>, Problem> {
    let reader = reader(permit.actor())?;
    if let (Some(from), Some(until)) = (wanted.from, wanted.until)
        && until < from
    {
        return Err(Problem::wrong_field("/query/until", FieldCode::EndsBeforeStart));
    }
    let mut filter = Filter {
        agency: match reader {
            Reader::Of(agency) => Some(agency),
            Reader::Oversight => None,
        },
        actor: wanted.actor,
        case: wanted.case_id,
        from: wanted.from,
        until: wanted.until,
        outcome: wanted.outcome,
        past: page.past("audit_entries")?,
        oldest_first: false,
    };
    let mut shown: Vec<Found> = Vec::new();
    // The index finds entries that hide the case as well: those are left out, and leave no gap that would tell of them.
    while shown.len() <= page.size() {
        let found = audit::page(tx, &filter, page.with_one_more())?;
        let Some(last) = found.last() else { break };
        filter.past = Some(last.entry.id);
        let is_shown = |found: &Found| wanted.case_id.is_none_or(|case| shows_case(&found.entry, case, reader));
        shown.extend(found.into_iter().filter(is_shown));
    }
    let names = names(tx, &shown)?;
    let views = shown.iter().map(|found| view(&found.entry, reader, &names)).collect();
    Ok(page.of("audit_entries", views, |view: &EntryView| view.id))
}

fn names(tx: &mut Tx<'_>, shown: &[Found]) -> Result<Known, DbError> {
    let (mut people, mut theirs) = (Vec::new(), Vec::new());
    for found in shown {
        let (person, agency) = found.entry.who.account();
        people.extend(person);
        theirs.extend(agency);
    }
    Ok(Known { users: users::facts::names(tx, &people)?, agencies: agencies::facts::names(tx, &theirs)? })
}
