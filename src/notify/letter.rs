//! What a mail says: a case's number, what is due or happened, by when, and a link. Nothing else, and in plain text.
//!
//! Mail crosses networks and lies in boxes that are not ours. Always: the subject is the same whatever it is about; the
//! words are those of this room, none of a case's; the link leads to the desk, behind signing in, and names no record.

use std::fmt::Write as _;

use super::Notice;
use crate::base::time::Timestamp;
use crate::base::words::{Clock, Language};

/// A mail's subject and text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Letter {
    /// The subject.
    pub subject: &'static str,
    /// The text.
    pub body: String,
}

/// One thing that a mail tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// The case, where its receiver may see it.
    pub case_no: Option<String>,
    /// What it is.
    pub notice: Notice,
    /// The clock it tells of.
    pub clock: Option<Clock>,
    /// By when it is to be done.
    pub due_at: Option<Timestamp>,
}

impl Letter {
    /// Of one thing.
    pub fn notice(language: Language, line: &Line, desk: &str) -> Self {
        let subject = match language {
            Language::Zh => "联护:有事项到期",
            Language::En => "Lianhu: something is due",
        };
        Self { subject, body: format!("{}\n{desk}\n", paragraph(language, line)) }
    }

    /// Of all that waits; `more`: there is more than these.
    pub fn digest(language: Language, lines: &[Line], more: bool, desk: &str) -> Self {
        let subject = match language {
            Language::Zh => "联护:今日待办",
            Language::En => "Lianhu: what waits today",
        };
        let mut body = lines.iter().map(|line| paragraph(language, line)).collect::<Vec<_>>().join("\n");
        if more {
            body.push_str(match language {
                Language::Zh => "\n其余事项请登录查看。\n",
                Language::En => "\nThere is more on your desk.\n",
            });
        }
        Self { subject, body: format!("{body}\n{desk}\n") }
    }
}

fn paragraph(language: Language, line: &Line) -> String {
    let mut text = String::new();
    let is_zh = language == Language::Zh;
    if let Some(number) = &line.case_no {
        let _ = writeln!(text, "{} {number}", if is_zh { "个案" } else { "Case" });
    }
    let (en, zh) = said(line.notice);
    let what = line.clock.map(clock);
    let _ = match (is_zh, what) {
        (true, Some((_, what))) => writeln!(text, "{zh}:{what}"),
        (true, None) => writeln!(text, "{zh}"),
        (false, Some((what, _))) => writeln!(text, "{en}: {what}"),
        (false, None) => writeln!(text, "{en}"),
    };
    if let Some(due) = line.due_at {
        let due = due.in_china();
        let _ = if is_zh { writeln!(text, "时限:{due}(北京时间)") } else { writeln!(text, "Due: {due} (China time)") };
    }
    text
}

