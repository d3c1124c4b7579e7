//! Why something was not done with an account.

use super::{AccountState, Step};
use crate::base::problem::{FieldCode, FieldErrors, Problem};
use crate::base::words::{AgencyKind, Roles};

/// Why something was not done with an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum UserRefused {
    /// The state does not allow it.
    #[error("an account that is {from} does not allow {step}")]
    Illegal {
        /// The state.
        from: AccountState,
        /// The step.
        step: Step,
    },
    /// No secret was ordered, or it was collected.
    #[error("no secret waits")]
    NoSecretWaits(AccountState),
    /// Cases stand on the account.
    #[error("cases are to be handed over first")]
    HandOverFirst,
    /// A colleague takes a leaver's cases only when the account has ended.
    #[error("the account is to be disabled first")]
    DisableFirst,
    /// The other person does not fit.
    #[error("not a colleague who does the same work")]
    NotAColleague,
    /// The user name belongs to another account.
    #[error("the user name is taken")]
    UsernameTaken,
    /// The agency is not there.
    #[error("the agency is not there")]
    NoAgency,
}

impl From<UserRefused> for Problem {
    fn from(why: UserRefused) -> Self {
        let steps = |state: AccountState, but: Option<Step>| {
            state.allows().iter().filter(move |step| Some(**step) != but).map(|step| step.as_str())
        };
        match why {
            UserRefused::Illegal { from, step } => Self::illegal_step(from.as_str(), step.as_str(), steps(from, None)),
            UserRefused::NoSecretWaits(state) => {
                let step = Step::CollectSecret;
                Self::illegal_step(state.as_str(), step.as_str(), steps(state, Some(step)))
                    .because("no one-time secret waits to be collected", "没有待领取的一次性密码")
            }
            UserRefused::HandOverFirst => {
                Self::conflict().because("hand over the cases that stand on this person first", "请先移交此人名下的个案")
            }
            UserRefused::DisableFirst => Self::conflict()
                .because("a colleague takes cases on only once the account is disabled", "账户停用后,同事方可接手其个案"),
            UserRefused::NotAColleague => Self::wrong_field(
                "/to_user",
                FieldCode::Other {
                    code: "not_a_colleague",
                    message: "must be a colleague of the same agency, at work, who does the same work",
                    message_zh: "应为同一机构、在职且从事同类工作的同事",
                },
            ),
            UserRefused::UsernameTaken => Self::wrong_field(
                "/username",
                FieldCode::Other {
                    code: "taken", message: "another account has this name", message_zh: "该用户名已被使用"
                },
            ),
            UserRefused::NoAgency => Self::wrong_field("/agency_id", FieldCode::NotFound),
        }
    }
}

/// Whether an account of an agency of that kind may hold these roles; every fault is named.
pub fn check_roles(roles: &Roles, kind: AgencyKind, owners: &[AgencyKind]) -> Result<(), Problem> {
    let mut errors = FieldErrors::new();
    if !roles.are_separate() {
        errors.push(
            "/roles",
            FieldCode::Other {
                code: "not_separate",
                message: "casework, auditing and administering never meet in one account",
                message_zh: "办案、审计与系统管理不得由同一账户兼任",
            },
        );
    }
    if !roles.iter().all(|role| role.sits_in(kind, owners)) {
        errors.push(
            "/roles",
            FieldCode::Other {
                code: "sits_elsewhere",
                message: "holds a role that does not exist in this kind of agency",
                message_zh: "含有该类机构不设的角色",
            },
        );
    }
    errors.into_result()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::words::Role;

    #[test]
    fn roles_that_do_not_fit_are_told_with_every_fault() {
        let owners = [AgencyKind::Federation];
        let check = |roles: &[Role], kind| {
            let told = check_roles(&Roles::new(roles.iter().copied()), kind, &owners).err();
            told.map(|p| p.errors().iter().map(|e| e.code.to_string()).collect::<Vec<_>>()).unwrap_or_default()
        };
        assert!(check(&[Role::FederationStaff, Role::FederationSupervisor], AgencyKind::Federation).is_empty());
        assert!(check(&[Role::Auditor], AgencyKind::Oversight).is_empty());
        assert_eq!(check(&[Role::FederationStaff, Role::Auditor], AgencyKind::Federation), ["not_separate"]);
        assert_eq!(check(&[Role::SystemAdmin], AgencyKind::Court), ["sits_elsewhere"]);
        assert_eq!(check(&[Role::SystemAdmin, Role::SocialWorker], AgencyKind::Court), ["not_separate", "sits_elsewhere"]);
        assert_eq!(check(&[], AgencyKind::Court), ["not_separate"]);
    }
}
