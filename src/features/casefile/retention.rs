//! `config/retention.toml`: how long a case is kept after it is closed. Read and checked at start.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use serde::Deserialize;
use toml::Spanned;

use crate::base::db::DbError;
use crate::base::text::line_at;
use crate::base::time::Timestamp;
use crate::base::words::CaseOutcome;

const FILE: &str = "config/retention.toml";
const TEXT: &str = include_str!("../../../config/retention.toml");

/// Why the file cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{FILE}, line {line}: {why}")]
pub struct Wrong {
    line: usize,
    why: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    default: Spanned<Rule>,
    #[serde(default)]
    outcome: BTreeMap<Spanned<String>, Spanned<Rule>>,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Rule {
    years: i32,
    source: String,
}

/// How long each outcome is kept.
#[derive(Debug, PartialEq, Eq)]
pub struct Retention {
    default: Rule,
    by_outcome: BTreeMap<CaseOutcome, Rule>,
}

/// The file in the binary. Errors: the line, and what is wrong there.
pub fn embedded() -> Result<&'static Retention, Wrong> {
    static READ: OnceLock<Result<Retention, Wrong>> = OnceLock::new();
    READ.get_or_init(|| Retention::parse(TEXT)).as_ref().map_err(Clone::clone)
}

impl Retention {
    fn parse(text: &str) -> Result<Self, Wrong> {
        let at = |offset: usize, why: String| Wrong { line: line_at(text, offset), why };
        let file: File =
            toml::from_str(text).map_err(|error| at(error.span().map_or(0, |span| span.start), error.message().to_owned()))?;
        let checked = |rule: Spanned<Rule>| {
            let start = rule.span().start;
            let rule = rule.into_inner();
            if !(1..=100).contains(&rule.years) {
                return Err(at(start, format!("`years` must be from 1 to 100, not {}", rule.years)));
            }
            if rule.source.trim().is_empty() {
                return Err(at(start, "`source` is empty".to_owned()));
            }
            Ok(rule)
        };
        let mut by_outcome = BTreeMap::new();
        for (word, rule) in file.outcome {
            let start = word.span().start;
            let outcome = word.get_ref().parse().map_err(|_| at(start, format!("`{}` is no outcome", word.get_ref())))?;
            by_outcome.insert(outcome, checked(rule)?);
        }
        Ok(Self { default: checked(file.default)?, by_outcome })
    }

    fn rule(&self, outcome: Option<CaseOutcome>) -> &Rule {
        outcome.and_then(|outcome| self.by_outcome.get(&outcome)).unwrap_or(&self.default)
    }

    /// Until when a case closed then is kept: to the end of that day, so many years later.
    pub fn ends(&self, closed_at: Timestamp, outcome: Option<CaseOutcome>) -> Timestamp {
        closed_at.day().plus_months(self.rule(outcome).years.saturating_mul(12)).end()
    }
}

/// The file in the binary, which the start has checked.
pub(super) fn in_force() -> Result<&'static Retention, DbError> {
    embedded().map_err(|_| DbError::Corrupt("config/retention.toml"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wrong(text: &str) -> String {
        Retention::parse(text).unwrap_err().to_string()
    }

    #[test]
    fn the_file_in_the_binary_is_right_and_an_outcome_without_a_table_has_the_default() {
        let retention = embedded().unwrap();
        let closed: Timestamp = "2024-02-29T08:00:00Z".parse().unwrap();
        let years = |outcome| retention.ends(closed, outcome).day().year();
        assert_eq!(years(None), 2034);
        assert_eq!(years(Some(CaseOutcome::MovedAway)), 2034);
        assert_eq!(years(Some(CaseOutcome::WithCourt)), 2044);
        assert_eq!(years(Some(CaseOutcome::HelpDeclined)), 2027);
    }

    #[test]
    fn a_fault_is_told_with_its_line() {
        let whole = "[default]\nyears = 10\nsource = \"local\"\n";
        assert!(Retention::parse(whole).is_ok());
        for (text, line, why) in [
            ("[outcome.other]\nyears = 1\nsource = \"local\"\n".to_owned(), 1, "default"),
            (whole.replace("10", "0"), 1, "from 1 to 100"),
            (whole.replace("local", " "), 1, "`source` is empty"),
            (whole.replace("10", "\"ten\""), 2, "invalid type"),
            (format!("{whole}months = 3\n"), 4, "unknown field"),
            (format!("{whole}\n[outcome.lost]\nyears = 1\nsource = \"local\"\n"), 5, "`lost` is no outcome"),
        ] {
            let told = wrong(&text);
            assert!(told.starts_with(&format!("config/retention.toml, line {line}: ")) && told.contains(why), "{text}: {told}");
        }
    }
}
