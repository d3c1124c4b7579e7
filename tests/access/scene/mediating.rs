//! Mediation, from its proposal to every end it may have.

use serde_json::json;

use super::Scene;

async fn proposed(scene: &mut Scene<'_>, case: &str) -> String {
    scene.post("fu_staff", "propose_mediation", &[case], json!({ "note": "双方愿意谈。" })).await.id()
}

pub async fn mediate(scene: &mut Scene<'_>) {
    let (case, her, him) = (scene.id("case"), scene.id("her"), scene.id("him"));
    let staff = "fu_staff";
    scene.ids.insert("mediated", case.clone());
    // A month after she was assessed, that is too old for mediation; then she is assessed again.
    let old = proposed(scene, &case).await;
    scene.app.clock.advance_minutes(31 * 24 * 60);
    let waived = json!({ "reasons": "近期已随访,情况平稳。", "safeguards": ["separate_rooms"] });
    scene.post("fu_supervisor", "waive_assessment", &[&old], waived).await;
    scene.post(staff, "cancel_mediation", &[&old], json!({ "reason": "改期" })).await;
    let again = json!({ "instrument": "scene_triage", "answers": { "again": "no" } });
    scene.post("qz_worker", "assess_risk", &[&case], again).await;
    // Each ending once, before the one that goes on.
    for (route, body) in [
        ("refuse_mediation", json!({ "party_id": her })),
        ("stop_mediation", json!({ "party_id": her })),
        ("cancel_mediation", json!({ "reason": "改期" })),
    ] {
        let series = proposed(scene, &case).await;
        scene.post(staff, route, &[&series], body).await;
    }
    let series = proposed(scene, &case).await;
    let at = series.as_str();
    for (party, hour) in [(&her, "2026-03-03T01:00:00Z"), (&him, "2026-03-03T03:00:00Z")] {
        let sheet = json!({ "party_id": party, "at": hour, "held_alone": true, "answers": "单独询问所得。", "fit": true });
        scene.post(staff, "screen_party", &[at], sheet).await;
        let word = json!({ "party_id": party, "voluntary": true, "given_on": "2026-03-03", "words": "我自愿。" });
        let consent = scene.post(staff, "record_mediation_consent", &[at], word.clone()).await.id();
        if party == &her {
            scene.post(staff, "withdraw_mediation_consent", &[at, &consent], json!({})).await;
            scene.post(staff, "record_mediation_consent", &[at], word).await;
        }
    }
    for route in ["list_screenings", "list_mediation_consents", "view_mediation_gate"] {
        scene.get(staff, route, &[at]).await;
    }
    scene.get(staff, "list_mediations", &[&case]).await;
    scene.get(staff, "view_mediation", &[&case, at]).await;
    scene.step(staff, "clear_mediation", &[at]).await;
    scene.ids.insert("series", series.clone());
    sessions(scene, at).await;
}

async fn sessions(scene: &mut Scene<'_>, at: &str) {
    let staff = "fu_staff";
    let mediator = scene.app.user(staff);
    let body = |from: &str, until: &str| json!({ "starts_at": from, "ends_at": until, "room": "A1", "mediator_user": mediator });
    let day = |days: i64| scene.app.now().plus_days(days).day().to_string();
    let (soon_day, later_day, again_day) = (day(1), day(6), day(7));
    let later = body(&format!("{later_day}T03:00:00Z"), &format!("{later_day}T04:00:00Z"));
    let id = scene.post(staff, "schedule_session", &[at], later).await.id();
    scene.get(staff, "view_mediation_session", &[at, &id]).await;
    scene.get(staff, "list_mediation_sessions", &[at]).await;
    scene.step(staff, "suspend_session", &[at, &id]).await;
    let again = json!({ "starts_at": format!("{again_day}T01:00:00Z"), "ends_at": format!("{again_day}T02:00:00Z") });
    scene.post(staff, "resume_session", &[at, &id], again).await;
    scene.step(staff, "cancel_session", &[at, &id]).await;
    let soon = body(&format!("{soon_day}T01:00:00Z"), &format!("{soon_day}T02:00:00Z"));
    let id = scene.post(staff, "schedule_session", &[at], soon).await.id();
    let papers = scene.get(staff, "list_mediation_notices", &[at]).await;
    let paper = papers.text("/items/0/id");
    scene.get(staff, "view_mediation_notice", &[at, &paper]).await;
    scene.step("qz_worker", "release_mediation_notice", &[at, &paper]).await;
    let query = "?reader=respondent&language=zh";
    scene.ok(staff, "typeset_mediation_notice", &[at, &paper], query, serde_json::Value::Null).await;
    let slots = format!("?mediator={mediator}&from={soon_day}T00:30:00Z&until={soon_day}T02:30:00Z");
    scene.ok(staff, "view_slots", &[], &slots, serde_json::Value::Null).await;
    scene.app.clock.advance_minutes(24 * 60);
    scene.post(staff, "hold_session", &[at, &id], json!({ "outcome": "agreed", "record": "男方承认过错。" })).await;
    let clauses = json!({ "signed_on": soon_day, "clauses": [{ "text": "不再饮酒。" }] });
    scene.post(staff, "record_agreement", &[at], clauses).await;
    scene.get(staff, "view_agreement", &[at]).await;
    scene.post(staff, "confirm_agreement", &[at], json!({ "outcome": "applied", "decided_on": soon_day })).await;
}
