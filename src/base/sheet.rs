//! Tables that people open in an office program: one [`Table`] makes an XLSX sheet or a CSV text.
//!
//! What people typed can never become a formula: in XLSX every text is written as a string cell; in CSV, which has no types, a
//! text that a spreadsheet would take for one gets an apostrophe in front (OWASP, "CSV Injection").

use std::borrow::Cow;

use rust_xlsxwriter::{DocProperties, ExcelDateTime, Format, Workbook, XlsxError};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::time::Day;

/// One sheet: a name, a heading a column, and rows of cells.
#[derive(Clone, Debug, Default)]
pub struct Table {
    /// The sheet's name: at most 31 characters, none of `[ ] : * ? / \`; what does not fit is cut or replaced.
    pub name: String,
    /// The headings.
    pub columns: Vec<String>,
    /// The rows, each as long as `columns`.
    pub rows: Vec<Vec<Cell>>,
}

/// A cell.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Cell {
    /// Nothing there.
    Empty,
    /// A text, whatever it begins with.
    Text(String),
    /// A whole number.
    Whole(i64),
    /// Money, in fen; shown in yuan with two decimals.
    Fen(i64),
    /// A day.
    Day(Day),
}

impl Cell {
    /// A text.
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }
    /// As JSON: a text, a number (of fen), a day, or null.
    pub fn json(&self) -> Value {
        match self {
            Self::Empty => Value::Null,
            Self::Text(text) => text.as_str().into(),
            Self::Whole(n) | Self::Fen(n) => (*n).into(),
            Self::Day(day) => day.to_string().into(),
        }
    }
}

/// A table could not be written.
#[derive(Debug, thiserror::Error)]
pub enum SheetError {
    /// The writer of XLSX refused: too many rows or columns, a text over 32,767 characters, a sheet's name twice.
    #[error("the table cannot be written as a spreadsheet: {0}")]
    Xlsx(#[from] XlsxError),
    /// A text did not fit its form.
    #[error("the table cannot be written: {0}")]
    Csv(#[from] csv::Error),
}

/// Fen as yuan with two decimals: exact, for the sign too.
pub fn yuan(fen: i64) -> String {
    let sign = if fen < 0 { "-" } else { "" };
    let fen = fen.unsigned_abs();
    format!("{sign}{}.{:02}", fen / 100, fen % 100)
}

/// Largest whole number a spreadsheet's cell holds exactly (2^53).
const EXACT: u64 = 1 << 53;

fn sheet_name(name: &str) -> String {
    let name: String = name
        .chars()
        .map(|c| if matches!(c, '[' | ']' | ':' | '*' | '?' | '/' | '\\' | '\'') { '_' } else { c })
        .take(31)
        .collect();
    if name.is_empty() { "1".to_owned() } else { name }
}

/// The tables as one XLSX file, a sheet each. The same tables make the same bytes.
///
/// # Errors
/// Where a table does not fit a sheet ([`SheetError`]).
pub fn xlsx(tables: &[Table]) -> Result<Vec<u8>, SheetError> {
    let mut workbook = Workbook::new();
    // A fixed date: when the file was made is told by the answer that carries it, and the same content is the same file.
    let made = ExcelDateTime::from_ymd(2000, 1, 1)?;
    workbook.set_properties(&DocProperties::new().set_creation_datetime(&made));
    let heading = Format::new().set_bold();
    let money = Format::new().set_num_format("#,##0.00");
    let day = Format::new().set_num_format("yyyy-mm-dd");
    for table in tables {
        let sheet = workbook.add_worksheet();
        sheet.set_name(sheet_name(&table.name))?;
        for (at, name) in (0..).zip(&table.columns) {
            sheet.write_string_with_format(0, at, name, &heading)?;
        }
        sheet.set_freeze_panes(1, 0)?;
        for (row, cells) in (1..).zip(&table.rows) {
            for (at, cell) in (0..).zip(cells) {
                match cell {
                    Cell::Empty => {}
                    Cell::Text(text) => {
                        sheet.write_string(row, at, text)?;
                    }
                    Cell::Whole(n) if n.unsigned_abs() <= EXACT => {
                        sheet.write(row, at, *n)?;
                    }
                    Cell::Whole(n) => {
                        sheet.write_string(row, at, n.to_string())?;
                    }
                    // The nearest number to the decimal: a spreadsheet shows and sums it to the fen.
                    Cell::Fen(fen) => match yuan(*fen).parse::<f64>() {
                        Ok(number) if fen.unsigned_abs() <= EXACT => {
                            sheet.write_number_with_format(row, at, number, &money)?;
                        }
                        _ => {
                            sheet.write_string(row, at, yuan(*fen))?;
                        }
                    },
                    Cell::Day(date) => {
                        sheet.write_datetime_with_format(row, at, ExcelDateTime::parse_from_str(date.as_str())?, &day)?;
                    }
                }
            }
        }
        sheet.autofit();
    }
    Ok(workbook.save_to_buffer()?)
}

/// A text that no spreadsheet takes for a formula, in CSV.
fn harmless(text: &str) -> Cow<'_, str> {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠']) {
        Cow::Owned(format!("'{text}"))
    } else {
        Cow::Borrowed(text)
    }
}

