//! What other features may ask of repeats.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::Serialize;

use super::{in_order, since, store};
use crate::access::can::Can;
use crate::access::holdings::{Holding, may_hold};
use crate::access::{Case, Permit};
use crate::base::db::Tx;
use crate::base::ids::CaseId;
use crate::base::problem::Problem;
use crate::base::words::{Action, Basis, Facet};
use crate::features::casefile::{self, CaseHead};
use crate::notify::{self, Notice, To};

/// Whether a case is a repeat, as the owner and its workers see it.
#[derive(Serialize, JsonSchema)]
pub struct RepeatPart {
    /// Whether the same survivor and respondent are in an older case of the last 12 months.
    pub is_repeat: bool,
    /// Such cases that you may see, the newest first: one that is open can be linked.
    pub cases: Vec<CaseHead>,
    /// Whether there are others.
    pub elsewhere: bool,
}

/// The permit's case was taken on, opened, or its parties became known otherwise: whether it repeats any of those found with
/// the same people, whoever's they are. What is found goes into the entry as hidden; what may be shown of it is asked when
/// the case is looked at. Whoever did it is told.
pub fn recognise<C: Can>(tx: &mut Tx<'_>, permit: &Permit<'_, C, Case>, found: &BTreeSet<CaseId>) -> Result<(), Problem> {
    let found: Vec<CaseId> = found.iter().copied().collect();
    let since = since(tx.now());
    let mut is_new = false;
    for other in casefile::facts::alive_since(tx, &found, since)? {
        permit.hide(other);
        let (newer, older) = in_order(permit.case(), other);
        is_new |= store::enter(tx, newer, older)? && newer == permit.case();
    }
    if is_new {
        let record = format!("case/{}", permit.case());
        notify::tell(tx, To::User(permit.agency()?, permit.user()?), Notice::RepeatFound, Some(permit.case()), &record)?;
    }
    Ok(())
}

/// The permit's case: whether it is a repeat; nothing to anybody but the owner and its workers, who read `risk`.
pub fn shown<C: Can>(tx: &mut Tx<'_>, permit: &Permit<'_, C, Case>) -> Result<Option<RepeatPart>, Problem> {
    let is_for = permit.rests_on(Basis::Jurisdiction) || permit.rests_on(Basis::Assignment);
    if !is_for || !permit.shows(Facet::Risk) {
        return Ok(None);
    }
    let older = if may_hold(permit, Holding::Repeats) { store::older(tx, permit.case())? } else { Vec::new() };
    if older.is_empty() {
        return Ok(Some(RepeatPart { is_repeat: false, cases: Vec::new(), elsewhere: false }));
    }
    let seen = permit.also_sees_of(tx, &older, Action::ListCases)?;
    let cases = casefile::facts::heads(tx, &seen.iter().collect::<Vec<_>>())?;
    Ok(Some(RepeatPart { is_repeat: true, elsewhere: cases.len() < older.len(), cases }))
}
