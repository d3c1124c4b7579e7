//! What stands beside the entries' bytes: columns, cases, the withheld piece, digests; and entries that wait for their place.

use std::collections::{BTreeSet, HashMap};

use diesel::prelude::*;

use super::report::{Kind, Place, Report};
use super::{Progress, Stage};
use crate::audit::Entry;
use crate::audit::store::{HeldDigest, digests_of};
use crate::base::db::schema::{audit_cases, audit_digests, audit_entries, audit_pending, log_leaves};
use crate::base::db::{DbError, Tx, among};
use crate::base::ids::{AgencyId, UserId};

/// Rows at a time.
const PAGE: i64 = 256;

/// An entry's row, as it is stored: nothing of it is taken for what it should be.
#[derive(Queryable, Selectable)]
#[diesel(table_name = audit_entries)]
pub(super) struct Row {
    pub id: String,
    pub at: i64,
    pub actor_user: Option<String>,
    pub actor_agency: Option<String>,
    pub action: String,
    pub outcome: String,
    pub bytes: Vec<u8>,
    pub withheld: Vec<u8>,
}

/// Checks what stands beside these entries.
pub(super) fn check(tx: &mut Tx<'_>, rows: &[&Row], report: &mut Report) -> Result<(), DbError> {
    let ids: Vec<String> = rows.iter().map(|row| row.id.clone()).collect();
    if ids.is_empty() {
        return Ok(());
    }
    let mut cases: HashMap<String, BTreeSet<String>> = HashMap::new();
    let found: Vec<(String, String)> = audit_cases::table
        .filter(among(audit_cases::entry_id, &ids))
        .select((audit_cases::entry_id, audit_cases::case_id))
        .load(tx.conn())?;
    for (entry, case) in found {
        cases.entry(entry).or_default().insert(case);
    }
    let mut digests: HashMap<String, Vec<HeldDigest>> = HashMap::new();
    let found: Vec<(String, HeldDigest)> = audit_digests::table
        .filter(among(audit_digests::entry_id, &ids))
        .order((audit_digests::entry_id, audit_digests::n))
        .select((
            audit_digests::entry_id,
            (audit_digests::n, audit_digests::kind, audit_digests::record_id, audit_digests::version, audit_digests::digest),
        ))
        .load(tx.conn())?;
    for (entry, digest) in found {
        digests.entry(entry).or_default().push(digest);
    }
    for row in rows {
        let (cases, digests) = (cases.remove(&row.id).unwrap_or_default(), digests.remove(&row.id).unwrap_or_default());
        compare(row, &cases, &digests, report);
    }
    Ok(())
}

fn compare(row: &Row, cases: &BTreeSet<String>, digests: &[HeldDigest], report: &mut Report) {
    let mut fails = |table, why: &str| report.fail(Kind::Row, Place::row(table, row.id.clone()), why);
    let entry = match Entry::read(&row.bytes, Some(&row.withheld)) {
        Ok(entry) => entry,
        Err(_) if Entry::read(&row.bytes, None).is_err() => {
            return report.fail(
                Kind::Entry,
                Place::Entry { entry: Some(row.id.clone()), position: None },
                "its bytes are not those of an entry",
            );
        }
        Err(_) => return fails("audit_entries", "what it withholds is not what its bytes hold the digest of"),
    };
    let (user, agency) = entry.who.account();
    let is_text = |column: Option<&String>, said: Option<&str>| column.map(String::as_str) == said;
    for (column, is_right) in [
        ("id", row.id == entry.id.as_str()),
        ("at", row.at == entry.at.micros()),
        ("actor_user", is_text(row.actor_user.as_ref(), user.as_ref().map(UserId::as_str))),
        ("actor_agency", is_text(row.actor_agency.as_ref(), agency.as_ref().map(AgencyId::as_str))),
        ("action", row.action == entry.action.as_str()),
        ("outcome", row.outcome == entry.outcome.as_str()),
    ] {
        if !is_right {
            fails("audit_entries", &format!("its column {column} is not what the entry says"));
        }
    }
    let about: BTreeSet<String> = entry.about().iter().map(|case| case.as_str().to_owned()).collect();
    if about != *cases {
        fails("audit_cases", "the cases filed for this entry are not those that it is about");
    }
    if digests_of(&entry) != digests {
        fails("audit_digests", "the digests filed for this entry are not those that it holds");
    }
}

/// Entries that wait, rows without an entry, entries that have no place and wait for none.
pub(super) fn rest(tx: &mut Tx<'_>, report: &mut Report, progress: &mut dyn Progress) -> Result<(), DbError> {
    progress.begins(Stage::Rows, None);
    let mut past = String::new();
    loop {
        let page: Vec<(String, Option<Row>, Option<i64>)> = audit_pending::table
            .left_join(audit_entries::table.on(audit_entries::id.eq(audit_pending::entry_id)))
            .left_join(log_leaves::table.on(log_leaves::entry_id.eq(audit_pending::entry_id)))
            .filter(audit_pending::entry_id.gt(past.clone()))
            .order(audit_pending::entry_id)
            .limit(PAGE)
            .select((audit_pending::entry_id, Option::<Row>::as_select(), log_leaves::position.nullable()))
            .load(tx.conn())?;
        let Some((last, ..)) = page.last() else { break };
        past.clone_from(last);
        let rows: Vec<&Row> = page.iter().filter_map(|(_, row, _)| row.as_ref()).collect();
        check(tx, &rows, report)?;
        for (id, row, position) in &page {
            report.waiting = report.waiting.saturating_add(1);
            if row.is_none() {
                report.fail(Kind::Row, Place::row("audit_pending", id.clone()), "there is no such entry");
            }
            if position.is_some() {
                report.fail(Kind::Row, Place::row("audit_pending", id.clone()), "the entry has its place already");
            }
        }
        progress.at(report.waiting);
    }
    let lost: Vec<String> = audit_entries::table
        .left_join(log_leaves::table.on(log_leaves::entry_id.eq(audit_entries::id)))
        .left_join(audit_pending::table.on(audit_pending::entry_id.eq(audit_entries::id)))
        .filter(log_leaves::position.nullable().is_null().and(audit_pending::entry_id.nullable().is_null()))
        .limit(PAGE)
        .select(audit_entries::id)
        .load(tx.conn())?;
    for id in lost {
        report.fail(Kind::Row, Place::row("audit_entries", id), "the entry has no place in the log and waits for none");
    }
    let of_none: Vec<(String, String)> = audit_cases::table
        .left_join(audit_entries::table.on(audit_entries::id.eq(audit_cases::entry_id)))
        .filter(audit_entries::id.nullable().is_null())
        .limit(PAGE)
        .select((audit_cases::entry_id, audit_cases::case_id))
        .load(tx.conn())?;
    for (entry, case) in of_none {
        report.fail(Kind::Row, Place::row("audit_cases", format!("{case}, {entry}")), "there is no such entry");
    }
    let of_none: Vec<(String, i64)> = audit_digests::table
        .left_join(audit_entries::table.on(audit_entries::id.eq(audit_digests::entry_id)))
        .filter(audit_entries::id.nullable().is_null())
        .limit(PAGE)
        .select((audit_digests::entry_id, audit_digests::n))
        .load(tx.conn())?;
    for (entry, n) in of_none {
        report.fail(Kind::Row, Place::row("audit_digests", format!("{entry}, {n}")), "there is no such entry");
    }
    Ok(())
}
