//! The OpenAPI 3.1 document, written from the table that serves.

use std::collections::{BTreeMap, BTreeSet};

use schemars::generate::{SchemaGenerator, SchemaSettings};
use serde_json::{Map, Value, json};

use super::answer::{AnswerShape, ApiDocument, Public};
use super::docs;
use super::routes::{BodyShape, Op, RouteInfo, Routes};
use super::schema::{SchemaOf, request_generator};
use crate::base::problem::{Code, ProblemBody};

const SCHEMAS: &str = "#/components/schemas/";

/// The document.
pub fn document(routes: &Routes) -> Value {
    let mut writer = Writer::new(routes);
    let mut paths: BTreeMap<String, Map<String, Value>> = BTreeMap::new();
    let mut tags = BTreeSet::new();
    for info in routes.infos().filter(|info| info.is_api()) {
        tags.insert(info.op.tag);
        let operation = writer.operation(info);
        paths.entry(info.path().replace("{*", "{")).or_default().insert(info.method().to_ascii_lowercase(), operation);
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Lianhu 联护",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "One domestic-violence case, worked jointly; each sees only what they may, and every access is recorded. \
                            家庭暴力案件协同办理:各见其所应见,每次访问均有记录。",
            "license": { "name": "Apache-2.0", "identifier": "Apache-2.0" },
        },
        "servers": [{ "url": "/" }],
        "tags": tags.into_iter().map(|tag| json!({ "name": tag })).collect::<Vec<_>>(),
        "paths": paths,
        "components": {
            "schemas": writer.schemas(),
            "securitySchemes": { "bearer": { "type": "http", "scheme": "bearer", "bearerFormat": "JWT" } },
            "parameters": shared_parameters(),
            "headers": shared_headers(),
        },
    })
}

fn shared_parameters() -> Value {
    json!({
        "IfMatch": {
            "name": "If-Match", "in": "header", "required": true,
            "description": "The ETag of the state you saw. 您所见版本的 ETag。",
            "schema": { "type": "string", "pattern": "^\"[!#-~]*\"$" },
        },
        "IdempotencyKey": {
            "name": "Idempotency-Key", "in": "header", "required": false,
            "description": "The same key and body within 24 hours does the thing once. 24 小时内同键同体只执行一次。",
            "schema": { "type": "string", "pattern": "^[!-~]{1,255}$", "minLength": 1, "maxLength": 255 },
        },
        "RequestId": {
            "name": "X-Request-Id", "in": "header", "required": false,
            "description": "Comes back, and stands in the log and the audit entry; one is made if it is missing or not of this form.",
            "schema": { "type": "string" },
        },
    })
}

fn shared_headers() -> Value {
    json!({
        "RequestId": { "description": "The request's id.", "required": true, "schema": { "type": "string" } },
        "ETag": { "description": "Which state this is, on what can be changed.", "schema": { "type": "string" } },
        "Location": { "description": "Where it is.", "schema": { "type": "string" } },
        "AuditReceipt": { "description": "The id of the audit entry of this access.", "required": true, "schema": { "type": "string" } },
        "RetryAfter": { "description": "Seconds to wait.", "required": true, "schema": { "type": "integer", "minimum": 0 } },
        "WwwAuthenticate": { "description": "The scheme to use.", "required": true, "schema": { "const": "Bearer" } },
    })
}

fn header(name: &str) -> Value {
    json!({ "$ref": format!("#/components/headers/{name}") })
}

/// Collects the schemas while the operations are written. Requests and answers are told apart, since a type may be
/// stricter in one direction; where a name stands for two schemas, the request's is called `…Input`.
struct Writer {
    requests: SchemaGenerator,
    answers: SchemaGenerator,
    doubled: BTreeSet<String>,
}

