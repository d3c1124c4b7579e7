//! `Download`: a file that leaves piece by piece, always as an attachment.

use std::pin::Pin;

use actix_web::body::{BoxBody, SizedStream};
use actix_web::web::Bytes;
use futures_util::Stream;

use super::answer::sealed::Show;
use super::answer::{AnswerShape, Shown};
use super::attachment::disposition;
use crate::base::problem::Problem;
use crate::base::words::MediaType;

/// The pieces of a file as they are opened; one that cannot be ends the answer, which the client sees by its length.
pub type Pieces = Pin<Box<dyn Stream<Item = Result<Bytes, std::io::Error>>>>;

/// A file.
pub struct Download {
    /// What it is.
    pub media_type: MediaType,
    /// What it is called.
    pub name: String,
    /// Its length, bytes.
    pub size: u64,
    /// Its bytes.
    pub pieces: Pieces,
}

/// A media type, as a header says it.
const fn content_type(media_type: MediaType) -> &'static str {
    match media_type {
        MediaType::Text => "text/plain; charset=utf-8",
        MediaType::Pdf
        | MediaType::Jpeg
        | MediaType::Png
        | MediaType::Heif
        | MediaType::Docx
        | MediaType::Xlsx
        | MediaType::Mp3
        | MediaType::M4a
        | MediaType::Mp4 => media_type.as_str(),
    }
}

impl Show for Download {
    fn show(self) -> Result<Shown, Problem> {
        let body = BoxBody::new(SizedStream::new(self.size, self.pieces));
        Ok(Shown::streamed(content_type(self.media_type), body, disposition(&self.name)))
    }
    fn shape() -> AnswerShape {
        AnswerShape { status: 200, content_type: Some(content_type(MediaType::Pdf)), schema: None, disclosed: false }
    }
    fn shapes() -> Vec<AnswerShape> {
        let shape = |media: &MediaType| AnswerShape { content_type: Some(content_type(*media)), ..Self::shape() };
        MediaType::ALL.iter().map(shape).collect()
    }
}
