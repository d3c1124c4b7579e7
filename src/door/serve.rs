//! Serving a route: the body is read within its limits, the query and the body are checked against their schemas, the
//! handler runs, and whatever goes wrong becomes a problem. One copy of this code serves every route.

use std::cell::Cell;
use std::future::ready;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use actix_web::dev::Payload;
use actix_web::http::header;
use actix_web::web::{self, Bytes, BytesMut};
use actix_web::{HttpMessage as _, HttpRequest};
use futures_util::future::LocalBoxFuture;
use futures_util::{FutureExt as _, StreamExt as _};
use serde_json::{Map, Value};

use super::answer::{Response, cut_off, method_not_allowed, problem};
use super::asked::{Arrival, Asked};
use super::extract::Source;
use super::json;
use super::routes::{BodyShape, Entry};
use super::schema;
use super::{Door, DoorLimits};
use crate::base::problem::{Code, FieldCode, FieldErrors, Problem};

/// A path, and what is served there.
pub(super) struct Place {
    pattern: Arc<str>,
    allow: String,
    entries: Vec<Arc<Entry>>,
}

/// The pattern of the path that was asked for: never the path itself, which may hold an id.
#[derive(Clone)]
pub(super) struct Pattern(pub(super) Arc<str>);

impl Place {
    /// The routes of one path.
    pub(super) fn of(entries: Vec<Arc<Entry>>) -> Self {
        let mut methods: Vec<&str> = entries.iter().map(|entry| entry.info.method()).collect();
        if methods.contains(&"GET") {
            methods.push("HEAD");
        }
        methods.sort_unstable();
        let pattern = entries.first().map(|entry| entry.info.path()).unwrap_or_default().into();
        Self { pattern, allow: methods.join(", "), entries }
    }
}

/// Finds the route and serves it.
pub(super) fn route(tree: &matchit::Router<Place>, req: HttpRequest, payload: web::Payload) -> LocalBoxFuture<'static, Response> {
    let Ok(found) = tree.at(req.match_info().unprocessed()) else {
        return Box::pin(ready(unread(problem(&Problem::not_found(), &Arrival::of(&req).request_id), &req, payload)));
    };
    let (place, ids) = (found.value, found.params.iter().map(|(_, text)| text.to_owned()).collect());
    req.extensions_mut().insert(Pattern(Arc::clone(&place.pattern)));
    // HEAD is GET, of which the server sends the head alone (RFC 9110, section 9.3.2).
    let method = if req.method() == actix_web::http::Method::HEAD { "GET" } else { req.method().as_str() };
    match place.entries.iter().find(|entry| entry.info.method() == method) {
        Some(entry) => Box::pin(serve(Arc::clone(entry), ids, req, payload)),
        None => Box::pin(ready(unread(method_not_allowed(&place.allow, &Arrival::of(&req).request_id), &req, payload))),
    }
}

/// An answer to a request whose body, if it has one, nobody will read.
fn unread(response: Response, req: &HttpRequest, payload: web::Payload) -> Response {
    let has_body = [header::TRANSFER_ENCODING, header::CONTENT_LENGTH].iter().any(|name| req.headers().contains_key(name));
    if has_body { cut_off(response, payload.into_inner()) } else { response }
}

/// An extractor refused.
pub(super) fn refuse(asked: &Asked, why: &Problem) -> LocalBoxFuture<'static, Response> {
    Box::pin(ready(problem(why, &asked.arrival.request_id)))
}

/// Why a request goes no further; with its body, where the rest of that is not waited for.
struct Refused {
    why: Problem,
    unread: Option<Payload>,
}

impl From<Problem> for Refused {
    fn from(why: Problem) -> Self {
        Self { why, unread: None }
    }
}

async fn serve(entry: Arc<Entry>, ids: Vec<String>, req: HttpRequest, payload: web::Payload) -> Response {
    let arrival = Arrival::of(&req);
    let request_id = arrival.request_id.clone();
    let answered = async {
        match ask(Arc::clone(&entry), ids, req, payload, arrival).await {
            Ok(asked) => {
                let source = asked.source.clone();
                let response = (entry.run)(asked).await;
                // What the handler did not take to its end, nobody takes.
                match source.and_then(|source| source.left()) {
                    Some(body) => cut_off(response, body),
                    None => response,
                }
            }
            Err(Refused { why, unread: Some(body) }) => cut_off(problem(&why, &request_id), body),
            Err(Refused { why, unread: None }) => problem(&why, &request_id),
        }
    };
    // A fault in one request must not take the worker's other requests with it.
    AssertUnwindSafe(answered).catch_unwind().await.unwrap_or_else(|_| {
        tracing::error!(request_id, operation = entry.info.op.id, "a handler panicked");
        problem(&Problem::internal(), &request_id)
    })
}

