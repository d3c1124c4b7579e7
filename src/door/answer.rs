//! Answers: what a handler may return, and the one room that makes responses.

use std::pin::Pin;
use std::task::{Context, Poll};

use actix_web::body::{BodySize, BoxBody, MessageBody};
use actix_web::dev::Payload;
use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderName, HeaderValue};
use actix_web::web::Bytes;
use maud::Markup;

use super::routes::Description;
use super::schema::{SchemaOf, schema_of};
use super::view::View;
use crate::access::Disclosed;
use crate::base::problem::{Code, Problem};

/// The response itself. Nothing outside the door gets hold of one.
#[expect(clippy::disallowed_types, reason = "the one room that makes responses")]
pub(super) type Response = actix_web::HttpResponse;

/// An answer's shape, for the document.
#[derive(Clone, Debug)]
pub struct AnswerShape {
    /// The status.
    pub status: u16,
    /// The content type, if there is content.
    pub content_type: Option<&'static str>,
    /// Its schema, if it is JSON with one.
    pub schema: Option<SchemaOf>,
    /// Whether it was disclosed, and so carries a receipt.
    pub disclosed: bool,
}

/// What will be sent.
pub struct Shown {
    status: u16,
    content_type: Option<&'static str>,
    body: BoxBody,
    etag: Option<String>,
    location: Option<String>,
    disposition: Option<String>,
}

impl Shown {
    /// A file to save.
    pub(super) fn attachment(content_type: &'static str, body: Vec<u8>, disposition: String) -> Self {
        Self { disposition: Some(disposition), ..plain(content_type, body.into()) }
    }
    /// A file to save, that leaves piece by piece.
    pub(super) fn streamed(content_type: &'static str, body: BoxBody, disposition: String) -> Self {
        Self { body, ..Self::attachment(content_type, Vec::new(), disposition) }
    }
}

pub(super) mod sealed {
    use super::{AnswerShape, Description, Problem, Response, Shown};

    /// Turning an answer into a response: the door's own business.
    pub trait Respond {
        /// The response.
        fn respond(self, request_id: &str) -> Response;
        /// What the document says of it.
        fn describe(description: &mut Description);
    }

    /// What may stand inside `Disclosed` or `Public`.
    pub trait Show: 'static {
        /// Its bytes.
        fn show(self) -> Result<Shown, Problem>;
        /// Its shape.
        fn shape() -> AnswerShape;
        /// Its shapes, where what is asked decides the form.
        fn shapes() -> Vec<AnswerShape> {
            vec![Self::shape()]
        }
    }
}
use sealed::{Respond, Show};

/// What a handler may return: `Disclosed<T>`, `Public<T>`, a `Problem`, a `Redirect`, and `Result`s of these. Sealed: raw
/// responses, JSON and strings are not answers.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an answer",
    note = "a handler returns `Disclosed<T>` (from the gate), `Public<T>`, a `Problem`, a `Redirect`, or a `Result` of these"
)]
pub trait Answer: Respond {}

/// What is about no case and no person: health, the API document, instruments.
pub struct Public<T>(pub T);

/// A page.
pub struct Html(pub Markup);

/// A calendar (RFC 5545).
pub struct Calendar(pub String);

/// Plain text.
pub struct Text(pub String);

/// Bytes of no particular kind.
pub struct Octets(pub Vec<u8>);

/// A stylesheet of ours.
pub struct Stylesheet(pub &'static str);

/// Elsewhere on this server.
pub struct Redirect(String);

impl Redirect {
    /// 303: see there. Only a path of this server: whoever smuggles another host in is sent to the start.
    pub fn see_other(path: impl Into<String>) -> Self {
        let path = path.into();
        let ours = path.starts_with('/') && !path.starts_with("//") && !path.contains(['\\', '\r', '\n', '\t']);
        Self(if ours { path } else { "/".to_owned() })
    }
}

impl<T: View> Show for T {
    fn show(self) -> Result<Shown, Problem> {
        let empty = T::STATUS == 204;
        let body = if empty { Vec::new() } else { serde_json::to_vec(&self).map_err(|_| Problem::internal())? };
        Ok(Shown {
            status: T::STATUS,
            content_type: (!empty).then_some("application/json"),
            body: BoxBody::new(Bytes::from(body)),
            etag: self.etag().header(),
            location: self.location(),
            disposition: None,
        })
    }
    fn shape() -> AnswerShape {
        let empty = T::STATUS == 204;
        AnswerShape {
            status: T::STATUS,
            content_type: (!empty).then_some("application/json"),
            schema: (!empty).then_some(schema_of::<T>),
            disclosed: false,
        }
    }
}

/// Ready-made content, 200, without a schema.
fn plain(content_type: &'static str, body: Bytes) -> Shown {
    Shown {
        status: 200,
        content_type: Some(content_type),
        body: BoxBody::new(body),
        etag: None,
        location: None,
        disposition: None,
    }
}

const fn plain_shape(content_type: &'static str) -> AnswerShape {
    AnswerShape { status: 200, content_type: Some(content_type), schema: None, disclosed: false }
}

impl Show for Html {
    fn show(self) -> Result<Shown, Problem> {
        Ok(plain("text/html; charset=utf-8", self.0.into_string().into()))
    }
    fn shape() -> AnswerShape {
        plain_shape("text/html; charset=utf-8")
    }
}

impl Show for Calendar {
    fn show(self) -> Result<Shown, Problem> {
        Ok(plain("text/calendar; charset=utf-8", self.0.into()))
    }
    fn shape() -> AnswerShape {
        plain_shape("text/calendar; charset=utf-8")
    }
}

impl Show for Text {
    fn show(self) -> Result<Shown, Problem> {
        Ok(plain("text/plain; charset=utf-8", self.0.into()))
    }
    fn shape() -> AnswerShape {
        plain_shape("text/plain; charset=utf-8")
    }
}

impl Show for Octets {
    fn show(self) -> Result<Shown, Problem> {
        Ok(plain("application/octet-stream", self.0.into()))
    }
    fn shape() -> AnswerShape {
        plain_shape("application/octet-stream")
    }
}

impl Show for Stylesheet {
    fn show(self) -> Result<Shown, Problem> {
        Ok(plain("text/css; charset=utf-8", Bytes::from_static(self.0.as_bytes())))
    }
    fn shape() -> AnswerShape {
        plain_shape("text/css; charset=utf-8")
    }
}

/// The API document, written once.
#[derive(Clone)]
pub(super) struct ApiDocument(pub(super) Bytes);

impl Show for ApiDocument {
    fn show(self) -> Result<Shown, Problem> {
        Ok(plain("application/json", self.0))
    }
    fn shape() -> AnswerShape {
        plain_shape("application/json")
    }
}

/// Adds a header; one whose value no header may hold is left out.
fn set(response: &mut Response, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        response.headers_mut().insert(name, value);
    }
}

