//! The recorder of reads and refusals: takes the entries of all who wait, commits them once, then lets them answer, so
//! that throughput does not fall to one fsync a request. A write's own entry is in the write's transaction instead.

use std::sync::mpsc;

use tokio::sync::oneshot;

use super::store::append_all;
use super::{Entry, append};
use crate::base::db::{Db, DbError, SharedCommits};

/// The entry could not be made durable: nothing may be shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the audit entry could not be written")]
pub struct NotRecorded;

/// At most so many entries share one commit.
const BATCH: usize = 256;

/// Hears whether an entry is durable.
type Then = Box<dyn FnOnce(Result<(), NotRecorded>) + Send>;

struct Waiting {
    entry: Entry,
    then: Then,
}

/// The way to the log. Where writes share their commits anyway, an entry is one of them; else a thread of its own gathers
/// the entries that wait. Dropped, it records what waits and ends.
pub enum Recorder {
    /// Each entry is a write of its own.
    Shared(SharedCommits),
    /// Entries are gathered.
    Gathered(Gatherer),
}

impl Recorder {
    /// Starts it over this database.
    pub fn start(db: Db) -> Result<Self, DbError> {
        Ok(match db.shared_commits() {
            Some(shared) => Self::Shared(shared),
            None => Self::Gathered(Gatherer::start(db)?),
        })
    }

    /// Makes an entry durable.
    pub async fn record(&self, entry: Entry) -> Result<(), NotRecorded> {
        let (reply, answer) = oneshot::channel();
        // Whoever asked may have gone; the entry stays.
        self.record_then(entry, move |done| {
            let _gone = reply.send(done);
        });
        answer.await.unwrap_or(Err(NotRecorded))
    }

    /// Makes an entry durable; `then` hears of it on a thread of the log's, and must be quick. Dropped unheard: the entry
    /// was not recorded.
    pub fn record_then(&self, entry: Entry, then: impl FnOnce(Result<(), NotRecorded>) + Send + 'static) {
        match self {
            Self::Shared(shared) => shared.write_then(move |tx| append(tx, &entry), move |done| then(heard(&done))),
            Self::Gathered(gatherer) => {
                if let Some(queue) = &gatherer.queue {
                    drop(queue.send(Waiting { entry, then: Box::new(then) }));
                }
            }
        }
    }
}

fn heard(written: &Result<(), DbError>) -> Result<(), NotRecorded> {
    written.clone().map_err(|error| {
        tracing::error!(%error, "audit entries could not be written");
        NotRecorded
    })
}

/// The thread that gathers, and the queue to it.
pub struct Gatherer {
    queue: Option<mpsc::Sender<Waiting>>,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl Gatherer {
    fn start(db: Db) -> Result<Self, DbError> {
        let (queue, waiting) = mpsc::channel::<Waiting>();
        let thread = std::thread::Builder::new()
            .name("lianhu-recorder".into())
            .spawn(move || {
                while let Ok(first) = waiting.recv() {
                    let rest = waiting.try_iter().take(BATCH - 1);
                    record(&db, std::iter::once(first).chain(rest).collect());
                }
            })
            .map_err(|_| DbError::Unavailable("the recorder could not start"))?;
        Ok(Self { queue: Some(queue), thread: Some(thread) })
    }
}

impl Drop for Gatherer {
    fn drop(&mut self) {
        self.queue = None;
        if let Some(thread) = self.thread.take() {
            drop(thread.join());
        }
    }
}

fn record(db: &Db, batch: Vec<Waiting>) {
    let (entries, waiting): (Vec<_>, Vec<_>) = batch.into_iter().map(|w| (w.entry, w.then)).unzip();
    let written = heard(&db.write_here(move |tx| append_all(tx, &entries)));
    for then in waiting {
        then(written);
    }
}
