//! Offering a case to another owner, and answering an offer.

use std::collections::HashMap;

use super::store::{self, TransferRow};
use super::{Answer, Offer, Reason, Side, StepRefused, TransferView, answered};
use crate::access::can::{Approve, Can, View};
use crate::access::facets::Progress;
use crate::access::grants::{self, Which};
use crate::access::offers::{self, OfferRow};
use crate::access::{Again, Case, Permit, events, people, set_owner};
use crate::base::db::{DbError, Tx};
use crate::base::ids::{AgencyId, CaseId, TransferId};
use crate::base::problem::Problem;
use crate::base::words::{Action, Basis, Duty, TransferState, Urgency};
use crate::clocks;
use crate::door::{List, Page};
use crate::features::{actions, agencies, assignments, casefile, referrals};
use crate::notify::{self, Notice, To};

/// Why grants end that the old owner opened.
const WHY: &str = "case_transferred";

/// Offers the case to an agency that may own it.
pub fn offer(tx: &mut Tx<'_>, permit: &Permit<'_, Approve, Case>, body: &Offer) -> Result<TransferView, Problem> {
    let own = permit.agency()?;
    let to = agencies::facts::find(tx, body.to_agency)?.ok_or(StepRefused::NoSuchAgency)?;
    if to.id == permit.facts().owner {
        return Err(StepRefused::OwnsIt.into());
    }
    if !permit.rules().owners.contains(&to.kind) {
        return Err(StepRefused::MayNotOwn.into());
    }
    let id: TransferId = tx.new_id()?;
    let row = TransferRow {
        id,
        case_id: permit.case(),
        from_agency: own,
        to_agency: to.id,
        state: TransferState::Offered,
        reason: permit.pen::<Progress>()?.seal(&Reason { reason: body.reason.clone() }, id.as_str())?,
        offered_by: permit.user()?,
        offered_at: tx.now(),
        answered_by: None,
        answered_at: None,
        version: 1,
    };
    store::insert(tx, &row).map_err(|error| match error {
        DbError::Unique => StepRefused::AnotherWaits.into(),
        other => Problem::from(other),
    })?;
    let preview = OfferRow {
        id: id.to_string(),
        case_id: permit.case(),
        agency_id: to.id,
        sender_id: own,
        kind: offers::TRANSFER.to_owned(),
        urgency: Urgency::Normal,
        is_open: true,
    };
    offers::make(tx, &preview)?;
    permit.changed("transfer", id.as_str(), &["to_agency", "reason", "state"]);
    events::note(tx, permit, "transfer_offered", None, &row.record())?;
    notify::tell(tx, To::Agency(to.id), Notice::TransferOffered, Some(permit.case()), &row.record())?;
    view(tx, permit, &row)
}

/// Answers an offer that was made to the actor's agency.
pub fn answer(
    tx: &mut Tx<'_>,
    permit: &Permit<'_, Approve, Case>,
    (case, id): (CaseId, TransferId),
    seen: i64,
    step: Answer,
) -> Result<TransferView, Problem> {
    let own = permit.agency()?;
    let mut row = of_case(tx, permit, case, id)?;
    if row.to_agency != own {
        return Err(Problem::not_found());
    }
    if row.version != seen {
        return Err(Problem::stale());
    }
    row.state = answered(row.state, step)?;
    (row.answered_by, row.answered_at) = (Some(permit.user()?), Some(tx.now()));
    if !store::save(tx, &mut row)? {
        return Err(Problem::stale());
    }
    permit.changed("transfer", id.as_str(), &["state"]);
    offers::close(tx, id.as_str(), false)?;
    notify::answered(tx, &row.record(), Notice::TransferOffered)?;
    notify::tell(tx, To::Agency(row.from_agency), Notice::TransferAnswered, Some(case), &row.record())?;
    match step {
        Answer::Accept => {
            take_over(tx, permit, &row)?;
            events::note(tx, permit, "case_transferred", None, &format!("case/{case}"))?;
            notify::tell(tx, To::Agency(own), Notice::TransferAnswered, Some(case), &row.record())?;
        }
        Answer::Decline => events::note(tx, permit, "transfer_declined", None, &row.record())?,
    }
    view(tx, permit, &row)
}

