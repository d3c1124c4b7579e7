//! The way out: a document's pieces, read and opened a few at a time after its disclosure is on record.
//!
//! Always: the right was decided, and recorded, before the first byte. What follows is read under no permit, by the document's
//! own key; one that is erased meanwhile, or was changed on disk, ends the answer short, which its length tells. The last piece
//! goes out only if all of it is what came in.

use std::collections::VecDeque;
use std::io;

use actix_web::web::Bytes;
use data_encoding::HEXLOWER;
use futures_util::stream::try_unfold;
use sha2::{Digest as _, Sha256};

use super::store::{self, ChunkRow};
use crate::access::{FileKey, Gate};
use crate::base::ids::DocumentId;
use crate::base::words::MediaType;
use crate::door::Download;

/// So many pieces are read at a time.
const AT_ONCE: i64 = 4;

/// What reads a document on.
pub struct Reading {
    pub id: DocumentId,
    pub key: FileKey,
    pub size: u64,
    pub sha256: String,
    pub media_type: MediaType,
    pub name: String,
}

/// How far it is.
struct Under {
    gate: Gate,
    document: Reading,
    got: VecDeque<ChunkRow>,
    next: i64,
    sent: u64,
    hash: Sha256,
    is_done: bool,
}

fn broken_off(why: &'static str) -> io::Error {
    tracing::error!(why, "a document could not be read to its end");
    io::Error::other("broken off")
}

impl Under {
    async fn piece(mut self) -> Result<Option<(Bytes, Self)>, io::Error> {
        if self.is_done {
            return Ok(None);
        }
        if self.got.is_empty() {
            let (id, from) = (self.document.id, self.next);
            let read = self.gate.read_on(&self.document.key, move |tx| store::chunks(tx, id, from, AT_ONCE)).await;
            self.got = read.map_err(|_| broken_off("the database"))?.into();
        }
        let row = self.got.pop_front().filter(|row| row.n == self.next).ok_or_else(|| broken_off("a piece is gone"))?;
        let mut plain =
            self.document.key.open_chunk(row.at(), &row.sealed).map_err(|_| broken_off("a piece does not belong there"))?;
        self.hash.update(&plain);
        self.sent = self.sent.saturating_add(u64::try_from(plain.len()).unwrap_or(u64::MAX));
        self.next = self.next.saturating_add(1);
        if row.is_last {
            let sha256 = HEXLOWER.encode(&std::mem::take(&mut self.hash).finalize());
            if sha256 != self.document.sha256 || self.sent != self.document.size {
                return Err(broken_off("it is not what came in"));
            }
            self.is_done = true;
        }
        Ok(Some((Bytes::from(std::mem::take(&mut *plain)), self)))
    }
}

/// The document as it leaves.
pub fn download(gate: &Gate, document: Reading) -> Download {
    let (media_type, name, size) = (document.media_type, document.name.clone(), document.size);
    let begun =
        Under { gate: gate.clone(), document, got: VecDeque::new(), next: 0, sent: 0, hash: Sha256::new(), is_done: false };
    Download { media_type, name, size, pieces: Box::pin(try_unfold(begun, Under::piece)) }
}
