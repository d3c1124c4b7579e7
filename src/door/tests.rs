//! Tests of the door, through actix, with a small feature of their own.

mod document;
mod limits;
mod traffic;
mod wrong;

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use actix_web::dev::ServiceResponse;
use actix_web::test::TestRequest;
use actix_web::{App, middleware, test, web};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::*;
use crate::access::{Credential, Disclosed};
use crate::base::fields::FieldCode;
use crate::base::ids::CaseId;
use crate::base::problem::{Code, FieldErrors, Problem};
use crate::base::text::{Line, PersonName, Text};
use crate::base::time::{Clock, Timestamp};
use crate::base::words::Facet;

pub(super) const ID: &str = "0193a5b0-7c00-7000-8000-000000000001";

/// A thing, as shown.
#[derive(Serialize, JsonSchema)]
pub(super) struct Thing {
    id: CaseId,
    title: String,
    version: i64,
}

impl View for Thing {
    fn etag(&self) -> ETag {
        ETag::Version(self.version)
    }
    fn location(&self) -> Option<String> {
        Some(format!("/api/v1/things/{}", self.id))
    }
}

fn thing(title: &str) -> Thing {
    Thing { id: ID.parse().unwrap(), title: title.to_owned(), version: 3 }
}

/// A thing, as made. It does not say `deny_unknown_fields`: the door does.
#[derive(Deserialize, JsonSchema)]
pub(super) struct NewThing {
    title: Line,
    #[serde(default)]
    note: Option<Text>,
    owner: Owner,
    #[serde(default)]
    #[schemars(length(max = 3))]
    facets: Vec<Facet>,
    #[serde(default)]
    count: u8,
    begins: Timestamp,
    #[serde(default)]
    subject: Option<Subject>,
}

#[derive(Deserialize, JsonSchema)]
struct Owner {
    name: PersonName,
}

#[derive(Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum Subject {
    Case { case_id: CaseId },
    Place { address: Line, floor: Option<i32> },
}

impl Check for NewThing {
    fn check(&self, now: Timestamp, errors: &mut FieldErrors) {
        let _ = (&self.note, &self.owner.name, &self.facets, self.count);
        match &self.subject {
            Some(Subject::Case { case_id }) => drop(case_id.to_string()),
            Some(Subject::Place { address, floor }) => drop((address.clone(), *floor)),
            None => {}
        }
        if self.begins > now {
            errors.push("/begins", FieldCode::InTheFuture);
        }
    }
}

#[derive(Deserialize, JsonSchema)]
struct Filter {
    /// Only things of this facet.
    #[serde(default)]
    facet: Vec<Facet>,
    #[serde(default)]
    open: Option<bool>,
    #[serde(default)]
    title: Option<Line>,
}

/// The idempotency key alone, so that these tests need no gate.
struct Key(Option<String>);
impl Extract for Key {
    fn extract(asked: &Asked) -> Result<Self, Problem> {
        let bearer = match extract::bearer(asked) {
            Credential::Bearer(token) => Some(token),
            _ => None,
        };
        extract::idempotency(asked).map(|found| Self(found.map(|i| i.key).or(bearer)))
    }
    fn describe(description: &mut Description) {
        description.asks_who = true;
    }
}

async fn view(id: Path<CaseId>) -> Public<Thing> {
    Public(Thing { id: *id, ..thing("a") })
}
async fn list(filter: Query<Filter>, page: Page) -> Public<List<Thing>> {
    let filter = filter.into_inner();
    let title = format!("{:?} {:?} {:?}", filter.facet, filter.open, filter.title.map(Line::into_string));
    Public(List { items: vec![thing(&title)], next: page.cursor.or(Some(page.limit.to_string())) })
}
async fn create(_key: Key, body: Body<NewThing>) -> Result<Public<Created<Thing>>, Problem> {
    Ok(Public(Created(thing(body.title.as_str()))))
}
async fn change(_id: Path<CaseId>, seen: IfMatch, _body: Body<NewThing>) -> Result<Public<Thing>, Problem> {
    if seen.version()? == 3 { Ok(Public(thing("changed"))) } else { Err(Problem::stale()) }
}
async fn remove(_ids: Path<(CaseId, CaseId)>) -> Public<NoContent> {
    Public(NoContent)
}
async fn search() -> Public<Thing> {
    Public(thing("found"))
}
async fn accept(_id: Path<CaseId>) -> Result<Disclosed<Thing>, Problem> {
    Err(Problem::illegal_step("sent", "accept", ["acknowledge", "withdraw"]))
}
async fn key(key: Key) -> Public<Thing> {
    Public(thing(&key.0.unwrap_or_default()))
}
async fn take(mut file: Sent) -> Result<Public<Thing>, Problem> {
    let mut length = 0;
    while let Some(piece) = file.next().await? {
        length += piece.len();
    }
    Ok(Public(thing(&format!("{} {length}", file.content_type))))
}

/// Refuses before a byte of it is taken.
async fn take_nothing(_: Sent) -> Result<Public<Thing>, Problem> {
    Err(Problem::forbidden())
}

