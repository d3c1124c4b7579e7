//! What others may do with break-glass.

use super::store;
use crate::access::can::Can;
use crate::access::{Collection, Permit};
use crate::base::db::{DbError, Tx};
use crate::base::ids::BreakGlassId;
use crate::notify::{self, Notice};

/// Nobody at the duty desk answered in time: recorded, and what waits for the answer is taken off desks, calls included.
/// Whoever asked is told nothing, as of a miss.
pub fn lapse<C: Can>(tx: &mut Tx<'_>, permit: &Permit<'_, C, Collection>, id: BreakGlassId, calls: &str) -> Result<(), DbError> {
    if store::lapse(tx, id)? {
        permit.changed("break_glass", id.as_str(), &["state"]);
        notify::answered(tx, &format!("break_glass/{id}"), Notice::BreakGlassAsked)?;
        notify::all_answered(tx, calls)?;
    }
    Ok(())
}
