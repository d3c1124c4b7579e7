//! The program is killed in the midst of its work, twenty times on each database; nothing that it said it did is lost.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::too_many_lines,
    clippy::missing_panics_doc,
    reason = "a test that cannot go on stops, and says where"
)]

#[path = "../support/app.rs"]
mod app;
mod clients;
mod documents;
mod log;
mod mails;
#[path = "../support/postgres.rs"]
mod postgres;
#[path = "../support/serving.rs"]
mod serving;
#[path = "../support/smtp.rs"]
mod smtp;
mod stored;
#[path = "../support/tree.rs"]
mod tree;

use std::collections::BTreeSet;

use app::Backend;
use clients::{Client, Dice, Known, Load, Write};
use lianhu::base::config::DatabaseUrl;
use lianhu::cli::demo::client::Actor;
use lianhu::cli::demo::world::TEST_PASSWORD;
use serving::Serving;
use stored::Stored;

const ROUNDS: u64 = 20;

/// Who writes and reads: each with a connection of their own, two of them on one account.
const PEOPLE: [&str; 6] = ["fu_staff", "fu_staff", "fu_supervisor", "fu_other", "fu_other", "fu_staff"];

fn actor(http: &reqwest::Client, base: &str, username: &str) -> Actor {
    Actor::new(http.clone(), base, username, TEST_PASSWORD)
}

/// Runs until the program is killed, which whoever has the last of `answers` does while the others still ask.
async fn round(number: u64, server: Serving, known: (&Known, &str)) -> Load {
    let mut dice = Dice::seeded(number);
    let http = reqwest::Client::new();
    let load = Load::until(20 + dice.below(150), server);
    let clients = PEOPLE.iter().enumerate().map(|(place, username)| {
        let actor = actor(&http, load.base(), username);
        Client::new(actor, format!("{number}-{place}"), Dice::seeded(number * 100 + u64::try_from(place).unwrap()), known)
    });
    futures_util::future::join_all(clients.map(|client| client.work(&load))).await;
    load
}

/// What was said to be done is there, and nothing is there by half.
fn check(stored: &Stored, said: &Load, known: &Known) {
    for write in said.acknowledged() {
        assert!(stored.records.contains(&write.record), "lost: {} was acknowledged", write.record);
    }
    for record in known.records() {
        assert!(stored.records.contains(record), "lost: {record}, of an earlier round");
    }
    for receipt in said.receipts() {
        assert!(stored.entries.contains(&receipt), "an answer was given without its entry {receipt}");
    }
    let without_entry: Vec<_> = stored.records.difference(&stored.recorded).collect();
    assert!(without_entry.is_empty(), "without an audit entry: {without_entry:?}");
    let without_record: Vec<_> = stored.recorded.difference(&stored.records).collect();
    assert!(without_record.is_empty(), "an audit entry, but nothing done: {without_record:?}");
    let without_event: Vec<_> = stored.notes().filter(|note| !stored.events.contains(*note)).collect();
    assert!(without_event.is_empty(), "not on the timeline: {without_event:?}");
    let without_clock: Vec<_> = stored.actions().filter(|action| !stored.clocks.contains(*action)).collect();
    assert!(without_clock.is_empty(), "nobody is told when it is due: {without_clock:?}");
    let without_action: Vec<_> = stored.clocks.iter().filter(|record| !stored.records.contains(*record)).collect();
    assert!(without_action.is_empty(), "a clock of nothing: {without_action:?}");
    let without_key: Vec<_> = stored.cases().filter(|case| !stored.keys.contains(*case)).collect();
    assert!(without_key.is_empty(), "without a key: {without_key:?}");
    assert!(stored.replays.is_subset(&stored.records), "a kept answer without what it answers");
}

/// Repeats what was asked but not answered, each twice at once: one record comes of it, whether or not it had been made.
async fn repeat(base: &str, unanswered: Vec<(String, Write)>, known: &mut Known) {
    let http = reqwest::Client::new();
    let people: Vec<Actor> = ["fu_staff", "fu_supervisor", "fu_other"].iter().map(|name| actor(&http, base, name)).collect();
    for (username, write) in unanswered {
        let person = people.iter().find(|actor| actor.username == username).unwrap();
        let (one, other) = tokio::join!(write.send(person), write.send(person));
        let (one, other) = (one.unwrap(), other.unwrap());
        assert_eq!((one.status, other.status), (201, 201), "{:?} {:?}", one.body, other.body);
        assert_eq!(one.id(), other.id(), "two records of one request");
        known.enter(&write, &one.id());
    }
}

/// What is there can be opened: the text comes back as it was written.
async fn read_back(base: &str, said: &Load, known: &Known) {
    let http = reqwest::Client::new();
    let reader = actor(&http, base, "fu_staff");
    let notes = said.acknowledged().into_iter().filter(|write| write.text.is_some() && known.is_shared(&write.case));
    for write in notes.take(5) {
        let id = write.record.strip_prefix("note/").unwrap();
        let answer = reader.get(&format!("/cases/{}/notes/{id}", write.case)).await.unwrap();
        assert_eq!((answer.status, Some(answer.text("/text"))), (200, write.text.clone()));
    }
}

fn twenty_rounds(backend: Backend) {
    let (url, data, world) = app::ground(backend);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(story(&url, world.agency("federation")));
    drop(data);
}

async fn story(url: &DatabaseUrl, agency: &str) {
    let mut server = Serving::start(url, &[]);
    let mut known = Known::begin(&actor(&reqwest::Client::new(), &server.base, "fu_staff")).await;
    let (mut writes, mut reads, mut repeated) = (0, 0, 0);
    for number in 1..=ROUNDS {
        let said = round(number, server, (&known, agency)).await;
        server = Serving::start(url, &[]);
        let health = reqwest::get(format!("{}/health/ready", server.base)).await.unwrap();
        assert_eq!(health.status(), 200, "round {number}");

        check(&Stored::read(url), &said, &known);
        for write in said.acknowledged() {
            known.enter_done(&write);
        }
        let unanswered = said.unanswered();
        (writes, reads, repeated) = (writes + said.acknowledged().len(), reads + said.reads(), repeated + unanswered.len());
        repeat(&server.base, unanswered, &mut known).await;
        read_back(&server.base, &said, &known).await;
        let there = Stored::read(url);
        let once: BTreeSet<String> = known.records().cloned().collect();
        let counted: BTreeSet<String> = there.records.iter().filter(|record| !record.starts_with("party/")).cloned().collect();
        let expected: BTreeSet<String> = once.iter().filter(|record| !record.starts_with("party/")).cloned().collect();
        assert_eq!(counted, expected, "round {number}: each request once");
        // Besides those asked for, each case was entered with one party.
        let parties = there.records.iter().filter(|record| record.starts_with("party/")).count();
        let asked = once.iter().filter(|record| record.starts_with("party/")).count();
        assert_eq!(parties, asked + there.cases().count(), "round {number}: each party once");
    }
    println!("{writes} acknowledged writes, {reads} answered reads, {repeated} requests without an answer repeated");
    assert!(writes > 100 && reads > 100 && repeated > 20, "the load was no load: {writes}, {reads}, {repeated}");
}

#[test]
fn sqlite_loses_nothing() {
    twenty_rounds(Backend::Sqlite);
}

#[test]
fn postgres_loses_nothing() {
    postgres::use_a_durable_server();
    twenty_rounds(Backend::Postgres);
}
