//! Break-glass, both ways, over before anybody else is asked; and a call taken on.

use serde_json::{Value, json};

use super::Scene;

pub async fn break_glass(scene: &mut Scene<'_>) {
    let (case, app) = (scene.id("case"), scene.app);
    let turn =
        json!({ "user_id": app.user("fu_staff"), "from": app.now().to_string(), "until": app.now().plus_days(1).to_string() });
    app.who("fu_supervisor").post("/duty", turn).await.unwrap();
    let number = json!({ "id_number": "11010519491231002X", "id_number_reason": null });
    scene.post("fu_staff", "change_party", &[&case, &scene.id("her")], number).await;
    let asking = json!({
        "id_number": "11010519491231002X", "reason_code": "she_is_here", "reason": "她在值班室。", "facets": ["identity", "risk"],
    });
    for step in ["decline_break_glass", "release_break_glass"] {
        scene.post("yp_police", "ask_duty_desk", &[], asking.clone()).await;
        app.clock.advance_minutes(11);
        app.lianhu.sweep().await.map_err(|problem| problem.code().as_str()).unwrap();
        let desk = app.who("fu_staff").get("/desk?limit=100").await.unwrap();
        let items = desk.body["items"].as_array().unwrap().clone();
        let of = |notice: &str| {
            let found = items.iter().find(|item| item["notice"] == notice && item["record"]["kind"] == "break_glass");
            found.unwrap_or_else(|| panic!("no {notice}: {}", desk.body)).clone()
        };
        let (call, rings) = (of("roster_call"), of("break_glass_asked"));
        scene.step("fu_staff", "acknowledge_call", &[call["id"].as_str().unwrap()]).await;
        let id = rings["record"]["id"].as_str().unwrap().to_owned();
        let body = if step == "decline_break_glass" { json!({}) } else { json!({ "facets": ["identity"] }) };
        scene.post("fu_staff", step, &[&id], body).await;
        scene.get("fu_staff", "view_break_glass", &[&id]).await;
    }
    scene.get("yp_police", "list_break_glass_requests", &[]).await;
    let by_grant = json!({ "reason_code": "danger_now", "reason": "需立即处置。", "facets": ["risk"] });
    scene.post("yy_police", "break_glass", &[&case], by_grant).await;
    app.clock.advance_minutes(181);
    let list = scene.get("fu_staff", "list_break_glass", &[&case]).await;
    let over: Vec<Value> =
        list.body["items"].as_array().unwrap().iter().filter(|item| item["state"] == "expired").cloned().collect();
    assert_eq!(over.len(), 2, "{}", list.body);
    for item in over {
        let at: &[&str] = &[item["id"].as_str().unwrap()];
        scene.post("fu_supervisor", "review_break_glass", at, json!({ "finding": "unjustified", "text": "并不紧急。" })).await;
        scene.post("fu_supervisor", "restore_break_glass", at, json!({ "reason": "已谈话。" })).await;
    }
}
