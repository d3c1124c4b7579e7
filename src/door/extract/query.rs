//! `Query` and `Page`: parameters in the query string. They were checked against their schemas, unknown ones refused.

use std::any::TypeId;
use std::ops::Deref;

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

impl Extract for Page {
    fn extract(asked: &Asked) -> Result<Self, Problem> {
        read(asked)
    }
    fn describe(description: &mut Description) {
        describe::<Self>(description);
    }
}
