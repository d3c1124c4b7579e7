//! `/audit/checkpoint`, `/audit/keys`, `/audit/tile/…`, `/audit/entries/{id}/proof`, `/audit/witnesses`, `/audit/cosignatures`,
//! `/audit/objections`.

use super::{
    CosignatureView, LogKeyView, NewCosignature, NewObjection, NewWitness, OfSize, ReceiptView, UnderSize, WantedTile,
    WitnessView, steps, witnesses,
};
use crate::access::can::{Audit, View};
use crate::access::{Ctx, Disclosed, OwnAccount, TheAuditLog};
use crate::audit::log::tile::Kind;
use crate::base::ids::{EntryId, WitnessId};
use crate::base::problem::{Code, Problem};
use crate::base::words::Action;
use crate::door::{Body, Created, List, NoContent, Octets, Op, Page, Path, Query, Routes, Text};

/// `GET /audit/checkpoint`. Who may: auditors.
async fn checkpoint(ctx: Ctx) -> Result<Disclosed<Text>, Problem> {
    let shown = ctx.gate().read::<Audit, _, _, _, _>(&ctx, TheAuditLog, Action::ViewLog, steps::checkpoint).await?;
    Ok(shown.map(Text))
}

/// `GET /audit/keys`. Who may: auditors.
async fn keys(ctx: Ctx) -> Result<Disclosed<List<LogKeyView>>, Problem> {
    ctx.gate().read::<Audit, _, _, _, _>(&ctx, TheAuditLog, Action::ViewLog, steps::keys).await
}

/// `GET /audit/tile/{path}`. Who may: auditors, hashes; of `oversight`, entries too.
async fn tile(ctx: Ctx, path: Path<WantedTile>) -> Result<Disclosed<Octets>, Problem> {
    let path = path.0;
    let action = match path.kind {
        Kind::Hashes(_) => Action::ViewLog,
        Kind::Entries => Action::ViewLogEntries,
    };
    let read = ctx.gate().read::<Audit, _, _, _, _>(&ctx, TheAuditLog, action, move |tx, permit| steps::tile(tx, permit, path));
    Ok(read.await?.map(Octets))
}

/// `GET /audit/entries/{id}/proof?size=`. Who may: everybody, of their own accesses; auditors, of their agency's; `oversight`, of all.
async fn proof(ctx: Ctx, id: Path<EntryId>, under: Query<UnderSize>) -> Result<Disclosed<ReceiptView>, Problem> {
    let (id, size) = (*id, under.size);
    ctx.gate()
        .read::<View, _, _, _, _>(&ctx, OwnAccount, Action::ViewReceipt, move |tx, permit| steps::receipt(tx, permit, id, size))
        .await
}

/// `GET /audit/witnesses`. Who may: auditors.
async fn list(ctx: Ctx, page: Page) -> Result<Disclosed<List<WitnessView>>, Problem> {
    ctx.gate()
        .read::<Audit, _, _, _, _>(&ctx, TheAuditLog, Action::ViewLog, move |tx, permit| witnesses::list(tx, permit, &page))
        .await
}

/// `GET /audit/witnesses/{id}`. Who may: auditors.
async fn view(ctx: Ctx, id: Path<WitnessId>) -> Result<Disclosed<WitnessView>, Problem> {
    ctx.gate().view::<WitnessView>(&ctx, *id).await
}

/// `POST /audit/witnesses`. Who may: auditors, for their own agency.
async fn register(ctx: Ctx, body: Body<NewWitness>) -> Result<Disclosed<Created<WitnessView>>, Problem> {
    ctx.gate()
        .post::<Audit, _, _, _, _>(&ctx, TheAuditLog, Action::RegisterWitness, move |tx, permit| {
            witnesses::register(tx, permit, &body).map(Created)
        })
        .await
}

/// `POST /audit/witnesses/{id}/end`. Who may: auditors, their own agency's.
async fn end(ctx: Ctx, id: Path<WitnessId>) -> Result<Disclosed<WitnessView>, Problem> {
    let id = *id;
    ctx.gate().write::<Audit, _, _, _, _>(&ctx, id, Action::EndWitness, move |tx, permit| witnesses::end(tx, permit, id)).await
}

