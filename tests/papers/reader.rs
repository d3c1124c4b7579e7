//! The press, and the independent readers of its pages and fonts.

use std::process::Command;

use lianhu::base::config::Papers;
use lianhu::base::words::Language;
use lianhu::papers::{Filled, Paper, Press, Templates};

use crate::pdf::through;
pub use crate::pdf::{run_together, text, without_space};

pub fn templates() -> Templates {
    Templates::embedded().unwrap_or_else(|wrong| panic!("{}", told(&wrong)))
}

pub fn told(wrong: &[lianhu::papers::Wrong]) -> String {
    wrong.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

pub fn press() -> Press {
    let settings = Papers { timeout_seconds: 120, ..Papers::default() };
    Press::open(templates(), &settings).unwrap()
}

pub fn paper(key: &str, language: Language, fields: impl IntoIterator<Item = (&'static str, Filled)>) -> Paper {
    templates().get(key).unwrap().fill(language, fields).unwrap()
}

/// The fonts in it: name, whether embedded, subset, and with a way back to characters.
pub fn fonts(pdf: &[u8]) -> Vec<String> {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), pdf).unwrap();
    let output = Command::new("pdffonts").arg(file.path()).output().unwrap();
    assert!(output.status.success());
    String::from_utf8(output.stdout).unwrap().lines().skip(2).map(str::to_owned).collect()
}

/// Its pages as grey images, 50 dots an inch: width, height, and the pixels.
pub fn images(pdf: &[u8]) -> Vec<(usize, usize, Vec<u8>)> {
    let mut rest = &through("pdftoppm", &["-gray", "-r", "50", "-"], pdf)[..];
    let mut pages = Vec::new();
    while !rest.is_empty() {
        let mut fields = Vec::new();
        for _ in 0..4 {
            let end = rest.iter().position(u8::is_ascii_whitespace).unwrap();
            fields.push(String::from_utf8(rest[..end].to_vec()).unwrap());
            rest = &rest[end + 1..];
        }
        assert_eq!((fields[0].as_str(), fields[3].as_str()), ("P5", "255"));
        let (width, height): (usize, usize) = (fields[1].parse().unwrap(), fields[2].parse().unwrap());
        pages.push((width, height, rest[..width * height].to_vec()));
        rest = &rest[width * height..];
    }
    pages
}
