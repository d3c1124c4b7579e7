//! Her access statement as a paper: one language, to be printed where she says that it is safe for her to carry.

use std::collections::BTreeMap;

use super::LineView;
use crate::base::problem::Problem;
use crate::base::time::Timestamp;
use crate::base::words::Language;
use crate::overviews::log::rests::CheckpointView;
use crate::papers::{Filled, Paper, PaperError, Press};

/// The template's key.
const KEY: &str = "access_statement";

/// The file's name: like the paper, it says neither whose it is nor of what.
pub(super) fn file_name(language: Language) -> String {
    match language {
        Language::Zh => "说明.pdf".to_owned(),
        Language::En => "statement.pdf".to_owned(),
    }
}

/// The paper, not yet typeset. Nothing in it says whose it is.
pub(super) fn fill(
    press: &Press,
    language: Language,
    lines: &[LineView],
    checkpoint: Option<CheckpointView>,
    now: Timestamp,
) -> Result<Paper, Problem> {
    let template = press.templates().get(KEY).ok_or_else(Problem::not_found)?;
    let mut fields = vec![
        ("made_at", Filled::Moment(now)),
        ("count", number(lines.len())),
        ("accesses", Filled::Rows(lines.iter().map(|line| row(line, language)).collect())),
    ];
    if let Some(checkpoint) = checkpoint {
        fields.push(("entries", Filled::Number(i64::try_from(checkpoint.size).unwrap_or(i64::MAX))));
        fields.push(("checkpoint", Filled::Text(checkpoint.note)));
    }
    template.fill(language, fields).map_err(|wrong| PaperError::from(wrong).into())
}

fn row(line: &LineView, language: Language) -> BTreeMap<String, Filled> {
    let told = match language {
        Language::Zh => &line.text.zh,
        Language::En => &line.text.en,
    };
    let place = line.index.map_or_else(|| "—".to_owned(), |index| index.to_string());
    BTreeMap::from([
        ("at".to_owned(), Filled::Moment(line.at)),
        ("told".to_owned(), Filled::Text(told.clone())),
        ("place".to_owned(), Filled::Text(place)),
    ])
}

fn number(count: usize) -> Filled {
    Filled::Number(i64::try_from(count).unwrap_or(i64::MAX))
}
