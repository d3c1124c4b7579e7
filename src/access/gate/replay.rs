//! Idempotency keys (http.md): the row is written in the write's own transaction, so that it survives a crash with it.

use std::fmt::Display;
use std::rc::Rc;
use std::str::FromStr;

use diesel::prelude::*;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use super::decide::{actor, decide};
use super::ledger::Ledger;
use super::permit::Permit;
use super::resource::Target;
use super::{Access, Stop};
use crate::access::can::View;
use crate::access::{Actor, Idempotency};
use crate::audit::{Entry, Who};
use crate::base::db::schema::idempotency;
use crate::base::db::{DbError, Tx};
use crate::base::problem::Problem;
use crate::base::words::{Action, Outcome};
use crate::vault::tokens::TokenKind;

/// A view that can be rendered anew from its key: for `GET`, and for a repeated `POST`.
pub trait Again: Send + Sized + 'static {
    /// What finds it.
    type Key: Target + Display + FromStr;
    /// The action of looking at it.
    const VIEW: Action;
    /// Its key.
    fn key(&self) -> Self::Key;
    /// Renders it from what is stored now.
    fn again(tx: &mut Tx<'_>, permit: &Permit<'_, View, <Self::Key as Target>::R>, key: Self::Key) -> Result<Self, Problem>;
}

/// A key may be used again after so many days.
const KEPT_DAYS: i64 = 1;

/// The request's keyed fingerprint: whoever gets the database cannot try bodies against it.
fn fingerprint(access: &Access<'_>, request: &Idempotency) -> Result<Vec<u8>, DbError> {
    let key = access.shared.keys.search().token(TokenKind::Name, "idempotency fingerprint, version 1");
    let mut mac = Hmac::<Sha256>::new_from_slice(&key).map_err(|_| DbError::Corrupt("a key"))?;
    for part in [request.method.as_bytes(), request.path.as_bytes(), &request.body] {
        mac.update(&u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
        mac.update(part);
    }
    Ok(mac.finalize().into_bytes().to_vec())
}

/// An earlier request's answer, rendered anew, with the entry of showing it; or why it is not shown now.
type Rendered<V> = Result<(V, Entry), Stop>;

/// What an earlier request under this key came to, rendered anew; nothing where there was none.
pub(super) fn known<V: Again>(access: &Access<'_>, tx: &mut Tx<'_>) -> Result<Option<Rendered<V>>, Stop> {
    let Some(request) = &access.ctx.idempotency else { return Ok(None) };
    let Ok(Actor::User { user, .. }) = actor(access, tx)? else { return Ok(None) };
    let since = tx.now().plus_days(-KEPT_DAYS);
    let row: Option<(Vec<u8>, String)> = idempotency::table
        .filter(idempotency::user_id.eq(user))
        .filter(idempotency::key.eq(&request.key))
        .filter(idempotency::at.gt(since))
        .select((idempotency::fingerprint, idempotency::record))
        .first(tx.conn())
        .optional()
        .map_err(DbError::from)?;
    let Some((known, record)) = row else { return Ok(None) };
    let ledger = Rc::new(Ledger::default());
    let who = actor(access, tx)?.unwrap_or(Actor::Anonymous);
    if known != fingerprint(access, request)? {
        return Ok(Some(Err(access.refuse(tx, &who, &ledger, Problem::idempotency_mismatch()))));
    }
    let Ok(key) = record.parse::<V::Key>() else {
        return Ok(Some(Err(access.refuse(tx, &who, &ledger, Problem::idempotency_mismatch()))));
    };
    let looking = Access { shared: access.shared, ctx: access.ctx, action: V::VIEW, record: key.record() };
    let permit = match decide::<View, V::Key>(&looking, tx, &key, &ledger) {
        Ok(permit) => permit,
        Err(stop) => return Ok(Some(Err(stop))),
    };
    Ok(Some(match V::again(tx, &permit, key) {
        Ok(value) => {
            looking.entry(tx, permit.actor(), &ledger, Outcome::Allowed, None).map(|entry| (value, entry)).map_err(Stop::Db)
        }
        Err(problem) => Err(looking.refuse(tx, permit.actor(), &ledger, problem)),
    }))
}

/// Keeps what this request came to, under its key.
pub(super) fn keep(access: &Access<'_>, tx: &mut Tx<'_>, entry: &Entry, record: &str) -> Result<(), Stop> {
    let (Some(request), Who::User { user, .. }) = (&access.ctx.idempotency, &entry.who) else { return Ok(()) };
    let now = tx.now();
    diesel::delete(idempotency::table)
        .filter(idempotency::user_id.eq(*user))
        .filter(idempotency::key.eq(&request.key))
        .filter(idempotency::at.le(now.plus_days(-KEPT_DAYS)))
        .execute(tx.conn())
        .map_err(DbError::from)?;
    let kept = diesel::insert_into(idempotency::table)
        .values((
            idempotency::user_id.eq(*user),
            idempotency::key.eq(&request.key),
            idempotency::fingerprint.eq(fingerprint(access, request)?),
            idempotency::status.eq(0_i64),
            idempotency::record.eq(record),
            idempotency::at.eq(now),
        ))
        .execute(tx.conn());
    match kept.map_err(DbError::from) {
        Ok(_) => Ok(()),
        // The same request, at the same moment, was first: run again, and find what it did.
        Err(DbError::Unique) => Err(Stop::Db(DbError::Retry)),
        Err(error) => Err(Stop::Db(error)),
    }
}
