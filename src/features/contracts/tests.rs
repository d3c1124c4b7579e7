//! Contracts against a model; the race for the last place; usage to the minute.

use std::collections::HashMap;
use std::sync::Arc;

use diesel::prelude::*;
use proptest::prelude::*;

use super::store::{ContractRow, LineRow};
use super::usage::Around;
use super::*;
use crate::base::db::schema::{agencies, contract_lines};
use crate::base::db::{Db, DbError, Place, Sizes, Tx, migrate};
use crate::base::month::Month;
use crate::base::time::{Clock, ManualClock};
use crate::base::words::AgencyKind;

fn id<T: std::str::FromStr<Err: std::fmt::Debug>>(n: u16) -> T {
    format!("0193a5b0-7c00-7000-8000-{n:012}").parse().unwrap()
}
fn day(n: u32) -> Day {
    format!("2026-03-{n:02}").parse().unwrap()
}

/// What the tests believe a contract is, told another way: what was done to it, and when.
#[derive(Default)]
struct Model {
    activated: bool,
    ended: bool,
}

#[derive(Debug, Clone, Copy)]
enum Do {
    NextDay,
    Assign,
    Unassign,
    Step(Step),
}

fn anything() -> impl Strategy<Value = Do> {
    prop_oneof![
        Just(Do::NextDay),
        Just(Do::Assign),
        Just(Do::Unassign),
        Just(Do::Step(Step::Change)),
        Just(Do::Step(Step::Activate)),
        Just(Do::Step(Step::End)),
    ]
}

proptest! {
    #[test]
    fn a_contract_is_in_force_from_activation_to_its_last_day_and_with_terms_only(
        has_terms: bool,
        first in 1_u32..8,
        length in 0_u32..8,
        steps in prop::collection::vec(anything(), 0..40),
    ) {
        let last = first + length;
        let mut life =
            Life { state: ContractState::Planned, first_day: day(first), last_day: day(last), has_terms, assigned: 0 };
        let (mut model, mut today) = (Model::default(), 1_u32);
        for step in steps {
            let over = model.ended || today > last;
            let in_force = model.activated && !over;
            match step {
                Do::NextDay => today = (today + 1).min(28),
                Do::Assign if in_force => life.assigned += 1,
                Do::Unassign if life.assigned > 0 => life.assigned -= 1,
                Do::Assign | Do::Unassign => {}
                Do::Step(Step::Change) => prop_assert_eq!(life.change(day(today)).is_ok(), !model.activated && !over),
                Do::Step(Step::Activate) => {
                    let may = !model.activated && !over && has_terms && today >= first;
                    let done = life.activate(day(today));
                    prop_assert_eq!(done.is_ok(), may);
                    if let Ok(state) = done {
                        (life.state, model.activated) = (state, true);
                    }
                }
                Do::Step(Step::End) => {
                    let done = life.end(day(today));
                    prop_assert_eq!(done.is_ok(), !over && life.assigned == 0);
                    if let Ok(state) = done {
                        (life.state, model.ended) = (state, true);
                    }
                }
            }
            let state = life.on(day(today));
            let over = model.ended || today > last;
            prop_assert_eq!(state == ContractState::Ended, over);
            prop_assert_eq!(state == ContractState::InForce, model.activated && !over);
            prop_assert!(state != ContractState::InForce || has_terms);
        }
    }
}

#[test]
fn every_wrong_field_of_a_contract_is_named() {
    let line = LineInput { service: HelpKind::CaseWork, unit: ContractUnit::Case, quantity: 1, price_fen: 0 };
    let new = NewContract {
        number: "BS-2026-07".parse().unwrap(),
        provider_id: id(1),
        level: ContractLevel::District,
        fund: "district fund".parse().unwrap(),
        amount_fen: 0,
        first_day: day(5),
        last_day: day(4),
        data_protection_terms: true,
        terms_signed_on: Some(day(9)),
        lines: vec![line.clone(), LineInput { unit: ContractUnit::Hour, ..line.clone() }, line],
    };
    let wrong = |new: &NewContract| {
        let mut errors = FieldErrors::new();
        new.check(day(8).start(), &mut errors);
        errors.as_slice().iter().map(|e| format!("{} {}", e.pointer, e.code)).collect::<Vec<_>>()
    };
    assert_eq!(wrong(&new), ["/last_day ends_before_start", "/terms_signed_on in_the_future", "/lines/2 duplicate"]);
    let unsigned = NewContract { data_protection_terms: false, last_day: day(5), lines: vec![], ..new.clone() };
    assert_eq!(wrong(&unsigned), ["/terms_signed_on contradicts"]);
    assert_eq!(wrong(&NewContract { terms_signed_on: None, ..new })[1], "/terms_signed_on required");
}

