//! Case keys under their master keys: counted, and wrapped anew when the master key changes. No content is opened for it.

use std::collections::BTreeMap;

use diesel::dsl::count_star;
use diesel::prelude::*;

use super::permit::Permit;
use super::resource::Collection;
use crate::access::can::{Administer, Can};
use crate::base::db::schema::{case_keys, job_keys};
use crate::base::db::{DbError, Tx, among};
use crate::base::ids::CaseId;

/// What one batch of rewrapping came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Rewrapped {
    /// Case keys that rest on the current master key now.
    pub done: usize,
    /// Case keys that did not open under the key they name: they stay as they are.
    pub failed: usize,
    /// The last that was looked at: the next batch begins behind it. Nothing where this was the last batch.
    pub last: Option<CaseId>,
}

/// Case keys that rest on any of these master keys: whether there is one.
pub(super) fn any_under(tx: &mut Tx<'_>, masters: &[String]) -> Result<bool, DbError> {
    if masters.is_empty() {
        return Ok(false);
    }
    let found: Option<CaseId> =
        case_keys::table.filter(among(case_keys::master_id, masters)).select(case_keys::case_id).first(tx.conn()).optional()?;
    Ok(found.is_some())
}

impl<C: Can> Permit<'_, C, Collection> {
    /// The current master key's id, and the older ones'.
    pub fn master_keys(&self) -> (String, Vec<String>) {
        self.shared().keys.master_ids()
    }

    /// How many keys of cases, and of long work that is not over, rest on each master key.
    pub fn case_keys_by_master(&self, tx: &mut Tx<'_>) -> Result<BTreeMap<String, i64>, DbError> {
        let counts: Vec<(String, i64)> =
            case_keys::table.group_by(case_keys::master_id).select((case_keys::master_id, count_star())).load(tx.conn())?;
        let mut counts: BTreeMap<String, i64> = counts.into_iter().collect();
        let of_work: Vec<(String, i64)> =
            job_keys::table.group_by(job_keys::master_id).select((job_keys::master_id, count_star())).load(tx.conn())?;
        for (master, count) in of_work {
            let all = counts.entry(master).or_default();
            *all = all.saturating_add(count);
        }
        Ok(counts)
    }
}

impl Permit<'_, Administer, Collection> {
    /// Wraps the next case keys behind `past`, at most so many, that rest on older master keys, under the current one.
    pub fn rewrap_case_keys(&self, tx: &mut Tx<'_>, past: Option<CaseId>, limit: i64) -> Result<Rewrapped, DbError> {
        let (current, older) = self.master_keys();
        if older.is_empty() {
            return Ok(Rewrapped::default());
        }
        let mut waiting = case_keys::table
            .filter(among(case_keys::master_id, &older))
            .order(case_keys::case_id)
            .limit(limit)
            .select((case_keys::case_id, case_keys::master_id, case_keys::wrapped))
            .into_boxed();
        if let Some(past) = past {
            waiting = waiting.filter(case_keys::case_id.gt(past));
        }
        let rows: Vec<(CaseId, String, Vec<u8>)> = waiting.load(tx.conn())?;
        let is_full = i64::try_from(rows.len()).is_ok_and(|count| count == limit);
        let last = rows.last().map(|(case, ..)| *case).filter(|_| is_full);
        let (mut anew, mut failed) = (Vec::with_capacity(rows.len()), 0_usize);
        for (case, old, wrapped) in rows {
            let keys = &self.shared().keys;
            match keys.unwrap(case.as_str(), &wrapped).and_then(|key| keys.wrap(case.as_str(), &key)) {
                Ok((master, wrapped)) => anew.push((case, old, master, wrapped)),
                Err(error) => {
                    tracing::error!(%error, %case, "a case's key could not be wrapped anew");
                    failed = failed.saturating_add(1);
                }
            }
        }
        let done = tx.with_key_store(|conn| {
            let mut done = 0_usize;
            for (case, old, master, wrapped) in &anew {
                // One that another node has wrapped in the meantime, or destroyed, is left alone.
                done = done.saturating_add(
                    diesel::update(case_keys::table)
                        .filter(case_keys::case_id.eq(case))
                        .filter(case_keys::master_id.eq(old))
                        .set((case_keys::master_id.eq(master), case_keys::wrapped.eq(wrapped)))
                        .execute(conn)?,
                );
            }
            Ok(done)
        })?;
        if done > 0 {
            self.changed("master_key", &current, &["case_keys"]);
        }
        Ok(Rewrapped { done, failed, last })
    }
}
