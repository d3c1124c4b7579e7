//! Rows whose digests the log holds: grants, walls, consents, … Each row must be the version that the log holds last, and of
//! each record that the log knows there must be a row. Both are read in the order of their ids, side by side, so that nothing
//! is kept in memory and the newest digest comes from an index.

use diesel::prelude::*;

use super::report::{Kind, Place, Report};
use super::{Progress, Stage};
use crate::base::db::schema::audit_digests;
use crate::base::db::{DbError, Tx};

/// Rows at a time.
const PAGE: i64 = 512;

/// A row as it is now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowDigest {
    /// Its id.
    pub id: String,
    /// Its version.
    pub version: i64,
    /// Its digest ([`crate::audit::digest`]).
    pub digest: String,
}

impl RowDigest {
    /// Of this version of the row with this id.
    pub fn of((id, version): (&str, i64), row: &impl serde::Serialize) -> Result<Self, DbError> {
        Ok(Self { id: id.to_owned(), version, digest: crate::audit::digest(row)? })
    }
}

/// Gives the rows after an id, in the order of their ids, at most so many.
pub type Page = fn(&mut Tx<'_>, Option<&str>, i64) -> Result<Vec<RowDigest>, DbError>;

/// Gives the digests of all rows of a table, as entries hold them, a page at a time: in the order of their ids, those after
/// `past`. Of each row: its id and version, and what of it is digested.
macro_rules! row_digests {
    ($(#[$doc:meta])* $name:ident: $table:ident as $row:ty, |$one:ident| $versioned:expr => $digested:expr) => {
        $(#[$doc])*
        pub fn $name(
            tx: &mut $crate::base::db::Tx<'_>,
            past: Option<&str>,
            limit: i64,
        ) -> Result<Vec<$crate::audit::verify::RowDigest>, $crate::base::db::DbError> {
            use diesel::prelude::*;
            let mut rows = $table::table.order($table::id).limit(limit).select(<$row>::as_select()).into_boxed();
            if let Some(past) = past {
                rows = rows.filter($table::id.gt(past.to_owned()));
            }
            let rows: Vec<$row> = rows.load(tx.conn())?;
            rows.iter().map(|$one| $crate::audit::verify::RowDigest::of($versioned, $digested)).collect()
        }
    };
}
pub(crate) use row_digests;

/// The rows of one kind of record, as their owner gives them.
#[derive(Clone, Copy)]
pub struct Rows {
    /// The kind, as entries name it: `grant`.
    pub kind: &'static str,
    /// The table.
    pub table: &'static str,
    /// The rows after this id, in the order of their ids, at most so many.
    pub page: Page,
}

/// Compares the rows of these kinds with the digests that the log holds.
pub fn rows(tx: &mut Tx<'_>, kinds: &[Rows], report: &mut Report, progress: &mut dyn Progress) -> Result<(), DbError> {
    progress.begins(Stage::Records, None);
    for kind in kinds {
        let (mut now, mut logged) = (Now::of(*kind), Logged::of(kind.kind));
        let (mut row, mut held) = (now.next(tx)?, logged.next(tx)?);
        loop {
            let fails = |id: &str, why: &str, report: &mut Report| report.fail(Kind::Row, Place::row(kind.table, id), why);
            match (&row, &held) {
                (None, None) => break,
                (Some(found), Some(known)) if found.id == known.id => {
                    if found.version != known.version {
                        let why = format!("it is version {}; the log holds version {} last", found.version, known.version);
                        fails(&found.id, &why, report);
                    } else if found.digest != known.digest {
                        fails(&found.id, "it is not the row whose digest the log holds: it was changed outside", report);
                    }
                    (row, held) = (now.next(tx)?, logged.next(tx)?);
                }
                (Some(found), known) if known.as_ref().is_none_or(|known| found.id < known.id) => {
                    fails(&found.id, "the log knows nothing of it: it was entered outside", report);
                    row = now.next(tx)?;
                }
                (_, Some(known)) => {
                    fails(&known.id, "the log holds its digest, but it is not there: it was taken away outside", report);
                    held = logged.next(tx)?;
                }
                (Some(_), None) => row = now.next(tx)?,
            }
            report.rows = report.rows.saturating_add(1);
            progress.at(report.rows);
        }
    }
    Ok(())
}

/// Rows, a page at a time.
struct Now {
    rows: Rows,
    page: std::vec::IntoIter<RowDigest>,
    past: Option<String>,
}

impl Now {
    fn of(rows: Rows) -> Self {
        Self { rows, page: Vec::new().into_iter(), past: None }
    }
    fn next(&mut self, tx: &mut Tx<'_>) -> Result<Option<RowDigest>, DbError> {
        if self.page.len() == 0 {
            self.page = (self.rows.page)(tx, self.past.as_deref(), PAGE)?.into_iter();
        }
        let next = self.page.next();
        self.past = next.as_ref().map(|row| row.id.clone()).or(self.past.take());
        Ok(next)
    }
}

/// A record's id, a version, its digest, and the entry that holds it.
type Held = (String, i64, String, (String, i64));

/// The newest digest of each record, a page of digests at a time.
struct Logged {
    kind: &'static str,
    page: std::iter::Peekable<std::vec::IntoIter<Held>>,
    past: Option<(String, i64, (String, i64))>,
}

impl Logged {
    fn of(kind: &'static str) -> Self {
        Self { kind, page: Vec::new().into_iter().peekable(), past: None }
    }
    fn peek(&mut self, tx: &mut Tx<'_>) -> Result<Option<&Held>, DbError> {
        if self.page.peek().is_none() {
            let mut query = audit_digests::table
                .filter(audit_digests::kind.eq(self.kind))
                .order((audit_digests::record_id, audit_digests::version, audit_digests::entry_id, audit_digests::n))
                .limit(PAGE)
                .select((
                    audit_digests::record_id,
                    audit_digests::version,
                    audit_digests::digest,
                    (audit_digests::entry_id, audit_digests::n),
                ))
                .into_boxed();
            if let Some((id, version, (entry, n))) = &self.past {
                let later = audit_digests::entry_id
                    .gt(entry.clone())
                    .or(audit_digests::entry_id.eq(entry.clone()).and(audit_digests::n.gt(*n)));
                let newer = audit_digests::version.gt(*version).or(audit_digests::version.eq(*version).and(later));
                // The first condition is what the index is entered by.
                query = query
                    .filter(audit_digests::record_id.ge(id.clone()))
                    .filter(audit_digests::record_id.gt(id.clone()).or(newer));
            }
            let page: Vec<Held> = query.load(tx.conn())?;
            self.page = page.into_iter().peekable();
        }
        Ok(self.page.peek())
    }
    fn next(&mut self, tx: &mut Tx<'_>) -> Result<Option<RowDigest>, DbError> {
        let mut newest: Option<RowDigest> = None;
        while let Some((id, version, digest, at)) = self.peek(tx)? {
            if newest.as_ref().is_some_and(|newest| newest.id != *id) {
                break;
            }
            newest = Some(RowDigest { id: id.clone(), version: *version, digest: digest.clone() });
            self.past = Some((id.clone(), *version, at.clone()));
            self.page.next();
        }
        Ok(newest)
    }
}
