//! What reaches the respondent: papers that can hold nothing but what [`Paper`] has a field for. Pure.
//!
//! A paper is drafted by the step he must hear of, and waits: `draft → released | void`. Her worker releases it; until then
//! it is handed to nobody. Its words are the same whatever happened: they say that, never why (domain.md, "The mediation gate").

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::base::machine::IllegalStep;
use crate::base::text::RoomCode;
use crate::base::time::{Day, Timestamp};
use crate::base::words::{PaperKind, PaperState};

/// All that a paper for the respondent can say. It names no party: whoever finds it learns of no one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Paper {
    /// Who writes: the mediating office's name, and where it is reached.
    pub office: Office,
    /// What it says.
    pub says: Says,
}

/// The office that writes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Office {
    /// Its name.
    pub name: String,
    /// Where it is reached.
    pub contact_point: String,
}

/// What a paper says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Says {
    /// Come then, there.
    Invitation(Timestamp, RoomCode),
    /// Not then.
    Postponed(Timestamp),
    /// Not at all.
    Cancelled(Timestamp),
    /// The agreement of that day.
    Agreement(Day),
}

/// A paper in words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct PaperText {
    /// In English.
    pub text: String,
    /// In Chinese.
    pub text_zh: String,
}

impl Paper {
    /// Its words, in both languages. Times are China's.
    pub fn text(&self) -> PaperText {
        let Self { office: Office { name, contact_point }, says } = self;
        let (text, text_zh) = match says {
            Says::Invitation(at, room) => {
                let (at, room) = (at.in_china(), room.as_str());
                (
                    format!(
                        "You are invited to a mediation at {name}, room {room}, on {at} (China time). This replaces any earlier \
                         appointment. Taking part is of your own will; you may say no, or stop at any time."
                    ),
                    format!(
                        "兹定于{at}在{name}({room})进行调解,请您届时参加。此前约定的时间以本通知为准。\
                         是否参加完全自愿,您可以拒绝,也可以随时退出。"
                    ),
                )
            }
            Says::Postponed(at) => (
                format!("The mediation of {} (China time) is put off. {name} will tell you of another time.", at.in_china()),
                format!("原定于{}的调解改期举行,时间由{name}另行通知。", at.in_china()),
            ),
            Says::Cancelled(at) => (
                format!("The mediation of {} (China time) will not take place.", at.in_china()),
                format!("原定于{}的调解不再举行。", at.in_china()),
            ),
            Says::Agreement(day) => (
                format!("A copy of the mediation agreement of {} is ready for you at {name}.", day.as_str()),
                format!("{}达成的调解协议已备好副本,请到{name}领取。", day.as_str()),
            ),
        };
        PaperText {
            text: format!("{text} Questions: {contact_point}"),
            text_zh: format!("{text_zh}如有疑问,请联系:{contact_point}"),
        }
    }
}

/// What can be done with a paper.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PaperStep {
    /// Her worker lets it go.
    Release,
    /// Something else has overtaken it.
    Void,
}

impl PaperStep {
    /// Every step.
    pub const ALL: &'static [Self] = &[Self::Release, Self::Void];

    /// Its word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Release => "release",
            Self::Void => "void",
        }
    }
}

/// The state after a step. Errors: the state does not allow it.
pub fn next(state: PaperState, step: PaperStep) -> Result<PaperState, IllegalStep> {
    match (state, step) {
        (PaperState::Draft, PaperStep::Release) => Ok(PaperState::Released),
        (PaperState::Draft, PaperStep::Void) => Ok(PaperState::Void),
        (PaperState::Released | PaperState::Void, PaperStep::Release | PaperStep::Void) => {
            Err(IllegalStep { state: state.as_str(), step: step.as_str(), allowed: Vec::new() })
        }
    }
}

/// What he must hear now of a session, having heard last of it what `heard` says. None: nothing; he never knew of it, or
/// knows already.
pub fn due_to_him(heard: Option<PaperKind>, happened: PaperKind) -> Option<PaperKind> {
    match (happened, heard) {
        (PaperKind::Postponed | PaperKind::Cancelled, None)
        | (PaperKind::Postponed, Some(PaperKind::Postponed | PaperKind::Cancelled))
        | (PaperKind::Cancelled, Some(PaperKind::Cancelled)) => None,
        (PaperKind::Invitation | PaperKind::Agreement, _)
        | (PaperKind::Postponed, Some(PaperKind::Invitation | PaperKind::Agreement))
        | (PaperKind::Cancelled, Some(PaperKind::Invitation | PaperKind::Postponed | PaperKind::Agreement)) => Some(happened),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paper(says: Says) -> PaperText {
        let office = Office { name: "友谊路司法所".to_owned(), contact_point: "021-5600-0300".to_owned() };
        Paper { office, says }.text()
    }

    #[test]
    fn each_paper_says_when_and_never_why() {
        let at: Timestamp = "2026-04-05T01:30:00Z".parse().unwrap();
        let invitation = paper(Says::Invitation(at, "A1".parse().unwrap()));
        assert!(invitation.text_zh.contains("2026-04-05 09:30") && invitation.text.contains("2026-04-05 09:30"));
        assert!(invitation.text.contains("room A1") && invitation.text_zh.contains("A1"));
        let all = [
            invitation,
            paper(Says::Postponed(at)),
            paper(Says::Cancelled(at)),
            paper(Says::Agreement("2026-04-05".parse().unwrap())),
        ];
        for words in all {
            assert!(words.text.ends_with("021-5600-0300") && words.text_zh.ends_with("021-5600-0300"));
            for telling in ["risk", "order", "safe", "consent", "violen", "风险", "安全", "保护令", "同意", "暴力", "受害"]
            {
                assert!(!words.text.contains(telling) && !words.text_zh.contains(telling), "{telling}: {words:?}");
            }
        }
    }

    #[test]
    fn he_hears_of_a_change_only_of_what_he_knows() {
        use PaperKind::{Cancelled, Invitation, Postponed};
        assert_eq!(due_to_him(None, Invitation), Some(Invitation));
        assert_eq!((due_to_him(None, Postponed), due_to_him(None, Cancelled)), (None, None));
        assert_eq!(due_to_him(Some(Invitation), Postponed), Some(Postponed));
        assert_eq!(due_to_him(Some(Postponed), Postponed), None);
        assert_eq!(due_to_him(Some(Postponed), Cancelled), Some(Cancelled));
        assert_eq!(due_to_him(Some(Cancelled), Cancelled), None);
    }

    #[test]
    fn it_is_released_once_or_never() {
        assert_eq!(next(PaperState::Draft, PaperStep::Release).unwrap(), PaperState::Released);
        for state in [PaperState::Released, PaperState::Void] {
            for step in PaperStep::ALL {
                assert!(next(state, *step).unwrap_err().allowed.is_empty(), "{state}");
            }
        }
    }
}
