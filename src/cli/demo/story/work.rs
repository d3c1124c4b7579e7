//! Steps 4, 5, 6, 8 and 10: Qingzi's worker reaches her, keeps what she says and consents to, and follows the family up.

use serde_json::{Value, json};

use super::{Ask, NotTold, Stage, Told, get, post, step};

/// 4: he answers the phone; at the safe time she is reached.
pub(super) async fn reach_her(stage: &mut Stage<'_>, told: &mut Told) -> Result<(), NotTold> {
    let case = told.at_case();
    let attempts = format!("{case}/contact-attempts");
    stage.later(60);
    let first = json!({ "outcome": "someone_else", "at": stage.now(), "how": "phone", "who_answered": "丈夫接的电话", "text": "以图书馆名义挂断。" });
    stage.does(4, "qz_worker", "第一次电话:丈夫接听", "未安全联系上,须再联系", post(&attempts, first)).await?;
    stage.later(14 * 60);
    let second = json!({ "outcome": "reached_safely", "at": stage.now(), "how": "phone", "text": "按安全时间致电,暗语相符。" });
    stage.does(4, "qz_worker", "第二次电话:安全时间内联系上", "已安全联系", post(&attempts, second)).await?;
    stage.later(55);
    let note = json!({ "kind": "contact", "text": "面谈五十分钟:说明可得的帮助,商定每周见面。", "minutes": 50 });
    let note = stage.does(4, "qz_worker", "记录面谈 50 分钟", "计入合同工时", post(format!("{case}/notes"), note)).await?;
    told.notes.insert("first_contact", note.id());
    let body = json!({
        "instrument": "dash_checklist", "answers": answers(), "hazards": ["丈夫多在晚上七点以后回家,饮酒后勿单独上门。"],
    });
    let risks = format!("{case}/risk-assessments");
    stage.does(4, "qz_worker", "风险评估", "中风险:30 日内再评估;首次联系时限已完成", post(risks, body)).await?;
    Ok(())
}

/// What she answers to the long checklist: twelve times yes. One question she did not want to be asked yet: it stays open.
fn answers() -> serde_json::Value {
    let yes = [
        "injured_now",
        "very_frightened",
        "fears_what_comes",
        "cut_off",
        "quarrel_over_children",
        "more_often",
        "getting_worse",
        "controls_and_jealous",
        "others_threaten",
        "money_matters",
        "alcohol_drugs_health",
        "police_record",
    ];
    let no = [
        "low_or_suicidal",
        "parted_or_tried",
        "followed_or_pressed",
        "pregnant_or_infant",
        "weapon_used",
        "threatened_to_kill",
        "strangled",
        "hurts_others",
        "hurts_animals",
        "broke_an_order",
    ];
    let answered =
        yes.map(|key| (key, "yes")).into_iter().chain(no.map(|key| (key, "no"))).chain([("threatened_suicide", "unknown")]);
    answered.map(|(key, answer)| (key.to_owned(), json!(answer))).collect::<serde_json::Map<_, _>>().into()
}

/// What she consents to: short name, recipient, purpose, facets, in words.
const CONSENTS: [(&str, &str, &str, &[&str], &str); 5] = [
    ("worker", "qingzi", "keeping_confidence", &["confidential"], "社工为她保守私下所说"),
    ("haitong", "haitong", "legal_advice", &["identity", "incident", "measures"], "法律援助"),
    ("xinyu", "xinyu", "counselling", &["identity", "contact", "risk"], "心理咨询"),
    ("league", "league", "school_support", &["children"], "团委帮助孩子上学"),
    ("judicial", "judicial", "mediation", &["identity", "incident", "risk", "mediation", "measures", "actions"], "司法所调解"),
];

/// Receivers of step 6: who answers there, what is asked of them, in words.
const RECEIVERS: [(&str, &str, &str, &str); 4] = [
    ("haitong", "ht_legal", "service", "法律援助"),
    ("xinyu", "xy_counsellor", "service", "心理咨询"),
    ("league", "gqt_league", "service", "共青团"),
    ("judicial", "sf_judicial", "mediation", "司法所"),
];

/// 5: her consents, one for each recipient and purpose.
pub(super) async fn consents(stage: &mut Stage<'_>, told: &mut Told) -> Result<(), NotTold> {
    let case = told.at_case();
    stage.later(24 * 60);
    let early = referral(stage, told, "haitong", "service");
    stage.is_refused(5, "fu_staff", "未经她同意即转介法律援助", "须先有她的同意", post("/referrals", early), 409).await?;
    for (short, agency, purpose, facets, words) in CONSENTS {
        let mut body = json!({
            "recipient_agency": stage.world.agency(agency), "purpose": purpose, "facets": facets, "given_by": "survivor",
            "given_on": stage.today(), "expires_on": stage.now().plus_days(180).day().to_string(),
        });
        if short == "worker"
            && let Some(fields) = body.as_object_mut()
        {
            fields.insert("recipient_user".into(), json!(stage.world.user("qz_worker")));
        }
        let did = format!("登记她的同意:{words}");
        let made = stage.does(5, "qz_worker", &did, &facets.join("、"), post(format!("{case}/consents"), body)).await?;
        told.consents.insert(short, made.id());
    }
    Ok(())
}

