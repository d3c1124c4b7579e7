//! The recorder of reads and refusals: takes the entries of all who wait, commits them once, then lets them answer, so
//! that throughput does not fall to one fsync a request. A write's own entry is in the write's transaction instead.

use std::sync::mpsc;

use tokio::sync::oneshot;

use super::{Entry, append};
use crate::base::db::{Db, DbError};

/// The entry could not be made durable: nothing may be shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the audit entry could not be written")]
pub struct NotRecorded;

/// At most so many entries share one commit.
const BATCH: usize = 256;

struct Waiting {
    entry: Entry,
    reply: oneshot::Sender<Result<(), NotRecorded>>,
}

/// The queue to the recorder's thread. Dropped, the thread records what waits and ends.
pub struct Recorder {
    queue: Option<mpsc::Sender<Waiting>>,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl Recorder {
    /// Starts it over this database.
    pub fn start(db: Db) -> Result<Self, DbError> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|_| DbError::Unavailable("the recorder could not start"))?;
        let (queue, waiting) = mpsc::channel::<Waiting>();
        let thread = std::thread::Builder::new()
            .name("lianhu-recorder".into())
            .spawn(move || {
                while let Ok(first) = waiting.recv() {
                    let mut batch = vec![first];
                    while batch.len() < BATCH {
                        match waiting.try_recv() {
                            Ok(next) => batch.push(next),
                            Err(_) => break,
                        }
                    }
                    runtime.block_on(record(&db, batch));
                }
            })
            .map_err(|_| DbError::Unavailable("the recorder could not start"))?;
        Ok(Self { queue: Some(queue), thread: Some(thread) })
    }

    /// Makes an entry durable.
    pub async fn record(&self, entry: Entry) -> Result<(), NotRecorded> {
        let (reply, answer) = oneshot::channel();
        match &self.queue {
            Some(queue) if queue.send(Waiting { entry, reply }).is_ok() => answer.await.unwrap_or(Err(NotRecorded)),
            Some(_) | None => Err(NotRecorded),
        }
    }
}

impl Drop for Recorder {
    fn drop(&mut self) {
        self.queue = None;
        if let Some(thread) = self.thread.take() {
            drop(thread.join());
        }
    }
}

async fn record(db: &Db, batch: Vec<Waiting>) {
    let (entries, replies): (Vec<_>, Vec<_>) = batch.into_iter().map(|w| (w.entry, w.reply)).unzip();
    let written = db.write(move |tx| entries.iter().try_for_each(|entry| append(tx, entry))).await;
    if let Err(error) = &written {
        tracing::error!(%error, "audit entries could not be written");
    }
    for reply in replies {
        // Whoever asked may have gone; the entry stays.
        let _gone = reply.send(written.clone().map_err(|_| NotRecorded));
    }
}
