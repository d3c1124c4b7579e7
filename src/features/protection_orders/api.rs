//! `/cases/{id}/protection-orders`.

use super::bodies::{Accept, Breach, Change, Draft, File, TakeEffect, Why};
use super::{OrderView, steps};
use crate::access::{Again, Ctx, Disclosed, Within};
use crate::base::ids::{CaseId, MeasureId};
use crate::base::problem::{Code, Problem};
use crate::base::words::Action;
use crate::door::{Body, Created, IfMatch, List, Op, Page, Path, Routes};

type Ids = Path<(CaseId, MeasureId)>;
type Answer = Result<Disclosed<OrderView>, Problem>;

/// `GET /cases/{id}/protection-orders`. Who may: whoever reads the facet `measures`.
async fn list(ctx: Ctx, case: Path<CaseId>, page: Page) -> Result<Disclosed<List<OrderView>>, Problem> {
    ctx.gate().read(&ctx, *case, Action::ListProtectionOrders, move |tx, permit| steps::page(tx, permit, &page)).await
}

/// `POST /cases/{id}/protection-orders`. Who may: whoever writes the facet `measures`.
async fn draft(ctx: Ctx, case: Path<CaseId>, body: Body<Draft>) -> Result<Disclosed<Created<OrderView>>, Problem> {
    ctx.gate().post(&ctx, *case, Action::DraftProtectionOrder, move |tx, permit| steps::draft(tx, permit, &body)).await
}

/// `GET /cases/{id}/protection-orders/{mid}`. Who may: whoever reads the facet `measures`.
async fn view(ctx: Ctx, ids: Ids) -> Answer {
    let (case, id) = *ids;
    let action = Action::ViewProtectionOrder;
    ctx.gate().read(&ctx, Within(case, id), action, move |tx, permit| OrderView::again(tx, permit, id)).await
}

/// `POST …/{mid}/file`. Who may: whoever writes the facet `measures`.
async fn file(ctx: Ctx, ids: Ids, seen: IfMatch, body: Body<File>) -> Answer {
    let (at, seen) = (Within(ids.0, ids.1), (ids.1, seen.version()?));
    ctx.gate().post(&ctx, at, Action::FileProtectionOrder, move |tx, permit| steps::file(tx, permit, seen, &body)).await
}

/// `POST …/{mid}/accept`. Who may: the court, the owner.
async fn accept(ctx: Ctx, ids: Ids, seen: IfMatch, body: Body<Accept>) -> Answer {
    let (at, seen) = (Within(ids.0, ids.1), (ids.1, seen.version()?));
    ctx.gate().post(&ctx, at, Action::AcceptProtectionOrder, move |tx, permit| steps::accept(tx, permit, seen, &body)).await
}

/// `POST …/{mid}/take-effect`. Who may: the court, the owner.
async fn take_effect(ctx: Ctx, ids: Ids, seen: IfMatch, body: Body<TakeEffect>) -> Answer {
    let (at, seen) = (Within(ids.0, ids.1), (ids.1, seen.version()?));
    ctx.gate().post(&ctx, at, Action::PutOrderInForce, move |tx, permit| steps::take_effect(tx, permit, seen, &body)).await
}

/// `POST …/{mid}/reject`. Who may: the court, the owner.
async fn reject(ctx: Ctx, ids: Ids, seen: IfMatch, body: Body<Why>) -> Answer {
    let (at, seen) = (Within(ids.0, ids.1), (ids.1, seen.version()?));
    ctx.gate().post(&ctx, at, Action::RejectProtectionOrder, move |tx, permit| steps::reject(tx, permit, seen, &body)).await
}

/// `POST …/{mid}/revoke`. Who may: the court, the owner.
async fn revoke(ctx: Ctx, ids: Ids, seen: IfMatch, body: Body<Why>) -> Answer {
    let (at, seen) = (Within(ids.0, ids.1), (ids.1, seen.version()?));
    ctx.gate().post(&ctx, at, Action::RevokeProtectionOrder, move |tx, permit| steps::revoke(tx, permit, seen, &body)).await
}

