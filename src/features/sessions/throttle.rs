//! How long signing in waits after failures.
//!
//! Two counts within a window: for one account from one network, and for one network over all accounts. There is none for
//! an account over all networks, since whoever knows a name could then lock its user out from anywhere; what is left to
//! somebody with many networks is bounded by the hashing pool and stands in the log. A network that the account signed in
//! from before is not held to the second count, so that an outsider in an agency's own network does not lock out its
//! people. A wait is never longer than the window: attempts refused for it are not counted.

use std::net::{IpAddr, Ipv6Addr};

use crate::base::config::SignIn;
use crate::base::time::Timestamp;

/// The failures that count.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Failures {
    /// For this account from this network: the time of the one that fills the measure, counted from the newest.
    pub of_account: Option<Timestamp>,
    /// From this network, likewise.
    pub of_address: Option<Timestamp>,
    /// Whether the account signed in from here before.
    pub is_familiar: bool,
}

/// Since when failures count.
pub fn window_start(limits: &SignIn, now: Timestamp) -> Timestamp {
    now.plus_minutes(-i64::from(limits.window_minutes))
}

/// How many seconds to wait; nothing: go on.
pub fn wait(limits: &SignIn, failures: Failures, now: Timestamp) -> Option<u32> {
    let until = |filled: Timestamp| filled.plus_minutes(i64::from(limits.window_minutes));
    let of_address = failures.of_address.filter(|_| !failures.is_familiar);
    let free = failures.of_account.into_iter().chain(of_address).map(until).max()?;
    let micros = free.micros().saturating_sub(now.micros());
    (micros > 0).then(|| u32::try_from(micros.saturating_add(999_999) / 1_000_000).unwrap_or(u32::MAX))
}

/// The network an address counts as: an IPv6 customer has a whole /64, and could else take a new address for each guess.
pub fn network(address: &str) -> String {
    match address.parse::<IpAddr>() {
        Ok(IpAddr::V6(v6)) => match v6.to_ipv4_mapped() {
            Some(v4) => v4.to_string(),
            None => format!("{}/64", Ipv6Addr::from_bits(v6.to_bits() & (u128::MAX << 64))),
        },
        Ok(IpAddr::V4(v4)) => v4.to_string(),
        Err(_) => address.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: SignIn = SignIn { failures_per_account: 3, failures_per_address: 5, window_minutes: 15 };

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_micros(seconds * 1_000_000)
    }

    #[test]
    fn the_wait_ends_when_the_failure_that_filled_the_measure_leaves_the_window() {
        let full = Failures { of_account: Some(at(100)), ..Failures::default() };
        assert_eq!(wait(&LIMITS, Failures::default(), at(100)), None);
        assert_eq!(wait(&LIMITS, full, at(100)), Some(900));
        assert_eq!(wait(&LIMITS, full, at(999)), Some(1));
        assert_eq!(wait(&LIMITS, full, Timestamp::from_micros(999_000_001)), Some(1), "rounded up");
        assert_eq!(wait(&LIMITS, full, at(1000)), None, "never longer than the window");
        assert_eq!(window_start(&LIMITS, at(1000)), at(100));
    }

    #[test]
    fn a_networks_other_failures_do_not_lock_out_who_is_known_there() {
        let others = Failures { of_address: Some(at(100)), ..Failures::default() };
        assert_eq!(wait(&LIMITS, others, at(101)), Some(899));
        assert_eq!(wait(&LIMITS, Failures { is_familiar: true, ..others }, at(101)), None);
        let both = Failures { of_account: Some(at(50)), of_address: Some(at(100)), is_familiar: true };
        assert_eq!(wait(&LIMITS, both, at(101)), Some(849), "their own failures count all the same");
        assert_eq!(wait(&LIMITS, Failures { is_familiar: false, ..both }, at(101)), Some(899));
    }

    #[test]
    fn an_ipv6_network_is_one_whatever_address_it_shows() {
        assert_eq!(network("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::/64");
        assert_eq!(network("2001:db8:1:2::9"), network("2001:db8:1:2:ffff::"));
        assert_ne!(network("2001:db8:1:3::9"), network("2001:db8:1:2::9"));
        assert_eq!(network("::ffff:192.0.2.7"), "192.0.2.7");
        assert_eq!(network("192.0.2.7"), "192.0.2.7");
        assert_eq!(network(""), "");
    }
}