/// `POST /audit/cosignatures`. Who may: auditors, by a witness of their own agency.
async fn cosign(ctx: Ctx, body: Body<NewCosignature>) -> Result<Disclosed<NoContent>, Problem> {
    ctx.gate()
        .write::<Audit, _, _, _, _>(&ctx, TheAuditLog, Action::Cosign, move |tx, permit| {
            witnesses::cosign(tx, permit, &body).map(|()| NoContent)
        })
        .await
}

/// `GET /audit/cosignatures?size=`. Who may: auditors.
async fn cosignatures(ctx: Ctx, of: Query<OfSize>) -> Result<Disclosed<List<CosignatureView>>, Problem> {
    let size = of.size;
    ctx.gate()
        .read::<Audit, _, _, _, _>(&ctx, TheAuditLog, Action::ViewLog, move |tx, permit| {
            witnesses::cosignatures(tx, permit, size)
        })
        .await
}

/// `POST /audit/objections`. Who may: auditors, for a witness of their own agency.
async fn object(ctx: Ctx, body: Body<NewObjection>) -> Result<Disclosed<NoContent>, Problem> {
    ctx.gate()
        .write::<Audit, _, _, _, _>(&ctx, TheAuditLog, Action::ObjectToLog, move |tx, permit| {
            witnesses::object(tx, permit, &body).map(|()| NoContent)
        })
        .await
}

/// The routes.
pub fn routes() -> Routes {
    let op = |id, (summary, summary_zh), who, problems| Op { id, tag: "audit", summary, summary_zh, who, problems };
    let (any, own) = ("Auditors of any agency.", "Auditors, for their own agency.");
    Routes::new()
        .get("/audit/checkpoint", checkpoint)
        .op(op(
            "view_checkpoint",
            ("The newest checkpoint of the log (C2SP tlog-checkpoint), with its cosignatures", "审计日志最新检查点(含联署)"),
            any,
            &[Code::NotFound],
        ))
        .get("/audit/keys", keys)
        .op(op(
            "list_log_keys",
            ("The log's public keys, and the checkpoints by which each handed over to the next", "审计日志的公钥及其交接检查点"),
            any,
            &[],
        ))
        .get("/audit/tile/{*path}", tile)
        .op(op(
            "view_tile",
            ("A tile of the log (C2SP tlog-tiles): hashes, or a bundle of entries", "审计日志的分块(哈希或条目)"),
            "Auditors of any agency, hashes; entries, auditors of `oversight` alone.",
            &[],
        ))
        .get("/audit/entries/{id}/proof", proof)
        .op(op(
            "view_receipt",
            ("The proof that an access is in the log", "某次访问已载入审计日志的证明"),
            "Everybody, of their own accesses; auditors, of their agency's people's; `oversight`, of all.",
            &[Code::NotInLogYet],
        ))
        .get("/audit/witnesses", list)
        .op(op(
            "list_witnesses",
            ("Who cosigns the log, since when, and what they object to", "审计日志的见证及其异议"),
            any,
            &[],
        ))
        .get("/audit/witnesses/{id}", view)
        .op(op("view_witness", ("One witness", "单个见证"), any, &[]))
        .post("/audit/witnesses", register)
        .op(op(
            "register_witness",
            ("Names a key by which my agency cosigns the log", "登记本单位的见证密钥"),
            own,
            &[Code::Forbidden, Code::Conflict],
        ))
        .post("/audit/witnesses/{id}/end", end)
        .op(op("end_witness", ("Ends a key by which my agency cosigned", "终止本单位的见证密钥"), own, &[Code::Forbidden]))
        .post("/audit/cosignatures", cosign)
        .op(op(
            "cosign",
            ("Adds my agency's cosignature to a checkpoint (C2SP tlog-cosignature)", "为检查点添加本单位的联署"),
            own,
            &[Code::Forbidden, Code::NotFound],
        ))
        .get("/audit/cosignatures", cosignatures)
        .op(op("list_cosignatures", ("Which agencies cosigned a checkpoint", "某检查点的联署单位"), any, &[Code::NotFound]))
        .post("/audit/objections", object)
        .op(op(
            "object_to_log",
            ("Reports what my agency's witness would not cosign: a fork, a rollback", "报告见证异议(分叉或回滚)"),
            own,
            &[Code::Forbidden],
        ))
}
