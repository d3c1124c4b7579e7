//! A live log: the database's rows, in one transaction that sees one moment of them.

use diesel::prelude::*;

use super::beside::{self, Row};
use super::heads::{Heads, Stored, StoredCosignature};
use super::report::{Kind, Place, Report};
use super::walk::{Leaf, Walk};
use super::{Options, Progress, Stage, Unreadable};
use crate::audit::log::note::Use;
use crate::audit::log::tile::{Kind as TileKind, WIDTH, count_at};
use crate::audit::log::{Hash, TilePath, VerifierKey};
use crate::base::db::schema::{
    audit_entries, log_checkpoints, log_cosignatures, log_head, log_keys, log_leaves, log_subtrees, log_witnesses,
};
use crate::base::db::{DbError, Tx, among};

/// Rows at a time.
const PAGE: i64 = 256;

/// Verifies the log in this database, and the rows beside its entries. Rows whose digests the entries hold are compared by
/// [`super::rows`] thereafter. Errors: it cannot be read at all.
pub fn database(tx: &mut Tx<'_>, options: &Options, progress: &mut dyn Progress) -> Result<Report, Unreadable> {
    let mut report = Report::default();
    let keys = log_keys(tx, &mut report)?;
    let witnesses = witnesses(tx, &mut report)?;
    let head: Option<Head> = log_head::table
        .select((log_head::origin, log_head::size, log_head::key_id, log_head::signed_size, log_head::signed_at))
        .first(tx.conn())
        .optional()
        .map_err(DbError::from)?;
    let known = keys.iter().map(|(key, _)| key.clone()).collect::<Vec<_>>();
    let registered = witnesses.iter().map(|(_, key)| key.clone()).collect();
    let mut heads = Heads::new(options, &known, registered, &mut report);
    report.origin = head.as_ref().map(|head| head.0.clone()).filter(|_| !known.is_empty());
    progress.begins(Stage::Log, head.as_ref().and_then(|head| u64::try_from(head.1).ok()));
    let mut checkpoints = Checkpoints { past: i64::MIN, last_signed_at: None, witnesses };
    let mut walk = Walk::default();
    let is_whole = leaves(tx, &mut walk, &mut heads, &mut checkpoints, &mut report, progress)?;
    let size = walk.range.size();
    if is_whole {
        while heads.queue.is_empty() && checkpoints.refill(tx, &mut heads, &mut report)? {
            heads.at(size, walk.range.root(), &mut report);
        }
        heads.end(size, &mut report);
        check_head(head.as_ref(), &keys, &heads, size, checkpoints.last_signed_at, &mut report);
    }
    report.ends_at(size, walk.range.root());
    beyond(tx, size, &mut report)?;
    beside::rest(tx, &mut report, progress)?;
    Ok(report)
}

/// Origin, size, key, signed size, when signed.
type Head = (String, i64, String, i64, i64);

fn check_head(
    head: Option<&Head>,
    keys: &[(VerifierKey, i64)],
    heads: &Heads,
    size: u64,
    signed_at: Option<i64>,
    report: &mut Report,
) {
    let Some((origin, length, key_id, signed_size, at)) = head else {
        if size > 0 || !keys.is_empty() {
            report.fail(Kind::Row, Place::row("log_head", "1"), "it is missing");
        }
        return;
    };
    let mut fails = |why: &str| report.fail(Kind::Row, Place::row("log_head", "1"), why);
    if u64::try_from(*length) != Ok(size) {
        fails("its size is not that of the log");
    }
    if keys.iter().any(|(key, _)| key.name() != origin) {
        fails("its name is not that of the log's keys");
    }
    if keys.last().is_none_or(|(key, _)| key.id_hex() != *key_id) {
        fails("its key is not the log's last one");
    }
    if u64::try_from(*signed_size).ok() != Some(heads.last.unwrap_or(0)) {
        fails("the size it says was signed is not that of the last checkpoint");
    }
    if signed_at.is_some_and(|signed| signed != *at) {
        fails("the time it says it was signed is not that of the last checkpoint");
    }
    for (key, since) in keys {
        let since = u64::try_from(*since).ok();
        let is_right = heads.began.iter().any(|(id, after)| *id == key.id() && Some(*after) == since)
            || (heads.began.iter().all(|(id, _)| *id != key.id()) && since.is_some_and(|since| since <= heads.last.unwrap_or(0)));
        if !is_right {
            report.fail(Kind::Row, Place::row("log_keys", key.id_hex()), "it did not begin to sign where its row says");
        }
    }
}

