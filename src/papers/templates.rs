//! Templates: `config/templates/*`, in the binary, or in a folder of the operator's; read and checked whole at start.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::sync::Arc;

use serde::Deserialize;
use toml::Spanned;
use typst::syntax::Source;

use super::data::Kind;
use super::{ALLOWED_TO_RESPONDENT, syntax};
use crate::base::text::line_at;
use crate::base::words::{Facet, FacetSet};

macro_rules! embedded {
    ($($key:literal),* $(,)?) => {
        &[$((
            $key,
            include_str!(concat!("../../config/templates/", $key, ".toml")),
            include_str!(concat!("../../config/templates/", $key, ".typ")),
        )),*]
    };
}

/// Every template there is: key, list, page.
const FILES: &[(&str, &str, &str)] = embedded!(
    "access_statement",
    "admonition_receipt",
    "closing_summary",
    "consent_form",
    "mediation_agreement",
    "mediation_notice_respondent",
    "mediation_notice_survivor",
    "mediation_record",
    "protection_order_application",
    "referral_letter",
    "settlement",
);

/// The look that all pages share; part of the program, since it decides what a signature line is.
pub(super) const HOUSE: &str = include_str!("../../config/templates/house.typ");

/// The word that every page has: the template's own name.
const TITLE: &str = "title";

/// A folder's files are read up to this size.
const LARGEST_FILE: u64 = 256 * 1024;

/// Why a template is not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{file}:{line}: {what}")]
pub struct Wrong {
    file: String,
    line: usize,
    what: String,
}

/// A text in both languages.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Both {
    /// In Chinese.
    pub zh: String,
    /// In English.
    pub en: String,
}

/// A field that a paper draws.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// Its kind.
    pub kind: Kind,
    /// The facet that it belongs to; none: it tells nothing of the case.
    pub facet: Option<Facet>,
    /// Whether the paper can do without it.
    pub optional: bool,
    /// Rows: each column's kind.
    pub columns: BTreeMap<String, Kind>,
}

/// A field as the list has it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Listed {
    kind: Kind,
    of: String,
    #[serde(default)]
    optional: bool,
    #[serde(default)]
    columns: BTreeMap<String, Kind>,
}

/// `KEY.toml`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct List {
    title: Both,
    facets: Spanned<Vec<Facet>>,
    reaches_respondent: bool,
    fields: BTreeMap<String, Spanned<Listed>>,
    words: BTreeMap<String, Spanned<Both>>,
}

#[derive(Debug)]
struct Checked {
    key: String,
    title: Both,
    facets: FacetSet,
    reaches_respondent: bool,
    fields: BTreeMap<String, Field>,
    words: BTreeMap<String, Both>,
    page: String,
}

/// One template that passed its checks. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Template(Arc<Checked>);

impl Template {
    /// Its key.
    pub fn key(&self) -> &str {
        &self.0.key
    }
    /// Its name.
    pub fn title(&self) -> &Both {
        &self.0.title
    }
    /// The facets that its papers may bear: a paper bears those of the fields it holds.
    pub fn facets(&self) -> FacetSet {
        self.0.facets
    }
    /// Whether the respondent can come to hold such a paper.
    pub fn reaches_respondent(&self) -> bool {
        self.0.reaches_respondent
    }
    /// Its fields, by name.
    pub fn fields(&self) -> impl Iterator<Item = (&str, &Field)> {
        self.0.fields.iter().map(|(name, field)| (name.as_str(), field))
    }
    /// The field of this name.
    pub fn field(&self, name: &str) -> Option<&Field> {
        self.0.fields.get(name)
    }
    pub(super) fn words(&self) -> impl Iterator<Item = (&str, &Both)> {
        self.0.words.iter().map(|(name, both)| (name.as_str(), both)).chain([(TITLE, &self.0.title)])
    }
    pub(super) fn page(&self) -> &str {
        &self.0.page
    }
}

/// All templates in force.
#[derive(Debug, Clone)]
pub struct Templates(Arc<BTreeMap<String, Template>>);

impl Templates {
    /// Those of the binary.
    pub fn embedded() -> Result<Self, Vec<Wrong>> {
        let named = |(key, list, page): &(&str, &str, &str)| {
            (format!("config/templates/{key}"), (*key).to_owned(), (*list).to_owned(), (*page).to_owned())
        };
        Self::of(FILES.iter().map(named))
    }

    /// Those of a folder, which must hold each template of the binary, since the program prints them all, and no other.
    pub fn in_folder(folder: &Path) -> Result<Self, Vec<Wrong>> {
        let mut files = Vec::new();
        let mut wrong = Vec::new();
        for (key, _, _) in FILES {
            let stem = folder.join(key);
            match (text(&stem.with_extension("toml")), text(&stem.with_extension("typ"))) {
                (Ok(list), Ok(page)) => files.push((stem.display().to_string(), (*key).to_owned(), list, page)),
                (list, page) => wrong.extend([list.err(), page.err()].into_iter().flatten()),
            }
        }
        if wrong.is_empty() { Self::of(files) } else { Err(wrong) }
    }

    fn of(files: impl IntoIterator<Item = (String, String, String, String)>) -> Result<Self, Vec<Wrong>> {
        let mut all = BTreeMap::new();
        let mut wrong = Vec::new();
        for (stem, key, list, page) in files {
            match checked(&stem, &key, &list, page) {
                Ok(template) => drop(all.insert(key, template)),
                Err(found) => wrong.extend(found),
            }
        }
        if wrong.is_empty() { Ok(Self(Arc::new(all))) } else { Err(wrong) }
    }

