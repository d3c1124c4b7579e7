//! `[audit]`: the verifiable log. Nothing here turns it off.

use serde::Deserialize;

use super::Bounds;

/// `[audit]`: the log's name, how often it goes on, when a witness counts as silent.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Audit {
    /// The log's name in its checkpoints, as `federation.example.cn/lianhu`: no spaces, no `+`. It is taken when the log begins
    /// and never changes after; by default empty: a name made of its first key.
    pub origin: String,
    /// Between two rounds in which entries get their place and a checkpoint is signed, milliseconds, 100 to 5000; by default 500.
    pub sequence_ms: u32,
    /// A witness that has not cosigned for so long, while the log went on, is told to the auditors, minutes, 5 to 43200; by
    /// default 1440 (a day).
    pub witness_silent_minutes: u32,
}

impl Default for Audit {
    fn default() -> Self {
        Self { origin: String::new(), sequence_ms: 500, witness_silent_minutes: 1440 }
    }
}

impl Audit {
    pub(super) fn check(&self, bounds: &mut Bounds) {
        let named = self.origin.len() <= 200 && !self.origin.chars().any(|c| c.is_whitespace() || c.is_control() || c == '+');
        bounds.holds("audit.origin", named, "must be a name without spaces and +, 200 bytes at most");
        bounds.within("audit.sequence_ms", self.sequence_ms, 100..=5000);
        bounds.within("audit.witness_silent_minutes", self.witness_silent_minutes, 5..=43_200);
    }
}
