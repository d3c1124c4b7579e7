//! `/cases/{id}/notes`, `/notes/{id}`.

use super::{AddNote, Amend, NoteFilter, NoteView, SealedNote, steps};
use crate::access::{Ctx, Disclosed};
use crate::base::ids::{CaseId, NoteId};
use crate::base::problem::{Code, Problem};
use crate::base::words::Action;
use crate::door::{Body, Created, List, Op, Page, Path, Query, Routes};

/// `GET /cases/{id}/notes`. Who may: whoever looks at the case; they see the notes of their facets, and their own.
async fn list(ctx: Ctx, id: Path<CaseId>, filter: Query<NoteFilter>, page: Page) -> Result<Disclosed<List<NoteView>>, Problem> {
    ctx.gate().read(&ctx, *id, Action::ListNotes, move |tx, permit| steps::list(tx, permit, &filter, &page)).await
}

/// `POST /cases/{id}/notes`. Who may: whoever's grant may write the kind's facet.
async fn add(ctx: Ctx, id: Path<CaseId>, body: Body<AddNote>) -> Result<Disclosed<Created<NoteView>>, Problem> {
    ctx.gate().post(&ctx, *id, Action::AddNote, move |tx, permit| steps::add(tx, permit, &body).map(Created)).await
}

/// `GET /cases/{id}/notes/{note_id}`. Who may: whoever's grant includes its facet, and its author.
async fn view(ctx: Ctx, ids: Path<(CaseId, NoteId)>) -> Result<Disclosed<NoteView>, Problem> {
    let ids = ids.into_inner();
    ctx.gate().read(&ctx, ids.1, Action::ViewNote, move |tx, permit| steps::view(tx, permit, ids)).await
}

/// `POST /notes/{id}/amendments`. Who may: its author, and whoever sees it and may write its facet.
async fn amend(ctx: Ctx, id: Path<NoteId>, body: Body<Amend>) -> Result<Disclosed<Created<NoteView>>, Problem> {
    let id = id.into_inner();
    ctx.gate().post(&ctx, id, Action::AmendNote, move |tx, permit| steps::amend(tx, permit, id, &body).map(Created)).await
}

/// `POST /notes/{id}/seal`. Who may: its author; the owner's handler, deputy and supervisors, who see it.
async fn seal(ctx: Ctx, id: Path<NoteId>) -> Result<Disclosed<SealedNote>, Problem> {
    let id = id.into_inner();
    ctx.gate().post(&ctx, id, Action::SealNote, move |tx, permit| steps::seal(tx, permit, id)).await
}

const READERS: &str = "Whoever's grant includes the note's facet; authors, their own.";

const fn op(id: &'static str, summary: &'static str, summary_zh: &'static str, who: &'static str) -> Op {
    Op { id, tag: "notes", summary, summary_zh, who, problems: &[Code::DeclarationRequired] }
}

/// The routes of notes.
pub fn routes() -> Routes {
    Routes::new()
        .get("/cases/{id}/notes", list)
        .op(op("list_notes", "Lists the notes one may read, newest first", "列出可查看的个案记录", READERS))
        .post("/cases/{id}/notes", add)
        .op(op("add_note", "Adds a note under its kind's facet", "添加个案记录", "Whoever's grant may write the kind's facet."))
        .get("/cases/{id}/notes/{note_id}", view)
        .op(op("view_note", "Shows a note", "查看个案记录", READERS))
        .post("/notes/{id}/amendments", amend)
        .op(op(
            "amend_note",
            "Adds an amendment, a note of the same kind and facet that points at the original",
            "补充或更正个案记录",
            "The note's author; whoever reads and may write its facet.",
        ))
        .post("/notes/{id}/seal", seal)
        .op(Op {
            problems: &[Code::DeclarationRequired, Code::IllegalStep],
            ..op(
                "seal_note",
                "Seals a note that stands under the wrong facet, and its amendments, into `confidential`; its text is not touched",
                "将记录转入保密内容",
                "The note's author; the owner's handler, deputy and supervisors.",
            )
        })
}
