//! Randomness: the only place that asks the system for it.

/// The system gives no randomness.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the system gives no randomness")]
pub struct RandomError;

/// So many random bytes.
#[expect(clippy::disallowed_methods, reason = "the one place that asks the system")]
pub fn bytes<const N: usize>() -> Result<[u8; N], RandomError> {
    let mut buffer = [0_u8; N];
    getrandom::fill(&mut buffer).map_err(|_| RandomError)?;
    Ok(buffer)
}
