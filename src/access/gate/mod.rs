//! The gate: the only way to a case. It resolves the actor, decides by the policy, mints the permit, runs the work, and
//! gives out what came of it when the audit entry is durable.
//!
//! A write's entry is in its own transaction; a read's goes through the recorder; a refusal's too, since its own transaction
//! rolls back. If the entry cannot be written, nothing is shown and nothing is changed.

mod beside;
mod decide;
mod disclosed;
mod erase;
mod files;
mod keyring;
mod ledger;
mod lister;
mod permit;
mod records;
mod replay;
mod resource;
mod upkeep;
mod work;

use std::rc::Rc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

pub use disclosed::Disclosed;
pub(crate) use files::forget_keys;
pub use files::{Chunk, FileKey};
pub use keyring::Rewrapped;
pub use lister::Lister;
pub use permit::{Author, FacetKey, FacetPen, Held, Permit};
pub use records::{Opened, RecordKeys};
pub use replay::Again;
pub(crate) use resource::in_a_case;
pub use resource::{
    Agency, AllData, AllDeadlines, AllDocuments, AllJobs, AllKeys, AllMail, AllWitnesses, AuditLog, Case, Collection, Contract,
    Desk, Introduction, LongWork, Mail, OfAgency, OwnAccount, OwnCalendar, OwnDesk, OwnSessions, Provider, Relation, Resource,
    Roster, Session, Target, TheAuditLog, User, Whole, Within, Witness,
};
use tokio::sync::oneshot;
pub use work::JobKey;

use super::can::{Can, View};
use super::{Actor, Ctx, Disclosure, Policy};
use crate::audit::{Entry, NotRecorded, Recorder};
use crate::base::config::Settings;
use crate::base::db::{Db, DbError, Failure, Tx};
use crate::base::ids::EntryId;
use crate::base::problem::{Code, Problem};
use crate::base::words::{Action, AgencyKind, Outcome};
use crate::clocks::Clocks;
use crate::identity::pool::HashingPool;
use crate::identity::tokens::TokenSigner;
use crate::papers::Press;
use crate::vault::keys::KeyProvider;
use crate::vault::tokens::TokenKind;
use decide::decide;
use ledger::Ledger;

/// What the deployment has set, as rules and steps need it.
#[derive(Debug)]
pub struct Rules {
    /// Kinds of agency that may own cases.
    pub owners: Vec<AgencyKind>,
    /// All settings, shared with who serves.
    pub settings: Arc<Settings>,
    /// How the clocks run.
    pub clocks: Clocks,
}

/// What the gate stands on.
pub struct Parts {
    /// The database.
    pub db: Db,
    /// The keys.
    pub keys: Arc<dyn KeyProvider>,
    /// Signs and checks access tokens.
    pub signer: TokenSigner,
    /// The policy in force.
    pub policy: Policy,
    /// What each basis may hold.
    pub disclosure: Disclosure,
    /// What the deployment has set.
    pub rules: Rules,
    /// Hashes and compares passwords.
    pub pool: HashingPool,
    /// Typesets papers.
    pub press: Press,
}

pub(super) struct Shared {
    db: Db,
    keys: Arc<dyn KeyProvider>,
    /// With the seed's id that it was grown from.
    signer: RwLock<(String, Arc<TokenSigner>)>,
    policy: Policy,
    disclosure: Disclosure,
    rules: Rules,
    recorder: Recorder,
    pool: HashingPool,
    press: Press,
    is_scrubbed: AtomicBool,
}

/// The gate, shared by all who ask.
#[derive(Clone)]
pub struct Gate(Arc<Shared>);

/// Why a closure of the gate's ended without a value.
enum Stop {
    /// Refused: what the client hears, and the entry that must be durable first.
    Refused(Box<(Problem, Entry)>),
    /// The database did not do it; nothing happened.
    Db(DbError),
    /// The write's own entry could not be written; nothing happened.
    NotRecorded,
}

impl Shared {
    fn signer(&self) -> Arc<TokenSigner> {
        self.signer.read().unwrap_or_else(PoisonError::into_inner).1.clone()
    }
    /// Something is said to be erased whose keys are there still.
    fn leaves_keys_behind(&self) {
        self.is_scrubbed.store(false, Ordering::Release);
    }
}

