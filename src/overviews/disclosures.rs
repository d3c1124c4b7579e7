//! Who can see what of a case now, and could before: each grant, whom it is for, what it opens, until when, and when it
//! was last looked by. Made from the grants and the audit log.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::Serialize;

use crate::access::can::View as Looking;
use crate::access::grants::{self, GrantRow};
use crate::access::people::{self, Person};
use crate::access::{Case, Ctx, Disclosed, Permit};
use crate::audit::{self, Entry, Filter};
use crate::base::db::{DbError, Tx};
use crate::base::ids::{AgencyId, CaseId, EntryId, GrantId, UserId};
use crate::base::problem::{Code, Problem};
use crate::base::time::Timestamp;
use crate::base::words::{Action, Basis, Duty, FacetSet, Outcome};
use crate::door::{List, Op, Page, Path, Routes, View};
use crate::features::{agencies, users};
use crate::overviews::log::rests::{self, FromLog};

/// A person, by name.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Named {
    /// The account.
    pub user_id: UserId,
    /// The name.
    pub name: String,
}

/// A grant, and who sees by it.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct DisclosureView {
    /// The grant.
    pub grant_id: GrantId,
    /// Whom it is given to.
    pub agency_id: AgencyId,
    /// The agency's name.
    pub agency: String,
    /// The one person it is for; null: for those who answer in the agency.
    pub person: Option<Named>,
    /// Who answers for the case there now: handler and deputy.
    pub answered_by: Vec<Named>,
    /// Its basis.
    pub basis: Basis,
    /// What it opens.
    pub facets: FacetSet,
    /// From when.
    pub from: Timestamp,
    /// Until when at the latest.
    pub until: Option<Timestamp>,
    /// Since when it is suspended, with her consent.
    pub suspended_at: Option<Timestamp>,
    /// When it was ended.
    pub ended_at: Option<Timestamp>,
    /// Why it was ended: a word of the program's own.
    pub ended_why: Option<String>,
    /// Whether it opens anything now.
    pub is_live: bool,
    /// When somebody last saw something by it.
    pub last_look: Option<Timestamp>,
    /// The entry of that look.
    pub last_look_entry: Option<EntryId>,
    /// That entry's place in the log; null: it has none yet.
    pub last_look_index: Option<u64>,
}

impl View for DisclosureView {}

/// So many entries are read from the log at once.
const BATCH: i64 = 500;

/// Notes the time of each grant's latest use; `entries` come newest first. Whether all were found.
fn note_looks<'e>(
    case: CaseId,
    wanted: &BTreeSet<GrantId>,
    entries: impl IntoIterator<Item = &'e Entry>,
    looks: &mut BTreeMap<GrantId, (Timestamp, EntryId)>,
) -> bool {
    for entry in entries.into_iter().filter(|entry| entry.outcome == Outcome::Allowed) {
        let of_case = entry.cases.iter().filter(|seen| seen.case == case).flat_map(|seen| &seen.grants);
        for grant in of_case.filter(|grant| wanted.contains(grant)) {
            looks.entry(*grant).or_insert((entry.at, entry.id));
        }
    }
    looks.len() == wanted.len()
}

fn last_looks(
    tx: &mut Tx<'_>,
    case: CaseId,
    wanted: &BTreeSet<GrantId>,
) -> Result<BTreeMap<GrantId, (Timestamp, EntryId)>, DbError> {
    let mut looks = BTreeMap::new();
    let mut filter = Filter { case: Some(case), outcome: Some(Outcome::Allowed), ..Filter::default() };
    loop {
        let found = audit::page(tx, &filter, BATCH)?;
        let all_found = note_looks(case, wanted, found.iter().map(|found| &found.entry), &mut looks);
        match found.last() {
            Some(last) if !all_found => filter.past = Some(last.entry.id),
            Some(_) | None => return Ok(looks),
        }
    }
}

