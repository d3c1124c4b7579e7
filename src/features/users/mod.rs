//! Users: people's accounts in their agencies.
//!
//! `waiting → active → disabled`. The administrator makes an account; it works once somebody already confirmed in its
//! agency confirms it (a partner's first: a supervisor of an owner; an owner's first: the console). Passwords begin as
//! one-time secrets: ordered, collected once by a colleague, good for 24 hours and for choosing a password only.
//! Always: casework, auditing and administering never meet in one account; the administrator sees no secret.

mod api;
mod console;
mod credentials;
pub mod facts;
mod refused;
mod steps;
mod store;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use api::routes;
pub use console::{FirstAdmin, confirm, create_first_admin, named, operator, reset_password};
pub use credentials::Credentials;
pub use refused::UserRefused;
pub use steps::{Leaving, hand_over};
pub use store::{end_every_session, end_session, end_sessions};

use crate::base::ids::{AgencyId, UserId};
use crate::base::machine::Machine;
use crate::base::text::{PersonName, Username};
use crate::base::time::Timestamp;
use crate::base::words::{Role, Roles, words};
use crate::door::{Check, ETag, View};

/// A one-time secret is good for so many minutes after it was collected.
pub const SECRET_MINUTES: i64 = 24 * 60;

words! {
    /// Whether an account works.
    pub enum AccountState {
        /// Nobody has confirmed it yet.
        Waiting = "waiting",
        /// It works.
        Active = "active",
        /// It is over.
        Disabled = "disabled",
    }

    /// Where an account's one-time secret is.
    pub enum SecretState {
        /// There is none: the user has a password of their own, or needs a secret ordered.
        None = "none",
        /// It was ordered; a colleague may collect it.
        Waits = "waits",
        /// It was collected and not yet used to choose a password.
        Collected = "collected",
    }

    /// What can be done with an account.
    pub enum Step {
        /// A colleague says: this is one of ours.
        Confirm = "confirm",
        /// It ends.
        Disable = "disable",
        /// Its cases pass to a colleague.
        HandOver = "hand_over",
        /// A one-time secret is ordered.
        ResetPassword = "reset_password",
        /// A colleague collects the secret.
        CollectSecret = "collect_secret",
    }
}

impl AccountState {
    /// The steps it allows.
    pub const fn allows(self) -> &'static [Step] {
        match self {
            Self::Waiting => &[Step::Confirm, Step::Disable, Step::ResetPassword, Step::CollectSecret],
            Self::Active => &[Step::Disable, Step::HandOver, Step::ResetPassword, Step::CollectSecret],
            Self::Disabled => &[Step::HandOver],
        }
    }
    /// The state after the step.
    pub fn after(self, step: Step) -> Result<Self, UserRefused> {
        if !self.allows().contains(&step) {
            return Err(UserRefused::Illegal { from: self, step });
        }
        Ok(match step {
            Step::Confirm => Self::Active,
            Step::Disable => Self::Disabled,
            Step::HandOver | Step::ResetPassword | Step::CollectSecret => self,
        })
    }
}

/// The state machine as a picture.
pub fn machine() -> Machine {
    Machine::new("Account", &[AccountState::Waiting], AccountState::as_str).with(
        (AccountState::ALL, AccountState::as_str),
        (Step::ALL, Step::as_str),
        |state, step| state.after(step).ok(),
    )
}

/// Whether a colleague's roles let them take a leaver's cases on: they share a casework role, or both work for the owner.
pub fn may_take_over(leaver: &Roles, colleague: &Roles) -> bool {
    let of_owner = |roles: &Roles| roles.has(Role::FederationStaff) || roles.has(Role::FederationSupervisor);
    let shared = leaver.iter().any(|role| role.is_casework() && colleague.has(role));
    shared || (of_owner(leaver) && of_owner(colleague))
}

/// A new account.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewUser {
    /// The name to sign in with; never changed later.
    pub username: Username,
    /// The person's name.
    pub display_name: PersonName,
    /// Their agency; never changed later.
    pub agency_id: AgencyId,
    /// What they do there.
    #[schemars(length(min = 1, max = 9))]
    pub roles: Vec<Role>,
}

