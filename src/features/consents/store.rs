//! Rows and queries of consents.

use diesel::prelude::*;
use serde::{Deserialize, Serialize};

use super::{GivenBy, Life};
use crate::access::can::Can;
use crate::access::facets::Progress;
use crate::access::{Case, Content, Permit, Resource, Sealed, in_a_case};
use crate::audit::verify::row_digests;
use crate::base::db::schema::consents;
use crate::base::db::{DbError, Tx};
use crate::base::ids::{AgencyId, CaseId, ConsentId, UserId};
use crate::base::text::{PersonName, Text};
use crate::base::time::{Day, Timestamp};
use crate::base::words::{ConsentState, FacetSet, HelpKind};

in_a_case!(ConsentId, "consent", case_of);

/// What was said with it.
#[derive(Serialize, Deserialize)]
pub(super) struct Said {
    pub guardian_name: Option<PersonName>,
    pub wish: Option<Text>,
    pub child_view: Option<Text>,
}

impl Content for Said {
    const TABLE: &'static str = "consents";
    const COLUMN: &'static str = "said";
}

/// A consent as stored. Serialised for its digest alone, without what was said.
#[derive(Queryable, Selectable, Insertable, Serialize)]
#[diesel(table_name = consents)]
pub(super) struct ConsentRow {
    pub id: ConsentId,
    pub case_id: CaseId,
    pub recipient_agency: AgencyId,
    pub recipient_user: Option<UserId>,
    pub purpose: HelpKind,
    pub facets: FacetSet,
    pub given_by: GivenBy,
    pub given_on: Day,
    pub expires_on: Day,
    pub state: ConsentState,
    #[serde(skip)]
    pub said: Sealed<Progress, Said>,
    pub recorded_by: UserId,
    pub recorded_at: Timestamp,
    pub suspended_at: Option<Timestamp>,
    pub revoked_at: Option<Timestamp>,
    pub version: i64,
    pub superseded_by: Option<ConsentId>,
}

impl ConsentRow {
    pub fn life(&self) -> Life {
        Life { stored: self.state, ends_at: self.expires_on.end() }
    }
}

/// The case a consent is in.
pub(super) fn case_of(tx: &mut Tx<'_>, id: ConsentId) -> Result<Option<CaseId>, DbError> {
    Ok(consents::table.filter(consents::id.eq(id)).select(consents::case_id).first(tx.conn()).optional()?)
}

pub(super) fn find<C: Can>(tx: &mut Tx<'_>, permit: &Permit<'_, C, Case>, id: ConsentId) -> Result<ConsentRow, DbError> {
    Ok(consents::table
        .filter(consents::case_id.eq(permit.case()))
        .filter(consents::id.eq(id))
        .select(ConsentRow::as_select())
        .first(tx.conn())?)
}

/// One consent, whatever its case: for the machine that ends what is over.
pub(super) fn by_id(tx: &mut Tx<'_>, id: ConsentId) -> Result<Option<ConsentRow>, DbError> {
    Ok(consents::table.filter(consents::id.eq(id)).select(ConsentRow::as_select()).first(tx.conn()).optional()?)
}

/// One page, newest first.
pub(super) fn page<C: Can>(
    tx: &mut Tx<'_>,
    permit: &Permit<'_, C, Case>,
    past: Option<ConsentId>,
    limit: i64,
) -> Result<Vec<ConsentRow>, DbError> {
    let mut rows = consents::table.filter(consents::case_id.eq(permit.case())).into_boxed();
    if let Some(past) = past {
        rows = rows.filter(consents::id.lt(past));
    }
    Ok(rows.order(consents::id.desc()).limit(limit).select(ConsentRow::as_select()).load(tx.conn())?)
}

/// Those for this recipient and purpose that are not stored as ended, newest first: at most one, by a unique index.
pub(super) fn standing<C: Can>(
    tx: &mut Tx<'_>,
    permit: &Permit<'_, C, Case>,
    (agency, user): (AgencyId, Option<UserId>),
    purpose: HelpKind,
) -> Result<Option<ConsentRow>, DbError> {
    let mut rows = consents::table
        .filter(consents::case_id.eq(permit.case()))
        .filter(consents::recipient_agency.eq(agency))
        .filter(consents::purpose.eq(purpose))
        .filter(consents::state.eq_any([ConsentState::Given, ConsentState::Suspended]))
        .into_boxed();
    rows = match user {
        Some(user) => rows.filter(consents::recipient_user.eq(user)),
        None => rows.filter(consents::recipient_user.is_null()),
    };
    Ok(rows.order(consents::id.desc()).select(ConsentRow::as_select()).first(tx.conn()).optional()?)
}

pub(super) fn insert<C: Can>(tx: &mut Tx<'_>, permit: &Permit<'_, C, Case>, row: &ConsentRow) -> Result<(), DbError> {
    diesel::insert_into(consents::table).values(row).execute(tx.conn())?;
    let fields = ["recipient", "purpose", "facets", "expires_on", "given_by", "given_on", "said"];
    permit.changed_row("consent", (row.id.as_str(), row.version), &fields, row)
}

/// Locks a consent that is in force by writing what it holds already; whether there is one. On PostgreSQL a step that is
/// changing it is waited for, and what it made of it is seen.
pub(super) fn hold<C: Can>(tx: &mut Tx<'_>, permit: &Permit<'_, C, Case>, id: ConsentId) -> Result<bool, DbError> {
    let done = diesel::update(consents::table)
        .filter(consents::id.eq(id))
        .filter(consents::case_id.eq(permit.case()))
        .filter(consents::state.eq(ConsentState::Given))
        .set(consents::state.eq(ConsentState::Given))
        .execute(tx.conn())?;
    Ok(done == 1)
}

/// Saves its state; whether it was still the version seen.
pub(super) fn save<C: Can, R: Resource>(
    tx: &mut Tx<'_>,
    permit: &Permit<'_, C, R>,
    row: &mut ConsentRow,
) -> Result<bool, DbError> {
    let seen = row.version;
    row.version = seen.saturating_add(1);
    let done = diesel::update(consents::table)
        .filter(consents::id.eq(row.id))
        .filter(consents::version.eq(seen))
        .set((
            consents::state.eq(row.state),
            consents::suspended_at.eq(row.suspended_at),
            consents::revoked_at.eq(row.revoked_at),
            consents::superseded_by.eq(row.superseded_by),
            consents::version.eq(row.version),
        ))
        .execute(tx.conn())?;
    permit.changed_row("consent", (row.id.as_str(), row.version), &["state"], row)?;
    Ok(done == 1)
}

row_digests! {
    /// Digests of all consents.
    digests: consents as ConsentRow, |row| (row.id.as_str(), row.version) => row
}
