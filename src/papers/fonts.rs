//! The fonts of papers: one family that is installed and covers Han. Read when the first paper is made, not before.

use std::fs;
use std::path::{Path, PathBuf};

use typst::foundations::Bytes;
use typst::text::{Font, FontBook, FontInfo, FontStyle};
use typst::utils::LazyHash;

/// Families with an open licence (SIL OFL 1.1), the best for an office paper first.
const PREFERRED: &[&str] =
    &["Noto Serif CJK SC", "Source Han Serif SC", "Noto Serif SC", "Noto Sans CJK SC", "Source Han Sans SC", "Noto Sans SC"];
/// What a family must cover to be taken: everyday characters, a rare one of names, and the dot inside Uyghur names.
const HAN: &str = "联护调解个案转介告诫书骞龘·";
/// A file above this is no font of an office.
const LARGEST_FILE: u64 = 64 * 1024 * 1024;
const DEEPEST_FOLDER: usize = 6;
const MOST_FILES: usize = 20_000;

/// One family, its regular and its bold face.
pub(super) struct Fonts {
    /// The family's name.
    pub(super) family: String,
    /// For the world.
    pub(super) book: LazyHash<FontBook>,
    /// In the order of the book.
    pub(super) faces: Vec<Font>,
    /// A bit for each character that every face has.
    covered: Vec<u64>,
}

impl Fonts {
    /// Whether every face has the character.
    pub(super) fn have(&self, c: char) -> bool {
        let (word, bit) = place(u32::from(c));
        self.covered.get(word).is_some_and(|bits| bits & bit != 0)
    }

    /// The best family of the folders; none: no file that looks like one covers Han.
    pub(super) fn find(folders: &[PathBuf]) -> Option<Self> {
        let mut files = Vec::new();
        for folder in folders {
            gather(folder, DEEPEST_FOLDER, &mut files);
        }
        files.sort(); // the same folders give the same choice
        // The likely ones first, by name, so that one need not read every font there is.
        for style in ["serif", "sans"] {
            let likely: Vec<&PathBuf> = files.iter().filter(|file| is_likely(file, style)).collect();
            if let Some(fonts) = Self::among(&likely) {
                return Some(fonts);
            }
        }
        None
    }

    fn among(files: &[&PathBuf]) -> Option<Self> {
        let mut faces: Vec<Font> = Vec::new();
        for file in files {
            let Ok(bytes) = fs::read(file) else { continue };
            faces.extend(Font::iter(Bytes::new(bytes)).filter(|face| is_wanted(face.info())));
        }
        let family = *PREFERRED.iter().find(|family| faces.iter().any(|face| face.info().family == **family))?;
        let weight = |face: &Font| face.info().variant.weight.to_number();
        let of_family = || faces.iter().filter(|face| face.info().family == family);
        let nearest = |wanted: u16| of_family().min_by_key(|face| weight(face).abs_diff(wanted)).cloned();
        let (regular, bold) = (nearest(400)?, nearest(700)?);
        let mut chosen = vec![regular];
        if chosen.iter().all(|face| weight(face) != weight(&bold)) {
            chosen.push(bold);
        }
        let covered = covered(&chosen);
        Some(Self { family: family.to_owned(), book: LazyHash::new(FontBook::from_fonts(&chosen)), faces: chosen, covered })
    }

    /// Whether there is a file that [`Self::find`] would try first; looks at names alone.
    pub(super) fn are_likely(folders: &[PathBuf]) -> bool {
        let mut files = Vec::new();
        for folder in folders {
            gather(folder, DEEPEST_FOLDER, &mut files);
        }
        files.iter().any(|file| is_likely(file, "serif") || is_likely(file, "sans"))
    }
}

/// Where a character's bit stands.
fn place(c: u32) -> (usize, u64) {
    (usize::try_from(c / 64).unwrap_or(usize::MAX), 1 << (c % 64))
}

/// What every face has. Once, since asking a face goes through all its ranges.
fn covered(faces: &[Font]) -> Vec<u64> {
    let bits = |face: &Font| {
        let mut bits = vec![0_u64; place(u32::from(char::MAX)).0.saturating_add(1)];
        for c in face.info().coverage.iter() {
            let (word, bit) = place(c);
            if let Some(bits) = bits.get_mut(word) {
                *bits |= bit;
            }
        }
        bits
    };
    let both = |one: Vec<u64>, other: Vec<u64>| one.iter().zip(&other).map(|(one, other)| one & other).collect();
    faces.iter().map(bits).reduce(both).unwrap_or_default()
}

fn is_wanted(info: &FontInfo) -> bool {
    info.variant.style == FontStyle::Normal
        && PREFERRED.contains(&info.family.as_str())
        && HAN.chars().all(|c| info.coverage.contains(u32::from(c)))
}

/// `NotoSerifCJK-Regular.ttc`, `SourceHanSansSC-Bold.otf`, `NotoSerifSC[wght].ttf` and their like.
fn is_likely(file: &Path, style: &str) -> bool {
    let Some(name) = file.file_name().and_then(|name| name.to_str()).map(str::to_ascii_lowercase) else { return false };
    let is_font = [".ttf", ".otf", ".ttc", ".otc"].iter().any(|ending| name.ends_with(ending));
    let is_family = [format!("noto{style}cjk"), format!("sourcehan{style}"), format!("noto{style}sc")]
        .iter()
        .any(|family| name.starts_with(family.as_str()));
    let is_weight = name.contains("regular") || name.contains("bold") || name.contains("wght") || name.contains("vf");
    is_font && is_family && is_weight && !name.contains("semibold") && !name.contains("mono")
}

fn gather(folder: &Path, depth: usize, files: &mut Vec<PathBuf>) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let Ok(kind) = entry.metadata() else { continue };
        if kind.is_dir() && depth > 0 {
            gather(&entry.path(), depth - 1, files);
        } else if kind.is_file() && kind.len() <= LARGEST_FILE && files.len() < MOST_FILES {
            files.push(entry.path());
        }
    }
}
