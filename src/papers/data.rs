//! What a paper is made from: fields of a kind, checked against the template's list before anything is typeset.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use typst::foundations::{Array, Dict, IntoValue, Str, Value};

use super::fonts::Fonts;
use super::templates::Template;
use crate::base::time::{Day, Timestamp};
use crate::base::words::{FacetSet, Language};

/// Characters that a paper takes, all fields together.
pub const MOST_CHARACTERS: usize = 200_000;
/// Rows that a paper takes, all tables together.
pub const MOST_ROWS: usize = 2_000;
/// So many characters without a place to break a line are broken anyway: nothing may run off the page.
const LONGEST_WORD: usize = 24;

/// The kind of a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A text; line ends are kept.
    Text,
    /// A day.
    Day,
    /// A moment, told in China's time.
    Moment,
    /// A whole number.
    Number,
    /// Money, in fen.
    Money,
    /// Texts.
    List,
    /// Rows with columns.
    Rows,
}

/// What a field holds.
#[derive(Clone, PartialEq, Eq)]
pub enum Filled {
    /// A text.
    Text(String),
    /// A day.
    Day(Day),
    /// A moment.
    Moment(Timestamp),
    /// A whole number.
    Number(i64),
    /// Money, in fen.
    Money(i64),
    /// Texts.
    List(Vec<String>),
    /// Rows; a column left out is empty.
    Rows(Vec<BTreeMap<String, Filled>>),
}

impl Filled {
    const fn kind(&self) -> Kind {
        match self {
            Self::Text(_) => Kind::Text,
            Self::Day(_) => Kind::Day,
            Self::Moment(_) => Kind::Moment,
            Self::Number(_) => Kind::Number,
            Self::Money(_) => Kind::Money,
            Self::List(_) => Kind::List,
            Self::Rows(_) => Kind::Rows,
        }
    }

    /// Characters and rows.
    fn size(&self) -> (usize, usize) {
        match self {
            Self::Text(text) => (text.chars().count(), 0),
            Self::Day(_) | Self::Moment(_) | Self::Number(_) | Self::Money(_) => (20, 0),
            Self::List(texts) => (texts.iter().map(|text| text.chars().count()).sum(), texts.len()),
            Self::Rows(rows) => {
                let characters = rows.iter().flat_map(BTreeMap::values).map(|filled| filled.size().0).sum();
                (characters, rows.len())
            }
        }
    }
}

/// Why data does not fit its template. Names fields, never what they hold.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WrongData {
    /// The template draws no such field.
    #[error("the paper {template} has no field {field}")]
    Unknown {
        /// The template.
        template: String,
        /// The field.
        field: String,
    },
    /// The field is of another kind.
    #[error("the field {field} of the paper {template} is of another kind")]
    Kind {
        /// The template.
        template: String,
        /// The field.
        field: String,
    },
    /// The template cannot do without the field.
    #[error("the paper {template} needs the field {field}")]
    Missing {
        /// The template.
        template: String,
        /// The field.
        field: String,
    },
    /// More than a paper takes.
    #[error("more than a paper takes: at most {MOST_CHARACTERS} characters and {MOST_ROWS} rows")]
    TooLong,
}

/// A paper to be typeset: its template, its language, its data. Made by [`Template::fill`], which checks it.
#[derive(Clone)]
pub struct Paper {
    pub(super) template: Template,
    pub(super) language: Language,
    fields: BTreeMap<String, Filled>,
}

impl Paper {
    /// The facets that it bears: those of the fields that it holds, no others.
    pub fn facets(&self) -> FacetSet {
        let held = self.fields.keys().filter_map(|name| self.template.field(name)).filter_map(|field| field.facet);
        FacetSet::of(&held.collect::<Vec<_>>())
    }

    /// Its data as typst takes it: strings, arrays, dictionaries. A field that it does not hold is `none`.
    pub(super) fn values(&self, fonts: &Fonts) -> Dict {
        self.template
            .fields()
            .map(|(name, field)| {
                let absent = || if field.kind == Kind::Rows { Array::new().into_value() } else { Value::None };
                let value = self.fields.get(name).map_or_else(absent, |filled| value(filled, self.language, fonts, name, self));
                (Str::from(name), value)
            })
            .collect()
    }
}

