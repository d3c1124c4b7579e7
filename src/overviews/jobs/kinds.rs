//! What each kind of long work does in a batch, as an access of its own in its asker's name.

use super::Order;
use super::result::{Piece, Row};
use super::run::keep;
use super::store::JobRow;
use crate::access::can::View;
use crate::access::{Case, Collection, Ctx, Lister, Permit, Whole};
use crate::base::db::{DbError, Tx};
use crate::base::ids::CaseId;
use crate::base::problem::Problem;
use crate::base::sheet::Cell;
use crate::base::words::{Action, CaseStatus, JobKind};
use crate::features::casefile;

/// So many cases are read at once.
const CASES: usize = 200;

/// What a batch came to.
pub(super) struct Batch {
    /// How much it did.
    pub done: i64,
    /// Where the next begins; nothing where this was the last.
    pub next: Option<String>,
    /// What it adds to the result.
    pub piece: Option<Piece>,
}

/// By what right a case in a result is seen when that is fetched.
pub(super) const fn seen_by(kind: JobKind) -> Action {
    match kind {
        JobKind::CaseList => Action::ListCases,
    }
}

/// What the policy must let somebody do who asks for such work.
pub(super) const fn needs(kind: JobKind) -> Action {
    match kind {
        JobKind::CaseList => Action::ExportCases,
    }
}

/// Does the batch that comes next, and saves in the same transaction how far the work is.
pub(super) async fn batch(ctx: &Ctx, job: &JobRow, order: &Order) -> Result<JobRow, Problem> {
    let seen = job.clone();
    let status = order.status;
    let kept = match order.kind {
        JobKind::CaseList => {
            ctx.gate()
                .write::<View, _, _, Problem, _>(ctx, Whole, Action::ExportCases, move |tx, permit| {
                    let batch = case_list(tx, permit, seen.cursor.as_deref(), status)?;
                    keep(tx, permit, &seen, batch)
                })
                .await?
        }
    };
    Ok(kept.release().0)
}

/// A page of the asker's cases, each by its head: what every permitted reader sees.
fn case_list<'tx>(
    tx: &mut Tx<'tx>,
    permit: &Permit<'tx, View, Collection>,
    cursor: Option<&str>,
    status: Option<CaseStatus>,
) -> Result<Batch, Problem> {
    let past: Option<CaseId> = cursor.map(str::parse).transpose().map_err(|_| DbError::Corrupt("a job's cursor"))?;
    let wanted = |permit: &Permit<'_, View, Case>| !permit.is_preview() && status.is_none_or(|status| permit.status() == status);
    let (permits, more) = Lister::over(permit).my_cases(tx, past, CASES, wanted)?;
    let heads = casefile::facts::heads(tx, &permits.iter().collect::<Vec<_>>())?;
    let next = heads.last().filter(|_| more).map(|head| head.id.to_string());
    let rows: Vec<Row> = heads
        .into_iter()
        .map(|head| Row {
            case: Some(head.id),
            cells: vec![Cell::text(head.case_no), Cell::text(head.status.as_str()), Cell::text(head.owner.name)],
        })
        .collect();
    let columns = ["case_no", "status", "owner"].map(str::to_owned).to_vec();
    Ok(Batch { done: count(rows.len()), next, piece: Some(Piece { columns, rows }) })
}

fn count(n: usize) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}
