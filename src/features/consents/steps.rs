//! Recording a consent, suspending, confirming and revoking it; showing it.

use super::store::{self, ConsentRow, Said};
use super::{Bounds, ConsentRefused, ConsentStep, ConsentView, NewConsent, RecipientView};
use crate::access::can::{Can, Record, View};
use crate::access::facets::Progress;
use crate::access::grants::{self, GrantRow, NewGrant, Which};
use crate::access::{Again, Case, Permit, deadlines, events};
use crate::base::db::{DbError, Tx};
use crate::base::fields::FieldCode;
use crate::base::ids::{AgencyId, ConsentId, UserId};
use crate::base::problem::{FieldErrors, Problem};
use crate::base::words::{Action, AgencyKind, Basis, Clock, ConsentState, Duty, Facet, HelpKind};
use crate::clocks::{self, When};
use crate::door::{List, Page};
use crate::features::mediation;
use crate::features::{agencies, parties, users};
use crate::notify::{self, Notice, To};

const LIST: &str = "consents";

/// Records a consent. One to the assigned worker's keeping her confidence acts at once; any other lets referrals be made.
pub(super) fn record(tx: &mut Tx<'_>, permit: &Permit<'_, Record, Case>, new: &NewConsent) -> Result<ConsentView, Problem> {
    let pen = permit.pen::<Progress>()?;
    let worker = check(tx, permit, new)?;
    let id: ConsentId = tx.new_id()?;
    let earlier = make_room(tx, permit, new, id)?;
    let said = Said { guardian_name: new.guardian_name.clone(), wish: new.wish.clone(), child_view: new.child_view.clone() };
    let row = ConsentRow {
        id,
        case_id: permit.case(),
        recipient_agency: new.recipient_agency,
        recipient_user: new.recipient_user,
        purpose: new.purpose,
        facets: new.facets,
        given_by: new.given_by,
        given_on: new.given_on,
        expires_on: new.expires_on,
        state: ConsentState::Given,
        said: pen.seal(&said, id.as_str())?,
        recorded_by: permit.user()?,
        recorded_at: tx.now(),
        suspended_at: None,
        revoked_at: None,
        version: 1,
        superseded_by: None,
    };
    store::insert(tx, permit, &row)?;
    let goes_on = match &earlier {
        Some(earlier) => take_its_place(tx, permit, earlier, &row)?,
        None => false,
    };
    if let (Some(assignment), false) = (worker, goes_on) {
        keep_confidence(tx, permit, &row, &assignment)?;
    }
    let (desk, ends) = ((permit.facts().owner, None), When::At(row.expires_on.end()));
    deadlines::arm(tx, permit, (Clock::ConsentEnds, &record_of(id)), desk, ends)?;
    events::note(tx, permit, "consent_recorded", Some(Facet::Progress), &record_of(id))?;
    shown(tx, permit, row)
}

fn record_of(id: ConsentId) -> String {
    format!("consent/{id}")
}

