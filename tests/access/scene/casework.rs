//! The case: referred in, worked, referred on, looked after.

use serde_json::{Value, json};

use super::Scene;

fn new_intake(scene: &Scene<'_>) -> Value {
    json!({ "intake": {
        "to_agency": scene.app.agency("federation"), "urgency": "urgent",
        "parties": [
            { "kind": "survivor", "name": "林晓梅", "contact": { "phone": "13800000001" } },
            { "kind": "respondent", "name": "周建国", "relationship": "spouse" }
        ],
        "incident": { "account": "酒后殴打妻子,其报警。" }, "text": "请尽快联系。"
    } })
}

async fn drafted(scene: &mut Scene<'_>) -> String {
    let body = new_intake(scene);
    scene.post("yy_police", "draft_referral", &[], body).await.id()
}

async fn intake_sent(scene: &mut Scene<'_>) -> String {
    let id = drafted(scene).await;
    scene.step("yy_police", "send_referral", &[&id]).await;
    id
}

async fn intake_taken(scene: &mut Scene<'_>, id: &str) -> String {
    scene.step("fu_staff", "acknowledge_referral", &[id]).await;
    let case = scene.step("fu_staff", "accept_referral", &[id]).await.text("/case_id");
    scene.get("fu_staff", "view_names", &[&case]).await;
    scene.declares("fu_staff", &case).await;
    case
}

pub async fn intake(scene: &mut Scene<'_>) {
    let first = drafted(scene).await;
    scene.post("yy_police", "change_referral", &[&first], json!({ "text": "请今天联系。" })).await;
    scene.step("yy_police", "send_referral", &[&first]).await;
    scene.get("fu_staff", "view_referral", &[&first]).await;
    scene.get("fu_staff", "list_referrals", &[]).await;
    let case = intake_taken(scene, &first).await;
    let refused = intake_sent(scene).await;
    scene.post("fu_staff", "decline_referral", &[&refused], json!({ "reason": "不属于本区" })).await;
    let taken_back = intake_sent(scene).await;
    scene.post("yy_police", "withdraw_referral", &[&taken_back], json!({ "reason": "误报" })).await;
    scene.declares("fu_supervisor", &case).await;
    scene.step("fu_staff", "screen_case", &[&case]).await;
    scene.step("fu_staff", "open_case", &[&case]).await;
    scene.ids.insert("refused", refused);
    scene.ids.insert("taken_back", taken_back);
    scene.ids.insert("intake", first);
    scene.ids.insert("case", case);
}

pub async fn work(scene: &mut Scene<'_>) {
    let case = scene.id("case");
    let at = case.as_str();
    scene.get("fu_staff", "view_case", &[at]).await;
    scene.get("fu_staff", "list_cases", &[]).await;
    scene.post("fu_staff", "search_cases", &[], json!({ "name": "林晓梅" })).await;
    scene.post("fu_staff", "change_case", &[at], json!({ "plan": "每周回访。" })).await;
    let parties = scene.get("fu_staff", "list_parties", &[at]).await;
    let (her, him) = (Scene::among(&parties, "/kind", "survivor"), Scene::among(&parties, "/kind", "respondent"));
    scene.post("fu_staff", "add_party", &[at], json!({ "kind": "other", "name": "邻居" })).await;
    scene.get("fu_staff", "view_party", &[at, &her]).await;
    scene
        .post("fu_staff", "change_party", &[at, &her], json!({ "contact": { "phone": "13800000001", "safe_times": "上午" } }))
        .await;
    scene.ids.insert("her", her);
    scene.ids.insert("him", him);
    contract(scene).await;
    assign(scene).await;
    risk(scene).await;
    let failed = json!({ "outcome": "no_answer", "at": "2026-03-03T04:30:00Z", "how": "phone" });
    for _ in 0..2 {
        scene.post("qz_worker", "record_contact_attempt", &[at], failed.clone()).await;
    }
    scene.step("fu_supervisor", "approve_contact_attempt", &[at]).await;
    scene.post("qz_worker", "record_contact_attempt", &[at], failed).await;
    scene.get("qz_worker", "list_contact_attempts", &[at]).await;
    actions(scene, at).await;
    let note = scene.post("qz_worker", "add_note", &[at], json!({ "kind": "progress", "text": "进展记录甲" })).await.id();
    scene.get("qz_worker", "view_note", &[at, &note]).await;
    scene.post("qz_worker", "amend_note", &[&note], json!({ "text": "补记。" })).await;
    let wrong = scene.post("qz_worker", "add_note", &[at], json!({ "kind": "progress", "text": "她私下所说" })).await.id();
    scene.step("qz_worker", "seal_note", &[&wrong]).await;
    scene.get("qz_worker", "list_notes", &[at]).await;
    let error = scene.post("qz_worker", "add_note", &[at], json!({ "kind": "progress", "text": "误录。" })).await.id();
    scene.ids.insert("note_in_error", error);
    scene.ids.insert("note", note);
}

