//! Mail: who gets it, what it says, and that each goes out once, whatever the server and the senders do.

use std::time::Duration;

use diesel::prelude::*;
use lianhu::base::db::schema::mails;
use lianhu::base::db::{Db, DbError};
use lianhu::base::words::{MailReason, MailState, MailTls};
use lianhu::cli::demo::client::Actor;
use lianhu::server::Lianhu;
use reqwest::Method;
use serde_json::{Value, json};

use crate::app::{self, App, Backend, Expect, on_both_databases};
use crate::smtp::{self, Mode, Private, Smtp};

/// Where the mails' link leads, by default settings.
const DESK: &str = "http://127.0.0.1:8080/desk";

fn node(app: &App, smtp: &Smtp) -> Lianhu {
    app.node(|settings| settings.mail = smtp::settings(smtp))
}

async fn send(node: &Lianhu) -> usize {
    node.send_mail().await.map_err(|problem| problem.code().as_str()).unwrap()
}

/// Somebody says how they want to hear.
async fn wants(app: &App, who: &str, language: &str, digest_hour: Option<u8>, immediate: bool) {
    let body = json!({
        "email": format!("{who}@example.cn"), "language": language, "digest_hour": digest_hour, "immediate": immediate,
    });
    app.who(who).change(Method::PUT, "/me/notifications", "/me/notifications", body).await.is(200);
}

/// The police refer a case in and send it: its path.
async fn referred_in(app: &App) -> String {
    let body = json!({ "intake": {
        "to_agency": app.agency("federation"), "urgency": "normal",
        "parties": [{ "kind": "survivor", "name": "林晓梅" }, { "kind": "respondent", "name": "周建国" }],
        "incident": { "account": "酒后殴打妻子。" }, "text": "请尽快联系。"
    } });
    let at = format!("/referrals/{}", app.who("yy_police").post("/referrals", body).await.is(201).id());
    app.who("yy_police").step(&at, "send", json!({})).await.is(200);
    at
}

async fn accepted(app: &App, at: &str) -> String {
    let staff = app.who("fu_staff");
    staff.step(at, "acknowledge", json!({})).await.is(200);
    staff.step(at, "accept", json!({})).await.is(200).text("/case_id")
}

/// All mails there are: to whom, how far, why, the server's code, how often tried.
type Row = (String, MailState, Option<MailReason>, Option<i64>, i64);

async fn rows(app: &App) -> Vec<Row> {
    let url = app.postgres().map_or_else(
        || lianhu::base::config::DatabaseUrl::Sqlite(app.folder().join("lianhu.sqlite")),
        |url| lianhu::base::config::DatabaseUrl::Postgres(url.to_owned().into()),
    );
    let settings = app::settings(url);
    let db = Db::open(settings.database.place(), settings.database.sizes(), app.clock.clone()).unwrap();
    db.read::<_, DbError, _>(|tx| {
        let all =
            mails::table.order(mails::id).select((mails::user_id, mails::state, mails::reason, mails::code, mails::attempts));
        Ok(all.load::<Row>(tx.conn())?)
    })
    .await
    .unwrap()
}

/// How far each mail to somebody is, and why.
async fn of(app: &App, who: &str) -> Vec<(MailState, Option<MailReason>)> {
    let user = app.user(who);
    rows(app).await.into_iter().filter(|row| row.0 == user).map(|(_, state, reason, ..)| (state, reason)).collect()
}

async fn dead(app: &App) -> Vec<Value> {
    app.who("admin").get("/notifications/dead-letters").await.is(200).body["items"].as_array().unwrap().clone()
}

