//! What other features may ask of her safety plan.

use super::store;
use crate::access::can::Can;
use crate::access::{Case, Permit};
use crate::base::db::Tx;
use crate::base::problem::Problem;
use crate::base::text::Text;
use crate::base::words::Facet;

/// What she named for the duty desk's on-call sheet, in the plan as it stands; to who answers there, and to nobody else.
pub fn on_call<C: Can>(tx: &mut Tx<'_>, permit: &Permit<'_, C, Case>) -> Result<Vec<String>, Problem> {
    if !permit.is_on_call() {
        return Ok(Vec::new());
    }
    let rows = store::page(tx, permit, None, None, 1)?;
    let Some(row) = rows.first() else { return Ok(Vec::new()) };
    let plan = permit.at_duty_desk(Facet::Confidential, &row.plan, row.id.as_str())?;
    Ok(plan.into_iter().flat_map(|plan| plan.parts).filter_map(|part| part.on_call.map(Text::into_string)).collect())
}