/// One done, one visit missed, one called off; and one that stays.
async fn actions(scene: &mut Scene<'_>, at: &str) {
    let new = |kind: &str| {
        json!({
            "kind": kind, "what": "陪同就医。", "agency_id": scene.app.agency("qingzi"), "user_id": scene.app.user("qz_worker"),
            "due_on": "2027-03-10",
        })
    };
    let (task, visit) = (new("task"), new("follow_up"));
    for (route, body, ending) in [
        ("complete_action", &task, json!({ "evidence": "有回执。" })),
        ("miss_action", &visit, json!({ "reason": "她不在家。" })),
        ("cancel_action", &task, json!({ "reason": "不再需要。" })),
    ] {
        let id = scene.post("fu_staff", "add_action", &[at], body.clone()).await.id();
        scene.post("fu_staff", route, &[at, &id], ending).await;
    }
    let id = scene.post("fu_staff", "add_action", &[at], task).await.id();
    scene.get("qz_worker", "view_action", &[at, &id]).await;
    scene.get("qz_worker", "list_actions", &[at]).await;
    scene.get("qz_worker", "list_own_actions", &[]).await;
    scene.get("qz_worker", "list_case_deadlines", &[at]).await;
    scene.get("qz_worker", "list_deadlines", &[]).await;
}

async fn contract(scene: &mut Scene<'_>) {
    let new = |number: &str| {
        json!({
            "number": number, "provider_id": scene.app.agency("qingzi"), "level": "district", "fund": "专项",
            "amount_fen": 100, "first_day": "2026-01-01", "last_day": "2026-12-31", "data_protection_terms": true,
            "terms_signed_on": "2026-01-01",
            "lines": [{ "service": "case_work", "unit": "case", "quantity": 5, "price_fen": 1 }],
        })
    };
    let (one, other) = (new("A-1"), new("A-2"));
    let id = scene.post("fu_supervisor", "create_contract", &[], one).await.id();
    scene.post("fu_supervisor", "change_contract", &[&id], json!({ "fund": "另一专项" })).await;
    scene.step("fu_supervisor", "activate_contract", &[&id]).await;
    for route in ["view_contract", "view_usage"] {
        scene.get("fu_staff", route, &[&id]).await;
    }
    scene.get("fu_staff", "list_contracts", &[]).await;
    let second = scene.post("fu_supervisor", "create_contract", &[], other).await.id();
    scene.step("fu_supervisor", "activate_contract", &[&second]).await;
    scene.step("fu_supervisor", "end_contract", &[&second]).await;
    let good = json!({ "score": 4, "period": "2026-02", "text": "按约履行。" });
    scene.post("fu_supervisor", "evaluate_contract", &[&id], good).await;
    scene.get("fu_staff", "list_evaluations", &[&id]).await;
    scene.get("fu_staff", "view_settlement", &[&id]).await;
    for (who, route) in [("qz_manager", "sign_settlement"), ("fu_supervisor", "countersign_settlement")] {
        scene.post(who, route, &[&id], json!({ "month": "2026-01" })).await;
    }
    scene.ids.insert("contract", id);
}

