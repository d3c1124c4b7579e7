//! Passwords: Argon2id, and the rule a new one must keep.
//!
//! Always: what is stored is a PHC string with its own cost, so that a raised cost takes hold at each user's next sign-in;
//! a sign-in under an unknown name costs what a real one costs.

use std::cell::RefCell;
use std::collections::HashSet;
use std::hint::black_box;
use std::sync::LazyLock;

use argon2::password_hash::phc::{Output, ParamsString, PasswordHash, Salt};
use argon2::{ARGON2ID_IDENT, Algorithm, Argon2, Block, Params, Version};
use unicode_normalization::UnicodeNormalization;
use zeroize::Zeroizing;

use crate::base::random::{self, RandomError};

/// The fewest characters a new password may have.
pub const MIN_CHARS: usize = 12;
/// The most bytes a new password may have: beyond, it only costs time.
pub const MAX_BYTES: usize = 1024;
/// So many digits or signs around a common password leave it common.
const DECORATION: usize = 4;

static COMMON: LazyLock<HashSet<&'static str>> =
    LazyLock::new(|| include_str!("../../config/common-passwords.txt").lines().collect());

/// What one hash costs. OWASP's floor for Argon2id is the default.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cost {
    /// Memory, KiB.
    pub memory_kib: u32,
    /// Passes over it.
    pub passes: u32,
    /// Lanes in it.
    pub lanes: u32,
}

impl Default for Cost {
    fn default() -> Self {
        Self { memory_kib: 19_456, passes: 2, lanes: 1 }
    }
}

impl Cost {
    /// Whether Argon2 takes this cost; for the configuration to refuse it at start.
    pub fn check(&self) -> Result<(), PasswordError> {
        self.argon2().map(drop)
    }

    fn argon2(&self) -> Result<Argon2<'static>, PasswordError> {
        let params = Params::new(self.memory_kib, self.passes, self.lanes, None).map_err(|_| PasswordError::Cost(*self))?;
        Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
    }

    fn exceeds(&self, stored: &Params) -> bool {
        self.memory_kib > stored.m_cost() || self.passes > stored.t_cost() || self.lanes > stored.p_cost()
    }
}

/// Why a password could not be hashed or compared. Nothing of the password in it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PasswordError {
    /// Argon2 does not take this cost.
    #[error("Argon2id does not take this cost: {} KiB, {} passes, {} lanes", .0.memory_kib, .0.passes, .0.lanes)]
    Cost(Cost),
    /// What is stored is no Argon2id hash.
    #[error("the stored password hash is not readable")]
    StoredHash,
    /// Hashing itself failed, for want of memory.
    #[error("the password could not be hashed")]
    Hashing,
    /// No salt could be made.
    #[error(transparent)]
    Random(#[from] RandomError),
}

/// What a comparison found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It is the password.
    Right {
        /// The hash is cheaper than the cost now in force: hash the password anew while it is at hand.
        needs_rehash: bool,
    },
    /// It is not.
    Wrong,
}

thread_local! {
    /// Argon2's memory, kept by each thread that hashes: made anew for each hash, the system would spend half as long again
    /// on its pages as Argon2 on the hash.
    static MEMORY: RefCell<Vec<Block>> = const { RefCell::new(Vec::new()) };
}

/// Argon2's output for `password`, as long as `out`.
fn derive(argon2: &Argon2<'_>, password: &str, salt: &[u8], out: &mut [u8]) -> Result<(), PasswordError> {
    MEMORY.with_borrow_mut(|memory| {
        let wanted = argon2.params().block_count();
        let missing = wanted.saturating_sub(memory.len());
        memory.try_reserve_exact(missing).map_err(|_| PasswordError::Hashing)?;
        memory.resize(memory.len().max(wanted), Block::default());
        let blocks = memory.get_mut(..wanted).ok_or(PasswordError::Hashing)?;
        let done = argon2.hash_password_into_with_memory(password.as_bytes(), salt, out, &mut *blocks);
        // With what is left there a password could be tried at less than its cost.
        blocks.fill(Block::default());
        done.map_err(|_| PasswordError::Hashing)
    })
}

