//! Who may be assigned, and to what: pure.

use super::{AssignmentPart, EndWhy};
use crate::base::ids::{AgencyId, AssignmentId, UserId};
use crate::base::problem::{Code, FieldCode, Problem};
use crate::base::time::Day;
use crate::base::words::{CaseStatus, Role};
use crate::features::users::facts::UserFacts;

/// Why nobody was assigned, or an assignment not ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotAssigned {
    /// Nobody has taken the case on, or it is closed.
    #[error("the case is not being worked")]
    NotWorked(CaseStatus),
    /// No live confirmed social worker of the provider.
    #[error("not a confirmed social worker of the provider")]
    NoWorker,
    /// A licence of the provider is over.
    #[error("a licence of the provider is over")]
    LicenceExpired,
    /// Too close to a party.
    #[error("a conflict of interest")]
    Conflict,
    /// They work the case already.
    #[error("assigned already")]
    AssignedAlready,
    /// Somebody else leads it.
    #[error("the case has a lead")]
    HasLead,
    /// There is nothing of the kind to take over.
    #[error("nothing to replace")]
    NothingToReplace,
    /// It was in the other part.
    #[error("another part")]
    OtherPart,
    /// Only a supervisor exceeds the quota.
    #[error("only a supervisor exceeds the quota")]
    NotSupervisor,
    /// It is over.
    #[error("it has ended")]
    Ended,
}

impl From<NotAssigned> for Problem {
    fn from(error: NotAssigned) -> Self {
        match error {
            NotAssigned::NotWorked(status) => Self::illegal_step(status.as_str(), "assign", []),
            NotAssigned::NoWorker => Self::wrong_field("/worker", FieldCode::NotFound),
            NotAssigned::LicenceExpired => Self::conflict().because(
                "a licence of the provider is over; nobody of it is assigned until it is renewed",
                "该机构资质已过期,续期前不得派案",
            ),
            NotAssigned::Conflict => Self::new(Code::ConflictOfInterest),
            NotAssigned::AssignedAlready => Self::conflict().because("This worker works the case already", "该社工已在办本案"),
            NotAssigned::HasLead => Self::conflict().because(
                "The case has a lead worker; name the assignment that is replaced",
                "本案已有主办社工,请注明所替换的派案",
            ),
            NotAssigned::NothingToReplace => Self::wrong_field("/replaces", FieldCode::NotFound),
            NotAssigned::OtherPart => Self::wrong_field("/replaces", FieldCode::Contradicts { other: "/part" }),
            NotAssigned::NotSupervisor => Self::forbidden(),
            NotAssigned::Ended => Self::illegal_step("ended", "end", []),
        }
    }
}

/// A live assignment, as far as the rules go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// Its id.
    pub id: AssignmentId,
    /// The worker.
    pub user: UserId,
    /// What they do.
    pub part: AssignmentPart,
    /// Its contract's last day.
    pub last_day: Day,
}

/// What assigning somebody ends, and why.
pub type Ends = Vec<(AssignmentId, EndWhy)>;

/// Cases are assigned from screening until they are closed.
pub fn may_be_assigned(status: CaseStatus) -> Result<(), NotAssigned> {
    match status {
        CaseStatus::Screening | CaseStatus::Open | CaseStatus::Monitoring => Ok(()),
        CaseStatus::Referred | CaseStatus::Closed => Err(NotAssigned::NotWorked(status)),
    }
}

/// The worker is a confirmed social worker of the provider, whom nothing walls off.
pub fn may_work(worker: Option<&UserFacts>, provider: AgencyId, is_walled: bool) -> Result<(), NotAssigned> {
    let fits = worker.is_some_and(|user| user.is_live && user.agency == provider && user.roles.has(Role::SocialWorker));
    match (fits, is_walled) {
        (false, _) => Err(NotAssigned::NoWorker),
        (true, true) => Err(NotAssigned::Conflict),
        (true, false) => Ok(()),
    }
}

