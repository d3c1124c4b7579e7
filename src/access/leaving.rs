//! Somebody leaves: what stood on one person passes to a colleague, over all their cases at once.
//!
//! It works without a permit for each case, since whoever hands over (a supervisor, a manager) may see none of them: no
//! key is given, nothing of a case is shown, each case is noted in the entry for oversight. Always: nobody behind a wall
//! gets the case; what she allowed to one person alone does not pass to another.

use std::collections::{BTreeSet, HashMap};

use diesel::prelude::*;

use super::can::Can;
use super::events;
use super::gate::{Permit, User};
use super::grants::GrantRow;
use super::people::Person;
use crate::base::db::schema::{case_people, grants};
use crate::base::db::{DbError, Tx, among};
use crate::base::ids::{CaseId, UserId};
use crate::base::words::{Basis, Duty, Facet};
use crate::notify::{self, Notice, To};

/// What became of a leaver's cases.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct HandedOver {
    /// Cases that passed to the colleague.
    pub moved: Vec<CaseId>,
    /// Left, because a wall stands before the colleague.
    pub left: usize,
}

/// How many cases stand on each of these people; who has none is not in it.
pub fn cases_of(tx: &mut Tx<'_>, users: &[UserId]) -> Result<HashMap<UserId, usize>, DbError> {
    let mut held: HashMap<UserId, BTreeSet<CaseId>> = HashMap::new();
    let duties: Vec<(UserId, CaseId)> = case_people::table
        .filter(among(case_people::user_id, users))
        .filter(case_people::duty.is_not_null())
        .select((case_people::user_id, case_people::case_id))
        .load(tx.conn())?;
    let now = tx.now();
    let granted: Vec<(Option<UserId>, CaseId)> = grants::table
        .filter(grants::user_id.eq_any(users.to_vec()))
        .filter(grants::ended_at.is_null())
        .filter(grants::ends_at.is_null().or(grants::ends_at.gt(now)))
        // A worker on a case has a duty; without one an assignment's grant only reads on after the closing.
        .filter(grants::basis.ne_all([Basis::BreakGlass, Basis::Assignment]))
        .select((grants::user_id, grants::case_id))
        .load(tx.conn())?;
    let granted = granted.into_iter().filter_map(|(user, case)| Some((user?, case)));
    for (user, case) in duties.into_iter().chain(granted) {
        held.entry(user).or_default().insert(case);
    }
    Ok(held.into_iter().map(|(user, cases)| (user, cases.len())).collect())
}

/// Passes duties and personal grants of one person to a colleague of the same agency, who is told of each case. Whether
/// the colleague may have them is the caller's rule.
pub fn hand_over<C: Can>(tx: &mut Tx<'_>, permit: &Permit<'_, C, User>, from: UserId, to: UserId) -> Result<HandedOver, DbError> {
    let mut done = HandedOver::default();
    let mut grants_of: HashMap<CaseId, Vec<GrantRow>> = HashMap::new();
    for grant in personal(tx, from)? {
        grants_of.entry(grant.case_id).or_default().push(grant);
    }
    let duties: HashMap<CaseId, Person> =
        people(tx, from)?.into_iter().filter(|p| p.duty.is_some()).map(|p| (p.case_id, p)).collect();
    // Who is assigned already has their own grant; a second one would outlive the assignment it came from.
    let assigned: BTreeSet<CaseId> =
        personal(tx, to)?.into_iter().filter(|g| g.basis == Basis::Assignment).map(|g| g.case_id).collect();
    let colleague: HashMap<CaseId, Person> = people(tx, to)?.into_iter().map(|p| (p.case_id, p)).collect();
    let cases: BTreeSet<CaseId> = grants_of.keys().chain(duties.keys()).copied().collect();
    for case in cases {
        permit.hide(case);
        let theirs = colleague.get(&case).copied();
        if theirs.is_some_and(|person| person.walled) {
            done.left = done.left.saturating_add(1);
            continue;
        }
        let mut agency = None;
        if let Some(leaver) = duties.get(&case).copied() {
            agency = Some(leaver.agency_id);
            pass_duty(tx, permit, leaver, to, theirs)?;
        }
        for grant in grants_of.remove(&case).unwrap_or_default() {
            let ends = grant.basis == Basis::Assignment && (assigned.contains(&case) || !duties.contains_key(&case));
            agency = agency.or((!ends).then_some(grant.agency_id));
            pass_grant(tx, permit, grant, (!ends).then_some(to))?;
        }
        if let Some(agency) = agency {
            notify::tell(tx, To::User(agency, to), Notice::CaseAssigned, Some(case), &format!("case/{case}"))?;
            // Who is on a case stands under `progress`, as naming a handler does.
            events::note_of(tx, permit.actor(), case, ("handed_over", Some(Facet::Progress)), &format!("user/{to}"))?;
            done.moved.push(case);
        }
    }
    Ok(done)
}

fn personal(tx: &mut Tx<'_>, user: UserId) -> Result<Vec<GrantRow>, DbError> {
    let now = tx.now();
    Ok(grants::table
        .filter(grants::user_id.eq(user))
        .filter(grants::ended_at.is_null())
        .filter(grants::ends_at.is_null().or(grants::ends_at.gt(now)))
        .order(grants::id)
        .select(GrantRow::as_select())
        .load(tx.conn())?)
}

fn people(tx: &mut Tx<'_>, user: UserId) -> Result<Vec<Person>, DbError> {
    Ok(case_people::table.filter(case_people::user_id.eq(user)).select(Person::as_select()).load(tx.conn())?)
}

