//! Rows of deadlines: the time, the stages still to tell, and what happened.

use std::collections::HashMap;

use diesel::prelude::*;

use super::{Arm, Planned};
use crate::base::db::conn::insert_rows;
use crate::base::db::schema::{case_people, deadline_acks, deadline_events, deadlines};
use crate::base::db::{DbError, Tx, among};
use crate::base::ids::{AgencyId, CaseId, DeadlineAckId, DeadlineEventId, DeadlineId, UserId};
use crate::base::time::Timestamp;
use crate::base::words::Told;
use crate::base::words::{Clock, DeadlineEvent, DeadlineState, Stage};
use crate::notify;

/// A deadline as stored.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = deadlines, treat_none_as_null = true, treat_none_as_default_value = false)]
pub struct Deadline {
    /// Its id.
    pub id: DeadlineId,
    /// What for.
    pub clock: Clock,
    /// In which case.
    pub case_id: Option<CaseId>,
    /// The record: kind and id.
    pub record: String,
    /// On whose desk.
    pub agency_id: AgencyId,
    /// The one person there whose it is.
    pub user_id: Option<UserId>,
    /// Since when.
    pub armed_at: Timestamp,
    /// By when.
    pub due_at: Timestamp,
    /// Whether it runs.
    pub state: DeadlineState,
    /// When the next stage is told; none: no more.
    pub next_fire_at: Option<Timestamp>,
    /// Its stages, JSON.
    plan: String,
    /// How many stages were told.
    stage: i64,
    /// How often it was armed.
    round: i64,
    /// Since when it stands still.
    paused_at: Option<Timestamp>,
    version: i64,
}

impl Deadline {
    /// Whether it is over, and nothing was done.
    pub fn is_overdue(&self, now: Timestamp) -> bool {
        self.state == DeadlineState::Armed && self.due_at < now
    }
    /// As desks name it: an entry about a clock goes with that clock, not with another of the same record.
    pub fn on_desks(&self) -> String {
        format!("deadline/{}", self.id)
    }
    fn stages(&self) -> Result<Vec<Planned>, DbError> {
        serde_json::from_str(&self.plan).map_err(|_| DbError::Corrupt("a deadline's plan"))
    }
}

/// One line of a deadline's history.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = deadline_events, treat_none_as_default_value = false)]
pub struct History {
    /// Its id.
    pub id: DeadlineEventId,
    /// The deadline.
    pub deadline_id: DeadlineId,
    /// When.
    pub at: Timestamp,
    /// What.
    pub what: DeadlineEvent,
    /// By when it was due then.
    pub due_at: Timestamp,
    /// In which round of arming.
    pub round: i64,
    /// Which stage was told.
    pub stage: Option<i64>,
}

/// A deadline with the stages that are to be told now, in their order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Due {
    /// The deadline.
    pub deadline: Deadline,
    /// The stages.
    pub stages: Vec<Planned>,
}

const LIVE: [DeadlineState; 2] = [DeadlineState::Armed, DeadlineState::Paused];

fn text(plan: &[Planned]) -> Result<String, DbError> {
    serde_json::to_string(plan).map_err(|_| DbError::Corrupt("a deadline's plan"))
}

fn event(tx: &Tx<'_>, row: &Deadline, what: DeadlineEvent, stage: Option<i64>) -> Result<History, DbError> {
    let (id, at) = (tx.new_id()?, tx.now());
    Ok(History { id, deadline_id: row.id, at, what, due_at: row.due_at, round: row.round, stage })
}

fn note(tx: &mut Tx<'_>, row: &Deadline, what: DeadlineEvent, stage: Option<i64>) -> Result<(), DbError> {
    let event = event(tx, row, what, stage)?;
    diesel::insert_into(deadline_events::table).values(&event).execute(tx.conn())?;
    Ok(())
}

fn live(tx: &mut Tx<'_>, clock: Clock, record: &str) -> Result<Option<Deadline>, DbError> {
    Ok(deadlines::table
        .filter(deadlines::record.eq(record.to_owned()))
        .filter(deadlines::clock.eq(clock))
        .filter(among(deadlines::state, &LIVE))
        .select(Deadline::as_select())
        .first(tx.conn())
        .optional()?)
}