fn referral(stage: &Stage<'_>, told: &Told, agency: &str, kind: &str) -> serde_json::Value {
    let of = CONSENTS.iter().find(|(short, ..)| *short == agency);
    let (purpose, facets) = of.map_or(("other", [].as_slice()), |(_, _, purpose, facets, _)| (purpose, *facets));
    json!({
        "case_id": told.case, "kind": kind, "help": purpose, "to_agency": stage.world.agency(agency), "facets": facets,
        "urgency": "normal", "text": "请予协助,详情按授权查看。",
    })
}

/// 6: four referrals; three are accepted at once, legal aid answers a day later.
pub(super) async fn refer_onward(stage: &mut Stage<'_>, told: &mut Told) -> Result<(), NotTold> {
    for (agency, _, kind, words) in RECEIVERS {
        let body = referral(stage, told, agency, kind);
        let made =
            stage.does(6, "fu_staff", &format!("起草转介:{words}"), "范围不超过她的同意", post("/referrals", body)).await?;
        let at = format!("/referrals/{}", made.id());
        stage.does(6, "fu_staff", &format!("发送转介:{words}"), "对方接受前只见来源、类型、缓急", step(at, "send")).await?;
        told.referrals.insert(agency, made.id());
    }
    stage.later(120);
    for (agency, who, _, words) in RECEIVERS.into_iter().skip(1) {
        accept(stage, told, agency, who, words).await?;
    }
    stage.later(26 * 60);
    accept(stage, told, "haitong", "ht_legal", "法律援助(次日才答复)").await
}

async fn accept(stage: &mut Stage<'_>, told: &Told, agency: &str, who: &str, words: &str) -> Result<(), NotTold> {
    let at = format!("/referrals/{}", told.referrals.get(agency).map(String::as_str).unwrap_or_default());
    stage.does(6, who, &format!("签收:{words}"), "区妇联桌面得到回音", step(&at, "acknowledge")).await?;
    stage.does(6, who, &format!("接受:{words}"), "授权开始", step(&at, "accept")).await?;
    stage.declares(6, who, &told.at_case()).await
}

/// 8: what she really feels and wants.
pub(super) async fn in_confidence(stage: &mut Stage<'_>, told: &mut Told) -> Result<(), NotTold> {
    let case = told.at_case();
    let notes = format!("{case}/notes");
    stage.later(24 * 60);
    let note =
        json!({ "kind": "confidential", "text": "她真正的想法:愿意再给一次机会,但绝不再忍受动手;想学会计。", "minutes": 40 });
    let made = stage.does(8, "qz_worker", "记下她私下的真实想法", "只有本案社工可见", post(&notes, note)).await?;
    told.notes.insert("confidence", made.id());
    let note = json!({ "kind": "counselling", "text": "第一次咨询:睡眠差,情绪逐渐平稳。" });
    let made = stage.does(8, "xy_counsellor", "记录心理咨询", "本人可再看到,其他单位不能", post(&notes, note)).await?;
    told.notes.insert("counselling", made.id());
    let hidden = format!("/notes/{}", told.notes.get("confidence").map(String::as_str).unwrap_or_default());
    for who in ["fu_staff", "sf_judicial"] {
        let at = format!("{case}{hidden}");
        stage.is_refused(8, who, "想看社工的保密记录", "如同不存在", get(at), 404).await?;
    }
    Ok(())
}

/// 10: the worker visits on; one thing is done, one is late.
pub(super) async fn follow_up(stage: &mut Stage<'_>, told: &mut Told) -> Result<(), NotTold> {
    let actions = format!("{}/actions", told.at_case());
    let visit = json!({
        "kind": "follow_up", "what": "与孩子学校确认接送安排。", "agency_id": stage.world.agency("qingzi"),
        "user_id": stage.world.user("qz_worker"), "due_on": stage.now().plus_days(1).day(),
    });
    stage.does(10, "fu_staff", "交办一次回访,次日到期", "社工的待办", post(&actions, visit)).await?;
    let notes = format!("{}/notes", told.at_case());
    for text in ["第一次回访:丈夫未饮酒,每周咨询按时。", "第二次回访:夫妻分担家务,孩子恢复上学。"]
    {
        stage.later(3 * 24 * 60);
        let note = json!({ "kind": "visit", "text": text, "minutes": 30 });
        let made = stage.does(10, "qz_worker", "上门回访", "计入进展与工时", post(&notes, note)).await?;
        told.notes.insert("visit", made.id());
    }
    let mine = stage.does(10, "qz_worker", "查看待办", "协议条款都已成为待办", get("/actions")).await?;
    let text = |item: &Value, field: &str| item.get(field).and_then(Value::as_str).map(str::to_owned);
    let monthly = mine.body.pointer("/items").and_then(Value::as_array).into_iter().flatten();
    let monthly = monthly.into_iter().find(|item| text(item, "what").as_deref() == Some("社工每月回访一次。"));
    let at = format!("{actions}/{}", monthly.and_then(|item| text(item, "id")).unwrap_or_default());
    let done = Ask::Step(at, "complete", json!({ "evidence": "本月两次回访,均有记录。" }));
    stage.does(10, "qz_worker", "办结每月回访", "另一次回访已逾期,升级到主管桌面", done).await?;
    Ok(())
}
