//! Sample data for every template: plausible, invented, and every field filled.

use std::collections::BTreeMap;

use lianhu::base::words::Language;
use lianhu::papers::Filled;

type Fields = Vec<(&'static str, Filled)>;

pub fn text(text: &str) -> Filled {
    Filled::Text(text.to_owned())
}

fn day(day: &str) -> Filled {
    Filled::Day(day.parse().unwrap())
}

fn moment(at: &str) -> Filled {
    Filled::Moment(at.parse().unwrap())
}

fn rows<const N: usize>(columns: [&str; N], rows: Vec<[Filled; N]>) -> Filled {
    let row = |row: [Filled; N]| columns.iter().map(|column| (*column).to_owned()).zip(row).collect::<BTreeMap<_, _>>();
    Filled::Rows(rows.into_iter().map(row).collect())
}

/// Text in the language.
struct In(Language);

impl In {
    fn say(&self, zh: &str, en: &str) -> Filled {
        text(self.one(zh, en))
    }
    fn one<'a>(&self, zh: &'a str, en: &'a str) -> &'a str {
        match self.0 {
            Language::Zh => zh,
            Language::En => en,
        }
    }
    fn list(&self, texts: &[(&str, &str)]) -> Filled {
        Filled::List(texts.iter().map(|(zh, en)| self.one(zh, en).to_owned()).collect())
    }
}

/// The fields of the template's sample paper.
pub fn sample(key: &str, language: Language) -> Fields {
    let on = In(language);
    let office = || on.say("宝湾区妇女联合会", "Baowan District Women's Federation");
    let contact = || text("021-5600-0100");
    let made_on = || day("2026-04-06");
    let number = || text("W4-7K3M-0192");
    let mediation_office = || on.say("友谊路司法所", "Youyi Road Judicial Office");
    let mediation_contact = || text("021-5600-0300");
    match key {
        "referral_letter" => vec![
            ("number", number()),
            ("made_on", made_on()),
            ("office", office()),
            ("office_contact", contact()),
            ("receiver", on.say("宝湾区法律援助中心", "Baowan Legal Aid Centre")),
            ("case_no", text("7K3M-92QX")),
            ("help", on.say("法律咨询、代写申请书", "Legal advice; drafting an application")),
            ("urgency", on.say("紧急", "Urgent")),
            ("basis", on.say("受害人2026年4月2日书面同意", "Her written consent of 2 April 2026")),
            ("asks", on.say(
                "受害人希望了解申请人身安全保护令的条件和所需材料,请安排女性律师接待。\n受害人每周二、四下午可以面谈。",
                "She would like to know what a protection order requires. Please let a woman lawyer receive her.\nShe can come on Tuesday and Thursday afternoons.",
            )),
            ("survivor", on.say("周丽萍,女,1988年生", "Zhou Liping, female, born 1988")),
            ("respondent", on.say("林建国,男,1985年生", "Lin Jianguo, male, born 1985")),
            ("relationship", on.say("配偶", "Spouses")),
            ("happened", on.say(
                "2026年3月30日晚,林建国酒后与周丽萍发生争吵,用拳头击打其头部和手臂。周丽萍报警,民警到场处置,伤情照片已由派出所留存。",
                "On the evening of 30 March 2026 Lin Jianguo, drunk, quarrelled with Zhou Liping and struck her head and arms with his fists. She called the police, who came; the photographs of her injuries are kept at the station.",
            )),
            ("risk_level", on.say("中", "Medium")),
            ("hazards", on.say("男方酒后易怒,请勿单独上门。", "He is easily angered when drunk: do not visit alone.")),
            ("children", on.list(&[("女儿,8岁,夜间易惊醒,需要心理支持", "A daughter of 8 who wakes at night and needs support")])),
            ("measures", on.list(&[
                ("2026年4月1日派出所出具告诫书", "A written admonition, issued by the police on 1 April 2026"),
                ("社工每周电话回访", "The social worker telephones each week"),
            ])),
        ],
        "consent_form" => vec![
            ("number", number()),
            ("made_on", made_on()),
            ("office", office()),
            ("office_contact", contact()),
            ("recipient", on.say("宝湾区法律援助中心", "Baowan Legal Aid Centre")),
            ("purpose", on.say("法律咨询", "Legal advice")),
            ("parts", on.list(&[
                ("姓名、性别、出生日期和关系", "Names, sex, birth date and relationship"),
                ("事件经过、报警记录和证据清单", "What happened, the police report and the list of evidence"),
            ])),
            ("expires_on", day("2026-10-06")),
        ],
        "mediation_notice_survivor" | "mediation_notice_respondent" => vec![
            ("made_on", made_on()),
            ("office", mediation_office()),
            ("office_contact", mediation_contact()),
            ("meeting_at", moment("2026-04-12T01:30:00Z")),
            ("room", text("A1")),
        ],
        "mediation_record" => vec![
            ("number", number()),
            ("made_on", made_on()),
            ("office", mediation_office()),
            ("case_no", text("7K3M-92QX")),
            ("held_at", moment("2026-04-12T01:30:00Z")),
            ("room", text("A1")),
            ("mediator", on.say("陈敏", "Chen Min")),
            ("present", on.list(&[
                ("当事人双方,先后到场,分处两室", "Both parties, in separate rooms, arriving one after the other"),
                ("社工:何静", "Social worker: He Jing"),
                ("阿卜杜热西提·买买提(翻译)", "Abdurëshit Memet (interpreter)"),
            ])),
            ("safeguards", on.list(&[("分室", "Separate rooms"), ("错峰到离", "Staggered arrival")])),
            ("course", on.say(
                "调解员分别听取双方意见。双方就子女照料、家庭开支和各自父母的探望表达了意见。\n男方提出承担每月生活费三千元;女方同意,并要求书面约定支付日期。\n调解员说明任何一方均可随时退出,双方表示愿意继续。",
                "The mediator heard each party apart. Both spoke of the care of the child, of household expenses and of visits to their parents.\nHe offered to pay 3,000 yuan a month; she agreed and asked for the day of payment in writing.\nThe mediator said that either may stop at any time; both wished to go on.",
            )),
            ("result", on.say("达成协议,另行制作协议书。", "Agreed; the agreement is drawn up apart.")),
        ],
        "mediation_agreement" => vec![
            ("number", number()),
            ("made_on", made_on()),
            ("office", mediation_office()),
            ("office_contact", mediation_contact()),
            ("agreed_on", day("2026-04-12")),
            ("clauses", rows(
                ["no", "clause", "due_on"],
                vec![
                    [Filled::Number(1), on.say("每月5日前支付当月家庭生活费三千元。", "3,000 yuan for the household are paid by the 5th of each month."), day("2026-05-05")],
                    [Filled::Number(2), on.say("工作日由女方照料子女,周末由男方父母协助接送。", "On working days she cares for the child; at weekends his parents help."), day("2026-04-18")],
                    [Filled::Number(3), on.say("双方各自参加一次家庭沟通课程,并将证明交调解机构。", "Each attends one course on communication in the family and hands the certificate to the office."), day("2026-06-30")],
                ],
            )),
        ],
        "admonition_receipt" => vec![
            ("number", number()),
            ("made_on", made_on()),
            ("office", on.say("友谊路派出所", "Youyi Road Police Station")),
            ("office_contact", text("021-5600-0200")),
            ("admonition_number", text("友谊告〔2026〕17号")),
            ("issued_on", day("2026-04-01")),
            ("served_at", moment("2026-04-01T08:05:00Z")),
            ("handed_over_by", on.say("马强", "Ma Qiang")),
        ],
        "protection_order_application" => vec![
            ("number", number()),
            ("made_on", made_on()),
            ("office", office()),
            ("office_contact", contact()),
            ("court", on.say("宝湾区人民法院", "Baowan District People's Court")),
            ("applicant", on.say("周丽萍,女", "Zhou Liping, female")),
            ("applicant_born", day("1988-06-02")),
            ("applicant_id", text("310113198806020025")),
            ("made_for_her_by", office()),
            ("respondent", on.say("林建国,男", "Lin Jianguo, male")),
            ("respondent_born", day("1985-01-20")),
            ("respondent_id", text("310113198501200017")),
            ("relationship", on.say("配偶", "Spouses")),
            ("requests", on.list(&[
                ("禁止被申请人实施家庭暴力", "That the respondent be forbidden domestic violence"),
                ("禁止被申请人骚扰、跟踪、接触申请人及其女儿", "That he be forbidden to harass, follow or approach the applicant and her daughter"),
                ("责令被申请人迁出申请人住所", "That he be ordered to leave the applicant's home"),
            ])),
            ("reasons", on.say(
                "双方系夫妻。2026年3月30日晚,被申请人酒后用拳头击打申请人头部和手臂,申请人报警。\n2026年4月1日公安机关出具告诫书后,被申请人于4月3日再次威胁申请人。",
                "The parties are married. On the evening of 30 March 2026 the respondent, drunk, struck the applicant's head and arms with his fists; she called the police.\nAfter the written admonition of 1 April 2026 he threatened her again on 3 April.",
            )),
            ("urgent", on.say("被申请人持有申请人住所钥匙,随时可能返回。", "The respondent has a key to her home and may come back at any time.")),
            ("evidence", rows(
                ["no", "what", "shows", "pages"],
                vec![
                    [Filled::Number(1), on.say("报警回执", "Receipt of the police call"), on.say("2026年3月30日报警", "The call of 30 March 2026"), Filled::Number(1)],
                    [Filled::Number(2), on.say("伤情照片", "Photographs of injuries"), on.say("头部、手臂瘀伤", "Bruises on head and arms"), Filled::Number(6)],
                    [Filled::Number(3), on.say("告诫书", "Written admonition"), on.say("公安机关认定家庭暴力事实", "That the police found domestic violence"), Filled::Number(2)],
                    [Filled::Number(4), on.say("聊天记录打印件", "Printed messages"), on.say("4月3日的威胁", "The threat of 3 April"), Filled::Number(3)],
                ],
            )),
        ],
        "closing_summary" => vec![
            ("number", number()),
            ("made_on", made_on()),
            ("office", office()),
            ("case_no", text("7K3M-92QX")),
            ("opened_on", day("2026-04-01")),
            ("outcome", on.say("关系修复,继续回访", "Relationship repaired; followed up")),
            ("lead_worker", on.say("何静", "He Jing")),
            ("summary", on.say(
                "个案历时六个月。社工电话联系12次、面谈8次,协调法律援助和心理咨询,参与调解两次。\n男方完成课程,按月支付生活费;女方表示近三个月未再发生暴力。",
                "The case took six months. The social worker telephoned twelve times and met her eight times, arranged legal aid and counselling, and attended two mediation sessions.\nHe has finished his course and pays each month; she says that there has been no violence for three months.",
            )),
            ("way_back", on.say("可随时致电妇联热线,报个案编号即可。", "She may call the federation's line at any time and give the case number.")),
        ],
        "access_statement" => vec![
            ("made_at", moment("2026-04-06T02:00:00Z")),
            ("count", Filled::Number(2)),
            ("accesses", rows(
                ["at", "told", "place"],
                vec![
                    [
                        moment("2026-04-01T01:12:00Z"),
                        on.say(
                            "友谊路派出所(民警联络人)查看了个案:姓名、身份证号、性别、出生日期和关系;事件经过、报警记录和证据清单。依据:该单位接受的转介。",
                            "Youyi Road Police Station (police officer in charge) looked at the case: names, ID number, sex, birth date and relationship; what happened, the police report and the list of evidence. Why: a referral that the agency took on.",
                        ),
                        text("1042"),
                    ],
                    [
                        moment("2026-04-06T01:59:30Z"),
                        on.say("宝湾区妇女联合会(妇联工作人员)出具了本说明:仅编号、状态和主办单位。依据:该单位主办本案。", "Baowan District Women's Federation (staff of the women's federation) made this statement: only its number, its status and its owner. Why: the agency is in charge of the case."),
                        text("—"),
                    ],
                ],
            )),
            ("entries", Filled::Number(1100)),
            ("checkpoint", text("lianhu.example/log\n1100\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n— lianhu.example/log Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=")),
        ],
        "settlement" => vec![
            ("number", text("W4-JS-2026-03")),
            ("made_on", made_on()),
            ("contract_no", text("BWFL-2026-004")),
            ("buyer", office()),
            ("provider", on.say("晨曦社会工作服务中心", "Chenxi Social Work Centre")),
            ("from", day("2026-03-01")),
            ("until", day("2026-03-31")),
            ("lines", rows(
                ["service", "unit", "quantity", "price", "amount"],
                vec![
                    [on.say("个案管理", "Case management"), on.say("案", "case"), text("3"), Filled::Money(300_000), Filled::Money(900_000)],
                    [on.say("面谈、电话回访", "Meetings and calls"), on.say("小时", "hour"), text("41:20"), Filled::Money(12_000), Filled::Money(496_000)],
                    [on.say("调解参与", "Mediation attended"), on.say("场", "session"), text("2"), Filled::Money(50_000), Filled::Money(100_000)],
                ],
            )),
            ("corrections", rows(
                ["month", "service", "quantity", "amount"],
                vec![[text("2026-02"), on.say("面谈、电话回访", "Meetings and calls"), text("-0:30"), Filled::Money(-6_000)]],
            )),
            ("total", Filled::Money(1_490_000)),
        ],
        other => panic!("no sample for {other}"),
    }
}

/// What a filled field must show on the page.
pub fn shown(filled: &Filled) -> Vec<String> {
    match filled {
        Filled::Text(text) => vec![text.clone()],
        Filled::Number(number) => vec![number.to_string()],
        Filled::List(texts) => texts.clone(),
        Filled::Rows(rows) => rows.iter().flat_map(BTreeMap::values).flat_map(shown).collect(),
        // Told in words: looked at one by one in `pages`.
        Filled::Day(_) | Filled::Moment(_) | Filled::Money(_) => Vec::new(),
    }
}

/// The same paper with a text of ours in each text field.
pub fn marked(key: &str, mark: impl Fn(&str) -> String) -> Fields {
    let sample = sample(key, Language::Zh);
    let marked = |(name, filled): (&'static str, Filled)| {
        let filled = match filled {
            Filled::Text(_) => Filled::Text(mark(name)),
            Filled::List(texts) => Filled::List(texts.iter().map(|_| mark(name)).collect()),
            Filled::Rows(rows) => Filled::Rows(
                rows.into_iter()
                    .map(|row| {
                        row.into_iter()
                            .map(|(column, cell)| {
                                (column, if let Filled::Text(_) = cell { Filled::Text(mark(name)) } else { cell })
                            })
                            .collect()
                    })
                    .collect(),
            ),
            other => other,
        };
        (name, filled)
    };
    sample.into_iter().map(marked).collect()
}
