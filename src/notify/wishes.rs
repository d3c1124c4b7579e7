//! How somebody wants to hear by mail: where, in which language, at once or once a day.

use std::collections::HashMap;

use diesel::prelude::*;

use crate::base::db::schema::mail_wishes;
use crate::base::db::{DbError, Tx, among};
use crate::base::ids::UserId;
use crate::base::time::Timestamp;
use crate::base::words::Language;

/// A person's wishes as stored. `Debug` is not derived: the address goes into no log.
#[derive(Clone, PartialEq, Eq, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = mail_wishes, treat_none_as_default_value = false, treat_none_as_null = true)]
pub struct Wishes {
    /// Whose.
    pub user_id: UserId,
    /// The address; none: no mail.
    pub email: Option<String>,
    /// The language.
    pub language: Language,
    /// Whether each thing is mailed as it happens.
    pub immediate: bool,
    /// At which hour in China all that waits is mailed; none: never.
    pub digest_hour: Option<i64>,
    /// When that is next.
    pub next_digest_at: Option<Timestamp>,
    /// Counts changes.
    pub version: i64,
}

impl Wishes {
    /// Those of somebody who never said any: no mail.
    pub const fn none(user_id: UserId) -> Self {
        Self {
            user_id,
            email: None,
            language: Language::Zh,
            immediate: false,
            digest_hour: None,
            next_digest_at: None,
            version: 0,
        }
    }
    /// The first moment after `now` at which the digest is due; none where none is wanted.
    pub fn digest_after(&self, now: Timestamp) -> Option<Timestamp> {
        let hour = self.digest_hour.filter(|_| self.email.is_some())?;
        let today = now.day().start().plus_minutes(hour.saturating_mul(60));
        Some(if today > now { today } else { today.plus_days(1) })
    }
}

/// Somebody's wishes.
pub fn find(tx: &mut Tx<'_>, user: UserId) -> Result<Option<Wishes>, DbError> {
    let row = mail_wishes::table.filter(mail_wishes::user_id.eq(user)).select(Wishes::as_select());
    Ok(row.first(tx.conn()).optional()?)
}

/// The wishes of these people.
pub fn of(tx: &mut Tx<'_>, users: &[UserId]) -> Result<HashMap<UserId, Wishes>, DbError> {
    let rows: Vec<Wishes> =
        mail_wishes::table.filter(among(mail_wishes::user_id, users)).select(Wishes::as_select()).load(tx.conn())?;
    Ok(rows.into_iter().map(|wishes| (wishes.user_id, wishes)).collect())
}

/// Saves wishes over the version that was read, and counts on. Errors: `Retry` where somebody saved meanwhile.
pub fn save(tx: &mut Tx<'_>, wishes: &mut Wishes) -> Result<(), DbError> {
    let seen = wishes.version;
    wishes.version = seen.saturating_add(1);
    if seen == 0 {
        return match diesel::insert_into(mail_wishes::table).values(&*wishes).execute(tx.conn()).map_err(DbError::from) {
            Err(DbError::Unique) => Err(DbError::Retry),
            done => done.map(drop),
        };
    }
    let this = mail_wishes::table.filter(mail_wishes::user_id.eq(wishes.user_id)).filter(mail_wishes::version.eq(seen));
    let done = diesel::update(this).set(&*wishes).execute(tx.conn())?;
    if done == 1 { Ok(()) } else { Err(DbError::Retry) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_comes_at_its_hour_in_china_and_after_downtime_once() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let user = "0193a5b0-7c00-7000-8000-000000000001".parse().unwrap();
        let wishes = Wishes { email: Some("a@b.cn".into()), digest_hour: Some(8), ..Wishes::none(user) };
        // 08:00 in China is 00:00 in Greenwich.
        assert_eq!(wishes.digest_after(at("2026-03-02T23:59:59Z")), Some(at("2026-03-03T00:00:00Z")));
        assert_eq!(wishes.digest_after(at("2026-03-03T00:00:00Z")), Some(at("2026-03-04T00:00:00Z")));
        assert_eq!(wishes.digest_after(at("2026-03-09T17:00:00Z")), Some(at("2026-03-10T00:00:00Z")));
        let late = Wishes { digest_hour: Some(23), ..wishes.clone() };
        assert_eq!(late.digest_after(at("2026-03-03T15:30:00Z")), Some(at("2026-03-04T15:00:00Z")));
        assert_eq!(Wishes { email: None, ..wishes.clone() }.digest_after(at("2026-03-03T00:00:00Z")), None);
        assert_eq!(Wishes { digest_hour: None, ..wishes }.digest_after(at("2026-03-03T00:00:00Z")), None);
    }
}
