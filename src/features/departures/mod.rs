//! Departures: somebody leaves, and what stood on them passes to a colleague at once: duties and personal grants
//! (`access::leaving`), and their assignments under contracts. It stands above `users` and `assignments`, which know
//! nothing of each other's steps.

use crate::access::can::Approve;
use crate::access::{Ctx, Disclosed};
use crate::base::ids::UserId;
use crate::base::problem::{Code, Problem};
use crate::base::words::Action;
use crate::door::{Body, IfMatch, Op, Path, Routes};
use crate::features::assignments;
use crate::features::users::{self, HandOver, UserView};

/// `POST /users/{id}/hand-over`: a leaver's cases pass to a colleague. Who may: a supervisor or manager of the agency; in
/// a partner agency a colleague, once the account is disabled.
async fn hand_over(ctx: Ctx, id: Path<UserId>, seen: IfMatch, body: Body<HandOver>) -> Result<Disclosed<UserView>, Problem> {
    let at = (*id, seen.version()?);
    ctx.gate()
        .post::<Approve, _, _, Problem, _>(&ctx, *id, Action::HandOver, move |tx, permit| {
            users::hand_over(tx, permit, at, *body, |tx, permit, leaving| {
                assignments::facts::pass_on(tx, permit, leaving.from, leaving.to, leaving.cases)
            })
        })
        .await
}

/// The routes.
pub fn routes() -> Routes {
    Routes::new().post("/users/{id}/hand-over", hand_over).op(Op {
        id: "hand_over",
        tag: "users",
        summary: "Hands a leaver's cases over",
        summary_zh: "移交离职人员的个案",
        who: "a supervisor or manager of the agency; in a partner agency a colleague, once the account is disabled",
        problems: &[Code::IllegalStep, Code::Conflict],
    })
}