/// Stores what became of a deadline, if nobody else did meanwhile.
fn save(tx: &mut Tx<'_>, mut row: Deadline) -> Result<Deadline, DbError> {
    let seen = row.version;
    row.version = seen.saturating_add(1);
    let this = deadlines::table.filter(deadlines::id.eq(row.id)).filter(deadlines::version.eq(seen));
    if diesel::update(this).set(&row).execute(tx.conn())? == 1 { Ok(row) } else { Err(DbError::Retry) }
}

/// A deadline that begins now, for the first time.
fn begun(id: DeadlineId, arm: &Arm<'_>, (now, due_at): (Timestamp, Timestamp), plan: &[Planned]) -> Result<Deadline, DbError> {
    Ok(Deadline {
        id,
        clock: arm.clock,
        case_id: arm.case,
        record: arm.record.to_owned(),
        agency_id: arm.agency,
        user_id: arm.user,
        armed_at: now,
        due_at,
        state: DeadlineState::Armed,
        next_fire_at: plan.first().map(|stage| stage.at),
        plan: text(plan)?,
        stage: 0,
        round: 1,
        paused_at: None,
        version: 1,
    })
}

/// Begins a deadline, or begins it anew.
pub(super) fn put(tx: &mut Tx<'_>, arm: &Arm<'_>, due_at: Timestamp, plan: &[Planned]) -> Result<(), DbError> {
    let (now, before) = (tx.now(), live(tx, arm.clock, arm.record)?);
    if let Some(before) = before {
        let (round, version) = (before.round.saturating_add(1), before.version);
        let row = save(tx, Deadline { round, version, ..begun(before.id, arm, (now, due_at), plan)? })?;
        notify::all_answered(tx, &row.on_desks())?;
        notify::due(tx, row.agency_id, &row.record, Some(row.due_at))?;
        return note(tx, &row, DeadlineEvent::Rearmed, None);
    }
    let row = begun(tx.new_id()?, arm, (now, due_at), plan)?;
    diesel::insert_into(deadlines::table).values(&row).execute(tx.conn())?;
    notify::due(tx, row.agency_id, &row.record, Some(row.due_at))?;
    note(tx, &row, DeadlineEvent::Armed, None)
}

/// Begins deadlines of records that had none yet.
pub(super) fn put_new(tx: &mut Tx<'_>, all: &[(Arm<'_>, Timestamp, Vec<Planned>, bool)]) -> Result<(), DbError> {
    let now = tx.now();
    let (mut rows, mut events) = (Vec::with_capacity(all.len()), Vec::with_capacity(all.len()));
    for (arm, due_at, plan, is_needed) in all {
        let mut row = begun(tx.new_id()?, arm, (now, *due_at), plan)?;
        if !is_needed {
            (row.state, row.next_fire_at) = (DeadlineState::Stopped, None);
        }
        let what = if *is_needed { DeadlineEvent::Armed } else { DeadlineEvent::Stopped };
        events.push(event(tx, &row, what, None)?);
        rows.push(row);
    }
    insert_rows!(tx.conn(), deadlines::table, &rows)?;
    insert_rows!(tx.conn(), deadline_events::table, &events)?;
    Ok(())
}

/// Somebody's word that they take a call on.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = deadline_acks)]
pub struct Ack {
    /// Its id.
    pub id: DeadlineAckId,
    /// The deadline.
    pub deadline_id: DeadlineId,
    /// In which round of arming.
    pub round: i64,
    /// After how many stages.
    pub stage: i64,
    /// Who.
    pub user_id: UserId,
    /// Of which agency.
    pub agency_id: AgencyId,
    /// When.
    pub at: Timestamp,
}

