//! The outbox: mails made of what was told, sent once each, tried again, given up and sent again by hand.
//!
//! `waits → sent | dropped | dead`; `dead → waits`. A cause is what was told of one record at one moment: however many of
//! somebody's desks it was put on, they get one mail of it (a unique key). Whoever sends takes a mail up for the length of a
//! lease: it ended in the middle if nothing was recorded by then, and the mail is sent again under the same `Message-ID`.

use diesel::prelude::*;

use super::{DeskItem, desk_items};
use crate::base::db::schema::{mail_wishes, mails};
use crate::base::db::{DbError, Tx, among, insert_rows};
use crate::base::ids::{DeskItemId, MailId, UserId};
use crate::base::time::Timestamp;
use crate::base::words::{MailKind, MailReason, MailState};

/// A sender that has said nothing for so long has ended. Longer than `mail.timeout_seconds` can be.
const LEASE_MINUTES: i64 = 10;
/// The longest wait between two attempts.
const LONGEST_WAIT_MINUTES: i64 = 240;

/// A mail as stored. What it says is made when it is sent.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = mails, treat_none_as_default_value = false)]
pub struct Mail {
    /// Its id; its `Message-ID` is made of it.
    pub id: MailId,
    /// What it is for, the same for each of its receivers.
    pub cause: String,
    /// Whom it is to.
    pub user_id: UserId,
    /// What it tells.
    pub kind: MailKind,
    /// The desk entry it tells of.
    pub desk_item_id: Option<DeskItemId>,
    /// How far it is.
    pub state: MailState,
    /// Since when it waits.
    pub at: Timestamp,
    /// How often it was taken up.
    pub attempts: i64,
    /// When it is to be tried (again).
    pub next_at: Option<Timestamp>,
    /// When it was sent, dropped or given up.
    pub ended_at: Option<Timestamp>,
    /// Why it was dropped, or the last attempt failed.
    pub reason: Option<MailReason>,
    /// The server's code, if it gave one.
    pub code: Option<i64>,
    /// Counts changes.
    pub version: i64,
}

/// What an attempt came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// A server has taken it.
    Sent,
    /// There is nobody to send it to any more.
    Dropped(MailReason),
    /// Not this time.
    Failed {
        /// Why.
        reason: MailReason,
        /// The server's code.
        code: Option<i64>,
        /// Whether another attempt would fare no better.
        for_good: bool,
    },
}

impl Mail {
    /// A mail that waits.
    pub fn new(
        tx: &Tx<'_>,
        user_id: UserId,
        kind: MailKind,
        cause: String,
        desk_item_id: Option<DeskItemId>,
    ) -> Result<Self, DbError> {
        Ok(Self {
            id: tx.new_id()?,
            cause,
            user_id,
            kind,
            desk_item_id,
            state: MailState::Waits,
            at: tx.now(),
            attempts: 0,
            next_at: Some(tx.now()),
            ended_at: None,
            reason: None,
            code: None,
            version: 1,
        })
    }

    /// The mail after an attempt; `limit`: how many there are.
    #[must_use]
    pub fn after(self, outcome: Outcome, limit: i64, now: Timestamp) -> Self {
        let ended = |state, reason, code| Self { state, next_at: None, ended_at: Some(now), reason, code, ..self.clone() };
        match outcome {
            Outcome::Sent => ended(MailState::Sent, None, None),
            Outcome::Dropped(reason) => ended(MailState::Dropped, Some(reason), None),
            Outcome::Failed { reason, code, for_good } if for_good || self.attempts >= limit => {
                ended(MailState::Dead, Some(reason), code)
            }
            Outcome::Failed { reason, code, .. } => {
                Self { next_at: Some(now.plus_minutes(wait(self.attempts))), reason: Some(reason), code, ..self }
            }
        }
    }
}

/// How many minutes to wait after so many attempts: one, two, four … up to four hours.
fn wait(attempts: i64) -> i64 {
    (1..attempts.min(16)).fold(1_i64, |minutes, _| minutes.saturating_mul(2)).min(LONGEST_WAIT_MINUTES)
}

