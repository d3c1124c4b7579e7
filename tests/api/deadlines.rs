//! Deadlines by themselves: standing still, and a week in which nobody swept.

use std::collections::BTreeMap;
use std::sync::Arc;

use diesel::prelude::*;
use lianhu::base::db::schema::{deadline_events, desk_items};
use lianhu::base::db::{Db, DbError};
use lianhu::base::time::{ManualClock, Timestamp};
use lianhu::base::words::{Clock, DeadlineEvent};
use lianhu::clocks::{self, Arm, Clocks, When};
use lianhu::server::Lianhu;

use crate::app::{self, Backend};

/// A clock on this database, and the deadline of a record by its latest round.
fn standing_still(backend: Backend) {
    let (url, _data, world) = app::ground(backend);
    let clock = Arc::new(ManualClock::at(app::noon()));
    let settings = app::settings(url);
    let db = Db::open(settings.database.place(), settings.database.sizes(), clock.clone()).unwrap();
    let files = Arc::new(Clocks::embedded().unwrap());
    let (agency, other) = (world.agency("federation").parse().unwrap(), world.agency("qingzi").parse().unwrap());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let day = |days: i64| app::noon().plus_days(days);
    let arm = move |tx: &mut lianhu::base::db::Tx<'_>, files: &Clocks, agency, due: Timestamp| {
        let (clock, record) = (Clock::ActionDue, "action/1");
        clocks::arm(tx, files, Arm { clock, case: None, record, agency, user: None, when: When::At(due) })
    };
    let live = |tx: &mut lianhu::base::db::Tx<'_>| {
        let mut rows = clocks::of_record(tx, "action/1")?;
        assert!(rows.len() <= 1, "one live deadline for a clock and a record");
        Ok::<_, DbError>(rows.pop().map(|row| (row.id, row.due_at, row.next_fire_at, row.agency_id)))
    };
    runtime.block_on(async {
        let (due, by) = (day(3), files.clone());
        let first = db.write(move |tx| arm(tx, &by, agency, due).and_then(|_| live(tx))).await.unwrap().unwrap();
        assert_eq!((first.1, first.2), (day(3), Some(day(2))));
        clock.set(day(1));
        let paused = db.write(move |tx| clocks::pause(tx, Clock::ActionDue, "action/1").and_then(|()| live(tx))).await.unwrap();
        assert_eq!(paused.unwrap().2, None, "what stands still tells nobody anything");
        clock.set(day(6));
        let resume =
            move |tx: &mut lianhu::base::db::Tx<'_>| clocks::resume(tx, Clock::ActionDue, "action/1").and_then(|()| live(tx));
        let resumed = db.write(resume).await.unwrap().unwrap();
        assert_eq!((resumed.1, resumed.2), (day(8), Some(day(7))), "what was left is left still");
        // Armed again it is the same deadline, elsewhere and later.
        let by = files.clone();
        let again = db.write(move |tx| arm(tx, &by, other, day(20)).and_then(|_| live(tx))).await.unwrap().unwrap();
        assert_eq!((again.0, again.1, again.3), (first.0, day(20), other));
        let meet = move |tx: &mut lianhu::base::db::Tx<'_>| {
            clocks::meet(tx, Clock::ActionDue, "action/1")?;
            // Nothing runs any more: nothing happens.
            clocks::meet(tx, Clock::ActionDue, "action/1")?;
            clocks::stop_all(tx, "action/1")?;
            live(tx)
        };
        assert_eq!(db.write(meet).await.unwrap(), None);
        let id = first.0;
        let told = db.read::<_, DbError, _>(move |tx| clocks::history(tx, id)).await.unwrap();
        let what: Vec<String> = told.iter().map(|event| format!("{} {}", event.what, event.round)).collect();
        assert_eq!(what, ["armed 1", "paused 1", "resumed 1", "rearmed 2", "met 2"]);
        // A clock begun after that is another deadline.
        let new = db.write(move |tx| arm(tx, &files, agency, day(30)).and_then(|_| live(tx))).await.unwrap().unwrap();
        assert_ne!(new.0, first.0);
    });
}

