//! The decision: who asks, how they stand toward the thing, what the policy says; a permit, or a refusal with its entry.

use std::rc::Rc;

use super::ledger::Ledger;
use super::permit::{OpenCase, Permit};
use super::resource::{Relation, Resource, Target};
use super::{Access, Shared, Stop};
use crate::access::actor::{of_calendar_token, of_session, of_work};
use crate::access::can::Can;
use crate::access::policy::{CaseStanding, Decision, RecordStanding, Standing, Subject};
use crate::access::standing::{self, Stance};
use crate::access::{Actor, Credential};
use crate::base::db::{DbError, Tx};
use crate::base::ids::CaseId;
use crate::base::problem::Problem;
use crate::base::words::{Action, Capability, CaseStatus};

/// The actor behind a credential; `Err` where the session or the token is not live.
pub(super) fn actor(access: &Access<'_>, tx: &mut Tx<'_>) -> Result<Result<Actor, Problem>, DbError> {
    match &access.ctx.credential {
        Credential::None => Ok(Ok(Actor::Anonymous)),
        Credential::Calendar(token) => Ok(of_calendar_token(tx, token)?.ok_or_else(Problem::unauthenticated)),
        Credential::System(job) => Ok(Ok(Actor::System(*job))),
        Credential::Work(work) => Ok(of_work(tx, *work)?.ok_or_else(Problem::unauthenticated)),
        Credential::Bearer(token) => match access.shared.signer().check(token, tx.now().seconds()) {
            Ok(claims) => Ok(of_session(tx, &claims)?.ok_or_else(Problem::unauthenticated)),
            Err(_) => Ok(Err(Problem::unauthenticated())),
        },
    }
}

fn subject(shared: &Shared, actor: &Actor) -> Subject {
    match actor {
        Actor::User { roles, agency_kind, must_change_password, .. } => Subject {
            roles: roles.clone(),
            agency_kind: Some(*agency_kind),
            may_own: shared.rules.owners.contains(agency_kind),
            job: None,
            must_change_password: *must_change_password,
            by_token: false,
        },
        Actor::Token { person, .. } | Actor::Recipient { person, .. } | Actor::Worker { person, .. } => Subject {
            roles: person.roles.clone(),
            agency_kind: Some(person.agency_kind),
            may_own: shared.rules.owners.contains(&person.agency_kind),
            job: None,
            must_change_password: false,
            by_token: matches!(actor, Actor::Token { .. }),
        },
        Actor::Anonymous => Subject::default(),
        Actor::System(job) => Subject { job: Some(*job), ..Subject::default() },
    }
}

/// How the actor stands toward a case, in the policy's words.
fn case_standing(shared: &Shared, actor: &Actor, stance: &Stance) -> CaseStanding {
    CaseStanding {
        subject: subject(shared, actor),
        status: stance.facts.status,
        duty: stance.duty,
        bases: stance.bases().into_iter().map(|(basis, (reads, writes))| (basis, reads, writes)).collect(),
        offered: stance.offered,
        transfer_offered: stance.transfer_offered,
        on_call: stance.on_call,
        // Nothing is left that a conflict could touch.
        declared: stance.declared || stance.is_erased(),
        erased: stance.is_erased(),
        walled: stance.walled,
    }
}

