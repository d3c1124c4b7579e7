//! The use cases: each told once, for API, pages, demo.

use super::asked::{ChangeReferral, Decline, NewIntake, NewReferral, OfCase, RISK, Withdraw};
use super::rules::{self, Naming};
use super::store::{self, Intake, Reason, ReferralRow, Words};
use super::views::{self, IntakeView, ReferralView, WordsView};
use super::{Refused, Step, after, ending};
use crate::access::can::{Can, Refer};
use crate::access::grants::{self, NewGrant};
use crate::access::offers::{self, OfferRow};
use crate::access::{Author, Case, Collection, Permit, deadlines, events, people};
use crate::base::db::Tx;
use crate::base::ids::{AgencyId, ReferralId};
use crate::base::problem::{FieldCode, Problem};
use crate::base::words::{
    AgencyKind, Basis, CaseSource, CaseStatus, Clock, Duty, Facet, FacetSet, HelpKind, ReferralKind, ReferralState, Urgency,
};
use crate::clocks::{self, When};
use crate::door::Created;
use crate::features::casefile::{self, NewCase};
use crate::features::risk::AssessmentInput;
use crate::features::{agencies, consents, parties, risk};
use crate::notify::{self, Notice, To};

/// Which referral, and the version that was seen of it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Seen {
    pub id: ReferralId,
    pub version: i64,
}

/// An event of a referral tells who else is in the case, so it stands under `progress`, not in the head.
const EVENTS: Option<Facet> = Some(Facet::Progress);

/// Notes what happened to a referral.
pub(super) fn note<C: Can>(
    tx: &mut Tx<'_>,
    permit: &Permit<'_, C, Case>,
    kind: &'static str,
    row: &ReferralRow,
    fields: &[&str],
) -> Result<(), Problem> {
    permit.changed("referral", row.id.as_str(), fields);
    Ok(events::note(tx, permit, kind, EVENTS, &row.record())?)
}

/// Tells one side. Whoever has not accepted is not told which case it is.
pub(super) fn tell<C: Can>(
    tx: &mut Tx<'_>,
    permit: &Permit<'_, C, Case>,
    row: &ReferralRow,
    to: AgencyId,
    notice: Notice,
) -> Result<(), Problem> {
    let knows = to != row.receiver_id || (row.answered_at.is_some() && row.kind != ReferralKind::Introduction);
    Ok(notify::tell(tx, To::Agency(to), notice, knows.then(|| permit.case()), &row.record())?)
}

/// Clears what waited for this step.
pub(super) fn clear(tx: &mut Tx<'_>, row: &ReferralRow, notices: &[Notice]) -> Result<(), Problem> {
    for notice in notices {
        notify::answered(tx, &row.record(), *notice)?;
    }
    Ok(())
}

/// The receiver's clock for its next step begins.
fn wait_for<C: Can>(tx: &mut Tx<'_>, permit: &Permit<'_, C, Case>, row: &ReferralRow, clock: Clock) -> Result<(), Problem> {
    let variant = match row.urgency {
        Urgency::Normal => "usual",
        Urgency::Urgent => "urgent",
    };
    let desk = (row.receiver_id, None);
    Ok(deadlines::arm(tx, permit, (clock, &row.record()), desk, When::Variant(variant))?)
}

/// The receiver has answered: its clocks are met, whichever ran.
pub(super) fn answered(tx: &mut Tx<'_>, row: &ReferralRow) -> Result<(), Problem> {
    clocks::meet(tx, Clock::ReferralAcknowledged, &row.record())?;
    Ok(clocks::meet(tx, Clock::ReferralAnswered, &row.record())?)
}

/// What a new referral begins as.
struct Draft {
    kind: ReferralKind,
    help: Option<HelpKind>,
    receiver: AgencyId,
    facets: FacetSet,
    urgency: Urgency,
}

