//! What other features may ask of actions.

use schemars::JsonSchema;
use serde::Serialize;

use super::steps::{self, Entry};
use super::{is_overdue, store};
use crate::access::can::Can;
use crate::access::holdings::{Holding, may_hold};
use crate::access::{Case, Permit, people};
use crate::base::db::Tx;
use crate::base::ids::{ActionId, AgencyId, UserId};
use crate::base::problem::Problem;
use crate::base::text::Text;
use crate::base::time::Day;
use crate::base::words::{ActionKind, ActionState, Duty, Facet};

/// An open action, as the case's facet `actions` shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ActionSummary {
    /// Its id.
    pub id: ActionId,
    /// A task, or a follow-up visit.
    pub kind: ActionKind,
    /// The agency that does it.
    pub agency_id: AgencyId,
    /// By the end of which day.
    pub due_on: Option<Day>,
    /// Whether the day is over.
    pub overdue: bool,
}

/// The permit's case: its open actions; nothing where the facet is not granted.
pub fn summary<C: Can>(tx: &mut Tx<'_>, permit: &Permit<'_, C, Case>) -> Result<Option<Vec<ActionSummary>>, Problem> {
    if !permit.shows(Facet::Actions) {
        return Ok(None);
    }
    if !may_hold(permit, Holding::Actions) {
        return Ok(Some(Vec::new()));
    }
    let today = tx.now().day();
    let summary = |row: store::ActionRow| ActionSummary {
        id: row.id,
        kind: row.kind,
        agency_id: row.agency_id,
        due_on: row.due_on,
        overdue: is_overdue(row.state, row.due_on, today),
    };
    Ok(Some(store::open(tx, permit)?.into_iter().map(summary).collect()))
}

/// What was agreed becomes what is to be done: by the lead worker, or else the owner's handler, who sees to it. What came of
/// an earlier wording and is open is called off.
pub fn agreed<C: Can>(
    tx: &mut Tx<'_>,
    permit: &Permit<'_, C, Case>,
    source: &str,
    clauses: &[(&Text, Option<Day>)],
) -> Result<(), Problem> {
    call_off(tx, permit, |row| row.source == source)?;
    let doer = doer(tx, permit)?;
    for (what, due_on) in clauses {
        let entry = Entry { kind: ActionKind::Task, what, doer, due_on: *due_on, source: source.to_owned() };
        steps::enter(tx, permit, entry)?;
    }
    Ok(())
}

fn doer<C: Can>(tx: &mut Tx<'_>, permit: &Permit<'_, C, Case>) -> Result<(AgencyId, Option<UserId>), Problem> {
    let (people, owner) = (people::all(tx, permit)?, permit.facts().owner);
    let lead = people.iter().find(|person| person.duty == Some(Duty::Lead));
    let handler = people.iter().find(|person| person.duty == Some(Duty::Handler) && person.agency_id == owner);
    Ok(lead.or(handler).map_or((owner, None), |person| (person.agency_id, Some(person.user_id))))
}

fn call_off<C: Can>(
    tx: &mut Tx<'_>,
    permit: &Permit<'_, C, Case>,
    which: impl Fn(&store::ActionRow) -> bool,
) -> Result<(), Problem> {
    for mut row in store::open(tx, permit)?.into_iter().filter(which) {
        row.state = ActionState::Cancelled;
        steps::over(tx, permit, &mut row)?;
    }
    Ok(())
}

/// The permit's case is closed: what is open is called off.
pub fn ends_with_case<C: Can>(tx: &mut Tx<'_>, permit: &Permit<'_, C, Case>) -> Result<(), Problem> {
    call_off(tx, permit, |_| true)
}

/// The case goes to another owner: what the old one was to do, the new one is.
pub fn goes_along<C: Can>(tx: &mut Tx<'_>, permit: &Permit<'_, C, Case>, from: AgencyId, to: AgencyId) -> Result<(), Problem> {
    for mut row in store::open(tx, permit)?.into_iter().filter(|row| row.agency_id == from) {
        (row.agency_id, row.user_id) = (to, None);
        store::save(tx, &mut row)?;
        permit.changed("action", row.id.as_str(), &["doer"]);
    }
    Ok(())
}
