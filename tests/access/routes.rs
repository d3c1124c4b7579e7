//! Every route there is: asked once with success, and refused to everybody who may not, with a request that was good.

use std::collections::BTreeSet;

use lianhu::cli::demo::client::{Actor, Answer};
use lianhu::server;
use serde_json::{Value, json};

use crate::app::{App, Expect as _, on_both_databases};
use crate::scene::{Asked, CONTENT, Scene};

/// An id that nothing has.
const ABSENT: &str = "0193a5b0-7c00-7000-8000-000000000001";

/// Anybody asks these.
const OPEN: [&str; 12] = [
    "api_docs",
    "api_docs_style",
    "api_document",
    "health_live",
    "health_ready",
    "list_document_templates",
    "list_instruments",
    "print_style",
    "refresh_session",
    "sign_in",
    "view_calendar",
    "view_instrument",
];

/// Whoever is signed in asks these, of their own.
const SIGNED_IN: [&str; 11] = [
    "change_mail_wishes",
    "change_password",
    "end_current_session",
    "list_agencies",
    "list_notifications",
    "list_sessions",
    "list_users",
    "view_agency",
    "view_desk",
    "view_mail_wishes",
    "view_me",
];

/// Beside cases: who is refused, and how.
const BESIDE: [(&str, &[(&str, u16)]); 80] = [
    ("accept_introduction", &[("jw_committee", 403), ("yy_police", 404), ("ht_legal", 404), ("admin", 404), ("jd_auditor", 404)]),
    (
        "acknowledge_introduction",
        &[("jw_committee", 403), ("yy_police", 404), ("ht_legal", 404), ("admin", 404), ("jd_auditor", 404)],
    ),
    ("complete_introduction", &[("yy_police", 404), ("ht_legal", 404), ("admin", 404), ("jd_auditor", 404)]),
    (
        "decline_introduction",
        &[("jw_committee", 403), ("yy_police", 404), ("ht_legal", 404), ("admin", 404), ("jd_auditor", 404)],
    ),
    ("draft_introduction", &[("admin", 403), ("jd_auditor", 403)]),
    ("list_introductions", &[("admin", 403), ("jd_auditor", 403)]),
    ("send_introduction", &[("fu_staff", 403), ("yy_police", 404), ("ht_legal", 404), ("admin", 404), ("jd_auditor", 404)]),
    ("view_introduction", &[("yy_police", 404), ("ht_legal", 404), ("admin", 404), ("jd_auditor", 404)]),
    ("withdraw_introduction", &[("fu_staff", 404), ("yy_police", 404), ("ht_legal", 404), ("admin", 404), ("jd_auditor", 404)]),
    ("add_licence", &[("fu_staff", 403), ("qz_worker", 403), ("ht_legal", 403), ("admin", 404), ("jd_auditor", 404)]),
    ("add_service", &[("fu_staff", 403), ("qz_worker", 403), ("ht_legal", 403), ("admin", 404), ("jd_auditor", 404)]),
    ("change_licence", &[("fu_staff", 403), ("qz_worker", 403), ("ht_legal", 403), ("admin", 404), ("jd_auditor", 404)]),
    ("change_service", &[("fu_staff", 403), ("qz_worker", 403), ("ht_legal", 403), ("admin", 404), ("jd_auditor", 404)]),
    ("list_providers", &[("admin", 403), ("jd_auditor", 403), ("fu_auditor", 403)]),
    ("match_providers", &[("admin", 403), ("jd_auditor", 403), ("fu_auditor", 403)]),
    ("retire_licence", &[("fu_staff", 403), ("qz_worker", 403), ("ht_legal", 403), ("admin", 404), ("jd_auditor", 404)]),
    ("retire_service", &[("fu_staff", 403), ("qz_worker", 403), ("ht_legal", 403), ("admin", 404), ("jd_auditor", 404)]),
    ("view_licence", &[("admin", 404), ("jd_auditor", 404), ("fu_auditor", 404)]),
    ("view_provider", &[("admin", 404), ("jd_auditor", 404), ("fu_auditor", 404)]),
    ("view_service", &[("admin", 404), ("jd_auditor", 404), ("fu_auditor", 404)]),
    ("add_duty", &[("fu_staff", 403), ("qz_worker", 403), ("admin", 403), ("jd_auditor", 403)]),
    ("change_duty", &[("fu_staff", 403), ("yy_police", 404), ("qz_manager", 404), ("admin", 404)]),
    ("cancel_job", &[("fu_supervisor", 404), ("yy_police", 404), ("admin", 404), ("jd_auditor", 404)]),
    ("fetch_job_result", &[("fu_supervisor", 404), ("yy_police", 404), ("admin", 404), ("jd_auditor", 404)]),
    ("list_jobs", &[("admin", 403), ("jd_auditor", 403)]),
    ("start_job", &[("admin", 403), ("jd_auditor", 403)]),
    ("view_job", &[("fu_supervisor", 404), ("yy_police", 404), ("admin", 404), ("jd_auditor", 404)]),
    ("list_deadlines", &[("admin", 403), ("jd_auditor", 403), ("fu_auditor", 403)]),
    ("list_own_actions", &[("admin", 403), ("jd_auditor", 403), ("fu_auditor", 403)]),
    ("view_duty", &[("admin", 403), ("fu_auditor", 403)]),
    ("view_duty_turn", &[("yy_police", 404), ("admin", 404), ("jd_auditor", 404)]),
    ("acknowledge_call", &[("yp_police", 404), ("fu_other", 404), ("admin", 404)]),
    ("ask_duty_desk", &[("qz_manager", 403), ("admin", 403), ("jd_auditor", 403), ("fu_auditor", 403)]),
    ("list_break_glass_requests", &[("qz_manager", 403), ("admin", 403), ("jd_auditor", 403)]),
    ("activate_contract", &[("fu_staff", 403), ("yy_police", 404), ("admin", 404)]),
    ("change_agency", &[("fu_supervisor", 403), ("qz_worker", 403)]),
    ("change_contract", &[("fu_staff", 403), ("yy_police", 404), ("admin", 404)]),
    ("change_user", &[("qz_manager", 403), ("yp_police", 404)]),
    ("clear_desk_item", &[("yp_police", 404), ("fu_staff", 404), ("admin", 404)]),
    ("collect_secret", &[("yp_police", 404), ("admin", 403)]),
    ("confirm_user", &[("yp_police", 404), ("admin", 403)]),
    ("create_agency", &[("fu_supervisor", 403), ("qz_worker", 403)]),
    ("create_case", &[("yy_police", 403), ("qz_worker", 403), ("admin", 403), ("jd_auditor", 403)]),
    ("create_contract", &[("fu_staff", 403), ("qz_manager", 403), ("admin", 403)]),
    ("create_user", &[("fu_supervisor", 403), ("qz_manager", 403)]),
    ("disable_user", &[("yp_police", 404), ("qz_worker", 403)]),
    ("draft_referral", &[("admin", 403), ("jd_auditor", 403)]),
    ("end_calendar_token", &[("admin", 403), ("jd_auditor", 403)]),
    ("end_contract", &[("fu_staff", 403), ("yy_police", 404), ("admin", 404)]),
    ("end_session", &[("yy_police", 404), ("fu_supervisor", 404)]),
    ("hand_over", &[("yp_police", 404), ("qz_worker", 403)]),
    ("list_audit_entries", &[("fu_supervisor", 403), ("qz_worker", 403), ("admin", 403)]),
    ("list_cases", &[("admin", 403), ("jd_auditor", 403)]),
    ("list_dead_letters", &[("fu_supervisor", 403), ("jd_auditor", 403), ("fu_auditor", 403), ("yy_police", 403)]),
    ("list_referrals", &[("admin", 403), ("jd_auditor", 403)]),
    ("list_contracts", &[("yy_police", 403), ("admin", 403)]),
    ("make_calendar_token", &[("admin", 403), ("jd_auditor", 403)]),
    ("resend_dead_letter", &[("fu_supervisor", 404), ("jd_auditor", 404), ("qz_worker", 404)]),
    ("reset_password", &[("qz_manager", 403), ("yp_police", 404)]),
    ("search_cases", &[("admin", 403), ("jd_auditor", 403)]),
    ("cosign", &[("fu_supervisor", 403), ("admin", 403), ("qz_worker", 403), ("jd_auditor", 422)]),
    ("end_witness", &[("jd_auditor", 403), ("fu_supervisor", 404), ("admin", 404)]),
    ("list_cosignatures", &[("fu_supervisor", 403), ("admin", 403), ("yy_police", 403)]),
    ("list_log_keys", &[("fu_supervisor", 403), ("admin", 403), ("yy_police", 403)]),
    ("list_witnesses", &[("fu_supervisor", 403), ("admin", 403), ("yy_police", 403)]),
    ("object_to_log", &[("fu_supervisor", 403), ("admin", 403), ("jd_auditor", 422)]),
    ("register_witness", &[("fu_supervisor", 403), ("admin", 403), ("qz_worker", 403)]),
    ("view_checkpoint", &[("fu_supervisor", 403), ("admin", 403), ("yy_police", 403)]),
    ("view_receipt", &[("yp_police", 404), ("qz_manager", 404), ("admin", 404)]),
    ("view_tile", &[("fu_auditor", 403), ("fu_supervisor", 403), ("admin", 403)]),
    ("view_witness", &[("fu_supervisor", 404), ("admin", 404), ("yy_police", 404)]),
    ("evaluate_contract", &[("fu_staff", 403), ("qz_manager", 403), ("yy_police", 404), ("admin", 404)]),
    ("list_evaluations", &[("yy_police", 404), ("qz_worker", 404), ("admin", 404)]),
    ("view_settlement", &[("yy_police", 404), ("qz_worker", 404), ("admin", 404), ("jd_auditor", 404)]),
    ("sign_settlement", &[("fu_supervisor", 403), ("fu_staff", 403), ("qz_worker", 404), ("admin", 404)]),
    ("countersign_settlement", &[("qz_manager", 403), ("fu_staff", 403), ("yy_police", 404), ("admin", 404)]),
    ("view_contract", &[("yy_police", 404), ("admin", 404)]),
    ("view_slots", &[("admin", 403), ("yy_police", 403)]),
    ("view_usage", &[("yy_police", 404), ("admin", 404)]),
    ("view_user", &[("yp_police", 404)]),
];

