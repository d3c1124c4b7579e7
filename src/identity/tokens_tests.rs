use data_encoding::HEXLOWER;
use serde_json::{Value, json};

use super::*;

const NOW: i64 = 1_767_225_600; // 2026-01-01T00:00:00Z
const SEED: [u8; 32] = [7; 32];

fn signer() -> TokenSigner {
    TokenSigner::new(&SEED, "lianhu", "lianhu-api").unwrap()
}

fn claims() -> AccessClaims {
    AccessClaims { user: "user-1".into(), session: "session-1".into(), token: "token-1".into(), issued_at: NOW }
}

fn wire() -> Value {
    json!({"iss": "lianhu", "aud": "lianhu-api", "sub": "user-1", "sid": "session-1", "jti": "token-1", "iat": NOW, "exp": NOW + 600})
}

fn header() -> Value {
    json!({"typ": "JWT", "alg": "EdDSA", "kid": signer().key_id()})
}

/// A token of any content, rightly signed with the key of `seed`.
fn signed(header: &Value, claims: &Value, seed: [u8; 32]) -> String {
    use ed25519_dalek::Signer;
    let part = |value: &Value| BASE64URL_NOPAD.encode(value.to_string().as_bytes());
    let message = format!("{}.{}", part(header), part(claims));
    let signature = SigningKey::from_bytes(&seed).sign(message.as_bytes()).to_bytes();
    format!("{message}.{}", BASE64URL_NOPAD.encode(&signature))
}

fn with(mut object: Value, key: &str, value: Value) -> Value {
    object[key] = value;
    object
}

fn without(mut object: Value, key: &str) -> Value {
    object.as_object_mut().unwrap().remove(key).unwrap();
    object
}

#[test]
fn what_is_issued_is_accepted() {
    let token = signer().issue(claims()).unwrap();
    assert_eq!(signer().check(&token, NOW), Ok(claims()));
    assert!(token.len() < 600, "{}", token.len());
}

#[test]
fn a_token_built_by_hand_to_the_letter_is_accepted() {
    assert_eq!(signer().check(&signed(&header(), &wire(), SEED), NOW), Ok(claims()));
}

#[test]
fn it_says_these_things_and_no_other() {
    let token = signer().issue(claims()).unwrap();
    let parts: Vec<Value> = token
        .split('.')
        .take(2)
        .map(|part| serde_json::from_slice(&BASE64URL_NOPAD.decode(part.as_bytes()).unwrap()).unwrap())
        .collect();
    assert_eq!(parts, [header(), wire()]);
}

#[test]
fn it_lives_ten_minutes_to_the_second() {
    let token = signer().issue(claims()).unwrap();
    for (now, expected) in [
        (NOW + 599, Ok(claims())),
        (NOW + 600, Err(TokenRefused::Expired)),
        (i64::MAX, Err(TokenRefused::Expired)),
        (NOW - 60, Ok(claims())),
        (NOW - 61, Err(TokenRefused::FromTheFuture)),
        (i64::MIN, Err(TokenRefused::FromTheFuture)),
    ] {
        assert_eq!(signer().check(&token, now), expected, "{}", now.saturating_sub(NOW));
    }
}

/// Long past and far ahead of the machine's own clock alike: only the parameter counts.
#[test]
fn the_systems_clock_has_no_say() {
    for issued_at in [0, 1_000_000, 32_503_680_000] {
        let claims = AccessClaims { issued_at, ..claims() };
        let token = signer().issue(claims.clone()).unwrap();
        assert_eq!(signer().check(&token, issued_at + 5), Ok(claims));
    }
}

#[test]
fn no_algorithm_and_any_other_are_refused() {
    for name in ["none", "None", "NONE", "", "HS256", "HS512", "RS256", "PS256", "ES256", "ES256K", "eddsa", "Ed25519"] {
        let token = signed(&with(header(), "alg", json!(name)), &wire(), SEED);
        assert_eq!(signer().check(&token, NOW), Err(TokenRefused::Algorithm), "{name}");
        let unsigned = format!("{}.", token.rsplit_once('.').unwrap().0);
        assert_eq!(signer().check(&unsigned, NOW), Err(TokenRefused::Algorithm), "{name}, unsigned");
    }
}

/// The old attack: HMAC with the public key as its secret.
#[test]
fn the_public_key_is_no_hmac_secret() {
    use hmac::{Hmac, KeyInit, Mac};
    let token = signed(&with(header(), "alg", json!("HS256")), &wire(), SEED);
    let message = token.rsplit_once('.').unwrap().0;
    let mut mac = Hmac::<Sha256>::new_from_slice(SigningKey::from_bytes(&SEED).verifying_key().as_bytes()).unwrap();
    mac.update(message.as_bytes());
    let forged = format!("{message}.{}", BASE64URL_NOPAD.encode(&mac.finalize().into_bytes()));
    assert_eq!(signer().check(&forged, NOW), Err(TokenRefused::Algorithm));
}

#[test]
fn another_key_is_refused_whatever_it_calls_itself() {
    let other = TokenSigner::new(&[8; 32], "lianhu", "lianhu-api").unwrap();
    assert_eq!(signer().check(&other.issue(claims()).unwrap(), NOW), Err(TokenRefused::UnknownKey));
    assert_eq!(signer().check(&signed(&header(), &wire(), [8; 32]), NOW), Err(TokenRefused::Signature));
    assert_eq!(signer().check(&signed(&with(header(), "kid", json!("x")), &wire(), SEED), NOW), Err(TokenRefused::UnknownKey));
    assert_eq!(signer().check(&signed(&without(header(), "kid"), &wire(), SEED), NOW), Err(TokenRefused::UnknownKey));
}

