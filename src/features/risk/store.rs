//! Rows of assessments, and of supervisors' words that a case may end at high risk.

use diesel::prelude::*;

use super::{Filled, Hazards, Reason};
use crate::access::can::Can;
use crate::access::facets::Risk;
use crate::access::holdings::{self, Holding};
use crate::access::{Case, Permit, Sealed, in_a_case};
use crate::base::db::schema::{risk_acceptances, risk_assessments};
use crate::base::db::{DbError, Tx};
use crate::base::ids::{AgencyId, AssessmentId, CaseId, RiskAcceptanceId, UserId};
use crate::base::time::Timestamp;
use crate::base::words::RiskLevel;

/// An assessment as stored. The level stands plain, as it does with the case.
#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = risk_assessments)]
pub(super) struct AssessmentRow {
    pub id: AssessmentId,
    pub case_id: CaseId,
    pub instrument: String,
    pub instrument_version: i64,
    pub level: RiskLevel,
    pub answers: Sealed<Risk, Filled>,
    pub hazards: Option<Sealed<Risk, Hazards>>,
    pub assessed_by: UserId,
    pub assessed_agency: AgencyId,
    pub assessed_at: Timestamp,
}

/// A supervisor's word as stored.
#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = risk_acceptances)]
pub(super) struct AcceptanceRow {
    pub id: RiskAcceptanceId,
    pub case_id: CaseId,
    pub reason: Sealed<Risk, Reason>,
    pub accepted_by: UserId,
    pub accepted_at: Timestamp,
}

in_a_case!(AssessmentId, "risk_assessment", case_of);

fn case_of(tx: &mut Tx<'_>, id: AssessmentId) -> Result<Option<CaseId>, DbError> {
    let found = risk_assessments::table.filter(risk_assessments::id.eq(id)).select(risk_assessments::case_id);
    Ok(found.first(tx.conn()).optional()?)
}

pub(super) fn insert(tx: &mut Tx<'_>, row: &AssessmentRow) -> Result<(), DbError> {
    diesel::insert_into(risk_assessments::table).values(row).execute(tx.conn())?;
    Ok(())
}

/// One assessment of the permit's case.
pub(super) fn find<C: Can>(tx: &mut Tx<'_>, permit: &Permit<'_, C, Case>, id: AssessmentId) -> Result<AssessmentRow, DbError> {
    Ok(risk_assessments::table
        .filter(risk_assessments::case_id.eq(permit.case()))
        .filter(risk_assessments::id.eq(id))
        .select(AssessmentRow::as_select())
        .first(tx.conn())?)
}

/// Assessments, newest first, before `past`.
pub(super) fn page<C: Can>(
    tx: &mut Tx<'_>,
    permit: &Permit<'_, C, Case>,
    past: Option<AssessmentId>,
    limit: i64,
) -> Result<Vec<AssessmentRow>, DbError> {
    let mut query = risk_assessments::table
        .filter(risk_assessments::case_id.eq(permit.case()))
        .order(risk_assessments::id.desc())
        .limit(limit)
        .select(AssessmentRow::as_select())
        .into_boxed();
    if let Some(past) = past {
        query = query.filter(risk_assessments::id.lt(past));
    }
    Ok(query.load(tx.conn())?)
}

type HazardsRow = (AssessmentId, Option<Sealed<Risk, Hazards>>);

/// The hazards that were said last, with the row that says them.
pub(super) fn hazards<C: Can>(tx: &mut Tx<'_>, permit: &Permit<'_, C, Case>) -> Result<Option<HazardsRow>, DbError> {
    Ok(risk_assessments::table
        .filter(risk_assessments::case_id.eq(permit.case()))
        .filter(risk_assessments::hazards.is_not_null())
        .order(risk_assessments::id.desc())
        .select((risk_assessments::id, risk_assessments::hazards))
        .first(tx.conn())
        .optional()?)
}

pub(super) fn accept(tx: &mut Tx<'_>, row: &AcceptanceRow) -> Result<(), DbError> {
    diesel::insert_into(risk_acceptances::table).values(row).execute(tx.conn())?;
    holdings::note(tx, row.case_id, Holding::Acceptances)
}

/// Supervisors' words that the case may end at high risk, newest first.
pub(super) fn accepted<C: Can>(tx: &mut Tx<'_>, permit: &Permit<'_, C, Case>) -> Result<Vec<AcceptanceRow>, DbError> {
    Ok(risk_acceptances::table
        .filter(risk_acceptances::case_id.eq(permit.case()))
        .order(risk_acceptances::id.desc())
        .select(AcceptanceRow::as_select())
        .load(tx.conn())?)
}
