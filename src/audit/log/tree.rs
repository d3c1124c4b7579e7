//! The tree as it is stored: the hash over each whole group of 256, of 256 groups of 256, and so on; all others are made from
//! these. Whoever has them, database, folder or another server, is a source; roots and proofs are made over any source.

use std::cell::RefCell;
use std::collections::HashMap;
use std::collections::hash_map::Entry;

use tlog_tiles::{EMPTY_HASH, Error, Hash, HashReader, node_hash, split_stored_hash_index};

use super::tile::{Kind, TilePath, WIDTH, count_at};

/// Why a hash could not be had.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoHashes {
    /// The source did not give it.
    #[error("{0}")]
    Source(String),
    /// What it gave does not fit.
    #[error("the tree's hashes do not fit: {0}")]
    Wrong(String),
}

/// A source of hashes.
pub trait Hashes {
    /// The hashes over 256^level leaves each, `count` of them from `first` on; all lie in one tile.
    fn hashes(&self, level: u8, first: u64, count: u64) -> Result<Vec<Hash>, NoHashes>;
}

impl<S: Hashes + ?Sized> Hashes for &S {
    fn hashes(&self, level: u8, first: u64, count: u64) -> Result<Vec<Hash>, NoHashes> {
        (**self).hashes(level, first, count)
    }
}

/// The root over a whole group: a power of two of hashes.
pub fn root_of_group(hashes: &[Hash]) -> Hash {
    match hashes {
        [] => EMPTY_HASH,
        [one] => *one,
        more => {
            let mut level: Vec<Hash> = more.to_vec();
            while level.len() > 1 {
                level = level.chunks(2).map(pair).collect();
            }
            level.first().copied().unwrap_or(EMPTY_HASH)
        }
    }
}

fn pair(two: &[Hash]) -> Hash {
    match two {
        [left, right] => node_hash(*left, *right),
        [one] => *one,
        _ => EMPTY_HASH,
    }
}

/// The tiles of a tree of a certain size as a source, each had once from wherever they are.
pub struct Tiled<F> {
    size: u64,
    tile: F,
    known: RefCell<HashMap<(u8, u64), Vec<Hash>>>,
}

impl<F: Fn(TilePath) -> Result<Vec<Hash>, NoHashes>> Tiled<F> {
    /// The tree of the first `size` entries; `tile` gives a tile's hashes.
    pub fn of(size: u64, tile: F) -> Self {
        Self { size, tile, known: RefCell::default() }
    }
}

impl<F: Fn(TilePath) -> Result<Vec<Hash>, NoHashes>> Hashes for Tiled<F> {
    fn hashes(&self, level: u8, first: u64, count: u64) -> Result<Vec<Hash>, NoHashes> {
        let missing = || NoHashes::Wrong(format!("level {level} has no hash {first}"));
        let path = TilePath::holding(Kind::Hashes(level), first, count_at(level, self.size)).ok_or_else(missing)?;
        let mut known = self.known.borrow_mut();
        let hashes = match known.entry((level, path.number)) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(free) => free.insert((self.tile)(path)?),
        };
        let range = || {
            let from = usize::try_from(first % WIDTH).ok()?;
            Some(from..from.checked_add(usize::try_from(count).ok()?)?)
        };
        range().and_then(|range| hashes.get(range)).map(<[Hash]>::to_vec).ok_or_else(missing)
    }
}

/// A source, as the tile library reads it: any node of the tree, made from stored ones.
struct Reader<S>(S);

impl<S: Hashes> Reader<S> {
    fn node(&self, level: u8, number: u64) -> Result<Hash, NoHashes> {
        // A node over 2^level leaves stands over 2^(level mod 8) hashes of the stored level below it.
        let (stored, over) = (level / 8, 1_u64 << (level % 8));
        let first = number.checked_mul(over).ok_or_else(|| NoHashes::Wrong("a node beyond the tree".into()))?;
        let hashes = self.0.hashes(stored, first, over)?;
        if u64::try_from(hashes.len()) != Ok(over) || first / WIDTH != (first + over - 1) / WIDTH {
            return Err(NoHashes::Wrong(format!("level {stored} has too few hashes at {first}")));
        }
        Ok(root_of_group(&hashes))
    }
}

impl<S: Hashes> HashReader for Reader<S> {
    fn read_hashes(&self, indexes: &[u64]) -> Result<Vec<Hash>, Error> {
        let node = |index: &u64| {
            let (level, number) = split_stored_hash_index(*index);
            self.node(level, number).map_err(|error| Error::InvalidInput(error.to_string()))
        };
        indexes.iter().map(node).collect()
    }
}

fn told(error: &Error) -> NoHashes {
    NoHashes::Wrong(format!("{error:?}"))
}

/// The root over the first `size` leaves.
pub fn root<S: Hashes>(source: S, size: u64) -> Result<Hash, NoHashes> {
    if size == 0 {
        return Ok(EMPTY_HASH);
    }
    tlog_tiles::tree_hash(size, &Reader(source)).map_err(|error| told(&error))
}

/// Hashes that prove the leaf at `position` to be in the tree of `size` leaves (RFC 6962 section 2.1.1).
pub fn prove_inclusion<S: Hashes>(source: S, size: u64, position: u64) -> Result<Vec<Hash>, NoHashes> {
    tlog_tiles::prove_record(size, position, &Reader(source)).map_err(|error| told(&error))
}

