//! What others ask of a roster.

use std::collections::HashMap;

use super::{SetOut, store};
use crate::access::can::Can;
use crate::access::{Case, Permit, deadlines};
use crate::base::db::{DbError, Tx};
use crate::base::ids::{AgencyId, UserId};
use crate::base::problem::Problem;
use crate::base::words::Clock;
use crate::clocks::{self, When};

/// Who answers for an agency.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Now {
    /// The person.
    pub person: UserId,
    /// Who stands in.
    pub deputy: Option<UserId>,
}

/// Who answers urgent matters of an agency now; nothing where its roster has a gap.
pub fn now(tx: &mut Tx<'_>, agency: AgencyId) -> Result<Option<Now>, DbError> {
    let moment = tx.now();
    Ok(store::at(tx, agency, moment)?.map(|row| Now { person: row.user_id, deputy: row.deputy_id }))
}

/// The actor sets out on the visit that this record is: the duty desk of their agency is told if they do not come back.
pub fn set_out<C: Can>(tx: &mut Tx<'_>, permit: &Permit<'_, C, Case>, record: &str, visit: &SetOut) -> Result<(), Problem> {
    let desk = (permit.agency()?, None);
    Ok(deadlines::arm(tx, permit, (Clock::VisitReturn, record), desk, When::At(visit.back_by))?)
}

/// Whoever writes down what came of a visit is back.
pub fn is_back(tx: &mut Tx<'_>, record: &str) -> Result<(), DbError> {
    clocks::meet(tx, Clock::VisitReturn, record)
}

/// The same for several agencies, by one statement; one whose roster has a gap is not in it.
pub fn now_of(tx: &mut Tx<'_>, agencies: &[AgencyId]) -> Result<HashMap<AgencyId, Now>, DbError> {
    let moment = tx.now();
    let rows = store::at_these(tx, agencies, moment)?;
    Ok(rows.into_iter().map(|row| (row.agency_id, Now { person: row.user_id, deputy: row.deputy_id })).collect())
}
