//! The agreement: its clauses, kept in each wording.

use super::{advance, confirmation, find, note, papers, taking_part};
use crate::access::can::{Can, Mediate, View};
use crate::access::facets::Mediation;
use crate::access::{Case, Permit, deadlines};
use crate::base::db::{DbError, Tx};
use crate::base::ids::MediationId;
use crate::base::problem::Problem;
use crate::base::words::Clock;
use crate::clocks::When;
use crate::features::actions;
use crate::features::mediation::Refused;
use crate::features::mediation::bodies::Agreement;
use crate::features::mediation::series::{Step, next};
use crate::features::mediation::store::agreements::{self, AgreementRow, Clauses, row_name};
use crate::features::mediation::views::AgreementView;

pub(super) fn view<C: Can>(
    tx: &mut Tx<'_>,
    permit: &Permit<'_, C, Case>,
    id: MediationId,
    row: Option<&AgreementRow>,
) -> Result<AgreementView, Problem> {
    let confirmation = confirmation::shown(tx, id)?;
    let Some(row) = row else {
        return Ok(AgreementView { mediation_id: id, signed_on: None, clauses: Vec::new(), confirmation, version: 0 });
    };
    let key = permit.facet::<Mediation>().ok_or_else(Problem::not_found)?;
    let Clauses { clauses } = key.open(&row.clauses, &row_name(id, row.version))?;
    Ok(AgreementView { mediation_id: id, signed_on: Some(row.signed_on), clauses, confirmation, version: row.version })
}

/// The agreement as worded last.
pub fn read(tx: &mut Tx<'_>, permit: &Permit<'_, View, Case>, id: MediationId) -> Result<AgreementView, Problem> {
    let series = find(tx, permit, id)?;
    let row = agreements::latest(tx, series.id)?;
    view(tx, permit, series.id, row.as_ref())
}

/// Records the agreement of a series that ended in one, or words it anew.
pub fn put(
    tx: &mut Tx<'_>,
    permit: &Permit<'_, Mediate, Case>,
    id: MediationId,
    seen: i64,
    body: &Agreement,
) -> Result<AgreementView, Refused> {
    let mut series = find(tx, permit, id)?;
    let pen = permit.pen::<Mediation>()?;
    let before = agreements::latest(tx, id)?.map_or(0, |row| row.version);
    if before != seen {
        return Err(Problem::stale().into());
    }
    next(series.state, Step::RecordAgreement)?;
    for (at, clause) in body.clauses.iter().enumerate() {
        if let Some(party) = clause.by_party {
            taking_part(tx, permit, party, &format!("/clauses/{at}/by_party"))?;
        }
    }
    let version = seen.saturating_add(1);
    let row = AgreementRow {
        mediation_id: id,
        version,
        case_id: permit.case(),
        signed_on: body.signed_on,
        clauses: pen.seal(&Clauses { clauses: body.clauses.clone() }, &row_name(id, version))?,
        recorded_by: permit.user()?,
        recorded_at: tx.now(),
    };
    agreements::insert(tx, &row).map_err(|error| match error {
        // Another wording came first: run again, and find it.
        DbError::Unique => DbError::Retry,
        other => other,
    })?;
    advance(tx, permit, &mut series, Step::RecordAgreement)?;
    // The thirty days run from the day on which it was signed, however late it is recorded.
    let (record, confirm) = (format!("mediation/{id}"), When::Nth("usual", body.signed_on.start(), 1));
    if confirmation::shown(tx, id)?.is_none() {
        deadlines::arm(tx, permit, (Clock::JudicialConfirmation, &record), (permit.agency()?, None), confirm)?;
    }
    let clauses: Vec<_> = body.clauses.iter().map(|clause| (&clause.text, clause.due_on)).collect();
    actions::facts::agreed(tx, permit, &record, &clauses)?;
    papers::agreed(tx, permit, id, body.signed_on)?;
    permit.changed("mediation_agreement", id.as_str(), &["signed_on", "clauses"]);
    note(tx, permit, "mediation_agreement_recorded", &record)?;
    view(tx, permit, id, Some(&row)).map_err(Refused::from)
}
