//! What other features ask of legal holds.

use super::store;
use crate::access::can::Can;
use crate::access::{Case, Permit};
use crate::base::db::{DbError, Tx};

/// Whether a hold stands on the permit's case.
pub fn is_held<C: Can>(tx: &mut Tx<'_>, permit: &Permit<'_, C, Case>) -> Result<bool, DbError> {
    store::is_held(tx, permit)
}
