//! Steps 1 to 3: the police station refers the case in, the federation takes it in, and assigns Qingzi's worker.

use serde_json::{Value, json};

use super::{Ask, Family, NotTold, Stage, Told, get, post, step};
use reqwest::Method;

/// 1: the police station's intake.
pub(super) async fn refer_in(stage: &mut Stage<'_>, family: &Family, told: &mut Told) -> Result<(), NotTold> {
    let turn = json!({
        "user_id": stage.world.user("fu_staff"), "deputy_id": stage.world.user("fu_supervisor"),
        "from": stage.now(), "until": stage.now().plus_days(1),
    });
    stage.does(1, "fu_supervisor", "排定当日值班:经办人,主管为副", "紧急转介即呼叫值班人", post("/duty", turn)).await?;
    let body = json!({ "intake": {
        "to_agency": stage.world.agency("federation"), "urgency": "urgent", "parties": family.parties(),
        "incident": family.incident(&stage.today()), "text": "今晚出警,情况紧急,请尽快联系当事人。",
    } });
    let drafted = stage
        .does(1, "yy_police", "起草受理转介:当事人、事件经过,标为紧急", "个案仅对本所可见", post("/referrals", body))
        .await?;
    told.intake = drafted.id();
    told.case = drafted.text("/case_id");
    let at = format!("/referrals/{}", told.intake);
    stage.does(1, "yy_police", "发送给区妇联", "个案状态:已转介,待签收", step(at, "send")).await?;
    stage.later(20);
    stage.does(1, "fu_staff", "查看桌面", "只见来源、类型、缓急,不见内容", get("/desk")).await?;
    Ok(())
}

fn party(parties: &Value, kind: &str) -> String {
    let of_kind = parties
        .pointer("/items")
        .and_then(Value::as_array)
        .and_then(|all| all.iter().find(|party| party.pointer("/kind").and_then(Value::as_str) == Some(kind)));
    of_kind.and_then(|party| party.pointer("/id")).and_then(Value::as_str).unwrap_or_default().to_owned()
}

/// 2: acknowledged, accepted, names first, screened, opened.
pub(super) async fn take_in(stage: &mut Stage<'_>, family: &Family, told: &mut Told) -> Result<(), NotTold> {
    let (referral, case) = (format!("/referrals/{}", told.intake), told.at_case());
    stage.does(2, "fu_staff", "签收转介", "派出所桌面得到回音", step(&referral, "acknowledge")).await?;
    stage.later(15);
    stage.does(2, "fu_staff", "接受转介", "区妇联成为主办单位,经办人即本人", step(&referral, "accept")).await?;
    stage.is_refused(2, "fu_staff", "直接查看个案", "须先看姓名并声明", get(&case), 409).await?;
    stage.declares(2, "fu_staff", &case).await?;
    stage.does(2, "fu_staff", "开始接谈:单独听取受害人陈述", "个案状态:接谈中", step(&case, "screen")).await?;
    let parties = stage.does(2, "fu_staff", "查看当事人", "经办人可见", get(format!("{case}/parties"))).await?;
    told.survivor = party(&parties.body, "survivor");
    told.respondent = party(&parties.body, "respondent");
    stage.later(60);
    let contact = json!({ "contact": {
        "phone": family.her_phone, "safe_times": "工作日上午十点至十一点", "may_leave_message": false, "code_word": "晾衣架",
        "cover_name": "街道图书馆",
    } });
    let her = format!("{case}/parties/{}", told.survivor);
    stage.does(2, "fu_staff", "记下安全联系时间和暗语", "已保存", Ask::Change(Method::PATCH, her, contact)).await?;
    let heard = json!({ "kind": "confidential", "text": "单独接谈所得:她担心孩子,怕他知道她来过妇联。" });
    let note =
        stage.does(2, "fu_staff", "记下她私下所说", "仅本人可再看到,主管也不能", post(format!("{case}/notes"), heard)).await?;
    told.notes.insert("screening", note.id());
    stage.does(2, "fu_staff", "立案", "个案状态:办理中;派出所桌面得知", step(&case, "open")).await?;
    stage.declares(2, "fu_supervisor", &case).await
}

/// The contract with Qingzi, in force from the year's first day on.
pub async fn buy(stage: &mut Stage<'_>) -> Result<String, NotTold> {
    let (today, later) = (stage.now().day(), stage.now().plus_days(120).day());
    let year = today.year();
    // A story that begins late in the year must not lose its worker on New Year's Eve.
    let last_day = if later.year() == year { format!("{year}-12-31") } else { later.to_string() };
    let line = |service: &str, unit: &str, quantity: i64, price: i64| json!({ "service": service, "unit": unit, "quantity": quantity, "price_fen": price });
    let body = json!({
        "number": format!("BS-{year}-07"), "provider_id": stage.world.agency("qingzi"), "level": "district", "fund": "区级财政专项",
        "amount_fen": 48_000_000, "first_day": format!("{year}-01-01"), "last_day": last_day,
        "data_protection_terms": true, "terms_signed_on": format!("{year}-01-01"),
        "lines": [line("case_work", "case", 40, 600_000), line("case_work", "hour", 1_200, 15_000),
                  line("legal_advice", "session", 60, 50_000), line("counselling", "session", 60, 50_000)],
    });
    let made = stage
        .does(
            0,
            "fu_supervisor",
            &format!("向青梓订立服务合同 BS-{year}-07:40 案、1200 小时、48 万元"),
            "区级经费,已签数据保护条款",
            post("/contracts", body),
        )
        .await?;
    let at = format!("/contracts/{}", made.id());
    stage.does(0, "fu_supervisor", "合同生效", "青梓可受派", step(at, "activate")).await?;
    Ok(made.id())
}

/// 3: assigned under the contract; his cousin is walled off.
pub(super) async fn assign(stage: &mut Stage<'_>, family: &Family, told: &mut Told) -> Result<(), NotTold> {
    if told.contract.is_empty() {
        told.contract = buy(stage).await?;
    }
    let case = told.at_case();
    let at = format!("{case}/assignments");
    let body = |who: &str, part: &str| json!({ "worker": stage.world.user(who), "contract_id": told.contract, "part": part, "service": "case_work" });
    let (lead, assist) = (body("qz_worker", "lead"), body("qz_cousin", "assist"));
    let made = stage.does(3, "fu_staff", "派案:青梓己社工主办", "授权开始;合同名额减一", post(&at, lead)).await?;
    told.assignment = made.id();
    stage.later(30);
    stage.declares(3, "qz_worker", &case).await?;
    if family.has_cousin {
        let made = stage.does(3, "fu_staff", "派案:青梓庚社工协办", "同案不另占名额", post(&at, assist)).await?;
        told.cousin_assignment = made.id();
        let declare = format!("{case}/declarations");
        stage.does(3, "qz_cousin", "首次查看:只见姓名", "认出是表亲", get(&declare)).await?;
        let conflict = json!({ "conflict": true, "text": "加害人是我的表兄。" });
        stage.does(3, "qz_cousin", "声明有利益冲突", "回避:派案结束,不占名额", post(&declare, conflict)).await?;
        stage.is_refused(3, "qz_cousin", "再看个案", "如同不存在", get(&case), 404).await?;
    }
    Ok(())
}
