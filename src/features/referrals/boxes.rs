//! An agency's two boxes: candidates by an index that begins with the agency, then the same decision for each case as for
//! its own page, and the same projection.

use std::collections::HashMap;

use super::store::{self, WhichBox};
use super::views::{self, ReferralView};
use crate::access::can::View;
use crate::access::{Case, Collection, Lister, Permit};
use crate::base::db::Tx;
use crate::base::ids::{CaseId, ReferralId};
use crate::base::problem::Problem;
use crate::base::words::{Action, ReferralState};
use crate::door::{List, Page};

const LIST: &str = "referrals";

/// One page of a box, newest first.
pub(super) fn page<'tx>(
    tx: &mut Tx<'tx>,
    lister: &Lister<'tx, '_, Collection>,
    which: WhichBox,
    state: Option<ReferralState>,
    page: &Page,
) -> Result<List<ReferralView>, Problem> {
    let agency = lister.permit().agency()?;
    let mut past: Option<ReferralId> = page.past(LIST)?;
    let mut items = Vec::new();
    // What somebody may not see leaves no gap: more is read until the page is full or nothing is left.
    while items.len() <= page.size() {
        let rows = store::page(tx, agency, which, state, past, page.with_one_more())?;
        let Some(last) = rows.last() else { break };
        past = Some(last.id);
        let mut cases: Vec<CaseId> = rows.iter().map(|row| row.case_id).collect();
        cases.sort_unstable();
        cases.dedup();
        let permits = lister.permits(tx, Action::ListReferrals, &cases)?;
        let permits: HashMap<CaseId, Permit<'tx, View, Case>> =
            permits.into_iter().map(|permit| (permit.case(), permit)).collect();
        let names = views::names(tx, &rows)?;
        for row in &rows {
            if let Some(permit) = permits.get(&row.case_id)
                && let Some(view) = views::render(permit, row, &names)?
            {
                items.push(view);
            }
        }
    }
    Ok(page.of(LIST, items, |view| view.id))
}
