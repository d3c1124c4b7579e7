//! `Body`, `OptionalBody`, `Upload`: what was sent. A JSON body was checked against `T`'s schema before.

use std::ops::Deref;

use actix_web::http::header;
use actix_web::web::Bytes;
use schemars::JsonSchema;
use serde::de::DeserializeOwned;

use super::super::Check;
use super::super::asked::Asked;
use super::super::routes::{BodyShape, Description};
use super::super::schema::schema_of;
use super::Extract;
use crate::base::problem::{Code, FieldCode, FieldErrors, Problem};

/// A JSON body.
pub struct Body<T>(T);

/// A JSON body that may be left out.
pub struct OptionalBody<T>(Option<T>);

/// A file's bytes.
pub struct Upload {
    /// The content type stated; whoever keeps the file looks at the bytes.
    pub content_type: String,
    /// The bytes.
    pub bytes: Bytes,
}

impl<T> Body<T> {
    /// The body.
    pub fn into_inner(self) -> T {
        self.0
    }
}

impl<T> OptionalBody<T> {
    /// The body, if one was sent.
    pub fn into_inner(self) -> Option<T> {
        self.0
    }
}

impl<T> Deref for Body<T> {
    type Target = T;
    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T> Deref for OptionalBody<T> {
    type Target = Option<T>;
    fn deref(&self) -> &Option<T> {
        &self.0
    }
}

fn read<T: DeserializeOwned + Check>(asked: &Asked) -> Result<Option<T>, Problem> {
    let Some(json) = asked.json.take() else { return Ok(None) };
    let body: T = serde_json::from_value(json).map_err(|_| Problem::wrong_field("", FieldCode::WrongForm))?;
    let mut errors = FieldErrors::new();
    body.check(asked.door()?.clock.now(), &mut errors);
    errors.into_result().map(|()| Some(body))
}

pub(super) fn describe(description: &mut Description, body: BodyShape) {
    description.body = body;
    description.codes.extend([Code::TooLarge, Code::UnsupportedMediaType, Code::RequestTimeout]);
    if matches!(body, BodyShape::Json { .. }) {
        description.codes.extend([Code::MalformedJson, Code::NotValid]);
    }
}

impl<T: DeserializeOwned + JsonSchema + Check + 'static> Extract for Body<T> {
    fn extract(asked: &Asked) -> Result<Self, Problem> {
        read(asked)?.map(Self).ok_or_else(Problem::internal)
    }
    fn describe(description: &mut Description) {
        describe(description, BodyShape::Json { schema: schema_of::<T>, required: true });
    }
}

impl<T: DeserializeOwned + JsonSchema + Check + 'static> Extract for OptionalBody<T> {
    fn extract(asked: &Asked) -> Result<Self, Problem> {
        read(asked).map(Self)
    }
    fn describe(description: &mut Description) {
        describe(description, BodyShape::Json { schema: schema_of::<T>, required: false });
    }
}

impl Extract for Upload {
    fn extract(asked: &Asked) -> Result<Self, Problem> {
        let content_type = asked.header(&header::CONTENT_TYPE).ok().flatten();
        let content_type = content_type.ok_or_else(|| Problem::new(Code::UnsupportedMediaType))?.to_owned();
        Ok(Self { content_type, bytes: asked.body.clone() })
    }
    fn describe(description: &mut Description) {
        describe(description, BodyShape::Upload);
    }
}
