//! Taking a referral on, and being done with it.

use super::asked::{Accept, Complete};
use super::steps::{self, Seen};
use super::store::{self, Outcome, ReferralRow};
use super::views::{self, ReferralView};
use super::{Refused, Step, ending};
use crate::access::can::Refer;
use crate::access::grants::{self, NewGrant};
use crate::access::{Case, Permit, offers, people};
use crate::base::db::{DbError, Tx};
use crate::base::ids::{AgencyId, UserId};
use crate::base::problem::{FieldCode, Problem};
use crate::base::words::{Basis, Duty, HelpKind, ReferralKind, Role};
use crate::features::{casefile, consents, links, parties, repeats, risk, users};
use crate::notify::Notice;

/// `acknowledged → accepted`: whoever accepts answers for the case in the receiving agency from now on; names first, then
/// what was named and she consents to at this moment.
pub(super) fn accept(
    tx: &mut Tx<'_>,
    permit: &Permit<'_, Refer, Case>,
    seen: Seen,
    body: &Accept,
) -> Result<ReferralView, Problem> {
    let mut row = steps::begin(tx, permit, seen, Step::Accept)?;
    let (user, owner) = (permit.user()?, permit.facts().owner);
    if let Some(deputy) = body.deputy {
        check_deputy(tx, permit, &row, user, deputy)?;
    }
    if body.link_to.is_some() && row.kind != ReferralKind::Intake {
        return Err(Problem::wrong_field("/link_to", FieldCode::NotAllowedHere));
    }
    let rests_on = match steps::needs_consent(&row) {
        Some(help) => Some(Consented::now(tx, permit, &mut row, help)?),
        None => None,
    };
    steps::take(tx, permit, &mut row, Step::Accept)?;
    match (row.kind, rests_on) {
        (ReferralKind::Intake, _) => {
            casefile::facts::own_it(tx, permit, row.receiver_id, user)?;
            risk::facts::taken_on(tx, permit)?;
            let same = parties::facts::same_people(tx, permit)?;
            repeats::facts::recognise(tx, permit, &same)?;
            if let Some(other) = body.link_to {
                links::facts::taken_on(tx, permit, other, "/link_to")?;
            }
        }
        (ReferralKind::Service | ReferralKind::Mediation, Some(consented)) => {
            consented.open_grant(tx, permit, &row)?;
            set_handler(tx, permit, &row, user)?;
        }
        (ReferralKind::Service | ReferralKind::Mediation, None) => return Err(Refused::ConsentMissing.into()),
        // An introduction bears nothing of the case until the owner refers it: the owner must hear that it can.
        (ReferralKind::Introduction, _) if owner != row.sender_id => {
            steps::tell(tx, permit, &row, owner, Notice::ReferralAccepted)?;
        }
        (ReferralKind::Introduction, _) => {}
    }
    if let (Some(deputy), true) = (body.deputy, row.kind != ReferralKind::Introduction) {
        people::set_duty(tx, permit, deputy, row.receiver_id, Some(Duty::Deputy))?;
    }
    // From now on the grant says who may see the case; with the offer every colleague would go on seeing that there is one,
    // and the agency would after the grant has ended.
    offers::close(tx, row.id.as_str(), row.kind != ReferralKind::Introduction)?;
    steps::clear(tx, &row, &[Notice::ReferralSent, Notice::ReferralAcknowledged])?;
    steps::answered(tx, &row)?;
    steps::tell(tx, permit, &row, row.sender_id, Notice::ReferralAccepted)?;
    steps::note(tx, permit, "referral_accepted", &row, &["state", "facets"])?;
    views::of(tx, permit, &row)
}

/// What she consents to at the moment of accepting, held until the grant stands.
struct Consented {
    id: crate::base::ids::ConsentId,
    ends_at: crate::base::time::Timestamp,
    help: HelpKind,
}

