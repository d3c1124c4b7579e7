//! Legal measures of a case of their own, from the request to every end they may have.

use serde_json::json;

use super::Scene;

const STAFF: &str = "fu_staff";
const POLICE: &str = "yy_police";

pub async fn measure(scene: &mut Scene<'_>) {
    let case = scene.own_case("丁女").await;
    admonition(scene, &case, "end_admonition", json!({ "text": "查访期满,未再施暴。" })).await;
    let again = json!({ "at": "2026-03-04T04:00:00Z", "text": "再次施暴。" });
    admonition(scene, &case, "breach_admonition", again).await;
    for route in
        ["list_admonitions", "list_protection_orders", "list_mandatory_reports", "list_proceedings", "list_police_matters"]
    {
        scene.get(STAFF, route, &[&case]).await;
    }
    orders(scene, &case).await;
    // Here, since no time passes any more in which the hour would have come.
    let visit =
        json!({ "kind": "follow_up", "what": "回访。", "agency_id": scene.app.agency("federation"), "due_on": "2027-03-10" });
    let visit = scene.post(STAFF, "add_action", &[&case], visit).await.id();
    let back = scene.app.now().plus_minutes(12 * 60).to_string();
    scene.post(STAFF, "set_out_on_follow_up", &[&case, &visit], json!({ "back_by": back })).await;
    let report = json!({
        "station": scene.app.agency("youyi_police"), "made_at": "2026-03-03T04:00:00Z", "made_by": "居委会", "receipt": "已签收",
        "text": "依法报告。",
    });
    let report = scene.post(STAFF, "make_mandatory_report", &[&case], report).await.id();
    scene.get(STAFF, "view_mandatory_report", &[&case, &report]).await;
    let open = json!({ "kind": "divorce", "court_name": "某法院", "opened_on": "2026-03-03" });
    let divorce = scene.post(STAFF, "open_proceeding", &[&case], open).await.id();
    scene.get(STAFF, "view_proceeding", &[&case, &divorce]).await;
    scene.post(STAFF, "set_hearing", &[&case, &divorce], json!({ "at": "2026-05-03T02:00:00Z" })).await;
    let over = json!({ "concluded_on": "2026-03-03", "outcome": "调解和好。" });
    scene.post(STAFF, "conclude_proceeding", &[&case, &divorce], over).await;
    let matter = json!({ "opened_on": "2026-03-03", "crime_suspected": false, "text": "家庭纠纷警情。" });
    let matter = scene.post(POLICE, "record_police_matter", &[&case], matter).await.id();
    scene.get(STAFF, "view_police_matter", &[&case, &matter]).await;
    let freed = json!({ "at": "2026-03-03T04:00:00Z", "text": "行政拘留期满。" });
    scene.post(POLICE, "record_release", &[&case, &matter], freed).await;
    let over = json!({ "concluded_on": "2026-03-03", "crime_suspected": false, "outcome": "出具告诫书。" });
    scene.post(POLICE, "conclude_police_matter", &[&case, &matter], over).await;
}

async fn admonition(scene: &mut Scene<'_>, case: &str, ending: &'static str, last: serde_json::Value) {
    let station = scene.app.agency("youyi_police");
    let request = json!({ "station": station, "her_wish": "wants", "text": "请出具告诫书。" });
    let id = scene.post(STAFF, "request_admonition", &[case], request).await.id();
    scene.declares(POLICE, case).await;
    let at: &[&str] = &[case, &id];
    let issue = json!({
        "number": "告诫2026-1", "issued_on": "2026-03-03", "facts": "殴打。", "prohibition": "禁止施暴。",
        "committee": scene.app.agency("committee"),
    });
    scene.post(POLICE, "issue_admonition", at, issue).await;
    scene.get(STAFF, "view_admonition", at).await;
    let serve = json!({ "recipient": "respondent", "at": "2026-03-03T04:00:00Z", "how": "in_person" });
    scene.post(POLICE, "serve_admonition", at, serve).await;
    scene.get(STAFF, "list_measure_visits", at).await;
    let visit = scene.post(STAFF, "plan_measure_visit", at, json!({ "due_on": "2027-03-20" })).await.id();
    let at_visit: &[&str] = &[case, &id, &visit];
    scene.get(STAFF, "view_measure_visit", at_visit).await;
    let back = lianhu::base::time::Clock::now(&*scene.app.clock).plus_minutes(12 * 60).to_string();
    scene.post(POLICE, "set_out_on_visit", at_visit, json!({ "back_by": back })).await;
    let kept = json!({ "outcome": "kept", "at": "2026-03-03T04:00:00Z", "text": "已入户查访。" });
    scene.post(POLICE, "record_measure_visit", at_visit, kept).await;
    scene.post(POLICE, ending, at, last).await;
}

/// Four orders: refused, taken back, breached, and one whose time is over.
async fn orders(scene: &mut Scene<'_>, case: &str) {
    let endings = [
        ("reject_protection_order", json!({ "text": "证据不足。" })),
        ("revoke_protection_order", json!({ "text": "申请人撤回。" })),
        ("breach_protection_order", json!({ "at": "2026-03-03T04:00:00Z", "text": "跟踪。" })),
        ("expire_protection_order", serde_json::Value::Null),
    ];
    for (ending, why) in endings {
        let draft = json!({
            "applicant": "survivor", "her_wish": "wants", "court_name": "某法院", "prohibitions": ["violence"], "urgent": false,
            "facts": "多次殴打。",
        });
        let id = scene.post(STAFF, "draft_protection_order", &[case], draft).await.id();
        let at: &[&str] = &[case, &id];
        scene.get(STAFF, "view_protection_order", at).await;
        scene.post(STAFF, "file_protection_order", at, json!({ "filed_on": "2026-03-03" })).await;
        scene.post(STAFF, "accept_protection_order", at, json!({ "at": "2026-03-03T04:00:00Z", "number": "民保令1号" })).await;
        if ending != "reject_protection_order" {
            let order = json!({
                "in_force_on": "2026-03-02", "ends_on": "2026-03-03", "prohibitions": ["violence"], "prohibition": "禁止施暴。",
            });
            scene.post(STAFF, "put_order_in_force", at, order).await;
        }
        if ending == "breach_protection_order" {
            let change = json!({
                "change": "extension", "applied_on": "2026-03-03", "ends_on": "2026-09-01", "text": "延长。",
            });
            scene.post(STAFF, "change_protection_order", at, change).await;
        }
        scene.post(STAFF, ending, at, why).await;
    }
}