/// The permit for one case the actor stands toward so, or why not.
pub(super) fn decide_case<'tx, C: Can>(
    shared: &std::sync::Arc<Shared>,
    actor: &Actor,
    action: Action,
    stance: Stance,
    ledger: &Rc<Ledger>,
) -> Result<Result<Permit<'tx, C, super::Case>, Problem>, DbError> {
    let case = stance.facts.case;
    let mut standing = case_standing(shared, actor, &stance);
    let decision = shared.policy.decide(&Standing::Case(standing.clone()), action);
    ledger.decided_by(&decision);
    if decision.allowed {
        let open = open_case(shared, action, stance, &decision, ledger)?;
        return Ok(Ok(Permit::mint(shared.clone(), (actor.clone(), action), case, Some(open), ledger.clone())));
    }
    ledger.hide(case);
    // What somebody may know of is refused as such; anything else is as if it were not there.
    let is_known = !stance.grants.is_empty() || stance.offered || stance.transfer_offered || stance.on_call;
    let knows = !stance.walled && is_known;
    if !knows {
        return Ok(Err(Problem::not_found()));
    }
    if stance.is_erased() {
        let is_there = !stance.grants.is_empty() && action.capability() != Capability::View;
        return Ok(Err(if is_there { Problem::illegal_step(ERASED, action.as_str(), []) } else { Problem::not_found() }));
    }
    standing.declared = true;
    let is_closed = standing.status == CaseStatus::Closed;
    if !is_closed || stance.grants.is_empty() || action.capability() == Capability::View {
        let once_declared = !stance.declared && shared.policy.decide(&Standing::Case(standing), action).allowed;
        return Ok(Err(if once_declared { Problem::declaration_required() } else { Problem::forbidden() }));
    }
    // Only who holds a live grant, and so sees the head with its status, hears that it is the closing that stands in the way.
    standing.status = CaseStatus::Open;
    let once_open = shared.policy.decide(&Standing::Case(standing), action).allowed;
    Ok(Err(match (once_open, stance.declared) {
        (false, _) => Problem::forbidden(),
        (true, false) => Problem::declaration_required(),
        (true, true) => Problem::illegal_step(CaseStatus::Closed.as_str(), action.as_str(), FROM_CLOSED),
    }))
}

/// As a state: no step leads out of it.
const ERASED: &str = "erased";

/// What can be done with a closed case (domain.md, "case").
const FROM_CLOSED: [&str; 1] = ["reopen"];

fn open_case(shared: &Shared, action: Action, stance: Stance, decision: &Decision, ledger: &Ledger) -> Result<OpenCase, DbError> {
    // An offer alone opens nothing, so it gets no key; but whoever declines says why, and that is sealed; and the duty desk
    // reads what was written to it. Reading anything else with it stays impossible: there is no facet without a grant, and
    // nothing is one's own without one.
    let seals_only = action == Action::DeclineReferral || stance.on_call;
    let key = match &stance.wrapped_key {
        Some(wrapped) if !stance.grants.is_empty() || seals_only => {
            Some(shared.keys.unwrap(stance.facts.case.as_str(), wrapped)?)
        }
        Some(_) | None => None,
    };
    Ok(OpenCase {
        opened: ledger.sees(stance.facts.case, &stance.grants),
        facts: stance.facts,
        key,
        reads: decision.reads,
        writes: decision.writes,
        grants: stance.grants,
        duty: stance.duty,
        is_offered: stance.offered || stance.transfer_offered,
        is_on_call: stance.on_call,
        is_declared: stance.declared,
    })
}

fn record_standing(shared: &Shared, actor: &Actor, relation: &Relation) -> Standing {
    let (user, agency) = (actor.user(), actor.agency());
    let signed_in = user.is_some();
    Standing::Record(RecordStanding {
        subject: subject(shared, actor),
        own: signed_in && (relation.own || (relation.user.is_some() && relation.user == user)),
        same_agency: signed_in && (relation.own || (relation.agency.is_some() && relation.agency == agency)),
        counterpart: signed_in && (relation.own || (relation.counterpart.is_some() && relation.counterpart == agency)),
        alone: relation.first_in.is_some(),
        of_owner: relation.first_in.is_some_and(|kind| shared.rules.owners.contains(&kind)),
    })
}

/// What the policy lets the actor ask for on their own account, desk and collections, and on their agency's records.
pub(super) fn permitted(shared: &Shared, actor: &Actor) -> Vec<Action> {
    Action::ALL.iter().copied().filter(|action| permits(shared, actor, *action)).collect()
}

/// Whether that is among it.
pub(super) fn permits(shared: &Shared, actor: &Actor, action: Action) -> bool {
    let own = Relation { own: true, ..Relation::default() };
    let agency = Relation { agency: actor.agency(), ..Relation::default() };
    [own, agency].iter().any(|relation| shared.policy.decide(&record_standing(shared, actor, relation), action).allowed)
}

