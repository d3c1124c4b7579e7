//! Use cases of cases: entering one, changing it, its steps, finding one.

use super::view::{self, CaseItem, CaseView, EnteredCase};
use super::{ApproveClosing, CaseChange, NewIntake, RequestClose, SearchWords, Standing, Step, StepRefused};
use crate::access::can::{Approve, Can, Change, View};
use crate::access::grants::{self, Which};
use crate::access::{Again as _, Case, Collection, Lister, Permit, events, people};
use crate::base::db::Tx;
use crate::base::ids::CaseId;
use crate::base::problem::Problem;
use crate::base::words::{Action, Basis, CaseStatus};
use crate::clocks;
use crate::door::Tag;
use crate::features::casefile::{self, ClosingWords, FileChange, NewCase};
use crate::features::{actions, measures, mediation};
use crate::features::{assignments, contact_attempts, holds, notes, parties, referrals, repeats, risk};
use crate::notify::{self, Notice, To};

/// The case as its reader sees it, with so many of its newest notes.
pub(super) fn view(tx: &mut Tx<'_>, permit: &Permit<'_, View, Case>, count: u8) -> Result<CaseView, Problem> {
    let case = CaseView::again(tx, permit, permit.case())?;
    if count == 0 || permit.is_preview() {
        return Ok(case);
    }
    Ok(case.with_notes(notes::facts::latest(tx, permit, count.into())?))
}

/// Enters an own intake: the actor handles it, and has seen the names.
pub(super) fn enter<'tx>(
    tx: &mut Tx<'tx>,
    permit: &Permit<'tx, Change, Collection>,
    intake: &NewIntake,
) -> Result<EnteredCase, Problem> {
    let (owner, handler) = (permit.agency()?, permit.user()?);
    let new = NewCase { owner, status: CaseStatus::Screening, source: intake.source };
    let case = casefile::facts::begin(tx, permit, new)?;
    for party in &intake.parties {
        parties::facts::add(tx, &case, party)?;
    }
    casefile::facts::fill(tx, &case, intake.incident.as_ref(), intake.reported_by.as_ref())?;
    casefile::facts::own_it(tx, &case, owner, handler)?;
    people::declare(tx, &case, handler, owner)?;
    let same = parties::facts::same_people(tx, &case)?;
    repeats::facts::recognise(tx, &case, &same)?;
    EnteredCase::of(tx, &case)
}

/// Changes what a case holds. Errors: 412 where it is not as the actor saw it.
pub(super) fn change(
    tx: &mut Tx<'_>,
    permit: &Permit<'_, Change, Case>,
    seen: &Tag,
    change: &CaseChange,
) -> Result<CaseView, Problem> {
    if view::full(tx, permit, permit.status())?.tag() != Some(seen.as_str()) {
        return Err(Problem::stale());
    }
    let change = FileChange {
        plan: change.plan.as_ref().map(Option::as_ref),
        incident: change.incident.as_ref().map(Option::as_ref),
        reported_by: change.reported_by.as_ref().map(Option::as_ref),
    };
    casefile::facts::change(tx, permit, &change)?;
    view::full(tx, permit, permit.status())
}

/// What a step needs before it is done: the head as it was seen, and the state that allows it. The status after it.
fn begin<C: Can>(tx: &mut Tx<'_>, permit: &Permit<'_, C, Case>, seen: &Tag, step: Step) -> Result<CaseStatus, Problem> {
    let head = view::head(tx, permit, permit.status())?;
    if seen.as_str().split('-').next() != Some(view::head_tag(permit, &head)?.as_str()) {
        return Err(Problem::stale());
    }
    let requested_by = casefile::facts::requested_by(tx, permit)?;
    Ok(Standing { status: permit.status(), requested_by }.after(step, permit.user()?)?)
}

/// The case's record, as desks and events name it.
fn record<C: Can>(permit: &Permit<'_, C, Case>) -> String {
    format!("case/{}", permit.case())
}

