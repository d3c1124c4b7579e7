//! The request's context: who claims to ask, through what, and with which idempotency key. Nothing in it is verified yet.

use std::sync::Arc;

use super::Gate;
use crate::base::ids::JobId;
use crate::base::words::Job;

/// What the client showed.
#[derive(Clone)]
pub enum Credential {
    /// Nothing.
    None,
    /// An access token, not verified yet.
    Bearer(String),
    /// The private token of a calendar, not verified yet.
    Calendar(String),
    /// A machine of this program; never made from a request.
    System(Job),
    /// The machine that does this long work, in the name of whoever asked for it; never made from a request.
    Work(JobId),
}

/// What is known of the request, for the audit entry.
#[derive(Clone, Debug, Default)]
pub struct RequestFacts {
    /// `X-Request-Id`.
    pub request_id: String,
    /// The client's address.
    pub address: String,
    /// The client's own word for what it is.
    pub user_agent: String,
}

/// An `Idempotency-Key` and what it stands for.
#[derive(Clone)]
pub struct Idempotency {
    /// The key.
    pub key: String,
    /// The request's method.
    pub method: String,
    /// The request's path.
    pub path: String,
    /// The body's bytes.
    pub body: Vec<u8>,
}

/// Who asks. The gate verifies the credential in the transaction that decides.
#[derive(Clone)]
pub struct Ctx {
    gate: Arc<Gate>,
    pub(super) credential: Credential,
    pub(super) request: RequestFacts,
    pub(super) idempotency: Option<Idempotency>,
}

impl Ctx {
    /// Of a request.
    pub fn new(gate: Arc<Gate>, credential: Credential, request: RequestFacts, idempotency: Option<Idempotency>) -> Self {
        Self { gate, credential, request, idempotency }
    }
    /// Of a machine.
    pub fn system(gate: Arc<Gate>, job: Job, request: RequestFacts) -> Self {
        Self { gate, credential: Credential::System(job), request, idempotency: None }
    }
    /// Of the machine that does this long work.
    pub fn working(gate: Arc<Gate>, work: JobId) -> Self {
        let request = RequestFacts { request_id: format!("job/{work}"), ..RequestFacts::default() };
        Self { gate, credential: Credential::Work(work), request, idempotency: None }
    }
    /// Of a command at the server's own console, which acts as this machine: `lianhu keys`.
    pub fn console(gate: &Gate, job: Job, command: &str) -> Self {
        let request =
            RequestFacts { request_id: "console".to_owned(), user_agent: command.to_owned(), ..RequestFacts::default() };
        Self::system(Arc::new(gate.clone()), job, request)
    }
    /// The same request by nobody known: signing in does not depend on who was signed in before.
    #[must_use]
    pub fn as_visitor(&self) -> Self {
        Self { credential: Credential::None, ..self.clone() }
    }
    /// The same request by whoever holds the token of a calendar.
    #[must_use]
    pub fn by_calendar_token(&self, token: &str) -> Self {
        Self { credential: Credential::Calendar(token.to_owned()), ..self.clone() }
    }
    /// The gate.
    pub fn gate(&self) -> &Gate {
        &self.gate
    }
    /// The client's address, for counting failed sign-ins.
    pub fn address(&self) -> &str {
        &self.request.address
    }
    /// The client's own word for what it is.
    pub fn user_agent(&self) -> &str {
        &self.request.user_agent
    }
}
