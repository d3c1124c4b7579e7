//! What the server's console does with accounts: what nobody inside can do, or not yet.

use super::steps::{blank, put_one_time, username_taken};
use super::{steps, store};
use crate::access::can::{Administer, Approve};
use crate::access::{Collection, Permit, User};
use crate::base::db::{DbError, Tx};
use crate::base::ids::{AgencyId, UserId};
use crate::base::problem::Problem;
use crate::base::text::{PersonName, Username};
use crate::base::words::{AgencyKind, Role, Roles};

/// The first administrator.
pub struct FirstAdmin {
    /// The name to sign in with.
    pub username: Username,
    /// The person's name.
    pub display_name: PersonName,
    /// The hash of the password they chose at the console.
    pub hash: String,
}

/// Makes the first administrator in an operator's agency; confirmed, since there is nobody who could. Errors: 409 where
/// there is an administrator already.
pub fn create_first_admin(
    tx: &mut Tx<'_>,
    permit: &Permit<'_, Administer, Collection>,
    operator: AgencyId,
    new: &FirstAdmin,
) -> Result<UserId, Problem> {
    if store::has_administrator(tx)? {
        return Err(Problem::conflict().because("there is an administrator already", "已有系统管理员"));
    }
    let roles = Roles::new([Role::SystemAdmin]);
    let mut row = blank(tx, operator, new.username.as_str(), new.display_name.as_str(), roles)?;
    row.password = Some(new.hash.clone());
    row.confirmed_at = Some(tx.now());
    store::insert(tx, permit, &row).map_err(username_taken)?;
    Ok(row.id)
}

/// The operator's agency, if it is there already.
pub fn operator(tx: &mut Tx<'_>) -> Result<Option<AgencyId>, DbError> {
    Ok(store::agencies_of(tx, &[AgencyKind::Operator])?.into_iter().min())
}

/// The account with this name, and its version.
pub fn named(tx: &mut Tx<'_>, username: &Username) -> Result<Option<(UserId, i64)>, DbError> {
    Ok(store::by_username(tx, username.as_str())?.map(|row| (row.id, row.version)))
}

/// Confirms an agency's first account; whom a colleague can confirm, the policy leaves to them.
pub fn confirm(tx: &mut Tx<'_>, permit: &Permit<'_, Approve, User>, at: (UserId, i64)) -> Result<(), Problem> {
    steps::confirm(tx, permit, at).map(drop)
}

/// Makes what was typed at the console the account's one-time password.
pub fn reset_password(
    tx: &mut Tx<'_>,
    permit: &Permit<'_, Administer, User>,
    (id, seen): (UserId, i64),
    hash: &str,
) -> Result<(), Problem> {
    let mut row = store::find(tx, id)?.filter(|row| row.version == seen).ok_or_else(Problem::stale)?;
    row.state().after(super::Step::ResetPassword)?;
    put_one_time(tx, permit, &mut row, hash.to_owned())?;
    crate::notify::answered(tx, &format!("user/{id}"), crate::notify::Notice::SecretWaits)?;
    Ok(())
}