fn new_row<C: Can>(tx: &Tx<'_>, permit: &Permit<'_, C, Case>, id: ReferralId, draft: &Draft) -> Result<ReferralRow, Problem> {
    Ok(ReferralRow {
        id,
        case_id: permit.case(),
        kind: draft.kind,
        help: draft.help,
        sender_id: permit.agency()?,
        receiver_id: draft.receiver,
        facets: draft.facets,
        urgency: draft.urgency,
        state: ReferralState::Draft,
        text: None,
        intake: None,
        reason: None,
        outcome: None,
        created_by: permit.user()?,
        created_at: tx.now(),
        sent_at: None,
        acknowledged_at: None,
        answered_at: None,
        answered_by: None,
        ended_at: None,
        version: 1,
    })
}

/// Drafts an intake: a new case in status `referred`, of which the sender's agency sees what it wrote, and nothing else.
pub(super) fn draft_intake<'tx>(
    tx: &mut Tx<'tx>,
    permit: &Permit<'tx, Refer, Collection>,
    intake: &NewIntake,
) -> Result<Created<ReferralView>, Problem> {
    let (user, agency) = (permit.user()?, permit.agency()?);
    let at = "/intake/to_agency";
    let owner = agencies::facts::find(tx, intake.to_agency)?.ok_or_else(|| Problem::wrong_field(at, FieldCode::NotFound))?;
    if owner.id == agency || !permit.rules().owners.contains(&owner.kind) {
        return Err(Problem::wrong_field(at, FieldCode::NotAllowedHere));
    }
    let new = NewCase { owner: owner.id, status: CaseStatus::Referred, source: CaseSource::Referral };
    let case = casefile::facts::begin(tx, permit, new)?;
    let id: ReferralId = tx.new_id()?;
    open_author_grant(tx, &case, agency, id, None)?;
    people::declare(tx, &case, user, agency)?;

    let draft =
        Draft { kind: ReferralKind::Intake, help: None, receiver: owner.id, facets: FacetSet::EMPTY, urgency: intake.urgency };
    let mut row = new_row(tx, &case, id, &draft)?;
    if let Some(risk) = &intake.risk {
        risk::facts::check_drafted(permit, risk, RISK)?;
    }
    let content = Intake {
        parties: intake.parties.clone(),
        incident: intake.incident.clone(),
        risk: intake.risk.as_ref().map(AssessmentInput::pinned),
    };
    row.intake = Some(case.seal_own(&content, id.as_str())?);
    row.text = intake.text.as_ref().map(|text| case.seal_own(&Words(text.clone()), id.as_str())).transpose()?;
    store::add(tx, &row)?;
    note(tx, &case, "referral_drafted", &row, &["kind", "receiver", "urgency", "intake", "text"])?;
    let words = WordsView { text: intake.text.clone(), intake: Some(IntakeView::from(content)), ..WordsView::default() };
    Ok(Created(views::just_drafted(tx, &case, &row, words)?))
}

/// The sending agency sees its own intake and its state.
pub(super) fn open_author_grant<C: Can>(
    tx: &mut Tx<'_>,
    permit: &Permit<'_, C, Case>,
    agency: AgencyId,
    id: ReferralId,
    days: Option<u32>,
) -> Result<(), Problem> {
    let offer = permit.disclosure().of(Basis::Author, None);
    let ends_at = days.map(|days| tx.now().plus_days(i64::from(days)));
    let grant = NewGrant {
        agency,
        user: None,
        basis: Basis::Author,
        reads: offer.offers,
        writes: if ends_at.is_none() { offer.writes } else { FacetSet::EMPTY },
        cause: store::record(id),
        consent: None,
        ends_at,
    };
    grants::open(tx, permit, grant)?;
    Ok(())
}

