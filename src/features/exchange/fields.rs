//! From the cells of a row to what it says: the same for a spreadsheet and for JSON.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::str::FromStr;

use super::{Batchable, Entry, MOST_ROWS, NamedProvider, NotTaken, Place, RowErrors, What};
use crate::base::fields::{FieldCode, FieldErrors};
use crate::base::text::{Division, LanguageTag, Line, Text, WrongText};
use crate::base::time::{Day, Timestamp};
use crate::base::words::{AgencyKind, Audience, HelpKind};
use crate::door::Check;
use crate::features::licences::NewLicence;
use crate::features::providers::NewService;

/// The columns of each sheet.
pub const SHEETS: [(&str, &[&str]); 3] = [
    ("providers", &["name", "kind", "division", "contact_point"]),
    (
        "services",
        &[
            "provider",
            "name",
            "kind",
            "audiences",
            "divisions",
            "languages",
            "hours",
            "capacity",
            "description",
            "description_en",
        ],
    ),
    ("licences", &["provider", "name", "number", "issuer", "first_day", "last_day"]),
];

/// Headings and fields that say where somebody is.
pub const ADDRESSES: [&str; 12] = [
    "address",
    "addresses",
    "physical_address",
    "physical_addresses",
    "postal_address",
    "postal_addresses",
    "location",
    "locations",
    "service_at_locations",
    "地址",
    "位置",
    "所在地",
];

const ADDRESS_OF_SHELTER: FieldCode = FieldCode::Other {
    code: "address_of_shelter",
    message: "where a shelter is never stands in the directory",
    message_zh: "名录中不得记载庇护场所的地址",
};

/// A row, cell by cell.
#[derive(Debug, Clone)]
pub struct Raw {
    /// Where it stands.
    pub at: Place,
    /// What is in it, by heading.
    pub cells: HashMap<String, String>,
}

impl Raw {
    fn cell(&self, column: &str) -> &str {
        self.cells.get(column).map_or("", |text| text.trim())
    }
}

/// Reads rows, in the order in which they stand: a provider before what is its.
#[derive(Default)]
pub struct Reader {
    errors: RowErrors,
    entries: Vec<Entry>,
    ignored: BTreeMap<String, u64>,
    rows: u64,
    providers: HashMap<String, Option<AgencyKind>>,
    services: HashSet<(String, String)>,
    licences: HashSet<(String, String, String)>,
}

/// What is wrong with a text.
const fn code_of(why: WrongText, max: u64) -> FieldCode {
    match why {
        WrongText::Blank => FieldCode::Blank,
        WrongText::TooShort => FieldCode::WrongForm,
        WrongText::TooLong => FieldCode::TooLong { max },
        WrongText::Character => FieldCode::ForbiddenCharacter,
    }
}

impl Reader {
    /// What was read; or all that is wrong with it.
    pub fn done(self) -> Result<Batchable, NotTaken> {
        if self.errors.is_empty() {
            Ok(Batchable { entries: self.entries, ignored: self.ignored })
        } else {
            Err(NotTaken::Rows(self.errors))
        }
    }
    /// Something that the directory does not know is left out.
    pub fn ignore(&mut self, field: String) {
        let count = self.ignored.entry(field).or_default();
        *count = count.saturating_add(1);
    }
    /// A whole sheet is not there.
    pub fn missing(&mut self, sheet: &'static str) {
        self.errors.push(&Place { sheet, row: 0 }, "", &FieldCode::Required);
    }
    /// Reads a row of the sheet it names. Errors: there are too many.
    pub fn row(&mut self, raw: &Raw) -> Result<(), NotTaken> {
        self.rows = self.rows.saturating_add(1);
        if self.rows > MOST_ROWS {
            return Err(NotTaken::TooManyRows);
        }
        let before = self.errors.errors.len();
        let more = self.errors.more;
        let what = match raw.at.sheet {
            "providers" => self.provider(raw),
            "services" => self.service(raw),
            _ => self.licence(raw),
        };
        if let Some(what) = what
            && (self.errors.errors.len(), self.errors.more) == (before, more)
        {
            self.entries.push(Entry { at: raw.at.clone(), what });
        }
        Ok(())
    }

