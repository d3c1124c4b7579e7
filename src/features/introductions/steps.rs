//! Drafting, sending and answering introductions.

use std::collections::HashMap;

use super::store::{self, IntroductionRow};
use super::{IntroductionFilter, IntroductionView, NamedAgency, NewIntroduction};
use crate::access::can::{Can, Refer, View};
use crate::access::{Again, Collection, Introduction, Permit};
use crate::base::db::{DbError, Tx};
use crate::base::ids::{AgencyId, IntroductionId};
use crate::base::problem::{FieldCode, Problem};
use crate::base::words::{Action, Clock, IntroductionReason, ReferralKind, ReferralState, Urgency};
use crate::clocks::{self, Arm, When};
use crate::door::{List, Page};
use crate::features::referrals::{self, Step};
use crate::features::{agencies, providers};
use crate::notify::{self, Notice, To};

const LIST: &str = "introductions";

/// One page of a box of the actor's agency, newest first.
pub(super) fn list(
    tx: &mut Tx<'_>,
    permit: &Permit<'_, View, Collection>,
    filter: IntroductionFilter,
    page: &Page,
) -> Result<List<IntroductionView>, Problem> {
    let wanted = (filter.which, filter.state);
    let rows = store::page(tx, permit.agency()?, wanted, page.past(LIST)?, page.with_one_more())?;
    Ok(page.of(LIST, show_all(tx, rows)?, |view| view.id))
}

/// Drafts an introduction.
pub(super) fn draft(
    tx: &mut Tx<'_>,
    permit: &Permit<'_, Refer, Collection>,
    new: &NewIntroduction,
) -> Result<IntroductionView, Problem> {
    let sender = permit.agency()?;
    let provider = providers::facts::giving(tx, new.provider_id, new.help)?
        .ok_or_else(|| Problem::wrong_field("/provider_id", FieldCode::NotFound))?;
    let receiver =
        agencies::facts::find(tx, new.to_agency)?.ok_or_else(|| Problem::wrong_field("/to_agency", FieldCode::NotFound))?;
    let may_receive = receiver.id == provider || permit.rules().owners.contains(&receiver.kind);
    if receiver.id == sender || !may_receive {
        return Err(Problem::wrong_field("/to_agency", FieldCode::NotAllowedHere));
    }
    let row = IntroductionRow {
        id: tx.new_id()?,
        sender_id: sender,
        receiver_id: receiver.id,
        provider_id: new.provider_id,
        help: new.help,
        division: new.division.as_str().to_owned(),
        urgency: new.urgency,
        audience: new.audience,
        language: new.language.as_ref().map(|tag| tag.as_str().to_owned()),
        state: ReferralState::Draft,
        reason: None,
        created_by: permit.user()?,
        created_at: tx.now(),
        sent_at: None,
        acknowledged_at: None,
        answered_at: None,
        ended_at: None,
        version: 1,
    };
    store::insert(tx, &row)?;
    permit.changed("introduction", row.id.as_str(), &["receiver", "provider", "help", "division", "urgency"]);
    show(tx, row)
}

/// The receiver's clock for its next step begins.
fn wait_for<C: Can>(
    tx: &mut Tx<'_>,
    permit: &Permit<'_, C, Introduction>,
    row: &IntroductionRow,
    clock: Clock,
) -> Result<(), DbError> {
    let variant = match row.urgency {
        Urgency::Normal => "usual",
        Urgency::Urgent => "urgent",
    };
    let (record, when) = (row.record(), When::Variant(variant));
    let arm = Arm { clock, case: None, record: &record, agency: row.receiver_id, user: None, when };
    clocks::arm(tx, &permit.rules().clocks, arm).map(drop)
}

