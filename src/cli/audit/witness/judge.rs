//! Whether a checkpoint may be cosigned: its tree is what was signed, and goes on from every tree that was seen before. No hash
//! is believed for its own sake: all of them meet in the two signed roots.

use std::cell::RefCell;

use super::client::{Client, Trouble};
use crate::audit::log::note::Checkpoint;
use crate::audit::log::tree::{Tiled, is_consistent, prove_consistency, root};
use crate::audit::log::{Hash, Hashes, NoHashes, TilePath};
use crate::base::words::ObjectionKind;

/// Bytes of a hash.
const HASH: usize = 32;
/// The longest answer to a tile: a full one; what tells of a problem is shorter.
const LONGEST_TILE: u64 = 8192;

/// Why a checkpoint is not cosigned.
#[derive(Debug, Clone, PartialEq)]
pub struct Refusal {
    /// The kind.
    pub kind: ObjectionKind,
    /// What is wrong, in both languages.
    pub told: String,
    /// The checkpoint that it does not go on from; none where the offered one is wrong by itself.
    pub seen: Option<Box<Checkpoint>>,
}

impl Refusal {
    /// A refusal of a checkpoint that is wrong by itself.
    pub const fn alone(kind: ObjectionKind, told: String) -> Self {
        Self { kind, told, seen: None }
    }
}

/// Judges a checkpoint by those seen before. The source gives the hashes of the offered tree.
pub fn judge<S: Hashes>(source: &S, offered: &Checkpoint, seen: &[Checkpoint]) -> Result<(), Refusal> {
    let head = (offered.size, offered.root);
    let against = |kind, told, seen: &Checkpoint| Refusal { kind, told, seen: Some(Box::new(seen.clone())) };
    for old in seen {
        if old.size > offered.size {
            let (was, is) = (old.size, offered.size);
            let told = format!("the log had {was} entries and now shows {is} / 日志曾有 {was} 条,现仅显示 {is} 条");
            return Err(against(ObjectionKind::Rollback, told, old));
        }
        if old.size == offered.size && old.root != offered.root {
            let size = old.size;
            let told = format!("two different logs of {size} entries were signed / 出现两份不同的 {size} 条日志");
            return Err(against(ObjectionKind::Fork, told, old));
        }
    }
    let misfit = |why: &dyn std::fmt::Display| {
        let told = format!(
            "the hashes served do not make the tree of {} entries that was signed ({why}) / 提供的哈希与已签名的日志不符",
            offered.size
        );
        Refusal::alone(ObjectionKind::Consistency, told)
    };
    match root(source, offered.size) {
        Ok(root) if root == offered.root => {}
        Ok(_) => return Err(misfit(&"another root")),
        Err(error) => return Err(misfit(&error)),
    }
    for old in seen {
        let proof = prove_consistency(source, offered.size, old.size).map_err(|error| misfit(&error))?;
        if is_consistent(&proof, head, (old.size, old.root)) {
            continue;
        }
        // Either what was seen is not in the tree, or the levels of what is served do not belong together.
        if root(source, old.size).is_ok_and(|root| root == old.root) {
            return Err(misfit(&"its levels are of two trees"));
        }
        let size = old.size;
        let told = format!("its first {size} entries are not those that were cosigned / 前 {size} 条与先前联署的不一致");
        return Err(against(ObjectionKind::Fork, told, old));
    }
    Ok(())
}

/// The tiles of a tree of a certain size, over HTTP.
pub struct Served<'c> {
    client: &'c Client,
    size: u64,
    trouble: RefCell<Option<Trouble>>,
}

impl<'c> Served<'c> {
    /// The tree of the first `size` entries.
    pub fn of(client: &'c Client, size: u64) -> Self {
        Self { client, size, trouble: RefCell::default() }
    }