impl Check for NewUser {}

/// What changes of an account; what is left out stays.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangedUser {
    /// The person's name.
    #[serde(default)]
    pub display_name: Option<PersonName>,
    /// What they do. With a role they did not have, the account waits for a colleague's confirmation again.
    #[serde(default)]
    #[schemars(length(min = 1, max = 9))]
    pub roles: Option<Vec<Role>>,
}

impl Check for ChangedUser {}

/// To whom a leaver's cases pass.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HandOver {
    /// A colleague of the same agency whose account works.
    pub to_user: UserId,
}

impl Check for HandOver {}

/// Whose accounts.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct UserFilter {
    /// Another agency's: for staff of an owner, and the administrator.
    #[serde(default)]
    pub agency_id: Option<AgencyId>,
    /// In this state only.
    #[serde(default)]
    pub state: Option<AccountState>,
}

/// An account, as its reader may see it.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "User")]
pub struct UserView {
    /// Its id.
    pub id: UserId,
    /// The agency.
    pub agency_id: AgencyId,
    /// The person's name.
    pub display_name: String,
    /// What they do.
    pub roles: Vec<Role>,
    /// Whether it works.
    pub state: AccountState,
    /// The name to sign in with; for colleagues, the administrator and who may confirm it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
    /// Where its one-time secret is; for the same readers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub secret: Option<SecretState>,
    /// How many cases stand on this person, to be handed over before they leave; for colleagues.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cases: Option<usize>,
    #[serde(skip)]
    version: i64,
}

impl View for UserView {
    fn etag(&self) -> ETag {
        ETag::Version(self.version)
    }
    fn location(&self) -> Option<String> {
        Some(format!("/api/v1/users/{}", self.id))
    }
}

/// A one-time secret, shown this once, for a colleague to hand to the user.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "OneTimeSecret")]
pub struct SecretView {
    /// The account it is for.
    pub user_id: UserId,
    /// The name to sign in with.
    pub username: String,
    /// The one-time password.
    pub secret: String,
    /// Until when it lets one sign in and choose a password.
    pub expires_at: Timestamp,
}

impl View for SecretView {}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// A model that knows two things of an account: whether it was confirmed, and whether it was ended.
        #[test]
        fn an_account_works_only_between_confirmation_and_end(steps in prop::collection::vec(prop::sample::select(Step::ALL), 0..12)) {
            let (mut confirmed, mut ended, mut state) = (false, false, AccountState::Waiting);
            for step in steps {
                let legal = match step {
                    Step::Confirm => !confirmed && !ended,
                    Step::Disable | Step::ResetPassword | Step::CollectSecret => !ended,
                    Step::HandOver => confirmed || ended,
                };
                match state.after(step) {
                    Ok(next) => {
                        prop_assert!(legal, "{step} in {state}");
                        state = next;
                        confirmed |= step == Step::Confirm;
                        ended |= step == Step::Disable;
                    }
                    Err(why) => {
                        prop_assert!(!legal, "{step} in {state}");
                        prop_assert_eq!(why, UserRefused::Illegal { from: state, step });
                    }
                }
                prop_assert_eq!(state == AccountState::Active, confirmed && !ended);
            }
        }
    }

    #[test]
    fn cases_pass_to_somebody_who_does_the_same_work() {
        let of = |roles: &[Role]| Roles::new(roles.iter().copied());
        assert!(may_take_over(&of(&[Role::SocialWorker]), &of(&[Role::SocialWorker, Role::ProviderManager])));
        assert!(!may_take_over(&of(&[Role::SocialWorker]), &of(&[Role::ProviderManager])));
        assert!(may_take_over(&of(&[Role::FederationStaff]), &of(&[Role::FederationSupervisor])));
        assert!(!may_take_over(&of(&[Role::PoliceLiaison]), &of(&[Role::Auditor])));
        assert!(!may_take_over(&of(&[Role::Auditor]), &of(&[Role::Auditor])), "an auditor has no cases");
    }
}