/// Somebody takes the matter on: the roster is not called for it any more, until the clock is armed anew. Supervisors still
/// hear when it is overdue, since a word is no deed.
pub fn acknowledge(tx: &mut Tx<'_>, id: DeadlineId, user: UserId, agency: AgencyId) -> Result<Ack, DbError> {
    let row = deadlines::table.filter(deadlines::id.eq(id)).select(Deadline::as_select()).first(tx.conn())?;
    let ack = Ack {
        id: tx.new_id()?,
        deadline_id: id,
        round: row.round,
        stage: row.stage,
        user_id: user,
        agency_id: agency,
        at: tx.now(),
    };
    if LIVE.contains(&row.state) {
        let told = usize::try_from(row.stage).unwrap_or(usize::MAX);
        let all = row.stages()?;
        let quiet = |stage: &Planned| {
            let to = stage.to.iter().copied().filter(|who| !matches!(who, Told::Duty | Told::Deputy)).collect();
            Planned { to, ..stage.clone() }
        };
        let later = all.iter().skip(told).filter(|stage| stage.stage != Stage::Call).map(|stage| match stage.stage {
            Stage::Overdue => quiet(stage),
            Stage::Call | Stage::Near | Stage::Due => stage.clone(),
        });
        let plan: Vec<Planned> = all.iter().take(told).cloned().chain(later.filter(|stage| !stage.to.is_empty())).collect();
        let next_fire_at = if row.state == DeadlineState::Armed { next(&plan, row.stage) } else { None };
        save(tx, Deadline { plan: text(&plan)?, next_fire_at, ..row })?;
    }
    diesel::insert_into(deadline_acks::table).values(&ack).execute(tx.conn())?;
    Ok(ack)
}

/// Since when somebody has taken on the calls of these deadlines, as they run now.
pub fn acknowledged(tx: &mut Tx<'_>, rows: &[&Deadline]) -> Result<HashMap<DeadlineId, Timestamp>, DbError> {
    let rounds: HashMap<DeadlineId, i64> = rows.iter().map(|row| (row.id, row.round)).collect();
    let ids: Vec<DeadlineId> = rounds.keys().copied().collect();
    let acks: Vec<Ack> = deadline_acks::table
        .filter(among(deadline_acks::deadline_id, &ids))
        .order(deadline_acks::id.desc())
        .select(Ack::as_select())
        .load(tx.conn())?;
    // An earlier round's word does not hold for this: the clock was armed anew. Of several the first counts.
    let of_now = acks.into_iter().filter(|ack| rounds.get(&ack.deadline_id) == Some(&ack.round));
    Ok(of_now.map(|ack| (ack.deadline_id, ack.at)).collect())
}

fn end(tx: &mut Tx<'_>, row: Deadline, state: DeadlineState, what: DeadlineEvent) -> Result<(), DbError> {
    let row = save(tx, Deadline { state, next_fire_at: None, paused_at: None, ..row })?;
    notify::all_answered(tx, &row.on_desks())?;
    notify::due(tx, row.agency_id, &row.record, None)?;
    note(tx, &row, what, None)
}

/// What the clock was for was done. Nothing happens where none runs.
pub fn meet(tx: &mut Tx<'_>, clock: Clock, record: &str) -> Result<(), DbError> {
    let Some(row) = live(tx, clock, record)? else { return Ok(()) };
    end(tx, row, DeadlineState::Met, DeadlineEvent::Met)
}

/// The clock is no longer needed. Nothing happens where none runs.
pub fn stop(tx: &mut Tx<'_>, clock: Clock, record: &str) -> Result<(), DbError> {
    let Some(row) = live(tx, clock, record)? else { return Ok(()) };
    end(tx, row, DeadlineState::Stopped, DeadlineEvent::Stopped)
}

/// No clock of the record is needed any more.
pub fn stop_all(tx: &mut Tx<'_>, record: &str) -> Result<(), DbError> {
    for row in of_record(tx, record)? {
        end(tx, row, DeadlineState::Stopped, DeadlineEvent::Stopped)?;
    }
    Ok(())
}

/// No clock of the case is needed any more; but an emergency access is reviewed though the case is closed.
pub fn stop_case(tx: &mut Tx<'_>, case: CaseId) -> Result<(), DbError> {
    for row in of_case(tx, case)?.into_iter().filter(|row| row.clock != Clock::BreakGlassReview) {
        end(tx, row, DeadlineState::Stopped, DeadlineEvent::Stopped)?;
    }
    Ok(())
}

