//! Cases, entered through the API as their agency's staff would.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use lianhu::cli::demo::world::TEST_PASSWORD;
use serde_json::json;

use crate::http::Connection;

/// Who owns the cases and works them.
pub const STAFF: &str = "fu_staff";

/// What is read and added to.
pub struct Seeded {
    /// The cases with ten notes.
    pub noted: Vec<String>,
}

pub fn credentials(username: &str) -> String {
    json!({ "username": username, "password": TEST_PASSWORD }).to_string()
}

/// Signed in: the header that says so.
pub fn sign_in(connection: &mut Connection, username: &str) -> String {
    let answer = connection.ask("POST", "/api/v1/sessions", "", &credentials(username));
    assert_eq!(answer.status, 201, "{username} signs in: {}", String::from_utf8_lossy(&answer.body));
    format!("authorization: Bearer {}\r\n", answer.text("/access_token"))
}

fn intake(number: usize) -> String {
    let phone = format!("139{number:08}");
    json!({
        "source": "walk_in",
        "incident": { "account": "丈夫酒后多次殴打,邻居听到呼救后报警,民警到场制止并出具告诫书。" },
        "parties": [
            { "kind": "survivor", "name": format!("林{number}"), "birth_date": "1990-04-12", "contact": { "phone": phone } },
            { "kind": "respondent", "name": format!("周{number}"), "relationship": "spouse" },
        ],
    })
    .to_string()
}

/// A note of a length as they are written.
pub fn note() -> String {
    let text = "上门走访。当事人情绪较上周平稳,已联系法律援助并约定下周二面谈;提醒其随身携带证件与备用手机。".repeat(3);
    json!({ "kind": "progress", "text": text }).to_string()
}

/// Enters so many cases, the first thousand of them with ten notes each, over 16 connections.
pub fn seed(base: &str, cases: usize) -> Seeded {
    let next = AtomicUsize::new(0);
    let noted = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..16 {
            scope.spawn(|| {
                let mut connection = Connection::open(base);
                let mut head = sign_in(&mut connection, STAFF);
                let mut must = |path: &str, body: &str| {
                    for _ in 0..3 {
                        let answer = connection.ask("POST", path, &head, body);
                        match answer.status {
                            201 => return answer.text("/id"),
                            // A long seeding outlives the token.
                            401 => head = sign_in(&mut connection, STAFF),
                            status => panic!("{path}: {status} {}", String::from_utf8_lossy(&answer.body)),
                        }
                    }
                    panic!("{path}: signed out again and again")
                };
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= cases {
                        return;
                    }
                    let id = must("/api/v1/cases", &intake(number));
                    if number < 1000 {
                        for _ in 0..10 {
                            must(&format!("/api/v1/cases/{id}/notes"), &note());
                        }
                        noted.lock().expect("nobody panicked").push(id);
                    }
                }
            });
        }
    });
    Seeded { noted: noted.into_inner().expect("nobody panicked") }
}