/// Who has nothing to do with the case: a stranger, a walled worker, those whose grant ended, and roles that see no case.
const OUTSIDE: [(&str, &str); 8] = [
    ("yp_police", "a stranger"),
    ("qz_cousin", "a walled worker"),
    ("gqt_league", "a completed referral's receiver"),
    ("xy_counsellor", "an ended grant's holder"),
    ("fu_other", "another of the owner's staff"),
    ("admin", "the administrator"),
    ("fu_auditor", "the agency's auditor"),
    ("jd_auditor", "oversight"),
];

/// What a receiver that has not answered asks of its own offer with success.
const PREVIEWED: [&str; 6] =
    ["view_case", "view_referral", "acknowledge_referral", "accept_referral", "decline_referral", "take_over_referral"];

fn is_of_a_case(path: &str) -> bool {
    ["/cases/{", "/notes/{", "/referrals/{", "/mediations/{", "/break-glass/{"]
        .iter()
        .any(|start| path.starts_with(&format!("/api/v1{start}")))
}

/// The answer without what names the request.
fn told(answer: &Answer) -> (u16, Value) {
    let mut body = answer.body.clone();
    if let Some(fields) = body.as_object_mut() {
        fields.remove("request_id");
    }
    (answer.status, body)
}

/// Every record of the case is one of the case that goes on.
fn at_the_case(scene: &Scene<'_>, asked: &Asked) -> Asked {
    let mut path = asked.path.clone();
    let pairs = [
        ("second", "case"),
        ("third", "case"),
        ("answered", "transfer"),
        ("accepted", "transfer"),
        ("intake", "offered"),
        ("refused", "offered"),
        ("taken_back", "offered"),
        ("completed", "offered"),
        ("left_alone", "offered"),
    ];
    for (from, to) in pairs {
        path = path.replace(&scene.id(from), &scene.id(to));
    }
    Asked { path, ..asked.clone() }
}

