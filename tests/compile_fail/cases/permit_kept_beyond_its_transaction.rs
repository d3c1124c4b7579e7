//! A permit carried out of the transaction it was made for.
use lianhu::access::can::View;
use lianhu::access::{Ctx, Permit, Case};
use lianhu::base::ids::CaseId;
use lianhu::base::problem::Problem;
use lianhu::base::words::Action;

async fn keep(ctx: Ctx, case: CaseId) {
    let mut kept: Option<Permit<'static, View, Case>> = None;
    let _ = ctx
        .gate()
        .read(&ctx, case, Action::ViewCase, |_, permit: &Permit<'_, View, Case>| {
            kept = Some(*permit);
            Ok::<(), Problem>(())
        })
        .await;
}

fn main() {}
