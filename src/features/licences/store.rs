//! Rows of licences.

use diesel::prelude::*;

use super::{LicenceView, NewLicence, Term};
use crate::access::{Provider, Relation, Target};
use crate::base::db::schema::provider_licences as licences;
use crate::base::db::{DbError, Tx, among};
use crate::base::ids::{AgencyId, LicenceId, ProviderId};
use crate::base::time::{Day, Timestamp};
use crate::features::agencies;

/// A licence as stored.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = licences)]
pub struct LicenceRow {
    pub id: LicenceId,
    pub provider_id: ProviderId,
    pub name: String,
    pub number: String,
    pub issuer: String,
    pub first_day: Day,
    pub last_day: Day,
    pub retired_at: Option<Timestamp>,
    pub version: i64,
    pub created_at: Timestamp,
}

impl LicenceRow {
    /// A row of what was entered.
    pub fn of(id: LicenceId, provider: ProviderId, new: &NewLicence, now: Timestamp) -> Self {
        Self {
            id,
            provider_id: provider,
            name: new.name.as_str().to_owned(),
            number: new.number.as_str().to_owned(),
            issuer: new.issuer.as_str().to_owned(),
            first_day: new.first_day,
            last_day: new.last_day,
            retired_at: None,
            version: 1,
            created_at: now,
        }
    }
    /// Its name in deadlines.
    pub fn record(&self) -> String {
        format!("licence/{}", self.id)
    }
    /// What its rule looks at.
    pub fn term(&self) -> Term {
        Term { name: self.name.clone(), first_day: self.first_day, last_day: self.last_day }
    }
    /// As shown on a day.
    pub fn view(self, today: Day) -> LicenceView {
        let in_force = self.retired_at.is_none() && self.term().is_in_force(today);
        let Self { id, provider_id, name, number, issuer, first_day, last_day, retired_at, version, created_at: _ } = self;
        LicenceView { id, provider_id, name, number, issuer, first_day, last_day, in_force, retired_at, version }
    }
}

impl Target for LicenceId {
    type R = Provider;
    fn record(&self) -> String {
        format!("licence/{self}")
    }
    fn locate(&self, tx: &mut Tx<'_>) -> Result<Option<Relation>, DbError> {
        Ok(match find(tx, *self)? {
            Some(row) => Some(Relation { agency: Some(agency(row.provider_id)?), ..Relation::default() }),
            None => None,
        })
    }
}

/// A provider: an agency of a kind that gives help, whether it stands in the directory yet or not.
impl Target for ProviderId {
    type R = Provider;
    fn record(&self) -> String {
        format!("provider/{self}")
    }
    fn locate(&self, tx: &mut Tx<'_>) -> Result<Option<Relation>, DbError> {
        let found = agencies::facts::find(tx, agency(*self)?)?.filter(|agency| agency.kind.may_provide());
        Ok(found.map(|agency| Relation { agency: Some(agency.id), ..Relation::default() }))
    }
}

/// A licence where the path says it is. Under another provider's path it is not there.
#[derive(Debug, Clone, Copy)]
pub struct At(pub ProviderId, pub LicenceId);

impl Target for At {
    type R = Provider;
    fn record(&self) -> String {
        self.1.record()
    }
    fn locate(&self, tx: &mut Tx<'_>) -> Result<Option<Relation>, DbError> {
        let of = agency(self.0)?;
        Ok(self.1.locate(tx)?.filter(|relation| relation.agency == Some(of)))
    }
}

/// The agency that a provider is.
pub fn agency(provider: ProviderId) -> Result<AgencyId, DbError> {
    provider.as_str().parse().map_err(|_| DbError::Corrupt("a provider's id"))
}

pub fn find(tx: &mut Tx<'_>, id: LicenceId) -> Result<Option<LicenceRow>, DbError> {
    Ok(licences::table.filter(licences::id.eq(id)).select(LicenceRow::as_select()).first(tx.conn()).optional()?)
}

/// The licences of these providers that were not retired, as they were entered.
pub fn live(tx: &mut Tx<'_>, of: &[ProviderId]) -> Result<Vec<LicenceRow>, DbError> {
    Ok(licences::table
        .filter(among(licences::provider_id, of))
        .filter(licences::retired_at.is_null())
        .order(licences::id)
        .select(LicenceRow::as_select())
        .load(tx.conn())?)
}

pub fn insert(tx: &mut Tx<'_>, row: &LicenceRow) -> Result<(), DbError> {
    diesel::insert_into(licences::table).values(row).execute(tx.conn())?;
    Ok(())
}

/// Saves the row over the version before its own; whether that was still there.
pub fn save(tx: &mut Tx<'_>, row: &LicenceRow) -> Result<bool, DbError> {
    let done = diesel::update(licences::table)
        .filter(licences::id.eq(row.id))
        .filter(licences::version.eq(row.version.saturating_sub(1)))
        .set((
            licences::issuer.eq(&row.issuer),
            licences::first_day.eq(row.first_day),
            licences::last_day.eq(row.last_day),
            licences::retired_at.eq(row.retired_at),
            licences::version.eq(row.version),
        ))
        .execute(tx.conn())?;
    Ok(done == 1)
}
