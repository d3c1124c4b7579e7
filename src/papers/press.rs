//! The press: papers are typeset on threads of their own, few and with a bounded queue, so that printing slows neither the
//! requests nor the database closures. Threads end when the press is dropped.

use std::io;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use super::data::{Paper, WrongData};
use super::fonts::Fonts;
use super::render;
use super::templates::Templates;
use crate::base::config;
use crate::base::problem::{Code, Problem};
use crate::base::workers::{NotWorked, Workers};

/// What typesetting may put on its stack, bytes.
const STACK: usize = 16 * 1024 * 1024;

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

impl From<NotWorked> for PaperError {
    fn from(why: NotWorked) -> Self {
        match why {
            NotWorked::Busy => Self::Busy,
            NotWorked::Stopped => Self::Stopped,
        }
    }
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

/// The templates in force, and the threads that typeset them.
pub struct Press {
    templates: Templates,
    folders: Vec<PathBuf>,
    fonts: Arc<OnceLock<Option<Arc<Fonts>>>>,
    longest: Duration,
    workers: Workers,
}

impl Press {
    /// A press with these templates.
    pub fn open(templates: Templates, settings: &config::Papers) -> io::Result<Self> {
        Ok(Self {
            templates,
            folders: settings.fonts.clone(),
            fonts: Arc::default(),
            longest: Duration::from_secs(u64::from(settings.timeout_seconds)),
            workers: Workers::start("papers", usize::from(settings.threads), usize::from(settings.queue), Some(STACK))?,
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
        tokio::time::timeout(self.longest, self.workers.run(work)).await.map_err(|_| PaperError::TooSlow)??
    }
}
