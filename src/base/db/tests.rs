use std::sync::Arc;

use diesel::prelude::*;

use super::schema::agencies;
use super::*;
use crate::base::ids::AgencyId;
use crate::base::time::SystemClock;
use crate::base::words::AgencyKind;

fn open() -> (tempfile::TempDir, Db) {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str| folder.path().join(name).to_string_lossy().into_owned();
    let place = Place::Sqlite { file: file("data.sqlite"), keys: file("keys.sqlite"), busy_timeout_ms: 1000 };
    migrate(&place).unwrap();
    let db = Db::open(place, Sizes { read: 2, write: 1 }, Arc::new(SystemClock)).unwrap();
    (folder, db)
}

fn enter(tx: &mut Tx<'_>, name: &str) -> Result<(), DbError> {
    let id: AgencyId = tx.new_id()?;
    diesel::insert_into(agencies::table)
        .values((
            agencies::id.eq(id),
            agencies::name.eq(name),
            agencies::kind.eq(AgencyKind::Court),
            agencies::division.eq("310113"),
            agencies::contact_point.eq("desk"),
            agencies::version.eq(1_i64),
            agencies::created_at.eq(tx.now()),
        ))
        .execute(tx.conn())?;
    Ok(())
}

async fn count(db: &Db) -> i64 {
    db.read(|tx| Ok::<_, DbError>(agencies::table.count().get_result(tx.conn())?)).await.unwrap()
}

fn on_runtime<F: Future>(f: F) -> F::Output {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(f)
}

#[test]
fn writes_that_wait_are_committed_together_and_each_fails_alone() {
    let (_folder, db) = open();
    on_runtime(async {
        let writes = (0..100).map(|n| {
            let db = db.clone();
            async move {
                db.write(move |tx| {
                    enter(tx, &format!("agency {}", n % 90))?;
                    // What a refused write did before it was refused must be gone.
                    if n % 10 == 0 { Err(DbError::Constraint) } else { Ok(()) }
                })
                .await
            }
        });
        let done = futures_util::future::join_all(writes).await;
        // 90 names once, but for the nine of 0..90 that were refused; 90 is refused, 91..99 are there already.
        assert_eq!(done.iter().filter(|d| d.is_ok()).count(), 81);
        assert_eq!(done.iter().filter(|d| **d == Err(DbError::Unique)).count(), 9);
        assert_eq!(done.iter().filter(|d| **d == Err(DbError::Constraint)).count(), 10);
        assert_eq!(count(&db).await, 81);
    });
}

#[test]
fn a_panic_is_the_failure_of_that_write_alone() {
    let (_folder, db) = open();
    on_runtime(async {
        let broken: Result<(), DbError> = db.write(|_| panic!("seen in the test's output")).await;
        assert!(matches!(broken, Err(DbError::Unavailable(_))));
        db.write(|tx| enter(tx, "after")).await.unwrap();
        assert_eq!(count(&db).await, 1);
    });
}

#[test]
fn a_reading_transaction_cannot_write() {
    let (_folder, db) = open();
    on_runtime(async {
        let refused: Result<(), DbError> = db.read(|tx| enter(tx, "never")).await;
        assert!(refused.is_err());
        assert_eq!(count(&db).await, 0);
    });
}

#[test]
fn a_key_is_durable_while_the_write_that_needs_it_still_lasts() {
    use super::schema::case_keys;
    let (_folder, db) = open();
    on_runtime(async {
        let done: Result<(), DbError> = db
            .write(|tx| {
                enter(tx, "before")?;
                let now = tx.now();
                tx.with_key_store(|conn| {
                    diesel::insert_into(case_keys::table)
                        .values((
                            case_keys::case_id.eq("one"),
                            case_keys::master_id.eq("m"),
                            case_keys::wrapped.eq(vec![1_u8]),
                            case_keys::created_at.eq(now),
                        ))
                        .execute(conn)?;
                    Ok(())
                })?;
                enter(tx, "after")?;
                // Rolled back: the key stays, which no case ever names; the other way round a case would have none.
                Err(DbError::Constraint)
            })
            .await;
        assert_eq!(done, Err(DbError::Constraint));
        assert_eq!(count(&db).await, 0);
        let keys = db.read(|tx| Ok::<i64, DbError>(case_keys::table.count().get_result(tx.conn())?)).await.unwrap();
        assert_eq!(keys, 1);
    });
}

#[test]
fn a_list_of_any_length_finds_just_its_values() {
    let (_folder, db) = open();
    on_runtime(async {
        for n in 0..9 {
            db.write(move |tx| enter(tx, &format!("agency {n}"))).await.unwrap();
        }
        for length in 0..9_usize {
            let names: Vec<String> = (0..length).map(|n| format!("agency {n}")).collect();
            let wanted = names.clone();
            let found: Vec<String> = db
                .read(move |tx| {
                    let query = agencies::table.filter(among(agencies::name, &wanted)).order(agencies::name);
                    Ok::<_, DbError>(query.select(agencies::name).load(tx.conn())?)
                })
                .await
                .unwrap();
            assert_eq!(found, names);
        }
    });
}

#[test]
fn a_read_that_panics_fails_alone_and_its_connection_goes_on() {
    let (_folder, db) = open();
    on_runtime(async {
        for _ in 0..3 {
            let broken: Result<(), DbError> = db.read(|_| panic!("seen in the test's output")).await;
            assert!(matches!(broken, Err(DbError::Unavailable(_))));
        }
        assert_eq!(count(&db).await, 0);
    });
}
