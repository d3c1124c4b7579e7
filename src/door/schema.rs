//! Schemas: what a type says of itself, used to check requests so that every wrong field is named at once.

use jsonschema::error::{TypeKind, ValidationErrorKind};
use jsonschema::{PatternOptions, ValidationError, Validator};
use schemars::generate::{SchemaGenerator, SchemaSettings};
use schemars::transform::RecursiveTransform;
use schemars::{JsonSchema, Schema};
use serde_json::{Map, Value, json};

use super::json::{find_nul, pointer_part};
use crate::base::problem::{FieldCode, FieldErrors};
use crate::base::text::holds_hidden;

/// A type's schema, by reference if it has a name.
pub type SchemaOf = fn(&mut SchemaGenerator) -> Schema;

/// `T`'s.
pub fn schema_of<T: JsonSchema>(generator: &mut SchemaGenerator) -> Schema {
    generator.subschema_for::<T>()
}

/// What schemars leaves open and serde, or PostgreSQL, would not take: an unknown field is an error even where the type
/// forgot to say so, and an integer has the bounds of its Rust type.
pub(super) fn tighten(schema: &mut Schema) {
    let Some(object) = schema.as_object_mut() else { return };
    let open = ["additionalProperties", "unevaluatedProperties", "$ref", "allOf", "anyOf", "oneOf"];
    if object.contains_key("properties") && !open.iter().any(|key| object.contains_key(*key)) {
        object.insert("additionalProperties".to_owned(), json!(false));
    }
    let bounds = match object.get("format").and_then(Value::as_str) {
        Some("int8") => Some((json!(i8::MIN), json!(i8::MAX))),
        Some("int16") => Some((json!(i16::MIN), json!(i16::MAX))),
        Some("int32") => Some((json!(i32::MIN), json!(i32::MAX))),
        Some("int64" | "int") => Some((json!(i64::MIN), json!(i64::MAX))),
        Some("uint8") => Some((json!(0), json!(u8::MAX))),
        Some("uint16") => Some((json!(0), json!(u16::MAX))),
        Some("uint32") => Some((json!(0), json!(u32::MAX))),
        Some("uint64" | "uint") => Some((json!(0), json!(u64::MAX))),
        _ => None,
    };
    if let Some((least, most)) = bounds {
        object.entry("minimum").or_insert(least);
        object.entry("maximum").or_insert(most);
    }
}

/// A generator for requests; definitions stand under `definitions`.
pub(super) fn request_generator(definitions: &'static str) -> SchemaGenerator {
    let mut settings = SchemaSettings::draft2020_12().for_deserialize().with_transform(RecursiveTransform(tighten));
    settings.definitions_path = definitions.into();
    settings.into_generator()
}

/// The schema by itself, its definitions within.
pub(super) fn standalone(make: impl FnOnce(&mut SchemaGenerator) -> Schema) -> Value {
    let mut generator = request_generator("/$defs");
    let mut schema = make(&mut generator);
    schemars::transform::Transform::transform(&mut RecursiveTransform(tighten), &mut schema);
    let mut object = schema.to_value();
    let definitions = generator.take_definitions(true);
    if let Some(object) = object.as_object_mut().filter(|_| !definitions.is_empty()) {
        object.insert("$defs".to_owned(), Value::Object(definitions));
    }
    object
}

/// Follows `$ref` into the schema's own definitions.
pub(super) fn resolved<'a>(root: &'a Value, schema: &'a Value) -> &'a Value {
    match schema.get("$ref").and_then(Value::as_str).and_then(|path| path.strip_prefix('#')) {
        Some(path) => root.pointer(path).unwrap_or(schema),
        None => schema,
    }
}

/// The validator of a schema. `None`: the schema itself is wrong, which `Routes::faults` tells.
pub(super) fn validator(schema: &Value) -> Option<Validator> {
    // The linear-time engine: no pattern of ours can be made to run long.
    let options = jsonschema::options().with_draft(jsonschema::Draft::Draft202012);
    options
        .should_validate_formats(true)
        .should_ignore_unknown_formats(true)
        .with_pattern_options(PatternOptions::regex())
        .build(schema)
        .ok()
}

