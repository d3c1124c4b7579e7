//! Witnesses: named by an auditor of their own agency, heard when they cosign or object.

use std::collections::HashMap;

use super::{CosignatureView, NewCosignature, NewObjection, NewWitness, ObjectionView, WitnessView};
use crate::access::can::{Audit, View};
use crate::access::{Again, AuditLog, Permit, Witness};
use crate::audit::log::note::{Checkpoint, note_with};
use crate::audit::log::witnesses::{self as rows, CosignatureRow, Objection};
use crate::audit::log::{VerifierKey, store};
use crate::base::db::{DbError, Tx};
use crate::base::ids::{AgencyId, WitnessId};
use crate::base::problem::{FieldCode, Problem};
use crate::base::words::{Action, Role};
use crate::door::{List, Page};
use crate::features::{agencies, users};
use crate::notify::{self, Notice, To};

const LIST: &str = "witnesses";

fn names(tx: &mut Tx<'_>, of: impl Iterator<Item = AgencyId>) -> Result<HashMap<AgencyId, String>, DbError> {
    agencies::facts::names(tx, &of.collect::<Vec<_>>())
}

fn view(tx: &mut Tx<'_>, witness: rows::Witness, silent_minutes: i64) -> Result<WitnessView, DbError> {
    let last = rows::last_cosignature(tx, witness.id)?;
    let objections = rows::objections(tx, witness.id)?;
    let silent_since = rows::silent_since(tx, &witness, last.as_ref(), silent_minutes)?;
    let agency = names(tx, [witness.agency_id].into_iter())?.remove(&witness.agency_id).unwrap_or_default();
    let objection = |row: Objection| ObjectionView {
        kind: row.kind,
        at: row.reported_at,
        seen_size: u64::try_from(row.seen_size).unwrap_or(0),
        seen_note: row.seen_note,
        offered_note: row.offered_note,
    };
    Ok(WitnessView {
        id: witness.id,
        agency_id: witness.agency_id,
        agency,
        verifier_key: witness.verifier_key,
        since: witness.made_at,
        ended_at: witness.ended_at,
        cosigned_size: last.as_ref().map(|row| row.size),
        cosigned_at: last.as_ref().map(|row| row.received_at),
        silent_since,
        objections: objections.into_iter().map(objection).collect(),
    })
}

/// One page of witnesses, the newest first.
pub(super) fn list(tx: &mut Tx<'_>, permit: &Permit<'_, Audit, AuditLog>, page: &Page) -> Result<List<WitnessView>, Problem> {
    let minutes = permit.rules().settings.audit.witness_silent_minutes.into();
    let found = rows::page(tx, page.past(LIST)?, page.with_one_more())?;
    let views = found.into_iter().map(|witness| view(tx, witness, minutes)).collect::<Result<_, _>>()?;
    Ok(page.of(LIST, views, |view: &WitnessView| view.id))
}

/// Names a key by which the actor's agency cosigns. Errors: 409 where the key is known already.
pub(super) fn register(tx: &mut Tx<'_>, permit: &Permit<'_, Audit, AuditLog>, new: &NewWitness) -> Result<WitnessView, Problem> {
    let key: VerifierKey = new.verifier_key.parse().map_err(|_| Problem::wrong_field("/verifier_key", FieldCode::WrongForm))?;
    if rows::is_known(tx, &key.to_string())? {
        return Err(Problem::conflict().because("this key is known already", "该密钥已登记"));
    }
    let witness = rows::Witness {
        id: tx.new_id()?,
        agency_id: permit.agency()?,
        name: key.name().to_owned(),
        verifier_key: key.to_string(),
        made_by: permit.user()?,
        made_at: tx.now(),
        ended_at: None,
        told_silent_at: None,
    };
    rows::add(tx, &witness)?;
    permit.changed_row("witness", witness.versioned(), &["verifier_key"], &witness.digested())?;
    Ok(view(tx, witness, permit.rules().settings.audit.witness_silent_minutes.into())?)
}

/// Ends a key. Errors: 409 where it has ended.
pub(super) fn end(tx: &mut Tx<'_>, permit: &Permit<'_, Audit, Witness>, id: WitnessId) -> Result<WitnessView, Problem> {
    if !rows::end(tx, id)? {
        return Err(Problem::illegal_step("ended", "end", []));
    }
    notify::all_answered(tx, &format!("witness/{id}"))?;
    let witness = rows::find(tx, id)?.ok_or_else(Problem::not_found)?;
    permit.changed_row("witness", witness.versioned(), &["ended_at"], &witness.digested())?;
    Ok(view(tx, witness, permit.rules().settings.audit.witness_silent_minutes.into())?)
}

