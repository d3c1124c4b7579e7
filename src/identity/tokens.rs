//! Tokens: the access token a signed-in user shows with each request, and opaque secrets that are stored only as a digest.
//!
//! An access token says who and which session, nothing about cases, and lives 10 minutes. It is read only after every
//! request's own check that the session still lives, so that ending a session does not wait for it to run out.
//! Always: one algorithm (`EdDSA` over Ed25519), one key, one issuer, one audience; the time is a parameter, in whole seconds.

use std::fmt;

use data_encoding::BASE64URL_NOPAD;
use ed25519_dalek::SigningKey;
use hmac::digest::CtOutput;
use jsonwebtoken::errors::ErrorKind;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation, decode, decode_header, encode};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use super::ed25519;
use crate::base::random::{self, RandomError};

/// How long an access token is good for, seconds.
pub const LIFETIME: i64 = 600;
/// How far the clocks of two nodes may lie apart, seconds: a token from further in the future is refused.
pub const SKEW: i64 = 60;
/// The longest token that is looked at, bytes. Ours have about 500.
pub const MAX_TOKEN_BYTES: usize = 2048;
/// How many tokens are remembered: some more than people who work at the same time.
const REMEMBERED: usize = 4096;

/// What an access token says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccessClaims {
    /// `sub`: the user's id.
    pub user: String,
    /// `sid`: the session's id.
    pub session: String,
    /// `jti`: this token's own id, for the audit.
    pub token: String,
    /// `iat`: when it was issued, seconds since 1970.
    pub issued_at: i64,
}

impl AccessClaims {
    /// `exp`: from this second on it is refused.
    pub fn expires_at(&self) -> i64 {
        self.issued_at.saturating_add(LIFETIME)
    }
}

/// The claims as they stand in the token: all of them, and no other.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Wire {
    iss: String,
    aud: String,
    sub: String,
    sid: String,
    jti: String,
    iat: i64,
    exp: i64,
}

/// Why a token was refused. For the record and the log; a client hears only that it must sign in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TokenRefused {
    /// Longer than [`MAX_TOKEN_BYTES`].
    #[error("the token is too long")]
    TooLong,
    /// No token of ours in form: not three parts, no JSON, a header or a claim too many or too few.
    #[error("this is not an access token")]
    Malformed,
    /// Another algorithm than `EdDSA`, or none.
    #[error("the token names another algorithm")]
    Algorithm,
    /// Signed by another key, as it says itself.
    #[error("the token names another key")]
    UnknownKey,
    /// The signature does not fit.
    #[error("the token's signature does not fit")]
    Signature,
    /// From another issuer.
    #[error("the token comes from another issuer")]
    Issuer,
    /// For another audience.
    #[error("the token is for another audience")]
    Audience,
    /// Its time is over.
    #[error("the token has expired")]
    Expired,
    /// Issued later than now, by more than [`SKEW`].
    #[error("the token comes from the future")]
    FromTheFuture,
}

/// Why no token was made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SigningError {
    /// Somebody else chose the process's token cryptography first: a mistake in the program.
    #[error("another provider of token cryptography is installed")]
    ForeignProvider,
    /// The token was not made.
    #[error("the access token could not be made: {0}")]
    Encoding(String),
    /// The claims are so long that the token would be refused.
    #[error("the access token would be too long")]
    TooLong,
}

/// Makes and checks access tokens.
pub struct TokenSigner {
    private: EncodingKey,
    public: DecodingKey,
    header: Header,
    validation: Validation,
    issuer: String,
    audience: String,
    /// What tokens say whose signature was found good, by their digest: what a signature is worth does not change.
    good: quick_cache::sync::Cache<[u8; 32], AccessClaims>,
}

impl fmt::Debug for TokenSigner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenSigner").field("key_id", &self.key_id()).field("issuer", &self.issuer).finish_non_exhaustive()
    }
}

impl TokenSigner {
    /// Signs as `issuer` for `audience` with the key grown from `seed`.
    pub fn new(seed: &[u8; 32], issuer: &str, audience: &str) -> Result<Self, SigningError> {
        if !ed25519::install() {
            return Err(SigningError::ForeignProvider);
        }
        let public = SigningKey::from_bytes(seed).verifying_key().to_bytes();
        let mut header = Header::new(Algorithm::EdDSA);
        header.kid = Some(thumbprint(&public));
        let mut validation = Validation::new(Algorithm::EdDSA);
        // The library would ask the system's clock. Time, issuer and audience are checked in `check`, on our own terms.
        validation.validate_exp = false;
        validation.validate_nbf = false;
        validation.validate_aud = false;
        validation.required_spec_claims.clear();
        Ok(Self {
            private: ed25519::encoding_key(seed),
            public: ed25519::decoding_key(&public),
            header,
            validation,
            issuer: issuer.to_owned(),
            audience: audience.to_owned(),
            good: quick_cache::sync::Cache::new(REMEMBERED),
        })
    }

    /// The same issuer and audience with another key: tokens of this one are refused by it.
    pub fn renewed(&self, seed: &[u8; 32]) -> Result<Self, SigningError> {
        Self::new(seed, &self.issuer, &self.audience)
    }

    /// `kid`: the public key's thumbprint (RFC 7638).
    pub fn key_id(&self) -> &str {
        self.header.kid.as_deref().unwrap_or_default()
    }

