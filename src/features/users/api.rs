//! `/users`.

use zeroize::Zeroizing;

use super::{ChangedUser, NewUser, SecretView, UserFilter, UserView, steps, store};
use crate::access::can::{Administer, Approve, View};
use crate::access::{Ctx, Disclosed, OfAgency, Permit, Resource, Whole};
use crate::base::db::Tx;
use crate::base::ids::{AgencyId, UserId};
use crate::base::problem::{Code, Problem};
use crate::base::words::{Action, Role};
use crate::door::{Body, Created, IfMatch, List, Op, Page, Path, Query, Routes};
use crate::identity::tokens::Secret;

/// The list's name in its cursors.
const LIST: &str = "users";

/// `GET /users`: accounts. Who may: one's own agency's, everybody; another's (`agency_id`), staff of an owner and the
/// administrator, who without `agency_id` sees all.
async fn list(ctx: Ctx, filter: Query<UserFilter>, page: Page) -> Result<Disclosed<List<UserView>>, Problem> {
    let (action, filter) = (Action::ListUsers, filter.into_inner());
    page.past::<UserId>(LIST)?;
    if let Some(agency) = filter.agency_id {
        let found = move |tx: &mut Tx<'_>, permit: &Permit<'_, View, _>| found(tx, permit, Some(agency), filter, &page);
        ctx.gate().read::<View, _, _, Problem, _>(&ctx, OfAgency(agency), action, found).await
    } else {
        let found = move |tx: &mut Tx<'_>, permit: &Permit<'_, View, _>| {
            let own = if permit.actor().has(Role::SystemAdmin) { None } else { Some(permit.agency()?) };
            found(tx, permit, own, filter, &page)
        };
        ctx.gate().read::<View, _, _, Problem, _>(&ctx, Whole, action, found).await
    }
}

fn found<R: Resource>(
    tx: &mut Tx<'_>,
    permit: &Permit<'_, View, R>,
    agency: Option<AgencyId>,
    filter: UserFilter,
    page: &Page,
) -> Result<List<UserView>, Problem> {
    let rows = store::page(tx, agency, filter.state, page.past(LIST)?, page.with_one_more())?;
    Ok(page.of(LIST, steps::views(tx, permit, rows)?, |view: &UserView| view.id))
}

/// `GET /users/{id}`: one account. Who may: colleagues, staff of an owner, the administrator.
async fn view(ctx: Ctx, id: Path<UserId>) -> Result<Disclosed<UserView>, Problem> {
    ctx.gate().view::<UserView>(&ctx, *id).await
}

/// `POST /users`: makes an account. Who may: the administrator.
async fn create(ctx: Ctx, body: Body<NewUser>) -> Result<Disclosed<Created<UserView>>, Problem> {
    ctx.gate()
        .post::<Administer, _, _, Problem, _>(&ctx, Whole, Action::CreateUser, move |tx, permit| {
            steps::create(tx, permit, &body).map(Created)
        })
        .await
}

/// `PATCH /users/{id}`: changes an account. Who may: the administrator.
async fn change(ctx: Ctx, id: Path<UserId>, seen: IfMatch, body: Body<ChangedUser>) -> Result<Disclosed<UserView>, Problem> {
    let at = (*id, seen.version()?);
    ctx.gate()
        .write::<Administer, _, _, _, _>(&ctx, *id, Action::ChangeUser, move |tx, permit| steps::change(tx, permit, at, &body))
        .await
}

/// `POST /users/{id}/confirm`: the account works from now on. Who may: a confirmed colleague; of a partner's first
/// account, a supervisor of an owner.
async fn confirm(ctx: Ctx, id: Path<UserId>, seen: IfMatch) -> Result<Disclosed<UserView>, Problem> {
    let at = (*id, seen.version()?);
    ctx.gate().post::<Approve, _, _, _, _>(&ctx, *id, Action::ConfirmUser, move |tx, permit| steps::confirm(tx, permit, at)).await
}

