//! What other features may do with walls.

pub use super::store::digests;

use super::WallRefused;
use super::store::{self, Reason, WallRow};
use crate::access::can::Can;
use crate::access::grants::{self, Which};
use crate::access::{Case, Permit, events, people};
use crate::base::db::Tx;
use crate::base::ids::{AgencyId, UserId, WallId};
use crate::base::problem::Problem;
use crate::base::text::Text;
use crate::base::words::{Duty, Facet};
use crate::features::{assignments, mediation, referrals};
use crate::notify::{self, Notice, To};

/// Puts a wall before somebody: from the next request on the case is not there for them. It ends their assignment and
/// whatever was granted to them in person, gives what they answered for to their agency's deputy or back onto its desk, and
/// tells the owner.
pub fn build<C: Can>(
    tx: &mut Tx<'_>,
    permit: &Permit<'_, C, Case>,
    user: UserId,
    agency: AgencyId,
    reason: Option<&Text>,
) -> Result<WallId, Problem> {
    if store::stands(tx, permit, user)? {
        return Err(WallRefused::Stands.into());
    }
    let id: WallId = tx.new_id()?;
    // Whoever declares a conflict seals why, though they may not write the facet it will be read under.
    let reason = reason.map(|text| permit.seal_own(&Reason { text: text.clone() }, id.as_str())).transpose()?;
    let row = WallRow {
        id,
        case_id: permit.case(),
        user_id: user,
        agency_id: agency,
        reason,
        built_by: permit.user()?,
        built_at: tx.now(),
        lift_reason: None,
        lifted_by: None,
        lifted_at: None,
        version: 1,
    };
    store::insert(tx, permit, &row)?;
    let record = format!("wall/{id}");
    let answered_for_it = people::with_duty(tx, permit, agency, Duty::Handler)? == Some(user);
    assignments::facts::end_of_worker(tx, permit, user, "wall")?;
    // And whatever else was given to them in person: it must not revive when the wall is lifted.
    grants::end(tx, permit, Which::User(user), "wall")?;
    mediation::facts::walled_off(tx, permit, user)?;
    people::set_wall(tx, permit, user, agency, true)?;
    let is_taken_over = referrals::facts::left_alone(tx, permit, agency)?;
    if answered_for_it && !is_taken_over {
        hand_over(tx, permit, agency)?;
    }
    notify::tell(tx, To::Agency(permit.facts().owner), Notice::ConflictDeclared, Some(permit.case()), &record)?;
    events::note(tx, permit, "wall_built", Some(Facet::Progress), &record)?;
    Ok(id)
}

/// The deputy answers for the case from now on; where there is none, the agency is told that somebody must.
fn hand_over<C: Can>(tx: &mut Tx<'_>, permit: &Permit<'_, C, Case>, agency: AgencyId) -> Result<(), Problem> {
    // The wall is the owner's record: what stands on another agency's desk names the case alone.
    let record = format!("case/{}", permit.case());
    let to = match people::with_duty(tx, permit, agency, Duty::Deputy)? {
        Some(deputy) => {
            people::set_duty(tx, permit, deputy, agency, Some(Duty::Handler))?;
            To::User(agency, deputy)
        }
        None => To::Agency(agency),
    };
    Ok(notify::tell(tx, to, Notice::ConflictDeclared, Some(permit.case()), &record)?)
}
