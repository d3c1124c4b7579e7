//! Step 7: the police station's written admonition, its visits with the residents' committee, and the end of the police matter.

use serde_json::json;

use super::{Ask, NotTold, Stage, Told, get, post};

const POLICE: &str = "yy_police";
const COMMITTEE: &str = "jw_committee";

/// Issued, served on all whom the law names, first visit kept; what the law obliges to be seen is seen, and no more.
pub(super) async fn admonish(stage: &mut Stage<'_>, told: &mut Told) -> Result<(), NotTold> {
    let case = told.at_case();
    stage.later(60);
    let matter =
        json!({ "number": "警情-0218", "opened_on": stage.today(), "crime_suspected": false, "text": "家庭暴力警情,伤情轻微。" });
    let matter = stage.does(7, POLICE, "登记警情", "未办结前不得调解", post(format!("{case}/police-matters"), matter)).await?;
    let asked = json!({ "her_wish": "wants", "text": "情节较轻,依法不给予治安管理处罚,拟出具告诫书。" });
    let made = stage.does(7, POLICE, "申请告诫书", "区妇联与社工桌面得知", post(format!("{case}/admonitions"), asked)).await?;
    told.admonition = made.id();
    let at = format!("{case}/admonitions/{}", told.admonition);
    let early = json!({ "recipient": "respondent", "at": stage.now(), "how": "in_person" });
    stage.is_refused(7, POLICE, "出具之前送达", "须先出具", Ask::Step(at.clone(), "serve", early), 409).await?;
    let issue = json!({
        "number": "沪公宝(友)告诫字第 07 号", "issued_on": stage.today(), "facts": "酒后殴打妻子。", "prohibition": "禁止实施家庭暴力。",
        "committee": stage.world.agency("committee"),
    });
    stage
        .does(7, POLICE, "出具告诫书", "派出所、居委会依反家庭暴力法第十七条获得最少内容", Ask::Step(at.clone(), "issue", issue))
        .await?;
    stage.later(30);
    for (recipient, words, how) in [
        ("respondent", "他本人", "in_person"),
        ("survivor", "她", "in_person"),
        ("residents_committee", "居委会", "electronic"),
        ("federation", "区妇联", "electronic"),
    ] {
        let serve = json!({ "recipient": recipient, "at": stage.now(), "how": how, "receipt": "已签收" });
        stage.does(7, POLICE, &format!("送达:{words}"), "单独登记", Ask::Step(at.clone(), "serve", serve)).await?;
    }
    visit(stage, told, &at).await?;
    let over = json!({ "concluded_on": stage.today(), "crime_suspected": false, "outcome": "已出具告诫书,警情办结。" });
    let matter = format!("{case}/police-matters/{}", matter.id());
    stage.does(7, POLICE, "办结警情", "可依条件调解", Ask::Step(matter, "conclude", over)).await?;
    Ok(())
}

/// Within a week the committee goes there, tells when it will be back, and writes down what it found.
async fn visit(stage: &mut Stage<'_>, told: &Told, at: &str) -> Result<(), NotTold> {
    let case = told.at_case();
    stage.later(5 * 24 * 60);
    stage.declares(7, COMMITTEE, &case).await?;
    stage.does(7, COMMITTEE, "查看个案", "仅见 identity、incident、risk、measures、actions", get(&case)).await?;
    let visits =
        stage.does(7, COMMITTEE, "查看应查访的时间", "七日内首次,其后三个月每月一次", get(format!("{at}/visits"))).await?;
    let due = visits.body.pointer("/items").and_then(serde_json::Value::as_array).and_then(|all| all.last());
    let first = due.and_then(|item| item.pointer("/id")).and_then(serde_json::Value::as_str).unwrap_or_default();
    let this = format!("{at}/visits/{first}");
    let out = json!({ "back_by": stage.now().plus_minutes(90) });
    stage.does(7, COMMITTEE, "出发查访,报预计返回时间", "逾时未归则值班人得知", Ask::Step(this.clone(), "set-out", out)).await?;
    stage.later(60);
    let kept = json!({ "outcome": "kept", "at": stage.now(), "text": "入户查访:他未饮酒,表示遵守告诫书。" });
    stage.does(7, COMMITTEE, "登记首次查访", "区妇联、社工、派出所得知", Ask::Step(this, "record", kept)).await?;
    let note = format!("{case}/notes/{}", told.notes.get("first_contact").map(String::as_str).unwrap_or_default());
    for who in [POLICE, COMMITTEE] {
        stage.is_refused(7, who, "想看社工的工作记录", "如同不存在", get(&note), 404).await?;
    }
    Ok(())
}
