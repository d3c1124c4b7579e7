//! `/cases/{id}/documents`.

use super::{AddDocument, DocumentView, reading, receiving, steps};
use crate::access::{Ctx, Disclosed, Within};
use crate::base::ids::{CaseId, DocumentId};
use crate::base::problem::{Code, Problem};
use crate::base::words::Action;
use crate::door::{Body, Created, Download, List, Op, Page, Path, Routes, Sent};

type Ids = Path<(CaseId, DocumentId)>;

/// `GET /cases/{id}/documents`. Who may: whoever looks at the case; they see those of which they read all facets, and their own.
async fn list(ctx: Ctx, id: Path<CaseId>, page: Page) -> Result<Disclosed<List<DocumentView>>, Problem> {
    ctx.gate().read(&ctx, *id, Action::ListDocuments, move |tx, permit| steps::list(tx, permit, &page)).await
}

/// `POST /cases/{id}/documents`. Who may: whoever's grant may write all its facets.
async fn add(ctx: Ctx, id: Path<CaseId>, body: Body<AddDocument>) -> Result<Disclosed<Created<DocumentView>>, Problem> {
    ctx.gate().post(&ctx, *id, Action::AddDocument, move |tx, permit| steps::add(tx, permit, &body).map(Created)).await
}

/// `GET /cases/{id}/documents/{document_id}`. Who may: whoever's grant includes all its facets.
async fn view(ctx: Ctx, ids: Ids) -> Result<Disclosed<DocumentView>, Problem> {
    let (case, id) = ids.into_inner();
    ctx.gate().read(&ctx, Within(case, id), Action::ViewDocument, move |tx, permit| steps::view(tx, permit, id)).await
}

/// `PUT …/{document_id}/content`. Who may: whoever announced it.
async fn fill(ctx: Ctx, ids: Ids, sent: Sent) -> Result<Disclosed<DocumentView>, Problem> {
    receiving::receive(&ctx, ids.into_inner(), sent).await
}

/// `GET …/{document_id}/content`. Who may: whoever's grant includes all its facets.
async fn read(ctx: Ctx, ids: Ids) -> Result<Disclosed<Download>, Problem> {
    let (case, id) = ids.into_inner();
    let (at, read) = (Within(case, id), Action::ReadDocument);
    let reading = ctx.gate().read(&ctx, at, read, move |tx, permit| steps::read(tx, permit, id)).await?;
    Ok(reading.map(|document| reading::download(ctx.gate(), document)))
}

const READERS: &str =
    "Whoever's grant includes all facets of the document; authors read back what was said to them in confidence.";

const fn look(id: &'static str, summary: &'static str, summary_zh: &'static str) -> Op {
    Op { id, tag: "documents", summary, summary_zh, who: READERS, problems: &[Code::DeclarationRequired] }
}

/// The routes.
pub fn routes() -> Routes {
    Routes::new()
        .get("/cases/{id}/documents", list)
        .op(look("list_documents", "Lists the documents one may read, newest first", "列出可查看的文书、附件"))
        .post("/cases/{id}/documents", add)
        .op(Op {
            id: "add_document",
            tag: "documents",
            summary: "Announces a document: its names, facets and length; its content is sent after, within a day",
            summary_zh: "登记文件(名称、内容范围、大小);一日内上传内容",
            who: "Whoever's grant may write all its facets.",
            problems: &[Code::DeclarationRequired],
        })
        .get("/cases/{id}/documents/{document_id}", view)
        .op(look("view_document", "What a document is", "查看文件信息"))
        .put("/cases/{id}/documents/{document_id}/content", fill)
        .op(Op {
            id: "fill_document",
            tag: "documents",
            summary: "Sends a document's content, once, as it is; what is refused leaves nothing behind",
            summary_zh: "上传文件内容(一次);被拒绝的内容不予保留",
            who: "Whoever announced it, while their grant may write all its facets.",
            problems: &[
                Code::DeclarationRequired,
                Code::IllegalStep,
                Code::NotValid,
                Code::MalwareFound,
                Code::ScannerUnavailable,
            ],
        })
        .get("/cases/{id}/documents/{document_id}/content", read)
        .op(look("read_document", "A document's content, always as an attachment", "下载文件内容"))
}