/// `POST /users/{id}/disable`: the account and its sessions end. Who may: the administrator, at once; a supervisor or
/// manager of the agency, once the cases are handed over.
async fn disable(ctx: Ctx, id: Path<UserId>, seen: IfMatch) -> Result<Disclosed<UserView>, Problem> {
    let at = (*id, seen.version()?);
    ctx.gate()
        .post::<Administer, _, _, _, _>(&ctx, *id, Action::DisableUser, move |tx, permit| steps::disable(tx, permit, at))
        .await
}

/// `POST /users/{id}/reset-password`: orders a one-time secret; the password ends. Who may: the administrator, who sees
/// no secret.
async fn reset_password(ctx: Ctx, id: Path<UserId>, seen: IfMatch) -> Result<Disclosed<UserView>, Problem> {
    let at = (*id, seen.version()?);
    ctx.gate()
        .post::<Administer, _, _, _, _>(&ctx, *id, Action::ResetPassword, move |tx, permit| steps::reset_password(tx, permit, at))
        .await
}

/// `POST /users/{id}/collect-secret`: shows the one-time secret that was ordered, once. Who may: a confirmed colleague;
/// for a partner's only account, a supervisor of an owner.
async fn collect_secret(ctx: Ctx, id: Path<UserId>, seen: IfMatch) -> Result<Disclosed<SecretView>, Problem> {
    let at = (*id, seen.version()?);
    let fresh = fresh(&ctx).await?;
    ctx.gate()
        .write::<Approve, _, _, _, _>(&ctx, *id, Action::CollectSecret, move |tx, permit| {
            steps::collect_secret(tx, permit, at, &fresh)
        })
        .await
}

/// A new secret with its hash. Whoever is not signed in costs no hash: the gate refuses them all the same.
async fn fresh(ctx: &Ctx) -> Result<steps::Fresh, Problem> {
    let text = Zeroizing::new(Secret::generate().map_err(|_| Problem::internal())?.text().to_owned());
    let known = ctx.gate().before_hashing(ctx, |_, actor| Ok(actor.user().is_some())).await?;
    let hash = if known { ctx.gate().pool().hash(text.clone()).await? } else { String::new() };
    Ok(steps::Fresh { text, hash })
}

/// The routes.
pub fn routes() -> Routes {
    let op = |id, summary, summary_zh, who| Op { id, tag: "users", summary, summary_zh, who, problems: &[] };
    let step = |id, summary, summary_zh, who| Op { problems: &[Code::IllegalStep], ..op(id, summary, summary_zh, who) };
    let listers = "one's own agency: everybody; another: staff of an owner; all: the administrator";
    let confirmers = "a confirmed colleague; of a partner's first account, a supervisor of an owner";
    Routes::new()
        .get("/users", list)
        .op(op("list_users", "Lists accounts", "列出账户", listers))
        .get("/users/{id}", view)
        .op(op("view_user", "Shows an account", "查看账户", "colleagues, staff of an owner, the administrator"))
        .post("/users", create)
        .op(op("create_user", "Makes an account", "建立账户", "the administrator"))
        .patch("/users/{id}", change)
        .op(op("change_user", "Changes an account's name or roles", "修改账户的姓名或角色", "the administrator"))
        .post("/users/{id}/confirm", confirm)
        .op(step("confirm_user", "Confirms an account", "确认账户", confirmers))
        .post("/users/{id}/disable", disable)
        .op(Op {
            problems: &[Code::IllegalStep, Code::Conflict],
            ..step("disable_user", "Disables an account", "停用账户", "the administrator; a supervisor or manager of the agency")
        })
        .post("/users/{id}/reset-password", reset_password)
        .op(step("reset_password", "Orders a one-time secret", "发起密码重置", "the administrator"))
        .post("/users/{id}/collect-secret", collect_secret)
        .op(step("collect_secret", "Shows a one-time secret, once", "领取一次性密码(仅显示一次)", confirmers))
}
