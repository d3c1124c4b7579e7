//! The provider directory, and who fits a need.

use serde_json::{Value, json};

use super::Scene;

fn service(name: &str) -> Value {
    json!({
        "name": name, "kind": "case_work", "audiences": ["survivors"], "divisions": ["310113"], "languages": ["zh"],
        "capacity": 40, "hours": "周一至周五"
    })
}

pub async fn keep(scene: &mut Scene<'_>) {
    let qingzi = scene.app.agency("qingzi");
    let at = qingzi.as_str();
    let kept = scene.post("qz_manager", "add_service", &[at], service("个案服务")).await.id();
    let retired = scene.post("fu_supervisor", "add_service", &[at], service("旧服务")).await.id();
    scene.post("fu_supervisor", "change_service", &[at, &kept], json!({ "capacity": 50 })).await;
    scene.step("qz_manager", "retire_service", &[at, &retired]).await;
    scene.get("yy_police", "view_service", &[at, &kept]).await;
    let licence = |number: &str| {
        json!({
            "name": "社会服务机构登记证书", "number": number, "issuer": "区民政局", "first_day": "2026-01-01",
            "last_day": "2027-12-31"
        })
    };
    let held = scene.post("qz_manager", "add_licence", &[at], licence("1")).await.id();
    let old = scene.post("qz_manager", "add_licence", &[at], licence("2")).await.id();
    scene.post("qz_manager", "change_licence", &[at, &held], json!({ "last_day": "2028-12-31" })).await;
    scene.step("qz_manager", "retire_licence", &[at, &old]).await;
    scene.get("ht_legal", "view_licence", &[at, &held]).await;
    scene.get("fu_staff", "list_providers", &[]).await;
    scene.get("qz_worker", "view_provider", &[at]).await;
    let need = json!({ "kind": "case_work", "division": "310113", "urgency": "normal" });
    scene.post("fu_staff", "match_providers", &[], need).await;
    introduce(scene).await;
}

/// One goes its way, one is declined, one taken back.
async fn introduce(scene: &mut Scene<'_>) {
    let body = json!({
        "to_agency": scene.app.agency("federation"), "provider_id": scene.app.agency("qingzi"), "help": "case_work",
        "division": "310113", "urgency": "normal", "audience": "survivors", "language": "zh"
    });
    let mut sent = Vec::new();
    for _ in 0..3 {
        let id = scene.post("jw_committee", "draft_introduction", &[], body.clone()).await.id();
        scene.step("jw_committee", "send_introduction", &[&id]).await;
        sent.push(id);
    }
    let [taken, declined, back] = sent.as_slice() else { panic!("three were sent") };
    scene.step("fu_staff", "acknowledge_introduction", &[taken]).await;
    scene.step("fu_staff", "accept_introduction", &[taken]).await;
    scene.step("jw_committee", "complete_introduction", &[taken]).await;
    scene.post("fu_staff", "decline_introduction", &[declined], json!({ "reason": "not_our_division" })).await;
    scene.post("jw_committee", "withdraw_introduction", &[back], json!({ "reason": "no_longer_needed" })).await;
    scene.get("fu_staff", "view_introduction", &[taken]).await;
    scene.get("fu_staff", "list_introductions", &[]).await;
}
