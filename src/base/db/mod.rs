//! The database: SQLite inside by default, PostgreSQL when a district outgrows one machine; the same code for both.
//!
//! `read` and `write` are closures on a blocking pool. On SQLite one thread runs the waiting writes inside one
//! transaction, each in its savepoint, and commits once (group commit). Always: what a closure did is durable before its
//! result is given out; a closure that ends in an error leaves nothing behind.

mod about;
mod among;
pub mod backup;
mod claim;
pub(crate) mod conn;
mod error;
mod migrate;
mod partitions;
pub mod schema;
mod writer;

use std::sync::{Arc, Mutex};

use diesel::r2d2::Pool;
use tokio::sync::{Semaphore, oneshot};

pub use about::AboutCase;
pub use among::{Among, among};
pub(crate) use conn::insert_rows;
pub use conn::{Conn, MultiBackend, Place};
pub use error::DbError;
pub use migrate::{MigrationError, migrate, pending, revert_all};

use super::ids::{Id, IdSource};
use super::time::{Clock, Timestamp};
use conn::Manager;
use writer::Writer;

/// Errors a closure may end in.
pub trait Failure: From<DbError> + Send + 'static {
    /// Whether running the closure again may succeed (another transaction was in the way).
    fn may_retry(&self) -> bool;
}

impl Failure for DbError {
    fn may_retry(&self) -> bool {
        *self == Self::Retry
    }
}

/// A transaction, for the length of one closure. Its lifetime brands what must not outlive it.
pub struct Tx<'tx> {
    conn: &'tx mut Conn,
    now: Timestamp,
    ids: &'tx IdSource,
    key_file: Option<&'tx Mutex<KeyFile>>,
    brand: std::marker::PhantomData<std::cell::Cell<&'tx ()>>,
}

impl Tx<'_> {
    /// The connection, for queries.
    pub fn conn(&mut self) -> &mut Conn {
        self.conn
    }
    /// The transaction's time: one for all it does.
    pub const fn now(&self) -> Timestamp {
        self.now
    }
    /// A new id.
    pub fn new_id<I: Id>(&self) -> Result<I, DbError> {
        self.ids.next(self.now).map(I::from_text).map_err(|_| DbError::Unavailable("the system gives no randomness"))
    }
    /// Writes to the key store so that it is durable before this transaction can be: on SQLite through the key file's own
    /// connection, since two files do not commit as one; on PostgreSQL in this transaction. What a write that fails put
    /// there on SQLite stays, and nothing names it.
    pub fn with_key_store<T>(&mut self, f: impl FnOnce(&mut Conn) -> Result<T, DbError>) -> Result<T, DbError> {
        match self.key_file {
            Some(file) => {
                let mut file = file.lock().map_err(|_| KEYS_LOCKED)?;
                file.begin()?;
                f(&mut file.conn)
            }
            None => f(self.conn),
        }
    }
    /// Reads from the key store, what this transaction wrote there included: on SQLite the data's own connection sees the
    /// key file as it was when it first looked.
    pub fn from_key_store<T>(&mut self, f: impl FnOnce(&mut Conn) -> Result<T, DbError>) -> Result<T, DbError> {
        match self.key_file {
            Some(file) => f(&mut file.lock().map_err(|_| KEYS_LOCKED)?.conn),
            None => f(self.conn),
        }
    }
}

const KEYS_LOCKED: DbError = DbError::Unavailable("the key store was left locked");

/// SQLite's key file by its own connection: all writes of a group are one transaction there, which commits before theirs.
struct KeyFile {
    conn: Conn,
    has_begun: bool,
}

impl KeyFile {
    fn begin(&mut self) -> Result<(), DbError> {
        if !self.has_begun {
            self.conn.batch("BEGIN IMMEDIATE")?;
            self.has_begun = true;
        }
        Ok(())
    }
    /// Makes what was written durable; else nothing of it is left.
    fn commit(&mut self) -> Result<(), DbError> {
        if !std::mem::take(&mut self.has_begun) {
            return Ok(());
        }
        let done = self.conn.batch("COMMIT");
        if done.is_err() {
            self.conn.batch("ROLLBACK")?;
        }
        done
    }
}

