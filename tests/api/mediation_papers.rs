//! What reaches the respondent: when and where, never why, and only when her worker lets it go.

use lianhu::cli::demo::client::Actor;
use reqwest::Method;
use serde_json::{Value, json};

use crate::app::{App, Expect, on_both_databases};
use crate::consents::{assigned, contract, waits};
use crate::mediation::{Opened, cleared, session};

/// A cleared series of a case that Qingzi's worker leads.
async fn led(app: &App) -> (Opened, String) {
    let (opened, series) = cleared(app).await;
    app.who("fu_staff").step(&format!("/cases/{}", opened.case), "open", json!({})).await.is(200);
    let contract = contract(app).await;
    assigned(app, &opened.case, &contract, "qz_worker", "lead").await;
    let declared = format!("/cases/{}/declarations", opened.case);
    app.who("qz_worker").post(&declared, json!({ "conflict": false })).await.is(201);
    (opened, format!("/mediations/{series}"))
}

/// The series' papers as somebody sees them, newest first.
async fn papers(app: &App, who: &str, series: &str) -> Vec<Value> {
    app.who(who).get(&format!("{series}/notices")).await.is(200).body["items"].as_array().unwrap().clone()
}

fn said(papers: &[Value]) -> Vec<(&str, &str)> {
    papers.iter().map(|paper| (paper["kind"].as_str().unwrap(), paper["state"].as_str().unwrap())).collect()
}

async fn release(app: &App, series: &str, paper: &Value) -> Value {
    let at = format!("{series}/notices/{}", paper["id"].as_str().unwrap());
    app.who("qz_worker").step(&at, "release", json!({})).await.is(200).body
}

/// A released paper's page, read back without its spaces.
async fn printed(who: &Actor, paper: &str, reader: &str) -> String {
    let answer = who.get(&format!("{paper}/paper?reader={reader}&language=zh")).await.is(200);
    assert_eq!(answer.header("content-type"), Some("application/pdf"));
    crate::pdf::run_together(&answer.bytes)
}

/// In both languages: the time in China, and nothing that tells of her.
fn is_neutral(words: &Value, time: &str) {
    for key in ["text", "text_zh"] {
        let text = words[key].as_str().unwrap();
        assert!(text.contains(time), "{text}");
        for telling in ["林晓梅", "周建国", "risk", "strangled", "风险", "评估", "暴力"] {
            assert!(!text.contains(telling), "{telling}: {text}");
        }
    }
}

