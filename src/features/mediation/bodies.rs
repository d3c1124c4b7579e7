//! What requests say.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::slots;
use crate::base::ids::{PartyId, UserId};
use crate::base::problem::{FieldCode, FieldErrors};
use crate::base::text::{RoomCode, Text};
use crate::base::time::{Day, Timestamp};
use crate::base::words::{ConfirmationOutcome, Language, Safeguard, SessionOutcome};
use crate::door::Check;

/// Proposes mediation.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Propose {
    /// Who is to mediate, if it is known: somebody who declared no conflict with the case.
    #[serde(default)]
    pub mediator_user: Option<UserId>,
    /// What speaks for it.
    #[serde(default)]
    pub note: Option<Text>,
}

impl Check for Propose {}

/// One party's screening sheet.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Screen {
    /// The survivor or respondent who was screened.
    pub party_id: PartyId,
    /// When the sitting was: another than the other party's.
    pub at: Timestamp,
    /// Whether nobody else was there. A screening with others in the room is none.
    pub held_alone: bool,
    /// What was asked and answered, in confidence: only its author and who may read what is confidential see it again.
    pub answers: Text,
    /// Whether mediation is fit for this party.
    pub fit: bool,
}

impl Check for Screen {
    fn check(&self, now: Timestamp, errors: &mut FieldErrors) {
        if self.at > now {
            errors.push("/at", FieldCode::InTheFuture);
        }
        if !self.held_alone {
            errors.push(
                "/held_alone",
                FieldCode::Other {
                    code: "not_alone",
                    message: "a party is screened alone; a screening with others in the room does not count",
                    message_zh: "评估须单独进行;有他人在场的评估无效",
                },
            );
        }
    }
}

/// A supervisor waives an assessment older than 30 days.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Waive {
    /// Why mediation may rest on it all the same.
    pub reasons: Text,
    /// What keeps her safe meanwhile.
    #[schemars(length(min = 1, max = 5))]
    pub safeguards: Vec<Safeguard>,
}

impl Check for Waive {
    fn check(&self, _: Timestamp, errors: &mut FieldErrors) {
        for (place, safeguard) in self.safeguards.iter().enumerate() {
            if self.safeguards.iter().take(place).any(|earlier| earlier == safeguard) {
                errors.push(format!("/safeguards/{place}"), FieldCode::Duplicate);
            }
        }
    }
}

/// One party's word on taking part.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Consent {
    /// The survivor or respondent.
    pub party_id: PartyId,
    /// Whether it is of their own will, as the one who records it saw it.
    pub voluntary: bool,
    /// The day on which it was given.
    pub given_on: Day,
    /// In their own words.
    #[serde(default)]
    pub words: Option<Text>,
}

impl Check for Consent {
    fn check(&self, now: Timestamp, errors: &mut FieldErrors) {
        if self.given_on > now.day() {
            errors.push("/given_on", FieldCode::InTheFuture);
        }
    }
}

/// A party refuses, or stops. It is never held against them, and a reason is theirs to give or not.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Leave {
    /// The survivor or respondent.
    pub party_id: PartyId,
    /// Why, if they said so.
    #[serde(default)]
    pub reason: Option<Text>,
}

impl Check for Leave {}

/// The office calls a series off.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Cancel {
    /// Why.
    #[serde(default)]
    pub reason: Option<Text>,
}

impl Check for Cancel {}

/// A session to come.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Schedule {
    /// When it begins: on a quarter of an hour, ahead.
    pub starts_at: Timestamp,
    /// When it ends: a quarter of an hour to eight hours later.
    pub ends_at: Timestamp,
    /// The room, by the mediator's office's label.
    pub room: RoomCode,
    /// Who mediates: somebody who declared no conflict with the case.
    pub mediator_user: UserId,
    /// The worker who comes with her: somebody who declared no conflict with the case.
    #[serde(default)]
    pub worker_user: Option<UserId>,
}

impl Check for Schedule {
    fn check(&self, now: Timestamp, errors: &mut FieldErrors) {
        slots::check(self.starts_at, self.ends_at, now, errors);
        if self.worker_user == Some(self.mediator_user) {
            errors.push("/worker_user", FieldCode::Contradicts { other: "/mediator_user" });
        }
    }
}

/// What a session came to.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Hold {
    /// The outcome.
    pub outcome: SessionOutcome,
    /// The record.
    pub record: Text,
}

impl Check for Hold {}

/// Another time for a session that was put off.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Resume {
    /// When it begins: on a quarter of an hour, ahead.
    pub starts_at: Timestamp,
    /// When it ends: a quarter of an hour to eight hours later.
    pub ends_at: Timestamp,
}

impl Check for Resume {
    fn check(&self, now: Timestamp, errors: &mut FieldErrors) {
        slots::check(self.starts_at, self.ends_at, now, errors);
    }
}

