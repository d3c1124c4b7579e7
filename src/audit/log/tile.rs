//! Where a tile lies: `tile/<L>/<N>[.p/<W>]` for hashes, `tile/entries/<N>[.p/<W>]` for entries (C2SP tlog-tiles).

use std::fmt;
use std::str::FromStr;

/// Hashes in a full tile, and entries in a full bundle.
pub const WIDTH: u64 = 256;

/// What a tile holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Hashes over 256^level leaves each.
    Hashes(u8),
    /// Entries, each behind its length in 16 bits, big endian.
    Entries,
}

impl Kind {
    /// How many hashes or entries of this kind a log of `size` entries holds.
    pub fn count(self, size: u64) -> u64 {
        match self {
            Self::Entries => size,
            Self::Hashes(level) => count_at(level, size),
        }
    }
}

/// A tile's address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct TilePath {
    /// What it holds.
    pub kind: Kind,
    /// Which one of its level, from 0.
    pub number: u64,
    /// How many hashes or entries it holds, 1 to 256.
    pub width: u64,
}

/// Not the path of a tile.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not the path of a tile")]
pub struct NoTile;

impl TilePath {
    /// The tile that holds the hash or entry at `position` of a level that holds `count` of them; partial if it is the last.
    /// None where there is no such position.
    pub fn holding(kind: Kind, position: u64, count: u64) -> Option<Self> {
        (position < count).then(|| {
            let number = position / WIDTH;
            Self { kind, number, width: count.saturating_sub(number.saturating_mul(WIDTH)).min(WIDTH) }
        })
    }
    /// The position of its first hash or entry within its level.
    pub const fn first(&self) -> u64 {
        self.number.saturating_mul(WIDTH)
    }
    /// Whether a log of `size` entries has it: a partial one as long as its width was once that of the last tile.
    pub fn is_in(&self, size: u64) -> bool {
        self.first().checked_add(self.width).is_some_and(|end| end <= self.kind.count(size))
    }
    /// Whether a log of just `size` entries has it: a partial one as the last tile alone.
    pub fn is_of(&self, size: u64) -> bool {
        Self::holding(self.kind, self.first(), self.kind.count(size)) == Some(*self)
    }
}

/// How many hashes a level holds in a log of `size` entries.
pub fn count_at(level: u8, size: u64) -> u64 {
    size.checked_shr(u32::from(level) * 8).unwrap_or(0)
}

/// A number as a path, so that no folder grows without end: 1234067 is `x001/x234/067`.
pub fn grouped(number: u64) -> String {
    let (mut rest, mut path) = (number / 1000, format!("{:03}", number % 1000));
    while rest > 0 {
        path = format!("x{:03}/{path}", rest % 1000);
        rest /= 1000;
    }
    path
}

impl fmt::Display for TilePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            Kind::Hashes(level) => write!(f, "tile/{level}")?,
            Kind::Entries => f.write_str("tile/entries")?,
        }
        write!(f, "/{}", grouped(self.number))?;
        if self.width < WIDTH {
            write!(f, ".p/{}", self.width)?;
        }
        Ok(())
    }
}

impl FromStr for TilePath {
    type Err = NoTile;

    fn from_str(path: &str) -> Result<Self, NoTile> {
        let rest = path.strip_prefix("tile/").ok_or(NoTile)?;
        let (kind, rest) = rest.split_once('/').ok_or(NoTile)?;
        let kind = match kind {
            "entries" => Kind::Entries,
            level => Kind::Hashes(level.parse().ok().filter(|level| *level < 8).ok_or(NoTile)?),
        };
        let (number, width) = match rest.split_once(".p/") {
            Some((number, width)) => (number, width.parse().map_err(|_| NoTile)?),
            None => (rest, WIDTH),
        };
        let number = number.split('/').try_fold(0_u64, |number, group| {
            let group: u64 = group.trim_start_matches('x').parse().map_err(|_| NoTile)?;
            number.checked_mul(1000).and_then(|number| number.checked_add(group)).ok_or(NoTile)
        })?;
        let tile = Self { kind, number, width };
        // One address a tile: what is not written the one way there is, is none.
        if (1..=WIDTH).contains(&width) && tile.to_string() == path { Ok(tile) } else { Err(NoTile) }
    }
}

