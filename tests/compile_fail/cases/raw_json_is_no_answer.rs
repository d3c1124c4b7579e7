//! A handler that answers with JSON of its own making.
use lianhu::door::{Op, Routes};

async fn leak() -> actix_web::web::Json<String> {
    actix_web::web::Json("a name".to_owned())
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
