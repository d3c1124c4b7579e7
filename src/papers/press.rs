//! The press: papers are typeset on threads of their own, few and with a bounded queue, so that printing slows neither the
//! requests nor the database closures. Threads end when the press is dropped.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::mpsc::{self, Receiver, SyncSender, TrySendError};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;
use std::{io, mem};

use tokio::sync::oneshot;

use super::data::{Paper, WrongData};
use super::fonts::Fonts;
use super::render;
use super::templates::Templates;
use crate::base::config;
use crate::base::problem::{Code, Problem};

/// Why there is no paper.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PaperError {
    /// No installed font covers Han.
    #[error("no font covers Chinese: install fonts-noto-cjk (Debian) or name its folder in papers.fonts")]
    NoFont,
    /// The queue is full: try again later.
    #[error("too many papers are being made")]
    Busy,
    /// It took longer than is set.
    #[error("the paper took too long to make")]
    TooSlow,
    /// More pages than a paper has.
    #[error("the paper is too long")]
    TooLong,
    /// The thread that had the work gave it up.
    #[error("the press stopped")]
    Stopped,
    /// The template cannot be typeset.
    #[error("the template: {0}")]
    Template(String),
    /// The data does not fit.
    #[error(transparent)]
    Data(#[from] WrongData),
}

impl From<PaperError> for Problem {
    fn from(error: PaperError) -> Self {
        match error {
            PaperError::NoFont => Self::new(Code::PapersUnavailable).because(
                "No installed font covers Chinese, so no paper can be made: install the package fonts-noto-cjk.",
                "服务器未安装中文字体,无法制作文书:请安装 fonts-noto-cjk。",
            ),
            PaperError::Busy | PaperError::TooSlow => Self::overloaded(),
            PaperError::TooLong | PaperError::Data(WrongData::TooLong) => {
                Self::new(Code::TooLarge).because("There is more of it than one paper holds.", "内容超过一份文书的篇幅。")
            }
            PaperError::Stopped | PaperError::Template(_) | PaperError::Data(_) => {
                tracing::error!(%error, "a paper could not be made");
                Self::internal()
            }
        }
    }
}

type Work = Box<dyn FnOnce() + Send>;

/// The templates in force, and the threads that typeset them.
pub struct Press {
    templates: Templates,
    folders: Vec<PathBuf>,
    fonts: Arc<OnceLock<Option<Arc<Fonts>>>>,
    longest: Duration,
    /// `None` only while the press is being dropped.
    queue: Option<SyncSender<Work>>,
    threads: Vec<JoinHandle<()>>,
}

impl Press {
    /// A press with these templates.
    pub fn open(templates: Templates, settings: &config::Papers) -> io::Result<Self> {
        let (queue, work) = mpsc::sync_channel(usize::from(settings.queue));
        let work = Arc::new(Mutex::new(work));
        let threads = (0..settings.threads)
            .map(|number| {
                let work = Arc::clone(&work);
                thread::Builder::new().name(format!("papers-{number}")).stack_size(16 * 1024 * 1024).spawn(move || run(&work))
            })
            .collect::<io::Result<_>>()?;
        Ok(Self {
            templates,
            folders: settings.fonts.clone(),
            fonts: Arc::default(),
            longest: Duration::from_secs(u64::from(settings.timeout_seconds)),
            queue: Some(queue),
            threads,
        })
    }

    /// The templates in force.
    pub fn templates(&self) -> &Templates {
        &self.templates
    }

    /// Whether a font file that covers Han seems to be installed; looks at file names alone.
    pub fn has_fonts(&self) -> bool {
        Fonts::are_likely(&self.folders)
    }

    /// The paper as PDF. Never in a database closure.
    pub async fn print(&self, paper: Paper) -> Result<Vec<u8>, PaperError> {
        let (folders, fonts) = (self.folders.clone(), Arc::clone(&self.fonts));
        let work = move || {
            let fonts = fonts.get_or_init(|| Fonts::find(&folders).map(Arc::new)).as_ref().ok_or(PaperError::NoFont)?;
            render::pdf(&paper, fonts)
        };
        // The thread ends what it has begun: the data is bounded, and so is its time. Nobody waits for it any more.
        tokio::time::timeout(self.longest, self.run(work)).await.unwrap_or(Err(PaperError::TooSlow))
    }

    async fn run(&self, work: impl FnOnce() -> Result<Vec<u8>, PaperError> + Send + 'static) -> Result<Vec<u8>, PaperError> {
        let (answer, result) = oneshot::channel();
        let work: Work = Box::new(move || {
            // Whoever hung up while waiting costs no paper.
            if !answer.is_closed() {
                let _ = answer.send(work());
            }
        });
        let queue = self.queue.as_ref().ok_or(PaperError::Stopped)?;
        queue.try_send(work).map_err(|error| match error {
            TrySendError::Full(_) => PaperError::Busy,
            TrySendError::Disconnected(_) => PaperError::Stopped,
        })?;
        result.await.map_err(|_| PaperError::Stopped)?
    }
}

impl Drop for Press {
    /// Waits for the paper each thread has in hand; what still waits has nobody listening any more and is skipped.
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
            // A panic must not shrink the press; whoever waits hears `Stopped`, its sender being gone.
            Ok(work) => drop(catch_unwind(AssertUnwindSafe(work))),
            Err(_) => return,
        }
    }
}
