//! Texts that people type: names, lines, longer texts, phones, ID numbers. Each is a type with its length and its
//! characters; the schema in the API document tells the same rule that reading enforces.
//!
//! Always: white space at the ends is cut off and what is left is not empty; no character that cannot be seen and makes
//! one text look like another (control, zero-width, text direction). They hold case data: `Debug` tells the length only.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};

/// What cannot be seen and is refused everywhere: C0 (but for tab and line ends, told below) and C1 controls, DEL, soft
/// hyphen, Arabic letter mark, zero-width spaces and marks, line and paragraph separators, text-direction controls,
/// word joiner and its invisible kin, byte order mark. U+200D is told apart: emoji are joined by it.
macro_rules! hidden {
    () => {
        r"\u0000-\u0008\u000B-\u001F\u007F-\u009F\u00AD\u061C\u200B\u200C\u200E\u200F\u2028-\u202E\u2060-\u2064\u2066-\u2069\uFEFF"
    };
}
/// Refused in one line as well: tab, line end, and the joiner.
macro_rules! line_breaks {
    () => {
        r"\u0009\u000A\u200D"
    };
}

/// Anything but hidden characters, with at least one that is not white space.
const SINGLE_LINE: &str =
    concat!("^[^", hidden!(), line_breaks!(), "]*[^", hidden!(), line_breaks!(), r"\s][^", hidden!(), line_breaks!(), "]*$");
/// The same over several lines.
const MANY_LINES: &str = concat!("^[^", hidden!(), "]*[^", hidden!(), r"\s][^", hidden!(), "]*$");

const fn is_hidden(c: char) -> bool {
    matches!(c,
        '\0'..='\u{8}' | '\u{B}'..='\u{1F}' | '\u{7F}'..='\u{9F}' | '\u{AD}' | '\u{61C}' | '\u{200B}' | '\u{200C}' | '\u{200E}' | '\u{200F}'
        | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{2064}' | '\u{2066}'..='\u{2069}' | '\u{FEFF}')
}

/// Whether a text of one line holds a character that is refused.
const fn is_refused_in_line(c: char) -> bool {
    is_hidden(c) || matches!(c, '\t' | '\n' | '\u{200D}')
}

/// The line, from 1, in which the byte at this offset stands: where a file of settings is wrong.
pub fn line_at(text: &str, offset: usize) -> usize {
    text.bytes().take(offset).filter(|byte| *byte == b'\n').count().saturating_add(1)
}

/// Whether a text that did not fit its pattern holds a character that cannot be seen.
pub fn holds_hidden(text: &str) -> bool {
    text.chars().any(is_refused_in_line)
}

/// Why a text was not taken. Says nothing of the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum WrongText {
    /// Nothing, or white space only.
    #[error("must not be blank")]
    Blank,
    /// Fewer characters than the type asks for.
    #[error("too short")]
    TooShort,
    /// More characters than the type takes.
    #[error("too long")]
    TooLong,
    /// A character that is not taken.
    #[error("a character is not allowed")]
    Character,
}

fn checked(raw: &str, min: usize, max: usize, takes: fn(&str) -> bool) -> Result<&str, WrongText> {
    let length = raw.chars().count();
    let text = raw.trim();
    if text.is_empty() {
        Err(WrongText::Blank)
    } else if length < min {
        Err(WrongText::TooShort)
    } else if length > max {
        Err(WrongText::TooLong)
    } else if takes(raw) {
        Ok(text)
    } else {
        Err(WrongText::Character)
    }
}

fn is_email(text: &str) -> bool {
    let Some((local, domain)) = text.split_once('@') else { return false };
    let local_takes = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '%' | '+' | '-');
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    let top = domain.rsplit('.').next().unwrap_or_default();
    (1..=64).contains(&local.len())
        && local.chars().all(local_takes)
        && domain.contains('.')
        && domain.split('.').all(label)
        && (2..=63).contains(&top.len())
        && top.chars().all(|c| c.is_ascii_alphabetic())
}

