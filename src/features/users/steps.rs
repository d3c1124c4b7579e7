//! What is done with accounts.

use super::refused::check_roles;
use super::store::{self, UserRow};
use super::{
    ChangedUser, HandOver, NewUser, SECRET_MINUTES, SecretState, SecretView, Step, UserRefused, UserView, may_take_over,
};
use crate::access::can::{Administer, Approve, Can, View};
use crate::access::{Actor, Again, Collection, Permit, Resource, User, leaving};
use crate::base::db::{DbError, Tx};
use crate::base::ids::{AgencyId, CaseId, UserId};
use crate::base::problem::Problem;
use crate::base::words::{Action, Role, Roles};
use crate::features::agencies;
use crate::notify::{self, Notice, To};

impl Again for UserView {
    type Key = UserId;
    const VIEW: Action = Action::ViewUser;
    fn key(&self) -> UserId {
        self.id
    }
    fn again(tx: &mut Tx<'_>, permit: &Permit<'_, View, User>, key: UserId) -> Result<Self, Problem> {
        let row = store::find(tx, key)?.ok_or_else(Problem::not_found)?;
        one(tx, permit, row)
    }
}

/// An account as the permit's reader may see it.
fn one<C: Can>(tx: &mut Tx<'_>, permit: &Permit<'_, C, User>, row: UserRow) -> Result<UserView, Problem> {
    // Who may confirm a partner's first account hands its first secret over too, and so sees the name that goes with it.
    let confirms = permit.relation().first_in.is_some() && permit.actor().has(Role::FederationSupervisor);
    let cases = leaving::cases_of(tx, &[row.id])?.remove(&row.id).unwrap_or_default();
    Ok(view(permit.actor(), row, confirms, cases))
}

fn view(actor: &Actor, row: UserRow, confirms: bool, cases: usize) -> UserView {
    let colleague = actor.agency() == Some(row.agency_id);
    let close = colleague || confirms || actor.has(Role::SystemAdmin);
    UserView {
        id: row.id,
        agency_id: row.agency_id,
        roles: row.roles.iter().collect(),
        state: row.state(),
        secret: close.then(|| row.secret()),
        cases: (colleague && row.roles.are_casework()).then_some(cases),
        version: row.version,
        display_name: row.display_name,
        username: close.then_some(row.username),
    }
}

/// A page of rows as the permit's reader may see them.
pub fn views<R: Resource>(tx: &mut Tx<'_>, permit: &Permit<'_, View, R>, rows: Vec<UserRow>) -> Result<Vec<UserView>, Problem> {
    let ids: Vec<UserId> = rows.iter().map(|row| row.id).collect();
    let cases = leaving::cases_of(tx, &ids)?;
    let of = |row: UserRow| {
        let count = cases.get(&row.id).copied().unwrap_or_default();
        view(permit.actor(), row, false, count)
    };
    Ok(rows.into_iter().map(of).collect())
}

/// The account in the version seen.
fn seen_row(tx: &mut Tx<'_>, (id, seen): (UserId, i64)) -> Result<UserRow, Problem> {
    store::find(tx, id)?.filter(|row| row.version == seen).ok_or_else(Problem::stale)
}

/// Puts a word about an account on its agency's desk; while nobody works there, on those of the owners too.
fn tell(tx: &mut Tx<'_>, owners: &[crate::base::words::AgencyKind], row: &UserRow, notice: Notice) -> Result<(), DbError> {
    let record = format!("user/{}", row.id);
    notify::answered(tx, &record, notice)?;
    notify::tell(tx, To::Agency(row.agency_id), notice, None, &record)?;
    if !store::somebody_confirmed(tx, row.agency_id, Some(row.id))? {
        for owner in store::agencies_of(tx, owners)? {
            if owner != row.agency_id {
                notify::tell(tx, To::Agency(owner), notice, None, &record)?;
            }
        }
    }
    Ok(())
}

/// Makes an account. It waits for confirmation, and its first secret to be collected.
pub fn create<C: Can>(tx: &mut Tx<'_>, permit: &Permit<'_, C, Collection>, new: &NewUser) -> Result<UserView, Problem> {
    let agency = agencies::facts::find(tx, new.agency_id)?.ok_or(UserRefused::NoAgency)?;
    let roles = Roles::new(new.roles.iter().copied());
    let owners = &permit.rules().owners;
    check_roles(&roles, agency.kind, owners)?;
    let mut row = blank(tx, agency.id, new.username.as_str(), new.display_name.as_str(), roles)?;
    row.secret_ordered_at = Some(tx.now());
    store::insert(tx, permit, &row).map_err(username_taken)?;
    tell(tx, owners, &row, Notice::AccountWaits)?;
    tell(tx, owners, &row, Notice::SecretWaits)?;
    Ok(view(permit.actor(), row, false, 0))
}

