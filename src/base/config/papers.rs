//! `[papers]`.

use std::path::PathBuf;

use serde::Deserialize;

use super::Bounds;

/// `[papers]`: fonts, templates, and how much is typeset at once.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Papers {
    /// Folders in which a font that covers Chinese is looked for; by default the system's.
    pub fonts: Vec<PathBuf>,
    /// A folder with all templates; by default empty: those inside the program.
    pub templates: PathBuf,
    /// Threads that typeset, 1 to 16; by default 1.
    pub threads: u16,
    /// Papers that may wait for a thread, 1 to 1024; by default 16.
    pub queue: u16,
    /// Until a paper is made, waiting included, seconds, 1 to 120; by default 20.
    pub timeout_seconds: u32,
}

impl Default for Papers {
    fn default() -> Self {
        Self {
            fonts: vec![PathBuf::from("/usr/share/fonts"), PathBuf::from("/usr/local/share/fonts")],
            templates: PathBuf::new(),
            threads: 1,
            queue: 16,
            timeout_seconds: 20,
        }
    }
}

impl Papers {
    pub(super) fn check(&self, bounds: &mut Bounds) {
        bounds.within("papers.threads", self.threads, 1..=16);
        bounds.within("papers.queue", self.queue, 1..=1024);
        bounds.within("papers.timeout_seconds", self.timeout_seconds, 1..=120);
    }
}
