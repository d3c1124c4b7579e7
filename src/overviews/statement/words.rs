//! The plain words of the statement. Each word of the program's has its own here, so that a new one does not compile
//! without.

use super::{Both, Ground, Part};
use crate::audit::Who;
use crate::base::words::{Action, Basis, Capability, Facet, Job, Role};

fn both(en: &str, zh: &str) -> Both {
    Both { en: en.to_owned(), zh: zh.to_owned() }
}

/// What a facet is.
pub(super) fn part(facet: Facet) -> Both {
    match facet {
        Facet::Identity => both("names, ID number, sex, birth date and relationship", "姓名、身份证号、性别、出生日期和关系"),
        Facet::Contact => both("how and when you can be reached safely", "安全联系方式和时间"),
        Facet::Location => both("where you stay and your routine", "住处和日常行踪"),
        Facet::Incident => both("what happened, the police report and the list of evidence", "事件经过、报警记录和证据清单"),
        Facet::Risk => both("how great the danger was judged to be", "风险评估"),
        Facet::Children => both("the children's names, ages and needs", "子女的姓名、年龄和需要"),
        Facet::Progress => both("how the work goes: notes, plan, contacts", "工作进展:记录、计划、联系"),
        Facet::Confidential => both("what you said in confidence", "您私下说的话"),
        Facet::Mediation => both("the mediation", "调解情况"),
        Facet::Measures => both("admonitions, orders and court proceedings", "告诫书、保护令和诉讼"),
        Facet::Actions => both("who does what by when", "各方待办事项"),
    }
}

/// What a basis is.
pub(super) fn basis(basis: Basis) -> Both {
    match basis {
        Basis::Author => both("the agency referred the case in", "该单位转介了本案"),
        Basis::Jurisdiction => both("the agency is in charge of the case", "该单位主办本案"),
        Basis::Assignment => both("the worker was assigned to the case", "该社工受派办理本案"),
        Basis::Referral => both("a referral that the agency took on", "该单位接受的转介"),
        Basis::StatutoryDuty => both("a duty that the law puts on the agency", "法律规定该单位的职责"),
        Basis::Conference => both("a conference about the case", "个案联席会议"),
        Basis::BreakGlass => both("an emergency, reviewed afterwards", "紧急调阅,事后审查"),
    }
}

/// In which role somebody acted.
pub(super) fn role(who: &Who) -> Both {
    let one = |role: &Role| match role {
        Role::FederationStaff => both("staff of the women's federation", "妇联工作人员"),
        Role::FederationSupervisor => both("supervisor of the women's federation", "妇联主管"),
        Role::SocialWorker => both("social worker", "社工"),
        Role::ProviderManager => both("manager of the social work organisation", "社工机构负责人"),
        Role::PoliceLiaison => both("police officer in charge", "民警联络人"),
        Role::JudicialLiaison => both("judicial officer in charge", "司法联络人"),
        Role::PartnerLiaison => both("the agency's contact person", "单位联络人"),
        Role::Auditor => both("auditor", "审计员"),
        Role::SystemAdmin => both("administrator", "系统管理员"),
    };
    match who {
        Who::User { roles, .. } | Who::Token { roles, .. } | Who::Recipient { roles, .. } => {
            let all: Vec<Both> = roles.iter().map(one).collect();
            Both { en: join(&all, |words| &words.en, ", "), zh: join(&all, |words| &words.zh, "、") }
        }
        Who::System { job: Job::Console } => both("at the server's console", "服务器控制台"),
        Who::System { job: Job::Expiry } => both("ending what is over", "到期处理"),
        Who::System { job: Job::Backup } => both("the backup", "备份任务"),
        Who::System { job: Job::Clocks } => both("the clocks", "时限任务"),
        Who::System { job: Job::Outbox } => both("the outbox", "邮件任务"),
        Who::System { job: Job::Watch } => both("the watch over the log", "日志监看任务"),
        Who::System { job: Job::LongWork } => both("the doing of long work", "长任务处理"),
        Who::System { job: Job::Keys } => both("the keeping of the keys", "密钥维护任务"),
        Who::Anonymous { .. } => both("somebody not signed in", "未登录者"),
    }
}

