//! Around every request: its id, the client's address, the security headers, one line in the log.

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use actix_web::middleware::Next;
use actix_web::{Error, HttpMessage as _, web};

use super::Door;
use super::address;
use super::asked::Arrival;
use super::serve::Pattern;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// On everything. Scripts, styles and images come from this server alone and nothing is inline; no page of ours stands
/// in another's frame; no address of ours, which may hold an id, is told to another site.
const SECURITY: [(HeaderName, &str); 7] = [
    (
        header::CONTENT_SECURITY_POLICY,
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; \
         form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    ),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (header::REFERRER_POLICY, "no-referrer"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    (HeaderName::from_static("permissions-policy"), "camera=(), geolocation=(), microphone=()"),
];

/// Two years, as browsers' lists ask for.
const HSTS: &str = "max-age=63072000; includeSubDomains";

/// The middleware: `App::new().wrap(actix_web::middleware::from_fn(door::around))`.
pub async fn around(req: ServiceRequest, next: Next<impl MessageBody>) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let door = req.app_data::<web::Data<Door>>().cloned();
    let arrival = arrival(&req, door.as_ref().map(web::Data::get_ref));
    let began = std::time::Instant::now();
    let method = req.method().clone();
    req.extensions_mut().insert(arrival.clone());

    let mut response = next.call(req).await?;

    if let Ok(id) = HeaderValue::from_str(&arrival.request_id) {
        response.headers_mut().insert(REQUEST_ID, id);
    }
    secure(response.headers_mut(), door.as_ref().is_some_and(|door| door.settings.https));
    let pattern = response.request().extensions().get::<Pattern>().cloned();
    let route = pattern.as_ref().map_or("-", |Pattern(pattern)| pattern);
    tracing::info!(
        method = %method,
        route,
        status = response.status().as_u16(),
        micros = u64::try_from(began.elapsed().as_micros()).unwrap_or(u64::MAX),
        request_id = arrival.request_id,
        "answered"
    );
    Ok(response)
}

fn secure(headers: &mut HeaderMap, https: bool) {
    for (name, value) in SECURITY {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if https {
        headers.insert(header::STRICT_TRANSPORT_SECURITY, HeaderValue::from_static(HSTS));
    }
    if !headers.contains_key(header::CACHE_CONTROL) {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
}

/// The client's own request id if it is short and plain, else one of ours: it goes into the log and the audit entry.
fn arrival(req: &ServiceRequest, door: Option<&Door>) -> Arrival {
    let theirs = req.headers().get(REQUEST_ID).and_then(|value| value.to_str().ok()).filter(|id| {
        (1..=64).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-'))
    });
    let made = || door.and_then(|door| door.ids.next(door.clock.now()).ok()).map(|id| id.as_str().to_owned());
    let request_id = theirs.map(str::to_owned).or_else(made).unwrap_or_else(|| "-".to_owned());
    let forwarded: Vec<&str> = req.headers().get_all("x-forwarded-for").filter_map(|value| value.to_str().ok()).collect();
    let trusted = door.map(|door| door.settings.trusted_proxies.as_slice()).unwrap_or_default();
    Arrival { request_id, address: address::client(req.peer_addr().map(|peer| peer.ip()), &forwarded, trusted) }
}
