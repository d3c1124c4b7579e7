//! `/providers`.

use super::store::At;
use super::{ChangeService, NewService, ProviderFilter, ProviderView, ServiceView, steps};
use crate::access::can::{Administer, View};
use crate::access::{Again, Ctx, Disclosed, Whole};
use crate::base::ids::{ProviderId, ProviderServiceId};
use crate::base::problem::{Code, Problem};
use crate::base::words::Action;
use crate::door::{Body, Created, IfMatch, List, Op, Page, Path, Query, Routes};

/// `GET /providers`. Who may: caseworkers.
async fn list(ctx: Ctx, filter: Query<ProviderFilter>, page: Page) -> Result<Disclosed<List<ProviderView>>, Problem> {
    let filter = filter.into_inner();
    ctx.gate()
        .read::<View, _, _, _, _>(&ctx, Whole, Action::ListProviders, move |tx, permit| steps::list(tx, permit, &filter, &page))
        .await
}

/// `GET /providers/{id}`. Who may: caseworkers.
async fn view(ctx: Ctx, id: Path<ProviderId>) -> Result<Disclosed<ProviderView>, Problem> {
    ctx.gate().view::<ProviderView>(&ctx, *id).await
}

/// `POST /providers/{id}/services`. Who may: the provider's manager or liaison; supervisors of owners.
async fn add(ctx: Ctx, id: Path<ProviderId>, body: Body<NewService>) -> Result<Disclosed<Created<ServiceView>>, Problem> {
    let id = id.into_inner();
    ctx.gate()
        .post::<Administer, _, _, _, _>(&ctx, id, Action::AddService, move |tx, permit| {
            steps::add(tx, permit, id, &body).map(Created)
        })
        .await
}

/// `GET /providers/{id}/services/{service_id}`. Who may: caseworkers.
async fn view_service(ctx: Ctx, at: Path<(ProviderId, ProviderServiceId)>) -> Result<Disclosed<ServiceView>, Problem> {
    let (provider, id) = at.into_inner();
    ctx.gate()
        .read::<View, _, _, _, _>(&ctx, At(provider, id), Action::ViewProvider, move |tx, permit| {
            ServiceView::again(tx, permit, id)
        })
        .await
}

/// `PATCH /providers/{id}/services/{service_id}`. Who may: as for `POST`.
async fn change(
    ctx: Ctx,
    at: Path<(ProviderId, ProviderServiceId)>,
    seen: IfMatch,
    body: Body<ChangeService>,
) -> Result<Disclosed<ServiceView>, Problem> {
    let ((provider, id), version) = (at.into_inner(), seen.version()?);
    ctx.gate()
        .write::<Administer, _, _, _, _>(&ctx, At(provider, id), Action::ChangeService, move |tx, permit| {
            steps::change(tx, permit, (id, version), &body)
        })
        .await
}

/// `POST /providers/{id}/services/{service_id}/retire`. Who may: as for `POST`.
async fn retire(ctx: Ctx, at: Path<(ProviderId, ProviderServiceId)>, seen: IfMatch) -> Result<Disclosed<ServiceView>, Problem> {
    let ((provider, id), version) = (at.into_inner(), seen.version()?);
    ctx.gate()
        .post::<Administer, _, _, _, _>(&ctx, At(provider, id), Action::RetireService, move |tx, permit| {
            steps::retire(tx, permit, (id, version))
        })
        .await
}

/// The routes.
pub fn routes() -> Routes {
    let op = |id, (summary, summary_zh), who, problems| Op { id, tag: "providers", summary, summary_zh, who, problems };
    let (readers, looks): (_, &[Code]) = ("Caseworkers.", &[Code::Forbidden]);
    let keepers = "The provider's manager or liaison; supervisors of agencies that may own cases.";
    let changes: &[Code] = &[Code::Forbidden, Code::Conflict];
    Routes::new()
        .get("/providers", list)
        .op(op("list_providers", ("Which providers give which help, where", "查阅服务机构名录"), readers, looks))
        .get("/providers/{id}", view)
        .op(op("view_provider", ("A provider with its services and licences", "查看服务机构"), readers, looks))
        .post("/providers/{id}/services", add)
        .op(op("add_service", ("Enters a service of a provider", "登记服务"), keepers, changes))
        .get("/providers/{id}/services/{service_id}", view_service)
        .op(op("view_service", ("Shows a provider's service", "查看服务"), readers, looks))
        .patch("/providers/{id}/services/{service_id}", change)
        .op(op("change_service", ("Changes a service; its kind stays", "变更服务(类别不可更改)"), keepers, changes))
        .post("/providers/{id}/services/{service_id}/retire", retire)
        .op(op("retire_service", ("Takes a service out of the directory", "撤下服务"), keepers, changes))
}
