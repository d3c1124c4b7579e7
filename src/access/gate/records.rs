//! Records that can be erased alone: each sealed under a key of its own, which its case's key wraps.

use std::collections::HashMap;

use diesel::prelude::*;

use super::permit::{Author, Permit};
use super::resource::Case;
use crate::access::can::Can;
use crate::access::seal::{Content, SealedAs, aad};
use crate::base::db::schema::record_keys;
use crate::base::db::{DbError, Tx, among};
use crate::base::problem::Problem;
use crate::base::words::Facet;
use crate::vault::crypto::{DataKey, VaultError};

/// The wrapped keys of some records of one case.
#[derive(Default)]
pub struct RecordKeys(pub(super) HashMap<String, Vec<u8>>);

/// What a record says to its reader.
pub enum Opened<T> {
    /// It is neither theirs to read nor their own.
    Withheld,
    /// Its key was destroyed.
    Erased,
    /// This.
    Said(T),
}

impl<C: Can> Permit<'_, C, Case> {
    /// Seals a record under a key of its own, which is durable before the record can be. Errors: 403 where the facet may not be written.
    pub fn seal_record<T: Content>(
        &self,
        tx: &mut Tx<'_>,
        facet: Facet,
        content: &T,
        row: &str,
    ) -> Result<(SealedAs<T>, RecordKeys), Problem> {
        if self.writes().has(facet) { self.seal_own_record(tx, content, row) } else { Err(Problem::forbidden()) }
    }

    /// The same for what belongs to its author, whatever their grant names.
    pub fn seal_own_record<T: Content>(
        &self,
        tx: &mut Tx<'_>,
        content: &T,
        row: &str,
    ) -> Result<(SealedAs<T>, RecordKeys), Problem> {
        let (key, wrapped) = self.new_record_key::<T>(tx, row)?;
        let sealed = SealedAs::make(&key, self.case().as_str(), row, content).map_err(DbError::from)?;
        Ok((sealed, RecordKeys(HashMap::from([(row.to_owned(), wrapped)]))))
    }

    /// A record's own key, durable before the record can be, as it is and as it is kept.
    pub(super) fn new_record_key<T: Content>(&self, tx: &mut Tx<'_>, row: &str) -> Result<(DataKey, Vec<u8>), DbError> {
        let (case, now) = (self.case(), tx.now());
        let key = DataKey::generate().map_err(VaultError::from)?;
        let wrapped = self.case_key()?.wrap_record(&aad::<T>(case.as_str(), row), &key)?;
        tx.with_key_store(|conn| {
            diesel::insert_into(record_keys::table)
                .values((
                    record_keys::record_id.eq(row),
                    record_keys::case_id.eq(case),
                    record_keys::wrapped.eq(&wrapped),
                    record_keys::created_at.eq(now),
                ))
                .execute(conn)?;
            Ok(())
        })?;
        Ok((key, wrapped))
    }

    /// The keys of these records of the permit's case: one query for a page of them.
    pub fn record_keys<'r>(&self, tx: &mut Tx<'_>, rows: impl Iterator<Item = &'r str>) -> Result<RecordKeys, DbError> {
        let (case, rows): (_, Vec<&str>) = (self.case(), rows.collect());
        if rows.is_empty() {
            return Ok(RecordKeys::default());
        }
        let found: Vec<(String, Vec<u8>)> = tx.from_key_store(|conn| {
            Ok(record_keys::table
                .filter(among(record_keys::record_id, &rows))
                .filter(record_keys::case_id.eq(case))
                .select((record_keys::record_id, record_keys::wrapped))
                .load(conn)?)
        })?;
        Ok(RecordKeys(found.into_iter().collect()))
    }

    /// Opens a record for whoever reads its facet, and for its author.
    pub fn open_record<T: Content>(
        &self,
        keys: &RecordKeys,
        (facet, author): (Facet, Author),
        sealed: &SealedAs<T>,
        row: &str,
    ) -> Result<Opened<T>, DbError> {
        if !self.shows(facet) && !self.is_own(author) {
            return Ok(Opened::Withheld);
        }
        let Some(wrapped) = keys.0.get(row) else { return Ok(Opened::Erased) };
        let key = self.case_key()?.unwrap_record(&aad::<T>(self.case().as_str(), row), wrapped)?;
        Ok(Opened::Said(sealed.open(&key, self.case().as_str(), row)?))
    }
}
