//! Health: whether the program lives, and whether it can do its work.

use std::sync::Arc;

use futures_util::future::BoxFuture;
use schemars::JsonSchema;
use serde::Serialize;

use super::answer::Public;
use super::routes::{Op, Routes};
use super::view::View;
use crate::base::problem::{Code, Problem};

/// It cannot do its work now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotReady {
    /// The database does not answer, or its schema is not the one expected.
    Storage,
    /// Accesses cannot be recorded.
    Audit,
}

/// What knows whether the program can do its work.
pub trait Ready: Send + Sync + 'static {
    /// Asks the database and the recorder.
    fn ready(&self) -> BoxFuture<'_, Result<(), NotReady>>;
}

/// All is well.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Health {
    /// Always `ok`; what is not well is a problem.
    pub status: Status,
}

/// How it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Well.
    Ok,
}

impl View for Health {}

impl Health {
    /// `/health/live` and `/health/ready`.
    pub fn routes(ready: Arc<dyn Ready>) -> Routes {
        Routes::at_root()
            .get("/health/live", live)
            .op(Op {
                id: "health_live",
                tag: "health",
                summary: "Whether the program runs",
                summary_zh: "程序是否在运行",
                who: "Anybody.",
                problems: &[],
            })
            .get("/health/ready", move || is_ready(Arc::clone(&ready)))
            .op(Op {
                id: "health_ready",
                tag: "health",
                summary: "Whether the program can do its work",
                summary_zh: "程序是否可以提供服务",
                who: "Anybody.",
                problems: &[Code::StorageUnavailable, Code::AuditUnavailable],
            })
    }
}

async fn live() -> Public<Health> {
    Public(Health { status: Status::Ok })
}

async fn is_ready(ready: Arc<dyn Ready>) -> Result<Public<Health>, Problem> {
    match ready.ready().await {
        Ok(()) => Ok(Public(Health { status: Status::Ok })),
        Err(NotReady::Storage) => Err(Problem::storage_unavailable()),
        Err(NotReady::Audit) => Err(Problem::audit_unavailable()),
    }
}
