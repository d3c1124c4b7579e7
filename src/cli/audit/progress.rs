//! A bar on a terminal; nothing where there is none.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::audit::verify::{Progress, Stage};

/// The bar.
pub struct Bar(ProgressBar);

impl Bar {
    /// A bar that is not begun yet. On anything but a terminal it stays hidden.
    pub fn new() -> Self {
        Self(ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr()))
    }
}

impl Progress for Bar {
    fn begins(&mut self, stage: Stage, of: Option<u64>) {
        let what = match stage {
            Stage::Log => "entries",
            Stage::Rows => "entries that wait",
            Stage::Records => "rows",
        };
        let template = if of.is_some() { "{wide_bar} {pos}/{len} {msg}, {eta} left" } else { "{spinner} {pos} {msg}" };
        if let Ok(style) = ProgressStyle::with_template(template) {
            self.0.set_style(style);
        }
        self.0.set_message(what);
        match of {
            Some(of) => self.0.set_length(of),
            None => self.0.unset_length(),
        }
        self.0.set_position(0);
    }
    fn at(&mut self, done: u64) {
        self.0.set_position(done);
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}