/// The duty that answers for more of two: one person has one a case.
const fn weight(duty: Duty) -> u8 {
    match duty {
        Duty::Handler | Duty::Lead => 2,
        Duty::Deputy | Duty::Assist => 1,
    }
}

fn pass_duty<C: Can>(
    tx: &mut Tx<'_>,
    permit: &Permit<'_, C, User>,
    leaver: Person,
    to: UserId,
    theirs: Option<Person>,
) -> Result<(), DbError> {
    let case = leaver.case_id;
    set_duty(tx, case, leaver.user_id, None)?;
    permit.changed("person", leaver.user_id.as_str(), &["duty"]);
    let held = theirs.and_then(|person| person.duty);
    let duty = leaver.duty.into_iter().chain(held).max_by_key(|duty| weight(*duty));
    if theirs.is_some() {
        set_duty(tx, case, to, duty)?;
    } else {
        // Names first: who takes the case on has declared nothing yet.
        let person = Person { user_id: to, duty, declared_at: None, walled: false, ..leaver };
        diesel::insert_into(case_people::table).values(&person).execute(tx.conn())?;
    }
    permit.changed("person", to.as_str(), &["duty"]);
    Ok(())
}

fn set_duty(tx: &mut Tx<'_>, case: CaseId, user: UserId, duty: Option<Duty>) -> Result<(), DbError> {
    diesel::update(case_people::table.filter(case_people::case_id.eq(case)).filter(case_people::user_id.eq(user)))
        .set(case_people::duty.eq(duty))
        .execute(tx.conn())?;
    Ok(())
}

/// What of a personal grant passes to a colleague; nothing where it was for that person alone.
fn passed_on(grant: &GrantRow) -> Option<GrantRow> {
    let mut passed = grant.clone();
    match grant.basis {
        // Three hours of one person's own reason.
        Basis::BreakGlass => return None,
        // What was said in confidence is for the worker she consented to; the next one asks her.
        Basis::Assignment => passed.reads = passed.reads.without(Facet::Confidential),
        // The whereabouts were given to a named person.
        Basis::Referral | Basis::StatutoryDuty | Basis::Conference => {
            passed.reads = passed.reads.without(Facet::Confidential).without(Facet::Location);
            passed.writes = passed.writes.without(Facet::Confidential).without(Facet::Location);
        }
        Basis::Author | Basis::Jurisdiction => {}
    }
    (!passed.reads.is_empty() || grant.reads.is_empty()).then_some(passed)
}

fn pass_grant<C: Can>(tx: &mut Tx<'_>, permit: &Permit<'_, C, User>, grant: GrantRow, to: Option<UserId>) -> Result<(), DbError> {
    let now = tx.now();
    let next = to.and_then(|to| Some((passed_on(&grant)?, to)));
    let mut ended = grant;
    let seen = ended.version;
    ended.ended_at = Some(now);
    ended.ended_why = Some("handed_over".to_owned());
    ended.version = seen.saturating_add(1);
    let done = diesel::update(grants::table.filter(grants::id.eq(ended.id)).filter(grants::version.eq(seen)))
        .set((
            grants::ended_at.eq(ended.ended_at),
            grants::ended_why.eq(ended.ended_why.clone()),
            grants::version.eq(ended.version),
        ))
        .execute(tx.conn())?;
    if done != 1 {
        return Err(DbError::Retry);
    }
    permit.changed_row("grant", (ended.id.as_str(), ended.version), &["ended_at"], &ended)?;
    if let Some((mut row, to)) = next {
        row.id = tx.new_id()?;
        row.user_id = Some(to);
        row.starts_at = now;
        row.version = 1;
        diesel::insert_into(grants::table).values(&row).execute(tx.conn())?;
        permit.changed_row("grant", (row.id.as_str(), row.version), &["basis", "facets", "ends_at"], &row)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::time::Timestamp;
    use crate::base::words::FacetSet;

    fn grant(basis: Basis, reads: FacetSet) -> GrantRow {
        let id = "0193a5b0-7c00-7000-8000-000000000001";
        GrantRow {
            id: id.parse().unwrap(),
            case_id: id.parse().unwrap(),
            agency_id: id.parse().unwrap(),
            user_id: Some(id.parse().unwrap()),
            basis,
            reads,
            writes: FacetSet::ALL,
            cause: "case/x".to_owned(),
            consent_id: None,
            starts_at: Timestamp::from_micros(0),
            ends_at: None,
            suspended_at: None,
            ended_at: None,
            ended_why: None,
            version: 3,
        }
    }

    #[test]
    fn what_she_allowed_to_one_person_does_not_pass_to_the_next() {
        let passed = passed_on(&grant(Basis::Assignment, FacetSet::ALL)).unwrap();
        assert!(!passed.reads.has(Facet::Confidential) && passed.reads.has(Facet::Location));
        let passed = passed_on(&grant(Basis::Referral, FacetSet::ALL)).unwrap();
        assert!(!passed.reads.has(Facet::Confidential) && !passed.reads.has(Facet::Location) && passed.reads.has(Facet::Risk));
        assert_eq!(passed_on(&grant(Basis::BreakGlass, FacetSet::ALL)), None);
        let confidence = FacetSet::EMPTY.with(Facet::Confidential);
        assert_eq!(passed_on(&grant(Basis::Assignment, confidence)), None, "nothing is left of it");
        assert!(passed_on(&grant(Basis::Assignment, FacetSet::EMPTY)).is_some(), "head and hours");
    }

    #[test]
    fn one_person_keeps_the_duty_that_answers_for_more() {
        assert!(weight(Duty::Handler) > weight(Duty::Deputy) && weight(Duty::Lead) > weight(Duty::Assist));
    }
}
