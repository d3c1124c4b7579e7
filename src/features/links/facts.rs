//! What other features may ask about links.

use std::collections::BTreeSet;

use super::{steps, store};
use crate::access::can::Can;
use crate::access::{Case, Permit};
use crate::base::db::{DbError, Tx};
use crate::base::ids::CaseId;
use crate::base::problem::{FieldCode, Problem};

/// The other cases of the household: linked with the permit's case, or with one that is. Whoever asks may see none of
/// them, so that nothing of the answer is for showing.
pub fn household<C: Can>(tx: &mut Tx<'_>, permit: &Permit<'_, C, Case>) -> Result<Vec<CaseId>, DbError> {
    let mut known = BTreeSet::from([permit.case()]);
    let mut new = vec![permit.case()];
    while !new.is_empty() {
        let linked = store::linked_with(tx, &new)?;
        new = linked.into_iter().filter(|case| known.insert(*case)).collect();
    }
    known.remove(&permit.case());
    Ok(known.into_iter().collect())
}

/// The permit's case was taken on in this transaction: it is linked with another of the same survivor's that the actor may
/// see. `at`: the field that names the other; one that is hidden and one that is not there are told alike.
pub fn taken_on<C: Can>(tx: &mut Tx<'_>, permit: &Permit<'_, C, Case>, other: CaseId, at: &str) -> Result<(), Problem> {
    if steps::taken_on(tx, permit, other)? { Ok(()) } else { Err(Problem::wrong_field(at, FieldCode::NotFound)) }
}
