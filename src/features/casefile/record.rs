//! The case's own row: what its reader is shown, and what changes it.

use super::store::{self, ClosingRow};
use super::{Closing, ClosingWords, FileChange, Parts, Plan, Progress, ReportedBy};
use crate::access::can::Can;
use crate::access::facets::{self, Incident};
use crate::access::{Author, Case, FacetKey, Permit, SealedAs, events};
use crate::base::db::{DbError, Tx};
use crate::base::ids::UserId;
use crate::base::problem::Problem;
use crate::base::text::Line;
use crate::base::words::{Basis, CaseOutcome, Facet};

/// What the permit's reader may see of the case's own record.
pub fn shown<C: Can>(tx: &mut Tx<'_>, permit: &Permit<'_, C, Case>) -> Result<Parts, Problem> {
    let store::Whole { row, reports, closings } = store::whole(tx, permit)?;
    let id = permit.case();
    let incident = match (permit.facet::<Incident>(), &row.incident) {
        (Some(key), Some(sealed)) => Some(key.open(sealed, id.as_str())?),
        (Some(_) | None, _) => None,
    };
    let progress = match permit.facet::<facets::Progress>() {
        Some(key) => Some(progress(&key, &row, closings)?),
        None => None,
    };
    Ok(Parts { incident, progress, reported_by: reported_by(permit, &reports)? })
}

fn progress(key: &FacetKey<'_, facets::Progress>, row: &store::CaseRow, closings: Vec<ClosingRow>) -> Result<Progress, DbError> {
    let plan = row.plan.as_ref().map(|sealed| key.open(sealed, row.case_id.as_str())).transpose()?;
    let (mut closing, mut earlier_closings) = (None, Vec::new());
    for asked in closings {
        let words = key.open(&asked.words, asked.id.as_str())?;
        let view = Closing { outcome: asked.outcome, words, requested_by: asked.requested_by, requested_at: asked.requested_at };
        if row.closing_id == Some(asked.id) {
            closing = Some(view);
        } else {
            earlier_closings.push(view);
        }
    }
    Ok(Progress {
        source: row.source,
        plan: plan.map(|Plan(text)| text),
        outcome: row.outcome,
        closing,
        earlier_closings,
        opened_at: row.opened_at,
        closed_at: row.closed_at,
    })
}

/// Who reported: all of it with `confidential`; else what the reader wrote themself, unless they hold the case as the
/// author of its intake alone, who keeps that intake and nothing of the live case.
fn reported_by<C: Can>(permit: &Permit<'_, C, Case>, reports: &[(UserId, SealedAs<ReportedBy>)]) -> Result<Vec<Line>, DbError> {
    let is_author_alone = permit.basis().iter().all(|held| held.basis == Basis::Author);
    let mut words = Vec::new();
    for (author, sealed) in reports {
        let row = report_row(permit, *author);
        let opened = match permit.open(Facet::Confidential, sealed, &row)? {
            None if !is_author_alone => permit.own(Author::User(*author), sealed, &row)?,
            opened => opened,
        };
        words.extend(opened.map(|ReportedBy(words)| words));
    }
    Ok(words)
}

/// The row that a report's sealed words are bound to.
fn report_row<C: Can>(permit: &Permit<'_, C, Case>, author: UserId) -> String {
    format!("{}/{author}", permit.case())
}