/// Whether there is anything to do by now: an entry of which no mail was made, a digest, a mail. Nothing of a case is in
/// the answer.
pub fn has_work(tx: &mut Tx<'_>) -> Result<bool, DbError> {
    let now = tx.now();
    let new: Option<DeskItemId> = desk_items::table
        .filter(desk_items::mailed_at.is_null())
        .order(desk_items::id)
        .select(desk_items::id)
        .first(tx.conn())
        .optional()?;
    if new.is_some() {
        return Ok(true);
    }
    let digest: Option<UserId> = mail_wishes::table
        .filter(mail_wishes::next_digest_at.le(now))
        .select(mail_wishes::user_id)
        .first(tx.conn())
        .optional()?;
    Ok(digest.is_some() || is_due(tx)?)
}

/// Whether a mail is to be sent by now.
pub fn is_due(tx: &mut Tx<'_>) -> Result<bool, DbError> {
    let now = tx.now();
    let mail: Option<MailId> = mails::table
        .filter(mails::next_at.le(now))
        .order((mails::next_at, mails::id))
        .select(mails::id)
        .first(tx.conn())
        .optional()?;
    Ok(mail.is_some())
}

/// Takes hold of at most so many entries of which no mail was made yet, oldest first.
pub fn unmailed(tx: &mut Tx<'_>, limit: i64) -> Result<Vec<DeskItem>, DbError> {
    let ids = tx.lock_unmailed(limit)?;
    let rows = desk_items::table.filter(among(desk_items::id, &ids)).order(desk_items::id).select(DeskItem::as_select());
    Ok(rows.load(tx.conn())?)
}

/// Of these entries the mails are made.
pub fn mailed(tx: &mut Tx<'_>, items: &[DeskItemId]) -> Result<(), DbError> {
    let now = tx.now();
    diesel::update(desk_items::table.filter(among(desk_items::id, items)))
        .set(desk_items::mailed_at.eq(now))
        .execute(tx.conn())?;
    Ok(())
}

/// Puts these mails into the outbox, but for those that were made before. Errors: `Retry` where another node made one of
/// them at the same moment.
pub fn put(tx: &mut Tx<'_>, mut new: Vec<Mail>) -> Result<usize, DbError> {
    let causes: Vec<String> = new.iter().map(|mail| mail.cause.clone()).collect();
    let known: Vec<(String, UserId)> =
        mails::table.filter(among(mails::cause, &causes)).select((mails::cause, mails::user_id)).load(tx.conn())?;
    let mut met: std::collections::HashSet<(String, UserId)> = known.into_iter().collect();
    new.retain(|mail| met.insert((mail.cause.clone(), mail.user_id)));
    for some in new.chunks(500) {
        insert_rows!(tx.conn(), mails::table, some).map_err(|error| match DbError::from(error) {
            DbError::Unique => DbError::Retry,
            other => other,
        })?;
    }
    Ok(new.len())
}

/// Takes up the mail that is to be sent first, for the length of a lease.
pub fn take_up(tx: &mut Tx<'_>) -> Result<Option<Mail>, DbError> {
    let now = tx.now();
    let Some(id) = tx.lock_due_mail(now)? else { return Ok(None) };
    let Some(mail) = find(tx, id)? else { return Ok(None) };
    let next_at = Some(now.plus_minutes(LEASE_MINUTES));
    // Until something else is recorded, this is what happened to it.
    let taken =
        Mail { attempts: mail.attempts.saturating_add(1), next_at, reason: Some(MailReason::Interrupted), code: None, ..mail };
    save(tx, taken).map(Some)
}

/// One mail.
pub fn find(tx: &mut Tx<'_>, id: MailId) -> Result<Option<Mail>, DbError> {
    Ok(mails::table.filter(mails::id.eq(id)).select(Mail::as_select()).first(tx.conn()).optional()?)
}

