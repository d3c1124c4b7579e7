//! What is done with agencies.

use super::store::{self, AgencyRow};
use super::{AgencyRefused, AgencyView, ChangedAgency, NewAgency};
use crate::access::can::{Administer, Can, View};
use crate::access::{Again, Agency, Collection, Permit};
use crate::base::db::{DbError, Tx};
use crate::base::ids::AgencyId;
use crate::base::problem::Problem;
use crate::base::words::Action;

/// How many agencies may stand above one another.
const DEEPEST: usize = 16;

impl Again for AgencyView {
    type Key = AgencyId;
    const VIEW: Action = Action::ViewAgency;
    fn key(&self) -> AgencyId {
        self.id
    }
    fn again(tx: &mut Tx<'_>, _: &Permit<'_, View, Agency>, key: AgencyId) -> Result<Self, Problem> {
        Ok(store::find(tx, key)?.ok_or_else(Problem::not_found)?.view())
    }
}

/// Enters an agency.
pub fn create<C: Can>(tx: &mut Tx<'_>, permit: &Permit<'_, C, Collection>, new: &NewAgency) -> Result<AgencyView, Problem> {
    let row = AgencyRow {
        id: tx.new_id()?,
        name: new.name.as_str().to_owned(),
        kind: new.kind,
        division: new.division.as_str().to_owned(),
        parent_id: new.parent_id,
        contact_point: new.contact_point.as_str().to_owned(),
        version: 1,
        created_at: tx.now(),
    };
    check_parent(tx, row.id, row.parent_id)?;
    store::insert(tx, &row).map_err(name_taken)?;
    permit.changed_row(
        "agency",
        (row.id.as_str(), row.version),
        &["name", "kind", "division", "contact_point", "parent_id"],
        &row,
    )?;
    Ok(row.view())
}

/// Changes an agency.
pub fn change(
    tx: &mut Tx<'_>,
    permit: &Permit<'_, Administer, Agency>,
    (id, seen): (AgencyId, i64),
    change: &ChangedAgency,
) -> Result<AgencyView, Problem> {
    let mut row = store::find(tx, id)?.filter(|row| row.version == seen).ok_or_else(Problem::stale)?;
    let mut fields = Vec::new();
    if let Some(name) = &change.name {
        name.as_str().clone_into(&mut row.name);
        fields.push("name");
    }
    if let Some(division) = &change.division {
        division.as_str().clone_into(&mut row.division);
        fields.push("division");
    }
    if let Some(contact_point) = &change.contact_point {
        contact_point.as_str().clone_into(&mut row.contact_point);
        fields.push("contact_point");
    }
    if let Some(parent) = change.parent_id {
        check_parent(tx, id, parent)?;
        row.parent_id = parent;
        fields.push("parent_id");
    }
    row.version = seen.saturating_add(1);
    if !store::save(tx, &row).map_err(name_taken)? {
        return Err(Problem::stale());
    }
    permit.changed_row("agency", (id.as_str(), row.version), &fields, &row)?;
    Ok(row.view())
}

fn name_taken(error: DbError) -> Problem {
    if error == DbError::Unique { AgencyRefused::NameTaken.into() } else { error.into() }
}

/// The agencies above must be there, and none of them the agency itself.
fn check_parent(tx: &mut Tx<'_>, id: AgencyId, parent: Option<AgencyId>) -> Result<(), Problem> {
    let mut above = parent;
    for _ in 0..DEEPEST {
        let Some(next) = above else { return Ok(()) };
        if next == id {
            return Err(AgencyRefused::AboveItself.into());
        }
        above = store::find(tx, next)?.ok_or(AgencyRefused::NoParent)?.parent_id;
    }
    Err(AgencyRefused::AboveItself.into())
}
