//! The tree while it grows: of each whole subtree that is not yet part of a larger one, its hash. As many hashes as the size
//! has bits.

use tlog_tiles::{EMPTY_HASH, node_hash};

use crate::audit::log::Hash;

/// A compact range from the first leaf on.
#[derive(Debug, Clone, Default)]
pub struct Range {
    size: u64,
    /// Subtrees, the largest first: over how many leaves (as a power of two), and the hash.
    subtrees: Vec<(u8, Hash)>,
}

impl Range {
    /// How many leaves it has.
    pub const fn size(&self) -> u64 {
        self.size
    }
    /// Adds a leaf's hash; `whole` hears of each hash that a tile keeps and that is whole now: level, position, hash.
    pub fn push(&mut self, leaf: Hash, mut whole: impl FnMut(u8, u64, Hash)) {
        let (mut height, mut hash) = (0_u8, leaf);
        while let Some((_, left)) = self.subtrees.pop_if(|(of, _)| *of == height) {
            hash = node_hash(left, hash);
            height = height.saturating_add(1);
            if height.is_multiple_of(8) {
                whole(height / 8, self.size >> height, hash);
            }
        }
        self.subtrees.push((height, hash));
        self.size = self.size.saturating_add(1);
    }
    /// The root over all leaves so far.
    pub fn root(&self) -> Hash {
        let mut smaller_first = self.subtrees.iter().rev();
        let Some((_, last)) = smaller_first.next() else { return EMPTY_HASH };
        smaller_first.fold(*last, |right, (_, left)| node_hash(*left, right))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::log::leaf_hash;
    use crate::audit::log::tree::{root, root_of_group, tests::Memory};

    #[test]
    fn it_has_the_roots_and_the_hashes_of_the_tree() {
        let leaves: Vec<Hash> = (0..66_000_u64).map(|n| leaf_hash(&n.to_be_bytes())).collect();
        let memory = Memory::of(&leaves);
        let mut range = Range::default();
        let mut kept = Vec::new();
        assert_eq!(range.root(), EMPTY_HASH);
        for (n, leaf) in leaves.iter().enumerate() {
            range.push(*leaf, |level, position, hash| kept.push((level, position, hash)));
            if n < 700 || n % 6_553 == 0 {
                assert_eq!(range.root(), root(&memory, range.size()).unwrap(), "{n}");
            }
        }
        assert_eq!(kept.iter().filter(|(level, _, _)| *level == 1).count(), 257);
        let second = kept.iter().find(|(level, position, _)| (*level, *position) == (1, 1)).unwrap();
        assert_eq!(second.2, root_of_group(&leaves[256..512]));
        assert_eq!(kept.iter().filter(|(level, _, _)| *level == 2).count(), 1);
    }
}
