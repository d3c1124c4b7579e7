//! What a document may be called, and who may add and see one: pure.

use crate::base::problem::{FieldCode, Problem};
use crate::base::words::{DocumentState, Facet, FacetSet, MediaType};

/// Why a file's name is not taken. Nothing of the name in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum WrongName {
    /// It names a folder, or holds a character that some system reads as more than a letter.
    #[error("a path, or a character with a meaning of its own")]
    Path,
    /// It ends in nothing that is taken.
    #[error("ends in nothing that is taken")]
    Ending,
    /// More bytes than file systems take.
    #[error("too long")]
    TooLong,
}

impl From<WrongName> for FieldCode {
    fn from(why: WrongName) -> Self {
        match why {
            WrongName::Path => Self::Other {
                code: "not_a_file_name",
                message: "must be a file's name alone: no folder, none of / \\ : * ? \" < > |, no dot first or last",
                message_zh: "只能是文件名:不得含文件夹或 / \\ : * ? \" < > | 等字符,首尾不得为点",
            },
            WrongName::Ending => Self::NotOneOf { words: ENDINGS.iter().map(|(ending, _)| (*ending).to_owned()).collect() },
            WrongName::TooLong => Self::TooLong { max: 255 },
        }
    }
}

/// What a file's name may end in, and what the file must be then.
const ENDINGS: [(&str, MediaType); 12] = [
    (".pdf", MediaType::Pdf),
    (".jpg", MediaType::Jpeg),
    (".jpeg", MediaType::Jpeg),
    (".png", MediaType::Png),
    (".heic", MediaType::Heif),
    (".heif", MediaType::Heif),
    (".docx", MediaType::Docx),
    (".xlsx", MediaType::Xlsx),
    (".txt", MediaType::Text),
    (".mp3", MediaType::Mp3),
    (".m4a", MediaType::M4a),
    (".mp4", MediaType::Mp4),
];

/// What a file of this name must be. Its control and direction characters were refused before, as of any line.
pub fn named(name: &str) -> Result<MediaType, WrongName> {
    let is_path = name.contains(['/', '\\', ':', '*', '?', '"', '<', '>', '|']) || name.starts_with('.') || name.ends_with('.');
    if is_path || name.chars().any(char::is_control) {
        return Err(WrongName::Path);
    }
    if name.len() > 255 {
        return Err(WrongName::TooLong);
    }
    let lower = name.to_lowercase();
    let found = ENDINGS.iter().find(|(ending, _)| lower.strip_suffix(ending).is_some_and(|stem| !stem.trim().is_empty()));
    found.map(|(_, media)| *media).ok_or(WrongName::Ending)
}

/// Why a document is not added, seen or filled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// As if it were not there.
    #[error("withheld")]
    Withheld,
    /// Not theirs to write.
    #[error("not theirs to write")]
    NotTheirs,
}

impl From<Refused> for Problem {
    fn from(why: Refused) -> Self {
        match why {
            Refused::Withheld => Self::not_found(),
            Refused::NotTheirs => Self::forbidden(),
        }
    }
}

/// Whether somebody who reads and writes these facets may send a document that bears those: they write all, and see it then, but
/// that what was said to them in confidence they may write without reading others'.
pub fn may_send(facets: FacetSet, reads: FacetSet, writes: FacetSet) -> Result<(), Refused> {
    let sees = facets.without(Facet::Confidential).within(reads);
    if facets.within(writes) && sees { Ok(()) } else { Err(Refused::NotTheirs) }
}

/// Whether a paper that bears these facets may be made: it is drawn from what its maker reads, and says nothing new, so that
/// writing is not asked for; what was said in confidence only for who reads or writes that.
pub fn may_make(facets: FacetSet, reads: FacetSet, writes: FacetSet) -> Result<(), Refused> {
    let missing = facets.minus(reads);
    if missing.within(writes.and(FacetSet::of(&[Facet::Confidential]))) { Ok(()) } else { Err(Refused::NotTheirs) }
}

