//! DOCX and XLSX: zip archives whose directory is looked at, and whose entries are unpacked once, into nothing, within bounds:
//! how many, how much they say they are, how much they are, and how much more than the file.

use std::io::{self, BufReader, Read};

use flate2::read::DeflateDecoder;

use super::super::spool::Spooled;
use super::NotThis;
use crate::base::words::MediaType;

/// The most entries.
const ENTRIES: usize = 2000;
/// The largest directory, bytes.
const DIRECTORY: u64 = 1 << 20;
/// The most that all entries may unpack to, bytes.
const UNPACKED: u64 = 256 << 20;
/// The most that they may be larger than the file.
const RATIO: u64 = 100;
/// A small file may unpack to so much, whatever the ratio.
const ALWAYS: u64 = 1 << 20;

/// The record at the archive's end, without its comment.
const END: usize = 22;
const END_MARK: &[u8] = b"PK\x05\x06";
/// A directory's entry, without its name.
const ENTRY: usize = 46;
const ENTRY_MARK: &[u8] = b"PK\x01\x02";
/// What stands before an entry's bytes, without its name.
const LOCAL: usize = 30;
const LOCAL_MARK: &[u8] = b"PK\x03\x04";

/// One entry, as the directory has it.
struct Entry {
    name: String,
    flags: u16,
    method: u16,
    packed: u64,
    unpacked: u64,
    at: u64,
}

/// A little-endian number in these bytes.
fn number(bytes: &[u8], at: usize, length: usize) -> Option<u64> {
    let bytes = bytes.get(at..at.checked_add(length)?)?;
    Some(bytes.iter().rev().fold(0, |sum, byte| (sum << 8) | u64::from(*byte)))
}

fn short(bytes: &[u8], at: usize) -> Option<u16> {
    number(bytes, at, 2).and_then(|number| u16::try_from(number).ok())
}

/// The directory's entries; `None` where this is no such archive, or a kind that no office program makes (in parts, encrypted,
/// over 4 GiB).
fn entries(directory: &[u8], count: usize) -> Option<Vec<Entry>> {
    let (mut all, mut rest) = (Vec::new(), directory);
    while all.len() < count {
        let head = rest.get(..ENTRY).filter(|head| head.starts_with(ENTRY_MARK))?;
        let name_length = usize::from(short(head, 28)?);
        let behind = usize::from(short(head, 30)?).checked_add(usize::from(short(head, 32)?))?;
        let name = rest.get(ENTRY..ENTRY.checked_add(name_length)?)?;
        let name = String::from_utf8(name.to_vec()).ok()?;
        let is_path = name.starts_with('/') || name.contains('\\') || name.split('/').any(|part| part == "..");
        if is_path || name.contains('\0') {
            return None;
        }
        all.push(Entry {
            name,
            flags: short(head, 8)?,
            method: short(head, 10)?,
            packed: number(head, 20, 4)?,
            unpacked: number(head, 24, 4)?,
            at: number(head, 42, 4)?,
        });
        rest = rest.get(ENTRY.checked_add(name_length)?.checked_add(behind)?..)?;
    }
    rest.is_empty().then_some(all)
}

/// Finds the directory. Errors: the disk; `None`: there is none.
fn directory(file: &Spooled) -> io::Result<Option<Vec<Entry>>> {
    let longest = u64::try_from(END).unwrap_or_default() + u64::from(u16::MAX);
    let length = file.size().min(longest);
    let tail = file.bytes(file.size().saturating_sub(length), usize::try_from(length).unwrap_or_default())?;
    let Some(end) = tail.windows(END_MARK.len()).rposition(|window| window == END_MARK).and_then(|at| tail.get(at..)) else {
        return Ok(None);
    };
    let told = || {
        let (count, size, begin) = (number(end, 10, 2)?, number(end, 12, 4)?, number(end, 16, 4)?);
        let is_whole = number(end, 4, 4)? == 0 && number(end, 8, 2)? == count;
        let comment = usize::from(short(end, 20)?);
        (is_whole && end.len() == END.checked_add(comment)?).then_some((count, size, begin))
    };
    let Some((count, size, begin)) = told() else { return Ok(None) };
    let count = usize::try_from(count).unwrap_or(usize::MAX);
    if count > ENTRIES || size > DIRECTORY || begin.saturating_add(size) > file.size() {
        return Ok(None);
    }
    let bytes = file.bytes(begin, usize::try_from(size).unwrap_or_default())?;
    Ok(entries(&bytes, count))
}

