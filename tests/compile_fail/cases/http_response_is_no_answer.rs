//! A handler that answers with a response of its own making.
use lianhu::door::{Op, Routes};

async fn leak() -> actix_web::HttpResponse {
    actix_web::HttpResponse::Ok().body("a name")
}

fn main() {
    let _ = Routes::new().get("/leak", leak).op(Op {
        id: "leak",
        tag: "leak",
        summary: "",
        summary_zh: "",
        who: "",
        problems: &[],
    });
}
