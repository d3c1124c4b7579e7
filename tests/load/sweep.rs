//! How long the clocks' sweep takes: it must grow with what is due, not with what exists.

use std::sync::Arc;
use std::time::Instant;

use lianhu::base::config::DatabaseUrl;
use lianhu::base::db::{Db, DbError};
use lianhu::base::time::{ManualClock, Timestamp};
use lianhu::base::words::Clock;
use lianhu::clocks::{self, Arm, Clocks, When};
use lianhu::server::Lianhu;

use crate::app::{Backend, ground, noon, settings};

/// Deadlines are entered so many a transaction.
const BLOCK: usize = 1_000;

/// Sweeps beside ever more deadlines that are not due.
pub fn measure(exist: usize) {
    println!("## The clocks' sweep\n");
    println!("| database | deadlines not due | due | seconds | due a second |");
    println!("|----------|------------------:|----:|--------:|-------------:|");
    for backend in [Backend::Sqlite, Backend::Postgres] {
        for exist in [exist / 10, exist] {
            let (url, _data, world) = ground(backend);
            let staff = (world.agency("federation"), world.user("fu_staff"));
            on_one(backend, &url, exist, staff);
        }
    }
    println!();
}

fn on_one(backend: Backend, url: &DatabaseUrl, exist: usize, (agency, user): (&str, &str)) {
    let clock = Arc::new(ManualClock::at(noon()));
    let settings = settings(url.clone());
    let db = Db::open(settings.database.place(), settings.database.sizes(), clock.clone()).expect("the database opens");
    let lianhu = Lianhu::open(settings, clock.clone()).expect("it starts");
    let whose = (agency.parse().expect("an agency"), user.parse().expect("a user"));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let far = noon().plus_days(3_000);
        arm(&db, "far", exist, far, whose).await;
        let mut now = noon();
        for due in [0, 100, 1_000, 10_000] {
            let at = now.plus_minutes(60);
            arm(&db, &format!("due-{due}"), due, at, whose).await;
            now = now.plus_days(2);
            clock.set(now);
            let begun = Instant::now();
            let told = lianhu.sweep().await.map_err(|problem| problem.code().as_str()).expect("it sweeps");
            let took = begun.elapsed().as_secs_f64();
            assert_eq!(told, due);
            #[expect(clippy::cast_precision_loss, clippy::as_conversions, reason = "a few thousand")]
            let rate = if due == 0 { "–".to_owned() } else { format!("{:.0}", due as f64 / took) };
            println!("| {backend:?} | {exist} | {due} | {took:.3} | {rate} |");
        }
    });
}

async fn arm(
    db: &Db,
    name: &str,
    count: usize,
    at: Timestamp,
    (agency, user): (lianhu::base::ids::AgencyId, lianhu::base::ids::UserId),
) {
    let files = Arc::new(Clocks::embedded().expect("the clocks"));
    for block in 0..count.div_ceil(BLOCK) {
        let (files, name, some) = (files.clone(), name.to_owned(), BLOCK.min(count - block * BLOCK));
        db.write::<(), DbError, _>(move |tx| {
            for number in 0..some {
                let record = format!("action/{name}-{}", block * BLOCK + number);
                let arm =
                    Arm { clock: Clock::ActionDue, case: None, record: &record, agency, user: Some(user), when: When::At(at) };
                clocks::arm(tx, &files, arm)?;
            }
            Ok(())
        })
        .await
        .expect("entered");
    }
}
