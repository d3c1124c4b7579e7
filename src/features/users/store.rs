//! Accounts as rows, and the sessions that end with them.

use diesel::prelude::*;
use serde::Serialize;

use super::{AccountState, SecretState};
use crate::access::can::Can;
use crate::access::{Permit, Relation, Resource, Target, User};
use crate::audit::verify::row_digests;
use crate::base::db::schema::{agencies, calendar_tokens, sessions, spent_refresh_tokens, users};
use crate::base::db::{DbError, Tx};
use crate::base::ids::{AgencyId, SessionId, UserId};
use crate::base::time::Timestamp;
use crate::base::words::{AgencyKind, Roles};

/// An account as stored. Never shown nor logged: it holds the password's hash.
#[derive(Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = users)]
pub struct UserRow {
    pub id: UserId,
    pub agency_id: AgencyId,
    pub username: String,
    pub display_name: String,
    pub roles: Roles,
    pub password: Option<String>,
    pub password_is_one_time: bool,
    pub secret_ordered_at: Option<Timestamp>,
    pub secret_expires_at: Option<Timestamp>,
    pub confirmed_at: Option<Timestamp>,
    pub confirmed_by: Option<UserId>,
    pub disabled_at: Option<Timestamp>,
    pub version: i64,
    pub created_at: Timestamp,
}

/// What the row's digest in the audit log is made of: all of it, so that a row altered outside shows.
#[derive(Serialize)]
#[expect(clippy::type_complexity, reason = "a row in the order of its columns")]
struct Digested<'a>(
    (UserId, AgencyId, &'a str, &'a str, &'a str, Option<&'a str>, bool),
    (Option<Timestamp>, Option<Timestamp>, Option<Timestamp>, Option<UserId>, Option<Timestamp>, i64, Timestamp),
);

impl UserRow {
    pub const fn state(&self) -> AccountState {
        match (self.disabled_at, self.confirmed_at) {
            (Some(_), _) => AccountState::Disabled,
            (None, Some(_)) => AccountState::Active,
            (None, None) => AccountState::Waiting,
        }
    }
    pub const fn secret(&self) -> SecretState {
        match (self.secret_ordered_at, self.password_is_one_time) {
            (Some(_), _) => SecretState::Waits,
            (None, true) => SecretState::Collected,
            (None, false) => SecretState::None,
        }
    }
    fn digested(&self) -> Digested<'_> {
        Digested(
            (
                self.id,
                self.agency_id,
                &self.username,
                &self.display_name,
                self.roles.as_str(),
                self.password.as_deref(),
                self.password_is_one_time,
            ),
            (
                self.secret_ordered_at,
                self.secret_expires_at,
                self.confirmed_at,
                self.confirmed_by,
                self.disabled_at,
                self.version,
                self.created_at,
            ),
        )
    }
}

impl Target for UserId {
    type R = User;
    fn record(&self) -> String {
        format!("user/{self}")
    }
    fn locate(&self, tx: &mut Tx<'_>) -> Result<Option<Relation>, DbError> {
        let found: Option<(AgencyId, AgencyKind)> = users::table
            .inner_join(agencies::table.on(agencies::id.eq(users::agency_id)))
            .filter(users::id.eq(*self))
            .select((users::agency_id, agencies::kind))
            .first(tx.conn())
            .optional()?;
        let Some((agency, kind)) = found else { return Ok(None) };
        let first_in = (!somebody_confirmed(tx, agency, Some(*self))?).then_some(kind);
        Ok(Some(Relation { user: Some(*self), agency: Some(agency), first_in, ..Relation::default() }))
    }
}

/// Whether anybody's account works in the agency, apart from this one.
pub fn somebody_confirmed(tx: &mut Tx<'_>, agency: AgencyId, but: Option<UserId>) -> Result<bool, DbError> {
    let found: Vec<UserId> = users::table
        .filter(users::agency_id.eq(agency))
        .filter(users::confirmed_at.is_not_null())
        .filter(users::disabled_at.is_null())
        .order(users::id)
        .limit(2)
        .select(users::id)
        .load(tx.conn())?;
    Ok(found.iter().any(|id| Some(*id) != but))
}

pub fn find(tx: &mut Tx<'_>, id: UserId) -> Result<Option<UserRow>, DbError> {
    Ok(users::table.filter(users::id.eq(id)).select(UserRow::as_select()).first(tx.conn()).optional()?)
}

pub fn by_username(tx: &mut Tx<'_>, username: &str) -> Result<Option<UserRow>, DbError> {
    Ok(users::table.filter(users::username.eq(username.to_owned())).select(UserRow::as_select()).first(tx.conn()).optional()?)
}

/// One page, newest first, before `past`; of one agency, or of all.
pub fn page(
    tx: &mut Tx<'_>,
    agency: Option<AgencyId>,
    state: Option<AccountState>,
    past: Option<UserId>,
    rows: i64,
) -> Result<Vec<UserRow>, DbError> {
    let mut query = users::table.order(users::id.desc()).limit(rows).select(UserRow::as_select()).into_boxed();
    if let Some(agency) = agency {
        query = query.filter(users::agency_id.eq(agency));
    }
    query = match state {
        Some(AccountState::Waiting) => query.filter(users::disabled_at.is_null()).filter(users::confirmed_at.is_null()),
        Some(AccountState::Active) => query.filter(users::disabled_at.is_null()).filter(users::confirmed_at.is_not_null()),
        Some(AccountState::Disabled) => query.filter(users::disabled_at.is_not_null()),
        None => query,
    };
    if let Some(past) = past {
        query = query.filter(users::id.lt(past));
    }
    Ok(query.load(tx.conn())?)
}

