//! What other features ask of licences.

use std::collections::{BTreeMap, HashSet};

use super::store::{self, LicenceRow};
use super::{LicenceView, NewLicence, Term, may_take_cases, steps};
use crate::access::can::Can;
use crate::access::{Permit, Resource};
use crate::base::db::{DbError, Tx};
use crate::base::ids::{AgencyId, ProviderId};
use crate::base::problem::Problem;

/// The agency that a provider is.
pub fn agency_of(provider: ProviderId) -> Result<AgencyId, DbError> {
    store::agency(provider)
}

/// The provider that an agency is, or would be.
pub fn provider_of(agency: AgencyId) -> Result<ProviderId, DbError> {
    agency.as_str().parse().map_err(|_| DbError::Corrupt("an agency's id"))
}

/// The providers among these that may not be given cases today: a licence of theirs is over.
pub fn stopped(tx: &mut Tx<'_>, of: &[ProviderId]) -> Result<HashSet<ProviderId>, DbError> {
    let today = tx.now().day();
    let mut terms: BTreeMap<ProviderId, Vec<Term>> = BTreeMap::new();
    for row in store::live(tx, of)? {
        terms.entry(row.provider_id).or_default().push(row.term());
    }
    Ok(terms.into_iter().filter(|(_, terms)| !may_take_cases(terms, today)).map(|(id, _)| id).collect())
}

/// Whether nobody of this agency may be given a case today: a licence of its is over.
pub fn is_stopped(tx: &mut Tx<'_>, agency: AgencyId) -> Result<bool, DbError> {
    let provider = provider_of(agency)?;
    Ok(stopped(tx, &[provider])?.contains(&provider))
}

/// Licences of these providers that were not retired, as they were entered.
pub fn live(tx: &mut Tx<'_>, of: &[ProviderId]) -> Result<Vec<LicenceView>, DbError> {
    let today = tx.now().day();
    Ok(store::live(tx, of)?.into_iter().map(|row| row.view(today)).collect())
}

/// What became of a licence or a service that an import names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Put {
    /// It was not there.
    Added,
    /// It was there, and otherwise.
    Changed,
    /// It was there, as it is.
    Same,
}

/// Makes a provider's licence of this name and number be as given.
pub fn put<C: Can, R: Resource>(
    tx: &mut Tx<'_>,
    permit: &Permit<'_, C, R>,
    provider: ProviderId,
    new: &NewLicence,
) -> Result<Put, Problem> {
    let same = |row: &LicenceRow| row.name == new.name.as_str() && row.number == new.number.as_str();
    let Some(mut row) = store::live(tx, &[provider])?.into_iter().find(same) else {
        steps::enter(tx, permit, provider, new)?;
        return Ok(Put::Added);
    };
    if (row.issuer.as_str(), row.first_day, row.last_day) == (new.issuer.as_str(), new.first_day, new.last_day) {
        return Ok(Put::Same);
    }
    new.issuer.as_str().clone_into(&mut row.issuer);
    (row.first_day, row.last_day) = (new.first_day, new.last_day);
    steps::save(tx, permit, &mut row, &["issuer", "first_day", "last_day"])?;
    Ok(Put::Changed)
}
