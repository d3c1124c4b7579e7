//! Request ids, addresses, headers, and what is answered besides JSON.

use super::*;

#[test]
fn a_request_id_comes_back_if_it_is_plain_and_is_made_if_not() {
    let given = |id: &str| ask(at("GET", "/api/v1/things/x").insert_header(("x-request-id", id.to_owned())));
    let heard = given("client-7.a_B");
    assert_eq!(heard.header("x-request-id"), "client-7.a_B");
    heard.is_problem(Code::NotFound);
    for bad in ["", "a b", "<x>", &"x".repeat(65)] {
        let heard = given(bad);
        assert!(heard.header("x-request-id").parse::<CaseId>().is_ok(), "{bad:?} → {}", heard.header("x-request-id"));
    }
}

#[test]
fn security_headers_stand_on_everything() {
    let paths = [
        "/api/v1/things",
        "/nothing",
        "/api/docs",
        "/api/docs.css",
        "/api/v1/openapi.json",
        "/api/v1/broken",
        "/api/v1/elsewhere",
    ];
    for heard in ask_all(paths.iter().map(|path| at("GET", path)).collect()) {
        let policy = heard.header("content-security-policy");
        assert!(policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"));
        assert!(!policy.contains("unsafe"));
        assert_eq!(heard.header("x-content-type-options"), "nosniff");
        assert_eq!(heard.header("referrer-policy"), "no-referrer");
        assert!(heard.header("strict-transport-security").starts_with("max-age="));
        assert!(!heard.header("cache-control").is_empty());
        assert!(!heard.header("x-request-id").is_empty());
    }
}

#[test]
fn a_bearer_token_is_taken_as_it_stands_and_anything_else_is_no_credential() {
    let shown =
        |value: &str| ask(at("POST", "/api/v1/keys").insert_header(("authorization", value.to_owned()))).json()["title"].clone();
    assert_eq!(shown("Bearer a.b.c"), "a.b.c");
    assert_eq!(shown("bearer a.b.c"), "a.b.c");
    for other in ["Basic YTpi", "Bearer", "Bearer  ", "a.b.c"] {
        assert_eq!(shown(other), "", "{other}");
    }
    let twice =
        at("POST", "/api/v1/keys").append_header(("authorization", "Bearer a")).append_header(("authorization", "Bearer b"));
    assert_eq!(ask(twice).json()["title"], "");
}

#[test]
fn a_redirect_stays_here() {
    let heard = ask(at("GET", "/api/v1/elsewhere"));
    assert_eq!((heard.status, heard.header("location")), (303, "/"));
}

#[test]
fn nothing_to_show_is_204_without_content() {
    let heard = ask(at("DELETE", &format!("/api/v1/things/{ID}/parts/{ID}")));
    assert_eq!((heard.status, heard.bytes.len(), heard.header("content-type")), (204, 0, ""));
}

#[test]
fn refusals_to_sign_in_tell_the_scheme_and_when_to_come_back() {
    let answer = super::answer::problem(&Problem::unauthenticated(), "r");
    assert_eq!(answer.headers().get("www-authenticate").unwrap(), "Bearer");
    let answer = super::answer::problem(&Problem::too_many_requests(30), "r");
    assert_eq!(answer.headers().get("retry-after").unwrap(), "30");
    for unavailable in [Problem::audit_unavailable(), Problem::storage_unavailable(), Problem::overloaded()] {
        assert!(super::answer::problem(&unavailable, "r").headers().contains_key("retry-after"));
    }
}

#[test]
fn health_tells_what_is_not_well() {
    struct Sick;
    impl Ready for Sick {
        fn ready(&self) -> futures_util::future::BoxFuture<'_, Result<(), NotReady>> {
            Box::pin(std::future::ready(Err(NotReady::Audit)))
        }
    }
    actix_web::rt::System::new().block_on(async {
        let routes = Health::routes(Arc::new(Sick));
        assert_eq!(routes.faults(), Vec::<String>::new());
        let app = test::init_service(App::new().app_data(door(small())).configure(|cfg| routes.configure(cfg))).await;
        let live = test::call_service(&app, at("GET", "/health/live").to_request()).await;
        assert_eq!(live.status(), 200);
        let ready = test::call_service(&app, at("GET", "/health/ready").to_request()).await;
        assert_eq!(ready.status(), 503);
        let body: Value = test::read_body_json(ready).await;
        assert_eq!(body["code"], "audit_unavailable");
    });
}
