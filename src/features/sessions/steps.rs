//! Sessions: begun, traded, ended; one's own account.

use super::store::{self, SessionRow};
use super::{Me, MyAgency, SessionView, SignedIn, SignedInUser};
use crate::access::can::{Administer, View};
use crate::access::{Actor, Ctx, Gate, Permit, Session, User};
use crate::audit::Who;
use crate::base::config;
use crate::base::db::Tx;
use crate::base::ids::SessionId;
use crate::base::problem::Problem;
use crate::base::time::Timestamp;
use crate::base::words::Action;
use crate::features::agencies;
use crate::features::users::{self, Credentials};
use crate::identity::tokens::{self, AccessClaims, Secret};

/// When a session ends that began and is used at these moments: unused too long, or too old, whichever comes first.
fn expiry(settings: &config::Sessions, began: Timestamp, used: Timestamp) -> Timestamp {
    let idle = used.plus_minutes(i64::from(settings.idle_minutes));
    idle.min(began.plus_days(i64::from(settings.refresh_days)))
}

fn signed_in(tx: &Tx<'_>, gate: &Gate, account: &Credentials, session: SessionId, refresh: &Secret) -> Result<SignedIn, Problem> {
    let token: SessionId = tx.new_id()?;
    let claims = AccessClaims {
        user: account.id().to_string(),
        session: session.to_string(),
        token: token.to_string(),
        issued_at: tx.now().seconds(),
    };
    let access_token = gate.signer().issue(claims).map_err(|error| {
        tracing::error!(%error, "no access token was made");
        Problem::internal()
    })?;
    Ok(SignedIn {
        access_token,
        token_type: "Bearer",
        expires_in: tokens::LIFETIME,
        refresh_token: refresh.text().to_owned(),
        user: SignedInUser {
            id: account.id(),
            agency_id: account.agency(),
            display_name: account.display_name().to_owned(),
            roles: account.role_list(),
            must_change_password: account.is_one_time(),
        },
    })
}

/// The entry names who it turned out to be.
fn name(permit: &Permit<'_, Administer, Session>, account: &Credentials, session: SessionId) {
    permit.became(Who::User { user: account.id(), agency: account.agency(), roles: account.role_list(), session });
}

/// Begins a session of the account.
pub fn begin(
    tx: &mut Tx<'_>,
    permit: &Permit<'_, Administer, Session>,
    ctx: &Ctx,
    account: &Credentials,
) -> Result<SignedIn, Problem> {
    let refresh = Secret::generate().map_err(|_| Problem::internal())?;
    let now = tx.now();
    let row = SessionRow {
        id: tx.new_id()?,
        user_id: account.id(),
        refresh_digest: refresh.digest().to_vec(),
        address: ctx.address().to_owned(),
        user_agent: ctx.user_agent().to_owned(),
        created_at: now,
        refreshed_at: now,
        expires_at: expiry(&permit.rules().settings.sessions, now, now),
    };
    store::insert(tx, &row)?;
    permit.changed("session", row.id.as_str(), &["created_at"]);
    name(permit, account, row.id);
    signed_in(tx, ctx.gate(), account, row.id, &refresh)
}

/// Trades a refresh token. One that was traded before is in two hands: the session ends, and nothing is shown.
pub fn refresh(
    tx: &mut Tx<'_>,
    permit: &Permit<'_, Administer, Session>,
    gate: &Gate,
    token: &str,
) -> Result<Option<SignedIn>, Problem> {
    let digest = tokens::digest(token);
    if let Some((session, user)) = store::by_spent(tx, &digest)? {
        users::end_session(tx, permit, session, "refresh_token_reused")?;
        permit.refused(Some(user));
        return Ok(None);
    }
    let row = store::by_refresh(tx, &digest)?.ok_or_else(Problem::unauthenticated)?;
    let account = Credentials::of(tx, row.user_id)?.filter(|account| account.signs_in(tx.now()));
    let account = account.ok_or_else(Problem::unauthenticated)?;
    let next = Secret::generate().map_err(|_| Problem::internal())?;
    let expires_at = expiry(&permit.rules().settings.sessions, row.created_at, tx.now());
    store::rotate(tx, &row, &next.digest(), expires_at)?;
    permit.changed("session", row.id.as_str(), &["refreshed_at", "expires_at"]);
    name(permit, &account, row.id);
    Ok(Some(signed_in(tx, gate, &account, row.id, &next)?))
}

/// Ends a session at once; one that has ended is not there any more.
pub fn end(tx: &mut Tx<'_>, permit: &Permit<'_, Administer, Session>, session: SessionId) -> Result<(), Problem> {
    if users::end_session(tx, permit, session, "signed_out")? { Ok(()) } else { Err(Problem::not_found()) }
}

/// The session by which the actor came.
pub fn current(actor: &Actor) -> Option<SessionId> {
    match actor {
        Actor::User { session, .. } => Some(*session),
        Actor::Token { .. } | Actor::Recipient { .. } | Actor::Worker { .. } | Actor::Anonymous | Actor::System(_) => None,
    }
}

/// A session as its own user sees it.
pub fn view(row: SessionRow, current: Option<SessionId>) -> SessionView {
    SessionView {
        id: row.id,
        created_at: row.created_at,
        refreshed_at: row.refreshed_at,
        expires_at: row.expires_at,
        address: row.address,
        user_agent: row.user_agent,
        is_current: Some(row.id) == current,
    }
}

/// Oneself.
pub fn me(tx: &mut Tx<'_>, permit: &Permit<'_, View, User>) -> Result<Me, Problem> {
    let account = Credentials::of(tx, permit.user()?)?.ok_or_else(Problem::not_found)?;
    let agency = agencies::facts::find(tx, account.agency())?.ok_or_else(Problem::not_found)?;
    Ok(Me {
        id: account.id(),
        username: account.username().to_owned(),
        display_name: account.display_name().to_owned(),
        agency: MyAgency { id: agency.id, name: agency.name, kind: agency.kind },
        roles: account.role_list(),
        must_change_password: account.is_one_time(),
        // What a visitor does is nothing that an account is for.
        may: permit
            .permitted()
            .into_iter()
            .filter(|action| !matches!(action, Action::SignIn | Action::RecordFailedSignIn | Action::RefreshSession))
            .collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_ends_unused_or_old_whichever_comes_first() {
        let settings = config::Sessions { refresh_days: 14, idle_minutes: 720 };
        let at = |minutes: i64| Timestamp::from_micros(0).plus_minutes(minutes);
        assert_eq!(expiry(&settings, at(0), at(0)), at(720));
        assert_eq!(expiry(&settings, at(0), at(100)), at(820));
        assert_eq!(expiry(&settings, at(0), at(14 * 1440 - 1)), at(14 * 1440), "however busy");
    }
}
