//! Saving her plan, and reading it.

use super::store::{self, PlanRow};
use super::{Plan, PlanView, SavePlan, VersionView};
use crate::access::can::{Can, Record, View};
use crate::access::{Author, Case, Permit, events, people};
use crate::base::db::Tx;
use crate::base::ids::{SafetyPlanId, UserId};
use crate::base::problem::Problem;
use crate::base::words::{Duty, Facet};
use crate::door::{List, Page, Tag};
use crate::notify::{self, Notice, To};

const LIST: &str = "safety_plan_versions";

/// Whose versions the actor reads: everybody's with `confidential`, else their own. Who else may not ask at all, by policy.
fn readable<C: Can>(permit: &Permit<'_, C, Case>) -> Result<Option<UserId>, Problem> {
    if permit.shows(Facet::Confidential) { Ok(None) } else { permit.user().map(Some) }
}

fn version<C: Can>(permit: &Permit<'_, C, Case>, row: &PlanRow) -> Result<VersionView, Problem> {
    let name = row.id.as_str();
    let opened = match permit.open(Facet::Confidential, &row.plan, name)? {
        Some(plan) => Some(plan),
        None => permit.own(Author::User(row.saved_by), &row.plan, name)?,
    };
    let Plan { parts } = opened.ok_or_else(Problem::not_found)?;
    let knows_who = permit.shows_others() || permit.actor().agency() == Some(row.saved_agency);
    Ok(VersionView {
        id: row.id,
        parts,
        saved_at: row.saved_at,
        saved_by: knows_who.then_some(row.saved_by),
        saved_agency: knows_who.then_some(row.saved_agency),
    })
}

/// Her plan as it stands for this reader.
pub(super) fn current<C: Can>(tx: &mut Tx<'_>, permit: &Permit<'_, C, Case>) -> Result<PlanView, Problem> {
    let own = readable(permit)?;
    let newest = store::page(tx, permit, own, None, 1)?;
    let current = newest.first().map(|row| version(permit, row)).transpose()?;
    let tag = permit.tag(&(permit.case(), &current))?;
    Ok(PlanView { case_id: permit.case(), current, own_only: own.is_some(), tag })
}

/// Saves her plan anew. Errors: 412 where it is not as the actor saw it.
pub(super) fn save(tx: &mut Tx<'_>, permit: &Permit<'_, Record, Case>, seen: &Tag, body: &SavePlan) -> Result<PlanView, Problem> {
    if current(tx, permit)?.tag != seen.as_str() {
        return Err(Problem::stale());
    }
    let id: SafetyPlanId = tx.new_id()?;
    let row = PlanRow {
        id,
        case_id: permit.case(),
        seq: store::last(tx, permit)?.saturating_add(1),
        plan: permit.seal_as(Facet::Confidential, &Plan { parts: body.parts.clone() }, id.as_str())?,
        saved_by: permit.user()?,
        saved_agency: permit.agency()?,
        saved_at: tx.now(),
    };
    store::insert(tx, &row)?;
    permit.changed("safety_plan", id.as_str(), &["parts"]);
    let record = format!("safety_plan/{id}");
    events::note(tx, permit, "safety_plan_saved", Some(Facet::Confidential), &record)?;
    for person in people::all(tx, permit)? {
        // The lead worker goes on from it: another's hand in it must not pass unseen.
        if person.duty == Some(Duty::Lead) && !person.walled && permit.actor().user() != Some(person.user_id) {
            let desk = To::User(person.agency_id, person.user_id);
            notify::tell(tx, desk, Notice::SafetyPlanChanged, Some(permit.case()), &record)?;
        }
    }
    current(tx, permit)
}

/// One page of versions, newest first.
pub(super) fn history(tx: &mut Tx<'_>, permit: &Permit<'_, View, Case>, page: &Page) -> Result<List<VersionView>, Problem> {
    let own = readable(permit)?;
    let rows = store::page(tx, permit, own, page.past(LIST)?, page.with_one_more())?;
    let views = rows.iter().map(|row| version(permit, row)).collect::<Result<Vec<_>, _>>()?;
    Ok(page.of(LIST, views, |view| view.id))
}