async fn ask(
    entry: Arc<Entry>,
    ids: Vec<String>,
    req: HttpRequest,
    payload: web::Payload,
    arrival: Arrival,
) -> Result<Asked, Refused> {
    let limits = req.app_data::<web::Data<Door>>().ok_or_else(Problem::internal)?.settings.limits;
    let (body, source) = match entry.info.description.body {
        BodyShape::Sent => (Bytes::new(), Some(Source::of(payload.into_inner()))),
        shape => (read(&req, payload, shape, limits).await?, None),
    };
    let mut errors = FieldErrors::new();
    let query = read_query(&entry, req.query_string(), &mut errors)?;
    let json = read_json(&entry, &req, &body, &mut errors)?;
    errors.into_result()?;
    Ok(Asked { req, entry, arrival, ids, body, source, json: Cell::new(json), query })
}

/// The whole body, if it is small enough and comes soon enough. Sending slowly does not help: the time is for all of it.
async fn read(req: &HttpRequest, payload: web::Payload, shape: BodyShape, limits: DoorLimits) -> Result<Bytes, Refused> {
    let (most, patience) = match shape {
        BodyShape::Upload => (limits.upload_bytes, limits.upload_timeout),
        BodyShape::None | BodyShape::Sent | BodyShape::Json { .. } => (limits.body_bytes, limits.body_timeout),
    };
    let mut payload = payload.into_inner();
    let stated = req.headers().get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse::<usize>().ok());
    let all = async {
        if stated.is_some_and(|length| length > most) {
            return Err(Code::TooLarge);
        }
        let mut body = BytesMut::new();
        while let Some(part) = payload.next().await {
            body.extend_from_slice(&part.map_err(|_| Code::NotParseable)?);
            if body.len() > most {
                return Err(Code::TooLarge);
            }
        }
        Ok(body.freeze())
    };
    let read = tokio::time::timeout(patience, all).await.unwrap_or(Err(Code::RequestTimeout));
    read.map_err(|code| Refused { why: Problem::new(code), unread: Some(payload) })
}

/// The query's parameters as JSON, checked; a parameter twice becomes a list where its schema asks for one.
fn read_query(entry: &Entry, text: &str, errors: &mut FieldErrors) -> Result<Map<String, Value>, Problem> {
    let unreadable = |_| Problem::new(Code::NotParseable);
    let pairs = web::Query::<Vec<(String, String)>>::from_query(text).map_err(unreadable)?.into_inner();
    let mut query = Map::new();
    let check = entry.query();
    if pairs.is_empty() && check.schema.get("required").is_none() {
        return Ok(query);
    }
    for (name, text) in pairs {
        let property = check.schema.get("properties").and_then(|all| all.get(&name));
        let property = property.map(|property| schema::resolved(&check.schema, property));
        let items = property.and_then(|property| property.get("items"));
        let value = schema::coerced(&check.schema, items.or(property).unwrap_or(&Value::Null), &text);
        match (query.get_mut(&name), items) {
            (Some(Value::Array(list)), Some(_)) => list.push(value),
            (None, Some(_)) => drop(query.insert(name, Value::Array(vec![value]))),
            (Some(_), _) => errors.push(format!("/query/{}", json::pointer_part(&name)), FieldCode::Repeated),
            (None, None) => drop(query.insert(name, value)),
        }
    }
    let whole = Value::Object(query);
    schema::check(check.validator.as_ref().ok_or_else(Problem::internal)?, &whole, "/query", errors);
    match whole {
        Value::Object(query) => Ok(query),
        _ => Err(Problem::internal()),
    }
}

/// The body as JSON, checked against its schema.
fn read_json(entry: &Entry, req: &HttpRequest, body: &Bytes, errors: &mut FieldErrors) -> Result<Option<Value>, Problem> {
    let required = match entry.info.description.body {
        BodyShape::Json { required, .. } => required,
        BodyShape::Upload | BodyShape::Sent => return Ok(None),
        BodyShape::None => {
            // A step that takes no body says so, rather than to let the client think its words were heard.
            if !body.is_empty() && body.trim_ascii() != b"{}" {
                errors.push("", FieldCode::NotAllowedHere);
            }
            return Ok(None);
        }
    };
    if body.is_empty() && !required {
        return Ok(None);
    }
    let encoded = req.headers().get(header::CONTENT_ENCODING).is_some_and(|encoding| encoding != "identity");
    if encoded || !is_json(req) {
        return Err(Problem::new(Code::UnsupportedMediaType)
            .because("send application/json, not compressed", "请发送未压缩的 application/json"));
    }
    let value = json::read(body).map_err(|json::Malformed { line, column }| {
        Problem::new(Code::MalformedJson).because(format!("line {line}, column {column}"), format!("第 {line} 行第 {column} 列"))
    })?;
    schema::check(entry.body().ok_or_else(Problem::internal)?, &value, "", errors);
    Ok(Some(value))
}

/// `application/json`, in UTF-8 if a charset is stated.
fn is_json(req: &HttpRequest) -> bool {
    let mut parts = req.content_type().split(';').map(str::trim);
    let charset = || req.encoding().is_ok_and(|encoding| encoding.name() == "UTF-8");
    parts.next().is_some_and(|kind| kind.eq_ignore_ascii_case("application/json")) && charset()
}