pub(super) fn username_taken(error: DbError) -> Problem {
    if error == DbError::Unique { UserRefused::UsernameTaken.into() } else { error.into() }
}

/// An account that nobody can use yet.
pub(super) fn blank(tx: &Tx<'_>, agency: AgencyId, username: &str, name: &str, roles: Roles) -> Result<UserRow, DbError> {
    Ok(UserRow {
        id: tx.new_id()?,
        agency_id: agency,
        username: username.to_owned(),
        display_name: name.to_owned(),
        roles,
        password: None,
        password_is_one_time: false,
        secret_ordered_at: None,
        secret_expires_at: None,
        confirmed_at: None,
        confirmed_by: None,
        disabled_at: None,
        version: 1,
        created_at: tx.now(),
    })
}

/// Changes an account. A role it did not have is a new account to its colleagues: it waits for one of them again, so that
/// the administrator alone can raise nobody.
pub fn change(
    tx: &mut Tx<'_>,
    permit: &Permit<'_, Administer, User>,
    at: (UserId, i64),
    change: &ChangedUser,
) -> Result<UserView, Problem> {
    let mut row = seen_row(tx, at)?;
    let mut fields = Vec::new();
    if let Some(name) = &change.display_name {
        name.as_str().clone_into(&mut row.display_name);
        fields.push("display_name");
    }
    let mut waits = false;
    if let Some(roles) = &change.roles {
        let roles = Roles::new(roles.iter().copied());
        let agency = agencies::facts::find(tx, row.agency_id)?.ok_or(UserRefused::NoAgency)?;
        check_roles(&roles, agency.kind, &permit.rules().owners)?;
        waits = row.confirmed_at.is_some() && roles.iter().any(|role| !row.roles.has(role));
        row.roles = roles;
        fields.push("roles");
    }
    if waits {
        (row.confirmed_at, row.confirmed_by) = (None, None);
        fields.push("confirmed_at");
        store::end_sessions(tx, permit, row.id, None, "roles_changed")?;
    }
    store::save(tx, permit, &mut row, &fields)?;
    if waits && row.disabled_at.is_none() {
        tell(tx, &permit.rules().owners, &row, Notice::AccountWaits)?;
    }
    one(tx, permit, row)
}

/// `waiting → active`: somebody already confirmed in the agency says that this is one of theirs.
pub fn confirm(tx: &mut Tx<'_>, permit: &Permit<'_, Approve, User>, at: (UserId, i64)) -> Result<UserView, Problem> {
    let mut row = seen_row(tx, at)?;
    row.state().after(Step::Confirm)?;
    row.confirmed_at = Some(tx.now());
    row.confirmed_by = permit.actor().user();
    store::save(tx, permit, &mut row, &["confirmed_at", "confirmed_by"])?;
    notify::answered(tx, &format!("user/{}", row.id), Notice::AccountWaits)?;
    one(tx, permit, row)
}

/// `waiting | active → disabled`: at once, with every session. The administrator need not wait for a hand-over; the cases
/// then stand on the agency's desk.
pub fn disable(tx: &mut Tx<'_>, permit: &Permit<'_, Administer, User>, at: (UserId, i64)) -> Result<UserView, Problem> {
    let mut row = seen_row(tx, at)?;
    row.state().after(Step::Disable)?;
    let has_cases = leaving::cases_of(tx, &[row.id])?.contains_key(&row.id);
    if has_cases && !permit.actor().has(Role::SystemAdmin) {
        return Err(UserRefused::HandOverFirst.into());
    }
    row.disabled_at = Some(tx.now());
    row.secret_ordered_at = None;
    store::save(tx, permit, &mut row, &["disabled_at"])?;
    store::end_sessions(tx, permit, row.id, None, "disabled")?;
    let record = format!("user/{}", row.id);
    for notice in [Notice::AccountWaits, Notice::SecretWaits] {
        notify::answered(tx, &record, notice)?;
    }
    if has_cases {
        notify::tell(tx, To::Agency(row.agency_id), Notice::HandOverNeeded, None, &record)?;
    }
    one(tx, permit, row)
}

/// Whose cases pass to whom.
#[derive(Clone, Copy)]
pub struct Leaving<'a> {
    /// The leaver.
    pub from: UserId,
    /// The colleague.
    pub to: UserId,
    /// The cases that pass.
    pub cases: &'a [CaseId],
}

