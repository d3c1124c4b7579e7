//! `/audit/entries`.

use super::{EntryView, Wanted, steps};
use crate::access::can::Audit;
use crate::access::{Ctx, Disclosed, TheAuditLog};
use crate::base::problem::Problem;
use crate::base::words::Action;
use crate::door::{List, Op, Page, Query, Routes};

/// `GET /audit/entries`. Who may: auditors, their agency's people; `oversight`, all.
async fn entries(ctx: Ctx, wanted: Query<Wanted>, page: Page) -> Result<Disclosed<List<EntryView>>, Problem> {
    let wanted = wanted.into_inner();
    ctx.gate()
        .read::<Audit, _, _, _, _>(&ctx, TheAuditLog, Action::ListAuditEntries, move |tx, permit| {
            steps::list(tx, permit, &wanted, &page)
        })
        .await
}

/// The routes.
pub fn routes() -> Routes {
    Routes::new().get("/audit/entries", entries).op(Op {
        id: "list_audit_entries",
        tag: "audit",
        summary: "Entries of the audit log, newest first",
        summary_zh: "审计记录,由近及远",
        who: "Auditors: their own agency's people; auditors of `oversight`: all. Cases of refusals and hidden hits show to `oversight` only.",
        problems: &[],
    })
}