/// Every wrong field; and, where she lets a worker keep her confidence, that worker's assignment.
fn check(tx: &mut Tx<'_>, permit: &Permit<'_, Record, Case>, new: &NewConsent) -> Result<Option<GrantRow>, Problem> {
    let mut errors = FieldErrors::new();
    let months = i32::try_from(permit.rules().settings.cases.consent_months_at_most).unwrap_or(12);
    let latest = new.given_on.plus_months(months);
    if new.expires_on > latest {
        errors.push("/expires_on", FieldCode::TooLarge { max: latest.to_string() });
    }
    let keeps = new.purpose == HelpKind::KeepingConfidence;
    match agencies::facts::find(tx, new.recipient_agency)?.map(|agency| agency.kind) {
        None => errors.push("/recipient_agency", FieldCode::NotFound),
        Some(AgencyKind::Operator | AgencyKind::Oversight) => errors.push("/recipient_agency", FieldCode::NotAllowedHere),
        // Nobody gives anything to themselves, the assigned worker's keeping of her confidence aside.
        Some(_) if !keeps && permit.actor().agency() == Some(new.recipient_agency) => {
            errors.push("/recipient_agency", FieldCode::NotAllowedHere);
        }
        Some(_) => {}
    }
    let mut worker = None;
    if let Some(user) = new.recipient_user {
        let known = users::facts::find(tx, user)?;
        if !known.is_some_and(|user| user.is_live && user.agency == new.recipient_agency) {
            errors.push("/recipient_user", FieldCode::NotFound);
        } else if keeps {
            worker = assignment_of(tx, permit, new.recipient_agency, user)?;
            if worker.is_none() {
                errors.push("/recipient_user", NOT_ASSIGNED);
            }
        }
    }
    let of = if keeps { (Basis::Assignment, None) } else { (Basis::Referral, Some(new.purpose)) };
    let at_most = permit.disclosure().of(of.0, of.1).at_most;
    let may = new.may_name(Bounds { at_most, held: permit.reads(), is_lead: permit.duty() == Some(Duty::Lead) });
    if !new.facets.within(may) {
        errors.push("/facets", FieldCode::NotOneOf { words: may.iter().map(|facet| facet.as_str().to_owned()).collect() });
    }
    if let Some(guardian) = &new.guardian_name {
        let parties = parties::facts::names(tx, permit)?;
        if parties.iter().filter_map(|party| party.name.as_deref()).any(|name| plain(name) == plain(guardian.as_str())) {
            errors.push("/guardian_name", GUARDIAN_IS_PARTY);
        }
    }
    errors.into_result().map(|()| worker)
}

const NOT_ASSIGNED: FieldCode =
    FieldCode::Other { code: "not_assigned", message: "is not assigned to this case", message_zh: "未受派办理本案" };
const GUARDIAN_IS_PARTY: FieldCode = FieldCode::Other {
    code: "guardian_is_party",
    message: "is a party: a party cannot consent for another",
    message_zh: "是本案当事人,不能代为同意",
};

/// A name without what people write now so, now so.
fn plain(name: &str) -> String {
    name.chars().filter(|c| !c.is_whitespace()).flat_map(char::to_lowercase).collect()
}

fn assignment_of<C: Can>(
    tx: &mut Tx<'_>,
    permit: &Permit<'_, C, Case>,
    agency: AgencyId,
    user: UserId,
) -> Result<Option<GrantRow>, DbError> {
    let now = tx.now();
    Ok(grants::all(tx, permit)?.into_iter().find(|grant| {
        grant.basis == Basis::Assignment
            && (grant.agency_id, grant.user_id) == (agency, Some(user))
            && grant.consent_id.is_none()
            && grant.is_live(now)
    }))
}

/// An earlier one for the same recipient and purpose ends: with two of them, sharing would go on when she takes one back.
/// One that is over already is stored as such; one that lives is given back, to be followed by the new one. One that is
/// suspended stands in the way: whether sharing goes on is asked first.
fn make_room(
    tx: &mut Tx<'_>,
    permit: &Permit<'_, Record, Case>,
    new: &NewConsent,
    id: ConsentId,
) -> Result<Option<ConsentRow>, Problem> {
    let recipient = (new.recipient_agency, new.recipient_user);
    let Some(mut earlier) = store::standing(tx, permit, recipient, new.purpose)? else { return Ok(None) };
    let lives = match earlier.life().state(tx.now()) {
        ConsentState::Given => true,
        ConsentState::Expired => false,
        ConsentState::Suspended | ConsentState::Revoked => return Err(ConsentRefused::OneIsSuspended.into()),
    };
    earlier.state = ConsentState::Expired;
    earlier.superseded_by = lives.then_some(id);
    clocks::stop_all(tx, &record_of(earlier.id))?;
    if !store::save(tx, permit, &mut earlier)? {
        return Err(DbError::Retry.into());
    }
    Ok(lives.then_some(earlier))
}

