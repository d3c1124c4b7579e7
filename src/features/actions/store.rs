//! Rows of actions.

use diesel::prelude::*;

use super::{Ending, What};
use crate::access::can::Can;
use crate::access::holdings::{self, Holding};
use crate::access::{Case, Permit, SealedAs, in_a_case};
use crate::base::db::schema::actions;
use crate::base::db::{DbError, Tx};
use crate::base::ids::{ActionId, AgencyId, CaseId, UserId};
use crate::base::time::{Day, Timestamp};
use crate::base::words::{ActionKind, ActionState};

/// An action as stored.
#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = actions)]
pub(super) struct ActionRow {
    pub id: ActionId,
    pub case_id: CaseId,
    pub kind: ActionKind,
    pub agency_id: AgencyId,
    pub user_id: Option<UserId>,
    pub due_on: Option<Day>,
    pub state: ActionState,
    pub what: SealedAs<What>,
    /// Who is out on the visit, and by when they said they would be back.
    pub visitor_id: Option<UserId>,
    pub back_by: Option<Timestamp>,
    pub ending: Option<SealedAs<Ending>>,
    pub source: String,
    pub added_by: UserId,
    pub added_at: Timestamp,
    pub ended_by: Option<UserId>,
    pub ended_at: Option<Timestamp>,
    pub version: i64,
}

impl ActionRow {
    /// As desks, events and clocks name it.
    pub fn record(&self) -> String {
        format!("action/{}", self.id)
    }
}

in_a_case!(ActionId, "action", case_of);

fn case_of(tx: &mut Tx<'_>, id: ActionId) -> Result<Option<CaseId>, DbError> {
    Ok(actions::table.filter(actions::id.eq(id)).select(actions::case_id).first(tx.conn()).optional()?)
}

/// One action of the permit's case.
pub(super) fn find<C: Can>(tx: &mut Tx<'_>, permit: &Permit<'_, C, Case>, id: ActionId) -> Result<ActionRow, DbError> {
    Ok(actions::table
        .filter(actions::case_id.eq(permit.case()))
        .filter(actions::id.eq(id))
        .select(ActionRow::as_select())
        .first(tx.conn())?)
}

/// Actions of the permit's case, newest first, before `past`.
pub(super) fn page<C: Can>(
    tx: &mut Tx<'_>,
    permit: &Permit<'_, C, Case>,
    past: Option<ActionId>,
    limit: i64,
) -> Result<Vec<ActionRow>, DbError> {
    let mut query = actions::table
        .filter(actions::case_id.eq(permit.case()))
        .order(actions::id.desc())
        .limit(limit)
        .select(ActionRow::as_select())
        .into_boxed();
    if let Some(past) = past {
        query = query.filter(actions::id.lt(past));
    }
    Ok(query.load(tx.conn())?)
}

/// Open actions of the permit's case.
pub(super) fn open<C: Can>(tx: &mut Tx<'_>, permit: &Permit<'_, C, Case>) -> Result<Vec<ActionRow>, DbError> {
    Ok(actions::table
        .filter(actions::case_id.eq(permit.case()))
        .filter(actions::state.eq(ActionState::Open))
        .order(actions::id)
        .select(ActionRow::as_select())
        .load(tx.conn())?)
}

/// Open actions of a person, or of their agency and nobody's in particular, oldest first, behind `past`. Candidates: whose
/// case its reader may not see is decided by the gate.
pub(super) fn of(
    tx: &mut Tx<'_>,
    (user, agency): (UserId, AgencyId),
    past: Option<ActionId>,
    limit: i64,
) -> Result<Vec<ActionRow>, DbError> {
    let page = || {
        let query = actions::table
            .filter(actions::state.eq(ActionState::Open))
            .order(actions::id)
            .limit(limit)
            .select(ActionRow::as_select())
            .into_boxed();
        match past {
            Some(past) => query.filter(actions::id.gt(past)),
            None => query,
        }
    };
    let mut rows: Vec<ActionRow> = page().filter(actions::user_id.eq(user)).load(tx.conn())?;
    rows.extend(page().filter(actions::agency_id.eq(agency)).filter(actions::user_id.is_null()).load::<ActionRow>(tx.conn())?);
    rows.sort_by_key(|row| row.id);
    rows.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    Ok(rows)
}

pub(super) fn insert(tx: &mut Tx<'_>, row: &ActionRow) -> Result<(), DbError> {
    diesel::insert_into(actions::table).values(row).execute(tx.conn())?;
    holdings::note(tx, row.case_id, Holding::Actions)
}

/// Saves whose it is and how it ended, over the version seen. `Retry` where somebody else changed it meanwhile.
pub(super) fn save(tx: &mut Tx<'_>, row: &mut ActionRow) -> Result<(), DbError> {
    let seen = row.version;
    row.version = seen.saturating_add(1);
    let done = diesel::update(actions::table.filter(actions::id.eq(row.id)).filter(actions::version.eq(seen)))
        .set((
            actions::agency_id.eq(row.agency_id),
            actions::user_id.eq(row.user_id),
            actions::state.eq(row.state),
            actions::visitor_id.eq(row.visitor_id),
            actions::back_by.eq(row.back_by),
            actions::ending.eq(row.ending.as_ref()),
            actions::ended_by.eq(row.ended_by),
            actions::ended_at.eq(row.ended_at),
            actions::version.eq(row.version),
        ))
        .execute(tx.conn())?;
    if done == 1 { Ok(()) } else { Err(DbError::Retry) }
}
