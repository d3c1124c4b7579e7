//! Erasing: a key is destroyed, and with it whatever was sealed under it.
//!
//! Always: the record first. What is erased is said in the transaction that is recorded; keys of what is said to be erased go
//! thereafter ([`destroy_keys`]), and again at every start, so that no write that fails destroys a key, and none survives a crash
//! in between. Whoever reads a case goes by what is said of it, whoever reads a note by its key.

use std::collections::HashSet;

use diesel::prelude::*;

use super::permit::Permit;
use super::resource::Case;
use crate::access::can::Approve;
use crate::access::grants::{self, Which};
use crate::base::db::schema::{case_events, case_keys, case_standing, documents, idempotency, note_erasures, record_keys};
use crate::base::db::{DbError, Tx, among};
use crate::base::ids::CaseId;
use crate::base::words::{Basis, DocumentState};

/// Why grants end on a case that is erased.
const WHY: &str = "case_erased";
/// So many ids stand in one statement.
const AT_ONCE: usize = 500;

impl Permit<'_, Approve, Case> {
    /// Says that the case is erased, whose keys go once this is durable, and takes away what stands beside the content: what
    /// the head says of its risk, answers kept for repeated requests, and every grant but the owner's, by which the head is
    /// still seen. Errors: `Retry` where somebody changed the case meanwhile.
    pub fn erase_case(&self, tx: &mut Tx<'_>) -> Result<(), DbError> {
        let (case, now, seen) = (self.case(), tx.now(), self.facts().version);
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
        self.shared().leaves_keys_behind();
        Ok(())
    }

    /// The same for one record of the case, which its owner says to be erased.
    pub fn erase_record(&self, tx: &mut Tx<'_>, kind: &str, record: &str) -> Result<(), DbError> {
        diesel::delete(idempotency::table.filter(idempotency::record.eq(record))).execute(tx.conn())?;
        self.changed(kind, record, &["key"]);
        self.shared().leaves_keys_behind();
        Ok(())
    }
}

/// Destroys every key of what is said to be erased.
pub(super) fn destroy_keys(tx: &mut Tx<'_>) -> Result<(), DbError> {
    let cases: Vec<CaseId> = case_standing::table
        .inner_join(case_keys::table.on(case_keys::case_id.eq(case_standing::case_id)))
        .filter(case_standing::erased_at.is_not_null())
        .select(case_standing::case_id)
        .load(tx.conn())?;
    let of_cases = record_keys::table
        .inner_join(case_standing::table.on(case_standing::case_id.eq(record_keys::case_id)))
        .filter(case_standing::erased_at.is_not_null());
    let mut records: Vec<String> = of_cases.select(record_keys::record_id).load(tx.conn())?;
    let alone = record_keys::table.inner_join(note_erasures::table.on(note_erasures::note_id.eq(record_keys::record_id)));
    records.extend(alone.select(record_keys::record_id).load::<String>(tx.conn())?);
    let files = record_keys::table.inner_join(documents::table.on(documents::id.eq(record_keys::record_id)));
    let erased = files.filter(documents::state.eq(DocumentState::Erased));
    records.extend(erased.select(record_keys::record_id).load::<String>(tx.conn())?);
    if cases.is_empty() && records.is_empty() {
        return Ok(());
    }
    tx.with_key_store(|conn| {
        for some in records.chunks(AT_ONCE) {
            diesel::delete(record_keys::table.filter(among(record_keys::record_id, some))).execute(conn)?;
        }
        for some in cases.chunks(AT_ONCE) {
            diesel::delete(case_keys::table.filter(among(case_keys::case_id, some))).execute(conn)?;
        }
        Ok(())
    })
}
