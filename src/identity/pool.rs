//! The hashing pool: Argon2 on threads of its own, so that sign-ins slow neither the requests nor the database closures.
//!
//! A hash takes 20 MiB and some tens of milliseconds by design. Few threads and a bounded queue keep a flood of sign-ins
//! from taking the memory: when the queue is full the caller hears so at once. Threads end when the pool is dropped.

use std::io;
use std::num::NonZeroUsize;

use zeroize::Zeroizing;

use super::passwords::{self, Cost, PasswordError, Verdict};
use crate::base::problem::Problem;
use crate::base::workers::{NotWorked, Workers};

/// Why the pool gave no result.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PoolError {
    /// The queue is full: try again later.
    #[error("too many passwords are being checked")]
    Busy,
    /// The thread that had the work gave it up.
    #[error("the hashing thread stopped")]
    Stopped,
    /// The work itself failed.
    #[error(transparent)]
    Password(#[from] PasswordError),
}

impl From<NotWorked> for PoolError {
    fn from(why: NotWorked) -> Self {
        match why {
            NotWorked::Busy => Self::Busy,
            NotWorked::Stopped => Self::Stopped,
        }
    }
}

impl From<PoolError> for Problem {
    fn from(error: PoolError) -> Self {
        match error {
            PoolError::Busy => Self::overloaded(),
            PoolError::Stopped | PoolError::Password(_) => {
                tracing::error!(%error, "a password could not be hashed or compared");
                Self::internal()
            }
        }
    }
}

/// Hashes and compares passwords on its own threads.
pub struct HashingPool {
    cost: Cost,
    workers: Workers,
}

impl HashingPool {
    /// A pool of `threads` (by default half the cores, at least one) with room for `waiting` more pieces of work.
    pub fn new(threads: Option<NonZeroUsize>, waiting: NonZeroUsize, cost: Cost) -> io::Result<Self> {
        let threads = threads.map_or_else(half_the_cores, NonZeroUsize::get);
        Ok(Self { cost, workers: Workers::start("hashing", threads, waiting.get(), None)? })
    }

    /// The cost in force.
    pub fn cost(&self) -> Cost {
        self.cost
    }

    /// [`passwords::hash`] at the cost in force.
    pub async fn hash(&self, password: Zeroizing<String>) -> Result<String, PoolError> {
        let cost = self.cost;
        self.run(move || passwords::hash(&password, &cost)).await
    }

    /// [`passwords::verify`] against the cost in force.
    pub async fn verify(&self, password: Zeroizing<String>, phc: String) -> Result<Verdict, PoolError> {
        let cost = self.cost;
        self.run(move || passwords::verify(&password, &phc, &cost)).await
    }

    /// [`passwords::verify_nobody`]: waits in the same queue, so that a full pool does not tell either who exists.
    pub async fn verify_nobody(&self, password: Zeroizing<String>) -> Result<Verdict, PoolError> {
        let cost = self.cost;
        self.run(move || passwords::verify_nobody(&password, &cost)).await
    }

    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, PasswordError> + Send + 'static,
    ) -> Result<T, PoolError> {
        Ok(self.workers.run(work).await??)
    }
}

fn half_the_cores() -> usize {
    (std::thread::available_parallelism().map_or(1, NonZeroUsize::get) / 2).max(1)
}

#[cfg(test)]
mod tests {
    use std::pin::Pin;
    use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
    use std::sync::{Arc, mpsc};
    use std::task::{Context, Waker};

    use super::*;

    const CHEAP: Cost = Cost { memory_kib: 64, passes: 1, lanes: 1 };

    fn pool(threads: usize, waiting: usize) -> HashingPool {
        HashingPool::new(NonZeroUsize::new(threads), NonZeroUsize::new(waiting).unwrap(), CHEAP).unwrap()
    }

    fn secret(text: &str) -> Zeroizing<String> {
        Zeroizing::new(text.to_owned())
    }

    fn is_pending<F: Future>(future: Pin<&mut F>) -> bool {
        future.poll(&mut Context::from_waker(Waker::noop())).is_pending()
    }