fn shown(shown: Shown, cache: &'static str) -> Response {
    let mut response = Response::new(StatusCode::from_u16(shown.status).unwrap_or(StatusCode::OK)).set_body(shown.body);
    let values = [
        (header::CONTENT_TYPE, shown.content_type),
        (header::ETAG, shown.etag.as_deref()),
        (header::LOCATION, shown.location.as_deref()),
        (header::CONTENT_DISPOSITION, shown.disposition.as_deref()),
        (header::CACHE_CONTROL, Some(cache)),
    ];
    for (name, value) in values {
        if let Some(value) = value {
            set(&mut response, name, value);
        }
    }
    response
}

/// A problem's response.
pub(super) fn problem(problem: &Problem, request_id: &str) -> Response {
    let body = problem.body(request_id);
    let status = StatusCode::from_u16(body.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let bytes = serde_json::to_vec(&body).unwrap_or_default();
    let mut response = Response::new(status).set_body(bytes).map_into_boxed_body();
    set(&mut response, header::CONTENT_TYPE, "application/problem+json");
    set(&mut response, header::CACHE_CONTROL, "no-store");
    if let Some(seconds) = problem.retry_after_seconds() {
        set(&mut response, header::RETRY_AFTER, &seconds.to_string());
    }
    if status == StatusCode::UNAUTHORIZED {
        set(&mut response, header::WWW_AUTHENTICATE, "Bearer");
    }
    response
}

/// 405, with what is offered.
pub(super) fn method_not_allowed(allow: &str, request_id: &str) -> Response {
    let mut response = problem(&Problem::new(Code::MethodNotAllowed), request_id);
    set(&mut response, header::ALLOW, allow);
    response
}

/// The answer, and then the connection ends: the rest of the request's body is not waited for. The body that was not
/// read is kept until the answer is out; dropped earlier, a chunked one would be drained for as long as it trickles.
pub(super) fn cut_off(response: Response, unread: Payload) -> Response {
    let mut response = response.map_body(|_, body| BoxBody::new(Last { body, unread: Box::new(unread) }));
    response.head_mut().set_connection_type(actix_web::http::ConnectionType::Close);
    set(&mut response, header::CONNECTION, "close");
    response
}

/// A body with the request's unread one.
struct Last {
    body: BoxBody,
    unread: Box<Payload>,
}

impl MessageBody for Last {
    type Error = <BoxBody as MessageBody>::Error;
    fn size(&self) -> BodySize {
        self.body.size()
    }
    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, Self::Error>>> {
        let _ = &self.unread;
        Pin::new(&mut self.body).poll_next(cx)
    }
}

impl Respond for Problem {
    fn respond(self, request_id: &str) -> Response {
        problem(&self, request_id)
    }
    fn describe(_: &mut Description) {}
}
impl Answer for Problem {}

impl<T: Show> Respond for Public<T> {
    fn respond(self, request_id: &str) -> Response {
        match self.0.show() {
            Ok(what) => shown(what, "no-cache"),
            Err(why) => problem(&why, request_id),
        }
    }
    fn describe(description: &mut Description) {
        description.answers.extend(T::shapes());
    }
}
impl<T: Show> Answer for Public<T> {}

impl<T: Show> Respond for Disclosed<T> {
    fn respond(self, request_id: &str) -> Response {
        let (what, receipt) = self.release();
        match what.show() {
            Ok(what) => {
                let mut response = shown(what, "no-store");
                set(&mut response, HeaderName::from_static("audit-receipt"), &receipt);
                response
            }
            Err(why) => problem(&why, request_id),
        }
    }
    fn describe(description: &mut Description) {
        description.answers.extend(T::shapes().into_iter().map(|shape| AnswerShape { disclosed: true, ..shape }));
    }
}
impl<T: Show> Answer for Disclosed<T> {}

impl Respond for Redirect {
    fn respond(self, _: &str) -> Response {
        let mut response = Response::new(StatusCode::SEE_OTHER);
        set(&mut response, header::LOCATION, &self.0);
        set(&mut response, header::CACHE_CONTROL, "no-store");
        response
    }
    fn describe(description: &mut Description) {
        description.answers.push(AnswerShape { status: 303, content_type: None, schema: None, disclosed: false });
    }
}
impl Answer for Redirect {}

impl<A: Answer> Respond for Result<A, Problem> {
    fn respond(self, request_id: &str) -> Response {
        match self {
            Ok(answer) => answer.respond(request_id),
            Err(why) => problem(&why, request_id),
        }
    }
    fn describe(description: &mut Description) {
        A::describe(description);
    }
}
impl<A: Answer> Answer for Result<A, Problem> {}