on_both_databases! {
    async fn a_mail_says_what_waits_and_no_more_and_goes_to_who_answers(app: App) {
        let smtp = Smtp::start(Mode::Accepts);
        let node = node(&app, &smtp);
        wants(&app, "fu_supervisor", "zh", None, true).await;
        wants(&app, "fu_auditor", "zh", None, true).await;
        wants(&app, "yy_police", "en", None, true).await;
        wants(&app, "yp_police", "en", None, true).await;
        let at = referred_in(&app).await;
        assert_eq!(send(&node).await, 1);
        let mail = smtp.mails().remove(0);
        assert_eq!((mail.from.as_str(), mail.to.as_slice()), ("lianhu@example.cn", &["fu_supervisor@example.cn".to_owned()][..]));
        assert_eq!((mail.subject().as_str(), mail.text().as_str()), ("联护:有事项到期", format!("有转介待答复\n时限:2026-03-04 13:00(北京时间)\n\n{DESK}\n").as_str()));
        assert_eq!(mail.header("Auto-Submitted").as_deref(), Some("auto-generated"));
        assert_eq!(mail.header("Cc").or(mail.header("Bcc")), None);

        // Once taken on, the sender may see the head of what it sent: its mail names the case. That it was received is old
        // by the time the mails are made.
        let case = accepted(&app, &at).await;
        assert_eq!(send(&node).await, 1, "{:?}", rows(&app).await);
        let police: Vec<_> = smtp.mails().into_iter().filter(|mail| mail.to == ["yy_police@example.cn"]).collect();
        let number = app.who("yy_police").get(&format!("/cases/{case}")).await.is(200).text("/case_no");
        let said: Vec<String> = police.iter().map(smtp::Received::text).collect();
        assert!(said.contains(&format!("Case {number}\nYour referral was accepted\n\n{DESK}\n")), "{said:?}");
        assert!(police.iter().all(|mail| mail.subject() == "Lianhu: something is due"));
        assert_eq!(smtp.receivers().iter().filter(|to| *to == "fu_supervisor@example.cn").count(), 1, "whoever handles it hears now");
        // Nothing again.
        assert_eq!(send(&node).await, 0);

        // The log says to whom it was shown, and her statement that it was by mail.
        let log = app.who("jd_auditor").get(&format!("/audit/entries?case_id={case}&limit=100")).await.is(200);
        let items = log.body["items"].as_array().unwrap().clone();
        let entry = items.iter().find(|entry| entry["action"] == "send_mail").unwrap_or_else(|| panic!("{items:?}"));
        assert_eq!((&entry["actor"]["kind"], &entry["actor"]["user_id"]), (&json!("recipient"), &json!(app.user("yy_police"))));
        assert!(!log.body.to_string().contains("example.cn"), "no address in the log");
    }

    async fn wishes_are_ones_own_and_checked(app: App) {
        let staff = app.who("fu_staff");
        let at = "/me/notifications";
        let none = staff.get(at).await.is(200);
        assert_eq!(none.body, json!({ "mail": "off", "email": null, "language": "zh", "digest_hour": null, "immediate": false }));
        let body = |email: Value, hour: Value| json!({ "email": email, "language": "en", "digest_hour": hour, "immediate": true });
        let good = body(json!("li.hua@example.cn"), json!(8));
        staff.ask(Method::PUT, at, Some(&good), &[]).await.problem(428, "if_match_required");
        let saved = staff.change(Method::PUT, at, at, good.clone()).await.is(200);
        assert_eq!((saved.text("/email").as_str(), &saved.body["digest_hour"]), ("li.hua@example.cn", &json!(8)));
        staff.ask(Method::PUT, at, Some(&good), &[("if-match", "\"v0\"")]).await.problem(412, "stale");
        for (email, hour, pointer) in [
            (json!("li.hua@example.cn\r\nBcc: he@example.cn"), json!(8), "/email"),
            (json!("nobody"), json!(8), "/email"),
            (json!(null), json!(8), "/email"),
            (json!("a@b.cn"), json!(24), "/digest_hour"),
        ] {
            let wrong = staff.change(Method::PUT, at, at, body(email, hour)).await.problem(422, "not_valid");
            assert_eq!(wrong.text("/errors/0/pointer"), pointer);
        }
        assert_eq!(app.who("fu_other").get(at).await.is(200).body["email"], Value::Null);
        staff.change(Method::PUT, at, at, json!({ "email": null, "language": "zh", "digest_hour": null, "immediate": false })).await.is(200);
    }

    async fn without_a_server_mail_is_off_and_desks_go_on(app: App) {
        wants(&app, "fu_supervisor", "zh", Some(8), true).await;
        referred_in(&app).await;
        app.clock.advance_minutes(24 * 60);
        assert_eq!(send(&app.lianhu).await, 0);
        assert!(rows(&app).await.is_empty(), "nothing piles up");
        let desk = app.who("fu_supervisor").get("/desk").await.is(200);
        assert_eq!(desk.body["items"][0]["notice"], "referral_sent");
        // Once there is one, nobody is flooded with what is long past: the digest tells what waits.
        app.clock.advance_minutes(1);
        let smtp = Smtp::start(Mode::Accepts);
        assert_eq!(send(&node(&app, &smtp)).await, 1);
        assert_eq!(smtp.mails()[0].subject(), "联护:今日待办");
    }

    async fn a_refusal_is_tried_again_or_given_up_and_never_lost(app: App) {
        let smtp = Smtp::start(Mode::Refuses(451));
        let node = node(&app, &smtp);
        wants(&app, "fu_supervisor", "zh", None, true).await;
        referred_in(&app).await;
        assert_eq!(send(&node).await, 0);
        assert_eq!(rows(&app).await[0].1, MailState::Waits);
        assert_eq!(&rows(&app).await[0].2, &Some(MailReason::PutOff));
        assert_eq!(rows(&app).await[0].3, Some(451));
        let tried = smtp.connections();
        assert_eq!(send(&node).await, 0);
        assert_eq!(smtp.connections(), tried, "not before its time");
        for mode in [Mode::DiesInData, Mode::Refuses(421)] {
            app.clock.advance_minutes(2);
            smtp.now(mode);
            assert_eq!(send(&node).await, 0);
        }
        app.clock.advance_minutes(4);
        smtp.now(Mode::Accepts);
        assert_eq!(send(&node).await, 1);
        assert_eq!(rows(&app).await, [(app.user("fu_supervisor"), MailState::Sent, None, None, 4)]);

        // Refused for good: given up at once, seen by the administrator without a case, sent again on their word.
        smtp.now(Mode::Refuses(550));
        referred_in(&app).await;
        assert_eq!(send(&node).await, 0);
        let letters = dead(&app).await;
        assert_eq!(letters.len(), 1);
        assert_eq!((&letters[0]["reason"], &letters[0]["code"], &letters[0]["user_id"]), (&json!("refused"), &json!(550), &json!(app.user("fu_supervisor"))));
        let fields: std::collections::BTreeSet<&str> = letters[0].as_object().unwrap().keys().map(String::as_str).collect();
        let known = ["at", "attempts", "code", "ended_at", "id", "kind", "reason", "state", "user_id"];
        assert_eq!(fields, known.into());
        for who in ["fu_supervisor", "jd_auditor"] {
            app.who(who).get("/notifications/dead-letters").await.problem(403, "forbidden");
        }
        let again = format!("/notifications/dead-letters/{}/resend", letters[0]["id"].as_str().unwrap());
        app.who("fu_supervisor").post(&again, json!({})).await.problem(404, "not_found");
        smtp.now(Mode::Accepts);
        assert_eq!(app.who("admin").ask(Method::POST, &again, None, &[]).await.is(200).text("/state"), "waits");
        app.who("admin").ask(Method::POST, &again, None, &[]).await.problem(409, "illegal_step");
        assert_eq!(send(&node).await, 1);
        assert!(dead(&app).await.is_empty());
        assert_eq!(smtp.mails().len(), 2);
    }

    async fn after_as_many_attempts_as_are_set_a_mail_is_given_up(app: App) {
        let smtp = Smtp::start(Mode::DiesInData);
        let node = app.node(|settings| {
            settings.mail = smtp::settings(&smtp);
            settings.mail.attempts = 3;
        });
        wants(&app, "fu_supervisor", "zh", None, true).await;
        referred_in(&app).await;
        for _ in 0..6 {
            assert_eq!(send(&node).await, 0);
            app.clock.advance_minutes(60);
        }
        assert_eq!(rows(&app).await, [(app.user("fu_supervisor"), MailState::Dead, Some(MailReason::Unreachable), None, 3)]);
    }

    async fn whoever_may_no_longer_see_the_case_gets_nothing(app: App) {
        let smtp = Smtp::start(Mode::Accepts);
        let node = node(&app, &smtp);
        let case = accepted(&app, &referred_in(&app).await).await;
        for who in ["fu_staff", "fu_supervisor"] {
            app.who(who).post(&format!("/cases/{case}/declarations"), json!({ "conflict": false })).await.is(201);
        }
        for step in ["screen", "open"] {
            app.who("fu_staff").step(&format!("/cases/{case}"), step, json!({})).await.is(200);
        }
        let contract = app.who("fu_supervisor").post("/contracts", json!({
            "number": "BS-1", "provider_id": app.agency("qingzi"), "level": "district", "fund": "专项", "amount_fen": 1,
            "first_day": "2026-01-01", "last_day": "2026-12-31", "data_protection_terms": true, "terms_signed_on": "2026-01-02",
            "lines": [{ "service": "case_work", "unit": "case", "quantity": 5, "price_fen": 1 }],
        })).await.is(201).id();
        app.who("fu_supervisor").step(&format!("/contracts/{contract}"), "activate", json!({})).await.is(200);
        send(&node).await;
        let before = smtp.mails().len();
        wants(&app, "qz_worker", "zh", None, true).await;
        wants(&app, "qz_cousin", "zh", None, true).await;
        let assigns = async |who: &str, part: &str| {
            let body = json!({ "worker": app.user(who), "contract_id": contract, "part": part, "service": "case_work" });
            app.who("fu_staff").post(&format!("/cases/{case}/assignments"), body).await.is(201).id()
        };
        let lead = assigns("qz_worker", "lead").await;
        assigns("qz_cousin", "assist").await;
        app.who("qz_cousin").post(&format!("/cases/{case}/declarations"), json!({ "conflict": true, "text": "是他的表弟" })).await.is(201);
        app.who("fu_staff").step(&format!("/cases/{case}/assignments/{lead}"), "end", json!({})).await.is(200);
        send(&node).await;
        assert_eq!(smtp.mails().len(), before, "{:?}", smtp.receivers());
        let dropped = of(&app, "qz_worker").await;
        assert!(!dropped.is_empty() && dropped.iter().all(|(state, _)| *state == MailState::Dropped), "{dropped:?}");
        assert!(dropped.iter().any(|(_, why)| *why == Some(MailReason::NotTheirs)), "{dropped:?}");

        // Assigned anew, and then the account ends, or mail is not wanted any more.
        assigns("qz_worker", "lead").await;
        app.who("qz_manager").step(&format!("/users/{}", app.user("qz_cousin")), "disable", json!({})).await.is(200);
        assert_eq!(send(&node).await, 1);
        let mail = smtp.mails().pop().unwrap();
        assert_eq!(mail.to, ["qz_worker@example.cn"]);
        let number = app.who("fu_staff").get(&format!("/cases/{case}")).await.is(200).text("/case_no");
        assert_eq!(mail.text(), format!("个案 {number}\n有个案派给您\n\n{DESK}\n"));
        for mail in smtp.mails() {
            assert!(!mail.to.contains(&"qz_cousin@example.cn".to_owned()));
        }
    }

    async fn two_senders_at_once_send_each_mail_once(app: App) {
        let smtp = Smtp::start(Mode::Accepts);
        let (one, other) = (node(&app, &smtp), node(&app, &smtp));
        wants(&app, "fu_supervisor", "zh", Some(14), true).await;
        wants(&app, "yy_police", "zh", None, true).await;
        for _ in 0..6 {
            let at = referred_in(&app).await;
            app.who("fu_staff").step(&at, "acknowledge", json!({})).await.is(200);
        }
        app.clock.advance_minutes(70);
        let both = tokio::join!(one.send_mail(), other.send_mail());
        let sent = both.0.map_err(|problem| problem.code().as_str()).unwrap() + both.1.map_err(|problem| problem.code().as_str()).unwrap();
        let more = send(&one).await + send(&other).await;
        let ids: std::collections::BTreeSet<String> = smtp.mails().iter().map(smtp::Received::message_id).collect();
        assert_eq!((smtp.mails().len(), ids.len()), (sent + more, sent + more));
        // The supervisor's were answered before they went out; the digest, and six words to the police.
        assert_eq!(smtp.receivers().iter().filter(|to| *to == "yy_police@example.cn").count(), 6);
        assert!(rows(&app).await.iter().all(|row| row.1 != MailState::Waits));
    }

    async fn what_a_sender_that_died_held_is_sent_after_its_lease(app: App) {
        let smtp = Smtp::start(Mode::Stalls);
        let node = node(&app, &smtp);
        wants(&app, "fu_supervisor", "zh", None, true).await;
        referred_in(&app).await;
        // The sender ends between taking the mail up and hearing of it.
        let ended = tokio::time::timeout(Duration::from_secs(2), node.send_mail()).await;
        assert!(ended.is_err(), "it was under way");
        assert_eq!(of(&app, "fu_supervisor").await, [(MailState::Waits, Some(MailReason::Interrupted))]);
        smtp.now(Mode::Accepts);
        assert_eq!(send(&node).await, 0, "another may still be at it");
        app.clock.advance_minutes(10);
        assert_eq!(send(&node).await, 1);
        assert_eq!(of(&app, "fu_supervisor").await, [(MailState::Sent, None)]);
    }

    async fn a_mail_taken_and_not_acknowledged_comes_again_under_the_same_id(app: App) {
        let smtp = Smtp::start(Mode::DiesAfterData);
        let node = node(&app, &smtp);
        wants(&app, "fu_supervisor", "zh", None, true).await;
        referred_in(&app).await;
        assert_eq!(send(&node).await, 0);
        smtp.now(Mode::Accepts);
        app.clock.advance_minutes(1);
        assert_eq!(send(&node).await, 1);
        let ids: Vec<String> = smtp.mails().iter().map(smtp::Received::message_id).collect();
        assert_eq!(ids.len(), 2);
        assert_eq!(ids[0], ids[1]);
    }

    async fn a_digest_comes_once_a_day_at_its_hour_and_not_for_nothing(app: App) {
        let smtp = Smtp::start(Mode::Accepts);
        let node = node(&app, &smtp);
        // It is one o'clock in the afternoon.
        wants(&app, "fu_supervisor", "zh", Some(14), false).await;
        wants(&app, "ht_legal", "en", Some(14), false).await;
        referred_in(&app).await;
        assert_eq!(send(&node).await, 0, "not at once");
        app.clock.advance_minutes(60);
        assert_eq!(send(&node).await, 1, "legal aid has nothing on its desk");
        assert_eq!(of(&app, "ht_legal").await, [(MailState::Dropped, Some(MailReason::NothingWaits))]);
        let mail = smtp.mails().remove(0);
        assert_eq!(mail.subject(), "联护:今日待办");
        assert_eq!(mail.text(), format!("有转介待答复\n时限:2026-03-04 13:00(北京时间)\n\n{DESK}\n"));
        app.clock.advance_minutes(120);
        assert_eq!(send(&node).await, 0, "once a day");
        // Nobody sent anything for three days: one digest, not three.
        app.clock.advance_minutes(3 * 24 * 60);
        assert_eq!(send(&node).await, 1);
        app.clock.advance_minutes(22 * 60);
        assert_eq!(send(&node).await, 1, "the next comes at its hour");
    }
}

