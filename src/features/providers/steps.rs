//! Reading the directory, and keeping its services.

use std::collections::HashMap;

use super::store::{self, ServiceRow};
use super::{ChangeService, NewService, ProviderFilter, ProviderView, ServiceRefused, ServiceView, Words};
use crate::access::can::{Administer, Can, View};
use crate::access::{Again, Collection, Permit, Provider, Resource};
use crate::base::db::{DbError, Tx};
use crate::base::ids::{AgencyId, ProviderId, ProviderServiceId};
use crate::base::problem::Problem;
use crate::base::text::{Line, Text};
use crate::base::words::{Action, AgencyKind, HelpKind};
use crate::door::{List, Page};
use crate::features::{agencies, assignments, licences};

/// The list's name in its cursors.
const LIST: &str = "providers";

/// One page of the directory, the newest agency first.
pub(super) fn list(
    tx: &mut Tx<'_>,
    _: &Permit<'_, View, Collection>,
    filter: &ProviderFilter,
    page: &Page,
) -> Result<List<ProviderView>, Problem> {
    let ids = store::page(tx, filter, page.past(LIST)?, page.with_one_more())?;
    Ok(page.of(LIST, show(tx, &ids)?, |view| view.id))
}

/// How many cases each provider works under each help.
type Loads = HashMap<(AgencyId, HelpKind), i64>;

/// These providers with their services and licences, in their order.
pub(super) fn show(tx: &mut Tx<'_>, ids: &[ProviderId]) -> Result<Vec<ProviderView>, DbError> {
    let of = ids.iter().map(|id| licences::facts::agency_of(*id)).collect::<Result<Vec<_>, _>>()?;
    let known: HashMap<AgencyId, _> = agencies::facts::find_all(tx, &of)?.into_iter().map(|agency| (agency.id, agency)).collect();
    let loads = assignments::facts::live_cases(tx, &of)?;
    let mut services: HashMap<ProviderId, Vec<ServiceView>> = HashMap::new();
    for row in store::live(tx, ids)? {
        services.entry(row.provider_id).or_default().push(view(row, &loads)?);
    }
    let mut held: HashMap<ProviderId, Vec<_>> = HashMap::new();
    for licence in licences::facts::live(tx, ids)? {
        held.entry(licence.provider_id).or_default().push(licence);
    }
    let stopped = licences::facts::stopped(tx, ids)?;
    let shown = ids.iter().zip(of).filter_map(|(id, agency)| {
        let agency = known.get(&agency)?;
        Some(ProviderView {
            id: *id,
            name: agency.name.clone(),
            kind: agency.kind,
            division: agency.division.clone(),
            contact_point: (agency.kind != AgencyKind::Shelter).then(|| agency.contact_point.clone()),
            services: services.remove(id).unwrap_or_default(),
            licences: held.remove(id).unwrap_or_default(),
            is_stopped: stopped.contains(id),
        })
    });
    Ok(shown.collect())
}

fn view(row: ServiceRow, loads: &Loads) -> Result<ServiceView, DbError> {
    let agency = licences::facts::agency_of(row.provider_id)?;
    Ok(ServiceView {
        id: row.id,
        provider_id: row.provider_id,
        name: row.name,
        kind: row.kind,
        audiences: Words::of(&row.audiences),
        divisions: Words::of(&row.divisions),
        languages: Words::of(&row.languages),
        hours: row.hours,
        capacity: row.capacity,
        live_cases: loads.get(&(agency, row.kind)).copied().unwrap_or_default(),
        description: row.description,
        description_en: row.description_en,
        retired_at: row.retired_at,
        version: row.version,
    })
}

fn show_one(tx: &mut Tx<'_>, row: ServiceRow) -> Result<ServiceView, Problem> {
    let agency = licences::facts::agency_of(row.provider_id)?;
    let loads = assignments::facts::live_cases(tx, &[agency])?;
    Ok(view(row, &loads)?)
}

/// All services of this help that were not retired, with how many cases they work.
pub(super) fn of_kind(tx: &mut Tx<'_>, kind: HelpKind) -> Result<Vec<ServiceView>, DbError> {
    const AT_ONCE: i64 = 500;
    let (mut all, mut past) = (Vec::new(), None);
    loop {
        let rows = store::of_kind(tx, kind, past, AT_ONCE)?;
        let Some(last) = rows.last() else { return Ok(all) };
        past = Some(last.id);
        let mut of = rows.iter().map(|row| licences::facts::agency_of(row.provider_id)).collect::<Result<Vec<_>, _>>()?;
        of.dedup();
        let loads = assignments::facts::live_cases(tx, &of)?;
        for row in rows {
            all.push(view(row, &loads)?);
        }
    }
}

