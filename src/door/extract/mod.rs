//! Extractors: what a handler may take from a request. The body was read before, so that nothing here waits; `Sent` alone is a
//! body that the handler still takes.

mod body;
mod ctx;
mod if_match;
mod path;
mod query;
mod sent;

pub use body::{Body, OptionalBody, Upload};
pub use if_match::{IfMatch, Tag};
pub use path::{Path, PathId};
pub use query::{Page, Query};
pub use sent::Sent;
pub(super) use sent::Source;

use super::asked::Asked;
use super::routes::Description;
use crate::base::problem::Problem;

#[cfg(test)]
pub(super) use ctx::{bearer, idempotency};

/// What a handler may take.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not taken from a request",
    note = "handlers take `Ctx`, `Path`, `Query`, `Page`, `Body`, `OptionalBody`, `Upload`, `Sent` and `IfMatch`"
)]
pub trait Extract: Sized + 'static {
    /// From a request.
    fn extract(asked: &Asked) -> Result<Self, Problem>;
    /// What the document says of it.
    fn describe(description: &mut Description);
}

macro_rules! tuples {
    ($( ($($name:ident),*) )*) => { $(
        impl<$($name: Extract),*> Extract for ($($name,)*) {
            fn extract(asked: &Asked) -> Result<Self, Problem> {
                let _ = asked;
                Ok(($($name::extract(asked)?,)*))
            }
            fn describe(description: &mut Description) {
                let _ = &description;
                $($name::describe(description);)*
            }
        }
    )* };
}

tuples! { () (A) (A, B) (A, B, C) (A, B, C, D) (A, B, C, D, E) (A, B, C, D, E, F) }
