//! `/cases/{id}/safety-plan`, `/cases/{id}/safety-plan/versions`.

use super::{PlanView, SavePlan, VersionView, steps};
use crate::access::can::{Record, View};
use crate::access::{Ctx, Disclosed};
use crate::base::ids::CaseId;
use crate::base::problem::{Code, Problem};
use crate::base::words::Action;
use crate::door::{Body, IfMatch, List, Op, Page, Path, Routes};

/// `GET /cases/{id}/safety-plan`. Who may: whoever reads `confidential`; who writes it alone, their own.
async fn view(ctx: Ctx, id: Path<CaseId>) -> Result<Disclosed<PlanView>, Problem> {
    let step = Action::ViewSafetyPlan;
    ctx.gate().read::<View, _, _, _, _>(&ctx, *id, step, steps::current).await
}

/// `PUT /cases/{id}/safety-plan`. Who may: the owner and its workers, who write `confidential`.
async fn save(ctx: Ctx, id: Path<CaseId>, seen: IfMatch, body: Body<SavePlan>) -> Result<Disclosed<PlanView>, Problem> {
    let step = Action::SaveSafetyPlan;
    ctx.gate().write::<Record, _, _, _, _>(&ctx, *id, step, move |tx, permit| steps::save(tx, permit, &seen, &body)).await
}

/// `GET /cases/{id}/safety-plan/versions`. Who may: as for the plan.
async fn history(ctx: Ctx, id: Path<CaseId>, page: Page) -> Result<Disclosed<List<VersionView>>, Problem> {
    let step = Action::ListSafetyPlanVersions;
    ctx.gate().read::<View, _, _, _, _>(&ctx, *id, step, move |tx, permit| steps::history(tx, permit, &page)).await
}

const READS: &str = "Assigned workers with `confidential`; whoever wrote a version without holding it sees their own alone.";

const fn op(id: &'static str, summary: &'static str, summary_zh: &'static str, who: &'static str) -> Op {
    Op { id, tag: "safety plan", summary, summary_zh, who, problems: &[Code::DeclarationRequired] }
}

/// The routes.
pub fn routes() -> Routes {
    Routes::new()
        .get("/cases/{id}/safety-plan", view)
        .op(op("view_safety_plan", "Her safety plan as it stands", "查看现行安全计划", READS))
        .put("/cases/{id}/safety-plan", save)
        .op(op(
            "save_safety_plan",
            "Saves her safety plan anew; earlier versions stay",
            "保存安全计划;旧版本保留",
            "The owner's handler, deputy and supervisors, and assigned workers.",
        ))
        .get("/cases/{id}/safety-plan/versions", history)
        .op(op("list_safety_plan_versions", "Every version of her safety plan, newest first", "安全计划的各个版本", READS))
}
