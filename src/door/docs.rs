//! `/api/docs`: the document as a page, rendered here: no script, one stylesheet of our own.

use std::sync::Arc;

use maud::{DOCTYPE, Markup, PreEscaped, html};
use serde_json::Value;

use super::answer::{Html, Public, Stylesheet};
use super::routes::{Op, Routes};
use crate::base::problem::Code;

const STYLE: &str = include_str!("docs.css");

/// The page and its stylesheet.
pub(super) fn routes(document: &Value) -> Routes {
    let page: Arc<str> = page(document).into_string().into();
    Routes::at_root()
        .get("/api/docs", move || {
            let page = PreEscaped(page.to_string());
            async move { Public(Html(page)) }
        })
        .op(op("api_docs", "The API document, to read", "接口文档页面"))
        .get("/api/docs.css", async || Public(Stylesheet(STYLE)))
        .op(op("api_docs_style", "The page's stylesheet", "页面样式"))
}

const fn op(id: &'static str, summary: &'static str, summary_zh: &'static str) -> Op {
    Op { id, tag: "documentation", summary, summary_zh, who: "Anybody.", problems: &[] }
}

fn text<'a>(value: &'a Value, pointer: &str) -> &'a str {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

fn members<'a>(value: &'a Value, pointer: &str) -> impl Iterator<Item = (&'a String, &'a Value)> {
    value.pointer(pointer).and_then(Value::as_object).into_iter().flatten()
}

fn items<'a>(value: &'a Value, pointer: &str) -> impl Iterator<Item = &'a Value> {
    value.pointer(pointer).and_then(Value::as_array).into_iter().flatten()
}

fn page(document: &Value) -> Markup {
    let tags: Vec<&str> = items(document, "/tags").map(|tag| text(tag, "/name")).collect();
    html! {
        (DOCTYPE)
        html lang="zh-CN" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (text(document, "/info/title")) " API" }
                link rel="stylesheet" href="/api/docs.css";
            }
            body {
                header {
                    h1 { (text(document, "/info/title")) " API " small { (text(document, "/info/version")) } }
                    p { (text(document, "/info/description")) }
                    p { a href="/api/v1/openapi.json" { "openapi.json" } }
                    nav aria-label="Sections · 章节" {
                        @for tag in &tags { a href=(format!("#tag-{tag}")) { (tag) } " " }
                        a href="#schemas" { "schemas 数据结构" } " "
                        a href="#problems" { "problems 错误" }
                    }
                }
                main {
                    @for tag in &tags { (section(document, tag)) }
                    section id="schemas" {
                        h2 { "Schemas · 数据结构" }
                        @for (name, schema) in members(document, "/components/schemas") {
                            details id=(format!("schema-{name}")) { summary { code { (name) } } (source(schema)) }
                        }
                    }
                    (problems())
                }
            }
        }
    }
}

fn section(document: &Value, tag: &str) -> Markup {
    html! {
        section id=(format!("tag-{tag}")) {
            h2 { (tag) }
            @for (path, methods) in members(document, "/paths") {
                @for (method, operation) in methods.as_object().into_iter().flatten() {
                    @if text(operation, "/tags/0") == tag { (one(document, path, method, operation)) }
                }
            }
        }
    }
}

fn one(document: &Value, path: &str, method: &str, operation: &Value) -> Markup {
    html! {
        article id=(text(operation, "/operationId")) {
            h3 { span.method { (method.to_ascii_uppercase()) } " " code { (path) } }
            p { (text(operation, "/summary")) }
            p.who { (text(operation, "/description")) }
            table {
                caption { "Parameters · 参数" }
                @for parameter in items(operation, "/parameters") {
                    @let parameter = super::schema::resolved(document, parameter);
                    tr {
                        th scope="row" { code { (text(parameter, "/name")) } }
                        td { (text(parameter, "/in")) @if parameter["required"] == true { ", required · 必填" } }
                        td { (text(parameter, "/description")) }
                    }
                }
            }
            @if let Some(schema) = operation.pointer("/requestBody/content/application~1json/schema") {
                p { "Body · 请求体: " (kind(schema)) }
            }
            table {
                caption { "Answers · 应答" }
                @for (status, answer) in members(operation, "/responses") {
                    tr {
                        th scope="row" { (status) }
                        td {
                            @if answer.get("x-codes").is_some() {
                                @for code in items(answer, "/x-codes") {
                                    @let code = code.as_str().unwrap_or_default();
                                    a href=(format!("#problem-{code}")) { code { (code) } } " "
                                }
                            } @else {
                                (text(answer, "/description")) " "
                                @if let Some(schema) = answer.pointer("/content/application~1json/schema") { (kind(schema)) }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// A schema: its name, linked, or itself.
fn kind(schema: &Value) -> Markup {
    match text(schema, "/$ref").rsplit_once('/') {
        Some((_, name)) => html! { a href=(format!("#schema-{name}")) { code { (name) } } },
        None => source(schema),
    }
}

fn source(schema: &Value) -> Markup {
    html! { pre { code { (format!("{schema:#}")) } } }
}

fn problems() -> Markup {
    html! {
        section id="problems" {
            h2 { "Problems · 错误" }
            table {
                @for code in Code::ALL {
                    tr id=(format!("problem-{}", code.as_str())) {
                        th scope="row" { code { (code.as_str()) } }
                        td { (code.status()) }
                        td { (code.title()) " · " (code.title_zh()) }
                    }
                }
            }
        }
    }
}