/// The clock stands still, and tells nobody anything. Nothing happens where none runs.
pub fn pause(tx: &mut Tx<'_>, clock: Clock, record: &str) -> Result<(), DbError> {
    let Some(row) = live(tx, clock, record)?.filter(|row| row.state == DeadlineState::Armed) else { return Ok(()) };
    let now = tx.now();
    let row = save(tx, Deadline { state: DeadlineState::Paused, next_fire_at: None, paused_at: Some(now), ..row })?;
    note(tx, &row, DeadlineEvent::Paused, None)
}

/// The clock goes on; what was left of it is left still. Nothing happens where none stands still.
pub fn resume(tx: &mut Tx<'_>, clock: Clock, record: &str) -> Result<(), DbError> {
    let Some(row) = live(tx, clock, record)? else { return Ok(()) };
    let Some(since) = row.paused_at else { return Ok(()) };
    let stood = tx.now().micros().saturating_sub(since.micros());
    let later = |at: Timestamp| Timestamp::from_micros(at.micros().saturating_add(stood));
    let plan: Vec<Planned> = row.stages()?.into_iter().map(|stage| Planned { at: later(stage.at), ..stage }).collect();
    let row = Deadline {
        state: DeadlineState::Armed,
        due_at: later(row.due_at),
        next_fire_at: next(&plan, row.stage),
        plan: text(&plan)?,
        paused_at: None,
        ..row
    };
    let row = save(tx, row)?;
    note(tx, &row, DeadlineEvent::Resumed, None)
}

/// What stood on one agency's desk stands on another's: the case has a new owner.
pub fn move_case(tx: &mut Tx<'_>, case: CaseId, from: AgencyId, to: AgencyId) -> Result<(), DbError> {
    for row in of_case(tx, case)? {
        if row.agency_id == from {
            let row = save(tx, Deadline { agency_id: to, user_id: None, ..row })?;
            note(tx, &row, DeadlineEvent::Moved, None)?;
        }
    }
    Ok(())
}

fn next(plan: &[Planned], told: i64) -> Option<Timestamp> {
    plan.get(usize::try_from(told).ok()?).map(|stage| stage.at)
}

/// The live deadlines of a case, soonest first. Each shows where its clock's facet is granted.
pub fn of_case(tx: &mut Tx<'_>, case: CaseId) -> Result<Vec<Deadline>, DbError> {
    Ok(deadlines::table
        .filter(deadlines::case_id.eq(case))
        .filter(among(deadlines::state, &LIVE))
        .order((deadlines::due_at, deadlines::id))
        .select(Deadline::as_select())
        .load(tx.conn())?)
}

/// These deadlines.
pub fn by_ids(tx: &mut Tx<'_>, ids: &[DeadlineId]) -> Result<Vec<Deadline>, DbError> {
    Ok(deadlines::table.filter(among(deadlines::id, ids)).select(Deadline::as_select()).load(tx.conn())?)
}

/// The live deadlines of a record, soonest first.
pub fn of_record(tx: &mut Tx<'_>, record: &str) -> Result<Vec<Deadline>, DbError> {
    Ok(deadlines::table
        .filter(deadlines::record.eq(record.to_owned()))
        .filter(among(deadlines::state, &LIVE))
        .order((deadlines::due_at, deadlines::id))
        .select(Deadline::as_select())
        .load(tx.conn())?)
}

/// What happened to a deadline, in order.
pub fn history(tx: &mut Tx<'_>, id: DeadlineId) -> Result<Vec<History>, DbError> {
    Ok(deadline_events::table
        .filter(deadline_events::deadline_id.eq(id))
        .order(deadline_events::id)
        .select(History::as_select())
        .load(tx.conn())?)
}

