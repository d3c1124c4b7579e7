//! A log's tree in memory: its leaves, and each stored level over them.

use lianhu::audit::log::tree::root_of_group;
use lianhu::audit::log::{Hash, Hashes, NoHashes};

/// By level.
pub struct Stored(pub Vec<Vec<Hash>>);

impl Stored {
    /// Over these leaves.
    pub fn over(leaves: Vec<Hash>) -> Self {
        let mut levels = vec![leaves];
        while levels.last().is_some_and(|level| level.len() >= 256) {
            let above = levels.last().expect("a level").chunks_exact(256).map(root_of_group).collect();
            levels.push(above);
        }
        Self(levels)
    }
}

impl Hashes for Stored {
    fn hashes(&self, level: u8, first: u64, count: u64) -> Result<Vec<Hash>, NoHashes> {
        let (first, count) = (usize::try_from(first).expect("few"), usize::try_from(count).expect("few"));
        Ok(self.0[usize::from(level)][first..first + count].to_vec())
    }
}
