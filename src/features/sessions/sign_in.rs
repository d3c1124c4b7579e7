//! Signing in: what was typed is compared on the hashing pool, beside any transaction; then one write begins the session,
//! or counts the failure and records it.
//!
//! Always: an unknown name, a wrong password, an account that is not confirmed, disabled or without a password, a one-time
//! secret that is over: the same work, the same answer.

use super::throttle::{Failures, network, wait};
use super::{Password, SignIn, SignedIn, steps, store};
use crate::access::can::Administer;
use crate::access::{Ctx, Disclosed, OwnSessions};
use crate::base::ids::UserId;
use crate::base::problem::{Code, FieldCode, Problem};
use crate::base::words::Action;
use crate::features::users::Credentials;
use crate::identity::passwords::Verdict;

/// What an attempt is counted under.
#[derive(Clone)]
pub struct Attempt {
    /// The account's key.
    pub account: [u8; 32],
    /// The client's network.
    pub network: String,
    /// The account, if there is one.
    pub tried: Option<UserId>,
}

/// Signs in.
pub async fn sign_in(ctx: &Ctx, body: &SignIn) -> Result<Disclosed<SignedIn>, Problem> {
    let ctx = ctx.as_visitor();
    if body.otp.is_some() {
        // Before any account is looked up: what is heard is the same for every name.
        return Err(unanswered(&ctx, None, no_second_factor()).await);
    }
    let key = ctx.gate().account_key(body.username.as_str());
    let (account, failures) = look(&ctx, body, key).await?;
    let attempt = Attempt { account: key, network: network(ctx.address()), tried: account.as_ref().map(Credentials::id) };
    not_too_often(&ctx, &attempt, failures).await?;
    let stored = account.as_ref().and_then(Credentials::password).map(str::to_owned);
    let rehash = match compare(&ctx, &body.password, stored.as_deref()).await {
        Ok(Verdict::Right { needs_rehash }) => needs_rehash,
        Ok(Verdict::Wrong) => return Err(failed(&ctx, attempt).await),
        Err(busy) => return Err(unanswered(&ctx, attempt.tried, busy).await),
    };
    let Some(account) = account.filter(|account| account.signs_in(ctx.gate().now())) else {
        return Err(failed(&ctx, attempt).await);
    };
    // A busy pool is no reason to turn away who is there: the hash grows at another sign-in.
    let costlier = if rehash { ctx.gate().pool().hash(body.password.secret()).await.ok() } else { None };
    begin(&ctx, attempt, account, costlier).await
}

async fn look(ctx: &Ctx, body: &SignIn, key: [u8; 32]) -> Result<(Option<Credentials>, Failures), Problem> {
    let (name, address) = (body.username.as_str().to_owned(), ctx.address().to_owned());
    let limits = ctx.gate().rules().settings.sign_in.clone();
    ctx.gate()
        .before_hashing(ctx, move |tx, _| {
            let account = Credentials::by_username(tx, &name)?;
            let familiar = account.as_ref().map(|account| (account.id(), address.as_str()));
            let failures = store::failures(tx, (&key, &network(&address)), &limits, familiar)?;
            Ok((account, failures))
        })
        .await
}

/// Refuses, on record, an attempt that comes too soon after others. It is not counted: a wait has an end.
pub async fn not_too_often(ctx: &Ctx, attempt: &Attempt, failures: Failures) -> Result<(), Problem> {
    let Some(seconds) = wait(&ctx.gate().rules().settings.sign_in, failures, ctx.gate().now()) else { return Ok(()) };
    Err(unanswered(ctx, attempt.tried, Problem::too_many_requests(seconds)).await)
}

/// Records an attempt that no password was compared for, and so none is counted; what the client hears when that is
/// durable.
pub async fn unanswered(ctx: &Ctx, tried: Option<UserId>, problem: Problem) -> Problem {
    let refused = ctx.gate().write::<Administer, _, (), _, _>(ctx, OwnSessions, Action::RecordFailedSignIn, {
        let problem = problem.clone();
        move |_, permit| {
            permit.refused(tried);
            Err(problem.clone())
        }
    });
    refused.await.err().unwrap_or(problem)
}

fn no_second_factor() -> Problem {
    let code = FieldCode::Other {
        code: "not_enrolled",
        message: "no second factor is enrolled on this account",
        message_zh: "本账号未启用第二因素验证",
    };
    Problem::wrong_field("/otp", code)
}

/// Whether the password is the stored one; where none is stored it takes as long and is wrong.
pub async fn compare(ctx: &Ctx, password: &Password, stored: Option<&str>) -> Result<Verdict, Problem> {
    let pool = ctx.gate().pool();
    Ok(match stored {
        Some(hash) => pool.verify(password.secret(), hash.to_owned()).await?,
        None => pool.verify_nobody(password.secret()).await?,
    })
}

/// Counts and records a failure; what the client hears when that is durable.
pub async fn failed(ctx: &Ctx, attempt: Attempt) -> Problem {
    let counted = ctx.gate().write::<Administer, _, _, _, _>(ctx, OwnSessions, Action::RecordFailedSignIn, move |tx, permit| {
        store::count_failure(tx, &attempt.account, &attempt.network, &permit.rules().settings.sign_in)?;
        permit.refused(attempt.tried);
        Ok::<_, Problem>(())
    });
    match counted.await {
        Ok(_) => Problem::wrong_credentials(),
        Err(unrecorded) => unrecorded,
    }
}

/// A calendar's token opened nothing: counted and limited like a wrong password, for all tokens of one network together. A
/// token that is good never comes here, so that nobody's calendar waits for a neighbour's mistakes.
pub async fn wrong_token(ctx: &Ctx) -> Problem {
    let ctx = ctx.as_visitor();
    // No user name holds a space.
    let account = ctx.gate().account_key("calendar token");
    let attempt = Attempt { account, network: network(ctx.address()), tried: None };
    let (limits, from) = (ctx.gate().rules().settings.sign_in.clone(), attempt.network.clone());
    let failures = ctx.gate().before_hashing(&ctx, move |tx, _| store::failures(tx, (&account, &from), &limits, None)).await;
    let waits = match failures {
        Ok(failures) => not_too_often(&ctx, &attempt, failures).await,
        Err(unavailable) => Err(unavailable),
    };
    if let Err(problem) = waits {
        return problem;
    }
    let heard = failed(&ctx, attempt).await;
    if heard.code() == Code::WrongCredentials { Problem::unauthenticated() } else { heard }
}

async fn begin(
    ctx: &Ctx,
    attempt: Attempt,
    account: Credentials,
    costlier: Option<String>,
) -> Result<Disclosed<SignedIn>, Problem> {
    let request = ctx.clone();
    ctx.gate()
        .write::<Administer, _, _, Problem, _>(ctx, OwnSessions, Action::SignIn, move |tx, permit| {
            // What was compared must still be so in the transaction that lets them in.
            let now = Credentials::of(tx, account.id())?;
            let same = |now: &Credentials| now.password() == account.password() && now.signs_in(tx.now());
            let Some(mut now) = now.filter(same) else {
                permit.refused(attempt.tried);
                return Err(Problem::wrong_credentials());
            };
            if let Some(hash) = &costlier {
                now.rehash(tx, permit, hash.clone())?;
            }
            store::forget_failures(tx, &attempt.account, &attempt.network)?;
            steps::begin(tx, permit, &request, &now)
        })
        .await
}