/// A notice's words: English, Chinese.
const fn said(notice: Notice) -> (&'static str, &'static str) {
    match notice {
        Notice::ReferralSent => ("A referral waits for your answer", "有转介待答复"),
        Notice::ReferralAcknowledged => ("Your referral was received", "您的转介已签收"),
        Notice::ReferralAccepted => ("Your referral was accepted", "您的转介已被接受"),
        Notice::ReferralDeclined => ("Your referral was declined", "您的转介被退回"),
        Notice::ReferralWithdrawn => ("A referral was withdrawn", "有转介已撤回"),
        Notice::ReferralCompleted => ("A referral was completed", "有转介已办结"),
        Notice::CaseAssigned => ("A case was assigned to you", "有个案派给您"),
        Notice::HandlerNamed => ("You were named for a case", "您被指定办理个案"),
        Notice::AssignmentEnded => ("An assignment has ended", "有派案已结束"),
        Notice::ContractInForce => ("A contract is in force", "有合同已生效"),
        Notice::SettlementSigned => ("A settlement was signed", "有月度结算已签署"),
        Notice::ContractEnded => ("A contract has ended", "有合同已终止"),
        Notice::ConflictDeclared => ("Somebody else is needed for a case", "有个案需另行安排人员"),
        Notice::ConsentEnded => ("A consent has ended", "有同意已终止"),
        Notice::ClosingRequested => ("Closing a case was asked for", "有个案申请结案"),
        Notice::ContactApproved => ("A further contact was approved", "再次联系已获准"),
        Notice::CaseStatusChanged => ("A case has moved on", "个案状态有变"),
        Notice::TransferOffered => ("A case is offered to you", "有个案拟移交给您"),
        Notice::TransferAnswered => ("Your offer of a case was answered", "您的移交已获答复"),
        Notice::MediationProposed => ("Mediation was proposed", "有调解提议"),
        Notice::MediationSessionChanged => ("A mediation session has changed", "调解安排有变"),
        Notice::MediationEnded => ("A mediation has ended", "调解已结束"),
        Notice::DutyBegan => ("A duty of your agency has begun", "本单位有新的法定职责"),
        Notice::DutyEnded => ("A duty of your agency has ended", "本单位的法定职责已结束"),
        Notice::AdmonitionRequested => ("A measure was asked of your agency", "有措施待您单位办理"),
        Notice::MeasureChanged => ("A measure has changed", "措施有变"),
        Notice::MeasureBreached | Notice::RespondentReleased => ("Act now: please look at the case", "请立即查看个案"),
        Notice::NoticeWaits => ("A paper waits for you", "有文书待办"),
        Notice::RiskChanged => ("Please look at the case again", "请重新查看个案"),
        Notice::RepeatFound => ("Please look at the case's links", "请查看关联个案"),
        Notice::SafetyPlanChanged => ("A plan was saved", "有计划已更新"),
        Notice::HandOverNeeded => ("Cases are to be handed over", "有个案待移交"),
        Notice::AccountWaits => ("An account waits to be confirmed", "有账户待确认"),
        Notice::SecretWaits => ("A one-time secret waits to be collected", "有一次性密钥待领取"),
        Notice::BreakGlassAsked => ("Urgent: you are asked to answer", "紧急:请您答复"),
        Notice::BreakGlassTried => ("An urgent request was made", "有紧急调阅申请"),
        Notice::WitnessSilent => ("A witness of the audit log is silent", "审计日志见证久未联署"),
        Notice::WitnessObjects => ("A witness objects to the audit log", "审计日志见证提出异议"),
        Notice::BreakGlassUsed => ("A case was opened urgently", "有个案被紧急调阅"),
        Notice::BreakGlassToReview => ("An urgent access waits for review", "有紧急调阅待审查"),
        Notice::BreakGlassReleased => ("Your urgent request was answered", "您的紧急调阅申请已获答复"),
        Notice::BreakGlassSuspended => ("An urgent access was reviewed", "紧急调阅已审查"),
        Notice::BreakGlassRestored => ("Urgent access is possible again", "紧急调阅权限已恢复"),
        Notice::ErasureProposed => ("A proposal waits for another person", "有事项待他人复核"),
        Notice::RosterCall => ("Urgent: you are on duty", "紧急:请值班人员处理"),
        Notice::DeadlineNear => ("Due soon", "即将到期"),
        Notice::DeadlineDue => ("Due", "已到期"),
        Notice::DeadlineOverdue => ("Overdue", "已逾期"),
    }
}

