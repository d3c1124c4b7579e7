//! What other features may ask of referrals.

use super::store;
use crate::access::can::Can;
use crate::access::{Case, Permit};
use crate::base::db::{DbError, Tx};
use crate::base::problem::Problem;
use crate::base::words::ReferralKind;

/// The case is closed: referrals not yet accepted are withdrawn, accepted ones completed, their grants end at once, the
/// author's too; the receivers are told. `why` is a word of the program's own, kept with the grants.
pub fn ends_with_case<C: Can>(tx: &mut Tx<'_>, permit: &Permit<'_, C, Case>, why: &'static str) -> Result<(), Problem> {
    super::ending::with_case(tx, permit, why)
}

/// The case goes to another owner: referrals of it end as when it is closed, but for the intake by which it came, whose
/// author keeps it.
pub fn ends_with_owner<C: Can>(tx: &mut Tx<'_>, permit: &Permit<'_, C, Case>, why: &'static str) -> Result<(), Problem> {
    super::ending::with_owner(tx, permit, why)
}

/// Whether the case has a referral of this kind that is under way: sent and not ended.
pub fn has_live<C: Can>(tx: &mut Tx<'_>, permit: &Permit<'_, C, Case>, kind: ReferralKind) -> Result<bool, DbError> {
    store::has_live(tx, permit, kind)
}
