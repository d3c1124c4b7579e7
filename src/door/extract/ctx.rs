//! `Ctx`: who asks. Nothing is verified here: the gate verifies the credential in its own transaction.

use actix_web::http::header;
use actix_web::web;

use super::super::asked::Asked;
use super::super::routes::Description;
use super::Extract;
use crate::access::{Credential, Ctx, Gate, Idempotency, RequestFacts};
use crate::base::problem::{Code, FieldCode, Problem};

/// The most bytes of a user agent that are kept.
const USER_AGENT_MAX: usize = 200;

impl Extract for Ctx {
    fn extract(asked: &Asked) -> Result<Self, Problem> {
        let gate = asked.req.app_data::<web::Data<Gate>>().cloned().ok_or_else(Problem::internal)?.into_inner();
        let user_agent = asked.header(&header::USER_AGENT).ok().flatten().unwrap_or_default();
        let request = RequestFacts {
            request_id: asked.arrival.request_id.clone(),
            address: asked.arrival.address.clone(),
            user_agent: user_agent.chars().take(USER_AGENT_MAX).collect(),
        };
        Ok(Self::new(gate, bearer(asked), request, idempotency(asked)?))
    }

    fn describe(description: &mut Description) {
        description.asks_who = true;
        description.codes.extend([
            Code::Forbidden,
            Code::PasswordChangeRequired,
            Code::AuditUnavailable,
            Code::StorageUnavailable,
            Code::Overloaded,
        ]);
        if description.takes_idempotency_key() {
            description.codes.extend([Code::IdempotencyMismatch, Code::NotValid]);
        }
    }
}

/// The bearer token; a header that holds anything else, or stands twice, is no credential.
pub(in crate::door) fn bearer(asked: &Asked) -> Credential {
    let token = asked.header(&header::AUTHORIZATION).ok().flatten().and_then(|value| {
        let (scheme, token) = value.split_once(' ')?;
        (scheme.eq_ignore_ascii_case("bearer") && !token.trim().is_empty()).then(|| token.trim().to_owned())
    });
    token.map_or(Credential::None, Credential::Bearer)
}

/// The idempotency key, where one is taken, with all that must be the same when it comes again.
pub(in crate::door) fn idempotency(asked: &Asked) -> Result<Option<Idempotency>, Problem> {
    if !asked.entry.info.description.takes_idempotency_key() {
        return Ok(None);
    }
    let name = header::HeaderName::from_static("idempotency-key");
    let wrong = || Problem::wrong_field("/header/Idempotency-Key", FieldCode::WrongForm);
    let Some(key) = asked.header(&name).map_err(|_| wrong())? else { return Ok(None) };
    if !(1..=255).contains(&key.len()) || !key.bytes().all(|b| b.is_ascii_graphic()) {
        return Err(wrong());
    }
    Ok(Some(Idempotency {
        key: key.to_owned(),
        method: asked.req.method().as_str().to_owned(),
        path: asked.req.uri().path_and_query().map_or_else(String::new, ToString::to_string),
        body: asked.body.to_vec(),
    }))
}