/// How much danger she is in, and her own plan.
async fn risk(scene: &mut Scene<'_>) {
    let case = scene.id("case");
    let at = case.as_str();
    scene.get("fu_staff", "list_instruments", &[]).await;
    scene.get("fu_staff", "list_document_templates", &[]).await;
    scene.get("fu_staff", "view_instrument", &["scene_triage"]).await;
    let body = json!({ "instrument": "scene_triage", "answers": { "again": "yes", "worse": "yes" }, "hazards": ["进展记录甲"] });
    let id = scene.post("qz_worker", "assess_risk", &[at], body).await.id();
    scene.get("qz_worker", "view_risk_assessment", &[at, &id]).await;
    scene.get("qz_worker", "list_risk_assessments", &[at]).await;
    let plan = json!({ "parts": [{ "title": "去处", "text": "她私下所说", "on_call": "她私下所说" }] });
    scene.post("fu_staff", "save_safety_plan", &[at], plan).await;
    scene.get("fu_staff", "view_safety_plan", &[at]).await;
    scene.get("fu_staff", "list_safety_plan_versions", &[at]).await;
    scene.ids.insert("assessment", id);
}

/// One leads; the other turns out to be a cousin and is walled off.
async fn assign(scene: &mut Scene<'_>) {
    let case = scene.id("case");
    let wish = |who: &str, part: &str| json!({ "worker": scene.app.user(who), "contract_id": scene.id("contract"), "part": part, "service": "case_work" });
    let (lead, assist) = (wish("qz_worker", "lead"), wish("qz_cousin", "assist"));
    let id = scene.post("fu_staff", "assign", &[&case], lead).await.id();
    scene.declares("qz_worker", &case).await;
    scene.get("fu_staff", "view_assignment", &[&case, &id]).await;
    scene.get("fu_staff", "list_assignments", &[&case]).await;
    scene.post("fu_staff", "assign", &[&case], assist).await;
    scene.post("qz_cousin", "declare", &[&case], json!({ "conflict": true, "text": "是我表兄。" })).await;
    scene.ids.insert("assignment", id);
}

/// Receivers: who answers, purpose, facets.
const RECEIVERS: [(&str, &str, &str, &[&str]); 3] = [
    ("haitong", "ht_legal", "legal_advice", &["identity", "incident"]),
    ("xinyu", "xy_counsellor", "counselling", &["identity", "contact"]),
    ("league", "gqt_league", "school_support", &["children"]),
];

/// Three are asked: one has not answered, of one the grant was ended, one completed.
pub async fn refer(scene: &mut Scene<'_>) {
    let case = scene.id("case");
    for (agency, who, purpose, facets) in RECEIVERS {
        let body = json!({
            "recipient_agency": scene.app.agency(agency), "purpose": purpose, "facets": facets, "expires_on": "2026-12-31",
            "given_by": "survivor", "given_on": "2026-03-03",
        });
        let consent = scene.post("fu_staff", "record_consent", &[&case], body).await.id();
        if agency == "haitong" {
            scene.step("fu_staff", "suspend_consent", &[&case, &consent]).await;
            scene.step("fu_staff", "confirm_consent", &[&case, &consent]).await;
            scene.get("fu_staff", "view_consent", &[&case, &consent]).await;
            scene.get("fu_staff", "list_consents", &[&case]).await;
        }
        let body = json!({
            "case_id": case, "kind": "service", "help": purpose, "to_agency": scene.app.agency(agency), "facets": facets,
            "urgency": "normal", "text": "她需要帮助。",
        });
        let referral = scene.post("fu_staff", "draft_referral", &[], body).await.id();
        scene.step("fu_staff", "send_referral", &[&referral]).await;
        if agency == "haitong" {
            scene.ids.insert("offered", referral);
            continue;
        }
        scene.step(who, "acknowledge_referral", &[&referral]).await;
        scene.step(who, "accept_referral", &[&referral]).await;
        scene.declares(who, &case).await;
        if agency == "league" {
            scene.post(who, "complete_referral", &[&referral], json!({ "text": "已办妥" })).await;
            scene.ids.insert("completed", referral);
        } else {
            scene.ids.insert("counselled", referral);
        }
    }
    let body = json!({
        "recipient_agency": scene.app.agency("committee"), "purpose": "living_assistance", "facets": ["identity"],
        "expires_on": "2026-12-31", "given_by": "survivor", "given_on": "2026-03-03",
    });
    let consent = scene.post("fu_staff", "record_consent", &[&case], body).await.id();
    scene.step("fu_staff", "revoke_consent", &[&case, &consent]).await;
}

