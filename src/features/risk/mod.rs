//! Risk (风险评估): how much danger she is in, by instruments that are data. Facet `risk`.
//!
//! Always: an assessment is never changed, only followed by another; score and level are computed here, and an assessor may
//! raise the level with a reason, never lower it; a question without an answer stays open, it is not "no"; not yet assessed
//! counts as high, and nobody is ever "no risk". The latest level and its time stand with the case (`access::risk`).
//! No I/O here: rows in `store`, use cases in `steps`, endpoints in `api`.

mod api;
pub mod facts;
pub mod instruments;
mod steps;
mod store;
mod views;

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use api::routes;

use crate::access::Content;
use crate::base::fields::{FieldCode, FieldErrors};
use crate::base::problem::Problem;
use crate::base::text::{Line, Text};
use crate::base::time::Timestamp;
use crate::base::words::{RiskAnswer, RiskLevel};
use crate::door::Check;
use instruments::{Instrument, Scored};

/// An assessment, as filled in.
#[derive(Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AssessmentInput {
    /// The instrument's key.
    pub instrument: Line,
    /// Its version, as it lay before the assessor: the current one.
    #[serde(default)]
    pub version: Option<u32>,
    /// Filled by the questions' keys; a question left out stays open.
    pub answers: BTreeMap<String, RiskAnswer>,
    /// The level, where the assessor raises what the answers come to.
    #[serde(default)]
    pub raised_to: Option<RiskLevel>,
    /// Why it is raised.
    #[serde(default)]
    pub reason: Option<Text>,
    /// What endangers whoever visits: a dog, a weapon, who is in at which hours. Left out, what was said before stands.
    #[serde(default)]
    #[schemars(length(max = 20))]
    pub hazards: Option<Vec<Line>>,
}

const UNKNOWN_QUESTION: FieldCode = FieldCode::Other {
    code: "unknown_question",
    message: "the instrument has no such question",
    message_zh: "该评估表中无此问题",
};

const NEVER_LOWERED: FieldCode = FieldCode::Other {
    code: "never_lowered",
    message: "must be higher than what the answers come to: a level may be raised, never lowered",
    message_zh: "须高于按答案得出的等级:等级可上调,不得下调",
};

const NOT_CURRENT: FieldCode = FieldCode::Other {
    code: "not_current",
    message: "is not the instrument's current version",
    message_zh: "不是该评估表的现行版本",
};

impl AssessmentInput {
    /// Pushes what is wrong with it; `at` is its own pointer.
    pub fn check_at(&self, at: &str, errors: &mut FieldErrors) {
        let newest = instruments::embedded().ok().and_then(|all| all.find(self.instrument.as_str(), None));
        let Some(instrument) = newest else {
            return errors.push(format!("{at}/instrument"), FieldCode::NotFound);
        };
        if self.version.is_some_and(|version| version != instrument.version) {
            errors.push(format!("{at}/version"), NOT_CURRENT);
        }
        if self.answers.is_empty() {
            errors.push(format!("{at}/answers"), FieldCode::TooFew { min: 1 });
        }
        for key in self.answers.keys().filter(|key| !instrument.asks(key)) {
            // As a pointer names it (RFC 6901).
            let key = key.replace('~', "~0").replace('/', "~1");
            errors.push(format!("{at}/answers/{key}"), UNKNOWN_QUESTION);
        }
        match (self.raised_to, &self.reason) {
            (Some(level), _) if level <= instrument.score(&self.answers).level => {
                errors.push(format!("{at}/raised_to"), NEVER_LOWERED);
            }
            (Some(_), None) => errors.push(format!("{at}/reason"), FieldCode::Required),
            (None, Some(_)) => errors.push(format!("{at}/reason"), FieldCode::NotAllowedHere),
            (Some(_), Some(_)) | (None, None) => {}
        }
    }