/// Whether an account that administers is there and not disabled.
pub fn has_administrator(tx: &mut Tx<'_>) -> Result<bool, DbError> {
    let roles: Vec<Roles> = users::table
        .inner_join(agencies::table.on(agencies::id.eq(users::agency_id)))
        .filter(agencies::kind.eq(AgencyKind::Operator))
        .filter(users::disabled_at.is_null())
        .select(users::roles)
        .load(tx.conn())?;
    Ok(roles.iter().any(|roles| roles.has(crate::base::words::Role::SystemAdmin)))
}

/// Agencies of these kinds: where word goes of an agency in which nobody works yet.
pub fn agencies_of(tx: &mut Tx<'_>, kinds: &[AgencyKind]) -> Result<Vec<AgencyId>, DbError> {
    Ok(agencies::table.filter(agencies::kind.eq_any(kinds.to_vec())).select(agencies::id).load(tx.conn())?)
}

pub fn insert<C: Can, R: Resource>(tx: &mut Tx<'_>, permit: &Permit<'_, C, R>, row: &UserRow) -> Result<(), DbError> {
    diesel::insert_into(users::table).values(row).execute(tx.conn())?;
    let fields = ["username", "display_name", "agency_id", "roles", "secret"];
    permit.changed_row("user", (row.id.as_str(), row.version), &fields, &row.digested())
}

/// Saves the row, whose version is still the one seen, as the next version. Errors: `Retry` where it is not.
pub fn save<C: Can, R: Resource>(
    tx: &mut Tx<'_>,
    permit: &Permit<'_, C, R>,
    row: &mut UserRow,
    fields: &[&str],
) -> Result<(), DbError> {
    let seen = row.version;
    row.version = seen.saturating_add(1);
    let done = diesel::update(users::table.filter(users::id.eq(row.id)).filter(users::version.eq(seen)))
        .set((
            users::display_name.eq(&row.display_name),
            users::roles.eq(&row.roles),
            users::password.eq(&row.password),
            users::password_is_one_time.eq(row.password_is_one_time),
            users::secret_ordered_at.eq(row.secret_ordered_at),
            users::secret_expires_at.eq(row.secret_expires_at),
            users::confirmed_at.eq(row.confirmed_at),
            users::confirmed_by.eq(row.confirmed_by),
            users::disabled_at.eq(row.disabled_at),
            users::version.eq(row.version),
        ))
        .execute(tx.conn())?;
    if done != 1 {
        return Err(DbError::Retry);
    }
    permit.changed_row("user", (row.id.as_str(), row.version), fields, &row.digested())
}

/// Ends a user's sessions, but for one; the next request of each finds it ended. What ends them all ends the private token
/// of their calendar as well: it was given out under a password that is good for nothing now.
pub fn end_sessions<C: Can, R: Resource>(
    tx: &mut Tx<'_>,
    permit: &Permit<'_, C, R>,
    user: UserId,
    but: Option<SessionId>,
    why: &'static str,
) -> Result<(), DbError> {
    let live: Vec<SessionId> = sessions::table
        .filter(sessions::user_id.eq(user))
        .filter(sessions::ended_at.is_null())
        .select(sessions::id)
        .load(tx.conn())?;
    for session in live.into_iter().filter(|session| Some(*session) != but) {
        end_session(tx, permit, session, why)?;
    }
    if but.is_none() {
        let ended = diesel::delete(calendar_tokens::table.filter(calendar_tokens::user_id.eq(user))).execute(tx.conn())?;
        if ended > 0 {
            permit.changed("calendar_token", user.as_str(), &["ended_at"]);
        }
    }
    Ok(())
}

/// Ends every session and calendar token that there is: those of a copy of the past may have been ended since.
pub fn end_every_session<C: Can, R: Resource>(
    tx: &mut Tx<'_>,
    permit: &Permit<'_, C, R>,
    why: &'static str,
) -> Result<usize, DbError> {
    let now = tx.now();
    let ended = diesel::update(sessions::table.filter(sessions::ended_at.is_null()))
        .set((sessions::ended_at.eq(now), sessions::ended_why.eq(why)))
        .execute(tx.conn())?;
    diesel::delete(spent_refresh_tokens::table).execute(tx.conn())?;
    diesel::delete(calendar_tokens::table).execute(tx.conn())?;
    permit.changed("session", "all", &["ended_at"]);
    permit.changed("calendar_token", "all", &["ended_at"]);
    Ok(ended)
}

/// Ends one session; whether it was live. Its spent tokens need not be known any longer.
pub fn end_session<C: Can, R: Resource>(
    tx: &mut Tx<'_>,
    permit: &Permit<'_, C, R>,
    session: SessionId,
    why: &'static str,
) -> Result<bool, DbError> {
    let now = tx.now();
    let done = diesel::update(sessions::table.filter(sessions::id.eq(session)).filter(sessions::ended_at.is_null()))
        .set((sessions::ended_at.eq(now), sessions::ended_why.eq(why)))
        .execute(tx.conn())?;
    diesel::delete(spent_refresh_tokens::table.filter(spent_refresh_tokens::session_id.eq(session))).execute(tx.conn())?;
    if done == 1 {
        permit.changed("session", session.as_str(), &["ended_at"]);
    }
    Ok(done == 1)
}

row_digests! {
    /// Digests of all accounts.
    digests: users as UserRow, |row| (row.id.as_str(), row.version) => &row.digested()
}