async fn upload(file: Upload) -> Public<Thing> {
    Public(thing(&format!("{} {}", file.content_type, file.bytes.len())))
}
async fn optional(body: OptionalBody<NewThing>) -> Public<Thing> {
    Public(thing(body.as_ref().map_or("none", |b| b.title.as_str())))
}
async fn broken() -> Public<Thing> {
    panic!("a fault of the handler's")
}
async fn elsewhere() -> Redirect {
    Redirect::see_other("//evil.example")
}

fn op(id: &'static str) -> Op {
    Op { id, tag: "things", summary: "Does it", summary_zh: "执行", who: "Anybody.", problems: &[] }
}

pub(super) fn routes() -> Routes {
    Routes::new()
        .get("/things/{id}", view)
        .op(op("view_thing"))
        .get("/things", list)
        .op(op("list_things"))
        .post("/things", create)
        .op(op("create_thing"))
        .put("/things/{id}", change)
        .op(op("change_thing"))
        .delete("/things/{id}/parts/{part_id}", remove)
        .op(op("remove_part"))
        .post("/things/search", search)
        .op(op("search_things"))
        .post("/things/{id}/accept", accept)
        .op(Op { problems: &[Code::IllegalStep], ..op("accept_thing") })
        .post("/keys", key)
        .op(op("use_key"))
        .post("/sessions", key)
        .open()
        .op(op("sign_in"))
        .post("/uploads", upload)
        .op(op("upload"))
        .put("/files", take)
        .op(op("take"))
        .put("/files/refused", take_nothing)
        .op(op("take_nothing"))
        .post("/optional", optional)
        .op(op("optional"))
        .get("/broken", broken)
        .op(op("broken"))
        .get("/elsewhere", elsewhere)
        .op(op("elsewhere"))
        .with_document()
}

struct Standing(AtomicI64);
impl Clock for Standing {
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(self.0.load(Ordering::Relaxed))
    }
}

pub(super) fn door(settings: DoorSettings) -> web::Data<Door> {
    let clock = Arc::new(Standing(AtomicI64::new(1_795_000_000_000_000)));
    web::Data::new(Door { clock, ids: Arc::default(), settings })
}

pub(super) fn small() -> DoorSettings {
    let limits = DoorLimits {
        body_bytes: 10_000,
        upload_bytes: 20_000,
        body_timeout: Duration::from_millis(200),
        upload_timeout: Duration::from_millis(200),
        sent_bytes: 200_000,
        sent_timeout: Duration::from_secs(2),
        stall_timeout: Duration::from_millis(300),
    };
    DoorSettings { limits, trusted_proxies: vec!["10.0.0.0/8".parse().unwrap()], https: true }
}

/// An answer, read.
pub(super) struct Heard {
    pub(super) status: u16,
    pub(super) response: ServiceResponse<()>,
    pub(super) bytes: web::Bytes,
}

impl Heard {
    pub(super) fn json(&self) -> Value {
        serde_json::from_slice(&self.bytes).unwrap_or(Value::Null)
    }
    pub(super) fn header(&self, name: &str) -> &str {
        self.response.headers().get(name).map_or("", |value| value.to_str().unwrap())
    }
    /// The wrong fields: pointer and code, sorted.
    pub(super) fn wrong(&self) -> Vec<(String, String)> {
        let body = self.json();
        let text = |error: &Value, name: &str| error[name].as_str().unwrap().to_owned();
        let mut wrong: Vec<_> =
            body["errors"].as_array().unwrap().iter().map(|error| (text(error, "pointer"), text(error, "code"))).collect();
        wrong.sort();
        wrong
    }
    #[track_caller]
    pub(super) fn is_problem(&self, code: Code) -> &Self {
        let body = self.json();
        assert_eq!((self.status, body["code"].as_str()), (code.status(), Some(code.as_str())), "{body}");
        assert_eq!(self.header("content-type"), "application/problem+json");
        assert_eq!(body["status"], code.status());
        assert_eq!(body["request_id"], self.header("x-request-id"), "{body}");
        assert!(!body["title"].as_str().unwrap().is_empty() && !body["detail_zh"].as_str().unwrap().is_empty());
        self
    }
}

/// Sends the requests to one server.
pub(super) fn ask_all(requests: Vec<TestRequest>) -> Vec<Heard> {
    actix_web::rt::System::new().block_on(async move {
        let routes = routes();
        let app = App::new().app_data(door(small())).wrap(middleware::from_fn(around)).configure(|cfg| routes.configure(cfg));
        let app = test::init_service(app).await;
        let mut heard = Vec::new();
        for request in requests {
            let response = test::call_service(&app, request.to_request()).await;
            let (request, response) = response.into_parts();
            let (response, body) = response.into_parts();
            let bytes = actix_web::body::to_bytes(body).await.unwrap_or_default();
            let status = response.status().as_u16();
            heard.push(Heard { status, response: ServiceResponse::new(request, response), bytes });
        }
        heard
    })
}

pub(super) fn ask(request: TestRequest) -> Heard {
    ask_all(vec![request]).remove(0)
}

pub(super) fn at(method: &str, path: &str) -> TestRequest {
    TestRequest::default().method(method.parse().unwrap()).uri(path)
}

pub(super) fn json(request: TestRequest, body: &str) -> TestRequest {
    request.insert_header(("content-type", "application/json")).set_payload(body.to_owned())
}
