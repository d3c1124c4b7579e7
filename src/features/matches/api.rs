//! `/providers/matches`.

use super::{MatchesView, Need, steps};
use crate::access::can::View;
use crate::access::{Ctx, Disclosed, Whole};
use crate::base::problem::{Code, Problem};
use crate::base::words::Action;
use crate::door::{Body, Op, Routes};

/// `POST /providers/matches`. Who may: caseworkers; for a case, its owner and its lead worker.
async fn matches(ctx: Ctx, body: Body<Need>) -> Result<Disclosed<MatchesView>, Problem> {
    let need = body.into_inner();
    if let Some(case) = need.case_id {
        let of_case = Action::MatchForCase;
        return ctx
            .gate()
            .read::<View, _, _, _, _>(&ctx, case, of_case, move |tx, permit| steps::of_case(tx, permit, &need))
            .await;
    }
    ctx.gate()
        .read::<View, _, _, _, _>(&ctx, Whole, Action::MatchProviders, move |tx, permit| steps::of_need(tx, permit, &need))
        .await
}

/// The routes.
pub fn routes() -> Routes {
    Routes::new().post("/providers/matches", matches).op(Op {
        id: "match_providers",
        tag: "providers",
        summary: "Ranks providers for a need, each with why or why not",
        summary_zh: "按需求匹配服务机构,逐一说明理由",
        who: "Caseworkers; for a case, its owner's handler, deputy and supervisors, and its lead worker.",
        problems: &[Code::Forbidden, Code::NotFound, Code::DeclarationRequired],
    })
}
