//! Instruments: `config/instruments/*.toml`, in the binary, parsed and checked at start. A file is one version of one
//! instrument, and stays: an old assessment is read with the words that were asked.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use toml::Spanned;

use crate::base::text::line_at;
use crate::base::words::{InstrumentAudience, RiskAnswer, RiskLevel, Role};
use crate::door::PathId;

/// Every file there is. The name is said in the error that refuses the start.
const FILES: &[(&str, &str)] = &[
    ("config/instruments/child_checklist.v1.toml", include_str!("../../../config/instruments/child_checklist.v1.toml")),
    ("config/instruments/dash_checklist.v1.toml", include_str!("../../../config/instruments/dash_checklist.v1.toml")),
    ("config/instruments/elder_checklist.v1.toml", include_str!("../../../config/instruments/elder_checklist.v1.toml")),
    ("config/instruments/scene_triage.v1.toml", include_str!("../../../config/instruments/scene_triage.v1.toml")),
];

/// An instrument's key, as it stands in a path. What has another form names none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InstrumentKey(String);

impl InstrumentKey {
    /// The key.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::str::FromStr for InstrumentKey {
    type Err = ();
    fn from_str(text: &str) -> Result<Self, ()> {
        if is_key(text) { Ok(Self(text.to_owned())) } else { Err(()) }
    }
}

impl JsonSchema for InstrumentKey {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "InstrumentKey".into()
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string", "minLength": 1, "maxLength": 60, "pattern": "^[a-z0-9_]+$" })
    }
}

impl PathId for InstrumentKey {}

fn is_key(text: &str) -> bool {
    (1..=60).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
}

/// Why an instrument is not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{file}:{line}: {what}")]
pub struct InstrumentError {
    file: String,
    line: usize,
    what: String,
}

/// A text in both languages.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BothLanguages {
    /// In English.
    pub en: String,
    /// In Chinese.
    pub zh: String,
}

/// From how many points on a level is reached; fewer are `standard`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Thresholds {
    /// The fewest points for `medium`.
    pub medium: u32,
    /// The fewest points for `high`.
    pub high: u32,
    /// The level that one yes to a critical question asks for at least, if any.
    pub critical: Option<RiskLevel>,
}

/// A question.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Question {
    /// Its key: answers name it.
    pub key: String,
    /// Its text in English.
    pub en: String,
    /// Its text in Chinese.
    pub zh: String,
    /// Points for a yes.
    pub weight: u32,
    /// Whether a yes is pointed out, and lifts the level where the thresholds say so.
    pub critical: bool,
}

/// One version of an instrument.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Instrument {
    /// Its key.
    pub key: String,
    /// Its version.
    pub version: u32,
    /// Its name.
    pub title: BothLanguages,
    /// Whom it is for.
    pub audience: InstrumentAudience,
    /// Who may use it.
    pub roles: Vec<Role>,
    /// What it is modelled on.
    pub source: String,
    /// Its thresholds.
    pub thresholds: Thresholds,
    /// Its questions, in the order in which they are asked.
    pub questions: Vec<Question>,
}

/// What answers come to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scored {
    /// Points.
    pub score: u32,
    /// Questions without an answer: open still, not "no".
    pub unanswered: Vec<String>,
    /// Questions that were asked and could not be answered.
    pub unknown: Vec<String>,
    /// Critical questions answered with yes.
    pub critical: Vec<String>,
    /// The level; the lowest is `standard`: nobody is ever "no risk".
    pub level: RiskLevel,
}

impl Instrument {
    /// Whether it has this question.
    pub fn asks(&self, key: &str) -> bool {
        self.questions.iter().any(|question| question.key == key)
    }

    /// What these answers come to.
    pub fn score(&self, answers: &BTreeMap<String, RiskAnswer>) -> Scored {
        let answered = |wanted: Option<RiskAnswer>| {
            let keys = self.questions.iter().filter(move |question| answers.get(&question.key).copied() == wanted);
            keys.map(|question| question.key.clone()).collect::<Vec<_>>()
        };
        let yes = |question: &&Question| answers.get(&question.key) == Some(&RiskAnswer::Yes);
        let score = self.questions.iter().filter(yes).fold(0_u32, |sum, question| sum.saturating_add(question.weight));
        let critical: Vec<String> =
            self.questions.iter().filter(yes).filter(|question| question.critical).map(|q| q.key.clone()).collect();
        let by_score = if score >= self.thresholds.high {
            RiskLevel::High
        } else if score >= self.thresholds.medium {
            RiskLevel::Medium
        } else {
            RiskLevel::Standard
        };
        let by_critical = self.thresholds.critical.filter(|_| !critical.is_empty());
        Scored {
            score,
            unanswered: answered(None),
            unknown: answered(Some(RiskAnswer::Unknown)),
            critical,
            level: by_critical.map_or(by_score, |least| by_score.max(least)),
        }
    }
}

/// Every version of every instrument, by key and version.
#[derive(Debug)]
pub struct Instruments(BTreeMap<(String, u32), Instrument>);

impl Instruments {
    /// The newest version of each.
    pub fn current(&self) -> impl Iterator<Item = &Instrument> {
        let newest: BTreeMap<&str, &Instrument> = self.0.values().map(|one| (one.key.as_str(), one)).collect();
        newest.into_values()
    }
    /// One version; without one said, the newest.
    pub fn find(&self, key: &str, version: Option<u32>) -> Option<&Instrument> {
        match version {
            Some(version) => self.0.get(&(key.to_owned(), version)),
            None => self.current().find(|one| one.key == key),
        }
    }
    /// The versions of one, newest first.
    pub fn versions(&self, key: &str) -> Vec<u32> {
        self.0.keys().rev().filter(|(of, _)| of == key).map(|(_, version)| *version).collect()
    }
}