/// Takes a cosignature. Errors: 404 where the log has no checkpoint of that size; 422 where it is no cosignature of that
/// checkpoint by a live witness of the actor's agency.
pub(super) fn cosign(tx: &mut Tx<'_>, permit: &Permit<'_, Audit, AuditLog>, new: &NewCosignature) -> Result<(), Problem> {
    let signed =
        store::checkpoint(tx, Some(new.size))?.filter(|signed| signed.size == new.size).ok_or_else(Problem::not_found)?;
    let theirs = rows::of_agency(tx, permit.agency()?)?;
    let mut keys: Vec<VerifierKey> = store::keys(tx)?.into_iter().map(|row| row.key).collect();
    for witness in &theirs {
        keys.push(witness.key()?);
    }
    let note = note_with(&signed.note, [new.cosignature.as_str()]);
    let wrong = || Problem::wrong_field("/cosignature", FieldCode::WrongForm);
    let opened = Checkpoint::open(&note, &keys).map_err(|_| wrong())?;
    let [cosignature] = opened.cosignatures.as_slice() else { return Err(wrong()) };
    let is_its =
        |witness: &&rows::Witness| witness.key().is_ok_and(|key| key.name() == cosignature.name && key.id() == cosignature.id);
    let witness = theirs.iter().find(is_its).ok_or_else(wrong)?;
    let row = CosignatureRow {
        witness: witness.id,
        size: new.size,
        line: new.cosignature.trim_end().to_owned(),
        cosigned_at: cosignature.at,
        received_at: tx.now(),
    };
    if rows::add_cosignature(tx, &row)? {
        permit.changed("witness", witness.id.as_str(), &["cosigned"]);
    }
    if witness.told_silent_at.is_some() {
        rows::set_told(tx, witness.id, None)?;
        notify::answered(tx, &format!("witness/{}", witness.id), Notice::WitnessSilent)?;
    }
    Ok(())
}

/// Who cosigned the checkpoint of so many entries. Errors: 404 where there is none.
pub(super) fn cosignatures(
    tx: &mut Tx<'_>,
    _: &Permit<'_, Audit, AuditLog>,
    size: u64,
) -> Result<List<CosignatureView>, Problem> {
    store::checkpoint(tx, Some(size))?.filter(|signed| signed.size == size).ok_or_else(Problem::not_found)?;
    let all: HashMap<WitnessId, rows::Witness> = rows::all(tx)?.into_iter().map(|witness| (witness.id, witness)).collect();
    let agencies = names(tx, all.values().map(|witness| witness.agency_id))?;
    let mut items = Vec::new();
    for row in rows::cosignatures(tx, size)? {
        let Some(witness) = all.get(&row.witness) else { continue };
        items.push(CosignatureView {
            witness_id: witness.id,
            agency_id: witness.agency_id,
            agency: agencies.get(&witness.agency_id).cloned().unwrap_or_default(),
            size: row.size,
            cosigned_at: row.cosigned_at,
            received_at: row.received_at,
            cosignature: row.line,
        });
    }
    Ok(List { items, next: None })
}

/// Takes an objection and tells every auditor of `oversight` and of the witness's agency. Errors: 422 where the agency has no
/// such witness.
pub(super) fn object(tx: &mut Tx<'_>, permit: &Permit<'_, Audit, AuditLog>, new: &NewObjection) -> Result<(), Problem> {
    let theirs = rows::of_agency(tx, permit.agency()?)?;
    let witness = theirs.iter().find(|witness| witness.name == new.witness);
    let witness = witness.ok_or_else(|| Problem::wrong_field("/witness", FieldCode::NotFound))?;
    let objection = Objection {
        id: tx.new_id()?,
        witness_id: witness.id,
        kind: new.kind,
        seen_size: i64::try_from(new.seen_size).unwrap_or(i64::MAX),
        seen_note: new.seen_note.clone(),
        offered_note: new.offered_note.clone(),
        reported_by: permit.user()?,
        reported_at: tx.now(),
    };
    if rows::add_objection(tx, &objection)? {
        permit.changed("witness", witness.id.as_str(), &["objection"]);
        permit.changed_row("objection", objection.versioned(), &["kind", "seen", "offered"], &objection.digested())?;
        tell_auditors(tx, witness, Notice::WitnessObjects)?;
    }
    Ok(())
}

/// Tells every auditor of `oversight` and of the witness's agency.
pub(super) fn tell_auditors(tx: &mut Tx<'_>, witness: &rows::Witness, notice: Notice) -> Result<(), DbError> {
    let mut auditors = users::facts::oversight(tx)?;
    let theirs = users::facts::holding(tx, witness.agency_id, &[Role::Auditor])?;
    auditors.extend(theirs.into_iter().map(|user| (witness.agency_id, user)));
    auditors.sort_unstable();
    auditors.dedup();
    for (agency, user) in auditors {
        notify::tell(tx, To::User(agency, user), notice, None, &format!("witness/{}", witness.id))?;
    }
    Ok(())
}

impl Again for WitnessView {
    type Key = WitnessId;
    const VIEW: Action = Action::ViewWitness;
    fn key(&self) -> WitnessId {
        self.id
    }
    fn again(tx: &mut Tx<'_>, permit: &Permit<'_, View, Witness>, key: WitnessId) -> Result<Self, Problem> {
        let witness = rows::find(tx, key)?.ok_or_else(Problem::not_found)?;
        Ok(view(tx, witness, permit.rules().settings.audit.witness_silent_minutes.into())?)
    }
}
