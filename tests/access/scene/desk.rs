//! What lies beside cases: the desk, the log, agencies, accounts, sessions, pages.

use lianhu::cli::demo::client::Actor;
use lianhu::cli::demo::world::TEST_PASSWORD;
use lianhu::cli::user;
use reqwest::Method;
use serde_json::{Value, json};
use zeroize::Zeroizing;

use super::{Asked, Scene};
use crate::app::Expect as _;
use crate::smtp::{self, Mode, Smtp};

/// The supervisor of the other federation.
const ACROSS: &str = "fu2_supervisor";

/// Another owner, with a supervisor whom the console confirmed: its id.
pub async fn second_federation(scene: &mut Scene<'_>) -> String {
    let body = json!({ "name": "虹口区妇女联合会", "kind": "federation", "division": "310109", "contact_point": "1" });
    let agency = scene.post("admin", "create_agency", &[], body).await.id();
    scene.post("admin", "change_agency", &[&agency], json!({ "contact_point": "2" })).await;
    let body = json!({ "username": ACROSS, "display_name": "虹主管", "agency_id": agency, "roles": ["federation_supervisor"] });
    scene.post("admin", "create_user", &[], body).await;
    let secret = "One-Time-Lantern-31";
    let gate = scene.app.lianhu.gate();
    user::confirm(gate, &ACROSS.parse().unwrap()).await.unwrap();
    user::reset_password(gate, &ACROSS.parse().unwrap(), Zeroizing::new(secret.to_owned())).await.unwrap();
    let person = Actor::new(scene.app.http.clone(), &scene.app.base, ACROSS, secret);
    let body = json!({ "current_password": secret, "new_password": TEST_PASSWORD });
    person.ask(Method::PUT, "/me/password", Some(&body), &[]).await.is(204);
    agency
}

impl Scene<'_> {
    /// The supervisor across answers an offer of a case.
    pub async fn answers_transfer(&mut self, route: &'static str, case: &str, transfer: &str) {
        let person = Actor::new(self.app.http.clone(), &self.app.base, ACROSS, TEST_PASSWORD);
        let at = format!("/api/v1/cases/{case}/transfers/{transfer}");
        let step = route.strip_suffix("_transfer").unwrap();
        let path = format!("{at}/{step}");
        person.change(Method::POST, &at, &path, json!({})).await.is(200);
        let asked = Asked { method: Method::POST, path, body: None, tag: Some("\"v1\"".to_owned()) };
        self.asked.insert(route.to_owned(), asked);
    }
    /// Somebody without an account asks.
    async fn visits(&mut self, route: &'static str, body: Value) -> lianhu::cli::demo::client::Answer {
        let (method, path) = (self.shapes[route].method.clone(), self.shapes[route].path.clone());
        let body = (!body.is_null()).then_some(body);
        let visitor = self.app.visitor();
        let path_or_page = path.clone();
        let answer = visitor.send(method.clone(), &path_or_page, body.as_ref(), &[]).await.unwrap();
        assert!(answer.is_ok(), "{route}: {}", answer.status);
        self.asked.insert(route.to_owned(), Asked { method, path, body, tag: None });
        answer
    }
}

pub async fn look(scene: &mut Scene<'_>) {
    let desk = scene.get("yy_police", "view_desk", &[]).await;
    let told = desk.body["items"].as_array().unwrap().iter().find(|item| item["can_be_cleared"] == true);
    let told = told.unwrap_or_else(|| panic!("nothing to clear: {}", desk.body))["id"].as_str().unwrap().to_owned();
    scene.step("yy_police", "clear_desk_item", &[&told]).await;
    scene.get("jd_auditor", "list_audit_entries", &[]).await;
    let turn = |until: &str| {
        json!({
            "user_id": scene.app.user("fu_staff"), "deputy_id": scene.app.user("fu_supervisor"),
            "from": "2026-05-20T00:00:00Z", "until": until,
        })
    };
    let (short, long) = (turn("2026-05-21T00:00:00Z"), turn("2026-05-22T00:00:00Z"));
    let id = scene.post("fu_supervisor", "add_duty", &[], short).await.id();
    scene.post("fu_supervisor", "change_duty", &[&id], long).await;
    scene.get("fu_staff", "view_duty", &[]).await;
    scene.get("fu_staff", "view_duty_turn", &[&id]).await;
    for route in ["api_docs", "api_docs_style", "api_document", "health_live", "health_ready", "print_style"] {
        scene.visits(route, Value::Null).await;
    }
}

