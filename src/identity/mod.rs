//! Identity: who somebody is. Passwords, the pool that hashes them, and the tokens a signed-in user carries.
//!
//! `passwords`: Argon2id and the rule for new ones. `pool`: hashing off the request threads. `tokens`: access tokens and
//! opaque secrets; `ed25519`: the signatures under them. Pure: the time is a parameter, rows and endpoints lie above.
//! Always: a secret is stored only as a hash, compared in constant time, and shows itself to no log.

mod ed25519;
pub mod passwords;
pub mod pool;
pub mod tokens;
