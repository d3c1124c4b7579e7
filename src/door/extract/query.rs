//! `Query` and `Page`: parameters in the query string. They were checked against their schemas, unknown ones refused.

use std::any::TypeId;
use std::fmt::Display;
use std::ops::Deref;
use std::str::FromStr;

use data_encoding::BASE64URL_NOPAD;
use schemars::JsonSchema;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::super::asked::Asked;
use super::super::routes::Description;
use super::super::schema::schema_of;
use super::Extract;
use crate::base::problem::{Code, FieldCode, Problem};

/// Filters. `T` is a struct of `Option`s, words, ids, numbers and lists of them.
pub struct Query<T>(T);

impl<T> Query<T> {
    /// The filters.
    pub fn into_inner(self) -> T {
        self.0
    }
}

impl<T> Deref for Query<T> {
    type Target = T;
    fn deref(&self) -> &T {
        &self.0
    }
}

fn read<T: DeserializeOwned + JsonSchema + 'static>(asked: &Asked) -> Result<T, Problem> {
    let own = asked.query_of(TypeId::of::<T>());
    serde_json::from_value(Value::Object(own)).map_err(|_| Problem::wrong_field("/query", FieldCode::WrongForm))
}

fn describe<T: JsonSchema + 'static>(description: &mut Description) {
    description.query.push((TypeId::of::<T>(), schema_of::<T>));
    description.codes.insert(Code::NotValid);
}

impl<T: DeserializeOwned + JsonSchema + 'static> Extract for Query<T> {
    fn extract(asked: &Asked) -> Result<Self, Problem> {
        read(asked).map(Self)
    }
    fn describe(description: &mut Description) {
        describe::<T>(description);
    }
}

/// Which page of a list.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
pub struct Page {
    /// At most so many items.
    #[serde(default = "usual_limit")]
    #[schemars(range(min = 1, max = 100))]
    pub limit: u32,
    /// Where the page before ended: its `next`, as it was given.
    #[serde(default)]
    #[schemars(length(min = 1, max = 1000))]
    pub cursor: Option<String>,
}

const fn usual_limit() -> u32 {
    25
}

impl Page {
    /// At most so many items are shown.
    pub fn limit(&self) -> usize {
        usize::try_from(self.limit).unwrap_or(usize::MAX)
    }
    /// So many rows to read: one more than is shown, which tells that there is a next page.
    pub fn rows(&self) -> i64 {
        i64::from(self.limit).saturating_add(1)
    }
    /// The id behind which this page begins. Errors: 422 where another list gave the cursor; `list` is this one's name.
    pub fn past<I: FromStr>(&self, list: &str) -> Result<Option<I>, Problem> {
        let Some(cursor) = &self.cursor else { return Ok(None) };
        let bytes = BASE64URL_NOPAD.decode(cursor.as_bytes()).ok();
        let text = bytes.and_then(|bytes| String::from_utf8(bytes).ok());
        let id = text.as_deref().and_then(|text| text.strip_prefix(list)?.strip_prefix(' ')?.parse().ok());
        id.map(Some).ok_or_else(|| Problem::wrong_field("/query/cursor", FieldCode::WrongCursor))
    }
    /// The cursor that continues a list behind its last item.
    pub fn cursor_of(list: &str, last: impl Display) -> String {
        BASE64URL_NOPAD.encode(format!("{list} {last}").as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::ids::CaseId;

    #[test]
    fn a_cursor_continues_its_own_list_only() {
        let id: CaseId = "0193a5b0-7c00-7000-8000-000000000001".parse().unwrap();
        let at = |cursor: Option<String>| Page { limit: 2, cursor };
        let cursor = Page::cursor_of("cases", id);
        assert_eq!(at(Some(cursor.clone())).past("cases"), Ok(Some(id)));
        assert_eq!(at(None).past::<CaseId>("cases"), Ok(None));
        for (list, cursor) in [("notes", cursor.as_str()), ("case", &cursor), ("cases", "x"), ("cases", "Y2FzZXM")] {
            let wrong = at(Some(cursor.to_owned())).past::<CaseId>(list).unwrap_err();
            assert_eq!(wrong.errors()[0].code, "wrong_cursor", "{list} {cursor}");
        }
    }
}

impl Extract for Page {
    fn extract(asked: &Asked) -> Result<Self, Problem> {
        read(asked)
    }
    fn describe(description: &mut Description) {
        describe::<Self>(description);
    }
}
