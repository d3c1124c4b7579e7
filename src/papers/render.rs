//! One paper, typeset: a world that holds two sources and the fonts, and nothing else.

use std::sync::Arc;

use typst::diag::{FileError, FileResult, SourceDiagnostic};
use typst::foundations::{Bytes, Datetime, Dict, Duration, Smart, Str, Value};
use typst::syntax::{FileId, RootedPath, Source, VirtualPath, VirtualRoot};
use typst::text::{Font, FontBook};
use typst::utils::LazyHash;
use typst::{Library, LibraryExt, World, WorldExt, comemo};
use typst_layout::PagedDocument;
use typst_pdf::PdfOptions;

use super::data::Paper;
use super::fonts::Fonts;
use super::press::PaperError;
use super::templates::HOUSE;
use crate::base::text::line_at;
use crate::base::words::Language;

/// Pages that a paper has at most.
const MOST_PAGES: usize = 200;

/// What typst may see.
struct Desk<'a> {
    library: LazyHash<Library>,
    fonts: &'a Fonts,
    page: Source,
    house: Source,
}

fn id(name: &str) -> Result<FileId, PaperError> {
    let path = VirtualPath::new(name).map_err(|_| PaperError::Template("a name that is no path".to_owned()))?;
    Ok(RootedPath::new(VirtualRoot::Project, path).intern())
}

impl World for Desk<'_> {
    fn library(&self) -> &LazyHash<Library> {
        &self.library
    }
    fn book(&self) -> &LazyHash<FontBook> {
        &self.fonts.book
    }
    fn main(&self) -> FileId {
        self.page.id()
    }
    fn source(&self, id: FileId) -> FileResult<Source> {
        [&self.page, &self.house].into_iter().find(|source| source.id() == id).cloned().ok_or(FileError::AccessDenied)
    }
    fn file(&self, _: FileId) -> FileResult<Bytes> {
        Err(FileError::AccessDenied)
    }
    fn font(&self, index: usize) -> Option<Font> {
        self.fonts.faces.get(index).cloned()
    }
    /// A paper's days are in its data: there is no other clock.
    fn today(&self, _: Option<Duration>) -> Option<Datetime> {
        None
    }
}

/// The paper as PDF. The same data and fonts give the same bytes.
pub(super) fn pdf(paper: &Paper, fonts: &Arc<Fonts>) -> Result<Vec<u8>, PaperError> {
    let template = &paper.template;
    let mut library = Library::builder().build();
    let scope = library.global.scope_mut();
    scope.define("data", paper.values(fonts));
    scope.define("word", words(paper));
    scope.define("lang", paper.language.as_str());
    scope.define("family", fonts.family.as_str());
    let desk = Desk {
        library: LazyHash::new(library),
        fonts,
        page: Source::new(id(&format!("{}.typ", template.key()))?, template.page().to_owned()),
        house: Source::new(id("house.typ")?, HOUSE.to_owned()),
    };
    let made = make(&desk);
    // What typst remembers of one paper must neither fill the memory nor outlive the answer.
    comemo::evict(0);
    made
}

fn make(desk: &Desk<'_>) -> Result<Vec<u8>, PaperError> {
    let told =
        |errors: &[SourceDiagnostic]| PaperError::Template(errors.first().map_or_else(String::new, |error| place(desk, error)));
    let document = typst::compile::<PagedDocument>(desk).output.map_err(|errors| told(&errors))?;
    if document.pages().len() > MOST_PAGES {
        return Err(PaperError::TooLong);
    }
    let options = PdfOptions { creator: Smart::Custom(Some("Lianhu".to_owned())), ..PdfOptions::default() };
    typst_pdf::pdf(&document, &options).map_err(|errors| told(&errors))
}

/// Where the page is wrong. Typst's own words are left out: they may quote what the paper holds, and this goes to the log.
fn place(desk: &Desk<'_>, error: &SourceDiagnostic) -> String {
    let source = error.span.id().and_then(|id| desk.source(id).ok());
    match (source, desk.range(error.span)) {
        (Some(source), Some(range)) => {
            format!("{}:{}", source.id().vpath().get_without_slash(), line_at(source.text(), range.start))
        }
        (_, _) => "somewhere".to_owned(),
    }
}

fn words(paper: &Paper) -> Dict {
    let of = |both: &super::templates::Both| match paper.language {
        Language::Zh => Value::Str(Str::from(both.zh.as_str())),
        Language::En => Value::Str(Str::from(both.en.as_str())),
    };
    paper.template.words().map(|(name, both)| (Str::from(name), of(both))).collect()
}
