//! Free times: whether, never why.

use std::collections::BTreeSet;

use super::sessions::room;
use crate::access::can::View;
use crate::access::{Collection, Permit};
use crate::base::db::Tx;
use crate::base::problem::{FieldCode, Problem};
use crate::features::mediation::bodies::Look;
use crate::features::mediation::slots::{check_look, free};
use crate::features::mediation::store::bookings::{self, Thing};
use crate::features::mediation::views::FreeSlots;
use crate::features::users;

/// The times ahead at which all that was asked for is free. Somebody unknown is free: who is known is not told either.
pub fn look(tx: &mut Tx<'_>, permit: &Permit<'_, View, Collection>, look: &Look) -> Result<FreeSlots, Problem> {
    let mut errors = check_look(look.from, look.until);
    if look.mediator.is_none() && look.worker.is_none() && look.room.is_none() {
        errors.push("/query/mediator", FieldCode::Required);
    }
    errors.into_result()?;
    let mut things: BTreeSet<Thing> = look.mediator.into_iter().chain(look.worker).map(Thing::Person).collect();
    if let Some(label) = &look.room {
        let mediator = match look.mediator {
            Some(mediator) => users::facts::find(tx, mediator)?,
            None => None,
        };
        let office = mediator.map_or_else(|| permit.agency(), |user| Ok(user.agency))?;
        things.insert(room(permit, office, label));
    }
    let from = look.from.max(tx.now());
    let taken = bookings::taken(tx, &things, from, look.until)?;
    Ok(FreeSlots { items: free(from, look.until, &taken) })
}
