//! What other features may ask about consents.

pub use super::store::digests;

use super::store;
use crate::access::can::Can;
use crate::access::{Case, Collection, Permit};
use crate::base::db::{DbError, Tx};
use crate::base::ids::{AgencyId, ConsentId};
use crate::base::time::Timestamp;
use crate::base::words::{ConsentState, Facet, FacetSet, HelpKind};

/// Her consent to an agency for a purpose, if one is in force: what it lets be shared, and until when. A grant that rests
/// on it names the consent, so that it is suspended and ended with it. Where she is goes to named persons only,
/// never to an agency.
pub fn live<C: Can>(
    tx: &mut Tx<'_>,
    permit: &Permit<'_, C, Case>,
    recipient: AgencyId,
    purpose: HelpKind,
) -> Result<Option<(ConsentId, FacetSet, Timestamp)>, DbError> {
    let now = tx.now();
    let row = store::standing(tx, permit, (recipient, None), purpose)?;
    let given = row.filter(|row| row.life().state(now) == ConsentState::Given);
    Ok(given.map(|row| (row.id, row.facets.without(Facet::Location), row.expires_on.end())))
}

/// Keeps a consent as it is until this transaction ends: a revocation at the same moment waits, and then finds the grant
/// that was made to rest on it. Whether it still stands.
pub fn hold<C: Can>(tx: &mut Tx<'_>, permit: &Permit<'_, C, Case>, id: ConsentId) -> Result<bool, DbError> {
    store::hold(tx, permit, id)
}

/// The consent is over by its date: that is recorded, unless she gave, took back or suspended it otherwise meanwhile.
pub fn expire<C: Can>(tx: &mut Tx<'_>, permit: &Permit<'_, C, Collection>, id: ConsentId) -> Result<(), DbError> {
    let now = tx.now();
    let Some(mut row) = store::by_id(tx, id)?.filter(|row| row.state == ConsentState::Given) else { return Ok(()) };
    if row.life().state(now) != ConsentState::Expired {
        return Ok(());
    }
    row.state = ConsentState::Expired;
    if store::save(tx, permit, &mut row)? { Ok(()) } else { Err(DbError::Retry) }
}
