//! Bad input hears every wrong field at once, and changes nothing.

use reqwest::Method;
use serde_json::{Value, json};

use lianhu::cli::demo::client::{Actor, Answer};

use crate::app::{App, Expect, on_both_databases};

const ABSENT: &str = "0193a5b0-7c00-7000-8000-000000000001";

/// How many rows each table has; a refusal's own entry and the session that signing in began aside.
fn rows(app: &App) -> Vec<(String, i64)> {
    let mut all = crate::rows::rows(app);
    all.retain(|(name, _)| !name.starts_with("audit_") && !name.contains("session") || name.starts_with("mediation"));
    all
}

/// The wrong fields and what is wrong with each, sorted.
fn wrong(answer: &Answer) -> Vec<(String, String)> {
    let errors = answer.body["errors"].as_array().unwrap();
    for error in errors {
        assert!(["message", "message_zh"].iter().all(|words| !error[words].as_str().unwrap().is_empty()), "{error}");
    }
    let of = |error: &Value, name: &str| error[name].as_str().unwrap().to_owned();
    let mut pairs: Vec<_> = errors.iter().map(|error| (of(error, "pointer"), of(error, "code"))).collect();
    pairs.sort();
    pairs
}

fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
    expected.iter().map(|(pointer, code)| ((*pointer).to_owned(), (*code).to_owned())).collect()
}

/// Sends these very bytes: the status and the problem's code.
async fn raw(app: &App, who: &Actor, path: &str, content_type: Option<&str>, body: Vec<u8>) -> (u16, String) {
    who.get("/me").await.is(200);
    let mut request = app.http.post(format!("{}/api/v1{path}", app.base)).bearer_auth(who.token().unwrap()).body(body);
    if let Some(content_type) = content_type {
        request = request.header("content-type", content_type);
    }
    let response = request.send().await.unwrap();
    let (status, bytes) = (response.status().as_u16(), response.bytes().await.unwrap());
    let problem: Value = serde_json::from_slice(&bytes).unwrap();
    (status, problem["code"].as_str().unwrap_or_default().to_owned())
}

/// A case of the federation's own.
async fn own_case(app: &App) -> String {
    let intake = json!({ "source": "walk_in", "parties": [{ "kind": "survivor", "name": "林晓梅" }] });
    app.who("fu_staff").post("/cases", intake).await.is(201).id()
}

fn resolved<'d>(document: &'d Value, schema: &'d Value) -> &'d Value {
    let target = schema.get("$ref").and_then(Value::as_str).and_then(|at| document.pointer(at.trim_start_matches('#')));
    target.map_or(schema, |target| resolved(document, target))
}

/// Every operation that takes a JSON body: method, path with ids of nothing, the names of the body's fields.
fn operations(document: &Value) -> Vec<(Method, String, Vec<String>)> {
    let mut all = Vec::new();
    for (path, operations) in document["paths"].as_object().unwrap() {
        for (method, operation) in operations.as_object().unwrap() {
            let Some(schema) = operation.pointer("/requestBody/content/application~1json/schema") else { continue };
            let fields = resolved(document, schema)["properties"].as_object().unwrap().keys().cloned().collect();
            let place = |segment: &str| if segment.starts_with('{') { ABSENT.to_owned() } else { segment.to_owned() };
            let path = path.split('/').map(place).collect::<Vec<_>>().join("/");
            all.push((method.to_uppercase().parse().unwrap(), path, fields));
        }
    }
    all
}