/// The mails go out by TLS alone, or not at all.
fn privately(private: Private, tls: MailTls, trusts: bool) -> (Smtp, Vec<Row>) {
    let smtp = Smtp::private(Mode::Accepts, private);
    let folder = tempfile::tempdir().unwrap();
    let ca = folder.path().join("ca.pem");
    std::fs::write(&ca, &smtp.certificate).unwrap();
    let found = std::cell::RefCell::new(Vec::new());
    app::run(Backend::Sqlite, async |app: App| {
        let node = app.node(|settings| {
            settings.mail = smtp::settings(&smtp);
            settings.mail.tls = tls;
            "lianhu".clone_into(&mut settings.mail.username);
            settings.mail.password.0 = Some("tractor".to_owned().into());
            if trusts {
                settings.mail.ca_file = ca.to_string_lossy().into_owned();
            }
        });
        wants(&app, "fu_supervisor", "zh", None, true).await;
        referred_in(&app).await;
        send(&node).await;
        found.replace(rows(&app).await);
    });
    (smtp, found.into_inner())
}

#[test]
fn by_tls_from_the_first_byte_and_signed_in() {
    let (smtp, rows) = privately(Private::FromTheFirstByte, MailTls::Required, true);
    assert_eq!(rows[0].1, MailState::Sent);
    assert!(smtp.mails()[0].by_tls);
    assert_eq!(smtp.heard(), "");
}