/// Whether an entry is what no office program needs to show a text or a table.
fn is_refused(name: &str, beginning: &[u8]) -> bool {
    let name = name.to_ascii_lowercase();
    let is_macro = name.ends_with("vbaproject.bin") || name.ends_with("vbadata.xml") || name.contains("/activex/");
    let is_inside = infer::get(beginning).is_some_and(|kind| {
        matches!(kind.matcher_type(), infer::MatcherType::Archive | infer::MatcherType::App | infer::MatcherType::Doc)
    });
    is_macro || is_inside || beginning.starts_with(LOCAL_MARK)
}

/// Unpacks one entry into nothing. Errors: the disk; or that it is more, or something else, than it says.
fn unpack(file: &Spooled, entry: &Entry) -> io::Result<Result<(), NotThis>> {
    let Ok(head) = file.bytes(entry.at, LOCAL) else { return Ok(Err(NotThis::Type)) };
    let (Some(name), Some(extra)) = (short(&head, 26), short(&head, 28)) else { return Ok(Err(NotThis::Type)) };
    if !head.starts_with(LOCAL_MARK) {
        return Ok(Err(NotThis::Type));
    }
    let begin = [u64::try_from(LOCAL).unwrap_or_default(), name.into(), extra.into()]
        .iter()
        .fold(entry.at, |sum, n| sum.saturating_add(*n));
    let end = begin.saturating_add(entry.packed);
    if end > file.size() {
        return Ok(Err(NotThis::Type));
    }
    let packed = BufReader::new(file.range(begin, end));
    let mut plain: Box<dyn Read + '_> = match entry.method {
        0 => Box::new(packed),
        8 => Box::new(DeflateDecoder::new(packed)),
        _ => return Ok(Err(NotThis::Type)),
    };
    let (mut count, mut piece, mut beginning) = (0_u64, vec![0; 16 * 1024], Vec::new());
    loop {
        // What does not unpack is not what it says; the disk's own errors cannot be told apart from that here.
        let Ok(read) = plain.read(&mut piece) else { return Ok(Err(NotThis::Type)) };
        let read = piece.get(..read).unwrap_or_default();
        if read.is_empty() {
            break;
        }
        if beginning.len() < 512 {
            beginning.extend(read.iter().take(512));
        }
        count = count.saturating_add(u64::try_from(read.len()).unwrap_or(u64::MAX));
        if count > entry.unpacked {
            return Ok(Err(NotThis::Bomb));
        }
    }
    Ok(match count == entry.unpacked {
        false => Err(NotThis::Type),
        true if is_refused(&entry.name, &beginning) => Err(NotThis::Within),
        true => Ok(()),
    })
}

