//! Referrals, cases, transfers, consents, contracts, actions.

use lianhu::cli::demo::client::Actor;
use serde_json::json;

use super::{At, Model, Outcome, declares, opened};
use crate::app::{App, Expect, on_both_databases};
use crate::referrals::{consents, service};
use crate::repeats::another_owner;

const SERVICE: Model = Model {
    arrows: &[
        ("draft", "send", "sent"),
        ("sent", "acknowledge", "acknowledged"),
        ("acknowledged", "accept", "accepted"),
        ("sent", "decline", "declined"),
        ("acknowledged", "decline", "declined"),
        ("draft", "withdraw", "withdrawn"),
        ("sent", "withdraw", "withdrawn"),
        ("acknowledged", "withdraw", "withdrawn"),
        ("accepted", "withdraw", "withdrawn"),
        ("accepted", "complete", "completed"),
    ],
    people: &[("fu_staff", &["send", "withdraw", "complete"]), ("ht_legal", &["acknowledge", "accept", "decline", "complete"])],
    strangers: &["yp_police", "qz_worker", "xy_counsellor"],
    // One whose sender took it back was never there for its receiver; what was offered is gone once it was taken on;
    // completing is for who accepted.
    but: |state, who, step| match (state, who, step) {
        ("draft" | "withdrawn" | "completed", "ht_legal", _) => Some(Outcome::Hidden),
        ("sent" | "acknowledged" | "declined", "ht_legal", "complete")
        | ("accepted", "ht_legal", "acknowledge" | "accept" | "decline") => Some(Outcome::NotTheirs),
        _ => None,
    },
    reader: "fu_staff",
    body: |_, _, step| match step {
        "decline" | "withdraw" => json!({ "reason": "理由。" }),
        "complete" => json!({ "text": "已提供帮助。" }),
        _ => json!({}),
    },
};

async fn referral(app: &App) -> At {
    let case = opened(app).await;
    let id = case.trim_start_matches("/cases/");
    consents(app, id, "haitong", "legal_advice", &["identity", "incident"]).await;
    let body = service(app, id, "haitong", "legal_advice", &["identity", "incident"]);
    let path = format!("/referrals/{}", app.who("fu_staff").post("/referrals", body).await.is(201).id());
    At { case: Some(case), ..At::new(path) }
}

const CASE: Model = Model {
    arrows: &[
        ("screening", "open", "open"),
        ("open", "request-close", "open, asked by staff"),
        ("open, asked by staff", "request-close", "open, asked by staff"),
        ("open, asked by supervisor", "request-close", "open, asked by staff"),
        ("open, asked by staff", "monitor", "monitoring, asked by staff"),
        ("open, asked by staff", "close", "closed"),
        ("monitoring, asked by staff", "request-close", "monitoring, asked by staff"),
        ("monitoring, asked by supervisor", "request-close", "monitoring, asked by staff"),
        ("monitoring, asked by staff", "close", "closed"),
        ("closed", "reopen", "open"),
    ],
    people: &[
        ("fu_staff", &["open", "request-close"]),
        ("fu_supervisor", &["open", "request-close", "monitor", "close", "reopen"]),
    ],
    strangers: &["yp_police", "qz_worker", "fu_other"],
    // A supervisor who asks is somebody who asks, and approves nothing.
    but: |state, who, step| match (state.split_once(", asked by "), who, step) {
        (Some(("open", _)), "fu_supervisor", "request-close") => Some(Outcome::Moves("open, asked by supervisor")),
        (Some(("monitoring", _)), "fu_supervisor", "request-close") => Some(Outcome::Moves("monitoring, asked by supervisor")),
        (None, "fu_supervisor", "request-close") if state == "open" => Some(Outcome::Moves("open, asked by supervisor")),
        (Some(("open", "supervisor")), "fu_supervisor", "monitor" | "close")
        | (Some(("monitoring", "supervisor")), "fu_supervisor", "close") => Some(Outcome::NotTheirs),
        _ => None,
    },
    reader: "fu_supervisor",
    body: |_, _, step| match step {
        "request-close" => json!({ "outcome": "moved_away", "summary": "已迁居外地。" }),
        "monitor" | "close" => json!({ "high_risk_accepted": "已与新居住地妇联交接。" }),
        _ => json!({}),
    },
};

