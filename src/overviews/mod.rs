//! Floor 6: what looks across features. Nothing here is decided anew: each case in it has a permit of its own, and what is
//! shown of a case is the head that every permitted reader sees.

mod audit;
mod calendar;
mod deadlines;
mod desk;
mod disclosures;
mod documents;
mod jobs;
pub mod keyring;
mod log;
mod mails;
pub mod records;
mod statement;
mod timeline;

pub use deadlines::sweep;
pub use jobs::{machine as jobs_machine, run as do_long_work};
pub use log::watch as watch_witnesses;
pub use mails::send as send_mail;

use crate::door::Routes;

/// The routes of every overview.
pub fn routes() -> Routes {
    Routes::new()
        .merge(audit::routes())
        .merge(calendar::routes())
        .merge(deadlines::routes())
        .merge(jobs::routes())
        .merge(log::routes())
        .merge(desk::routes())
        .merge(disclosures::routes())
        .merge(documents::routes())
        .merge(mails::routes())
        .merge(statement::routes())
        .merge(timeline::routes())
}
