//! The provider directory as a file: XLSX with the sheets `providers`, `services` and `licences`, or Open Referral HSDS 3 JSON.
//!
//! A file is read and checked whole (`validate`, without a database; then `check`, against what is there) before anything is
//! written; each wrong row is named by sheet, row and column, all at once, up to a thousand. What a row names is found by its
//! natural key: a provider by its name, a service by provider and name, a licence by provider, name and number. So a second
//! import of the same file changes nothing, and neither does importing what was exported. An import retires nothing.
//!
//! Always: reading takes a file that unpacks to no more than a set size, row by row; what a file holds beyond what the
//! directory knows is left out and named in the answer; where somebody could find a shelter is refused by name.
//! Writing goes in batches (`write_batch`), so that each is one transaction and one entry of the audit log.

mod fields;
mod hsds;
mod steps;
mod xlsx;

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;

pub use hsds::export as hsds;
pub use steps::{BATCH, Counts, check, export_page, write_batch};
pub use xlsx::export as workbook;

use crate::base::fields::{FieldCode, FieldError};
use crate::base::problem::{Code, FieldErrors, Problem};
use crate::base::text::{Division, Line};
use crate::base::words::AgencyKind;
use crate::features::licences::NewLicence;
use crate::features::providers::NewService;

/// So many wrong rows are named; of the others it is said how many.
const MOST_ERRORS: usize = 1_000;

/// So many rows a file may hold.
const MOST_ROWS: u64 = 100_000;

/// What a spreadsheet may unpack to, and a file be: in bytes.
pub const MOST_BYTES: u64 = 64 * 1024 * 1024;

/// Where a row stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The sheet; in JSON the kind of thing.
    pub sheet: &'static str,
    /// The row, from 1, the heading counted; in JSON the organization's number, from 1.
    pub row: u64,
}

/// Something wrong with a row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct RowError {
    /// The sheet; in JSON the kind of thing.
    pub sheet: &'static str,
    /// The row, from 1; 0: the sheet itself.
    pub row: u64,
    /// The column, by its heading.
    pub column: String,
    /// The stable code.
    pub code: String,
    /// In English.
    pub message: String,
    /// In Chinese.
    pub message_zh: String,
}

/// All that is wrong with a file.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct RowErrors {
    /// The first thousand.
    pub errors: Vec<RowError>,
    /// How many more there are.
    pub more: u64,
}

impl RowErrors {
    /// One more.
    pub(super) fn push(&mut self, at: &Place, column: &str, code: &FieldCode) {
        self.push_said(at, column, FieldError::new(column, code));
    }
    /// One that was said already.
    pub(super) fn push_said(&mut self, at: &Place, column: &str, said: FieldError) {
        if self.errors.len() >= MOST_ERRORS {
            self.more = self.more.saturating_add(1);
            return;
        }
        let FieldError { code, message, message_zh, .. } = said;
        self.errors.push(RowError {
            sheet: at.sheet,
            row: at.row,
            column: column.to_owned(),
            code: code.into_owned(),
            message: message.into_owned(),
            message_zh: message_zh.into_owned(),
        });
    }
    /// Whether nothing is wrong.
    pub const fn is_empty(&self) -> bool {
        self.errors.is_empty()
    }
    /// All of another's too.
    pub fn extend(&mut self, other: Self) {
        for error in other.errors {
            if self.errors.len() < MOST_ERRORS {
                self.errors.push(error);
            } else {
                self.more = self.more.saturating_add(1);
            }
        }
        self.more = self.more.saturating_add(other.more);
    }
}

/// A provider as a file has it: whoever is there already is only named by it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedProvider {
    /// Its name.
    pub name: Line,
    /// What it is.
    pub kind: AgencyKind,
    /// Its division; needed for one that is new.
    pub division: Option<Division>,
    /// Where it is reached; needed for one that is new.
    pub contact_point: Option<Line>,
}

/// What a row says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    /// A provider.
    Provider(NamedProvider),
    /// A service of the provider of this name.
    Service(Line, NewService),
    /// A licence of the provider of this name.
    Licence(Line, NewLicence),
}

/// A row that is right in itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Where it stands.
    pub at: Place,
    /// What it says.
    pub what: What,
}

/// A file that is right in itself, ready to be written in batches, in its order: a provider before what is its.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Batchable {
    /// Its rows.
    pub entries: Vec<Entry>,
    /// What it holds beyond what the directory knows, by sheet and field, and how often: left out.
    pub ignored: BTreeMap<String, u64>,
}

/// Why a file was not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotTaken {
    /// Neither a spreadsheet nor JSON.
    #[error("neither XLSX nor JSON")]
    WrongType,
    /// It cannot be read.
    #[error("it cannot be read")]
    Unreadable,
    /// It unpacks to more than may be.
    #[error("it is too large")]
    TooLarge,
    /// It has more rows than may be.
    #[error("it has too many rows")]
    TooManyRows,
    /// Rows are wrong.
    #[error("{} rows are wrong", .0.errors.len())]
    Rows(RowErrors),
}

impl From<NotTaken> for Problem {
    fn from(why: NotTaken) -> Self {
        match why {
            NotTaken::WrongType => Self::new(Code::UnsupportedMediaType)
                .because("the file is neither XLSX nor HSDS 3 JSON", "文件既不是 XLSX,也不是 HSDS 3 JSON"),
            NotTaken::Unreadable => {
                Self::new(Code::NotParseable).because("the file is damaged or incomplete", "文件已损坏或不完整")
            }
            NotTaken::TooLarge => Self::new(Code::TooLarge)
                .because("the file unpacks to more than 64 MiB, or holds too many parts", "文件解压后超过 64 MiB,或部件过多"),
            NotTaken::TooManyRows => {
                Self::new(Code::TooLarge).because("the file has more than 100,000 rows", "文件超过 100,000 行")
            }
            NotTaken::Rows(rows) => {
                let mut errors = FieldErrors::new();
                for error in &rows.errors {
                    errors.push_said(FieldError {
                        pointer: format!("/{}/{}/{}", error.sheet, error.row, error.column),
                        code: error.code.clone().into(),
                        message: error.message.clone().into(),
                        message_zh: error.message_zh.clone().into(),
                    });
                }
                let all = u64::try_from(rows.errors.len()).unwrap_or(u64::MAX).saturating_add(rows.more);
                Self::not_valid(errors)
                    .because(format!("{all} wrong cells; nothing was written"), format!("共 {all} 处错误,未写入任何内容"))
            }
        }
    }
}

/// Reads and checks a whole file, without a database.
pub fn validate(bytes: &[u8]) -> Result<Batchable, NotTaken> {
    if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > MOST_BYTES {
        return Err(NotTaken::TooLarge);
    }
    let mut reader = fields::Reader::default();
    let first = bytes.iter().copied().find(|byte| !byte.is_ascii_whitespace());
    if bytes.starts_with(b"PK\x03\x04") {
        xlsx::read(bytes, &mut reader)?;
    } else if matches!(first, Some(b'[' | b'{')) {
        hsds::read(bytes, &mut reader)?;
    } else {
        return Err(NotTaken::WrongType);
    }
    reader.done()
}

#[cfg(test)]
mod tests;
