//! `/deadlines`, `/cases/{id}/deadlines`.

use super::{DeadlineView, lists};
use crate::access::can::View;
use crate::access::{Ctx, Disclosed, Whole};
use crate::base::ids::CaseId;
use crate::base::problem::{Code, Problem};
use crate::base::words::Action;
use crate::door::{List, Op, Page, Path, Routes};

/// `GET /deadlines`. Who may: caseworkers, their own.
async fn mine(ctx: Ctx, page: Page) -> Result<Disclosed<List<DeadlineView>>, Problem> {
    ctx.gate().list(&ctx, Whole, Action::ListDeadlines, move |tx, lister| lists::mine(tx, lister, &page)).await
}

/// `GET /cases/{id}/deadlines`. Who may: whoever looks at the case; each in its facet.
async fn of_case(ctx: Ctx, id: Path<CaseId>) -> Result<Disclosed<List<DeadlineView>>, Problem> {
    ctx.gate().read::<View, _, _, _, _>(&ctx, *id, Action::ListDeadlines, lists::of_case).await
}

/// The routes.
pub fn routes() -> Routes {
    Routes::new()
        .get("/deadlines", mine)
        .op(Op {
            id: "list_deadlines",
            tag: "desk",
            summary: "My deadlines, the most overdue first",
            summary_zh: "我的时限,逾期在前",
            who: "Caseworkers: those of their desk and of cases they have a duty in, each where its facet is theirs to read.",
            problems: &[Code::Forbidden],
        })
        .get("/cases/{id}/deadlines", of_case)
        .op(Op {
            id: "list_case_deadlines",
            tag: "desk",
            summary: "The case's deadlines, the soonest first",
            summary_zh: "本案时限",
            who: "Whoever looks at the case; each deadline to whoever's grant includes its facet.",
            problems: &[Code::DeclarationRequired],
        })
}