#[test]
fn by_starttls_nothing_is_said_before_it() {
    let (smtp, rows) = privately(Private::ByStarttls, MailTls::Starttls, true);
    assert_eq!(rows[0].1, MailState::Sent);
    assert!(smtp.mails()[0].by_tls);
    let heard = smtp.heard();
    assert!(heard.starts_with("EHLO") && !heard.contains("AUTH") && !heard.contains("MAIL"), "{heard}");
}

#[test]
fn a_server_that_takes_starttls_away_gets_nothing() {
    let (smtp, rows) = privately(Private::No, MailTls::Starttls, true);
    assert_eq!((rows[0].1, rows[0].2), (MailState::Waits, Some(MailReason::NoTls)));
    let heard = smtp.heard();
    assert!(smtp.mails().is_empty() && !heard.contains("AUTH") && !heard.contains("MAIL"), "{heard}");
}

#[test]
fn a_certificate_that_nobody_vouches_for_is_not_trusted() {
    let (smtp, rows) = privately(Private::FromTheFirstByte, MailTls::Required, false);
    assert_eq!((rows[0].1, rows[0].2), (MailState::Waits, Some(MailReason::NoTls)));
    assert!(smtp.mails().is_empty());
}

#[test]
fn a_slow_server_is_left() {
    let smtp = Smtp::start(Mode::Stalls);
    app::run(Backend::Sqlite, async |app: App| {
        let node = app.node(|settings| {
            settings.mail = smtp::settings(&smtp);
            settings.mail.timeout_seconds = 1;
        });
        wants(&app, "fu_supervisor", "zh", None, true).await;
        referred_in(&app).await;
        assert_eq!(send(&node).await, 0);
        assert_eq!(of(&app, "fu_supervisor").await, [(MailState::Waits, Some(MailReason::TimedOut))]);
        smtp.now(Mode::Accepts);
        app.clock.advance_minutes(1);
        assert_eq!(send(&node).await, 1);
    });
}