/// Drafts a referral of a case to another agency.
pub(super) fn draft(
    tx: &mut Tx<'_>,
    permit: &Permit<'_, Refer, Case>,
    body: &NewReferral,
) -> Result<Created<ReferralView>, Problem> {
    let asked = body.of_case().ok_or_else(Problem::internal)?;
    may_refer(permit, asked.kind)?;
    check_receiver(tx, permit, asked.to_agency)?;
    let draft = Draft {
        kind: asked.kind,
        help: Some(asked.help),
        receiver: asked.to_agency,
        facets: asked.facets,
        urgency: asked.urgency,
    };
    let id: ReferralId = tx.new_id()?;
    let mut row = new_row(tx, permit, id, &draft)?;
    check_naming(tx, permit, &row)?.map_err(Naming::at_its_field)?;
    row.text = Some(permit.seal_own(&Words(asked.text.clone()), id.as_str())?);
    store::add(tx, &row)?;
    note(tx, permit, "referral_drafted", &row, &["kind", "help", "receiver", "facets", "urgency", "text"])?;
    let OfCase { text, .. } = asked;
    let words = WordsView { text: Some(text.clone()), ..WordsView::default() };
    Ok(Created(views::just_drafted(tx, permit, &row, words)?))
}

/// Owner and lead worker refer; anybody else who works the case may introduce an agency.
fn may_refer<C: Can>(permit: &Permit<'_, C, Case>, kind: ReferralKind) -> Result<(), Problem> {
    let refers = permit.rests_on(Basis::Jurisdiction) || permit.duty() == Some(Duty::Lead);
    match kind {
        ReferralKind::Introduction => Ok(()),
        ReferralKind::Intake | ReferralKind::Service | ReferralKind::Mediation if refers => Ok(()),
        ReferralKind::Intake | ReferralKind::Service | ReferralKind::Mediation => Err(Problem::forbidden().because(
            "only the owner and the lead worker refer a case; you may introduce an agency",
            "仅主办单位和主办社工可转介本案;您可介绍其他机构",
        )),
    }
}

/// A referral goes to an agency that does casework, and neither to oneself nor to the owner.
fn check_receiver<C: Can>(tx: &mut Tx<'_>, permit: &Permit<'_, C, Case>, to: AgencyId) -> Result<(), Problem> {
    let agency = agencies::facts::find(tx, to)?.ok_or_else(|| Problem::wrong_field("/to_agency", FieldCode::NotFound))?;
    let takes_none = matches!(agency.kind, AgencyKind::Operator | AgencyKind::Oversight);
    if takes_none || to == permit.agency()? || to == permit.facts().owner {
        return Err(Problem::wrong_field("/to_agency", FieldCode::NotAllowedHere));
    }
    Ok(())
}

/// Whether the referral may name what it names, by now.
fn check_naming<C: Can>(tx: &mut Tx<'_>, permit: &Permit<'_, C, Case>, row: &ReferralRow) -> Result<Result<(), Naming>, Problem> {
    let Some(help) = needs_consent(row) else { return Ok(Ok(())) };
    let at_most = permit.disclosure().of(Basis::Referral, Some(help)).at_most;
    let consented = consents::facts::live(tx, permit, row.receiver_id, help)?.map(|(_, facets, _)| facets);
    Ok(rules::naming(row.facets, permit.reads(), at_most, consented))
}

/// The help that her consent must be for; an intake is by its nature before any, and an introduction bears nothing of her.
pub(super) fn needs_consent(row: &ReferralRow) -> Option<HelpKind> {
    match row.kind {
        ReferralKind::Service | ReferralKind::Mediation => row.help,
        ReferralKind::Intake | ReferralKind::Introduction => None,
    }
}

/// Finds the referral for a step: seen by its actor's side, not stale, and allowed by its state, in this order.
pub(super) fn begin<C: Can>(
    tx: &mut Tx<'_>,
    permit: &Permit<'_, C, Case>,
    seen: Seen,
    step: Step,
) -> Result<ReferralRow, Problem> {
    let row = store::find(tx, permit, seen.id)?;
    rules::may(permit, &row, step)?;
    if row.version != seen.version {
        return Err(Refused::Stale.into());
    }
    after(row.kind, row.state, step)?;
    still_open(permit, step.as_str())?;
    Ok(row)
}

