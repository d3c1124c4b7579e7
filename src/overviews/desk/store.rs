//! Rows of desks.

use diesel::prelude::*;

use super::Spot;
use crate::access::{Desk, Relation, Target};
use crate::base::db::schema::desk_items;
use crate::base::db::{DbError, Tx};
use crate::base::ids::{AgencyId, DeskItemId, UserId};
use crate::base::time::Timestamp;
use crate::notify::DeskItem;

impl Target for DeskItemId {
    type R = Desk;
    fn record(&self) -> String {
        format!("desk_item/{self}")
    }
    fn locate(&self, tx: &mut Tx<'_>) -> Result<Option<Relation>, DbError> {
        Ok(find(tx, *self)?.map(|item| Relation {
            user: item.user_id,
            // An entry for one person is no colleague's.
            agency: item.user_id.is_none().then_some(item.agency_id),
            ..Relation::default()
        }))
    }
}

/// One entry.
pub(in crate::overviews) fn find(tx: &mut Tx<'_>, id: DeskItemId) -> Result<Option<DeskItem>, DbError> {
    Ok(desk_items::table.filter(desk_items::id.eq(id)).select(DeskItem::as_select()).first(tx.conn()).optional()?)
}

/// What waits for a user or their agency, behind `past`: by its deadline, then what has none, oldest first.
pub(super) fn waiting(
    tx: &mut Tx<'_>,
    (user, agency): (UserId, AgencyId),
    past: Option<Spot>,
    limit: i64,
) -> Result<Vec<DeskItem>, DbError> {
    let mut query = desk_items::table
        .filter(desk_items::agency_id.eq(agency))
        .filter(desk_items::seen_at.is_null())
        .filter(desk_items::user_id.is_null().or(desk_items::user_id.eq(user)))
        .order((desk_items::due_at.is_null(), desk_items::due_at, desk_items::id))
        .limit(limit)
        .select(DeskItem::as_select())
        .into_boxed();
    query = match past {
        None => query,
        Some(Spot { due: None, id }) => query.filter(desk_items::due_at.is_null()).filter(desk_items::id.gt(id)),
        Some(Spot { due: Some(due), id }) => {
            let same = desk_items::due_at.eq(due).and(desk_items::id.gt(id));
            query.filter(desk_items::due_at.is_null().or(desk_items::due_at.gt(due)).or(same))
        }
    };
    Ok(query.load(tx.conn())?)
}

/// What a user or their agency was told, newest first, before `past`; cleared or not.
pub(super) fn told(
    tx: &mut Tx<'_>,
    (user, agency): (UserId, AgencyId),
    past: Option<DeskItemId>,
    limit: i64,
) -> Result<Vec<DeskItem>, DbError> {
    let mut query = desk_items::table
        .filter(desk_items::agency_id.eq(agency))
        .filter(desk_items::user_id.is_null().or(desk_items::user_id.eq(user)))
        .order(desk_items::id.desc())
        .limit(limit)
        .select(DeskItem::as_select())
        .into_boxed();
    if let Some(past) = past {
        query = query.filter(desk_items::id.lt(past));
    }
    Ok(query.load(tx.conn())?)
}

/// Takes an entry off the desk.
pub(super) fn clear(tx: &mut Tx<'_>, id: DeskItemId, at: Timestamp) -> Result<(), DbError> {
    diesel::update(desk_items::table.filter(desk_items::id.eq(id)).filter(desk_items::seen_at.is_null()))
        .set(desk_items::seen_at.eq(at))
        .execute(tx.conn())?;
    Ok(())
}

/// Takes what tells of the same deadline off one person's desk, and the entry itself.
pub(super) fn clear_own(
    tx: &mut Tx<'_>,
    item: &DeskItem,
    (user, agency): (UserId, AgencyId),
    at: Timestamp,
) -> Result<(), DbError> {
    diesel::update(desk_items::table)
        .filter(desk_items::record.eq(item.record.clone()))
        .filter(desk_items::agency_id.eq(agency))
        .filter(desk_items::user_id.eq(user))
        .filter(desk_items::seen_at.is_null())
        .set(desk_items::seen_at.eq(at))
        .execute(tx.conn())?;
    clear(tx, item.id, at)
}

/// Where the list goes on behind an item.
pub(super) const fn spot(item: &DeskItem) -> Spot {
    Spot { due: item.due_at, id: item.id }
}
