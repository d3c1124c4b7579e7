//! The files, their checks, and what answers come to.

use proptest::prelude::*;

use super::*;

const GOOD: &str = r#"key = "short"
version = 1
audience = "adults"
roles = ["social_worker"]
source = "own"
title = { en = "Short", zh = "短" }

[thresholds]
medium = 2
high = 3
critical = "medium"

[[questions]]
key = "one"
en = "One?"
zh = "一?"
weight = 2
critical = true

[[questions]]
key = "two"
en = "Two?"
zh = "二?"
weight = 1
"#;

fn fault(from: &str, to: &str) -> String {
    assert!(GOOD.contains(from), "{from}");
    parse_all(&[("short.toml", &GOOD.replacen(from, to, 1))]).unwrap_err().to_string()
}

#[test]
fn what_is_in_the_binary_is_sound() {
    let all = embedded().unwrap();
    let dash = all.find("dash_checklist", None).unwrap();
    assert_eq!((dash.questions.len(), dash.thresholds.medium, dash.thresholds.high), (24, 10, 14));
    assert!(dash.questions.iter().all(|question| question.weight == 1));
    let audiences: BTreeSet<_> = all.current().map(|one| one.audience.as_str()).collect();
    assert_eq!(audiences.len(), InstrumentAudience::ALL.len());
    assert!(all.find("scene_triage", Some(1)).unwrap().roles.contains(&Role::PoliceLiaison));
}

#[test]
fn every_file_of_the_folder_is_in_the_binary() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/config/instruments");
    let mut there: Vec<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| format!("config/instruments/{}", entry.unwrap().file_name().to_str().unwrap()))
        .collect();
    there.sort();
    assert_eq!(there, FILES.iter().map(|(name, _)| (*name).to_owned()).collect::<Vec<_>>());
}

#[test]
fn a_fault_is_named_with_file_and_line() {
    for (from, to, told) in [
        ("key = \"two\"", "key = \"one\"", "short.toml:21: another question has this key"),
        ("high = 3", "high = 2", "short.toml:10: the thresholds must rise: standard, medium, high"),
        ("medium = 2", "medium = 0", "short.toml:9: the thresholds must rise: standard, medium, high"),
        ("high = 3", "high = 4", "short.toml:10: no answers reach this threshold"),
        ("weight = 2", "weight = 0", "short.toml:17: a weight is 1 to 10"),
        (
            "key = \"short\"",
            "key = \"Short one\"",
            "short.toml:1: a key is lower-case letters, digits and underscores, 60 at most",
        ),
        ("version = 1", "version = 0", "short.toml:2: the first version is 1"),
        ("zh = \"二?\"", "zh = \" \"", "short.toml:23: a question is written in both languages"),
        ("roles = [\"social_worker\"]", "roles = []", "short.toml:4: some role must use it"),
        ("critical = \"medium\"", "critical = \"standard\"", "short.toml:11: a critical question lifts the level"),
    ] {
        assert!(fault(from, to).starts_with(told), "{}", fault(from, to));
    }
}

#[test]
fn an_unknown_word_is_refused_where_it_stands() {
    for (from, to, line) in [
        ("\"adults\"", "\"grown_ups\"", 3),
        ("\"social_worker\"", "\"postman\"", 4),
        ("critical = true", "crucial = true", 18),
        ("source = \"own\"", "sauce = \"own\"", 5),
    ] {
        let told = fault(from, to);
        assert!(told.starts_with(&format!("short.toml:{line}: ")), "{told}");
    }
}

#[test]
fn a_version_stands_in_one_file_and_old_ones_stay_readable() {
    let second = GOOD.replacen("version = 1", "version = 2", 1).replacen("Two?", "Two, in other words?", 1);
    let all = parse_all(&[("a.toml", GOOD), ("b.toml", &second)]).unwrap();
    assert_eq!(all.versions("short"), [2, 1]);
    assert_eq!(all.find("short", None).unwrap().version, 2);
    assert_eq!(all.find("short", Some(1)).unwrap().questions[1].en, "Two?");
    assert_eq!(all.current().count(), 1);
    let told = parse_all(&[("a.toml", GOOD), ("b.toml", GOOD)]).unwrap_err().to_string();
    assert_eq!(told, "b.toml:1: this version of the instrument stands in another file already");
}

fn answers(pairs: &[(&str, RiskAnswer)]) -> BTreeMap<String, RiskAnswer> {
    pairs.iter().map(|(key, answer)| ((*key).to_owned(), *answer)).collect()
}

#[test]
fn the_bounds_of_the_long_checklist() {
    let dash = embedded().unwrap().find("dash_checklist", None).unwrap();
    let yes = |count: usize| {
        let keys = dash.questions.iter().take(count).map(|question| (question.key.as_str(), RiskAnswer::Yes));
        dash.score(&answers(&keys.collect::<Vec<_>>()))
    };
    for (count, level) in [
        (0, RiskLevel::Standard),
        (1, RiskLevel::Standard),
        (9, RiskLevel::Standard),
        (10, RiskLevel::Medium),
        (13, RiskLevel::Medium),
        (14, RiskLevel::High),
        (24, RiskLevel::High),
    ] {
        let scored = yes(count);
        assert_eq!((usize::try_from(scored.score).unwrap(), scored.level), (count, level));
        assert_eq!(scored.unanswered.len(), 24 - count, "unanswered is not no");
    }
}

#[test]
fn unanswered_unknown_and_critical_are_told_apart() {
    let (short, _) = parse("short.toml", GOOD).unwrap();
    let nothing = short.score(&answers(&[]));
    assert_eq!((nothing.unanswered.len(), nothing.unknown.len(), nothing.level), (2, 0, RiskLevel::Standard));
    let asked = short.score(&answers(&[("one", RiskAnswer::Unknown), ("two", RiskAnswer::No)]));
    assert_eq!((asked.unanswered.len(), asked.unknown.as_slice()), (0, &["one".to_owned()][..]));
    let critical = short.score(&answers(&[("one", RiskAnswer::Yes)]));
    assert_eq!((critical.critical.len(), critical.level), (1, RiskLevel::Medium));
    let triage = embedded().unwrap().find("scene_triage", None).unwrap();
    assert_eq!(triage.score(&answers(&[("strangled", RiskAnswer::Yes)])).level, RiskLevel::High);
}

proptest! {
    /// More yeses never make a level lower.
    #[test]
    fn a_further_yes_never_lowers(bits in 0_u32..(1 << 24), more in 0_usize..24) {
        let dash = embedded().unwrap().find("dash_checklist", None).unwrap();
        let mut given: BTreeMap<String, RiskAnswer> = dash
            .questions
            .iter()
            .enumerate()
            .map(|(at, question)| {
                (question.key.clone(), if bits & (1 << at) == 0 { RiskAnswer::No } else { RiskAnswer::Yes })
            })
            .collect();
        let before = dash.score(&given);
        given.insert(dash.questions[more].key.clone(), RiskAnswer::Yes);
        let after = dash.score(&given);
        prop_assert!(after.level >= before.level && after.score >= before.score);
    }
}
