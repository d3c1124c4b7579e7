//! What a session takes up: a person or a room for a quarter of an hour, each held once. The primary key decides a race.

use std::collections::BTreeSet;

use diesel::prelude::*;

use crate::base::db::schema::mediation_bookings;
use crate::base::db::{DbError, Tx};
use crate::base::ids::{MediationSessionId, UserId};
use crate::base::time::Timestamp;

/// What can be in one place at a time. Whoever mediates here cannot accompany there: a person is a person.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Thing {
    /// A mediator or a worker.
    Person(UserId),
    /// A room, by the keyed hash of its office and label: the label itself is in no table.
    Room(String),
}

impl Thing {
    const fn kind(&self) -> &'static str {
        match self {
            Self::Person(_) => "person",
            Self::Room(_) => "room",
        }
    }
    fn what(&self) -> String {
        match self {
            Self::Person(user) => user.to_string(),
            Self::Room(token) => token.clone(),
        }
    }
}

/// Takes these things for these slots. `Unique` where one of them is taken: then nothing of this transaction stands.
pub fn take(tx: &mut Tx<'_>, session: MediationSessionId, things: &BTreeSet<Thing>, slots: &[Timestamp]) -> Result<(), DbError> {
    // Always in the same order, so that two that want the same wait for, rather than block, each other.
    for thing in things {
        for slot in slots {
            diesel::insert_into(mediation_bookings::table)
                .values((
                    mediation_bookings::kind.eq(thing.kind()),
                    mediation_bookings::what.eq(thing.what()),
                    mediation_bookings::slot.eq(*slot),
                    mediation_bookings::session_id.eq(session),
                ))
                .execute(tx.conn())?;
        }
    }
    Ok(())
}

/// Gives back what a session took.
pub fn give_back(tx: &mut Tx<'_>, session: MediationSessionId) -> Result<(), DbError> {
    diesel::delete(mediation_bookings::table.filter(mediation_bookings::session_id.eq(session))).execute(tx.conn())?;
    Ok(())
}

/// The slots from `from` on, before `until`, in which any of these is taken; not by what.
pub fn taken(
    tx: &mut Tx<'_>,
    things: &BTreeSet<Thing>,
    from: Timestamp,
    until: Timestamp,
) -> Result<BTreeSet<Timestamp>, DbError> {
    let mut found = BTreeSet::new();
    for thing in things {
        let slots: Vec<Timestamp> = mediation_bookings::table
            .filter(mediation_bookings::kind.eq(thing.kind()))
            .filter(mediation_bookings::what.eq(thing.what()))
            .filter(mediation_bookings::slot.ge(from))
            .filter(mediation_bookings::slot.lt(until))
            .select(mediation_bookings::slot)
            .load(tx.conn())?;
        found.extend(slots);
    }
    Ok(found)
}