/// What rested on the earlier consent rests on the new one: no wider than before, within what she names now, until the day
/// she names now. What is left of nothing ends at once. Whether anything goes on.
fn take_its_place(
    tx: &mut Tx<'_>,
    permit: &Permit<'_, Record, Case>,
    earlier: &ConsentRow,
    new: &ConsentRow,
) -> Result<bool, Problem> {
    let (now, named, until) = (tx.now(), new.facets, new.expires_on.end());
    let all = grants::all(tx, permit)?;
    let (mut goes_on, mut is_narrower) = (false, false);
    for grant in all.iter().filter(|grant| grant.consent_id == Some(earlier.id) && grant.ended_at.is_none()) {
        let (this, reads) = (Which::One(grant.id), grant.reads.and(named));
        is_narrower |= reads != grant.reads;
        if reads.is_empty() || !grant.is_live(now) {
            grants::end(tx, permit, this, "consent_superseded")?;
            continue;
        }
        // A worker's keeping of her confidence ends with the assignment, whatever she consents to.
        let assigned_until =
            all.iter().find(|other| other.cause == grant.cause && other.consent_id.is_none() && other.user_id == grant.user_id);
        let ends_at = assigned_until.and_then(|other| other.ends_at).map_or(until, |end| end.min(until));
        let is_for_a_worker = grant.basis == Basis::Assignment;
        grants::change(tx, permit, this, |grant| {
            grant.reads = reads;
            if is_for_a_worker {
                grant.writes = grant.writes.and(named);
            }
            grant.consent_id = Some(new.id);
            grant.ends_at = Some(ends_at);
        })?;
        goes_on = true;
    }
    if is_narrower {
        tell(tx, permit, new, true)?;
        if !goes_on && new.purpose == HelpKind::Mediation {
            mediation::facts::consent_withdrawn(tx, permit)?;
        }
    }
    events::note(tx, permit, "consent_superseded", Some(Facet::Progress), &record_of(earlier.id))?;
    Ok(goes_on)
}

/// The worker reads and writes what she says in confidence from now on: by a grant of its own beside the assignment's, so
/// that it is suspended and ended with her consent, ends by its date, and ends with the assignment.
fn keep_confidence(
    tx: &mut Tx<'_>,
    permit: &Permit<'_, Record, Case>,
    consent: &ConsentRow,
    assignment: &GrantRow,
) -> Result<(), Problem> {
    // Taken hold of, so that an assignment that ends at this moment does not leave the new grant behind.
    if grants::change(tx, permit, Which::One(assignment.id), |_| {})? != 1 {
        return Err(DbError::Retry.into());
    }
    let consented = consent.expires_on.end();
    let may_write = permit.disclosure().of(Basis::Assignment, None).writes;
    let new = NewGrant {
        agency: assignment.agency_id,
        user: assignment.user_id,
        basis: Basis::Assignment,
        reads: consent.facets,
        writes: consent.facets.and(may_write),
        cause: assignment.cause.clone(),
        consent: Some(consent.id),
        ends_at: Some(assignment.ends_at.map_or(consented, |end| end.min(consented))),
    };
    grants::open(tx, permit, new)?;
    Ok(())
}

/// Takes a step: what rests on the consent stops, goes on or ends with it, on the next request of whoever sees by it.
pub(super) fn take(
    tx: &mut Tx<'_>,
    permit: &Permit<'_, Record, Case>,
    id: ConsentId,
    step: ConsentStep,
    seen: i64,
) -> Result<ConsentView, Problem> {
    let now = tx.now();
    let mut row = store::find(tx, permit, id)?;
    if row.version != seen {
        return Err(Problem::stale());
    }
    row.state = row.life().take(step, now)?.stored;
    let event = match step {
        ConsentStep::Suspend => {
            row.suspended_at = Some(now);
            "consent_suspended"
        }
        ConsentStep::Confirm => {
            row.suspended_at = None;
            "consent_confirmed"
        }
        ConsentStep::Revoke => {
            row.revoked_at = Some(now);
            clocks::stop_all(tx, &record_of(id))?;
            "consent_revoked"
        }
    };
    if !store::save(tx, permit, &mut row)? {
        return Err(DbError::Retry.into());
    }
    // What stood on desks about the state before is over.
    notify::answered(tx, &record_of(id), Notice::ConsentEnded)?;
    let all = Which::Consent(id);
    let shared = match step {
        ConsentStep::Suspend => grants::change(tx, permit, all, |grant| grant.suspended_at = Some(now))?,
        ConsentStep::Confirm => grants::change(tx, permit, all, |grant| grant.suspended_at = None)?,
        ConsentStep::Revoke => grants::end(tx, permit, all, "consent_revoked")?,
    };
    match step {
        ConsentStep::Suspend | ConsentStep::Revoke => {
            tell(tx, permit, &row, shared > 0)?;
            // Nobody sits down with him while her consent to it does not stand.
            if row.purpose == HelpKind::Mediation {
                mediation::facts::consent_withdrawn(tx, permit)?;
            }
        }
        ConsentStep::Confirm => {}
    }
    events::note(tx, permit, event, Some(Facet::Progress), &record_of(id))?;
    shown(tx, permit, row)
}