    /// The instrument that it names: the version said, else the newest.
    fn instrument(&self) -> Option<&'static Instrument> {
        instruments::embedded().ok()?.find(self.instrument.as_str(), self.version)
    }

    /// The same with its version said: what is kept as a draft is read later with the words that were asked.
    #[must_use]
    pub fn pinned(&self) -> Self {
        Self { version: self.instrument().map(|instrument| instrument.version), ..self.clone() }
    }

    /// What it comes to: the answers', and the level that holds. Errors: it was not checked.
    fn assessed(&self) -> Result<(&'static Instrument, Scored, RiskLevel), Problem> {
        let instrument = self.instrument().ok_or_else(Problem::internal)?;
        let scored = instrument.score(&self.answers);
        let level = self.raised_to.map_or(scored.level, |raised| scored.level.max(raised));
        Ok((instrument, scored, level))
    }
}

impl Check for AssessmentInput {
    fn check(&self, _: Timestamp, errors: &mut FieldErrors) {
        self.check_at("", errors);
    }
}

/// What is sealed of an assessment.
#[derive(Serialize, Deserialize)]
struct Filled {
    answers: BTreeMap<String, RiskAnswer>,
    raised_to: Option<RiskLevel>,
    reason: Option<Text>,
}

impl Content for Filled {
    const TABLE: &'static str = "risk_assessments";
    const COLUMN: &'static str = "answers";
}

/// What endangers whoever visits.
#[derive(Serialize, Deserialize)]
struct Hazards(Vec<Line>);

impl Content for Hazards {
    const TABLE: &'static str = "risk_assessments";
    const COLUMN: &'static str = "hazards";
}

/// Why a case may end though the risk is high.
#[derive(Serialize, Deserialize)]
struct Reason(Text);

impl Content for Reason {
    const TABLE: &'static str = "risk_acceptances";
    const COLUMN: &'static str = "reason";
}

/// What an unassessed or assessed case counts as.
const fn counts_as(level: Option<RiskLevel>) -> RiskLevel {
    match level {
        Some(level) => level,
        None => RiskLevel::High,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wrong(body: serde_json::Value) -> Vec<(String, String)> {
        let input: AssessmentInput = serde_json::from_value(body).unwrap();
        let mut errors = FieldErrors::new();
        input.check(Timestamp::from_micros(0), &mut errors);
        errors.as_slice().iter().map(|error| (error.pointer.clone(), error.code.to_string())).collect()
    }
    fn told(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs.iter().map(|(at, code)| ((*at).to_owned(), (*code).to_owned())).collect()
    }

    #[test]
    fn a_question_that_the_instrument_does_not_have_is_named() {
        let body = serde_json::json!({ "instrument": "scene_triage", "answers": { "again": "yes", "a/b": "no", "older": "no" } });
        assert_eq!(wrong(body), told(&[("/answers/a~1b", "unknown_question"), ("/answers/older", "unknown_question")]));
    }

    #[test]
    fn a_level_is_raised_with_a_reason_and_never_lowered() {
        let body = |raised: &str, reason: Option<&str>| {
            let answers = serde_json::json!({ "again": "yes", "worse": "yes" });
            serde_json::json!({ "instrument": "scene_triage", "answers": answers, "raised_to": raised, "reason": reason })
        };
        assert_eq!(wrong(body("high", Some("she is afraid"))), told(&[]));
        assert_eq!(wrong(body("high", None)), told(&[("/reason", "required")]));
        for not_higher in ["standard", "medium"] {
            assert_eq!(wrong(body(not_higher, Some("calm now"))), told(&[("/raised_to", "never_lowered")]));
        }
    }

    #[test]
    fn an_instrument_that_is_not_there_and_a_version_that_is_past() {
        let body = serde_json::json!({ "instrument": "horoscope", "answers": { "again": "yes" } });
        assert_eq!(wrong(body), told(&[("/instrument", "not_found")]));
        let body = serde_json::json!({ "instrument": "scene_triage", "version": 7, "answers": {} , "reason": "why" });
        let all = [("/answers", "too_few"), ("/reason", "not_allowed_here"), ("/version", "not_current")];
        let mut found = wrong(body);
        found.sort();
        assert_eq!(found, told(&all));
    }

    #[test]
    fn not_assessed_counts_as_high() {
        assert_eq!(counts_as(None), RiskLevel::High);
        for level in RiskLevel::ALL {
            assert_eq!(counts_as(Some(*level)), *level);
        }
    }
}