const CONSENT: Model = Model {
    arrows: &[
        ("given", "suspend", "suspended"),
        ("given", "revoke", "revoked"),
        ("suspended", "confirm", "given"),
        ("suspended", "revoke", "revoked"),
    ],
    people: &[("fu_staff", &["suspend", "confirm", "revoke"])],
    strangers: &["yp_police", "qz_worker", "ht_legal"],
    but: |_, _, _| None,
    reader: "fu_staff",
    body: |_, _, _| json!({}),
};

const ACTION: Model = Model {
    arrows: &[("open", "complete", "done"), ("open", "miss", "missed"), ("open", "cancel", "cancelled")],
    people: &[("fu_staff", &["complete", "miss", "cancel"])],
    strangers: &["yp_police", "qz_worker", "fu_other"],
    but: |_, _, _| None,
    reader: "fu_staff",
    body: |_, _, step| if step == "complete" { json!({ "evidence": "照片。" }) } else { json!({ "reason": "理由。" }) },
};

const ERASURE: Model = Model {
    arrows: &[("proposed", "approve", "executed"), ("proposed", "withdraw", "withdrawn")],
    people: &[("fu_staff", &["withdraw"]), ("fu_supervisor", &["approve", "withdraw"])],
    strangers: &["yp_police", "qz_worker", "fu_other"],
    // Whoever proposed never approves; once it is decided nobody does.
    but: |state, who, step| match (state, who, step) {
        ("executed" | "withdrawn", "fu_staff", "approve") => Some(Outcome::Illegal),
        _ => None,
    },
    reader: "fu_supervisor",
    body: |_, _, _| json!({}),
};

const CONTRACT: Model = Model {
    arrows: &[("planned", "activate", "in_force"), ("planned", "end", "ended"), ("in_force", "end", "ended")],
    people: &[("fu_supervisor", &["activate", "end"]), ("fu_staff", &[])],
    strangers: &["yp_police", "jd_auditor"],
    but: |_, _, _| None,
    reader: "fu_supervisor",
    body: |_, _, _| json!({}),
};

/// A month that is over; nothing leads back from either signature.
const SETTLEMENT: Model = Model {
    arrows: &[("open", "sign", "provider_signed"), ("provider_signed", "countersign", "settled")],
    people: &[("qz_manager", &["sign"]), ("fu_supervisor", &["countersign"]), ("fu_staff", &[])],
    strangers: &["yp_police", "jd_auditor", "qz_worker"],
    but: |_, _, _| None,
    reader: "fu_staff",
    body: |_, _, _| json!({ "month": "2026-01" }),
};

const TRANSFER: Model = Model {
    arrows: &[("offered", "accept", "accepted"), ("offered", "decline", "declined")],
    people: &[("guest", &["accept", "decline"]), ("fu_supervisor", &[])],
    strangers: &["yp_police", "qz_worker", "fu_other"],
    // Whoever declined, or gave it away, has nothing to do with the case any more; an offer is answered by whom it waits for.
    but: |state, who, _| match (state, who) {
        ("declined", "guest") | ("accepted", "fu_supervisor") => Some(Outcome::Hidden),
        ("accepted", "guest") => Some(Outcome::NotTheirs),
        _ => None,
    },
    reader: "fu_supervisor",
    body: |_, _, _| json!({}),
};