/// Live deadlines that are a user's, their agency's, or of a case they have a duty in; soonest first, behind `past`.
/// Candidates: whose case they may not see, or whose facet, is decided by the gate.
pub fn waiting_for(
    tx: &mut Tx<'_>,
    (user, agency): (UserId, AgencyId),
    past: Option<(Timestamp, DeadlineId)>,
    limit: i64,
) -> Result<Vec<Deadline>, DbError> {
    let page = || {
        let query = deadlines::table
            .filter(among(deadlines::state, &LIVE))
            .order((deadlines::due_at, deadlines::id))
            .limit(limit)
            .select(Deadline::as_select())
            .into_boxed();
        match past {
            Some((due, id)) => query.filter(deadlines::due_at.gt(due).or(deadlines::due_at.eq(due).and(deadlines::id.gt(id)))),
            None => query,
        }
    };
    // Three keyset reads, each over an index that begins with the viewer; one over all of them would read every deadline.
    let mut found: Vec<Deadline> = page().filter(deadlines::user_id.eq(user)).load(tx.conn())?;
    found
        .extend(page().filter(deadlines::agency_id.eq(agency)).filter(deadlines::user_id.is_null()).load::<Deadline>(tx.conn())?);
    let mine = case_people::table
        .filter(case_people::user_id.eq(user))
        .filter(case_people::duty.is_not_null())
        .select(case_people::case_id.nullable());
    found.extend(page().filter(deadlines::case_id.eq_any(mine)).load::<Deadline>(tx.conn())?);
    found.sort_by_key(|row| (row.due_at, row.id));
    found.dedup_by_key(|row| row.id);
    found.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    Ok(found)
}

/// When the next stage of any deadline is to be told.
pub fn next_fire(tx: &mut Tx<'_>) -> Result<Option<Timestamp>, DbError> {
    Ok(deadlines::table
        .filter(deadlines::next_fire_at.is_not_null())
        .order((deadlines::next_fire_at, deadlines::id))
        .select(deadlines::next_fire_at.assume_not_null())
        .first(tx.conn())
        .optional()?)
}

/// Takes hold of at most so many deadlines that have a stage to tell, those that wait longest first. Another node's are
/// passed over, so that nobody waits and none is taken twice.
pub fn lock_due(tx: &mut Tx<'_>, limit: i64) -> Result<Vec<Due>, DbError> {
    let now = tx.now();
    let ids = tx.lock_due_deadlines(now, limit)?;
    let mut rows: Vec<Deadline> =
        deadlines::table.filter(among(deadlines::id, &ids)).select(Deadline::as_select()).load(tx.conn())?;
    rows.sort_by_key(|row| (row.next_fire_at, row.id));
    let due = |deadline: Deadline| {
        let told = usize::try_from(deadline.stage).unwrap_or(usize::MAX);
        let stages = deadline.stages()?.into_iter().skip(told).take_while(|stage| stage.at <= now).collect();
        Ok(Due { deadline, stages })
    };
    rows.into_iter().map(due).collect()
}

/// Records that these stages were told. `is_an_end`: the clock only waits for something to be over, so that when it is due
/// it has come to its end. Errors: `Retry` where somebody changed a deadline meanwhile; nothing is told then.
pub fn fire(tx: &mut Tx<'_>, all: Vec<Due>, is_an_end: impl Fn(Clock) -> bool) -> Result<(), DbError> {
    let mut events = Vec::new();
    for Due { deadline, stages } in all {
        let told = i64::try_from(stages.len()).map_err(|_| DbError::Corrupt("a deadline's plan"))?;
        for at in 0..told {
            events.push(event(tx, &deadline, DeadlineEvent::Fired, Some(deadline.stage.saturating_add(at)))?);
        }
        let stage = deadline.stage.saturating_add(told);
        if is_an_end(deadline.clock) && stages.iter().any(|stage| stage.stage == Stage::Due) {
            let row = save(tx, Deadline { stage, state: DeadlineState::Met, next_fire_at: None, ..deadline })?;
            events.push(event(tx, &row, DeadlineEvent::Met, None)?);
        } else {
            let next_fire_at = next(&deadline.stages()?, stage);
            save(tx, Deadline { next_fire_at, stage, ..deadline })?;
        }
    }
    // A statement holds only so many values.
    for some in events.chunks(500) {
        insert_rows!(tx.conn(), deadline_events::table, some)?;
    }
    Ok(())
}
