//! Files that are saved, not shown: their names, and tables in the form that was asked for.

use super::answer::sealed::Show;
use super::answer::{AnswerShape, Shown};
use super::view::View;
use crate::base::problem::Problem;
use crate::base::sheet::{self, Table};
use crate::base::words::{Format, MediaType};

/// A file to save. The browser is told to show nothing of it.
pub struct Attachment {
    /// The file's name: any text; see [`disposition`].
    pub name: String,
    /// Its media type.
    pub content_type: &'static str,
    /// What it holds.
    pub bytes: Vec<u8>,
}

/// `Content-Disposition` of a file to save (RFC 6266): a name in ASCII for old clients, the whole one beside it (RFC 8187).
/// No path, no control character and no quote survives, whoever chose the name.
pub fn disposition(name: &str) -> String {
    let name: String = name
        .chars()
        .filter(|c| !c.is_control())
        .map(|c| if matches!(c, '/' | '\\' | ':' | '*' | '?' | '"' | '<' | '>' | '|') { '_' } else { c })
        .collect();
    let name = name.trim_matches(['.', ' ']);
    let name = if name.is_empty() { "file" } else { name };
    let ascii: String =
        name.chars().map(|c| if c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | ' ') { c } else { '_' }).collect();
    let mut whole = String::new();
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.') {
            whole.push(char::from(byte));
        } else {
            whole.push('%');
            whole.push_str(&data_encoding::HEXUPPER.encode(&[byte]));
        }
    }
    format!("attachment; filename=\"{ascii}\"; filename*=UTF-8''{whole}")
}

impl Show for Attachment {
    fn show(self) -> Result<Shown, Problem> {
        Ok(Shown::attachment(self.content_type, self.bytes, disposition(&self.name)))
    }
    fn shape() -> AnswerShape {
        AnswerShape { status: 200, content_type: Some("application/octet-stream"), schema: None, disclosed: false }
    }
}

/// A view that is a table too.
pub trait Tabular: View {
    /// The table.
    fn table(&self) -> Table;
    /// The file's name without its ending.
    fn file_stem(&self) -> String;
}

/// The view in the form that was asked for: JSON, or a file to save.
pub struct InFormat<V>(pub Format, pub V);

/// A text with a line a row.
pub const CSV: &str = "text/csv; charset=utf-8";
/// A spreadsheet.
pub const XLSX: &str = MediaType::Xlsx.as_str();
/// A typeset page.
pub const PDF: &str = MediaType::Pdf.as_str();

impl<V: Tabular> Show for InFormat<V> {
    fn show(self) -> Result<Shown, Problem> {
        let Self(format, view) = self;
        let (content_type, bytes) = match format {
            Format::Json => return view.show(),
            Format::Csv => (CSV, sheet::csv(&view.table())),
            Format::Xlsx => (XLSX, sheet::xlsx(&[view.table()])),
        };
        let bytes = bytes.map_err(|why| {
            tracing::error!(%why, "a table could not be written");
            Problem::internal()
        })?;
        Attachment { name: format!("{}.{format}", view.file_stem()), content_type, bytes }.show()
    }
    fn shape() -> AnswerShape {
        V::shape()
    }
    fn shapes() -> Vec<AnswerShape> {
        let file = |content_type| AnswerShape { content_type: Some(content_type), schema: None, ..V::shape() };
        vec![V::shape(), file(CSV), file(XLSX)]
    }
}

#[cfg(test)]
mod tests {
    use super::disposition;

    #[test]
    fn no_name_leaves_its_header_or_its_folder() {
        for (name, told) in [
            ("a.pdf", "attachment; filename=\"a.pdf\"; filename*=UTF-8''a.pdf"),
            ("../../etc/passwd", "attachment; filename=\"_.._etc_passwd\"; filename*=UTF-8''_.._etc_passwd"),
            (
                "a\"; filename=\"b\r\nX: y",
                "attachment; filename=\"a__ filename__bX_ y\"; filename*=UTF-8''a_%3B%20filename%3D_bX_%20y",
            ),
            ("结算.xlsx", "attachment; filename=\"__.xlsx\"; filename*=UTF-8''%E7%BB%93%E7%AE%97.xlsx"),
            ("...", "attachment; filename=\"file\"; filename*=UTF-8''file"),
        ] {
            assert_eq!(disposition(name), told, "{name:?}");
        }
    }
}
