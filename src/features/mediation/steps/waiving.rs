//! Waiving an assessment that is too old: by a supervisor, with written reasons, under safeguards; for that one assessment.

use super::series::{record, view};
use super::{advance, evidence, find_seen, note};
use crate::access::can::{Approve, Can};
use crate::access::facets::Mediation;
use crate::access::{Case, Permit, risk};
use crate::base::db::Tx;
use crate::base::ids::{MediationId, WaiverId};
use crate::base::problem::Problem;
use crate::base::words::Facet;
use crate::features::mediation::Refused;
use crate::features::mediation::bodies::Waive;
use crate::features::mediation::gate::Assessed;
use crate::features::mediation::series::{Step, next};
use crate::features::mediation::store::series::SeriesRow;
use crate::features::mediation::store::waivers::{self, WaiverRow, Waiving};
use crate::features::mediation::views::{MediationView, WaiverView};

/// Waives the latest assessment's age. Errors: 409 where its age is not what stands in the way.
pub fn waive(
    tx: &mut Tx<'_>,
    permit: &Permit<'_, Approve, Case>,
    id: MediationId,
    seen: i64,
    body: &Waive,
) -> Result<MediationView, Refused> {
    let mut series = find_seen(tx, permit, id, seen)?;
    let pen = permit.pen::<Mediation>()?;
    next(series.state, Step::Waive)?;
    let current = risk::current(tx, permit.case())?.ok_or(Refused::NothingToWaive)?;
    if !evidence(tx, permit, &series, &[])?.assessed.is_some_and(Assessed::may_be_waived) {
        return Err(Refused::NothingToWaive);
    }
    let waiver: WaiverId = tx.new_id()?;
    let words = Waiving { reasons: body.reasons.clone(), safeguards: body.safeguards.clone() };
    let row = WaiverRow {
        id: waiver,
        mediation_id: id,
        case_id: permit.case(),
        assessed_at: current.assessed_at,
        words: pen.seal(&words, waiver.as_str())?,
        waived_by: permit.user()?,
        waived_at: tx.now(),
    };
    waivers::insert(tx, &row)?;
    advance(tx, permit, &mut series, Step::Waive)?;
    permit.changed("mediation_waiver", waiver.as_str(), &["assessed_at", "reasons", "safeguards"]);
    note(tx, permit, "mediation_assessment_waived", &record(id))?;
    Ok(view(tx, permit, &series)?)
}

/// The series' last waiver, as its reader may see it.
pub(super) fn shown<C: Can>(
    tx: &mut Tx<'_>,
    permit: &Permit<'_, C, Case>,
    series: &SeriesRow,
) -> Result<Option<WaiverView>, Problem> {
    let key = permit.facet::<Mediation>().ok_or_else(Problem::not_found)?;
    let Some(row) = waivers::latest(tx, series.id)? else { return Ok(None) };
    let Waiving { reasons, safeguards } = key.open(&row.words, row.id.as_str())?;
    // Whoever sits with the parties must know the safeguards; why they are needed tells of the risk.
    let reasons = permit.shows(Facet::Risk).then_some(reasons);
    Ok(Some(WaiverView { reasons, safeguards, waived_by: row.waived_by, waived_at: row.waived_at }))
}