fn line(n: u16, service: HelpKind, unit: ContractUnit, quantity: i64) -> LineRow {
    LineRow { id: id(n), contract_id: id(1), service, unit, quantity, price_fen: 0, reserved: 0 }
}

#[test]
fn fifty_minutes_of_twelve_hundred_hours_leave_eleven_hundred_and_ninety_nine_and_ten() {
    let lines = [
        LineRow { reserved: 1, ..line(2, HelpKind::CaseWork, ContractUnit::Case, 40) },
        line(3, HelpKind::CaseWork, ContractUnit::Hour, 1200),
        line(4, HelpKind::Counselling, ContractUnit::Session, 10),
    ];
    let (names, seen) = (HashMap::new(), HashMap::new());
    let around = Around { days: (day(1), day(31)), today: day(15), names: &names, seen: &seen };
    let of = |lines: &[LineRow], pieces: &[Piece]| usage::of(id(1), lines, pieces, &around).lines;
    let usage = of(&lines, &[piece(1, 2, 1, 3, 50)]);
    assert_eq!((usage[0].left, usage[0].minutes_left), (39, None));
    assert_eq!((usage[1].minutes_left, usage[1].left), (Some(1199 * 60 + 10), 1199));
    assert_eq!((usage[1].minutes_delivered, usage[1].sessions_delivered), (50, 1));
    assert_eq!((usage[2].left, usage[2].minutes_delivered), (10, 0), "another service");
    let over = of(&lines[1..2], &[piece(1, 3, 1, 3, 1200 * 60 + 1)]);
    assert_eq!((over[0].minutes_left, over[0].left), (Some(-1), -1));
}

/// A piece of service: note, line, case, day of March, minutes; of worker 51.
fn piece(note: u16, line: u16, case: u16, on: u32, minutes: i64) -> Piece {
    Piece { note: id(note), line: id(line), case: id(case), place: None, worker: id(51), minutes, at: day(on).start() }
}

#[test]
fn a_place_is_consumed_by_the_first_piece_of_its_household_and_nothing_by_one_of_no_minutes() {
    let bought: Vec<Bought> =
        [line(2, HelpKind::CaseWork, ContractUnit::Case, 40), line(3, HelpKind::CaseWork, ContractUnit::Session, 10)]
            .iter()
            .map(Bought::from)
            .collect();
    let at = |note, case, on, minutes| Piece { place: Some(id(1)), ..piece(note, 2, case, on, minutes) };
    let pieces = [at(1, 2, 9, 30), at(2, 1, 5, 30), at(3, 1, 1, 0), at(4, 2, 9, 10)];
    let all = delivered(&bought, &pieces);
    let spot = |line| Spot { month: Month::of(day(1)), line: id(line), worker: id(51) };
    let expected = [((spot(2), id(1)), 1), ((spot(3), id(1)), 1), ((spot(3), id(2)), 2)];
    assert_eq!(all, expected.into_iter().collect());
}

