//! Entries as rows: appended, paged; never changed.

use diesel::prelude::*;

use super::{Entry, LONGEST, Written};
use crate::base::db::schema::{audit_cases, audit_digests, audit_entries, audit_pending};
use crate::base::db::{DbError, Tx, insert_rows};
use crate::base::ids::{AgencyId, CaseId, EntryId, UserId};
use crate::base::time::Timestamp;
use crate::base::words::{Action, Outcome};

#[derive(Insertable)]
#[diesel(table_name = audit_entries, treat_none_as_default_value = false)]
struct NewEntry {
    id: EntryId,
    at: Timestamp,
    actor_user: Option<UserId>,
    actor_agency: Option<AgencyId>,
    action: Action,
    outcome: Outcome,
    bytes: Vec<u8>,
    withheld: Vec<u8>,
}

#[derive(Insertable)]
#[diesel(table_name = audit_cases, treat_none_as_default_value = false)]
struct NewCase {
    case_id: CaseId,
    entry_id: EntryId,
}

/// An entry that has no place in the log yet.
#[derive(Insertable)]
#[diesel(table_name = audit_pending, treat_none_as_default_value = false)]
struct NewPending {
    entry_id: EntryId,
}

/// The digest of a row that an entry holds.
#[derive(Insertable)]
#[diesel(table_name = audit_digests, treat_none_as_default_value = false)]
struct NewDigest {
    entry_id: EntryId,
    n: i64,
    kind: String,
    record_id: String,
    version: i64,
    digest: String,
}

/// A digest as an entry holds it: which change of the entry, the record's kind and id, its version, the digest.
pub(super) type HeldDigest = (i64, String, String, i64, String);

/// The digests that an entry holds.
pub(super) fn digests_of(entry: &Entry) -> Vec<HeldDigest> {
    let held = |(n, change): (i64, &super::Change)| {
        let (kind, id) = change.record.split_once('/')?;
        Some((n, kind.to_owned(), id.to_owned(), change.version?, change.digest.clone()?))
    };
    (0..).zip(&entry.changed).filter_map(held).collect()
}

/// Appends an entry in this transaction.
pub fn append(tx: &mut Tx<'_>, entry: &Entry) -> Result<(), DbError> {
    append_all(tx, [entry])
}

/// Appends entries in this transaction.
pub(super) fn append_all<'a>(tx: &mut Tx<'_>, entries: impl IntoIterator<Item = &'a Entry>) -> Result<(), DbError> {
    let (mut rows, mut cases, mut pending, mut digests) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let mut put = |part: &Entry, written: Written| {
        let (actor_user, actor_agency) = part.who.account();
        let (id, at, action, outcome) = (part.id, part.at, part.action, part.outcome);
        let Written { bytes, withheld } = written;
        rows.push(NewEntry { id, at, actor_user, actor_agency, action, outcome, bytes, withheld });
        cases.extend(part.about().into_iter().map(|case_id| NewCase { case_id, entry_id: id }));
        let held = digests_of(part).into_iter();
        digests.extend(held.map(|(n, kind, record_id, version, digest)| NewDigest {
            entry_id: id,
            n,
            kind,
            record_id,
            version,
            digest,
        }));
        pending.push(NewPending { entry_id: id });
    };
    for entry in entries {
        let written = entry.write()?;
        if written.bytes.len() <= LONGEST {
            put(entry, written);
        } else {
            for (part, written) in entry.clone().parts(&mut || tx.new_id())? {
                put(&part, written);
            }
        }
    }
    if let ([row], [] | [_], [waits]) = (rows.as_slice(), cases.as_slice(), pending.as_slice()) {
        // One by one through statements that are prepared once: one entry, mostly about one case.
        diesel::insert_into(audit_entries::table).values(row).execute(tx.conn())?;
        for case in &cases {
            diesel::insert_into(audit_cases::table).values(case).execute(tx.conn())?;
        }
        diesel::insert_into(audit_pending::table).values(waits).execute(tx.conn())?;
    } else {
        insert_rows!(tx.conn(), audit_entries::table, &rows)?;
        insert_rows!(tx.conn(), audit_cases::table, &cases)?;
        insert_rows!(tx.conn(), audit_pending::table, &pending)?;
    }
    for row in &digests {
        diesel::insert_into(audit_digests::table).values(row).execute(tx.conn())?;
    }
    Ok(())
}

/// Which entries are asked for.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Of this agency's people.
    pub agency: Option<AgencyId>,
    /// Of this user.
    pub actor: Option<UserId>,
    /// About this case.
    pub case: Option<CaseId>,
    /// From then on.
    pub from: Option<Timestamp>,
    /// Before then.
    pub until: Option<Timestamp>,
    /// With this outcome.
    pub outcome: Option<Outcome>,
    /// Only those before this one (newest first) or, with `oldest_first`, after it.
    pub past: Option<EntryId>,
    /// Oldest first.
    pub oldest_first: bool,
}

/// A stored entry.
pub struct Found {
    /// The entry, read from both its pieces.
    pub entry: Entry,
    /// The canonical bytes as they were written.
    pub bytes: Vec<u8>,
}

/// One page of entries, newest first unless asked otherwise.
pub fn page(tx: &mut Tx<'_>, filter: &Filter, limit: i64) -> Result<Vec<Found>, DbError> {
    let mut query = audit_entries::table.select((audit_entries::bytes, audit_entries::withheld)).limit(limit).into_boxed();
    if let Some(agency) = filter.agency {
        query = query.filter(audit_entries::actor_agency.eq(agency));
    }
    if let Some(actor) = filter.actor {
        query = query.filter(audit_entries::actor_user.eq(actor));
    }
    if let Some(from) = filter.from {
        query = query.filter(audit_entries::at.ge(from));
    }
    if let Some(until) = filter.until {
        query = query.filter(audit_entries::at.lt(until));
    }
    if let Some(outcome) = filter.outcome {
        query = query.filter(audit_entries::outcome.eq(outcome));
    }
    if let Some(case) = filter.case {
        query = query.filter(tx.about_case(case));
    }
    query = match (filter.past, filter.oldest_first) {
        (Some(past), false) => query.filter(audit_entries::id.lt(past)),
        (Some(past), true) => query.filter(audit_entries::id.gt(past)),
        (None, _) => query,
    };
    query = if filter.oldest_first { query.order(audit_entries::id.asc()) } else { query.order(audit_entries::id.desc()) };
    let rows: Vec<(Vec<u8>, Vec<u8>)> = query.load(tx.conn())?;
    rows.into_iter().map(|(bytes, withheld)| Ok(Found { entry: Entry::read(&bytes, Some(&withheld))?, bytes })).collect()
}
