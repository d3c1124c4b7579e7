//! The demo's clock: the story moves it; afterwards it is the machine's.

use std::sync::atomic::{AtomicBool, Ordering};

use super::story::Moved;
use crate::base::time::{Clock, ManualClock, SystemClock, Timestamp};

/// Stands where the story put it, until it is released.
pub struct DemoClock {
    story: ManualClock,
    released: AtomicBool,
}

impl DemoClock {
    /// Stands at this moment.
    pub const fn at(moment: Timestamp) -> Self {
        Self { story: ManualClock::at(moment), released: AtomicBool::new(false) }
    }
    /// From now on the machine's clock: the story has ended now.
    pub fn release(&self) {
        self.released.store(true, Ordering::SeqCst);
    }
}

impl Clock for DemoClock {
    fn now(&self) -> Timestamp {
        if self.released.load(Ordering::SeqCst) { SystemClock.now() } else { Clock::now(&self.story) }
    }
}

impl Moved for DemoClock {
    fn now(&self) -> Timestamp {
        Clock::now(self)
    }
    fn advance(&self, minutes: i64) {
        self.story.advance_minutes(minutes);
    }
}