/// The case changes hands: what the old owner held and had opened ends, the new one's jurisdiction begins.
fn take_over(tx: &mut Tx<'_>, permit: &Permit<'_, Approve, Case>, row: &TransferRow) -> Result<(), Problem> {
    if !set_owner(tx, permit.facts(), row.to_agency)? {
        return Err(DbError::Retry.into());
    }
    permit.changed("case", permit.case().as_str(), &["owner"]);
    // Whoever was asked or assigned is told, and a place on a contract is given back.
    referrals::facts::ends_with_owner(tx, permit, WHY)?;
    assignments::facts::ends_with_owner(tx, permit)?;
    // What the authors of intakes hold lasts until the case is closed, and duties by statute are not the owner's to end.
    for basis in [Basis::Jurisdiction, Basis::Referral, Basis::Assignment] {
        grants::end(tx, permit, Which::Basis(basis), WHY)?;
    }
    // Nobody keeps a duty that rested on them: an old handler would come back with the next grant to the agency.
    for person in people::all(tx, permit)?.into_iter().filter(|person| person.duty.is_some()) {
        people::set_duty(tx, permit, person.user_id, person.agency_id, None::<Duty>)?;
    }
    // Clocks go along.
    actions::facts::goes_along(tx, permit, row.from_agency, row.to_agency)?;
    clocks::move_case(tx, permit.case(), row.from_agency, row.to_agency)?;
    casefile::facts::own_it(tx, permit, row.to_agency, permit.user()?)
}

fn of_case<C: Can>(tx: &mut Tx<'_>, permit: &Permit<'_, C, Case>, case: CaseId, id: TransferId) -> Result<TransferRow, Problem> {
    if permit.case() != case {
        return Err(Problem::not_found());
    }
    Ok(store::find(tx, permit, id)?)
}

/// One offer: the owner sees them all, an agency those made to it.
pub fn show(tx: &mut Tx<'_>, permit: &Permit<'_, View, Case>, case: CaseId, id: TransferId) -> Result<TransferView, Problem> {
    let row = of_case(tx, permit, case, id)?;
    if !permit.rests_on(Basis::Jurisdiction) && Some(row.to_agency) != permit.actor().agency() {
        return Err(Problem::not_found());
    }
    view(tx, permit, &row)
}

/// One page of the case's offers.
pub fn list(tx: &mut Tx<'_>, permit: &Permit<'_, View, Case>, page: &Page) -> Result<List<TransferView>, Problem> {
    let rows = store::page(tx, permit, page.past("transfers")?, page.with_one_more())?;
    let names = names(tx, &rows)?;
    let views = rows.into_iter().map(|row| with_names(permit, &row, &names)).collect::<Result<_, _>>()?;
    Ok(page.of("transfers", views, |view: &TransferView| view.id))
}

fn names(tx: &mut Tx<'_>, rows: &[TransferRow]) -> Result<HashMap<AgencyId, String>, DbError> {
    let sides: Vec<AgencyId> = rows.iter().flat_map(|row| [row.from_agency, row.to_agency]).collect();
    agencies::facts::names(tx, &sides)
}

fn view<C: Can>(tx: &mut Tx<'_>, permit: &Permit<'_, C, Case>, row: &TransferRow) -> Result<TransferView, Problem> {
    let names = names(tx, std::slice::from_ref(row))?;
    with_names(permit, row, &names)
}

fn with_names<C: Can>(
    permit: &Permit<'_, C, Case>,
    row: &TransferRow,
    names: &HashMap<AgencyId, String>,
) -> Result<TransferView, Problem> {
    let side = |agency_id| Side { agency_id, name: names.get(&agency_id).cloned().unwrap_or_default() };
    let reason = permit.facet::<Progress>().map(|key| key.open(&row.reason, row.id.as_str())).transpose()?;
    Ok(TransferView {
        id: row.id,
        case_id: row.case_id,
        from: side(row.from_agency),
        to: side(row.to_agency),
        state: row.state,
        reason: reason.map(|words| words.reason.into_string()),
        offered_at: row.offered_at,
        answered_at: row.answered_at,
        version: row.version,
    })
}

impl Again for TransferView {
    type Key = TransferId;
    const VIEW: Action = Action::ViewTransfer;
    fn key(&self) -> TransferId {
        self.id
    }
    fn again(tx: &mut Tx<'_>, permit: &Permit<'_, View, Case>, key: TransferId) -> Result<Self, Problem> {
        show(tx, permit, permit.case(), key)
    }
}
