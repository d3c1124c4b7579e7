//! `/calendar.ics`, `/me/calendar-token`.

use schemars::JsonSchema;
use serde::Deserialize;

use super::{TokenView, file, steps};
use crate::access::can::Administer;
use crate::access::{Ctx, Disclosed, OwnAccount, OwnCalendar};
use crate::base::problem::{Code, Problem};
use crate::base::words::Action;
use crate::door::{Calendar, NoContent, Op, Query, Routes};
use crate::features::sessions;

/// Whose calendar.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ByToken {
    /// The private token, as `POST /me/calendar-token` showed it.
    #[serde(default)]
    #[schemars(length(min = 1, max = 200))]
    token: Option<String>,
}

/// `GET /calendar.ics?token=`. Who may: whoever holds the token.
async fn calendar(ctx: Ctx, by: Query<ByToken>) -> Result<Disclosed<Calendar>, Problem> {
    let ctx = ctx.by_calendar_token(by.token.as_deref().unwrap_or_default());
    // Asked beforehand, so that a wrong one leaves one entry, which counts.
    let known = ctx.gate().before_hashing(&ctx, |_, actor| Ok(actor.user().is_some())).await?;
    if !known {
        return Err(sessions::wrong_token(&ctx).await);
    }
    let shown = ctx
        .gate()
        .list(&ctx, OwnCalendar, Action::ViewCalendar, |tx, lister| {
            let events = steps::events(tx, lister)?;
            Ok::<_, Problem>(file::write(&events, tx.now()))
        })
        .await?;
    Ok(shown.map(Calendar))
}

/// `POST /me/calendar-token`. Who may: caseworkers, their own.
async fn make(ctx: Ctx) -> Result<Disclosed<TokenView>, Problem> {
    let step = Action::MakeCalendarToken;
    ctx.gate().write::<Administer, _, _, _, _>(&ctx, OwnAccount, step, steps::make).await
}

/// `DELETE /me/calendar-token`. Who may: caseworkers, their own.
async fn end(ctx: Ctx) -> Result<Disclosed<NoContent>, Problem> {
    let step = Action::EndCalendarToken;
    ctx.gate()
        .write::<Administer, _, _, _, _>(&ctx, OwnAccount, step, |tx, permit| steps::end(tx, permit).map(|()| NoContent))
        .await
}

/// The routes.
pub fn routes() -> Routes {
    let who = "Caseworkers: of their own calendar.";
    Routes::new()
        .get("/calendar.ics", calendar)
        .open()
        .op(Op {
            id: "view_calendar",
            tag: "desk",
            summary: "My deadlines and sessions as a calendar: times and case numbers only",
            summary_zh: "本人的时限与场次(日历格式),仅含时间与个案编号",
            who: "Whoever holds the private token of a caseworker's calendar.",
            problems: &[Code::Unauthenticated, Code::TooManyRequests],
        })
        .post("/me/calendar-token", make)
        .op(Op {
            id: "make_calendar_token",
            tag: "desk",
            summary: "Makes the private address of my calendar, shown this once; the one before ends",
            summary_zh: "生成本人日历的私密链接(仅显示一次);原链接随即失效",
            who,
            problems: &[],
        })
        .delete("/me/calendar-token", end)
        .op(Op {
            id: "end_calendar_token",
            tag: "desk",
            summary: "Ends the private address of my calendar",
            summary_zh: "终止本人日历的私密链接",
            who,
            problems: &[Code::NotFound],
        })
}