#[test]
fn where_mail_is_on_it_says_so() {
    let smtp = Smtp::start(Mode::Accepts);
    let app = App::with(Backend::Sqlite, |settings| settings.mail = smtp::settings(&smtp));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        assert_eq!(app.who("fu_staff").get("/me/notifications").await.is(200).text("/mail"), "on");
    });
}

/// Own notifications: what was cleared is still there.
async fn notifications(actor: &Actor) -> Vec<Value> {
    actor.get("/notifications?limit=100").await.is(200).body["items"].as_array().unwrap().clone()
}

on_both_databases! {
    async fn what_was_told_stays_on_the_list_when_it_is_answered(app: App) {
        let at = referred_in(&app).await;
        assert_eq!(notifications(app.who("fu_staff")).await[0]["seen_at"], Value::Null);
        accepted(&app, &at).await;
        let told = notifications(app.who("fu_staff")).await;
        let sent = told.iter().find(|item| item["notice"] == "referral_sent").unwrap();
        assert_eq!(sent["seen_at"], json!(app.now().to_string()));
        assert!(told.is_sorted_by(|a, b| a["id"].as_str() > b["id"].as_str()), "newest first");
        let mut seen = Vec::new();
        let mut next = Some(String::new());
        while let Some(cursor) = next {
            let page = app.who("yy_police").get(&format!("/notifications?limit=1{cursor}")).await.is(200);
            seen.extend(page.body["items"].as_array().unwrap().iter().map(|item| item["id"].clone()));
            next = page.body["next"].as_str().map(|cursor| format!("&cursor={cursor}"));
        }
        let all: Vec<Value> = notifications(app.who("yy_police")).await.iter().map(|item| item["id"].clone()).collect();
        assert_eq!(seen, all);
        assert!(all.len() >= 2);
        assert!(notifications(app.who("yp_police")).await.iter().all(|item| item["record"]["kind"] == "user"));
    }
}
