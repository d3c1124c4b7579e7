//! Who hears of it, at once. No entry bears content; oversight's name no case.

use std::collections::BTreeSet;

use super::super::store::{AccessRow, RequestRow};
use super::record;
use crate::access::can::Can;
use crate::access::{Case, Permit, people};
use crate::base::db::{DbError, Tx};
use crate::base::ids::{AgencyId, BreakGlassId, CaseId, UserId};
use crate::base::time::Timestamp;
use crate::base::words::{Duty, Role};
use crate::clocks::When;
use crate::features::{duty, users};
use crate::notify::{self, DeskItem, Notice, To};

/// What rings at an owner's duty desk.
pub(super) struct Ringing {
    pub id: BreakGlassId,
    pub case: CaseId,
    pub owner: AgencyId,
    pub until: Timestamp,
}

/// Entries at the owners' duty desks: the person and the deputy on the roster; where it has a gap, or who stands on it is
/// walled off or asks themselves, the supervisors; where there is none, the agency. By as many statements for none as for one.
pub(super) fn at_desks(
    tx: &mut Tx<'_>,
    ringing: &[Ringing],
    (asker, agency): (UserId, AgencyId),
) -> Result<Vec<DeskItem>, DbError> {
    let owners: Vec<AgencyId> = ringing.iter().map(|ring| ring.owner).chain([agency]).collect();
    let mut cases: Vec<CaseId> = ringing.iter().map(|ring| ring.case).collect();
    cases.push(tx.new_id()?);
    let walled = people::walled(tx, &cases)?;
    let rosters = duty::facts::now_of(tx, &owners)?;
    let supervisors = users::facts::holding_in(tx, &owners, &[Role::FederationSupervisor])?;
    let mut entries = Vec::new();
    for ring in ringing {
        let may = |user: &UserId| *user != asker && !walled.contains(&(ring.case, *user));
        let on_duty = rosters.get(&ring.owner).into_iter().flat_map(|now| [Some(now.person), now.deputy]).flatten();
        let mut people: Vec<UserId> = on_duty.filter(&may).collect();
        if people.is_empty() {
            people = supervisors.iter().filter(|(of, _)| *of == ring.owner).map(|(_, user)| *user).filter(&may).collect();
        }
        let mut desks: Vec<To> = people.into_iter().map(|user| To::User(ring.owner, user)).collect();
        if desks.is_empty() {
            desks.push(To::Agency(ring.owner));
        }
        for to in desks {
            let about = record(ring.id);
            entries.push(notify::entry(tx, to, Notice::BreakGlassAsked, Some(ring.case), (&about, Some(ring.until)))?);
        }
    }
    Ok(entries)
}

/// Oversight hears of every attempt by which a duty desk was asked, hit or miss.
pub(super) fn tried(tx: &mut Tx<'_>, request: &RequestRow) -> Result<Vec<DeskItem>, DbError> {
    let about = format!("break_glass_request/{}", request.id);
    to_oversight(tx, Notice::BreakGlassTried, &about)
}

fn to_oversight(tx: &mut Tx<'_>, notice: Notice, about: &str) -> Result<Vec<DeskItem>, DbError> {
    let auditors = users::facts::oversight(tx)?;
    let entry = |(agency, user)| notify::entry(tx, To::User(agency, user), notice, None, (about, None));
    auditors.into_iter().map(entry).collect()
}

/// Entries of an access that is open now: the owner's handler and deputy, the lead worker, oversight; and the supervisors,
/// who review it. Nobody behind a wall, nor the one who asked, nor as reviewer who released it.
pub(super) fn used<C: Can>(tx: &mut Tx<'_>, permit: &Permit<'_, C, Case>, row: &AccessRow) -> Result<Vec<DeskItem>, DbError> {
    let (owner, case, about) = (permit.facts().owner, permit.case(), record(row.id));
    let all = people::all(tx, permit)?;
    let walled: BTreeSet<UserId> = all.iter().filter(|person| person.walled).map(|person| person.user_id).collect();
    let may = |user: UserId| user != row.user_id && !walled.contains(&user);
    let answers = |person: &&people::Person| match person.duty {
        Some(Duty::Lead) => true,
        Some(Duty::Handler | Duty::Deputy) => person.agency_id == owner,
        Some(Duty::Assist) | None => false,
    };
    let mut told: Vec<To> = all
        .iter()
        .filter(answers)
        .filter(|person| may(person.user_id))
        .map(|person| To::User(person.agency_id, person.user_id))
        .collect();
    if !told.iter().any(|to| matches!(to, To::User(agency, _) if *agency == owner)) {
        told.push(To::Agency(owner));
    }
    let mut entries = Vec::new();
    for to in told {
        entries.push(notify::entry(tx, to, Notice::BreakGlassUsed, Some(case), (&about, None))?);
    }
    let clock = crate::base::words::Clock::BreakGlassReview;
    let due = permit.rules().clocks.due(clock, When::Variant("usual"), tx.now())?;
    for (agency, user) in users::facts::holding_in(tx, &[owner], &[Role::FederationSupervisor])? {
        if may(user) {
            // Whoever released it hears of it too, and leaves the review to another.
            let is_releaser = row.answered_by == Some(user);
            let notice = if is_releaser { Notice::BreakGlassUsed } else { Notice::BreakGlassToReview };
            let until = (!is_releaser).then_some(due);
            entries.push(notify::entry(tx, To::User(agency, user), notice, Some(case), (&about, until))?);
        }
    }
    entries.extend(to_oversight(tx, Notice::BreakGlassUsed, &about)?);
    Ok(entries)
}

/// Whoever lost the right hears it, and oversight.
pub(super) fn suspended(tx: &mut Tx<'_>, row: &AccessRow) -> Result<Vec<DeskItem>, DbError> {
    let about = record(row.id);
    let mut entries = to_oversight(tx, Notice::BreakGlassSuspended, &about)?;
    let to = To::User(row.agency_id, row.user_id);
    entries.push(notify::entry(tx, to, Notice::BreakGlassSuspended, None, (&about, None))?);
    Ok(entries)
}
