//! `lianhu user`: accounts that nobody inside can make, yet or any more. It acts through the gate, as the console, and each
//! act is recorded like any other.

use zeroize::Zeroizing;

use super::User;
use crate::access::can::{Administer, Approve};
use crate::access::{Ctx, Gate, Whole};
use crate::base::ids::UserId;
use crate::base::problem::Problem;
use crate::base::prompt::{self, NoSecret};
use crate::base::text::{Division, Line, PersonName, Username, WrongText};
use crate::base::words::{Action, AgencyKind, Job};
use crate::features::agencies::{self, NewAgency};
use crate::features::users::{self, FirstAdmin};
use crate::identity::passwords::{PasswordProblem, check_new};

/// Why a command did nothing.
#[derive(Debug, thiserror::Error)]
pub enum NotDone {
    /// An argument is not of its form.
    #[error("{what}: {why}")]
    Argument {
        /// Which.
        what: &'static str,
        /// Why.
        why: WrongText,
    },
    /// The password is not a good one.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    Password(Vec<PasswordProblem>),
    /// No password came.
    #[error(transparent)]
    NoSecret(#[from] NoSecret),
    /// No account has the name.
    #[error("no account has this name / 没有此用户名的账户")]
    Nobody,
    /// The program refused.
    #[error("{}", told(.0))]
    Refused(#[from] Problem),
}

/// A problem in both languages, with each wrong field.
fn told(problem: &Problem) -> String {
    let body = problem.body("console");
    let fields = body.errors.iter().map(|e| format!("\n  {}: {} / {}", e.pointer, e.message, e.message_zh));
    format!("{} / {}{}", body.detail, body.detail_zh, fields.collect::<String>())
}

fn parsed<T: std::str::FromStr<Err = WrongText>>(what: &'static str, text: &str) -> Result<T, NotDone> {
    text.parse().map_err(|why| NotDone::Argument { what, why })
}

/// Runs the command, asking for a password where it needs one; what to tell whoever gave it.
pub async fn run(gate: &Gate, command: &User) -> Result<String, NotDone> {
    match command {
        User::CreateFirstAdmin { username, name, agency, division } => {
            let new = NewAgency {
                name: parsed("--agency", agency)?,
                kind: AgencyKind::Operator,
                division: parsed::<Division>("--division", division)?,
                contact_point: parsed::<Line>("--name", name)?,
                parent_id: None,
            };
            let (username, name) = (parsed("username", username)?, parsed("--name", name)?);
            let password = prompt::new_secret("Password / 密码: ")?;
            create_first_admin(gate, new, username, name, password).await
        }
        User::Confirm { username } => confirm(gate, &parsed("username", username)?).await,
        User::ResetPassword { username } => {
            let username = parsed("username", username)?;
            let password = prompt::new_secret("One-time password / 一次性密码: ")?;
            reset_password(gate, &username, password).await
        }
    }
}

fn console(gate: &Gate) -> Ctx {
    Ctx::console(gate, Job::Console, "lianhu user")
}

/// Makes the operator's agency, where there is none, and its first administrator, confirmed.
pub async fn create_first_admin(
    gate: &Gate,
    operator: NewAgency,
    username: Username,
    display_name: PersonName,
    password: Zeroizing<String>,
) -> Result<String, NotDone> {
    check_new(&password, username.as_str()).map_err(NotDone::Password)?;
    let name = username.as_str().to_owned();
    let hash = gate.pool().hash(password).await.map_err(Problem::from)?;
    let new = FirstAdmin { username, display_name, hash };
    let ctx = console(gate);
    let made = gate.write::<Administer, _, (), Problem, _>(&ctx, Whole, Action::CreateUser, move |tx, permit| {
        let agency = match users::operator(tx)? {
            Some(agency) => agency,
            None => agencies::create(tx, permit, &operator)?.id,
        };
        users::create_first_admin(tx, permit, agency, &new).map(drop)
    });
    made.await?;
    Ok(format!("{name} may sign in as administrator now / {name} 现可以系统管理员身份登录"))
}

async fn named(gate: &Gate, username: &Username) -> Result<(UserId, i64), NotDone> {
    let name = username.clone();
    gate.before_hashing(&console(gate), move |tx, _| users::named(tx, &name)).await?.ok_or(NotDone::Nobody)
}

/// Confirms the first account of an agency in which nobody else is confirmed.
pub async fn confirm(gate: &Gate, username: &Username) -> Result<String, NotDone> {
    let at = named(gate, username).await?;
    let ctx = console(gate);
    let confirmed = gate
        .write::<Approve, _, (), Problem, _>(&ctx, at.0, Action::ConfirmUser, move |tx, permit| users::confirm(tx, permit, at));
    confirmed.await?;
    Ok(format!("{0} is confirmed / {0} 已确认", username.as_str()))
}

/// Makes what was typed the account's one-time password: good for 24 hours, and for choosing a password only.
pub async fn reset_password(gate: &Gate, username: &Username, password: Zeroizing<String>) -> Result<String, NotDone> {
    check_new(&password, username.as_str()).map_err(NotDone::Password)?;
    let at = named(gate, username).await?;
    let hash = gate.pool().hash(password).await.map_err(Problem::from)?;
    let ctx = console(gate);
    let reset = gate.write::<Administer, _, (), Problem, _>(&ctx, at.0, Action::ResetPassword, move |tx, permit| {
        users::reset_password(tx, permit, at, &hash)
    });
    reset.await?;
    Ok(format!(
        "{0} may sign in with it once within 24 hours, to choose a password / {0} 可在24小时内以此登录并设置自己的密码",
        username.as_str()
    ))
}