#[test]
fn another_issuer_or_audience_is_refused() {
    let issue = |issuer, audience| TokenSigner::new(&SEED, issuer, audience).unwrap().issue(claims()).unwrap();
    assert_eq!(signer().check(&issue("elsewhere", "lianhu-api"), NOW), Err(TokenRefused::Issuer));
    assert_eq!(signer().check(&issue("lianhu", "elsewhere"), NOW), Err(TokenRefused::Audience));
    let many = signed(&header(), &with(wire(), "aud", json!(["lianhu-api", "elsewhere"])), SEED);
    assert_eq!(signer().check(&many, NOW), Err(TokenRefused::Malformed));
}

#[test]
fn a_claim_too_few_too_many_or_of_another_type_is_refused() {
    for name in ["iss", "aud", "sub", "sid", "jti", "iat", "exp"] {
        let missing = signed(&header(), &without(wire(), name), SEED);
        assert_eq!(signer().check(&missing, NOW), Err(TokenRefused::Malformed), "without {name}");
        let odd = signed(&header(), &with(wire(), name, json!({})), SEED);
        assert_eq!(signer().check(&odd, NOW), Err(TokenRefused::Malformed), "odd {name}");
    }
    let more = signed(&header(), &with(wire(), "role", json!("admin")), SEED);
    assert_eq!(signer().check(&more, NOW), Err(TokenRefused::Malformed));
}

#[test]
fn a_longer_life_than_ours_is_refused_even_signed() {
    for exp in [NOW + 601, NOW + 599, i64::MAX] {
        let token = signed(&header(), &with(wire(), "exp", json!(exp)), SEED);
        assert_eq!(signer().check(&token, NOW), Err(TokenRefused::Malformed), "{exp}");
    }
}

#[test]
fn a_header_with_more_in_it_is_refused() {
    for (key, value) in [
        ("crit", json!(["exp"])),
        ("jku", json!("https://evil.example")),
        ("typ", json!("JWE")),
        ("b64", json!(false)),
        ("x", json!(1)),
    ] {
        let token = signed(&with(header(), key, value), &wire(), SEED);
        assert_eq!(signer().check(&token, NOW), Err(TokenRefused::Malformed), "{key}");
    }
}

#[test]
fn any_changed_character_is_refused() {
    let token = signer().issue(claims()).unwrap();
    for at in 0..token.len() {
        for replacement in ["A", "b", "_", "."] {
            let mut changed = token.clone();
            changed.replace_range(at..=at, replacement);
            if changed != token {
                assert!(signer().check(&changed, NOW).is_err(), "{replacement} at {at}");
            }
        }
    }
}

#[test]
fn what_is_no_token_is_refused() {
    let token = signer().issue(claims()).unwrap();
    for text in [
        "",
        ".",
        "..",
        "...",
        "a.b.c",
        "护.护.护",
        "null",
        &format!("{token}."),
        &format!(" {token}"),
        &format!("{token}="),
        token.get(1..).unwrap(),
    ] {
        assert!(matches!(signer().check(text, NOW), Err(TokenRefused::Malformed | TokenRefused::Signature)), "{text}");
    }
}

#[test]
fn an_overlong_token_is_not_looked_at_and_not_issued() {
    assert_eq!(signer().check(&"a".repeat(2049), NOW), Err(TokenRefused::TooLong));
    assert_eq!(signer().check(&"a".repeat(2048), NOW), Err(TokenRefused::Malformed));
    let long = signed(&header(), &with(wire(), "sub", json!("u".repeat(2000))), SEED);
    assert_eq!(signer().check(&long, NOW), Err(TokenRefused::TooLong));
    assert_eq!(signer().issue(AccessClaims { user: "u".repeat(2000), ..claims() }), Err(SigningError::TooLong));
}

/// RFC 8037, A.3.
#[test]
fn the_key_id_is_the_published_thumbprint() {
    let seed = BASE64URL_NOPAD.decode(b"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A").unwrap().try_into().unwrap();
    let signer = TokenSigner::new(&seed, "i", "a").unwrap();
    assert_eq!(signer.key_id(), "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
}

#[test]
fn secrets_are_long_and_differ() {
    let (one, two) = (Secret::generate().unwrap(), Secret::generate().unwrap());
    assert_eq!(BASE64URL_NOPAD.decode(one.text().as_bytes()).unwrap().len(), 32);
    assert_ne!(one.text(), two.text());
    assert!(same(&one.digest(), &digest(one.text())));
    assert!(!same(&one.digest(), &two.digest()));
}

#[test]
fn digests_are_sha256_and_compared_whole() {
    let abc = digest("abc");
    assert_eq!(HEXLOWER.encode(&abc), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    for at in 0..32 {
        let mut other = abc;
        other[at] ^= 0x80;
        assert!(!same(&abc, &other), "byte {at}");
    }
}

#[test]
fn neither_secret_nor_key_shows_itself() {
    assert_eq!(format!("{:?}", Secret::generate().unwrap()), "Secret(..)");
    let shown = format!("{:?}", signer());
    assert!(shown.starts_with("TokenSigner { key_id:") && shown.ends_with(r#"issuer: "lianhu", .. }"#), "{shown}");
    static_assertions::assert_not_impl_any!(Secret: Clone, Serialize, fmt::Display);
    static_assertions::assert_not_impl_any!(TokenSigner: Clone, Serialize);
}
