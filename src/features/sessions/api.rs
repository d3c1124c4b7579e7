//! `/sessions`, `/me`.

use super::{ChangePassword, Me, Refresh, SessionView, Sessions, SignIn, SignedIn, password, sign_in, steps, store};
use crate::access::can::{Administer, View};
use crate::access::{Ctx, Disclosed, OwnAccount, OwnSessions};
use crate::base::ids::SessionId;
use crate::base::problem::{Code, Problem};
use crate::base::words::Action;
use crate::door::{Body, NoContent, Op, Page, Path, Routes};

/// The list's name in its cursors.
const LIST: &str = "sessions";

/// `POST /sessions`: signs in. Who may: anybody.
async fn sign_in(ctx: Ctx, body: Body<SignIn>) -> Result<Disclosed<SignedIn>, Problem> {
    sign_in::sign_in(&ctx, &body).await
}

/// `POST /sessions/refresh`: trades a refresh token. Who may: whoever holds it.
async fn refresh(ctx: Ctx, body: Body<Refresh>) -> Result<Disclosed<SignedIn>, Problem> {
    let (ctx, gate) = (ctx.as_visitor(), ctx.gate().clone());
    let traded =
        ctx.gate().write::<Administer, _, _, Problem, _>(&ctx, OwnSessions, Action::RefreshSession, move |tx, permit| {
            steps::refresh(tx, permit, &gate, &body.refresh_token)
        });
    traded.await?.some::<SignedIn>().ok_or_else(Problem::unauthenticated)
}

/// `DELETE /sessions/current`: signs out. Who may: the session's user.
async fn end_current(ctx: Ctx) -> Result<Disclosed<NoContent>, Problem> {
    ctx.gate()
        .write::<Administer, _, _, Problem, _>(&ctx, OwnSessions, Action::EndSession, |tx, permit| {
            let session = steps::current(permit.actor()).ok_or_else(Problem::unauthenticated)?;
            steps::end(tx, permit, session).map(|()| NoContent)
        })
        .await
}

/// `DELETE /sessions/{id}`: ends a session. Who may: its user, the administrator.
async fn end(ctx: Ctx, id: Path<SessionId>) -> Result<Disclosed<NoContent>, Problem> {
    let id = *id;
    ctx.gate()
        .write::<Administer, _, _, _, _>(&ctx, id, Action::EndSession, move |tx, permit| {
            steps::end(tx, permit, id).map(|()| NoContent)
        })
        .await
}

/// `GET /sessions`: one's own live sessions. Who may: whoever is signed in.
async fn list(ctx: Ctx, page: Page) -> Result<Disclosed<Sessions>, Problem> {
    let past = page.past(LIST)?;
    ctx.gate()
        .read::<View, _, _, Problem, _>(&ctx, OwnSessions, Action::ListSessions, move |tx, permit| {
            let rows = store::page(tx, permit.user()?, past, page.with_one_more())?;
            let current = steps::current(permit.actor());
            let views = rows.into_iter().map(|row| steps::view(row, current)).collect();
            Ok(page.of(LIST, views, |view: &SessionView| view.id))
        })
        .await
}

/// `GET /me`: oneself. Who may: whoever is signed in.
async fn me(ctx: Ctx) -> Result<Disclosed<Me>, Problem> {
    ctx.gate().read::<View, _, _, _, _>(&ctx, OwnAccount, Action::ViewMe, steps::me).await
}

/// `PUT /me/password`: chooses a password. Who may: whoever is signed in and knows the one until now.
async fn change_password(ctx: Ctx, body: Body<ChangePassword>) -> Result<Disclosed<NoContent>, Problem> {
    password::change(&ctx, body.into_inner()).await
}

/// The routes.
pub fn routes() -> Routes {
    let op = |id, summary, summary_zh, who| Op { id, tag: "sessions", summary, summary_zh, who, problems: &[] };
    let everybody = "whoever is signed in";
    Routes::new()
        .post("/sessions", sign_in)
        .open()
        .op(Op {
            problems: &[Code::WrongCredentials, Code::TooManyRequests, Code::NotValid, Code::Overloaded],
            ..op("sign_in", "Signs in", "登录", "anybody")
        })
        .post("/sessions/refresh", refresh)
        .open()
        .op(Op {
            problems: &[Code::Unauthenticated],
            ..op("refresh_session", "Trades a refresh token, once", "换取新令牌(仅一次)", "whoever holds the token")
        })
        .delete("/sessions/current", end_current)
        .op(op("end_current_session", "Signs out", "退出登录", everybody))
        .delete("/sessions/{id}", end)
        .op(op("end_session", "Ends a session at once", "立即结束会话", "its user, the administrator"))
        .get("/sessions", list)
        .op(op("list_sessions", "Lists one's own live sessions", "列出本人的有效会话", everybody))
        .get("/me", me)
        .op(op("view_me", "Shows oneself and what one may do", "查看本人及可执行的操作", everybody))
        .put("/me/password", change_password)
        .op(Op {
            problems: &[Code::TooManyRequests, Code::NotValid, Code::Overloaded],
            ..op("change_password", "Chooses a password; other sessions end", "设置密码;其他会话随即结束", everybody)
        })
}