/// Moves the case and tells everybody who has a duty for it, and whoever sent it in.
fn moved<C: Can>(tx: &mut Tx<'_>, permit: &Permit<'_, C, Case>, to: CaseStatus, event: &'static str) -> Result<(), Problem> {
    casefile::facts::move_to(tx, permit, to)?;
    let record = record(permit);
    events::note(tx, permit, event, None, &record)?;
    for person in people::all(tx, permit)? {
        if person.duty.is_some() && permit.actor().user() != Some(person.user_id) {
            let desk = To::User(person.agency_id, person.user_id);
            notify::tell(tx, desk, Notice::CaseStatusChanged, Some(permit.case()), &record)?;
        }
    }
    let now = tx.now();
    for grant in grants::all(tx, permit)? {
        if grant.basis == Basis::Author && grant.is_live(now) {
            notify::tell(tx, To::Agency(grant.agency_id), Notice::CaseStatusChanged, Some(permit.case()), &record)?;
        }
    }
    Ok(())
}

/// `referred → screening`: the owner hears her alone.
pub(super) fn screen(tx: &mut Tx<'_>, permit: &Permit<'_, Change, Case>, seen: &Tag) -> Result<CaseView, Problem> {
    let to = begin(tx, permit, seen, Step::Screen)?;
    moved(tx, permit, to, "case_screened")?;
    view::full(tx, permit, to)
}

/// `screening → open`.
pub(super) fn open(tx: &mut Tx<'_>, permit: &Permit<'_, Change, Case>, seen: &Tag) -> Result<CaseView, Problem> {
    let to = begin(tx, permit, seen, Step::Open)?;
    casefile::facts::open(tx, permit)?;
    contact_attempts::facts::begin(tx, permit)?;
    // Who is in it may have become known since it came in.
    let same = parties::facts::same_people(tx, permit)?;
    repeats::facts::recognise(tx, permit, &same)?;
    moved(tx, permit, to, "case_opened")?;
    view::full(tx, permit, to)
}

/// Staff or the lead worker ask for closing; it waits for a supervisor who is another person.
pub(super) fn request_close(
    tx: &mut Tx<'_>,
    permit: &Permit<'_, Change, Case>,
    seen: &Tag,
    asked: &RequestClose,
) -> Result<CaseView, Problem> {
    let status = begin(tx, permit, seen, Step::RequestClose)?;
    let words = ClosingWords {
        summary: asked.summary.clone(),
        safe_way_back: asked.safe_way_back.clone(),
        safety_offer_made: asked.safety_offer_made,
    };
    casefile::facts::request_closing(tx, permit, asked.outcome, &words)?;
    let record = record(permit);
    events::note(tx, permit, "closing_requested", Some(crate::base::words::Facet::Progress), &record)?;
    notify::answered(tx, &record, Notice::ClosingRequested)?;
    notify::tell(tx, To::Agency(permit.facts().owner), Notice::ClosingRequested, Some(permit.case()), &record)?;
    view::full(tx, permit, status)
}

/// `open → monitoring`: the outcome is approved, the family followed up.
pub(super) fn monitor(
    tx: &mut Tx<'_>,
    permit: &Permit<'_, Approve, Case>,
    seen: &Tag,
    body: &ApproveClosing,
) -> Result<CaseView, Problem> {
    let to = begin(tx, permit, seen, Step::Monitor)?;
    risk::facts::accept_ending(tx, permit, body.high_risk_accepted.as_ref())?;
    casefile::facts::close(tx, permit, false)?;
    notify::answered(tx, &record(permit), Notice::ClosingRequested)?;
    moved(tx, permit, to, "case_monitored")?;
    view::full(tx, permit, to)
}

/// `open | monitoring → closed`: what others saw ends.
pub(super) fn close(
    tx: &mut Tx<'_>,
    permit: &Permit<'_, Approve, Case>,
    seen: &Tag,
    body: &ApproveClosing,
) -> Result<CaseView, Problem> {
    let to = begin(tx, permit, seen, Step::Close)?;
    if referrals::facts::is_one_unanswered(tx, permit)? {
        return Err(StepRefused::ReferralUnanswered.into());
    }
    // Who closes a case while an order binds him says first how it is watched over.
    if measures::facts::has_running_order(tx, permit)? && !casefile::facts::has_plan(tx, permit)? {
        return Err(StepRefused::OrderWithoutPlan.into());
    }
    risk::facts::accept_ending(tx, permit, body.high_risk_accepted.as_ref())?;
    casefile::facts::close(tx, permit, true)?;
    notify::answered(tx, &record(permit), Notice::ClosingRequested)?;
    // Told before the grants end: whoever sent the case in hears that it is closed.
    moved(tx, permit, to, "case_closed")?;
    closing_ends(tx, permit)?;
    view::full(tx, permit, to)
}

