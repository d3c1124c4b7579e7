//! `Download`: a file that leaves piece by piece, always as an attachment, under a name that no header can be broken with.

use std::fmt::Write as _;
use std::pin::Pin;

use actix_web::web::Bytes;
use futures_util::Stream;

/// The pieces of a file as they are opened; one that cannot be ends the answer, which the client sees by its length.
pub type Pieces = Pin<Box<dyn Stream<Item = Result<Bytes, std::io::Error>>>>;

/// A file.
pub struct Download {
    /// What it is.
    pub media_type: &'static str,
    /// What it is called.
    pub name: String,
    /// Its length, bytes.
    pub size: u64,
    /// Its bytes.
    pub pieces: Pieces,
}

/// `Content-Disposition`: an attachment, with a name of plain ASCII for everybody and the name itself (RFC 6266, RFC 8187).
pub(super) fn disposition(name: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_') { c } else { '_' };
    let plain: String = name.chars().map(plain).collect();
    let mut header = format!("attachment; filename=\"{plain}\"; filename*=UTF-8''");
    for byte in name.bytes() {
        // attr-char of RFC 8187, section 3.2.1.
        if byte.is_ascii_alphanumeric() || b"!#$&+-.^_`|~".contains(&byte) {
            header.push(char::from(byte));
        } else {
            let _ = write!(header, "%{byte:02X}");
        }
    }
    header
}

#[cfg(test)]
mod tests {
    use super::disposition;

    #[test]
    fn a_name_breaks_no_header_and_comes_back_whole() {
        assert_eq!(disposition("report-1.pdf"), "attachment; filename=\"report-1.pdf\"; filename*=UTF-8''report-1.pdf");
        assert_eq!(
            disposition("伤情 照片\".png"),
            "attachment; filename=\"______.png\"; filename*=UTF-8''%E4%BC%A4%E6%83%85%20%E7%85%A7%E7%89%87%22.png"
        );
        let broken = disposition("a\r\nSet-Cookie: b\";filename=c.exe\\d");
        assert!(!broken.contains(['\r', '\n']) && broken.matches('"').count() == 2, "{broken}");
    }
}
