//! Checkpoints, tiles, proofs.

use data_encoding::BASE64;

use super::{LogKeyView, ReceiptView};
use crate::access::can::{Audit, View};
use crate::access::{Actor, AuditLog, Permit, User};
use crate::audit::log::TilePath;
use crate::audit::log::{store, tree, witnesses};
use crate::audit::{Entry, Who};
use crate::base::db::{DbError, Tx};
use crate::base::ids::EntryId;
use crate::base::problem::Problem;
use crate::base::words::{AgencyKind, Role};
use crate::door::List;

/// The newest checkpoint.
pub(super) fn checkpoint(tx: &mut Tx<'_>, _: &Permit<'_, Audit, AuditLog>) -> Result<String, Problem> {
    let signed = store::checkpoint(tx, None)?.ok_or_else(Problem::not_found)?;
    Ok(witnesses::whole_note(tx, &signed)?)
}

/// The log's public keys, the first one first, each with the checkpoint by which it came.
pub(super) fn keys(tx: &mut Tx<'_>, _: &Permit<'_, Audit, AuditLog>) -> Result<List<LogKeyView>, Problem> {
    let mut items = Vec::new();
    for row in store::keys(tx)? {
        items.push(LogKeyView {
            verifier_key: row.key.to_string(),
            since_size: row.since_size,
            made_at: row.made_at,
            checkpoint: store::checkpoints(tx, row.since_size, 1)?.pop().map(|signed| signed.note),
        });
    }
    Ok(List { items, next: None })
}

/// A tile's bytes; nothing beyond the newest checkpoint, since nothing vouches for it yet.
pub(super) fn tile(tx: &mut Tx<'_>, _: &Permit<'_, Audit, AuditLog>, path: TilePath) -> Result<Vec<u8>, Problem> {
    let size = store::checkpoint(tx, None)?.map_or(0, |signed| signed.size);
    if !path.is_in(size) {
        return Err(Problem::not_found());
    }
    Ok(store::tile(tx, path)?)
}

/// Whether the actor may have this access proved: their own, as an auditor their agency's people's, `oversight` all.
fn may_have(actor: &Actor, entry: &Entry) -> bool {
    let Actor::User { user, agency, agency_kind, roles, .. } = actor else { return false };
    let (whose, theirs) = entry.who.account();
    let is_auditor = roles.has(Role::Auditor);
    // A visitor who typed somebody's name is not that somebody.
    let is_known = !matches!(entry.who, Who::Anonymous { .. });
    (is_known && whose == Some(*user))
        || (is_auditor && (*agency_kind == AgencyKind::Oversight || (is_known && theirs == Some(*agency))))
}

/// The proof that an access is in the log, under the newest checkpoint or that of so many entries. Errors: 404 where it is none
/// of the actor's, or not there, or not under that checkpoint; 409 until it has a place under any.
pub(super) fn receipt(
    tx: &mut Tx<'_>,
    permit: &Permit<'_, View, User>,
    id: EntryId,
    size: Option<u64>,
) -> Result<ReceiptView, Problem> {
    let leaf = store::leaf(tx, id)?.ok_or_else(Problem::not_found)?;
    if !may_have(permit.actor(), &Entry::read(&leaf, None)?) {
        return Err(Problem::not_found());
    }
    let Some(newest) = store::checkpoint(tx, None)? else { return Err(Problem::not_in_log_yet().retry_after(2)) };
    let index = match store::place_of(tx, id)? {
        Some((index, _)) if index < newest.size => index,
        _ => return Err(Problem::not_in_log_yet().retry_after(2)),
    };
    let signed = match size {
        Some(size) => store::checkpoint(tx, Some(size))?.filter(|signed| signed.size == size && index < size),
        None => Some(newest),
    };
    let signed = signed.ok_or_else(Problem::not_found)?;
    let proof = tree::prove_inclusion(store::tree(tx, signed.size), signed.size, index).map_err(|error| {
        tracing::error!(%error, "the log's tree gives no proof");
        DbError::Corrupt("the log's tree")
    })?;
    Ok(ReceiptView {
        entry_id: id,
        index,
        entry: String::from_utf8(leaf).map_err(|_| DbError::Corrupt("an audit entry"))?,
        checkpoint: witnesses::whole_note(tx, &signed)?,
        proof: proof.iter().map(|hash| BASE64.encode(&hash.0)).collect(),
        log_keys: store::keys(tx)?.iter().map(|row| row.key.to_string()).collect(),
    })
}