    /// The access token that says `claims`.
    pub fn issue(&self, claims: AccessClaims) -> Result<String, SigningError> {
        let exp = claims.expires_at();
        let AccessClaims { user, session, token, issued_at } = claims;
        let (iss, aud) = (self.issuer.clone(), self.audience.clone());
        let wire = Wire { iss, aud, sub: user, sid: session, jti: token, iat: issued_at, exp };
        let text = encode(&self.header, &wire, &self.private).map_err(|error| SigningError::Encoding(error.to_string()))?;
        if text.len() > MAX_TOKEN_BYTES { Err(SigningError::TooLong) } else { Ok(text) }
    }

    /// What `token` says, if it is ours and good at `now`, in seconds since 1970.
    pub fn check(&self, token: &str, now: i64) -> Result<AccessClaims, TokenRefused> {
        if token.len() > MAX_TOKEN_BYTES {
            return Err(TokenRefused::TooLong);
        }
        let digest = digest(token);
        let claims = if let Some(claims) = self.good.get(&digest) {
            claims
        } else {
            let claims = self.read(token)?;
            self.good.insert(digest, claims.clone());
            claims
        };
        if now >= claims.expires_at() {
            return Err(TokenRefused::Expired);
        }
        if claims.issued_at > now.saturating_add(SKEW) {
            return Err(TokenRefused::FromTheFuture);
        }
        Ok(claims)
    }

    /// What `token` says, whatever the time is.
    fn read(&self, token: &str) -> Result<AccessClaims, TokenRefused> {
        self.check_header(token)?;
        let wire = decode::<Wire>(token, &self.public, &self.validation).map_err(|error| refusal(error.kind()))?.claims;
        if wire.iss != self.issuer {
            return Err(TokenRefused::Issuer);
        }
        if wire.aud != self.audience {
            return Err(TokenRefused::Audience);
        }
        let claims = AccessClaims { user: wire.sub, session: wire.sid, token: wire.jti, issued_at: wire.iat };
        // One that we signed lives exactly so long; another life would be another program's.
        if wire.exp == claims.expires_at() { Ok(claims) } else { Err(TokenRefused::Malformed) }
    }

    /// The header is ours word for word: no `crit`, no key of its own, no address to fetch one from.
    fn check_header(&self, token: &str) -> Result<(), TokenRefused> {
        let header = match decode_header(token) {
            Ok(header) => header,
            // An algorithm the library has no word for, `none` before all, fails in the parsing.
            Err(_) if algorithm_of(token).is_some_and(|name| name != "EdDSA") => return Err(TokenRefused::Algorithm),
            Err(_) => return Err(TokenRefused::Malformed),
        };
        if header.alg != self.header.alg {
            return Err(TokenRefused::Algorithm);
        }
        if header.kid != self.header.kid {
            return Err(TokenRefused::UnknownKey);
        }
        if header == self.header { Ok(()) } else { Err(TokenRefused::Malformed) }
    }
}

fn refusal(kind: &ErrorKind) -> TokenRefused {
    match kind {
        ErrorKind::InvalidSignature => TokenRefused::Signature,
        ErrorKind::InvalidAlgorithm | ErrorKind::InvalidAlgorithmName | ErrorKind::UnsupportedAlgorithm => {
            TokenRefused::Algorithm
        }
        // `ErrorKind` may grow: what it says then is not a good token either.
        _ => TokenRefused::Malformed,
    }
}

/// `alg` of a header that did not parse, so that the refusal says why.
fn algorithm_of(token: &str) -> Option<String> {
    #[derive(Deserialize)]
    struct Algorithm {
        alg: String,
    }
    let header = BASE64URL_NOPAD.decode(token.split('.').next()?.as_bytes()).ok()?;
    Some(serde_json::from_slice::<Algorithm>(&header).ok()?.alg)
}

/// RFC 7638 over the key's JWK (RFC 8037): anyone with the public key computes the same.
fn thumbprint(public: &[u8; 32]) -> String {
    let jwk = format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{}"}}"#, BASE64URL_NOPAD.encode(public));
    BASE64URL_NOPAD.encode(&Sha256::digest(jwk))
}

/// A secret that its holder shows and we store only as [`digest`]: refresh tokens, calendar links, one-time passwords.
pub struct Secret(Zeroizing<String>);

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}

impl Secret {
    /// 32 random bytes.
    pub fn generate() -> Result<Self, RandomError> {
        let mut bytes = Zeroizing::new([0; 32]);
        random::fill(bytes.as_mut_slice())?;
        Ok(Self(Zeroizing::new(BASE64URL_NOPAD.encode(bytes.as_slice()))))
    }

    /// The text to hand over, once: 43 characters of base64url.
    pub fn text(&self) -> &str {
        &self.0
    }

    /// What to store.
    pub fn digest(&self) -> [u8; 32] {
        digest(&self.0)
    }
}

/// SHA-256. Enough for a secret of 256 random bits, which nobody can try out; never for a password.
pub fn digest(text: &str) -> [u8; 32] {
    Sha256::digest(text).into()
}

/// Whether two digests are the same, in a time that does not tell how much of them is.
pub fn same(one: &[u8; 32], other: &[u8; 32]) -> bool {
    CtOutput::<Sha256>::new((*one).into()) == CtOutput::new((*other).into())
}

#[cfg(test)]
#[path = "tokens_tests.rs"]
mod tests;