fn list(tx: &mut Tx<'_>, permit: &Permit<'_, Looking, Case>, page: &Page) -> Result<FromLog<DisclosureView>, Problem> {
    let past: Option<GrantId> = page.past("disclosures")?;
    let rows = grants::all(tx, permit)?.into_iter().filter(|row| past.is_none_or(|past| row.id < past));
    let rows = page.of("disclosures", rows.take(page.size().saturating_add(1)).collect(), |row: &GrantRow| row.id);
    let wanted = rows.items.iter().map(|row| row.id).collect();
    let looks = last_looks(tx, permit.case(), &wanted)?;
    let places = rests::places(tx, &looks.values().map(|(_, entry)| *entry).collect::<Vec<_>>())?;
    let people = people::all(tx, permit)?;
    let agencies = agencies::facts::names(tx, &rows.items.iter().map(|row| row.agency_id).collect::<Vec<_>>())?;
    let users: Vec<UserId> =
        rows.items.iter().filter_map(|row| row.user_id).chain(people.iter().map(|person| person.user_id)).collect();
    let users = users::facts::names(tx, &users)?;
    let named = |user_id: UserId| Named { user_id, name: users.get(&user_id).cloned().unwrap_or_default() };
    let now = tx.now();
    let view = |row: GrantRow| DisclosureView {
        grant_id: row.id,
        agency_id: row.agency_id,
        agency: agencies.get(&row.agency_id).cloned().unwrap_or_default(),
        person: row.user_id.map(named),
        answered_by: answering(&people, &row).map(named).collect(),
        basis: row.basis,
        facets: row.reads,
        from: row.starts_at,
        until: row.ends_at,
        suspended_at: row.suspended_at,
        ended_at: row.ended_at,
        is_live: row.is_live(now),
        last_look: looks.get(&row.id).map(|(at, _)| *at),
        last_look_entry: looks.get(&row.id).map(|(_, entry)| *entry),
        last_look_index: looks.get(&row.id).and_then(|(_, entry)| places.get(entry).copied()),
        ended_why: row.ended_why,
    };
    let list = List { items: rows.items.into_iter().map(view).collect(), next: rows.next };
    Ok(rests::resting(tx, list)?)
}

/// Who answers by an agency's grant.
fn answering<'p>(people: &'p [Person], grant: &GrantRow) -> impl Iterator<Item = UserId> + 'p {
    let agency = grant.agency_id;
    let by_duty = grant.user_id.is_none() && !matches!(grant.basis, Basis::Author | Basis::Assignment);
    people
        .iter()
        .filter(move |person| by_duty && person.agency_id == agency && !person.walled)
        .filter(|person| matches!(person.duty, Some(Duty::Handler | Duty::Deputy)))
        .map(|person| person.user_id)
}

/// `GET /cases/{id}/disclosures`. Who may: the owner, and the lead worker.
async fn disclosures(ctx: Ctx, id: Path<CaseId>, page: Page) -> Result<Disclosed<FromLog<DisclosureView>>, Problem> {
    ctx.gate().read::<Looking, _, _, _, _>(&ctx, *id, Action::ViewDisclosures, move |tx, permit| list(tx, permit, &page)).await
}

/// The routes.
pub fn routes() -> Routes {
    Routes::new().get("/cases/{id}/disclosures", disclosures).op(Op {
        id: "view_disclosures",
        tag: "disclosure",
        summary: "Who can see what of the case, and until when they could",
        summary_zh: "谁能看到本案的哪些内容,截至何时",
        who: "The owner's handler, deputy and supervisors, and the lead worker.",
        problems: &[Code::DeclarationRequired],
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::overviews::statement::tests::{entry, id};

    #[test]
    fn a_grants_last_look_is_its_latest_allowed_use_of_this_case() {
        let wanted = BTreeSet::from([id::<GrantId>(51), id(52)]);
        let mut newest_first = vec![
            entry(9, Outcome::Denied, &[(id(1), &[51])]),
            entry(8, Outcome::Allowed, &[(id(2), &[51])]),
            entry(7, Outcome::Allowed, &[(id(1), &[52]), (id(2), &[51])]),
            entry(6, Outcome::Allowed, &[(id(1), &[51, 53])]),
        ];
        let mut looks = BTreeMap::new();
        assert!(!note_looks(id(1), &wanted, &newest_first[..3], &mut looks));
        assert!(note_looks(id(1), &wanted, &newest_first[3..], &mut looks));
        assert_eq!(
            looks,
            BTreeMap::from([
                (id(51), (newest_first[3].at, newest_first[3].id)),
                (id(52), (newest_first[2].at, newest_first[2].id)),
            ])
        );
        newest_first.push(entry(5, Outcome::Allowed, &[(id(1), &[51, 52])]));
        let before = looks.clone();
        note_looks(id(1), &wanted, &newest_first, &mut looks);
        assert_eq!(looks, before);
    }
}
