//! Views: what is shown, with its status, entity tag and place.

use schemars::JsonSchema;
use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::base::problem::Problem;

/// An entity tag: which state of the thing one saw.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ETag {
    /// The thing cannot be changed.
    None,
    /// The version of a record that lies within one facet.
    Version(i64),
    /// A hash of what this reader is shown, where the thing spans facets.
    Hash(String),
}

impl ETag {
    /// Of what this reader is shown: changes when that does, and tells nothing of what is withheld.
    pub fn of_shown(shown: &impl Serialize) -> Self {
        // What is shown is JSON anyway; what could not be made into it has no tag, as it will have no answer.
        serde_json::to_vec(shown).map_or(Self::None, |json| {
            let digest = Sha256::digest(&json);
            Self::Hash(data_encoding::BASE64URL_NOPAD.encode(digest.get(..18).unwrap_or(&digest)))
        })
    }
    /// Errors: 412 where the client saw another state.
    pub fn matches(&self, seen: &super::Tag) -> Result<(), Problem> {
        match self {
            Self::Hash(hash) if hash == seen.as_str() => Ok(()),
            Self::Version(version) if seen.version()? == *version => Ok(()),
            Self::None | Self::Hash(_) | Self::Version(_) => Err(Problem::stale()),
        }
    }
    /// As a header's value, quoted. A hash that would not be a valid tag is left out.
    pub(super) fn header(&self) -> Option<String> {
        match self {
            Self::Version(version) => Some(format!("\"v{version}\"")),
            Self::Hash(hash) if hash.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_')) => {
                Some(format!("\"{hash}\""))
            }
            Self::None | Self::Hash(_) => None,
        }
    }
}

/// What can be shown as JSON: its shape is known to the API document.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a view",
    note = "what leaves the program is a type of its own that implements `View`, so that the API document knows its shape"
)]
pub trait View: Serialize + JsonSchema + 'static {
    /// The answer's status.
    const STATUS: u16 = 200;
    /// Which state of the thing this is.
    fn etag(&self) -> ETag {
        ETag::None
    }
    /// Where the thing is, if it was made.
    fn location(&self) -> Option<String> {
        None
    }
}

/// Something that was made: 201, with its place in `Location`.
#[derive(Serialize)]
#[serde(transparent)]
pub struct Created<V>(pub V);

impl<V: JsonSchema> JsonSchema for Created<V> {
    fn inline_schema() -> bool {
        V::inline_schema()
    }
    fn schema_name() -> std::borrow::Cow<'static, str> {
        V::schema_name()
    }
    fn schema_id() -> std::borrow::Cow<'static, str> {
        V::schema_id()
    }
    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        V::json_schema(generator)
    }
}

impl<V: View> View for Created<V> {
    const STATUS: u16 = 201;
    fn etag(&self) -> ETag {
        self.0.etag()
    }
    fn location(&self) -> Option<String> {
        self.0.location()
    }
}

/// Done, and there is nothing to show: 204.
#[derive(Clone, Copy, Debug, Serialize, JsonSchema)]
pub struct NoContent;

impl View for NoContent {
    const STATUS: u16 = 204;
}

/// One page of a list.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "{V}List")]
pub struct List<V> {
    /// The items.
    pub items: Vec<V>,
    /// The cursor of the next page; null at the end.
    pub next: Option<String>,
}

impl<V: View> View for List<V> {}

impl<V: crate::access::Again> crate::access::Again for Created<V> {
    type Key = V::Key;
    const VIEW: crate::base::words::Action = V::VIEW;
    fn key(&self) -> V::Key {
        self.0.key()
    }
    fn again(
        tx: &mut crate::base::db::Tx<'_>,
        permit: &crate::access::Permit<'_, crate::access::can::View, <V::Key as crate::access::Target>::R>,
        key: V::Key,
    ) -> Result<Self, crate::base::problem::Problem> {
        V::again(tx, permit, key).map(Self)
    }
}