/// Tells all that is wrong with `value`, under `prefix`.
pub(super) fn check(validator: &Validator, value: &Value, prefix: &str, errors: &mut FieldErrors) {
    find_nul(value, &mut prefix.to_owned(), &mut |at| errors.push(at, FieldCode::ForbiddenCharacter));
    for error in validator.iter_errors(value) {
        tell(&error, prefix, errors);
    }
}

fn tell(error: &ValidationError<'_>, prefix: &str, errors: &mut FieldErrors) {
    use ValidationErrorKind as Kind;
    let at = format!("{prefix}{}", error.instance_path().as_str());
    let code = match error.kind() {
        Kind::Required { property } => {
            let name = property.as_str().unwrap_or_default();
            return errors.push(format!("{at}/{}", pointer_part(name)), FieldCode::Required);
        }
        Kind::AdditionalProperties { unexpected } | Kind::UnevaluatedProperties { unexpected } => {
            for name in unexpected {
                errors.push(format!("{at}/{}", pointer_part(name)), FieldCode::UnknownField);
            }
            return;
        }
        Kind::AnyOf { context } | Kind::OneOfNotValid { context } => return tell_branches(error, context, prefix, errors),
        Kind::Type { kind } => FieldCode::WrongType { expected: types(kind).into() },
        Kind::Enum { options } => FieldCode::NotOneOf { words: words(options.as_array().map(Vec::as_slice).unwrap_or_default()) },
        Kind::Constant { expected_value } => FieldCode::NotOneOf { words: words(std::slice::from_ref(expected_value)) },
        Kind::MinLength { limit } => FieldCode::TooShort { min: *limit },
        Kind::MaxLength { limit } => FieldCode::TooLong { max: *limit },
        Kind::MinItems { limit } | Kind::MinProperties { limit } => FieldCode::TooFew { min: *limit },
        Kind::MaxItems { limit } | Kind::MaxProperties { limit } => FieldCode::TooMany { max: *limit },
        Kind::Minimum { limit } | Kind::ExclusiveMinimum { limit } => FieldCode::TooSmall { min: limit.to_string() },
        Kind::Maximum { limit } | Kind::ExclusiveMaximum { limit } => FieldCode::TooLarge { max: limit.to_string() },
        Kind::UniqueItems => FieldCode::Duplicate,
        Kind::Pattern { .. } => match error.instance().as_str() {
            Some(text) if text.trim().is_empty() => FieldCode::Blank,
            Some(text) if holds_hidden(text) => FieldCode::ForbiddenCharacter,
            _ => FieldCode::WrongForm,
        },
        _ => FieldCode::WrongForm,
    };
    errors.push(at, code);
}

/// None of several shapes fits. The shape that was meant is the one whose type and fixed words (the tag) fit; what is
/// wrong within it is told. If that is none or several: what all of them hold against it.
fn tell_branches(error: &ValidationError<'_>, context: &[Vec<ValidationError<'static>>], prefix: &str, errors: &mut FieldErrors) {
    let here = error.instance_path().as_str();
    let not_meant = |wrong: &ValidationError<'_>| match wrong.kind() {
        ValidationErrorKind::Type { .. } | ValidationErrorKind::Enum { .. } => wrong.instance_path().as_str() == here,
        ValidationErrorKind::Constant { .. } => true,
        _ => false,
    };
    let meant: Vec<_> = context.iter().filter(|branch| !branch.iter().any(not_meant)).collect();
    let mut told: Option<FieldErrors> = None;
    if let [branch] = meant.as_slice() {
        let mut found = FieldErrors::new();
        branch.iter().for_each(|wrong| tell(wrong, prefix, &mut found));
        told = Some(found);
    } else if !context.is_empty() {
        told = common(context, here, prefix);
    }
    match told {
        Some(found) if !found.is_empty() => errors.extend(found),
        _ => errors.push(format!("{prefix}{here}"), FieldCode::NotOneOf { words: Vec::new() }),
    }
}

