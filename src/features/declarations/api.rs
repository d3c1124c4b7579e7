//! `/cases/{id}/declarations`.

use super::{DeclarationView, Declare, FirstLookView, steps};
use crate::access::{Ctx, Disclosed};
use crate::base::ids::CaseId;
use crate::base::problem::{Code, Problem};
use crate::base::words::Action;
use crate::door::{Body, Created, Op, Path, Routes};

/// `GET /cases/{id}/declarations`: the parties' names alone. Who may: whoever holds a live grant.
async fn first_look(ctx: Ctx, case: Path<CaseId>) -> Result<Disclosed<FirstLookView>, Problem> {
    ctx.gate().read(&ctx, *case, Action::ViewNames, steps::first_look).await
}

/// `POST /cases/{id}/declarations`: no conflict, or a wall. Who may: whoever holds a live grant.
async fn declare(ctx: Ctx, case: Path<CaseId>, body: Body<Declare>) -> Result<Disclosed<Created<DeclarationView>>, Problem> {
    ctx.gate().post(&ctx, *case, Action::Declare, move |tx, permit| steps::declare(tx, permit, &body).map(Created)).await
}

const HOLDERS: &str = "whoever holds a live grant on the case, but for a provider's manager, who sees no content";

/// The feature's routes.
pub fn routes() -> Routes {
    Routes::new()
        .get("/cases/{case_id}/declarations", first_look)
        .op(Op {
            id: "view_names",
            tag: "declarations",
            summary: "The parties' names alone, before anything else is shown",
            summary_zh: "首次查看:仅显示当事人姓名",
            who: HOLDERS,
            problems: &[],
        })
        .post("/cases/{case_id}/declarations", declare)
        .op(Op {
            id: "declare",
            tag: "declarations",
            summary: "Declares that there is no conflict of interest, or that there is one",
            summary_zh: "利益冲突申报",
            who: HOLDERS,
            problems: &[Code::Conflict],
        })
}
