//! `config/clocks.toml`: how long each clock runs, on which law, who hears of it. Read and checked at start.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::calendar::Calendar;
use super::span::Span;
use crate::base::words::{Clock, Facet, Told};

/// Where it stands in the source tree: errors name it.
pub(super) const FILE: &str = "config/clocks.toml";

/// The variants that the program arms; a clock without any is told its time by its record.
const VARIANTS: &[(Clock, &[&str])] = &[
    (Clock::ReferralAcknowledged, &["usual", "urgent"]),
    (Clock::ReferralAnswered, &["usual", "urgent"]),
    (Clock::FirstSafeContact, &["high", "usual"]),
    (Clock::Reassessment, &["high", "medium", "standard"]),
    (Clock::OrderDecided, &["usual", "urgent"]),
    (Clock::AdmonitionVisit, &["first", "monthly"]),
    (Clock::JudicialConfirmation, &["usual"]),
    (Clock::BreakGlassAnswered, &["usual"]),
    (Clock::BreakGlassReview, &["usual"]),
];

/// Why the files cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{file}, line {line}, `{key}`: {why}")]
pub struct Wrong {
    file: &'static str,
    line: usize,
    key: String,
    why: String,
}

impl Wrong {
    pub(super) fn at(file: &'static str, line: usize, key: impl Into<String>, why: impl Into<String>) -> Self {
        Self { file, line, key: key.into(), why: why.into() }
    }
    pub(super) fn syntax(file: &'static str, text: &str, error: &toml::de::Error) -> Self {
        let at = error.span().map_or(0, |span| span.start);
        let before = text.get(..at).unwrap_or_default();
        let line = before.matches('\n').count().saturating_add(1);
        let said = text.lines().nth(line.saturating_sub(1)).unwrap_or_default();
        let key = said.split(['=', ']']).next().unwrap_or_default().trim().trim_start_matches('[');
        Self::at(file, line, key, error.message())
    }
}

/// The line of a key in a table of the file; the table's own where the key is not in it; 1 where neither is.
pub(super) fn line_of(text: &str, table: Option<&str>, key: &str) -> usize {
    let mut in_table = table.is_none();
    let mut found = 1;
    for (at, line) in text.lines().enumerate() {
        let number = at.saturating_add(1);
        if let Some(table) = table
            && line.starts_with('[')
        {
            in_table = line.trim() == format!("[{table}]");
            if in_table {
                found = number;
            }
        }
        if in_table && line.contains(key) && !line.starts_with('#') && (table.is_none() || line.trim_start().starts_with(key)) {
            return number;
        }
    }
    found
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RuleText {
    source: String,
    facet: Option<Facet>,
    starts_after: Option<Clock>,
    tell: Vec<Told>,
    #[serde(default)]
    next_working_day: bool,
    #[serde(default)]
    warn: Vec<String>,
    #[serde(default)]
    escalate: Vec<CallText>,
    #[serde(default)]
    variants: BTreeMap<String, VariantText>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct VariantText {
    after: String,
    warn: Option<Vec<String>>,
    escalate: Option<Vec<CallText>>,
    #[serde(default)]
    call: Vec<CallText>,
}

#[derive(Deserialize, Clone)]
#[serde(deny_unknown_fields)]
struct CallText {
    after: String,
    to: Vec<Told>,
}

/// So many minutes from somewhere, these hear of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Call {
    pub minutes: i64,
    pub to: Vec<Told>,
}

/// How one clock runs in one variant.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Course {
    /// How long; none: its record says.
    pub after: Option<Span>,
    /// Minutes before it is due.
    pub warn: Vec<i64>,
    /// After it began.
    pub call: Vec<Call>,
    /// After it was due.
    pub escalate: Vec<Call>,
}

/// One clock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Rule {
    pub source: String,
    pub facet: Option<Facet>,
    pub starts_after: Option<Clock>,
    pub tell: Vec<Told>,
    pub next_working_day: bool,
    /// Without variants: as the record says.
    pub own: Course,
    pub variants: BTreeMap<String, Course>,
}

