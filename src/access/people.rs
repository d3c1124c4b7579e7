//! People toward a case: who handles it in an agency, who is assigned, who declared no conflict, who is walled off; and
//! which cases a user may reach at all.

use std::collections::BTreeSet;

use diesel::prelude::*;

use super::Actor;
use super::can::Can;
use super::gate::{Case, Permit};
use super::grants::live_at;
use crate::base::db::schema::{case_people, grants, users};
use crate::base::db::{DbError, Tx, among};
use crate::base::ids::{AgencyId, CaseId, UserId};
use crate::base::time::Timestamp;
use crate::base::words::{Basis, Duty, Role};

/// One person toward one case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = case_people)]
pub struct Person {
    /// The case.
    pub case_id: CaseId,
    /// The person.
    pub user_id: UserId,
    /// Their agency.
    pub agency_id: AgencyId,
    /// What they do for it.
    pub duty: Option<Duty>,
    /// When they declared no conflict.
    pub declared_at: Option<Timestamp>,
    /// Whether a wall keeps them out.
    pub walled: bool,
}

fn find(tx: &mut Tx<'_>, case: CaseId, user: UserId) -> Result<Option<Person>, DbError> {
    Ok(case_people::table
        .filter(case_people::case_id.eq(case))
        .filter(case_people::user_id.eq(user))
        .select(Person::as_select())
        .first(tx.conn())
        .optional()?)
}

/// What of a person's row changes.
#[derive(Default, PartialEq, Eq, AsChangeset)]
#[diesel(table_name = case_people)]
#[expect(clippy::option_option, reason = "for diesel the outer one says whether to write, the inner what")]
struct Changes {
    duty: Option<Option<Duty>>,
    declared_at: Option<Option<Timestamp>>,
    walled: Option<bool>,
}

/// Changes how a person stands toward the permit's case, or enters them.
fn put<C: Can>(
    tx: &mut Tx<'_>,
    permit: &Permit<'_, C, Case>,
    user: UserId,
    agency: AgencyId,
    change: impl FnOnce(&mut Person),
) -> Result<(), DbError> {
    let before = find(tx, permit.case(), user)?;
    let mut person = before.unwrap_or(Person {
        case_id: permit.case(),
        user_id: user,
        agency_id: agency,
        duty: None,
        declared_at: None,
        walled: false,
    });
    change(&mut person);
    if let Some(before) = before {
        // Only what changed is written, and only while the wall is as it was read: somebody else's wall or duty of the same
        // moment is not overwritten by what was read before it.
        let changes = Changes {
            duty: (person.duty != before.duty).then_some(person.duty),
            declared_at: (person.declared_at != before.declared_at).then_some(person.declared_at),
            walled: (person.walled != before.walled).then_some(person.walled),
        };
        if changes == Changes::default() {
            return Ok(());
        }
        let this = case_people::table
            .filter(case_people::case_id.eq(permit.case()))
            .filter(case_people::user_id.eq(user))
            .filter(case_people::walled.eq(before.walled));
        if diesel::update(this).set(changes).execute(tx.conn())? != 1 {
            return Err(DbError::Retry);
        }
    } else {
        diesel::insert_into(case_people::table).values(&person).execute(tx.conn())?;
    }
    Ok(())
}

/// Gives somebody a duty, or takes it away. `Unique` where the agency has a handler, or the case a lead, already.
pub fn set_duty<C: Can>(
    tx: &mut Tx<'_>,
    permit: &Permit<'_, C, Case>,
    user: UserId,
    agency: AgencyId,
    duty: Option<Duty>,
) -> Result<(), DbError> {
    permit.changed("person", user.as_str(), &["duty"]);
    put(tx, permit, user, agency, |person| person.duty = duty)
}

/// Records that somebody declared no conflict.
pub fn declare<C: Can>(tx: &mut Tx<'_>, permit: &Permit<'_, C, Case>, user: UserId, agency: AgencyId) -> Result<(), DbError> {
    let now = tx.now();
    permit.changed("person", user.as_str(), &["declared_at"]);
    put(tx, permit, user, agency, |person| person.declared_at = Some(now))
}

/// Puts a wall before somebody, or lifts it.
pub fn set_wall<C: Can>(
    tx: &mut Tx<'_>,
    permit: &Permit<'_, C, Case>,
    user: UserId,
    agency: AgencyId,
    walled: bool,
) -> Result<(), DbError> {
    permit.changed("person", user.as_str(), &["walled"]);
    put(tx, permit, user, agency, |person| {
        person.walled = walled;
        // Whoever was walled off declares anew when the wall is lifted.
        person.declared_at = None;
        if walled {
            person.duty = None;
        }
    })
}