fn taken(error: DbError) -> Problem {
    if error == DbError::Unique { ServiceRefused::NameTaken.into() } else { error.into() }
}

/// Enters a service.
pub(super) fn enter<C: Can, R: Resource>(
    tx: &mut Tx<'_>,
    permit: &Permit<'_, C, R>,
    provider: ProviderId,
    new: &NewService,
) -> Result<ServiceRow, Problem> {
    let row = ServiceRow::of(tx.new_id()?, provider, new, tx.now());
    store::insert(tx, &row).map_err(taken)?;
    permit.changed("provider_service", row.id.as_str(), FIELDS);
    Ok(row)
}

/// What an entry names of a service that was entered or changed.
const FIELDS: &[&str] =
    &["name", "kind", "audiences", "divisions", "languages", "hours", "capacity", "description", "description_en"];

/// Saves a changed row over the version before.
pub(super) fn save<C: Can, R: Resource>(
    tx: &mut Tx<'_>,
    permit: &Permit<'_, C, R>,
    row: &mut ServiceRow,
    fields: &[&str],
) -> Result<(), Problem> {
    row.version = row.version.saturating_add(1);
    if !store::save(tx, row).map_err(taken)? {
        return Err(Problem::stale());
    }
    permit.changed("provider_service", row.id.as_str(), fields);
    Ok(())
}

/// Enters a service of the provider in the path.
pub(super) fn add(
    tx: &mut Tx<'_>,
    permit: &Permit<'_, Administer, Provider>,
    provider: ProviderId,
    new: &NewService,
) -> Result<ServiceView, Problem> {
    let row = enter(tx, permit, provider, new)?;
    show_one(tx, row)
}

/// The service, still as it was seen and not retired.
fn seen(tx: &mut Tx<'_>, (id, version): (ProviderServiceId, i64)) -> Result<ServiceRow, Problem> {
    let row = store::find(tx, id)?.ok_or_else(Problem::not_found)?;
    if row.version != version {
        return Err(Problem::stale());
    }
    if row.retired_at.is_some() {
        return Err(ServiceRefused::Retired.into());
    }
    Ok(row)
}

/// Changes a service.
pub(super) fn change(
    tx: &mut Tx<'_>,
    permit: &Permit<'_, Administer, Provider>,
    at: (ProviderServiceId, i64),
    change: &ChangeService,
) -> Result<ServiceView, Problem> {
    let mut row = seen(tx, at)?;
    if let Some(name) = &change.name {
        name.as_str().clone_into(&mut row.name);
    }
    if let Some(audiences) = &change.audiences {
        row.audiences = Words::new(audiences.iter().map(|word| word.as_str())).into_string();
    }
    if let Some(divisions) = &change.divisions {
        row.divisions = Words::new(divisions.iter().map(crate::base::text::Division::as_str)).into_string();
    }
    if let Some(languages) = &change.languages {
        row.languages = Words::new(languages.iter().map(crate::base::text::LanguageTag::as_str)).into_string();
    }
    if let Some(hours) = &change.hours {
        row.hours = hours.clone().map(Line::into_string);
    }
    row.capacity = change.capacity.unwrap_or(row.capacity);
    if let Some(description) = &change.description {
        row.description = description.clone().map(Text::into_string);
    }
    if let Some(description) = &change.description_en {
        row.description_en = description.clone().map(Text::into_string);
    }
    save(tx, permit, &mut row, FIELDS)?;
    show_one(tx, row)
}

/// Takes a service out of the directory.
pub(super) fn retire(
    tx: &mut Tx<'_>,
    permit: &Permit<'_, Administer, Provider>,
    at: (ProviderServiceId, i64),
) -> Result<ServiceView, Problem> {
    let mut row = seen(tx, at)?;
    row.retired_at = Some(tx.now());
    save(tx, permit, &mut row, &["retired_at"])?;
    show_one(tx, row)
}

impl Again for ServiceView {
    type Key = ProviderServiceId;
    const VIEW: Action = Action::ViewProvider;
    fn key(&self) -> ProviderServiceId {
        self.id
    }
    fn again(tx: &mut Tx<'_>, _: &Permit<'_, View, Provider>, id: ProviderServiceId) -> Result<Self, Problem> {
        let row = store::find(tx, id)?.ok_or_else(Problem::not_found)?;
        show_one(tx, row)
    }
}

impl Again for ProviderView {
    type Key = ProviderId;
    const VIEW: Action = Action::ViewProvider;
    fn key(&self) -> ProviderId {
        self.id
    }
    fn again(tx: &mut Tx<'_>, _: &Permit<'_, View, Provider>, id: ProviderId) -> Result<Self, Problem> {
        show(tx, &[id])?.pop().ok_or_else(Problem::not_found)
    }
}
