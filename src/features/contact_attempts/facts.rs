//! What other features may ask of attempts to reach her: the clock of the first safe contact.

use crate::access::can::Can;
use crate::access::{Case, Permit, deadlines, risk};
use crate::base::db::{DbError, Tx};
use crate::base::words::{Clock, RiskLevel};
use crate::clocks::{self, When};

fn record<C: Can>(permit: &Permit<'_, C, Case>) -> String {
    format!("case/{}", permit.case())
}

/// 24 hours at high risk or where nobody has assessed it, longer otherwise.
const fn variant(level: Option<RiskLevel>) -> &'static str {
    match level {
        Some(RiskLevel::High) | None => "high",
        Some(RiskLevel::Medium | RiskLevel::Standard) => "usual",
    }
}

fn arm<C: Can>(tx: &mut Tx<'_>, permit: &Permit<'_, C, Case>, variant: &'static str) -> Result<(), DbError> {
    let clock = (Clock::FirstSafeContact, &*record(permit));
    deadlines::arm(tx, permit, clock, (permit.facts().owner, None), When::Variant(variant))
}

/// The permit's case was opened: she is to be reached safely, the sooner the more danger she is in.
pub fn begin<C: Can>(tx: &mut Tx<'_>, permit: &Permit<'_, C, Case>) -> Result<(), DbError> {
    let level = risk::current(tx, permit.case())?.map(|current| current.level);
    arm(tx, permit, variant(level))
}

/// The permit's case was assessed: where she was not reached yet and is in more danger than was thought, sooner; never later.
pub fn assessed<C: Can>(tx: &mut Tx<'_>, permit: &Permit<'_, C, Case>, level: RiskLevel) -> Result<(), DbError> {
    let clock = Clock::FirstSafeContact;
    let waits = clocks::of_record(tx, &record(permit))?.into_iter().find(|deadline| deadline.clock == clock);
    let Some(waits) = waits else { return Ok(()) };
    let sooner = permit.rules().clocks.due(clock, When::Variant(variant(Some(level))), tx.now())?;
    if level == RiskLevel::High && sooner < waits.due_at { arm(tx, permit, variant(Some(level))) } else { Ok(()) }
}

/// An attempt was made: reached, the clock is met; not reached, it begins anew, so that nobody is made to ring a phone that
/// he holds.
pub(super) fn attempted<C: Can>(tx: &mut Tx<'_>, permit: &Permit<'_, C, Case>, reached: bool) -> Result<(), DbError> {
    let (clock, record) = (Clock::FirstSafeContact, record(permit));
    if reached {
        return clocks::meet(tx, clock, &record);
    }
    let waits = clocks::of_record(tx, &record)?.iter().any(|deadline| deadline.clock == clock);
    if waits { begin(tx, permit) } else { Ok(()) }
}
