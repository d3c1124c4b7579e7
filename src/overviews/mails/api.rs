//! `/notifications/dead-letters`.

use super::DeadMailView;
use crate::access::can::{Administer, View};
use crate::access::{Again, Ctx, Disclosed, Mail, Permit, Whole};
use crate::base::db::Tx;
use crate::base::ids::MailId;
use crate::base::problem::{Code, Problem};
use crate::base::words::{Action, MailState};
use crate::door::{List, Op, Page, Path, Routes};
use crate::notify::outbox;

const LIST: &str = "dead_letters";

/// `GET /notifications/dead-letters`. Who may: the administrator.
async fn dead(ctx: Ctx, page: Page) -> Result<Disclosed<List<DeadMailView>>, Problem> {
    let past = page.past::<MailId>(LIST)?;
    ctx.gate()
        .read::<View, _, _, Problem, _>(&ctx, Whole, Action::ListDeadMail, move |tx, _| {
            let found = outbox::dead(tx, past, page.with_one_more())?.iter().map(view).collect();
            Ok(page.of(LIST, found, |mail: &DeadMailView| mail.id))
        })
        .await
}

/// `POST /notifications/dead-letters/{id}/resend`. Who may: the administrator.
async fn resend(ctx: Ctx, id: Path<MailId>) -> Result<Disclosed<DeadMailView>, Problem> {
    let id = *id;
    ctx.gate().post::<Administer, _, _, _, _>(&ctx, id, Action::ResendMail, move |tx, permit| again(tx, permit, id)).await
}

/// `dead → waits`: tried from now on as if it were new. Errors: 409 where it was not given up.
fn again(tx: &mut Tx<'_>, permit: &Permit<'_, Administer, Mail>, id: MailId) -> Result<DeadMailView, Problem> {
    let mail = outbox::find(tx, id)?.ok_or_else(Problem::not_found)?;
    match mail.state {
        MailState::Dead => {}
        state @ (MailState::Waits | MailState::Sent | MailState::Dropped) => {
            return Err(Problem::illegal_step(state.as_str(), "resend", []));
        }
    }
    let (state, next_at) = (MailState::Waits, Some(tx.now()));
    let mail = outbox::save(tx, outbox::Mail { state, next_at, attempts: 0, ended_at: None, ..mail })?;
    permit.changed("mail", id.as_str(), &["state"]);
    Ok(view(&mail))
}

fn view(mail: &outbox::Mail) -> DeadMailView {
    let outbox::Mail { id, user_id, kind, state, at, attempts, ended_at, reason, code, .. } = *mail;
    DeadMailView { id, user_id, kind, state, at, attempts, ended_at, reason, code }
}

impl Again for DeadMailView {
    type Key = MailId;
    const VIEW: Action = Action::ListDeadMail;
    fn key(&self) -> MailId {
        self.id
    }
    fn again(tx: &mut Tx<'_>, _: &Permit<'_, View, Mail>, key: MailId) -> Result<Self, Problem> {
        outbox::find(tx, key)?.as_ref().map(view).ok_or_else(Problem::not_found)
    }
}

/// The routes.
pub fn routes() -> Routes {
    Routes::new()
        .get("/notifications/dead-letters", dead)
        .op(Op {
            id: "list_dead_letters",
            tag: "desk",
            summary: "Mails that were given up, newest first; not what they are about",
            summary_zh: "投递失败的邮件,由近及远;不含所涉事项",
            who: "The administrator.",
            problems: &[],
        })
        .post("/notifications/dead-letters/{id}/resend", resend)
        .op(Op {
            id: "resend_dead_letter",
            tag: "desk",
            summary: "Has a mail that was given up sent again",
            summary_zh: "重新发送投递失败的邮件",
            who: "The administrator.",
            problems: &[Code::IllegalStep],
        })
}
