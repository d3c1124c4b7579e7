//! What wrong requests hear.

use serde_json::json as value;

use super::*;

fn good() -> Value {
    value!({ "title": "t", "owner": { "name": "王芳" }, "begins": "2026-11-01T08:00:00Z" })
}

fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
    expected.iter().map(|(pointer, code)| ((*pointer).to_owned(), (*code).to_owned())).collect()
}

fn posted(body: &Value) -> Heard {
    ask(json(at("POST", "/api/v1/things"), &body.to_string()))
}

#[test]
fn a_good_body_is_taken() {
    let heard = posted(&good());
    assert_eq!((heard.status, heard.json()["title"].as_str()), (201, Some("t")));
    assert_eq!(heard.header("location"), format!("/api/v1/things/{ID}"));
    assert_eq!(heard.header("etag"), "\"v3\"");
}

#[test]
fn every_wrong_field_is_named_at_once() {
    let heard = posted(&value!({
        "title": "a\u{202e}b", "note": 7, "owner": { "name": " ", "nick": "x" }, "facets": ["identity", "all", "risk", "risk"],
        "count": 256, "begins": "yesterday", "extra": true, "subject": { "kind": "place", "floor": "two" },
    }));
    heard.is_problem(Code::NotValid);
    assert_eq!(
        heard.wrong(),
        pairs(&[
            ("/begins", "wrong_form"),
            ("/count", "too_large"),
            ("/extra", "unknown_field"),
            ("/facets", "too_many"),
            ("/facets/1", "not_one_of"),
            ("/note", "wrong_type"),
            ("/owner/name", "blank"),
            ("/owner/nick", "unknown_field"),
            ("/subject/address", "required"),
            ("/subject/floor", "wrong_type"),
            ("/title", "forbidden_character"),
        ])
    );
    assert!(!String::from_utf8_lossy(&heard.bytes).contains("yesterday"), "what was sent is not sent back");
}

#[test]
fn missing_fields_and_missing_or_unknown_tags_are_named() {
    let heard = posted(&value!({ "subject": { "kind": "person" } }));
    assert_eq!(
        heard.wrong(),
        pairs(&[("/begins", "required"), ("/owner", "required"), ("/subject/kind", "not_one_of"), ("/title", "required")])
    );
    let message = heard.json()["errors"].to_string();
    assert!(message.contains("case, place"), "{message}");
    let mut body = good();
    body["subject"] = value!({});
    assert_eq!(posted(&body).wrong(), pairs(&[("/subject/kind", "required")]));
    body["subject"] = value!({ "kind": "case", "case_id": "x", "floor": 1 });
    assert_eq!(posted(&body).wrong(), pairs(&[("/subject/case_id", "wrong_form"), ("/subject/floor", "unknown_field")]));
    body["subject"] = value!(3);
    assert_eq!(posted(&body).wrong().len(), 1);
    assert_eq!(posted(&value!([])).wrong(), pairs(&[("", "wrong_type")]));
}

#[test]
fn lengths_nul_and_dates_that_are_none() {
    let mut body = good();
    body["title"] = value!("");
    body["note"] = value!("x\0y");
    body["owner"]["name"] = value!("王".repeat(101));
    body["begins"] = value!("2026-02-30T08:00:00Z");
    assert_eq!(
        posted(&body).wrong(),
        pairs(&[
            ("/begins", "wrong_form"),
            ("/note", "forbidden_character"),
            ("/owner/name", "too_long"),
            ("/title", "blank"),
            ("/title", "too_short"),
        ])
    );
}

#[test]
fn rules_across_fields_are_checked_with_the_injected_time() {
    let mut body = good();
    body["begins"] = value!("2027-01-01T00:00:00Z");
    assert_eq!(posted(&body).wrong(), pairs(&[("/begins", "in_the_future")]));
}

#[test]
fn a_body_of_nothing_but_faults_gets_a_short_answer() {
    let body: serde_json::Map<String, Value> = (0..900).map(|n| (format!("f{n}"), value!(1))).collect();
    let heard = posted(&Value::Object(body));
    assert_eq!(heard.wrong().len(), 100);
}

#[test]
fn malformed_json_is_400() {
    for bad in ["", "{", "{\"title\":1,\"title\":2}", "{} {}", "\u{feff}{}"] {
        ask(json(at("POST", "/api/v1/things"), bad)).is_problem(Code::MalformedJson);
    }
}

#[test]
fn another_content_type_is_415() {
    let body = good().to_string();
    for kind in ["text/plain", "application/xml", "application/json; charset=gbk", "multipart/form-data; boundary=x"] {
        let heard = ask(at("POST", "/api/v1/things").insert_header(("content-type", kind)).set_payload(body.clone()));
        heard.is_problem(Code::UnsupportedMediaType);
    }
    ask(at("POST", "/api/v1/things").set_payload(body.clone())).is_problem(Code::UnsupportedMediaType);
    let packed = json(at("POST", "/api/v1/things"), &body).insert_header(("content-encoding", "gzip"));
    ask(packed).is_problem(Code::UnsupportedMediaType);
    let stated =
        at("POST", "/api/v1/things").insert_header(("content-type", "application/json; charset=utf-8")).set_payload(body);
    assert_eq!(ask(stated).status, 201);
}