/// Looks whether a file is a DOCX, or an XLSX.
pub fn check(file: &Spooled, media_type: MediaType) -> io::Result<Result<(), NotThis>> {
    let main = if media_type == MediaType::Docx { "word/document.xml" } else { "xl/workbook.xml" };
    if !file.bytes(0, LOCAL_MARK.len()).is_ok_and(|bytes| bytes == LOCAL_MARK) {
        return Ok(Err(NotThis::Type));
    }
    let Some(entries) = directory(file)? else { return Ok(Err(NotThis::Type)) };
    let has = |name: &str| entries.iter().filter(|entry| entry.name == name).count() == 1;
    let is_encrypted = entries.iter().any(|entry| entry.flags & 1 != 0);
    if !has("[Content_Types].xml") || !has(main) || is_encrypted {
        return Ok(Err(NotThis::Type));
    }
    let unpacked = entries.iter().fold(0_u64, |sum, entry| sum.saturating_add(entry.unpacked));
    if unpacked > UNPACKED || unpacked > file.size().saturating_mul(RATIO).max(ALWAYS) {
        return Ok(Err(NotThis::Bomb));
    }
    for entry in &entries {
        if let Err(why) = unpack(file, entry)? {
            return Ok(Err(why));
        }
    }
    Ok(Ok(()))
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::super::super::spool::tests::spooled;
    use super::*;

    /// An archive with these entries: name, content, and what the directory says it unpacks to, if not the truth.
    fn archive(entries: &[(&str, &[u8], Option<u32>)]) -> Vec<u8> {
        let (mut bytes, mut directory) = (Vec::new(), Vec::new());
        for (name, content, said) in entries {
            let mut packer = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::best());
            packer.write_all(content).unwrap();
            let packed = packer.finish().unwrap();
            let at = u32::try_from(bytes.len()).unwrap();
            let sizes = [u32::try_from(packed.len()).unwrap(), said.unwrap_or(u32::try_from(content.len()).unwrap())];
            let length = u16::try_from(name.len()).unwrap();
            let shared = |to: &mut Vec<u8>| {
                to.extend([20, 0, 0, 0, 8, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
                sizes.iter().for_each(|size| to.extend(size.to_le_bytes()));
                to.extend(length.to_le_bytes());
                to.extend([0, 0]);
            };
            bytes.extend(LOCAL_MARK);
            shared(&mut bytes);
            bytes.extend(name.as_bytes());
            bytes.extend(packed);
            directory.extend(ENTRY_MARK);
            directory.extend([20, 0]);
            shared(&mut directory);
            directory.extend([0; 10]);
            directory.extend(at.to_le_bytes());
            directory.extend(name.as_bytes());
        }
        let (count, begin) = (u16::try_from(entries.len()).unwrap(), u32::try_from(bytes.len()).unwrap());
        let size = u32::try_from(directory.len()).unwrap();
        bytes.extend(directory);
        bytes.extend(END_MARK);
        bytes.extend([0; 4]);
        bytes.extend(count.to_le_bytes());
        bytes.extend(count.to_le_bytes());
        bytes.extend(size.to_le_bytes());
        bytes.extend(begin.to_le_bytes());
        bytes.extend([0, 0]);
        bytes
    }

    const TYPES: (&str, &[u8], Option<u32>) = ("[Content_Types].xml", b"<Types/>", None);
    const TEXT: (&str, &[u8], Option<u32>) = ("word/document.xml", b"<w:document>text</w:document>", None);

    fn told(entries: &[(&str, &[u8], Option<u32>)]) -> Result<(), NotThis> {
        check(&spooled(&archive(entries), 50_000), MediaType::Docx).unwrap()
    }

    #[test]
    fn a_document_is_one_by_its_directory() {
        assert_eq!(told(&[TYPES, TEXT]), Ok(()));
        assert_eq!(told(&[TYPES]), Err(NotThis::Type), "an archive as such");
        assert_eq!(told(&[TYPES, ("xl/workbook.xml", b"<x/>", None)]), Err(NotThis::Type), "a workbook");
        let workbook = archive(&[TYPES, ("xl/workbook.xml", b"<x/>", None)]);
        assert_eq!(check(&spooled(&workbook, 100), MediaType::Xlsx).unwrap(), Ok(()));
        let whole = archive(&[TYPES, TEXT]);
        for cut in [4, 30, whole.len() - 1, whole.len() - 30] {
            assert_eq!(check(&spooled(&whole[..cut], 100), MediaType::Docx).unwrap(), Err(NotThis::Type), "cut at {cut}");
        }
    }

    #[test]
    fn a_bomb_is_told_by_what_it_says_and_by_what_it_is() {
        let zeros = vec![0; 8 << 20];
        assert_eq!(told(&[TYPES, TEXT, ("word/media/a.png", &zeros, None)]), Err(NotThis::Bomb), "it says so");
        assert_eq!(told(&[TYPES, TEXT, ("word/media/a.png", &zeros, Some(100))]), Err(NotThis::Bomb), "it is so");
        assert_eq!(told(&[TYPES, TEXT, ("word/a.xml", b"abc", Some(4))]), Err(NotThis::Type), "it is less than it says");
        let names: Vec<String> = (0..ENTRIES).map(|n| format!("word/{n}.xml")).collect();
        let many: Vec<_> = names.iter().map(|name| (name.as_str(), &b"x"[..], None)).chain([TYPES, TEXT]).collect();
        assert_eq!(told(&many), Err(NotThis::Type), "too many entries");
    }

    #[test]
    fn nothing_that_runs_or_unpacks_stands_within() {
        for (name, content) in [
            ("word/vbaProject.bin", &b"macros"[..]),
            ("word/embeddings/a.bin", b"PK\x03\x04\x14\0\0\0"),
            ("word/embeddings/b.bin", b"MZ\x90\0\x03\0\0\0\x04\0\0\0\xff\xff\0\0"),
            ("word/embeddings/c.bin", b"Rar!\x1a\x07\x01\0 and more"),
        ] {
            assert_eq!(told(&[TYPES, TEXT, (name, content, None)]), Err(NotThis::Within), "{name}");
        }
        for name in ["../../etc/passwd", "/etc/passwd", "word\\a"] {
            assert_eq!(told(&[TYPES, TEXT, (name, b"x", None)]), Err(NotThis::Type), "{name}");
        }
    }
}
