//! Spreadsheets: in, row by row; out.

use std::collections::HashMap;
use std::io::{Cursor, Read as _};

use calamine::{DataRef, Reader as _, Xlsx};

use super::fields::{Raw, Reader, SHEETS};
use super::{MOST_BYTES, NotTaken, Place};
use crate::base::sheet::{Cell, SheetError, Table, xlsx};
use crate::base::time::Day;
use crate::features::providers::ProviderView;

/// So many parts a workbook may have: ours has a dozen.
const MOST_PARTS: usize = 500;

/// A workbook is a ZIP archive. What it unpacks to is counted by unpacking it: what its directory says can be a lie.
fn measure(bytes: &[u8]) -> Result<(), NotTaken> {
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).map_err(|_| NotTaken::Unreadable)?;
    if archive.len() > MOST_PARTS {
        return Err(NotTaken::TooLarge);
    }
    let mut left = MOST_BYTES;
    for number in 0..archive.len() {
        let part = archive.by_index(number).map_err(|_| NotTaken::Unreadable)?;
        let unpacked =
            std::io::copy(&mut part.take(left.saturating_add(1)), &mut std::io::sink()).map_err(|_| NotTaken::Unreadable)?;
        left = left.checked_sub(unpacked).ok_or(NotTaken::TooLarge)?;
    }
    Ok(())
}

/// Reads the three sheets in the order in which they rest on one another.
pub(super) fn read(bytes: &[u8], reader: &mut Reader) -> Result<(), NotTaken> {
    measure(bytes)?;
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).map_err(|_| NotTaken::Unreadable)?;
    let there = book.sheet_names();
    for name in there.iter().filter(|name| SHEETS.iter().all(|(sheet, _)| sheet != name)) {
        reader.ignore(name.clone());
    }
    for (sheet, _) in SHEETS {
        if there.iter().any(|name| name == sheet) {
            read_sheet(&mut book, sheet, reader)?;
        } else if sheet == "providers" {
            reader.missing(sheet);
        }
    }
    Ok(())
}

fn read_sheet(book: &mut Xlsx<Cursor<&[u8]>>, sheet: &'static str, reader: &mut Reader) -> Result<(), NotTaken> {
    let mut cells = book.worksheet_cells_reader(sheet).map_err(|_| NotTaken::Unreadable)?;
    let mut headings: HashMap<u32, String> = HashMap::new();
    let mut row: Option<(u32, HashMap<String, String>)> = None;
    while let Some(cell) = cells.next_cell().map_err(|_| NotTaken::Unreadable)? {
        let (line, column) = cell.get_position();
        let text = said(cell.get_value());
        if line == 0 {
            headings.insert(column, text.trim().to_lowercase());
            continue;
        }
        let filled = match row.take() {
            Some((at, filled)) if at == line => filled,
            before => {
                finish(sheet, before, reader)?;
                HashMap::new()
            }
        };
        let (_, filled) = row.insert((line, filled));
        if let Some(heading) = headings.get(&column).filter(|heading| !heading.is_empty()) {
            filled.insert(heading.clone(), text);
        }
    }
    finish(sheet, row, reader)
}

/// A row is whole. One with nothing in it is none.
fn finish(sheet: &'static str, row: Option<(u32, HashMap<String, String>)>, reader: &mut Reader) -> Result<(), NotTaken> {
    match row {
        Some((line, cells)) if cells.values().any(|text| !text.trim().is_empty()) => {
            reader.row(&Raw { at: Place { sheet, row: u64::from(line).saturating_add(1) }, cells })
        }
        Some(_) | None => Ok(()),
    }
}

/// Days between the first of a spreadsheet's calendar and 1970.
const EPOCH: i64 = 25_569;

/// A cell as somebody would type it.
fn said(value: &DataRef<'_>) -> String {
    match value {
        DataRef::Int(number) => number.to_string(),
        DataRef::Float(number) => number.to_string(),
        DataRef::String(text) | DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => text.clone(),
        DataRef::SharedString(text) => (*text).to_owned(),
        DataRef::Bool(truth) => truth.to_string(),
        DataRef::DateTime(time) => {
            let days = format!("{:.0}", time.as_f64().floor()).parse::<i64>().ok();
            let first: Option<Day> = "1970-01-01".parse().ok();
            match (days, first) {
                (Some(days), Some(first)) => first.plus_days(days.saturating_sub(EPOCH)).to_string(),
                _ => String::new(),
            }
        }
        DataRef::Error(_) => "#".to_owned(),
        DataRef::Empty => String::new(),
    }
}

fn text(text: Option<&String>) -> Cell {
    text.map_or(Cell::Empty, |text| Cell::text(text.as_str()))
}

/// These providers as a workbook: what `read` takes.
pub fn export(providers: &[ProviderView]) -> Result<Vec<u8>, SheetError> {
    let mut tables = SHEETS.map(|(name, columns)| Table {
        name: name.to_owned(),
        columns: columns.iter().map(|column| (*column).to_owned()).collect(),
        rows: Vec::new(),
    });
    let [heads, services, licences] = &mut tables;
    for provider in providers {
        let name = || Cell::text(provider.name.as_str());
        heads.rows.push(vec![
            name(),
            Cell::text(provider.kind.as_str()),
            Cell::text(provider.division.as_str()),
            text(provider.contact_point.as_ref()),
        ]);
        for service in &provider.services {
            services.rows.push(vec![
                name(),
                Cell::text(service.name.as_str()),
                Cell::text(service.kind.as_str()),
                Cell::text(service.audiences.join(" ")),
                Cell::text(service.divisions.join(" ")),
                Cell::text(service.languages.join(" ")),
                text(service.hours.as_ref()),
                service.capacity.map_or(Cell::Empty, Cell::Whole),
                text(service.description.as_ref()),
                text(service.description_en.as_ref()),
            ]);
        }
        for licence in &provider.licences {
            licences.rows.push(vec![
                name(),
                Cell::text(licence.name.as_str()),
                Cell::text(licence.number.as_str()),
                Cell::text(licence.issuer.as_str()),
                Cell::Day(licence.first_day),
                Cell::Day(licence.last_day),
            ]);
        }
    }
    xlsx(&tables)
}