#[test]
fn a_clock_that_stands_still_keeps_what_is_left_sqlite() {
    standing_still(Backend::Sqlite);
}

#[test]
fn a_clock_that_stands_still_keeps_what_is_left_postgres() {
    standing_still(Backend::Postgres);
}

const MANY: usize = 10_000;

/// Ten thousand deadlines pass every stage during a week in which nobody sweeps; then these nodes do, at once.
fn after_a_week(backend: Backend, nodes: usize) {
    let (url, _data, world) = app::ground(backend);
    let clock = Arc::new(ManualClock::at(app::noon()));
    let settings = app::settings(url);
    let db = Db::open(settings.database.place(), settings.database.sizes(), clock.clone()).unwrap();
    let nodes: Vec<Lianhu> = (0..nodes).map(|_| Lianhu::open(settings.clone(), clock.clone()).unwrap()).collect();
    let agency = world.agency("federation").parse().unwrap();
    let user = world.user("fu_staff").parse().unwrap();
    let began = app::noon();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let (fired, told) = runtime.block_on(async {
        let files = Arc::new(Clocks::embedded().unwrap());
        for block in 0..MANY / 1000 {
            let files = files.clone();
            db.write::<(), DbError, _>(move |tx| {
                for at in 0..1000 {
                    let number = block * 1000 + at;
                    let minutes = i64::try_from(1440 + number / 4).unwrap();
                    let when = When::At(began.plus_minutes(minutes + 1));
                    let record = format!("action/{number}");
                    let arm = Arm { clock: Clock::ActionDue, case: None, record: &record, agency, user: Some(user), when };
                    clocks::arm(tx, &files, arm)?;
                }
                Ok(())
            })
            .await
            .unwrap();
        }
        clock.set(began.plus_days(7));
        let sweeps = nodes.iter().map(lianhu::server::Lianhu::sweep);
        let swept: usize = futures_util::future::join_all(sweeps)
            .await
            .into_iter()
            .map(|told| told.map_err(|problem| problem.code().as_str()).unwrap())
            .sum();
        assert_eq!(swept, MANY, "each deadline is taken by one node");
        // Whatever was in another's hands when it was looked for is found now.
        assert_eq!(nodes[0].sweep().await.map_err(|problem| problem.code().as_str()), Ok(0));
        db.read::<_, DbError, _>(|tx| {
            let fired: Vec<(String, i64, Timestamp)> = deadline_events::table
                .filter(deadline_events::what.eq(DeadlineEvent::Fired))
                .order(deadline_events::id)
                .select((deadline_events::deadline_id, deadline_events::stage.assume_not_null(), deadline_events::at))
                .load(tx.conn())?;
            let told: Vec<(String, String, Option<String>)> = desk_items::table
                .filter(desk_items::record.like("deadline/%"))
                .order(desk_items::id)
                .select((desk_items::record, desk_items::notice, desk_items::user_id))
                .load(tx.conn())?;
            Ok((fired, told))
        })
        .await
        .unwrap()
    });
    let mut stages: BTreeMap<String, Vec<i64>> = BTreeMap::new();
    for (deadline, stage, at) in fired {
        stages.entry(deadline).or_default().push(stage);
        assert_eq!(at, began.plus_days(7), "late, not never");
    }
    assert_eq!(stages.len(), MANY);
    assert!(stages.values().all(|told| *told == [0, 1, 2]), "each stage once, in order");
    let mut on_desks: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (record, notice, _) in told {
        on_desks.entry(record).or_default().push(notice);
    }
    assert_eq!(on_desks.len(), MANY);
    // Near and due to whose it is; overdue to the supervisor and, where there is no case, to the agency.
    let expected = ["deadline_near", "deadline_due", "deadline_overdue", "deadline_overdue"];
    assert!(on_desks.values().all(|told| *told == expected), "{:?}", on_desks.values().next());
}

#[test]
fn after_a_week_one_node_tells_each_stage_once_sqlite() {
    after_a_week(Backend::Sqlite, 1);
}

#[test]
fn after_a_week_two_nodes_tell_each_stage_once_postgres() {
    after_a_week(Backend::Postgres, 2);
}
