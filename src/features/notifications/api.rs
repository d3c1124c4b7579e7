//! `/me/notifications`.

use super::{MailWishes, MailWishesView, steps};
use crate::access::can::{Administer, View};
use crate::access::{Ctx, Disclosed, OwnAccount};
use crate::base::problem::Problem;
use crate::base::words::Action;
use crate::door::{Body, IfMatch, Op, Routes};

/// `GET /me/notifications`. Who may: everybody, their own.
async fn mine(ctx: Ctx) -> Result<Disclosed<MailWishesView>, Problem> {
    ctx.gate().read::<View, _, _, _, _>(&ctx, OwnAccount, Action::ViewMailWishes, steps::mine).await
}

/// `PUT /me/notifications`. Who may: everybody, their own.
async fn change(ctx: Ctx, seen: IfMatch, body: Body<MailWishes>) -> Result<Disclosed<MailWishesView>, Problem> {
    let seen = seen.version()?;
    let step = Action::ChangeMailWishes;
    ctx.gate()
        .write::<Administer, _, _, _, _>(&ctx, OwnAccount, step, move |tx, permit| steps::change(tx, permit, seen, &body))
        .await
}

/// The routes.
pub fn routes() -> Routes {
    let op = |id, summary, summary_zh| Op { id, tag: "desk", summary, summary_zh, who: "Whoever is signed in.", problems: &[] };
    Routes::new()
        .get("/me/notifications", mine)
        .op(op("view_mail_wishes", "How I hear by mail, and whether mail is on", "查看邮件提醒设置及邮件是否启用"))
        .put("/me/notifications", change)
        .op(op("change_mail_wishes", "Says how I want to hear by mail", "设置邮件提醒"))
}
