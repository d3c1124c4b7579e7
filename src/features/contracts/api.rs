//! `/contracts`.

use super::usage::UsageView;
use super::{ChangeContract, ContractView, Evaluate, EvaluationView, NewContract, steps};
use crate::access::{Ctx, Disclosed, Whole};
use crate::base::ids::ContractId;
use crate::base::problem::{Code, Problem};
use crate::base::words::Action;
use crate::door::{Body, Created, IfMatch, List, Op, Page, Path, Routes};

/// `POST /contracts`. Who may: a supervisor of the buyer.
async fn create(ctx: Ctx, body: Body<NewContract>) -> Result<Disclosed<Created<ContractView>>, Problem> {
    ctx.gate().post(&ctx, Whole, Action::CreateContract, move |tx, permit| steps::create(tx, permit, &body).map(Created)).await
}

/// `GET /contracts`. Who may: staff and supervisors of the buyer; managers of the provider.
async fn list(ctx: Ctx, page: Page) -> Result<Disclosed<List<ContractView>>, Problem> {
    ctx.gate().read(&ctx, Whole, Action::ListContracts, move |tx, permit| steps::list(tx, permit, &page)).await
}

/// `GET /contracts/{id}`. Who may: as above.
async fn view(ctx: Ctx, id: Path<ContractId>) -> Result<Disclosed<ContractView>, Problem> {
    ctx.gate().view(&ctx, *id).await
}

/// `PATCH /contracts/{id}`: while it is planned. Who may: a supervisor of the buyer.
async fn change(
    ctx: Ctx,
    id: Path<ContractId>,
    seen: IfMatch,
    body: Body<ChangeContract>,
) -> Result<Disclosed<ContractView>, Problem> {
    let (id, seen) = (id.into_inner(), seen.version()?);
    ctx.gate().write(&ctx, id, Action::ChangeContract, move |tx, permit| steps::change(tx, permit, (id, seen), &body)).await
}

/// `POST /contracts/{id}/activate`. Who may: a supervisor of the buyer.
async fn activate(ctx: Ctx, id: Path<ContractId>, seen: IfMatch) -> Result<Disclosed<ContractView>, Problem> {
    let (id, seen) = (id.into_inner(), seen.version()?);
    ctx.gate().post(&ctx, id, Action::ActivateContract, move |tx, permit| steps::activate(tx, permit, id, seen)).await
}

/// `POST /contracts/{id}/end`. Who may: a supervisor of the buyer.
async fn end(ctx: Ctx, id: Path<ContractId>, seen: IfMatch) -> Result<Disclosed<ContractView>, Problem> {
    let (id, seen) = (id.into_inner(), seen.version()?);
    ctx.gate().post(&ctx, id, Action::EndContract, move |tx, permit| steps::end(tx, permit, id, seen)).await
}

/// `GET /contracts/{id}/usage`. Who may: as `GET /contracts/{id}`.
async fn usage(ctx: Ctx, id: Path<ContractId>) -> Result<Disclosed<UsageView>, Problem> {
    let id = id.into_inner();
    ctx.gate().read(&ctx, id, Action::ViewUsage, move |tx, permit| steps::usage(tx, permit, id)).await
}

/// `POST /contracts/{id}/evaluations`: once a period. Who may: a supervisor of the buyer.
async fn evaluate(ctx: Ctx, id: Path<ContractId>, body: Body<Evaluate>) -> Result<Disclosed<Created<EvaluationView>>, Problem> {
    let id = id.into_inner();
    ctx.gate()
        .post(&ctx, id, Action::EvaluateContract, move |tx, permit| steps::evaluate(tx, permit, id, &body).map(Created))
        .await
}

/// `GET /contracts/{id}/evaluations`. Who may: as `GET /contracts/{id}`.
async fn evaluations(ctx: Ctx, id: Path<ContractId>, page: Page) -> Result<Disclosed<List<EvaluationView>>, Problem> {
    let id = id.into_inner();
    ctx.gate().read(&ctx, id, Action::ListEvaluations, move |tx, permit| steps::list_evaluations(tx, permit, id, &page)).await
}

const SUPERVISORS: &str = "Supervisors of the buying agency.";
const BOTH: &str = "Staff and supervisors of the buying agency; managers of the provider.";

const fn op(id: &'static str, summary: &'static str, summary_zh: &'static str, who: &'static str) -> Op {
    Op { id, tag: "contracts", summary, summary_zh, who, problems: &[] }
}

/// The routes of contracts.
pub fn routes() -> Routes {
    Routes::new()
        .get("/contracts", list)
        .op(op("list_contracts", "Lists the agency's contracts, newest first", "列出本单位的合同", BOTH))
        .post("/contracts", create)
        .op(Op {
            problems: &[Code::Conflict],
            ..op("create_contract", "Enters a planned contract with a provider", "登记拟签合同", SUPERVISORS)
        })
        .get("/contracts/{id}", view)
        .op(op("view_contract", "Shows a contract", "查看合同", BOTH))
        .patch("/contracts/{id}", change)
        .op(Op {
            problems: &[Code::Conflict, Code::IllegalStep],
            ..op("change_contract", "Changes a planned contract", "修改拟签合同", SUPERVISORS)
        })
        .post("/contracts/{id}/activate", activate)
        .op(Op {
            problems: &[Code::Conflict, Code::IllegalStep],
            ..op(
                "activate_contract",
                "Puts a contract in force, with its data-protection terms signed and within its days",
                "合同生效",
                SUPERVISORS,
            )
        })
        .post("/contracts/{id}/end", end)
        .op(Op {
            problems: &[Code::Conflict, Code::IllegalStep],
            ..op("end_contract", "Ends a contract under which nobody is assigned any more", "终止合同", SUPERVISORS)
        })
        .get("/contracts/{id}/evaluations", evaluations)
        .op(op("list_evaluations", "Lists a contract's evaluations, newest first", "列出合同评价", BOTH))
        .post("/contracts/{id}/evaluations", evaluate)
        .op(Op {
            problems: &[Code::Conflict],
            ..op(
                "evaluate_contract",
                "Evaluates a contract's service in a period that is over, once",
                "评价合同履行",
                SUPERVISORS,
            )
        })
        .get("/contracts/{id}/usage", usage)
        .op(op(
            "view_usage",
            "Shows what a contract has delivered by line, month and worker, against its quota and its term",
            "查看合同用量",
            BOTH,
        ))
}