/// Declares text types: length in characters, the pattern for the document, and the same rule for reading.
macro_rules! texts {
    ($( $(#[$doc:meta])* $name:ident: $min:literal ..= $max:literal, $pattern:expr, $takes:expr; )*) => { $(
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
        pub struct $name(String);

        impl $name {
            /// The fewest characters.
            pub const MIN: usize = $min;
            /// The most characters.
            pub const MAX: usize = $max;
            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
            /// The text itself.
            pub fn into_string(self) -> String {
                self.0
            }
        }
        impl std::str::FromStr for $name {
            type Err = WrongText;
            fn from_str(raw: &str) -> Result<Self, WrongText> {
                checked(raw, $min, $max, $takes).map(|text| Self(text.to_owned()))
            }
        }
        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                Cow::<'de, str>::deserialize(deserializer)?.parse().map_err(D::Error::custom)
            }
        }
        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(f, concat!(stringify!($name), "({} characters)"), self.0.chars().count())
            }
        }
        impl JsonSchema for $name {
            fn inline_schema() -> bool {
                true
            }
            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }
            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                schemars::json_schema!({ "type": "string", "minLength": $min, "maxLength": $max, "pattern": $pattern })
            }
        }
    )* };
}

texts! {
    /// A person's name, in any script.
    PersonName: 1..=100, SINGLE_LINE, |t| !t.chars().any(is_refused_in_line);
    /// One line: a title, a place, a short answer.
    Line: 1..=200, SINGLE_LINE, |t| !t.chars().any(is_refused_in_line);
    /// Text of several lines.
    Text: 1..=20000, MANY_LINES, |t| !t.chars().any(is_hidden);
    /// A room's label, in the one way its office writes it, so that two bookings of it meet.
    RoomCode: 1..=40, "^[0-9A-Za-z一-龥-]+$", |t| {
        t.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || ('一'..='龥').contains(&c))
    };
    /// An address for mail, as servers take it everywhere: ASCII alone, one `@`, a domain of names.
    Email: 3..=254, r"^[A-Za-z0-9._%+-]{1,64}@([A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z]{2,63}$", is_email;
    /// The name a user signs in with: lower case, so that two names never differ in case alone.
    Username: 3..=64, "^[a-z0-9][a-z0-9._-]*$", |t| {
        t.starts_with(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit())
            && t.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '.' | '_' | '-'))
    };
    /// A phone number as people write it.
    Phone: 3..=32, r"^\+?[0-9][0-9 ()-]*$", |t| {
        let digits = t.strip_prefix('+').unwrap_or(t);
        digits.starts_with(|c: char| c.is_ascii_digit())
            && digits.chars().all(|c| c.is_ascii_digit() || matches!(c, ' ' | '(' | ')' | '-'))
    };
    /// An administrative division by GB/T 2260: six digits, of which the first two name the province.
    Division: 6..=6, "^[1-8][0-9]{5}$", |t| {
        t.starts_with(|c: char| matches!(c, '1'..='8')) && t.chars().all(|c| c.is_ascii_digit())
    };
    /// A language, by its BCP 47 tag: `zh`, `ug`, `zh-yue`.
    LanguageTag: 2..=20, "^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$", |t| {
        let mut parts = t.split('-');
        parts.next().is_some_and(|first| (2..=3).contains(&first.len()) && first.chars().all(|c| c.is_ascii_lowercase()))
            && parts.all(|part| (2..=8).contains(&part.len()) && part.chars().all(|c| c.is_ascii_alphanumeric()))
    };
    /// An identity document's number as written. Whether the check digit fits is another question: people do not always
    /// have a valid one.
    IdNumberText: 1..=40, "^[0-9A-Za-z()（）-]+$", |t| {
        t.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '(' | ')' | '（' | '）' | '-'))
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    const REFUSED_IN_LINES: &[char] = &[
        '\0', '\u{7}', '\t', '\n', '\r', '\u{1B}', '\u{7F}', '\u{85}', '\u{9F}', '\u{AD}', '\u{61C}', '\u{200B}', '\u{200C}',
        '\u{200D}', '\u{200E}', '\u{200F}', '\u{2028}', '\u{2029}', '\u{202A}', '\u{202E}', '\u{2060}', '\u{2064}', '\u{2066}',
        '\u{2069}', '\u{FEFF}',
    ];

    #[test]
    fn names_in_every_script_of_the_district_are_taken() {
        for name in ["王", "欧阳娜娜", "𠮷田", "阿依古丽·买买提", "O'Connor", "D’Arcy", "དོན་གྲུབ", "گۈلنار", "Nguyễn Thị"]
        {
            assert_eq!(name.parse::<PersonName>().map(PersonName::into_string).as_deref(), Ok(name));
        }
        assert_eq!("  王 芳\u{3000}".parse::<PersonName>().unwrap().as_str(), "王 芳");
    }

    #[test]
    fn what_cannot_be_seen_is_refused_by_reading_and_by_the_pattern() {
        let line = matches_pattern(SINGLE_LINE);
        let text = matches_pattern(MANY_LINES);
        for c in REFUSED_IN_LINES {
            let raw = format!("王{c}芳");
            assert_eq!(raw.parse::<PersonName>(), Err(WrongText::Character), "{c:?}");
            assert!(!line(&raw), "{c:?}");
            let many = raw.parse::<Text>();
            assert_eq!(many.is_ok(), matches!(c, '\t' | '\n' | '\u{200D}'), "{c:?}");
            assert_eq!(many.is_ok(), text(&raw), "{c:?}");
        }
        for blank in ["", " ", "\u{3000}"] {
            assert_eq!(blank.parse::<Line>(), Err(WrongText::Blank));
            assert!(!line(blank));
        }
        assert!(text("第一行\n第二行 👨‍👩‍👧") && line("王·芳"));
    }

    /// The schema's pattern, as the validator reads it.
    fn matches_pattern(pattern: &str) -> impl Fn(&str) -> bool {
        let validator = jsonschema::validator_for(&serde_json::json!({ "type": "string", "pattern": pattern })).unwrap();
        move |text| validator.is_valid(&serde_json::json!(text))
    }

    #[test]
    fn debug_tells_no_content() {
        assert_eq!(format!("{:?}", "王芳".parse::<PersonName>().unwrap()), "PersonName(2 characters)");
    }

    #[test]
    fn an_address_is_one_line_of_ascii_and_the_pattern_agrees() {
        let schema = Email::json_schema(&mut SchemaGenerator::default());
        let pattern = matches_pattern(schema.get("pattern").and_then(|pattern| pattern.as_str()).unwrap());
        let long = format!("{}@example.cn", "a".repeat(65));
        for (text, is) in [
            ("li.hua@mail.example.cn", true),
            ("a@b.cn", true),
            ("李华@example.cn", false),
            ("a@例子.cn", false),
            ("a@b", false),
            ("a@b..cn", false),
            ("a@-b.cn", false),
            ("a b@c.cn", false),
            ("a@b.cn\r\nBcc: c@d.cn", false),
            ("<a@b.cn>", false),
            ("a@b@c.cn", false),
            (&long, false),
        ] {
            assert_eq!(text.parse::<Email>().is_ok(), is, "{text}");
            assert_eq!(pattern(text), is, "{text} by the pattern");
        }
    }

    #[test]
    fn lengths_are_counted_in_characters() {
        assert!("𠮷".repeat(100).parse::<PersonName>().is_ok());
        assert_eq!("𠮷".repeat(101).parse::<PersonName>(), Err(WrongText::TooLong));
        assert_eq!("ab".parse::<Username>(), Err(WrongText::TooShort));
        assert_eq!("Anna".parse::<Username>(), Err(WrongText::Character));
        assert!("+86 138-0013-8000".parse::<Phone>().is_ok());
        assert!("11010119900307123X".parse::<IdNumberText>().is_ok());
    }
}
