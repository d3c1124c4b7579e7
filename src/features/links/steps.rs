//! Linking two cases, undoing it, and seeing the links whose both sides one may see.

use super::store::{self, LinkRow};
use super::{LinkKind, LinkView, NewLink, NotLinked, pair};
use crate::access::can::{Can, Change, View};
use crate::access::facets::Risk;
use crate::access::{Again, Case, Permit};
use crate::base::db::{DbError, Tx};
use crate::base::ids::{CaseId, LinkId};
use crate::base::problem::Problem;
use crate::base::words::{Action, Facet};
use crate::door::{List, NoContent, Page};
use crate::features::casefile;

/// The other case, where the actor may see its links too.
fn other_side<'tx, C: Can>(
    tx: &mut Tx<'_>,
    permit: &Permit<'tx, C, Case>,
    other: CaseId,
) -> Result<Option<Permit<'tx, View, Case>>, DbError> {
    Ok(permit.also_sees(tx, other, Action::ListLinks)?.filter(|other| other.shows(Facet::Risk)))
}

/// Links this case with another that the actor may see and write the same of.
pub fn link(tx: &mut Tx<'_>, permit: &Permit<'_, Change, Case>, body: NewLink) -> Result<LinkView, Problem> {
    permit.pen::<Risk>()?;
    if body.other_case_id == permit.case() {
        return Err(NotLinked::Itself.into());
    }
    let other = other_side(tx, permit, body.other_case_id)?.ok_or(NotLinked::Hidden)?;
    let row = enter(tx, permit, &other, body.kind)?;
    view(tx, &row, &other)
}

fn enter<C: Can>(
    tx: &mut Tx<'_>,
    permit: &Permit<'_, C, Case>,
    other: &Permit<'_, View, Case>,
    kind: LinkKind,
) -> Result<LinkRow, Problem> {
    let row = LinkRow {
        id: tx.new_id()?,
        case_id: permit.case(),
        other_case_id: other.case(),
        kind,
        pair: pair(permit.case(), other.case(), kind),
        linked_by: permit.user()?,
        linked_at: tx.now(),
        unlinked_at: None,
        version: 1,
    };
    store::insert(tx, &row).map_err(|error| match error {
        DbError::Unique => NotLinked::Already.into(),
        other => Problem::from(other),
    })?;
    permit.changed("link", row.id.as_str(), &["case", "other_case", "kind"]);
    Ok(row)
}

/// Links a case that the actor has just taken on, whose permit was made before they owned it; whether they may see the
/// other.
pub(super) fn taken_on<C: Can>(tx: &mut Tx<'_>, permit: &Permit<'_, C, Case>, other: CaseId) -> Result<bool, Problem> {
    let Some(other) = other_side(tx, permit, other)?.filter(|other| other.case() != permit.case()) else { return Ok(false) };
    enter(tx, permit, &other, LinkKind::Survivor)?;
    Ok(true)
}

/// Undoes a link; like a link that is not there for whoever may not see both sides.
pub fn unlink(tx: &mut Tx<'_>, permit: &Permit<'_, Change, Case>, id: LinkId, seen: i64) -> Result<NoContent, Problem> {
    permit.pen::<Risk>()?;
    let row = store::find(tx, permit, id)?;
    other_side(tx, permit, row.other(permit.case()))?.ok_or_else(Problem::not_found)?;
    if row.version != seen || !store::unlink(tx, &row)? {
        return Err(Problem::stale());
    }
    permit.changed("link", row.id.as_str(), &["unlinked_at"]);
    Ok(NoContent)
}

/// One page of the links whose both sides the reader may see.
pub fn list(tx: &mut Tx<'_>, permit: &Permit<'_, View, Case>, page: &Page) -> Result<List<LinkView>, Problem> {
    let mut past = page.past::<LinkId>("links")?;
    let mut views = Vec::new();
    if permit.facet::<Risk>().is_none() {
        return Ok(List { items: views, next: None });
    }
    // Hidden ones leave no gap: the page is filled from those that follow.
    while views.len() <= page.size() {
        let rows = store::page(tx, permit, past, page.with_one_more())?;
        let Some(last) = rows.last() else { break };
        past = Some(last.id);
        for row in &rows {
            if let Some(other) = other_side(tx, permit, row.other(permit.case()))? {
                views.push(view(tx, row, &other)?);
            }
        }
    }
    Ok(page.of("links", views, |view: &LinkView| view.id))
}

fn view(tx: &mut Tx<'_>, row: &LinkRow, other: &Permit<'_, View, Case>) -> Result<LinkView, Problem> {
    let head = casefile::facts::heads(tx, &[other])?.pop().ok_or_else(Problem::not_found)?;
    Ok(LinkView { id: row.id, kind: row.kind, case: head, linked_at: row.linked_at, version: row.version })
}

impl Again for LinkView {
    type Key = LinkId;
    const VIEW: Action = Action::ListLinks;
    fn key(&self) -> LinkId {
        self.id
    }
    fn again(tx: &mut Tx<'_>, permit: &Permit<'_, View, Case>, key: LinkId) -> Result<Self, Problem> {
        permit.facet::<Risk>().ok_or_else(Problem::not_found)?;
        let row = store::find(tx, permit, key)?;
        let other = other_side(tx, permit, row.other(permit.case()))?.ok_or_else(Problem::not_found)?;
        view(tx, &row, &other)
    }
}