/// How many connections.
#[derive(Clone, Copy, Debug)]
pub struct Sizes {
    /// For reading.
    pub read: u32,
    /// For writing; SQLite has one whatever this says.
    pub write: u32,
}

struct Inner {
    place: Place,
    readers: Pool<Manager>,
    read_slots: Arc<Semaphore>,
    write: WriteSide,
    clock: Arc<dyn Clock>,
    ids: Arc<IdSource>,
}

enum WriteSide {
    /// SQLite: one writer thread.
    Queue(Arc<Writer>),
    /// PostgreSQL: a pool.
    Pool(Pool<Manager>, Arc<Semaphore>),
}

/// The database, shared by all who use it.
#[derive(Clone)]
pub struct Db(Arc<Inner>);

fn pool(place: &Place, writable: bool, size: u32) -> Result<Pool<Manager>, DbError> {
    Pool::builder()
        .max_size(size.max(1))
        .min_idle(Some(1))
        .test_on_check_out(false)
        .connection_timeout(std::time::Duration::from_secs(5))
        .build(Manager { place: place.clone(), writable })
        .map_err(|_| DbError::Unavailable("no connection"))
}

fn slots(size: u32) -> Arc<Semaphore> {
    Arc::new(Semaphore::new(usize::try_from(size.max(1)).unwrap_or(1)))
}

impl Db {
    /// Opens it; the schema must be there already (`migrate`).
    pub fn open(place: Place, sizes: Sizes, clock: Arc<dyn Clock>) -> Result<Self, DbError> {
        let ids = Arc::new(IdSource::default());
        let write = match &place {
            Place::Sqlite { .. } => {
                WriteSide::Queue(Arc::new(Writer::start(place.connect(true)?, place.key_store()?, clock.clone(), ids.clone())?))
            }
            Place::Postgres { .. } => WriteSide::Pool(pool(&place, true, sizes.write)?, slots(sizes.write)),
        };
        let readers = pool(&place, false, sizes.read)?;
        Ok(Self(Arc::new(Inner { place, readers, read_slots: slots(sizes.read), write, clock, ids })))
    }

    /// The injected clock.
    pub fn clock(&self) -> &Arc<dyn Clock> {
        &self.0.clock
    }

    /// Where the data lies.
    pub fn place(&self) -> &Place {
        &self.0.place
    }

    /// Runs a closure in a transaction that only reads and sees one moment of the data.
    pub async fn read<T, E, F>(&self, f: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: Failure,
        F: for<'tx> Fn(&mut Tx<'tx>) -> Result<T, E> + Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        // Whoever asked may have gone.
        self.read_then(f, move |done| drop(reply.send(done))).await;
        answer.await.unwrap_or_else(|_| Err(DbError::Unavailable("the work was broken off").into()))
    }

    /// The same, and goes on with what came of it on the thread that read: whoever waits is woken once, by `then`.
    pub async fn read_then<T, E, F, N>(&self, f: F, then: N)
    where
        T: Send + 'static,
        E: Failure,
        F: for<'tx> Fn(&mut Tx<'tx>) -> Result<T, E> + Send + 'static,
        N: FnOnce(Result<T, E>) + Send + 'static,
    {
        let slot = self.0.read_slots.clone().acquire_owned().await;
        let inner = self.0.clone();
        tokio::task::spawn_blocking(move || {
            let read = || {
                let mut conn = inner.readers.get().map_err(|_| DbError::Unavailable("no connection"))?;
                once(&mut conn, Begin::Read, &inner, &f)
            };
            let done = read();
            drop(slot);
            then(done);
        });
    }

    /// Runs a closure in a transaction that writes; its result is given out when it is durable. Run again, at most
    /// three times, when another transaction was in the way.
    pub async fn write<T, E, F>(&self, f: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: Failure,
        F: for<'tx> Fn(&mut Tx<'tx>) -> Result<T, E> + Send + 'static,
    {
        match &self.0.write {
            WriteSide::Queue(writer) => writer.run(f).await,
            WriteSide::Pool(pool, slots) => {
                let (slot, pool, inner) = (slots.clone().acquire_owned().await, pool.clone(), self.0.clone());
                blocking(move || {
                    let _slot = slot;
                    in_pool(&pool, &inner, &f)
                })
                .await
            }
        }
    }

    /// The same on this very thread, which waits.
    pub fn write_here<T, E, F>(&self, f: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: Failure,
        F: for<'tx> Fn(&mut Tx<'tx>) -> Result<T, E> + Send + 'static,
    {
        match &self.0.write {
            WriteSide::Queue(writer) => writer.run_here(f),
            WriteSide::Pool(pool, _) => in_pool(pool, &self.0, &f),
        }
    }

    /// Takes what deleted rows left in the key store's files away. On SQLite the file is written anew and its log emptied, since
    /// pages that were split may hold copies of what `secure_delete` wiped in its place; on PostgreSQL its tables are vacuumed.
    pub async fn scrub_key_store(&self) -> Result<(), DbError> {
        let inner = self.0.clone();
        blocking(move || inner.place.key_store()?.scrub_keys()).await
    }

    /// The queue of writes that share their commits, where there is one.
    pub fn shared_commits(&self) -> Option<SharedCommits> {
        match &self.0.write {
            WriteSide::Queue(writer) => Some(SharedCommits(Arc::clone(writer))),
            WriteSide::Pool(..) => None,
        }
    }
}

