//! Mail: made of what desks are told, once a person and cause; decided, written and sent as the machine `outbox`.
//!
//! What is told is written with its cause. From there mails are made: of a person's entry for that person; of an agency's
//! about a case for those of its people who have a duty in it, else for whoever is on duty and the supervisors, else for
//! every caseworker. What a mail says is decided when it is sent, as its receiver's own look at their desk: whoever may no
//! longer see the case gets nothing. Always: sending sits in no transaction; what was taken up and not recorded is sent
//! again after the lease, under the same `Message-ID`.

mod api;
mod queue;
mod send;

use schemars::JsonSchema;
use serde::Serialize;

pub use api::routes;
pub use send::send;

use crate::base::ids::{MailId, UserId};
use crate::base::time::Timestamp;
use crate::base::words::{MailKind, MailReason, MailState};
use crate::door::View;

/// A mail that was given up. Nothing in it says what it is about.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "DeadMail")]
pub struct DeadMailView {
    /// The mail.
    pub id: MailId,
    /// Whom it is to.
    pub user_id: UserId,
    /// What it tells: one thing, or a day's.
    pub kind: MailKind,
    /// How far it is.
    pub state: MailState,
    /// Since when it was to be sent.
    pub at: Timestamp,
    /// How often it was tried.
    pub attempts: i64,
    /// When it was given up; null: it waits again.
    pub ended_at: Option<Timestamp>,
    /// Why the last attempt failed.
    pub reason: Option<MailReason>,
    /// The mail server's code, if it gave one.
    pub code: Option<i64>,
}

impl View for DeadMailView {}
