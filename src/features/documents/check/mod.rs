//! Whether a file is what its name says: by its bytes, never by what somebody calls it. Nothing is unpacked to disk, and in
//! memory stands a piece of it at a time.

mod office;

use std::io;

use super::spool::Spooled;
use crate::base::problem::{Code, FieldCode, Problem};
use crate::base::words::MediaType;

/// So much of a file is looked at to know what it is.
const BEGINNING: usize = 8192;

/// Why a file is not taken. Nothing of the file in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotThis {
    /// It is not what its name, or its sender, says.
    #[error("not what it is called")]
    Type,
    /// It would unpack to more than is looked at, or to more than it says.
    #[error("unpacks to too much")]
    Bomb,
    /// It holds an archive, a program or macros.
    #[error("holds what is not taken")]
    Within,
}

impl From<NotThis> for Problem {
    fn from(why: NotThis) -> Self {
        let other = |code, message, message_zh| Self::wrong_field("", FieldCode::Other { code, message, message_zh });
        match why {
            NotThis::Type => Self::new(Code::UnsupportedMediaType)
                .because("the content is not what the file's name says it is", "文件内容与文件名所示类型不符"),
            NotThis::Bomb => other("unpacks_too_large", "must not unpack to so much", "解压后过大"),
            NotThis::Within => {
                other("holds_what_is_not_taken", "must hold no archives, programs or macros", "不得内含压缩包、程序或宏")
            }
        }
    }
}

/// Whether the content type that the sender states fits: the file's own, or none in particular.
pub fn is_stated_so(stated: &str, media_type: MediaType) -> bool {
    let stated = stated.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let also: &[&str] = match media_type {
        MediaType::Heif => &["image/heic"],
        MediaType::M4a => &["audio/m4a", "audio/x-m4a"],
        MediaType::Mp3 => &["audio/mp3"],
        MediaType::Pdf
        | MediaType::Jpeg
        | MediaType::Png
        | MediaType::Docx
        | MediaType::Xlsx
        | MediaType::Text
        | MediaType::Mp4 => &[],
    };
    stated == "application/octet-stream" || stated == media_type.as_str() || also.contains(&stated.as_str())
}

/// What bytes of other kinds are, by how they begin.
fn sniffed(beginning: &[u8]) -> Option<MediaType> {
    match infer::get(beginning)?.mime_type() {
        "application/pdf" => Some(MediaType::Pdf),
        "image/jpeg" => Some(MediaType::Jpeg),
        "image/png" => Some(MediaType::Png),
        "image/heif" | "image/heic" => Some(MediaType::Heif),
        "audio/mpeg" => Some(MediaType::Mp3),
        "audio/m4a" | "audio/mp4" => Some(MediaType::M4a),
        "video/mp4" => Some(MediaType::Mp4),
        _ => None,
    }
}

/// Looks whether a file is what its name says. Errors: the disk; or that it is not.
pub fn check(file: &Spooled, media_type: MediaType) -> io::Result<Result<(), NotThis>> {
    match media_type {
        MediaType::Docx | MediaType::Xlsx => office::check(file, media_type),
        MediaType::Text => {
            // What begins like a page, a script or a picture is none of our texts, whatever its letters.
            let is_other = infer::get(&beginning(file)?).is_some();
            Ok(if file.is_text() && !is_other { Ok(()) } else { Err(NotThis::Type) })
        }
        MediaType::Pdf
        | MediaType::Jpeg
        | MediaType::Png
        | MediaType::Heif
        | MediaType::Mp3
        | MediaType::M4a
        | MediaType::Mp4 => {
            let is = sniffed(&beginning(file)?) == Some(media_type);
            Ok(if is { Ok(()) } else { Err(NotThis::Type) })
        }
    }
}

fn beginning(file: &Spooled) -> io::Result<Vec<u8>> {
    file.bytes(0, usize::try_from(file.size()).unwrap_or(BEGINNING).min(BEGINNING))
}

#[cfg(test)]
mod tests {
    use super::super::spool::tests::spooled;
    use super::*;

    const PDF: &[u8] = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n";
    const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x06\0\0\0";
    const JPEG: &[u8] = b"\xff\xd8\xff\xe0\0\x10JFIF\0\x01\x01\0\0\x01\0\x01\0\0\xff\xdb";
    const MP3: &[u8] = b"ID3\x04\0\0\0\0\0\0rest";
    const MP4: &[u8] = b"\0\0\0\x18ftypisom\0\0\x02\0isomiso2avc1mp41";
    const M4A: &[u8] = b"\0\0\0\x18ftypM4A \0\0\x02\0M4A isomiso2";
    const HEIC: &[u8] = b"\0\0\0\x18ftypheic\0\0\0\0mif1heicmore";

    #[test]
    fn a_file_is_what_its_bytes_say() {
        let all = [
            (MediaType::Pdf, PDF),
            (MediaType::Png, PNG),
            (MediaType::Jpeg, JPEG),
            (MediaType::Mp3, MP3),
            (MediaType::Mp4, MP4),
            (MediaType::M4a, M4A),
            (MediaType::Heif, HEIC),
            (MediaType::Text, "她说她怕回家。\n".as_bytes()),
        ];
        for (is, bytes) in all {
            let file = spooled(bytes, 7);
            for (said, _) in all {
                let told = check(&file, said).unwrap();
                assert_eq!(told.is_ok(), said == is, "{is} called {said}");
            }
            assert!(check(&file, MediaType::Docx).unwrap().is_err() && check(&file, MediaType::Xlsx).unwrap().is_err());
        }
    }

    #[test]
    fn what_is_not_on_the_list_is_nothing() {
        for bytes in [
            &b"MZ\x90\0\x03\0\0\0"[..],
            b"\x7fELF\x02\x01\x01\0",
            b"PK\x03\x04\x14\0\0\0\x08\0",
            b"<!DOCTYPE html><script>",
            b"#!/bin/sh\nrm -rf /\n",
            b"GIF89a\x01\0\x01\0",
            b"\0\0\0\0",
        ] {
            let file = spooled(bytes, 100);
            for said in MediaType::ALL {
                assert!(check(&file, *said).unwrap().is_err(), "{bytes:?} called {said}");
            }
        }
    }

    #[test]
    fn a_stated_type_is_the_file_s_own_or_none_in_particular() {
        assert!(is_stated_so("application/octet-stream", MediaType::Pdf));
        assert!(is_stated_so("Application/PDF", MediaType::Pdf));
        assert!(is_stated_so("text/plain; charset=utf-8", MediaType::Text));
        assert!(is_stated_so("image/heic", MediaType::Heif));
        assert!(!is_stated_so("text/html", MediaType::Text));
        assert!(!is_stated_so("image/png", MediaType::Jpeg));
    }
}
