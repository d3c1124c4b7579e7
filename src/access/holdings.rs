//! What a case holds at all: read with its standing, so that whoever looks at a case asks no table that has nothing of it.
//! A flag is set with the first row, and never taken back; it is shown to nobody.

use diesel::prelude::*;

use super::can::Can;
use super::gate::{Case, Permit};
use crate::base::db::schema::case_standing;
use crate::base::db::{DbError, Tx};
use crate::base::ids::CaseId;
use crate::base::words::Capability;

/// What may be there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Holding {
    /// A mediation.
    Mediations,
    /// A legal measure.
    Measures,
    /// Something to be done.
    Actions,
    /// An older case of the same people.
    Repeats,
    /// A supervisor's word that it may end though the risk is high.
    Acceptances,
}

/// The flags, as they were when the standing was read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = case_standing)]
#[expect(clippy::struct_excessive_bools, reason = "a column each")]
pub struct Holds {
    has_mediations: bool,
    has_measures: bool,
    has_actions: bool,
    has_repeats: bool,
    has_acceptances: bool,
}

impl Holds {
    const fn has(self, what: Holding) -> bool {
        match what {
            Holding::Mediations => self.has_mediations,
            Holding::Measures => self.has_measures,
            Holding::Actions => self.has_actions,
            Holding::Repeats => self.has_repeats,
            Holding::Acceptances => self.has_acceptances,
        }
    }
}

/// Whether the permit's case may hold such: it does where this says no only to who looks and changes nothing, since what a step
/// has just entered stands in no flag that was read before.
pub fn may_hold<C: Can>(permit: &Permit<'_, C, Case>, what: Holding) -> bool {
    C::CAPABILITY != Capability::View || permit.facts().holds.has(what)
}

/// The case holds such from now on.
pub fn note(tx: &mut Tx<'_>, case: CaseId, what: Holding) -> Result<(), DbError> {
    let this = case_standing::table.filter(case_standing::case_id.eq(case));
    macro_rules! set {
        ($flag:ident) => {
            diesel::update(this.filter(case_standing::$flag.eq(false))).set(case_standing::$flag.eq(true)).execute(tx.conn())
        };
    }
    match what {
        Holding::Mediations => set!(has_mediations),
        Holding::Measures => set!(has_measures),
        Holding::Actions => set!(has_actions),
        Holding::Repeats => set!(has_repeats),
        Holding::Acceptances => set!(has_acceptances),
    }?;
    Ok(())
}