/// Saves a mail over the version that was read, and counts on. Errors: `Retry` where somebody saved meanwhile.
pub fn save(tx: &mut Tx<'_>, mail: Mail) -> Result<Mail, DbError> {
    let version = mail.version.saturating_add(1);
    let done = diesel::update(mails::table.filter(mails::id.eq(mail.id)).filter(mails::version.eq(mail.version)))
        .set((
            mails::state.eq(mail.state),
            mails::attempts.eq(mail.attempts),
            mails::next_at.eq(mail.next_at),
            mails::ended_at.eq(mail.ended_at),
            mails::reason.eq(mail.reason),
            mails::code.eq(mail.code),
            mails::version.eq(version),
        ))
        .execute(tx.conn())?;
    if done == 1 { Ok(Mail { version, ..mail }) } else { Err(DbError::Retry) }
}

/// Mails that were given up, newest first, before `past`.
pub fn dead(tx: &mut Tx<'_>, past: Option<MailId>, limit: i64) -> Result<Vec<Mail>, DbError> {
    let mut query = mails::table
        .filter(mails::state.eq(MailState::Dead))
        .order(mails::id.desc())
        .limit(limit)
        .select(Mail::as_select())
        .into_boxed();
    if let Some(past) = past {
        query = query.filter(mails::id.lt(past));
    }
    Ok(query.load(tx.conn())?)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn mail(attempts: i64) -> Mail {
        let now = Timestamp::from_micros(0);
        Mail {
            id: "0193a5b0-7c00-7000-8000-000000000001".parse().unwrap(),
            cause: "digest 2026-03-03".into(),
            user_id: "0193a5b0-7c00-7000-8000-000000000002".parse().unwrap(),
            kind: MailKind::Digest,
            desk_item_id: None,
            state: MailState::Waits,
            at: now,
            attempts,
            next_at: Some(now),
            ended_at: None,
            reason: None,
            code: None,
            version: 1,
        }
    }

    fn failed(for_good: bool) -> Outcome {
        Outcome::Failed { reason: MailReason::PutOff, code: Some(451), for_good }
    }

    #[test]
    fn waits_grow_twofold_up_to_four_hours() {
        let waits: Vec<i64> = (1..=11).map(wait).collect();
        assert_eq!(waits, [1, 2, 4, 8, 16, 32, 64, 128, 240, 240, 240]);
        assert_eq!(waits.iter().sum::<i64>() / 60, 16, "twelve attempts take some sixteen hours");
        assert_eq!((wait(0), wait(i64::MAX)), (1, 240));
    }

    #[test]
    fn a_refusal_for_good_is_not_tried_again() {
        let now = Timestamp::from_micros(0).plus_minutes(5);
        let dead = mail(1).after(failed(true), 12, now);
        assert_eq!(
            (dead.state, dead.next_at, dead.reason, dead.code),
            (MailState::Dead, None, Some(MailReason::PutOff), Some(451))
        );
    }

    proptest! {
        /// Whatever happens, a mail ends after as many attempts as are set, and waits for its next one until then.
        #[test]
        fn a_mail_ends_or_waits(outcomes in prop::collection::vec(0_u8..5, 1..20), limit in 1_i64..6) {
            let mut now = Timestamp::from_micros(0);
            let mut mail = mail(0);
            for outcome in outcomes {
                if mail.state != MailState::Waits {
                    break;
                }
                prop_assert!(mail.attempts < limit, "not taken up again past its last attempt");
                now = mail.next_at.unwrap().max(now);
                mail.attempts += 1;
                let (outcome, ends_as) = match outcome {
                    0 => (Outcome::Sent, Some(MailState::Sent)),
                    1 => (Outcome::Dropped(MailReason::NotTheirs), Some(MailState::Dropped)),
                    2 => (failed(true), Some(MailState::Dead)),
                    _ => (failed(false), (mail.attempts >= limit).then_some(MailState::Dead)),
                };
                mail = mail.after(outcome, limit, now);
                prop_assert_eq!(mail.state, ends_as.unwrap_or(MailState::Waits));
                prop_assert_eq!(mail.next_at.is_some(), mail.state == MailState::Waits);
                prop_assert_eq!(mail.ended_at.is_some(), mail.state != MailState::Waits);
                prop_assert!(mail.next_at.is_none_or(|next| next > now));
            }
        }
    }
}
