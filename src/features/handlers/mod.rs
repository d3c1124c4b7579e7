//! Handlers (经办人) and their deputies (副手): who answers for a case in the agency that owns it, or that took a referral
//! of it on.
//!
//! Always: an agency has one handler and one deputy for a case at most; a handler is replaced, never only taken off, so
//! that a case does not stand without anybody; whoever is walled off, or assigned to it as a worker, answers for nothing.
//! The rows are `access::people`; a decision reads them.

mod api;
mod steps;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use api::routes;

use crate::access::people::Person;
use crate::base::ids::{AgencyId, CaseId, UserId};
use crate::base::problem::{FieldCode, Problem};
use crate::base::words::Duty;
use crate::door::{Check, ETag, View};

/// What somebody can be named.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Answering {
    /// Answers for the case in the agency.
    Handler,
    /// Stands in for the handler.
    Deputy,
}

impl Answering {
    const fn duty(self) -> Duty {
        match self {
            Self::Handler => Duty::Handler,
            Self::Deputy => Duty::Deputy,
        }
    }
    const fn of(duty: Duty) -> Option<Self> {
        match duty {
            Duty::Handler => Some(Self::Handler),
            Duty::Deputy => Some(Self::Deputy),
            Duty::Lead | Duty::Assist => None,
        }
    }
}

/// Who is named what.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Name {
    /// The person, of one's own agency.
    pub user: UserId,
    /// What they are to be.
    pub duty: Answering,
}

impl Check for Name {}

/// Somebody who answers for the case.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct HandlerView {
    /// The person.
    pub user_id: UserId,
    /// Their name.
    pub name: String,
    /// Their agency.
    pub agency_id: AgencyId,
    /// The agency's name.
    pub agency: String,
    /// What they are.
    pub duty: Answering,
}

/// Who answers for the case, as far as this reader may know: the owner's, and their own agency's; everybody's to the owner
/// and the lead worker alone.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct HandlersView {
    #[serde(skip)]
    case: CaseId,
    /// The people.
    pub items: Vec<HandlerView>,
    /// Always null: they are few.
    pub next: Option<String>,
}

impl View for HandlersView {
    fn etag(&self) -> ETag {
        ETag::of_shown(&self.items)
    }
}

/// Why nobody was named.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotNamed {
    /// Not of one's own agency, not live, or without casework.
    #[error("not a caseworker of this agency")]
    NotOurs,
    /// A wall keeps them out.
    #[error("a wall keeps them from the case")]
    Walled,
    /// They are assigned to it as a worker.
    #[error("they are assigned to the case")]
    Assigned,
    /// The handler cannot be made a deputy before another handles the case.
    #[error("a handler is replaced by naming another")]
    IsHandler,
    /// Nobody of that name answers for it.
    #[error("nobody to take off")]
    Nobody,
}

impl From<NotNamed> for Problem {
    fn from(why: NotNamed) -> Self {
        match why {
            NotNamed::NotOurs => Self::wrong_field("/user", FieldCode::NotFound),
            NotNamed::Walled => Self::wrong_field(
                "/user",
                FieldCode::Other {
                    code: "kept_out",
                    message: "cannot take this case on; name somebody else",
                    message_zh: "此人不能经办本案,请另行指定",
                },
            ),
            NotNamed::Assigned => Self::conflict()
                .because("they are assigned to this case as a worker; end the assignment first", "此人已受派本案,请先结束派案"),
            NotNamed::IsHandler => {
                Self::conflict().because("a handler is replaced by naming another", "经办人只能由新指定的经办人接替")
            }
            NotNamed::Nobody => Self::not_found(),
        }
    }
}

