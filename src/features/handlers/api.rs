//! `/cases/{id}/handlers`.

use super::{Answering, HandlersView, Name, steps};
use crate::access::can::Approve;
use crate::access::{Ctx, Disclosed};
use crate::base::ids::{CaseId, UserId};
use crate::base::problem::{Code, Problem};
use crate::base::words::Action;
use crate::door::{Body, IfMatch, Op, Path, Routes};

/// `GET /cases/{id}/handlers`. Who may: the owner, its workers, a receiver's handler.
async fn list(ctx: Ctx, id: Path<CaseId>) -> Result<Disclosed<HandlersView>, Problem> {
    ctx.gate().view::<HandlersView>(&ctx, *id).await
}

/// `POST /cases/{id}/handlers`. Who may: a supervisor of the owner; a deputy also a receiver's handler, in their agency.
async fn name(ctx: Ctx, id: Path<CaseId>, body: Body<Name>) -> Result<Disclosed<HandlersView>, Problem> {
    let body = body.into_inner();
    // Two actions, so that the policy itself says that a receiver names deputies only.
    let action = match body.duty {
        Answering::Handler => Action::SetHandler,
        Answering::Deputy => Action::NameDeputy,
    };
    ctx.gate().post::<Approve, _, _, _, _>(&ctx, *id, action, move |tx, permit| steps::name(tx, permit, &body)).await
}

/// `DELETE /cases/{id}/handlers/{user_id}`. Who may: as those who name a deputy.
async fn take_off(ctx: Ctx, ids: Path<(CaseId, UserId)>, seen: IfMatch) -> Result<Disclosed<HandlersView>, Problem> {
    let ((case, user), seen) = (ids.into_inner(), seen.into_inner());
    ctx.gate()
        .write::<Approve, _, _, _, _>(&ctx, case, Action::NameDeputy, move |tx, permit| steps::take_off(tx, permit, user, &seen))
        .await
}

/// The routes.
pub fn routes() -> Routes {
    Routes::new()
        .get("/cases/{id}/handlers", list)
        .op(Op {
            id: "list_handlers",
            tag: "cases",
            summary: "Who answers for the case",
            summary_zh: "本案由谁经办",
            who: "The owner's handler, deputy and supervisors, assigned workers, and a receiver's handler. Handlers of other agencies show to the owner and the lead worker only.",
            problems: &[Code::DeclarationRequired],
        })
        .post("/cases/{id}/handlers", name)
        .op(Op {
            id: "name_handler",
            tag: "cases",
            summary: "Names a handler or deputy",
            summary_zh: "指定经办人或副手",
            who: "A supervisor of the owner, among its own people; a receiver's handler names the own agency's deputy.",
            problems: &[Code::Conflict, Code::NotValid],
        })
        .delete("/cases/{id}/handlers/{user_id}", take_off)
        .op(Op {
            id: "take_off_deputy",
            tag: "cases",
            summary: "Takes a deputy off; a handler is replaced by naming another",
            summary_zh: "撤下副手;经办人只能由新指定者接替",
            who: "A supervisor of the owner; a receiver's handler, for the own agency's deputy.",
            problems: &[Code::Conflict],
        })
}