/// The one field that every branch holds to be wrong, such as an unknown or a missing tag, with all the words it may be.
fn common(context: &[Vec<ValidationError<'static>>], here: &str, prefix: &str) -> Option<FieldErrors> {
    let (first, others) = context.split_first()?;
    let (place, _) = first.iter().filter_map(|wrong| tag(wrong, here)).find(|(place, word)| {
        let same = |wrong: &ValidationError<'_>| {
            tag(wrong, here).is_some_and(|(at, other)| at == *place && other.is_some() == word.is_some())
        };
        others.iter().all(|branch| branch.iter().any(same))
    })?;
    let at_place = context.iter().flatten().filter_map(|wrong| tag(wrong, here)).filter(|(at, _)| *at == place);
    let words: Vec<String> = at_place.filter_map(|(_, word)| word).flatten().collect();
    let mut found = FieldErrors::new();
    found.push(format!("{prefix}{place}"), if words.is_empty() { FieldCode::Required } else { FieldCode::NotOneOf { words } });
    Some(found)
}

/// Where a branch misses a field, or finds another word than its own, and the words it would take.
fn tag(wrong: &ValidationError<'_>, here: &str) -> Option<(String, Option<Vec<String>>)> {
    let at = || wrong.instance_path().as_str().to_owned();
    match wrong.kind() {
        ValidationErrorKind::Constant { expected_value } => Some((at(), Some(words(std::slice::from_ref(expected_value))))),
        ValidationErrorKind::Enum { options } => {
            Some((at(), Some(words(options.as_array().map(Vec::as_slice).unwrap_or_default()))))
        }
        ValidationErrorKind::Required { property } => Some((format!("{here}/{}", pointer_part(property.as_str()?)), None)),
        _ => None,
    }
}

fn types(kind: &TypeKind) -> String {
    match kind {
        TypeKind::Single(one) => one.to_string(),
        TypeKind::Multiple(several) => several.iter().map(|one| one.to_string()).collect::<Vec<_>>().join(" or "),
    }
}

fn words(options: &[Value]) -> Vec<String> {
    options.iter().map(|word| word.as_str().map_or_else(|| word.to_string(), str::to_owned)).collect()
}

/// One schema of all a route's query parameters, from its parts, and each part's names.
pub(super) fn query_schema(parts: &[SchemaOf]) -> (Value, Vec<Vec<String>>) {
    let mut names = Vec::new();
    let root = standalone(|generator| {
        let mut properties = Map::new();
        let mut required = Vec::new();
        for part in parts {
            let reference = part(generator).to_value();
            let name = reference.get("$ref").and_then(Value::as_str).and_then(|path| path.rsplit('/').next()).unwrap_or_default();
            let schema = generator.definitions().get(name).cloned().unwrap_or(reference);
            let own = schema.get("properties").and_then(Value::as_object).cloned().unwrap_or_default();
            names.push(own.keys().cloned().collect());
            properties.extend(own);
            required.extend(schema.get("required").and_then(Value::as_array).cloned().unwrap_or_default());
        }
        let mut whole = json!({ "type": "object", "properties": properties, "additionalProperties": false });
        if let Some(object) = whole.as_object_mut().filter(|_| !required.is_empty()) {
            object.insert("required".to_owned(), Value::Array(required));
        }
        Schema::try_from(whole).unwrap_or_default()
    });
    (root, names)
}

/// A parameter's text as the JSON that its schema asks for; as text, if it is not that, so that the check names it.
pub(super) fn coerced(root: &Value, schema: &Value, text: &str) -> Value {
    let schema = resolved(root, schema);
    let asks_for = |name: &str| match schema.get("type") {
        Some(Value::String(one)) => one == name,
        Some(Value::Array(several)) => several.iter().any(|one| one == name),
        _ => false,
    };
    if asks_for("integer")
        && let Ok(number) = text.parse::<i64>()
    {
        return json!(number);
    }
    if asks_for("boolean")
        && let Ok(flag) = text.parse::<bool>()
    {
        return json!(flag);
    }
    json!(text)
}
