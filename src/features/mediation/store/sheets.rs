//! What each party answered and consented to, a sheet each.

use diesel::prelude::*;
use serde::{Deserialize, Serialize};

use crate::access::facets::Mediation;
use crate::access::{Content, Sealed, SealedAs, in_a_case};
use crate::audit::verify::row_digests;
use crate::base::db::schema::{mediation_consents, mediation_screenings};
use crate::base::db::{DbError, Tx};
use crate::base::ids::{CaseId, MediationConsentId, MediationId, PartyId, ScreeningId, UserId};
use crate::base::text::Text;
use crate::base::time::{Day, Timestamp};

/// What was asked and answered.
#[derive(Serialize, Deserialize)]
pub struct Answers {
    pub answers: Text,
}

impl Content for Answers {
    const TABLE: &'static str = "mediation_screenings";
    const COLUMN: &'static str = "answers";
}

/// Consent in their own words.
#[derive(Serialize, Deserialize)]
pub struct Words {
    pub words: Text,
}

impl Content for Words {
    const TABLE: &'static str = "mediation_consents";
    const COLUMN: &'static str = "words";
}

/// A screening as stored.
#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = mediation_screenings)]
pub struct ScreeningRow {
    pub id: ScreeningId,
    pub mediation_id: MediationId,
    pub case_id: CaseId,
    pub party_id: PartyId,
    pub screened_at: Timestamp,
    pub fit: bool,
    pub answers: SealedAs<Answers>,
    pub author_id: UserId,
    pub recorded_at: Timestamp,
}

/// A consent as stored.
#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = mediation_consents)]
pub struct ConsentRow {
    pub id: MediationConsentId,
    pub mediation_id: MediationId,
    pub case_id: CaseId,
    pub party_id: PartyId,
    pub voluntary: bool,
    pub given_on: Day,
    pub words: Option<Sealed<Mediation, Words>>,
    pub recorded_by: UserId,
    pub recorded_at: Timestamp,
    pub withdrawn_at: Option<Timestamp>,
    pub withdrawn_by: Option<UserId>,
}

/// A consent without its words: what the audit entry keeps the digest of.
#[derive(Serialize)]
pub struct ConsentDigest {
    id: MediationConsentId,
    party_id: PartyId,
    voluntary: bool,
    given_on: Day,
    recorded_by: UserId,
    recorded_at: Timestamp,
    withdrawn_at: Option<Timestamp>,
    withdrawn_by: Option<UserId>,
}

impl ConsentRow {
    /// Its id and version: it is recorded, and taken back once at most.
    pub fn versioned(&self) -> (&str, i64) {
        (self.id.as_str(), if self.withdrawn_at.is_some() { 2 } else { 1 })
    }
    /// What the audit entry keeps the digest of.
    pub const fn digest(&self) -> ConsentDigest {
        ConsentDigest {
            id: self.id,
            party_id: self.party_id,
            voluntary: self.voluntary,
            given_on: self.given_on,
            recorded_by: self.recorded_by,
            recorded_at: self.recorded_at,
            withdrawn_at: self.withdrawn_at,
            withdrawn_by: self.withdrawn_by,
        }
    }
}

in_a_case!(ScreeningId, "screening", case_of_screening);
in_a_case!(MediationConsentId, "mediation_consent", case_of_consent);

fn case_of_screening(tx: &mut Tx<'_>, id: ScreeningId) -> Result<Option<CaseId>, DbError> {
    let row = mediation_screenings::table.filter(mediation_screenings::id.eq(id)).select(mediation_screenings::case_id);
    Ok(row.first(tx.conn()).optional()?)
}

fn case_of_consent(tx: &mut Tx<'_>, id: MediationConsentId) -> Result<Option<CaseId>, DbError> {
    let row = mediation_consents::table.filter(mediation_consents::id.eq(id)).select(mediation_consents::case_id);
    Ok(row.first(tx.conn()).optional()?)
}

/// Enters a screening.
pub fn insert_screening(tx: &mut Tx<'_>, row: &ScreeningRow) -> Result<(), DbError> {
    diesel::insert_into(mediation_screenings::table).values(row).execute(tx.conn())?;
    Ok(())
}

/// Enters a consent.
pub fn insert_consent(tx: &mut Tx<'_>, row: &ConsentRow) -> Result<(), DbError> {
    diesel::insert_into(mediation_consents::table).values(row).execute(tx.conn())?;
    Ok(())
}