/// Passes a leaver's cases to a colleague; `also` passes what other features keep by person. Cases from which a wall keeps the colleague stay, to be handed to another.
pub fn hand_over<'tx>(
    tx: &mut Tx<'tx>,
    permit: &Permit<'tx, Approve, User>,
    at: (UserId, i64),
    body: HandOver,
    also: impl Fn(&mut Tx<'tx>, &Permit<'tx, Approve, User>, Leaving<'_>) -> Result<(), Problem>,
) -> Result<UserView, Problem> {
    let mut row = seen_row(tx, at)?;
    row.state().after(Step::HandOver)?;
    let to = store::find(tx, body.to_user)?.filter(|to| to.agency_id == row.agency_id && to.id != row.id);
    let fits = |to: &UserRow| to.state() == super::AccountState::Active && may_take_over(&row.roles, &to.roles);
    let to = to.filter(fits).ok_or(UserRefused::NotAColleague)?;
    // Where there is no supervisor a colleague hands over, also to themselves: then only what the administrator's
    // disabling has left behind, so that nobody takes a colleague's cases by a step of their own.
    let leads = permit.actor().has(Role::FederationSupervisor) || permit.actor().has(Role::ProviderManager);
    let takes_them = permit.actor().user() == Some(to.id);
    let has_ended = row.disabled_at.is_some();
    if !has_ended && (!leads || (takes_them && !permit.actor().has(Role::FederationSupervisor))) {
        return Err(UserRefused::DisableFirst.into());
    }
    let done = leaving::hand_over(tx, permit, row.id, to.id)?;
    also(tx, permit, Leaving { from: row.id, to: to.id, cases: &done.moved })?;
    store::save(tx, permit, &mut row, &["cases"])?;
    if done.left == 0 {
        notify::answered(tx, &format!("user/{}", row.id), Notice::HandOverNeeded)?;
    }
    one(tx, permit, row)
}

/// Orders a one-time secret. From now on the old password opens nothing, and its sessions have ended: a reset is asked for
/// when a password is lost, or known to somebody else.
pub fn reset_password(tx: &mut Tx<'_>, permit: &Permit<'_, Administer, User>, at: (UserId, i64)) -> Result<UserView, Problem> {
    let mut row = seen_row(tx, at)?;
    row.state().after(Step::ResetPassword)?;
    row.password = None;
    row.password_is_one_time = false;
    row.secret_expires_at = None;
    row.secret_ordered_at = Some(tx.now());
    store::save(tx, permit, &mut row, &["password", "secret"])?;
    store::end_sessions(tx, permit, row.id, None, "password_reset")?;
    tell(tx, &permit.rules().owners, &row, Notice::SecretWaits)?;
    one(tx, permit, row)
}

/// A secret and its hash, made before the transaction: hashing takes too long to sit in one.
pub struct Fresh {
    /// The secret.
    pub text: zeroize::Zeroizing<String>,
    /// Its hash.
    pub hash: String,
}

/// Gives the one-time secret to a colleague, once: nobody can ask for it again, since only its hash is kept.
pub fn collect_secret(
    tx: &mut Tx<'_>,
    permit: &Permit<'_, Approve, User>,
    at: (UserId, i64),
    fresh: &Fresh,
) -> Result<SecretView, Problem> {
    let mut row = seen_row(tx, at)?;
    row.state().after(Step::CollectSecret)?;
    if row.secret() != SecretState::Waits {
        return Err(UserRefused::NoSecretWaits(row.state()).into());
    }
    let expires_at = put_one_time(tx, permit, &mut row, fresh.hash.clone())?;
    notify::answered(tx, &format!("user/{}", row.id), Notice::SecretWaits)?;
    Ok(SecretView { user_id: row.id, username: row.username, secret: fresh.text.as_str().to_owned(), expires_at })
}

/// Makes a one-time password the account's.
pub(super) fn put_one_time<C: Can>(
    tx: &mut Tx<'_>,
    permit: &Permit<'_, C, User>,
    row: &mut UserRow,
    hash: String,
) -> Result<crate::base::time::Timestamp, Problem> {
    let expires_at = tx.now().plus_minutes(SECRET_MINUTES);
    row.password = Some(hash);
    row.password_is_one_time = true;
    row.secret_ordered_at = None;
    row.secret_expires_at = Some(expires_at);
    store::save(tx, permit, row, &["password", "secret"])?;
    store::end_sessions(tx, permit, row.id, None, "password_reset")?;
    Ok(expires_at)
}
