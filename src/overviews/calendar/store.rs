//! Tokens as rows: one a person, by its digest.

use diesel::prelude::*;

use crate::base::db::schema::calendar_tokens;
use crate::base::db::{DbError, Tx};
use crate::base::ids::{CalendarTokenId, UserId};
use crate::base::time::Timestamp;

#[derive(Insertable)]
#[diesel(table_name = calendar_tokens)]
pub(super) struct TokenRow {
    pub id: CalendarTokenId,
    pub user_id: UserId,
    pub digest: Vec<u8>,
    pub created_at: Timestamp,
}

/// Puts a token in the place of the one before. Errors: `Retry` where somebody made one at the same moment.
pub(super) fn put(tx: &mut Tx<'_>, row: &TokenRow) -> Result<(), DbError> {
    end(tx, row.user_id)?;
    match diesel::insert_into(calendar_tokens::table).values(row).execute(tx.conn()).map_err(DbError::from) {
        Err(DbError::Unique) => Err(DbError::Retry),
        done => done.map(drop),
    }
}

/// Ends a person's token; whether there was one.
pub(super) fn end(tx: &mut Tx<'_>, user: UserId) -> Result<bool, DbError> {
    Ok(diesel::delete(calendar_tokens::table.filter(calendar_tokens::user_id.eq(user))).execute(tx.conn())? > 0)
}