/// Reads and checks the text.
pub(super) fn parse(text: &str) -> Result<BTreeMap<Clock, Rule>, Wrong> {
    let tables: BTreeMap<String, toml::Value> = toml::from_str(text).map_err(|error| Wrong::syntax(FILE, text, &error))?;
    for name in tables.keys() {
        if name.parse::<Clock>().is_err() {
            return Err(Wrong::at(FILE, line_of(text, Some(name), name), name, "there is no such clock"));
        }
    }
    let read: BTreeMap<Clock, RuleText> = toml::from_str(text).map_err(|error| Wrong::syntax(FILE, text, &error))?;
    for clock in Clock::ALL {
        if !read.contains_key(clock) {
            return Err(Wrong::at(FILE, text.lines().count(), clock.as_str(), "the clock is missing"));
        }
    }
    let rules = read.iter().map(|(clock, rule)| Ok((*clock, check(text, *clock, rule)?))).collect::<Result<_, Wrong>>()?;
    no_circle(text, &rules)?;
    Ok(rules)
}

fn check(text: &str, clock: Clock, rule: &RuleText) -> Result<Rule, Wrong> {
    let wrong = |key: &str, why: String| Wrong::at(FILE, line_of(text, Some(clock.as_str()), key), format!("{clock}.{key}"), why);
    if rule.source.trim().is_empty() {
        return Err(wrong("source", "names neither a law nor \"local\"".into()));
    }
    if rule.tell.is_empty() {
        return Err(wrong("tell", "nobody hears of it".into()));
    }
    let known = VARIANTS.iter().find(|(of, _)| *of == clock).map_or(&[][..], |(_, names)| names);
    for name in known {
        if !rule.variants.contains_key(*name) {
            return Err(wrong("variants", format!("the variant {name} is missing")));
        }
    }
    let mut variants = BTreeMap::new();
    for (name, variant) in &rule.variants {
        let table = format!("{clock}.variants.{name}");
        let here = |key: &str, why: String| Wrong::at(FILE, line_of(text, Some(&table), key), format!("{table}.{key}"), why);
        if !known.contains(&name.as_str()) {
            return Err(here("after", "there is no such variant".into()));
        }
        let after: Span = variant.after.parse().map_err(|why| here("after", why))?;
        if after.is_nothing() {
            return Err(here("after", "it would be over as it begins".into()));
        }
        let warn = variant.warn.as_ref().unwrap_or(&rule.warn);
        let escalate = variant.escalate.as_ref().unwrap_or(&rule.escalate);
        let course = Course {
            after: Some(after),
            warn: warn.iter().map(|text| minutes(text)).collect::<Result<_, _>>().map_err(|why| here("warn", why))?,
            call: calls(&variant.call).map_err(|why| here("call", why))?,
            escalate: calls(escalate).map_err(|why| here("escalate", why))?,
        };
        variants.insert(name.clone(), course);
    }
    let own = Course {
        after: None,
        warn: rule.warn.iter().map(|text| minutes(text)).collect::<Result<_, _>>().map_err(|why| wrong("warn", why))?,
        call: Vec::new(),
        escalate: calls(&rule.escalate).map_err(|why| wrong("escalate", why))?,
    };
    Ok(Rule {
        source: rule.source.clone(),
        facet: rule.facet,
        starts_after: rule.starts_after,
        tell: rule.tell.clone(),
        next_working_day: rule.next_working_day,
        own,
        variants,
    })
}

fn minutes(text: &str) -> Result<i64, String> {
    let span: Span = text.parse()?;
    span.minutes().ok_or_else(|| format!("\"{text}\" is no plain distance: minutes, hours or days"))
}

fn calls(texts: &[CallText]) -> Result<Vec<Call>, String> {
    let one = |call: &CallText| {
        if call.to.is_empty() {
            return Err("nobody is called".to_owned());
        }
        Ok(Call { minutes: minutes(&call.after)?, to: call.to.clone() })
    };
    texts.iter().map(one).collect()
}

/// Following `starts_after` from any clock comes to an end.
fn no_circle(text: &str, rules: &BTreeMap<Clock, Rule>) -> Result<(), Wrong> {
    for start in rules.keys() {
        let mut way = vec![*start];
        let mut next = rules.get(start).and_then(|rule| rule.starts_after);
        while let Some(here) = next {
            if way.contains(&here) {
                let line = line_of(text, Some(start.as_str()), "starts_after");
                let way = way.iter().chain([&here]).map(|clock| clock.as_str()).collect::<Vec<_>>().join(" → ");
                return Err(Wrong::at(FILE, line, format!("{start}.starts_after"), format!("a circle: {way}")));
            }
            way.push(here);
            next = rules.get(&here).and_then(|rule| rule.starts_after);
        }
    }
    Ok(())
}

/// Both files.
pub(super) fn both(clocks: &str, calendar: &str) -> Result<(BTreeMap<Clock, Rule>, Calendar), Wrong> {
    Ok((parse(clocks)?, Calendar::parse(calendar)?))
}