/// Whether a document is there for somebody: whoever sees what it bears; while its content has not come, its author alone.
pub fn is_there(state: DocumentState, shows_all: bool, is_own: bool) -> Result<(), Refused> {
    let waits = match state {
        DocumentState::Awaiting => true,
        DocumentState::Stored | DocumentState::Erased => false,
    };
    if shows_all && (is_own || !waits) { Ok(()) } else { Err(Refused::Withheld) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_a_file_s_alone_and_says_what_it_must_be() {
        for (name, told) in [
            ("伤情照片.JPG", Ok(MediaType::Jpeg)),
            ("报告.pdf", Ok(MediaType::Pdf)),
            ("a.b.docx", Ok(MediaType::Docx)),
            ("录音 1.m4a", Ok(MediaType::M4a)),
            ("../../etc/passwd.txt", Err(WrongName::Path)),
            ("/etc/passwd.txt", Err(WrongName::Path)),
            ("C:\\a.txt", Err(WrongName::Path)),
            ("a\u{0}.pdf", Err(WrongName::Path)),
            ("a\n.pdf", Err(WrongName::Path)),
            (".pdf", Err(WrongName::Path)),
            (" .pdf", Err(WrongName::Ending)),
            ("a.pdf.", Err(WrongName::Path)),
            ("a.pdf.exe", Err(WrongName::Ending)),
            ("a.zip", Err(WrongName::Ending)),
            ("a.docm", Err(WrongName::Ending)),
            ("a.html", Err(WrongName::Ending)),
            ("a.svg", Err(WrongName::Ending)),
            ("a", Err(WrongName::Ending)),
        ] {
            assert_eq!(named(name), told, "{name:?}");
        }
        assert_eq!(named(&format!("{}.pdf", "长".repeat(100))), Err(WrongName::TooLong));
    }

    #[test]
    fn whoever_sends_writes_all_and_sees_it_then() {
        use Facet::{Confidential, Identity, Incident};
        let set = FacetSet::of;
        for (facets, reads, writes, may) in [
            (set(&[Identity]), set(&[Identity]), set(&[Identity]), true),
            (set(&[Identity, Incident]), set(&[Identity, Incident]), set(&[Identity]), false),
            (set(&[Identity, Incident]), set(&[Identity]), set(&[Identity, Incident]), false),
            (set(&[Confidential]), FacetSet::EMPTY, set(&[Confidential]), true),
            (set(&[Confidential]), set(&[Confidential]), FacetSet::EMPTY, false),
            (set(&[Identity, Confidential]), set(&[Identity]), FacetSet::ALL, true),
            (set(&[Identity, Confidential]), FacetSet::EMPTY, FacetSet::ALL, false),
        ] {
            assert_eq!(may_send(facets, reads, writes).is_ok(), may, "{facets:?} {reads:?} {writes:?}");
        }
    }

    #[test]
    fn a_paper_is_made_by_who_reads_what_it_is_drawn_from() {
        use Facet::{Confidential, Identity, Incident};
        let set = FacetSet::of;
        for (facets, reads, writes, may) in [
            (set(&[Identity, Incident]), set(&[Identity, Incident]), FacetSet::EMPTY, true),
            (set(&[Identity, Incident]), set(&[Identity]), FacetSet::ALL, false),
            (set(&[Identity, Confidential]), set(&[Identity]), FacetSet::EMPTY, false),
            (set(&[Identity, Confidential]), set(&[Identity]), set(&[Confidential]), true),
        ] {
            assert_eq!(may_make(facets, reads, writes).is_ok(), may, "{facets:?} {reads:?} {writes:?}");
        }
    }

    #[test]
    fn what_has_not_come_is_its_author_s_alone() {
        for (state, shows, own, told) in [
            (DocumentState::Awaiting, true, false, Err(Refused::Withheld)),
            (DocumentState::Awaiting, true, true, Ok(())),
            (DocumentState::Awaiting, false, true, Err(Refused::Withheld)),
            (DocumentState::Stored, true, false, Ok(())),
            (DocumentState::Stored, false, true, Err(Refused::Withheld)),
            (DocumentState::Erased, true, false, Ok(())),
        ] {
            assert_eq!(is_there(state, shows, own), told, "{state} {shows} {own}");
        }
    }

    #[test]
    fn no_facet_s_word_stands_in_another_s() {
        // The list of documents is chosen by these words as they are stored.
        for one in Facet::ALL {
            for other in Facet::ALL.iter().filter(|other| *other != one) {
                assert!(!one.as_str().contains(other.as_str()), "{one} {other}");
            }
        }
    }
}