/// The queue of writes that share their commits.
pub struct SharedCommits(Arc<Writer>);

impl SharedCommits {
    /// Hands a write over without waiting; `then` hears how it ended, on the writer's thread, and must be quick.
    pub fn write_then<T, E, F, N>(&self, f: F, then: N)
    where
        T: Send + 'static,
        E: Failure,
        F: for<'tx> Fn(&mut Tx<'tx>) -> Result<T, E> + Send + 'static,
        N: FnOnce(Result<T, E>) + Send + 'static,
    {
        self.0.send(f, then);
    }
}

fn in_pool<T, E: Failure>(
    pool: &Pool<Manager>,
    inner: &Inner,
    f: &impl for<'tx> Fn(&mut Tx<'tx>) -> Result<T, E>,
) -> Result<T, E> {
    let mut conn = pool.get().map_err(|_| DbError::Unavailable("no connection"))?;
    for _ in 0..3 {
        match once(&mut conn, Begin::Write, inner, f) {
            Err(error) if error.may_retry() => {}
            done => return done,
        }
    }
    once(&mut conn, Begin::Write, inner, f)
}

/// Runs blocking work on the runtime's pool; a panic in it is a failure of that work alone.
async fn blocking<T: Send + 'static, E: Failure>(f: impl FnOnce() -> Result<T, E> + Send + 'static) -> Result<T, E> {
    match tokio::task::spawn_blocking(f).await {
        Ok(done) => done,
        Err(_) => Err(DbError::Unavailable("the work was broken off").into()),
    }
}

#[derive(Clone, Copy)]
enum Begin {
    Read,
    Write,
}

fn once<T, E: Failure>(
    conn: &mut Conn,
    begin: Begin,
    inner: &Inner,
    f: &impl for<'tx> Fn(&mut Tx<'tx>) -> Result<T, E>,
) -> Result<T, E> {
    match begin {
        Begin::Read => conn.begin_read()?,
        Begin::Write => conn.begin_write()?,
    }
    let mut tx = Tx { conn, now: inner.clock.now(), ids: &inner.ids, key_file: None, brand: std::marker::PhantomData };
    // A panic must not hand a connection back to the pool in the middle of a transaction.
    let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| f(&mut tx)))
        .unwrap_or_else(|_| Err(DbError::Unavailable("the work was broken off").into()));
    match result {
        Ok(value) => {
            conn.batch("COMMIT")?;
            Ok(value)
        }
        Err(error) => {
            // The closure's own error is the answer; a connection that cannot roll back is found broken by the pool.
            if conn.batch("ROLLBACK").is_err() {
                tracing::warn!("a transaction could not be rolled back");
            }
            Err(error)
        }
    }
}

#[cfg(test)]
mod tests;