/// The log's keys in their order, and since when each signs.
fn log_keys(tx: &mut Tx<'_>, report: &mut Report) -> Result<Vec<(VerifierKey, i64)>, DbError> {
    let rows: Vec<(String, String, i64)> = log_keys::table
        .order((log_keys::since_size, log_keys::made_at))
        .select((log_keys::id, log_keys::verifier_key, log_keys::since_size))
        .load(tx.conn())?;
    let mut keys = Vec::new();
    for (id, key, since) in rows {
        match key.parse::<VerifierKey>() {
            Ok(parsed) if parsed.to_string() == key && parsed.id_hex() == id && parsed.of() == Use::Log => {
                keys.push((parsed, since));
            }
            _ => report.fail(Kind::Row, Place::row("log_keys", id), "it is not a key of a log, or another than its id says"),
        }
    }
    Ok(keys)
}

/// Witnesses by their rows' ids.
fn witnesses(tx: &mut Tx<'_>, report: &mut Report) -> Result<Vec<(String, VerifierKey)>, DbError> {
    let rows: Vec<(String, String, String)> = log_witnesses::table
        .order(log_witnesses::id)
        .select((log_witnesses::id, log_witnesses::name, log_witnesses::verifier_key))
        .load(tx.conn())?;
    let mut keys = Vec::new();
    for (id, name, key) in rows {
        match key.parse::<VerifierKey>() {
            Ok(parsed) if parsed.to_string() == key && parsed.name() == name && parsed.of() == Use::Witness => {
                keys.push((id, parsed));
            }
            _ => report.fail(
                Kind::Row,
                Place::row("log_witnesses", id),
                "it is not a witness's key, or another's than its name says",
            ),
        }
    }
    Ok(keys)
}

/// Checkpoints, a page at a time.
struct Checkpoints {
    past: i64,
    last_signed_at: Option<i64>,
    witnesses: Vec<(String, VerifierKey)>,
}

impl Checkpoints {
    /// Takes further ones up; whether there were any.
    fn refill(&mut self, tx: &mut Tx<'_>, heads: &mut Heads, report: &mut Report) -> Result<bool, DbError> {
        let rows: Vec<(i64, Vec<u8>, i64, String)> = log_checkpoints::table
            .filter(log_checkpoints::size.gt(self.past))
            .order(log_checkpoints::size)
            .limit(PAGE)
            .select((log_checkpoints::size, log_checkpoints::root, log_checkpoints::signed_at, log_checkpoints::note))
            .load(tx.conn())?;
        let Some((last, _, signed_at, _)) = rows.last() else { return Ok(false) };
        (self.past, self.last_signed_at) = (*last, Some(*signed_at));
        let sizes: Vec<i64> = rows.iter().map(|(size, ..)| *size).collect();
        let mut cosignatures: std::collections::HashMap<i64, Vec<StoredCosignature>> = std::collections::HashMap::new();
        let lines: Vec<(i64, String, String, i64)> = log_cosignatures::table
            .filter(among(log_cosignatures::size, &sizes))
            .order((log_cosignatures::size, log_cosignatures::witness_id))
            .select((log_cosignatures::size, log_cosignatures::witness_id, log_cosignatures::line, log_cosignatures::cosigned_at))
            .load(tx.conn())?;
        for (size, witness, line, at) in lines {
            let Some((_, key)) = self.witnesses.iter().find(|(id, _)| *id == witness) else {
                let place = Place::Cosignature { checkpoint: u64::try_from(size).unwrap_or(0), witness };
                report.fail(Kind::Cosignature, place, "no such witness is registered");
                continue;
            };
            let (witness, by) = (key.name().to_owned(), Some(key.clone()));
            let at = Some(at);
            cosignatures.entry(size).or_default().push(StoredCosignature { witness, by, line, at });
        }
        for (size, root, _, note) in rows {
            let Ok(filed) = u64::try_from(size) else {
                report.fail(Kind::Checkpoint, Place::Checkpoint { checkpoint: 0 }, format!("it is filed under {size}"));
                continue;
            };
            let cosignatures = cosignatures.remove(&size).unwrap_or_default();
            heads.queue.push_back(Stored { size: filed, root: Some(root), note, cosignatures });
        }
        Ok(true)
    }
}

/// A leaf and its entry, where that is there.
type Joined = (i64, String, Vec<u8>, Option<Row>);

