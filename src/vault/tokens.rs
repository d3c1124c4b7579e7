//! Search tokens: a person is found by the keyed hash of her number, phone or name, never by the text itself.
//!
//! The key lies outside the database. Whoever has the database alone can neither read a token nor try numbers against it.
//! Always: a text is normalised the same way when it is stored and when it is searched; a token of one kind equals none
//! of another, so that two columns cannot be joined.

use std::collections::BTreeSet;
use std::fmt;

use hmac::{Hmac, KeyInit, Mac};
use jiff::civil::Date;
use sha2::Sha256;
use unicode_normalization::UnicodeNormalization;
use zeroize::Zeroizing;

/// What a token stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TokenKind {
    /// A resident identity number, or a passport's.
    IdNumber,
    /// A telephone number.
    Phone,
    /// A whole name.
    Name,
    /// A whole name with a birth date: a name alone is many people's.
    NameAndBirth,
}

impl TokenKind {
    fn label(self) -> &'static [u8] {
        match self {
            Self::IdNumber => b"lianhu search: id number\0",
            Self::Phone => b"lianhu search: phone\0",
            Self::Name => b"lianhu search: name\0",
            Self::NameAndBirth => b"lianhu search: name and birth date\0",
        }
    }

    /// The form that is hashed: what people write in several ways becomes one.
    pub fn normalised(self, text: &str) -> Zeroizing<String> {
        Zeroizing::new(match self {
            Self::IdNumber => {
                let bare = text.nfkc().filter(|c| !c.is_whitespace() && !is_hyphen(*c));
                bare.map(|c| if c == 'x' { 'X' } else { c }).nfc().collect()
            }
            Self::Phone => {
                let digits: String = text.nfkc().filter(char::is_ascii_digit).collect();
                without_country_code(&digits).to_owned()
            }
            Self::Name | Self::NameAndBirth => {
                let lower = text.nfkc().collect::<String>().to_lowercase();
                // Once more at the end: what the dropped character kept apart may compose.
                lower.nfkc().filter(|c| !c.is_whitespace() && !is_middle_dot(*c)).nfc().collect()
            }
        })
    }
}

/// The label of two neighbouring characters of a name.
const BIGRAM: &[u8] = b"lianhu search: name bigram\0";

fn is_hyphen(c: char) -> bool {
    matches!(c, '-' | '\u{2010}'..='\u{2015}' | '\u{2212}')
}

/// Between the parts of a name (阿依古丽·买买提), or after an initial; keyboards differ in which dot they give.
fn is_middle_dot(c: char) -> bool {
    matches!(c, '·' | '•' | '‧' | '・' | '.')
}

/// A mainland mobile number is 11 digits beginning with 1; only before such a one is 86 or 0086 a country code.
fn without_country_code(digits: &str) -> &str {
    ["0086", "86"]
        .iter()
        .find_map(|code| digits.strip_prefix(code).filter(|rest| rest.len() == 11 && rest.starts_with('1')))
        .unwrap_or(digits)
}

/// The key of all search tokens.
pub struct SearchKey(Zeroizing<[u8; 64]>);

impl fmt::Debug for SearchKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SearchKey(..)")
    }
}

impl SearchKey {
    /// The search key with these bytes.
    pub fn new(key: &[u8; 32]) -> Self {
        // HMAC fills a short key with zeros up to its block of 64 bytes (RFC 2104); done here, no step can fail later.
        let mut block = Zeroizing::new([0; 64]);
        for (to, from) in block.iter_mut().zip(key) {
            *to = *from;
        }
        Self(block)
    }

    /// The token of `text`, normalised as its kind asks.
    pub fn token(&self, kind: TokenKind, text: &str) -> [u8; 32] {
        self.hmac(kind.label(), kind.normalised(text).as_bytes())
    }

    /// One token for each pair of neighbouring characters in a name, sorted, none twice: a part of the name finds it. Sorted,
    /// because their order would tell the name's shape. A name of one character has none.
    pub fn name_bigrams(&self, name: &str) -> Vec<[u8; 32]> {
        let chars = Zeroizing::new(TokenKind::Name.normalised(name).chars().collect::<Vec<_>>());
        let pairs = chars.iter().zip(chars.iter().skip(1));
        let tokens: BTreeSet<_> =
            pairs.map(|(a, b)| self.hmac(BIGRAM, Zeroizing::new(String::from_iter([*a, *b])).as_bytes())).collect();
        tokens.into_iter().collect()
    }