/// Tells the owner; and the recipient, if it saw anything by it: one that never did must not learn that there is a case.
fn tell(tx: &mut Tx<'_>, permit: &Permit<'_, Record, Case>, row: &ConsentRow, was_shared: bool) -> Result<(), DbError> {
    let (case, record, owner) = (Some(permit.case()), record_of(row.id), permit.facts().owner);
    notify::tell(tx, To::Agency(owner), Notice::ConsentEnded, case, &record)?;
    if !was_shared {
        return Ok(());
    }
    match row.recipient_user {
        Some(user) => notify::tell(tx, To::User(row.recipient_agency, user), Notice::ConsentEnded, case, &record),
        None if row.recipient_agency == owner => Ok(()),
        None => notify::tell(tx, To::Agency(row.recipient_agency), Notice::ConsentEnded, case, &record),
    }
}

/// One page of the case's consents, newest first.
pub(super) fn list(tx: &mut Tx<'_>, permit: &Permit<'_, View, Case>, page: &Page) -> Result<List<ConsentView>, Problem> {
    let rows = store::page(tx, permit, page.past(LIST)?, page.with_one_more())?;
    let page = page.of(LIST, rows, |row| row.id);
    Ok(List { items: views(tx, permit, page.items)?, next: page.next })
}

fn shown<C: Can>(tx: &mut Tx<'_>, permit: &Permit<'_, C, Case>, row: ConsentRow) -> Result<ConsentView, Problem> {
    views(tx, permit, vec![row])?.pop().ok_or_else(Problem::internal)
}

/// Consents belong to `progress`: whoever may not read it sees none.
fn views<C: Can>(tx: &mut Tx<'_>, permit: &Permit<'_, C, Case>, rows: Vec<ConsentRow>) -> Result<Vec<ConsentView>, Problem> {
    let key = permit.facet::<Progress>().ok_or_else(Problem::forbidden)?;
    let agencies: Vec<AgencyId> = rows.iter().map(|row| row.recipient_agency).collect();
    let users: Vec<UserId> = rows.iter().filter_map(|row| row.recipient_user).collect();
    let mut agency_names = agencies::facts::names(tx, &agencies)?;
    let user_names = users::facts::names(tx, &users)?;
    let now = tx.now();
    let view = |row: ConsentRow| {
        let said: Said = key.open(&row.said, row.id.as_str())?;
        Ok(ConsentView {
            state: row.life().state(now),
            recipient: RecipientView {
                agency_id: row.recipient_agency,
                name: agency_names.entry(row.recipient_agency).or_default().clone(),
                user_id: row.recipient_user,
                user_name: row.recipient_user.and_then(|user| user_names.get(&user).cloned()),
            },
            id: row.id,
            case_id: row.case_id,
            purpose: row.purpose,
            facets: row.facets,
            expires_on: row.expires_on,
            given_by: row.given_by,
            guardian_name: said.guardian_name,
            given_on: row.given_on,
            wish: said.wish,
            child_view: said.child_view,
            recorded_by: row.recorded_by,
            recorded_at: row.recorded_at,
            suspended_at: row.suspended_at,
            revoked_at: row.revoked_at,
            superseded_by: row.superseded_by,
            version: row.version,
        })
    };
    rows.into_iter().map(view).collect()
}

impl Again for ConsentView {
    type Key = ConsentId;
    const VIEW: Action = Action::ViewConsent;
    fn key(&self) -> ConsentId {
        self.id
    }
    fn again(tx: &mut Tx<'_>, permit: &Permit<'_, View, Case>, key: ConsentId) -> Result<Self, Problem> {
        let row = store::find(tx, permit, key)?;
        shown(tx, permit, row)
    }
}