/// How somebody hears by mail, a mail that was given up, a calendar.
pub async fn mail(scene: &mut Scene<'_>) {
    scene.get("yy_police", "list_notifications", &[]).await;
    scene.get("fu_staff", "view_mail_wishes", &[]).await;
    let wishes = json!({ "email": "fu_staff@example.cn", "language": "zh", "digest_hour": 8, "immediate": true });
    scene.post("fu_staff", "change_mail_wishes", &[], wishes).await;
    let smtp = Smtp::start(Mode::Refuses(550));
    let node = scene.app.node(|settings| settings.mail = smtp::settings(&smtp));
    let sent = node.send_mail().await.map_err(|problem| problem.code().as_str());
    assert_eq!(sent, Ok(0));
    let dead = scene.get("admin", "list_dead_letters", &[]).await;
    let dead = dead.body["items"][0]["id"].as_str().unwrap_or_else(|| panic!("no mail was given up")).to_owned();
    scene.step("admin", "resend_dead_letter", &[&dead]).await;
    let token = scene.step("fu_staff", "make_calendar_token", &[]).await.text("/token");
    let path = format!("/api/v1/calendar.ics?token={token}");
    let answer = scene.app.visitor().send(Method::GET, &path, None, &[]).await.is(200);
    assert!(!answer.bytes.is_empty());
    scene.asked.insert("view_calendar".to_owned(), Asked { method: Method::GET, path, body: None, tag: None });
    scene.step("fu_staff", "end_calendar_token", &[]).await;
}

/// Long work: one that is called off, one that is fetched.
pub async fn long_work(scene: &mut Scene<'_>) {
    let order = json!({ "kind": "case_list" });
    let job = scene.post("fu_staff", "start_job", &[], order.clone()).await.id();
    scene.step("fu_staff", "cancel_job", &[&job]).await;
    let job = scene.post("fu_staff", "start_job", &[], order).await.id();
    scene.app.lianhu.do_long_work(usize::MAX).await.map_err(|problem| problem.code().as_str()).unwrap();
    scene.get("fu_staff", "list_jobs", &[]).await;
    scene.get("fu_staff", "view_job", &[&job]).await;
    scene.step("fu_staff", "fetch_job_result", &[&job]).await;
}

pub async fn accounts(scene: &mut Scene<'_>) {
    let (federation, qingzi) = (scene.app.agency("federation"), scene.app.agency("qingzi"));
    scene.get("fu_staff", "list_agencies", &[]).await;
    scene.get("fu_staff", "view_agency", &[&federation]).await;
    scene.get("qz_manager", "list_users", &[]).await;
    scene.get("fu_staff", "view_me", &[]).await;
    let body = json!({ "username": "qz_new", "display_name": "新同事", "agency_id": qingzi, "roles": ["social_worker"] });
    let new = scene.post("admin", "create_user", &[], body).await.id();
    scene.get("qz_manager", "view_user", &[&new]).await;
    scene.post("admin", "change_user", &[&new], json!({ "display_name": "新来的" })).await;
    scene.step("qz_manager", "confirm_user", &[&new]).await;
    scene.step("qz_manager", "collect_secret", &[&new]).await;
    scene.step("admin", "reset_password", &[&new]).await;
    scene.step("qz_manager", "disable_user", &[&new]).await;
    let to = json!({ "to_user": scene.app.user("qz_worker") });
    scene.post("qz_manager", "hand_over", &[&new], to).await;

    let word = json!({ "username": "jw_committee", "password": TEST_PASSWORD });
    let signed_in = scene.visits("sign_in", word).await;
    scene.visits("refresh_session", json!({ "refresh_token": signed_in.text("/refresh_token") })).await;
    let sessions = scene.get("jw_committee", "list_sessions", &[]).await;
    let other = sessions.body["items"].as_array().unwrap().iter().find(|item| item["is_current"] == false).unwrap();
    let other = other["id"].as_str().unwrap().to_owned();
    scene.step("jw_committee", "end_session", &[&other]).await;
    let word = json!({ "current_password": TEST_PASSWORD, "new_password": "Another-Stairwell-77" });
    scene.post("jw_committee", "change_password", &[], word).await;
    scene.app.who("jw_committee").has_password("Another-Stairwell-77");
    scene.step("jw_committee", "end_current_session", &[]).await;
    scene.app.who("jw_committee").forget();
}
