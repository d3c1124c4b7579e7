//! A route that does not say what it does and who may.
use lianhu::door::{Op, Routes};
use lianhu::base::problem::Problem;

async fn quiet() -> Problem {
    Problem::not_found()
}

fn main() {
    let _: Routes = Routes::new().get("/quiet", quiet);
    let _ = Routes::new().get("/quiet", quiet).op(Op { id: "quiet", tag: "quiet" });
}
