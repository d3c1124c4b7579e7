//! A mediation's series, sessions and papers.

use serde_json::json;

use super::{At, Model};
use crate::app::{App, Expect, on_both_databases};
use crate::mediation::{Opened, cleared, opened, session};

const SERIES: Model = Model {
    arrows: &[
        ("proposed", "refuse", "refused"),
        ("proposed", "stop", "stopped"),
        ("proposed", "cancel", "cancelled"),
        ("cleared", "refuse", "refused"),
        ("cleared", "stop", "stopped"),
        ("cleared", "cancel", "cancelled"),
        // Only a screened one is cleared.
        ("screening", "clear", "cleared"),
    ],
    people: &[("fu_staff", &["refuse", "stop", "cancel", "clear"])],
    strangers: &["yp_police", "qz_worker", "sf_judicial", "fu_other"],
    but: |_, _, _| None,
    reader: "fu_staff",
    body: |_, at, step| match step {
        "clear" | "cancel" => json!({}),
        _ => json!({ "party_id": at.names }),
    },
};

const SESSION: Model = Model {
    arrows: &[
        ("scheduled", "hold", "held"),
        ("scheduled", "suspend", "suspended"),
        ("suspended", "resume", "scheduled"),
        ("scheduled", "cancel", "cancelled"),
        ("suspended", "cancel", "cancelled"),
    ],
    people: &[("fu_staff", &["hold", "suspend", "resume", "cancel"])],
    strangers: &["yp_police", "qz_worker", "sf_judicial", "fu_other"],
    but: |_, _, _| None,
    reader: "fu_staff",
    body: |app, _, step| match step {
        "hold" => {
            // Whatever time it got has come.
            app.clock.advance_minutes(60);
            json!({ "outcome": "adjourned", "record": "另行约期。" })
        }
        "resume" => {
            let begins = app.now().plus_minutes(60);
            json!({ "starts_at": begins.to_string(), "ends_at": begins.plus_minutes(60).to_string() })
        }
        _ => json!({}),
    },
};

const PAPER: Model = Model {
    arrows: &[("draft", "release", "released")],
    people: &[("fu_staff", &["release"])],
    strangers: &["yp_police", "qz_worker", "sf_judicial", "fu_other"],
    but: |_, _, _| None,
    reader: "fu_staff",
    body: |_, _, _| json!({}),
};

fn series(of: &Opened, id: &str) -> At {
    let read = format!("/cases/{}/mediations/{id}", of.case);
    At { read, names: of.her.clone(), ..At::new(format!("/mediations/{id}")) }
}

/// A session that has begun, so that it can be held.
async fn begun(app: &App) -> At {
    let (_, series) = cleared(app).await;
    let at = format!("/mediations/{series}/sessions");
    let begins = app.now().plus_days(1);
    let room = format!("R{}", app.now().seconds());
    let body = session(app, &room, &begins.to_string(), &begins.plus_minutes(60).to_string());
    let id = app.who("fu_staff").post(&at, body).await.is(201).id();
    app.clock.advance_minutes(24 * 60);
    At::new(format!("{at}/{id}"))
}

on_both_databases! {
    async fn a_series_does_what_was_told_of_it(app: App) {
        let begin = async |app: &App| {
            let opened = opened(app).await;
            let id = app.who("fu_staff").post(&format!("/cases/{}/mediations", opened.case), json!({})).await.is(201).id();
            series(&opened, &id)
        };
        SERIES.is_walked(&app, "proposed", begin).await;
        let begin = async |app: &App| {
            let (opened, id) = cleared(app).await;
            series(&opened, &id)
        };
        SERIES.is_walked(&app, "cleared", begin).await;
    }

    async fn a_session_does_what_was_told_of_it(app: App) {
        SESSION.is_walked(&app, "scheduled", begun).await;
    }

    async fn a_paper_does_what_was_told_of_it(app: App) {
        let begin = async |app: &App| {
            let (_, series) = cleared(app).await;
            let begins = app.now().plus_days(1);
            let room = format!("R{}", app.now().seconds());
            let body = session(app, &room, &begins.to_string(), &begins.plus_minutes(60).to_string());
            app.who("fu_staff").post(&format!("/mediations/{series}/sessions"), body).await.is(201);
            app.clock.advance_minutes(24 * 60);
            let papers = app.who("fu_staff").get(&format!("/mediations/{series}/notices")).await.is(200);
            At::new(format!("/mediations/{series}/notices/{}", papers.text("/items/0/id")))
        };
        PAPER.is_walked(&app, "draft", begin).await;
    }
}
