//! The log as a whole: exported, verified.

use std::path::PathBuf;
use std::sync::Arc;

use super::Lianhu;
use crate::access::can::Audit;
use crate::access::{Ctx, TheAuditLog};
use crate::audit::export::{Exported, NotExported, export};
use crate::audit::verify::{Options, Progress, Report, Silent, Unreadable};
use crate::base::db::Db;
use crate::base::problem::Problem;
use crate::base::words::{Action, Job};

/// Makes whoever hears of the progress, on the thread that does the work.
pub type Listener = Arc<dyn Fn() -> Box<dyn Progress> + Send + Sync>;

/// Verifies the log of a database, and all rows that it vouches for. It goes around the gate (ADR 14): it must run against a copy
/// that nobody may write to, it needs no key, and shows nothing of an entry but its id.
pub async fn verify_log(db: &Db, options: Options, listener: Listener) -> Result<Report, Unreadable> {
    db.read(move |tx| crate::overviews::records::verify(tx, &options, listener().as_mut())).await
}

impl Lianhu {
    /// Verifies this server's own log.
    pub async fn verify_log(&self, options: Options) -> Result<Report, Unreadable> {
        verify_log(&self.db, options, Arc::new(|| Box::new(Silent))).await
    }

    /// Writes the log into a folder; recorded, as done at the console, before the first file is.
    pub async fn export_log(&self, folder: PathBuf, listener: Listener) -> Result<Exported, NotExported> {
        let ctx = Ctx::console(&self.gate, Job::Console, "lianhu audit export");
        let recorded = self.gate.write::<Audit, _, (), Problem, _>(&ctx, TheAuditLog, Action::ExportLog, |_, _| Ok(()));
        recorded.await.map_err(|problem| NotExported::NotRecorded(problem.body("console").detail.into_owned()))?;
        self.db.read(move |tx| export(tx, &folder, listener().as_mut())).await
    }
}