/// What must end for the worker to begin: what they take over; what their contract's last day ended without anybody's
/// doing; and their own part as an assistant, when they come to lead.
pub fn ends(
    live: &[Standing],
    worker: UserId,
    part: AssignmentPart,
    replaces: Option<AssignmentId>,
    today: Day,
) -> Result<Ends, NotAssigned> {
    let mut ends = Ends::new();
    if let Some(replaced) = replaces {
        let before = live.iter().find(|standing| standing.id == replaced).ok_or(NotAssigned::NothingToReplace)?;
        if before.part != part {
            return Err(NotAssigned::OtherPart);
        }
    }
    for standing in live {
        if replaces == Some(standing.id) {
            if standing.user == worker && standing.last_day >= today {
                return Err(NotAssigned::AssignedAlready);
            }
            ends.push((standing.id, EndWhy::Replaced));
        } else if standing.last_day < today {
            ends.push((standing.id, EndWhy::ContractEnded));
        } else if standing.user == worker {
            match (standing.part, part) {
                (AssignmentPart::Assist, AssignmentPart::Lead) => ends.push((standing.id, EndWhy::Replaced)),
                (AssignmentPart::Assist, AssignmentPart::Assist) | (AssignmentPart::Lead, _) => {
                    return Err(NotAssigned::AssignedAlready);
                }
            }
        } else if standing.part == AssignmentPart::Lead && part == AssignmentPart::Lead {
            return Err(NotAssigned::HasLead);
        }
    }
    Ok(ends)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id<T: std::str::FromStr<Err: std::fmt::Debug>>(n: u8) -> T {
        format!("0193a5b0-7c00-7000-8000-0000000000{n:02}").parse().unwrap()
    }
    fn day(text: &str) -> Day {
        text.parse().unwrap()
    }
    fn standing(n: u8, user: u8, part: AssignmentPart, last_day: &str) -> Standing {
        Standing { id: id(n), user: id(user), part, last_day: day(last_day) }
    }
    use AssignmentPart::{Assist, Lead};

    const TODAY: &str = "2026-11-24";
    fn ask(live: &[Standing], worker: u8, part: AssignmentPart, replaces: Option<u8>) -> Result<Ends, NotAssigned> {
        ends(live, id(worker), part, replaces.map(id), day(TODAY))
    }

    #[test]
    fn one_leads_and_is_replaced_by_name_only() {
        let live = [standing(1, 51, Lead, "2026-12-31"), standing(2, 52, Assist, "2026-12-31")];
        assert_eq!(ask(&live, 53, Lead, None), Err(NotAssigned::HasLead));
        assert_eq!(ask(&live, 53, Lead, Some(1)), Ok(vec![(id(1), EndWhy::Replaced)]));
        assert_eq!(ask(&live, 53, Lead, Some(2)), Err(NotAssigned::OtherPart));
        assert_eq!(ask(&live, 53, Lead, Some(9)), Err(NotAssigned::NothingToReplace));
        assert_eq!(ask(&live, 53, Assist, None), Ok(vec![]));
        assert_eq!(ask(&live, 53, Assist, Some(2)), Ok(vec![(id(2), EndWhy::Replaced)]));
    }

    #[test]
    fn nobody_is_assigned_twice_but_an_assistant_may_come_to_lead() {
        let live = [standing(1, 51, Lead, "2026-12-31"), standing(2, 52, Assist, "2026-12-31")];
        assert_eq!(ask(&live, 51, Assist, None), Err(NotAssigned::AssignedAlready));
        assert_eq!(ask(&live, 51, Lead, Some(1)), Err(NotAssigned::AssignedAlready));
        assert_eq!(ask(&live, 52, Assist, None), Err(NotAssigned::AssignedAlready));
        assert_eq!(ask(&live, 52, Lead, Some(1)), Ok(vec![(id(1), EndWhy::Replaced), (id(2), EndWhy::Replaced)]));
        assert_eq!(ask(&[live[1]], 52, Lead, None), Ok(vec![(id(2), EndWhy::Replaced)]));
    }

    #[test]
    fn a_lead_whose_contract_is_over_stands_in_nobodys_way() {
        let live = [standing(1, 51, Lead, "2026-11-23")];
        assert_eq!(ask(&live, 53, Lead, None), Ok(vec![(id(1), EndWhy::ContractEnded)]));
        assert_eq!(ask(&live, 51, Lead, None), Ok(vec![(id(1), EndWhy::ContractEnded)]));
        assert_eq!(ask(&live, 51, Lead, Some(1)), Ok(vec![(id(1), EndWhy::Replaced)]));
        assert_eq!(ask(&[standing(1, 51, Lead, TODAY)], 53, Lead, None), Err(NotAssigned::HasLead), "the last day counts");
    }

    #[test]
    fn only_a_confirmed_social_worker_of_the_provider_whom_nothing_walls_off_is_assigned() {
        use crate::base::words::Roles;
        let worker = |roles: &[Role], is_live, agency| UserFacts {
            id: id(51),
            agency: id(agency),
            display_name: String::new(),
            roles: Roles::new(roles.iter().copied()),
            is_live,
        };
        let good = worker(&[Role::SocialWorker], true, 1);
        assert_eq!(may_work(Some(&good), id(1), false), Ok(()));
        assert_eq!(may_work(Some(&good), id(1), true), Err(NotAssigned::Conflict));
        assert_eq!(may_work(Some(&good), id(2), false), Err(NotAssigned::NoWorker));
        assert_eq!(may_work(Some(&worker(&[Role::SocialWorker], false, 1)), id(1), false), Err(NotAssigned::NoWorker));
        assert_eq!(may_work(Some(&worker(&[Role::ProviderManager], true, 1)), id(1), false), Err(NotAssigned::NoWorker));
        assert_eq!(may_work(None, id(1), false), Err(NotAssigned::NoWorker));
    }

    #[test]
    fn cases_are_assigned_from_screening_until_closing() {
        let may = |status| may_be_assigned(status).is_ok();
        assert_eq!(CaseStatus::ALL.iter().map(|s| may(*s)).collect::<Vec<_>>(), [false, true, true, true, false]);
    }
}
