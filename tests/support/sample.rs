//! Requests made from the API document: for every operation a path and a body that its schema accepts.
#![allow(
    dead_code,
    unused_imports,
    unused_macros,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "each test binary uses its part; a test that cannot go on stops, and says where"
)]

use serde_json::{Map, Value, json};

/// An operation of the document.
pub struct Operation {
    pub id: String,
    pub method: String,
    /// With its parameters in braces.
    pub path: String,
    pub body: Option<Value>,
    pub needs_if_match: bool,
    /// Its body is a file.
    pub takes_file: bool,
    /// Goes through the gate: what is about no case and no person does not.
    pub is_recorded: bool,
    pub is_open: bool,
    pub query: Vec<(String, Value)>,
}

/// Every operation under `/api/v1`, but the document itself.
pub fn operations(document: &Value) -> Vec<Operation> {
    let mut all = Vec::new();
    let paths = document["paths"].as_object().expect("the document has paths");
    for (path, methods) in paths {
        for (method, operation) in methods.as_object().expect("a path has operations") {
            if !path.starts_with("/api/v1") || path.ends_with("openapi.json") {
                continue;
            }
            let parameters: Vec<Value> =
                operation["parameters"].as_array().into_iter().flatten().map(|p| resolved(document, p).clone()).collect();
            let named = |place: &str| parameters.iter().filter(move |p| p["in"] == place).cloned().collect::<Vec<_>>();
            let schema = operation.pointer("/requestBody/content/application~1json/schema");
            all.push(Operation {
                id: operation["operationId"].as_str().unwrap_or_default().to_owned(),
                method: method.to_uppercase(),
                path: path.clone(),
                body: schema.map(|schema| sample(document, schema)),
                takes_file: operation.pointer("/requestBody/content/*~1*").is_some(),
                needs_if_match: named("header")
                    .iter()
                    .any(|p| p["name"].as_str().is_some_and(|n| n.eq_ignore_ascii_case("if-match"))),
                is_recorded: operation["responses"]
                    .as_object()
                    .into_iter()
                    .flatten()
                    .any(|(status, answer)| status.starts_with('2') && answer.pointer("/headers/Audit-Receipt").is_some()),
                is_open: operation["security"].as_array().is_some_and(Vec::is_empty),
                query: named("query")
                    .iter()
                    .filter(|p| p["required"] == true)
                    .map(|p| (p["name"].as_str().unwrap_or_default().to_owned(), sample(document, &p["schema"])))
                    .collect(),
            });
        }
    }
    all
}

/// What a reference stands for.
fn resolved<'d>(document: &'d Value, value: &'d Value) -> &'d Value {
    match value["$ref"].as_str() {
        Some(reference) => document.pointer(reference.trim_start_matches('#')).unwrap_or(&Value::Null),
        None => value,
    }
}

/// The smallest value that a schema accepts.
pub fn sample(document: &Value, schema: &Value) -> Value {
    let schema = resolved(document, schema);
    if let Some(value) = schema.get("const") {
        return value.clone();
    }
    if let Some(first) = schema["enum"].as_array().and_then(|words| words.first()) {
        return first.clone();
    }
    for key in ["oneOf", "anyOf", "allOf"] {
        if let Some(first) = schema[key].as_array().and_then(|options| options.first()) {
            return sample(document, first);
        }
    }
    let kind = match &schema["type"] {
        Value::String(kind) => kind.clone(),
        Value::Array(kinds) => kinds.iter().filter_map(Value::as_str).find(|kind| *kind != "null").unwrap_or("null").to_owned(),
        _ => "null".to_owned(),
    };
    match kind.as_str() {
        "object" => {
            let required = schema["required"].as_array().cloned().unwrap_or_default();
            let fields = required
                .iter()
                .filter_map(Value::as_str)
                .map(|name| (name.to_owned(), sample(document, &schema["properties"][name])));
            Value::Object(fields.collect::<Map<_, _>>())
        }
        "array" => {
            let least = schema["minItems"].as_u64().unwrap_or(0);
            Value::Array((0..least).map(|_| sample(document, &schema["items"])).collect())
        }
        "integer" | "number" => schema.get("minimum").cloned().unwrap_or(json!(1)),
        "boolean" => json!(true),
        "string" => json!(text(schema)),
        _ => Value::Null,
    }
}

fn text(schema: &Value) -> String {
    match schema["format"].as_str() {
        Some("uuid") => return ABSENT.to_owned(),
        Some("date") => return "2026-03-02".to_owned(),
        Some("date-time") => return "2026-03-03T05:00:00Z".to_owned(),
        _ => {}
    }
    let least = usize::try_from(schema["minLength"].as_u64().unwrap_or(1)).unwrap_or(1).max(1);
    let pattern = schema["pattern"].as_str().unwrap_or_default();
    if pattern.contains("{6}") {
        return "310113".to_owned();
    }
    "a".repeat(least)
}

/// An id that nothing has.
pub const ABSENT: &str = "0193a5b0-7c00-7000-8000-000000000001";

/// A path with these ids in place of its parameters, and its query.
pub fn at(operation: &Operation, mut id: impl FnMut(&str) -> String) -> String {
    let mut path = operation
        .path
        .split('/')
        .map(|part| match part.strip_prefix('{').and_then(|part| part.strip_suffix('}')) {
            Some(name) => id(name),
            None => part.to_owned(),
        })
        .collect::<Vec<_>>()
        .join("/");
    for (n, (name, value)) in operation.query.iter().enumerate() {
        let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        path.push(if n == 0 { '?' } else { '&' });
        path.push_str(name);
        path.push('=');
        path.push_str(&value);
    }
    path
}