/// Walks over all leaves; whether each position was there, once.
fn leaves(
    tx: &mut Tx<'_>,
    walk: &mut Walk,
    heads: &mut Heads,
    checkpoints: &mut Checkpoints,
    report: &mut Report,
    progress: &mut dyn Progress,
) -> Result<bool, Unreadable> {
    let mut whole = Vec::new();
    loop {
        let first = i64::try_from(walk.range.size()).unwrap_or(i64::MAX);
        let page: Vec<Joined> = log_leaves::table
            .left_join(audit_entries::table.on(audit_entries::id.eq(log_leaves::entry_id)))
            .filter(log_leaves::position.ge(first))
            .order(log_leaves::position)
            .limit(PAGE)
            .select((log_leaves::position, log_leaves::entry_id, log_leaves::hash, Option::<Row>::as_select()))
            .load(tx.conn())
            .map_err(DbError::from)?;
        if page.is_empty() {
            return Ok(true);
        }
        for (position, entry_id, hash, row) in &page {
            if heads.queue.is_empty() {
                checkpoints.refill(tx, heads, report)?;
            }
            let expected = walk.range.size();
            if u64::try_from(*position) != Ok(expected) {
                let there_twice = i64::try_from(expected).is_ok_and(|expected| *position < expected);
                let at = Place::Entry { entry: there_twice.then(|| entry_id.clone()), position: Some(expected) };
                let why = if there_twice { "an entry is there twice" } else { "no entry has this position" };
                report.fail(Kind::Entry, at, why);
                return Ok(false);
            }
            let hash: Option<Hash> = <[u8; 32]>::try_from(hash.as_slice()).ok().map(Hash);
            if hash.is_none() {
                report.fail(Kind::Entry, Place::entry(entry_id, expected), "its hash is none");
            }
            let bytes = row.as_ref().map(|row| row.bytes.as_slice());
            let leaf = Leaf { bytes, filed: Some(entry_id), hash };
            walk.leaf(&leaf, heads, report, |level, position, hash| whole.push((level, position, hash)));
            if walk.range.size() == expected {
                return Ok(false);
            }
            for (level, position, hash) in whole.drain(..) {
                subtree(tx, level, position, hash, report)?;
            }
        }
        // After the walk, which knows at which position an entry does not fit.
        let rows: Vec<&Row> = page.iter().filter_map(|(.., row)| row.as_ref()).collect();
        beside::check(tx, &rows, report)?;
        progress.at(walk.range.size());
    }
}

fn subtree(tx: &mut Tx<'_>, level: u8, position: u64, hash: Hash, report: &mut Report) -> Result<(), DbError> {
    let row = i64::try_from(position).unwrap_or(i64::MAX);
    let stored: Option<Vec<u8>> = log_subtrees::table
        .filter(log_subtrees::level.eq(i64::from(level)).and(log_subtrees::position.eq(row)))
        .select(log_subtrees::hash)
        .first(tx.conn())
        .optional()?;
    if stored.as_deref() != Some(hash.0.as_slice()) {
        let why = if stored.is_some() { "the hash is not that of the hashes below it" } else { "the hash is missing" };
        report.fail(Kind::Tile, subtree_at(level, position), why);
    }
    Ok(())
}

fn subtree_at(level: u8, position: u64) -> Place {
    let tile = TilePath { kind: TileKind::Hashes(level), number: position / WIDTH, width: WIDTH };
    Place::Tile { tile: tile.to_string(), hash: Some(position % WIDTH) }
}

/// Nothing stands beyond the log's end, or before its beginning.
fn beyond(tx: &mut Tx<'_>, size: u64, report: &mut Report) -> Result<(), DbError> {
    let end = |level| i64::try_from(count_at(level, size)).unwrap_or(i64::MAX);
    let leaves: Vec<(i64, String)> = log_leaves::table
        .filter(log_leaves::position.lt(0))
        .limit(PAGE)
        .select((log_leaves::position, log_leaves::entry_id))
        .load(tx.conn())?;
    for (position, entry) in leaves {
        let at = Place::Entry { entry: Some(entry), position: None };
        report.fail(Kind::Entry, at, format!("it is filed at position {position}"));
    }
    for level in 1..8_u8 {
        let rows: Vec<i64> = log_subtrees::table
            .filter(log_subtrees::level.eq(i64::from(level)))
            .filter(log_subtrees::position.lt(0).or(log_subtrees::position.ge(end(level))))
            .limit(PAGE)
            .select(log_subtrees::position)
            .load(tx.conn())?;
        for position in rows {
            let at = subtree_at(level, u64::try_from(position).unwrap_or(0));
            report.fail(Kind::Tile, at, format!("a log of this size has no such hash (row {level}, {position})"));
        }
    }
    let without: Vec<(i64, String)> = log_cosignatures::table
        .left_join(log_checkpoints::table.on(log_checkpoints::size.eq(log_cosignatures::size)))
        .filter(log_checkpoints::size.nullable().is_null())
        .limit(PAGE)
        .select((log_cosignatures::size, log_cosignatures::witness_id))
        .load(tx.conn())?;
    for (size, witness) in without {
        let at = Place::Cosignature { checkpoint: u64::try_from(size).unwrap_or(0), witness };
        report.fail(Kind::Cosignature, at, "there is no such checkpoint");
    }
    Ok(())
}