fn absent(asked: &Asked) -> Asked {
    let part = |part: &str| if part.len() == 36 && part.contains('-') { ABSENT.to_owned() } else { part.to_owned() };
    Asked { path: asked.path.split('/').map(part).collect::<Vec<_>>().join("/"), ..asked.clone() }
}

async fn ask(actor: &Actor, asked: &Asked) -> Answer {
    let headers: Vec<(&str, &str)> = asked.tag.iter().map(|tag| ("if-match", tag.as_str())).collect();
    actor.ask(asked.method.clone(), &asked.path, asked.body.as_ref(), &headers).await.unwrap()
}

fn assert_bare(answer: &Answer, who: &str, route: &str) {
    let text = String::from_utf8_lossy(&answer.bytes);
    for word in CONTENT {
        assert!(!text.contains(word), "{route} told {who} {word}");
    }
}

on_both_databases! {
    async fn every_route_succeeds_for_who_may_and_is_refused_to_everybody_else(app: App) {
        let scene = Scene::play(&app).await;
        assert_eq!(scene.untouched(), BTreeSet::new(), "no success is tried");
        let mut uncovered = BTreeSet::new();
        let table = server::all_routes();
        for info in table.infos() {
            let route = info.op.id;
            let asked = &scene.asked[route];
            if OPEN.contains(&route) {
                assert!(info.description.open || !info.description.asks_who, "{route} is not open");
                continue;
            }
            // Nobody is signed in.
            let answer = ask(&app.visitor(), asked).await;
            assert_eq!((answer.status, answer.code().as_str()), (401, "unauthenticated"), "{route} for a visitor");
            if is_of_a_case(info.path()) {
                of_a_case(&app, &scene, route, asked).await;
            } else if let Some((_, refused)) = BESIDE.iter().find(|(id, _)| *id == route) {
                for (who, status) in *refused {
                    let answer = ask(app.who(who), asked).await;
                    assert_eq!(answer.status, *status, "{route} by {who}: {}", answer.body);
                }
            } else if !SIGNED_IN.contains(&route) {
                uncovered.insert(route);
            }
        }
        assert_eq!(uncovered, BTreeSet::new(), "no refusal is tried");
        // One's own agency's people are everybody's to see; another's are not.
        let others = format!("/users?agency_id={}", app.agency("federation"));
        app.who("yp_police").get(&others).await.problem(403, "forbidden");
    }
}

