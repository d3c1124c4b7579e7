//! `/cases/{id}/erasures`, `/notes/{id}/erasures`, `/cases/{id}/documents/{document_id}/erasures`.

use super::{ErasureView, ProposeErasure, steps};
use crate::access::{Ctx, Disclosed, Within};
use crate::base::ids::{CaseId, DocumentId, ErasureId, NoteId};
use crate::base::problem::{Code, Problem};
use crate::base::words::Action;
use crate::door::{Body, Created, IfMatch, List, Op, Page, Path, Routes};

type Ids = Path<(CaseId, ErasureId)>;

/// `GET /cases/{id}/erasures`. Who may: the owner; whoever proposed, their own.
async fn list(ctx: Ctx, id: Path<CaseId>, page: Page) -> Result<Disclosed<List<ErasureView>>, Problem> {
    ctx.gate().read(&ctx, *id, Action::ListErasures, move |tx, permit| steps::list(tx, permit, &page)).await
}

/// `GET /cases/{id}/erasures/{erasure_id}`. Who may: the owner; whoever proposed it.
async fn view(ctx: Ctx, ids: Ids) -> Result<Disclosed<ErasureView>, Problem> {
    let (case, id) = ids.into_inner();
    ctx.gate().read(&ctx, Within(case, id), Action::ViewErasure, move |tx, permit| steps::view(tx, permit, id)).await
}

/// `POST /cases/{id}/erasures`. Who may: the owner's handler, deputy and supervisors.
async fn propose(ctx: Ctx, id: Path<CaseId>, body: Body<ProposeErasure>) -> Result<Disclosed<Created<ErasureView>>, Problem> {
    ctx.gate().post(&ctx, *id, Action::ProposeErasure, move |tx, permit| steps::propose(tx, permit, &body).map(Created)).await
}

/// `POST /notes/{id}/erasures`. Who may: the note's author, and a supervisor of the owner who sees it.
async fn propose_note(
    ctx: Ctx,
    id: Path<NoteId>,
    body: Body<ProposeErasure>,
) -> Result<Disclosed<Created<ErasureView>>, Problem> {
    let (id, step) = (id.into_inner(), Action::ProposeNoteErasure);
    ctx.gate().post(&ctx, id, step, move |tx, permit| steps::propose_note(tx, permit, id, &body).map(Created)).await
}

/// `POST /cases/{id}/documents/{document_id}/erasures`. Who may: its author, and a supervisor of the owner who sees it.
async fn propose_document(
    ctx: Ctx,
    ids: Path<(CaseId, DocumentId)>,
    body: Body<ProposeErasure>,
) -> Result<Disclosed<Created<ErasureView>>, Problem> {
    let ((case, id), step) = (ids.into_inner(), Action::ProposeDocumentErasure);
    let propose = ctx
        .gate()
        .post(&ctx, Within(case, id), step, move |tx, permit| steps::propose_document(tx, permit, id, &body).map(Created));
    propose.await
}

/// `POST …/{erasure_id}/approve`. Who may: another of the owner's people than proposed it; one of the two supervises.
async fn approve(ctx: Ctx, ids: Ids, seen: IfMatch) -> Result<Disclosed<ErasureView>, Problem> {
    let ((case, id), seen) = (ids.into_inner(), seen.version()?);
    let step = Action::ApproveErasure;
    let done = ctx.gate().post(&ctx, Within(case, id), step, move |tx, permit| steps::approve(tx, permit, (id, seen))).await?;
    // The erasure stands; what fails here is made up for.
    ctx.gate().scrub_key_store().await;
    Ok(done)
}

/// `POST …/{erasure_id}/withdraw`. Who may: whoever proposed it; the owner's handler, deputy and supervisors.
async fn withdraw(ctx: Ctx, ids: Ids, seen: IfMatch) -> Result<Disclosed<ErasureView>, Problem> {
    let ((case, id), seen) = (ids.into_inner(), seen.version()?);
    let step = Action::WithdrawErasure;
    ctx.gate().post(&ctx, Within(case, id), step, move |tx, permit| steps::withdraw(tx, permit, (id, seen))).await
}

const fn op(id: &'static str, summary: &'static str, summary_zh: &'static str, who: &'static str) -> Op {
    Op {
        id,
        tag: "erasures",
        summary,
        summary_zh,
        who,
        problems: &[Code::DeclarationRequired, Code::IllegalStep, Code::Conflict],
    }
}

const fn look(id: &'static str, summary: &'static str, summary_zh: &'static str) -> Op {
    let who = "The owner's handler, deputy and supervisors; others what they proposed themselves.";
    Op { id, tag: "erasures", summary, summary_zh, who, problems: &[Code::DeclarationRequired] }
}

/// The routes.
pub fn routes() -> Routes {
    Routes::new()
        .get("/cases/{id}/erasures", list)
        .op(look("list_erasures", "What of the case is to be erased, or was, newest first", "本案的删除申请与记录"))
        .get("/cases/{id}/erasures/{erasure_id}", view)
        .op(look("view_erasure", "An erasure", "一项删除"))
        .post("/cases/{id}/erasures", propose)
        .op(op(
            "propose_erasure",
            "Proposes to erase a closed case: its retention has ended, or she asks for it",
            "提出删除已结个案:保存期满,或当事人依法要求",
            "The owner's handler, deputy and supervisors.",
        ))
        .post("/notes/{id}/erasures", propose_note)
        .op(op(
            "propose_note_erasure",
            "Proposes to erase one note: she asks for it, or it was entered in error",
            "提出删除一条记录:当事人依法要求,或误录",
            "The note's author; a supervisor of the owner who sees it.",
        ))
        .post("/cases/{id}/documents/{document_id}/erasures", propose_document)
        .op(op(
            "propose_document_erasure",
            "Proposes to erase one document: she asks for it, or it was entered in error",
            "提出删除一份文件:当事人依法要求,或误录",
            "The document's author; a supervisor of the owner who sees it.",
        ))
        .post("/cases/{id}/erasures/{erasure_id}/approve", approve)
        .op(op(
            "approve_erasure",
            "Approves an erasure, which is done by it: the key is destroyed",
            "批准删除:密钥随即销毁,内容不可恢复",
            "The owner's handler, deputy and supervisors, but never who proposed it; one of the two is a supervisor.",
        ))
        .post("/cases/{id}/erasures/{erasure_id}/withdraw", withdraw)
        .op(op(
            "withdraw_erasure",
            "Takes a proposal back, or does not go along with it",
            "撤回或不同意删除",
            "Whoever proposed it; the owner's handler, deputy and supervisors.",
        ))
}