on_both_databases! {
    async fn a_transfer_does_what_was_told_of_it(app: App) {
        let (agency, guest) = another_owner(&app).await;
        let begin = async |app: &App| {
            let case = opened(app).await;
            declares(app, "fu_supervisor", &case).await;
            let offer = json!({ "to_agency": agency, "reason": "迁居。" });
            let id = app.who("fu_supervisor").post(&format!("{case}/transfers"), offer).await.is(201).id();
            let guest = Actor::new(app.http.clone(), &app.base, &guest.username, &guest.password());
            At { guest: Some(guest), ..At::new(format!("{case}/transfers/{id}")) }
        };
        TRANSFER.is_walked(&app, "offered", begin).await;
    }

    async fn a_service_referral_does_what_was_told_of_it(app: App) {
        SERVICE.is_walked(&app, "draft", referral).await;
    }

    async fn a_case_does_what_was_told_of_it(app: App) {
        let begin = async |app: &App| {
            let intake = json!({ "source": "walk_in", "parties": [{ "kind": "survivor", "name": "林晓梅" }] });
            let case = format!("/cases/{}", app.who("fu_staff").post("/cases", intake).await.is(201).id());
            declares(app, "fu_staff", &case).await;
            declares(app, "fu_supervisor", &case).await;
            At { state: "/status", ..At::new(case) }
        };
        CASE.is_walked(&app, "screening", begin).await;
    }

    async fn a_consent_does_what_was_told_of_it(app: App) {
        let begin = async |app: &App| {
            let case = opened(app).await;
            let id = consents(app, case.trim_start_matches("/cases/"), "haitong", "legal_advice", &["identity"]).await;
            At::new(format!("{case}/consents/{id}"))
        };
        CONSENT.is_walked(&app, "given", begin).await;
    }

    async fn an_action_does_what_was_told_of_it(app: App) {
        let begin = async |app: &App| {
            let case = opened(app).await;
            let body = json!({ "kind": "follow_up", "what": "回访。", "due_on": "2026-03-20", "agency_id": app.agency("federation") });
            At::new(format!("{case}/actions/{}", app.who("fu_staff").post(&format!("{case}/actions"), body).await.is(201).id()))
        };
        ACTION.is_walked(&app, "open", begin).await;
    }

    async fn an_erasure_does_what_was_told_of_it(app: App) {
        let begin = async |app: &App| {
            let case = opened(app).await;
            declares(app, "fu_supervisor", &case).await;
            let asked = json!({ "outcome": "moved_away", "summary": "已迁居外地。" });
            app.who("fu_staff").step(&case, "request-close", asked).await.is(200);
            app.who("fu_supervisor").step(&case, "close", json!({ "high_risk_accepted": "已交接。" })).await.is(200);
            let why = json!({ "reason_code": "survivor_request" });
            At::new(format!("{case}/erasures/{}", app.who("fu_staff").post(&format!("{case}/erasures"), why).await.is(201).id()))
        };
        ERASURE.is_walked(&app, "proposed", begin).await;
    }

    async fn a_contract_does_what_was_told_of_it(app: App) {
        let begin = async |app: &App| {
            // Numbers are had once.
            let number = format!("BS-2026-{}", app.now().seconds());
            app.clock.advance_minutes(1);
            let body = json!({
                "number": number, "provider_id": app.agency("qingzi"), "level": "district", "fund": "区级财政",
                "amount_fen": 100, "first_day": "2026-01-01", "last_day": "2026-12-31",
                "data_protection_terms": true, "terms_signed_on": "2026-01-02",
                "lines": [{ "service": "case_work", "unit": "case", "quantity": 40, "price_fen": 1 }],
            });
            At::new(format!("/contracts/{}", app.who("fu_supervisor").post("/contracts", body).await.is(201).id()))
        };
        CONTRACT.is_walked(&app, "planned", begin).await;
    }

    async fn a_settlement_does_what_was_told_of_it(app: App) {
        let begin = async |app: &App| {
            let number = format!("S-2026-{}", app.now().seconds());
            app.clock.advance_minutes(1);
            let body = json!({
                "number": number, "provider_id": app.agency("qingzi"), "level": "district", "fund": "区级财政",
                "amount_fen": 100, "first_day": "2026-01-01", "last_day": "2026-12-31",
                "lines": [{ "service": "case_work", "unit": "case", "quantity": 40, "price_fen": 1 }],
            });
            let id = app.who("fu_supervisor").post("/contracts", body).await.is(201).id();
            let path = format!("/contracts/{id}/settlement");
            At { read: format!("{path}?month=2026-01"), ..At::new(path) }
        };
        SETTLEMENT.is_walked(&app, "open", begin).await;
    }
}
