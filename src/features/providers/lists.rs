//! Lists of words kept in one column, and what a division covers.

/// Words as stored: a space before and after each, so that one of them is found by `LIKE '% word %'`. They are in the order
/// of their letters, so that the same set is the same text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Words(String);

impl Words {
    /// Of these words, none of which holds a space.
    pub fn new<'a>(words: impl IntoIterator<Item = &'a str>) -> Self {
        let mut words: Vec<&str> = words.into_iter().collect();
        words.sort_unstable();
        words.dedup();
        Self(format!(" {} ", words.join(" ")))
    }
    /// As stored.
    pub fn into_string(self) -> String {
        self.0
    }
    /// The words of a stored text.
    pub fn of(stored: &str) -> Vec<String> {
        stored.split_ascii_whitespace().map(str::to_owned).collect()
    }
}

/// The divisions that hold a division, itself included: by GB/T 2260 the first two digits name the province, the next two the
/// city, the last two the district; zeros name the whole of what stands before them.
pub fn covering(division: &str) -> Vec<String> {
    let mut all = vec![division.to_owned()];
    for length in [4, 2] {
        if let Some(prefix) = division.get(..length) {
            let whole = format!("{prefix:0<6}");
            if !all.contains(&whole) {
                all.push(whole);
            }
        }
    }
    all
}

/// How a list of divisions covers one: `Some(true)` names it, `Some(false)` names one that holds it, `None` does not.
pub fn is_exact(divisions: &[String], asked: &str) -> Option<bool> {
    let holding = covering(asked);
    if divisions.iter().any(|division| division == asked) {
        Some(true)
    } else {
        divisions.iter().any(|division| holding.contains(division)).then_some(false)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_parent_covers_its_children_and_not_the_reverse() {
        assert_eq!(covering("310113"), ["310113", "310100", "310000"]);
        assert_eq!(covering("310100"), ["310100", "310000"]);
        assert_eq!(covering("310000"), ["310000"]);
        let of = |text: &str| vec![text.to_owned()];
        assert_eq!(is_exact(&of("310113"), "310113"), Some(true));
        assert_eq!(is_exact(&of("310000"), "310113"), Some(false));
        assert_eq!(is_exact(&of("310113"), "310100"), None);
        assert_eq!(is_exact(&of("310114"), "310113"), None);
    }

    proptest! {
        #[test]
        fn words_come_back_as_they_were_in_their_order(words in prop::collection::btree_set("[a-z0-9-]{1,8}", 1..8)) {
            let stored = Words::new(words.iter().map(String::as_str)).into_string();
            prop_assert_eq!(Words::of(&stored), words.iter().cloned().collect::<Vec<_>>());
            for word in &words {
                let padded = format!(" {word} ");
                prop_assert!(stored.contains(&padded));
            }
        }
    }
}
