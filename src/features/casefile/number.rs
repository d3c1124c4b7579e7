//! Case numbers: seven random characters and one that checks them, `7K3M-92QX`.
//!
//! 31 characters, none of which is taken for another when read aloud or written by hand (no 0 O, 1 I L): a prime, so that
//! the weighted sum shows any one wrong character and any two that were swapped.

use std::fmt;
use std::str::FromStr;

const ALPHABET: &[u8; 31] = b"23456789ABCDEFGHJKMNPQRSTUVWXYZ";
const WEIGHTS: [usize; 7] = [1, 2, 3, 4, 5, 6, 7];

/// A case number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaseNo(String);

/// A text that is not a case number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a case number")]
pub struct NotACaseNo;

fn character(value: usize) -> char {
    ALPHABET.get(value % 31).copied().map_or('2', char::from)
}

/// Added to the sum, so that a number never filled in (the first character eight times) is none.
const START: usize = 11;

fn check(values: &[usize]) -> usize {
    values.iter().zip(WEIGHTS).map(|(value, weight)| value * weight).sum::<usize>().saturating_add(START) % 31
}

impl CaseNo {
    /// From random bytes; nothing where they do not suffice. A byte from 248 on is passed over: without it each character
    /// is equally likely.
    pub fn from_random(bytes: &[u8]) -> Option<Self> {
        let values: Vec<usize> = bytes.iter().filter(|byte| **byte < 248).map(|byte| usize::from(*byte) % 31).take(7).collect();
        (values.len() == 7).then(|| Self::of(&values))
    }

    fn of(values: &[usize]) -> Self {
        let mut text = String::with_capacity(9);
        for (place, value) in values.iter().copied().chain([check(values)]).enumerate() {
            if place == 4 {
                text.push('-');
            }
            text.push(character(value));
        }
        Self(text)
    }

    /// As people see it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for CaseNo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for CaseNo {
    type Err = NotACaseNo;
    /// In either case, with or without the hyphen.
    fn from_str(text: &str) -> Result<Self, NotACaseNo> {
        let values: Option<Vec<usize>> = text
            .bytes()
            .filter(|byte| *byte != b'-')
            .map(|byte| ALPHABET.iter().position(|known| *known == byte.to_ascii_uppercase()))
            .collect();
        let values = values.ok_or(NotACaseNo)?;
        match values.split_last() {
            Some((last, first)) if first.len() == 7 && check(first) == *last => Ok(Self::of(first)),
            Some(_) | None => Err(NotACaseNo),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn it_has_the_form_people_know() {
        let number = CaseNo::from_random(&[255, 0, 1, 2, 3, 4, 5, 6]).unwrap();
        assert_eq!(number.as_str().len(), 9);
        assert_eq!(number.as_str().find('-'), Some(4));
        assert_eq!(number.as_str(), "2345-678Z");
        assert_eq!(CaseNo::from_random(&[0; 6]), None);
        assert_eq!(CaseNo::from_random(&[250; 20]), None);
        assert_eq!("2345678z".parse(), Ok(number));
        assert!("0345-678Z".parse::<CaseNo>().is_err());
        assert!("".parse::<CaseNo>().is_err());
        assert!("7K3M-92QX".parse::<CaseNo>().is_ok());
        assert!("2222-2222".parse::<CaseNo>().is_err());
    }

    proptest! {
        #[test]
        fn one_wrong_character_and_two_swapped_show(bytes: [u8; 32], place in 0_usize..8, other in 0_usize..31) {
            let Some(number) = CaseNo::from_random(&bytes) else { return Ok(()) };
            prop_assert_eq!(number.as_str().parse::<CaseNo>(), Ok(number.clone()));
            let chars: Vec<char> = number.as_str().chars().filter(|c| *c != '-').collect();
            let mut wrong = chars.clone();
            wrong[place] = character(other);
            prop_assert_eq!(String::from_iter(&wrong).parse::<CaseNo>().is_ok(), wrong == chars);
            let mut swapped = chars.clone();
            swapped.swap(place, (place + 1) % 8);
            prop_assert_eq!(String::from_iter(&swapped).parse::<CaseNo>().is_ok(), swapped == chars);
        }
    }
}