/// Closing a case ends its referrals, so that their own state has refused before; a closed case stays closed even where one
/// was left.
pub(super) fn still_open<C: Can>(permit: &Permit<'_, C, Case>, step: &'static str) -> Result<(), Problem> {
    match permit.status() {
        CaseStatus::Closed => Err(Problem::illegal_step(CaseStatus::Closed.as_str(), step, [])),
        CaseStatus::Referred | CaseStatus::Screening | CaseStatus::Open | CaseStatus::Monitoring => Ok(()),
    }
}

/// Enters the step; of two that race, one gets here.
pub(super) fn take<C: Can>(
    tx: &mut Tx<'_>,
    permit: &Permit<'_, C, Case>,
    row: &mut ReferralRow,
    step: Step,
) -> Result<(), Problem> {
    store::stamp(row, step, permit.actor().user(), tx.now());
    store::save(tx, row)
}

/// Changes a draft.
pub(super) fn change(
    tx: &mut Tx<'_>,
    permit: &Permit<'_, Refer, Case>,
    seen: Seen,
    body: &ChangeReferral,
) -> Result<ReferralView, Problem> {
    let mut row = store::find(tx, permit, seen.id)?;
    rules::may(permit, &row, Step::Send)?;
    if row.version != seen.version {
        return Err(Refused::Stale.into());
    }
    if row.state != ReferralState::Draft {
        return Err(Refused::NotADraft { state: row.state }.into());
    }
    still_open(permit, "change")?;
    let is_intake = row.kind == ReferralKind::Intake;
    if body.intake.is_some() && !is_intake {
        return Err(Problem::wrong_field("/intake", FieldCode::NotAllowedHere));
    }
    let mut fields = Vec::new();
    let id = row.id;
    if let Some(facets) = body.facets {
        if needs_consent(&row).is_none() {
            return Err(Problem::wrong_field("/facets", FieldCode::NotAllowedHere));
        }
        row.facets = facets;
        check_naming(tx, permit, &row)?.map_err(Naming::at_its_field)?;
        fields.push("facets");
    }
    if let Some(urgency) = body.urgency {
        row.urgency = urgency;
        fields.push("urgency");
    }
    if let Some(text) = &body.text {
        row.text = Some(permit.seal_own(&Words(text.clone()), id.as_str())?);
        fields.push("text");
    }
    if let Some(intake) = &body.intake {
        if let Some(risk) = &intake.risk {
            risk::facts::check_drafted(permit, risk, RISK)?;
        }
        let content = Intake {
            parties: intake.parties.clone(),
            incident: intake.incident.clone(),
            risk: intake.risk.as_ref().map(AssessmentInput::pinned),
        };
        row.intake = Some(permit.seal_own(&content, id.as_str())?);
        fields.push("intake");
    }
    store::save(tx, &mut row)?;
    store::save_words(tx, &row)?;
    note(tx, permit, "referral_changed", &row, &fields)?;
    views::of(tx, permit, &row)
}

/// `draft → sent`: onto the receiver's desk. What an intake says becomes the case's.
pub(super) fn send(tx: &mut Tx<'_>, permit: &Permit<'_, Refer, Case>, seen: Seen) -> Result<ReferralView, Problem> {
    let mut row = begin(tx, permit, seen, Step::Send)?;
    check_naming(tx, permit, &row)?.map_err(Naming::at_sending)?;
    take(tx, permit, &mut row, Step::Send)?;
    if row.kind == ReferralKind::Intake {
        write_into_case(tx, permit, &row)?;
    }
    let offer = OfferRow {
        id: row.id.to_string(),
        case_id: row.case_id,
        agency_id: row.receiver_id,
        sender_id: row.sender_id,
        kind: row.kind.as_str().to_owned(),
        urgency: row.urgency,
        is_open: true,
    };
    offers::make(tx, &offer)?;
    tell(tx, permit, &row, row.receiver_id, Notice::ReferralSent)?;
    wait_for(tx, permit, &row, Clock::ReferralAcknowledged)?;
    note(tx, permit, "referral_sent", &row, &["state"])?;
    views::of(tx, permit, &row)
}

