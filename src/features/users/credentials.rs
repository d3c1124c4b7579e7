//! What signing in is checked against, and how a password changes: for the sessions alone.

use super::store::{self, UserRow};
use crate::access::can::Can;
use crate::access::{Permit, Resource};
use crate::base::db::{DbError, Tx};
use crate::base::ids::{AgencyId, UserId};
use crate::base::time::Timestamp;
use crate::base::words::{Role, Roles};

/// An account as signing in needs it. Never shown: it holds the password's hash.
#[derive(Clone)]
pub struct Credentials(UserRow);

impl Credentials {
    /// Of the account with this name.
    pub fn by_username(tx: &mut Tx<'_>, username: &str) -> Result<Option<Self>, DbError> {
        Ok(store::by_username(tx, username)?.map(Self))
    }
    /// Of this account.
    pub fn of(tx: &mut Tx<'_>, id: UserId) -> Result<Option<Self>, DbError> {
        Ok(store::find(tx, id)?.map(Self))
    }
    /// The account.
    pub fn id(&self) -> UserId {
        self.0.id
    }
    /// Its agency.
    pub fn agency(&self) -> AgencyId {
        self.0.agency_id
    }
    /// The name to sign in with.
    pub fn username(&self) -> &str {
        &self.0.username
    }
    /// The person's name.
    pub fn display_name(&self) -> &str {
        &self.0.display_name
    }
    /// Roles held.
    pub fn roles(&self) -> &Roles {
        &self.0.roles
    }
    /// The roles as a list.
    pub fn role_list(&self) -> Vec<Role> {
        self.0.roles.iter().collect()
    }
    /// The password's hash, if there is one.
    pub fn password(&self) -> Option<&str> {
        self.0.password.as_deref()
    }
    /// Whether the password is good for nothing but choosing one.
    pub fn is_one_time(&self) -> bool {
        self.0.password_is_one_time
    }
    /// Whether the right password signs in at that moment: confirmed, not disabled, a one-time password still good.
    pub fn signs_in(&self, now: Timestamp) -> bool {
        let good = !self.0.password_is_one_time || self.0.secret_expires_at.is_some_and(|end| end > now);
        self.0.state() == super::AccountState::Active && good
    }
    /// Stores the hash of a password that the user chose.
    pub fn choose<C: Can, R: Resource>(
        &mut self,
        tx: &mut Tx<'_>,
        permit: &Permit<'_, C, R>,
        hash: String,
    ) -> Result<(), DbError> {
        self.0.password = Some(hash);
        self.0.password_is_one_time = false;
        self.0.secret_ordered_at = None;
        self.0.secret_expires_at = None;
        store::save(tx, permit, &mut self.0, &["password"])
    }
    /// Stores a costlier hash of the same password.
    pub fn rehash<C: Can, R: Resource>(
        &mut self,
        tx: &mut Tx<'_>,
        permit: &Permit<'_, C, R>,
        hash: String,
    ) -> Result<(), DbError> {
        self.0.password = Some(hash);
        store::save(tx, permit, &mut self.0, &["password"])
    }
}
