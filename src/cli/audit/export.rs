//! `lianhu audit export`.

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use clap::Args;

use super::progress::Bar;
use crate::base::config::Settings;
use crate::base::time::SystemClock;
use crate::cli::{failed, serve};
use crate::server::Lianhu;

/// `lianhu audit export`
#[derive(Clone, Debug, PartialEq, Eq, Args)]
pub struct Export {
    /// The folder; made where it is not there. An object store is filled from it by its own client
    #[arg(long, value_name = "DIR")]
    to: PathBuf,
}

/// Exports.
pub fn run(settings: Settings, asked: &Export) -> ExitCode {
    let lianhu = match Lianhu::open(settings, Arc::new(SystemClock)) {
        Ok(lianhu) => lianhu,
        Err(error) => return failed(&error),
    };
    let done = actix_web::rt::System::new().block_on(lianhu.export_log(asked.to.clone(), Arc::new(|| Box::new(Bar::new()))));
    match done {
        Ok(done) => serve::print(&format!(
            "{} entries in {}, {} files written / 已导出 {} 条记录\n",
            done.size,
            asked.to.display(),
            done.written,
            done.size
        )),
        Err(error) => failed(&error),
    }
}
