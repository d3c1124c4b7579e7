//! Taking a referral over: a wall left nobody in the receiving agency who answers for it.
//!
//! The offer is made anew, so that a colleague sees what they saw before it was accepted (sender, kind of help, urgency),
//! and nothing else. Whoever takes it over answers for the case from then on, and looks at the names first.

use super::steps::{self, Seen};
use super::store::{self, ReferralRow};
use super::views::{self, ReferralView};
use super::{Refused, Side, rules, steps_from};
use crate::access::can::{Can, Refer};
use crate::access::offers::{self, OfferRow};
use crate::access::{Case, Permit, grants, people};
use crate::base::db::{DbError, Tx};
use crate::base::ids::AgencyId;
use crate::base::problem::Problem;
use crate::base::words::{Duty, ReferralKind, ReferralState};
use crate::notify::{self, Notice, To};

/// Referrals of the case that this agency took on and that open something.
fn taken_on<C: Can>(tx: &mut Tx<'_>, permit: &Permit<'_, C, Case>, agency: AgencyId) -> Result<Vec<ReferralRow>, DbError> {
    let mut rows = store::live(tx, permit)?;
    rows.retain(|row| row.receiver_id == agency && is_taken_on(row));
    Ok(rows)
}

fn is_taken_on(row: &ReferralRow) -> bool {
    let opens = match row.kind {
        ReferralKind::Service | ReferralKind::Mediation => true,
        // The owner's supervisor names a handler; an introduction opened nothing.
        ReferralKind::Intake | ReferralKind::Introduction => false,
    };
    opens && row.state == ReferralState::Accepted
}

/// Whether somebody of the agency answers for the case. Whoever is walled off has no duty any more.
fn is_attended<C: Can>(tx: &mut Tx<'_>, permit: &Permit<'_, C, Case>, agency: AgencyId) -> Result<bool, DbError> {
    Ok(people::with_duty(tx, permit, agency, Duty::Handler)?.is_some()
        || people::with_duty(tx, permit, agency, Duty::Deputy)?.is_some())
}

/// Puts back on the agency's desk what nobody there answers for; whether there is any.
pub(super) fn left_alone<C: Can>(tx: &mut Tx<'_>, permit: &Permit<'_, C, Case>, agency: AgencyId) -> Result<bool, Problem> {
    if is_attended(tx, permit, agency)? {
        return Ok(false);
    }
    let rows = taken_on(tx, permit, agency)?;
    let offered = offers::of_case(tx, permit.case(), agency)?;
    for row in &rows {
        if offered.iter().any(|offer| offer.id == row.id.as_str()) {
            continue;
        }
        let offer = OfferRow {
            id: row.id.to_string(),
            case_id: row.case_id,
            agency_id: agency,
            sender_id: row.sender_id,
            kind: row.kind.as_str().to_owned(),
            urgency: row.urgency,
            is_open: true,
        };
        offers::make(tx, &offer)?;
        // Which case it is, and why it is there again, is not for the colleagues.
        notify::tell(tx, To::Agency(agency), Notice::ReferralSent, None, &row.record())?;
    }
    Ok(!rows.is_empty())
}

/// A colleague answers for the case from now on. Of two who take it over at once, one does: the version decides.
pub(super) fn take_over(tx: &mut Tx<'_>, permit: &Permit<'_, Refer, Case>, seen: Seen) -> Result<ReferralView, Problem> {
    let mut row = store::find(tx, permit, seen.id)?;
    match rules::side(permit, &row).ok_or(Refused::NotFound)? {
        Side::Receiver => {}
        Side::Sender | Side::Owner => return Err(Refused::OtherSide.into()),
    }
    if row.version != seen.version {
        return Err(Refused::Stale.into());
    }
    if !is_taken_on(&row) {
        let allowed = steps_from(row.kind, row.state).iter().map(|step| step.as_str());
        return Err(Problem::illegal_step(row.state.as_str(), "take-over", allowed));
    }
    steps::still_open(permit, "take-over")?;
    let (user, agency) = (permit.user()?, row.receiver_id);
    if matches!(permit.duty(), Some(Duty::Lead | Duty::Assist)) {
        return Err(Refused::Assigned.into());
    }
    if is_attended(tx, permit, agency)? {
        return Err(Refused::Attended.into());
    }
    let (now, record) = (tx.now(), row.record());
    if !grants::all(tx, permit)?.iter().any(|grant| grant.cause == record && grant.is_live(now)) {
        return Err(Refused::ConsentMissing.into());
    }
    store::save(tx, &mut row)?;
    // Two referrals, two colleagues, one moment: the index lets one handler stand, the other sees them.
    people::set_duty(tx, permit, user, agency, Some(Duty::Handler)).map_err(|error| match error {
        DbError::Unique => DbError::Retry,
        other => other,
    })?;
    // They answer for the case, and so for whatever else the agency took on of it.
    for other in taken_on(tx, permit, agency)? {
        offers::close(tx, other.id.as_str(), true)?;
        steps::clear(tx, &other, &[Notice::ReferralSent])?;
    }
    steps::tell(tx, permit, &row, row.sender_id, Notice::HandlerNamed)?;
    steps::note(tx, permit, "referral_taken_over", &row, &["handler"])?;
    views::of(tx, permit, &row)
}
