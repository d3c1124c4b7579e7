//! How what a referral opened comes to an end: with the referral, or with the case.

use super::store::{self, ReferralRow};
use super::{Step, is_offered, steps};
use crate::access::can::Can;
use crate::access::grants::{self, Which};
use crate::access::{Case, Permit, offers, people};
use crate::base::db::Tx;
use crate::base::problem::Problem;
use crate::base::words::{Basis, Duty, ReferralKind, ReferralState};
use crate::clocks;
use crate::notify::Notice;

/// The grants that came of it end at once. `why` is a word of the program's own.
fn end_grants<C: Can>(
    tx: &mut Tx<'_>,
    permit: &Permit<'_, C, Case>,
    row: &ReferralRow,
    why: &'static str,
) -> Result<(), Problem> {
    match row.kind {
        ReferralKind::Service | ReferralKind::Mediation => {}
        // The author keeps its own intake until the case is closed; an introduction opened nothing.
        ReferralKind::Intake | ReferralKind::Introduction => return Ok(()),
    }
    grants::end(tx, permit, Which::Cause(&row.record()), why)?;
    if row.receiver_id == permit.facts().owner || store::has_another(tx, permit, row)? {
        return Ok(());
    }
    // Nobody there answers for the case any more.
    for person in people::all(tx, permit)? {
        let answers = matches!(person.duty, Some(Duty::Handler | Duty::Deputy));
        if answers && person.agency_id == row.receiver_id {
            people::set_duty(tx, permit, person.user_id, person.agency_id, None)?;
        }
    }
    Ok(())
}

/// Taken back from the state it was in: the receiver, if it knew of it, is told and sees nothing of it any more.
pub(super) fn taken_back<C: Can>(
    tx: &mut Tx<'_>,
    permit: &Permit<'_, C, Case>,
    row: &ReferralRow,
    was: ReferralState,
    why: &'static str,
) -> Result<(), Problem> {
    if !is_offered(was) {
        return Ok(());
    }
    end_grants(tx, permit, row, why)?;
    offers::close(tx, row.id.as_str(), true)?;
    steps::clear(tx, row, &[Notice::ReferralSent, Notice::ReferralAcknowledged, Notice::ReferralAccepted])?;
    clocks::stop_all(tx, &row.record())?;
    steps::tell(tx, permit, row, row.receiver_id, Notice::ReferralWithdrawn)
}

/// Done with: what it opened is closed, and the receiver has nothing to see any more.
pub(super) fn done<C: Can>(
    tx: &mut Tx<'_>,
    permit: &Permit<'_, C, Case>,
    row: &ReferralRow,
    why: &'static str,
) -> Result<(), Problem> {
    end_grants(tx, permit, row, why)?;
    offers::close(tx, row.id.as_str(), true)?;
    steps::clear(tx, row, &[Notice::ReferralAccepted, Notice::ReferralSent])
}

/// An intake that was declined or withdrawn is not taken on. Its sender must still be able to read why: it sees its own
/// intake for as long as a worker reads after closing.
pub(super) fn intake<C: Can>(tx: &mut Tx<'_>, permit: &Permit<'_, C, Case>, row: &ReferralRow) -> Result<(), Problem> {
    crate::features::casefile::facts::not_taken_on(tx, permit)?;
    let days = permit.rules().settings.cases.reading_days_after_closing;
    steps::open_author_grant(tx, permit, row.sender_id, row.id, Some(days))
}

/// The case is closed: whatever is under way ends with it.
pub(super) fn with_case<C: Can>(tx: &mut Tx<'_>, permit: &Permit<'_, C, Case>, why: &'static str) -> Result<(), Problem> {
    all(tx, permit, why, |_| true)?;
    // An author's grant lasts until the case is closed.
    grants::end(tx, permit, Which::Basis(Basis::Author), why)?;
    Ok(())
}

/// The case goes to another owner, who refers anew: whatever was asked for it ends, but for the intake by which it came.
pub(super) fn with_owner<C: Can>(tx: &mut Tx<'_>, permit: &Permit<'_, C, Case>, why: &'static str) -> Result<(), Problem> {
    all(tx, permit, why, |row| row.kind != ReferralKind::Intake)
}

fn all<C: Can>(
    tx: &mut Tx<'_>,
    permit: &Permit<'_, C, Case>,
    why: &'static str,
    ends: impl Fn(&ReferralRow) -> bool,
) -> Result<(), Problem> {
    for mut row in store::live(tx, permit)?.into_iter().filter(ends) {
        let was = row.state;
        let taken_on = was == ReferralState::Accepted;
        let step = if taken_on { Step::Complete } else { Step::Withdraw };
        steps::take(tx, permit, &mut row, step)?;
        if taken_on {
            done(tx, permit, &row, why)?;
            // An intake came with the case: whoever took it on and gave the case to another owner since hears no more of it.
            if row.kind != ReferralKind::Intake || row.receiver_id == permit.facts().owner {
                steps::tell(tx, permit, &row, row.receiver_id, Notice::ReferralCompleted)?;
            }
            steps::note(tx, permit, "referral_completed", &row, &["state"])?;
        } else {
            taken_back(tx, permit, &row, was, why)?;
            steps::note(tx, permit, "referral_withdrawn", &row, &["state"])?;
        }
    }
    Ok(())
}
