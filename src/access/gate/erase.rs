//! Erasing: a key is destroyed, and with it whatever was sealed under it.

use std::collections::HashSet;

use diesel::prelude::*;

use super::permit::Permit;
use super::resource::Case;
use crate::access::can::Approve;
use crate::access::grants::{self, Which};
use crate::base::db::schema::{case_events, case_keys, case_standing, idempotency, record_keys};
use crate::base::db::{DbError, Tx, among};
use crate::base::words::Basis;

/// Why grants end on a case that is erased.
const WHY: &str = "case_erased";
/// So many ids stand in one statement.
const AT_ONCE: usize = 500;

impl Permit<'_, Approve, Case> {
    /// Destroys the case's key and its records' keys, and takes away what stands beside the content: what the head says of
    /// its risk, answers kept for repeated requests, and every grant but the owner's, by which the head is still seen.
    /// Errors: `Retry` where somebody changed the case meanwhile.
    pub fn destroy_case_key(&self, tx: &mut Tx<'_>) -> Result<(), DbError> {
        let (case, now, seen) = (self.case(), tx.now(), self.facts().version);
        tx.with_key_store(|conn| {
            diesel::delete(record_keys::table.filter(record_keys::case_id.eq(case))).execute(conn)?;
            diesel::delete(case_keys::table.filter(case_keys::case_id.eq(case))).execute(conn)?;
            Ok(())
        })?;
        let done = diesel::update(case_standing::table)
            .filter(case_standing::case_id.eq(case))
            .filter(case_standing::version.eq(seen))
            .set((
                case_standing::erased_at.eq(now),
                case_standing::risk_level.eq(None::<String>),
                case_standing::risk_assessed_at.eq(None::<i64>),
                case_standing::version.eq(seen.saturating_add(1)),
            ))
            .execute(tx.conn())?;
        if done != 1 {
            return Err(DbError::Retry);
        }
        for basis in Basis::ALL.iter().filter(|basis| **basis != Basis::Jurisdiction) {
            grants::end(tx, self, Which::Basis(*basis), WHY)?;
        }
        let records: Vec<String> =
            case_events::table.filter(case_events::case_id.eq(case)).select(case_events::record).load(tx.conn())?;
        let ids: HashSet<&str> = records.iter().filter_map(|record| record.split_once('/').map(|(_, id)| id)).collect();
        let ids: Vec<&str> = ids.into_iter().chain([case.as_str()]).collect();
        for some in ids.chunks(AT_ONCE) {
            diesel::delete(idempotency::table.filter(among(idempotency::record, some))).execute(tx.conn())?;
        }
        self.changed("case", case.as_str(), &["key", "erased_at"]);
        Ok(())
    }

    /// Destroys the key of one record of the case.
    pub fn destroy_record_key(&self, tx: &mut Tx<'_>, kind: &str, record: &str) -> Result<(), DbError> {
        let case = self.case();
        tx.with_key_store(|conn| {
            let it = record_keys::table.filter(record_keys::record_id.eq(record)).filter(record_keys::case_id.eq(case));
            diesel::delete(it).execute(conn)?;
            Ok(())
        })?;
        diesel::delete(idempotency::table.filter(idempotency::record.eq(record))).execute(tx.conn())?;
        self.changed(kind, record, &["key"]);
        Ok(())
    }
}
