//! `/desk`.

use super::{AcknowledgedView, DeskItemView, SeenView, steps};
use crate::access::can::Record;
use crate::access::{Ctx, Disclosed, OwnDesk};
use crate::base::ids::DeskItemId;
use crate::base::problem::{Code, Problem};
use crate::base::words::Action;
use crate::door::{List, Op, Page, Path, Routes};

/// `GET /desk`. Who may: everybody, their own.
async fn desk(ctx: Ctx, page: Page) -> Result<Disclosed<List<DeskItemView>>, Problem> {
    ctx.gate().list(&ctx, OwnDesk, Action::ViewDesk, move |tx, lister| steps::list(tx, lister, &page)).await
}

/// `POST /desk/{id}/seen`. Who may: whose entry it is; an agency's, those who may see its case.
async fn seen(ctx: Ctx, id: Path<DeskItemId>) -> Result<Disclosed<SeenView>, Problem> {
    let id = *id;
    let step = Action::ClearDeskItem;
    ctx.gate().post::<Record, _, _, _, _>(&ctx, id, step, move |tx, permit| steps::seen(tx, permit, id)).await
}

/// `POST /desk/{id}/acknowledge`. Who may: caseworkers whose entry it is; an agency's, those who may see its case.
async fn acknowledge(ctx: Ctx, id: Path<DeskItemId>) -> Result<Disclosed<AcknowledgedView>, Problem> {
    let id = *id;
    let step = Action::AcknowledgeCall;
    ctx.gate().post::<Record, _, _, _, _>(&ctx, id, step, move |tx, permit| steps::acknowledge(tx, permit, id)).await
}

/// `GET /notifications`. Who may: everybody, their own.
async fn notifications(ctx: Ctx, page: Page) -> Result<Disclosed<List<DeskItemView>>, Problem> {
    ctx.gate().list(&ctx, OwnDesk, Action::ListNotifications, move |tx, lister| steps::notifications(tx, lister, &page)).await
}

/// The routes.
pub fn routes() -> Routes {
    Routes::new()
        .get("/desk", desk)
        .op(Op {
            id: "view_desk",
            tag: "desk",
            summary: "What waits for me, by its deadline, the most overdue first; then the rest, oldest first",
            summary_zh: "待办事项,按时限排列,逾期在前;无时限者由远及近",
            who: "Whoever is signed in: what is for them, or for their agency and theirs to answer.",
            problems: &[],
        })
        .get("/notifications", notifications)
        .op(Op {
            id: "list_notifications",
            tag: "desk",
            summary: "What I was told, newest first; what was cleared too",
            summary_zh: "收到的通知,由近及远,含已清除者",
            who: "Whoever is signed in: what was for them, or for their agency and theirs to know.",
            problems: &[],
        })
        .post("/desk/{id}/seen", seen)
        .op(Op {
            id: "clear_desk_item",
            tag: "desk",
            summary: "Clears an entry that was only told",
            summary_zh: "清除一条仅供知悉的事项",
            who: "Whose entry it is; an agency's, those of its people who may see its case.",
            problems: &[Code::Conflict],
        })
        .post("/desk/{id}/acknowledge", acknowledge)
        .op(Op {
            id: "acknowledge_call",
            tag: "desk",
            summary: "Takes a call on: the roster is called no more for it",
            summary_zh: "确认由自己处理:不再呼叫值班人员",
            who: "Caseworkers whose entry it is; an agency's, those of its people who may see its case.",
            problems: &[Code::Conflict],
        })
}
