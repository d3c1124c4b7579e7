//! Sessions and failures as rows.

use diesel::prelude::*;

use super::throttle::Failures;
use crate::access::{Relation, Session, Target};
use crate::base::config::SignIn;
use crate::base::db::schema::{sessions, sign_in_failures, spent_refresh_tokens, users};
use crate::base::db::{DbError, Tx};
use crate::base::ids::{AgencyId, SessionId, UserId};
use crate::base::time::Timestamp;

/// A session as stored.
#[derive(Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = sessions)]
pub struct SessionRow {
    pub id: SessionId,
    pub user_id: UserId,
    pub refresh_digest: Vec<u8>,
    pub address: String,
    pub user_agent: String,
    pub created_at: Timestamp,
    pub refreshed_at: Timestamp,
    pub expires_at: Timestamp,
}

impl Target for SessionId {
    type R = Session;
    fn record(&self) -> String {
        format!("session/{self}")
    }
    fn locate(&self, tx: &mut Tx<'_>) -> Result<Option<Relation>, DbError> {
        let found: Option<(UserId, AgencyId)> = sessions::table
            .inner_join(users::table.on(users::id.eq(sessions::user_id)))
            .filter(sessions::id.eq(*self))
            .select((sessions::user_id, users::agency_id))
            .first(tx.conn())
            .optional()?;
        Ok(found.map(|(user, agency)| Relation { user: Some(user), agency: Some(agency), ..Relation::default() }))
    }
}

pub fn insert(tx: &mut Tx<'_>, row: &SessionRow) -> Result<(), DbError> {
    diesel::insert_into(sessions::table).values(row).execute(tx.conn())?;
    Ok(())
}

/// The live session whose refresh token this is.
pub fn by_refresh(tx: &mut Tx<'_>, digest: &[u8; 32]) -> Result<Option<SessionRow>, DbError> {
    let now = tx.now();
    Ok(sessions::table
        .filter(sessions::refresh_digest.eq(digest.to_vec()))
        .filter(sessions::ended_at.is_null())
        .filter(sessions::expires_at.gt(now))
        .select(SessionRow::as_select())
        .first(tx.conn())
        .optional()?)
}

/// The session whose refresh token this once was, and whose it is.
pub fn by_spent(tx: &mut Tx<'_>, digest: &[u8; 32]) -> Result<Option<(SessionId, UserId)>, DbError> {
    let session: Option<SessionId> = spent_refresh_tokens::table
        .filter(spent_refresh_tokens::digest.eq(digest.to_vec()))
        .select(spent_refresh_tokens::session_id)
        .first(tx.conn())
        .optional()?;
    let Some(session) = session else { return Ok(None) };
    Ok(sessions::table.filter(sessions::id.eq(session)).select((sessions::id, sessions::user_id)).first(tx.conn()).optional()?)
}

/// Puts the next refresh token in the place of the one seen. Errors: `Retry` where somebody traded that meanwhile.
pub fn rotate(tx: &mut Tx<'_>, seen: &SessionRow, next: &[u8; 32], expires_at: Timestamp) -> Result<(), DbError> {
    let now = tx.now();
    let done = diesel::update(sessions::table)
        .filter(sessions::id.eq(seen.id))
        .filter(sessions::refresh_digest.eq(&seen.refresh_digest))
        .filter(sessions::ended_at.is_null())
        .set((sessions::refresh_digest.eq(next.to_vec()), sessions::refreshed_at.eq(now), sessions::expires_at.eq(expires_at)))
        .execute(tx.conn())?;
    if done != 1 {
        return Err(DbError::Retry);
    }
    diesel::insert_into(spent_refresh_tokens::table)
        .values((spent_refresh_tokens::digest.eq(&seen.refresh_digest), spent_refresh_tokens::session_id.eq(seen.id)))
        .execute(tx.conn())?;
    Ok(())
}

/// One page of a user's live sessions, newest first, before `past`.
pub fn page(tx: &mut Tx<'_>, user: UserId, past: Option<SessionId>, rows: i64) -> Result<Vec<SessionRow>, DbError> {
    let now = tx.now();
    let mut query = sessions::table
        .filter(sessions::user_id.eq(user))
        .filter(sessions::ended_at.is_null())
        .filter(sessions::expires_at.gt(now))
        .order(sessions::id.desc())
        .limit(rows)
        .select(SessionRow::as_select())
        .into_boxed();
    if let Some(past) = past {
        query = query.filter(sessions::id.lt(past));
    }
    Ok(query.load(tx.conn())?)
}

/// The failures that count, for an account's key from a network.
pub fn failures(
    tx: &mut Tx<'_>,
    (account, network): (&[u8; 32], &str),
    limits: &SignIn,
    familiar: Option<(UserId, &str)>,
) -> Result<Failures, DbError> {
    let since = super::throttle::window_start(limits, tx.now());
    let nth = |limit: u32| i64::from(limit).saturating_sub(1);
    let of_account = sign_in_failures::table
        .filter(sign_in_failures::account.eq(account.to_vec()))
        .filter(sign_in_failures::address.eq(network.to_owned()))
        .filter(sign_in_failures::at.gt(since))
        .order(sign_in_failures::at.desc())
        .select(sign_in_failures::at)
        .limit(1)
        .offset(nth(limits.failures_per_account))
        .first(tx.conn())
        .optional()?;
    let of_address = sign_in_failures::table
        .filter(sign_in_failures::address.eq(network.to_owned()))
        .filter(sign_in_failures::at.gt(since))
        .order(sign_in_failures::at.desc())
        .select(sign_in_failures::at)
        .limit(1)
        .offset(nth(limits.failures_per_address))
        .first(tx.conn())
        .optional()?;
    let is_familiar = match familiar {
        Some((user, address)) => sessions::table
            .filter(sessions::user_id.eq(user))
            .filter(sessions::address.eq(address.to_owned()))
            .select(sessions::id)
            .first::<SessionId>(tx.conn())
            .optional()?
            .is_some(),
        None => false,
    };
    Ok(Failures { of_account, of_address, is_familiar })
}

/// Counts a failure; those that no longer count are forgotten.
pub fn count_failure(tx: &mut Tx<'_>, account: &[u8; 32], network: &str, limits: &SignIn) -> Result<(), DbError> {
    let now = tx.now();
    let since = super::throttle::window_start(limits, now);
    diesel::delete(sign_in_failures::table.filter(sign_in_failures::at.le(since))).execute(tx.conn())?;
    // A failure is no record that anybody asks for: it has an id only because every row has one.
    let id: SessionId = tx.new_id()?;
    diesel::insert_into(sign_in_failures::table)
        .values((
            sign_in_failures::id.eq(id),
            sign_in_failures::account.eq(account.to_vec()),
            sign_in_failures::address.eq(network.to_owned()),
            sign_in_failures::at.eq(now),
        ))
        .execute(tx.conn())?;
    Ok(())
}

/// The right password came: earlier slips of the same account from the same network are forgotten.
pub fn forget_failures(tx: &mut Tx<'_>, account: &[u8; 32], network: &str) -> Result<(), DbError> {
    diesel::delete(
        sign_in_failures::table
            .filter(sign_in_failures::account.eq(account.to_vec()))
            .filter(sign_in_failures::address.eq(network.to_owned())),
    )
    .execute(tx.conn())?;
    Ok(())
}
