//! Witnesses as rows: the keys by which agencies cosign, their cosignatures, and what they would not cosign.

use diesel::prelude::*;

use super::note::{VerifierKey, note_with};
use super::store::{self, SignedHead, count, number};
use crate::audit::verify::row_digests;
use crate::base::db::schema::{log_cosignatures, log_objections, log_witnesses};
use crate::base::db::{DbError, Tx};
use crate::base::ids::{AgencyId, ObjectionId, UserId, WitnessId};
use crate::base::time::Timestamp;
use crate::base::words::ObjectionKind;

/// A witness.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = log_witnesses, treat_none_as_default_value = false)]
pub struct Witness {
    /// Its id.
    pub id: WitnessId,
    /// The agency that runs it.
    pub agency_id: AgencyId,
    /// Its key's name.
    pub name: String,
    /// Its key, as signed notes write verifier keys.
    pub verifier_key: String,
    /// Who named it.
    pub made_by: UserId,
    /// Since when.
    pub made_at: Timestamp,
    /// Until when it counted.
    pub ended_at: Option<Timestamp>,
    /// When auditors were told that it is silent; none since it cosigned again.
    pub told_silent_at: Option<Timestamp>,
}

impl Witness {
    /// Its id and version: it is named, and ended once at most.
    pub fn versioned(&self) -> (&str, i64) {
        (self.id.as_str(), if self.ended_at.is_some() { 2 } else { 1 })
    }
    /// What the audit entry keeps the digest of: all but who was told of its silence.
    pub fn digested(&self) -> impl serde::Serialize {
        ((self.id, self.agency_id, self.name.clone(), self.verifier_key.clone()), (self.made_by, self.made_at, self.ended_at))
    }
    /// Its key. Errors: the row was not written by this program.
    pub fn key(&self) -> Result<VerifierKey, DbError> {
        self.verifier_key.parse().map_err(|_| DbError::Corrupt("a witness's key"))
    }
}

/// A cosignature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CosignatureRow {
    /// Whose.
    pub witness: WitnessId,
    /// Of the checkpoint of so many entries.
    pub size: u64,
    /// The note's line.
    pub line: String,
    /// When, by the witness's clock.
    pub cosigned_at: Timestamp,
    /// When it came here.
    pub received_at: Timestamp,
}

/// What a witness would not cosign.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = log_objections, treat_none_as_default_value = false)]
pub struct Objection {
    /// Its id.
    pub id: ObjectionId,
    /// Whose.
    pub witness_id: WitnessId,
    /// Why.
    pub kind: ObjectionKind,
    /// The size of the last checkpoint it cosigned.
    pub seen_size: i64,
    /// That checkpoint.
    pub seen_note: String,
    /// The one it was offered.
    pub offered_note: String,
    /// Who reported it.
    pub reported_by: UserId,
    /// When.
    pub reported_at: Timestamp,
}

impl Objection {
    /// Its id and version: it never changes.
    pub fn versioned(&self) -> (&str, i64) {
        (self.id.as_str(), 1)
    }
    /// What the audit entry keeps the digest of.
    pub fn digested(&self) -> impl serde::Serialize {
        (
            (self.id, self.witness_id, self.kind, self.seen_size),
            (self.seen_note.clone(), self.offered_note.clone(), self.reported_by, self.reported_at),
        )
    }
}

/// One witness.
pub fn find(tx: &mut Tx<'_>, id: WitnessId) -> Result<Option<Witness>, DbError> {
    Ok(log_witnesses::table.filter(log_witnesses::id.eq(id)).select(Witness::as_select()).first(tx.conn()).optional()?)
}

/// Witnesses, the newest first, those before `past`.
pub fn page(tx: &mut Tx<'_>, past: Option<WitnessId>, limit: i64) -> Result<Vec<Witness>, DbError> {
    let mut query = log_witnesses::table.order(log_witnesses::id.desc()).limit(limit).select(Witness::as_select()).into_boxed();
    if let Some(past) = past {
        query = query.filter(log_witnesses::id.lt(past));
    }
    Ok(query.load(tx.conn())?)
}

