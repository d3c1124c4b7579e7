//! A world in which every route has once succeeded, played through the API: what was asked is kept, so that the same
//! requests can be tried by those who may not.

mod casework;
mod desk;
mod filing;
mod glass;
mod log;
mod measuring;
mod mediating;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use lianhu::cli::demo::client::Answer;
use lianhu::server;
use reqwest::Method;
use serde_json::{Value, json};

use crate::app::{App, Expect as _};

/// Words that stand in the case alone: none of them may reach somebody who may not read it.
pub const CONTENT: [&str; 6] = ["林晓梅", "周建国", "酒后殴打妻子", "13800000001", "她私下所说", "进展记录甲"];

/// A request that succeeded.
#[derive(Clone, Debug)]
pub struct Asked {
    pub method: Method,
    pub path: String,
    pub body: Option<Value>,
    pub tag: Option<String>,
}

/// A route, as far as asking needs it.
struct Shape {
    method: Method,
    path: String,
    if_match: bool,
}

pub struct Scene<'a> {
    pub app: &'a App,
    shapes: HashMap<&'static str, Shape>,
    /// By route.
    pub asked: BTreeMap<String, Asked>,
    /// Ids by a short name.
    pub ids: BTreeMap<&'static str, String>,
}

fn fill(path: &str, ids: &[&str]) -> String {
    let mut ids = ids.iter();
    let part = |part: &str| if part.starts_with('{') { (*ids.next().unwrap()).to_owned() } else { part.to_owned() };
    path.split('/').map(part).collect::<Vec<_>>().join("/")
}

impl<'a> Scene<'a> {
    /// Plays all of it.
    pub async fn play(app: &'a App) -> Self {
        let shapes = server::all_routes()
            .infos()
            .map(|info| {
                let shape = Shape {
                    method: info.method().parse().unwrap(),
                    path: info.path().to_owned(),
                    if_match: info.description.if_match,
                };
                (info.op.id, shape)
            })
            .collect();
        let mut scene = Self { app, shapes, asked: BTreeMap::new(), ids: BTreeMap::new() };
        casework::intake(&mut scene).await;
        casework::work(&mut scene).await;
        casework::refer(&mut scene).await;
        mediating::mediate(&mut scene).await;
        measuring::measure(&mut scene).await;
        filing::file(&mut scene).await;
        casework::oversee(&mut scene).await;
        casework::others(&mut scene).await;
        glass::break_glass(&mut scene).await;
        desk::look(&mut scene).await;
        desk::mail(&mut scene).await;
        desk::long_work(&mut scene).await;
        desk::accounts(&mut scene).await;
        log::check(&mut scene).await;
        scene
    }
    pub fn id(&self, name: &str) -> String {
        self.ids.get(name).unwrap_or_else(|| panic!("nothing is called {name}")).clone()
    }
    /// Routes that nothing of the scene has asked.
    pub fn untouched(&self) -> BTreeSet<&'static str> {
        self.shapes.keys().copied().filter(|id| !self.asked.contains_key(*id)).collect()
    }
    /// The record's tag, as `who` sees it before the change.
    async fn tag(&self, who: &str, route: &str, path: &str) -> String {
        let actor = self.app.who(who);
        let case = || self.id("mediated");
        let at = match route {
            "take_off_deputy" => path.rsplit_once('/').unwrap().0.to_owned(),
            "unlink_cases" => return "\"v1\"".to_owned(),
            "clear_mediation" | "refuse_mediation" | "stop_mediation" | "cancel_mediation" | "waive_assessment" => {
                let series = path.split('/').rev().nth(1).unwrap();
                format!("/api/v1/cases/{}/mediations/{series}", case())
            }
            _ if self.shapes[route].method == Method::POST => path.rsplit_once('/').unwrap().0.to_owned(),
            _ => path.to_owned(),
        };
        let seen = actor.get(&at).await.is(200);
        seen.header("etag").unwrap_or_else(|| panic!("{at} has no tag")).to_owned()
    }
    /// Asks a route and keeps what was asked, the first time it succeeds.
    pub async fn ok(&mut self, who: &str, route: &'static str, ids: &[&str], query: &str, body: Value) -> Answer {
        let shape = self.shapes.get(route).unwrap_or_else(|| panic!("there is no route {route}"));
        let (method, path) = (shape.method.clone(), fill(&shape.path, ids));
        let tag = if shape.if_match { Some(self.tag(who, route, &path).await) } else { None };
        let body = (!body.is_null()).then_some(body);
        let path = format!("{path}{query}");
        let headers: Vec<(&str, &str)> = tag.iter().map(|tag| ("if-match", tag.as_str())).collect();
        let actor = self.app.who(who);
        let answer = actor.ask(method.clone(), &path, body.as_ref(), &headers).await.unwrap();
        let text = String::from_utf8_lossy(&answer.bytes);
        assert!(answer.is_ok(), "{route} by {who}: {} {text}", answer.status);
        self.asked.entry(route.to_owned()).or_insert(Asked { method, path, body, tag });
        answer
    }
    pub async fn get(&mut self, who: &str, route: &'static str, ids: &[&str]) -> Answer {
        self.ok(who, route, ids, "", Value::Null).await
    }
    pub async fn step(&mut self, who: &str, route: &'static str, ids: &[&str]) -> Answer {
        self.ok(who, route, ids, "", Value::Null).await
    }
    pub async fn post(&mut self, who: &str, route: &'static str, ids: &[&str], body: Value) -> Answer {
        self.ok(who, route, ids, "", body).await
    }
    /// Somebody declares no conflict.
    pub async fn declares(&mut self, who: &str, case: &str) {
        self.post(who, "declare", &[case], json!({ "conflict": false })).await;
    }
    /// An intake of the federation's own, opened.
    pub async fn own_case(&mut self, her: &str) -> String {
        let body = json!({ "source": "walk_in", "parties": [
            { "kind": "survivor", "name": her }, { "kind": "respondent", "name": "某男" } ] });
        let case = self.post("fu_staff", "create_case", &[], body).await.id();
        self.declares("fu_staff", &case).await;
        self.step("fu_staff", "open_case", &[&case]).await;
        case
    }
    /// An id of a list's item whose field has this value.
    pub fn among(answer: &Answer, field: &str, value: &str) -> String {
        let items = answer.body["items"].as_array().unwrap();
        let found = items.iter().find(|item| item.pointer(field).and_then(Value::as_str) == Some(value));
        found.unwrap_or_else(|| panic!("{value} is not in {}", answer.body))["id"].as_str().unwrap().to_owned()
    }
}
