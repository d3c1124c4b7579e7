//! Threads of their own for work that takes a processor long, so that it slows neither the requests nor the database closures.
//!
//! Few threads and a bounded queue keep a flood of such work from taking the machine: when the queue is full the caller hears so
//! at once. Threads end when their owner is dropped.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{self, Receiver, SyncSender, TrySendError};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::{io, mem};

use tokio::sync::oneshot;

/// Why work was not done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotWorked {
    /// The queue is full: try again later.
    #[error("too much of it is being done")]
    Busy,
    /// The thread that had the work gave it up.
    #[error("the thread stopped")]
    Stopped,
}

type Work = Box<dyn FnOnce() + Send>;

/// Some threads, and the queue before them.
pub struct Workers {
    /// `None` only while they are being dropped.
    queue: Option<SyncSender<Work>>,
    threads: Vec<JoinHandle<()>>,
}

impl Workers {
    /// So many threads of this name, each with a stack of so many bytes (by default the system's), and room for `waiting`
    /// more pieces of work. Errors: the system gives no thread.
    pub fn start(name: &str, threads: usize, waiting: usize, stack: Option<usize>) -> io::Result<Self> {
        let (queue, work) = mpsc::sync_channel(waiting);
        let work = Arc::new(Mutex::new(work));
        let threads = (0..threads)
            .map(|number| {
                let work = Arc::clone(&work);
                let thread = thread::Builder::new().name(format!("{name}-{number}"));
                let thread = match stack {
                    Some(bytes) => thread.stack_size(bytes),
                    None => thread,
                };
                thread.spawn(move || run(&work))
            })
            .collect::<io::Result<_>>()?;
        Ok(Self { queue: Some(queue), threads })
    }

    /// How many threads there are.
    #[cfg(test)]
    pub(crate) fn count(&self) -> usize {
        self.threads.len()
    }

    /// Does the work on one of the threads, in its turn.
    pub async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, NotWorked> {
        let (answer, result) = oneshot::channel();
        let work: Work = Box::new(move || {
            // Whoever hung up while waiting costs no work.
            if !answer.is_closed() {
                let _ = answer.send(work());
            }
        });
        let queue = self.queue.as_ref().ok_or(NotWorked::Stopped)?;
        queue.try_send(work).map_err(|error| match error {
            TrySendError::Full(_) => NotWorked::Busy,
            TrySendError::Disconnected(_) => NotWorked::Stopped,
        })?;
        result.await.map_err(|_| NotWorked::Stopped)
    }
}

impl Drop for Workers {
    /// Waits for the work each thread has in hand; what still waits has nobody listening any more and is skipped.
    fn drop(&mut self) {
        drop(self.queue.take());
        for thread in mem::take(&mut self.threads) {
            let _ = thread.join();
        }
    }
}

fn run(work: &Mutex<Receiver<Work>>) {
    loop {
        // The lock is held while waiting, by one thread at a time, and let go before the work.
        let next = work.lock().unwrap_or_else(PoisonError::into_inner).recv();
        match next {
            // A panic must not cost a thread; whoever waits hears `Stopped`, its sender being gone.
            Ok(work) => drop(catch_unwind(AssertUnwindSafe(work))),
            Err(_) => return,
        }
    }
}