impl From<DbError> for Stop {
    fn from(error: DbError) -> Self {
        Self::Db(error)
    }
}

impl Failure for Stop {
    fn may_retry(&self) -> bool {
        match self {
            Self::Db(error) => *error == DbError::Retry,
            // A step that met another transaction says so by its problem (`From<DbError> for Problem`).
            Self::Refused(refusal) => refusal.0.is_retry(),
            Self::NotRecorded => false,
        }
    }
}

/// One access on its way: who asks for what.
struct Access<'a> {
    shared: &'a Arc<Shared>,
    ctx: &'a Ctx,
    action: Action,
    record: String,
}

impl Access<'_> {
    /// The entry of what this access came to.
    fn entry(&self, tx: &Tx<'_>, actor: &Actor, ledger: &Ledger, outcome: Outcome, code: Option<Code>) -> Result<Entry, DbError> {
        let mut who = ledger.became().unwrap_or_else(|| actor.who());
        if let (crate::audit::Who::Anonymous { tried }, Some(account)) = (&mut who, ledger.tried()) {
            *tried = Some(account);
        }
        // Of a refused access nothing was shown: its cases are hidden ones, for oversight only.
        let shown = outcome == Outcome::Allowed;
        let cases = ledger.cases();
        let mut hidden = ledger.hidden();
        if !shown {
            hidden.extend(cases.iter().map(|seen| seen.case));
        }
        Ok(Entry {
            id: tx.new_id()?,
            continues: None,
            at: tx.now(),
            who,
            action: self.action,
            record: Some(self.record.clone()),
            cases: if shown { cases } else { Vec::new() },
            hidden,
            policies: ledger.policies(),
            policy_set: self.shared.policy.hash().to_owned(),
            outcome,
            code: code.map(|code| code.as_str().to_owned()),
            request: self.ctx.request.request_id.clone(),
            address: self.ctx.request.address.clone(),
            user_agent: self.ctx.request.user_agent.clone(),
            // A refusal without a code stands in its own transaction: a wrong password is counted, a stolen token ends a session.
            changed: if shown || code.is_none() { ledger.changed() } else { Vec::new() },
        })
    }

    /// A refusal, with its entry.
    fn refuse(&self, tx: &Tx<'_>, actor: &Actor, ledger: &Ledger, problem: Problem) -> Stop {
        match self.entry(tx, actor, ledger, outcome_of(problem.code()), Some(problem.code())) {
            Ok(entry) => Stop::Refused(Box::new((problem, entry))),
            Err(error) => Stop::Db(error),
        }
    }
}

/// What the log calls a problem. Denied: a rule says no, be it the policy, the state a record is in, the mediation gate,
/// her consent or a limit on attempts. Failed: what was asked for could not be taken up at all, or by no fault of its own.
fn outcome_of(code: Code) -> Outcome {
    match code.status() {
        401 | 403 | 404 | 409 | 429 => Outcome::Denied,
        _ => Outcome::Failed,
    }
}

impl Gate {
    /// Opens the gate. Errors: the recorder cannot start.
    pub fn open(parts: Parts) -> Result<Self, DbError> {
        let recorder = Recorder::start(parts.db.clone())?;
        let Parts { db, keys, signer, policy, disclosure, rules, pool, press } = parts;
        let signer = RwLock::new((keys.signing_seed().id().to_owned(), Arc::new(signer)));
        Ok(Self(Arc::new(Shared {
            db,
            keys,
            signer,
            policy,
            disclosure,
            rules,
            recorder,
            pool,
            press,
            is_scrubbed: AtomicBool::new(false),
        })))
    }

    /// What the deployment has set.
    pub fn rules(&self) -> &Rules {
        &self.0.rules
    }

    /// The injected time.
    pub fn now(&self) -> crate::base::time::Timestamp {
        self.0.db.clock().now()
    }

    /// Signs access tokens.
    pub fn signer(&self) -> Arc<TokenSigner> {
        self.0.signer()
    }

    /// Hashes passwords, apart from all other work.
    pub fn pool(&self) -> &HashingPool {
        &self.0.pool
    }

    /// Typesets papers, apart from all other work.
    pub fn press(&self) -> &Press {
        &self.0.press
    }

