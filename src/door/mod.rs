//! Floor 4, the door: the only way in and out over HTTP.
//!
//! Routes are registered through `Routes` alone; a handler takes extractors (`Ctx`, `Path`, `Query`, `Page`, `Body`,
//! `IfMatch`, …) and returns an `Answer`. From the same table come the served routes, the OpenAPI document, its
//! browsable page, `lianhu routes` and the access tests.
//!
//! Always: bodies are read once, within limits of size and time; a wrong request names every wrong field at once;
//! whatever goes wrong is a `Problem`; nothing leaves that is not `Disclosed`, `Public`, a problem or a redirect.

mod address;
mod answer;
mod asked;
mod attachment;
mod check;
mod cursor;
mod docs;
mod download;
mod extract;
mod headers;
mod health;
mod json;
mod openapi;
mod routes;
mod schema;
mod serve;
mod view;

#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::Duration;

pub use address::{Network, NotANetwork};
pub use answer::{Answer, Calendar, Html, Octets, Public, Redirect, Stylesheet, Text};
pub use asked::Asked;
pub use attachment::{Attachment, CSV, InFormat, PDF, Tabular, XLSX, disposition};
pub use check::Check;
pub use cursor::cursor;
pub use download::Download;
pub use extract::{Body, Extract, IfMatch, OptionalBody, Page, Path, PathId, Query, Sent, Tag, Upload};
pub use headers::around;
pub use health::{Health, NotReady, Ready};
pub use openapi::document;
pub use routes::{Description, Op, RouteInfo, Routes, Undocumented};
pub use view::{Created, ETag, List, NoContent, View};

use crate::base::ids::IdSource;
use crate::base::time::Clock;

/// How much and how long the door waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DoorLimits {
    /// The largest JSON body, bytes.
    pub body_bytes: usize,
    /// The largest upload, bytes.
    pub upload_bytes: usize,
    /// How long a JSON body may take to arrive.
    pub body_timeout: Duration,
    /// How long an upload may take to arrive.
    pub upload_timeout: Duration,
    /// The largest body that is taken piece by piece, bytes.
    pub sent_bytes: u64,
    /// How long such a body may take to arrive.
    pub sent_timeout: Duration,
    /// How long its client may send nothing.
    pub stall_timeout: Duration,
}

impl Default for DoorLimits {
    fn default() -> Self {
        Self {
            body_bytes: 1024 * 1024,
            upload_bytes: 20 * 1024 * 1024,
            body_timeout: Duration::from_secs(15),
            upload_timeout: Duration::from_mins(2),
            sent_bytes: 20 * 1024 * 1024,
            sent_timeout: Duration::from_mins(5),
            stall_timeout: Duration::from_secs(15),
        }
    }
}

/// The door's settings.
#[derive(Clone, Debug, Default)]
pub struct DoorSettings {
    /// Limits on bodies.
    pub limits: DoorLimits,
    /// Proxies whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<Network>,
    /// Whether people reach the server over TLS: then browsers are told to insist on it.
    pub https: bool,
}

/// What the door needs to work; handed to actix as `web::Data<Door>` beside `web::Data<Gate>`.
pub struct Door {
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
    /// Makes request ids.
    pub ids: Arc<IdSource>,
    /// Limits, proxies, TLS.
    pub settings: DoorSettings,
}