impl Template {
    /// A paper of this template. Errors: a field is unknown, missing or of another kind, or there is too much.
    pub fn fill(&self, language: Language, fields: impl IntoIterator<Item = (&'static str, Filled)>) -> Result<Paper, WrongData> {
        let fields: BTreeMap<String, Filled> = fields.into_iter().map(|(name, filled)| (name.to_owned(), filled)).collect();
        let wrong = |field: &str| (self.key().to_owned(), field.to_owned());
        let (mut characters, mut rows) = (0_usize, 0_usize);
        for (name, filled) in &fields {
            let Some(field) = self.field(name) else {
                let (template, field) = wrong(name);
                return Err(WrongData::Unknown { template, field });
            };
            if field.kind != filled.kind() {
                let (template, field) = wrong(name);
                return Err(WrongData::Kind { template, field });
            }
            if let Filled::Rows(rows) = filled {
                for (column, cell) in rows.iter().flatten() {
                    match field.columns.get(column) {
                        None => {
                            let (template, field) = wrong(&format!("{name}.{column}"));
                            return Err(WrongData::Unknown { template, field });
                        }
                        Some(kind) if *kind != cell.kind() => {
                            let (template, field) = wrong(&format!("{name}.{column}"));
                            return Err(WrongData::Kind { template, field });
                        }
                        Some(_) => {}
                    }
                }
            }
            let size = filled.size();
            characters = characters.saturating_add(size.0);
            rows = rows.saturating_add(size.1);
        }
        if characters > MOST_CHARACTERS || rows > MOST_ROWS {
            return Err(WrongData::TooLong);
        }
        let given: BTreeSet<&str> = fields.keys().map(String::as_str).collect();
        if let Some((missing, _)) = self.fields().find(|(name, field)| !field.optional && !given.contains(name)) {
            let (template, field) = wrong(missing);
            return Err(WrongData::Missing { template, field });
        }
        Ok(Paper { template: self.clone(), language, fields })
    }
}

fn value(filled: &Filled, language: Language, fonts: &Fonts, name: &str, paper: &Paper) -> Value {
    match filled {
        Filled::Text(text) => printable(text, fonts).into_value(),
        Filled::Day(day) => in_words(day.as_str(), language).into_value(),
        Filled::Moment(at) => moment(*at, language).into_value(),
        Filled::Number(number) => number.to_string().into_value(),
        Filled::Money(fen) => money(*fen).into_value(),
        Filled::List(texts) => texts.iter().map(|text| printable(text, fonts).into_value()).collect::<Array>().into_value(),
        Filled::Rows(rows) => {
            let columns = paper.template.field(name).map(|field| &field.columns);
            let row = |row: &BTreeMap<String, Filled>| -> Dict {
                let cell = |column: &String| {
                    row.get(column).map_or_else(|| "".into_value(), |cell| value(cell, language, fonts, name, paper))
                };
                columns.into_iter().flat_map(BTreeMap::keys).map(|column| (Str::from(column.as_str()), cell(column))).collect()
            };
            rows.iter().map(|one| row(one).into_value()).collect::<Array>().into_value()
        }
    }
}

/// The text as the fonts can show it. What no font has is spelled out, `[U+1F600]`: a box would hide what stood there. What
/// cannot be seen is left out, and a word too long for the line may break.
fn printable(text: &str, fonts: &Fonts) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut unbroken = 0_usize;
    for c in text.chars() {
        unbroken = if c.is_ascii_graphic() || (c.is_alphanumeric() && c < '\u{2E80}') { unbroken.saturating_add(1) } else { 0 };
        if unbroken > LONGEST_WORD {
            shown.push('\u{200B}');
            unbroken = 1;
        }
        match c {
            '\n' => shown.push(c),
            '\t' => shown.push(' '),
            c if is_unseen(c) => {}
            c if fonts.have(c) => shown.push(c),
            c => shown.extend(format!("[U+{:04X}]", u32::from(c)).chars()),
        }
    }
    shown
}

/// Controls, marks of direction, joiners, selectors: they show nothing, and could make one text look like another.
const fn is_unseen(c: char) -> bool {
    matches!(c,
        '\0'..='\u{1F}' | '\u{7F}'..='\u{9F}' | '\u{AD}' | '\u{61C}' | '\u{180E}' | '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}'
        | '\u{2060}'..='\u{206F}' | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}' | '\u{E0000}'..='\u{E0FFF}')
}

/// `2026-04-05` in words.
fn in_words(day: &str, language: Language) -> String {
    const MONTHS: [&str; 12] = [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ];
    let mut parts = day.splitn(3, '-').map(|part| part.trim_start_matches('0'));
    let (Some(year), Some(month), Some(day_of_month)) = (parts.next(), parts.next(), parts.next()) else {
        return day.to_owned();
    };
    match language {
        Language::Zh => format!("{year}年{month}月{day_of_month}日"),
        Language::En => {
            let name = month.parse::<usize>().ok().and_then(|month| MONTHS.get(month.saturating_sub(1)));
            format!("{day_of_month} {} {year}", name.copied().unwrap_or(month))
        }
    }
}

fn moment(at: Timestamp, language: Language) -> String {
    let text = at.in_china();
    match text.split_once(' ') {
        Some((day, time)) => match language {
            Language::Zh => format!("{} {time}", in_words(day, language)),
            Language::En => format!("{}, {time}", in_words(day, language)),
        },
        None => text,
    }
}

/// Fen as yuan, exact.
fn money(fen: i64) -> String {
    let (yuan, rest) = (fen.unsigned_abs() / 100, fen.unsigned_abs() % 100);
    let digits = yuan.to_string();
    let mut grouped = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    format!("{}¥{grouped}.{rest:02}", if fen < 0 { "-" } else { "" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_is_exact() {
        for (fen, told) in [(0, "¥0.00"), (5, "¥0.05"), (123_456, "¥1,234.56"), (100_000_000, "¥1,000,000.00"), (-1, "-¥0.01")]
        {
            assert_eq!(money(fen), told);
        }
        assert_eq!(money(i64::MIN), "-¥92,233,720,368,547,758.08");
    }

    #[test]
    fn days_and_moments_are_told_in_words() {
        assert_eq!(in_words("2026-04-05", Language::Zh), "2026年4月5日");
        assert_eq!(in_words("2026-12-10", Language::En), "10 December 2026");
        let at: Timestamp = "2026-04-05T01:30:00Z".parse().unwrap();
        assert_eq!(moment(at, Language::Zh), "2026年4月5日 09:30");
        assert_eq!(moment(at, Language::En), "5 April 2026, 09:30");
    }
}
