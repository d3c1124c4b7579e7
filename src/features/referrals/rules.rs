//! Who stands where toward a referral, what of it they are shown, and what it may name.

use super::store::ReferralRow;
use super::{BEYOND_CONSENT, Refused, Side, Step, is_offered};
use crate::access::can::Can;
use crate::access::{Case, Permit};
use crate::base::problem::{FieldCode, Problem};
use crate::base::words::{Action, Basis, Duty, FacetSet, ReferralKind, ReferralState};

/// On which side the actor is; nothing where it is none of theirs.
pub(super) fn side<C: Can>(permit: &Permit<'_, C, Case>, row: &ReferralRow) -> Option<Side> {
    let agency = permit.actor().agency()?;
    if agency == row.sender_id && !permit.is_preview() {
        // Drafts and texts are for those who still stand toward the case, not for whoever once did.
        Some(Side::Sender)
    } else if agency == row.receiver_id && is_offered(row.state) {
        Some(Side::Receiver)
    } else if permit.shows_others() {
        Some(Side::Owner)
    } else {
        None
    }
}

/// Errors: none of theirs, or for the other side to do.
pub(super) fn may<C: Can>(permit: &Permit<'_, C, Case>, row: &ReferralRow, step: Step) -> Result<Side, Refused> {
    let side = side(permit, row).ok_or(Refused::NotFound)?;
    if step.is_for(side) { Ok(side) } else { Err(Refused::OtherSide) }
}

/// How much of a referral somebody is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Shown {
    /// Sender, kind of help, urgency, state.
    Preview,
    /// Which case it is, and what it names: enough to go and declare.
    Head,
    /// How it went, too.
    Course,
    /// And what both sides wrote.
    Words,
}

/// How much of it the actor is shown; nothing where it is none of theirs.
pub(super) fn shown<C: Can>(permit: &Permit<'_, C, Case>, row: &ReferralRow) -> Option<Shown> {
    let works = permit.rests_on(Basis::Jurisdiction)
        || permit.rests_on(Basis::Author)
        || permit.rests_on(Basis::Referral)
        || matches!(permit.duty(), Some(Duty::Lead | Duty::Assist));
    let course = if permit.is_declared() { Shown::Course } else { Shown::Head };
    match side(permit, row)? {
        Side::Receiver if !took_on(permit, row) => Some(Shown::Preview),
        Side::Sender | Side::Receiver if permit.is_declared() && works => Some(Shown::Words),
        Side::Sender | Side::Receiver | Side::Owner => Some(course),
    }
}

/// Whether the receiver took it on and the actor answers for it. An introduction bears nothing of the case, accepted or not.
fn took_on<C: Can>(permit: &Permit<'_, C, Case>, row: &ReferralRow) -> bool {
    let is_accepted = match row.state {
        ReferralState::Accepted | ReferralState::Completed => true,
        ReferralState::Draft
        | ReferralState::Sent
        | ReferralState::Acknowledged
        | ReferralState::Declined
        | ReferralState::Withdrawn => false,
    };
    let rests = match row.kind {
        ReferralKind::Introduction => return false,
        ReferralKind::Intake => permit.rests_on(Basis::Jurisdiction),
        ReferralKind::Service | ReferralKind::Mediation => permit.rests_on(Basis::Referral),
    };
    // The permit of the acceptance itself was made before the grant was, or before the actor answered for it.
    is_accepted && (rests || matches!(permit.action(), Action::AcceptReferral | Action::TakeOverReferral))
}

/// Why a referral may not name these facets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Naming {
    /// The sender does not hold them.
    NotHeld,
    /// The help asked for never needs them.
    NotForThisHelp,
    /// She has not consented to this receiver for this help.
    NoConsent,
    /// She has, but not to all of these.
    BeyondConsent,
}

/// What a referral may name: what its sender holds, what the help needs at most, what she consented to.
pub(super) fn naming(named: FacetSet, held: FacetSet, at_most: FacetSet, consented: Option<FacetSet>) -> Result<(), Naming> {
    if !named.within(at_most) {
        return Err(Naming::NotForThisHelp);
    }
    if !named.within(held) {
        return Err(Naming::NotHeld);
    }
    let consented = consented.ok_or(Naming::NoConsent)?;
    if named.within(consented) { Ok(()) } else { Err(Naming::BeyondConsent) }
}

impl Naming {
    /// As the one who writes the referral hears it.
    pub(super) fn at_its_field(self) -> Problem {
        let not_held = FieldCode::Other {
            code: "not_held",
            message: "names more than you may see of the case yourself",
            message_zh: "超出您本人可查看的范围",
        };
        let not_for_this_help = FieldCode::Other {
            code: "not_for_this_help",
            message: "names more than this kind of help may ever be given",
            message_zh: "超出该项帮助最多可获得的范围",
        };
        match self {
            Self::NotHeld => Problem::wrong_field("/facets", not_held),
            Self::NotForThisHelp => Problem::wrong_field("/facets", not_for_this_help),
            Self::NoConsent => Refused::ConsentMissing.into(),
            Self::BeyondConsent => Problem::wrong_field("/facets", BEYOND_CONSENT),
        }
    }
    /// As the one who sends it hears it, who wrote nothing now.
    pub(super) fn at_sending(self) -> Problem {
        match self {
            Self::NotHeld | Self::NotForThisHelp => Problem::forbidden()
                .because("the referral names facets that its sender may not give", "转介列明了发出人无权提供的内容"),
            Self::NoConsent | Self::BeyondConsent => Refused::ConsentMissing.into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::words::Facet;

    #[test]
    fn a_referral_names_what_is_held_needed_and_consented_to() {
        let set = FacetSet::of;
        let named = set(&[Facet::Identity, Facet::Risk]);
        assert_eq!(naming(named, FacetSet::ALL, FacetSet::ALL, Some(named)), Ok(()));
        assert_eq!(naming(named, set(&[Facet::Identity]), FacetSet::ALL, Some(named)), Err(Naming::NotHeld));
        assert_eq!(naming(named, FacetSet::ALL, set(&[Facet::Risk]), Some(named)), Err(Naming::NotForThisHelp));
        assert_eq!(naming(named, FacetSet::ALL, FacetSet::ALL, None), Err(Naming::NoConsent));
        assert_eq!(naming(named, FacetSet::ALL, FacetSet::ALL, Some(set(&[Facet::Risk]))), Err(Naming::BeyondConsent));
    }
}
