//! Grants: why somebody may see a case. Every disclosure records those it rested on.

use diesel::prelude::*;

use super::can::Can;
use super::deadlines;
use super::gate::{Case, Permit};
use crate::audit::verify::row_digests;
use crate::base::db::schema::grants;
use crate::base::db::{DbError, Tx};
use crate::base::ids::{AgencyId, CaseId, ConsentId, GrantId, UserId};
use crate::base::time::Timestamp;
use crate::base::words::{Basis, Clock, FacetSet};
use crate::clocks::{self, When};

/// A grant as stored.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable, serde::Serialize)]
#[diesel(table_name = grants)]
pub struct GrantRow {
    /// Its id.
    pub id: GrantId,
    /// The case.
    pub case_id: CaseId,
    /// The agency it is given to.
    pub agency_id: AgencyId,
    /// The one person it is given to, where it is not for the agency.
    pub user_id: Option<UserId>,
    /// Its basis.
    pub basis: Basis,
    /// Facets that may be read.
    pub reads: FacetSet,
    /// Facets that may be written.
    pub writes: FacetSet,
    /// What it came from: `referral/0193…`, `assignment/…`, `case/…`.
    pub cause: String,
    /// Her consent it rests on, if it does.
    pub consent_id: Option<ConsentId>,
    /// From when.
    pub starts_at: Timestamp,
    /// Until when at the latest.
    pub ends_at: Option<Timestamp>,
    /// Since when her consent is suspended, and the grant with it.
    pub suspended_at: Option<Timestamp>,
    /// When it was ended.
    pub ended_at: Option<Timestamp>,
    /// Why it was ended: a word of the program's own.
    pub ended_why: Option<String>,
    /// Counts its changes.
    pub version: i64,
}

impl GrantRow {
    /// Whether it opens anything at that moment.
    pub fn is_live(&self, now: Timestamp) -> bool {
        self.ended_at.is_none()
            && self.suspended_at.is_none()
            && self.starts_at <= now
            && self.ends_at.is_none_or(|end| end > now)
    }
}

/// What a decision needs of a live grant.
#[derive(Debug, Clone, Copy, Queryable, Selectable)]
#[diesel(table_name = grants)]
pub(super) struct LiveGrant {
    pub id: GrantId,
    #[diesel(column_name = user_id)]
    user: Option<UserId>,
    pub basis: Basis,
    pub reads: FacetSet,
    pub writes: FacetSet,
    pub ends_at: Option<Timestamp>,
}

impl LiveGrant {
    /// Given to the actor in person.
    pub const fn is_personal(&self) -> bool {
        self.user.is_some()
    }
}

/// That a grant is live: the database's words for [`GrantRow::is_live`].
#[diesel::dsl::auto_type(no_type_alias)]
pub(super) fn live_at(now: Timestamp) -> _ {
    let begun = grants::starts_at.le(now);
    let not_over = grants::ends_at.is_null().or(grants::ends_at.gt(now));
    grants::ended_at.is_null().and(grants::suspended_at.is_null()).and(begun).and(not_over)
}

/// A new grant.
pub struct NewGrant {
    /// The agency it is given to.
    pub agency: AgencyId,
    /// One person of it, where it is not for the agency.
    pub user: Option<UserId>,
    /// Its basis.
    pub basis: Basis,
    /// Facets that may be read.
    pub reads: FacetSet,
    /// Facets that may be written.
    pub writes: FacetSet,
    /// What it comes from: `referral/0193…`.
    pub cause: String,
    /// Her consent it rests on, if it does: suspended and ended with it.
    pub consent: Option<ConsentId>,
    /// Until when at the latest.
    pub ends_at: Option<Timestamp>,
}

/// Opens a grant on the permit's case.
pub fn open<C: Can>(tx: &mut Tx<'_>, permit: &Permit<'_, C, Case>, new: NewGrant) -> Result<GrantId, DbError> {
    let row = GrantRow {
        id: tx.new_id()?,
        case_id: permit.case(),
        agency_id: new.agency,
        user_id: new.user,
        basis: new.basis,
        reads: new.reads,
        writes: new.writes,
        cause: new.cause,
        consent_id: new.consent,
        starts_at: tx.now(),
        ends_at: new.ends_at,
        suspended_at: None,
        ended_at: None,
        ended_why: None,
        version: 1,
    };
    diesel::insert_into(grants::table).values(&row).execute(tx.conn())?;
    permit.changed_row("grant", (row.id.as_str(), row.version), &["basis", "facets", "ends_at"], &row)?;
    watch(tx, permit, &row)?;
    Ok(row.id)
}

