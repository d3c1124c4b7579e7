//! A case's timeline: what happened, in order, without content.
//!
//! Always: an event shows where its facet does; who else is on the case shows to the owner and the lead worker alone, so
//! that anybody else sees the steps of their own agency, and who did what only of the owner and of their own.

use schemars::JsonSchema;
use serde::Serialize;

use crate::access::can::View as Looking;
use crate::access::events::{self, EventRow};
use crate::access::{Case, Ctx, Disclosed, Permit};
use crate::base::db::Tx;
use crate::base::ids::{AgencyId, CaseId, EventId, UserId};
use crate::base::problem::{Code, Problem};
use crate::base::time::Timestamp;
use crate::base::words::{Action, Facet};
use crate::door::{List, Op, Page, Path, Routes, View};
use crate::features::{agencies, users};

/// Who did something.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct By {
    /// The agency.
    pub agency_id: AgencyId,
    /// Its name.
    pub agency: String,
    /// The person's name; null where this reader may not know it.
    pub name: Option<String>,
}

/// An event, as shown.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct EventView {
    /// Its id.
    pub id: EventId,
    /// When.
    pub at: Timestamp,
    /// What: a word, `note_added`.
    pub kind: String,
    /// The facet it belongs to; null: the head.
    pub facet: Option<Facet>,
    /// The record: kind and id.
    pub record: String,
    /// Who; null where this reader may not know, or where it was a machine.
    pub by: Option<By>,
}

impl View for EventView {}

fn page(tx: &mut Tx<'_>, permit: &Permit<'_, Looking, Case>, page: &Page) -> Result<List<EventView>, Problem> {
    let rows = events::page(tx, permit, page.past("timeline")?, page.with_one_more())?;
    let agencies = agencies::facts::names(tx, &rows.iter().filter_map(|row| row.actor_agency).collect::<Vec<_>>())?;
    let users = users::facts::names(tx, &rows.iter().filter_map(|row| row.actor_user).collect::<Vec<UserId>>())?;
    let (all, owner, own) = (permit.shows_others(), permit.facts().owner, permit.actor().agency());
    let by = |row: &EventRow| {
        let agency_id = row.actor_agency.filter(|agency| all || *agency == owner || Some(*agency) == own)?;
        let knows_person = all || Some(agency_id) == own;
        let name = row.actor_user.filter(|_| knows_person).and_then(|user| users.get(&user).cloned());
        Some(By { agency_id, agency: agencies.get(&agency_id).cloned().unwrap_or_default(), name })
    };
    let views = rows
        .iter()
        .map(|row| EventView {
            id: row.id,
            at: row.at,
            kind: row.kind.clone(),
            facet: row.facet,
            record: row.record.clone(),
            by: by(row),
        })
        .collect();
    Ok(page.of("timeline", views, |view: &EventView| view.id))
}

/// `GET /cases/{id}/timeline`. Who may: whoever may see the case.
async fn timeline(ctx: Ctx, id: Path<CaseId>, at: Page) -> Result<Disclosed<List<EventView>>, Problem> {
    ctx.gate().read::<Looking, _, _, _, _>(&ctx, *id, Action::ViewTimeline, move |tx, permit| page(tx, permit, &at)).await
}

/// The routes.
pub fn routes() -> Routes {
    Routes::new().get("/cases/{id}/timeline", timeline).op(Op {
        id: "view_timeline",
        tag: "cases",
        summary: "What happened to the case, newest first",
        summary_zh: "个案经过,由近及远",
        who: "Whoever may see the case, each as far as their facets reach.",
        problems: &[Code::DeclarationRequired],
    })
}