async fn of_a_case(app: &App, scene: &Scene<'_>, route: &str, asked: &Asked) {
    let asked = at_the_case(scene, asked);
    let nothing = absent(&asked);
    for (who, what) in OUTSIDE {
        let (answer, other) = (ask(app.who(who), &asked).await, ask(app.who(who), &nothing).await);
        assert_eq!(answer.status, 404, "{route} by {what}: {}", answer.body);
        assert_eq!(told(&answer), told(&other), "{route} tells {what} that there is something");
        assert_eq!(answer.header("etag"), None, "{route}");
    }
    // Offered and not accepted, or heads and hours only: never content.
    if !PREVIEWED.contains(&route) {
        let answer = ask(app.who("ht_legal"), &asked).await;
        assert!([403, 404].contains(&answer.status), "{route} by an offer's receiver: {} {}", answer.status, answer.body);
        assert_bare(&answer, "an offer's receiver", route);
    }
    for who in ["qz_manager", "ht_legal", "yy_police"] {
        if asked.method == reqwest::Method::GET {
            let answer = ask(app.who(who), &asked).await;
            if (who, route) == ("yy_police", "view_names") {
                // What its own station wrote, word for word, and nothing of who is in the case by now.
                let sent = json!([{ "kind": "survivor", "name": "林晓梅" }, { "kind": "respondent", "name": "周建国" }]);
                assert_eq!(answer.body["parties"], sent);
            } else {
                assert_bare(&answer, who, route);
            }
        }
    }
    if route == "view_case" {
        let seen = ask(app.who("ht_legal"), &asked).await;
        assert!(seen.body.get("facets").is_none_or(|facets| facets == &json!({})), "{}", seen.body);
    }
}