    fn wrong(&mut self, raw: &Raw, column: &str, code: &FieldCode) {
        self.errors.push(&raw.at, column, code);
    }
    /// A text; nothing where the cell is empty.
    fn text<T: FromStr<Err = WrongText>>(&mut self, raw: &Raw, column: &str, max: usize) -> Option<T> {
        let text = raw.cell(column);
        if text.is_empty() {
            return None;
        }
        match text.parse() {
            Ok(text) => Some(text),
            Err(why) => {
                let code = code_of(why, u64::try_from(max).unwrap_or(u64::MAX));
                self.wrong(raw, column, &code);
                None
            }
        }
    }
    /// A text that must be there.
    fn needed<T: FromStr<Err = WrongText>>(&mut self, raw: &Raw, column: &str, max: usize) -> Option<T> {
        if raw.cell(column).is_empty() {
            self.wrong(raw, column, &FieldCode::Required);
            return None;
        }
        self.text(raw, column, max)
    }
    /// A word of a list.
    fn word<T: FromStr>(&mut self, raw: &Raw, column: &str, words: &[&str]) -> Option<T> {
        let text = raw.cell(column);
        if text.is_empty() {
            self.wrong(raw, column, &FieldCode::Required);
            return None;
        }
        let found = text.parse().ok();
        if found.is_none() {
            let words = words.iter().map(|word| (*word).to_owned()).collect();
            self.wrong(raw, column, &FieldCode::NotOneOf { words });
        }
        found
    }
    /// Several in one cell.
    fn several<T>(&mut self, raw: &Raw, column: &str, read: impl Fn(&str) -> Option<T>, code: &FieldCode) -> Vec<T> {
        let parts = raw.cell(column).split([' ', ',', ';', '、', '\u{FF0C}', '\u{FF1B}', '\n']).filter(|part| !part.is_empty());
        let mut all = Vec::new();
        for part in parts {
            let Some(item) = read(part) else {
                self.errors.push(&raw.at, column, code);
                return Vec::new();
            };
            all.push(item);
        }
        if all.is_empty() {
            self.errors.push(&raw.at, column, &FieldCode::Required);
        }
        all
    }
    fn day(&mut self, raw: &Raw, column: &str) -> Option<Day> {
        let text = raw.cell(column);
        if text.is_empty() {
            self.wrong(raw, column, &FieldCode::Required);
            return None;
        }
        let day = text.parse().ok();
        if day.is_none() {
            self.wrong(raw, column, &FieldCode::WrongForm);
        }
        day
    }
    /// Where a shelter is, is refused; where anybody else is, is left out.
    fn refuse_address(&mut self, raw: &Raw, is_shelter: bool) {
        let known = SHEETS.iter().find(|(sheet, _)| *sheet == raw.at.sheet).map_or(&[][..], |(_, columns)| *columns);
        let others = raw.cells.iter().filter(|(column, text)| !known.contains(&column.as_str()) && !text.trim().is_empty());
        for (column, _) in others {
            if is_shelter && ADDRESSES.contains(&column.as_str()) {
                self.errors.push(&raw.at, column, &ADDRESS_OF_SHELTER);
            } else {
                let count = self.ignored.entry(format!("{}.{column}", raw.at.sheet)).or_default();
                *count = count.saturating_add(1);
            }
        }
    }
    /// What a feature's own check says of what was read.
    fn checked(&mut self, raw: &Raw, input: &impl Check) {
        let mut errors = FieldErrors::new();
        input.check(EPOCH, &mut errors);
        // Of a list that is empty, or could not be read, it was said already.
        for error in errors.as_slice().iter().filter(|error| error.code != "too_few") {
            self.errors.push_said(&raw.at, error.pointer.trim_start_matches('/'), error.clone());
        }
    }
    /// The provider whose row this is: it stands in the file.
    fn its_provider(&mut self, raw: &Raw) -> Option<(Line, Option<AgencyKind>)> {
        let name: Line = self.needed(raw, "provider", Line::MAX)?;
        let Some(kind) = self.providers.get(name.as_str()).copied() else {
            self.wrong(raw, "provider", &FieldCode::NotFound);
            return None;
        };
        Some((name, kind))
    }