/// Grants, handlers, walls; what is told of them.
pub async fn oversee(scene: &mut Scene<'_>) {
    let case = scene.id("case");
    let at = case.as_str();
    let sup = "fu_supervisor";
    let (other, second) = (scene.app.user("fu_other"), scene.app.user("yy_police2"));
    let grants = scene.get(sup, "list_grants", &[at]).await;
    let counsellor = grants.body["items"].as_array().unwrap().iter().find(|item| {
        item["basis"] == "referral" && item.to_string().contains(&scene.app.agency("xinyu")) && item["ended_at"].is_null()
    });
    let grant = counsellor.unwrap_or_else(|| panic!("no grant in {}", grants.body))["id"].as_str().unwrap().to_owned();
    scene.get(sup, "view_grant", &[at, &grant]).await;
    scene.step(sup, "end_grant", &[at, &grant]).await;
    scene.get(sup, "list_handlers", &[at]).await;
    scene.post(sup, "name_handler", &[at], json!({ "user": other, "duty": "deputy" })).await;
    scene.step(sup, "take_off_deputy", &[at, &other]).await;
    let wall = scene.post(sup, "build_wall", &[at], json!({ "user": second, "reason": "亲属。" })).await.id();
    scene.get(sup, "view_wall", &[at, &wall]).await;
    scene.get(sup, "list_walls", &[at]).await;
    scene.post(sup, "lift_wall", &[at, &wall], json!({ "reason": "并非亲属。" })).await;
    for route in ["view_disclosures", "view_access_statement", "view_timeline"] {
        scene.get(sup, route, &[at]).await;
    }
    scene.ok(sup, "print_access_statement", &[at], "?safe_to_carry=true", serde_json::Value::Null).await;
    scene.ok(sup, "typeset_access_statement", &[at], "?safe_to_carry=true&language=zh", serde_json::Value::Null).await;
}

/// Other cases: linked, transferred, closed.
pub async fn others(scene: &mut Scene<'_>) {
    let case = scene.id("case");
    let second = scene.own_case("乙女").await;
    let body = json!({ "other_case_id": second, "kind": "survivor" });
    let link = scene.post("fu_staff", "link_cases", &[&case], body).await.id();
    scene.get("fu_staff", "list_links", &[&case]).await;
    scene.step("fu_staff", "unlink_cases", &[&case, &link]).await;

    let body = json!({ "worker": scene.app.user("qz_cousin"), "contract_id": scene.id("contract"), "part": "lead", "service": "case_work" });
    let assignment = scene.post("fu_staff", "assign", &[&second], body).await.id();
    scene.post("fu_staff", "end_assignment", &[&second, &assignment], json!({ "reason": "不再需要" })).await;

    let outcome = json!({ "outcome": "separated_safely", "summary": "已分开居住。" });
    scene.post("fu_staff", "request_close", &[&second], outcome.clone()).await;
    scene.declares("fu_supervisor", &second).await;
    let accepted = json!({ "high_risk_accepted": "她已安全离开,未及评估。" });
    scene.post("fu_supervisor", "monitor_case", &[&second], accepted.clone()).await;
    scene.post("fu_staff", "request_close", &[&second], outcome).await;
    scene.post("fu_supervisor", "close_case", &[&second], accepted).await;
    erasing(scene, &second).await;
    scene.step("fu_supervisor", "reopen_case", &[&second]).await;
    left_alone(scene, "丁女").await;
    scene.ids.insert("second", second);
    transfers(scene).await;
}