    fn hmac(&self, label: &[u8], text: &[u8]) -> [u8; 32] {
        let mut mac = <Hmac<Sha256> as KeyInit>::new((&*self.0).into());
        mac.update(label);
        mac.update(text);
        mac.finalize().into_bytes().into()
    }
}

/// Whether `text` is a resident identity number that adds up: 17 digits and a check character (GB 11643-1999, ISO 7064
/// MOD 11-2), in it a day that exists, from 1880 (the standard's own example) to 2099. A typing error, not a forgery, shows.
pub fn id_number_checksum_ok(text: &str) -> bool {
    const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    const CHECKS: [char; 11] = ['1', '0', 'X', '9', '8', '7', '6', '5', '4', '3', '2'];

    let number = TokenKind::IdNumber.normalised(text);
    let mut rest = number.chars();
    let digits = Zeroizing::new(rest.by_ref().take(17).map_while(|c| c.to_digit(10)).collect::<Vec<_>>());
    let (Some(check), None) = (rest.next(), rest.next()) else { return false };
    if digits.len() != WEIGHTS.len() || digits.first() == Some(&0) {
        return false;
    }
    let sum: u32 = digits.iter().zip(WEIGHTS).map(|(digit, weight)| digit * weight).sum();
    let expected = usize::try_from(sum % 11).ok().and_then(|index| CHECKS.get(index));
    expected == Some(&check) && birth_date(&digits).is_some_and(|date| (1880..2100).contains(&date.year()))
}

