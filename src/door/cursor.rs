//! Cursors: where the page before ended. They name their list, so that one of another list is refused. They are no secret:
//! what they point past is decided anew.

use std::fmt::Display;
use std::str::FromStr;

use super::extract::Page;
use super::view::List;
use crate::base::problem::{FieldCode, Problem};

/// The cursor after a row of a list.
pub fn cursor(list: &str, last: &impl Display) -> String {
    data_encoding::BASE64URL_NOPAD.encode(format!("{list}:{last}").as_bytes())
}

impl Page {
    /// Past which row of this list the page begins. Errors: 422 for a cursor of another list, or of none.
    pub fn past<I: FromStr>(&self, list: &str) -> Result<Option<I>, Problem> {
        let Some(text) = &self.cursor else { return Ok(None) };
        let parsed = data_encoding::BASE64URL_NOPAD.decode(text.as_bytes()).ok().and_then(|bytes| {
            let text = String::from_utf8(bytes).ok()?;
            text.strip_prefix(list)?.strip_prefix(':')?.parse().ok()
        });
        parsed.map(Some).ok_or_else(|| Problem::wrong_field("/query/cursor", FieldCode::WrongCursor))
    }
    /// How many rows to read, so that one more tells whether there is a next page.
    pub fn with_one_more(&self) -> i64 {
        i64::from(self.limit).saturating_add(1)
    }
    /// How many rows the page holds at most.
    pub fn size(&self) -> usize {
        usize::try_from(self.limit).unwrap_or(usize::MAX)
    }
    /// The page of these rows, of which one more than fit may have been read; `id` is what the list is ordered by.
    pub fn of<V, I: Display>(&self, list: &str, mut rows: Vec<V>, id: impl Fn(&V) -> I) -> List<V> {
        let more = rows.len() > self.size();
        rows.truncate(self.size());
        let next = if more { rows.last().map(|last| cursor(list, &id(last))) } else { None };
        List { items: rows, next }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::ids::NoteId;

    #[test]
    fn a_cursor_of_another_list_is_refused() {
        let id: NoteId = "0193a5b0-7c00-7000-8000-000000000001".parse().unwrap();
        let page = |text: String| Page { limit: 2, cursor: Some(text) };
        assert_eq!(page(cursor("notes", &id)).past::<NoteId>("notes"), Ok(Some(id)));
        assert!(page(cursor("parties", &id)).past::<NoteId>("notes").is_err());
        assert!(page("%%%".into()).past::<NoteId>("notes").is_err());
    }

    #[test]
    fn the_last_page_has_no_cursor() {
        let page = Page { limit: 2, cursor: None };
        assert!(page.of("n", vec![1, 2], |n| *n).next.is_none());
        let first = page.of("n", vec![1, 2, 3], |n| *n);
        assert_eq!(first.items, vec![1, 2]);
        assert_eq!(first.next, Some(cursor("n", &2)));
    }
}
