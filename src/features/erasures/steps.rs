//! Use cases of erasing.

use super::store::{self, ErasureRow};
use super::{ErasureView, ProposeErasure, Refused, Standing, Step, are_two, may_erase_case, may_erase_record, take};
use crate::access::can::{Approve, Can, Record, View};
use crate::access::{Again, Case, Permit, events};
use crate::base::db::{DbError, Tx};
use crate::base::ids::{DocumentId, ErasureId, NoteId, UserId};
use crate::base::problem::Problem;
use crate::base::words::{Action, Basis, ErasureReason, ErasureState, Role};
use crate::clocks;
use crate::door::{List, Page};
use crate::features::{casefile, documents, holds, notes, parties};
use crate::notify::{self, Notice, To};

/// The list's name in its cursors.
const LIST: &str = "erasures";

/// Whether the actor supervises the case for its owner.
fn supervises<C: Can>(permit: &Permit<'_, C, Case>) -> bool {
    permit.rests_on(Basis::Jurisdiction) && permit.actor().has(Role::FederationSupervisor)
}

fn standing<C: Can>(tx: &mut Tx<'_>, permit: &Permit<'_, C, Case>) -> Result<Standing, DbError> {
    Ok(Standing { kept_until: casefile::facts::kept_until(tx, permit)?, is_held: holds::facts::is_held(tx, permit)? })
}

/// Proposes to erase the whole case.
pub(super) fn propose(tx: &mut Tx<'_>, permit: &Permit<'_, Record, Case>, body: &ProposeErasure) -> Result<ErasureView, Problem> {
    may_erase_case(body.reason_code, standing(tx, permit)?, tx.now())?;
    enter(tx, permit, What::Case, body.reason_code)
}

/// Proposes to erase one note: its author, or a supervisor of the owner who sees it.
pub(super) fn propose_note(
    tx: &mut Tx<'_>,
    permit: &Permit<'_, Record, Case>,
    id: NoteId,
    body: &ProposeErasure,
) -> Result<ErasureView, Problem> {
    let note = notes::facts::toward(tx, permit, id)?.filter(|note| note.sees).ok_or_else(Problem::not_found)?;
    if !note.is_own && !supervises(permit) {
        return Err(Refused::NotTheirs.into());
    }
    if note.is_erased {
        return Err(Refused::Gone.into());
    }
    may_erase_record(body.reason_code, holds::facts::is_held(tx, permit)?)?;
    enter(tx, permit, What::Note(id), body.reason_code)
}

/// The same for one document.
pub(super) fn propose_document(
    tx: &mut Tx<'_>,
    permit: &Permit<'_, Record, Case>,
    id: DocumentId,
    body: &ProposeErasure,
) -> Result<ErasureView, Problem> {
    let document = documents::facts::toward(tx, permit, id)?.ok_or_else(Problem::not_found)?;
    if !document.is_own && !supervises(permit) {
        return Err(Refused::NotTheirs.into());
    }
    documents::facts::may_erase(document.state)?;
    may_erase_record(body.reason_code, holds::facts::is_held(tx, permit)?)?;
    enter(tx, permit, What::Document(id), body.reason_code)
}

/// What is to be erased.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum What {
    Case,
    Note(NoteId),
    Document(DocumentId),
}

fn enter(tx: &mut Tx<'_>, permit: &Permit<'_, Record, Case>, what: What, reason: ErasureReason) -> Result<ErasureView, Problem> {
    let (note_id, document_id) = match what {
        What::Case => (None, None),
        What::Note(id) => (Some(id), None),
        What::Document(id) => (None, Some(id)),
    };
    let row = ErasureRow {
        id: tx.new_id()?,
        case_id: permit.case(),
        note_id,
        document_id,
        reason,
        state: ErasureState::Proposed,
        proposed_by: permit.user()?,
        by_supervisor: supervises(permit),
        proposed_at: tx.now(),
        decided_by: None,
        decided_at: None,
        version: 1,
    };
    store::insert(tx, &row).map_err(|error| match error {
        DbError::Unique => Refused::Waits.into(),
        other => Problem::from(other),
    })?;
    permit.changed("erasure", row.id.as_str(), &["reason_code", "state"]);
    noted(tx, permit, &row, "erasure_proposed")?;
    notify::tell(tx, To::Agency(permit.facts().owner), Notice::ErasureProposed, Some(permit.case()), &row.record())?;
    Ok(row.into())
}

/// Of one note or document only its own people's: that there is one may be withheld from others.
fn noted<C: Can>(tx: &mut Tx<'_>, permit: &Permit<'_, C, Case>, row: &ErasureRow, event: &'static str) -> Result<(), DbError> {
    if row.note_id.is_some() || row.document_id.is_some() { Ok(()) } else { events::note(tx, permit, event, None, &row.record()) }
}

