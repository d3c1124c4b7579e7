//! Ids: UUIDv7 (RFC 9562) as text, one type a thing, so that a `ReferralId` where a `CaseId` belongs does not compile.

use std::sync::atomic::{AtomicU64, Ordering};

use super::random;
use super::time::Timestamp;

/// A text that is not an id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an id")]
pub struct NotAnId;

/// The 36 characters of an id, kept inline so that an id is `Copy` and is lent to the database without a new string.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct IdText([u8; 36]);

impl IdText {
    fn of(uuid: uuid::Uuid) -> Self {
        let mut text = [0_u8; 36];
        uuid.hyphenated().encode_lower(&mut text);
        Self(text)
    }
    /// The id's characters.
    pub fn as_str(&self) -> &str {
        // Always ASCII: made by `of` alone.
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
    /// Lower-case, hyphenated, version 7 only.
    pub fn parse(text: &str) -> Result<Self, NotAnId> {
        let uuid = uuid::Uuid::try_parse(text).map_err(|_| NotAnId)?;
        let id = Self::of(uuid);
        if uuid.get_version_num() == 7 && id.as_str() == text { Ok(id) } else { Err(NotAnId) }
    }
}

/// Makes ids from the injected time and from random bits; in one process each is greater than the one before, even
/// while the clock stands.
#[derive(Default)]
pub struct IdSource {
    last: AtomicU64,
}

impl IdSource {
    /// A new id's text. Errors: the system gives no randomness.
    pub fn next(&self, now: Timestamp) -> Result<IdText, random::RandomError> {
        // Quarter microseconds: 4,000 a millisecond fit the 12 bits that RFC 9562, section 6.2, method 3 leaves for them.
        let wanted = u64::try_from(now.micros()).unwrap_or_default().saturating_mul(4);
        let tick = self
            .last
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |last| Some(wanted.max(last.saturating_add(1))))
            .map_or(wanted, |last| wanted.max(last.saturating_add(1)));
        let mut bytes: [u8; 10] = random::bytes()?;
        let [high, low] = u16::try_from(tick % 4000).unwrap_or_default().to_be_bytes();
        let [a, b, ..] = &mut bytes;
        (*a, *b) = (high, low);
        Ok(IdText::of(uuid::Builder::from_unix_timestamp_millis(tick / 4000, &bytes).into_uuid()))
    }
}

/// What every id type does; the transaction makes new ones through it.
pub trait Id: Copy {
    /// From its text, already known to be an id.
    fn from_text(text: IdText) -> Self;
}

/// Declares id types.
macro_rules! ids {
    ($( $(#[$doc:meta])* $name:ident; )*) => { $(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, diesel::expression::AsExpression, diesel::deserialize::FromSqlRow)]
        #[diesel(sql_type = diesel::sql_types::Text)]
        pub struct $name($crate::base::ids::IdText);

        impl $name {
            /// The id's text.
            pub fn as_str(&self) -> &str {
                self.0.as_str()
            }
        }
        impl $crate::base::ids::Id for $name {
            fn from_text(text: $crate::base::ids::IdText) -> Self {
                Self(text)
            }
        }
        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }
        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }
        impl std::str::FromStr for $name {
            type Err = $crate::base::ids::NotAnId;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                $crate::base::ids::IdText::parse(text).map(Self)
            }
        }
        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }
        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = <std::borrow::Cow<'de, str> as serde::Deserialize>::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
        impl schemars::JsonSchema for $name {
            fn inline_schema() -> bool {
                true
            }
            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }
            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                schemars::json_schema!({
                    "type": "string",
                    "format": "uuid",
                    "pattern": "^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$"
                })
            }
        }
        $crate::base::words::stored_as_text!($name);
    )* };
}

ids! {
    /// An agency.
    AgencyId;
    /// A user's account.
    UserId;
    /// A signed-in session.
    SessionId;
    /// A case. People see the case number instead.
    CaseId;
    /// A person in a case.
    PartyId;
    /// A time that a case's closing was asked for.
    ClosingId;
    /// A grant: why somebody may see a case.
    GrantId;
    /// A conflict-of-interest wall.
    WallId;
    /// A referral; the gate finds its case.
    ReferralId;
    /// A worker's assignment to a case.
    AssignmentId;
    /// A service contract.
    ContractId;
    /// A line of a contract.
    ContractLineId;
    /// A case note.
    NoteId;
    /// Her consent to one recipient for one purpose.
    ConsentId;
    /// An attempt to reach her.
    ContactAttemptId;
    /// A supervisor's word for a further attempt to reach her.
    ContactApprovalId;
    /// A link between two cases of one household.
    LinkId;
    /// The offer of a case to another owner.
    TransferId;
    /// A declaration of no conflict, or of one.
    DeclarationId;
    /// A mediation series.
    MediationId;
    /// A session of a mediation.
    MediationSessionId;
    /// A party's screening before mediation.
    ScreeningId;
    /// A party's consent to mediation.
    MediationConsentId;
    /// A legal measure: an admonition, an order, a report, a proceeding, a police matter.
    MeasureId;
    /// Something that happened to a measure.
    MeasureEntryId;
    /// A visit under an admonition.
    MeasureVisitId;
    /// A paper for the respondent of a mediation.
    PaperId;
    /// A supervisor's waiving of an old assessment, for one mediation.
    WaiverId;
    /// An assessment of risk.
    AssessmentId;
    /// A supervisor's word that a case may end though the risk is high.
    RiskAcceptanceId;
    /// A version of her safety plan.
    SafetyPlanId;
    /// An entry of the audit log.
    EntryId;
    /// An agency's key by which it cosigns the audit log.
    WitnessId;
    /// What a witness would not cosign.
    ObjectionId;
    /// An entry on somebody's desk.
    DeskItemId;
    /// An event on a case's timeline.
    EventId;
    /// A deadline.
    DeadlineId;
    /// Something to be done in a case.
    ActionId;
    /// A turn on a duty roster.
    DutyTurnId;
    /// What happened to a deadline.
    DeadlineEventId;
    /// Somebody's word that they take a call on.
    DeadlineAckId;
    /// A break-glass access, asked for or used; the gate finds its case.
    BreakGlassId;
    /// An attempt at break-glass, hit or miss.
    BreakGlassRequestId;
    /// A right to break glass that was suspended.
    BreakGlassSuspensionId;
    /// A legal hold on a case.
    HoldId;
    /// An erasure, proposed or done; the gate finds its case.
    ErasureId;
    /// Long work that somebody asked for.
    JobId;
    /// A document of a case; the gate finds its case.
    DocumentId;
    /// A mail to one person.
    MailId;
    /// The private token of somebody's calendar.
    CalendarTokenId;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_grow_while_the_clock_stands() {
        let source = IdSource::default();
        let now = Timestamp::from_micros(1_764_000_000_000_000);
        let ids: Vec<IdText> = (0..9000).map(|_| source.next(now).unwrap()).collect();
        assert!(ids.is_sorted_by(|a, b| a < b));
        assert!(ids.iter().all(|id| IdText::parse(id.as_str()).is_ok()));
    }

    #[test]
    fn only_lower_case_version_7_is_an_id() {
        assert!("0193a5b0-7c00-7000-8000-000000000001".parse::<CaseId>().is_ok());
        assert!("0193A5B0-7C00-7000-8000-000000000001".parse::<CaseId>().is_err());
        assert!("0193a5b0-7c00-4000-8000-000000000001".parse::<CaseId>().is_err());
        assert!("x".parse::<CaseId>().is_err());
    }
}
