//! Asking a duty desk, without a grant. Each look-up and each statement is the same whether there is a case, one that the
//! asker is walled off from, or none: only the rows of what is told differ.

use super::super::store::{self, AccessRow, RequestRow};
use super::super::views::RequestView;
use super::super::{AskDutyDesk, Reason};
use super::telling::{self, Ringing};
use super::{asked, attempt, lapses_at, record};
use crate::access::can::Record;
use crate::access::{Collection, Permit, SealedAs, heads, people};
use crate::base::db::Tx;
use crate::base::ids::{AgencyId, BreakGlassId, CaseId};
use crate::base::problem::Problem;
use crate::base::time::Timestamp;
use crate::base::words::{BreakGlassState, BreakGlassWay, CaseStatus, Clock, PartyKind};
use crate::clocks::{self, Arm, When};
use crate::features::parties::facts::{Shown, who_is};
use crate::notify;

/// So many cases of one person are told of, the newest first.
const MOST: i64 = 20;

/// A case whose duty desk is asked.
struct Hit {
    case: CaseId,
    owner: AgencyId,
    kind: PartyKind,
}

/// Asks: over all cases always, then past walls; each owner's duty desk is told at once, and the asker the same words always.
pub fn ask(tx: &mut Tx<'_>, permit: &Permit<'_, Record, Collection>, body: &AskDutyDesk) -> Result<RequestView, Problem> {
    let request = attempt(tx, permit, BreakGlassWay::DutyDesk, (body.reason_code, body.facets))?;
    let hits = look(tx, permit, body, &request)?;
    // A miss is entered without a case, sealed under a key that nobody keeps.
    let places: Vec<Option<Hit>> = if hits.is_empty() { vec![None] } else { hits.into_iter().map(Some).collect() };
    let mut ids: Vec<BreakGlassId> = Vec::with_capacity(places.len());
    for _ in &places {
        ids.push(tx.new_id()?);
    }
    let sealing: Vec<(Option<CaseId>, &str)> =
        places.iter().zip(&ids).map(|(hit, id)| (hit.as_ref().map(|hit| hit.case), id.as_str())).collect();
    let sealed = permit.seal_to(tx, &Reason(body.reason.clone()), &sealing)?;
    let until = lapses_at(tx, permit)?;
    let rows: Vec<AccessRow> = places
        .iter()
        .zip(&ids)
        .zip(sealed)
        .map(|((hit, id), reason)| {
            let found = hit.as_ref().map(|hit| (hit.case, hit.kind));
            waiting(&request, *id, found, (reason, until))
        })
        .collect();
    store::insert(tx, &rows)?;
    let ringing: Vec<Ringing> = places
        .iter()
        .zip(&ids)
        .filter_map(|(hit, id)| hit.as_ref().map(|hit| Ringing { id: *id, case: hit.case, owner: hit.owner, until }))
        .collect();
    let mut entries = telling::at_desks(tx, &ringing, (request.user_id, request.agency_id))?;
    entries.extend(telling::tried(tx, &request)?);
    notify::tell_all(tx, &entries)?;
    call(tx, permit, &request, &places, &ids)?;
    Ok(asked(&request))
}

/// The cases that the person is in and the asker is not kept from. Those found go into the entry, as hidden.
fn look(
    tx: &mut Tx<'_>,
    permit: &Permit<'_, Record, Collection>,
    body: &AskDutyDesk,
    request: &RequestRow,
) -> Result<Vec<Hit>, Problem> {
    let person = match (&body.id_number, &body.name, body.birth_date) {
        (Some(number), ..) => Shown::Number(number),
        (None, Some(name), Some(born)) => Shown::NameAndBirth(name, born),
        (None, ..) => return Err(Problem::internal()),
    };
    let found = who_is(tx, permit, &person, MOST)?;
    let mut cases: Vec<CaseId> = found.iter().map(|(case, _)| *case).collect();
    cases.dedup();
    for case in &cases {
        permit.hide(*case);
    }
    // Asked for where nothing was found too.
    cases.push(tx.new_id()?);
    let facts = heads(tx, &cases)?;
    let walled = people::walled(tx, &cases)?;
    let is_open = |case: CaseId, status: CaseStatus| {
        // One that nobody has taken on has no owner yet who could open it; its receiver's roster is called for it anyway.
        status != CaseStatus::Referred && !walled.contains(&(case, request.user_id))
    };
    let hits = facts.into_iter().filter(|facts| is_open(facts.case, facts.status)).filter_map(|facts| {
        let (_, kind) = found.iter().find(|(case, _)| *case == facts.case)?;
        Some(Hit { case: facts.case, owner: facts.owner, kind: *kind })
    });
    Ok(hits.collect())
}

/// A row that waits for a duty desk.
pub(super) fn waiting(
    request: &RequestRow,
    id: BreakGlassId,
    found: Option<(CaseId, PartyKind)>,
    (reason, lapses_at): (SealedAs<Reason>, Timestamp),
) -> AccessRow {
    AccessRow {
        id,
        request_id: request.id,
        case_id: found.map(|(case, _)| case),
        party_kind: found.map(|(_, kind)| kind),
        way: request.way,
        user_id: request.user_id,
        agency_id: request.agency_id,
        reason_code: request.reason_code,
        reason,
        asked: request.facets,
        asked_at: request.at,
        lapses_at,
        state: BreakGlassState::Asked,
        grant_id: None,
        opened: None,
        opened_at: None,
        ends_at: None,
        answered_by: None,
        answered_at: None,
        answer: None,
        finding: None,
        review: None,
        reviewed_by: None,
        reviewed_at: None,
        version: 1,
    }
}

/// Begins the clocks that call the rosters; for a miss one that stands still from the beginning.
fn call(
    tx: &mut Tx<'_>,
    permit: &Permit<'_, Record, Collection>,
    request: &RequestRow,
    places: &[Option<Hit>],
    ids: &[BreakGlassId],
) -> Result<(), Problem> {
    let records: Vec<String> = ids.iter().map(|id| record(*id)).collect();
    let arms: Vec<(Arm<'_>, bool)> = places
        .iter()
        .zip(&records)
        .map(|(hit, record)| {
            let arm = Arm {
                clock: Clock::BreakGlassAnswered,
                case: hit.as_ref().map(|hit| hit.case),
                record,
                agency: hit.as_ref().map_or(request.agency_id, |hit| hit.owner),
                user: None,
                when: When::Variant("usual"),
            };
            (arm, hit.is_some())
        })
        .collect();
    Ok(clocks::begin(tx, &permit.rules().clocks, &arms)?)
}