/// The owner is warned before a grant ends by its date. One that rests on her consent ends with that, which has a clock of
/// its own; an author's is its sender's alone.
fn watch<C: Can>(tx: &mut Tx<'_>, permit: &Permit<'_, C, Case>, row: &GrantRow) -> Result<(), DbError> {
    let record = format!("grant/{}", row.id);
    match row.ends_at.filter(|_| row.ended_at.is_none() && row.consent_id.is_none() && row.basis != Basis::Author) {
        Some(ends_at) => {
            let desk = (permit.facts().owner, None);
            deadlines::arm(tx, permit, (Clock::GrantEnds, &record), desk, When::At(ends_at))
        }
        None => clocks::stop(tx, Clock::GrantEnds, &record),
    }
}

/// Which grants.
#[derive(Clone, Copy)]
pub enum Which<'a> {
    /// This one.
    One(GrantId),
    /// All that come from this cause.
    Cause(&'a str),
    /// All of a basis.
    Basis(Basis),
    /// One person's.
    User(UserId),
    /// All that rest on this consent.
    Consent(ConsentId),
}

fn of_case(tx: &mut Tx<'_>, case: CaseId, which: Which<'_>) -> Result<Vec<GrantRow>, DbError> {
    let mut query = grants::table
        .filter(grants::case_id.eq(case))
        .filter(grants::ended_at.is_null())
        .select(GrantRow::as_select())
        .into_boxed();
    query = match which {
        Which::One(id) => query.filter(grants::id.eq(id)),
        Which::Cause(cause) => query.filter(grants::cause.eq(cause.to_owned())),
        Which::Basis(basis) => query.filter(grants::basis.eq(basis)),
        Which::User(user) => query.filter(grants::user_id.eq(user)),
        Which::Consent(consent) => query.filter(grants::consent_id.eq(consent)),
    };
    Ok(query.load(tx.conn())?)
}

/// Ends grants of the permit's case at once; how many were live. `why` is a word of the program's own.
pub fn end<C: Can>(tx: &mut Tx<'_>, permit: &Permit<'_, C, Case>, which: Which<'_>, why: &'static str) -> Result<usize, DbError> {
    let now = tx.now();
    let rows = of_case(tx, permit.case(), which)?;
    for mut row in rows.iter().cloned() {
        row.ended_at = Some(now);
        row.ended_why = Some(why.to_owned());
        watch(tx, permit, &row)?;
        save(tx, permit, row, &["ended_at"])?;
    }
    Ok(rows.len())
}

/// Changes grants of the permit's case: what they open, or until when.
pub fn change<C: Can>(
    tx: &mut Tx<'_>,
    permit: &Permit<'_, C, Case>,
    which: Which<'_>,
    change: impl Fn(&mut GrantRow),
) -> Result<usize, DbError> {
    let rows = of_case(tx, permit.case(), which)?;
    for mut row in rows.iter().cloned() {
        let before = row.ends_at;
        change(&mut row);
        if row.ends_at != before {
            watch(tx, permit, &row)?;
        }
        save(tx, permit, row, &["facets", "ends_at"])?;
    }
    Ok(rows.len())
}

fn save<C: Can>(tx: &mut Tx<'_>, permit: &Permit<'_, C, Case>, mut row: GrantRow, fields: &[&str]) -> Result<(), DbError> {
    let seen = row.version;
    row.version = seen.saturating_add(1);
    let done = diesel::update(grants::table.filter(grants::id.eq(row.id)).filter(grants::version.eq(seen)))
        .set((
            grants::reads.eq(row.reads),
            grants::writes.eq(row.writes),
            grants::ends_at.eq(row.ends_at),
            grants::consent_id.eq(row.consent_id),
            grants::suspended_at.eq(row.suspended_at),
            grants::ended_at.eq(row.ended_at),
            grants::ended_why.eq(row.ended_why.clone()),
            grants::version.eq(row.version),
        ))
        .execute(tx.conn())?;
    if done != 1 {
        return Err(DbError::Retry);
    }
    permit.changed_row("grant", (row.id.as_str(), row.version), fields, &row)
}

/// Every grant the case ever had, newest first: for the owner and the lead worker.
pub fn all<C: Can>(tx: &mut Tx<'_>, permit: &Permit<'_, C, Case>) -> Result<Vec<GrantRow>, DbError> {
    Ok(grants::table
        .filter(grants::case_id.eq(permit.case()))
        .order(grants::id.desc())
        .select(GrantRow::as_select())
        .load(tx.conn())?)
}

/// The case a grant is for: the gate resolves a grant's id by it.
pub fn case_of(tx: &mut Tx<'_>, id: GrantId) -> Result<Option<CaseId>, DbError> {
    Ok(grants::table.filter(grants::id.eq(id)).select(grants::case_id).first(tx.conn()).optional()?)
}

row_digests! {
    /// Digests of all grants.
    digests: grants as GrantRow, |row| (row.id.as_str(), row.version) => row
}
