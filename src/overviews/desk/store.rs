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

pub(super) fn find(tx: &mut Tx<'_>, id: DeskItemId) -> Result<Option<DeskItem>, DbError> {
    Ok(desk_items::table.filter(desk_items::id.eq(id)).select(DeskItem::as_select()).first(tx.conn()).optional()?)
}

/// What waits for a user or their agency, oldest first, behind `past`: of the urgent records, or of all others.
pub(super) fn waiting(
    tx: &mut Tx<'_>,
    (user, agency): (UserId, AgencyId),
    urgent: &[String],
    spot: (bool, Option<DeskItemId>),
    limit: i64,
) -> Result<Vec<DeskItem>, DbError> {
    let (of_urgent, past) = spot;
    let mut query = desk_items::table
        .filter(desk_items::agency_id.eq(agency))
        .filter(desk_items::seen_at.is_null())
        .filter(desk_items::user_id.is_null().or(desk_items::user_id.eq(user)))
        .order(desk_items::id.asc())
        .limit(limit)
        .select(DeskItem::as_select())
        .into_boxed();
    query = if of_urgent {
        query.filter(desk_items::record.eq_any(urgent.to_vec()))
    } else {
        query.filter(desk_items::record.ne_all(urgent.to_vec()))
    };
    if let Some(past) = past {
        query = query.filter(desk_items::id.gt(past));
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

/// Where the list goes on behind an item.
pub(super) const fn spot(urgent: bool, item: &DeskItem) -> Spot {
    Spot { urgent, id: item.id }
}