    /// Its hashes; each tile is asked for once.
    pub fn hashes(&self) -> impl Hashes + '_ {
        Tiled::of(self.size, |tile| self.tile(tile))
    }

    /// What went wrong on the way, and so says nothing of the log.
    pub fn trouble(&self) -> Option<Trouble> {
        self.trouble.take()
    }

    fn tile(&self, tile: TilePath) -> Result<Vec<Hash>, NoHashes> {
        let passing = |trouble: Trouble| {
            let told = NoHashes::Source(trouble.to_string());
            *self.trouble.borrow_mut() = Some(trouble);
            told
        };
        let answer = self.client.ask(&ureq::http::Method::GET, &format!("/audit/{tile}"), None, LONGEST_TILE).map_err(passing)?;
        if answer.is_nothing() {
            return Err(NoHashes::Wrong(format!("there is no {tile}")));
        }
        if !answer.is_ok() {
            return Err(passing(answer.trouble(&tile.to_string())));
        }
        let (hashes, rest) = answer.bytes.as_chunks::<HASH>();
        match u64::try_from(hashes.len()) {
            Ok(width) if width == tile.width && rest.is_empty() => Ok(hashes.iter().copied().map(Hash).collect()),
            _ => Err(NoHashes::Wrong(format!("{tile} has {} bytes", answer.bytes.len()))),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::audit::log::leaf_hash;
    use crate::audit::log::note::{Signer, Use};
    use crate::audit::log::tree::tests::Memory;

    fn leaves(count: u64) -> Vec<Hash> {
        (0..count).map(|n| leaf_hash(&n.to_be_bytes())).collect()
    }

    fn head(leaves: &[Hash], size: u64) -> Checkpoint {
        let signer = Signer::new("log", Use::Log, &[1; 32]).unwrap();
        let part = &leaves[..usize::try_from(size).unwrap()];
        Checkpoint::sign("log", size, root(Memory::of(part), size).unwrap(), &[&signer]).unwrap()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn what_goes_on_is_cosigned_and_any_changed_leaf_is_seen(size in 1_u64..70_000, a in any::<u64>(), b in any::<u64>()) {
            let honest = leaves(size);
            let old = a % (size + 1);
            let seen = head(&honest, old);
            prop_assert_eq!(judge(&Memory::of(&honest), &head(&honest, size), std::slice::from_ref(&seen)), Ok(()));
            let changed = usize::try_from(b % size).unwrap();
            let mut forged = honest.clone();
            forged[changed] = leaf_hash(b"another");
            // The other tree, signed and served whole: a fork where the leaf was seen, unseen where it was not.
            let told = judge(&Memory::of(&forged), &head(&forged, size), std::slice::from_ref(&seen));
            if b % size < old {
                prop_assert_eq!(told.unwrap_err().kind, ObjectionKind::Fork);
            } else {
                prop_assert_eq!(told, Ok(()));
            }
            // The honest leaves below, the forged tree above: whoever believes tiles by themselves would cosign.
            let mut mixed = Memory::of(&honest);
            for (level, hashes) in Memory::of(&forged).0.into_iter().enumerate().skip(1) {
                mixed.0[level] = hashes;
            }
            if size >= 256 && changed < usize::try_from(size / 256 * 256).unwrap() && (b % size) < old {
                prop_assert!(judge(&mixed, &head(&forged, size), std::slice::from_ref(&seen)).is_err());
            }
        }
    }

    #[test]
    fn shorter_is_a_rollback_and_a_smaller_tree_than_signed_does_not_fit() {
        let all = leaves(600);
        let memory = Memory::of(&all);
        let kind = |offered: &Checkpoint, seen: &[Checkpoint]| judge(&memory, offered, seen).unwrap_err().kind;
        assert_eq!(kind(&head(&all, 500), &[head(&all, 600)]), ObjectionKind::Rollback);
        let signer = Signer::new("log", Use::Log, &[1; 32]).unwrap();
        let smaller = Checkpoint::sign("log", 600, head(&all, 500).root, &[&signer]).unwrap();
        assert_eq!(kind(&smaller, &[]), ObjectionKind::Consistency);
        let beyond = Checkpoint::sign("log", 700, head(&all, 600).root, &[&signer]).unwrap();
        assert_eq!(kind(&beyond, &[head(&all, 600)]), ObjectionKind::Consistency);
        assert_eq!(kind(&smaller, &[head(&all, 600)]), ObjectionKind::Fork);
    }
}