/// What was done.
pub(super) fn did(action: Action) -> Both {
    match (action, action.capability()) {
        (Action::ViewNames, _) => both("looked at the names of those concerned", "查看了当事人姓名"),
        (Action::Declare, _) => both("declared whether there is a conflict of interest", "作了利益冲突声明"),
        (Action::SearchCases, _) => both("found the case by a search", "检索到个案"),
        (Action::ListCases | Action::ListReferrals | Action::ViewDesk, _) => both("saw the case in a list", "在列表中看到个案"),
        (Action::CreateCase | Action::DraftIntake, _) => both("entered the case", "录入了个案"),
        (Action::BreakGlass, _) => both("opened more of the case in an emergency", "紧急调阅了更多内容"),
        (Action::ReleaseBreakGlass, _) => both("released parts of the case in an emergency", "紧急放行了部分内容"),
        (Action::DeclineBreakGlass, _) => both("declined to open the case in an emergency", "未予紧急放行"),
        (Action::ReviewBreakGlass | Action::RestoreBreakGlass, _) => both("reviewed an emergency access", "审查了一次紧急调阅"),
        (Action::ViewAccessStatement, _) => both("made this statement", "出具了本说明"),
        (Action::ViewCalendar, _) => both("saw the case's number in a calendar", "在日历中看到个案编号"),
        (Action::SendMail, _) => both("was told by mail, with the case's number", "收到载有个案编号的邮件"),
        (_, Capability::View) => both("looked at the case", "查看了个案"),
        (_, Capability::Record) => both("added to the record", "作了记录"),
        (_, Capability::Change) => both("changed the case", "更改了个案"),
        (_, Capability::Refer) => both("worked on a referral", "办理了转介"),
        (_, Capability::Mediate) => both("worked on the mediation", "办理了调解"),
        (_, Capability::Approve) => both("decided about the case", "作了审批"),
        (_, Capability::Administer) => both("administered accounts", "管理了账户"),
        (_, Capability::Audit) => both("read the audit log", "查阅了审计记录"),
    }
}

fn join<T>(all: &[T], text: impl Fn(&T) -> &str, between: &str) -> String {
    all.iter().map(text).collect::<Vec<_>>().join(between)
}

/// The whole line.
pub(super) fn sentence(
    agency: Option<&str>,
    (role, did): (&Both, &Both),
    parts: &[Part],
    grounds: &[Ground],
    action: Action,
) -> Both {
    let seen = if parts.is_empty() {
        both("only its number, its status and its owner", "仅编号、状态和主办单位")
    } else {
        Both { en: join(parts, |part| &part.words.en, "; "), zh: join(parts, |part| &part.words.zh, ";") }
    };
    let mut bases: Vec<&Ground> = grounds.iter().collect();
    bases.sort_by_key(|ground| ground.basis);
    bases.dedup_by_key(|ground| ground.basis);
    let why = match (bases.is_empty(), action) {
        (false, _) => {
            Both { en: join(&bases, |ground| &ground.words.en, "; "), zh: join(&bases, |ground| &ground.words.zh, ";") }
        }
        (true, Action::CreateCase | Action::DraftIntake) => both("the case was being entered", "正在录入个案"),
        (true, Action::ViewBreakGlass | Action::ReleaseBreakGlass | Action::DeclineBreakGlass) => {
            both("the duty desk answers for the case in an emergency", "值班人员处理紧急请求")
        }
        (true, _) => both("it was offered to the agency", "向该单位提出了转介或移交"),
    };
    let (en, zh) = (agency.unwrap_or("The system"), agency.unwrap_or("系统"));
    Both {
        en: format!("{en} ({}) {}: {}. Why: {}.", role.en, did.en, seen.en, why.en),
        zh: format!("{zh}({}){}:{}。依据:{}。", role.zh, did.zh, seen.zh, why.zh),
    }
}
