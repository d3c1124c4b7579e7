//! Ed25519 for `jsonwebtoken`, which leaves the choice of cryptography to its user.
//!
//! Its ready-made providers bring RSA along, which nobody here uses and which has an open advisory. Ours knows one
//! algorithm; every other one is refused, also if a token asks for it.

use std::sync::LazyLock;

use ed25519_dalek::{Signature, Signer as _, SigningKey, VerifyingKey};
use jsonwebtoken::crypto::{CryptoProvider, JwtSigner, JwtVerifier, KeyUtils};
use jsonwebtoken::errors::{ErrorKind, Result};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey};
use signature::{Error, Signer, Verifier};

static PROVIDER: CryptoProvider =
    CryptoProvider { signer_factory: signer, verifier_factory: verifier, key_utils: KeyUtils::new_unimplemented() };

/// Whether ours is the process's provider. The first to install one wins, and nobody else should.
static INSTALLED: LazyLock<bool> = LazyLock::new(|| PROVIDER.install_default().is_ok());

/// Makes ours the process's provider; `false` if another one was there first.
pub(super) fn install() -> bool {
    *INSTALLED
}

/// The key as our provider expects it: the bare seed of 32 bytes.
pub(super) fn encoding_key(seed: &[u8; 32]) -> EncodingKey {
    EncodingKey::from_ed_der(seed)
}

/// The key as our provider expects it: the bare public key of 32 bytes.
pub(super) fn decoding_key(public: &[u8; 32]) -> DecodingKey {
    DecodingKey::from_ed_der(public)
}

struct Ed25519Signer(SigningKey);
struct Ed25519Verifier(VerifyingKey);

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the shape `CryptoProvider` asks for")]
fn signer(algorithm: &Algorithm, key: &EncodingKey) -> Result<Box<dyn JwtSigner>> {
    only_eddsa(*algorithm)?;
    let seed: &[u8; 32] = key.as_bytes().try_into().map_err(|_| ErrorKind::InvalidEddsaKey)?;
    Ok(Box::new(Ed25519Signer(SigningKey::from_bytes(seed))))
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the shape `CryptoProvider` asks for")]
fn verifier(algorithm: &Algorithm, key: &DecodingKey) -> Result<Box<dyn JwtVerifier>> {
    only_eddsa(*algorithm)?;
    let public: &[u8; 32] = key.try_get_as_bytes()?.try_into().map_err(|_| ErrorKind::InvalidEddsaKey)?;
    let public = VerifyingKey::from_bytes(public).map_err(|_| ErrorKind::InvalidEddsaKey)?;
    Ok(Box::new(Ed25519Verifier(public)))
}

fn only_eddsa(algorithm: Algorithm) -> Result<()> {
    if algorithm == Algorithm::EdDSA { Ok(()) } else { Err(ErrorKind::UnsupportedAlgorithm.into()) }
}

impl Signer<Vec<u8>> for Ed25519Signer {
    fn try_sign(&self, message: &[u8]) -> std::result::Result<Vec<u8>, Error> {
        Ok(self.0.sign(message).to_bytes().to_vec())
    }
}

impl JwtSigner for Ed25519Signer {
    fn algorithm(&self) -> Algorithm {
        Algorithm::EdDSA
    }
}

impl Verifier<Vec<u8>> for Ed25519Verifier {
    fn verify(&self, message: &[u8], signature: &Vec<u8>) -> std::result::Result<(), Error> {
        let signature = Signature::from_slice(signature).map_err(|_| Error::new())?;
        // Strict: one message under one key has no second signature made from the first.
        self.0.verify_strict(message, &signature).map_err(|_| Error::new())
    }
}

impl JwtVerifier for Ed25519Verifier {
    fn algorithm(&self) -> Algorithm {
        Algorithm::EdDSA
    }
}

#[cfg(test)]
mod tests {
    use data_encoding::BASE64URL_NOPAD;
    use jsonwebtoken::crypto::{sign, verify};

    use super::*;

    fn decoded(text: &str) -> [u8; 32] {
        BASE64URL_NOPAD.decode(text.as_bytes()).unwrap().try_into().unwrap()
    }

    /// RFC 8037, A.4.
    #[test]
    fn agrees_with_the_published_vector() {
        assert!(install());
        let seed = decoded("nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A");
        let public = decoded("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo");
        let message = b"eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc";
        let expected = "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg";
        assert_eq!(sign(message, &encoding_key(&seed), Algorithm::EdDSA).unwrap(), expected);
        assert!(verify(expected, message, &decoding_key(&public), Algorithm::EdDSA).unwrap());
        assert!(!verify(expected, b"another", &decoding_key(&public), Algorithm::EdDSA).unwrap());
        assert!(!verify("AAAA", message, &decoding_key(&public), Algorithm::EdDSA).unwrap());
    }

    #[test]
    fn other_algorithms_and_misshapen_keys_are_refused() {
        assert!(install() && install());
        let key = encoding_key(&[1; 32]);
        for algorithm in [Algorithm::HS256, Algorithm::RS256, Algorithm::ES256, Algorithm::PS256] {
            assert!(sign(b"x", &key, algorithm).is_err(), "{algorithm:?}");
            assert!(verify("", b"x", &decoding_key(&[1; 32]), algorithm).is_err(), "{algorithm:?}");
        }
        assert!(sign(b"x", &EncodingKey::from_ed_der(&[1; 31]), Algorithm::EdDSA).is_err());
        assert!(verify("", b"x", &DecodingKey::from_ed_der(&[1; 33]), Algorithm::EdDSA).is_err());
    }
}
