//! Recording an attempt, giving the word for another, and reading them.

use std::collections::HashMap;

use super::store::{self, ApprovalRow, AttemptRow};
use super::{ApprovalView, Attempt, AttemptView, FREE, NotRecorded, Recorder, Words, facts, needs_word};
use crate::access::can::{Approve, Can, Record, View};
use crate::access::facets::Progress;
use crate::access::{Again, Case, Permit, events, people};
use crate::base::db::{DbError, Tx};
use crate::base::ids::{ContactApprovalId, ContactAttemptId, UserId};
use crate::base::problem::Problem;
use crate::base::words::{Action, ContactOutcome, Duty, Facet};
use crate::door::{List, Page};
use crate::features::users;
use crate::notify::{self, Notice, To};

/// The latest attempts that the rule looks at, and the number of the last.
fn so_far<C: Can>(tx: &mut Tx<'_>, permit: &Permit<'_, C, Case>) -> Result<(i64, bool), DbError> {
    let latest = store::latest(tx, permit, i64::try_from(FREE).unwrap_or(i64::MAX))?;
    let last = latest.first().map_or(0, |(seq, _)| *seq);
    Ok((last, needs_word(latest.into_iter().map(|(_, outcome)| outcome))))
}

/// Records an attempt.
pub fn record(tx: &mut Tx<'_>, permit: &Permit<'_, Record, Case>, body: &Attempt) -> Result<AttemptView, Problem> {
    let (last, needs_word) = so_far(tx, permit)?;
    let reached = body.outcome == ContactOutcome::ReachedSafely;
    if needs_word && !reached && store::approval(tx, permit, last)?.is_none() {
        return Err(NotRecorded::WordNeeded.into());
    }
    let id: ContactAttemptId = tx.new_id()?;
    let words = Words { who_answered: body.who_answered.clone(), text: body.text.clone() };
    let row = AttemptRow {
        id,
        case_id: permit.case(),
        seq: last.saturating_add(1),
        outcome: body.outcome,
        how: body.how,
        at: body.at,
        words: permit.pen::<Progress>()?.seal(&words, id.as_str())?,
        recorded_by: permit.user()?,
        recorded_agency: permit.agency()?,
        recorded_at: tx.now(),
    };
    store::insert(tx, &row)?;
    permit.changed("contact_attempt", id.as_str(), &["outcome", "at", "how", "words"]);
    events::note(tx, permit, "contact_attempted", Some(Facet::Progress), &format!("contact_attempt/{id}"))?;
    facts::attempted(tx, permit, reached)?;
    one(tx, permit, id)
}

/// Gives the word for one further attempt, on which the lead worker may count.
pub fn approve(tx: &mut Tx<'_>, permit: &Permit<'_, Approve, Case>) -> Result<ApprovalView, Problem> {
    let (last, needs_word) = so_far(tx, permit)?;
    if !needs_word {
        return Err(NotRecorded::NoWordNeeded.into());
    }
    if let Some(given) = store::approval(tx, permit, last)? {
        return Ok(approval_view(&given));
    }
    let id: ContactApprovalId = tx.new_id()?;
    let row = ApprovalRow { id, case_id: permit.case(), after_seq: last, approved_by: permit.user()?, at: tx.now() };
    store::approve(tx, &row)?;
    permit.changed("contact_approval", id.as_str(), &["after_seq"]);
    let record = format!("contact_approval/{id}");
    events::note(tx, permit, "contact_approved", Some(Facet::Progress), &record)?;
    for worker in people::all(tx, permit)?.iter().filter(|person| person.duty == Some(Duty::Lead)) {
        notify::tell(tx, To::User(worker.agency_id, worker.user_id), Notice::ContactApproved, Some(permit.case()), &record)?;
    }
    Ok(approval_view(&row))
}

fn approval_view(row: &ApprovalRow) -> ApprovalView {
    ApprovalView { id: row.id, at: row.at, approved_by: row.approved_by }
}

/// One page of attempts; none to a reader without `progress`.
pub fn list(tx: &mut Tx<'_>, permit: &Permit<'_, View, Case>, page: &Page) -> Result<List<AttemptView>, Problem> {
    let past = page.past("contact_attempts")?;
    if permit.facet::<Progress>().is_none() {
        return Ok(List { items: Vec::new(), next: None });
    }
    let rows = store::page(tx, permit, past, page.with_one_more())?;
    let names = users::facts::names(tx, &rows.iter().map(|row| row.recorded_by).collect::<Vec<_>>())?;
    let views = rows.into_iter().map(|row| view(permit, &row, &names)).collect::<Result<_, _>>()?;
    Ok(page.of("contact_attempts", views, |view: &AttemptView| view.id))
}

fn one<C: Can>(tx: &mut Tx<'_>, permit: &Permit<'_, C, Case>, id: ContactAttemptId) -> Result<AttemptView, Problem> {
    let row = store::find(tx, permit, id)?;
    let names = users::facts::names(tx, &[row.recorded_by])?;
    view(permit, &row, &names)
}

fn view<C: Can>(permit: &Permit<'_, C, Case>, row: &AttemptRow, names: &HashMap<UserId, String>) -> Result<AttemptView, Problem> {
    let words = permit.facet::<Progress>().ok_or_else(Problem::not_found)?.open(&row.words, row.id.as_str())?;
    let knows_who = permit.shows_others() || permit.actor().agency() == Some(row.recorded_agency);
    let recorded_by = knows_who.then(|| Recorder {
        user_id: row.recorded_by,
        name: names.get(&row.recorded_by).cloned().unwrap_or_default(),
        agency_id: row.recorded_agency,
    });
    Ok(AttemptView {
        id: row.id,
        outcome: row.outcome,
        at: row.at,
        how: row.how,
        who_answered: words.who_answered.map(crate::base::text::Line::into_string),
        text: words.text.map(crate::base::text::Text::into_string),
        recorded_at: row.recorded_at,
        recorded_by,
    })
}

impl Again for AttemptView {
    type Key = ContactAttemptId;
    const VIEW: Action = Action::ListContactAttempts;
    fn key(&self) -> ContactAttemptId {
        self.id
    }
    fn again(tx: &mut Tx<'_>, permit: &Permit<'_, View, Case>, key: ContactAttemptId) -> Result<Self, Problem> {
        one(tx, permit, key)
    }
}

impl Again for ApprovalView {
    type Key = ContactApprovalId;
    const VIEW: Action = Action::ListContactAttempts;
    fn key(&self) -> ContactApprovalId {
        self.id
    }
    fn again(tx: &mut Tx<'_>, permit: &Permit<'_, View, Case>, key: ContactApprovalId) -> Result<Self, Problem> {
        Ok(approval_view(&store::find_approval(tx, permit, key)?))
    }
}
