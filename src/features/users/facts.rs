//! What other features may know of a user.

pub use super::store::digests;

use std::collections::HashMap;

use diesel::prelude::*;

use crate::base::db::schema::{agencies, users};
use crate::base::db::{DbError, Tx, among};
use crate::base::ids::{AgencyId, UserId};
use crate::base::time::Timestamp;
use crate::base::words::{AgencyKind, Role, Roles};

/// What is known of a user to those who work with them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserFacts {
    /// The account.
    pub id: UserId,
    /// Its agency.
    pub agency: AgencyId,
    /// The person's name.
    pub display_name: String,
    /// Roles held.
    pub roles: Roles,
    /// Confirmed and not disabled: only such a user may be given a duty.
    pub is_live: bool,
}

type Row = (UserId, AgencyId, String, Roles, Option<Timestamp>, Option<Timestamp>);

/// One user; nothing where there is none.
pub fn find(tx: &mut Tx<'_>, id: UserId) -> Result<Option<UserFacts>, DbError> {
    let row: Option<Row> = users::table
        .filter(users::id.eq(id))
        .select((users::id, users::agency_id, users::display_name, users::roles, users::confirmed_at, users::disabled_at))
        .first(tx.conn())
        .optional()?;
    Ok(row.map(|(id, agency, display_name, roles, confirmed_at, disabled_at)| UserFacts {
        id,
        agency,
        display_name,
        roles,
        is_live: confirmed_at.is_some() && disabled_at.is_none(),
    }))
}

/// The names of these users.
pub fn names(tx: &mut Tx<'_>, ids: &[UserId]) -> Result<HashMap<UserId, String>, DbError> {
    let rows: Vec<(UserId, String)> =
        users::table.filter(among(users::id, ids)).select((users::id, users::display_name)).load(tx.conn())?;
    Ok(rows.into_iter().collect())
}

/// Live users of an agency who hold one of these roles.
pub fn holding(tx: &mut Tx<'_>, agency: AgencyId, wanted: &[Role]) -> Result<Vec<UserId>, DbError> {
    let rows: Vec<(UserId, Roles)> = users::table
        .filter(users::agency_id.eq(agency))
        .filter(users::confirmed_at.is_not_null())
        .filter(users::disabled_at.is_null())
        .order(users::id)
        .select((users::id, users::roles))
        .load(tx.conn())?;
    Ok(rows.into_iter().filter(|(_, roles)| wanted.iter().any(|role| roles.has(*role))).map(|(id, _)| id).collect())
}

/// Live users of these agencies who hold one of these roles, by one statement.
pub fn holding_in(tx: &mut Tx<'_>, of: &[AgencyId], wanted: &[Role]) -> Result<Vec<(AgencyId, UserId)>, DbError> {
    let rows: Vec<(AgencyId, UserId, Roles)> = users::table
        .filter(among(users::agency_id, of))
        .filter(users::confirmed_at.is_not_null())
        .filter(users::disabled_at.is_null())
        .order(users::id)
        .select((users::agency_id, users::id, users::roles))
        .load(tx.conn())?;
    let holds = |roles: &Roles| wanted.iter().any(|role| roles.has(*role));
    Ok(rows.into_iter().filter(|(.., roles)| holds(roles)).map(|(agency, id, _)| (agency, id)).collect())
}

/// Live auditors of oversight: those who hear of what must be watched.
pub fn oversight(tx: &mut Tx<'_>) -> Result<Vec<(AgencyId, UserId)>, DbError> {
    let rows: Vec<(AgencyId, UserId, Roles)> = users::table
        .inner_join(agencies::table.on(agencies::id.eq(users::agency_id)))
        .filter(agencies::kind.eq(AgencyKind::Oversight))
        .filter(users::confirmed_at.is_not_null())
        .filter(users::disabled_at.is_null())
        .order(users::id)
        .select((users::agency_id, users::id, users::roles))
        .load(tx.conn())?;
    let auditors = rows.into_iter().filter(|(.., roles)| roles.has(Role::Auditor));
    Ok(auditors.map(|(agency, id, _)| (agency, id)).collect())
}
