//! Every route that writes, asked by everybody with a body that could be meant: neither an answer nor a refusal tells what
//! was not granted.
//!
//! Those who may change who sees what come last, so that what everybody may see stays as it was made.

use std::collections::BTreeSet;

use lianhu::cli::demo::client::Actor;
use reqwest::Method;
use serde_json::{Value, json};

use crate::app::{App, Expect, on_both_databases};
use crate::canary::{self, Sightings};
use crate::captured;
use crate::marked::Marked;
use crate::sample::{self, ABSENT, Operation};

/// Who made the case: asked after the others.
const INSIDE: [&str; 4] = ["fu_staff", "fu_supervisor", "fu_other", "qz_worker"];

/// What opens more of the case in an emergency to whoever holds a grant, ends somebody's account or session, or gives the case to another owner, whose people then see it: asked when
/// nobody is left to ask.
const LAST: [&str; 8] = [
    "accept_transfer",
    "break_glass",
    "change_password",
    "change_user",
    "disable_user",
    "end_current_session",
    "end_session",
    "hand_over",
];

/// Not asked with a sample: signing in is tried elsewhere, and a one-time secret ends a password.
const ELSEWHERE: [&str; 3] = ["reset_password", "sign_in", "refresh_session"];

/// So many records of a kind are tried.
const MOST: usize = 3;

/// Paths of the operation with ids that fit, of each kind some.
fn paths(operation: &Operation, ids: &[(&'static str, String)]) -> BTreeSet<String> {
    let fitting = |word: &str| -> Vec<&String> { ids.iter().filter(|(of, _)| *of == word).map(|(_, id)| id).collect() };
    let absent = ABSENT.to_owned();
    (0..MOST)
        .map(|nth| {
            let mut word = "";
            let mut path = String::new();
            for part in operation.path.split('/').skip(1) {
                let known = fitting(word);
                // The case of the story first: what is in it stands under its path.
                let nth = if word == "cases" && operation.path.matches('{').count() > 1 { 0 } else { nth };
                let id = if known.is_empty() { &absent } else { known[nth % known.len()] };
                path.extend(["/", if part.starts_with('{') { id } else { part }]);
                word = part;
            }
            path
        })
        .collect()
}

/// A body that could be meant: where it names somebody or something, it is one that is there.
fn meant(app: &App, marked: &Marked<'_>, name: &str, value: &mut Value) {
    let known = |word: &str| marked.ids.iter().find(|(of, _)| *of == word).map(|(_, id)| id.clone());
    let id = match name {
        "to_agency" | "recipient_agency" | "provider_id" | "agency_id" => Some(app.agency("league")),
        "user" | "worker" | "to_user" | "recipient_user" | "mediator_user" | "deputy" => Some(app.user("jw_committee")),
        "party_id" => known("parties"),
        "case_id" | "other_case_id" => known("cases"),
        "contract_id" => known("contracts"),
        _ => None,
    };
    match (id, value) {
        (Some(id), value) if value.is_string() => *value = json!(id),
        (_, Value::Object(fields)) => fields.iter_mut().for_each(|(name, field)| meant(app, marked, name, field)),
        (_, Value::Array(items)) => items.iter_mut().for_each(|item| meant(app, marked, name, item)),
        // A wall would keep them out of all that is asked afterwards.
        (_, value) if name == "conflict" => *value = json!(false),
        _ => {}
    }
}

/// What is asked for, and how often it was done and refused.
struct Asking<'a> {
    app: &'a App,
    marked: &'a Marked<'a>,
    seen: Sightings,
    done: usize,
    refused: usize,
}

impl Asking<'_> {
    async fn ask(&mut self, who: &Actor, operation: &Operation) {
        let mut body = operation.body.clone();
        if let Some(body) = &mut body {
            meant(self.app, self.marked, "", body);
        }
        let method: Method = operation.method.parse().unwrap();
        for path in paths(operation, &self.marked.ids) {
            let mut tag = None;
            if operation.needs_if_match {
                let is_step = method == Method::POST;
                let at = if is_step { path.rsplit_once('/').unwrap().0.to_owned() } else { path.clone() };
                let current = who.get(&at).await.unwrap();
                tag = Some(current.header("etag").unwrap_or("\"v1\"").to_owned());
            }
            let mut headers: Vec<(&str, &str)> = tag.iter().map(|tag| ("if-match", tag.as_str())).collect();
            if operation.takes_file {
                headers.push(("content-type", "application/octet-stream"));
            }
            let answer = who.ask(method.clone(), &path, body.as_ref(), &headers).await.unwrap();
            assert!(answer.status < 500, "{} {method} {path}: {}", who.username, answer.status);
            canary::look(self.marked, &who.username, &path, &answer, &mut self.seen);
            *(if answer.is_ok() { &mut self.done } else { &mut self.refused }) += 1;
        }
    }
}

on_both_databases! {
    async fn no_write_tells_anybody_what_was_not_granted_them(app: App) {
        captured::log();
        let mut marked = Marked::make(&app).await;
        for account in &app.world.accounts {
            marked.ids.push(("users", account.id.clone()));
        }
        marked.ids.push(("agencies", app.agency("federation")));
        canary::know_the_log(&app, &mut marked).await;
        canary::know_the_work(&app, &mut marked).await;
        let document = app.visitor().get("/openapi.json").await.is(200).body;
        let mut operations = sample::operations(&document);
        operations.retain(|operation| operation.method != "GET" && !ELSEWHERE.contains(&operation.id.as_str()));
        let (last, first): (Vec<_>, Vec<_>) = operations.into_iter().partition(|operation| LAST.contains(&operation.id.as_str()));
        assert_eq!(last.len(), LAST.len(), "an operation goes by another name");
        let visitor = app.visitor();
        let everybody: Vec<&Actor> = app.everybody().chain(marked.newcomer.as_ref()).chain([&visitor]).collect();
        let (inside, outside): (Vec<&Actor>, Vec<&Actor>) = everybody.into_iter().partition(|who| INSIDE.contains(&who.username.as_str()));
        let mut asking = Asking { app: &app, marked: &marked, seen: Sightings::new(), done: 0, refused: 0 };
        for people in [&outside, &inside] {
            for operation in &first {
                for who in people {
                    asking.ask(who, operation).await;
                }
            }
        }
        for operation in &last {
            for who in outside.iter().chain(&inside) {
                asking.ask(who, operation).await;
            }
        }
        assert!(asking.done > 60 && asking.refused > 1000, "{} done, {} refused", asking.done, asking.refused);
        assert!(!asking.seen.is_empty(), "nobody was told anything at all");
        assert!(canary::found(&captured::log()).is_empty(), "the log tells something");
    }
}
