//! SQLite's one writer: takes all writes that wait, runs each in a savepoint of one transaction, commits once.

use std::sync::{Arc, Mutex, mpsc};

use tokio::sync::oneshot;

use super::{Conn, DbError, Failure, Tx};
use crate::base::ids::IdSource;
use crate::base::time::Clock;

/// At most so many writes share one commit, so that the first of them does not wait for ever more.
const BATCH: usize = 128;

/// A write that waits.
trait Job: Send {
    /// Runs it; whether its savepoint is kept.
    fn run(&mut self, tx: &mut Tx<'_>) -> bool;
    /// Gives out its result, once the commit has ended so.
    fn done(self: Box<Self>, committed: Result<(), DbError>);
}

struct Closure<T, E, F> {
    f: F,
    result: Option<Result<T, E>>,
    reply: oneshot::Sender<Result<T, E>>,
}

impl<T, E, F> Job for Closure<T, E, F>
where
    T: Send,
    E: Failure,
    F: for<'tx> Fn(&mut Tx<'tx>) -> Result<T, E> + Send,
{
    fn run(&mut self, tx: &mut Tx<'_>) -> bool {
        let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| (self.f)(tx)))
            .unwrap_or_else(|_| Err(DbError::Unavailable("the work was broken off").into()));
        let keep = result.is_ok();
        self.result = Some(result);
        keep
    }
    fn done(self: Box<Self>, committed: Result<(), DbError>) {
        let broken = || Err(DbError::Unavailable("the work was broken off").into());
        let result = match (self.result, committed) {
            (Some(Ok(value)), Ok(())) => Ok(value),
            (Some(Err(error)), _) => Err(error),
            (Some(Ok(_)) | None, Err(error)) => Err(error.into()),
            (None, Ok(())) => broken(),
        };
        // Whoever asked may have gone; what is committed stays committed.
        drop(self.reply.send(result));
    }
}

/// The queue to the writer's thread. Dropped, the thread finishes what waits and ends.
pub(super) struct Writer {
    queue: Option<mpsc::Sender<Box<dyn Job>>>,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl Writer {
    pub fn start(conn: Conn, keys: Conn, clock: Arc<dyn Clock>, ids: Arc<IdSource>) -> Result<Self, DbError> {
        let (queue, jobs) = mpsc::channel();
        let thread = std::thread::Builder::new()
            .name("lianhu-writer".into())
            .spawn(move || work(conn, &Mutex::new(keys), &*clock, &ids, &jobs))
            .map_err(|_| DbError::Unavailable("the writer's thread could not start"))?;
        Ok(Self { queue: Some(queue), thread: Some(thread) })
    }

    pub async fn run<T, E, F>(&self, f: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: Failure,
        F: for<'tx> Fn(&mut Tx<'tx>) -> Result<T, E> + Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        let sent = self.queue.as_ref().map(|queue| queue.send(Box::new(Closure { f, result: None, reply })));
        if !matches!(sent, Some(Ok(()))) {
            return Err(DbError::Unavailable("the writer has ended").into());
        }
        answer.await.unwrap_or_else(|_| Err(DbError::Unavailable("the writer has ended").into()))
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.queue = None;
        if let Some(thread) = self.thread.take() {
            drop(thread.join());
        }
    }
}

fn work(mut conn: Conn, keys: &Mutex<Conn>, clock: &dyn Clock, ids: &IdSource, jobs: &mpsc::Receiver<Box<dyn Job>>) {
    while let Ok(first) = jobs.recv() {
        let mut batch = vec![first];
        while batch.len() < BATCH {
            match jobs.try_recv() {
                Ok(job) => batch.push(job),
                Err(_) => break,
            }
        }
        let committed = run_batch(&mut conn, keys, clock, ids, &mut batch);
        for job in batch {
            job.done(committed.clone());
        }
    }
}

fn run_batch(
    conn: &mut Conn,
    keys: &Mutex<Conn>,
    clock: &dyn Clock,
    ids: &IdSource,
    batch: &mut [Box<dyn Job>],
) -> Result<(), DbError> {
    conn.begin_write()?;
    let ran = batch.iter_mut().try_for_each(|job| {
        conn.batch("SAVEPOINT job")?;
        let mut tx = Tx { conn, now: clock.now(), ids, key_file: Some(keys), brand: std::marker::PhantomData };
        let end = if job.run(&mut tx) { "RELEASE job" } else { "ROLLBACK TO job; RELEASE job" };
        conn.batch(end)
    });
    let ended = ran.and_then(|()| conn.batch("COMMIT"));
    if ended.is_err() && conn.batch("ROLLBACK").is_err() {
        tracing::warn!("a group of writes could not be rolled back");
    }
    ended
}