/// Takes a step of the state machine that referrals have. The policy has decided which side asks; `because` is given where one
/// declines or takes back.
pub(super) fn take(
    tx: &mut Tx<'_>,
    permit: &Permit<'_, Refer, Introduction>,
    (id, version): (IntroductionId, i64),
    step: Step,
    because: Option<IntroductionReason>,
) -> Result<IntroductionView, Problem> {
    let mut row = store::find(tx, id)?.ok_or_else(Problem::not_found)?;
    if row.version != version {
        return Err(Problem::stale());
    }
    row.state = referrals::after(ReferralKind::Introduction, row.state, step)?;
    let now = tx.now();
    row.reason = because.or(row.reason);
    match step {
        Step::Send => row.sent_at = Some(now),
        Step::Acknowledge => row.acknowledged_at = Some(now),
        Step::Accept => row.answered_at = Some(now),
        Step::Decline => (row.answered_at, row.ended_at) = (Some(now), Some(now)),
        Step::Withdraw | Step::Complete => row.ended_at = Some(now),
    }
    store::save(tx, &mut row)?;
    permit.changed("introduction", id.as_str(), &["state"]);
    follow(tx, permit, &row, step)?;
    show(tx, row)
}

/// Clocks, and word to the other side.
fn follow(tx: &mut Tx<'_>, permit: &Permit<'_, Refer, Introduction>, row: &IntroductionRow, step: Step) -> Result<(), Problem> {
    let (record, sender, receiver) = (row.record(), row.sender_id, row.receiver_id);
    let (to, notice) = match step {
        Step::Send => {
            wait_for(tx, permit, row, Clock::ReferralAcknowledged)?;
            (receiver, Notice::ReferralSent)
        }
        Step::Acknowledge => {
            wait_for(tx, permit, row, Clock::ReferralAnswered)?;
            (sender, Notice::ReferralAcknowledged)
        }
        Step::Accept | Step::Decline => {
            clocks::meet(tx, Clock::ReferralAcknowledged, &record)?;
            clocks::meet(tx, Clock::ReferralAnswered, &record)?;
            notify::answered(tx, &record, Notice::ReferralSent)?;
            let notice = if step == Step::Accept { Notice::ReferralAccepted } else { Notice::ReferralDeclined };
            (sender, notice)
        }
        Step::Withdraw => {
            clocks::stop_all(tx, &record)?;
            notify::all_answered(tx, &record)?;
            if row.sent_at.is_none() {
                // Nobody was told of a draft.
                return Ok(());
            }
            (receiver, Notice::ReferralWithdrawn)
        }
        Step::Complete => {
            notify::all_answered(tx, &record)?;
            let other = if permit.agency()? == sender { receiver } else { sender };
            (other, Notice::ReferralCompleted)
        }
    };
    Ok(notify::tell(tx, To::Agency(to), notice, None, &record)?)
}

fn show(tx: &mut Tx<'_>, row: IntroductionRow) -> Result<IntroductionView, Problem> {
    show_all(tx, vec![row])?.pop().ok_or_else(Problem::internal)
}

fn show_all(tx: &mut Tx<'_>, rows: Vec<IntroductionRow>) -> Result<Vec<IntroductionView>, DbError> {
    let mut named = Vec::new();
    for row in &rows {
        named.extend([row.sender_id, row.receiver_id, providers::facts::agency_of(row.provider_id)?]);
    }
    let names: HashMap<AgencyId, String> = agencies::facts::names(tx, &named)?;
    let name = |agency: AgencyId| NamedAgency { agency_id: agency, name: names.get(&agency).cloned().unwrap_or_default() };
    let view = |row: IntroductionRow| {
        Ok(IntroductionView {
            id: row.id,
            sender: name(row.sender_id),
            receiver: name(row.receiver_id),
            provider: name(providers::facts::agency_of(row.provider_id)?),
            help: row.help,
            division: row.division,
            urgency: row.urgency,
            audience: row.audience,
            language: row.language,
            state: row.state,
            reason: row.reason,
            created_at: row.created_at,
            sent_at: row.sent_at,
            acknowledged_at: row.acknowledged_at,
            answered_at: row.answered_at,
            ended_at: row.ended_at,
            version: row.version,
        })
    };
    rows.into_iter().map(view).collect()
}

impl Again for IntroductionView {
    type Key = IntroductionId;
    const VIEW: Action = Action::ViewIntroduction;
    fn key(&self) -> IntroductionId {
        self.id
    }
    fn again(tx: &mut Tx<'_>, _: &Permit<'_, View, Introduction>, id: IntroductionId) -> Result<Self, Problem> {
        let row = store::find(tx, id)?.ok_or_else(Problem::not_found)?;
        show(tx, row)
    }
}
