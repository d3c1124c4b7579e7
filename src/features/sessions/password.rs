//! Choosing a password of one's own.
//!
//! Whoever found somebody's open session must not be able to try passwords there: failures count as in signing in.

use super::sign_in::{Attempt, compare, failed, not_too_often, unanswered};
use super::throttle::network;
use super::{ChangePassword, Password, steps, store};
use crate::access::can::Administer;
use crate::access::{Ctx, Disclosed, OwnAccount};
use crate::base::problem::{Code, FieldCode, FieldErrors, Problem};
use crate::base::words::Action;
use crate::door::NoContent;
use crate::features::users::{self, Credentials};
use crate::identity::passwords::{MAX_BYTES, MIN_CHARS, PasswordProblem, Verdict, check_new};

/// Changes one's own password and ends one's other sessions.
pub async fn change(ctx: &Ctx, body: ChangePassword) -> Result<Disclosed<NoContent>, Problem> {
    let (gate, limits, address) = (ctx.gate(), ctx.gate().rules().settings.sign_in.clone(), ctx.address().to_owned());
    let keys = gate.clone();
    let looked = gate.before_hashing(ctx, move |tx, actor| {
        let Some(user) = actor.user() else { return Ok(None) };
        let Some(account) = Credentials::of(tx, user)? else { return Ok(None) };
        let key = keys.account_key(account.username());
        let failures = store::failures(tx, (&key, &network(&address)), &limits, Some((user, &address)))?;
        Ok(Some((account, key, failures)))
    });
    let Some((account, key, failures)) = looked.await? else {
        // Nobody: the gate says so, and records it.
        return store_new(ctx, None, String::new()).await;
    };
    let attempt = Attempt { account: key, network: network(ctx.address()), tried: Some(account.id()) };
    not_too_often(ctx, &attempt, failures).await?;
    let tried = attempt.tried;
    if let Err(faults) = check(&body, account.username()) {
        return Err(unanswered(ctx, tried, faults).await);
    }
    match compare(ctx, &body.current_password, account.password()).await {
        Ok(Verdict::Right { .. }) => {}
        Ok(Verdict::Wrong) => {
            let heard = failed(ctx, attempt).await;
            return Err(if heard.code() == Code::WrongCredentials { wrong_current() } else { heard });
        }
        Err(busy) => return Err(unanswered(ctx, tried, busy).await),
    }
    let hash = match gate.pool().hash(body.new_password.secret()).await {
        Ok(hash) => hash,
        Err(busy) => return Err(unanswered(ctx, tried, busy.into()).await),
    };
    store_new(ctx, account.password().map(str::to_owned), hash).await
}

async fn store_new(ctx: &Ctx, compared: Option<String>, hash: String) -> Result<Disclosed<NoContent>, Problem> {
    ctx.gate()
        .write::<Administer, _, _, Problem, _>(ctx, OwnAccount, Action::ChangePassword, move |tx, permit| {
            let mut account = Credentials::of(tx, permit.user()?)?.ok_or_else(Problem::not_found)?;
            // Another change came in between: what was compared is not the password any more.
            if account.password() != compared.as_deref() {
                return Err(wrong_current());
            }
            account.choose(tx, permit, hash.clone())?;
            users::end_sessions(tx, permit, account.id(), steps::current(permit.actor()), "password_changed")?;
            Ok(NoContent)
        })
        .await
}

fn wrong_current() -> Problem {
    let code =
        FieldCode::Other { code: "wrong_password", message: "is not your password", message_zh: "不是您的当前密码" };
    Problem::wrong_field("/current_password", code)
}

/// The rule for the new password; every fault is named.
fn check(body: &ChangePassword, username: &str) -> Result<(), Problem> {
    let at = "/new_password";
    let mut errors = FieldErrors::new();
    for problem in faults(&body.new_password, username) {
        errors.push(
            at,
            match problem {
                PasswordProblem::TooShort => FieldCode::TooShort { min: u64::try_from(MIN_CHARS).unwrap_or_default() },
                PasswordProblem::TooLong => FieldCode::TooLong { max: u64::try_from(MAX_BYTES).unwrap_or_default() },
                PasswordProblem::Common => FieldCode::TooWeak,
                PasswordProblem::ContainsUsername => FieldCode::Other {
                    code: "contains_username",
                    message: "must not contain the user name",
                    message_zh: "不能包含用户名",
                },
            },
        );
    }
    if body.new_password.as_str() == body.current_password.as_str() {
        errors.push(
            at,
            FieldCode::Other {
                code: "unchanged", message: "must be another than before", message_zh: "不能与原密码相同"
            },
        );
    }
    errors.into_result()
}

fn faults(password: &Password, username: &str) -> Vec<PasswordProblem> {
    check_new(password.as_str(), username).err().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn codes(current: &str, new: &str) -> Vec<String> {
        let text = serde_json::json!({ "current_password": current, "new_password": new });
        let body: ChangePassword = serde_json::from_value(text).unwrap();
        let told = check(&body, "lihua").err();
        told.map(|p| p.errors().iter().map(|e| e.code.to_string()).collect()).unwrap_or_default()
    }

    #[test]
    fn a_new_password_hears_all_that_is_wrong_with_it() {
        assert!(codes("tractor lamp green", "纸灯笼 over the river").is_empty());
        assert_eq!(codes("x", "lihua"), ["too_short", "contains_username"]);
        assert_eq!(codes("tractor lamp green", "tractor lamp green"), ["unchanged"]);
        assert_eq!(codes("x", "password1234"), ["too_weak"]);
    }
}