/// Every witness, those that ended too.
pub fn all(tx: &mut Tx<'_>) -> Result<Vec<Witness>, DbError> {
    Ok(log_witnesses::table.order(log_witnesses::id).select(Witness::as_select()).load(tx.conn())?)
}

/// The live witnesses of an agency.
pub fn of_agency(tx: &mut Tx<'_>, agency: AgencyId) -> Result<Vec<Witness>, DbError> {
    Ok(log_witnesses::table
        .filter(log_witnesses::agency_id.eq(agency))
        .filter(log_witnesses::ended_at.is_null())
        .select(Witness::as_select())
        .load(tx.conn())?)
}

/// Whether a key is known already, ended or not.
pub fn is_known(tx: &mut Tx<'_>, key: &str) -> Result<bool, DbError> {
    let found: Option<WitnessId> =
        log_witnesses::table.filter(log_witnesses::verifier_key.eq(key)).select(log_witnesses::id).first(tx.conn()).optional()?;
    Ok(found.is_some())
}

/// Adds a witness.
pub fn add(tx: &mut Tx<'_>, witness: &Witness) -> Result<(), DbError> {
    diesel::insert_into(log_witnesses::table).values(witness).execute(tx.conn())?;
    Ok(())
}

/// Ends a witness; whether it had not ended yet.
pub fn end(tx: &mut Tx<'_>, id: WitnessId) -> Result<bool, DbError> {
    let now = tx.now();
    let live = log_witnesses::table.filter(log_witnesses::id.eq(id)).filter(log_witnesses::ended_at.is_null());
    Ok(diesel::update(live).set(log_witnesses::ended_at.eq(now)).execute(tx.conn())? == 1)
}

/// Notes that auditors were told of its silence, or that it is over.
pub fn set_told(tx: &mut Tx<'_>, id: WitnessId, at: Option<Timestamp>) -> Result<(), DbError> {
    diesel::update(log_witnesses::table.filter(log_witnesses::id.eq(id)))
        .set(log_witnesses::told_silent_at.eq(at))
        .execute(tx.conn())?;
    Ok(())
}

/// Adds a cosignature; whether there was none of this witness for this size yet.
pub fn add_cosignature(tx: &mut Tx<'_>, row: &CosignatureRow) -> Result<bool, DbError> {
    let size = number(row.size)?;
    let there: Option<i64> = log_cosignatures::table
        .filter(log_cosignatures::size.eq(size).and(log_cosignatures::witness_id.eq(row.witness)))
        .select(log_cosignatures::size)
        .first(tx.conn())
        .optional()?;
    if there.is_some() {
        return Ok(false);
    }
    diesel::insert_into(log_cosignatures::table)
        .values((
            log_cosignatures::size.eq(size),
            log_cosignatures::witness_id.eq(row.witness),
            log_cosignatures::line.eq(&row.line),
            log_cosignatures::cosigned_at.eq(row.cosigned_at),
            log_cosignatures::received_at.eq(row.received_at),
        ))
        .execute(tx.conn())?;
    Ok(true)
}

type Row = (WitnessId, i64, String, Timestamp, Timestamp);

fn cosignature((witness, size, line, cosigned_at, received_at): Row) -> Result<CosignatureRow, DbError> {
    Ok(CosignatureRow { witness, size: count(size)?, line, cosigned_at, received_at })
}

const COLUMNS: (
    log_cosignatures::witness_id,
    log_cosignatures::size,
    log_cosignatures::line,
    log_cosignatures::cosigned_at,
    log_cosignatures::received_at,
) = (
    log_cosignatures::witness_id,
    log_cosignatures::size,
    log_cosignatures::line,
    log_cosignatures::cosigned_at,
    log_cosignatures::received_at,
);

