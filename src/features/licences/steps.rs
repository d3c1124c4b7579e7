//! Entering, extending and retiring licences.

use super::store::{self, LicenceRow};
use super::{ChangeLicence, LicenceRefused, LicenceView, NewLicence};
use crate::access::can::{Administer, Can, View};
use crate::access::{Again, Permit, Provider, Resource};
use crate::base::db::{DbError, Tx};
use crate::base::ids::{LicenceId, ProviderId};
use crate::base::problem::{FieldCode, Problem};
use crate::base::words::{Action, Clock};
use crate::clocks::{self, Arm, When};

/// The clock of a licence's last day, on its provider's desk.
fn arm<C: Can, R: Resource>(tx: &mut Tx<'_>, permit: &Permit<'_, C, R>, row: &LicenceRow) -> Result<(), DbError> {
    let record = row.record();
    let agency = store::agency(row.provider_id)?;
    let when = When::At(row.last_day.end());
    let ends = Arm { clock: Clock::LicenceEnds, case: None, record: &record, agency, user: None, when };
    clocks::arm(tx, &permit.rules().clocks, ends)?;
    Ok(())
}

/// Enters a licence, and begins its clock.
pub(super) fn enter<C: Can, R: Resource>(
    tx: &mut Tx<'_>,
    permit: &Permit<'_, C, R>,
    provider: ProviderId,
    new: &NewLicence,
) -> Result<LicenceRow, Problem> {
    let row = LicenceRow::of(tx.new_id()?, provider, new, tx.now());
    store::insert(tx, &row).map_err(|error| match error {
        DbError::Unique => LicenceRefused::Known.into(),
        other => Problem::from(other),
    })?;
    arm(tx, permit, &row)?;
    permit.changed("licence", row.id.as_str(), &["name", "number", "issuer", "first_day", "last_day"]);
    Ok(row)
}

/// Saves a changed row; its clock runs to its new end.
pub(super) fn save<C: Can, R: Resource>(
    tx: &mut Tx<'_>,
    permit: &Permit<'_, C, R>,
    row: &mut LicenceRow,
    fields: &[&str],
) -> Result<(), Problem> {
    row.version = row.version.saturating_add(1);
    if !store::save(tx, row)? {
        return Err(Problem::stale());
    }
    if row.retired_at.is_some() {
        clocks::stop_all(tx, &row.record())?;
    } else {
        arm(tx, permit, row)?;
    }
    permit.changed("licence", row.id.as_str(), fields);
    Ok(())
}

/// Enters a licence of the provider in the path.
pub(super) fn add(
    tx: &mut Tx<'_>,
    permit: &Permit<'_, Administer, Provider>,
    provider: ProviderId,
    new: &NewLicence,
) -> Result<LicenceView, Problem> {
    let row = enter(tx, permit, provider, new)?;
    Ok(row.view(tx.now().day()))
}

/// The licence, still as it was seen and not retired.
fn seen(tx: &mut Tx<'_>, (id, version): (LicenceId, i64)) -> Result<LicenceRow, Problem> {
    let row = store::find(tx, id)?.ok_or_else(Problem::not_found)?;
    if row.version != version {
        return Err(Problem::stale());
    }
    if row.retired_at.is_some() {
        return Err(LicenceRefused::Retired.into());
    }
    Ok(row)
}

/// Changes a licence: it was extended, or entered wrongly.
pub(super) fn change(
    tx: &mut Tx<'_>,
    permit: &Permit<'_, Administer, Provider>,
    at: (LicenceId, i64),
    change: &ChangeLicence,
) -> Result<LicenceView, Problem> {
    let mut row = seen(tx, at)?;
    if let Some(issuer) = &change.issuer {
        issuer.as_str().clone_into(&mut row.issuer);
    }
    row.first_day = change.first_day.unwrap_or(row.first_day);
    row.last_day = change.last_day.unwrap_or(row.last_day);
    if row.last_day < row.first_day {
        return Err(Problem::wrong_field("/last_day", FieldCode::EndsBeforeStart));
    }
    save(tx, permit, &mut row, &["issuer", "first_day", "last_day"])?;
    Ok(row.view(tx.now().day()))
}

/// Takes a licence out: it counts no more.
pub(super) fn retire(
    tx: &mut Tx<'_>,
    permit: &Permit<'_, Administer, Provider>,
    at: (LicenceId, i64),
) -> Result<LicenceView, Problem> {
    let mut row = seen(tx, at)?;
    row.retired_at = Some(tx.now());
    save(tx, permit, &mut row, &["retired_at"])?;
    Ok(row.view(tx.now().day()))
}

impl Again for LicenceView {
    type Key = LicenceId;
    const VIEW: Action = Action::ViewProvider;
    fn key(&self) -> LicenceId {
        self.id
    }
    fn again(tx: &mut Tx<'_>, _: &Permit<'_, View, Provider>, id: LicenceId) -> Result<Self, Problem> {
        let today = tx.now().day();
        Ok(store::find(tx, id)?.ok_or_else(Problem::not_found)?.view(today))
    }
}
