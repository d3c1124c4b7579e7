//! Offers: what stands on another agency's desk before it has any grant: the preview of a referral (sender, kind, urgency)
//! or of a case's transfer. An answered offer stays, so that who answered can still see what they answered.

use diesel::prelude::*;

use crate::base::db::schema::offers;
use crate::base::db::{DbError, Tx, among};
use crate::base::ids::{AgencyId, CaseId};
use crate::base::words::Urgency;

/// The kind of an offer that is a transfer; any other is a referral's kind.
pub const TRANSFER: &str = "transfer";

/// An offer: all that its receiver may know until it accepts.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = offers)]
pub struct OfferRow {
    /// The referral's or transfer's id.
    pub id: String,
    /// The case.
    pub case_id: CaseId,
    /// Whom it is made to.
    pub agency_id: AgencyId,
    /// Who makes it.
    pub sender_id: AgencyId,
    /// The referral's kind, or `transfer`.
    pub kind: String,
    /// How soon an answer is needed.
    pub urgency: Urgency,
    /// Whether it waits for an answer.
    pub is_open: bool,
}

/// Makes an offer.
pub fn make(tx: &mut Tx<'_>, offer: &OfferRow) -> Result<(), DbError> {
    diesel::insert_into(offers::table).values(offer).execute(tx.conn())?;
    Ok(())
}

/// The offer was answered or taken back. Taken back, the receiver has nothing to see any more.
pub fn close(tx: &mut Tx<'_>, id: &str, taken_back: bool) -> Result<(), DbError> {
    let this = offers::table.filter(offers::id.eq(id.to_owned()));
    if taken_back {
        diesel::delete(this).execute(tx.conn())?;
    } else {
        diesel::update(this).set(offers::is_open.eq(false)).execute(tx.conn())?;
    }
    Ok(())
}

/// What was offered to this agency of this case, newest first.
pub fn of_case(tx: &mut Tx<'_>, case: CaseId, agency: AgencyId) -> Result<Vec<OfferRow>, DbError> {
    Ok(offers::table
        .filter(offers::case_id.eq(case))
        .filter(offers::agency_id.eq(agency))
        .order(offers::id.desc())
        .select(OfferRow::as_select())
        .load(tx.conn())?)
}

/// What was offered to this agency under these ids, for the preview on its desk.
pub fn to_agency(tx: &mut Tx<'_>, agency: AgencyId, ids: &[String]) -> Result<Vec<OfferRow>, DbError> {
    Ok(offers::table
        .filter(offers::agency_id.eq(agency))
        .filter(among(offers::id, ids))
        .select(OfferRow::as_select())
        .load(tx.conn())?)
}

/// What waits urgently for this agency's answer: id, and whether it is a transfer.
pub fn urgent(tx: &mut Tx<'_>, agency: AgencyId) -> Result<Vec<(String, bool)>, DbError> {
    let rows: Vec<(String, String)> = offers::table
        .filter(offers::agency_id.eq(agency))
        .filter(offers::is_open.eq(true))
        .filter(offers::urgency.eq(Urgency::Urgent))
        .select((offers::id, offers::kind))
        .load(tx.conn())?;
    Ok(rows.into_iter().map(|(id, kind)| (id, kind == TRANSFER)).collect())
}