on_both_databases! {
    async fn he_hears_when_her_worker_says_so_and_never_why(app: App) {
        let (opened, series) = led(&app).await;
        let (staff, worker) = (app.who("fu_staff"), app.who("qz_worker"));
        let at = format!("{series}/sessions");
        let first = staff.post(&at, session(&app, "A1", "2026-03-05T01:00:00Z", "2026-03-05T02:00:00Z")).await.is(201);
        let first = format!("{at}/{}", first.id());
        assert!(waits(worker, "notice_waits").await);
        let drafted = papers(&app, "fu_staff", &series).await;
        assert_eq!((said(&drafted), &drafted[0]["words"]), (vec![("invitation", "draft")], &Value::Null), "no other hand lets it out");
        let paper = format!("{series}/notices/{}", drafted[0]["id"].as_str().unwrap());
        staff.step(&paper, "release", json!({})).await.problem(403, "forbidden");
        for nobody in [staff, worker] {
            nobody.get(&format!("{paper}/paper?reader=respondent&language=zh")).await.problem(409, "illegal_step");
        }
        let drafted = papers(&app, "qz_worker", &series).await;
        is_neutral(&drafted[0]["words"], "2026-03-05 09:00");
        let released = release(&app, &series, &drafted[0]).await;
        assert_eq!((&released["released_by"], &released["words"]), (&json!(app.user("qz_worker")), &drafted[0]["words"]));
        worker.step(&paper, "release", json!({})).await.problem(409, "illegal_step");
        for reader in ["respondent", "survivor"] {
            let read = printed(worker, &paper, reader).await;
            assert!(read.contains("2026年3月5日09:00") && read.contains("A1") && read.contains("调解通知书"), "{read}");
            for telling in ["林晓梅", "周建国", "风险", "评估", "暴力", opened.case.as_str()] {
                assert!(!read.contains(telling), "{telling}: {read}");
            }
        }
        assert!(!waits(worker, "notice_waits").await);

        // The risk is high: the session is put off at once; he hears of it when she is safe, and not why.
        let assess = |answers: Value| json!({ "instrument": "scene_triage", "answers": answers });
        let assessments = format!("/cases/{}/risk-assessments", opened.case);
        worker.post(&assessments, assess(json!({ "strangled": "yes" }))).await.is(201);
        assert_eq!(staff.get(&first).await.is(200).text("/state"), "suspended");
        let drafted = papers(&app, "qz_worker", &series).await;
        assert_eq!(said(&drafted), [("postponed", "draft"), ("invitation", "released")]);
        is_neutral(&drafted[0]["words"], "2026-03-05 09:00");
        release(&app, &series, &drafted[0]).await;

        // Taken up again, and called off before he was invited anew: of the new time he never hears.
        worker.post(&assessments, assess(json!({ "again": "no" }))).await.is(201);
        let again = json!({ "starts_at": "2026-03-09T01:00:00Z", "ends_at": "2026-03-09T02:00:00Z" });
        staff.step(&first, "resume", again).await.is(200);
        assert_eq!(papers(&app, "qz_worker", &series).await[0]["words"]["text"].as_str().unwrap().matches("2026-03-09 09:00").count(), 1);
        staff.step(&first, "cancel", json!({})).await.is(200);
        let drafted = papers(&app, "qz_worker", &series).await;
        let expected = [("cancelled", "draft"), ("invitation", "void"), ("postponed", "released"), ("invitation", "released")];
        assert_eq!(said(&drafted), expected);
        is_neutral(&drafted[0]["words"], "2026-03-05 09:00");
        assert_eq!(drafted[1]["words"], Value::Null);

        // Of a session he never heard of, he does not hear that it is off.
        let other = staff.post(&at, session(&app, "A1", "2026-03-10T01:00:00Z", "2026-03-10T02:00:00Z")).await.is(201);
        staff.step(&format!("{at}/{}", other.id()), "cancel", json!({})).await.is(200);
        assert_eq!(said(&papers(&app, "qz_worker", &series).await)[0], ("invitation", "void"));
        // What was released stays as it was, whatever the office is called later.
        assert_eq!(papers(&app, "fu_staff", &series).await[4]["words"], released["words"]);
        app.who("qz_manager").get(&paper).await.problem(403, "forbidden");
        for stranger in ["yp_police", "fu_other", "ht_legal"] {
            app.who(stranger).get(&paper).await.problem(404, "not_found");
        }
    }

    async fn thirty_days_for_the_court_to_confirm_end_with_what_both_did(app: App) {
        let (opened, series) = led(&app).await;
        let staff = app.who("fu_staff");
        let (at, agreement) = (format!("{series}/sessions"), format!("{series}/agreement"));
        let made = staff.post(&at, session(&app, "A1", "2026-03-04T01:00:00Z", "2026-03-04T02:00:00Z")).await.is(201);
        app.clock.advance_minutes(24 * 60);
        let applied = json!({ "outcome": "applied", "decided_on": "2026-03-04" });
        staff.step(&agreement, "confirm", applied.clone()).await.problem(409, "conflict");
        staff.step(&format!("{at}/{}", made.id()), "hold", json!({ "outcome": "agreed", "record": "达成协议。" })).await.is(200);
        let clauses = json!({ "signed_on": "2026-03-04", "clauses": [{ "text": "不再饮酒。" }] });
        staff.change(Method::PUT, &agreement, &agreement, clauses.clone()).await.is(200);
        let clock = async || {
            let all = staff.get(&format!("/cases/{}/deadlines", opened.case)).await.is(200);
            let items = all.body["items"].as_array().unwrap().clone();
            items.into_iter().find(|item| item["clock"] == "judicial_confirmation")
        };
        let armed = clock().await.unwrap();
        assert_eq!((&armed["state"], &armed["due_at"]), (&json!("armed"), &json!("2026-04-03T16:00:00.000000Z")));
        let early = json!({ "outcome": "applied", "decided_on": "2026-03-03" });
        let early = staff.step(&agreement, "confirm", early).await.problem(422, "not_valid");
        assert_eq!(crate::measures::pointers(&early), ["/decided_on"]);
        let kept = staff.step(&agreement, "confirm", applied.clone()).await.is(200);
        assert_eq!(kept.text("/confirmation/outcome"), "applied");
        assert_eq!(clock().await, None, "it runs no more");
        staff.step(&agreement, "confirm", applied).await.problem(409, "conflict");
        // Another wording does not begin the thirty days anew.
        staff.change(Method::PUT, &agreement, &agreement, clauses).await.is(200);
        assert_eq!(clock().await, None, "it runs no more");
        assert_eq!(said(&papers(&app, "qz_worker", &series).await)[..2], [("agreement", "draft"), ("agreement", "void")]);
    }
}
