//! A request whose body has been read, but for one that is taken piece by piece: what the extractors take from.

use std::any::TypeId;
use std::cell::Cell;
use std::sync::Arc;

use actix_web::HttpMessage as _;
use actix_web::HttpRequest;
use actix_web::http::header::HeaderName;
use actix_web::web::{self, Bytes};
use serde_json::Value;

use super::Door;
use super::extract::Source;
use super::routes::Entry;
use crate::base::problem::Problem;

/// What the door found out before routing.
#[derive(Clone, Debug)]
pub(super) struct Arrival {
    pub(super) request_id: String,
    pub(super) address: String,
}

impl Arrival {
    /// What was noted on this request.
    pub(super) fn of(req: &HttpRequest) -> Self {
        req.extensions().get::<Self>().cloned().unwrap_or_else(|| Self { request_id: "-".to_owned(), address: "-".to_owned() })
    }
}

/// A request whose body has been read, if it is to be, and whose parameters and body fit their schemas.
pub struct Asked {
    pub(super) req: HttpRequest,
    pub(super) entry: Arc<Entry>,
    pub(super) arrival: Arrival,
    /// The path's parameters, in order.
    pub(super) ids: Vec<String>,
    pub(super) body: Bytes,
    /// The body that was not read, where the handler takes it piece by piece.
    pub(super) source: Option<Source>,
    /// The body as JSON, until an extractor takes it.
    pub(super) json: Cell<Option<Value>>,
    /// The query's parameters, by name.
    pub(super) query: serde_json::Map<String, Value>,
}

impl Asked {
    /// The door's state.
    pub(super) fn door(&self) -> Result<&Door, Problem> {
        self.req.app_data::<web::Data<Door>>().map(web::Data::get_ref).ok_or_else(Problem::internal)
    }
    /// A header's only value; `Err` if there are several, or one that is not visible ASCII.
    pub(super) fn header(&self, name: &HeaderName) -> Result<Option<&str>, NotOne> {
        let mut values = self.req.headers().get_all(name);
        match (values.next(), values.next()) {
            (None, _) => Ok(None),
            (Some(value), None) => value.to_str().map(Some).map_err(|_| NotOne),
            (Some(_), Some(_)) => Err(NotOne),
        }
    }
    /// The parameters that belong to one of the route's query types.
    pub(super) fn query_of(&self, part: TypeId) -> serde_json::Map<String, Value> {
        let names = self.entry.query_names(part);
        self.query.iter().filter(|(name, _)| names.contains(name)).map(|(name, value)| (name.clone(), value.clone())).collect()
    }
}

/// A header given several times, or in bytes that are no text.
pub(super) struct NotOne;
