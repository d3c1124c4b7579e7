//! The words of documents: where they come from, how far they are, and what they may be.

use super::words;

words! {
    /// Where a document comes from.
    pub enum DocumentKind {
        /// Somebody sent it.
        Upload = "upload",
        /// It was made here, from a template.
        Paper = "paper",
    }

    /// `awaiting → stored → erased`. One that waits too long is taken away.
    pub enum DocumentState {
        /// It is announced; its content has not come.
        Awaiting = "awaiting",
        /// Its content is there.
        Stored = "stored",
        /// Its key is destroyed.
        Erased = "erased",
    }

    /// What a document may be: by its content, not by what somebody calls it.
    pub enum MediaType {
        /// A PDF.
        Pdf = "application/pdf",
        /// A photograph.
        Jpeg = "image/jpeg",
        /// A picture, a screenshot.
        Png = "image/png",
        /// A photograph as telephones make them.
        Heif = "image/heif",
        /// A Word document.
        Docx = "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        /// A workbook.
        Xlsx = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        /// Text, in UTF-8.
        Text = "text/plain",
        /// A recording.
        Mp3 = "audio/mpeg",
        /// A recording as telephones make them.
        M4a = "audio/mp4",
        /// A film.
        Mp4 = "video/mp4",
    }
}
