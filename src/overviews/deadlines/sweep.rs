//! The sweep: tells each stage whose time has come, and ends what is over by its date.
//!
//! As the machine `clocks`, through the gate, a batch in one transaction with its entry. Several nodes sweep at once: a
//! deadline that another holds is passed over, and one it has told has another time.

use std::collections::{HashMap, HashSet};

use super::store::{self, Concerned};
use crate::access::can::Record;
use crate::access::{AllDeadlines, Collection, Ctx, Gate, Permit, RequestFacts};
use crate::base::db::{DbError, Tx};
use crate::base::ids::{AgencyId, CaseId, UserId};
use crate::base::problem::Problem;
use crate::base::words::{Action, Clock, Duty, Job, Role, Stage, Told};
use crate::clocks::{self, Deadline, Due, Planned};
use crate::features::{break_glass, consents, contracts, duty, users};
use crate::notify::{self, DeskItem, Notice, To};

/// So many deadlines are taken at once: few enough that nobody waits long behind them.
const BATCH: i64 = 100;

/// Tells all that is to be told by now; how many deadlines had something. Errors: the database, or the audit.
pub async fn sweep(gate: &Gate) -> Result<usize, Problem> {
    let ctx = Ctx::system(std::sync::Arc::new(gate.clone()), Job::Clocks, RequestFacts::default());
    let mut told = 0_usize;
    while gate.next_deadline().await?.is_some_and(|next| next <= gate.now()) {
        let done = gate.write::<Record, _, _, Problem, _>(&ctx, AllDeadlines, Action::FireDeadlines, batch).await?.release().0;
        if done == 0 {
            // What is left is in another node's hands.
            break;
        }
        told = told.saturating_add(done);
    }
    Ok(told)
}

fn batch(tx: &mut Tx<'_>, permit: &Permit<'_, Record, Collection>) -> Result<usize, Problem> {
    let due = clocks::lock_due(tx, BATCH)?;
    let count = due.len();
    let mut cases: Vec<CaseId> = due.iter().filter_map(|due| due.deadline.case_id).collect();
    cases.sort_unstable();
    cases.dedup();
    let mut desks = Desks { cases: store::concerned(tx, &cases)?, supervisors: HashMap::new(), rosters: HashMap::new() };
    let mut entries = Vec::new();
    for due in &due {
        for stage in &due.stages {
            desks.tell(tx, &due.deadline, stage, &mut entries)?;
        }
        permit.changed("deadline", due.deadline.id.as_str(), &["stage"]);
        is_over(tx, permit, due)?;
    }
    notify::tell_all(tx, &entries)?;
    clocks::fire(tx, due, is_an_end)?;
    Ok(count)
}

/// Whether the clock waits for something to be over, rather than for somebody to do something.
const fn is_an_end(clock: Clock) -> bool {
    match clock {
        Clock::OrderEnds
        | Clock::ConsentEnds
        | Clock::ContractBegins
        | Clock::ContractEnds
        | Clock::GrantEnds
        | Clock::LicenceEnds
        | Clock::BreakGlassAnswered
        | Clock::HearingDate => true,
        Clock::ReferralAcknowledged
        | Clock::ReferralAnswered
        | Clock::FirstSafeContact
        | Clock::Reassessment
        | Clock::OrderDecided
        | Clock::AdmonitionVisit
        | Clock::JudicialConfirmation
        | Clock::BreakGlassReview
        | Clock::ActionDue
        | Clock::RetentionEnds
        | Clock::VisitReturn => false,
    }
}

/// What is over by its date has ended by comparison with now already; here that is recorded.
fn is_over(tx: &mut Tx<'_>, permit: &Permit<'_, Record, Collection>, due: &Due) -> Result<(), Problem> {
    if !due.stages.iter().any(|stage| stage.stage == Stage::Due) {
        return Ok(());
    }
    let (kind, id) = due.deadline.record.split_once('/').unwrap_or_default();
    match (due.deadline.clock, kind) {
        (Clock::ConsentEnds, "consent") => match id.parse() {
            Ok(id) => Ok(consents::facts::expire(tx, permit, id)?),
            Err(_) => Err(DbError::Corrupt("a deadline's record").into()),
        },
        (Clock::BreakGlassAnswered, "break_glass") => match id.parse() {
            Ok(id) => Ok(break_glass::facts::lapse(tx, permit, id, &due.deadline.on_desks())?),
            Err(_) => Err(DbError::Corrupt("a deadline's record").into()),
        },
        (Clock::ContractBegins, "contract") => match id.parse() {
            Ok(id) => Ok(contracts::facts::begin(tx, permit, id)?),
            Err(_) => Err(DbError::Corrupt("a deadline's record").into()),
        },
        (Clock::ContractEnds, "contract") => match id.parse() {
            Ok(id) => Ok(contracts::facts::expire(tx, permit, id)?),
            Err(_) => Err(DbError::Corrupt("a deadline's record").into()),
        },
        _ => Ok(()),
    }
}