fn birth_date(digits: &[u32]) -> Option<Date> {
    let part = |from: usize, to: usize| Some(digits.get(from..to)?.iter().fold(0, |number, digit| number * 10 + digit));
    let year = i16::try_from(part(6, 10)?).ok()?;
    Date::new(year, i8::try_from(part(10, 12)?).ok()?, i8::try_from(part(12, 14)?).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use data_encoding::HEXLOWER;
    use proptest::prelude::*;

    use super::*;

    fn key() -> SearchKey {
        SearchKey::new(&[7; 32])
    }

    /// RFC 4231, test case 1 (a key of 20 bytes: the zeros behind it are HMAC's own filling).
    #[test]
    fn agrees_with_the_published_vector() {
        let mut key = [0; 32];
        key[..20].fill(0x0b);
        assert_eq!(
            HEXLOWER.encode(&SearchKey::new(&key).hmac(b"", b"Hi There")),
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"
        );
    }

    #[test]
    fn one_text_has_another_token_in_each_kind_and_under_each_key() {
        let digits = "13800138000";
        let tokens: BTreeSet<_> = [TokenKind::IdNumber, TokenKind::Phone, TokenKind::Name]
            .iter()
            .flat_map(|kind| [key().token(*kind, digits), SearchKey::new(&[8; 32]).token(*kind, digits)])
            .collect();
        assert_eq!(tokens.len(), 6);
    }

    #[test]
    fn id_numbers_written_differently_are_one() {
        for text in [
            "11010519491231002X",
            "11010519491231002x",
            " 110105-19491231-002X ",
            "110105 19491231 002x",
            "１１０１０５１９４９１２３１００２Ｘ",
        ] {
            assert_eq!(*TokenKind::IdNumber.normalised(text), "11010519491231002X", "{text}");
        }
        assert_ne!(
            key().token(TokenKind::IdNumber, "110105194912310021"),
            key().token(TokenKind::IdNumber, "11010519491231002X")
        );
    }

    #[test]
    fn phones_written_differently_are_one() {
        for text in [
            "13800138000",
            "+86 138 0013 8000",
            "0086-138-0013-8000",
            "8613800138000",
            "（86）138-0013-8000",
            "＋８６１３８００１３８０００",
        ] {
            assert_eq!(*TokenKind::Phone.normalised(text), "13800138000", "{text}");
        }
    }

    #[test]
    fn eighty_six_is_dropped_only_before_a_mobile_number() {
        for (text, kept) in [
            ("86123456", "86123456"),
            ("010-8612 3456", "01086123456"),
            ("+86 10 8612 3456", "861086123456"),
            ("+852 2345 6789", "85223456789"),
            ("8623800138000", "8623800138000"),
            ("", ""),
        ] {
            assert_eq!(*TokenKind::Phone.normalised(text), kept, "{text}");
        }
    }

    #[test]
    fn names_written_differently_are_one() {
        for text in [
            "阿依古丽·买买提",
            "阿依古丽•买买提",
            "阿依古丽・买买提",
            "阿依古丽･买买提",
            "阿依古丽.买买提",
            "阿依古丽．买买提",
            " 阿依古丽 买买提　",
        ] {
            assert_eq!(*TokenKind::Name.normalised(text), "阿依古丽买买提", "{text}");
        }
        assert_eq!(*TokenKind::Name.normalised("J. Smith"), "jsmith");
        assert_eq!(*TokenKind::Name.normalised("y¯"), "ȳ", "the mark composes once its space is gone");
        assert_eq!(*TokenKind::Name.normalised("ＬＩ Ｎａ"), "lina");
    }

    #[test]
    fn part_of_a_name_finds_it() {
        let whole = key().name_bigrams("阿依古丽·买买提");
        assert_eq!(whole.len(), 6);
        assert!(whole.is_sorted());
        assert!(key().name_bigrams("古丽 买").iter().all(|token| whole.contains(token)));
        assert!(!whole.contains(&key().name_bigrams("丽古")[0]));
        assert_eq!(key().name_bigrams("王王王").len(), 1);
        assert!(key().name_bigrams("王").is_empty());
        assert!(key().name_bigrams("").is_empty());
        assert_ne!(key().name_bigrams("王芳"), [key().token(TokenKind::Name, "王芳")]);
    }

    #[test]
    fn the_standards_examples_add_up() {
        assert!(id_number_checksum_ok("11010519491231002X"));
        assert!(id_number_checksum_ok("440524188001010014"));
        assert!(id_number_checksum_ok(" 110105 19491231 002x"));
    }

    #[test]
    fn any_wrong_digit_and_any_swapped_neighbours_show() {
        let right = "440524188001010014";
        for at in 0..17 {
            for digit in '0'..='9' {
                let mut chars: Vec<char> = right.chars().collect();
                let changed = std::mem::replace(&mut chars[at], digit) != digit;
                assert_eq!(id_number_checksum_ok(&String::from_iter(chars)), !changed, "{digit} at {at}");
            }
            let mut chars: Vec<char> = right.chars().collect();
            chars.swap(at, at + 1);
            let changed = chars[at] != chars[at + 1];
            assert_eq!(id_number_checksum_ok(&String::from_iter(chars)), !changed, "swapped at {at}");
        }
    }

    /// Completes 17 digits by the sum in its other form: the whole, weighed with powers of two, is 1 modulo 11.
    fn completed(first: &str) -> String {
        let sum =
            |text: &str| text.chars().fold(0, |sum, c| (sum * 2 + if c == 'X' { 10 } else { c.to_digit(10).unwrap() }) % 11);
        "0123456789X".chars().map(|check| format!("{first}{check}")).find(|text| sum(text) == 1).unwrap()
    }

    #[test]
    fn the_day_of_birth_must_exist() {
        assert_eq!(completed("11010519491231002"), "11010519491231002X");
        for (first, ok) in [
            ("11010520000229001", true),
            ("11010519000229001", false), // 1900 had no 29 February
            ("11010519991301001", false),
            ("11010519990001001", false),
            ("11010519990431001", false),
            ("11010518791231001", false),
            ("11010521000101001", false),
            ("01010519991231001", false), // no region begins with 0
        ] {
            assert_eq!(id_number_checksum_ok(&completed(first)), ok, "{first}");
        }
    }

    #[test]
    fn other_shapes_are_no_id_number() {
        for text in [
            "",
            "X",
            "1101051949123100",
            "11010519491231002",
            "11010519491231002XX",
            "11010519491231002Xa",
            "110105491231002",
            "1101051949123100XX",
            "A1010519491231002X",
            "护".repeat(18).as_str(),
        ] {
            assert!(!id_number_checksum_ok(text), "{text}");
        }
    }

    #[test]
    fn the_key_does_not_show_itself() {
        assert_eq!(format!("{:?}", key()), "SearchKey(..)");
        static_assertions::assert_not_impl_any!(SearchKey: Clone, serde::Serialize);
    }

    proptest! {
        #[test]
        fn normalising_twice_changes_nothing(text in "\\PC{0,20}") {
            for kind in [TokenKind::IdNumber, TokenKind::Name] {
                let once = kind.normalised(&text);
                prop_assert_eq!(kind.normalised(&once), once);
            }
        }

        #[test]
        fn no_text_upsets_it(text in any::<String>()) {
            let _ = id_number_checksum_ok(&text);
            let _ = key().token(TokenKind::Phone, &text);
            let _ = key().name_bigrams(&text);
        }
    }
}
