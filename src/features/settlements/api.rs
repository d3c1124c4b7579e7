//! `/contracts/{id}/settlement`.

use super::store::MonthOf;
use super::{SettlementView, Sign, Which, steps};
use crate::access::{Ctx, Disclosed};
use crate::base::ids::ContractId;
use crate::base::problem::{Code, Problem};
use crate::base::words::{Action, Format};
use crate::door::{Body, IfMatch, InFormat, Op, Path, Query, Routes};

/// `GET /contracts/{id}/settlement`. Who may: staff and supervisors of the buyer; managers of the provider.
async fn view(ctx: Ctx, id: Path<ContractId>, which: Query<Which>) -> Result<Disclosed<InFormat<SettlementView>>, Problem> {
    let (id, Which { month, format }) = (id.into_inner(), which.into_inner());
    ctx.gate()
        .read(&ctx, id, Action::ViewSettlement, move |tx, permit| {
            steps::view(tx, permit, id, month).map(|view| InFormat(format.unwrap_or(Format::Json), view))
        })
        .await
}

/// `POST /contracts/{id}/settlement/sign`. Who may: a manager of the provider.
async fn sign(ctx: Ctx, id: Path<ContractId>, seen: IfMatch, body: Body<Sign>) -> Result<Disclosed<SettlementView>, Problem> {
    let (this, seen) = (MonthOf(id.into_inner(), body.month), seen.into_inner());
    ctx.gate().post(&ctx, this, Action::SignSettlement, move |tx, permit| steps::sign(tx, permit, this, &seen)).await
}

/// `POST /contracts/{id}/settlement/countersign`. Who may: a supervisor of the buyer.
async fn countersign(
    ctx: Ctx,
    id: Path<ContractId>,
    seen: IfMatch,
    body: Body<Sign>,
) -> Result<Disclosed<SettlementView>, Problem> {
    let (this, seen) = (MonthOf(id.into_inner(), body.month), seen.into_inner());
    ctx.gate()
        .post(&ctx, this, Action::CountersignSettlement, move |tx, permit| steps::countersign(tx, permit, this, &seen))
        .await
}

const BOTH: &str = "Staff and supervisors of the buying agency; managers of the provider.";

const fn op(id: &'static str, summary: &'static str, summary_zh: &'static str, who: &'static str) -> Op {
    Op { id, tag: "contracts", summary, summary_zh, who, problems: &[] }
}

/// The routes of settlements.
pub fn routes() -> Routes {
    Routes::new()
        .get("/contracts/{id}/settlement", view)
        .op(Op {
            problems: &[Code::Conflict],
            ..op(
                "view_settlement",
                "What a contract's month comes to, line by line, as JSON, CSV or a spreadsheet",
                "查看月度结算",
                BOTH,
            )
        })
        .post("/contracts/{id}/settlement/sign", sign)
        .op(Op {
            problems: &[Code::Conflict, Code::IllegalStep],
            ..op(
                "sign_settlement",
                "Signs a month that is over: its lines never change again",
                "签署月度结算",
                "Managers of the provider.",
            )
        })
        .post("/contracts/{id}/settlement/countersign", countersign)
        .op(Op {
            problems: &[Code::Conflict, Code::IllegalStep],
            ..op("countersign_settlement", "Countersigns a month", "会签月度结算", "Supervisors of the buying agency.")
        })
}