/// Of a closed case: what is proposed and taken back, one note that is erased, a hold.
async fn erasing(scene: &mut Scene<'_>, closed: &str) {
    let id = scene.post("fu_staff", "propose_erasure", &[closed], json!({ "reason_code": "survivor_request" })).await.id();
    scene.get("fu_supervisor", "view_erasure", &[closed, &id]).await;
    scene.get("fu_supervisor", "list_erasures", &[closed]).await;
    scene.step("fu_staff", "withdraw_erasure", &[closed, &id]).await;
    let (case, note) = (scene.id("case"), scene.id("note_in_error"));
    let id = scene.post("qz_worker", "propose_note_erasure", &[&note], json!({ "reason_code": "entered_in_error" })).await.id();
    scene.step("fu_supervisor", "approve_erasure", &[&case, &id]).await;
    let hold = scene.post("fu_supervisor", "place_hold", &[closed], json!({ "reason": "法院调取。" })).await.id();
    scene.get("fu_staff", "list_holds", &[closed]).await;
    scene.get("fu_staff", "view_hold", &[closed, &hold]).await;
    scene.step("fu_supervisor", "end_hold", &[closed, &hold]).await;
}

async fn transfers(scene: &mut Scene<'_>) {
    let (case, third) = (scene.id("case"), scene.own_case("丙女").await);
    scene.declares("fu_supervisor", &third).await;
    let to = super::desk::second_federation(scene).await;
    let offer = json!({ "to_agency": to, "reason": "她搬到那边去了。" });
    let first = scene.post("fu_supervisor", "offer_transfer", &[&third], offer.clone()).await.id();
    scene.get("fu_supervisor", "list_transfers", &[&third]).await;
    scene.get("fu_supervisor", "view_transfer", &[&third, &first]).await;
    scene.answers_transfer("decline_transfer", &third, &first).await;
    let again = scene.post("fu_supervisor", "offer_transfer", &[&third], offer.clone()).await.id();
    scene.answers_transfer("accept_transfer", &third, &again).await;
    let waits = scene.post("fu_supervisor", "offer_transfer", &[&case], offer).await.id();
    scene.ids.insert("third", third);
    scene.ids.insert("transfer", waits);
    scene.ids.insert("answered", first);
    scene.ids.insert("accepted", again);
}

/// Whoever accepted turns out to be close to a party, and a colleague takes it over.
async fn left_alone(scene: &mut Scene<'_>, her: &str) {
    let (case, to) = (scene.own_case(her).await, scene.app.agency("youyi_police"));
    let body = json!({
        "recipient_agency": to, "purpose": "living_assistance", "facets": ["identity"], "expires_on": "2026-12-31",
        "given_by": "survivor", "given_on": "2026-03-03",
    });
    scene.post("fu_staff", "record_consent", &[&case], body).await;
    let body = json!({
        "case_id": case, "kind": "service", "help": "living_assistance", "to_agency": to, "facets": ["identity"],
        "urgency": "normal", "text": "她需要帮助。",
    });
    let referral = scene.post("fu_staff", "draft_referral", &[], body).await.id();
    scene.step("fu_staff", "send_referral", &[&referral]).await;
    scene.step("yy_police", "acknowledge_referral", &[&referral]).await;
    scene.step("yy_police", "accept_referral", &[&referral]).await;
    scene.post("yy_police", "declare", &[&case], json!({ "conflict": true })).await;
    scene.step("yy_police2", "take_over_referral", &[&referral]).await;
    scene.ids.insert("left_alone", referral);
}
