//! Rows of introductions.

use diesel::prelude::*;

use super::Tray;
use crate::access::{Introduction, Relation, Target};
use crate::base::db::schema::introductions;
use crate::base::db::{DbError, Tx, among};
use crate::base::ids::{AgencyId, IntroductionId, ProviderId, UserId};
use crate::base::problem::Problem;
use crate::base::time::Timestamp;
use crate::base::words::{Audience, HelpKind, IntroductionReason, ReferralState, Urgency};
use crate::features::referrals;

/// An introduction as stored.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = introductions)]
pub(super) struct IntroductionRow {
    pub id: IntroductionId,
    pub sender_id: AgencyId,
    pub receiver_id: AgencyId,
    pub provider_id: ProviderId,
    pub help: HelpKind,
    pub division: String,
    pub urgency: Urgency,
    pub audience: Option<Audience>,
    pub language: Option<String>,
    pub state: ReferralState,
    pub reason: Option<IntroductionReason>,
    pub created_by: UserId,
    pub created_at: Timestamp,
    pub sent_at: Option<Timestamp>,
    pub acknowledged_at: Option<Timestamp>,
    pub answered_at: Option<Timestamp>,
    pub ended_at: Option<Timestamp>,
    pub version: i64,
}

impl IntroductionRow {
    /// Its name on desks and in deadlines.
    pub fn record(&self) -> String {
        format!("introduction/{}", self.id)
    }
}

/// Its sender's; the other side's, too, once it was sent and as long as it was not taken back.
impl Target for IntroductionId {
    type R = Introduction;
    fn record(&self) -> String {
        format!("introduction/{self}")
    }
    fn locate(&self, tx: &mut Tx<'_>) -> Result<Option<Relation>, DbError> {
        Ok(find(tx, *self)?.map(|row| Relation {
            agency: Some(row.sender_id),
            counterpart: referrals::is_offered(row.state).then_some(row.receiver_id),
            ..Relation::default()
        }))
    }
}

pub(super) fn find(tx: &mut Tx<'_>, id: IntroductionId) -> Result<Option<IntroductionRow>, DbError> {
    Ok(introductions::table.filter(introductions::id.eq(id)).select(IntroductionRow::as_select()).first(tx.conn()).optional()?)
}

/// One box of an agency before `past`, newest first.
pub(super) fn page(
    tx: &mut Tx<'_>,
    agency: AgencyId,
    (which, state): (Tray, Option<ReferralState>),
    past: Option<IntroductionId>,
    limit: i64,
) -> Result<Vec<IntroductionRow>, DbError> {
    let mut query =
        introductions::table.order(introductions::id.desc()).limit(limit).select(IntroductionRow::as_select()).into_boxed();
    query = match which {
        Tray::Inbox => {
            let offered: Vec<ReferralState> =
                ReferralState::ALL.iter().copied().filter(|state| referrals::is_offered(*state)).collect();
            query.filter(introductions::receiver_id.eq(agency)).filter(among(introductions::state, &offered))
        }
        Tray::Outbox => query.filter(introductions::sender_id.eq(agency)),
    };
    if let Some(state) = state {
        query = query.filter(introductions::state.eq(state));
    }
    if let Some(past) = past {
        query = query.filter(introductions::id.lt(past));
    }
    Ok(query.load(tx.conn())?)
}

pub(super) fn insert(tx: &mut Tx<'_>, row: &IntroductionRow) -> Result<(), DbError> {
    diesel::insert_into(introductions::table).values(row).execute(tx.conn())?;
    Ok(())
}

/// Saves a step over the version before it. Errors: 412 where that was not there any more; of two that race, one gets here.
pub(super) fn save(tx: &mut Tx<'_>, row: &mut IntroductionRow) -> Result<(), Problem> {
    let seen = row.version;
    row.version = seen.saturating_add(1);
    let done = diesel::update(introductions::table)
        .filter(introductions::id.eq(row.id))
        .filter(introductions::version.eq(seen))
        .set((
            introductions::state.eq(row.state),
            introductions::reason.eq(row.reason),
            introductions::sent_at.eq(row.sent_at),
            introductions::acknowledged_at.eq(row.acknowledged_at),
            introductions::answered_at.eq(row.answered_at),
            introductions::ended_at.eq(row.ended_at),
            introductions::version.eq(row.version),
        ))
        .execute(tx.conn())
        .map_err(DbError::from)?;
    if done == 1 { Ok(()) } else { Err(Problem::stale()) }
}
