//! `/cases/{id}/mandatory-reports`.

use super::{Make, ReportView, steps};
use crate::access::{Again, Ctx, Disclosed, Within};
use crate::base::ids::{CaseId, MeasureId};
use crate::base::problem::{Code, Problem};
use crate::base::words::Action;
use crate::door::{Body, Created, List, Op, Page, Path, Routes};

/// `GET /cases/{id}/mandatory-reports`. Who may: whoever reads the facet `measures`.
async fn list(ctx: Ctx, case: Path<CaseId>, page: Page) -> Result<Disclosed<List<ReportView>>, Problem> {
    ctx.gate().read(&ctx, *case, Action::ListMandatoryReports, move |tx, permit| steps::page(tx, permit, &page)).await
}

/// `POST /cases/{id}/mandatory-reports`. Who may: whoever writes the facet `measures`.
async fn make(ctx: Ctx, case: Path<CaseId>, body: Body<Make>) -> Result<Disclosed<Created<ReportView>>, Problem> {
    ctx.gate().post(&ctx, *case, Action::MakeMandatoryReport, move |tx, permit| steps::make(tx, permit, &body)).await
}

/// `GET /cases/{id}/mandatory-reports/{mid}`. Who may: whoever reads the facet `measures`.
async fn view(ctx: Ctx, ids: Path<(CaseId, MeasureId)>) -> Result<Disclosed<ReportView>, Problem> {
    let (case, id) = *ids;
    let action = Action::ViewMandatoryReport;
    ctx.gate().read(&ctx, Within(case, id), action, move |tx, permit| ReportView::again(tx, permit, id)).await
}

const READS: &str = "Whoever reads the facet `measures` of the case.";
const WRITES: &str = "Whoever may write the facet `measures`: the owner, an assigned worker, an agency that the law obliges.";

const fn op(id: &'static str, summary: &'static str, summary_zh: &'static str, who: &'static str) -> Op {
    Op { id, tag: "measures", summary, summary_zh, who, problems: &[Code::DeclarationRequired] }
}

/// The routes of mandatory reports.
pub fn routes() -> Routes {
    Routes::new()
        .get("/cases/{id}/mandatory-reports", list)
        .op(op("list_mandatory_reports", "Lists reports that the law demands", "列出强制报告", READS))
        .post("/cases/{id}/mandatory-reports", make)
        .op(Op {
            problems: &[Code::DeclarationRequired, Code::IllegalStep],
            ..op(
                "make_mandatory_report",
                "Records a report to the police; no consent is asked, and the station sees the least it needs",
                "登记向公安机关的强制报告;无须同意,派出所获得履职所需的最少内容",
                WRITES,
            )
        })
        .get("/cases/{id}/mandatory-reports/{mid}", view)
        .op(op("view_mandatory_report", "Shows a report", "查看强制报告", READS))
}
