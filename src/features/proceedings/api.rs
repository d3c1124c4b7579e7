//! `/cases/{id}/proceedings`.

use super::{Conclude, Hearing, Open, ProceedingView, steps};
use crate::access::{Again, Ctx, Disclosed, Within};
use crate::base::ids::{CaseId, MeasureId};
use crate::base::problem::{Code, Problem};
use crate::base::words::Action;
use crate::door::{Body, Created, IfMatch, List, Op, Page, Path, Routes};

type Ids = Path<(CaseId, MeasureId)>;
type Answer = Result<Disclosed<ProceedingView>, Problem>;

/// `GET /cases/{id}/proceedings`. Who may: whoever reads the facet `measures`.
async fn list(ctx: Ctx, case: Path<CaseId>, page: Page) -> Result<Disclosed<List<ProceedingView>>, Problem> {
    ctx.gate().read(&ctx, *case, Action::ListProceedings, move |tx, permit| steps::page(tx, permit, &page)).await
}

/// `POST /cases/{id}/proceedings`. Who may: whoever writes the facet `measures`.
async fn open(ctx: Ctx, case: Path<CaseId>, body: Body<Open>) -> Result<Disclosed<Created<ProceedingView>>, Problem> {
    ctx.gate().post(&ctx, *case, Action::OpenProceeding, move |tx, permit| steps::open(tx, permit, &body)).await
}

/// `GET /cases/{id}/proceedings/{mid}`. Who may: whoever reads the facet `measures`.
async fn view(ctx: Ctx, ids: Ids) -> Answer {
    let (case, id) = *ids;
    let action = Action::ViewProceeding;
    ctx.gate().read(&ctx, Within(case, id), action, move |tx, permit| ProceedingView::again(tx, permit, id)).await
}

/// `POST …/{mid}/hearings`. Who may: whoever writes the facet `measures`.
async fn hearing(ctx: Ctx, ids: Ids, seen: IfMatch, body: Body<Hearing>) -> Answer {
    let (at, seen) = (Within(ids.0, ids.1), (ids.1, seen.version()?));
    ctx.gate().post(&ctx, at, Action::SetHearing, move |tx, permit| steps::hearing(tx, permit, seen, &body)).await
}

/// `POST …/{mid}/conclude`. Who may: whoever writes the facet `measures`.
async fn conclude(ctx: Ctx, ids: Ids, seen: IfMatch, body: Body<Conclude>) -> Answer {
    let (at, seen) = (Within(ids.0, ids.1), (ids.1, seen.version()?));
    ctx.gate().post(&ctx, at, Action::ConcludeProceeding, move |tx, permit| steps::conclude(tx, permit, seen, &body)).await
}

const READS: &str = "Whoever reads the facet `measures` of the case.";
const WRITES: &str =
    "Whoever may write the facet `measures`: the owner, an assigned worker, legal aid, an agency that the law obliges.";

const fn op(id: &'static str, summary: &'static str, summary_zh: &'static str, who: &'static str) -> Op {
    Op { id, tag: "measures", summary, summary_zh, who, problems: &[Code::DeclarationRequired] }
}

/// The routes of court proceedings.
pub fn routes() -> Routes {
    const STEP: &[Code] = &[Code::DeclarationRequired, Code::IllegalStep];
    Routes::new()
        .get("/cases/{id}/proceedings", list)
        .op(op("list_proceedings", "Lists the case's court proceedings", "列出本案的诉讼", READS))
        .post("/cases/{id}/proceedings", open)
        .op(Op { problems: STEP, ..op("open_proceeding", "Enters a proceeding", "登记诉讼", WRITES) })
        .get("/cases/{id}/proceedings/{mid}", view)
        .op(op("view_proceeding", "Shows a proceeding and its hearings", "查看诉讼及其开庭", READS))
        .post("/cases/{id}/proceedings/{mid}/hearings", hearing)
        .op(Op { problems: STEP, ..op("set_hearing", "Enters a hearing's date", "登记开庭时间", WRITES) })
        .post("/cases/{id}/proceedings/{mid}/conclude", conclude)
        .op(Op { problems: STEP, ..op("conclude_proceeding", "Enters what it came to", "登记诉讼结果", WRITES) })
}