/// What a clock is for: English, Chinese.
const fn clock(clock: Clock) -> (&'static str, &'static str) {
    match clock {
        Clock::ReferralAcknowledged => ("acknowledging a referral", "签收转介"),
        Clock::ReferralAnswered => ("answering a referral", "答复转介"),
        Clock::FirstSafeContact => ("the first contact", "首次联系"),
        Clock::Reassessment => ("an assessment", "评估"),
        Clock::OrderDecided => ("a decision", "裁定"),
        Clock::OrderEnds => ("a measure's end", "措施期满"),
        Clock::AdmonitionVisit => ("a visit", "查访"),
        Clock::JudicialConfirmation => ("asking for confirmation", "申请确认"),
        Clock::BreakGlassReview => ("a review", "审查"),
        Clock::BreakGlassAnswered => ("answering an urgent request", "答复紧急调阅申请"),
        Clock::ConsentEnds => ("a consent's end", "同意期满"),
        Clock::ContractBegins => ("a contract's first day", "合同起始"),
        Clock::ContractEnds => ("a contract's end", "合同期满"),
        Clock::GrantEnds => ("an access's end", "授权期满"),
        Clock::LicenceEnds => ("a licence's end", "资质期满"),
        Clock::ActionDue => ("something to be done", "待办事项"),
        Clock::VisitReturn => ("back from a visit", "外出返回"),
        Clock::HearingDate => ("a date", "日程"),
        Clock::RetentionEnds => ("a file to be looked at", "档案待处理"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DESK: &str = "https://lianhu.example.cn/desk";

    fn line(notice: Notice) -> Line {
        Line {
            case_no: Some("7K3M-92QX".into()),
            notice,
            clock: Some(Clock::FirstSafeContact),
            due_at: Some("2026-03-04T04:00:00Z".parse().unwrap()),
        }
    }

    #[test]
    fn a_mail_names_the_case_what_is_due_when_and_a_link() {
        let zh = Letter::notice(Language::Zh, &line(Notice::DeadlineNear), DESK);
        assert_eq!(zh.subject, "联护:有事项到期");
        assert_eq!(
            zh.body,
            "个案 7K3M-92QX\n即将到期:首次联系\n时限:2026-03-04 12:00(北京时间)\n\nhttps://lianhu.example.cn/desk\n"
        );
        let en = Letter::notice(Language::En, &line(Notice::DeadlineNear), DESK);
        assert_eq!(en.subject, "Lianhu: something is due");
        let said =
            "Case 7K3M-92QX\nDue soon: the first contact\nDue: 2026-03-04 12:00 (China time)\n\nhttps://lianhu.example.cn/desk\n";
        assert_eq!(en.body, said);
    }

    #[test]
    fn what_is_not_known_is_left_out() {
        let bare = Line { case_no: None, clock: None, due_at: None, notice: Notice::ReferralSent };
        assert_eq!(Letter::notice(Language::Zh, &bare, DESK).body, format!("有转介待答复\n\n{DESK}\n"));
        assert_eq!(Letter::notice(Language::En, &bare, DESK).body, format!("A referral waits for your answer\n\n{DESK}\n"));
    }

    #[test]
    fn a_digest_is_one_paragraph_a_thing() {
        let lines = [line(Notice::DeadlineOverdue), Line { due_at: None, clock: None, ..line(Notice::ReferralSent) }];
        let zh = Letter::digest(Language::Zh, &lines, true, DESK);
        let said = "个案 7K3M-92QX\n已逾期:首次联系\n时限:2026-03-04 12:00(北京时间)\n\n个案 7K3M-92QX\n有转介待答复\n\n其余事项请登录查看。\n";
        assert_eq!((zh.subject, zh.body), ("联护:今日待办", format!("{said}\n{DESK}\n")));
        let en = Letter::digest(Language::En, &lines, false, DESK);
        assert!(
            en.body.starts_with("Case 7K3M-92QX\nOverdue: the first contact\n") && !en.body.contains("more on"),
            "{}",
            en.body
        );
    }

    /// Whatever a mail is about, its words do not say that somebody is a victim of violence, and where she may be.
    #[test]
    fn every_word_is_there_in_both_languages_and_none_tells_of_violence() {
        let telling = [
            "violence",
            "abuse",
            "victim",
            "survivor",
            "respondent",
            "protection",
            "admonition",
            "police",
            "shelter",
            "danger",
            "risk",
            "safe",
            "暴",
            "害",
            "殴",
            "保护",
            "告诫",
            "警",
            "庇护",
            "危险",
            "风险",
            "安全",
        ];
        let words = Notice::ALL.iter().map(|notice| said(*notice)).chain(Clock::ALL.iter().map(|of| clock(*of)));
        for (en, zh) in words {
            assert!(en.is_ascii() && !zh.is_ascii(), "{en} {zh}");
            for word in telling {
                assert!(!en.contains(word) && !zh.contains(word), "{en} {zh} tells: {word}");
            }
        }
    }
}
