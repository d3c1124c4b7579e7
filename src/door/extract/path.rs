//! `Path`: ids in the path. One that is no id hears the same 404 as one that is not there.

use std::ops::Deref;
use std::str::FromStr;

use schemars::JsonSchema;

use super::super::asked::Asked;
use super::super::routes::Description;
use super::super::schema::{SchemaOf, schema_of};
use super::Extract;
use crate::base::ids::Id;
use crate::base::problem::{Code, Problem};

/// What may stand as one parameter in a path: every id, and what else says so.
pub trait PathId: FromStr + JsonSchema + 'static {}

impl<T: Id + FromStr + JsonSchema + 'static> PathId for T {}

/// One parameter, or a tuple of them in the order of the path.
pub trait PathIds: Sized + 'static {
    /// From the texts in the path.
    fn parse(texts: &[&str]) -> Option<Self>;
    /// Their schemas.
    fn schemas() -> Vec<SchemaOf>;
}

impl<T: PathId> PathIds for T {
    fn parse(texts: &[&str]) -> Option<Self> {
        if let [one] = texts { one.parse().ok() } else { None }
    }
    fn schemas() -> Vec<SchemaOf> {
        vec![schema_of::<T>]
    }
}

impl<A: PathId, B: PathId> PathIds for (A, B) {
    fn parse(texts: &[&str]) -> Option<Self> {
        if let [a, b] = texts { Some((a.parse().ok()?, b.parse().ok()?)) } else { None }
    }
    fn schemas() -> Vec<SchemaOf> {
        vec![schema_of::<A>, schema_of::<B>]
    }
}

impl<A: PathId, B: PathId, C: PathId> PathIds for (A, B, C) {
    fn parse(texts: &[&str]) -> Option<Self> {
        if let [a, b, c] = texts { Some((a.parse().ok()?, b.parse().ok()?, c.parse().ok()?)) } else { None }
    }
    fn schemas() -> Vec<SchemaOf> {
        vec![schema_of::<A>, schema_of::<B>, schema_of::<C>]
    }
}

/// The ids in the path.
pub struct Path<T>(T);

impl<T> Path<T> {
    /// The ids.
    pub fn into_inner(self) -> T {
        self.0
    }
}

impl<T> Deref for Path<T> {
    type Target = T;
    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T: PathIds> Extract for Path<T> {
    fn extract(asked: &Asked) -> Result<Self, Problem> {
        let texts: Vec<&str> = asked.ids.iter().map(String::as_str).collect();
        T::parse(&texts).map(Self).ok_or_else(Problem::not_found)
    }
    fn describe(description: &mut Description) {
        description.path.extend(T::schemas());
        description.codes.insert(Code::NotFound);
    }
}