    /// The policy in force.
    pub fn policy(&self) -> &Policy {
        &self.0.policy
    }

    /// The keyed digest under which failures of an account are counted: what was typed as a name may be a password.
    pub fn account_key(&self, username: &str) -> [u8; 32] {
        self.0.keys.search().token(TokenKind::Name, &format!("sign-in account, version 1: {username}"))
    }

    /// Reads what a password is checked against, beside the access itself, since hashing must not sit in its transaction.
    /// There is no permit, so no key: nothing of a case can be opened, and what is read cannot be answered with. The
    /// closure hears who asks; a dead session is nobody's.
    pub(crate) async fn before_hashing<T, F>(&self, ctx: &Ctx, f: F) -> Result<T, Problem>
    where
        T: Send + 'static,
        F: for<'tx> Fn(&mut Tx<'tx>, &Actor) -> Result<T, DbError> + Send + 'static,
    {
        let (shared, ctx) = (self.0.clone(), ctx.clone());
        let read = move |tx: &mut Tx<'_>| {
            let access = Access { shared: &shared, ctx: &ctx, action: Action::ViewMe, record: String::new() };
            let actor = decide::actor(&access, tx)?.unwrap_or(Actor::Anonymous);
            f(tx, &actor)
        };
        self.0.db.read::<T, DbError, _>(read).await.map_err(Problem::from)
    }

    /// Looks: decides, runs the closure in a reading transaction, records what was disclosed.
    pub async fn read<C, K, V, E, F>(&self, ctx: &Ctx, target: K, action: Action, f: F) -> Result<Disclosed<V>, Problem>
    where
        C: Can,
        K: Target,
        V: Send + 'static,
        E: Into<Problem>,
        F: for<'tx> Fn(&mut Tx<'tx>, &Permit<'tx, C, K::R>) -> Result<V, E> + Send + 'static,
    {
        let (shared, ctx) = (self.0.clone(), ctx.clone());
        let (recording, (reply, answer)) = (self.0.clone(), oneshot::channel());
        let read = move |tx: &mut Tx<'_>| {
            let access = Access { shared: &shared, ctx: &ctx, action, record: target.record() };
            run(&access, tx, &target, &f)
        };
        // The thread that read hands its entry to the recorder, and whoever asked is woken when that is durable: once.
        let then = move |done: Result<(V, Entry), Stop>| match done {
            Ok((value, entry)) => {
                let receipt = entry.id;
                recording.recorder.record_then(entry, move |recorded| {
                    let shown = recorded.map(|()| Disclosed::after(value, receipt));
                    drop(reply.send(shown.map_err(|NotRecorded| Stop::NotRecorded)));
                });
            }
            Err(stop) => drop(reply.send(Err(stop))),
        };
        self.0.db.read_then(read, then).await;
        match answer.await {
            Ok(Ok(shown)) => Ok(shown),
            Ok(Err(stop)) => Err(self.stopped(stop).await),
            Err(_) => Err(Problem::from(DbError::Unavailable("the work was broken off"))),
        }
    }

    /// Shows a view by its key: the same piece serves `GET`, and a repeated `POST`.
    pub async fn view<V: Again>(&self, ctx: &Ctx, key: V::Key) -> Result<Disclosed<V>, Problem> {
        self.read::<View, _, _, _, _>(ctx, key, V::VIEW, move |tx, permit| V::again(tx, permit, key)).await
    }

    /// Lists: one decision for the list, then one and a permit for each case in it, all in one entry.
    pub async fn list<K, V, E, F>(&self, ctx: &Ctx, target: K, action: Action, f: F) -> Result<Disclosed<V>, Problem>
    where
        K: Target,
        V: Send + 'static,
        E: Into<Problem>,
        F: for<'tx> Fn(&mut Tx<'tx>, &Lister<'tx, '_, K::R>) -> Result<V, E> + Send + 'static,
    {
        self.read::<View, _, _, _, _>(ctx, target, action, move |tx, permit| f(tx, &Lister::over(permit)).map_err(Into::into))
            .await
    }

    /// Changes: decides, runs the closure in a writing transaction with its entry, answers when both are durable.
    pub async fn write<C, K, V, E, F>(&self, ctx: &Ctx, target: K, action: Action, f: F) -> Result<Disclosed<V>, Problem>
    where
        C: Can,
        K: Target,
        V: Send + 'static,
        E: Into<Problem>,
        F: for<'tx> Fn(&mut Tx<'tx>, &Permit<'tx, C, K::R>) -> Result<V, E> + Send + 'static,
    {
        let (shared, ctx) = (self.0.clone(), ctx.clone());
        let done = self
            .0
            .db
            .write(move |tx| {
                let access = Access { shared: &shared, ctx: &ctx, action, record: target.record() };
                let (value, entry) = run(&access, tx, &target, &f)?;
                append(tx, &entry)?;
                Ok::<_, Stop>((value, entry.id))
            })
            .await;
        match done {
            Ok((value, receipt)) => Ok(Disclosed::after(value, receipt)),
            Err(stop) => Err(self.stopped(stop).await),
        }
    }

    /// A write that may be repeated under its `Idempotency-Key`: the same key and body answer with the same record,
    /// rendered anew through the gate, so that a right that ended in between ends here too.
    pub async fn post<C, K, V, E, F>(&self, ctx: &Ctx, target: K, action: Action, f: F) -> Result<Disclosed<V>, Problem>
    where
        C: Can,
        K: Target,
        V: Again,
        E: Into<Problem>,
        F: for<'tx> Fn(&mut Tx<'tx>, &Permit<'tx, C, K::R>) -> Result<V, E> + Send + 'static,
    {
        let (shared, ctx) = (self.0.clone(), ctx.clone());
        let done = self
            .0
            .db
            .write(move |tx| {
                let access = Access { shared: &shared, ctx: &ctx, action, record: target.record() };
                if let Some(again) = replay::known::<V>(&access, tx)? {
                    let (value, entry) = again?;
                    append(tx, &entry)?;
                    return Ok((value, entry.id));
                }
                let (value, entry) = run(&access, tx, &target, &f)?;
                replay::keep(&access, tx, &entry, &value.key().to_string())?;
                append(tx, &entry)?;
                Ok::<_, Stop>((value, entry.id))
            })
            .await;
        match done {
            Ok((value, receipt)) => Ok(Disclosed::after(value, receipt)),
            Err(stop) => Err(self.stopped(stop).await),
        }
    }

    async fn record(&self, entry: Entry) -> Result<EntryId, Problem> {
        let id = entry.id;
        self.0.recorder.record(entry).await.map_err(|_| Problem::audit_unavailable())?;
        Ok(id)
    }

    /// What the client hears; a refusal only when its entry is durable.
    async fn stopped(&self, stop: Stop) -> Problem {
        match stop {
            Stop::Refused(refusal) => {
                let (problem, entry) = *refusal;
                match self.record(entry).await {
                    Ok(_) => problem,
                    Err(unrecorded) => unrecorded,
                }
            }
            Stop::Db(error) => Problem::from(error),
            Stop::NotRecorded => Problem::audit_unavailable(),
        }
    }
}

fn append(tx: &mut Tx<'_>, entry: &Entry) -> Result<(), Stop> {
    crate::audit::append(tx, entry).map_err(|error| {
        tracing::error!(%error, "an audit entry could not be written");
        Stop::NotRecorded
    })
}

/// Decides and runs the work: its value and the entry that must be durable before it is shown.
fn run<'tx, C, K, V, E>(
    access: &Access<'_>,
    tx: &mut Tx<'tx>,
    target: &K,
    f: &impl Fn(&mut Tx<'tx>, &Permit<'tx, C, K::R>) -> Result<V, E>,
) -> Result<(V, Entry), Stop>
where
    C: Can,
    K: Target,
    E: Into<Problem>,
{
    let ledger = Rc::new(Ledger::default());
    let permit = decide::<C, K>(access, tx, target, &ledger)?;
    match f(tx, &permit) {
        Ok(value) => {
            let outcome = ledger.outcome().unwrap_or(Outcome::Allowed);
            let entry = access.entry(tx, permit.actor(), &ledger, outcome, None)?;
            Ok((value, entry))
        }
        Err(problem) => Err(access.refuse(tx, permit.actor(), &ledger, problem.into())),
    }
}