impl Writer {
    fn new(routes: &Routes) -> Self {
        let mut requests = request_generator("/components/schemas");
        let mut settings = SchemaSettings::draft2020_12().for_serialize();
        settings.definitions_path = "/components/schemas".into();
        let mut answers = settings.into_generator();
        answers.subschema_for::<ProblemBody>();
        for info in routes.infos() {
            let description = &info.description;
            let body = if let BodyShape::Json { schema, .. } = description.body { Some(schema) } else { None };
            for schema in description.path.iter().copied().chain(description.query.iter().map(|(_, schema)| *schema)).chain(body)
            {
                schema(&mut requests);
            }
            for schema in description.answers.iter().filter_map(|answer| answer.schema) {
                schema(&mut answers);
            }
        }
        let doubled = {
            let (theirs, ours) = (requests.clone().take_definitions(true), answers.definitions());
            theirs
                .into_iter()
                .filter(|(name, schema)| ours.get(name).is_some_and(|other| other != schema))
                .map(|(name, _)| name)
                .collect()
        };
        Self { requests, answers, doubled }
    }

    /// A request's schema, its references renamed where the name is an answer's too.
    fn request(&mut self, schema: SchemaOf) -> Value {
        let mut schema = schema(&mut self.requests);
        schemars::transform::Transform::transform(
            &mut schemars::transform::RecursiveTransform(super::schema::tighten),
            &mut schema,
        );
        let mut value = schema.to_value();
        self.rename(&mut value);
        value
    }