/// `POST …/{mid}/expire`. Who may: the court, the owner.
async fn expire(ctx: Ctx, ids: Ids, seen: IfMatch) -> Answer {
    let (at, seen) = (Within(ids.0, ids.1), (ids.1, seen.version()?));
    ctx.gate().post(&ctx, at, Action::ExpireProtectionOrder, move |tx, permit| steps::expire(tx, permit, seen)).await
}

/// `POST …/{mid}/breach`. Who may: whoever writes the facet `measures`.
async fn breach(ctx: Ctx, ids: Ids, seen: IfMatch, body: Body<Breach>) -> Answer {
    let (at, seen) = (Within(ids.0, ids.1), (ids.1, seen.version()?));
    ctx.gate().post(&ctx, at, Action::BreachProtectionOrder, move |tx, permit| steps::breach(tx, permit, seen, &body)).await
}

/// `POST …/{mid}/changes`. Who may: the court, the owner.
async fn change(ctx: Ctx, ids: Ids, seen: IfMatch, body: Body<Change>) -> Answer {
    let (at, seen) = (Within(ids.0, ids.1), (ids.1, seen.version()?));
    ctx.gate().post(&ctx, at, Action::ChangeProtectionOrder, move |tx, permit| steps::change(tx, permit, seen, &body)).await
}

const READS: &str = "Whoever reads the facet `measures` of the case; a police station, what it recorded itself.";
const WRITES: &str = "Whoever may write the facet `measures`: the owner, an assigned worker, an agency that the law obliges.";
const COURT: &str = "The owner's handler, deputy and supervisors; a judicial liaison of the court, once it was applied to.";

const fn op(id: &'static str, summary: &'static str, summary_zh: &'static str, who: &'static str) -> Op {
    Op { id, tag: "measures", summary, summary_zh, who, problems: &[Code::DeclarationRequired, Code::IllegalStep] }
}

/// The routes of protection orders.
pub fn routes() -> Routes {
    Routes::new()
        .get("/cases/{id}/protection-orders", list)
        .op(Op {
            problems: &[Code::DeclarationRequired],
            ..op("list_protection_orders", "Lists the case's protection orders", "列出本案的人身安全保护令", READS)
        })
        .post("/cases/{id}/protection-orders", draft)
        .op(op("draft_protection_order", "Drafts an application", "起草保护令申请", WRITES))
        .get("/cases/{id}/protection-orders/{mid}", view)
        .op(Op {
            problems: &[Code::DeclarationRequired],
            ..op("view_protection_order", "Shows an order and what happened to it", "查看保护令及其经过", READS)
        })
        .post("/cases/{id}/protection-orders/{mid}/file", file)
        .op(op("file_protection_order", "Files it with the court", "向法院提出申请", WRITES))
        .post("/cases/{id}/protection-orders/{mid}/accept", accept)
        .op(op("accept_protection_order", "The court takes it on", "法院受理", COURT))
        .post("/cases/{id}/protection-orders/{mid}/take-effect", take_effect)
        .op(op("put_order_in_force", "It takes effect, for six months at most", "裁定生效,最长六个月", COURT))
        .post("/cases/{id}/protection-orders/{mid}/reject", reject)
        .op(op("reject_protection_order", "The court refuses it", "法院驳回", COURT))
        .post("/cases/{id}/protection-orders/{mid}/revoke", revoke)
        .op(op("revoke_protection_order", "The court takes it back", "法院撤销", COURT))
        .post("/cases/{id}/protection-orders/{mid}/expire", expire)
        .op(Op {
            problems: &[Code::DeclarationRequired, Code::IllegalStep, Code::Conflict],
            ..op("expire_protection_order", "Its last day is over", "有效期届满", COURT)
        })
        .post("/cases/{id}/protection-orders/{mid}/breach", breach)
        .op(op("breach_protection_order", "Records that it was breached", "登记违反保护令", WRITES))
        .post("/cases/{id}/protection-orders/{mid}/changes", change)
        .op(op("change_protection_order", "Records a reconsideration, extension or variation", "登记复议、延长、变更", COURT))
}
