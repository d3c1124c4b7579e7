//! Passwords of a demo's accounts: made anew at each start, easy to read and to type.

use std::collections::BTreeMap;

use super::world::PEOPLE;
use crate::base::random::{self, RandomError};

/// 32 words: five bits each.
const WORDS: [&str; 32] = [
    "Acorn", "Basil", "Cedar", "Delta", "Ember", "Fable", "Grove", "Hazel", "Ivory", "Jolly", "Kayak", "Lemon", "Maple", "Noble",
    "Olive", "Pearl", "Quilt", "River", "Sable", "Tulip", "Umbra", "Velvet", "Willow", "Xenon", "Yacht", "Zebra", "Amber",
    "Birch", "Coral", "Dune", "Fern", "Glade",
];

/// Four words and six digits: 40 bits, behind the sign-in's own brake, for invented people.
const LENGTH: usize = 8;

fn one() -> Result<String, RandomError> {
    let mut bytes = [0; LENGTH];
    random::fill(&mut bytes)?;
    let words: Vec<&str> = bytes.iter().take(4).filter_map(|byte| WORDS.get(usize::from(byte % 32)).copied()).collect();
    let number: u64 = bytes.iter().skip(4).fold(0, |sum, byte| sum * 256 + u64::from(*byte));
    Ok(format!("{}-{:06}", words.join("-"), number % 1_000_000))
}

/// A password for everybody, by user name.
pub fn all() -> Result<BTreeMap<String, String>, RandomError> {
    std::iter::once("admin")
        .chain(PEOPLE.iter().map(|(username, ..)| *username))
        .map(|name| Ok((name.to_owned(), one()?)))
        .collect()
}

#[cfg(test)]
mod tests {
    #[test]
    fn everybody_has_one_of_their_own() {
        let all = super::all().unwrap();
        let different: std::collections::BTreeSet<&String> = all.values().collect();
        assert_eq!((all.len(), different.len()), (18, 18));
        assert!(all.values().all(|password| password.len() >= 12));
    }
}
