//! Rows of services.

use diesel::prelude::*;

use super::{NewService, ProviderFilter, Words, covering};
use crate::access::{Provider, Relation, Target};
use crate::base::db::schema::provider_services as services;
use crate::base::db::{DbError, Tx, among};
use crate::base::ids::{ProviderId, ProviderServiceId};
use crate::base::time::Timestamp;
use crate::base::words::{Audience, HelpKind};
use crate::features::licences;

/// A service as stored.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = services)]
pub struct ServiceRow {
    pub id: ProviderServiceId,
    pub provider_id: ProviderId,
    pub name: String,
    pub kind: HelpKind,
    pub audiences: String,
    pub divisions: String,
    pub languages: String,
    pub hours: Option<String>,
    pub capacity: Option<i64>,
    pub description: Option<String>,
    pub description_en: Option<String>,
    pub retired_at: Option<Timestamp>,
    pub version: i64,
    pub created_at: Timestamp,
}

impl ServiceRow {
    /// A row of what was entered.
    pub fn of(id: ProviderServiceId, provider: ProviderId, new: &NewService, now: Timestamp) -> Self {
        Self {
            id,
            provider_id: provider,
            name: new.name.as_str().to_owned(),
            kind: new.kind,
            audiences: Words::new(new.audiences.iter().map(|word| word.as_str())).into_string(),
            divisions: Words::new(new.divisions.iter().map(crate::base::text::Division::as_str)).into_string(),
            languages: Words::new(new.languages.iter().map(crate::base::text::LanguageTag::as_str)).into_string(),
            hours: new.hours.as_ref().map(|line| line.as_str().to_owned()),
            capacity: new.capacity,
            description: new.description.as_ref().map(|text| text.as_str().to_owned()),
            description_en: new.description_en.as_ref().map(|text| text.as_str().to_owned()),
            retired_at: None,
            version: 1,
            created_at: now,
        }
    }
    /// Whether it says what another says, whatever their ids and versions.
    pub fn says_as(&self, other: &Self) -> bool {
        let content = |row: &Self| {
            let Self { audiences, divisions, languages, hours, capacity, description, description_en, kind, name, .. } =
                row.clone();
            (audiences, divisions, languages, hours, capacity, description, description_en, kind, name)
        };
        content(self) == content(other)
    }
}

impl Target for ProviderServiceId {
    type R = Provider;
    fn record(&self) -> String {
        format!("provider_service/{self}")
    }
    fn locate(&self, tx: &mut Tx<'_>) -> Result<Option<Relation>, DbError> {
        Ok(match find(tx, *self)? {
            Some(row) => Some(Relation { agency: Some(licences::facts::agency_of(row.provider_id)?), ..Relation::default() }),
            None => None,
        })
    }
}

/// A service where the path says it is. Under another provider's path it is not there.
#[derive(Debug, Clone, Copy)]
pub struct At(pub ProviderId, pub ProviderServiceId);

impl Target for At {
    type R = Provider;
    fn record(&self) -> String {
        self.1.record()
    }
    fn locate(&self, tx: &mut Tx<'_>) -> Result<Option<Relation>, DbError> {
        let of = licences::facts::agency_of(self.0)?;
        Ok(self.1.locate(tx)?.filter(|relation| relation.agency == Some(of)))
    }
}

pub fn find(tx: &mut Tx<'_>, id: ProviderServiceId) -> Result<Option<ServiceRow>, DbError> {
    Ok(services::table.filter(services::id.eq(id)).select(ServiceRow::as_select()).first(tx.conn()).optional()?)
}

/// The services of these providers that were not retired, as they were entered.
pub fn live(tx: &mut Tx<'_>, of: &[ProviderId]) -> Result<Vec<ServiceRow>, DbError> {
    Ok(services::table
        .filter(among(services::provider_id, of))
        .filter(services::retired_at.is_null())
        .order(services::id)
        .select(ServiceRow::as_select())
        .load(tx.conn())?)
}

/// The service of a provider that has this name and was not retired.
pub fn named(tx: &mut Tx<'_>, provider: ProviderId, name: &str) -> Result<Option<ServiceRow>, DbError> {
    Ok(services::table
        .filter(services::provider_id.eq(provider))
        .filter(services::name.eq(name.to_owned()))
        .filter(services::retired_at.is_null())
        .select(ServiceRow::as_select())
        .first(tx.conn())
        .optional()?)
}

/// Services that give this help, behind a service, in the order of their ids.
pub fn of_kind(tx: &mut Tx<'_>, kind: HelpKind, past: Option<ProviderServiceId>, limit: i64) -> Result<Vec<ServiceRow>, DbError> {
    let mut query = services::table
        .filter(services::kind.eq(kind))
        .filter(services::retired_at.is_null())
        .order(services::id)
        .limit(limit)
        .select(ServiceRow::as_select())
        .into_boxed();
    if let Some(past) = past {
        query = query.filter(services::id.gt(past));
    }
    Ok(query.load(tx.conn())?)
}

/// Providers with a service that fits, the newest agency first, before `past`.
pub fn page(tx: &mut Tx<'_>, filter: &ProviderFilter, past: Option<ProviderId>, limit: i64) -> Result<Vec<ProviderId>, DbError> {
    let has = |word: &str| format!("% {word} %");
    let mut query = services::table
        .filter(services::retired_at.is_null())
        .select(services::provider_id)
        .distinct()
        .order(services::provider_id.desc())
        .limit(limit)
        .into_boxed();
    if let Some(kind) = filter.kind {
        query = query.filter(services::kind.eq(kind));
    }
    if let Some(audience) = filter.audience {
        query = query.filter(services::audiences.like(has(Audience::as_str(audience))));
    }
    if let Some(language) = &filter.language {
        query = query.filter(services::languages.like(has(language.as_str())));
    }
    if let Some(division) = &filter.division {
        let mut holding = covering(division.as_str());
        // Three at most; the last is taken again where there are fewer, so that it is one statement.
        while let (1..3, Some(last)) = (holding.len(), holding.last().cloned()) {
            holding.push(last);
        }
        if let [own, city, province] = holding.as_slice() {
            query = query.filter(
                services::divisions
                    .like(has(own))
                    .or(services::divisions.like(has(city)))
                    .or(services::divisions.like(has(province))),
            );
        }
    }
    if let Some(past) = past {
        query = query.filter(services::provider_id.lt(past));
    }
    Ok(query.load(tx.conn())?)
}

pub fn insert(tx: &mut Tx<'_>, row: &ServiceRow) -> Result<(), DbError> {
    diesel::insert_into(services::table).values(row).execute(tx.conn())?;
    Ok(())
}

/// Saves the row over the version before its own; whether that was still there.
pub fn save(tx: &mut Tx<'_>, row: &ServiceRow) -> Result<bool, DbError> {
    let done = diesel::update(services::table)
        .filter(services::id.eq(row.id))
        .filter(services::version.eq(row.version.saturating_sub(1)))
        .set((
            services::name.eq(&row.name),
            services::kind.eq(row.kind),
            services::audiences.eq(&row.audiences),
            services::divisions.eq(&row.divisions),
            services::languages.eq(&row.languages),
            services::hours.eq(&row.hours),
            services::capacity.eq(row.capacity),
            services::description.eq(&row.description),
            services::description_en.eq(&row.description_en),
            services::retired_at.eq(row.retired_at),
            services::version.eq(row.version),
        ))
        .execute(tx.conn())?;
    Ok(done == 1)
}