/// What ends when a case is closed: referrals with their grants at once, the author's grant, what the law obliged others to
/// see; the workers read for a while. The owner's jurisdiction stays until the case is transferred.
fn closing_ends(tx: &mut Tx<'_>, permit: &Permit<'_, Approve, Case>) -> Result<(), Problem> {
    mediation::facts::ends_with_case(tx, permit)?;
    actions::facts::ends_with_case(tx, permit)?;
    referrals::facts::ends_with_case(tx, permit, "case_closed")?;
    assignments::facts::after_closing(tx, permit)?;
    measures::facts::ends_with_case(tx, permit)?;
    grants::end(tx, permit, Which::Basis(Basis::Author), "case_closed")?;
    // Last, since what ends may begin a clock of its own.
    clocks::stop_case(tx, permit.case())?;
    // How long it is kept begins to count; a held case is never due.
    if !holds::facts::is_held(tx, permit)? {
        casefile::facts::retain(tx, permit)?;
    }
    Ok(())
}

/// `closed → open`: the same number; no grant that ended comes back.
pub(super) fn reopen(tx: &mut Tx<'_>, permit: &Permit<'_, Approve, Case>, seen: &Tag) -> Result<CaseView, Problem> {
    let to = begin(tx, permit, seen, Step::Reopen)?;
    casefile::facts::reopen(tx, permit)?;
    casefile::facts::pause_retention(tx, permit)?;
    contact_attempts::facts::begin(tx, permit)?;
    risk::facts::reopened(tx, permit)?;
    measures::facts::reopened(tx, permit)?;
    moved(tx, permit, to, "case_reopened")?;
    view::full(tx, permit, to)
}

/// So many candidates a search looks at, the newest first.
const MOST: i64 = 100;

/// Finds cases by the words: over all cases always, then by what the policy lets the actor see, so that time and size are
/// alike whether a case is hidden or absent. What is hidden goes into the entry alone.
pub(super) fn search<'tx>(
    tx: &mut Tx<'tx>,
    lister: &Lister<'tx, '_, Collection>,
    words: &SearchWords,
) -> Result<Vec<CaseItem>, Problem> {
    let wanted =
        parties::facts::Wanted { id_number: words.id_number.as_ref(), phone: words.phone.as_ref(), name: words.name.as_ref() };
    let hits = parties::facts::find(tx, lister.permit(), &wanted, MOST)?;
    let mut cases: Vec<CaseId> = hits.iter().map(|hit| hit.case).collect();
    cases.dedup();
    // Where nothing was found, a case that is not there is asked for all the same.
    let padding: CaseId = tx.new_id()?;
    let asked: &[CaseId] = if cases.is_empty() { &[padding] } else { &cases };
    let mut shown = Vec::new();
    for permit in lister.permits(tx, Action::SearchCases, asked)? {
        // A case found by what its reader may not see of it is as if it were not found.
        let found = |hit: &parties::facts::Hit| hit.case == permit.case() && hit.needs.within(permit.reads());
        if hits.iter().any(found) {
            shown.push(permit);
        } else {
            lister.leave_out(&permit);
            permit.hide(permit.case());
        }
    }
    view::items(tx, &shown)
}

/// One page of the actor's cases, with whether there are more.
pub(super) fn mine<'tx>(
    tx: &mut Tx<'tx>,
    lister: &Lister<'tx, '_, Collection>,
    past: Option<CaseId>,
    limit: usize,
    status: Option<CaseStatus>,
) -> Result<(Vec<CaseItem>, bool), Problem> {
    let wanted = |permit: &Permit<'_, crate::access::can::View, Case>| status.is_none_or(|status| permit.status() == status);
    let (permits, more) = lister.my_cases(tx, past, limit, wanted)?;
    Ok((view::items(tx, &permits)?, more))
}