/// The permit for what is the actor's own, if the policy gives it.
pub(super) fn decide_own<'tx, C: Can, R: Resource<Place = Relation>>(
    shared: &std::sync::Arc<Shared>,
    actor: Actor,
    action: Action,
    ledger: &Rc<Ledger>,
) -> Option<Permit<'tx, C, R>> {
    let own = Relation { own: true, ..Relation::default() };
    let decision = shared.policy.decide(&record_standing(shared, &actor, &own), action);
    ledger.decided_by(&decision);
    decision.allowed.then(|| Permit::mint(shared.clone(), (actor, action), own, None, ledger.clone()))
}

/// Decides an access: its permit, or the refusal with its entry.
pub(super) fn decide<'tx, C: Can, K: Target>(
    access: &Access<'_>,
    tx: &mut Tx<'tx>,
    target: &K,
    ledger: &Rc<Ledger>,
) -> Result<Permit<'tx, C, K::R>, Stop> {
    let (shared, action) = (access.shared, access.action);
    let actor = match actor(access, tx)? {
        Ok(actor) => actor,
        Err(problem) => return Err(access.refuse(tx, &Actor::Anonymous, ledger, problem)),
    };
    if action.capability() != C::CAPABILITY {
        tracing::error!(action = action.as_str(), "an action was asked with the permit of another capability");
        return Err(access.refuse(tx, &actor, ledger, Problem::internal()));
    }
    let place = target.locate(tx)?;
    let decided = if <K::R as Resource>::IS_CASE {
        let case = place.as_ref().and_then(<K::R as Resource>::case);
        of_case::<C, K::R>(access, tx, &actor, place, case, ledger)?
    } else {
        of_record::<C, K::R>(access, &actor, place, ledger)
    };
    decided
        .map_err(|problem| {
            access.refuse(
                tx,
                &actor,
                ledger,
                match &actor {
                    Actor::Anonymous => Problem::unauthenticated(),
                    Actor::User { must_change_password: true, .. } => Problem::password_change_required(),
                    Actor::User { .. }
                    | Actor::Token { .. }
                    | Actor::Recipient { .. }
                    | Actor::Worker { .. }
                    | Actor::System(_) => problem,
                },
            )
        })
        .inspect(|_| tracing::trace!(action = action.as_str(), policies = shared.policy.hash(), "allowed"))
}

fn of_case<'tx, C: Can, R: Resource>(
    access: &Access<'_>,
    tx: &mut Tx<'tx>,
    actor: &Actor,
    place: Option<R::Place>,
    case: Option<CaseId>,
    ledger: &Rc<Ledger>,
) -> Result<Result<Permit<'tx, C, R>, Problem>, DbError> {
    // A case that is not there is looked for all the same, so that absent and not yours take the same reads.
    let asked = match case {
        Some(case) => case,
        None => tx.new_id()?,
    };
    let mut stance = standing::load(tx, actor, &[asked])?.remove(&asked);
    if access.action.is_duty_desks() {
        let on_call = standing::on_call(tx, actor, stance.as_ref().map(|stance| stance.facts.owner))?;
        if let Some(stance) = &mut stance {
            stance.on_call = on_call;
        }
    }
    let (Some(stance), Some(place)) = (stance, place) else { return Ok(Err(Problem::not_found())) };
    Ok(decide_case::<C>(access.shared, actor, access.action, stance, ledger)?.map(|permit| permit.into_resource(place)))
}

fn of_record<'tx, C: Can, R: Resource>(
    access: &Access<'_>,
    actor: &Actor,
    place: Option<R::Place>,
    ledger: &Rc<Ledger>,
) -> Result<Permit<'tx, C, R>, Problem> {
    let Some((place, relation)) = place.and_then(|place| R::relation(&place).map(|relation| (place, relation))) else {
        return Err(Problem::not_found());
    };
    let standing = record_standing(access.shared, actor, &relation);
    let decision = access.shared.policy.decide(&standing, access.action);
    ledger.decided_by(&decision);
    if decision.allowed {
        return Ok(Permit::mint(access.shared.clone(), (actor.clone(), access.action), place, None, ledger.clone()));
    }
    let seen = relation.own || R::VIEW.is_none_or(|view| access.shared.policy.decide(&standing, view).allowed);
    Err(if seen { Problem::forbidden() } else { Problem::not_found() })
}