/// The duties that change when `user` is named: those given up first, since an agency has one handler.
fn naming(people: &[Person], agency: AgencyId, user: UserId, named: Answering) -> Result<Vec<(UserId, Option<Duty>)>, NotNamed> {
    let duty = named.duty();
    if let Some(person) = people.iter().find(|person| person.user_id == user) {
        match person.duty {
            _ if person.walled => return Err(NotNamed::Walled),
            Some(Duty::Lead | Duty::Assist) => return Err(NotNamed::Assigned),
            Some(Duty::Handler) if named == Answering::Deputy => return Err(NotNamed::IsHandler),
            Some(held) if held == duty => return Ok(Vec::new()),
            Some(Duty::Handler | Duty::Deputy) | None => {}
        }
    }
    let before = people.iter().filter(|person| person.agency_id == agency && person.duty == Some(duty));
    let mut changes: Vec<_> = before.map(|person| (person.user_id, None)).collect();
    changes.push((user, Some(duty)));
    Ok(changes)
}

/// Whether `user` can be taken off: a deputy of this agency.
fn taking_off(people: &[Person], agency: AgencyId, user: UserId) -> Result<(), NotNamed> {
    let held = people.iter().find(|person| person.user_id == user && person.agency_id == agency).and_then(|person| person.duty);
    match held {
        Some(Duty::Deputy) => Ok(()),
        Some(Duty::Handler) => Err(NotNamed::IsHandler),
        Some(Duty::Lead | Duty::Assist) | None => Err(NotNamed::Nobody),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id<I: std::str::FromStr>(n: u8) -> I
    where
        I::Err: std::fmt::Debug,
    {
        format!("0193a5b0-7c00-7000-8000-0000000000{n:02}").parse().unwrap()
    }

    fn person(user: u8, agency: u8, duty: Option<Duty>, walled: bool) -> Person {
        Person { case_id: id(1), user_id: id(user), agency_id: id(agency), duty, declared_at: None, walled }
    }

    #[test]
    fn the_old_handler_gives_the_duty_up_before_the_new_one_takes_it() {
        let people = [
            person(11, 2, Some(Duty::Handler), false),
            person(12, 2, Some(Duty::Deputy), false),
            person(21, 3, Some(Duty::Handler), false),
        ];
        let changes = naming(&people, id(2), id(12), Answering::Handler);
        assert_eq!(changes, Ok(vec![(id(11), None), (id(12), Some(Duty::Handler))]));
        let changes = naming(&people, id(2), id(13), Answering::Deputy);
        assert_eq!(changes, Ok(vec![(id(12), None), (id(13), Some(Duty::Deputy))]));
        assert_eq!(naming(&people, id(2), id(11), Answering::Handler), Ok(Vec::new()));
    }

    #[test]
    fn whoever_is_walled_off_or_assigned_answers_for_nothing() {
        let people = [
            person(11, 2, None, true),
            person(12, 2, Some(Duty::Lead), false),
            person(13, 2, Some(Duty::Assist), false),
            person(14, 2, Some(Duty::Handler), true),
        ];
        assert_eq!(naming(&people, id(2), id(11), Answering::Deputy), Err(NotNamed::Walled));
        assert_eq!(naming(&people, id(2), id(14), Answering::Handler), Err(NotNamed::Walled));
        assert_eq!(naming(&people, id(2), id(12), Answering::Handler), Err(NotNamed::Assigned));
        assert_eq!(naming(&people, id(2), id(13), Answering::Deputy), Err(NotNamed::Assigned));
    }

    #[test]
    fn a_case_never_loses_its_handler_without_another() {
        let people = [
            person(11, 2, Some(Duty::Handler), false),
            person(12, 2, Some(Duty::Deputy), false),
            person(22, 3, Some(Duty::Deputy), false),
            person(23, 2, Some(Duty::Lead), false),
        ];
        assert_eq!(naming(&people, id(2), id(11), Answering::Deputy), Err(NotNamed::IsHandler));
        assert_eq!(taking_off(&people, id(2), id(11)), Err(NotNamed::IsHandler));
        assert_eq!(taking_off(&people, id(2), id(12)), Ok(()));
        assert_eq!(taking_off(&people, id(2), id(22)), Err(NotNamed::Nobody));
        assert_eq!(taking_off(&people, id(2), id(23)), Err(NotNamed::Nobody));
        assert_eq!(taking_off(&people, id(2), id(99)), Err(NotNamed::Nobody));
    }
}