/// Until it is sent an intake is a draft of its sender's alone; now its parties and what happened become the case's own.
fn write_into_case(tx: &mut Tx<'_>, permit: &Permit<'_, Refer, Case>, row: &ReferralRow) -> Result<(), Problem> {
    let sealed = row.intake.as_ref().ok_or_else(Problem::internal)?;
    let intake = permit.own(Author::Agency(row.sender_id), sealed, row.id.as_str())?.ok_or_else(Problem::forbidden)?;
    for party in &intake.parties {
        parties::facts::add(tx, permit, party)?;
    }
    if let Some(triage) = &intake.risk {
        risk::facts::enter(tx, permit, triage)?;
    }
    casefile::facts::fill(tx, permit, Some(&intake.incident), None)
}

/// `sent → acknowledged`: the receiver has seen it.
pub(super) fn acknowledge(tx: &mut Tx<'_>, permit: &Permit<'_, Refer, Case>, seen: Seen) -> Result<ReferralView, Problem> {
    let mut row = begin(tx, permit, seen, Step::Acknowledge)?;
    take(tx, permit, &mut row, Step::Acknowledge)?;
    tell(tx, permit, &row, row.sender_id, Notice::ReferralAcknowledged)?;
    // With it the clock before is met, and nobody on the roster is called any more.
    wait_for(tx, permit, &row, Clock::ReferralAnswered)?;
    note(tx, permit, "referral_acknowledged", &row, &["state"])?;
    views::of(tx, permit, &row)
}

/// `sent | acknowledged → declined`: back on the sender's desk, with the reason. An intake is then not taken on.
pub(super) fn decline(
    tx: &mut Tx<'_>,
    permit: &Permit<'_, Refer, Case>,
    seen: Seen,
    body: &Decline,
) -> Result<ReferralView, Problem> {
    let mut row = begin(tx, permit, seen, Step::Decline)?;
    take(tx, permit, &mut row, Step::Decline)?;
    row.reason = Some(permit.seal_own(&Reason(body.reason.clone()), row.id.as_str())?);
    store::save_words(tx, &row)?;
    offers::close(tx, row.id.as_str(), false)?;
    clear(tx, &row, &[Notice::ReferralSent, Notice::ReferralAcknowledged])?;
    answered(tx, &row)?;
    tell(tx, permit, &row, row.sender_id, Notice::ReferralDeclined)?;
    note(tx, permit, "referral_declined", &row, &["state", "reason"])?;
    if row.kind == ReferralKind::Intake {
        ending::intake(tx, permit, &row)?;
    }
    views::of(tx, permit, &row)
}

/// `draft | sent | acknowledged → withdrawn`, a service also when accepted: its grants end at once, and the receiver has
/// nothing to see any more.
pub(super) fn withdraw(
    tx: &mut Tx<'_>,
    permit: &Permit<'_, Refer, Case>,
    seen: Seen,
    body: &Withdraw,
) -> Result<ReferralView, Problem> {
    let mut row = begin(tx, permit, seen, Step::Withdraw)?;
    row.reason = Some(permit.seal_own(&Reason(body.reason.clone()), row.id.as_str())?);
    let was = row.state;
    take(tx, permit, &mut row, Step::Withdraw)?;
    store::save_words(tx, &row)?;
    ending::taken_back(tx, permit, &row, was, "referral_withdrawn")?;
    note(tx, permit, "referral_withdrawn", &row, &["state", "reason"])?;
    if row.kind == ReferralKind::Intake {
        ending::intake(tx, permit, &row)?;
    }
    views::of(tx, permit, &row)
}
