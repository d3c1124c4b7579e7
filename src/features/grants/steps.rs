//! Showing who else may see a case, and ending a grant.

use super::{GrantState, GrantView};
use crate::access::can::{Approve, Can, View};
use crate::access::grants::{self, GrantRow, Which};
use crate::access::{Again, Case, Permit, events};
use crate::base::db::Tx;
use crate::base::ids::{AgencyId, GrantId, UserId};
use crate::base::problem::Problem;
use crate::base::words::{Action, Basis, Facet};
use crate::door::{List, Page};
use crate::features::{agencies, assignments, users};

const LIST: &str = "grants";

/// One page of the case's grants, newest first. A case has some dozens at most: they are read at once.
pub(super) fn list(tx: &mut Tx<'_>, permit: &Permit<'_, View, Case>, page: &Page) -> Result<List<GrantView>, Problem> {
    let past: Option<GrantId> = page.past(LIST)?;
    let rows = grants::all(tx, permit)?.into_iter().filter(|row| past.is_none_or(|past| row.id < past));
    let page = page.of(LIST, rows.collect(), |row| row.id);
    Ok(List { items: views(tx, page.items)?, next: page.next })
}

/// A supervisor ends a grant at once.
pub(super) fn end(tx: &mut Tx<'_>, permit: &Permit<'_, Approve, Case>, id: GrantId, seen: i64) -> Result<GrantView, Problem> {
    let row = find(tx, permit, id)?;
    if row.version != seen {
        return Err(Problem::stale());
    }
    GrantState::of(&row, tx.now()).end(row.basis)?;
    // A worker's assignment ends with its grant: nobody stays assigned who sees nothing. What rests on her consent beside
    // it ends alone.
    if let (Basis::Assignment, Some(worker), None) = (row.basis, row.user_id, row.consent_id) {
        assignments::facts::end_of_worker(tx, permit, worker, WHY)?;
    }
    grants::end(tx, permit, Which::One(id), WHY)?;
    events::note(tx, permit, "grant_ended", Some(Facet::Progress), &format!("grant/{id}"))?;
    shown(tx, permit, id)
}

const WHY: &str = "ended_by_supervisor";

fn find<C: Can>(tx: &mut Tx<'_>, permit: &Permit<'_, C, Case>, id: GrantId) -> Result<GrantRow, Problem> {
    grants::all(tx, permit)?.into_iter().find(|row| row.id == id).ok_or_else(Problem::not_found)
}

fn shown<C: Can>(tx: &mut Tx<'_>, permit: &Permit<'_, C, Case>, id: GrantId) -> Result<GrantView, Problem> {
    let row = find(tx, permit, id)?;
    views(tx, vec![row])?.pop().ok_or_else(Problem::internal)
}

fn views(tx: &mut Tx<'_>, rows: Vec<GrantRow>) -> Result<Vec<GrantView>, Problem> {
    let agencies: Vec<AgencyId> = rows.iter().map(|row| row.agency_id).collect();
    let users: Vec<UserId> = rows.iter().filter_map(|row| row.user_id).collect();
    let agency_names = agencies::facts::names(tx, &agencies)?;
    let user_names = users::facts::names(tx, &users)?;
    let now = tx.now();
    let view = |row: GrantRow| GrantView {
        state: GrantState::of(&row, now),
        agency_name: agency_names.get(&row.agency_id).cloned(),
        user_name: row.user_id.and_then(|user| user_names.get(&user).cloned()),
        id: row.id,
        case_id: row.case_id,
        basis: row.basis,
        agency_id: row.agency_id,
        user_id: row.user_id,
        reads: row.reads,
        writes: row.writes,
        cause: row.cause,
        consent_id: row.consent_id,
        starts_at: row.starts_at,
        ends_at: row.ends_at,
        suspended_at: row.suspended_at,
        ended_at: row.ended_at,
        ended_why: row.ended_why,
        version: row.version,
    };
    Ok(rows.into_iter().map(view).collect())
}

impl Again for GrantView {
    type Key = GrantId;
    const VIEW: Action = Action::ViewGrant;
    fn key(&self) -> GrantId {
        self.id
    }
    fn again(tx: &mut Tx<'_>, permit: &Permit<'_, View, Case>, key: GrantId) -> Result<Self, Problem> {
        shown(tx, permit, key)
    }
}
