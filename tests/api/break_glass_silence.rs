//! What the database is asked tells nobody whether there is a case: a hit, a wall and a miss ask the same.

use std::sync::{Mutex, PoisonError};

use diesel::connection::{Instrumentation, InstrumentationEvent, set_default_instrumentation};
use lianhu::cli::demo::client::Actor;
use serde_json::json;

use crate::app::{self, Backend, Expect};
use crate::break_glass::{HER_NUMBER, asking, on_duty, opened, told};

/// What was asked of the database, statement by statement.
static ASKED: Mutex<Vec<String>> = Mutex::new(Vec::new());

struct Listening;

impl Instrumentation for Listening {
    fn on_connection_event(&mut self, event: InstrumentationEvent<'_>) {
        if let InstrumentationEvent::StartQuery { query, .. } = event {
            ASKED.lock().unwrap_or_else(PoisonError::into_inner).push(query.to_string());
        }
    }
}

/// The statements of one request, without what they ask for: how many rows and values there are differs by nature.
async fn statements(officer: &Actor, number: &str) -> Vec<String> {
    ASKED.lock().unwrap_or_else(PoisonError::into_inner).clear();
    officer.post("/break-glass", asking(number)).await.is(201);
    let asked = ASKED.lock().unwrap_or_else(PoisonError::into_inner).clone();
    let bare = |text: &String| {
        let end = ["VALUES", "WHERE", "--"].iter().filter_map(|word| text.find(word)).min().unwrap_or(text.len());
        text[..end].trim().to_owned()
    };
    // Which cases an entry is about is an index of the log, for oversight: one more row where there is one.
    asked.iter().map(bare).filter(|text| !text.contains("audit_cases")).collect()
}

fn a_hit_asks_the_database_what_a_miss_asks(backend: Backend) {
    set_default_instrumentation(|| Some(Box::new(Listening))).unwrap();
    app::run(backend, async |app| {
        let case = opened(&app).await;
        on_duty(&app).await;
        let officer = app.who("yp_police");
        // Signed in, and every statement prepared once.
        officer.post("/break-glass", asking("11010119900307123X")).await.is(201);
        let miss = statements(officer, "11010119900307123X").await;
        let hit = statements(officer, HER_NUMBER).await;
        assert_eq!(told(app.who("fu_other"), "break_glass_asked").await.len(), 1);
        let wall = json!({ "user": app.user("yp_police"), "reason": "被申请人的亲属。" });
        app.who("fu_staff").post(&format!("/cases/{case}/walls"), wall).await.is(201);
        let walled = statements(officer, HER_NUMBER).await;
        assert!(miss.len() > 15, "{miss:?}");
        assert_eq!(hit, miss);
        assert_eq!(walled, miss);
    });
}

#[test]
fn a_hit_asks_the_database_what_a_miss_asks_on_sqlite() {
    a_hit_asks_the_database_what_a_miss_asks(Backend::Sqlite);
}

#[test]
fn a_hit_asks_the_database_what_a_miss_asks_on_postgres() {
    a_hit_asks_the_database_what_a_miss_asks(Backend::Postgres);
}