/// A quota, the months served with their sums, this month, and when it runs out.
type Row<'a> = (i64, &'a [(&'a str, i64)], &'a str, Option<&'a str>);

#[test]
fn the_month_in_which_a_quota_runs_out() {
    let month = |text: &str| text.parse::<Month>().unwrap();
    let (first, last) = (month("2026-01"), month("2026-12"));
    let runs_out = |quota: i64, by: &[(&str, i64)], this: &str| {
        let by = by.iter().map(|(of, quantity)| (month(of), *quantity)).collect();
        service::runs_out(quota, &by, month(this), first, last).map(|month| month.to_string())
    };
    let table: &[Row<'_>] = &[
        // Nothing yet; no full month yet; nothing in the last three.
        (100, &[], "2026-05", None),
        (100, &[("2026-01", 30)], "2026-01", None),
        (100, &[("2026-01", 30)], "2026-06", None),
        // 10 a month of the last three: 30 are left at May's beginning, gone with July.
        (60, &[("2026-02", 10), ("2026-03", 10), ("2026-04", 10)], "2026-05", Some("2026-07")),
        // This month has more than the pace already.
        (60, &[("2026-02", 10), ("2026-03", 10), ("2026-04", 10), ("2026-05", 25)], "2026-05", Some("2026-06")),
        // Two full months since the contract began, not three.
        (60, &[("2026-01", 10), ("2026-02", 20)], "2026-03", Some("2026-04")),
        // A pace that is no whole number: 10/3 a month.
        (20, &[("2026-03", 10)], "2026-04", Some("2026-06")),
        (21, &[("2026-03", 10)], "2026-04", Some("2026-07")),
        // It lasts to the end.
        (1000, &[("2026-02", 10), ("2026-03", 10), ("2026-04", 10)], "2026-05", None),
        // It has run out: when.
        (30, &[("2026-02", 10), ("2026-03", 20), ("2026-04", 1)], "2026-05", Some("2026-03")),
    ];
    for (quota, by, this, expected) in table {
        assert_eq!(runs_out(*quota, by, this).as_deref(), *expected, "{quota} {by:?} {this}");
    }
}

#[test]
fn a_rating_is_the_mean_in_hundredths_and_a_period_is_evaluated_when_it_is_over() {
    use super::evaluations::{may_be_evaluated, rating};
    assert_eq!(
        (rating(5, 1), rating(14, 3), rating(13, 3), rating(0, 0)),
        (Some((500, 1)), Some((467, 3)), Some((433, 3)), None)
    );
    let term = (day(1), "2026-06-30".parse().unwrap());
    let may = |period: &str, has_ended, today: &str| {
        may_be_evaluated(period.parse().unwrap(), term, has_ended, today.parse().unwrap()).is_ok()
    };
    assert!(may("2026-03", false, "2026-04-01") && !may("2026-03", false, "2026-03-31"));
    assert!(may("2026-Q2", false, "2026-07-01") && may("2026-H1", false, "2026-07-01"));
    assert!(!may("2026", false, "2026-07-01") && may("2026", true, "2026-07-01"));
    assert!(!may("2026-02", true, "2026-07-01") && !may("2026-07", true, "2026-09-01"), "outside its term");
    assert!(!may("2026-05", true, "2026-04-01"), "it has not begun");
    for wrong in ["2026-Q5", "2026-H0", "26", "2026-1", "2026-13", "2026-Q1-", ""] {
        assert!(wrong.parse::<Period>().is_err(), "{wrong}");
    }
}

#[test]
fn elapsed_time_is_told_in_thousandths_of_the_days() {
    let at = |today| usage::elapsed(day(1), day(10), today);
    assert_eq!([at(day(1)), at(day(5)), at(day(10)), at(day(20))], [100, 500, 1000, 1000]);
    assert_eq!(at("2026-02-01".parse().unwrap()), 0);
}

fn agency(tx: &mut Tx<'_>, agency: AgencyId, kind: AgencyKind) -> Result<(), DbError> {
    diesel::insert_into(agencies::table)
        .values((
            agencies::id.eq(agency),
            agencies::name.eq(kind.as_str()),
            agencies::kind.eq(kind),
            agencies::division.eq("310113"),
            agencies::contact_point.eq("desk"),
            agencies::version.eq(1_i64),
            agencies::created_at.eq(tx.now()),
        ))
        .execute(tx.conn())?;
    Ok(())
}

const BUYER: u16 = 101;
const PROVIDER: u16 = 102;
const CONTRACT: u16 = 201;

/// A database with one contract that has two places.
fn with_two_places(state: ContractState) -> (tempfile::TempDir, Db, Arc<ManualClock>) {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str| folder.path().join(name).to_string_lossy().into_owned();
    let place = Place::Sqlite { file: file("data.sqlite"), keys: file("keys.sqlite"), busy_timeout_ms: 1000 };
    migrate(&place).unwrap();
    let clock = Arc::new(ManualClock::at(day(3).start()));
    let db = Db::open(place, Sizes { read: 2, write: 1 }, clock.clone()).unwrap();
    let made = db.write(move |tx| {
        agency(tx, id(BUYER), AgencyKind::Federation)?;
        agency(tx, id(PROVIDER), AgencyKind::SocialWorkProvider)?;
        let row = ContractRow {
            id: id(CONTRACT),
            number: "BS-2026-07".to_owned(),
            buyer_id: id(BUYER),
            provider_id: id(PROVIDER),
            level: ContractLevel::District,
            fund: "district fund".to_owned(),
            amount_fen: 48_000_000,
            first_day: day(2),
            last_day: day(4),
            has_terms: true,
            terms_signed_on: Some(day(1)),
            state,
            assigned: 0,
            version: 1,
            created_at: tx.now(),
        };
        let line = LineInput { service: HelpKind::CaseWork, unit: ContractUnit::Case, quantity: 2, price_fen: 0 };
        store::insert(tx, &row, &[line])
    });
    on_runtime(made).unwrap();
    (folder, db, clock)
}

fn on_runtime<F: Future>(f: F) -> F::Output {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(f)
}

/// One place for a case, as assigning takes it.
async fn reserve(db: &Db, beyond: bool) -> Result<facts::ReservedLine, facts::NotReserved> {
    db.write(move |tx| {
        let today = tx.now().day();
        let line = facts::engage(tx, id(CONTRACT), id(BUYER), HelpKind::CaseWork, today);
        let line = match line {
            Ok(line) => line,
            Err(refused) => return Ok(Err(refused)),
        };
        match facts::take_place(tx, &line, beyond) {
            Ok(()) => Ok(Ok(line)),
            // As in the gate: what was refused leaves nothing behind.
            Err(_) => Err(DbError::Constraint),
        }
    })
    .await
    .unwrap_or(Err(facts::NotReserved::UsedUp))
}

async fn counts(db: &Db) -> (i64, i64) {
    db.read(|tx| {
        let reserved = contract_lines::table.select(contract_lines::reserved).first(tx.conn()).map_err(DbError::from)?;
        Ok::<_, DbError>((reserved, store::find(tx, id(CONTRACT))?.map_or(0, |row| row.assigned)))
    })
    .await
    .unwrap()
}

#[test]
fn of_many_who_race_for_two_places_two_get_one() {
    let (_folder, db, _) = with_two_places(ContractState::InForce);
    on_runtime(async {
        let done = futures_util::future::join_all((0..20).map(|_| reserve(&db, false))).await;
        assert_eq!(done.iter().filter(|place| place.is_ok()).count(), 2);
        assert_eq!(counts(&db).await, (2, 2));
        assert!(reserve(&db, true).await.is_ok(), "a supervisor's override");
        assert_eq!(counts(&db).await, (3, 3));
        let line = done.into_iter().find_map(Result::ok).unwrap().line;
        for left in [2, 1, 0, 0] {
            db.write(move |tx| facts::release(tx, line)).await.unwrap();
            assert_eq!(counts(&db).await.0, left);
        }
    });
}

#[test]
fn nobody_is_assigned_outside_a_contract_in_force() {
    use facts::NotReserved::{NoSuch, NotInForce};
    for state in [ContractState::Planned, ContractState::Ended] {
        let (_folder, db, _) = with_two_places(state);
        assert_eq!(on_runtime(reserve(&db, true)), Err(NotInForce), "{state}");
    }
    let (_folder, db, clock) = with_two_places(ContractState::InForce);
    on_runtime(async {
        for (today, allowed) in [(1, false), (2, true), (4, true), (5, false)] {
            clock.set(day(today).start());
            assert_eq!(reserve(&db, true).await.is_ok(), allowed, "{today}");
        }
        clock.set(day(3).start());
        let other = db.write(|tx| {
            let today = tx.now().day();
            Ok::<_, DbError>((
                facts::engage(tx, id(CONTRACT), id(PROVIDER), HelpKind::CaseWork, today),
                facts::engage(tx, id(CONTRACT), id(BUYER), HelpKind::Counselling, today),
            ))
        });
        assert_eq!(other.await.unwrap(), (Err(NoSuch), Err(NotInForce)), "another's contract; a help it does not buy");
        assert_eq!(clock.now(), day(3).start());
    });
}
