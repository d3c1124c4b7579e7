//! What a schema cannot say of a body.

use crate::base::problem::FieldErrors;
use crate::base::time::Timestamp;

/// Rules across a body's fields, or against the time, that its schema cannot tell. Every body says so, if only with an
/// empty `impl`.
pub trait Check {
    /// Pushes what is wrong.
    fn check(&self, now: Timestamp, errors: &mut FieldErrors) {
        let _ = (now, errors);
    }
}
