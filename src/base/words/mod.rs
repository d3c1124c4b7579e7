//! The field's words (domain.md) as types: one enum a word list, stored, sent and shown under the same text.
//!
//! `words!` gives each list its text, parsing, storage as `TEXT` on both databases, JSON and its schema, so that a
//! word exists in one place only.

mod actions;
mod agencies;
mod casework;
mod clocks;
mod documents;
mod erasing;
mod facets;
mod formats;
mod glass;
mod jobs;
mod log;
mod mail;
mod measures;
mod notices;
mod risk;

pub use actions::{Action, Capability};
pub use agencies::{AgencyKind, Role, Roles};
pub use casework::*;
pub use clocks::*;
pub use documents::*;
pub use erasing::*;
pub use facets::{Basis, Facet, FacetSet};
pub use formats::*;
pub use glass::*;
pub use jobs::*;
pub use log::*;
pub use mail::*;
pub use measures::*;
pub use notices::*;
pub use risk::*;

/// A text that is not one of the words of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not one of the words of {list}")]
pub struct UnknownWord {
    /// The list's name.
    pub list: &'static str,
}

/// Declares a word list: `pub enum Name { Variant = "text", … }`.
macro_rules! words {
    ($( $(#[$doc:meta])* pub enum $name:ident { $( $(#[$vdoc:meta])* $variant:ident = $text:literal ),* $(,)? } )*) => { $(
        $(#[$doc])*
        #[derive(
            Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize, schemars::JsonSchema,
            diesel::expression::AsExpression, diesel::deserialize::FromSqlRow,
        )]
        #[diesel(sql_type = diesel::sql_types::Text)]
        pub enum $name { $( $(#[$vdoc])* #[serde(rename = $text)] $variant ),* }

        impl $name {
            /// Every word of the list, in the order of domain.md.
            pub const ALL: &'static [Self] = &[$( Self::$variant ),*];

            /// The word as stored, sent and shown.
            pub const fn as_str(self) -> &'static str {
                match self { $( Self::$variant => $text ),* }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::base::words::UnknownWord;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                match text { $( $text => Ok(Self::$variant), )* _ => Err($crate::base::words::UnknownWord { list: stringify!($name) }) }
            }
        }

        $crate::base::words::stored_as_text!($name);
    )* };
}

/// Stores a `Copy` type with `as_str(&self)` and `FromStr` as `TEXT`, the same on both databases.
macro_rules! stored_as_text {
    ($name:ident) => {
        impl<DB> diesel::serialize::ToSql<diesel::sql_types::Text, DB> for $name
        where
            DB: diesel::backend::Backend,
            str: diesel::serialize::ToSql<diesel::sql_types::Text, DB>,
        {
            fn to_sql<'b>(&'b self, out: &mut diesel::serialize::Output<'b, '_, DB>) -> diesel::serialize::Result {
                self.as_str().to_sql(out)
            }
        }

        impl<DB> diesel::deserialize::FromSql<diesel::sql_types::Text, DB> for $name
        where
            DB: diesel::backend::Backend,
            String: diesel::deserialize::FromSql<diesel::sql_types::Text, DB>,
        {
            fn from_sql(bytes: DB::RawValue<'_>) -> diesel::deserialize::Result<Self> {
                let text = <String as diesel::deserialize::FromSql<diesel::sql_types::Text, DB>>::from_sql(bytes)?;
                Ok(text.parse::<Self>()?)
            }
        }
    };
}

pub(crate) use stored_as_text;
pub(crate) use words;