static ALL: OnceLock<Instruments> = OnceLock::new();

/// The instruments in the binary. Errors: the first fault, with file and line; asked at start, which it refuses.
pub fn embedded() -> Result<&'static Instruments, InstrumentError> {
    if let Some(all) = ALL.get() {
        return Ok(all);
    }
    let all = parse_all(FILES)?;
    Ok(ALL.get_or_init(|| all))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    key: Spanned<String>,
    version: Spanned<u32>,
    title: Spanned<BothLanguages>,
    audience: InstrumentAudience,
    roles: Spanned<Vec<Role>>,
    source: String,
    thresholds: Bounds,
    questions: Spanned<Vec<Asked>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Bounds {
    medium: Spanned<u32>,
    high: Spanned<u32>,
    #[serde(default)]
    critical: Option<Spanned<RiskLevel>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    key: Spanned<String>,
    en: Spanned<String>,
    zh: Spanned<String>,
    weight: Spanned<u32>,
    #[serde(default)]
    critical: bool,
}

const MOST_POINTS: u32 = 10;

fn parse_all(files: &[(&str, &str)]) -> Result<Instruments, InstrumentError> {
    let mut all = BTreeMap::new();
    for (file, text) in files {
        let (instrument, line) = parse(file, text)?;
        let place = (instrument.key.clone(), instrument.version);
        if all.insert(place, instrument).is_some() {
            let what = "this version of the instrument stands in another file already".to_owned();
            return Err(InstrumentError { file: (*file).to_owned(), line, what });
        }
    }
    Ok(Instruments(all))
}

/// The instrument and the line of its key.
fn parse(file: &str, text: &str) -> Result<(Instrument, usize), InstrumentError> {
    let line = |at: usize| line_at(text, at);
    let wrong = |at: usize, what: &str| InstrumentError { file: file.to_owned(), line: line(at), what: what.to_owned() };
    let read: File = toml::from_str(text).map_err(|error| wrong(error.span().map_or(0, |span| span.start), error.message()))?;
    let start = |span: std::ops::Range<usize>| span.start;
    let (key_at, questions_at) = (start(read.key.span()), start(read.questions.span()));
    if !is_key(read.key.as_ref()) {
        return Err(wrong(key_at, "a key is lower-case letters, digits and underscores, 60 at most"));
    }
    if *read.version.as_ref() == 0 {
        return Err(wrong(start(read.version.span()), "the first version is 1"));
    }
    let title_at = start(read.title.span());
    if read.title.as_ref().en.trim().is_empty() || read.title.as_ref().zh.trim().is_empty() {
        return Err(wrong(title_at, "a title is written in both languages"));
    }
    if read.roles.as_ref().is_empty() {
        return Err(wrong(start(read.roles.span()), "some role must use it"));
    }
    let (mut seen, mut most, mut has_critical) = (BTreeSet::new(), 0_u32, false);
    for asked in read.questions.as_ref() {
        let at = start(asked.key.span());
        if !is_key(asked.key.as_ref()) {
            return Err(wrong(at, "a key is lower-case letters, digits and underscores, 60 at most"));
        }
        if !seen.insert(asked.key.as_ref().clone()) {
            return Err(wrong(at, "another question has this key"));
        }
        for words in [&asked.en, &asked.zh] {
            if words.as_ref().trim().is_empty() {
                return Err(wrong(start(words.span()), "a question is written in both languages"));
            }
        }
        if !(1..=MOST_POINTS).contains(asked.weight.as_ref()) {
            return Err(wrong(start(asked.weight.span()), "a weight is 1 to 10"));
        }
        most = most.saturating_add(*asked.weight.as_ref());
        has_critical |= asked.critical;
    }
    if seen.is_empty() {
        return Err(wrong(questions_at, "there is no question"));
    }
    let (medium, high) = (*read.thresholds.medium.as_ref(), *read.thresholds.high.as_ref());
    if medium == 0 {
        return Err(wrong(start(read.thresholds.medium.span()), "the thresholds must rise: standard, medium, high"));
    }
    if high <= medium {
        return Err(wrong(start(read.thresholds.high.span()), "the thresholds must rise: standard, medium, high"));
    }
    if high > most {
        return Err(wrong(start(read.thresholds.high.span()), "no answers reach this threshold"));
    }
    if let Some(critical) = &read.thresholds.critical
        && (!has_critical || *critical.as_ref() == RiskLevel::Standard)
    {
        return Err(wrong(
            start(critical.span()),
            "a critical question lifts the level to medium or high, and there must be one",
        ));
    }
    let questions = read.questions.into_inner().into_iter().map(|asked| Question {
        key: asked.key.into_inner(),
        en: asked.en.into_inner(),
        zh: asked.zh.into_inner(),
        weight: asked.weight.into_inner(),
        critical: asked.critical,
    });
    let instrument = Instrument {
        key: read.key.into_inner(),
        version: read.version.into_inner(),
        title: read.title.into_inner(),
        audience: read.audience,
        roles: read.roles.into_inner(),
        source: read.source,
        thresholds: Thresholds { medium, high, critical: read.thresholds.critical.map(Spanned::into_inner) },
        questions: questions.collect(),
    };
    Ok((instrument, line(key_at)))
}

#[cfg(test)]
mod tests;
