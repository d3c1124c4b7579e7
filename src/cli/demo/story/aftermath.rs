//! Steps 11 to 15: she takes a consent back, a stranger guesses, then needs to know at night, the case ends, and she is told
//! who saw what.

use serde_json::json;

use super::{Ask, Family, NotTold, Stage, Told, get, post, step};

/// 11: sharing with the Youth League ends at once.
pub(super) async fn revoke(stage: &mut Stage<'_>, told: &mut Told) -> Result<(), NotTold> {
    let case = told.at_case();
    stage.later(24 * 60);
    stage.does(11, "gqt_league", "查看孩子的情况", "仅见 children", get(&case)).await?;
    let consent = format!("{case}/consents/{}", told.consents.get("league").map(String::as_str).unwrap_or_default());
    stage.does(11, "qz_worker", "她撤回对共青团的同意", "即刻停止共享", step(consent, "revoke")).await?;
    stage.is_refused(11, "gqt_league", "再看个案", "如同不存在", get(&case), 404).await?;
    stage.does(11, "fu_staff", "查看披露台账", "载明共青团何时看过", get(format!("{case}/disclosures"))).await?;
    Ok(())
}

/// 12: an officer of another station guesses and searches.
pub(super) async fn guess(stage: &mut Stage<'_>, family: &Family, told: &mut Told) -> Result<(), NotTold> {
    stage.later(60);
    stage.is_refused(12, "yp_police", "猜个案的编号", "如同不存在,已记录", get(told.at_case()), 404).await?;
    let searches = [
        ("姓名", json!({ "name": family.her })),
        ("身份证号", json!({ "id_number": family.her_id() })),
        ("电话", json!({ "phone": family.her_phone })),
    ];
    for (words, body) in searches {
        stage.does(12, "yp_police", &format!("按{words}检索她"), "无结果,与查无此人相同", post("/cases/search", body)).await?;
    }
    Ok(())
}

/// 13: at night she is at that officer's counter.
pub(super) async fn break_glass(stage: &mut Stage<'_>, family: &Family, told: &mut Told) -> Result<(), NotTold> {
    let case = told.at_case();
    stage.later(10 * 60);
    let turn = json!({ "user_id": stage.world.user("fu_other"), "from": stage.now(), "until": stage.now().plus_days(1) });
    stage.does(13, "fu_supervisor", "排定当夜值班", "紧急请求即呼叫值班人", post("/duty", turn)).await?;
    let facets = json!(["identity", "contact", "risk"]);
    let body = json!({
        "id_number": family.her_id(), "reason_code": "she_is_here", "facets": facets,
        "reason": "深夜,她独自来到派出所,神情惊恐,不愿回家;需了解危险程度和安全联系方式。",
    });
    stage
        .does(
            13,
            "yp_police",
            "深夜她到窗口:凭身份证号请求紧急调阅",
            "“值班人员将与您联系”,有无个案均同",
            post("/break-glass", body),
        )
        .await?;
    let desk = stage.does(13, "fu_other", "查看值班桌面", "紧急调阅请求待处理", get("/desk?limit=100")).await?;
    let items = desk.body.pointer("/items").and_then(serde_json::Value::as_array).cloned().unwrap_or_default();
    let rings = items.iter().find(|item| item.pointer("/notice").is_some_and(|notice| notice == "break_glass_asked"));
    let id = rings.and_then(|item| item.pointer("/record/id")).and_then(serde_json::Value::as_str).unwrap_or_default();
    id.clone_into(&mut told.break_glass);
    let at = told.at_break_glass();
    let release = Ask::Step(at.clone(), "release", json!({ "facets": facets }));
    stage.does(13, "fu_other", "放行身份、联系方式、风险,三小时", "经办人、主管、监督机构即刻获知", release).await?;
    stage.declares(13, "yp_police", &case).await?;
    stage.does(13, "yp_police", "查看个案", "仅见放行的三项,只读", get(&case)).await?;
    stage.later(3 * 60);
    stage.is_refused(13, "yp_police", "三小时后再看", "如同不存在", get(&case), 404).await?;
    stage.later(10 * 60);
    let finding = json!({ "finding": "justified", "text": "当夜确有危险,调阅必要。" });
    stage.does(13, "fu_supervisor", "次日审查:正当", "已记录", Ask::Step(at, "review", finding)).await?;
    Ok(())
}

/// 14: asked for by the worker, approved by the supervisor; followed up, then closed.
pub(super) async fn close(stage: &mut Stage<'_>, told: &mut Told) -> Result<(), NotTold> {
    let case = told.at_case();
    stage.later(7 * 24 * 60);
    let body = json!({ "outcome": "relationship_repaired_monitored", "summary": "夫妻关系修复,继续跟进;协议条款按期履行。" });
    stage
        .does(14, "qz_worker", "申请结案:关系修复,继续跟进", "主管桌面待审批", Ask::Step(case.clone(), "request-close", body))
        .await?;
    stage.is_refused(14, "fu_staff", "经办人自行批准", "须由主管批准", step(&case, "monitor"), 403).await?;
    stage.does(14, "fu_supervisor", "批准,转入跟踪", "个案状态:跟踪中", step(&case, "monitor")).await?;
    stage.later(14 * 24 * 60);
    stage.does(14, "fu_supervisor", "结案", "转介授权即刻终止;社工可再阅 30 天", step(&case, "close")).await?;
    for who in ["sf_judicial", "ht_legal", "xy_counsellor"] {
        stage.is_refused(14, who, "结案后再看", "如同不存在", get(&case), 404).await?;
    }
    stage.does(14, "qz_worker", "结案后再看", "30 天内可阅", get(case)).await?;
    Ok(())
}

/// 15: her access statement.
pub(super) async fn account(stage: &mut Stage<'_>, told: &mut Told) -> Result<(), NotTold> {
    stage.later(60);
    let at = format!("{}/access-statement", told.at_case());
    stage.does(15, "fu_staff", "制作她的查阅说明:谁在何时看过什么", "与审计记录逐条一致", get(at)).await?;
    Ok(())
}