/// Everybody who stands somehow toward the permit's case.
pub fn all<C: Can>(tx: &mut Tx<'_>, permit: &Permit<'_, C, Case>) -> Result<Vec<Person>, DbError> {
    Ok(case_people::table
        .filter(case_people::case_id.eq(permit.case()))
        .order((case_people::agency_id, case_people::user_id))
        .select(Person::as_select())
        .load(tx.conn())?)
}

/// Who is walled off from these cases, for telling nobody of them.
pub fn walled(tx: &mut Tx<'_>, cases: &[CaseId]) -> Result<BTreeSet<(CaseId, UserId)>, DbError> {
    let rows: Vec<(CaseId, UserId)> = case_people::table
        .filter(among(case_people::case_id, cases))
        .filter(case_people::walled.eq(true))
        .select((case_people::case_id, case_people::user_id))
        .load(tx.conn())?;
    Ok(rows.into_iter().collect())
}

/// Who leads the work on the permit's case, and their name.
pub fn lead<C: Can>(tx: &mut Tx<'_>, permit: &Permit<'_, C, Case>) -> Result<Option<(Person, String)>, DbError> {
    Ok(case_people::table
        .inner_join(users::table.on(users::id.eq(case_people::user_id)))
        .filter(case_people::case_id.eq(permit.case()))
        .filter(case_people::duty.eq(Duty::Lead))
        .select((Person::as_select(), users::display_name))
        .first(tx.conn())
        .optional()?)
}

/// The permit's case: who does this for it in an agency.
pub fn with_duty<C: Can>(
    tx: &mut Tx<'_>,
    permit: &Permit<'_, C, Case>,
    agency: AgencyId,
    duty: Duty,
) -> Result<Option<UserId>, DbError> {
    Ok(case_people::table
        .filter(case_people::case_id.eq(permit.case()))
        .filter(case_people::agency_id.eq(agency))
        .filter(case_people::duty.eq(duty))
        .order(case_people::user_id)
        .select(case_people::user_id)
        .first(tx.conn())
        .optional()?)
}

/// Cases that live grants may open to the actor, newest first, before `past`: candidates, each still to be decided.
/// Keyset reads, each over an index that begins with the viewer.
pub(super) fn reach(tx: &mut Tx<'_>, actor: &Actor, past: Option<CaseId>, limit: i64) -> Result<Vec<CaseId>, DbError> {
    let Some((user, agency, roles)) = actor.person() else { return Ok(Vec::new()) };
    let now = tx.now();
    let agency_bases = [
        Some(Basis::Author),
        Some(Basis::StatutoryDuty),
        roles.has(Role::FederationSupervisor).then_some(Basis::Jurisdiction),
        roles.has(Role::ProviderManager).then_some(Basis::Assignment),
    ];
    let live = || {
        let query =
            grants::table.filter(live_at(now)).select(grants::case_id).order(grants::case_id.desc()).limit(limit).into_boxed();
        match past {
            Some(past) => query.filter(grants::case_id.lt(past)),
            None => query,
        }
    };
    let mut reads: Vec<Vec<CaseId>> = vec![live().filter(grants::user_id.eq(user)).load(tx.conn())?];
    // One basis a read: each is a range of the index, in order.
    for basis in agency_bases.into_iter().flatten() {
        let shared =
            live().filter(grants::agency_id.eq(agency)).filter(grants::user_id.is_null()).filter(grants::basis.eq(basis));
        reads.push(shared.load(tx.conn())?);
    }
    let mut handled = case_people::table
        .filter(case_people::user_id.eq(user))
        .filter(case_people::duty.is_not_null())
        .select(case_people::case_id)
        .order(case_people::case_id.desc())
        .limit(limit)
        .into_boxed();
    if let Some(past) = past {
        handled = handled.filter(case_people::case_id.lt(past));
    }
    reads.push(handled.load(tx.conn())?);
    // A read that came back full says nothing of what lies below its last row.
    let full = usize::try_from(limit).unwrap_or(usize::MAX);
    let floor = reads.iter().filter(|ids| ids.len() >= full).filter_map(|ids| ids.last().copied()).max();
    let all: BTreeSet<CaseId> = reads.into_iter().flatten().filter(|id| floor.is_none_or(|floor| *id >= floor)).collect();
    Ok(all.into_iter().rev().collect())
}
