//! The files and the arithmetic of time.

use super::*;
use crate::base::time::Day;

const CLOCKS: &str = include_str!("../../config/clocks.toml");
const CALENDAR: &str = include_str!("../../config/calendars/cn.toml");

fn clocks() -> Clocks {
    Clocks::embedded().unwrap()
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn day(text: &str) -> Day {
    text.parse().unwrap()
}

#[track_caller]
fn due(clock: Clock, variant: &'static str, from: &str, expected: &str) {
    let due = clocks().due(clock, When::Variant(variant), at(from)).unwrap();
    assert_eq!(due, at(expected), "{clock} {variant} from {from}");
}

#[test]
fn hours_run_through_night_and_holiday() {
    due(Clock::ReferralAcknowledged, "urgent", "2026-02-15T16:00:00Z", "2026-02-15T18:00:00Z");
    due(Clock::FirstSafeContact, "high", "2026-12-31T15:59:59.999999Z", "2027-01-01T15:59:59.999999Z");
    due(Clock::OrderDecided, "usual", "2026-02-26T01:00:00Z", "2026-03-01T01:00:00Z");
}

#[test]
fn days_do_not_count_the_first_and_end_with_the_last_in_china() {
    // 23:59 and 00:00 in China are different days, though an instant apart.
    due(Clock::Reassessment, "high", "2026-11-24T15:59:59Z", "2026-12-01T16:00:00Z");
    due(Clock::Reassessment, "high", "2026-11-24T16:00:00Z", "2026-12-02T16:00:00Z");
    due(Clock::Reassessment, "medium", "2026-12-15T04:00:00Z", "2027-01-14T16:00:00Z");
    due(Clock::Reassessment, "high", "2028-02-22T04:00:00Z", "2028-02-29T16:00:00Z");
}

#[test]
fn working_days_pass_over_weekends_and_holidays_and_count_make_up_days() {
    // Monday to Thursday; Thursday to the next Tuesday.
    due(Clock::ReferralAnswered, "usual", "2026-11-23T02:00:00Z", "2026-11-26T16:00:00Z");
    due(Clock::ReferralAnswered, "usual", "2026-11-26T02:00:00Z", "2026-12-01T16:00:00Z");
    // Friday 13 February 2026: Saturday 14 is worked, 15 to 23 are free, then 24 and 25.
    due(Clock::ReferralAnswered, "usual", "2026-02-13T02:00:00Z", "2026-02-25T16:00:00Z");
    // In the middle of Spring Festival.
    due(Clock::ReferralAnswered, "usual", "2026-02-18T02:00:00Z", "2026-02-26T16:00:00Z");
    // Thursday 26 February: 27, the worked Saturday 28, Monday 2 March.
    due(Clock::ReferralAnswered, "usual", "2026-02-26T02:00:00Z", "2026-03-02T16:00:00Z");
    // Friday 24 January 2025: the worked Sunday 26, Monday 27, then 5 February.
    due(Clock::ReferralAnswered, "usual", "2025-01-24T02:00:00Z", "2025-02-05T16:00:00Z");
    // Across the year's end: 31 December 2025, then 4 January is worked, 5.
    due(Clock::ReferralAnswered, "usual", "2025-12-30T02:00:00Z", "2026-01-05T16:00:00Z");
    due(Clock::BreakGlassReview, "usual", "2026-09-30T02:00:00Z", "2026-10-09T16:00:00Z");
}

#[test]
fn months_are_counted_from_the_first_day_and_end_with_a_short_one() {
    let visit = |nth| {
        clocks().due(Clock::AdmonitionVisit, When::Nth("monthly", at("2026-01-31T02:00:00Z"), nth), at("2026-01-31T02:00:00Z"))
    };
    assert_eq!(visit(1), Ok(at("2026-02-28T16:00:00Z")));
    assert_eq!(visit(2), Ok(at("2026-03-31T16:00:00Z")));
    assert_eq!(visit(3), Ok(at("2026-04-30T16:00:00Z")));
    due(Clock::AdmonitionVisit, "monthly", "2026-12-31T02:00:00Z", "2027-01-31T16:00:00Z");
    due(Clock::AdmonitionVisit, "monthly", "2028-01-31T02:00:00Z", "2028-02-29T16:00:00Z");
}

#[test]
fn a_last_day_that_is_free_moves_where_the_law_says_so() {
    // 30 days after 3 September 2026 is 3 October, in the national holiday: 8 October.
    due(Clock::JudicialConfirmation, "usual", "2026-09-03T02:00:00Z", "2026-10-08T16:00:00Z");
    due(Clock::JudicialConfirmation, "usual", "2026-11-02T02:00:00Z", "2026-12-02T16:00:00Z");
}

#[test]
fn the_calendar_says_what_the_notices_say() {
    let clocks = clocks();
    let calendar = clocks.calendar();
    for free in ["2025-01-01", "2025-01-28", "2025-02-04", "2025-10-08", "2026-01-02", "2026-02-23", "2026-09-25", "2026-11-28"] {
        assert!(!calendar.is_working(day(free)), "{free}");
    }
    for worked in ["2025-01-26", "2025-02-05", "2025-10-11", "2026-01-04", "2026-02-14", "2026-09-20", "2026-11-27"] {
        assert!(calendar.is_working(day(worked)), "{worked}");
    }
    // A make-up day that falls on a weekday, or a holiday of weekends alone, would be a slip of the pen.
    for line in CALENDAR.lines().filter(|line| line.starts_with("working")) {
        for worked in line.split('"').filter_map(|text| text.parse::<Day>().ok()) {
            assert!(worked.is_weekend(), "{worked}");
        }
    }
}

#[test]
fn a_year_without_its_notice_counts_by_the_week_and_is_told() {
    let clocks = clocks();
    assert!(clocks.missing_years(at("2026-06-01T00:00:00Z")).is_empty());
    assert_eq!(clocks.missing_years(at("2026-12-20T00:00:00Z")), [2027]);
    assert_eq!(clocks.missing_years(at("2030-06-01T00:00:00Z")), [2030]);
    assert!(clocks.calendar().is_working(day("2030-10-01")));
    assert!(!clocks.calendar().is_working(day("2030-10-05")));
}

#[track_caller]
fn refused(clocks: &str, calendar: &str, expected: &str) {
    assert_eq!(Clocks::parse(clocks, calendar).unwrap_err().to_string(), expected);
}

fn line(text: &str, starts: &str) -> usize {
    text.lines().position(|line| line.starts_with(starts)).unwrap() + 1
}

#[test]
fn a_wrong_file_names_line_and_key() {
    let swap = |from: &str, to: &str| CLOCKS.replacen(from, to, 1);
    let n = line(CLOCKS, "[licence_ends]");
    let misspelt = swap("[licence_ends]", "[license_ends]");
    refused(&misspelt, CALENDAR, &format!("config/clocks.toml, line {n}, `license_ends`: there is no such clock"));

    let missing = CLOCKS.split("[hearing_date]").next().unwrap();
    let n = missing.lines().count();
    refused(missing, CALENDAR, &format!("config/clocks.toml, line {n}, `hearing_date`: the clock is missing"));

    let circle = swap("[referral_acknowledged]\n", "[referral_acknowledged]\nstarts_after = \"referral_answered\"\n");
    let n = line(&circle, "starts_after");
    refused(
        &circle,
        CALENDAR,
        &format!(
            "config/clocks.toml, line {n}, `referral_acknowledged.starts_after`: a circle: referral_acknowledged → \
             referral_answered → referral_acknowledged"
        ),
    );

    let length = swap("after = \"3 working days\"", "after = \"3 fortnights\"");
    let n = line(&length, "after = \"3 fortnights\"");
    refused(
        &length,
        CALENDAR,
        &format!(
            "config/clocks.toml, line {n}, `referral_answered.variants.usual.after`: \"3 fortnights\" is not a length: \
             \"24 hours\", \"7 days\", \"1 month\", \"3 working days\""
        ),
    );

    let variant = swap("[reassessment.variants.medium]", "[reassessment.variants.middling]");
    let n = line(&variant, "[reassessment]");
    refused(&variant, CALENDAR, &format!("config/clocks.toml, line {n}, `reassessment.variants`: the variant medium is missing"));

    let nobody = swap("tell = [\"supervisor\"]", "tell = []");
    let n = line(&nobody, "tell = []");
    refused(&nobody, CALENDAR, &format!("config/clocks.toml, line {n}, `break_glass_review.tell`: nobody hears of it"));

    let unknown = swap("source = \"local\"", "sauce = \"local\"");
    let n = line(&unknown, "sauce");
    let said = Clocks::parse(&unknown, CALENDAR).unwrap_err().to_string();
    assert!(said.starts_with(&format!("config/clocks.toml, line {n}, `sauce`: unknown field `sauce`")), "{said}");
}

#[test]
fn a_day_is_free_or_worked() {
    let both = CALENDAR.replacen("\"2026-02-14\"", "\"2026-02-16\"", 1);
    let n = both.lines().position(|line| line.contains("\"2026-02-16\"")).unwrap() + 1;
    let why = "2026-02-16 is both a holiday and a working day";
    refused(CLOCKS, &both, &format!("config/calendars/cn.toml, line {n}, `working`: {why}"));
    let backwards = CALENDAR.replacen("to = \"2025-02-04\"", "to = \"2025-01-04\"", 1);
    let n = backwards.lines().position(|line| line.contains("2025-01-28")).unwrap() + 1;
    let why = "春节 is not a span of days of 2025";
    refused(CLOCKS, &backwards, &format!("config/calendars/cn.toml, line {n}, `holidays`: {why}"));
}

fn stages(clock: Clock, when: When, now: &str) -> Vec<(String, &'static str)> {
    let clocks = clocks();
    let agency = "0193a5b0-7c00-7000-8000-000000000001".parse().unwrap();
    let arm = Arm { clock, case: None, record: "x/1", agency, user: None, when };
    let due = clocks.due(clock, when, at(now)).unwrap();
    plan::of(&clocks, &arm, at(now), due).into_iter().map(|stage| (stage.at.to_string(), stage.stage.as_str())).collect()
}

#[test]
fn stages_stand_in_the_order_of_time_and_begin_after_now() {
    let ends = When::At(at("2026-12-20T16:00:00Z"));
    let told = stages(Clock::ConsentEnds, ends, "2026-11-24T00:00:00Z");
    // Thirty days before lies behind us already.
    assert_eq!(told, [("2026-12-13T16:00:00.000000Z".into(), "near"), ("2026-12-20T16:00:00.000000Z".into(), "due")]);
    let told: Vec<_> = stages(Clock::ReferralAcknowledged, When::Variant("urgent"), "2026-11-24T00:00:00Z")
        .into_iter()
        .map(|(at, stage)| format!("{} {stage}", at.get(11..16).unwrap()))
        .collect();
    assert_eq!(told, ["00:00 call", "00:15 call", "00:30 call", "01:00 call", "02:00 due", "02:00 overdue", "04:00 overdue"]);
}

#[test]
fn every_clock_has_a_source_and_a_course() {
    let clocks = clocks();
    for clock in Clock::ALL {
        assert!(!clocks.source(*clock).is_empty());
        assert!(clocks.due(*clock, When::At(at("2026-11-24T00:00:00Z")), at("2026-11-24T00:00:00Z")).is_ok());
    }
    assert_eq!(clocks.facet(Clock::Reassessment), Some(Facet::Risk));
    assert!(clocks.due(Clock::Reassessment, When::Variant("odd"), at("2026-11-24T00:00:00Z")).is_err());
}
