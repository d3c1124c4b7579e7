//! Settlements: the machine, the order of months, money to the fen, and late corrections against an independent reckoning.

use std::collections::HashMap;

use proptest::prelude::*;

use super::*;
use crate::base::ids::NoteId;
use crate::features::contracts::{Piece, delivered};

fn id<T: std::str::FromStr<Err: std::fmt::Debug>>(n: u16) -> T {
    format!("0193a5b0-7c00-7000-8000-{n:012}").parse().unwrap()
}
fn month(text: &str) -> Month {
    text.parse().unwrap()
}
fn bought(n: u16, unit: ContractUnit, price_fen: i64) -> Bought {
    Bought { id: id(n), service: HelpKind::CaseWork, unit, quantity: 1000, price_fen }
}

#[test]
fn money_is_rounded_once_to_the_nearest_fen_and_a_reversal_cancels() {
    use ContractUnit::{Case, Hour, Session};
    for (unit, quantity, price, fen) in [
        (Hour, 60, 40_000, 40_000),
        (Hour, 50, 40_000, 33_333),
        (Hour, 1, 40_001, 667),
        (Hour, 1, 30, 1),
        (Hour, 1, 29, 0),
        (Hour, -1, 30, -1),
        (Hour, -1, 29, 0),
        (Hour, 0, 1, 0),
        (Case, 3, 7, 21),
        (Session, -2, 7, -14),
        (Hour, 60, i64::MAX, i64::MAX),
    ] {
        assert_eq!(amount(unit, quantity, price), Ok(fen), "{unit} {quantity} {price}");
    }
    assert_eq!(amount(Case, 2, i64::MAX), Err(NotSettled::TooMuch));
    assert_eq!(amount(Hour, 61, i64::MAX), Err(NotSettled::TooMuch));
    assert_eq!(sum([i64::MAX, 1]), Err(NotSettled::TooMuch));
    assert_eq!(sum([i64::MAX, -1, 1]), Ok(i64::MAX));
}

#[test]
fn months_are_signed_in_their_order_when_they_are_over() {
    let calendar = |signed: Option<&str>| Calendar { first: month("2026-02"), signed: signed.map(month), this: month("2026-05") };
    assert_eq!((calendar(None).open(), calendar(Some("2026-03")).open()), (month("2026-02"), month("2026-04")));
    for (signed, which, expected) in [
        (None, "2026-01", Err(NotSettled::BeforeContract)),
        (None, "2026-02", Ok(())),
        (None, "2026-03", Err(NotSettled::NotInOrder)),
        (Some("2026-02"), "2026-03", Ok(())),
        (Some("2026-03"), "2026-03", Err(NotSettled::NotInOrder)),
        (Some("2026-04"), "2026-05", Err(NotSettled::NotOver)),
        (Some("2026-04"), "2027-05", Err(NotSettled::NotOver)),
    ] {
        assert_eq!(calendar(signed).may_sign(month(which)), expected, "{signed:?} {which}");
    }
}

#[test]
fn nothing_leads_back() {
    use SettlementState::{Open, ProviderSigned, Settled};
    assert_eq!(step(Open, Step::Sign), Ok(ProviderSigned));
    assert_eq!(step(ProviderSigned, Step::Countersign), Ok(Settled));
    for (state, by) in
        [(Open, Step::Countersign), (ProviderSigned, Step::Sign), (Settled, Step::Sign), (Settled, Step::Countersign)]
    {
        assert!(step(state, by).is_err(), "{state}");
    }
}

/// What happens in a contract's year, in its order.
#[derive(Debug, Clone)]
enum Do {
    /// A note of a worker for a case, of a day of the year, with minutes.
    Note { worker: u16, case: u16, day: i64, minutes: i64 },
    /// One of the notes is corrected.
    Correct { which: usize, minutes: i64 },
    /// The next month is signed.
    Sign,
}