/// The PHC string of `password`, with a fresh salt.
pub fn hash(password: &str, cost: &Cost) -> Result<String, PasswordError> {
    let (argon2, salt) = (cost.argon2()?, random::bytes::<16>()?);
    let mut out = Zeroizing::new([0_u8; Params::DEFAULT_OUTPUT_LEN]);
    derive(&argon2, password, &salt, out.as_mut_slice())?;
    let phc = PasswordHash {
        algorithm: ARGON2ID_IDENT,
        version: Some(Version::V0x13.into()),
        params: ParamsString::try_from(argon2.params()).map_err(|_| PasswordError::Hashing)?,
        salt: Some(Salt::new(&salt).map_err(|_| PasswordError::Hashing)?),
        hash: Some(Output::new(out.as_slice()).map_err(|_| PasswordError::Hashing)?),
    };
    Ok(phc.to_string())
}

/// Compares `password` with what is stored; `in_force` only decides whether to hash anew.
pub fn verify(password: &str, phc: &str, in_force: &Cost) -> Result<Verdict, PasswordError> {
    let stored = PasswordHash::new(phc).map_err(|_| PasswordError::StoredHash)?;
    let params = Params::try_from(&stored).map_err(|_| PasswordError::StoredHash)?;
    let (Some(salt), Some(hash)) = (&stored.salt, &stored.hash) else { return Err(PasswordError::StoredHash) };
    if stored.algorithm != ARGON2ID_IDENT {
        return Err(PasswordError::StoredHash);
    }
    let version = stored.version.map_or(Ok(Version::default()), Version::try_from).map_err(|_| PasswordError::Hashing)?;
    let needs_rehash = stored.version != Some(Version::V0x13.into()) || in_force.exceeds(&params);
    let mut out = Zeroizing::new([0_u8; Output::MAX_LENGTH]);
    let out = out.get_mut(..hash.len()).ok_or(PasswordError::StoredHash)?;
    derive(&Argon2::new(Algorithm::Argon2id, version, params), password, salt, out)?;
    // Outputs are compared in a time that does not tell how much of them is the same.
    let is_right = Output::new(out).is_ok_and(|output| output == *hash);
    Ok(if is_right { Verdict::Right { needs_rehash } } else { Verdict::Wrong })
}

/// For a user who does not exist: takes as long as [`verify`] of a hash at this cost, and is always wrong, so that the time of an answer does
/// not tell which names have an account.
pub fn verify_nobody(password: &str, in_force: &Cost) -> Result<Verdict, PasswordError> {
    let mut out = Zeroizing::new([0_u8; Params::DEFAULT_OUTPUT_LEN]);
    derive(&in_force.argon2()?, password, b"nobody has this", out.as_mut_slice())?;
    black_box(&out);
    Ok(Verdict::Wrong)
}

/// What is wrong with a new password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PasswordProblem {
    /// Fewer than [`MIN_CHARS`] characters.
    #[error("a password has at least {MIN_CHARS} characters")]
    TooShort,
    /// More than [`MAX_BYTES`] bytes.
    #[error("a password has at most {MAX_BYTES} bytes")]
    TooLong,
    /// One of those that are tried first, or such a one with a few digits or signs around it.
    #[error("this password is too common")]
    Common,
    /// The user name is part of it.
    #[error("a password does not contain the user name")]
    ContainsUsername,
}

/// The rule for a new password; all that is wrong with it at once.
pub fn check_new(password: &str, username: &str) -> Result<(), Vec<PasswordProblem>> {
    let mut problems = Vec::new();
    if password.chars().count() < MIN_CHARS {
        problems.push(PasswordProblem::TooShort);
    }
    if password.len() > MAX_BYTES {
        // Nothing else is looked at: the rest would take its time over any length.
        return Err(vec![PasswordProblem::TooLong]);
    }
    let folded = folded(password);
    if is_common(&folded) {
        problems.push(PasswordProblem::Common);
    }
    let name = self::folded(username);
    if !name.is_empty() && folded.contains(name.as_str()) {
        problems.push(PasswordProblem::ContainsUsername);
    }
    if problems.is_empty() { Ok(()) } else { Err(problems) }
}

