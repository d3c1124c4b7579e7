//! `If-Match`: which state of the thing the client saw, so that nobody overwrites what they have not seen.

use std::ops::Deref;

use actix_web::http::header;

use super::super::asked::Asked;
use super::super::routes::Description;
use super::Extract;
use crate::base::problem::{Code, Problem};

/// An entity tag as the client gave it back, without its quotes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tag(String);

impl Tag {
    /// The tag's text, to compare with a hash.
    pub fn as_str(&self) -> &str {
        &self.0
    }
    /// The version it names. A tag that we never gave for a version is stale.
    pub fn version(&self) -> Result<i64, Problem> {
        let digits = self.0.strip_prefix('v').filter(|digits| digits.bytes().all(|b| b.is_ascii_digit()));
        digits.and_then(|digits| digits.parse().ok()).ok_or_else(Problem::stale)
    }
}

/// The state that was seen. Missing, or `*` (which has seen nothing): 428. Weak: 412, since they never match (RFC 9110,
/// section 13.1.1).
pub struct IfMatch(Tag);

impl Deref for IfMatch {
    type Target = Tag;
    fn deref(&self) -> &Tag {
        &self.0
    }
}

impl IfMatch {
    /// The tag.
    pub fn into_inner(self) -> Tag {
        self.0
    }
}

impl Extract for IfMatch {
    fn extract(asked: &Asked) -> Result<Self, Problem> {
        let unreadable = || {
            Problem::new(Code::NotParseable)
                .because("If-Match holds one entity tag in quotes", "If-Match 应为一个带引号的实体标签")
        };
        let value = asked.header(&header::IF_MATCH).map_err(|_| unreadable())?.map_or("*", str::trim);
        if value == "*" {
            return Err(Problem::if_match_required());
        }
        if value.starts_with("W/") {
            return Err(Problem::stale());
        }
        let tag = value.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).ok_or_else(unreadable)?;
        if tag.bytes().all(|b| b.is_ascii_graphic() && b != b'"') { Ok(Self(Tag(tag.to_owned()))) } else { Err(unreadable()) }
    }
    fn describe(description: &mut Description) {
        description.if_match = true;
        description.codes.extend([Code::IfMatchRequired, Code::Stale, Code::NotParseable]);
    }
}