#[test]
fn a_bad_id_and_an_unknown_path_hear_the_same_404() {
    let known = |heard: &Heard| {
        let mut body = heard.json();
        body["request_id"] = Value::Null;
        body
    };
    let heard = ask_all(vec![
        at("GET", "/api/v1/things/xyz"),
        at("GET", "/api/v1/nothing"),
        at("GET", "/"),
        at("GET", "/api/v1/things/"),
        at("DELETE", &format!("/api/v1/things/{ID}/parts/0193")),
    ]);
    for one in &heard {
        one.is_problem(Code::NotFound);
        assert_eq!(known(one), known(&heard[0]));
    }
}

#[test]
fn a_known_path_with_another_method_is_405_with_allow() {
    let heard = ask(at("PATCH", "/api/v1/things"));
    heard.is_problem(Code::MethodNotAllowed);
    assert_eq!(heard.header("allow"), "GET, HEAD, POST");
    ask(at("OPTIONS", &format!("/api/v1/things/{ID}/accept"))).is_problem(Code::MethodNotAllowed);
}

#[test]
fn literal_paths_come_before_parameters() {
    assert_eq!(ask(at("POST", "/api/v1/things/search")).json()["title"], "found");
}

#[test]
fn parameters_are_read_and_every_wrong_one_is_named() {
    let heard = ask(at("GET", "/api/v1/things?facet=risk&facet=identity&open=true&title=%E7%8E%8B&limit=7"));
    assert_eq!(heard.status, 200);
    assert_eq!(heard.json()["items"][0]["title"], "[Risk, Identity] Some(true) Some(\"王\")");
    assert_eq!(heard.json()["next"], "7");
    assert_eq!(ask(at("GET", "/api/v1/things")).json()["next"], "25");
    assert_eq!(ask(at("GET", "/api/v1/things?cursor=12")).json()["next"], "12", "a cursor stays text");
    let heard = ask(at("GET", "/api/v1/things?facet=all&open=maybe&limit=101&cursor=&colour=red&title=a&title=b"));
    heard.is_problem(Code::NotValid);
    assert_eq!(
        heard.wrong(),
        pairs(&[
            ("/query/colour", "unknown_field"),
            ("/query/cursor", "too_short"),
            ("/query/facet/0", "not_one_of"),
            ("/query/limit", "too_large"),
            ("/query/open", "wrong_type"),
            ("/query/title", "repeated"),
        ])
    );
    let heard = ask(at("GET", &format!("/api/v1/things/{ID}?x=1")));
    assert_eq!(heard.wrong(), pairs(&[("/query/x", "unknown_field")]), "where no parameter is taken, too");
}

#[test]
fn changing_needs_the_state_that_was_seen() {
    let change = |tag: Option<&str>| {
        let request = json(at("PUT", &format!("/api/v1/things/{ID}")), &good().to_string());
        ask(match tag {
            Some(tag) => request.insert_header(("if-match", tag.to_owned())),
            None => request,
        })
    };
    change(None).is_problem(Code::IfMatchRequired);
    change(Some("*")).is_problem(Code::IfMatchRequired);
    change(Some("\"v2\"")).is_problem(Code::Stale);
    change(Some("\"elsewhere\"")).is_problem(Code::Stale);
    change(Some("W/\"v3\"")).is_problem(Code::Stale);
    change(Some("v3")).is_problem(Code::NotParseable);
    change(Some("\"v2\", \"v3\"")).is_problem(Code::NotParseable);
    assert_eq!(change(Some("\"v3\"")).status, 200);
}

#[test]
fn an_illegal_step_tells_what_the_state_allows() {
    let heard = ask(at("POST", &format!("/api/v1/things/{ID}/accept")));
    heard.is_problem(Code::IllegalStep);
    assert_eq!(heard.json()["allowed"], value!(["acknowledge", "withdraw"]));
    let heard = ask(at("POST", &format!("/api/v1/things/{ID}/accept")).set_payload("{\"why\": 1}"));
    assert_eq!(heard.wrong(), pairs(&[("", "not_allowed_here")]), "a step without a body does not pretend to have read one");
}

#[test]
fn idempotency_keys() {
    let with = |path: &str, key: &str| ask(at("POST", path).insert_header(("idempotency-key", key.to_owned())));
    assert_eq!(with("/api/v1/keys", "k-1").json()["title"], "k-1");
    assert_eq!(with("/api/v1/sessions", "k-1").json()["title"], "", "not where sessions are made");
    for bad in ["", "two words", &"k".repeat(256)] {
        let heard = with("/api/v1/keys", bad);
        assert_eq!(heard.wrong(), pairs(&[("/header/Idempotency-Key", "wrong_form")]));
    }
    let twice = at("POST", "/api/v1/keys").append_header(("idempotency-key", "a")).append_header(("idempotency-key", "b"));
    ask(twice).is_problem(Code::NotValid);
}

#[test]
fn a_body_that_may_be_left_out() {
    assert_eq!(ask(at("POST", "/api/v1/optional")).json()["title"], "none");
    assert_eq!(ask(json(at("POST", "/api/v1/optional"), &good().to_string())).json()["title"], "t");
    ask(json(at("POST", "/api/v1/optional"), "{}")).is_problem(Code::NotValid);
}

#[test]
fn a_panic_is_500_and_the_server_lives_on() {
    let heard = ask_all(vec![at("GET", "/api/v1/broken"), at("GET", &format!("/api/v1/things/{ID}"))]);
    heard[0].is_problem(Code::Internal);
    assert_eq!(heard[1].status, 200);
}