/// The cosignatures of the checkpoint of so many entries, in the order of the witnesses.
pub fn cosignatures(tx: &mut Tx<'_>, size: u64) -> Result<Vec<CosignatureRow>, DbError> {
    let rows: Vec<Row> = log_cosignatures::table
        .filter(log_cosignatures::size.eq(number(size)?))
        .order(log_cosignatures::witness_id)
        .select(COLUMNS)
        .load(tx.conn())?;
    rows.into_iter().map(cosignature).collect()
}

/// The note of a checkpoint with the cosignatures it has.
pub fn whole_note(tx: &mut Tx<'_>, signed: &SignedHead) -> Result<String, DbError> {
    let rows = cosignatures(tx, signed.size)?;
    Ok(note_with(&signed.note, rows.iter().map(|row| row.line.as_str())))
}

/// A witness's last cosignature.
pub fn last_cosignature(tx: &mut Tx<'_>, witness: WitnessId) -> Result<Option<CosignatureRow>, DbError> {
    let row: Option<Row> = log_cosignatures::table
        .filter(log_cosignatures::witness_id.eq(witness))
        .order(log_cosignatures::size.desc())
        .select(COLUMNS)
        .first(tx.conn())
        .optional()?;
    row.map(cosignature).transpose()
}

/// Adds an objection; none where this witness has objected to the same checkpoint already.
pub fn add_objection(tx: &mut Tx<'_>, objection: &Objection) -> Result<bool, DbError> {
    let there: Option<ObjectionId> = log_objections::table
        .filter(log_objections::witness_id.eq(objection.witness_id))
        .filter(log_objections::kind.eq(objection.kind))
        .filter(log_objections::offered_note.eq(&objection.offered_note))
        .select(log_objections::id)
        .first(tx.conn())
        .optional()?;
    if there.is_some() {
        return Ok(false);
    }
    diesel::insert_into(log_objections::table).values(objection).execute(tx.conn())?;
    Ok(true)
}

/// A witness's objections, the newest first, at most ten.
pub fn objections(tx: &mut Tx<'_>, witness: WitnessId) -> Result<Vec<Objection>, DbError> {
    Ok(log_objections::table
        .filter(log_objections::witness_id.eq(witness))
        .order(log_objections::id.desc())
        .limit(10)
        .select(Objection::as_select())
        .load(tx.conn())?)
}

/// Since when a witness is silent: its last cosignature, or its naming, is older than is allowed, and there is a checkpoint
/// since that it might have cosigned.
pub fn silent_since(
    tx: &mut Tx<'_>,
    witness: &Witness,
    last: Option<&CosignatureRow>,
    minutes: i64,
) -> Result<Option<Timestamp>, DbError> {
    let (heard, size) = last.map_or((witness.made_at, 0), |row| (row.received_at, row.size));
    if witness.ended_at.is_some() || heard.plus_minutes(minutes) > tx.now() {
        return Ok(None);
    }
    let newest = store::checkpoint(tx, None)?;
    Ok(newest.filter(|signed| signed.size > size && signed.signed_at > heard).map(|_| heard))
}

/// Live witnesses that fell silent and of whom nobody was told yet.
pub fn silent(tx: &mut Tx<'_>, minutes: i64) -> Result<Vec<Witness>, DbError> {
    let mut found = Vec::new();
    for witness in all(tx)?.into_iter().filter(|witness| witness.ended_at.is_none() && witness.told_silent_at.is_none()) {
        let last = last_cosignature(tx, witness.id)?;
        if silent_since(tx, &witness, last.as_ref(), minutes)?.is_some() {
            found.push(witness);
        }
    }
    Ok(found)
}

row_digests! {
    /// Digests of all witnesses.
    digests: log_witnesses as Witness, |row| row.versioned() => &row.digested()
}

row_digests! {
    /// Digests of all objections.
    objection_digests: log_objections as Objection, |row| row.versioned() => &row.digested()
}