/// Hashes that prove the tree of `old` leaves to be the beginning of the tree of `size` leaves (RFC 6962 section 2.1.2).
pub fn prove_consistency<S: Hashes>(source: S, size: u64, old: u64) -> Result<Vec<Hash>, NoHashes> {
    if old == 0 || old == size {
        return Ok(Vec::new());
    }
    tlog_tiles::prove_tree(size, old, &Reader(source)).map_err(|error| told(&error))
}

/// Whether the leaf with this hash is at `position` in the tree of `size` leaves with this root.
pub fn is_included(proof: &[Hash], (size, root): (u64, Hash), position: u64, leaf: Hash) -> bool {
    tlog_tiles::check_record(&proof.to_vec(), size, root, position, leaf).is_ok()
}

/// Whether the older tree is the beginning of the newer one.
pub fn is_consistent(proof: &[Hash], (size, root): (u64, Hash), (old, old_root): (u64, Hash)) -> bool {
    match old {
        0 => old_root == EMPTY_HASH,
        old if old == size => old_root == root && proof.is_empty(),
        old => old < size && tlog_tiles::check_tree(&proof.to_vec(), size, root, old, old_root).is_ok(),
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use proptest::prelude::*;
    use sha2::{Digest, Sha256};

    use super::*;
    use crate::audit::log::leaf_hash;

    /// Leaves in memory, and the stored levels over them.
    pub(crate) struct Memory(pub Vec<Vec<Hash>>);

    impl Memory {
        pub fn of(leaves: &[Hash]) -> Self {
            let mut levels = vec![leaves.to_vec()];
            while levels.last().is_some_and(|level| level.len() >= 256) {
                let above = levels.last().unwrap().chunks_exact(256).map(root_of_group).collect();
                levels.push(above);
            }
            Self(levels)
        }
    }

    impl Hashes for Memory {
        fn hashes(&self, level: u8, first: u64, count: u64) -> Result<Vec<Hash>, NoHashes> {
            let (first, count) = (usize::try_from(first).unwrap(), usize::try_from(count).unwrap());
            self.0
                .get(usize::from(level))
                .and_then(|hashes| hashes.get(first..first + count))
                .map(<[Hash]>::to_vec)
                .ok_or_else(|| NoHashes::Source("no such hash".into()))
        }
    }

    fn leaves(count: u64) -> Vec<Hash> {
        (0..count).map(|n| leaf_hash(&n.to_be_bytes())).collect()
    }

    /// RFC 6962 section 2.1, word for word.
    fn mth(leaves: &[Hash]) -> Hash {
        match leaves {
            [] => Hash(Sha256::digest([]).into()),
            [one] => *one,
            more => {
                let mut k = 1;
                while k * 2 < more.len() {
                    k *= 2;
                }
                let (left, right) = (mth(&more[..k]), mth(&more[k..]));
                Hash(Sha256::new().chain_update([1]).chain_update(left.0).chain_update(right.0).finalize().into())
            }
        }
    }

    #[test]
    fn a_leafs_hash_is_that_of_the_rfc() {
        assert_eq!(leaf_hash(b"x").0, <[u8; 32]>::from(Sha256::digest(b"\0x")));
        assert_eq!(root(Memory::of(&[]), 0).unwrap(), mth(&[]));
    }

    #[test]
    fn each_root_is_that_of_the_rfc() {
        let all = leaves(70_000);
        let memory = Memory::of(&all);
        for size in (1..600).chain([65_535, 65_536, 65_537, 66_000, 70_000]) {
            assert_eq!(root(&memory, size).unwrap(), mth(&all[..usize::try_from(size).unwrap()]), "{size}");
        }
        assert_eq!(count_at(2, 70_000), 1);
    }

    proptest! {
        #[test]
        fn what_is_proved_is_so_and_nothing_else(size in 1_u64..70_000, a in any::<u64>(), b in any::<u64>()) {
            let all = leaves(size);
            let memory = Memory::of(&all);
            let head = (size, root(&memory, size).unwrap());
            let position = a % size;
            let leaf = all[usize::try_from(position).unwrap()];
            let proof = prove_inclusion(&memory, size, position).unwrap();
            prop_assert!(is_included(&proof, head, position, leaf));
            prop_assert!(!is_included(&proof, head, position, leaf_hash(b"another")));
            prop_assert!(size == 1 || !is_included(&proof, head, (position + 1) % size, leaf));
            let old = b % (size + 1);
            let old_head = (old, root(&memory, old).unwrap());
            let proof = prove_consistency(&memory, size, old).unwrap();
            prop_assert!(is_consistent(&proof, head, old_head));
            prop_assert!(!is_consistent(&proof, head, (old, leaf_hash(b"another"))));
        }
    }

    #[test]
    fn a_source_that_gives_too_little_is_told() {
        struct Short;
        impl Hashes for Short {
            fn hashes(&self, _: u8, _: u64, _: u64) -> Result<Vec<Hash>, NoHashes> {
                Ok(Vec::new())
            }
        }
        assert!(matches!(root(Short, 300), Err(NoHashes::Wrong(_))));
        assert!(prove_inclusion(Short, 3, 7).is_err());
    }
}
