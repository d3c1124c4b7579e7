//! What other features may ask of referrals.

use super::store;
use crate::access::can::Can;
use crate::access::{Author, Case, Permit};
use crate::base::db::{DbError, Tx};
use crate::base::ids::AgencyId;
use crate::base::problem::Problem;
use crate::base::text::PersonName;
use crate::base::words::{PartyKind, ReferralKind};

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

/// Whether a referral of the case was sent and is neither accepted nor declined: somebody may still come to help her.
pub fn is_one_unanswered<C: Can>(tx: &mut Tx<'_>, permit: &Permit<'_, C, Case>) -> Result<bool, DbError> {
    store::is_one_unanswered(tx, permit)
}

/// After a wall: what this agency took on and nobody there answers for any more is back on its desk, as it was before it
/// was taken on. Whether there is any such.
pub fn left_alone<C: Can>(tx: &mut Tx<'_>, permit: &Permit<'_, C, Case>, agency: AgencyId) -> Result<bool, Problem> {
    super::taking_over::left_alone(tx, permit, agency)
}

/// The survivors, respondents and others whom the actor's agency named in its intake, as it sent them; children are not
/// named. It needs a live grant.
pub fn named_as_sent<C: Can>(tx: &mut Tx<'_>, permit: &Permit<'_, C, Case>) -> Result<Vec<(PartyKind, Option<String>)>, Problem> {
    let Some(agency) = permit.actor().agency() else { return Ok(Vec::new()) };
    let mut named = Vec::new();
    for row in store::intakes_of(tx, permit, agency)? {
        let Some(sealed) = &row.intake else { continue };
        let Some(intake) = permit.own(Author::Agency(agency), sealed, row.id.as_str())? else { continue };
        let parties = intake.parties.into_iter().filter(|party| party.kind != PartyKind::Child);
        named.extend(parties.map(|party| (party.kind, party.name.map(PersonName::into_string))));
    }
    Ok(named)
}
