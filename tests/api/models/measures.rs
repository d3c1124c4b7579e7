//! Admonitions and protection orders.

use serde_json::{Value, json};

use super::{At, Model, Outcome, declares, opened};
use crate::app::{App, Expect, on_both_databases};

const ADMONITION: Model = Model {
    arrows: &[
        ("requested", "issue", "issued"),
        ("issued", "serve", "served"),
        ("served", "serve", "served"),
        ("served", "breach", "breached"),
        ("visits", "serve", "visits"),
        ("visits", "breach", "breached"),
        ("visits", "end", "ended"),
    ],
    people: &[("yy_police", &["issue", "serve", "end", "breach"]), ("fu_staff", &["breach"])],
    strangers: &["yp_police", "qz_worker", "fu_other"],
    // The station's duty, and with it the case, is over when the admonition is.
    but: |state, who, _| (state == "ended" && who == "yy_police").then_some(Outcome::Hidden),
    reader: "fu_staff",
    body: |app, _, step| match step {
        "issue" => json!({
            "number": "告诫1号", "issued_on": "2026-03-03", "facts": "殴打。", "prohibition": "禁止施暴。",
            "committee": app.agency("committee"),
        }),
        "serve" => json!({ "recipient": "respondent", "at": "2026-03-03T04:00:00Z", "how": "in_person" }),
        "breach" => json!({ "at": "2026-03-03T04:00:00Z", "text": "再次殴打。" }),
        _ => json!({ "text": "期满,未再施暴。" }),
    },
};

async fn admonition(app: &App) -> At {
    let case = opened(app).await;
    let request = json!({ "station": app.agency("youyi_police"), "her_wish": "wants", "text": "请出具告诫书。" });
    let id = app.who("fu_staff").post(&format!("{case}/admonitions"), request).await.is(201).id();
    declares(app, "yy_police", &case).await;
    At::new(format!("{case}/admonitions/{id}"))
}

/// One that was visited for the first time.
async fn visited(app: &App) -> At {
    let (at, police) = (admonition(app).await, app.who("yy_police"));
    for step in ["issue", "serve"] {
        police.step(&at.path, step, (ADMONITION.body)(app, &at, step)).await.is(200);
    }
    let visits = format!("{}/visits", at.path);
    let planned = police.get(&visits).await.is(200).body["items"].as_array().unwrap().last().unwrap()["id"].clone();
    let kept = json!({ "outcome": "kept", "at": "2026-03-03T04:00:00Z", "text": "未饮酒。" });
    police.step(&format!("{visits}/{}", planned.as_str().unwrap()), "record", kept).await.is(200);
    at
}

const ORDER: Model = Model {
    arrows: &[
        ("drafted", "file", "filed"),
        ("filed", "accept", "accepted"),
        ("accepted", "take-effect", "in_force"),
        ("accepted", "reject", "rejected"),
        ("in_force", "revoke", "revoked"),
        ("in_force", "breach", "breached"),
    ],
    people: &[("fu_staff", &["file", "accept", "take-effect", "reject", "revoke", "breach"])],
    strangers: &["yp_police", "qz_worker"],
    but: |_, _, _| None,
    reader: "fu_staff",
    body: |_, _, step| match step {
        "file" => json!({ "filed_on": "2026-03-03" }),
        "accept" => json!({ "at": "2026-03-03T04:00:00Z", "number": "民保令1号" }),
        "take-effect" => {
            json!({ "in_force_on": "2026-03-03", "ends_on": "2026-09-03", "prohibitions": ["violence"], "prohibition": "禁止施暴。" })
        }
        "breach" => json!({ "at": "2026-03-03T04:00:00Z", "text": "跟踪。" }),
        _ => json!({ "text": "理由。" }),
    },
};

async fn order(app: &App) -> At {
    let case = opened(app).await;
    let draft: Value = json!({
        "applicant": "survivor", "her_wish": "wants", "court_name": "宝山区人民法院", "prohibitions": ["violence"],
        "urgent": true, "facts": "多次殴打。",
    });
    let id = app.who("fu_staff").post(&format!("{case}/protection-orders"), draft).await.is(201).id();
    At::new(format!("{case}/protection-orders/{id}"))
}

on_both_databases! {
    async fn an_admonition_does_what_was_told_of_it(app: App) {
        ADMONITION.is_walked(&app, "requested", admonition).await;
    }

    async fn an_admonition_under_visits_does_what_was_told_of_it(app: App) {
        ADMONITION.is_walked(&app, "visits", visited).await;
    }

    async fn a_protection_order_does_what_was_told_of_it(app: App) {
        ORDER.is_walked(&app, "drafted", order).await;
    }
}
