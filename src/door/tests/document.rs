//! The document, its page, and the table.

use serde_json::json as value;

use super::*;

/// Every `$ref` in the document.
fn references<'a>(value: &'a Value, found: &mut Vec<&'a str>) {
    match value {
        Value::Object(object) => {
            found.extend(object.get("$ref").and_then(Value::as_str));
            object.values().for_each(|inner| references(inner, found));
        }
        Value::Array(items) => items.iter().for_each(|inner| references(inner, found)),
        _ => {}
    }
}

#[test]
fn the_table_has_no_faults_and_faults_are_found() {
    assert_eq!(routes().faults(), Vec::<String>::new());
    let faulty = Routes::new().get("/a/{id}", search).op(op("one")).get("/a/{other}", view).op(op("one"));
    assert_eq!(faulty.faults().len(), 3, "{:?}", faulty.faults());
}

#[test]
fn the_document_tells_every_route_and_nothing_dangles() {
    let heard = ask(at("GET", "/api/v1/openapi.json"));
    assert_eq!((heard.status, heard.header("content-type")), (200, "application/json"));
    let document = heard.json();
    assert_eq!(document["openapi"], "3.1.0");
    for info in routes().infos().filter(|info| info.is_api()) {
        let operation = &document["paths"][info.path()][info.method().to_lowercase()];
        assert_eq!(operation["operationId"], info.op.id);
        assert!(operation["responses"].as_object().unwrap().len() > 1);
    }
    assert!(document["paths"].get("/api/docs").is_none(), "pages are not part of the API");
    let mut found = Vec::new();
    references(&document, &mut found);
    assert!(found.len() > 20);
    for reference in found {
        assert!(document.pointer(reference.strip_prefix('#').unwrap()).is_some(), "{reference} leads nowhere");
    }
}

#[test]
fn an_operation_tells_parameters_headers_body_answers_and_problems() {
    let document = document(&routes());
    let change = &document["paths"]["/api/v1/things/{id}"]["put"];
    assert_eq!(change["parameters"][0]["name"], "id");
    assert_eq!(change["parameters"][0]["schema"]["format"], "uuid");
    assert_eq!(change["parameters"][1]["$ref"], "#/components/parameters/IfMatch");
    assert_eq!(change["requestBody"]["content"]["application/json"]["schema"]["$ref"], "#/components/schemas/NewThing");
    assert_eq!(change["responses"]["428"]["x-codes"], value!(["if_match_required"]));
    assert_eq!(change["responses"]["200"]["content"]["application/json"]["schema"]["$ref"], "#/components/schemas/Thing");
    let schemas = &document["components"]["schemas"];
    assert_eq!(schemas["NewThing"]["additionalProperties"], false);
    assert_eq!(schemas["NewThing"]["properties"]["title"]["maxLength"], 200);
    assert_eq!(schemas["ThingList"]["properties"]["items"]["type"], "array");
    let list = document["paths"]["/api/v1/things"]["get"]["parameters"].to_string();
    for name in ["facet", "open", "title", "limit", "cursor"] {
        assert!(list.contains(&format!("\"name\":\"{name}\"")), "{name}: {list}");
    }
    let create = &document["paths"]["/api/v1/things"]["post"];
    assert_eq!(create["security"], value!([{ "bearer": [] }]));
    assert!(create["parameters"].to_string().contains("IdempotencyKey"));
    assert_eq!(create["responses"]["401"]["x-codes"], value!(["unauthenticated"]));
    let sign_in = &document["paths"]["/api/v1/sessions"]["post"];
    assert_eq!(sign_in["security"], value!([]));
    assert!(!sign_in["parameters"].to_string().contains("IdempotencyKey"));
    let accept = &document["paths"]["/api/v1/things/{id}/accept"]["post"];
    assert!(accept["responses"]["200"]["headers"].get("Audit-Receipt").is_some());
    assert_eq!(accept["responses"]["409"]["x-codes"], value!(["illegal_step"]));
}

#[test]
fn the_page_needs_no_script_and_no_inline_style() {
    let heard = ask(at("GET", "/api/docs"));
    assert_eq!((heard.status, heard.header("content-type")), (200, "text/html; charset=utf-8"));
    let page = String::from_utf8(heard.bytes.to_vec()).unwrap();
    assert!(!page.contains("<script") && !page.contains("style=") && !page.contains("<style"));
    assert!(page.contains("id=\"problem-illegal_step\"") && page.contains("id=\"view_thing\"") && page.contains("执行"));
    assert_eq!(ask(at("GET", "/api/docs.css")).header("content-type"), "text/css; charset=utf-8");
}

#[test]
fn the_text_table_lists_method_path_operation_and_who() {
    let table = routes().table();
    let line = table.lines().find(|line| line.contains("accept_thing")).unwrap();
    assert_eq!(line.split_whitespace().collect::<Vec<_>>(), ["POST", "/api/v1/things/{id}/accept", "accept_thing", "Anybody."]);
}