/// What was agreed.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Agreement {
    /// The clauses, in order.
    #[schemars(length(min = 1, max = 50))]
    pub clauses: Vec<Clause>,
    /// The day on which the parties signed it.
    pub signed_on: Day,
}

/// A clause of an agreement.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Clause {
    /// Its words.
    pub text: Text,
    /// By when it is to be done.
    #[serde(default)]
    pub due_on: Option<Day>,
    /// By whom.
    #[serde(default)]
    pub by_party: Option<PartyId>,
}

impl Check for Agreement {
    fn check(&self, now: Timestamp, errors: &mut FieldErrors) {
        if self.signed_on > now.day() {
            errors.push("/signed_on", FieldCode::InTheFuture);
        }
        for (at, clause) in self.clauses.iter().enumerate() {
            if clause.due_on.is_some_and(|due| due < self.signed_on) {
                errors.push(format!("/clauses/{at}/due_on"), FieldCode::Contradicts { other: "/signed_on" });
            }
        }
    }
}

/// What both did about the agreement's judicial confirmation.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Confirmation {
    /// Whether they applied to the court.
    pub outcome: ConfirmationOutcome,
    /// On which day they did, or chose not to.
    pub decided_on: Day,
}

impl Check for Confirmation {
    fn check(&self, now: Timestamp, errors: &mut FieldErrors) {
        if self.decided_on > now.day() {
            errors.push("/decided_on", FieldCode::InTheFuture);
        }
    }
}

/// For whom and what free times are sought.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Look {
    /// Who is to mediate.
    #[serde(default)]
    pub mediator: Option<UserId>,
    /// The room: of the mediator's office, or of one's own where no mediator is named.
    #[serde(default)]
    pub room: Option<RoomCode>,
    /// The worker.
    #[serde(default)]
    pub worker: Option<UserId>,
    /// From when.
    pub from: Timestamp,
    /// Until when: 31 days later at most.
    pub until: Timestamp,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wrong<T: Check + for<'de> Deserialize<'de>>(body: serde_json::Value) -> Vec<(String, String)> {
        let now = "2026-11-24T08:00:00Z".parse().unwrap();
        let mut errors = FieldErrors::new();
        serde_json::from_value::<T>(body).unwrap().check(now, &mut errors);
        errors.as_slice().iter().map(|e| (e.pointer.clone(), e.code.to_string())).collect()
    }
    fn is(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect()
    }
    const ID: &str = "0193a5b0-7c00-7000-8000-000000000001";

    #[test]
    fn a_screening_with_others_in_the_room_is_none() {
        let body =
            serde_json::json!({ "party_id": ID, "at": "2026-11-24T08:00:01Z", "held_alone": false, "answers": "x", "fit": true });
        assert_eq!(wrong::<Screen>(body), is(&[("/at", "in_the_future"), ("/held_alone", "not_alone")]));
    }

    #[test]
    fn a_consent_is_not_given_tomorrow() {
        let body = |day: &str| serde_json::json!({ "party_id": ID, "voluntary": true, "given_on": day });
        assert_eq!(wrong::<Consent>(body("2026-11-24")), is(&[]));
        assert_eq!(wrong::<Consent>(body("2026-11-25")), is(&[("/given_on", "in_the_future")]));
    }

    #[test]
    fn nobody_mediates_and_accompanies_at_once() {
        let body = serde_json::json!({
            "starts_at": "2026-11-25T08:00:00Z", "ends_at": "2026-11-25T09:00:00Z", "room": "调解室-2", "mediator_user": ID, "worker_user": ID
        });
        assert_eq!(wrong::<Schedule>(body), is(&[("/worker_user", "contradicts")]));
    }

    #[test]
    fn a_clause_is_not_due_before_it_was_signed() {
        let body = serde_json::json!({
            "signed_on": "2026-11-24",
            "clauses": [{ "text": "x", "due_on": "2026-11-24" }, { "text": "y", "due_on": "2026-11-23" }]
        });
        assert_eq!(wrong::<Agreement>(body), is(&[("/clauses/1/due_on", "contradicts")]));
    }
}

/// Whom a paper is handed to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum Reader {
    /// Her. Whoever lives with her may find it: so it says no more than his.
    Survivor,
    /// Him.
    Respondent,
}

impl Reader {
    /// The template's key.
    pub(super) const fn template(self) -> &'static str {
        match self {
            Self::Survivor => "mediation_notice_survivor",
            Self::Respondent => "mediation_notice_respondent",
        }
    }
}

/// How a notice is typeset.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Typeset {
    /// Whom it is handed to.
    pub(super) reader: Reader,
    /// In which language.
    pub(super) language: Language,
}
