//! What other features ask of the directory.

use super::store::{self, ServiceRow};
use super::{NewService, ProviderFilter, ProviderView, ServiceView, steps};
use crate::access::can::Can;
use crate::access::{Permit, Resource};
use crate::base::db::{DbError, Tx};
use crate::base::ids::{AgencyId, ProviderId};
use crate::base::problem::Problem;
use crate::base::words::HelpKind;
use crate::features::licences;
use crate::features::licences::facts::Put;

/// All services of this help that were not retired, with how many cases they work.
pub fn of_kind(tx: &mut Tx<'_>, kind: HelpKind) -> Result<Vec<ServiceView>, DbError> {
    steps::of_kind(tx, kind)
}

/// So many providers of the directory, before `past`, the newest agency first.
pub fn page(tx: &mut Tx<'_>, past: Option<ProviderId>, limit: i64) -> Result<Vec<ProviderView>, DbError> {
    let ids = store::page(tx, &ProviderFilter::default(), past, limit)?;
    steps::show(tx, &ids)
}

/// Makes a provider's service of this name be as given.
pub fn put<C: Can, R: Resource>(
    tx: &mut Tx<'_>,
    permit: &Permit<'_, C, R>,
    provider: ProviderId,
    new: &NewService,
) -> Result<Put, Problem> {
    let Some(before) = store::named(tx, provider, new.name.as_str())? else {
        steps::enter(tx, permit, provider, new)?;
        return Ok(Put::Added);
    };
    let mut row = ServiceRow::of(before.id, provider, new, before.created_at);
    if row.says_as(&before) {
        return Ok(Put::Same);
    }
    row.version = before.version;
    steps::save(tx, permit, &mut row, &["kind", "audiences", "divisions", "languages", "hours", "capacity", "description"])?;
    Ok(Put::Changed)
}

/// The agency that a provider is.
pub fn agency_of(provider: ProviderId) -> Result<AgencyId, DbError> {
    licences::facts::agency_of(provider)
}

/// The agency that a provider is, where the directory says that it gives this help.
pub fn giving(tx: &mut Tx<'_>, provider: ProviderId, help: HelpKind) -> Result<Option<AgencyId>, DbError> {
    let gives = store::live(tx, &[provider])?.iter().any(|service| service.kind == help);
    if gives { agency_of(provider).map(Some) } else { Ok(None) }
}