/// One screening of a case.
pub fn screening(tx: &mut Tx<'_>, case: CaseId, id: ScreeningId) -> Result<ScreeningRow, DbError> {
    Ok(mediation_screenings::table
        .filter(mediation_screenings::id.eq(id))
        .filter(mediation_screenings::case_id.eq(case))
        .select(ScreeningRow::as_select())
        .first(tx.conn())?)
}

/// One consent of a case.
pub fn consent(tx: &mut Tx<'_>, case: CaseId, id: MediationConsentId) -> Result<ConsentRow, DbError> {
    Ok(mediation_consents::table
        .filter(mediation_consents::id.eq(id))
        .filter(mediation_consents::case_id.eq(case))
        .select(ConsentRow::as_select())
        .first(tx.conn())?)
}

/// Screenings of a series, newest first, before `past`.
pub fn screenings(
    tx: &mut Tx<'_>,
    series: MediationId,
    past: Option<ScreeningId>,
    limit: i64,
) -> Result<Vec<ScreeningRow>, DbError> {
    let mut query = mediation_screenings::table
        .filter(mediation_screenings::mediation_id.eq(series))
        .order(mediation_screenings::id.desc())
        .limit(limit)
        .select(ScreeningRow::as_select())
        .into_boxed();
    if let Some(past) = past {
        query = query.filter(mediation_screenings::id.lt(past));
    }
    Ok(query.load(tx.conn())?)
}

/// Consents of a series, newest first, before `past`.
pub fn consents(
    tx: &mut Tx<'_>,
    series: MediationId,
    past: Option<MediationConsentId>,
    limit: i64,
) -> Result<Vec<ConsentRow>, DbError> {
    let mut query = mediation_consents::table
        .filter(mediation_consents::mediation_id.eq(series))
        .order(mediation_consents::id.desc())
        .limit(limit)
        .select(ConsentRow::as_select())
        .into_boxed();
    if let Some(past) = past {
        query = query.filter(mediation_consents::id.lt(past));
    }
    Ok(query.load(tx.conn())?)
}

/// Who was screened when and is fit, in the order in which it was recorded.
pub fn screened(tx: &mut Tx<'_>, series: MediationId) -> Result<Vec<(PartyId, Timestamp, bool)>, DbError> {
    Ok(mediation_screenings::table
        .filter(mediation_screenings::mediation_id.eq(series))
        .order(mediation_screenings::id)
        .select((mediation_screenings::party_id, mediation_screenings::screened_at, mediation_screenings::fit))
        .load(tx.conn())?)
}

/// Who consented, whether of their own will, and whether it was taken back, in the order in which it was recorded.
pub fn consented(tx: &mut Tx<'_>, series: MediationId) -> Result<Vec<(PartyId, bool, Option<Timestamp>)>, DbError> {
    Ok(mediation_consents::table
        .filter(mediation_consents::mediation_id.eq(series))
        .order(mediation_consents::id)
        .select((mediation_consents::party_id, mediation_consents::voluntary, mediation_consents::withdrawn_at))
        .load(tx.conn())?)
}

/// All consents of a party in a series that stand.
pub fn standing_consents(tx: &mut Tx<'_>, series: MediationId, party: PartyId) -> Result<Vec<ConsentRow>, DbError> {
    Ok(mediation_consents::table
        .filter(mediation_consents::mediation_id.eq(series))
        .filter(mediation_consents::party_id.eq(party))
        .filter(mediation_consents::withdrawn_at.is_null())
        .order(mediation_consents::id)
        .select(ConsentRow::as_select())
        .load(tx.conn())?)
}

/// A consent was taken back.
pub fn save_withdrawn(tx: &mut Tx<'_>, row: &ConsentRow) -> Result<(), DbError> {
    let open =
        mediation_consents::table.filter(mediation_consents::id.eq(row.id)).filter(mediation_consents::withdrawn_at.is_null());
    let done = diesel::update(open)
        .set((mediation_consents::withdrawn_at.eq(row.withdrawn_at), mediation_consents::withdrawn_by.eq(row.withdrawn_by)))
        .execute(tx.conn())?;
    if done == 1 { Ok(()) } else { Err(DbError::Retry) }
}

row_digests! {
    /// Digests of all parties' consents to mediation.
    digests: mediation_consents as ConsentRow, |row| row.versioned() => &row.digest()
}