fn anything() -> impl Strategy<Value = Do> {
    prop_oneof![
        4 => (0_u16..3, 0_u16..4, 0_i64..200, 0_i64..=1440)
            .prop_map(|(worker, case, day, minutes)| Do::Note { worker, case, day, minutes }),
        2 => (0_usize..100, 0_i64..=1440).prop_map(|(which, minutes)| Do::Correct { which, minutes }),
        1 => Just(Do::Sign),
    ]
}

proptest! {
    #[test]
    fn what_is_signed_for_is_what_the_notes_say_to_the_minute(
        steps in prop::collection::vec(anything(), 0..80),
        price in 0_i64..100_000,
    ) {
        let lines = [
            bought(1, ContractUnit::Hour, price),
            bought(2, ContractUnit::Session, price),
            bought(3, ContractUnit::Case, price),
        ];
        let begins = month("2026-01");
        let (mut pieces, mut settled, mut open) = (Vec::<Piece>::new(), Delivered::new(), begins);
        let mut signed: Vec<Reckoned> = Vec::new();
        // At the end all is signed, so that nothing is left over.
        for what in steps.into_iter().chain((0..12).map(|_| Do::Sign)) {
            match what {
                Do::Note { worker, case, day, minutes } => {
                    let note: NoteId = id(u16::try_from(pieces.len()).unwrap() + 1000);
                    let at = begins.first_day().plus_days(day).start();
                    let (case, worker) = (id(100 + case), id(200 + worker));
                    pieces.push(Piece { note, line: id(3), case, place: Some(case), worker, minutes, at });
                }
                Do::Correct { which, minutes } => {
                    if let Some(count) = (!pieces.is_empty()).then_some(pieces.len()) {
                        pieces[which % count].minutes = minutes;
                    }
                }
                Do::Sign => {
                    let reckoned = reckon(&lines, &delivered(&lines, &pieces), &settled, (open, open)).unwrap();
                    for line in &reckoned {
                        prop_assert!(line.spot.month <= open);
                        prop_assert_eq!(line.quantity, line.cases.values().sum::<i64>());
                        for (case, quantity) in &line.cases {
                            prop_assert_ne!(*quantity, 0);
                            *settled.entry((line.spot, *case)).or_default() += quantity;
                        }
                    }
                    signed.extend(reckoned);
                    open = open.next();
                }
            }
        }
        // Reckoned again, another way: note by note.
        let mut minutes: HashMap<(Month, UserId, CaseId), i64> = HashMap::new();
        for piece in pieces.iter().filter(|piece| piece.minutes > 0) {
            *minutes.entry((Month::at(piece.at), piece.worker, piece.case)).or_default() += piece.minutes;
        }
        let of = |line: u16| signed.iter().filter(move |reckoned| reckoned.spot.line == id(line));
        let mut told: HashMap<(Month, UserId, CaseId), i64> = HashMap::new();
        for line in of(1) {
            for (case, quantity) in &line.cases {
                *told.entry((line.spot.month, line.spot.worker, *case)).or_default() += quantity;
            }
        }
        told.retain(|_, quantity| *quantity != 0);
        prop_assert_eq!(&told, &minutes);
        let real: Vec<&Piece> = pieces.iter().filter(|piece| piece.minutes > 0).collect();
        prop_assert_eq!(of(2).map(|line| line.quantity).sum::<i64>(), i64::try_from(real.len()).unwrap());
        let cases: std::collections::HashSet<CaseId> = real.iter().map(|piece| piece.case).collect();
        prop_assert_eq!(of(3).map(|line| line.quantity).sum::<i64>(), i64::try_from(cases.len()).unwrap());
        // A line is off by half a fen at most.
        let exact = real.iter().map(|piece| i128::from(piece.minutes * price)).sum::<i128>();
        let fen = of(1).map(|line| i128::from(line.amount_fen)).sum::<i128>();
        prop_assert!((fen * 60 - exact).abs() <= 30 * i128::try_from(of(1).count()).unwrap());
    }
}