/// Writes entries as a bundle. Errors: an entry longer than 65,535 bytes.
pub fn bundle<'e>(entries: impl IntoIterator<Item = &'e [u8]>) -> Result<Vec<u8>, NoTile> {
    let mut bytes = Vec::new();
    for entry in entries {
        bytes.extend_from_slice(&u16::try_from(entry.len()).map_err(|_| NoTile)?.to_be_bytes());
        bytes.extend_from_slice(entry);
    }
    Ok(bytes)
}

/// Takes the entries out of a bundle; the error comes where it is cut short.
pub fn entries(mut bundle: &[u8]) -> impl Iterator<Item = Result<&[u8], NoTile>> {
    std::iter::from_fn(move || {
        if bundle.is_empty() {
            return None;
        }
        let taken =
            bundle.split_first_chunk::<2>().and_then(|(length, rest)| rest.split_at_checked(u16::from_be_bytes(*length).into()));
        let Some((entry, rest)) = taken else {
            bundle = &[];
            return Some(Err(NoTile));
        };
        bundle = rest;
        Some(Ok(entry))
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn paths_are_those_of_the_specification() {
        // C2SP tlog-tiles: "tile/<L>/<N>", 1234067 is x001/x234/067; a partial tile ends in .p/<W>.
        let tile = |kind, number, width| TilePath { kind, number, width };
        for (path, tile) in [
            ("tile/0/000", tile(Kind::Hashes(0), 0, 256)),
            ("tile/3/x001/x234/067", tile(Kind::Hashes(3), 1_234_067, 256)),
            ("tile/1/x001/x234/067.p/8", tile(Kind::Hashes(1), 1_234_067, 8)),
            ("tile/entries/x123/456.p/255", tile(Kind::Entries, 123_456, 255)),
        ] {
            assert_eq!(tile.to_string(), path);
            assert_eq!(path.parse(), Ok(tile));
        }
    }

    #[test]
    fn any_other_way_to_write_one_is_none() {
        for path in [
            "",
            "tile",
            "tile/0",
            "tile/0/",
            "tile/0/0",
            "tile/0/0000",
            "tile/0/x000/000",
            "tile/0/001/002",
            "tile/0/000.p/0",
            "tile/0/000.p/256",
            "tile/0/000.p/257",
            "tile/0/000.p/01",
            "tile/8/000",
            "tile/-1/000",
            "tile/00/000",
            "tile/data/000",
            "tile/entries/x18/446",
            "/tile/0/000",
            "tile/0/../000",
            "tile/0/x99999999999999999999/000",
            "tile/0/x018/x446/x744/x073/x709/x551/616",
        ] {
            assert_eq!(path.parse::<TilePath>(), Err(NoTile), "{path}");
        }
    }

    #[test]
    fn a_log_has_the_tiles_up_to_its_size() {
        let has = |path: &str, size| path.parse::<TilePath>().unwrap().is_in(size);
        assert!(has("tile/0/000.p/3", 3) && has("tile/0/000.p/2", 3) && !has("tile/0/000.p/4", 3));
        assert!(has("tile/0/000", 256) && !has("tile/0/000", 255) && has("tile/1/000.p/1", 256) && !has("tile/1/000.p/1", 255));
        assert!(!has("tile/7/x018/x446/x744/x073/x709/000", u64::MAX));
    }

    proptest! {
        #[test]
        fn a_path_reads_back(level in 0_u8..8, number in 0..u64::MAX / 256, width in 1_u64..=256) {
            for kind in [Kind::Hashes(level), Kind::Entries] {
                let tile = TilePath { kind, number, width };
                prop_assert_eq!(tile.to_string().parse(), Ok(tile));
            }
        }

        #[test]
        fn a_bundle_reads_back_and_a_cut_one_does_not(list in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..300), 1..20), cut in 1_usize..40) {
            let whole = bundle(list.iter().map(Vec::as_slice)).unwrap();
            let back: Result<Vec<_>, _> = entries(&whole).collect();
            prop_assert_eq!(back.unwrap(), list.iter().map(Vec::as_slice).collect::<Vec<_>>());
            let shorter: Result<Vec<_>, _> = entries(&whole[..whole.len() - cut.min(whole.len())]).collect();
            prop_assert!(shorter.map_or(true, |shorter| shorter.len() < list.len()));
        }

        #[test]
        fn nothing_made_up_breaks_the_reader(path in ".{0,60}", bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = path.parse::<TilePath>();
            prop_assert!(entries(&bytes).count() <= bytes.len());
        }
    }
}