    fn rename(&self, value: &mut Value) {
        match value {
            Value::Object(object) => {
                for (name, inner) in object.iter_mut() {
                    match inner.as_str().and_then(|text| text.strip_prefix(SCHEMAS)) {
                        Some(target) if name == "$ref" && self.doubled.contains(target) => {
                            *inner = json!(format!("{SCHEMAS}{target}Input"));
                        }
                        _ => self.rename(inner),
                    }
                }
            }
            Value::Array(items) => items.iter_mut().for_each(|item| self.rename(item)),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }

    fn schemas(&mut self) -> Map<String, Value> {
        let mut all = self.answers.take_definitions(true);
        for (name, mut schema) in self.requests.take_definitions(true) {
            self.rename(&mut schema);
            let name = if self.doubled.contains(&name) { format!("{name}Input") } else { name };
            all.entry(name).or_insert(schema);
        }
        all
    }

    fn operation(&mut self, info: &RouteInfo) -> Value {
        let Op { id, tag, summary, summary_zh, who, .. } = info.op;
        let description = &info.description;
        let mut operation = json!({
            "operationId": id,
            "tags": [tag],
            "summary": format!("{summary} · {summary_zh}"),
            "description": format!("Who may: {who}"),
            "parameters": self.parameters(info),
            "responses": self.responses(info),
            "security": if description.asks_who && !description.open { json!([{ "bearer": [] }]) } else { json!([]) },
        });
        let body = match description.body {
            BodyShape::None => None,
            BodyShape::Json { schema, required } => {
                Some(json!({ "required": required, "content": { "application/json": { "schema": self.request(schema) } } }))
            }
            BodyShape::Upload | BodyShape::Sent => Some(json!({ "required": true, "content": { "*/*": {} } })),
        };
        if let (Some(body), Some(operation)) = (body, operation.as_object_mut()) {
            operation.insert("requestBody".to_owned(), body);
        }
        operation
    }

    fn parameters(&mut self, info: &RouteInfo) -> Vec<Value> {
        let mut parameters = Vec::new();
        for (name, schema) in info.parameters().zip(&info.description.path) {
            parameters.push(json!({ "name": name, "in": "path", "required": true, "schema": self.request(*schema) }));
        }
        for (_, part) in &info.description.query {
            let reference = part(&mut self.requests).to_value();
            let name =
                reference.get("$ref").and_then(Value::as_str).and_then(|path| path.strip_prefix(SCHEMAS)).unwrap_or_default();
            let object = self.requests.clone().take_definitions(true).remove(name).unwrap_or(reference);
            let required: Vec<&str> =
                object.get("required").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect();
            for (name, schema) in object.get("properties").and_then(Value::as_object).into_iter().flatten() {
                let mut schema = schema.clone();
                self.rename(&mut schema);
                let words = schema.get("description").and_then(Value::as_str).unwrap_or_default();
                parameters.push(json!({
                    "name": name, "in": "query", "required": required.contains(&name.as_str()), "description": words, "schema": schema,
                }));
            }
        }
        let shared = |name: &str| json!({ "$ref": format!("#/components/parameters/{name}") });
        if info.description.if_match {
            parameters.push(shared("IfMatch"));
        }
        if info.description.takes_idempotency_key() {
            parameters.push(shared("IdempotencyKey"));
        }
        parameters.push(shared("RequestId"));
        parameters
    }

    fn responses(&mut self, info: &RouteInfo) -> Map<String, Value> {
        let mut responses = Map::new();
        for answer in &info.description.answers {
            let mut told = self.answer(answer);
            // Several forms of one answer: one status, a content type each.
            let forms = |told: &mut Value| told.get_mut("content").and_then(Value::as_object_mut).map(std::mem::take);
            if let Some(before) = responses.get_mut(&answer.status.to_string()).and_then(forms)
                && let Some(content) = told.get_mut("content").and_then(Value::as_object_mut)
            {
                content.extend(before);
            }
            responses.insert(answer.status.to_string(), told);
        }
        let mut by_status: BTreeMap<u16, Vec<Code>> = BTreeMap::new();
        for code in &info.description.codes {
            by_status.entry(code.status()).or_default().push(*code);
        }
        for (status, codes) in by_status {
            responses.insert(status.to_string(), problem(status, &codes));
        }
        responses
    }

    fn answer(&mut self, answer: &AnswerShape) -> Value {
        let mut headers = json!({ "X-Request-Id": header("RequestId") });
        if let Some(headers) = headers.as_object_mut() {
            if answer.disclosed {
                headers.insert("Audit-Receipt".to_owned(), header("AuditReceipt"));
                headers.insert("ETag".to_owned(), header("ETag"));
            }
            if matches!(answer.status, 201 | 303) {
                headers.insert("Location".to_owned(), header("Location"));
            }
        }
        let words = match answer.status {
            201 => "Made. 已创建。",
            204 => "Done. 已完成。",
            303 => "See there. 请见所指之处。",
            _ => "What was asked for. 所请求的内容。",
        };
        let mut response = json!({ "description": words, "headers": headers });
        if let (Some(kind), Some(response)) = (answer.content_type, response.as_object_mut()) {
            let schema = answer.schema.map(|schema| schema(&mut self.answers).to_value());
            let content = schema.map_or_else(|| json!({}), |schema| json!({ "schema": schema }));
            response.insert("content".to_owned(), json!({ kind: content }));
        }
        response
    }
}

fn problem(status: u16, codes: &[Code]) -> Value {
    let words: Vec<String> =
        codes.iter().map(|code| format!("`{}`: {} · {}", code.as_str(), code.title(), code.title_zh())).collect();
    let mut headers = json!({ "X-Request-Id": header("RequestId") });
    if let Some(headers) = headers.as_object_mut() {
        if matches!(status, 429 | 503) {
            headers.insert("Retry-After".to_owned(), header("RetryAfter"));
        }
        if status == 401 {
            headers.insert("WWW-Authenticate".to_owned(), header("WwwAuthenticate"));
        }
    }
    json!({
        "description": words.join("\n\n"),
        "headers": headers,
        "content": { "application/problem+json": { "schema": { "$ref": format!("{SCHEMAS}Problem") } } },
        "x-codes": codes,
    })
}

impl Routes {
    /// The table with the document and its page, which tell of all routes merged before, and of themselves.
    #[must_use]
    pub fn with_document(self) -> Self {
        let written: std::sync::Arc<std::sync::OnceLock<ApiDocument>> = std::sync::Arc::default();
        let served = std::sync::Arc::clone(&written);
        let own = Self::new()
            .get("/openapi.json", move || {
                let document = served.get().cloned().ok_or_else(crate::base::problem::Problem::internal);
                async move { document.map(Public) }
            })
            .op(Op {
                id: "api_document",
                tag: "documentation",
                summary: "This document",
                summary_zh: "本接口文档",
                who: "Anybody.",
                problems: &[],
            });
        let whole = self.merge(own);
        let document = document(&whole);
        let page = docs::routes(&document);
        let _ = written.set(ApiDocument(document.to_string().into()));
        whole.merge(page)
    }
}
