//! Secrets from a person: typed unseen at a terminal, or one line of standard input; never an argument, which every
//! process of the machine can read.

use std::io::{BufRead, IsTerminal, Read};

use zeroize::Zeroizing;

/// Longest secret, bytes.
const LONGEST: usize = 1024;

/// Why there is no secret.
#[derive(Debug, thiserror::Error)]
pub enum NoSecret {
    /// Nothing was typed, or standard input had ended.
    #[error("a secret was expected, and nothing came")]
    Nothing,
    /// More than 1024 bytes.
    #[error("longer than 1024 bytes")]
    TooLong,
    /// Not text.
    #[error("not UTF-8")]
    NotText,
    /// The two differ.
    #[error("the two entries differ")]
    Differ,
    /// The terminal or standard input failed.
    #[error("cannot read the secret: {0}")]
    Unreadable(#[from] std::io::Error),
}

/// A secret that exists: asked for once, or the next line of standard input when that is not a terminal.
pub fn secret(question: &str) -> Result<Zeroizing<String>, NoSecret> {
    let input = std::io::stdin();
    if input.is_terminal() { typed(question) } else { line(&mut input.lock()) }
}

/// A new secret: at a terminal asked for twice, since nobody sees what is typed.
pub fn new_secret(question: &str) -> Result<Zeroizing<String>, NoSecret> {
    let first = secret(question)?;
    if std::io::stdin().is_terminal() && typed("Once more: ")? != first {
        return Err(NoSecret::Differ);
    }
    Ok(first)
}

fn typed(question: &str) -> Result<Zeroizing<String>, NoSecret> {
    let text = Zeroizing::new(rpassword::prompt_password(question)?);
    match text.len() {
        0 => Err(NoSecret::Nothing),
        1..=LONGEST => Ok(text),
        _ => Err(NoSecret::TooLong),
    }
}

/// The next line, without its end.
fn line(input: &mut impl BufRead) -> Result<Zeroizing<String>, NoSecret> {
    // Room for the whole line at once: growing would leave unwiped copies behind.
    let mut bytes = Zeroizing::new(Vec::with_capacity(LONGEST + 3));
    let most = u64::try_from(LONGEST + 2).unwrap_or(u64::MAX);
    input.by_ref().take(most).read_until(b'\n', &mut bytes)?;
    let text = bytes.strip_suffix(b"\n").map_or(bytes.as_slice(), |rest| rest.strip_suffix(b"\r").unwrap_or(rest));
    match text.len() {
        0 => Err(NoSecret::Nothing),
        1..=LONGEST => std::str::from_utf8(text).map(|text| Zeroizing::new(text.to_owned())).map_err(|_| NoSecret::NotText),
        _ => Err(NoSecret::TooLong),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(mut bytes: &[u8]) -> Result<Zeroizing<String>, NoSecret> {
        line(&mut bytes)
    }

    #[test]
    fn takes_one_line_and_leaves_the_next() {
        let mut input: &[u8] = "正确 horse \r\nsecond\nlast".as_bytes();
        assert_eq!(*line(&mut input).unwrap(), "正确 horse ", "spaces belong to the secret");
        assert_eq!(*line(&mut input).unwrap(), "second");
        assert_eq!(*line(&mut input).unwrap(), "last");
        assert!(matches!(line(&mut input), Err(NoSecret::Nothing)));
    }

    #[test]
    fn refuses_nothing_too_much_and_what_is_not_text() {
        assert!(matches!(read(b""), Err(NoSecret::Nothing)));
        assert!(matches!(read(b"\r\n"), Err(NoSecret::Nothing)));
        assert!(matches!(read(b"\xff\xfe\n"), Err(NoSecret::NotText)));
        let longest = "x".repeat(LONGEST);
        assert_eq!(*read(format!("{longest}\r\n").as_bytes()).unwrap(), longest);
        assert!(matches!(read(format!("{longest}x\n").as_bytes()), Err(NoSecret::TooLong)));
        assert!(matches!(read("x".repeat(1 << 20).as_bytes()), Err(NoSecret::TooLong)));
    }
}
