//! `/agencies`.

use super::{AgencyFilter, AgencyView, ChangedAgency, NewAgency, steps, store};
use crate::access::can::{Administer, View};
use crate::access::{Ctx, Disclosed, Whole};
use crate::base::ids::AgencyId;
use crate::base::problem::{Code, Problem};
use crate::base::words::Action;
use crate::door::{Body, Created, IfMatch, List, Op, Page, Path, Query, Routes};

/// The list's name in its cursors.
const LIST: &str = "agencies";

/// `GET /agencies`: which agencies there are. Who may: whoever is signed in.
async fn list(ctx: Ctx, filter: Query<AgencyFilter>, page: Page) -> Result<Disclosed<List<AgencyView>>, Problem> {
    let (past, filter) = (page.past(LIST)?, filter.into_inner());
    ctx.gate()
        .read::<View, _, _, Problem, _>(&ctx, Whole, Action::ListAgencies, move |tx, _| {
            let rows = store::page(tx, filter.kind, past, page.with_one_more())?;
            let views = rows.into_iter().map(store::AgencyRow::view).collect();
            Ok(page.of(LIST, views, |view: &AgencyView| view.id))
        })
        .await
}

/// `GET /agencies/{id}`: one agency. Who may: whoever is signed in.
async fn view(ctx: Ctx, id: Path<AgencyId>) -> Result<Disclosed<AgencyView>, Problem> {
    ctx.gate().view::<AgencyView>(&ctx, *id).await
}

/// `POST /agencies`: enters an agency. Who may: the administrator.
async fn create(ctx: Ctx, body: Body<NewAgency>) -> Result<Disclosed<Created<AgencyView>>, Problem> {
    ctx.gate()
        .post::<Administer, _, _, Problem, _>(&ctx, Whole, Action::CreateAgency, move |tx, permit| {
            steps::create(tx, permit, &body).map(Created)
        })
        .await
}

/// `PATCH /agencies/{id}`: changes an agency. Who may: the administrator.
async fn change(
    ctx: Ctx,
    id: Path<AgencyId>,
    seen: IfMatch,
    body: Body<ChangedAgency>,
) -> Result<Disclosed<AgencyView>, Problem> {
    let at = (*id, seen.version()?);
    ctx.gate()
        .write::<Administer, _, _, _, _>(&ctx, *id, Action::ChangeAgency, move |tx, permit| steps::change(tx, permit, at, &body))
        .await
}

/// The routes.
pub fn routes() -> Routes {
    let op = |id, summary, summary_zh, who| Op { id, tag: "agencies", summary, summary_zh, who, problems: &[] };
    Routes::new()
        .get("/agencies", list)
        .op(op("list_agencies", "Lists the agencies", "列出机构", "whoever is signed in"))
        .get("/agencies/{id}", view)
        .op(op("view_agency", "Shows an agency", "查看机构", "whoever is signed in"))
        .post("/agencies", create)
        .op(Op { problems: &[Code::NotValid], ..op("create_agency", "Enters an agency", "登记机构", "the administrator") })
        .patch("/agencies/{id}", change)
        .op(op("change_agency", "Changes an agency; its kind stays", "修改机构(类型不可更改)", "the administrator"))
}
