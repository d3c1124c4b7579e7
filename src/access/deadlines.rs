//! Deadlines of a case, armed by whoever holds its permit: the audit entry names what now runs.

use super::can::Can;
use super::gate::{Case, Permit};
use crate::base::db::{DbError, Tx};
use crate::base::ids::{AgencyId, UserId};
use crate::base::words::Clock;
use crate::clocks::{self, Arm, When};

/// Arms a clock of the permit's case for a record, on the desk of an agency or of one person there.
pub fn arm<C: Can>(
    tx: &mut Tx<'_>,
    permit: &Permit<'_, C, Case>,
    (clock, record): (Clock, &str),
    (agency, user): (AgencyId, Option<UserId>),
    when: When,
) -> Result<(), DbError> {
    let due = Arm { clock, case: Some(permit.case()), record, agency, user, when };
    clocks::arm(tx, &permit.rules().clocks, due)?;
    permit.changed("deadline", &format!("{clock}/{record}"), &["due_at"]);
    Ok(())
}