/// One form for what looks alike: lower case, and full width as half width (an input method's ｐａｓｓｗｏｒｄ).
fn folded(text: &str) -> Zeroizing<String> {
    let lower = Zeroizing::new(text.nfkc().collect::<String>().to_lowercase());
    Zeroizing::new(lower.nfkc().collect())
}

fn is_common(folded: &str) -> bool {
    let mut from_start = folded;
    for before in 0..=DECORATION {
        let mut core = from_start;
        for _ in before..=DECORATION {
            if COMMON.contains(core) {
                return true;
            }
            match core.strip_suffix(is_decoration) {
                Some(shorter) => core = shorter,
                None => break,
            }
        }
        match from_start.strip_prefix(is_decoration) {
            Some(shorter) => from_start = shorter,
            None => break,
        }
    }
    false
}

fn is_decoration(c: char) -> bool {
    !c.is_alphabetic()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Cheap, for the tests that are not about cost.
    const CHEAP: Cost = Cost { memory_kib: 64, passes: 1, lanes: 1 };
    const PASSWORD: &str = "琥珀色的河 runs north";

    #[test]
    fn a_hash_verifies_its_own_password_only() {
        let phc = hash(PASSWORD, &CHEAP).unwrap();
        assert_eq!(verify(PASSWORD, &phc, &CHEAP), Ok(Verdict::Right { needs_rehash: false }));
        for other in ["", "琥珀色的河 runs nortH", " 琥珀色的河 runs north", "琥珀色的河 runs north "] {
            assert_eq!(verify(other, &phc, &CHEAP), Ok(Verdict::Wrong), "{other:?}");
        }
    }

    #[test]
    fn the_default_cost_is_written_into_the_hash() {
        let phc = hash(PASSWORD, &Cost::default()).unwrap();
        assert!(phc.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{phc}");
        assert_eq!(verify(PASSWORD, &phc, &Cost::default()), Ok(Verdict::Right { needs_rehash: false }));
    }

    #[test]
    fn two_hashes_of_one_password_differ() {
        assert_ne!(hash(PASSWORD, &CHEAP).unwrap(), hash(PASSWORD, &CHEAP).unwrap());
    }

    /// From the reference implementation's own tests (phc-winner-argon2, `test.c`).
    #[test]
    fn agrees_with_the_reference_implementation() {
        let phc = "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4";
        assert_eq!(verify("password", phc, &CHEAP), Ok(Verdict::Right { needs_rehash: false }));
        assert_eq!(verify("passwore", phc, &CHEAP), Ok(Verdict::Wrong));
    }

    #[test]
    fn a_hash_cheaper_than_the_cost_in_force_wants_a_new_one() {
        let cost = Cost { memory_kib: 128, passes: 2, lanes: 2 };
        let phc = hash(PASSWORD, &cost).unwrap();
        for (in_force, needs_rehash) in [
            (cost, false),
            (CHEAP, false),
            (Cost { memory_kib: 129, ..cost }, true),
            (Cost { passes: 3, ..cost }, true),
            (Cost { lanes: 3, ..cost }, true),
        ] {
            assert_eq!(verify(PASSWORD, &phc, &in_force), Ok(Verdict::Right { needs_rehash }), "{in_force:?}");
        }
    }

    #[test]
    fn what_is_no_argon2id_hash_is_an_error_not_a_wrong_password() {
        let phc = hash(PASSWORD, &CHEAP).unwrap();
        let without_hash = phc.rsplit_once('$').unwrap().0;
        for stored in ["", "x", PASSWORD, &phc.replace("argon2id", "argon2i"), &phc.replace("argon2id", "scrypt"), without_hash] {
            assert_eq!(verify(PASSWORD, stored, &CHEAP), Err(PasswordError::StoredHash), "{stored}");
        }
    }

    #[test]
    fn an_impossible_cost_is_refused() {
        for cost in [Cost { memory_kib: 7, ..CHEAP }, Cost { passes: 0, ..CHEAP }, Cost { lanes: 0, ..CHEAP }] {
            assert_eq!(cost.check(), Err(PasswordError::Cost(cost)));
            assert_eq!(hash(PASSWORD, &cost), Err(PasswordError::Cost(cost)));
        }
        assert_eq!(Cost::default().check(), Ok(()));
    }

    #[test]
    fn nobody_has_no_password_and_costs_what_somebody_costs() {
        use std::time::{Duration, Instant};

        let cost = Cost::default();
        let phc = hash(PASSWORD, &cost).unwrap();
        let fastest = |work: &dyn Fn() -> Result<Verdict, PasswordError>| -> Duration {
            let once = || {
                let start = Instant::now();
                assert_eq!(work(), Ok(Verdict::Wrong));
                start.elapsed()
            };
            (0..5).map(|_| once()).min().unwrap()
        };
        let somebody = fastest(&|| verify("not it", &phc, &cost));
        let nobody = fastest(&|| verify_nobody("not it", &cost));
        // Wide, for a busy machine: without the hashing it would be a thousandth.
        assert!(nobody > somebody / 3 && nobody < somebody * 3, "{nobody:?} against {somebody:?}");
    }

    #[test]
    fn a_good_password_passes() {
        for password in [PASSWORD, "tractor-lamp-quiet", "十二个汉字也是可以的密码呀", "            spaces count"] {
            assert_eq!(check_new(password, "wang.fang"), Ok(()), "{password}");
        }
    }

    #[test]
    fn characters_count_not_bytes_and_nothing_is_trimmed() {
        assert_eq!(check_new("护护护护护护护护护护护", "li.na"), Err(vec![PasswordProblem::TooShort]));
        assert_eq!(check_new("护联护联护联护联护联护联", "li.na"), Ok(()));
        assert_eq!(check_new("  kmzp tqw  ", "li.na"), Ok(()));
        assert_eq!(check_new("", "li.na"), Err(vec![PasswordProblem::TooShort]));
        let longest = "kq ".repeat(341) + "z";
        assert_eq!(longest.len(), MAX_BYTES);
        assert_eq!(check_new(&longest, "li.na"), Ok(()));
        assert_eq!(check_new(&(longest + "z"), "li.na"), Err(vec![PasswordProblem::TooLong]));
    }

    #[test]
    fn common_ones_are_refused_however_they_are_dressed() {
        for password in [
            "correct horse battery staple",
            "woaini5201314",
            "WoAiNi5201314",
            "woaini1314!!",
            "woaini13142024",
            "2024woaini1314",
            "!!woaini1314!!",
            "Password2024",
            "password!202",
            "ｐａｓｓｗｏｒｄ２０２４",
            "123456789012",
            "qwertyuiop99",
            "iloveyou，，，，",
        ] {
            assert_eq!(check_new(password, "li.na"), Err(vec![PasswordProblem::Common]), "{password}");
        }
    }

    #[test]
    fn a_common_one_inside_something_longer_passes() {
        for password in ["woaini1314!!!!!", "!!!woaini1314!!", "password!2024", "password tractor", "lamp-password"] {
            assert_eq!(check_new(password, "li.na"), Ok(()), "{password}");
        }
    }

    #[test]
    fn the_user_name_is_refused_in_any_case() {
        for password in ["WANG.FANG tractor", "tractor Wang.Fang", "tractorｗａｎｇ.fang"] {
            assert_eq!(check_new(password, "wang.fang"), Err(vec![PasswordProblem::ContainsUsername]), "{password}");
        }
        assert_eq!(check_new("tractor lamp quiet", ""), Ok(()));
    }

    #[test]
    fn all_problems_are_told_at_once() {
        use PasswordProblem::{Common, ContainsUsername, TooShort};
        assert_eq!(check_new("Admin123", "admin"), Err(vec![TooShort, Common, ContainsUsername]));
    }

    #[test]
    fn the_list_is_in_the_form_it_is_compared_in() {
        assert!(COMMON.len() >= 200);
        for common in COMMON.iter() {
            assert!(common.chars().count() >= 8 && **common == *folded(common), "{common:?}");
        }
    }
}
