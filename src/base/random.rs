//! Randomness: the one place that asks the operating system for random bytes.
//!
//! Everything secret (keys, nonces, salts, one-time secrets) starts here. Code that only needs variety takes its
//! randomness as a parameter, so that a test can repeat it.

/// The operating system gave no random bytes. Nothing secret can be made then, so whoever asked must stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the operating system gave no random bytes: {0}")]
pub struct RandomError(getrandom::Error);

/// Fills `bytes` from the operating system's generator. On an error the content is not to be used.
#[expect(clippy::disallowed_methods, reason = "this is the room the ban sends everyone to")]
pub fn fill(bytes: &mut [u8]) -> Result<(), RandomError> {
    getrandom::fill(bytes).map_err(RandomError)
}

/// `N` fresh random bytes.
pub fn bytes<const N: usize>() -> Result<[u8; N], RandomError> {
    let mut bytes = [0; N];
    fill(&mut bytes)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_draws_differ() {
        assert_ne!(bytes::<32>().unwrap(), bytes::<32>().unwrap());
    }

    #[test]
    fn every_byte_is_filled() {
        // A position that stays zero over 64 draws has a chance of 256^-64: it was not filled.
        let mut seen = [0u8; 37];
        for _ in 0..64 {
            let mut draw = [0u8; 37];
            fill(&mut draw).unwrap();
            for (all, one) in seen.iter_mut().zip(draw) {
                *all |= one;
            }
        }
        assert!(seen.iter().all(|byte| *byte != 0));
    }

    #[test]
    fn nothing_asked_is_nothing_done() {
        assert_eq!(fill(&mut []), Ok(()));
    }
}
