//! Judicial confirmation of an agreement: within 30 days of its taking effect both may ask the court for it (People's
//! Mediation Law art. 33). What they did meets the clock.

use super::series::record;
use super::{agreement, find, note};
use crate::access::can::{Mediate, View};
use crate::access::facets::Mediation;
use crate::access::{Again, Case, Permit};
use crate::base::db::{DbError, Tx};
use crate::base::ids::MediationId;
use crate::base::problem::{FieldCode, Problem};
use crate::base::words::{Action, Clock};
use crate::clocks;
use crate::features::mediation::Refused;
use crate::features::mediation::bodies::Confirmation;
use crate::features::mediation::store::agreements;
use crate::features::mediation::store::confirmations::{self, ConfirmationRow};
use crate::features::mediation::views::{AgreementView, ConfirmationView};

/// What became of it, if something did.
pub(super) fn shown(tx: &mut Tx<'_>, id: MediationId) -> Result<Option<ConfirmationView>, DbError> {
    let row = confirmations::find(tx, id)?;
    Ok(row.map(|row| ConfirmationView {
        outcome: row.outcome,
        decided_on: row.decided_on,
        recorded_by: row.recorded_by,
        recorded_at: row.recorded_at,
    }))
}

/// Records what both did. Errors: 409 without an agreement, or where it is recorded already.
pub fn put(
    tx: &mut Tx<'_>,
    permit: &Permit<'_, Mediate, Case>,
    id: MediationId,
    seen: i64,
    body: &Confirmation,
) -> Result<AgreementView, Refused> {
    let series = find(tx, permit, id)?;
    permit.pen::<Mediation>()?;
    let row = agreements::latest(tx, series.id)?;
    if row.as_ref().map_or(0, |row| row.version) != seen {
        return Err(Problem::stale().into());
    }
    let Some(row) = row else { return Err(Refused::NoAgreement) };
    if body.decided_on < row.signed_on {
        return Err(Refused::Field("/decided_on".to_owned(), FieldCode::InThePast));
    }
    let confirmation = ConfirmationRow {
        mediation_id: id,
        case_id: permit.case(),
        outcome: body.outcome,
        decided_on: body.decided_on,
        recorded_by: permit.user()?,
        recorded_at: tx.now(),
    };
    confirmations::insert(tx, &confirmation).map_err(|error| match error {
        DbError::Unique => Refused::Confirmed,
        other => other.into(),
    })?;
    clocks::meet(tx, Clock::JudicialConfirmation, &record(id))?;
    permit.changed("mediation_confirmation", id.as_str(), &["outcome", "decided_on"]);
    note(tx, permit, "mediation_confirmation_recorded", &record(id))?;
    Ok(agreement::view(tx, permit, id, Some(&row))?)
}

impl Again for AgreementView {
    type Key = MediationId;
    const VIEW: Action = Action::ViewAgreement;
    fn key(&self) -> MediationId {
        self.mediation_id
    }
    fn again(tx: &mut Tx<'_>, permit: &Permit<'_, View, Case>, key: MediationId) -> Result<Self, Problem> {
        agreement::read(tx, permit, key)
    }
}