impl Consented {
    /// Cuts what the referral names down to it. Errors: nothing is left.
    fn now(tx: &mut Tx<'_>, permit: &Permit<'_, Refer, Case>, row: &mut ReferralRow, help: HelpKind) -> Result<Self, Problem> {
        let live = consents::facts::live(tx, permit, row.receiver_id, help)?;
        let (id, facets, ends_at) = live.ok_or(Refused::ConsentMissing)?;
        // She may be revoking it at this moment, or giving another: then either her word is seen here, run again, or the grant
        // is ended or changed by it.
        if !consents::facts::hold(tx, permit, id)? {
            return Err(DbError::Retry.into());
        }
        row.facets = row.facets.and(facets).and(permit.disclosure().of(Basis::Referral, Some(help)).at_most);
        if row.facets.is_empty() { Err(Refused::ConsentMissing.into()) } else { Ok(Self { id, ends_at, help }) }
    }

    fn open_grant(&self, tx: &mut Tx<'_>, permit: &Permit<'_, Refer, Case>, row: &ReferralRow) -> Result<(), Problem> {
        let grant = NewGrant {
            agency: row.receiver_id,
            user: None,
            basis: Basis::Referral,
            reads: row.facets,
            writes: permit.disclosure().of(Basis::Referral, Some(self.help)).writes,
            cause: row.record(),
            consent: Some(self.id),
            ends_at: Some(self.ends_at),
        };
        grants::open(tx, permit, grant)?;
        Ok(())
    }
}

/// Whoever accepts handles the case in the agency. Where a colleague does already, for another referral that lives, they
/// stand in; one left over from a referral that ended is relieved.
fn set_handler(tx: &mut Tx<'_>, permit: &Permit<'_, Refer, Case>, row: &ReferralRow, user: UserId) -> Result<(), Problem> {
    if matches!(permit.duty(), Some(Duty::Lead | Duty::Assist)) {
        return Ok(()); // Works the case under a contract, and sees it by that.
    }
    let agency: AgencyId = row.receiver_id;
    let duty = match people::with_duty(tx, permit, agency, Duty::Handler)? {
        Some(handler) if handler != user && store::has_another(tx, permit, row)? => Duty::Deputy,
        Some(handler) if handler != user => {
            people::set_duty(tx, permit, handler, agency, None)?;
            Duty::Handler
        }
        Some(_) | None => Duty::Handler,
    };
    people::set_duty(tx, permit, user, agency, Some(duty))?;
    Ok(())
}

/// A deputy is a colleague who works cases, has no other duty in this one, and is not walled off from it.
fn check_deputy(
    tx: &mut Tx<'_>,
    permit: &Permit<'_, Refer, Case>,
    row: &ReferralRow,
    user: UserId,
    deputy: UserId,
) -> Result<(), Problem> {
    let wrong = |code| Err(Problem::wrong_field("/deputy", code));
    let colleague = users::facts::find(tx, deputy)?.filter(|found| found.agency == row.receiver_id && found.is_live);
    let Some(colleague) = colleague else { return wrong(FieldCode::NotFound) };
    let works = colleague.roles.iter().any(|role| role.is_casework() && role != Role::ProviderManager);
    let free = people::all(tx, permit)?.iter().all(|person| {
        person.user_id != deputy || (!person.walled && !matches!(person.duty, Some(Duty::Lead | Duty::Assist | Duty::Handler)))
    });
    if deputy == user || !works || !free || row.kind == ReferralKind::Introduction {
        return wrong(FieldCode::NotAllowedHere);
    }
    Ok(())
}

/// `accepted → completed`: the help was given; what it opened ends at once.
pub(super) fn complete(
    tx: &mut Tx<'_>,
    permit: &Permit<'_, Refer, Case>,
    seen: Seen,
    body: &Complete,
) -> Result<ReferralView, Problem> {
    let mut row = steps::begin(tx, permit, seen, Step::Complete)?;
    if let Some(text) = &body.text {
        row.outcome = Some(permit.seal_own(&Outcome(text.clone()), row.id.as_str())?);
    }
    steps::take(tx, permit, &mut row, Step::Complete)?;
    store::save_words(tx, &row)?;
    ending::done(tx, permit, &row, "referral_completed")?;
    let other = if permit.agency()? == row.sender_id { row.receiver_id } else { row.sender_id };
    steps::tell(tx, permit, &row, other, Notice::ReferralCompleted)?;
    steps::note(tx, permit, "referral_completed", &row, &["state", "outcome"])?;
    views::of(tx, permit, &row)
}