const fn notice(stage: Stage) -> Notice {
    match stage {
        Stage::Call => Notice::RosterCall,
        Stage::Near => Notice::DeadlineNear,
        Stage::Due => Notice::DeadlineDue,
        Stage::Overdue => Notice::DeadlineOverdue,
    }
}

/// Whose desks are meant, looked up once a batch.
struct Desks {
    cases: HashMap<CaseId, Concerned>,
    supervisors: HashMap<AgencyId, Vec<UserId>>,
    rosters: HashMap<AgencyId, Option<duty::facts::Now>>,
}

impl Desks {
    fn tell(
        &mut self,
        tx: &mut Tx<'_>,
        deadline: &Deadline,
        stage: &Planned,
        entries: &mut Vec<DeskItem>,
    ) -> Result<(), DbError> {
        let mut told = HashSet::new();
        for who in &stage.to {
            for to in self.desks(tx, deadline, *who)? {
                if told.insert(key(to)) {
                    let case = self.names_case(deadline, to);
                    let about = deadline.on_desks();
                    entries.push(notify::entry(tx, to, notice(stage.stage), case, (&about, Some(deadline.due_at)))?);
                }
            }
        }
        Ok(())
    }

    /// Whoever has not accepted a referral is not told which case it is; the owner of a case it has taken on is.
    fn names_case(&self, deadline: &Deadline, to: To) -> Option<CaseId> {
        let (To::Agency(agency) | To::User(agency, _)) = to;
        let case = deadline.case_id?;
        let hides = matches!(deadline.clock, Clock::ReferralAcknowledged | Clock::ReferralAnswered);
        let owns = self.cases.get(&case).is_some_and(|case| case.is_taken_on && case.owner == agency);
        (!hides || owns).then_some(case)
    }

    fn desks(&mut self, tx: &mut Tx<'_>, deadline: &Deadline, who: Told) -> Result<Vec<To>, DbError> {
        let agency = deadline.agency_id;
        let concerned = deadline.case_id.and_then(|case| self.cases.get(&case)).cloned();
        let owner = concerned.as_ref().map_or(agency, |case| case.owner);
        let with_duty = |duty, of: Option<AgencyId>| {
            let people = concerned.iter().flat_map(|case| &case.people);
            let found = people.filter(|person| person.duty == Some(duty) && of.is_none_or(|of| person.agency == of));
            found.map(|person| To::User(person.agency, person.user)).collect::<Vec<_>>()
        };
        let desks = match who {
            Told::Desk => vec![deadline.user_id.map_or(To::Agency(agency), |user| To::User(agency, user))],
            Told::Handler => or_agency(with_duty(Duty::Handler, Some(owner)), owner),
            Told::Lead => with_duty(Duty::Lead, None),
            Told::Supervisor => self.supervisors(tx, agency, concerned.as_ref())?,
            Told::OwnerSupervisor => self.supervisors(tx, owner, concerned.as_ref())?,
            Told::Duty | Told::Deputy => {
                let roster = self.roster(tx, agency)?;
                let on = roster.and_then(|now| if who == Told::Duty { Some(now.person) } else { now.deputy });
                match on.filter(|user| !is_walled(concerned.as_ref(), *user)) {
                    Some(user) => vec![To::User(agency, user)],
                    // A gap in the roster must not swallow a call.
                    None => self.supervisors(tx, agency, concerned.as_ref())?,
                }
            }
        };
        Ok(desks.into_iter().filter(|to| !matches!(to, To::User(_, user) if is_walled(concerned.as_ref(), *user))).collect())
    }

    fn supervisors(&mut self, tx: &mut Tx<'_>, agency: AgencyId, case: Option<&Concerned>) -> Result<Vec<To>, DbError> {
        let all = if let Some(all) = self.supervisors.get(&agency) {
            all.clone()
        } else {
            let found = users::facts::holding(tx, agency, &[Role::FederationSupervisor, Role::ProviderManager])?;
            self.supervisors.insert(agency, found.clone());
            found
        };
        let desks = all.into_iter().filter(|user| !is_walled(case, *user)).map(|user| To::User(agency, user)).collect();
        // An agency without one, or whose only one is walled off: whoever answers there.
        Ok(or_agency(desks, agency))
    }

    fn roster(&mut self, tx: &mut Tx<'_>, agency: AgencyId) -> Result<Option<duty::facts::Now>, DbError> {
        if let Some(known) = self.rosters.get(&agency) {
            return Ok(*known);
        }
        let now = duty::facts::now(tx, agency)?;
        self.rosters.insert(agency, now);
        Ok(now)
    }
}

fn is_walled(case: Option<&Concerned>, user: UserId) -> bool {
    case.is_some_and(|case| case.people.iter().any(|person| person.user == user && person.walled))
}

fn or_agency(desks: Vec<To>, agency: AgencyId) -> Vec<To> {
    if desks.is_empty() { vec![To::Agency(agency)] } else { desks }
}

fn key(to: To) -> (AgencyId, Option<UserId>) {
    match to {
        To::Agency(agency) => (agency, None),
        To::User(agency, user) => (agency, Some(user)),
    }
}