on_both_databases! {
    async fn every_body_of_the_document_names_each_wrong_field(app: App) {
        let document = app.visitor().get("/openapi.json").await.is(200).body;
        let who = app.who("fu_supervisor");
        who.get("/me").await.is(200);
        let before = rows(&app);
        let operations = operations(&document);
        assert!(operations.len() > 40, "{}", operations.len());
        for (method, path, fields) in operations {
            let headers = [("if-match", "\"v1\"")];
            let list = who.ask(method.clone(), &path, Some(&json!([])), &headers).await.problem(422, "not_valid");
            assert_eq!(wrong(&list), pairs(&[("", "wrong_type")]), "{method} {path}");
            // A list of an object is what no field takes.
            let mut body: Value = fields.iter().map(|name| (name.clone(), json!([{}]))).collect::<serde_json::Map<_, _>>().into();
            body["nonsense"] = json!(true);
            let answer = who.ask(method.clone(), &path, Some(&body), &headers).await.problem(422, "not_valid");
            let named = wrong(&answer);
            assert!(named.contains(&("/nonsense".into(), "unknown_field".into())), "{method} {path}: {named:?}");
            for field in &fields {
                let at = format!("/{field}");
                let is_named = named.iter().any(|(pointer, _)| *pointer == at || pointer.starts_with(&format!("{at}/")));
                assert!(is_named, "{method} {path}: {field} is not among {named:?}");
            }
        }
        assert_eq!(rows(&app), before);
    }

    async fn wrong_types_unknown_fields_and_hidden_characters_are_told_together(app: App) {
        let staff = app.who("fu_staff");
        staff.get("/me").await.is(200);
        let before = rows(&app);
        let body = json!({
            "source": "rumour", "reported_by": 7, "colour": "red",
            "parties": [
                { "kind": "survivor", "name": "林\u{200b}晓梅", "sex": true },
                { "kind": "respondent", "name": "周\u{202e}建国", "nick": "x" },
                { "kind": "other", "name": "", "contact": { "phone": "call me", "code_word": "\u{2066}x" } },
                { "name": " " },
            ],
            "incident": { "account": "", "happened_on": "2026-02-30" },
        });
        let answer = staff.post("/cases", body).await.problem(422, "not_valid");
        assert_eq!(wrong(&answer), pairs(&[
            ("/colour", "unknown_field"),
            ("/incident/account", "blank"),
            ("/incident/account", "too_short"),
            ("/incident/happened_on", "wrong_form"),
            ("/parties/0/name", "forbidden_character"),
            ("/parties/0/sex", "not_one_of"),
            ("/parties/1/name", "forbidden_character"),
            ("/parties/1/nick", "unknown_field"),
            ("/parties/2/contact/code_word", "forbidden_character"),
            ("/parties/2/contact/phone", "wrong_form"),
            ("/parties/2/name", "blank"),
            ("/parties/2/name", "too_short"),
            ("/parties/3/kind", "required"),
            ("/parties/3/name", "blank"),
            ("/reported_by", "wrong_type"),
            ("/source", "not_one_of"),
        ]));
        let shown = String::from_utf8_lossy(&answer.bytes);
        assert!(["rumour", "call me", "建国"].iter().all(|sent| !shown.contains(sent)), "what was sent is sent back");
        assert_eq!(rows(&app), before);
    }

    async fn what_is_no_json_of_ours_is_not_read(app: App) {
        let staff = app.who("fu_staff");
        let case = own_case(&app).await;
        let notes = format!("/cases/{case}/notes");
        let before = rows(&app);
        let json_type = Some("application/json");
        for path in ["/cases", "/referrals", "/cases/search", notes.as_str()] {
            for bad in ["", "{", "{\"kind\":\"progress\"", "{'kind':1}", "{\"text\":1,\"text\":2}", "{} {}", "\u{feff}{}", "nul"] {
                let heard = raw(&app, staff, path, json_type, bad.as_bytes().to_vec()).await;
                assert_eq!(heard, (400, "malformed_json".into()), "{path} {bad:?}");
            }
            let heard = raw(&app, staff, path, json_type, vec![b'"', 0xff, 0xfe, b'"']).await;
            assert_eq!(heard, (400, "malformed_json".into()), "{path}: not UTF-8");
            for kind in [None, Some("text/plain"), Some("application/xml"), Some("application/x-www-form-urlencoded")] {
                let heard = raw(&app, staff, path, kind, b"{}".to_vec()).await;
                assert_eq!(heard, (415, "unsupported_media_type".into()), "{path} {kind:?}");
            }
        }
        assert_eq!(rows(&app), before);
    }

    async fn texts_too_long_and_bodies_too_large(app: App) {
        let staff = app.who("fu_staff");
        let case = own_case(&app).await;
        let notes = format!("/cases/{case}/notes");
        let before = rows(&app);
        let long = "长".repeat(333_000);
        let answer = staff.post(&notes, json!({ "kind": "progress", "text": long })).await.problem(422, "not_valid");
        assert_eq!(wrong(&answer), pairs(&[("/text", "too_long")]));
        assert!(answer.bytes.len() < 4096, "a long text is not answered at length");
        let answer = staff.post(&notes, json!({ "kind": "progress", "text": "" })).await.problem(422, "not_valid");
        assert_eq!(wrong(&answer), pairs(&[("/text", "blank"), ("/text", "too_short")]));
        let body = json!({ "source": "walk_in", "parties": [{ "kind": "survivor", "name": "a".repeat(1_000_000) }] });
        let answer = staff.post("/cases", body).await.problem(422, "not_valid");
        assert_eq!(wrong(&answer), pairs(&[("/parties/0/name", "too_long")]));
        for path in ["/cases", notes.as_str()] {
            let body = format!("{{\"kind\":\"progress\",\"text\":\"{}\"}}", "a".repeat(1 << 20));
            let heard = raw(&app, staff, path, Some("application/json"), body.into_bytes()).await;
            assert_eq!(heard, (413, "too_large".into()), "{path}");
        }
        assert_eq!(rows(&app), before);
    }

    async fn a_number_with_a_wrong_check_digit_is_kept_only_with_a_reason(app: App) {
        let staff = app.who("fu_staff");
        let parties = format!("/cases/{}/parties", own_case(&app).await);
        let before = rows(&app);
        let mut party = json!({ "kind": "other", "name": "王芳", "id_number": "11010519491231002Y" });
        for number in ["11010519491231002Y", "110105194912310021", "123", "110105194913310020"] {
            party["id_number"] = json!(number);
            let answer = staff.post(&parties, party.clone()).await.problem(422, "not_valid");
            assert_eq!(wrong(&answer), pairs(&[("/id_number", "wrong_checksum")]), "{number}");
        }
        assert_eq!(rows(&app), before);
        party["id_number_reason"] = json!("证件遗失,本人口述");
        let kept = staff.post(&parties, party.clone()).await.is(201);
        assert_eq!(kept.text("/identity/id_number"), "110105194913310020");
        party.as_object_mut().unwrap().remove("id_number_reason");
        party["id_number"] = json!("11010519491231002X");
        staff.post(&parties, party).await.is(201);
    }

    async fn what_has_not_happened_yet_is_not_taken(app: App) {
        let staff = app.who("fu_staff");
        let case = format!("/cases/{}", own_case(&app).await);
        let before = rows(&app);
        let tomorrow = "2026-03-05";
        let intake = json!({
            "source": "walk_in", "incident": { "account": "x", "happened_on": tomorrow },
            "parties": [{ "kind": "survivor", "birth_date": tomorrow }, { "kind": "respondent", "birth_date": tomorrow, "id_number": "1" }],
        });
        let answer = staff.post("/cases", intake).await.problem(422, "not_valid");
        assert_eq!(wrong(&answer), pairs(&[
            ("/incident/happened_on", "in_the_future"),
            ("/parties/0/birth_date", "in_the_future"),
            ("/parties/1/birth_date", "in_the_future"),
            ("/parties/1/id_number", "wrong_checksum"),
        ]));
        let at = "2026-03-05T00:00:00Z";
        let consent = json!({
            "recipient_agency": app.agency("haitong"), "purpose": "legal_advice", "facets": ["identity"], "given_by": "survivor",
            "given_on": tomorrow, "expires_on": "2026-12-31",
        });
        for (path, body, field) in [
            ("contact-attempts", json!({ "outcome": "no_answer", "at": at, "how": "phone" }), "/at"),
            ("notes", json!({ "kind": "progress", "text": "x", "occurred_at": at }), "/occurred_at"),
            ("parties", json!({ "kind": "other", "birth_date": tomorrow }), "/birth_date"),
            ("consents", consent, "/given_on"),
        ] {
            let answer = staff.post(&format!("{case}/{path}"), body).await.problem(422, "not_valid");
            assert_eq!(wrong(&answer), pairs(&[(field, "in_the_future")]), "{path}");
        }
        assert_eq!(rows(&app), before);
    }

    async fn another_agency_s_case_is_as_absent_as_none(app: App) {
        let case = own_case(&app).await;
        let before = rows(&app);
        for who in ["yp_police", "qz_worker", "ht_legal", "fu_other"] {
            let who = app.who(who);
            for (method, path, body) in [
                (Method::GET, "", Value::Null),
                (Method::PATCH, "", json!({ "plan": "x" })),
                (Method::POST, "/notes", json!({ "kind": "progress", "text": "x" })),
                (Method::POST, "/parties", json!({ "kind": "other" })),
                (Method::POST, "/declarations", json!({ "conflict": false })),
                (Method::POST, "/screen", Value::Null),
                (Method::POST, "/mediations", json!({})),
            ] {
                let mut heard = Vec::new();
                for id in [case.as_str(), ABSENT] {
                    let body = Some(&body).filter(|body| !body.is_null());
                    let at = format!("/cases/{id}{path}");
                    let mut answer = who.ask(method.clone(), &at, body, &[("if-match", "\"v1\"")]).await.problem(404, "not_found");
                    answer.body["request_id"] = Value::Null;
                    heard.push(answer.body);
                }
                assert_eq!(heard.first(), heard.last(), "{method} {path}");
            }
        }
        assert_eq!(rows(&app), before);
    }

    async fn a_step_out_of_order_says_where_it_stands_and_what_may_follow(app: App) {
        let (staff, supervisor, police) = (app.who("fu_staff"), app.who("fu_supervisor"), app.who("yy_police"));
        let case = own_case(&app).await;
        let at = format!("/cases/{case}");
        supervisor.post(&format!("{at}/declarations"), json!({ "conflict": false })).await.is(201);
        let intake = json!({ "intake": {
            "to_agency": app.agency("federation"), "urgency": "normal", "parties": [{ "kind": "survivor" }],
            "incident": { "account": "x" },
        } });
        let referral = format!("/referrals/{}", police.post("/referrals", intake).await.is(201).id());
        let before = rows(&app);
        let told = |answer: Answer| {
            let allowed = answer.body["allowed"].as_array().unwrap().iter().map(|step| step.as_str().unwrap().to_owned());
            (answer.text("/state"), allowed.collect::<Vec<_>>())
        };
        for (who, step) in [(supervisor, "monitor"), (supervisor, "close"), (supervisor, "reopen")] {
            let (state, allowed) = told(who.step(&at, step, json!({})).await.problem(409, "illegal_step"));
            assert_eq!(state, "screening", "{step}");
            assert!(allowed.contains(&"open".into()) && !allowed.contains(&step.into()), "{step}: {allowed:?}");
        }
        assert_eq!(rows(&app), before);
        police.step(&referral, "send", json!({})).await.is(200);
        let (state, allowed) = told(staff.step(&referral, "accept", json!({})).await.problem(409, "illegal_step"));
        assert_eq!(state, "sent");
        assert!(allowed.contains(&"acknowledge".into()) && !allowed.contains(&"accept".into()), "{allowed:?}");
        let (state, allowed) = told(police.step(&referral, "send", json!({})).await.problem(409, "illegal_step"));
        assert_eq!(state, "sent");
        assert!(allowed.contains(&"withdraw".into()) && !allowed.contains(&"send".into()), "{allowed:?}");
    }
}
