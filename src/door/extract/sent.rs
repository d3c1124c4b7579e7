//! `Sent`: a file, taken piece by piece within its limits, so that it never stands in memory whole.

use std::cell::Cell;
use std::rc::Rc;

use actix_web::dev::Payload;
use actix_web::http::header;
use actix_web::web::Bytes;
use futures_util::StreamExt as _;
use tokio::time::{Instant, timeout};

use super::super::DoorLimits;
use super::super::asked::Asked;
use super::super::routes::{BodyShape, Description};
use super::{Extract, body};
use crate::base::problem::{Code, Problem};

/// A body that was not read yet. Shared, so that what the handler leaves of it is cut off after the answer.
#[derive(Clone)]
pub(in crate::door) struct Source(Rc<Cell<Option<Payload>>>);

impl Source {
    pub(in crate::door) fn of(payload: Payload) -> Self {
        Self(Rc::new(Cell::new(Some(payload))))
    }
    /// What was not taken; nothing where it came to its end.
    pub(in crate::door) fn left(&self) -> Option<Payload> {
        self.0.take()
    }
}

/// A file's bytes as they come.
pub struct Sent {
    /// The content type stated; whoever keeps the file looks at the bytes.
    pub content_type: String,
    /// The length stated, if one is.
    pub length: Option<u64>,
    source: Source,
    limits: DoorLimits,
    until: Instant,
    taken: u64,
}

impl Sent {
    /// The next piece; nothing at the end. Errors: 413 where it is more than the limit, 408 where it comes too slowly or not any
    /// more, 400 where it is broken off. After an error nothing more is taken.
    pub async fn next(&mut self) -> Result<Option<Bytes>, Problem> {
        let Some(mut payload) = self.source.0.take() else { return Ok(None) };
        let patience = self.limits.stall_timeout.min(self.until.saturating_duration_since(Instant::now()));
        let part = timeout(patience, payload.next()).await;
        let piece = match part {
            Ok(None) => return Ok(None),
            Ok(Some(Ok(piece))) => {
                self.taken = self.taken.saturating_add(u64::try_from(piece.len()).unwrap_or(u64::MAX));
                if self.taken > self.limits.sent_bytes { Err(Code::TooLarge) } else { Ok(piece) }
            }
            Ok(Some(Err(_))) => Err(Code::NotParseable),
            Err(_) => Err(Code::RequestTimeout),
        };
        self.source.0.set(Some(payload));
        piece.map(Some).map_err(Problem::new)
    }
}

impl Extract for Sent {
    fn extract(asked: &Asked) -> Result<Self, Problem> {
        let limits = asked.door()?.settings.limits;
        let source = asked.source.clone().ok_or_else(Problem::internal)?;
        let content_type = asked.header(&header::CONTENT_TYPE).ok().flatten();
        let content_type = content_type.ok_or_else(|| Problem::new(Code::UnsupportedMediaType))?.to_owned();
        if asked.header(&header::CONTENT_ENCODING).ok().flatten().is_some_and(|encoding| encoding != "identity") {
            return Err(Problem::new(Code::UnsupportedMediaType).because("send it not compressed", "请勿压缩传输"));
        }
        let length = asked.header(&header::CONTENT_LENGTH).ok().flatten().and_then(|length| length.parse::<u64>().ok());
        if length.is_some_and(|length| length > limits.sent_bytes) {
            return Err(Problem::new(Code::TooLarge));
        }
        let until = Instant::now().checked_add(limits.sent_timeout).ok_or_else(Problem::internal)?;
        Ok(Self { content_type, length, source, limits, until, taken: 0 })
    }
    fn describe(description: &mut Description) {
        body::describe(description, BodyShape::Sent);
    }
}