    /// The template of this key.
    pub fn get(&self, key: &str) -> Option<&Template> {
        self.0.get(key)
    }

    /// Each, by key.
    pub fn iter(&self) -> impl Iterator<Item = &Template> {
        self.0.values()
    }
}

fn text(path: &Path) -> Result<String, Wrong> {
    let wrong = |what: String| Wrong { file: path.display().to_string(), line: 1, what };
    let size = fs::metadata(path).map_err(|error| wrong(error.to_string()))?.len();
    if size > LARGEST_FILE {
        return Err(wrong(format!("is larger than {LARGEST_FILE} bytes")));
    }
    fs::read_to_string(path).map_err(|error| wrong(error.to_string()))
}

/// One template. Errors: everything wrong with it, each with its file and line.
pub(super) fn checked(stem: &str, key: &str, list_text: &str, page: String) -> Result<Template, Vec<Wrong>> {
    let (list_file, page_file) = (format!("{stem}.toml"), format!("{stem}.typ"));
    let in_list = |offset: usize, what: String| Wrong { file: list_file.clone(), line: line_at(list_text, offset), what };
    let list: List = toml::from_str(list_text).map_err(|error| {
        let offset = error.span().map_or(0, |span| span.start);
        vec![in_list(offset, error.message().to_owned())]
    })?;
    let mut wrong = Vec::new();
    let mut fields = BTreeMap::new();
    for (name, listed) in list.fields {
        let at = listed.span().start;
        let Listed { kind, of, optional, columns } = listed.into_inner();
        let facet = match of.as_str() {
            "no_facet" => None,
            word => {
                let Ok(facet) = word.parse::<Facet>() else {
                    wrong
                        .push(in_list(at, format!("{name}: {word} is no facet (`no_facet` for what tells nothing of the case)")));
                    continue;
                };
                Some(facet)
            }
        };
        if (kind == Kind::Rows) == columns.is_empty() {
            wrong.push(in_list(at, format!("{name}: rows, and only rows, have columns")));
        }
        if columns.values().any(|kind| matches!(kind, Kind::Rows | Kind::List)) {
            wrong.push(in_list(at, format!("{name}: a column holds one thing")));
        }
        if list.reaches_respondent && !ALLOWED_TO_RESPONDENT.contains(&name.as_str()) {
            wrong.push(in_list(at, format!("{name} is not on the list of what may reach the respondent")));
        }
        fields.insert(name, (at, Field { kind, facet, optional, columns }));
    }
    let facets = FacetSet::of(list.facets.get_ref());
    let borne = FacetSet::of(&fields.values().filter_map(|(_, field)| field.facet).collect::<Vec<_>>());
    if facets != borne && wrong.is_empty() {
        let said = borne.iter().map(Facet::as_str).collect::<Vec<_>>().join(", ");
        wrong.push(in_list(list.facets.span().start, format!("the fields bear other facets: [{said}]")));
    }
    let columns = |name: &str| {
        let (_, field) = fields.get(name)?;
        (field.kind == Kind::Rows).then(|| field.columns.keys().cloned().collect::<BTreeSet<_>>())
    };
    match syntax::read(&Source::detached(page.as_str()), &columns) {
        Err(found) => wrong.extend(found.into_iter().map(|found| Wrong {
            file: page_file.clone(),
            line: line_at(&page, found.offset),
            what: found.what,
        })),
        Ok(drawn) => {
            let at = |name: &str| Wrong {
                file: page_file.clone(),
                line: line_of(&page, name),
                what: format!("{name} is not in the list"),
            };
            let fields_unknown =
                drawn.fields.iter().filter(|name| !fields.contains_key(*name)).map(|name| at(&format!("data.{name}")));
            let words_unknown = drawn
                .words
                .iter()
                .filter(|name| *name != TITLE && !list.words.contains_key(*name))
                .map(|name| at(&format!("word.{name}")));
            wrong.extend(fields_unknown.chain(words_unknown));
            // What the page does not draw, the paper must not bear.
            let idle = fields.iter().filter(|(name, _)| !drawn.fields.contains(*name));
            wrong.extend(idle.map(|(name, (at, _))| in_list(*at, format!("{name} is not drawn by the page"))));
            let idle = list.words.iter().filter(|(name, _)| !drawn.words.contains(*name));
            wrong.extend(idle.map(|(name, both)| in_list(both.span().start, format!("{name} is not said by the page"))));
        }
    }
    if !wrong.is_empty() {
        return Err(wrong);
    }
    Ok(Template(Arc::new(Checked {
        key: key.to_owned(),
        title: list.title,
        facets,
        reaches_respondent: list.reaches_respondent,
        fields: fields.into_iter().map(|(name, (_, field))| (name, field)).collect(),
        words: list.words.into_iter().map(|(name, both)| (name, both.into_inner())).collect(),
        page,
    })))
}

/// The first line that holds the name whole.
fn line_of(page: &str, name: &str) -> usize {
    let is_whole = |at: usize| {
        let after = page.get(at.saturating_add(name.len())..).and_then(|rest| rest.chars().next());
        !after.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == '-')
    };
    let found = page.match_indices(name).map(|(at, _)| at).find(|at| is_whole(*at));
    line_at(page, found.unwrap_or(0))
}
