//! Sessions: signing in and out, one's own account and password.
//!
//! `live → ended`: by its user, by the administrator, with the account, by a traded refresh token that comes back, or by
//! time (unused for `idle_minutes`, or `refresh_days` old). An access token says which session; each request looks whether
//! it still lives. Always: a failure answers alike and equally slowly whatever was wrong; what was tried is counted and
//! recorded; no secret is stored but as a digest or hash.

mod api;
mod password;
mod sign_in;
mod steps;
mod store;
mod throttle;

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Deserializer, Serialize};
use zeroize::Zeroizing;

pub use api::routes;
pub use sign_in::wrong_token;

use crate::base::ids::{AgencyId, SessionId, UserId};
use crate::base::text::Username;
use crate::base::time::Timestamp;
use crate::base::words::{Action, AgencyKind, Role};
use crate::door::{Check, ETag, List, View};

/// A password as typed: up to 1024 characters, taken as they are. Shows itself to no log.
#[derive(Clone)]
pub struct Password(Zeroizing<String>);

impl Password {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
    /// For the hashing pool.
    pub fn secret(&self) -> Zeroizing<String> {
        self.0.clone()
    }
}

impl std::fmt::Debug for Password {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Password(..)")
    }
}

impl<'de> Deserialize<'de> for Password {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(|text| Self(Zeroizing::new(text)))
    }
}

impl JsonSchema for Password {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        "Password".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        schemars::json_schema!({ "type": "string", "minLength": 1, "maxLength": 1024 })
    }
}

/// Who signs in.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SignIn {
    /// The account's name.
    pub username: Username,
    /// The password; of a new account the one-time secret.
    pub password: Password,
    /// A second factor's code. No account has a second factor yet: a code that is given is refused, not passed over.
    #[serde(default)]
    #[schemars(regex(pattern = "^[0-9]{6,8}$"))]
    pub otp: Option<String>,
}

impl Check for SignIn {}

/// A refresh token to trade.
#[derive(Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Refresh {
    /// The token; it works once.
    #[schemars(length(min = 1, max = 200))]
    pub refresh_token: String,
}

impl Check for Refresh {}

/// A new password of one's own.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangePassword {
    /// The password until now.
    pub current_password: Password,
    /// The one from now on: 12 characters at least, none of the common ones, not holding the user name.
    pub new_password: Password,
}

impl Check for ChangePassword {}

/// Who signed in.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct SignedInUser {
    /// The account.
    pub id: UserId,
    /// Its agency.
    pub agency_id: AgencyId,
    /// The person's name.
    pub display_name: String,
    /// What they do.
    pub roles: Vec<Role>,
    /// Whether a one-time password was used: `PUT /me/password` is the only thing possible then.
    pub must_change_password: bool,
}

/// What a session is shown by.
#[derive(Serialize, JsonSchema)]
pub struct SignedIn {
    /// For the header `Authorization: Bearer …`.
    pub access_token: String,
    /// `Bearer`.
    pub token_type: &'static str,
    /// How long the access token is good for, seconds.
    pub expires_in: i64,
    /// Trades once for another pair, at `POST /sessions/refresh`.
    pub refresh_token: String,
    /// Who signed in.
    pub user: SignedInUser,
}

impl View for SignedIn {
    const STATUS: u16 = 201;
}

/// One of one's own sessions.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Session")]
pub struct SessionView {
    /// Its id.
    pub id: SessionId,
    /// Since when.
    pub created_at: Timestamp,
    /// When its tokens were last traded.
    pub refreshed_at: Timestamp,
    /// When it ends unless its tokens are traded before.
    pub expires_at: Timestamp,
    /// From which address it began.
    pub address: String,
    /// The client's own word for what it is.
    pub user_agent: String,
    /// Whether this request came by it.
    pub is_current: bool,
}

impl View for SessionView {}

/// One's agency.
#[derive(Debug, Serialize, JsonSchema)]
pub struct MyAgency {
    /// Its id.
    pub id: AgencyId,
    /// Its name.
    pub name: String,
    /// What it is.
    pub kind: AgencyKind,
}

/// Oneself.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Me {
    /// The account.
    pub id: UserId,
    /// The name to sign in with.
    pub username: String,
    /// One's name.
    pub display_name: String,
    /// One's agency.
    pub agency: MyAgency,
    /// What one does there.
    pub roles: Vec<Role>,
    /// Whether a password of one's own is to be chosen first.
    pub must_change_password: bool,
    /// What the policy lets one ask for beside cases: on one's own account, desk and collections, and on the agency's
    /// records. What one may do with a case depends on how one stands toward it.
    pub may: Vec<Action>,
}

impl View for Me {
    fn etag(&self) -> ETag {
        ETag::None
    }
}

/// A page of sessions.
pub type Sessions = List<SessionView>;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_with_a_password_does_not_show_it() {
        let body: SignIn = serde_json::from_str(r#"{"username":"lihua","password":"tractor lamp"}"#).unwrap();
        assert!(!format!("{body:?}").contains("tractor"));
        assert_eq!(body.password.as_str(), "tractor lamp");
    }
}