/// The table as CSV (RFC 4180): UTF-8 with a byte order mark, without which the usual office program takes it for GBK.
///
/// # Errors
/// Where a row is longer or shorter than the headings.
pub fn csv(table: &Table) -> Result<Vec<u8>, SheetError> {
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer("\u{FEFF}".as_bytes().to_vec());
    writer.write_record(table.columns.iter().map(|name| harmless(name).into_owned()))?;
    for row in &table.rows {
        writer.write_record(row.iter().map(|cell| match cell {
            Cell::Empty => String::new(),
            Cell::Text(text) => harmless(text).into_owned(),
            Cell::Whole(n) => n.to_string(),
            Cell::Fen(fen) => yuan(*fen),
            Cell::Day(day) => day.to_string(),
        }))?;
    }
    writer.into_inner().map_err(|why| csv::Error::from(std::io::Error::other(why.to_string())).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(cells: Vec<Cell>) -> Table {
        Table { name: "数据".into(), columns: cells.iter().map(|_| "列".to_owned()).collect(), rows: vec![cells] }
    }

    #[test]
    fn money_is_written_to_the_fen() {
        for (fen, told) in
            [(0, "0.00"), (5, "0.05"), (-5, "-0.05"), (12_345, "123.45"), (-100, "-1.00"), (i64::MIN, "-92233720368547758.08")]
        {
            assert_eq!(yuan(fen), told);
        }
    }

    #[test]
    fn a_text_is_no_formula_in_csv() {
        for text in ["=1+1", "+86", "-1", "@x", "\tx", "\rx", "＝1"] {
            let csv = String::from_utf8(csv(&table(vec![Cell::text(text), Cell::text("x")])).unwrap()).unwrap();
            let line = csv.strip_prefix('\u{FEFF}').unwrap().split_once("\r\n").unwrap().1;
            assert!(line.trim_start_matches('"').starts_with('\''), "{line:?}");
        }
        let csv = String::from_utf8(csv(&table(vec![Cell::Whole(-1), Cell::Fen(-5), Cell::text("a,\"b\"")])).unwrap()).unwrap();
        assert!(csv.ends_with("-1,-0.05,\"a,\"\"b\"\"\"\r\n"), "a number keeps its sign: {csv:?}");
    }

    #[test]
    fn the_same_table_is_the_same_file() {
        let day: Day = "2026-03-01".parse().unwrap();
        let table = table(vec![Cell::text("=1+1"), Cell::Fen(12_345), Cell::Day(day), Cell::Whole(i64::MAX), Cell::Empty]);
        let file = xlsx(std::slice::from_ref(&table)).unwrap();
        assert_eq!(file, xlsx(&[table]).unwrap());
        assert!(file.starts_with(b"PK"));
    }

    #[test]
    fn a_sheets_name_always_fits() {
        assert_eq!(sheet_name("a/b:c*[d]?"), "a_b_c__d__");
        assert_eq!(sheet_name(&"服".repeat(40)).chars().count(), 31);
        assert_eq!(sheet_name(""), "1");
    }
}