    fn provider(&mut self, raw: &Raw) -> Option<What> {
        let words: Vec<&str> = AgencyKind::ALL.iter().filter(|kind| kind.may_provide()).map(|kind| kind.as_str()).collect();
        let kind: Option<AgencyKind> = self.word(raw, "kind", &words);
        if kind.is_some_and(|kind| !kind.may_provide()) {
            self.wrong(raw, "kind", &FieldCode::NotAllowedHere);
        }
        self.refuse_address(raw, kind == Some(AgencyKind::Shelter));
        let name: Option<Line> = self.needed(raw, "name", Line::MAX);
        let division = self.text(raw, "division", Division::MAX);
        let contact_point = self.text(raw, "contact_point", Line::MAX);
        let name = name?;
        // Known by its name from now on even where its row is wrong: what is its is not wrong for that.
        if self.providers.insert(name.as_str().to_owned(), kind).is_some() {
            self.wrong(raw, "name", &FieldCode::Duplicate);
        }
        Some(What::Provider(NamedProvider { name, kind: kind?, division, contact_point }))
    }

    fn service(&mut self, raw: &Raw) -> Option<What> {
        let words: Vec<&str> =
            HelpKind::ALL.iter().filter(|kind| **kind != HelpKind::KeepingConfidence).map(|kind| kind.as_str()).collect();
        let kind: Option<HelpKind> = self.word(raw, "kind", &words);
        let provider = self.its_provider(raw);
        let of_shelter = provider.as_ref().is_some_and(|(_, of)| *of == Some(AgencyKind::Shelter));
        self.refuse_address(raw, kind == Some(HelpKind::Shelter) || of_shelter);
        let name: Option<Line> = self.needed(raw, "name", Line::MAX);
        let audiences_words = Audience::ALL.iter().map(|word| word.as_str().to_owned()).collect();
        let not_one_of = FieldCode::NotOneOf { words: audiences_words };
        let audiences: Vec<Audience> = self.several(raw, "audiences", |part| part.parse().ok(), &not_one_of);
        let divisions: Vec<Division> = self.several(raw, "divisions", |part| part.parse().ok(), &FieldCode::WrongForm);
        let languages: Vec<LanguageTag> = self.several(raw, "languages", |part| part.parse().ok(), &FieldCode::WrongForm);
        let hours = self.text(raw, "hours", Line::MAX);
        let capacity = match raw.cell("capacity") {
            "" => None,
            text => {
                let number = text.parse::<i64>().ok();
                if number.is_none() {
                    self.wrong(raw, "capacity", &FieldCode::WrongType { expected: "integer".into() });
                }
                number
            }
        };
        let description = self.text(raw, "description", Text::MAX);
        let description_en = self.text(raw, "description_en", Text::MAX);
        let (name, (provider, _)) = (name?, provider?);
        let service =
            NewService { name, kind: kind?, audiences, divisions, languages, hours, capacity, description, description_en };
        self.checked(raw, &service);
        if !self.services.insert((provider.as_str().to_owned(), service.name.as_str().to_owned())) {
            self.wrong(raw, "name", &FieldCode::Duplicate);
        }
        Some(What::Service(provider, service))
    }

    fn licence(&mut self, raw: &Raw) -> Option<What> {
        let provider = self.its_provider(raw);
        self.refuse_address(raw, provider.as_ref().is_some_and(|(_, of)| *of == Some(AgencyKind::Shelter)));
        let (name, number) = (self.needed(raw, "name", Line::MAX), self.needed(raw, "number", Line::MAX));
        let issuer = self.needed(raw, "issuer", Line::MAX);
        let (first_day, last_day) = (self.day(raw, "first_day"), self.day(raw, "last_day"));
        let (provider, _) = provider?;
        let licence = NewLicence { name: name?, number: number?, issuer: issuer?, first_day: first_day?, last_day: last_day? };
        self.checked(raw, &licence);
        let key = (provider.as_str().to_owned(), licence.name.as_str().to_owned(), licence.number.as_str().to_owned());
        if !self.licences.insert(key) {
            self.wrong(raw, "number", &FieldCode::Duplicate);
        }
        Some(What::Licence(provider, licence))
    }
}

/// What is checked here does not look at the time.
const EPOCH: Timestamp = Timestamp::from_micros(0);
