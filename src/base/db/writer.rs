//! SQLite's one writer: takes all writes that wait, runs each in a savepoint of one transaction, commits once.

use std::sync::{Arc, Mutex, mpsc};

use tokio::sync::oneshot;

use super::{Conn, DbError, Failure, KEYS_LOCKED, KeyFile, Tx};
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

struct Closure<T, E, F, N> {
    f: F,
    result: Option<Result<T, E>>,
    then: N,
}

impl<T, E, F, N> Job for Closure<T, E, F, N>
where
    T: Send,
    E: Failure,
    F: for<'tx> Fn(&mut Tx<'tx>) -> Result<T, E> + Send,
    N: FnOnce(Result<T, E>) + Send,
{
    fn run(&mut self, tx: &mut Tx<'_>) -> bool {
        let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| (self.f)(tx)))
            .unwrap_or_else(|_| Err(DbError::Unavailable("the work was broken off").into()));
        let keep = result.is_ok();
        self.result = Some(result);
        keep
    }
    fn done(self: Box<Self>, committed: Result<(), DbError>) {
        let Self { f, result, then } = *self;
        // What the closure holds goes first: whoever hears of the end may count on it, and it may hold the database itself.
        drop(f);
        let broken = || Err(DbError::Unavailable("the work was broken off").into());
        let result = match (result, committed) {
            (Some(Ok(value)), Ok(())) => Ok(value),
            (Some(Err(error)), _) => Err(error),
            (Some(Ok(_)) | None, Err(error)) => Err(error.into()),
            (None, Ok(())) => broken(),
        };
        then(result);
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
            .spawn(move || work(conn, &Mutex::new(KeyFile { conn: keys, has_begun: false }), &*clock, &ids, &jobs))
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
        // Whoever asked may have gone; what is committed stays committed.
        self.send(f, move |done| drop(reply.send(done)));
        answer.await.unwrap_or_else(|_| ended())
    }

    /// The same on this very thread, which waits.
    pub fn run_here<T, E, F>(&self, f: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: Failure,
        F: for<'tx> Fn(&mut Tx<'tx>) -> Result<T, E> + Send + 'static,
    {
        let (reply, answer) = mpsc::sync_channel(1);
        self.send(f, move |done| drop(reply.send(done)));
        answer.recv().unwrap_or_else(|_| ended())
    }

    /// Hands a write over; `then` hears on the writer's thread how it ended, and must be quick.
    pub fn send<T, E, F, N>(&self, f: F, then: N)
    where
        T: Send + 'static,
        E: Failure,
        F: for<'tx> Fn(&mut Tx<'tx>) -> Result<T, E> + Send + 'static,
        N: FnOnce(Result<T, E>) + Send + 'static,
    {
        // The queue ends with the writer alone; then the job is dropped, and with it whatever `then` would have woken.
        if let Some(queue) = &self.queue {
            drop(queue.send(Box::new(Closure { f, result: None, then })));
        }
    }
}

fn ended<T, E: Failure>() -> Result<T, E> {
    Err(DbError::Unavailable("the writer has ended").into())
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.queue = None;
        if let Some(thread) = self.thread.take()
            && thread.thread().id() != std::thread::current().id()
        {
            drop(thread.join());
        }
    }
}

fn work(mut conn: Conn, keys: &Mutex<KeyFile>, clock: &dyn Clock, ids: &IdSource, jobs: &mpsc::Receiver<Box<dyn Job>>) {
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
    keys: &Mutex<KeyFile>,
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
    // The keys first: a case or note without its key would be lost, a key that nothing names does no harm.
    let kept = keys.lock().map_err(|_| KEYS_LOCKED).and_then(|mut keys| keys.commit());
    let ended = ran.and(kept).and_then(|()| conn.batch("COMMIT"));
    if ended.is_err() && conn.batch("ROLLBACK").is_err() {
        tracing::warn!("a group of writes could not be rolled back");
    }
    ended
}
