//! Step 9: mediation by the judicial office, behind its gate.

use reqwest::Method;
use serde_json::{Value, json};

use super::{Ask, NotTold, Stage, Told, get, post, step};

const WHO: &str = "sf_judicial";

/// A session tomorrow at this very time, of an hour.
fn tomorrow(stage: &Stage<'_>) -> Value {
    let starts = stage.now().plus_days(1);
    let quarter = 15 * 60_000_000;
    let starts = crate::base::time::Timestamp::from_micros(starts.micros().div_euclid(quarter).saturating_mul(quarter));
    json!({
        "starts_at": starts, "ends_at": starts.plus_minutes(60), "room": "调解室-2", "mediator_user": stage.world.user(WHO),
        "worker_user": stage.world.user("qz_worker"),
    })
}

/// Proposed, screened apart, both consent, cleared, three sessions, agreed.
pub(super) async fn mediate(stage: &mut Stage<'_>, told: &mut Told) -> Result<(), NotTold> {
    let case = told.at_case();
    stage.later(24 * 60);
    let body = json!({ "mediator_user": stage.world.user(WHO), "note": "双方有和好意愿,先分别评估。" });
    let made = stage.does(9, WHO, "提出调解", "区妇联与社工桌面得知", post(format!("{case}/mediations"), body)).await?;
    told.mediation = made.id();
    let at = format!("/mediations/{}", told.mediation);
    prepare(stage, told, &at).await?;
    let rounds = [
        ("adjourned", "第一次:双方各自陈述,他承认动手,休会。"),
        ("adjourned", "第二次:谈到饮酒和家务,休会。"),
        ("agreed", "第三次:他认错并道歉,双方达成协议。"),
    ];
    for (number, (outcome, record)) in (1..).zip(rounds) {
        let body = tomorrow(stage);
        let did = format!("排定第 {number} 次调解");
        let made = stage.does(9, WHO, &did, "无时间冲突", post(format!("{at}/sessions"), body)).await?;
        invite_him(stage, &at).await?;
        stage.later(24 * 60 + 60);
        let held = Ask::Step(format!("{at}/sessions/{}", made.id()), "hold", json!({ "outcome": outcome, "record": record }));
        stage.does(9, WHO, &format!("第 {number} 次调解"), record, held).await?;
        told.sessions.push(made.id());
    }
    let due = |days: i64| stage.now().plus_days(days).day().to_string();
    let body = json!({ "signed_on": stage.today(), "clauses": [
        { "text": "男方承认过错,保证不再动手。", "by_party": told.respondent },
        { "text": "男方戒酒。", "by_party": told.respondent },
        { "text": "男方每周接受一次心理辅导。", "by_party": told.respondent, "due_on": due(90) },
        { "text": "社工每月回访一次。", "due_on": due(90) },
    ] });
    let put = Ask::Change(Method::PUT, format!("{at}/agreement"), body);
    stage.does(9, WHO, "登记调解协议:认错、戒酒、每周辅导、每月回访", "四项条款已存", put).await?;
    let applied = json!({ "outcome": "applied", "decided_on": stage.today() });
    let confirm = Ask::Step(format!("{at}/agreement"), "confirm", applied);
    stage.does(9, WHO, "登记:双方共同申请司法确认", "30 天时限已满足(《人民调解法》第三十三条)", confirm).await?;
    Ok(())
}

/// What he gets says when and where, and is released by her worker.
async fn invite_him(stage: &mut Stage<'_>, at: &str) -> Result<(), NotTold> {
    let papers = stage.does(9, "qz_worker", "查看给他的通知书", "只写时间、地点、联系方式", get(format!("{at}/notices"))).await?;
    let paper = format!("{at}/notices/{}", papers.text("/items/0/id"));
    stage.does(9, "qz_worker", "放行给他的通知书", "放行前不得交付", step(paper, "release")).await?;
    Ok(())
}

/// Each is screened alone, each consents; before she does, nothing can be scheduled.
async fn prepare(stage: &mut Stage<'_>, told: &Told, at: &str) -> Result<(), NotTold> {
    let (her, him) = (&told.survivor, &told.respondent);
    for (party, words, answers) in
        [(her, "她", "单独评估:她不怕当面说话,希望社工在场。"), (him, "他", "单独评估:他承认酒后失控,愿意改。")]
    {
        let body = json!({ "party_id": party, "at": stage.now(), "held_alone": true, "answers": answers, "fit": true });
        stage.does(9, WHO, &format!("单独评估:{words}"), "适宜调解", post(format!("{at}/screenings"), body)).await?;
        stage.later(90);
    }
    let word =
        |party: &str, words: &str| json!({ "party_id": party, "voluntary": true, "given_on": stage.today(), "words": words });
    let (his, hers) = (word(him, "我愿意当面认错。"), word(her, "我愿意谈,但要社工在场。"));
    stage.does(9, WHO, "登记他的同意", "自愿", post(format!("{at}/consents"), his)).await?;
    let early = tomorrow(stage);
    stage.is_refused(9, WHO, "在她同意之前排期", "尚未准予调解,已记录", post(format!("{at}/sessions"), early), 409).await?;
    stage.does(9, "qz_worker", "登记她的同意", "自愿,可随时停止", post(format!("{at}/consents"), hers)).await?;
    let seen = format!("{}/mediations/{}", told.at_case(), told.mediation);
    stage.does(9, WHO, "核对条件,准予调解", "条件全部满足", Ask::StepOf { seen, path: format!("{at}/clear") }).await?;
    Ok(())
}