    /// Occupies the single thread until the returned sender is dropped.
    fn occupy(pool: &HashingPool) -> mpsc::Sender<()> {
        let (release, gate) = mpsc::channel::<()>();
        let (started, has_started) = mpsc::channel();
        let mut occupying = Box::pin(pool.run(move || {
            started.send(()).unwrap();
            let _ = gate.recv();
            Ok(())
        }));
        assert!(is_pending(occupying.as_mut()));
        has_started.recv().unwrap();
        release
    }

    #[tokio::test]
    async fn hashes_and_verifies() {
        let pool = pool(2, 4);
        let phc = pool.hash(secret("tractor lamp")).await.unwrap();
        assert_eq!(pool.verify(secret("tractor lamp"), phc.clone()).await, Ok(Verdict::Right { needs_rehash: false }));
        assert_eq!(pool.verify(secret("tractor lamq"), phc).await, Ok(Verdict::Wrong));
        assert_eq!(pool.verify_nobody(secret("tractor lamp")).await, Ok(Verdict::Wrong));
        let error = pool.verify(secret("x"), "x".to_owned()).await;
        assert_eq!(error, Err(PoolError::Password(PasswordError::StoredHash)));
    }

    #[tokio::test]
    async fn a_full_queue_says_so_at_once() {
        let pool = pool(1, 1);
        let release = occupy(&pool);
        let mut waiting = Box::pin(pool.hash(secret("one")));
        assert!(is_pending(waiting.as_mut()));
        assert_eq!(pool.hash(secret("two")).await, Err(PoolError::Busy));
        assert_eq!(pool.verify_nobody(secret("two")).await, Err(PoolError::Busy));
        drop(release);
        assert!(waiting.await.is_ok(), "what waited is done");
        assert!(pool.hash(secret("three")).await.is_ok(), "there is room again");
    }

    #[tokio::test]
    async fn work_nobody_waits_for_is_skipped() {
        let pool = pool(1, 2);
        let release = occupy(&pool);
        let ran = Arc::new(AtomicBool::new(false));
        let flag = Arc::clone(&ran);
        let mut abandoned = Box::pin(pool.run(move || {
            flag.store(true, Ordering::SeqCst);
            Ok(())
        }));
        assert!(is_pending(abandoned.as_mut()));
        drop(abandoned);
        drop(release);
        pool.hash(secret("behind it")).await.unwrap();
        assert!(!ran.load(Ordering::SeqCst));
    }

    #[tokio::test]
    async fn a_panic_costs_one_answer_not_the_thread() {
        let pool = pool(1, 2);
        assert_eq!(pool.run::<()>(|| panic!("on purpose")).await, Err(PoolError::Stopped));
        assert!(pool.hash(secret("next")).await.is_ok());
    }

    #[tokio::test]
    async fn threads_end_with_the_pool() {
        struct Gone(Arc<AtomicUsize>);
        impl Drop for Gone {
            fn drop(&mut self) {
                // Takes a while, so that a pool that did not wait for its threads would be noticed.
                passwords::verify_nobody("", &Cost::default()).unwrap();
                self.0.fetch_add(1, Ordering::SeqCst);
            }
        }
        thread_local! { static MARK: std::cell::RefCell<Option<Gone>> = const { std::cell::RefCell::new(None) } }

        let ended = Arc::new(AtomicUsize::new(0));
        let pool = pool(1, 1);
        let mark = Arc::clone(&ended);
        pool.run(move || {
            MARK.with_borrow_mut(|slot| *slot = Some(Gone(mark)));
            Ok(())
        })
        .await
        .unwrap();
        assert_eq!(ended.load(Ordering::SeqCst), 0);
        drop(pool);
        assert_eq!(ended.load(Ordering::SeqCst), 1, "a thread's own values go when it ends");
    }

    #[test]
    fn by_default_there_is_at_least_one_thread() {
        let pool = HashingPool::new(None, NonZeroUsize::MIN, CHEAP).unwrap();
        assert_eq!(pool.workers.count(), half_the_cores());
        assert!(half_the_cores() >= 1);
    }
}
