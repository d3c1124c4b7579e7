//! What long work comes to: pieces laid down batch by batch, and the file made of them when it is fetched.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};

use super::store::{self, JobRow};
use crate::access::can::View;
use crate::access::{JobKey, LongWork, Permit};
use crate::base::db::{DbError, Tx};
use crate::base::ids::CaseId;
use crate::base::problem::Problem;
use crate::base::sheet::{self, Cell, Table};
use crate::base::words::{Action, Format, JobPart};
use crate::door::{Attachment, CSV, XLSX};

/// A piece of a result: rows of one table.
#[derive(Serialize, Deserialize)]
pub(super) struct Piece {
    /// The headings.
    pub columns: Vec<String>,
    /// The rows.
    pub rows: Vec<Row>,
}

/// A row, with the case it tells of, if it does of one.
#[derive(Serialize, Deserialize)]
pub(super) struct Row {
    /// The case.
    pub case: Option<CaseId>,
    /// Its cells.
    pub cells: Vec<Cell>,
}

impl Piece {
    /// As bytes, to be sealed.
    pub(super) fn bytes(&self) -> Result<Vec<u8>, Problem> {
        serde_json::to_vec(self).map_err(|_| Problem::internal())
    }
}

/// The whole result as its asker may see it now: rows of cases that are hidden from them by now are left out.
pub(super) fn table(
    tx: &mut Tx<'_>,
    permit: &Permit<'_, View, LongWork>,
    (key, job): (&JobKey, &JobRow),
    by: Action,
) -> Result<Table, Problem> {
    let mut table = Table { name: job.kind.to_string(), ..Table::default() };
    for n in 0..job.pieces {
        let sealed = store::part(tx, job.id, JobPart::Result, n)?.ok_or(DbError::Corrupt("a piece of a result"))?;
        let piece: Piece = serde_json::from_slice(&key.open(JobPart::Result, n, &sealed)?)
            .map_err(|_| DbError::Corrupt("a piece of a result"))?;
        let cases: Vec<CaseId> = piece.rows.iter().filter_map(|row| row.case).collect();
        let seen: HashSet<CaseId> = permit.also_sees_of(tx, &cases, by)?.iter().map(Permit::case).collect();
        table.columns = piece.columns;
        let rows = piece.rows.into_iter().filter(|row| row.case.is_none_or(|case| seen.contains(&case)));
        table.rows.extend(rows.map(|row| row.cells));
    }
    Ok(table)
}

/// The file.
pub(super) fn file(job: &JobRow, table: &Table) -> Result<Attachment, Problem> {
    let (content_type, bytes) = match job.format {
        Format::Json => ("application/json", serde_json::to_vec(&objects(table)).map_err(|_| Problem::internal())?),
        Format::Csv => (CSV, sheet::csv(table).map_err(not_written)?),
        Format::Xlsx => (XLSX, sheet::xlsx(std::slice::from_ref(table)).map_err(not_written)?),
    };
    Ok(Attachment { name: format!("{}-{}.{}", job.kind, job.created_at.day(), job.format), content_type, bytes })
}

#[expect(clippy::needless_pass_by_value, reason = "what `map_err` hands over")]
fn not_written(why: sheet::SheetError) -> Problem {
    tracing::error!(%why, "a result could not be written");
    Problem::internal()
}

/// A row an object, by its headings.
fn objects(table: &Table) -> Vec<serde_json::Map<String, serde_json::Value>> {
    let object = |row: &Vec<Cell>| table.columns.iter().cloned().zip(row.iter().map(Cell::json)).collect();
    table.rows.iter().map(object).collect()
}