/// What a step needs: the proposal as it was seen, and the state after it.
fn begin<C: Can>(
    tx: &mut Tx<'_>,
    permit: &Permit<'_, C, Case>,
    (id, seen): (ErasureId, i64),
    step: Step,
) -> Result<(ErasureRow, ErasureState), Problem> {
    let row = visible(tx, permit, id)?;
    if row.version != seen {
        return Err(Problem::stale());
    }
    let next = take(row.state, step)?;
    Ok((row, next))
}

fn decide<C: Can>(
    tx: &mut Tx<'_>,
    permit: &Permit<'_, C, Case>,
    row: &mut ErasureRow,
    (next, by): (ErasureState, UserId),
) -> Result<(), Problem> {
    (row.state, row.decided_by, row.decided_at) = (next, Some(by), Some(tx.now()));
    if !store::save(tx, row)? {
        return Err(Problem::stale());
    }
    permit.changed("erasure", row.id.as_str(), &["state"]);
    Ok(notify::answered(tx, &row.record(), Notice::ErasureProposed)?)
}

/// `proposed → executed`: by another person than proposed it. What it says is done before this is answered.
pub(super) fn approve(tx: &mut Tx<'_>, permit: &Permit<'_, Approve, Case>, at: (ErasureId, i64)) -> Result<ErasureView, Problem> {
    let (mut row, next) = begin(tx, permit, at, Step::Approve)?;
    let by = permit.user()?;
    are_two((row.proposed_by, row.by_supervisor), (by, supervises(permit)))?;
    if let Some(note) = row.note_id {
        may_erase_record(row.reason, holds::facts::is_held(tx, permit)?)?;
        decide(tx, permit, &mut row, (next, by))?;
        notes::facts::erase(tx, permit, note)?;
        return Ok(row.into());
    }
    if let Some(document) = row.document_id {
        may_erase_record(row.reason, holds::facts::is_held(tx, permit)?)?;
        decide(tx, permit, &mut row, (next, by))?;
        documents::facts::erase(tx, permit, document)?;
        return Ok(row.into());
    }
    // Asked again: it may have been reopened, or a hold placed, since it was proposed.
    may_erase_case(row.reason, standing(tx, permit)?, tx.now())?;
    decide(tx, permit, &mut row, (next, by))?;
    noted(tx, permit, &row, "case_erased")?;
    parties::facts::forget(tx, permit)?;
    documents::facts::forget(tx, permit)?;
    permit.erase_case(tx)?;
    clocks::stop_case(tx, permit.case())?;
    notify::forget_case(tx, permit.case())?;
    Ok(row.into())
}

/// `proposed → withdrawn`: by whoever proposed it, or the owner, who does not go along.
pub(super) fn withdraw(tx: &mut Tx<'_>, permit: &Permit<'_, Record, Case>, at: (ErasureId, i64)) -> Result<ErasureView, Problem> {
    let (mut row, next) = begin(tx, permit, at, Step::Withdraw)?;
    let by = permit.user()?;
    decide(tx, permit, &mut row, (next, by))?;
    noted(tx, permit, &row, "erasure_withdrawn")?;
    Ok(row.into())
}

/// Shown to the owner, which decides on it, and to whoever proposed it. For anybody else it is not there.
fn visible<C: Can>(tx: &mut Tx<'_>, permit: &Permit<'_, C, Case>, id: ErasureId) -> Result<ErasureRow, Problem> {
    let row = store::find(tx, permit, id)?;
    let is_theirs = permit.rests_on(Basis::Jurisdiction) || permit.actor().user() == Some(row.proposed_by);
    if is_theirs { Ok(row) } else { Err(Problem::not_found()) }
}

/// One erasure.
pub(super) fn view(tx: &mut Tx<'_>, permit: &Permit<'_, View, Case>, id: ErasureId) -> Result<ErasureView, Problem> {
    Ok(visible(tx, permit, id)?.into())
}

/// One page of the case's erasures: the owner's people see all, anybody else what they proposed.
pub(super) fn list(tx: &mut Tx<'_>, permit: &Permit<'_, View, Case>, page: &Page) -> Result<List<ErasureView>, Problem> {
    let by = if permit.rests_on(Basis::Jurisdiction) { None } else { Some(permit.user()?) };
    let rows = store::page(tx, permit, by, page.past(LIST)?, page.with_one_more())?;
    let views = rows.into_iter().map(ErasureView::from).collect();
    Ok(page.of(LIST, views, |view: &ErasureView| view.id))
}

impl Again for ErasureView {
    type Key = ErasureId;
    const VIEW: Action = Action::ViewErasure;
    fn key(&self) -> ErasureId {
        self.id
    }
    fn again(tx: &mut Tx<'_>, permit: &Permit<'_, View, Case>, id: ErasureId) -> Result<Self, Problem> {
        view(tx, permit, id)
    }
}