/// Changes the plan, what happened, or who reported. Errors: 403 where the facet may not be written.
pub fn change<C: Can>(tx: &mut Tx<'_>, permit: &Permit<'_, C, Case>, change: &FileChange<'_>) -> Result<(), Problem> {
    let id = permit.case();
    if change.plan.is_some() || change.incident.is_some() {
        let mut row = store::find(tx, permit)?;
        if let Some(plan) = change.plan {
            let pen = permit.pen::<facets::Progress>()?;
            row.plan = plan.map(|text| pen.seal(&Plan(text.clone()), id.as_str())).transpose()?;
            changed(tx, permit, "plan", Facet::Progress)?;
        }
        if let Some(incident) = change.incident {
            let pen = permit.pen::<Incident>()?;
            row.incident = incident.map(|incident| pen.seal(incident, id.as_str())).transpose()?;
            changed(tx, permit, "incident", Facet::Incident)?;
        }
        store::save(tx, &row)?;
    }
    if let Some(words) = change.reported_by {
        let author = permit.user()?;
        if !permit.writes().has(Facet::Confidential) {
            return Err(Problem::forbidden());
        }
        let row = report_row(permit, author);
        let sealed = words.map(|words| permit.seal_as(Facet::Confidential, &ReportedBy(words.clone()), &row)).transpose()?;
        store::put_report(tx, id, author, sealed.as_ref())?;
        changed(tx, permit, "reported_by", Facet::Confidential)?;
    }
    Ok(())
}

fn changed<C: Can>(tx: &mut Tx<'_>, permit: &Permit<'_, C, Case>, field: &'static str, facet: Facet) -> Result<(), DbError> {
    permit.changed("case", permit.case().as_str(), &[field]);
    events::note(tx, permit, "case_changed", Some(facet), &format!("case/{}", permit.case()))
}

/// Whether a plan is written.
pub fn has_plan<C: Can>(tx: &mut Tx<'_>, permit: &Permit<'_, C, Case>) -> Result<bool, DbError> {
    Ok(store::find(tx, permit)?.plan.is_some())
}

/// Who asked for the closing that stands, if anybody did.
pub fn requested_by<C: Can>(tx: &mut Tx<'_>, permit: &Permit<'_, C, Case>) -> Result<Option<UserId>, DbError> {
    let Some(closing) = store::find(tx, permit)?.closing_id else { return Ok(None) };
    let asked = store::closings(tx, permit)?;
    Ok(asked.into_iter().find(|asked| asked.id == closing).map(|asked| asked.requested_by))
}

/// Closing is asked for. Errors: 403 where `progress` may not be written.
pub fn request_closing<C: Can>(
    tx: &mut Tx<'_>,
    permit: &Permit<'_, C, Case>,
    outcome: CaseOutcome,
    words: &ClosingWords,
) -> Result<(), Problem> {
    let id: crate::base::ids::ClosingId = tx.new_id()?;
    let asked = ClosingRow {
        id,
        case_id: permit.case(),
        outcome,
        words: permit.pen::<facets::Progress>()?.seal(words, id.as_str())?,
        requested_by: permit.user()?,
        requested_at: tx.now(),
    };
    store::insert_closing(tx, &asked)?;
    let mut row = store::find(tx, permit)?;
    row.closing_id = Some(id);
    store::save(tx, &row)?;
    permit.changed("case", permit.case().as_str(), &["closing"]);
    Ok(())
}

/// The case is opened now.
pub fn open<C: Can>(tx: &mut Tx<'_>, permit: &Permit<'_, C, Case>) -> Result<(), DbError> {
    let mut row = store::find(tx, permit)?;
    row.opened_at = Some(tx.now());
    store::save(tx, &row)
}

/// What the case came to is approved; `closes`: and the case is closed now.
pub fn close<C: Can>(tx: &mut Tx<'_>, permit: &Permit<'_, C, Case>, closes: bool) -> Result<(), DbError> {
    let mut row = store::find(tx, permit)?;
    let asked = store::closings(tx, permit)?;
    row.outcome = asked.into_iter().find(|asked| row.closing_id == Some(asked.id)).map(|asked| asked.outcome);
    if closes {
        row.closed_at = Some(tx.now());
    }
    permit.changed("case", permit.case().as_str(), &["outcome"]);
    store::save(tx, &row)
}

/// The case is open again; the closing that stood is an earlier one now.
pub fn reopen<C: Can>(tx: &mut Tx<'_>, permit: &Permit<'_, C, Case>) -> Result<(), DbError> {
    let mut row = store::find(tx, permit)?;
    row.closing_id = None;
    row.outcome = None;
    row.closed_at = None;
    store::save(tx, &row)
}
