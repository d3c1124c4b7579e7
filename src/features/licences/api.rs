//! `/providers/{id}/licences`.

use super::store::At;
use super::{ChangeLicence, LicenceView, NewLicence, steps};
use crate::access::can::{Administer, View};
use crate::access::{Again, Ctx, Disclosed};
use crate::base::ids::{LicenceId, ProviderId};
use crate::base::problem::{Code, Problem};
use crate::base::words::Action;
use crate::door::{Body, Created, IfMatch, Op, Path, Routes};

/// `POST /providers/{id}/licences`. Who may: the provider's manager or liaison; supervisors of owners.
async fn add(ctx: Ctx, id: Path<ProviderId>, body: Body<NewLicence>) -> Result<Disclosed<Created<LicenceView>>, Problem> {
    let id = id.into_inner();
    ctx.gate()
        .post::<Administer, _, _, _, _>(&ctx, id, Action::AddLicence, move |tx, permit| {
            steps::add(tx, permit, id, &body).map(Created)
        })
        .await
}

/// `GET /providers/{id}/licences/{licence_id}`. Who may: caseworkers.
async fn view(ctx: Ctx, at: Path<(ProviderId, LicenceId)>) -> Result<Disclosed<LicenceView>, Problem> {
    let (provider, id) = at.into_inner();
    ctx.gate()
        .read::<View, _, _, _, _>(&ctx, At(provider, id), Action::ViewProvider, move |tx, permit| {
            LicenceView::again(tx, permit, id)
        })
        .await
}

/// `PATCH /providers/{id}/licences/{licence_id}`. Who may: as above for `POST`.
async fn change(
    ctx: Ctx,
    at: Path<(ProviderId, LicenceId)>,
    seen: IfMatch,
    body: Body<ChangeLicence>,
) -> Result<Disclosed<LicenceView>, Problem> {
    let ((provider, id), version) = (at.into_inner(), seen.version()?);
    ctx.gate()
        .write::<Administer, _, _, _, _>(&ctx, At(provider, id), Action::ChangeLicence, move |tx, permit| {
            steps::change(tx, permit, (id, version), &body)
        })
        .await
}

/// `POST /providers/{id}/licences/{licence_id}/retire`. Who may: as above for `POST`.
async fn retire(ctx: Ctx, at: Path<(ProviderId, LicenceId)>, seen: IfMatch) -> Result<Disclosed<LicenceView>, Problem> {
    let ((provider, id), version) = (at.into_inner(), seen.version()?);
    ctx.gate()
        .post::<Administer, _, _, _, _>(&ctx, At(provider, id), Action::RetireLicence, move |tx, permit| {
            steps::retire(tx, permit, (id, version))
        })
        .await
}

/// The routes.
pub fn routes() -> Routes {
    let op = |id, (summary, summary_zh), who, problems| Op { id, tag: "providers", summary, summary_zh, who, problems };
    let keepers = "The provider's manager or liaison; supervisors of agencies that may own cases.";
    let changes: &[Code] = &[Code::Forbidden, Code::Conflict];
    Routes::new()
        .post("/providers/{id}/licences", add)
        .op(op("add_licence", ("Enters a provider's licence", "登记机构资质"), keepers, changes))
        .get("/providers/{id}/licences/{licence_id}", view)
        .op(op("view_licence", ("Shows a provider's licence", "查看机构资质"), "Caseworkers.", &[Code::Forbidden]))
        .patch("/providers/{id}/licences/{licence_id}", change)
        .op(op("change_licence", ("Changes a licence: it was extended", "变更资质(续期)"), keepers, changes))
        .post("/providers/{id}/licences/{licence_id}/retire", retire)
        .op(op("retire_licence", ("Takes a licence out of the directory", "撤下资质"), keepers, changes))
}
